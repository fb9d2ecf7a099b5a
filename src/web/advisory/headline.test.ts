import { expect, test } from 'vitest';
import type { PatchAdvisory, PatchItem } from '../../domain/advisory/patch-list.ts';
import { headline } from './headline.ts';

const advisory = (id: string, isClosedByUpgrade = true) => ({ id, isClosedByUpgrade }) as PatchAdvisory;
const item = (over: Partial<PatchItem>) =>
  ({ remedy: 'upgrade', upgradeTo: '2.0.0', advisories: [advisory('CVE-2026-0001')], ...over }) as PatchItem;
const plain = (text: string) => text.replaceAll('\u00a0', ' ');

test('the upgrades of the nearest date, and what they close, each advisory once', () => {
  const items = [
    item({ due: '2026-11-26', advisories: [advisory('CVE-2026-0001'), advisory('CVE-2026-0002')] }),
    item({ due: '2026-11-26', advisories: [advisory('CVE-2026-0002'), advisory('CVE-2026-0003', false)] }),
    item({ due: '2026-12-07' }),
  ];

  expect(plain(headline(items, '2026-11-23'))).toBe('2 upgrades to do by Thursday, November 26 close 2 advisories');
});

test('what is overdue comes before every date, and says since when', () => {
  const late = item({ due: '2026-11-20' });
  const next = item({ due: '2026-11-26' });

  expect(plain(headline([next, late], '2026-11-23'))).toBe(
    '1 upgrade overdue since Friday, November 20: closes 1 advisory',
  );
  expect(plain(headline([late, item({ due: '2026-11-22' }), next], '2026-11-23'))).toBe(
    '2 upgrades overdue, the first since Friday, November 20: close 1 advisory',
  );
  expect(plain(headline([item({ due: '2026-11-20', remedy: 'none' })], '2026-11-23'))).toBe(
    '1 component overdue since Friday, November 20: no fix named yet',
  );
  expect(plain(headline([item({ due: '2026-11-23' })], '2026-11-23'))).toContain('to do by');
});

test('without a fix nothing is called an upgrade', () => {
  const { upgradeTo: _, ...open } = item({ due: '2026-11-26', remedy: 'none' });

  expect(plain(headline([open as PatchItem], '2026-11-23'))).toBe(
    '1 component to handle by Thursday, November 26, no fix named yet',
  );
});

test('without any date it says so', () => {
  expect(headline([item({})], '2026-11-23')).toBe('No date is near: 1 upgrade closes 1 advisory');
});

test('an empty list says that there is nothing to do on it, and no more', () => {
  expect(headline([], '2026-11-23')).toBe('Nothing to do on this list');
});
