/** Drafts of advisories as reports: OSV, CVE, CSAF, CycloneDX. One flaw, one report; what else it affects is told in the text. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { type FindingRow, read } from './finding-file.ts';

async function rowsOf(content: string | object, name = 'draft.json'): Promise<FindingRow[]> {
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  const rows: FindingRow[] = [];
  const bytes = (async function* () {
    yield new TextEncoder().encode(text);
  })();
  for await (const row of read(bytes, name)) rows.push(row);
  return rows;
}

const linesOf = (file: string) =>
  gunzipSync(readFileSync(join(import.meta.dirname, file)))
    .toString()
    .trim()
    .split('\n');

test('what stands for a CVSS vector and is none is left to the original, and the row is taken', async () => {
  const severity = (score: string) => ({ type: 'CVSS_V3', score });
  const draft = {
    id: 'GHSA-aaaa-bbbb-cccc',
    modified: '2026-01-01T00:00:00Z',
    summary: 'Path traversal when unpacking',
    affected: [{ package: { ecosystem: 'npm', name: 'unpack' } }],
    severity: [severity('CVSS:3.1/AV:Q'), severity('CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:H/A:N')],
  };

  expect(await rowsOf(draft)).toMatchObject([
    {
      report: { severity: ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:H/A:N'] },
      original: expect.stringContaining('CVSS:3.1/AV:Q'),
    },
  ]);
});

test('an OSV draft, with or without id and dates, is one report of its first package', async () => {
  const draft = {
    summary: 'Path traversal when unpacking',
    details: 'An archive may write outside of its folder.',
    affected: [
      {
        package: { ecosystem: 'npm', name: '@scope/unpack' },
        ranges: [
          {
            type: 'SEMVER',
            events: [{ introduced: '0' }, { fixed: '1.2.3' }, { introduced: '2.0.0' }, { fixed: '2.1.0' }],
          },
        ],
      },
      { package: { ecosystem: 'PyPI', name: 'unpack' } },
    ],
    severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:H/A:N' }],
    references: [{ type: 'FIX', url: 'https://code.example/fix' }],
    database_specific: { cwe_ids: ['CWE-22'], severity: 'MODERATE' },
  };

  const [bare, named] = await rowsOf([
    draft,
    { ...draft, id: 'GHSA-aaaa-bbbb-cccc', modified: '2026-01-01T00:00:00Z', aliases: ['CVE-2026-1'] },
  ]);

  expect(bare).toMatchObject({
    report: {
      title: 'Path traversal when unpacking',
      description: 'An archive may write outside of its folder.\n\nAlso affected: PyPI unpack.',
      component: {
        purl: 'pkg:npm/%40scope/unpack',
        affected: 'vers:npm/<1.2.3|>=2.0.0|<2.1.0',
        fixed: ['1.2.3', '2.1.0'],
      },
      weaknesses: ['CWE-22'],
      severity: ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:H/A:N'],
      severityLevel: 'medium',
      references: ['https://code.example/fix'],
    },
  });
  expect(named).toMatchObject({ report: { aliases: ['GHSA-aaaa-bbbb-cccc', 'CVE-2026-1'] } });
});

test('real OSV records: each is one report, and a withdrawn one is refused', async () => {
  const lines = linesOf('osv/testdata/real.jsonl.gz');
  const withdrawn = lines.filter((line) => 'withdrawn' in (JSON.parse(line) as object)).length;

  const rows = await rowsOf(lines.join('\n'), 'records.jsonl');

  expect(rows).toHaveLength(lines.length);
  expect(rows.filter((row) => 'problems' in row)).toHaveLength(withdrawn);
});

test('a CVE record: the product, its versions, places and problem types of the CNA', async () => {
  const cna = {
    title: 'Overflow in a parser',
    descriptions: [
      { lang: 'de', value: 'nein' },
      { lang: 'en', value: 'A long name overflows a buffer.' },
    ],
    affected: [
      {
        vendor: 'Example',
        product: 'Parser',
        programFiles: ['src/parse.c'],
        programRoutines: [{ name: 'parse_name' }],
        defaultStatus: 'unaffected',
        versions: [{ version: '1.0', lessThan: '1.4', status: 'affected', versionType: 'semver' }],
      },
      { vendor: 'Example', product: 'Other', defaultStatus: 'affected' },
    ],
    problemTypes: [{ descriptions: [{ lang: 'en', cweId: 'CWE-120', description: 'CWE-120 Overflow' }] }],
    metrics: [{ cvssV3_1: { vectorString: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' } }],
    references: [{ url: 'https://example.example/advisory' }],
  };
  const record = {
    dataType: 'CVE_RECORD',
    dataVersion: '5.1',
    cveMetadata: { cveId: 'CVE-2026-1234', state: 'PUBLISHED' },
    containers: { cna },
  };

  const [row, rejected, empty] = await rowsOf([
    record,
    { ...record, cveMetadata: { ...record.cveMetadata, state: 'REJECTED' } },
    { ...record, containers: {} },
  ]);

  expect(row).toMatchObject({
    report: {
      title: 'Overflow in a parser',
      description: 'A long name overflows a buffer.\n\nAlso affected: Example Other.',
      component: { name: 'Example Parser', affected: 'vers:generic/>=1.0|<1.4', fixed: ['1.4'] },
      places: [{ path: 'src/parse.c', symbol: 'parse_name' }],
      aliases: ['CVE-2026-1234'],
      weaknesses: ['CWE-120'],
      severity: ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H'],
    },
  });
  expect(rejected).toMatchObject({ problems: [{ path: '[1]: cveMetadata.state' }] });
  expect(empty).toMatchObject({ problems: [{ path: '[2]: containers.cna' }] });
});

test('real CVE records: published ones that name a product are reports, and the others say why not', async () => {
  const lines = linesOf('cve/testdata/vulnrichment.jsonl.gz').filter((_, index) => index % 4 === 0);

  const rows = await rowsOf(lines.join('\n'), 'records.jsonl');

  expect(rows).toHaveLength(lines.length);
  const reasons = new Set(rows.flatMap((row) => ('problems' in row ? [row.problems[0]?.message.slice(0, 42)] : [])));
  expect([...reasons].sort()).toEqual(['Nothing says which component this is in. S']);
  const named = lines.filter((line) =>
    /"(?:product|vendor|packageName)":"(?!n\/a"|unknown"|unspecified"|-")/i.test(line),
  );
  expect(rows.filter((row) => 'report' in row)).toHaveLength(named.length);
});

test('a CSAF document: each vulnerability is a report of the first product that it affects', async () => {
  const document = {
    category: 'csaf_security_advisory',
    csaf_version: '2.0',
    title: 'Flaws in Shop',
    publisher: { category: 'vendor', name: 'Example', namespace: 'https://example.example' },
    tracking: { id: 'EX-1' },
  };
  const product_tree = {
    branches: [
      {
        category: 'vendor',
        name: 'Example',
        branches: [
          {
            category: 'product_name',
            name: 'Shop',
            branches: [
              {
                category: 'product_version',
                name: '1.0',
                product: {
                  product_id: 'S1',
                  name: 'Shop 1.0',
                  product_identification_helper: { purl: 'pkg:generic/shop@1.0' },
                },
              },
              {
                category: 'product_version',
                name: '1.1',
                product: {
                  product_id: 'S2',
                  name: 'Shop 1.1',
                  product_identification_helper: { purl: 'pkg:generic/shop@1.1' },
                },
              },
            ],
          },
          {
            category: 'product_name',
            name: 'Till',
            branches: [{ category: 'product_version', name: '7', product: { product_id: 'T', name: 'Till 7' } }],
          },
        ],
      },
    ],
  };
  const vulnerabilities = [
    {
      cve: 'CVE-2026-1',
      title: 'Injection',
      cwe: { id: 'CWE-89', name: 'SQL' },
      notes: [{ category: 'description', text: 'A name is put into a query.' }],
      product_status: { known_affected: ['S1', 'T'], fixed: ['S2'] },
      scores: [{ cvss_v3: { vectorString: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' } }],
    },
    { cve: 'CVE-2026-2', product_status: { known_not_affected: ['S1'] } },
  ];

  const rows = await rowsOf({ document, product_tree, vulnerabilities });

  expect(rows).toMatchObject([
    {
      report: {
        title: 'Injection',
        description: 'A name is put into a query.\n\nAlso affected: Till 7.',
        component: { purl: 'pkg:generic/shop@1.0', version: '1.0' },
        aliases: ['CVE-2026-1'],
        weaknesses: ['CWE-89'],
      },
    },
    { problems: [{ path: 'vulnerabilities[1].product_status', clause: '3.2.3.9' }] },
  ]);
  expect(
    await rowsOf({ document: { ...document, csaf_version: '1.2' }, vulnerabilities }).catch((error: unknown) => error),
  ).toMatchObject({
    details: { problems: [{ message: expect.stringContaining('versions 2.0 and 2.1 are read') }] },
  });
});

test('a CycloneDX document: each vulnerability is a report for each component that it affects, in JSON and XML alike', async () => {
  const json = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    components: [
      { type: 'library', 'bom-ref': 'a', name: 'unzip', version: '6.0', purl: 'pkg:generic/unzip@6.0' },
      {
        type: 'application',
        'bom-ref': 'b',
        group: 'example',
        name: 'till',
        version: '2',
        components: [{ type: 'library', 'bom-ref': 'c', name: 'inner' }],
      },
    ],
    vulnerabilities: [
      {
        id: 'CVE-2026-3',
        description: 'A long path overflows a buffer. More words.',
        ratings: [{ method: 'CVSSv31', vector: 'AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H', severity: 'critical' }],
        cwes: [120],
        affects: [{ ref: 'a', versions: [{ range: 'vers:generic/<6.1' }] }, { ref: 'c' }],
      },
      { id: 'CVE-2026-4', analysis: { state: 'false_positive' }, affects: [{ ref: 'a' }] },
    ],
  };
  const xml = `<bom xmlns="http://cyclonedx.org/schema/bom/1.6"><components>
    <component type="library" bom-ref="a"><name>unzip</name><version>6.0</version><purl>pkg:generic/unzip@6.0</purl></component>
    <component type="application" bom-ref="b"><group>example</group><name>till</name><version>2</version>
      <components><component type="library" bom-ref="c"><name>inner</name></component></components></component></components>
    <vulnerabilities>
      <vulnerability><id>CVE-2026-3</id><ratings><rating><severity>critical</severity><method>CVSSv31</method>
        <vector>AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H</vector></rating></ratings><cwes><cwe>120</cwe></cwes>
        <description>A long path overflows a buffer. More words.</description>
        <affects><target><ref>a</ref><versions><version><range>vers:generic/&lt;6.1</range></version></versions></target><target><ref>c</ref></target></affects>
      </vulnerability>
      <vulnerability><id>CVE-2026-4</id><analysis><state>false_positive</state></analysis><affects><target><ref>a</ref></target></affects></vulnerability>
    </vulnerabilities></bom>`;
  const said = {
    title: 'A long path overflows a buffer.',
    aliases: ['CVE-2026-3'],
    weaknesses: ['CWE-120'],
    severity: ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H'],
    severityLevel: 'critical',
  };

  for (const document of [json, xml]) {
    expect(await rowsOf(document)).toMatchObject([
      {
        report: {
          ...said,
          component: { purl: 'pkg:generic/unzip@6.0', version: '6.0', affected: 'vers:generic/<6.1' },
        },
      },
      { report: { ...said, component: { name: 'inner' } } },
      { problems: [{ message: expect.stringContaining('a false alarm') }] },
    ]);
  }
});
