import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Advisory } from './advisory.ts';
import { groupsOf } from './alias-group.ts';
import type { Facts } from './fact.ts';
import { open, type Pack, type PackContent, relevant, write } from './pack.ts';

const modified = '2026-02-01T00:00:00.000Z';
const affected = [
  {
    package: { ecosystem: 'PyPI', name: 'x' },
    ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '2.0' }] }],
  },
];
const advisories: Advisory[] = [
  {
    id: 'GHSA-1111-2222-3333',
    modified,
    published: '2026-01-01T00:00:00.000Z',
    aliases: ['CVE-2026-0001'],
    summary: 'Überlauf — 溢出',
    severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' }],
    affected,
  },
  {
    id: 'PYSEC-2026-1',
    modified: '2026-03-01T00:00:00.000Z',
    aliases: ['CVE-2026-0001'],
    details: `${'word '.repeat(200)}`,
    affected,
  },
  { id: 'PYSEC-2026-2', modified, withdrawn: modified, affected },
  { id: 'NPM-1', modified, affected: [{ package: { ecosystem: 'npm', name: 'x' }, versions: ['1.0.0'] }] },
];
const groups = groupsOf(advisories);
const kev = {
  kind: 'kev',
  source: 'CISA KEV',
  date: '2026-01-02',
  dateAdded: '2026-01-02',
  isRansomwareUse: false,
} as const;
const content: PackContent = {
  ecosystem: 'PyPI',
  advisories,
  groupOf: (id) => groups.find((group) => group.members.includes(id)),
  factsOf: (group): Facts => (group.id === 'CVE-2026-0001' ? { kev, cvss: [] } : { cvss: [] }),
  isKevLoaded: true,
  builtOn: '2026-11-23',
};

function opened(bytes: Uint8Array): Pack {
  const result = open(bytes);
  if ('problem' in result) throw new Error(result.problem);
  return result.pack;
}

const pack = opened(write(content));

test("a pack holds the ecosystem's advisories that are not withdrawn, and says how new they are", () => {
  expect(pack.ecosystem).toBe('PyPI');
  expect(pack.index.ids).toEqual(['GHSA-1111-2222-3333', 'PYSEC-2026-1']);
  expect(pack.newest).toBe('2026-03-01T00:00:00.000Z');
  expect(pack.isKevLoaded).toBe(true);
});

test('a date that has yet to come says nothing about how new the advisories are', () => {
  const future = [...advisories, { id: 'PYSEC-2027-1', modified: '2027-07-09T00:00:00.000Z', affected }];

  expect(opened(write({ ...content, advisories: future })).newest).toBe('2026-03-01T00:00:00.000Z');
});

test('what `relevant` keeps of an advisory is all that the pack is made of', () => {
  const told: Advisory[] = [
    { id: 'PYSEC-3', modified, summary: 'A flaw.', details: `${'x '.repeat(5_000)}proof of concept`, affected },
    { id: 'PYSEC-4', modified, references: [{ type: 'EVIDENCE', url: 'https://example.org/poc' }], affected },
    { id: 'PYSEC-5', modified, details: 'long '.repeat(10_000), affected },
    {
      id: 'PYSEC-6',
      modified,
      severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' }],
      database_specific: { cwe_ids: ['CWE-614'], other: 'long' },
      affected,
    },
    { id: 'MAL-2026-1', modified, summary: 'Malicious code in x', details: 'long '.repeat(10_000), affected },
    { id: 'MAL-2026-2', modified, details: 'Malicious code in x', affected },
  ];
  const bytes = write({ ...content, advisories: told });
  const all = opened(bytes);
  const ssvcOf = (id: string) => all.at(all.index.ids.indexOf(id)).facts.ssvc;

  expect(write({ ...content, advisories: told.map(relevant) })).toEqual(bytes);
  expect(relevant(told[4]!)).not.toHaveProperty('details');
  expect(relevant(told[2]!).details).toHaveLength(20_000);
  expect([ssvcOf('PYSEC-3')?.exploitation, ssvcOf('PYSEC-4')?.exploitation]).toEqual(['poc', 'poc']);
  expect(ssvcOf('PYSEC-6')?.automatable).toBe('no');
});

test('records of one vulnerability share its name and its facts', () => {
  const [first, second] = [pack.at(0), pack.at(1)];

  expect(first).toMatchObject({
    group: 'CVE-2026-0001',
    names: ['CVE-2026-0001', 'GHSA-1111-2222-3333', 'PYSEC-2026-1'],
    summary: 'Überlauf — 溢出',
    published: '2026-01-01T00:00:00.000Z',
  });
  expect(second.facts).toBe(first.facts);
  expect(first.facts.kev).toEqual(kev);
  expect(first.facts.cvss).toEqual([
    expect.objectContaining({ version: '3.1', score: 9.8, source: 'GHSA-1111-2222-3333', date: modified }),
  ]);
});

test('without a summary the text stands in, cut short', () => {
  expect(pack.at(1).summary).toHaveLength(300);
  expect(pack.at(1).summary.endsWith('…')).toBe(true);
});

test('the same content in another order gives the same bytes', () => {
  expect(write({ ...content, advisories: [...advisories].reverse() })).toEqual(write(content));
});

test('a pack that begins anywhere in a larger buffer opens', () => {
  const bytes = write(content);
  const shifted = new Uint8Array(bytes.length + 3);
  shifted.set(bytes, 3);

  expect(opened(shifted.subarray(3)).at(0)).toEqual(pack.at(0));
});

test('any changed byte, and arbitrary bytes, are refused with a reason', () => {
  const bytes = write(content);
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const damaged = bytes.slice();
      damaged[at]! ^= change;
      return 'problem' in open(damaged);
    }),
  );
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => 'problem' in open(noise)));
});
