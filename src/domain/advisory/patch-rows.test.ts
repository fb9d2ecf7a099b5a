import { expect, test } from 'vitest';
import { write } from '../../formats/csv/document.ts';
import type { PatchAdvisory, PatchItem } from './patch-list.ts';
import { actionOf, patchColumns, patchRow, strongestOf } from './patch-rows.ts';

const advisory = (id: string, facts: Partial<PatchAdvisory['facts']>): PatchAdvisory => ({
  id,
  records: [`GHSA-${id}`],
  aliases: [],
  summary: '',
  modified: '2026-02-01T00:00:00.000Z',
  facts: { cvss: [], ...facts },
  decision: {
    decision: 'soon',
    rank: 1,
    isForensicCheckDue: false,
    reasons: [],
    unknowns: [],
    policy: { name: 'p', version: '1' },
  },
  firstListed: '2026-03-02',
  matches: [],
  isClosedByUpgrade: true,
});

const source = { source: 'Example', date: '2026-02-01' };
const item: PatchItem = {
  purl: 'pkg:maven/org.example/left@1.20',
  name: 'left',
  version: '1.20',
  ecosystem: 'Maven',
  upgradeTo: '1.26.0',
  remedy: 'upgrade',
  advisories: [
    advisory('1', { epss: { kind: 'epss', score: 0.25, ...source } }),
    advisory('2', {
      epss: { kind: 'epss', score: 0.5, ...source },
      kev: { kind: 'kev', dateAdded: '2026-02-01', isRansomwareUse: false, ...source },
      cvss: [{ kind: 'cvss', vector: '', version: '3.1', score: 9.8, ...source }],
    }),
  ],
  closes: 2,
  leavesOpen: [],
  decision: 'soon',
  rank: 1,
  due: '2026-03-16',
  isOverdue: false,
  isForensicCheckDue: false,
  reasons: ['It is exploited.', 'It faces outside.'],
  unknowns: [],
  components: [],
  count: 1,
  isDevelopmentOnly: false,
};

test('the first column says what to do in words', () => {
  expect(patchColumns[0]).toBe('action');
  expect(patchRow(item)[0]).toBe('Upgrade left 1.20 to 1.26.0');
  expect(actionOf({ ...item, remedy: 'remove' })).toBe('Remove left 1.20');
  expect(actionOf({ ...item, remedy: 'none' })).toBe('left 1.20: no fix yet');
});

test('the strongest fact of any of its vulnerabilities stands for the item; what no source says stays empty', () => {
  expect(strongestOf(item)).toEqual({ isKev: true, epss: 0.5, cvss: 9.8 });
  expect(strongestOf({ ...item, advisories: [advisory('3', {})] })).toEqual({ isKev: false });
});

test('a row has a cell for each column, in their order', () => {
  const cells = Object.fromEntries(patchColumns.map((column, at) => [column, patchRow(item)[at]]));

  expect(patchRow(item)).toHaveLength(patchColumns.length);
  expect(cells).toMatchObject({
    due: '2026-03-16',
    overdue: 'no',
    kev: 'yes',
    epss: 0.5,
    cvss: 9.8,
    why: 'It is exploited. It faces outside.',
    vulnerabilities: '1 2',
    records: 'GHSA-1 GHSA-2',
    'first listed': '2026-03-02',
    purl: 'pkg:maven/org.example/left@1.20',
  });
  expect(write(patchColumns, [patchRow(item)])).toContain('Upgrade left 1.20 to 1.26.0,2026-03-16,soon,yes,0.5,9.8');
});
