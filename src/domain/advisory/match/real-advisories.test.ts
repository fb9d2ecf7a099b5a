import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { Advisory } from '../advisory.ts';
import { affects } from '../affected.ts';
import { familyOf, identityOf } from '../package.ts';
import { build, familiesOf, packagesIn } from './packed-index.ts';

function advisoriesOf(name: string): Advisory[] {
  const file = new URL(`../../../../sample/advisories/${name}.jsonl.gz`, import.meta.url);
  const lines = gunzipSync(readFileSync(file)).toString('utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Advisory);
}

const pysec = advisoriesOf('pysec').filter((advisory) => advisory.withdrawn === undefined);

test('PyPI: of all versions that the 7,080 records list, their ranges leave out the 7 that lie outside by their own words', () => {
  const missed: string[] = [];
  let pairs = 0;
  for (const advisory of pysec) {
    const affected = (advisory.affected ?? []).map((entry) => ({ ...entry, versions: [] }));
    const index = build('PyPI', [{ ...advisory, affected }]);
    const rows: number[] = [];
    for (const { package: named, ranges, versions } of advisory.affected ?? []) {
      if (named === undefined || !ranges?.some(({ type }) => type !== 'GIT')) continue;
      const { ecosystem, name } = identityOf(named);
      for (const version of versions ?? []) {
        pairs++;
        if (index.find(ecosystem, name, version, rows) === 0) missed.push(`${advisory.id} ${name} ${version}`);
      }
    }
  }

  expect(pairs).toBe(579_339);
  expect(missed).toEqual([
    'PYSEC-2021-114 wagtail 2.11.6',
    'PYSEC-2023-61 django 3.2a1',
    'PYSEC-2023-61 django 3.2b1',
    'PYSEC-2023-61 django 3.2rc1',
    'PYSEC-2023-61 django 4.2a1',
    'PYSEC-2023-61 django 4.2b1',
    'PYSEC-2023-61 django 4.2rc1',
  ]);
});

test.each(['pysec', 'ghsa', 'rustsec', 'bitnami', 'haskell', 'distributions', 'oss-fuzz'])(
  'the packed index answers as the plain rules do on %s, at and around every version that is named',
  (name) => {
    // A share of the largest sources keeps this to seconds; `npm run bench -- match` asks more.
    const all = advisoriesOf(name);
    const share = Math.ceil(all.length / 300);
    const advisories = all.filter((_, index) => index % share === 0);
    const different: unknown[] = [];
    for (const family of new Set(advisories.flatMap((advisory) => [...familiesOf(advisory)]))) {
      const index = build(family, advisories);
      const rows: number[] = [];
      for (const advisory of advisories) {
        for (const { ecosystem, name: packageName } of packagesIn(advisory, family)) {
          for (const version of someVersions(advisory)) {
            const end = index.find(ecosystem, packageName, version, rows);
            const row = rows.slice(0, end).find((one) => index.ids[index.advisoryOf(one)] === advisory.id);
            const expected = affects(advisory, { ecosystem, name: packageName }, version);
            const found = row === undefined ? undefined : index.explain(row, version);
            const same =
              found?.certainty === expected?.certainty &&
              (row !== undefined && index.isAffected(row, version)) === (expected?.certainty === 'affected') &&
              found?.entry === expected?.entry &&
              found?.by.kind === expected?.by.kind;
            if (!same) different.push({ id: advisory.id, version, found, expected });
          }
        }
      }
    }
    expect(different).toEqual([]);
  },
  60_000,
);

/** Bounds, their neighbours, and the first and last listed. */
function someVersions(advisory: Advisory): Set<string> {
  const versions = new Set<string>(['0', 'latest']);
  for (const { ranges, versions: listed } of advisory.affected ?? []) {
    for (const { events } of ranges ?? []) {
      for (const event of events) {
        const version = event.introduced ?? event.fixed ?? event.last_affected ?? '0';
        for (const one of [version, `${version}.1`, `${version}-rc1`]) versions.add(one);
        if (versions.size > 24) break;
      }
    }
    for (const version of [listed?.[0], listed?.at(-1)]) if (version !== undefined) versions.add(version);
  }
  return versions;
}

test('every family of the sample is found by its own name', () => {
  for (const advisory of advisoriesOf('distributions')) {
    for (const family of familiesOf(advisory)) expect(familyOf(family)).toBe(family);
  }
});
