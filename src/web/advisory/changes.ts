import type { PatchItem } from '../../domain/advisory/patch-list.ts';
import type { Outcome } from './local-store.ts';
import { keyOf, titleOf } from './PatchRow.tsx';

/** What came, went and moved between two lists of one system. */
export interface Changes {
  added: Outcome[];
  gone: Outcome[];
  moved: { before: Outcome; after: Outcome }[];
  same: number;
}

export function outcomesOf(items: PatchItem[]): Outcome[] {
  return items.map((item) => ({
    key: keyOf(item),
    title: titleOf(item),
    advisories: item.advisories.map(({ id }) => id),
    decision: item.decision,
    ...(item.due === undefined ? {} : { due: item.due }),
  }));
}

/** An item has moved when its decision or its set of advisories is another; a due date alone follows from the day. */
export function compare(before: Outcome[], after: Outcome[]): Changes {
  const old = new Map(before.map((outcome) => [outcome.key, outcome]));
  const changes: Changes = { added: [], gone: [], moved: [], same: 0 };
  for (const outcome of after) {
    const earlier = old.get(outcome.key);
    old.delete(outcome.key);
    if (earlier === undefined) changes.added.push(outcome);
    else if (isSame(earlier, outcome)) changes.same += 1;
    else changes.moved.push({ before: earlier, after: outcome });
  }
  changes.gone = [...old.values()];
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
