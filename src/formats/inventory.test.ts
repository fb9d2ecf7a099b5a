import fc from 'fast-check';
import { expect, test } from 'vitest';
import { corpus } from '../../test/corpus.ts';
import { read } from './inventory.ts';
import { limits } from './listing.ts';
import { kinds } from './lockfile/table.ts';

const encode = (text: string) => new TextEncoder().encode(text);
const cyclonedx = (rest: object) => encode(JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.6', ...rest }));

function inventoryOf(bytes: Uint8Array, fileName = 'bom.json') {
  const answer = read(bytes, fileName);
  if ('problems' in answer) throw new Error(JSON.stringify(answer.problems));
  return answer.inventory;
}

function refusalOf(bytes: Uint8Array, fileName = 'bom.json') {
  const answer = read(bytes, fileName);
  if ('inventory' in answer) throw new Error('It was read.');
  return answer.problems[0];
}

test('every official CycloneDX example is read, with its components, statements and doubts as on file', async () => {
  const examples = corpus(new URL('./cyclonedx/testdata/bom-examples.jsonl.gz', import.meta.url));
  const lines = examples.map(({ file, bytes }) => {
    const { format, components, vex, problems } = inventoryOf(bytes, file);
    const withPurl = components.filter(({ purl }) => purl !== undefined).length;
    return `${file}: ${format}, ${components.length} components (${withPurl} with purl), ${vex.length} statements, ${problems.length} doubts`;
  });

  expect(examples).toHaveLength(58);
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('./cyclonedx/testdata/bom-examples.golden.txt');
});

test('every SPDX example is read, with its packages as on file', async () => {
  const lines = corpus(new URL('./spdx/testdata/examples.jsonl.gz', import.meta.url)).map(({ file, bytes }) => {
    const { format, name, created, components } = inventoryOf(bytes, file);
    return `${file}: ${format}, ${name}, ${created}: ${components.map((each) => each.purl ?? `${each.name} ${each.version}`).join(', ')}`;
  });

  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('./spdx/testdata/examples.golden.txt');
});

test('every OpenVEX and CSAF example is read, with its statements as on file', async () => {
  const lines = corpus(new URL('./openvex/testdata/documents.jsonl.gz', import.meta.url)).flatMap(({ file, bytes }) => {
    const answer = read(bytes, file);
    if ('problems' in answer) return [`${file}: refused: ${answer.problems[0]?.message}`];
    const { format, vex, problems } = answer.inventory;
    return [
      `${file}: ${format}`,
      ...vex.map((said) => `    ${JSON.stringify(said)}`),
      ...problems.map(({ path, message }) => `    doubt at ${path}: ${message}`),
    ];
  });

  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('./openvex/testdata/documents.golden.txt');
});

test.each(['cern-lhc-vdm-editor-e564943/bom', 'laravel-7.12.0/bom.1.4', 'proton-bridge/proton-bridge-v1.8.0.bom'])(
  'the example %s gives the same components in JSON and in XML',
  (name) => {
    const examples = new Map(
      corpus(new URL('./cyclonedx/testdata/bom-examples.jsonl.gz', import.meta.url)).map(({ file, bytes }) => [
        file,
        bytes,
      ]),
    );
    const components = (form: string) =>
      inventoryOf(examples.get(`SBOM/${name}.${form}`) as Uint8Array).components.map(({ path: _, ...rest }) => rest);

    expect(components('json').length).toBeGreaterThan(40);
    expect(components('xml')).toEqual(components('json'));
  },
);

test('every VEX example of CSAF 2.0 and 2.1 is read, with its statements as on file', async () => {
  const examples = corpus(new URL('./csaf/testdata/vex-examples.jsonl.gz', import.meta.url));
  const lines = examples.flatMap(({ file, bytes }) => {
    const { format, vex, problems } = inventoryOf(bytes, file);
    return [
      `${file}: ${format}`,
      ...vex.map((said) => `    ${JSON.stringify(said)}`),
      ...problems.map(({ path, message }) => `    doubt at ${path}: ${message}`),
    ];
  });

  expect(examples).toHaveLength(26);
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('./csaf/testdata/vex-examples.golden.txt');
});

test('CSAF: what is said of a product group holds for each of its products', () => {
  const { vex } = inventoryOf(
    encode(
      JSON.stringify({
        document: { category: 'csaf_vex', csaf_version: '2.0' },
        product_tree: {
          full_product_names: [{ product_id: 'P1', product_identification_helper: { purl: 'pkg:npm/a@1' } }],
          product_groups: [{ group_id: 'G', product_ids: ['P1', 'P2'] }],
        },
        vulnerabilities: [
          {
            cve: 'CVE-2026-1',
            product_status: { known_not_affected: ['P1'] },
            flags: [{ label: 'component_not_present', group_ids: ['G'] }],
          },
        ],
      }),
    ),
  );

  expect(vex).toEqual([
    {
      vulnerabilities: ['CVE-2026-1'],
      products: ['pkg:npm/a@1'],
      status: 'not_affected',
      justification: 'component_not_present',
    },
  ]);
});

test('nested components, the described component, scope, commit and references are found', () => {
  const { name, components } = inventoryOf(
    cyclonedx({
      metadata: {
        component: {
          type: 'device',
          name: 'Pump',
          version: '7',
          'bom-ref': 'root',
          components: [{ name: 'kernel', version: '6.1' }],
        },
      },
      components: [
        {
          type: 'library',
          group: 'org.x',
          name: 'a',
          version: '1',
          purl: 'pkg:maven/org.x/a@1',
          cpe: 'cpe:2.3:a:x:a:1:*:*:*:*:*:*:*',
          scope: 'excluded',
          pedigree: { commits: [{ uid: 'abc' }] },
          components: [{ name: 'b', properties: [{ name: 'cdx:npm:package:development', value: 'true' }] }],
        },
      ],
      services: [{ name: 'not a component' }],
    }),
  );

  expect(name).toBe('Pump 7');
  expect(components).toEqual([
    { name: 'Pump', version: '7', ref: 'root', path: 'metadata.component' },
    { name: 'kernel', version: '6.1', path: 'metadata.component.components[0]' },
    {
      name: 'org.x/a',
      version: '1',
      purl: 'pkg:maven/org.x/a@1',
      cpe: 'cpe:2.3:a:x:a:1:*:*:*:*:*:*:*',
      commit: 'abc',
      isDevelopmentOnly: true,
      path: 'components[0]',
    },
    { name: 'b', version: '', isDevelopmentOnly: true, path: 'components[0].components[0]' },
  ]);
});

test('a statement that hides findings is never widened beyond the versions that it names', () => {
  const analysis = { state: 'not_affected', justification: 'code_not_present' };
  const { vex, problems } = inventoryOf(
    cyclonedx({
      vulnerabilities: [
        {
          id: 'CVE-1',
          analysis,
          affects: [
            {
              ref: 'pkg:npm/a',
              versions: [
                { version: '1', status: 'unaffected' },
                { version: '2', status: 'affected' },
              ],
            },
          ],
        },
        {
          id: 'CVE-2',
          analysis,
          affects: [{ ref: 'product', versions: [{ range: 'vers:npm/<2', status: 'unaffected' }] }],
        },
      ],
    }),
  );

  expect(vex.map(({ products }) => products)).toEqual([['pkg:npm/a@1']]);
  expect(problems.map(({ path }) => path)).toEqual(['vulnerabilities[1]']);
});

test('SPDX: what relationships tie to development and to nothing else is marked', () => {
  const { components } = inventoryOf(
    encode(
      JSON.stringify({
        spdxVersion: 'SPDX-2.3',
        SPDXID: 'SPDXRef-DOCUMENT',
        packages: ['a', 'b', 'c'].map((name) => ({ name, SPDXID: `SPDXRef-${name}`, versionInfo: 'NOASSERTION' })),
        relationships: [
          { spdxElementId: 'SPDXRef-b', relationshipType: 'DEV_DEPENDENCY_OF', relatedSpdxElement: 'SPDXRef-a' },
          { spdxElementId: 'SPDXRef-c', relationshipType: 'TEST_DEPENDENCY_OF', relatedSpdxElement: 'SPDXRef-a' },
          { spdxElementId: 'SPDXRef-a', relationshipType: 'DEPENDS_ON', relatedSpdxElement: 'SPDXRef-c' },
        ],
      }),
    ),
  );

  expect(components.map(({ name, version, isDevelopmentOnly }) => [name, version, isDevelopmentOnly])).toEqual([
    ['a', '', undefined],
    ['b', '', true],
    ['c', '', undefined],
  ]);
});

test('SPDX 3: VEX assessments name their vulnerability and products', () => {
  const { vex } = inventoryOf(
    encode(
      JSON.stringify({
        '@context': 'https://spdx.org/rdf/3.0.1/spdx-context.jsonld',
        '@graph': [
          {
            type: 'security_VexNotAffectedVulnAssessmentRelationship',
            from: 'urn:v',
            to: ['urn:p'],
            security_justificationType: 'vulnerableCodeNotPresent',
          },
          {
            type: 'security_Vulnerability',
            spdxId: 'urn:v',
            externalIdentifier: [{ externalIdentifierType: 'cve', identifier: 'CVE-2026-1' }],
          },
        ],
      }),
    ),
  );

  expect(vex).toEqual([
    {
      vulnerabilities: ['CVE-2026-1'],
      products: ['urn:p'],
      status: 'not_affected',
      justification: 'vulnerable_code_not_present',
    },
  ]);
});

test('byte order marks, UTF-16 and CRLF change nothing', () => {
  const text = JSON.stringify(
    { bomFormat: 'CycloneDX', specVersion: '1.6', components: [{ name: 'ä', version: '1' }] },
    undefined,
    2,
  );
  const expected = inventoryOf(encode(text)).components;
  const utf16 = (littleEndian: boolean) => {
    const view = new DataView(new ArrayBuffer(2 + text.length * 2));
    view.setUint16(0, 0xfeff, littleEndian);
    for (let at = 0; at < text.length; at++) view.setUint16(2 + at * 2, text.charCodeAt(at), littleEndian);
    return new Uint8Array(view.buffer);
  };

  for (const bytes of [encode(`\uFEFF${text}`), encode(text.replaceAll('\n', '\r\n')), utf16(true), utf16(false)]) {
    expect(inventoryOf(bytes).components).toEqual(expected);
  }
});

test('text that is not UTF-8 is refused with its line', () => {
  const bytes = encode('{"bomFormat": "CycloneDX",\n "name": "?"}');
  bytes[bytes.indexOf(0x3f)] = 0xff;

  expect(refusalOf(bytes)?.path).toBe('line 2');
});

test.each([
  ['', 'The file is empty.'],
  ['  \n', 'The file holds nothing but space.'],
  ['[]', 'This JSON is not an object'],
  ['{}', 'no SBOM'],
  ['hello', 'no SBOM'],
  ['{"bomFormat":"CycloneDX"}', 'which version'],
  ['{"bomFormat":"Other","specVersion":"1.6"}', '"Other"'],
  ['{"bomFormat":"CycloneDX","specVersion":"1.6","components":{}}', '"components" is not an array'],
  ['{"spdxVersion":"SPDX-9","packages":[]}', 'SPDX-2.2 and SPDX-2.3'],
  ['<bom xmlns="http://example.org/other"/>', 'not a CycloneDX <bom>'],
  ['<html></html>', 'a <html>'],
])('%s is refused: %s', (text, reason) => {
  expect(refusalOf(encode(text))?.message).toContain(reason);
});

test.each([
  ['{"a": 1,\n  "b" 2}', 'line 2, column 7', '":"'],
  ['{"a": [1, 2}', 'line 1, column 12', '"," or "]"'],
  ['{"a": tru}', 'line 1, column 7', 'a value'],
  ['{"a": "\\x"}', 'line 1, column 7', 'string'],
  ['{"a": 1} x', 'line 1, column 10', 'follows'],
  ['{"a": ', 'line 1, column 7', 'it ends'],
  ['{"a": {"b": [', 'line 1, column 14', 'it ends'],
])('broken JSON %j is refused at %s', (text, place, reason) => {
  const problem = refusalOf(encode(text));

  expect(problem?.path).toBe(place);
  expect(problem?.message).toContain(reason);
});

test('the place of a fault in JSON is found wherever JSON.parse finds one', () => {
  const valid = JSON.stringify({ a: [1, { b: 'c\\"' }, null, true, -1.5e3], d: {} });
  fc.assert(
    fc.property(fc.nat(valid.length), fc.string({ maxLength: 3 }), fc.nat(4), (at, text, cut) => {
      const broken = valid.slice(0, at) + text + valid.slice(at + cut);
      let isBroken = false;
      try {
        JSON.parse(broken);
      } catch {
        isBroken = true;
      }
      const answer = read(encode(broken), 'x.json');
      const message = 'problems' in answer ? (answer.problems[0]?.message ?? '') : '';
      if (isBroken && broken.trimStart().startsWith('{')) {
        expect(message).toContain('This is not JSON');
        expect(message).not.toContain('too deeply');
      }
    }),
    { numRuns: 2000 },
  );
});

test('30,000 levels of nesting are refused, in JSON and in XML, without running out of stack', () => {
  const depth = 30_000;
  const json = `{"bomFormat":"CycloneDX","specVersion":"1.6","components":[${'{"name":"a","components":['.repeat(depth)}${']}'.repeat(depth)}]}`;
  const xml = `<bom xmlns="http://cyclonedx.org/schema/bom/1.6"><components>${'<component><name>a</name><components>'.repeat(depth)}`;

  expect(refusalOf(encode(json))?.message).toContain(`more than ${limits.depthMax} deep`);
  expect(refusalOf(encode(xml))?.message).toContain(`more than ${limits.depthMax} deep`);
  // Depth that nobody reads is no harm.
  expect(
    inventoryOf(encode(`{"bomFormat":"CycloneDX","specVersion":"1.6","x":${'['.repeat(depth)}${']'.repeat(depth)}}`))
      .components,
  ).toEqual([]);
});

test('entities of a document type are not expanded', () => {
  const xml =
    '<!DOCTYPE bom [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><bom xmlns="http://cyclonedx.org/schema/bom/1.6"><components><component type="library"><name>&b;</name></component></components></bom>';

  expect(refusalOf(encode(xml))?.message).toContain('entity');
});

test('aliases that multiply in YAML are refused', () => {
  let text = 'lockfileVersion: 9\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n';
  for (let level = 1; level < 9; level++)
    text += `a${level}: &a${level} [${Array(10)
      .fill(`*a${level - 1}`)
      .join(', ')}]\n`;

  expect(refusalOf(encode(`${text}packages: *a8\n`), 'pnpm-lock.yaml')?.message).toContain('YAML');
});

test('keys given twice and __proto__ do no harm: the last one counts, and nothing is inherited', () => {
  const text =
    '{"bomFormat":"CycloneDX","specVersion":"1.6","__proto__":{"components":[{"name":"evil"}]},"components":[{"name":"a"}],"components":[{"name":"b","__proto__":{"purl":"pkg:npm/evil@1"}}]}';

  expect(inventoryOf(encode(text)).components).toEqual([{ name: 'b', version: '', path: 'components[0]' }]);
  expect(({} as { components?: unknown }).components).toBeUndefined();
  const lock =
    '{"lockfileVersion":3,"packages":{"node_modules/__proto__":{"version":"1.0.0"},"node_modules/constructor":{"version":"2.0.0"}}}';
  expect(inventoryOf(encode(lock), 'package-lock.json').components).toHaveLength(2);
});

test('a key that stands twice in YAML is refused with its place', () => {
  expect(refusalOf(encode('lockfileVersion: 9\npackages:\n  a: 1\n  b: 2\n  a: 3\n'), 'pnpm-lock.yaml')).toEqual({
    path: 'line 5, column 3',
    message: 'This is not YAML: this key stands there twice.',
  });
});

const million = 1_000_000;
test.each([
  ['bun.lock', `{${'/*'.repeat(million)}`],
  ['bun.lock', `{"a": [${',   '.repeat(million)}`],
  ['requirements.txt', `${'a'.repeat(million)}(`],
  ['requirements.txt', `a==1 ${'('.repeat(million)}`],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: Maven writes properties so.
  ['pom.xml', `<project><properties><a>${'${a}'.repeat(100_000)}</a></properties><version>\${a}</version></project>`],
  ['x.txt', '\n'.repeat(million)],
  ['x.txt', `a${' '.repeat(million)}`],
  ['bom.json', `{"a": "${'x'.repeat(20 * million)}`],
  ['bom.json', `{"a": "${'\\\\'.repeat(million)}`],
  ['bom.xml', `<!--${'<!--'.repeat(million)}`],
  ['go.mod', `module a\nreplace a ${' '.repeat(million)}x`],
  ['yarn.lock', `# yarn lockfile v1\n${'"a@1", '.repeat(million / 10)}:\n`],
  ['cabal.project.freeze', `constraints: ${'any.a '.repeat(million / 5)}`],
  ['Cargo.lock', `a = ${'['.repeat(100_000)}`],
  ['pnpm-lock.yaml', `lockfileVersion: ${'['.repeat(20_000)}`],
  [
    'pnpm-lock.yaml',
    `lockfileVersion: 9\npackages:\n${Array.from({ length: 60_000 }, (_, at) => `  k${at}: 1\n`).join('')}`,
  ],
  ['stack.yaml.lock', `hackage: a${'-1'.repeat(million / 2)}x`],
])('hostile %s (%#) takes no longer than its length allows', (name, text) => {
  const start = performance.now();

  read(encode(text), name);

  expect(performance.now() - start).toBeLessThan(5_000);
});

test('SPDX in YAML is read like its JSON', () => {
  const text =
    'spdxVersion: SPDX-2.3\nSPDXID: SPDXRef-DOCUMENT\nname: a\npackages:\n- name: left\n  SPDXID: SPDXRef-left\n  versionInfo: "1.0.0"\n';

  expect(inventoryOf(encode(text), 'a.spdx.yaml')).toMatchObject({
    format: 'SPDX 2.3 YAML',
    components: [{ name: 'left', version: '1.0.0', ref: 'SPDXRef-left' }],
  });
});

test('a comment before the root does not hide what an XML document is', () => {
  const xml =
    '<?xml version="1.0"?><!-- <html> --><bom xmlns="http://cyclonedx.org/schema/bom/1.6"><components/></bom>';

  expect(inventoryOf(encode(xml), 'x').format).toBe('CycloneDX 1.6 XML');
});

test('comments and trailing commas of bun.lock are passed over, but not inside texts, and a fault keeps its place', () => {
  const lock = (rest: string) =>
    encode(`{ // first\n "lockfileVersion": 1, /* a\n b */ "workspaces": {}, "packages": {${rest}},\n}`);

  expect(inventoryOf(lock('"a": ["a@1.0.0", "// no, ]", {}, /* x */ ], // y\n'), 'bun.lock').components).toHaveLength(
    1,
  );
  expect(refusalOf(lock('"a": [1 2]'), 'bun.lock')?.path).toBe('line 3, column 46');
});

test('components that are faulty are left out and said, up to a number', () => {
  const { components, problems } = inventoryOf(cyclonedx({ components: [{ name: 'a' }, ...Array(300).fill(7)] }));

  expect(components).toHaveLength(1);
  expect(problems).toHaveLength(limits.problemsMax + 1);
  expect(problems.at(-1)?.message).toContain('100 more');
});

const names = fc.constantFrom('bom.json', 'bom.xml', 'a.spdx', 'x', ...kinds.map((kind) => kind.format));

test('arbitrary bytes under any name give an inventory or problems, never an exception', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), names, (bytes, name) => {
      const answer = read(bytes, name);
      expect('inventory' in answer || answer.problems.length > 0).toBe(true);
    }),
    { numRuns: 3000 },
  );
});

test('arbitrary JSON under any name gives an inventory or problems, never an exception', () => {
  const key = fc.constantFrom(
    ...[
      'bomFormat',
      'specVersion',
      'components',
      'metadata',
      'component',
      'vulnerabilities',
      'analysis',
      'affects',
      'spdxVersion',
    ],
    ...[
      'packages',
      'externalRefs',
      '@context',
      '@graph',
      'type',
      'statements',
      'document',
      'product_tree',
      'branches',
      'name',
      'version',
    ],
    ...[
      'dependencies',
      'lockfileVersion',
      'pins',
      'object',
      'results',
      'libraries',
      'default',
      '_meta',
      'Packages',
      'R',
      '__proto__',
      'package',
    ],
    ...[
      'requires',
      'graph_lock',
      'nodes',
      'relationships',
      'csaf_version',
      'product_status',
      'state',
      'status',
      'products',
      'purl',
    ],
  );
  const text = fc.constantFrom(
    'CycloneDX',
    '1.6',
    'SPDX-2.3',
    'https://openvex.dev/ns',
    'https://spdx.org/rdf/3.0.1/x',
    'csaf_vex',
    'a',
    '',
    '2.0',
  );
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 5 },
      text,
      fc.constantFrom(null, true, 0, 3),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(key, tie('value'), { maxKeys: 6 }),
    ),
  }));
  fc.assert(
    fc.property(fc.dictionary(key, value, { maxKeys: 8 }), names, (document, name) => {
      read(encode(JSON.stringify(document)), name);
    }),
    { numRuns: 5000 },
  );
});

test('documents with bytes changed, cut or doubled give an inventory or problems, never an exception', () => {
  const documents = [
    ...corpus(new URL('./lockfile/testdata/osv-scanner.jsonl.gz', import.meta.url)),
    ...corpus(new URL('./spdx/testdata/examples.jsonl.gz', import.meta.url)),
    ...corpus(new URL('./openvex/testdata/documents.jsonl.gz', import.meta.url)),
  ].filter(({ bytes }) => bytes.length < 6000);
  fc.assert(
    fc.property(
      fc.constantFrom(...documents),
      fc.nat(6000),
      fc.nat(6000),
      fc.uint8Array({ maxLength: 4 }),
      ({ file, bytes }, from, length, put) => {
        const at = from % (bytes.length + 1);
        read(
          new Uint8Array([
            ...bytes.subarray(0, at),
            ...put,
            ...bytes.subarray(Math.min(bytes.length, at + (length % 50))),
          ]),
          file,
        );
      },
    ),
    { numRuns: 2000 },
  );
});
