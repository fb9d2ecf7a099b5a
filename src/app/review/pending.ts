/** What waits for somebody in the file of a model: read from what the actor may know of, and from nothing else (I5). */
import type { Actor } from '../../domain/directory/actor.ts';
import * as permission from '../../domain/directory/permission.ts';
import { standingOf } from '../../domain/review/determination.ts';
import { type PendingFacts, type PendingItem, pendingOf } from '../../domain/review/pending.ts';
import type { WindowView } from '../../domain/review/window.ts';
import type { Tx } from '../../store/database.ts';
import * as determinations from '../../store/review/determinations.ts';
import * as grants from '../../store/review/grants.ts';
import * as incidents from '../../store/review/incidents.ts';
import * as partners from '../../store/review/partners.ts';
import * as stored from '../../store/review/pending.ts';
import * as submissions from '../../store/review/submissions.ts';
import type { System } from '../system.ts';
import { noteRead } from './ledger-reads.ts';
import { party } from './submissions.ts';
import { viewOf } from './windows.ts';

/** How long a letter or a run counts as new to those who have not opened it. */
const newForMs = 14 * 86_400_000;
const most = { limit: 200 };

/** What waits in one file, and for whom; that it was read is on record, the same whether or not anything waits (I5, I7). */
export function list(system: System, actor: Actor, id: string): Promise<PendingItem[]> {
  permission.requireSignedIn(actor);
  return system.database.transaction(actor, async (tx) => {
    const { submission } = await party(tx, actor, id);
    await noteRead(tx, system, actor, submission, 'pending_read');
    const now = system.now();
    return pendingIn(tx, actor, submission, await viewOf(tx, id, now), now);
  });
}

/** As `list`, for a file that the actor is known to see, in the caller's transaction; puts nothing on record. */
export async function pendingIn(
  tx: Tx,
  { organisation }: Actor,
  { id, model }: { id: string; model: { digest: string | null } },
  window: WindowView,
  now: string,
): Promise<PendingItem[]> {
  if (organisation === undefined) return [];
  const since = new Date(Date.parse(now) - newForMs).toISOString();
  const facts: PendingFacts = {
    submission: id,
    reader: organisation,
    parties: await submissions.parties(tx, id),
    window,
    grants: await grants.list(tx, id),
    determinations: (await determinations.list(tx, id, most)).map((kept) => ({
      ...kept,
      standing: standingOf(kept.current, { digest: kept.model.digest, modelDigest: model.digest, now }),
    })),
    partners: await partners.list(tx, id, most),
    incidents: await incidents.list(tx, id),
    unread: await stored.unread(tx, id, { reader: organisation, since }),
  };
  return pendingOf(facts, now);
}

/** How many invitations of the actor's own organisation are open: a step is still to be done. */
export function openInvitations(system: System, actor: Actor): Promise<number> {
  permission.requireSignedIn(actor);
  const { organisation } = actor;
  if (organisation === undefined) return Promise.resolve(0);
  return system.database.transaction(actor, (tx) => stored.openInvitations(tx, organisation));
}
