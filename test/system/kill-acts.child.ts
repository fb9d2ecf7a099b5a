/** Acts and sequences until it is killed; says on standard output which acts were acknowledged. */
import { randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';
import { sequence } from '../../src/app/log/sequence.ts';
import type { System } from '../../src/app/system.ts';
import type { Actor } from '../../src/domain/directory/actor.ts';
import { open } from '../../src/store/database.ts';
import * as entries from '../../src/store/log/entries.ts';
import { loadSigner } from '../../src/store/log/key.ts';

const [url = '', keyPath = ''] = process.argv.slice(2);
const database = open({ url });
const signer = loadSigner(keyPath, 'kill.example/log');
const now = () => new Date().toISOString();
const actor: Actor = { kind: 'person', id: 'person_kill', organisation: 'organisation_kill', roles: [] };

/** A row and its entry in one transaction; acknowledged only after the commit. */
async function act(): Promise<void> {
  const id = `audience_kill_${randomBytes(8).toString('hex')}`;
  await database.transaction(actor, async (tx) => {
    await tx.insertInto('audiences').values({ id, kind: 'named' }).execute();
    await entries.append(tx, { did: 'audience_made', object: id, by: actor });
  });
  writeSync(1, `${id}\n`);
}

async function repeat(work: () => Promise<unknown>): Promise<never> {
  for (;;) await work();
}

await Promise.all([
  ...Array.from({ length: 4 }, () => repeat(act)),
  // The part of a system that the sequencer needs.
  repeat(() => sequence({ database, signer, now } as System)),
]);
