import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Report } from '../report.ts';
import { compare, proposalMin } from './compare.ts';
import { featuresOf } from './features.ts';
import { type Group, group, groupsAndNear, type Reported } from './group.ts';
import { hash64 } from './hash.ts';
import { KeyIndex } from './key-index.ts';
import { keysMax, keysOf } from './keys.ts';

/** One flaw of a fictional archive library, told by five (scenario 5 of the brief), and its sibling in the same release. */
const tellings: Record<string, Report> = {
  lab: {
    title: 'acme-archive: path traversal in extract_all()',
    description:
      'extract_all() of acme-archive joins member names to the target folder without normalising them. A member named ../../etc/cron.d/x is written outside the target. Fixed in 2.4.1 by rejecting names that leave the folder.',
    component: { purl: 'pkg:pypi/acme-archive', affected: 'vers:pypi/<2.4.1', fixed: ['2.4.1'] },
    places: [{ path: 'acme_archive/extract.py', symbol: 'extract_all' }],
    weaknesses: ['CWE-22'],
    severity: ['CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:N/I:H/A:H'],
  },
  scanner: {
    title: 'Zip slip: archive entry name used in file path',
    description:
      'The entry name flows from ZipFile.infolist() in extract_all into open() without a check (acme_archive/extract.py).',
    component: { ecosystem: 'PyPI', name: 'acme_archive', version: '2.4.0' },
    places: [{ path: './acme_archive/extract.py', symbol: 'extract_all', startLine: 88 }],
    weaknesses: ['CWE-23'],
  },
  user: {
    title: 'Path traversal when unpacking: extract_all wrote outside the target folder',
    description:
      'I unpacked an archive from the internet with acme-archive 2.4.0 and extract_all wrote a file to /etc/cron.d, outside the target folder. The archive has member names that begin with ../../ and they are not rejected. 2.4.1 rejects such member names.',
    component: { name: 'acme-archive', version: '2.4.0', affected: '<2.4.1' },
    places: [{ path: 'acme_archive/extract.py', symbol: 'extract_all' }],
    impact: 'Anyone who can make me unpack an archive can write files as me.',
  },
  vendor: {
    title: 'Acme Archive writes outside the target folder',
    description:
      'Versions before 2.4.1 of Acme Archive do not reject member names with "..", so that extract_all writes outside the target folder (path traversal).',
    component: { name: 'acme/acme-archive', fixed: ['2.4.1'], affected: '<2.4.1' },
    weaknesses: ['CWE-22'],
    severity: ['CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:N/I:H/A:L'],
  },
  agent: {
    title: 'Arbitrary file write via crafted archive member name in extract_all',
    description:
      'acme_archive.extract.extract_all does not normalise member names of an archive. With a member name such as ../../etc/cron.d/x the file is written outside of the target folder. Confirmed on 2.4.0; 2.4.1 rejects the name.',
    component: { purl: 'pkg:pypi/acme-archive@2.4.0', affected: 'vers:pypi/<=2.4.0', fixed: ['2.4.1'] },
    places: [{ path: 'acme_archive/extract.py', symbol: 'extract_all' }],
    weaknesses: ['CWE-22'],
  },
};
const sibling: Record<string, Report> = {
  lab: {
    title: 'acme-archive: symlink members are followed in extract_one()',
    description:
      'extract_one() of acme-archive follows a symbolic link that an earlier member created, so that a later member is written through it. Fixed in 2.4.1 by refusing to write through links.',
    component: { purl: 'pkg:pypi/acme-archive', affected: 'vers:pypi/<2.4.1', fixed: ['2.4.1'] },
    places: [{ path: 'acme_archive/links.py', symbol: 'extract_one' }],
    weaknesses: ['CWE-59'],
    severity: ['CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:N/I:H/A:N'],
  },
  agent: {
    title: 'Symbolic link following in acme_archive.links.extract_one',
    description:
      'A member that is a symbolic link is created and then followed by extract_one for the next member of the same name: a write through the link. Confirmed on 2.4.0; 2.4.1 refuses to write through links.',
    component: { purl: 'pkg:pypi/acme-archive@2.4.0', affected: 'vers:pypi/<=2.4.0', fixed: ['2.4.1'] },
    places: [{ path: 'acme_archive/links.py', symbol: 'extract_one' }],
    weaknesses: ['CWE-59'],
  },
};
const other: Report = {
  title: 'Tidewater gateway leaks memory in the header parser',
  description: 'parse_header() reads past the end of a header without a colon and returns up to 32 bytes of the heap.',
  component: { purl: 'pkg:cargo/tidewater-gateway', fixed: ['0.9.3'], affected: 'vers:cargo/<0.9.3' },
  weaknesses: ['CWE-125'],
};
const all: Reported[] = [
  ...Object.entries(tellings).map(([source, report]) => ({ id: `t-${source}`, source: `${source}.example`, report })),
  ...Object.entries(sibling).map(([source, report]) => ({ id: `s-${source}`, source: `${source}.example`, report })),
  { id: 'o-lab', source: 'lab.example', report: other },
];
const ids = (groups: Group[]) => groups.map((one) => one.ids);

describe('groups', () => {
  test('five ways of telling one flaw are one group, and its sibling of the same release is another (W4)', () => {
    expect(ids(group(all))).toEqual([
      ['s-agent', 's-lab'],
      ['t-agent', 't-lab', 't-scanner', 't-user', 't-vendor'],
    ]);
  });

  test('every reason names two reports of its group and says something of both', () => {
    for (const { ids: own, reasons, confidence } of group(all)) {
      expect(confidence).toBeGreaterThanOrEqual(0.5);
      expect(reasons.length).toBeGreaterThan(0);
      for (const reason of reasons) {
        expect(own).toEqual(expect.arrayContaining(reason.ids));
        expect(reason.text).toMatch(/\.$/);
      }
    }
  });

  test('a link that fell short is told once for any two groups, and never within one', () => {
    const known = all.map(({ id, source, report }) => ({ id, features: featuresOf(report, source) }));

    const { groups, near } = groupsAndNear(known, undefined, 0.97);

    const groupOf = (id: string) => groups.find((one) => one.ids.includes(id))?.ids.join() ?? id;
    const pairs = near.map(({ ids: pair }) => pair.map(groupOf).sort().join(' | '));
    expect(near.length).toBeGreaterThan(0);
    expect(new Set(pairs).size).toBe(pairs.length);
    for (const { ids: pair, confidence } of near) {
      expect(groupOf(pair[0])).not.toBe(groupOf(pair[1]));
      expect(confidence).toBeGreaterThanOrEqual(0.5);
      expect(confidence).toBeLessThan(0.97);
    }
    for (const one of groups) {
      for (const link of one.near) expect(link.ids.filter((id) => one.ids.includes(id))).toHaveLength(1);
    }
  });

  test('the order in which reports come does not matter', () => {
    const expected = group(all);

    fc.assert(
      fc.property(fc.shuffledSubarray(all, { minLength: all.length }), (shuffled) => {
        expect(group(shuffled)).toEqual(expected);
      }),
      { numRuns: 20 },
    );
  });

  test('ids are opaque: other names give the same groups', () => {
    const renamed = all.map((one, index) => ({ ...one, id: `CVE-2026-000${index % 2}-${index}` }));
    const back = new Map(renamed.map(({ id }, index) => [id, all[index]!.id]));

    expect(
      ids(group(renamed))
        .map((own) => own.map((id) => back.get(id)!).sort())
        .sort(),
    ).toEqual(ids(group(all)));
  });

  test('two reports of one source that are alike are not joined; copies are', () => {
    const lab = tellings['lab']!;
    const one = (id: string, report: Report): Reported => ({ id, source: 'lab.example', report });

    expect(
      group([one('a', lab), one('b', { ...lab, title: 'Path traversal of acme-archive in extract_all()' })]),
    ).toEqual([]);
    expect(ids(group([one('a', lab), one('b', structuredClone(lab))]))).toEqual([['a', 'b']]);
  });

  test('reports that name one flaw are joined whatever else they say; names in their texts join nothing', () => {
    const lab = tellings['lab']!;
    const named = (id: string, source: string, report: Report, aliases?: string[]): Reported => ({
      id,
      source,
      report: { ...report, ...(aliases && { aliases }) },
    });

    expect(
      ids(group([named('a', 'x.example', lab, ['CVE-2026-1']), named('b', 'y.example', other, ['cve-2026-1'])])),
    ).toEqual([['a', 'b']]);
    expect(
      group([named('a', 'x.example', lab), named('b', 'y.example', { ...other, description: 'Unlike CVE-2026-1.' })]),
    ).toEqual([]);
  });

  test('a tie joins nothing: the data cannot tell which of two is meant', () => {
    const { places: _, ...lab } = tellings['lab']!;
    const twin = { ...lab, severity: ['CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:N/I:H/A:H'] };

    expect(
      group([
        { id: 'a', source: 'x.example', report: { ...lab, title: 'First' } },
        { id: 'b', source: 'y.example', report: { ...twin, title: 'Second one' } },
        { id: 'c', source: 'y.example', report: { ...twin, title: 'Third one', weaknesses: ['CWE-22'] } },
      ]),
    ).toEqual([]);
  });

  test('no reports, one report: no groups', () => {
    expect(group([])).toEqual([]);
    expect(group(all.slice(0, 1))).toEqual([]);
  });
});

describe('a pair', () => {
  const features = (report: Report, source = 'one.example') => featuresOf(report, source);

  test('a report is a duplicate of itself, and a proposal', () => {
    for (const { report } of all) {
      const judgement = compare(features(report), features(report, 'two.example'));
      expect(judgement.relation).toBe('duplicate');
      expect(judgement.confidence).toBeGreaterThanOrEqual(proposalMin);
    }
  });

  test('exchanging the two exchanges the sides and nothing else', () => {
    for (const a of all) {
      for (const b of all) {
        const [one, back] = [
          compare(features(a.report), features(b.report)),
          compare(features(b.report), features(a.report)),
        ];
        expect([back.relation, back.confidence]).toEqual([one.relation, one.confidence]);
        expect(back.reasons.map(({ fact, weight }) => [fact, weight])).toEqual(
          one.reasons.map(({ fact, weight }) => [fact, weight]),
        );
      }
    }
  });

  test('one component and weakness at another place is a variant', () => {
    const lab = tellings['lab']!;
    const elsewhere: Report = {
      ...lab,
      title: 'Absolute names in list_members()',
      description: 'list_members() of the console tool prints and opens absolute names that a manifest holds.',
      places: [{ path: 'acme_archive/console.py', symbol: 'list_members' }],
      component: { purl: 'pkg:pypi/acme-archive', affected: 'vers:pypi/>=2.5|<2.6', fixed: ['2.6'] },
    };

    expect(compare(features(lab), features(elsewhere)).relation).toBe('variant');
  });

  test('a later report whose versions hold the fix of the earlier, at its place, is a regression', () => {
    const lab = { ...tellings['lab']!, foundAt: '2026-01-02T00:00:00.000Z' };
    const again: Report = {
      title: 'Backslashes leave the folder',
      description: 'On Windows a name with backslashes is not seen by the check that was added.',
      component: { purl: 'pkg:pypi/acme-archive', affected: 'vers:pypi/>=2.4.1|<2.7', fixed: ['2.7'] },
      places: [{ path: 'acme_archive/extract.py', symbol: 'extract_all' }],
      weaknesses: ['CWE-22'],
      foundAt: '2026-06-02T00:00:00.000Z',
    };

    expect(compare(features(lab), features(again)).relation).toBe('regression');
  });

  test('what one gives is what the other needs: a chain; two that share nothing are distinct', () => {
    const entrance: Report = {
      title: 'Console accepts an empty password',
      component: { purl: 'pkg:npm/tidewater-console' },
      weaknesses: ['CWE-287'],
      severity: ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:L/A:N'],
    };
    const inside: Report = {
      title: 'Scheduled jobs run any command',
      component: { purl: 'pkg:npm/tidewater-console' },
      weaknesses: ['CWE-78'],
      severity: ['CVSS:3.1/AV:N/AC:L/PR:H/UI:N/S:U/C:H/I:H/A:H'],
    };

    expect(compare(features(entrance), features(inside)).relation).toBe('chain');
    expect(compare(features(tellings['lab']!), features(other)).relation).toBe('distinct');
  });

  test('of one package, a part of the affected versions is subsumed', () => {
    const lab = tellings['lab']!;
    const part: Report = {
      ...lab,
      description: `${lab.description} Seen on 2.3.`,
      component: { ...lab.component, affected: 'vers:pypi/>=2.0|<2.4.1' },
    };

    expect(compare(features(lab), features(part)).relation).toBe('subsumed');
  });

  test('shared evidence stands in both reports', () => {
    const [a, b] = [tellings['lab']!, tellings['agent']!];
    const { reasons } = compare(features(a), features(b));
    const textOf = (report: Report) => JSON.stringify(report).toLowerCase().replaceAll('_', '-');

    expect(reasons.some(({ shared }) => shared !== undefined)).toBe(true);
    for (const { shared = [] } of reasons) {
      for (const one of shared) {
        expect(textOf(a)).toContain(one.a.toLowerCase().replaceAll('_', '-'));
        expect(textOf(b)).toContain(one.b.toLowerCase().replaceAll('_', '-'));
      }
    }
  });
});

describe('hostile reports', () => {
  const component = { name: 'x' };
  const hostile = [
    'a'.repeat(65_536),
    ' '.repeat(65_536),
    '.'.repeat(65_536),
    '1.'.repeat(32_768),
    'a/'.repeat(32_768),
    'a.b->c::'.repeat(8_192),
    '\ud800'.repeat(65_536),
    'bypass of the '.repeat(4_000),
    'CVE-2024-'.repeat(7_000),
    '<'.repeat(65_536),
    '\n#0 0x1 in '.repeat(2_900),
  ];

  test('are read in time that grows with their length, into features of a few kilobytes', () => {
    const started = performance.now();
    for (const text of hostile) {
      const own = featuresOf(
        {
          title: text.slice(0, 300),
          description: text,
          component: { ...component, name: text.slice(0, 500), affected: text.slice(0, 2000) },
          stack: text.slice(0, 32_768),
          places: [{ path: text.slice(0, 500) }],
        },
        'x.example',
      );
      expect(JSON.stringify(own).length).toBeLessThan(16_000);
      expect(keysOf(own).length).toBeLessThanOrEqual(keysMax);
      compare(own, own);
    }
    // A pattern that backtracks would take minutes.
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  test('any report gives features, keys and a judgement', () => {
    const text = fc.string({ maxLength: 200, unit: 'binary' });
    const anyReport = fc.record(
      {
        title: text,
        description: text,
        component: fc.record(
          {
            purl: text,
            ecosystem: text,
            name: text,
            version: text,
            affected: text,
            fixed: fc.array(text, { maxLength: 3 }),
          },
          { requiredKeys: [] },
        ),
        places: fc.array(fc.record({ path: text, symbol: text }, { requiredKeys: [] }), { maxLength: 3 }),
        aliases: fc.array(text, { maxLength: 3 }),
        weaknesses: fc.array(fc.oneof(text, fc.constantFrom('CWE-79', 'CWE-0', 'CWE-99999', 'CWE-664')), {
          maxLength: 3,
        }),
        severity: fc.array(fc.oneof(text, fc.constant('AV:N/AC:L/Au:N/C:P/I:P/A:P')), { maxLength: 2 }),
        stack: text,
        foundAt: text,
        references: fc.array(text, { maxLength: 2 }),
      },
      { requiredKeys: ['title', 'component'] },
    ) as fc.Arbitrary<Report>;

    fc.assert(
      fc.property(anyReport, anyReport, (a, b) => {
        const [one, two] = [featuresOf(a, 'a'), featuresOf(b, 'b')];
        expect(JSON.parse(JSON.stringify(one))).toEqual(one);
        const { confidence, reasons } = compare(one, two);
        expect(confidence).toBeGreaterThanOrEqual(0);
        expect(confidence).toBeLessThan(1);
        expect(compare(two, one).confidence).toBe(confidence);
        JSON.stringify(reasons);
        group([
          { id: 'a', source: 'a', report: a },
          { id: 'b', source: 'b', report: b },
        ]);
      }),
    );
  });
});

describe('keys', () => {
  test('are at most forty signed 64-bit numbers, none twice, and the same after a way through JSON', () => {
    for (const { report, source } of all) {
      const own = featuresOf(report, source);
      const keys = keysOf(own);
      expect(keys.length).toBeLessThanOrEqual(keysMax);
      expect(new Set(keys).size).toBe(keys.length);
      for (const key of keys) expect(BigInt.asIntN(64, key)).toBe(key);
      expect(keysOf(JSON.parse(JSON.stringify(own)))).toEqual(keys);
    }
  });

  test('the index gives every report that shares a key once, and of a crowded key the newest sixty-four', () => {
    const index = new KeyIndex(200);
    const [a, b, c, crowded] = ['a', 'b', 'c', 'd'].map(hash64) as [bigint, bigint, bigint, bigint];
    expect(index.add(0, [a, b, c])).toEqual([]);
    expect(index.add(1, [b, c])).toEqual([0]);
    for (let report = 2; report < 150; report++) index.add(report, [crowded]);

    expect(index.add(150, [crowded])).toEqual(Array.from({ length: 64 }, (_, at) => 149 - at));
  });
});
