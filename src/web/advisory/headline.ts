import type { PatchItem, PatchList } from '../../domain/advisory/patch-list.ts';
import type { Day } from '../../domain/instant.ts';
import { longDay } from '../parts/dates.ts';
import { count, counted } from '../parts/numbers.ts';

type Basis = Pick<PatchList, 'counts' | 'notChecked' | 'undetermined'>;

/** How much of the file was looked up, in components. `isSmall`: more than one in ten was not. */
export function coverage(list: Basis): { all: number; lookedUp: number; isSmall: boolean } {
  const all = list.counts.components;
  const missing = list.notChecked.length;
  return { all, lookedUp: all - missing, isSmall: missing * 10 > all };
}

/** How many components were looked up, as long as that says something: `115 of 116 components were looked up`. */
export function coverageWords(list: Basis): string {
  const { all, lookedUp } = coverage(list);
  return lookedUp === all
    ? `${counted(all, 'component')} ${all === 1 ? 'was' : 'were'} looked up`
    : `${count(lookedUp)} of ${counted(all, 'component')} ${all === 1 ? 'was' : 'were'} looked up`;
}

/** That nothing was looked up, and why, in one sentence; undefined when something was. */
export function nothingLookedUp(list: Basis): string | undefined {
  if (coverage(list).lookedUp > 0) return undefined;
  const ecosystems = [...new Set(list.notChecked.flatMap(({ ecosystem }) => ecosystem ?? []))].sort();
  if (ecosystems.length === 0) return 'This file names no component that can be looked up';
  const named = ecosystems.length > 3 ? [...ecosystems.slice(0, 2), `${ecosystems.length - 2} more`] : ecosystems;
  const advisories = new Intl.ListFormat('en', { type: 'disjunction' }).format(named);
  return `Nothing could be looked up: no ${advisories} advisories are held here`;
}

/** An empty list says nothing of what was not looked up, or could not be judged. */
function nothingToDo(list: Basis): string {
  const { all, lookedUp } = coverage(list);
  const among =
    lookedUp < all ? `among the ${count(lookedUp)} of ${counted(all, 'component')} that could be looked up` : '';
  const unclear = list.undetermined.length;
  if (unclear > 0) {
    const look = `${counted(unclear, 'package')} ${unclear === 1 ? 'needs' : 'need'} a look`;
    return `Nothing certain to do${among && ` ${among}`}: ${look}`;
  }
  return `Nothing to do ${among || 'on this list'}`;
}

/**
 * The list in one sentence: `5 upgrades to do by Thursday, November 26 close 23 advisories`,
 * or what is overdue, as long as anything is; or that nothing could be looked up. Takes the list, those of its items that are
 * still to do, and today.
 */
export function headline(list: Basis, items: PatchItem[], today: Day): string {
  if (items.length === 0) return nothingLookedUp(list) ?? nothingToDo(list);
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
