import type { PatchItem } from './patch-list.ts';

/** What to do, in words: `Upgrade jinja2 2.10 to 3.1.6`. */
export function actionOf(item: PatchItem): string {
  switch (item.remedy) {
    case 'upgrade':
      return `Upgrade ${item.name} ${item.version} to ${item.upgradeTo}`;
    case 'remove':
      return `Remove ${item.name} ${item.version}`;
    case 'none':
      return `${item.name} ${item.version}: no fix yet`;
  }
}

/** The strongest of what is known about the vulnerabilities of an item; undefined where no source says anything. */
export function strongestOf({ advisories }: PatchItem): { isKev: boolean; epss?: number; cvss?: number } {
  const max = (values: number[]) =>
    values.reduce<number | undefined>((a, b) => (a === undefined || b > a ? b : a), undefined);
  const epss = max(advisories.flatMap(({ facts }) => facts.epss?.score ?? []));
  const cvss = max(advisories.flatMap(({ facts }) => facts.cvss.map(({ score }) => score)));
  return {
    isKev: advisories.some(({ facts }) => facts.kev !== undefined),
    ...(epss !== undefined && { epss }),
    ...(cvss !== undefined && { cvss }),
  };
}

/** The columns of a patch list as a table, the same wherever one is written. */
export const patchColumns = [
  'action',
  'due',
  'decision',
  'kev',
  'epss',
  'cvss',
  'why',
  'closes',
  'stays open',
  'vulnerabilities',
  'records',
  'name',
  'version',
  'upgrade to',
  'ecosystem',
  'occurrences',
  'purl',
  'overdue',
  'first listed',
] as const;

/** One item under `patchColumns`. */
export function patchRow(item: PatchItem): (string | number | undefined)[] {
  const { isKev, epss, cvss } = strongestOf(item);
  return [
    actionOf(item),
    item.due,
    item.decision,
    isKev ? 'yes' : 'no',
    epss,
    cvss,
    item.reasons.join(' '),
    item.closes,
    item.leavesOpen.join(' '),
    item.advisories.map(({ id }) => id).join(' '),
    item.advisories.flatMap(({ records }) => records).join(' '),
    item.name,
    item.version,
    item.upgradeTo,
    item.ecosystem,
    item.count,
    item.purl,
    item.isOverdue ? 'yes' : 'no',
    item.advisories.map(({ firstListed }) => firstListed).sort()[0],
  ];
}
