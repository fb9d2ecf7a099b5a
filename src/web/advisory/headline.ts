import type { PatchItem } from '../../domain/advisory/patch-list.ts';
import type { Day } from '../../domain/instant.ts';
import { longDay } from '../parts/dates.ts';
import { counted } from '../parts/numbers.ts';

/**
 * The list in one sentence: `5 upgrades to do by Thursday, November 26 close 23 advisories`,
 * or what is overdue, as long as anything is. Takes the items that are
 * still to do, and today.
 */
export function headline(items: PatchItem[], today: Day): string {
  if (items.length === 0) return 'Nothing to do on this list';
  const due = items
    .flatMap((item) => item.due ?? [])
    .sort()
    .at(0);
  const isOverdue = due !== undefined && due < today;
  const first =
    due === undefined
      ? items
      : items.filter((item) => item.due === due || (isOverdue && item.due !== undefined && item.due < today));
  const overdue = isOverdue
    ? `overdue${first.every((item) => item.due === due) ? '' : ', the first'} since ${longDay(due, today)}`
    : '';
  const upgrades = first.filter((item) => item.remedy === 'upgrade');
  if (upgrades.length === 0) {
    if (isOverdue) return `${counted(first.length, 'component')} ${overdue}: no fix named yet`;
    const by = due === undefined ? '' : ` by ${longDay(due, today)}`;
    return `${counted(first.length, 'component')} to handle${by}, no fix named yet`;
  }
  const closed = new Set(
    upgrades.flatMap((item) => item.advisories.filter((one) => one.isClosedByUpgrade).map(({ id }) => id)),
  ).size;
  const closes = `${upgrades.length === 1 ? 'closes' : 'close'} ${counted(closed, 'advisory', 'advisories')}`;
  if (due === undefined) return `No date is near: ${counted(upgrades.length, 'upgrade')} ${closes}`;
  if (isOverdue) return `${counted(upgrades.length, 'upgrade')} ${overdue}: ${closes}`;
  return `${counted(upgrades.length, 'upgrade')} to do by ${longDay(due, today)} ${closes}`;
}
