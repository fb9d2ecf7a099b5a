import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { Command } from 'commander';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testSystem } from '../../test/system/test-system.ts';
import { zipOf } from '../../test/zip.ts';
import { build } from '../api/server.ts';
import * as sync from '../app/advisory/sync.ts';
import * as agents from '../app/directory/agents.ts';
import * as members from '../app/directory/members.ts';
import type { System } from '../app/system.ts';
import { type Actor, system as itself } from '../domain/directory/actor.ts';
import { register } from './advisories.ts';
import { Exit } from './io.ts';

let assay: System;
let server: FastifyInstance;
let url: string;
let token: string;
let narrow: string;
const folder = mkdtempSync(join(tmpdir(), 'assay-cli-'));

beforeAll(async () => {
  assay = await testSystem();
  server = await build(assay, { version: 'test' });
  url = await server.listen({ port: 0, host: '127.0.0.1' });
  const { people } = await assay.database.transaction(itself, (tx) =>
    members.found(assay, tx, itself, { name: 'Alder', isHost: true, isSample: false }, [
      { name: 'Corin', roles: ['coordinator'] },
    ]),
  );
  const { id, organisation, roles } = people[0]!;
  const person: Actor = { kind: 'person', id, organisation, roles, isHost: true };
  const expiresAt = '2026-04-01T00:00:00.000Z';
  token = (await agents.add(assay, person, { name: 'importer', scopes: ['advisories:write'], expiresAt })).token;
  narrow = (await agents.add(assay, person, { name: 'reader', scopes: ['log:read'], expiresAt })).token;
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

async function run(args: string[], env: NodeJS.ProcessEnv = { ASSAY_URL: url, ASSAY_TOKEN: token }) {
  const out: string[] = [];
  const sink = () => new PassThrough().on('data', (chunk) => out.push(String(chunk)));
  const program = new Command().exitOverride();
  register(program, { stdin: Readable.from([]), stdout: sink(), stderr: sink(), env });
  const code = await program.parseAsync(['advisories', ...args], { from: 'user' }).then(
    () => 0,
    (error) => {
      if (error instanceof Exit) return error.code;
      throw error;
    },
  );
  return { code, text: out.join('') };
}

const record = (id: string) => ({ id, modified: '2026-01-01T00:00:00Z', affected: [] });
function file(name: string, content: string | Uint8Array): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

test('a file is sent in parts and told in one line; sent again, nothing changes', async () => {
  const path = file(
    'many.jsonl.gz',
    gzipSync(Array.from({ length: 2_500 }, (_, i) => JSON.stringify(record(`M-${i}`))).join('\n')),
  );

  const first = await run(['import', path, '--format', 'json']);
  const again = await run(['import', path]);

  expect(first.code).toBe(0);
  expect(JSON.parse(first.text)).toMatchObject({ path, state: 'finished', position: 2_500, added: 2_500, refused: 0 });
  expect(again).toMatchObject({ code: 0, text: `${path}: imported before, on 2026-03-01; nothing changed\n` });
  expect(JSON.parse((await run(['import', path, '--format', 'json'])).text).batches).toBe(
    JSON.parse(first.text).batches,
  );
});

test('a folder is one import over all its files, also documents that span lines', async () => {
  mkdirSync(join(folder, 'tree', '2026'), { recursive: true });
  writeFileSync(join(folder, 'tree', '2026', 'a.json'), JSON.stringify(record('T-1'), null, 2));
  writeFileSync(join(folder, 'tree', 'b.json'), JSON.stringify(record('T-2'), null, 2));
  writeFileSync(join(folder, 'tree', 'notes.txt'), 'not for us');

  const { code, text } = await run(['import', join(folder, 'tree'), '--format', 'json']);

  expect(code).toBe(0);
  expect(JSON.parse(text)).toMatchObject({ added: 2, position: 2 });
});

test('a zip, as the OSV bucket has them, is read entry by entry', async () => {
  const entry = (id: string) => Buffer.from(JSON.stringify(record(id), null, 2));
  const path = file(
    'all.zip',
    zipOf({ 'Z-1.json': entry('Z-1'), 'Z-2.json': entry('Z-2'), 'README.md': entry('Z-3') }),
  );

  const { code, text } = await run(['import', path, '--format', 'json']);

  expect(code).toBe(0);
  expect(JSON.parse(text)).toMatchObject({ added: 2, position: 2 });
});

test('KEV and EPSS files are facts', async () => {
  const sample = (name: string) => readFileSync(new URL(`../../sample/advisories/${name}`, import.meta.url));
  const kev = file('kev.json.gz', sample('known_exploited_vulnerabilities.json.gz'));
  const epss = file('epss.csv.gz', sample('epss_scores-2026-08-22.csv.gz'));

  const { code, text } = await run(['import', kev, epss, '--format', 'json']);

  expect(code).toBe(0);
  expect(
    text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).facts),
  ).toEqual([41, 47]);
});

test('what is refused is told with its number and reason, and the exit code is 1', async () => {
  const path = file('faulty.jsonl', `${JSON.stringify(record('F-1'))}\n{"id":"F 2","modified":"2026-01-01"}\n`);

  const { code, text } = await run(['import', path]);

  expect(code).toBe(1);
  expect(text).toContain('1 refused');
  expect(text).toContain('item 2: id');
});

test.each([
  ['no such file', () => join(folder, 'nothing.json'), 'There is no such file'],
  ['a gzip bomb', () => file('bomb.jsonl.gz', gzipSync(Buffer.alloc(60_000_000, 0x20))), 'grows more than'],
  ['a broken zip', () => file('broken.zip', 'PK\x03\x04 but no more'), 'zip file is broken'],
])('%s is told in one line, with exit code 1', async (_, path, message) => {
  const { code, text } = await run(['import', path()]);

  expect(code).toBe(1);
  expect(text).toContain(message);
});

test('without the right, the instance says no and nothing is kept', async () => {
  const path = file('one.json', JSON.stringify(record('N-1')));

  const { code, text } = await run(['import', path], { ASSAY_URL: url });

  expect(code).toBe(1);
  expect(text).toContain('Sign in first.');
});

test.each([
  ['cut.jsonl.gz', Array.from({ length: 3_000 }, (_, i) => JSON.stringify(record(`C-${i}-${Math.sin(i)}`))).join('\n')],
  [
    'cut.csv.gz',
    `cve,epss,percentile\n${Array.from({ length: 9_000 }, (_, i) => `CVE-2026-${i + 1000},${Math.abs(Math.sin(i))},0.5`).join('\n')}\n`,
  ],
])('%s, cut off, leaves an import that failed, not one that runs', async (name, content) => {
  const whole = gzipSync(content);
  const path = file(name, whole.subarray(0, whole.length / 2));

  const { code, text } = await run(['import', path]);

  expect(code).toBe(1);
  expect(text).toContain('gzip file is broken');
  const { state } = await assay.database.owner
    .selectFrom('imports')
    .select('state')
    .where('source', '=', name)
    .executeTakeFirstOrThrow();
  expect(state).toBe('failed');
});

test('a token without the scope is told which one it lacks', async () => {
  const { text, code } = await run(['import', file('scope.json', JSON.stringify(record('S-1')))], {
    ASSAY_URL: url,
    ASSAY_TOKEN: narrow,
  });

  expect([code, text]).toEqual([1, expect.stringContaining('Your token lacks the scope advisories:write.')]);
});

test('sync without a feed configured says so, with exit code 1', async () => {
  expect(await run(['sync'])).toEqual({ code: 1, text: expect.stringContaining('No feed is configured.') });
});

test('sync asks the instance and waits until each configured feed was read', async () => {
  const feed = createServer((_, response) => response.writeHead(404).end());
  await new Promise<void>((done) => feed.listen(0, '127.0.0.1', done));
  const { port } = feed.address() as AddressInfo;
  assay.config.feeds.csaf = [`http://127.0.0.1:${port}/provider-metadata.json`];

  const waiting = run(['sync']);
  await new Promise((done) => setTimeout(done, 300));
  await sync.run(assay);
  const { code, text } = await waiting;

  expect(code).toBe(1);
  expect(text).toContain('private or reserved address');
  await new Promise((done) => feed.close(done));
});
