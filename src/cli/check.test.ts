import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from './main.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-check-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function assay(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const code = await run(args, { stdin: new PassThrough(), stdout, stderr, env: {} });
  return { code, out: String(stdout.read() ?? ''), err: String(stderr.read() ?? '') };
}

async function file(name: string, content: unknown): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

test('a document without faults ends with 0, a faulty one with 1, each as one line of JSON', async () => {
  const good = await file('good.json', { bomFormat: 'CycloneDX', specVersion: '1.6', components: [] });
  const bad = await file('bad.json', { bomFormat: 'CycloneDX', specVersion: '1.6', components: [{ name: 'a' }] });

  expect(await assay('check', 'cyclonedx', good, '--format', 'json')).toEqual({
    code: 0,
    err: '',
    out: `${JSON.stringify({ file: good, valid: true, problems: [] })}\n`,
  });
  const { code, out } = await assay('check', 'cyclonedx', good, bad, '--format', 'json');
  expect(code).toBe(1);
  expect(JSON.parse(out.split('\n')[1] ?? '')).toEqual({
    file: bad,
    valid: false,
    problems: [expect.objectContaining({ path: 'components[0]', message: '"type" is missing.' })],
  });
});

test('people read one line a fault, with its place', async () => {
  const bad = await file('bad.spdx', 'SPDXVersion: SPDX-2.3\nnot a tag\n');

  const { code, out } = await assay('check', 'spdx', bad);

  expect([code, out]).toEqual([1, `${bad}:\n  line 2: This line, "not a tag", is not "Tag: value".\n`]);
});

test('OSV documents are checked by schema and linter rules', async () => {
  const bad = await file('osv.json', { id: 'EXAMPLE-1' });

  const { code, out } = await assay('check', 'osv', bad, '--format', 'json');

  expect(code).toBe(1);
  expect(JSON.parse(out)).toMatchObject({ valid: false });
});

test('a file that is not there, or is not JSON, is a finding with its reason', async () => {
  const broken = await file('broken.json', '{"bomFormat": ');

  const { code, out } = await assay('check', 'cyclonedx', join(folder, 'none.json'), broken, '--format', 'json');

  expect(code).toBe(1);
  expect(
    out
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line).problems),
  ).toEqual([
    [{ path: '', message: expect.stringContaining('cannot be read') }],
    [{ path: 'line 1, column 15', message: 'This is not JSON: it ends where a value is expected.' }],
  ]);
});

test('an unknown standard is wrong use', async () => {
  expect((await assay('check', 'word', 'a.doc')).code).toBe(2);
});

test('a SARIF log is checked by its schema and by what the standard asks beyond it, with the clause', async () => {
  const tool = { driver: { name: 'Prober' } };
  const good = await file('good.sarif', {
    version: '2.1.0',
    runs: [{ tool, results: [{ ruleId: 'R', message: { text: 'A flaw.' } }] }],
  });
  const bad = await file('bad.sarif', {
    version: '2.1.0',
    runs: [{ tool, results: [{ message: { text: 'A flaw.' } }] }],
  });
  const none = await file('none.sarif', { version: '2.1.0', runs: [{}] });

  expect((await assay('check', 'sarif', good)).code).toBe(0);
  const { code, out } = await assay('check', 'sarif', bad, none, '--format', 'json');
  expect(code).toBe(1);
  expect(
    out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toMatchObject([
    { file: bad, valid: false, problems: [{ path: 'runs[0].results[0]', clause: '3.27.5' }] },
    { file: none, valid: false, problems: [{ path: 'runs[0]', message: '"tool" is missing.' }] },
  ]);
});
