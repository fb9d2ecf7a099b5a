import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Component, Inventory, VexStatement } from './inventory.ts';
import { statementsFor } from './vex.ts';

const component: Component = {
  purl: 'pkg:deb/debian/curl@7.88.1-10?arch=amd64&distro=debian-12',
  name: 'curl',
  version: '7.88.1-10',
  ref: 'curl-1',
  cpe: 'cpe:2.3:a:haxx:curl:7.88.1:*:*:*:*:*:*:*',
  path: 'components[0]',
};
const inventory: Inventory = {
  format: 'CycloneDX 1.6 JSON',
  name: 'Infusion pump',
  serial: 'urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79',
  components: [
    component,
    { purl: 'pkg:oci/pump@sha256%3Aabc', name: 'pump', version: '1', path: 'metadata.component' },
    { purl: 'pkg:npm/other@1.0.0', name: 'other', version: '1.0.0', path: 'components[1]' },
  ],
  vex: [],
  problems: [],
};

function said(products: string[], more: Partial<VexStatement> = {}): VexStatement {
  return { vulnerabilities: ['CVE-2026-0001'], products, status: 'not_affected', ...more };
}

const about = (...statements: VexStatement[]) =>
  statementsFor(inventory, statements).about(component, ['GHSA-1111-2222-3333', 'CVE-2026-0001']);

describe('a statement speaks of a component when a product names it', () => {
  test.each([
    ['by its purl', component.purl!],
    ['by its purl without version: every version', 'pkg:deb/debian/curl'],
    ['by its purl without qualifiers: any', 'pkg:deb/debian/curl@7.88.1-10'],
    ['by some qualifiers', 'pkg:deb/debian/curl@7.88.1-10?distro=debian-12'],
    ['by the handle of the document', 'curl-1'],
    ['by BOM-Link', 'urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#curl-1'],
    ['by CPE with wildcards', 'cpe:2.3:a:haxx:curl:*:*:*:*:*:*:*:*'],
    ['by the whole that the inventory describes', 'pkg:oci/pump@sha256%3Aabc'],
    ['by the name of the inventory', 'Infusion pump'],
    ['by the serial of the inventory', 'urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79'],
  ])('%s', (_, product) => {
    expect(about(said([product]))?.status).toBe('not_affected');
  });

  test.each([
    ['another version', 'pkg:deb/debian/curl@7.88.1-11'],
    ['another qualifier', 'pkg:deb/debian/curl@7.88.1-10?distro=debian-11'],
    ['another package', 'pkg:deb/debian/curlie'],
    ['another document', 'urn:cdx:00000000-395b-41f5-a30f-a58921a69b79/1#curl-1'],
    ['another CPE', 'cpe:2.3:a:haxx:libcurl:*:*:*:*:*:*:*:*'],
    ['another part of the same whole', 'pkg:npm/other@1.0.0'],
  ])('and not by %s', (_, product) => {
    expect(about(said([product]))).toBeUndefined();
  });
});

test('with subcomponents it speaks of them, inside what the inventory describes and nowhere else', () => {
  const parts = { subcomponents: ['pkg:deb/debian/curl'] };

  expect(about(said(['pkg:oci/pump'], parts))?.status).toBe('not_affected');
  expect(about(said(['pkg:oci/elsewhere'], parts))).toBeUndefined();
  expect(about(said(['pkg:oci/pump'], { subcomponents: ['pkg:npm/other'] }))).toBeUndefined();
});

test('any name of the vulnerability is meant, in either case of letters', () => {
  expect(about(said(['curl-1'], { vulnerabilities: ['ghsa-1111-2222-3333'] }))).toBeDefined();
  expect(about(said(['curl-1'], { vulnerabilities: ['CVE-2026-0002'] }))).toBeUndefined();
});

test('the later statement of one author stands', () => {
  const early = said(['curl-1'], { author: 'Vendor', at: '2026-01-01T00:00:00.000Z' });
  const late = said(['curl-1'], { author: 'Vendor', at: '2026-02-01T00:00:00.000Z', status: 'affected' });

  expect(about(late, early)?.status).toBe('affected');
  expect(about({ ...early, at: '2026-03-01T00:00:00.000Z' }, late)?.status).toBe('not_affected');
});

test('where authors disagree the most cautious stands, and the others are shown', () => {
  const vendor = said(['curl-1'], { author: 'Vendor', justification: 'vulnerable_code_not_present' });
  const finder = said(['curl-1'], { author: 'Finder', status: 'under_investigation' });

  const standing = about(vendor, finder);

  expect(standing?.status).toBe('under_investigation');
  expect(standing?.disagreeing).toEqual([vendor]);
});

test('the order in which statements arrive decides nothing', () => {
  const any = fc.array(
    fc.record<VexStatement>({
      vulnerabilities: fc.constant('CVE-2026-0001').map((id) => [id]),
      products: fc.constantFrom('curl-1', 'pkg:deb/debian/curl', 'pkg:npm/other').map((product) => [product]),
      status: fc.constantFrom('not_affected', 'affected', 'fixed', 'under_investigation') as fc.Arbitrary<
        VexStatement['status']
      >,
      author: fc.constantFrom('A', 'B'),
      at: fc.constantFrom('2026-01-01T00:00:00.000Z', '2026-02-01T00:00:00.000Z'),
    }),
    { maxLength: 6 },
  );
  fc.assert(
    fc.property(any, fc.infiniteStream(fc.nat()), (statements, keys) => {
      const shuffled = statements
        .map((statement) => ({ statement, key: keys.next().value as number }))
        .sort((a, b) => a.key - b.key)
        .map(({ statement }) => statement);
      expect(about(...shuffled)).toEqual(about(...statements));
    }),
  );
});
