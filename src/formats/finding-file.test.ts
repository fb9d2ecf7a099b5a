/** Files of findings: detection, rows, limits, and that nothing a stranger sends breaks the reader. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { limits } from '../domain/intake/report.ts';
import { Refusal } from '../domain/refusal.ts';
import { checkReport } from './finding/report.ts';
import {
  beginningOf,
  type FindingRow,
  fileLimits,
  findingFormats,
  formatOf,
  type ReadOptions,
  read,
} from './finding-file.ts';

const good = { title: 'Overflow in the parser', component: { purl: 'pkg:npm/left-pad' } };
const sarifOf = (...results: unknown[]) => ({
  version: '2.1.0',
  runs: [{ tool: { driver: { name: 'Prober' } }, results }],
});
const resultOf = (uri: string, text = 'A flaw') => ({
  ruleId: 'R1',
  message: { text },
  locations: [{ physicalLocation: { artifactLocation: { uri }, region: { startLine: 3 } } }],
});

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function rowsOf(
  content: string | Uint8Array | object,
  name = 'findings.json',
  options: ReadOptions = {},
  size = 1_000_003,
): Promise<FindingRow[]> {
  const bytes =
    content instanceof Uint8Array
      ? content
      : new TextEncoder().encode(typeof content === 'string' ? content : JSON.stringify(content));
  const rows: FindingRow[] = [];
  for await (const row of read(inPieces(bytes, size), name, options)) rows.push(row);
  return rows;
}

const refusedFor = async (...input: Parameters<typeof rowsOf>) => {
  const error: unknown = await rowsOf(...input).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof Refusal)) throw error ?? new Error('Nothing was refused.');
  expect(error.code).toBe('report_not_read');
  return (error.details as { problems: { path: string; message: string }[] }).problems[0];
};

describe('reports of our own shape', () => {
  test.each<[string, string]>([
    ['lines', [good, { title: 'A flaw' }, { key: 'k' }].map((one) => JSON.stringify(one)).join('\n')],
    ['an array', JSON.stringify([good, { title: 'A flaw' }, { key: 'k' }])],
  ])('a row without what must be there is refused with the field that is missing: %s', async (_, content) => {
    const rows = await rowsOf(content, content.startsWith('[') ? 'a.json' : 'a.ndjson');

    expect(
      rows.map((one) => ('problems' in one ? one.problems.map(({ path, message }) => `${path} ${message}`) : [])),
    ).toEqual([
      [],
      [expect.stringMatching(/: component This is missing\.$/)],
      [expect.stringMatching(/: title This is missing\.$/), expect.stringMatching(/: component This is missing\.$/)],
    ]);
  });

  test('the first row too', async () => {
    const [first] = await rowsOf('{"component": {"name": "a"}}\n', 'a.ndjson');

    expect(first).toMatchObject({ row: 1, problems: [{ path: 'row 1: title' }] });
  });

  test.each<[string, string]>([
    ['one', JSON.stringify(good, undefined, 2)],
    ['an array', JSON.stringify([good])],
    ['an array with space around', `\ufeff \n [ ${JSON.stringify(good)} ] \n`],
    ['a line', `${JSON.stringify(good)}\n`],
  ])('are read from %s', async (_, text) => {
    const [row, ...more] = await rowsOf(text);

    expect(more).toEqual([]);
    expect(row).toEqual({
      row: 1,
      report: { ...good, key: expect.stringMatching(/^[0-9a-f]{32}$/) },
      original: JSON.stringify(good),
    });
  });

  test('keep the key that the reporter gave', async () => {
    expect(await rowsOf({ ...good, key: 'MINE-1' })).toMatchObject([{ report: { key: 'MINE-1' } }]);
  });

  test('in lines: a row that cannot be read is refused by its number, and none of the good ones is lost', async () => {
    const lines = [
      JSON.stringify(good),
      '{"title": "cut off',
      JSON.stringify({ ...good, title: '' }),
      '',
      JSON.stringify({ ...good, colour: 'red' }),
      '[]',
      JSON.stringify({ ...good, title: 'The last' }),
    ];

    const rows = await rowsOf(lines.join('\r\n'), 'campaign.ndjson', {}, 7);

    expect(rows.map((row) => ('report' in row ? row.report.title : row.problems[0]?.message.slice(0, 20)))).toEqual(
      [
        'Overflow in the pars',
        'This is not JSON: th',
        'This is empty. Leave',
        '"colour" is no field',
        'There is no finding ',
        'The last',
      ].map((text, index) => (index === 0 ? good.title : text)),
    );
    expect(rows.map(({ row }) => row)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('a broken first line does not hide that lines follow, whatever the name', async () => {
    const rows = await rowsOf(`{"title": "cut\n${JSON.stringify(good)}\n`, 'findings.txt');

    expect(rows.map((row) => 'report' in row)).toEqual([false, true]);
  });

  test('an array that breaks off gives what stands before, and says so in a last row', async () => {
    const rows = await rowsOf(`[${JSON.stringify(good)},${JSON.stringify(good)},{"title`, 'findings.json', {}, 11);

    expect(rows.map((row) => 'report' in row)).toEqual([true, true, false]);
    expect(rows[2]).toMatchObject({ row: 3, problems: [{ message: expect.stringContaining('ends in the middle') }] });
  });

  test('texts that cannot be stored are refused', async () => {
    for (const title of ['a\u0000b', 'a\ud800b']) {
      const [row] = await rowsOf([{ ...good, title }, good]);

      expect(row).toMatchObject({ problems: [{ message: expect.stringContaining('cannot be stored') }] });
    }
  });
});

describe('detection', () => {
  test('goes by content first: a name that lies changes nothing', async () => {
    const head = new TextEncoder().encode(JSON.stringify(sarifOf(resultOf('a.c'))));

    expect(formatOf(head, 'findings.csv')).toBe('sarif');
    expect(await rowsOf(sarifOf(resultOf('a.c')), 'findings.csv')).toMatchObject([{ report: { title: 'A flaw' } }]);
  });

  test('a few bytes of the beginning tell the format where the document starts with its marks', () => {
    const text = JSON.stringify({
      $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
      ...sarifOf(resultOf('x'.repeat(5000))),
    });

    expect(formatOf(new TextEncoder().encode(text).subarray(0, 300), 'x')).toBe('sarif');
  });

  test('the beginning of a document is its value, cut after the last whole member', () => {
    expect(beginningOf('{"a": [1, {"b": "]}"}, {"c": 2')).toEqual({ a: [1, { b: ']}' }, {}] });
    expect(beginningOf('[{"a": 1}, {"b"')).toEqual([{ a: 1 }, {}]);
    expect(beginningOf('"text"')).toBeUndefined();
    expect(beginningOf('{"a": x')).toEqual({});
  });

  test('the beginning of any JSON text is the beginning of its value or nothing, and never throws', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), (text, at) => {
        const value = beginningOf(text.slice(0, at % (text.length + 1)));

        if (Array.isArray(value)) expect(value.length).toBeLessThanOrEqual((JSON.parse(text) as unknown[]).length);
        else if (value !== undefined) {
          const whole = JSON.parse(text) as object;
          for (const key of Object.keys(value as object)) expect(Object.keys(whole)).toContain(key);
        }
      }),
    );
  });

  test.each<[string, string | Uint8Array, RegExp]>([
    ['an empty file', '', /empty/],
    ['space', ' \n ', /empty/],
    ['prose', 'Dear maintainers', /nothing that findings are read from/],
    ['a picture', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0xff, 0xfe, 0), /nothing that findings are read from/],
    ['other JSON', '{"hello": "world"}', /nothing that findings are read from/],
    ['broken JSON', '{"version": "2.1.0", "runs": [', /not JSON/],
    ['JSON that is no UTF-8', Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d), /UTF-8/],
    ['other XML', '<html><body/></html>', /nothing that findings are read from/],
    ['broken XML', '<bom xmlns="http://cyclonedx.org/schema/bom/1.4"><x>', /well-formed/],
    [
      'an inventory (CycloneDX)',
      '{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": []}',
      /inventory, not a report/,
    ],
    ['an inventory (SPDX)', '{"spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT"}', /inventory, not a report/],
    ['an inventory (SPDX, tag and value)', 'SPDXVersion: SPDX-2.3\nDataLicense: CC0-1.0\n', /inventory, not a report/],
    ['SARIF 1.0.0', '{"version": "1.0.0", "runs": []}', /SARIF "1.0.0"; version 2.1.0 is read/],
    ['a table without a title', 'colour,taste\nred,sweet\n', /Say which column is the title/],
  ])('%s is refused with a reason', async (_, content, reason) => {
    expect((await refusedFor(content, 'file'))?.message).toMatch(reason);
  });

  test('UTF-16 with its mark is read', async () => {
    const text = JSON.stringify(sarifOf(resultOf('a.c')));
    const bytes = new Uint8Array(2 + 2 * text.length);
    bytes.set([0xff, 0xfe]);
    for (let at = 0; at < text.length; at++) bytes[2 + 2 * at] = text.charCodeAt(at);

    expect(await rowsOf(bytes)).toMatchObject([{ report: { title: 'A flaw' } }]);
  });

  test('a format that is named is taken whatever the file looks like, and a foreign file then states nothing', async () => {
    for (const { format } of findingFormats) {
      const outcome = await rowsOf({ hello: 'world' }, 'x.json', { format }).catch((error: unknown) => error);

      if (!(outcome instanceof Refusal)) expect((outcome as FindingRow[]).some((row) => 'report' in row)).toBe(false);
    }
  });
});

describe('the component', () => {
  test('that the importer names stands where the file names none', async () => {
    const component = { purl: 'pkg:github/example/parser', version: '1.2.3' };

    expect(await rowsOf(sarifOf(resultOf('a.c')), 'x', { component })).toMatchObject([
      { report: { component, places: [{ path: 'a.c' }] } },
    ]);
    expect(await rowsOf(sarifOf({ message: { text: 'A flaw' } }), 'x', { component })).toMatchObject([
      { report: { component } },
    ]);
  });

  test('that the file names stays', async () => {
    const result = { ...resultOf('a.c'), properties: { purl: 'pkg:PyPI/Some_Name@1.0.0' } };

    expect(await rowsOf(sarifOf(result), 'x', { component: { name: 'other' } })).toMatchObject([
      { report: { component: { purl: 'pkg:pypi/some-name@1.0.0', version: '1.0.0' } } },
    ]);
  });

  test('that the importer names in words of their own is not mixed with the path', async () => {
    const component = { purl: 'not a purl' };

    expect(await rowsOf(sarifOf(resultOf('a.c')), 'x', { component })).toMatchObject([
      { report: { component: { name: 'not a purl' } } },
    ]);
  });

  test('that nobody names is asked for', async () => {
    expect(await rowsOf(sarifOf({ message: { text: 'A flaw' } }))).toMatchObject([
      { problems: [{ message: expect.stringContaining('Say at the import') }] },
    ]);
  });
});

describe('limits', () => {
  test('one result larger than 256 kB is refused, and its neighbours are not', async () => {
    const large = { ...resultOf('a.c'), properties: { blob: 'x'.repeat(fileLimits.originalLengthMax) } };

    const rows = await rowsOf(sarifOf(resultOf('a.c'), large, resultOf('b.c')));

    expect(rows.map((row) => 'report' in row)).toEqual([true, false, true]);
    expect(rows[1]).toMatchObject({
      problems: [{ path: 'runs[0].results[1]', message: expect.stringContaining('256 kB') }],
    });
  });

  test('a text beyond the bounds of a report is refused, never cut', async () => {
    const [row] = await rowsOf(sarifOf(resultOf('a.c', `Long\n${'x'.repeat(limits.textLengthMax)}`)));

    expect(row).toMatchObject({ problems: [{ path: 'runs[0].results[0]: description' }] });
  });

  test('a document larger than 64 MB is refused before it is held', async () => {
    let sent = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield new TextEncoder().encode('{"version": "2.1.0", "runs": [');
      for (;;) {
        sent += 1024 * 1024;
        yield new Uint8Array(1024 * 1024).fill(0x20);
      }
    }

    await expect(read(endless(), 'x.sarif').next()).rejects.toMatchObject({ code: 'report_not_read' });
    expect(sent).toBeLessThan(fileLimits.documentSizeMax + 4 * 1024 * 1024);
  });

  test('lines are streamed: the first row comes before the file ends', async () => {
    let sent = 0;
    async function* lines(): AsyncGenerator<Uint8Array> {
      const line = new TextEncoder().encode(`${JSON.stringify(good)}\n`.repeat(10_000));
      for (; sent < 20; sent++) yield line;
    }

    const rows = read(lines(), 'x.ndjson');
    await rows.next();
    await rows.return(undefined);

    expect(sent).toBeLessThan(4);
  });

  test('after 200,000 results the rest is refused in a last row', async () => {
    const results = `${'{"kind":"pass"},'.repeat(fileLimits.resultsMax)}{}`;

    const rows = await rowsOf(`{"version":"2.1.0","runs":[{"results":[${results}]}]}`, 'x.sarif');

    expect(rows).toHaveLength(fileLimits.resultsMax + 1);
    expect(rows.at(-1)).toMatchObject({ problems: [{ message: expect.stringContaining('more than 200000 results') }] });
  });

  test('one statement on a hundred thousand products does not cost a hundred thousand times its size', async () => {
    const products = Array.from({ length: 100_000 }, (_, index) => ({ '@id': `pkg:npm/p${index}` }));
    const statement = {
      vulnerability: { name: 'CVE-2024-1' },
      status: 'affected',
      junk: 'x'.repeat(200_000),
      products,
    };

    const rows = await rowsOf({ '@context': 'https://openvex.dev/ns/v0.2.0', statements: [statement] });

    expect(rows.length).toBeLessThan(500);
    expect(rows.at(-1)).toMatchObject({ problems: [{ message: expect.stringContaining('many times larger') }] });
  });

  test('one text under ten thousand components does not grow the file a thousandfold', async () => {
    const affects = Array.from({ length: 10_000 }, (_, index) => ({ ref: `c${index}` }));
    const rows = await rowsOf({
      bomFormat: 'CycloneDX',
      specVersion: '1.6',
      vulnerabilities: [{ id: 'CVE-2024-1', description: 'x'.repeat(60_000), affects }],
    });

    expect(rows.length).toBeLessThan(400);
    expect(rows.at(-1)).toMatchObject({ problems: [{ message: expect.stringContaining('many times larger') }] });
  });
});

describe('hostile input', () => {
  /** Rows that keep the promise, or a Refusal: nothing else. */
  async function holds(content: string | Uint8Array, name = 'x', options: ReadOptions = {}): Promise<void> {
    let rows: FindingRow[];
    try {
      rows = await rowsOf(content, name, options, 4096);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      expect(error.code).toBe('report_not_read');
      return;
    }
    for (const [index, row] of rows.entries()) {
      expect(row.row).toBe(index + 1);
      if ('problems' in row) expect(row.problems[0]?.message).toMatch(/./);
      else {
        expect(checkReport(row.report)).toBe(row.report);
        expect(JSON.stringify(row.report)).not.toMatch(/(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/);
        expect(JSON.parse(row.original)).toBeDefined();
      }
    }
  }

  /** What readers look for, so that any value gets far into them. */
  const words = [
    'runs results tool driver rules message text locations physicalLocation artifactLocation uri region startLine ruleId ruleIndex properties tags',
    'suppressions codeFlows threadFlows stacks frames fixes taxa index version Results Vulnerabilities VulnerabilityID PkgName Target CVSS ArtifactName',
    'SchemaVersion matches vulnerability artifact relatedVulnerabilities fix cvss id aliases packages package ecosystem advisories vulnerabilities via',
    'name range source nodes dependencies vulns finding osv trace module function position Vulns OSV check_id extra metadata cwe data search repository',
    'vulnerabilityAlerts securityVulnerability advisory identifiers value meta application findings component analysis document csaf_version',
    'product_tree branches product product_status known_affected containers cna affected descriptions metrics bomFormat specVersion affects ref ratings',
    'statements status products @context summary details modified title children Issue type references severity __proto__ constructor toString length',
  ].flatMap((line) => line.split(' '));
  const leaf = fc.oneof(
    fc.constantFrom<unknown>(
      null,
      true,
      0,
      -1,
      1e308,
      '',
      'CVE-2024-1234',
      'pkg:npm/a@1',
      'pkg:npm/%',
      '2.1.0',
      'a\u0000',
      '\ud800',
      'affected',
      'CycloneDX',
      'https://openvex.dev/ns/v0.2.0',
      'Dependency-Track',
      'x'.repeat(600),
      '../../etc',
      'file:///%ff',
      '{0}',
      'cwe-79',
      '[a](1)',
    ),
    fc.string(),
  );
  const { value: anything } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'medium', withCrossShrink: true },
      leaf,
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...words), tie('value'), { maxKeys: 6 }),
    ),
  }));

  test('any JSON value gives rows or a refusal, under every format', async () => {
    await fc.assert(
      fc.asyncProperty(
        anything,
        fc.constantFrom(undefined, ...findingFormats.map(({ format }) => format)),
        async (value, format) => {
          await holds(JSON.stringify(value) ?? 'null', 'x', { format });
        },
      ),
      { numRuns: 1500 },
    );
  });

  const documents: Record<string, unknown> = {
    sarif: sarifOf({
      ...resultOf('a.c', 'Flaw {0} at [here](1)'),
      codeFlows: [{ threadFlows: [{ locations: [{ location: { message: { text: 'step' } } }] }] }],
      stacks: [{ frames: [{ location: { logicalLocations: [{ fullyQualifiedName: 'f' }] } }] }],
      fixes: [
        { description: { text: 'd' }, artifactChanges: [{ replacements: [{ deletedRegion: { startLine: 1 } }] }] },
      ],
      partialFingerprints: { a: 'b' },
      taxa: [{ id: '79', toolComponent: { name: 'CWE' } }],
      suppressions: [],
    }),
    trivy: {
      SchemaVersion: 2,
      ArtifactName: 'image',
      Metadata: { OS: { Family: 'debian', Name: '12.1' } },
      Results: [
        {
          Target: 'image (debian 12.1)',
          Class: 'os-pkgs',
          Type: 'debian',
          Vulnerabilities: [
            {
              VulnerabilityID: 'CVE-2024-1',
              PkgName: 'apt',
              InstalledVersion: '1',
              FixedVersion: '2',
              CVSS: { nvd: { V3Vector: 'x' } },
              References: ['r'],
            },
          ],
          Misconfigurations: [{ ID: 'A', Title: 't', CauseMetadata: { StartLine: 1 } }],
          Secrets: [{ RuleID: 'r', Title: 't', StartLine: 1 }],
        },
      ],
    },
    grype: {
      matches: [
        {
          vulnerability: { id: 'CVE-2024-1', fix: { versions: ['1'] }, cvss: [{ vector: 'x' }] },
          relatedVulnerabilities: [{ id: 'x' }],
          artifact: { name: 'a', purl: 'pkg:npm/a@1', locations: [{ path: 'p' }] },
        },
      ],
    },
    'npm-audit': {
      auditReportVersion: 2,
      vulnerabilities: {
        a: { via: ['b', { source: 1, title: 't', range: '<1', cvss: { vectorString: 'x' } }], nodes: ['n'] },
      },
    },
    'osv-scanner': {
      results: [
        {
          source: { path: 'p' },
          packages: [
            {
              package: { name: 'a', ecosystem: 'npm' },
              vulnerabilities: [
                {
                  id: 'GHSA-1',
                  summary: 's',
                  affected: [{ package: { name: 'a' }, ranges: [{ events: [{ introduced: '0' }, { fixed: '1' }] }] }],
                },
              ],
            },
          ],
        },
      ],
    },
    csaf: {
      document: { csaf_version: '2.0', category: 'csaf_base', publisher: { name: 'p' } },
      product_tree: {
        branches: [
          {
            category: 'product_name',
            name: 'n',
            branches: [{ category: 'product_version', name: '1', product: { product_id: 'P', name: 'n 1' } }],
          },
        ],
      },
      vulnerabilities: [
        {
          cve: 'CVE-2024-1',
          product_status: { known_affected: ['P'] },
          notes: [{ category: 'description', text: 't' }],
          scores: [{ cvss_v3: { vectorString: 'x' } }],
        },
      ],
    },
    cve: {
      dataType: 'CVE_RECORD',
      dataVersion: '5.1',
      cveMetadata: { cveId: 'CVE-2024-1234' },
      containers: {
        cna: {
          title: 't',
          descriptions: [{ lang: 'en', value: 'd' }],
          affected: [
            {
              vendor: 'v',
              product: 'p',
              versions: [{ version: '1', status: 'affected', lessThan: '2', versionType: 'semver' }],
            },
          ],
        },
      },
    },
    cyclonedx: {
      bomFormat: 'CycloneDX',
      specVersion: '1.6',
      components: [{ 'bom-ref': 'c', name: 'n', components: [] }],
      vulnerabilities: [
        {
          id: 'CVE-2024-1',
          ratings: [{ method: 'CVSSv3', vector: 'AV:N' }],
          cwes: [79],
          affects: [{ ref: 'c', versions: [{ range: 'vers:npm/<1' }] }],
        },
      ],
    },
    openvex: {
      '@context': 'https://openvex.dev/ns/v0.2.0',
      statements: [
        {
          vulnerability: { name: 'CVE-2024-1' },
          products: [{ '@id': 'pkg:npm/a@1', subcomponents: [{ '@id': 'b' }] }],
          status: 'affected',
        },
      ],
    },
    govulncheck: [
      { config: { scanner_version: 'v1' } },
      { osv: { id: 'GO-1', summary: 's' } },
      {
        finding: {
          osv: 'GO-1',
          trace: [{ module: 'm', function: 'f', position: { filename: 'a.go', line: 1 } }, { module: 'n' }],
        },
      },
    ],
    semgrep: {
      results: [
        {
          check_id: 'c',
          path: 'p',
          start: { line: 1 },
          extra: { message: 'm', metadata: { cwe: ['CWE-79'], references: ['r'] }, fingerprint: 'f' },
        },
      ],
      errors: [],
    },
    'dependency-track': {
      meta: { application: 'Dependency-Track' },
      findings: [
        {
          component: { name: 'n', purl: 'pkg:npm/n' },
          vulnerability: { vulnId: 'CVE-2024-1', aliases: [{ cveId: 'c' }], cwes: [{ cweId: 79 }] },
          analysis: { state: 'NOT_SET' },
        },
      ],
    },
    github: {
      data: {
        repository: {
          vulnerabilityAlerts: {
            nodes: [
              {
                securityVulnerability: {
                  package: { name: 'n', ecosystem: 'NPM' },
                  advisory: { summary: 's', identifiers: [{ value: 'GHSA-x' }], cwes: { nodes: [{ cweId: 'CWE-1' }] } },
                },
              },
            ],
          },
        },
      },
    },
    'pip-audit': {
      dependencies: [
        {
          name: 'n',
          version: '1',
          vulns: [{ id: 'PYSEC-1', fix_versions: ['2'], aliases: ['CVE-2024-1'], description: 'd' }],
        },
      ],
    },
  };

  /** The document with one member, wherever it stands, in another kind. */
  function mutated(value: unknown, pick: () => number, other: unknown): unknown {
    if (typeof value !== 'object' || value === null) return other;
    const keys = Object.keys(value);
    if (keys.length === 0 || pick() % 8 === 0) return other;
    const key = keys[pick() % keys.length] as string;
    const copy: Record<string, unknown> | unknown[] = Array.isArray(value) ? [...value] : { ...value };
    (copy as Record<string, unknown>)[key] = mutated((value as Record<string, unknown>)[key], pick, other);
    return copy;
  }

  test.each(Object.keys(documents))('%s as it should be gives a report', async (format) => {
    const rows = await rowsOf(documents[format] as object, 'x.json');

    expect(rows.length).toBeGreaterThan(0);
    expect(rows.filter((row) => 'problems' in row)).toEqual([]);
    expect(formatOf(new TextEncoder().encode(JSON.stringify(documents[format])), 'x')).toBe(format);
  });

  test.each(Object.keys(documents))(
    '%s with anything of another kind anywhere is rows or a refusal',
    async (format) => {
      await fc.assert(
        fc.asyncProperty(fc.infiniteStream(fc.nat(1000)), anything, async (numbers, other) => {
          const pick = () => numbers.next().value as number;

          await holds(JSON.stringify(mutated(documents[format], pick, other)) ?? 'null', 'x.json');
        }),
        { numRuns: 300 },
      );
    },
  );

  test('a file cut off anywhere is rows or a refusal', async () => {
    const texts = Object.values(documents).map((document) => JSON.stringify(document));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...texts), fc.nat(), async (text, at) => {
        await holds(text.slice(0, at % text.length));
      }),
      { numRuns: 500 },
    );
  });

  test('any bytes are rows or a refusal, under any name', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 200 }),
        fc.constantFrom('x', 'a.csv', 'b.ndjson', 'c.xml'),
        async (bytes, name) => {
          await holds(bytes, name);
          formatOf(bytes, name);
        },
      ),
      { numRuns: 500 },
    );
  });

  test.each<[string, string]>([
    ['nested 100,000 deep', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
    [
      'a result nested 100,000 deep',
      `{"version":"2.1.0","runs":[{"results":[{"message":{"text":"t"},"properties":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}]}]}`,
    ],
    [
      'a line nested 100,000 deep',
      `{"title":"t","component":{"name":"n"}}\n{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}\n`,
    ],
    ['XML nested 100,000 deep', `${'<a>'.repeat(100_000)}`],
    ['a 10 MB string', JSON.stringify(sarifOf(resultOf('a.c', 'x'.repeat(10_000_000))))],
    ['a 10 MB path', JSON.stringify(sarifOf(resultOf('../'.repeat(3_000_000))))],
    ['10 MB of openings of links', JSON.stringify(sarifOf(resultOf('a.c', '[a]('.repeat(100_000))))],
    ['10 MB of brackets', JSON.stringify(sarifOf(resultOf('a.c', '['.repeat(250_000))))],
    [
      '10 MB of slashes in a repository',
      JSON.stringify({
        version: '2.1.0',
        runs: [
          {
            versionControlProvenance: [{ repositoryUri: `https://a${'/'.repeat(10_000_000)}b` }],
            results: [resultOf('a.c')],
          },
        ],
      }),
    ],
    [
      '10 MB of space in a version',
      JSON.stringify({
        SchemaVersion: 2,
        ArtifactName: 'a',
        Results: [
          {
            Vulnerabilities: [
              { VulnerabilityID: 'CVE-2024-1', PkgName: 'a', FixedVersion: `1${' '.repeat(200_000)}2` },
            ],
          },
        ],
      }),
    ],
    ['a 10 MB cell', `title,component\n"${'x'.repeat(10_000_000)}",b\n`],
    ['3,000 empty objects', `${'{}\n'.repeat(3000)}`],
    ['entities that multiply', '<!DOCTYPE a [<!ENTITY b "bbbbbbbb">]><analysis>&b;&b;</analysis>'],
    [
      'circling bases',
      JSON.stringify({
        version: '2.1.0',
        runs: [
          {
            originalUriBaseIds: { A: { uri: 'a/', uriBaseId: 'B' }, B: { uri: 'b/', uriBaseId: 'A' } },
            results: [
              {
                message: { text: 't' },
                locations: [{ physicalLocation: { artifactLocation: { uri: 'c', uriBaseId: 'A' } } }],
              },
            ],
          },
        ],
      }),
    ],
  ])('%s is rows or a refusal', async (_, text) => {
    await holds(text);
  });

  test('members called __proto__ change nothing', async () => {
    const text =
      '{"__proto__": {"polluted": true}, "version": "2.1.0", "runs": [{"tool": {"driver": {"rules": [{"id": "__proto__"}]}}, "results": [{"ruleId": "__proto__", "message": {"text": "t", "id": "__proto__"}, "locations": [{"physicalLocation": {"artifactLocation": {"uri": "a", "uriBaseId": "__proto__"}}}], "properties": {"__proto__": {"tags": ["x"]}}}]}]}';

    await holds(text);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});
