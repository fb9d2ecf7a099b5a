import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { check } from './check.ts';

const folder = new URL('./testdata/linter/', import.meta.url);
const example = (name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8'));
const clauses = (value: unknown, knowledge = {}) => check(value, knowledge).map((problem) => problem.clause);

describe('the examples of the OSV linter', () => {
  test.each([
    ['CVE-2018-5407', []],
    ['CVE-2023-41045', []],
    ['GHSA-9v2f-6vcg-3hgv', []],
    ['GO-2020-0001', []],
    ['GO-2024-2963', []],
    ['MAL-2024-10238', []],
    ['PYSEC-2023-74', []],
    ['nopackage-GHSA-9v2f-6vcg-3hgv', []],
    ['RHSA-2022_0216', ['REC:001']],
    ['SUSE-FU-2022_0444-1', ['REC:001']],
    ['nointroduced-CVE-2023-41045', ['schema', 'RNG:001']],
    ['nondistinct-CVE-2018-5407', ['RNG:002']],
  ])('%s breaks %j', (name, expected) => {
    expect(clauses(example(name))).toEqual(expected);
  });

  test('all of them are listed above', () => {
    expect(readdirSync(folder)).toHaveLength(12);
  });

  test('PKG:001: a package that its registry does not know is said, when somebody can say it', () => {
    const isPackageKnown = (_: string, name: string) => name === 'Gradio';

    expect(clauses(example('GHSA-9v2f-6vcg-3hgv'), { isPackageKnown })).toEqual([]);
    expect(clauses(example('nopackage-GHSA-9v2f-6vcg-3hgv'), { isPackageKnown })).toEqual(['PKG:001']);
  });

  test('PKG:003: a package URL that cannot be parsed is said', () => {
    const affected = [{ package: { ecosystem: 'npm', name: 'a', purl: 'npm:a' }, versions: ['1'] }];

    expect(clauses({ id: 'CVE-1', modified: '2026-03-01T09:30:00Z', affected })).toEqual(['PKG:003']);
  });

  test('PKG:000: an entry without a package needs a GIT range', () => {
    const affected = [{ versions: ['1'] }];

    expect(clauses({ id: 'CVE-1', modified: '2026-03-01T09:30:00Z', affected })).toEqual(['PKG:000']);
  });

  test.each([
    ['an alias twice', { aliases: ['GHSA-1', 'GHSA-1'] }, ['REC:002']],
    ['itself as alias', { aliases: ['CVE-1'] }, ['REC:002']],
    ['itself twice', { aliases: ['CVE-1', 'CVE-1'] }, ['REC:002', 'REC:002']],
    ['a related id twice', { related: ['CVE-2', 'CVE-2'] }, ['REC:004']],
    ['itself as upstream', { upstream: ['CVE-1'] }, ['REC:003']],
    ['an alias as upstream', { aliases: ['CVE-2'], upstream: ['CVE-2'] }, ['REC:003']],
    ['a related id as upstream', { related: ['CVE-2'], upstream: ['CVE-2'] }, ['REC:003']],
  ])('a record that names %s breaks %j', (_, fields, expected) => {
    const record = { id: 'CVE-1', modified: '2026-03-01T09:30:00Z', withdrawn: '2026-03-01T09:30:00Z', ...fields };

    expect(clauses(record)).toEqual(expected);
  });
});

describe('the schema, OSV 1.7', () => {
  const valid = { id: 'CVE-1', modified: '2026-03-01T09:30:00Z', withdrawn: '2026-03-01T09:30:00Z' };

  test.each([
    ['a field it does not know', { ...valid, nonsense: 1 }, ''],
    ['an id of no known database', { ...valid, id: 'NOWHERE-1' }, 'id'],
    ['a time without zone', { ...valid, modified: '2026-03-01T09:30:00' }, 'modified'],
    [
      'a severity with a broken vector',
      { ...valid, severity: [{ type: 'CVSS_V3', score: '9.8' }] },
      'severity[0].score',
    ],
    ['a GIT range without repo', withRange({ type: 'GIT', events: [{ introduced: '0' }] }), 'affected[0].ranges[0]'],
    [
      'fixed and last_affected in one range',
      withRange({ type: 'SEMVER', events: [{ introduced: '0' }, { fixed: '2.0.0' }, { last_affected: '1.0.0' }] }),
      'affected[0].ranges[0]',
    ],
  ])('%s is said with its place', (_, value, path) => {
    expect(check(value)[0]).toMatchObject({ clause: 'schema', path });
  });

  function withRange(range: unknown) {
    return { ...valid, affected: [{ package: { ecosystem: 'npm', name: 'a' }, ranges: [range] }] };
  }
});

test('real advisories that need mending or break a rule are few, and each names its clause', () => {
  const lines = gunzipSync(readFileSync(new URL('./testdata/real.jsonl.gz', import.meta.url)))
    .toString('utf8')
    .trim()
    .split('\n');
  const counts: Record<string, number> = {};

  for (const line of lines) {
    for (const clause of clauses(JSON.parse(line))) counts[clause ?? ''] = (counts[clause ?? ''] ?? 0) + 1;
  }

  expect(counts).toMatchSnapshot();
});
