import { sql } from 'kysely';
import { system } from '../../domain/directory/actor.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Tx } from '../database.ts';
import * as entries from './entries.ts';
import { sha256 } from './sha256.ts';

/** Objects named in one entry; the count goes on. */
const objectsMax = 20;

const minuteOf = (at: Instant) => `${at.slice(0, 16)}:00.000Z`;

/**
 * Counts a refused try. `owners` is whoever may know of what was tried; empty when there is no such thing.
 *
 * The object is kept as a digest: an owner knows its own objects and finds them, and learns nothing of another's. One
 * entry for each actor and minute whatever was tried, so that not even the number of leaves tells what exists (I5).
 */
export async function count(
  tx: Tx,
  denial: { actor: string; object: string; owners: entries.Audience; at: Instant },
): Promise<void> {
  const digest = Buffer.from(sha256(Buffer.from(denial.object))).toString('hex');
  await sql`
    insert into log_denials as d (actor, minute, audience, objects, tries)
    values (${denial.actor}, ${minuteOf(denial.at)}, ${denial.owners}, ${[digest]}, 1)
    on conflict (minute, actor) do update set tries = d.tries + 1,
      audience = array(select distinct unnest(d.audience || excluded.audience)),
      objects = case when cardinality(d.objects) < ${objectsMax} and not d.objects @> excluded.objects
        then d.objects || excluded.objects else d.objects end`.execute(tx);
}

/** Records the tries of every minute that is over, so nobody can flood the log. Gives the number of entries written. */
export async function record(tx: Tx, now: Instant): Promise<number> {
  const over = await tx.deleteFrom('log_denials').where('minute', '<', minuteOf(now)).returningAll().execute();
  for (const denial of over) {
    await entries.append(tx, {
      type: 'denied',
      did: 'access_denied',
      object: denial.actor,
      by: system,
      audience: denial.audience,
      body: { minute: denial.minute, tries: denial.tries, objectDigests: denial.objects },
      at: now,
    });
  }
  return over.length;
}
