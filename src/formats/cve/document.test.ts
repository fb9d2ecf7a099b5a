import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { affectedOf } from './affected.ts';
import { check } from './check.ts';
import { read } from './document.ts';

const file = (path: string) => readFileSync(new URL(`testdata/${path}`, import.meta.url));
const gunzipLines = (path: string) => gunzipSync(file(path)).toString().trim().split('\n');
const example = (name: string) => JSON.parse(file(`examples/${name}`).toString());

describe('the examples of the CVE programme', () => {
  const names = readdirSync(new URL('testdata/examples/', import.meta.url));

  for (const name of names.filter((name) => /_fail/.test(name))) {
    test(`${name} is refused by schema and reader`, () => {
      expect(check(example(name)).length).toBeGreaterThan(0);
      expect(Object.keys(read(example(name)))).toEqual(['problems']);
    });
  }

  test('the published record follows the schema and is read', () => {
    const record = example('CVE-2017-4024_published.json');

    expect(check(record)).toEqual([]);
    expect(read(record)).toMatchObject({ advisory: { id: 'CVE-2017-4024', modified: '2021-11-19T20:07:00.403Z' } });
  });

  test('a date that is none is refused by the schema', () => {
    expect(check(example('CVE-2017-4024_published_bad_datePublic.json')).map(({ path }) => path)).toContain(
      'containers.cna.datePublic',
    );
  });

  test('reserved ids, records without containers and bare containers are no records', () => {
    for (const name of [
      'CVE-2017-5833_reserved.json',
      'CVE-2017-5835_rejected.json',
      'adpContainerExample.json',
      'cveRecordList.json',
    ]) {
      expect(check(example(name)).length).toBeGreaterThan(0);
      expect(Object.keys(read(example(name)))).toEqual(['problems']);
    }
  });

  test('a rejected record is a withdrawn advisory that names its replacement', () => {
    const { cnaContainer } = example('rejectCveExample.json');
    cnaContainer.rejectedReasons[0].lang = 'en';
    const record = {
      dataType: 'CVE_RECORD',
      dataVersion: '5.1',
      cveMetadata: {
        cveId: 'CVE-2000-0001',
        assignerOrgId: '88c02595-c8f7-4864-a0e7-e09b3e1da691',
        state: 'REJECTED',
        dateRejected: '2024-05-01T10:00:00',
      },
      containers: { cna: { ...cnaContainer, providerMetadata: { orgId: '88c02595-c8f7-4864-a0e7-e09b3e1da691' } } },
    };

    expect(check(record)).toEqual([]);
    expect(read(record)).toMatchObject({
      advisory: { id: 'CVE-2000-0001', withdrawn: '2024-05-01T10:00:00.000Z', related: ['CVE-1999-0006'] },
      facts: [],
    });
  });
});

describe("CISA's Vulnrichment: 2,200 records", () => {
  const records = gunzipLines('vulnrichment.jsonl.gz').map((line) => JSON.parse(line));
  const readings = records.map((record) => {
    const result = read(record);
    if (!('advisory' in result)) throw new Error(JSON.stringify(result.problems));
    return result;
  });

  test('all follow the schema', () => {
    expect(records.flatMap(check)).toEqual([]);
  });

  test('all are read without loss of the three SSVC points and of KEV membership', () => {
    const rows = readings.map(({ advisory, facts }) => {
      const ssvc = facts.filter((fact) => fact.kind === 'ssvc');
      expect(ssvc).toHaveLength(1);
      const { exploitation, automatable, technicalImpact, source } = ssvc[0]!;
      expect(source).toBe('CISA Vulnrichment');
      return [advisory.id, exploitation, automatable, technicalImpact].join(',');
    });
    // A few of CISA's records write the values with capitals.
    const expected = gunzipLines('ssvc-decisions.csv.gz')
      .slice(1)
      .map((line) => line.trim().split(',').slice(0, 4).join(',').toLowerCase().replace('cve', 'CVE'));

    expect(rows.sort()).toEqual(expected.sort());
    expect(readings.flatMap(({ facts }) => facts.filter(({ kind }) => kind === 'kev'))).toHaveLength(97);
  });

  test('every CVSS vector is a fact of its container or named as a problem', () => {
    // Counted in the file: 1,154 + 307 of v3.1, 173 of v3.0, 74 of v4.0, 44 of v2.0 under `metrics`.
    const stated = 1752;
    const facts = readings.flatMap(({ facts }) => facts.filter(({ kind }) => kind === 'cvss'));
    const refused = readings.flatMap(({ problems }) => problems.filter(({ path }) => path.endsWith('vectorString')));

    expect(facts.length + refused.length).toBe(stated);
    expect(refused).toEqual([]);
  });

  test('how much of what is affected can be said in OSV events', () => {
    const entries = readings.flatMap(({ advisory }) => advisory.affected ?? []);
    const unresolved = entries.filter((entry) => entry.database_specific?.['versions'] !== undefined);

    expect({
      records: readings.length,
      entries: entries.length,
      unresolved: unresolved.length,
    }).toEqual({
      records: 2200,
      entries: 4756,
      unresolved: 20,
    });
  });

  test('no event starts twice without an end, and each holds one word', () => {
    for (const { advisory } of readings) {
      for (const range of (advisory.affected ?? []).flatMap(({ ranges }) => ranges ?? [])) {
        for (const event of range.events) expect(Object.keys(event)).toHaveLength(1);
        expect(range.events[0]).toHaveProperty('introduced');
      }
    }
  });
});

describe('schema, product.versions: status of versions becomes OSV events', () => {
  const events = (product: Parameters<typeof affectedOf>[0]) =>
    affectedOf(product)?.ranges?.map((range) => [range.type, ...range.events]);

  test('lessThan is fixed, lessThanOrEqual is last_affected, changes split the range', () => {
    expect(
      events({ versions: [{ version: '1.0.0', status: 'affected', versionType: 'semver', lessThan: '1.2.0' }] }),
    ).toEqual([['SEMVER', { introduced: '1.0.0' }, { fixed: '1.2.0' }]]);
    expect(
      events({ versions: [{ version: '0', status: 'affected', versionType: 'custom', lessThanOrEqual: '3.1' }] }),
    ).toEqual([['ECOSYSTEM', { introduced: '0' }, { last_affected: '3.1' }]]);
    const changes = [
      { at: '1.4', status: 'unaffected' },
      { at: '2.0', status: 'affected' },
    ];
    expect(
      events({ versions: [{ version: '1.0', status: 'affected', versionType: 'custom', lessThan: '3.0', changes }] }),
    ).toEqual([['ECOSYSTEM', { introduced: '1.0' }, { fixed: '1.4' }, { introduced: '2.0' }, { fixed: '3.0' }]]);
  });

  test('affected by default with fixed branches, as the Linux kernel writes it', () => {
    const product = {
      defaultStatus: 'affected',
      versions: [
        { version: '4.3', status: 'affected' },
        { version: '0', lessThan: '4.3', status: 'unaffected', versionType: 'custom' },
        { version: '4.14.291', lessThanOrEqual: '4.14.*', status: 'unaffected', versionType: 'custom' },
        { version: '5.4.211', lessThanOrEqual: '5.4.*', status: 'unaffected', versionType: 'custom' },
        { version: '6.0', lessThanOrEqual: '*', status: 'unaffected', versionType: 'original_commit_for_fix' },
      ],
    };

    expect(events(product)).toEqual([
      [
        'ECOSYSTEM',
        { introduced: '4.3' },
        { fixed: '4.14.291' },
        { introduced: '4.15' },
        { fixed: '5.4.211' },
        { introduced: '5.5' },
        { fixed: '6.0' },
      ],
    ]);
  });

  test('the first entry that holds a version decides: an unaffected version inside an affected range', () => {
    const versions = [
      { version: '1.5', status: 'unaffected' },
      { version: '1.0', status: 'affected', versionType: 'custom', lessThan: '2.0' },
    ];

    // 1.5 alone is unaffected; OSV cannot start a range after it, so the record's own words are kept.
    expect(affectedOf({ versions })).toEqual({ database_specific: { defaultStatus: 'unknown', versions } });
  });

  test('single versions are listed; n/a says nothing; packages of known collections are named', () => {
    const product = {
      collectionURL: 'https://pypi.python.org/',
      packageName: 'example-package',
      versions: [
        { version: '1.0', status: 'affected' },
        { version: 'n/a', status: 'affected' },
      ],
    };

    expect(affectedOf(product)).toMatchObject({
      package: { ecosystem: 'PyPI', name: 'example-package' },
      versions: ['1.0'],
    });
  });

  test('format 5.2 names packages by purl', () => {
    const versions = [{ version: '0', status: 'affected', versionType: 'maven', lessThan: '2.0' }];

    expect(affectedOf({ packageURL: 'pkg:maven/org.example/thing', versions })).toMatchObject({
      package: { ecosystem: 'Maven', name: 'org.example:thing', purl: 'pkg:maven/org.example/thing' },
      ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '2.0' }] }],
    });
    expect(affectedOf({ packageURL: 'no purl', versions })?.package).toBeUndefined();
  });

  test('commits keep their repository', () => {
    const repo = 'https://git.example.org/thing.git';
    const versions = [{ version: 'aaaa', status: 'affected', versionType: 'git', lessThan: 'bbbb' }];

    expect(affectedOf({ repo, versions })?.ranges).toEqual([
      { type: 'GIT', repo, events: [{ introduced: 'aaaa' }, { fixed: 'bbbb' }] },
    ]);
  });

  test('an order that nobody defines is not guessed', () => {
    const versions = [
      { version: 'Spring edition', status: 'affected', versionType: 'custom', lessThan: 'Autumn edition' },
      { version: 'Winter edition', status: 'affected', versionType: 'custom', lessThan: 'Winter edition 2' },
    ];

    expect(affectedOf({ versions })?.ranges).toBeUndefined();
  });
});

test('only the container of CISA speaks for CISA', () => {
  const record = JSON.parse(gunzipLines('vulnrichment.jsonl.gz')[0]!);
  for (const adp of record.containers.adp) adp.providerMetadata.shortName = 'someone-else';
  const result = read(record);

  expect('facts' in result && result.facts.map(({ kind }) => kind)).toEqual(['cvss']);
});

test('arbitrary JSON in place of any part gives an advisory or problems, never an exception', () => {
  const record = JSON.parse(gunzipLines('vulnrichment.jsonl.gz')[3]!);
  const part = fc.constantFrom(
    'affected',
    'metrics',
    'references',
    'problemTypes',
    'descriptions',
    'providerMetadata',
    'title',
  );
  fc.assert(
    fc.property(fc.jsonValue(), part, (value, name) => {
      const broken = structuredClone(record);
      broken.containers.cna[name] = value;
      broken.containers.adp[0][name] = [value];

      expect(Object.keys(read(broken))).toContain('problems');
      expect(Object.keys(read(value))).toEqual(['problems']);
    }),
    { numRuns: 500 },
  );
});
