import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Advisory } from '../../domain/advisory/advisory.ts';
import { fromCsaf } from './from-csaf.ts';

const document = (name: string) =>
  JSON.parse(gunzipSync(readFileSync(new URL(`./testdata/redhat/${name}.json.gz`, import.meta.url))).toString('utf8'));

/** What an operator meets: each package of each release with the version that fixes it. */
const fixes = (advisory: Advisory) =>
  (advisory.affected ?? [])
    .flatMap(({ package: named, ranges }) =>
      (ranges ?? []).flatMap(({ events }) =>
        events.flatMap(({ fixed }) => (fixed === undefined ? [] : [`${named?.ecosystem} ${named?.name} ${fixed}`])),
      ),
    )
    .sort();

test.each(['rhsa-2024_4546', 'rhsa-2024_6220'])(
  "%s names the packages, releases and fixes of the official converter's record",
  (name) => {
    const expected = document(`${name}.osv`) as Advisory;

    const { advisory } = fromCsaf(document(`${name}.csaf`));

    expect(advisory?.id).toBe(expected.id);
    expect(advisory?.upstream).toEqual(expect.arrayContaining(expected.upstream ?? []));
    expect(advisory?.severity).toEqual(expect.arrayContaining(expected.severity ?? []));
    expect(fixes(advisory as Advisory)).toEqual(fixes(expected));
  },
);

test('a fixed build whose release is not known makes no range: another release may be fixed at a lower version', () => {
  const helper = { purl: 'pkg:rpm/redhat/curl@7.76.1-26.el9_3.3?arch=x86_64' };
  const csaf = {
    document: { tracking: { id: 'FB-1', current_release_date: '2026-03-01T09:30:00Z' } },
    product_tree: { full_product_names: [{ product_id: 'p', name: 'curl', product_identification_helper: helper }] },
    vulnerabilities: [{ cve: 'CVE-2026-0001', product_status: { fixed: ['p'] } }],
  };

  expect(fromCsaf(csaf).advisory?.affected).toBeUndefined();
});

test('arbitrary JSON in any place gives an advisory or problems, never an exception', () => {
  const base = {
    document: { tracking: { id: 'FB-1', current_release_date: '2026-03-01T09:30:00Z' } },
    product_tree: {},
    vulnerabilities: [],
  };
  fc.assert(
    fc.property(
      fc.constantFrom('document', 'product_tree', 'vulnerabilities'),
      fc.jsonValue({ maxDepth: 5 }),
      (field, value) => {
        const reading = fromCsaf({ ...base, [field]: value });
        expect(reading.advisory !== undefined || reading.problems.length > 0).toBe(true);
      },
    ),
  );
});
