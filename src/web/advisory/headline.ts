import type { PatchItem } from '../../domain/advisory/patch-list.ts';
import type { Day } from '../../domain/instant.ts';
import { daysBetween, longDay } from '../parts/dates.ts';
import { counted } from '../parts/numbers.ts';

/**
 * The list in one sentence: `5 upgrades to do by Thursday, November 26 close 23 advisories`. Takes the items that are
 * still to do, and today.
 */
export function headline(items: PatchItem[], today: Day): string {
  if (items.length === 0) return 'Nothing to do on this list';
  const dated = items.filter((item) => item.due !== undefined);
  const due = dated.map((item) => item.due as Day).sort()[0];
  const first = due === undefined ? items : dated.filter((item) => item.due === due);
  const closed = new Set(first.flatMap((item) => item.advisories.map(({ id }) => id))).size;
  const upgrades = first.filter((item) => item.upgradeTo !== undefined).length;
  const closes = `${first.length === 1 ? 'closes' : 'close'} ${counted(closed, 'advisory', 'advisories')}`;
  if (due === undefined)
    return `No date is near: ${counted(first.length, 'upgrade')} at the next system upgrade ${closes}`;
  const when = daysBetween(today, due) < 0 ? `that were due ${longDay(due, today)}` : `to do by ${longDay(due, today)}`;
  if (upgrades === first.length) return `${counted(upgrades, 'upgrade')} ${when} ${closes}`;
  return `${counted(first.length, 'component')} to handle by ${longDay(due, today)}: ${counted(closed, 'advisory', 'advisories')}, ${upgrades === 0 ? 'no fix yet' : `${upgrades} with an upgrade`}`;
}
