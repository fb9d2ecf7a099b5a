import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { reader } from './advisory-file.ts';

const sample = (name: string): string =>
  gunzipSync(readFileSync(new URL(`../../sample/advisories/${name}`, import.meta.url))).toString('utf8');

describe('told by its content', () => {
  test('an OSV document is an advisory', () => {
    const { advisories, facts } = reader().read('{"id":"X-1","modified":"2026-03-01T09:30:00Z"}');

    expect(advisories).toHaveLength(1);
    expect(facts).toEqual([]);
  });

  test('the KEV catalog is facts', () => {
    const { facts, problems } = reader().read(sample('known_exploited_vulnerabilities.json.gz'));

    expect(facts).toHaveLength(41);
    expect(new Set(facts.map(({ fact }) => fact.kind))).toEqual(new Set(['kev']));
    expect(problems).toEqual([]);
  });

  test('a daily file of EPSS is facts, line by line, dated by its first line', () => {
    const file = reader();

    const facts = sample('epss_scores-2026-08-22.csv.gz')
      .trim()
      .split('\n')
      .flatMap((line) => file.read(line).facts);

    expect(facts).toHaveLength(47);
    expect(facts[0]?.fact).toMatchObject({ kind: 'epss', date: '2026-08-22' });
  });

  test('a CVE record is an advisory and the facts that its containers carry', () => {
    const file = reader();

    const contents = sample('vulnrichment.jsonl.gz')
      .trim()
      .split('\n')
      .map((line) => file.read(line));

    expect(contents.every(({ advisories }) => advisories.length === 1)).toBe(true);
    expect(contents.filter(({ facts }) => facts.some(({ fact }) => fact.kind === 'ssvc')).length).toBeGreaterThan(580);
  });

  test('a CSAF document is an advisory: its tracking id, its vulnerabilities upstream, its purls as packages', () => {
    const csaf = {
      document: {
        category: 'csaf_security_advisory',
        csaf_version: '2.0',
        title: 'Boiler controller: update of curl',
        publisher: { name: 'Fictional Boilers' },
        tracking: { id: 'FB-2026-1', current_release_date: '2026-03-01T09:30:00+01:00' },
      },
      product_tree: {
        branches: [
          {
            category: 'vendor',
            name: 'Fictional Boilers',
            branches: [
              product('affected', 'pkg:npm/%40boiler/core@1.2.3'),
              product('fixed-npm', 'pkg:npm/%40boiler/core@1.2.4'),
              product('fixed-rpm', 'pkg:rpm/redhat/curl@7.76.1-26.el9_3.3?distro=rhel-9'),
            ],
          },
        ],
      },
      vulnerabilities: [
        {
          cve: 'CVE-2026-0001',
          product_status: { known_affected: ['affected'], fixed: ['fixed-npm', 'fixed-rpm'] },
          scores: [{ cvss_v3: { vectorString: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' } }],
        },
      ],
    };

    const { advisories } = reader().read(JSON.stringify(csaf));

    expect(advisories).toMatchObject([
      {
        id: 'FB-2026-1',
        modified: '2026-03-01T08:30:00.000Z',
        upstream: ['CVE-2026-0001'],
        severity: [{ type: 'CVSS_V3' }],
        affected: [
          { package: { ecosystem: 'npm', name: '@boiler/core' }, versions: ['1.2.3'] },
          {
            package: { ecosystem: 'Red Hat:9', name: 'curl' },
            ranges: [{ events: [{ introduced: '0' }, { fixed: '7.76.1-26.el9_3.3' }] }],
          },
        ],
      },
    ]);
  });

  function product(id: string, purl: string) {
    const helper = { product_identification_helper: { purl } };
    return { category: 'product_version', name: id, product: { product_id: id, name: id, ...helper } };
  }

  test('anything else is refused with the reason, and never causes an exception', () => {
    expect(reader().read('{"hello":1}').problems).toHaveLength(1);
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const { advisories, facts, problems } = reader().read(text);
        expect(advisories.length + facts.length + problems.length).toBeGreaterThan(0);
      }),
    );
  });
});
