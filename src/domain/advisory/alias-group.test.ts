import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { groupsOf, type Named } from './alias-group.ts';

const withdrawn = '2026-03-01T09:30:00.000Z';

describe('alias groups', () => {
  test('two advisories that name the same alias are one group, though nobody holds the alias itself', () => {
    const records = [
      { id: 'GHSA-1', aliases: ['CVE-2026-0001'] },
      { id: 'PYSEC-1', aliases: ['CVE-2026-0001'] },
    ];

    expect(groupsOf(records)).toEqual([
      { id: 'CVE-2026-0001', members: ['CVE-2026-0001', 'GHSA-1', 'PYSEC-1'], covers: [] },
    ]);
  });

  test('a group is named by its first CVE id, else its first GHSA id, else its first id', () => {
    const records = [
      { id: 'A-1', aliases: ['CVE-2026-0002'] },
      { id: 'B-1', aliases: ['GHSA-2', 'A-2'] },
      { id: 'C-1', aliases: ['C-0'] },
    ];

    expect(groupsOf(records).map((group) => group.id)).toEqual(['C-0', 'CVE-2026-0002', 'GHSA-2']);
  });

  test('a withdrawn record joins nothing: the groups that it joined part', () => {
    const joining = { id: 'GHSA-1', aliases: ['CVE-2026-0001', 'PYSEC-1'] };
    const other = { id: 'PYSEC-1' };

    expect(groupsOf([joining, other])).toHaveLength(1);
    expect(groupsOf([{ ...joining, withdrawn }, other]).map((group) => group.members)).toEqual([
      ['GHSA-1'],
      ['PYSEC-1'],
    ]);
  });

  test('a record that names two CVE ids bundles two flaws: it joins neither, and covers both', () => {
    const records = [
      { id: 'RUSTSEC-1', aliases: ['CVE-2026-0001', 'CVE-2026-0002', 'GHSA-1'] },
      { id: 'GHSA-1', aliases: ['CVE-2026-0001'] },
    ];

    expect(groupsOf(records)).toEqual([
      { id: 'CVE-2026-0001', members: ['CVE-2026-0001', 'GHSA-1'], covers: [] },
      { id: 'RUSTSEC-1', members: ['RUSTSEC-1'], covers: ['CVE-2026-0001', 'CVE-2026-0002', 'GHSA-1'] },
    ]);
  });

  test('upstream and related join nothing', () => {
    const records = [{ id: 'DSA-1', upstream: ['CVE-2026-0001'], related: ['CVE-2026-0002'] }, { id: 'CVE-2026-0001' }];

    expect(groupsOf(records as Named[])).toHaveLength(2);
  });
});

const anyId = fc.constantFrom(
  ...['A', 'B', 'C', 'D', 'E', 'F'].map((letter) => `X-${letter}`),
  ...['1', '2', '3', '4'].map((digit) => `CVE-2026-000${digit}`),
  'GHSA-1',
  'GHSA-2',
);
const anyRecord: fc.Arbitrary<Named> = fc.record(
  { id: anyId, aliases: fc.array(anyId, { maxLength: 4 }), withdrawn: fc.constant(withdrawn) },
  { requiredKeys: ['id'] },
);
const anyRecords = fc.uniqueArray(anyRecord, { selector: (record) => record.id, maxLength: 12 });

describe('always', () => {
  test('the order of the records does not matter', () => {
    fc.assert(
      fc.property(
        anyRecords.chain((records) =>
          fc.tuple(fc.constant(records), fc.shuffledSubarray(records, { minLength: records.length })),
        ),
        ([records, shuffled]) => {
          expect(groupsOf(shuffled)).toEqual(groupsOf(records));
        },
      ),
    );
  });

  test('every id is in exactly one group, and every record is in one', () => {
    fc.assert(
      fc.property(anyRecords, (records) => {
        const members = groupsOf(records).flatMap((group) => group.members);

        expect(new Set(members).size).toBe(members.length);
        for (const record of records) expect(members).toContain(record.id);
      }),
    );
  });

  test('grouping only what touches a change gives the same as grouping everything again', () => {
    fc.assert(
      fc.property(anyRecords, anyRecord, (records, changed) => {
        const before = groupsOf(records);
        const after = [...records.filter((record) => record.id !== changed.id), changed];

        // The groups that hold an id which the record names now or named before, and the record itself.
        const old = records.find((record) => record.id === changed.id);
        const named = new Set([changed.id, ...(changed.aliases ?? []), ...(old?.aliases ?? [])]);
        const touched = before.filter((group) => group.members.some((member) => named.has(member)));
        const touchedIds = new Set(touched.flatMap((group) => group.members));
        const regrouped = groupsOf(after.filter((record) => touchedIds.has(record.id) || record.id === changed.id));
        const kept = before.filter((group) => !touched.includes(group));

        expect([...kept, ...regrouped].sort((a, b) => (a.id < b.id ? -1 : 1))).toEqual(groupsOf(after));
      }),
    );
  });
});
