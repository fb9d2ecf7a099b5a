/** Access to a model, as its developer grants it. Any grant ends at once, in any state, and no reason is asked (I9). */
import type { Actor } from '../../domain/directory/actor.ts';
import type { Tx } from '../../store/database.ts';
import * as entries from '../../store/log/entries.ts';
import * as grants from '../../store/review/grants.ts';
import * as submissions from '../../store/review/submissions.ts';
import type { System } from '../system.ts';

/**
 * Ends every grant of a submission in the caller's transaction; what is running is cut within a second of its commit. Works
 * in every state, also when there is nothing to end. Gives the ids of the grants that it ended. `reason` is for the parties
 * to read and stays in the log.
 */
export async function revokeAllFor(
  tx: Tx,
  system: System,
  submission: { id: string; audience: string },
  { reason, by }: { reason?: string; by: Actor },
): Promise<string[]> {
  const at = system.now();
  const revoked = await grants.revokeAll(tx, submission.id, { by: by.id, at });
  await submissions.touch(tx, submission.id, at);
  await entries.append(tx, {
    did: 'access_revoked',
    object: submission.id,
    by,
    audience: [submission.audience],
    body: { grants: revoked, ...(reason !== undefined && { reason }) },
    at,
  });
  return revoked;
}
