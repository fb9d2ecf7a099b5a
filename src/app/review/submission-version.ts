import { canonicalJson } from '../../domain/canonical-json.ts';
import type { Actor } from '../../domain/directory/actor.ts';
import { Refusal } from '../../domain/refusal.ts';
import * as rule from '../../domain/review/submission.ts';
import { partNumbers } from '../../domain/review/submission-parts.ts';
import type { Tx } from '../../store/database.ts';
import * as entries from '../../store/log/entries.ts';
import { sha256 } from '../../store/log/sha256.ts';
import * as versions from '../../store/review/submission-versions.ts';
import type { KeptSubmission } from '../../store/review/submissions.ts';

/** Reads what is said of several parts, by number. Refuses with every problem. */
export function readParts(said: Record<string, unknown>): rule.Parts {
  const read: rule.Parts = {};
  const problems = Object.entries(said).flatMap(([key, one]) => {
    const number = partNumbers.find((known) => String(known) === key);
    if (number === undefined)
      return [{ path: `parts.${key.slice(0, 20)}`, message: 'Parts are numbered from 1 to 16.' }];
    const answer = rule.readPart(number, one);
    if ('problems' in answer) return answer.problems;
    read[number] = answer.part;
    return [];
  });
  if (problems.length > 0) throw new Refusal('part_not_kept', { problems: problems.slice(0, 100) });
  return read;
}

/** Keeps a version in the act's own transaction, with its digest on record for the developer. */
export async function addVersion(
  tx: Tx,
  actor: Actor,
  submission: KeptSubmission,
  made: { version: number; content: rule.FileContent; note: string | null; at: string },
): Promise<void> {
  const { version, content, at } = made;
  const bytes = Buffer.from(canonicalJson(rule.digested(submission.id, version, content)));
  const { bytesMax, versionsMax } = rule.limits;
  if (bytes.length > bytesMax) throw new Refusal('file_too_large', { bytesMax });
  if (version > versionsMax) throw new Refusal('file_too_large', { versionsMax });
  const digest = `sha256:${Buffer.from(sha256(bytes)).toString('hex')}`;
  await versions.insert(tx, submission, { ...made, digest, by: actor.id });
  const body = { version, digest };
  await entries.append(tx, { did: 'submission_version_saved', object: submission.id, by: actor, body, at });
}
