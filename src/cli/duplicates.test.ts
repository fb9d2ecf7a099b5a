import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { Io } from './io.ts';
import { run } from './main.ts';

async function group(lines: readonly (object | string)[], ...options: string[]) {
  const input = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n');
  return duplicates(['-', ...options], Readable.from([input]));
}

async function duplicates(args: string[], stdin: Readable) {
  const io: Io = { stdin, stdout: new PassThrough(), stderr: new PassThrough(), env: {} };
  const written = Promise.all([text(io.stdout as PassThrough), text(io.stderr as PassThrough)]);
  const code = await run(['duplicates', 'group', ...args], io);
  io.stdout.end();
  io.stderr.end();
  const [output, errors] = await written;
  return { code, output, errors };
}
const linesOf = (output: string) =>
  output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

const own = {
  id: 'r1',
  source: 'lab.example',
  title: 'Path traversal in extract_all',
  description:
    'extract_all() of acme-archive before 2.4.1 follows ../ in member names and writes outside the target folder.',
  component: { purl: 'pkg:pypi/acme-archive', affected: 'vers:pypi/<2.4.1', fixed: ['2.4.1'] },
  weaknesses: ['CWE-22'],
};
const osv = {
  schema_version: '1.7.3',
  id: 'r2',
  source: 'vendor.example',
  modified: '2026-02-03T00:00:00Z',
  published: '2026-02-03T00:00:00Z',
  summary: 'acme-archive writes outside the target folder',
  details: 'Member names with ../ are followed by extract_all, which writes outside the target folder.',
  affected: [
    { package: { ecosystem: 'Bitnami', name: 'archive-reader' } },
    {
      package: { ecosystem: 'PyPI', name: 'Acme_Archive' },
      ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '2.4.1' }] }],
    },
  ],
  database_specific: { cwe_ids: ['CWE-22'], anything: { at: ['all'] } },
};
const cve = {
  dataType: 'CVE_RECORD',
  dataVersion: '5.1',
  source: 'cna.example',
  cveMetadata: { cveId: 'CVE-2026-99991', state: 'PUBLISHED' },
  containers: {
    cna: {
      descriptions: [
        {
          lang: 'en',
          value:
            'Acme Archive before 2.4.1 allows path traversal: extract_all follows ../ in member names and writes outside the target folder.',
        },
      ],
      affected: [
        {
          vendor: 'Acme',
          product: 'Acme Archive',
          versions: [{ version: '0', lessThan: '2.4.1', status: 'affected' }],
        },
      ],
      problemTypes: [{ descriptions: [{ cweId: 'CWE-22', lang: 'en', description: 'CWE-22' }] }],
    },
  },
};
const other = {
  ...own,
  id: 'r9',
  source: 'else.example',
  title: 'Heap overflow in the chart renderer',
  description: 'A long label overflows.',
  component: { purl: 'pkg:npm/chart-acme' },
  weaknesses: ['CWE-122'],
};

test('a report of our own, an OSV record and a CVE record of one flaw are one group: one JSON object a line', async () => {
  const { code, output, errors } = await group([own, osv, cve, other], '--format', 'json');

  expect([code, errors]).toEqual([0, '']);
  const [found, ...more] = linesOf(output);
  expect(more).toEqual([]);
  expect(found.ids).toEqual(['CVE-2026-99991', 'r1', 'r2']);
  expect(found.confidence).toBeGreaterThan(0.5);
  expect(found.reasons[0]).toMatchObject({
    layer: expect.any(String),
    fact: expect.any(String),
    text: expect.any(String),
    ids: [expect.any(String), expect.any(String)],
  });
});

test('the id is opaque: two records named alike by different authorities are not one flaw for that', async () => {
  const { output } = await group(
    [
      { ...own, id: 'CVE-2026-1' },
      {
        ...osv,
        ...{ id: 'CVE-2026-1', summary: 'Chart label overflow', details: 'A long label overflows the heap.' },
        affected: [{ package: { ecosystem: 'npm', name: 'chart-acme' } }],
      },
    ],
    '--format',
    'json',
  );

  expect(output).toBe('');
});

test('a line without source stands for a reporter of its own', async () => {
  const { source: _, ...one } = own;
  const { source: __, ...two } = osv;

  const { output } = await group([one, two], '--format', 'json');

  expect(linesOf(output).map(({ ids }) => ids)).toEqual([['r1', 'r2']]);
});

test('what fell short of a group is told with it, and what is in no group on standard error', async () => {
  const [one, two, three] = [
    {
      id: 'f1',
      source: 'tidewater.example',
      title: 'Prototype pollution in ferry-parser via __proto__ key in parseQuery',
      description:
        'parseQuery in lib/query.js copies every key of the query string into a plain object. The key __proto__[isAdmin] reaches Object.prototype, so a remote attacker pollutes the prototype of all objects in the process.',
      component: { purl: 'pkg:npm/ferry-parser@4.2.0' },
      weaknesses: ['CWE-1321'],
    },
    {
      id: 'f2',
      source: 'greywater.example',
      title: 'ferry-parser: parseQuery allows prototype pollution through __proto__',
      description:
        'There is no guard against __proto__ in parseQuery. With __proto__[isAdmin]=1 in a query string the prototype of all objects is polluted and isAdmin is set on every object of the process.',
      component: { purl: 'pkg:npm/ferry-parser@4.1.7' },
      weaknesses: ['CWE-1321'],
    },
    {
      id: 'f3',
      source: 'hospital.example',
      title: 'Patients page shows administrator menu after a strange link (ferry-parser)',
      description:
        'After a link with __proto__[isAdmin]=1 in its query string was opened, every session of our gateway had isAdmin set until the restart. Our supplier says that parseQuery of ferry-parser reads the query string.',
      component: { purl: 'pkg:npm/ferry-parser@4.2.0' },
    },
  ] as const;

  const json = await group([one, two, three], '--format', 'json');
  const table = await group([one, two, three], '--format', 'table');
  const alone = await group([one, three], '--format', 'json');

  const [found, ...more] = linesOf(json.output);
  expect([found.ids, more]).toEqual([['f1', 'f2'], []]);
  expect(found.near).toEqual([{ ids: ['f1', 'f3'], confidence: expect.any(Number) }]);
  expect(found.near[0].confidence).toBeGreaterThanOrEqual(0.5);
  expect(found.near[0].confidence).toBeLessThan(0.9);
  expect(json.errors).toBe('');
  expect(table.output).toContain(
    `Also near, below the 0.9 that joins: look at both.\n${found.near[0].confidence.toFixed(3)}  f1  f3\n`,
  );
  expect([alone.output, alone.errors]).toEqual(['', expect.stringContaining('1 pair of reports in no group')]);
});

test('a bad line is refused with its number and reason, the others are grouped, exit 1', async () => {
  const long = JSON.stringify({ ...own, description: 'x'.repeat(1_100_000) });

  const { code, output, errors } = await group(
    [
      own,
      '{"id": ',
      '[1]',
      { ...own, id: undefined },
      { ...own, source: 7 },
      { id: 'r3', title: 'No component' },
      { ...own, id: 'r4', more: 1 },
      long,
      '',
      osv,
    ],
    '--format',
    'json',
  );

  expect(code).toBe(1);
  expect(linesOf(output).map(({ ids }) => ids)).toEqual([['r1', 'r2']]);
  expect(
    errors
      .trim()
      .split('\n')
      .map((line) => /^-, line (\d+): /.exec(line)?.[1]),
  ).toEqual(['2', '3', '4', '5', '6', '7', '8']);
  expect(errors).toContain('line 8: It is longer than 1048576 characters.');
});

test('a file may be packed; the table says how many groups there are and shows no control character', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-duplicates-'));
  try {
    const file = join(folder, 'reports.jsonl.gz');
    writeFileSync(file, gzipSync(`${JSON.stringify({ ...own, id: 'r\u001b[2J1' })}\n${JSON.stringify(osv)}\n`));

    const { code, output } = await duplicates([file, '--format', 'table'], Readable.from([]));

    expect(code).toBe(0);
    expect(output).not.toContain('\u001b');
    expect(output).toContain('2 reports, 2 of them in 1 groups');
    expect(readFileSync(file).length).toBeGreaterThan(0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a file that is not there and an empty one: exit 1 with what to do', async () => {
  expect(await duplicates(['nowhere.jsonl'], Readable.from([]))).toMatchObject({
    code: 1,
    errors: expect.stringContaining('nowhere.jsonl cannot be read'),
  });
  expect(await group([])).toMatchObject({ code: 1, errors: expect.stringContaining('There are no reports in it.') });
});
