import type { Day } from '../instant.ts';

/** One line of a patch list as it stood: enough to say later what is new, gone or changed. */
export interface Outcome {
  /** The package and version: the purl of the item. */
  key: string;
  title: string;
  /** Ids of the advisories that the line closes. */
  advisories: string[];
  decision: string;
  due?: Day;
}

/** What came, went and moved between two lists of one inventory. */
export interface Changes {
  added: Outcome[];
  gone: Outcome[];
  moved: { before: Outcome; after: Outcome }[];
  same: number;
}

/** Compares two lists. A line has moved when its decision or its set of advisories is another. A due date alone is no move. */
export function compare(before: readonly Outcome[], after: readonly Outcome[]): Changes {
  const earlier = new Map(before.map((outcome) => [outcome.key, outcome]));
  const changes: Changes = { added: [], gone: [], moved: [], same: 0 };
  for (const outcome of after) {
    const old = earlier.get(outcome.key);
    earlier.delete(outcome.key);
    if (old === undefined) changes.added.push(outcome);
    else if (isSame(old, outcome)) changes.same++;
    else changes.moved.push({ before: old, after: outcome });
  }
  changes.gone = [...earlier.values()];
  return changes;
}

function isSame(before: Outcome, after: Outcome): boolean {
  const ids = new Set(before.advisories);
  return (
    before.decision === after.decision &&
    ids.size === new Set(after.advisories).size &&
    after.advisories.every((id) => ids.has(id))
  );
}
