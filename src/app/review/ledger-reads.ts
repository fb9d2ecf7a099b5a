import type { Actor } from '../../domain/directory/actor.ts';
import type { Tx } from '../../store/database.ts';
import * as entries from '../../store/log/entries.ts';
import * as ledger from '../../store/review/ledger.ts';
import type { System } from '../system.ts';

/** A page that refreshes by itself is one reading of it, as long as it stays open without a longer break than this. */
const sameReadingMs = 10 * 60_000;

/** Puts on record, for the developer and the reader's organisation, that something of a submission was read (I7). */
export async function noteRead(
  tx: Tx,
  system: System,
  actor: Actor,
  { id, organisation }: { id: string; organisation: string },
  did: string,
): Promise<void> {
  const at = system.now();
  const since = new Date(Date.parse(at) - sameReadingMs).toISOString();
  if (await ledger.hasRead(tx, { object: id, did, actor: actor.id, since })) return;
  await entries.append(tx, { type: 'access', did, object: id, by: actor, audience: [organisation], at });
}
