/** The command against a real instance on a port of its own, with its worker. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testSystem } from '../../test/system/test-system.ts';
import { build } from '../api/server.ts';
import * as agents from '../app/directory/agents.ts';
import * as members from '../app/directory/members.ts';
import * as reporting from '../app/intake/reporting.ts';
import * as jobs from '../app/jobs.ts';
import type { System } from '../app/system.ts';
import { tasks } from '../app/tasks.ts';
import { type Actor, system as itself } from '../domain/directory/actor.ts';
import * as findings from '../store/intake/findings.ts';
import { run } from './main.ts';

let system: System;
let desk: Actor;
let url: string;
let token: string;
let readOnly: string;
const closing: (() => Promise<unknown>)[] = [];
const folder = mkdtempSync(join(tmpdir(), 'assay-finding-'));

beforeAll(async () => {
  system = await testSystem();
  const server = await build(system, { version: 'test' });
  url = await server.listen({ host: '127.0.0.1', port: 0 });
  const worker = await jobs.work(system, system.config.database.url as string, tasks, {});
  closing.push(
    () => server.close(),
    () => worker.stop(),
  );
  const enter = async (name: string, isHost: boolean): Promise<Actor> => {
    const { people } = await system.database.transaction(itself, (tx) =>
      members.found(system, tx, itself, { name, isHost, isSample: false }, [{ name, roles: ['researcher'] }]),
    );
    const [{ id, organisation, roles }] = people as [(typeof people)[0]];
    return { kind: 'person', id, organisation, roles };
  };
  desk = await enter('Harbour Desk (sample)', true);
  const heron = await enter('Heron Lab (sample)', false);
  const expiresAt = '2026-12-01T00:00:00.000Z';
  const budget = { findings: 1_000, questions: 0 };
  token = (await agents.add(system, heron, { name: 'scout', scopes: ['findings:write'], expiresAt, budget })).token;
  readOnly = (await agents.add(system, heron, { name: 'reader', scopes: ['log:read'], expiresAt })).token;
});

afterAll(async () => {
  for (const close of closing) await close();
  rmSync(folder, { recursive: true, force: true });
});

async function assay(args: string[], { stdin = '', as = token } = {}) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const text = (stream: PassThrough) => (stream.read() as Buffer | null)?.toString('utf8') ?? '';
  const io = { stdin: Readable.from([Buffer.from(stdin)]), stdout, stderr, env: { ASSAY_URL: url, ASSAY_TOKEN: as } };
  const code = await run(['finding', ...args], io as never);
  return { code, out: text(stdout), err: text(stderr) };
}

const lines = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
const report = (key: string) => ({ key, title: `Flaw ${key}`, component: { purl: 'pkg:npm/left@1.0.0' } });
function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}
const ndjson = (...rows: object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

test('a file is handed in, prints a receipt for each row that was taken, and again the same ones', async () => {
  const path = file('campaign.ndjson', ndjson(report('a'), { title: 'no component' }, report('b')));

  const first = await assay(['submit', path, '--format', 'json']);
  const again = await assay(['submit', path, '--format', 'json']);

  expect(first.code).toBe(1);
  expect(lines(first.out)).toMatchObject([
    { file: path, row: 1, key: 'a', id: expect.stringMatching(/^finding_/) },
    { file: path, row: 3, key: 'b' },
    { file: path, row: 2, problems: [{ path: expect.any(String) }] },
  ]);
  expect(again.out).toBe(first.out);
});

test('a refused row is named once, with the field that is missing', async () => {
  const path = file('faults.ndjson', ndjson(report('m'), { title: 'no component' }));

  const { err } = await assay(['submit', path]);

  expect(err).toBe(`${path}: row 2: component: This is missing.\n`);
});

test('the example of a mapping names no key, and the help says when to map one', async () => {
  const { out } = await assay(['submit', '--help']);
  const example = JSON.parse(/^\s*(\{"title".*\})$/m.exec(out)?.[1] as string);

  expect(Object.keys(example)).toContain('component.purl');
  expect(example).not.toHaveProperty('key');
  expect(out).toContain('only where it is unique over all your files');
});

test('standard input, a table with its mapping and a scanner’s report are taken', async () => {
  const mapping = file('mapping.json', JSON.stringify({ title: 'Summary', 'component.purl': 'Package' }));
  const table = file('table.csv', 'Summary,Package\r\nA flaw in left,pkg:npm/left@1.0.0\r\n');
  const sarif = JSON.stringify({
    version: '2.1.0',
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    runs: [
      {
        tool: { driver: { name: 'sample', rules: [{ id: 'R1' }] } },
        results: [
          {
            ruleId: 'R1',
            message: { text: 'A length is not checked.' },
            locations: [{ physicalLocation: { artifactLocation: { uri: 'src/a.c' }, region: { startLine: 3 } } }],
          },
        ],
      },
    ],
  });

  const own = await assay(['submit', '-'], { stdin: ndjson(report('c')) });
  const csv = await assay(['submit', table, '--mapping', mapping]);
  const unnamed = await assay(['submit', '-'], { stdin: sarif });
  const scanned = await assay(['submit', '-', '--component', 'pkg:npm/left@1.0.0'], { stdin: sarif });

  expect(unnamed.err).toContain('1 row names no component');
  expect(unnamed.err).toContain('--component');
  expect(scanned.err).toBe('');
  const batchIn = (text: string) => /batch_[0-9a-f]+/.exec(text)?.[0];
  expect(batchIn(scanned.out)).not.toBe(batchIn(unnamed.out));
  for (const { code, out } of [own, csv, scanned]) {
    expect(out).toContain('1 taken, 0 stood already, 0 refused');
    expect(code).toBe(0);
  }
});

test('the status of all, of one finding and of one batch is printed', async () => {
  const path = file('status.ndjson', ndjson(report('d')));
  const submitted = await assay(['submit', path]);
  const batch = /batch_[0-9a-f]+/.exec(submitted.out)?.[0] as string;

  const [one] = lines((await assay(['status', '--batch', batch, '--format', 'json'])).out);
  const all = await assay(['status']);

  expect(one).toMatchObject({ key: 'd', state: 'received', batch });
  expect(all.out).toContain(`${one.id}\treceived`);
  expect((await assay(['status', one.id])).out).toContain('Flaw d');
  expect((await assay(['status', batch])).out).toContain('done\t1 rows read, 1 taken');
});

test('a question about a finding is printed with its text, and answered by a text or a file (W4)', async () => {
  const submitted = await assay(['submit', file('asked.ndjson', ndjson(report('e'))), '--format', 'json']);
  const { id } = lines(submitted.out)[0];
  const ask = (text: string) =>
    system.database.transaction(itself, async (tx) => {
      const finding = (await findings.find(tx, id)) as findings.KeptFinding;
      await reporting.ask(system, tx, desk, finding, text);
    });
  const unasked = await assay(['answer', id, 'Nobody asked.']);
  await ask('Which version?\n2026-01-01T00:00:00.000Z\tdecision\tA line of its own\u001b[2J');

  const asked = await assay(['status', id]);
  const answered = await assay(['answer', id, 'Version 1.0.0.']);
  await ask('And the platform?');
  const fromFile = await assay(['answer', id, '--file', file('answer.txt', 'Linux,\nx86-64.\n'), '--format', 'json']);
  const after = await assay(['status', id]);

  expect(unasked.code).toBe(1);
  expect(asked.out).toMatch(/\tquestion\tWhich version\?\n\t\t2026-01-01/);
  expect(asked.out).not.toContain('\u001b');
  expect(asked.out).toContain(`assay finding answer ${id}`);
  expect([answered.code, answered.out]).toEqual([0, expect.stringContaining(`${id}\ttriaged\t`)]);
  expect(lines(fromFile.out)[0].messages.at(-1)).toMatchObject({ kind: 'answer', text: 'Linux,\nx86-64.' });
  expect(after.out).toContain('\tanswer\tVersion 1.0.0.\n');
  expect(after.out).not.toContain('assay finding answer');
});

test('an answer that is empty, too long, given twice or not at all is refused before it is sent', async () => {
  const id = 'finding_x';
  const long = file('long.txt', 'x'.repeat(100_000));

  expect(await assay(['answer', id, '  '])).toMatchObject({ code: 1, err: expect.stringContaining('empty') });
  expect(await assay(['answer', id, '--file', long])).toMatchObject({
    code: 1,
    err: 'An answer has at most 16,000 characters.\n',
  });
  expect((await assay(['answer', id])).code).toBe(2);
  expect((await assay(['answer', id, 'a', '--file', long])).code).toBe(2);
});

test('what the instance or the file refuses is said, with exit 1', async () => {
  const unknown = file('letter.txt', 'Dear all,\nsee you on Monday.\n');

  const notRead = await assay(['submit', unknown]);
  const noRight = await assay(['submit', file('x.ndjson', ndjson(report('x')))], { as: readOnly });
  const missing = await assay(['submit', join(folder, 'none.json')]);

  expect([notRead.code, noRight.code, missing.code]).toEqual([1, 1, 1]);
  expect(notRead.err).toContain('cannot be kept as a report');
  expect(noRight.err).toContain('findings:');
  expect(missing.err).toContain('no such file');
  expect((await assay(['submit'])).code).toBe(2);
});
