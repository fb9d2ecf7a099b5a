/** Showing a thing of one's own to the parties of a submission, and taking it back: the same for packs and rules. */
import type { Actor } from '../../domain/directory/actor.ts';
import type { Tx } from '../../store/database.ts';
import * as entries from '../../store/log/entries.ts';
import { party } from '../review/submissions.ts';

/** Who may know of a thing: its own organisation (null), or the parties of a submission as long as they are its parties. */
export interface Shown {
  audience: string;
  submission: string | null;
}

/** The audience a thing has once it is shown to the parties of a submission, or with null to nobody else. */
export async function audienceOf(tx: Tx, actor: Actor, ownAudience: string, submission: string | null): Promise<Shown> {
  if (submission === null) return { audience: ownAudience, submission };
  return { audience: (await party(tx, actor, submission)).submission.audience, submission };
}

/** Puts a change of audience on record in two entries: those of the one submission learn nothing of the other (I5). */
export async function record(
  tx: Tx,
  { object, by, at, kind }: { object: string; by: Actor; at: string; kind: 'task_pack' | 'registration' },
  from: Shown,
  to: Shown,
): Promise<void> {
  for (const [word, { audience, submission }] of [
    ['hidden', from],
    ['shown', to],
  ] as const) {
    if (submission === null) continue;
    await entries.append(tx, { object, by, at, did: `${kind}_${word}`, audience: [audience], body: { submission } });
  }
}
