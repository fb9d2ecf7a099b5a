/**
 * Files of findings to reports, beside what nobody can do without: JSON.parse, and a plain walk that takes rule, file and line of each
 * result and keeps nothing else. Reading gives the whole report, its key and its original text.
 */
import { read } from '../src/formats/finding-file.ts';

const rounds = 5;
const results = 20_000;

const rules = Array.from({ length: 60 }, (_, index) => ({
  id: `js/rule-${index}`,
  name: `js/rule-${index}`,
  shortDescription: { text: `Rule ${index} on what comes from outside` },
  fullDescription: {
    text: `Using what comes from outside in place ${index} lets an attacker read or change what is not theirs.`,
  },
  defaultConfiguration: { level: index % 3 === 0 ? 'error' : 'warning' },
  properties: {
    tags: ['security', `external/cwe/cwe-${String(20 + index).padStart(3, '0')}`],
    'security-severity': '7.5',
  },
}));

const place = (index: number, line: number) => ({
  physicalLocation: {
    artifactLocation: {
      uri: `src/area-${index % 200}/file-${index % 3000}.js`,
      uriBaseId: '%SRCROOT%',
      index: index % 3000,
    },
    region: { startLine: line, startColumn: 3, endLine: line, endColumn: 40 },
  },
});

const sarif = JSON.stringify({
  $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
  version: '2.1.0',
  runs: [
    {
      tool: { driver: { name: 'Bench', semanticVersion: '1.0.0', rules } },
      versionControlProvenance: [{ repositoryUri: 'https://github.com/example/shop', revisionId: 'a'.repeat(40) }],
      results: Array.from({ length: results }, (_, index) => ({
        ruleId: `js/rule-${index % 60}`,
        ruleIndex: index % 60,
        message: { text: `This value depends on [a parameter](1) of request ${index}.` },
        locations: [place(index, 1 + (index % 900))],
        partialFingerprints: { primaryLocationLineHash: `${index.toString(16).padStart(16, '0')}:1` },
        relatedLocations: [{ id: 1, ...place(index, 7), message: { text: 'a parameter' } }],
      })),
    },
  ],
});

const lines = Array.from({ length: results }, (_, index) =>
  JSON.stringify({
    key: `BENCH-${index}`,
    title: `Out of bounds read in function ${index % 900}`,
    description: 'A length that comes from the file is taken as it is. '.repeat(8),
    component: { purl: `pkg:npm/package-${index % 3000}`, version: '1.2.3', fixed: ['1.2.4'] },
    places: [{ path: `lib/file-${index % 3000}.c`, symbol: `f${index}`, startLine: 12 }],
    weaknesses: ['CWE-125'],
    severity: ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N'],
    provenance: { agent: 'prober', model: 'example-1' },
  }),
).join('\n');

interface Log {
  runs: { results: { ruleId: string; locations: ReturnType<typeof place>[] }[] }[];
}

/** What a short script does. */
function walk(text: string): number {
  let count = 0;
  for (const run of (JSON.parse(text) as Log).runs) {
    for (const result of run.results) {
      const [first] = result.locations;
      const { artifactLocation, region } = first?.physicalLocation ?? {};
      if (`${result.ruleId} ${artifactLocation?.uri}:${region?.startLine}`.length > 0) count++;
    }
  }
  return count;
}

async function count(text: string, name: string): Promise<number> {
  let rows = 0;
  for await (const row of read(pieces(text), name)) if ('report' in row) rows++;
  return rows;
}

async function* pieces(text: string): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}

const works: [string, string, () => number | Promise<number>][] = [
  ['SARIF', 'JSON.parse', () => (JSON.parse(sarif) as Log).runs[0]?.results.length ?? 0],
  ['SARIF', 'JSON.parse and a plain walk (rule, file, line)', () => walk(sarif)],
  ['SARIF', 'read: report, key, original', () => count(sarif, 'bench.sarif')],
  ['NDJSON', 'JSON.parse of each line', () => lines.split('\n').map((line) => JSON.parse(line) as object).length],
  ['NDJSON', 'read: report checked, original', () => count(lines, 'bench.ndjson')],
];

/** `npm run bench -- report-files`. */
export async function run(): Promise<void> {
  const spent = works.map((): number[] => []);
  for (let round = -1; round < rounds; round++) {
    for (const [at, [format, name, work]] of works.entries()) {
      const before = process.cpuUsage();
      const rows = await work();
      const { user, system } = process.cpuUsage(before);
      if (rows !== results) throw new Error(`${format}, ${name}: ${rows} results instead of ${results}.`);
      // The first round warms up.
      if (round >= 0) spent[at]?.push((user + system) / 1e6);
    }
  }

  const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1] as number;
  console.log(
    `${results} results; SARIF ${(sarif.length / 1e6).toFixed(1)} MB, NDJSON ${(lines.length / 1e6).toFixed(1)} MB; CPU time, median of ${rounds} turns\n`,
  );
  console.log('format   what                                               results/CPU-s   beside JSON.parse');
  const floor = new Map<string, number>();
  for (const [at, [format, name]] of works.entries()) {
    const seconds = median(spent[at] as number[]);
    if (!floor.has(format)) floor.set(format, seconds);
    const ratio = ((floor.get(format) as number) / seconds).toFixed(2);
    console.log(
      `${format.padEnd(8)} ${name.padEnd(50)} ${Math.round(results / seconds)
        .toLocaleString('en')
        .padStart(13)}   ${ratio.padStart(6)}`,
    );
  }
}
