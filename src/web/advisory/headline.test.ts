import { expect, test } from 'vitest';
import type { NotChecked, PatchAdvisory, PatchItem, Undetermined } from '../../domain/advisory/patch-list.ts';
import { coverage, coverageWords, headline } from './headline.ts';

const advisory = (id: string, isClosedByUpgrade = true) => ({ id, isClosedByUpgrade }) as PatchAdvisory;
const item = (over: Partial<PatchItem>) =>
  ({ remedy: 'upgrade', upgradeTo: '2.0.0', advisories: [advisory('CVE-2026-0001')], ...over }) as PatchItem;
const listOf = (components: number, notChecked: Partial<NotChecked>[] = [], undetermined = 0) => ({
  counts: { components, packages: components - notChecked.length, affected: 0, vulnerabilities: 0 },
  notChecked: notChecked as NotChecked[],
  undetermined: Array.from({ length: undetermined }, () => ({}) as Undetermined),
});
const whole = listOf(10);
const notHeld = (ecosystem: string) => ({ why: 'ecosystem_not_held', ecosystem }) as const;
const nameless = { why: 'no_identity' } as const;
const empty = (list: typeof whole) => headline(list, [], '2026-11-23');
const plain = (text: string) => text.replaceAll('\u00a0', ' ');

test('the upgrades of the nearest date, and what they close, each advisory once', () => {
  const items = [
    item({ due: '2026-11-26', advisories: [advisory('CVE-2026-0001'), advisory('CVE-2026-0002')] }),
    item({ due: '2026-11-26', advisories: [advisory('CVE-2026-0002'), advisory('CVE-2026-0003', false)] }),
    item({ due: '2026-12-07' }),
  ];

  expect(plain(headline(whole, items, '2026-11-23'))).toBe(
    '2 upgrades to do by Thursday, November 26 close 2 advisories',
  );
});

test('what is overdue comes before every date, and says since when', () => {
  const late = item({ due: '2026-11-20' });
  const next = item({ due: '2026-11-26' });

  expect(plain(headline(whole, [next, late], '2026-11-23'))).toBe(
    '1 upgrade overdue since Friday, November 20: closes 1 advisory',
  );
  expect(plain(headline(whole, [late, item({ due: '2026-11-22' }), next], '2026-11-23'))).toBe(
    '2 upgrades overdue, the first since Friday, November 20: close 1 advisory',
  );
  expect(plain(headline(whole, [item({ due: '2026-11-20', remedy: 'none' })], '2026-11-23'))).toBe(
    '1 component overdue since Friday, November 20: no fix named yet',
  );
  expect(plain(headline(whole, [item({ due: '2026-11-23' })], '2026-11-23'))).toContain('to do by');
});

test('without a fix nothing is called an upgrade', () => {
  const { upgradeTo: _, ...open } = item({ due: '2026-11-26', remedy: 'none' });

  expect(plain(headline(whole, [open as PatchItem], '2026-11-23'))).toBe(
    '1 component to handle by Thursday, November 26, no fix named yet',
  );
});

test('without any date it says so', () => {
  expect(headline(whole, [item({})], '2026-11-23')).toBe('No date is near: 1 upgrade closes 1 advisory');
});

test('an empty list says that there is nothing to do on it, and no more', () => {
  expect(empty(whole)).toBe('Nothing to do on this list');
  expect(coverageWords(whole)).toBe('10 components were looked up');
});

test('where nothing was looked up nothing is said of what there is to do', () => {
  expect(empty(listOf(0))).toBe('This file names no component that can be looked up');
  expect(empty(listOf(2, [nameless, nameless]))).toBe('This file names no component that can be looked up');
  expect(empty(listOf(2, [notHeld('npm'), notHeld('npm')]))).toBe(
    'Nothing could be looked up: no npm advisories are held here',
  );
  expect(empty(listOf(3, [nameless, notHeld('PyPI'), notHeld('Go')]))).toBe(
    'Nothing could be looked up: no Go or PyPI advisories are held here',
  );
  expect(empty(listOf(4, ['npm', 'Go', 'PyPI', 'Maven'].map(notHeld)))).toBe(
    'Nothing could be looked up: no Go, Maven, or 2 more advisories are held here',
  );
});

test('where only a part was looked up, an empty list speaks of that part', () => {
  expect(empty(listOf(116, [notHeld('npm')]))).toBe(
    'Nothing to do among the 115 of 116 components that could be looked up',
  );
  expect(coverageWords(listOf(116, [notHeld('npm')]))).toBe('115 of 116 components were looked up');
});

test('what nobody can judge is not left out of an empty list', () => {
  expect(empty(listOf(10, [], 2))).toBe('Nothing certain to do: 2 packages need a look');
});

test('more than one component in ten that was not looked up is a sizeable part', () => {
  const some = (count: number) => Array.from({ length: count }, () => nameless);
  expect(coverage(listOf(20, some(2)))).toEqual({ all: 20, lookedUp: 18, isSmall: false });
  expect(coverage(listOf(20, some(3)))).toEqual({ all: 20, lookedUp: 17, isSmall: true });
});
