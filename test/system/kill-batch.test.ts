import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'esbuild';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as members from '../../src/app/directory/members.ts';
import * as signIn from '../../src/app/directory/sign-in.ts';
import * as batchImport from '../../src/app/intake/batch-import.ts';
import * as batches from '../../src/app/intake/batches.ts';
import type { System } from '../../src/app/system.ts';
import { type Actor, system as itself } from '../../src/domain/directory/actor.ts';
import { testSystem } from './test-system.ts';

const rowsInAll = 3_000;
const rowsOfPart = 1_100;
const killsWanted = 4;

let system: System;
let reporter: Actor;
let cookie: string;
const script = join('node_modules', '.cache', 'assay', `kill-batch.child.${process.pid}.mjs`);

beforeAll(async () => {
  system = await testSystem({ now: () => new Date().toISOString() });
  const bundle = { bundle: true, platform: 'node', format: 'esm', packages: 'external', logLevel: 'error' } as const;
  await build({ entryPoints: ['test/system/kill-batch.child.ts'], outfile: script, ...bundle });
  const enter = (name: string, isHost: boolean) =>
    system.database.transaction(itself, (tx) =>
      members.found(system, tx, itself, { name, isHost, isSample: false }, [{ name, roles: ['researcher'] }]),
    );
  await enter('Harbour Desk (sample)', true);
  const { people } = await enter('Heron Lab (sample)', false);
  const [{ id, organisation, roles }] = people as [(typeof people)[number]];
  reporter = { kind: 'person', id, organisation, roles };
  const link = await signIn.createLink(system, id);
  cookie = `session=${await signIn.signInByLink(system, link.slice(link.indexOf('token=') + 6))}`;
});

afterAll(() => rmSync(script, { force: true }));

const line = (batch: string, row: number) =>
  `${JSON.stringify({
    key: `${batch}-${row}`,
    title: `Flaw ${row}`,
    description: 'The length is not checked. '.repeat(10),
    component: { purl: `pkg:npm/package-${row % 700}@1.0.0` },
  })}\n`;

/** Starts the instance; its port is known when it listens. */
async function started(
  ...file: string[]
): Promise<{ child: ChildProcess; port: number; said: () => string; ended: Promise<unknown> }> {
  const url = system.config.database.url as string;
  const child = spawn(process.execPath, [script, url, system.config.data, ...file], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  let complaints = '';
  child.stdout?.on('data', (chunk) => {
    said += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    complaints += chunk;
  });
  const ended = new Promise((done) => child.on('close', done));
  while (!said.includes('\n')) {
    if (child.exitCode !== null) throw new Error(complaints);
    await sleep(10);
  }
  return { child, port: Number.parseInt(said, 10), said: () => said, ended };
}

/** Sends rows; gives what was acknowledged, or undefined where the connection broke. */
function send(port: number, path: string, text: string): Promise<batchImport.Outcome | undefined> {
  return new Promise((resolve) => {
    const headers = { cookie, 'content-type': 'application/x-ndjson' };
    const asked = request({ host: '127.0.0.1', port, path, method: 'POST', headers }, (answer) => {
      let body = '';
      answer.on('data', (chunk) => {
        body += chunk;
      });
      answer.on('error', () => resolve(undefined));
      answer.on('end', () => resolve(answer.complete && answer.statusCode === 200 ? JSON.parse(body) : undefined));
    });
    asked.on('error', () => resolve(undefined));
    asked.end(text);
  });
}

/** What stands of a batch, in one statement: the commit of a killed process may still arrive between two. */
async function held(id: string) {
  const { rows } = await sql<Record<'rowsRead' | 'accepted' | 'findings' | 'keys' | 'last' | 'recorded', number>>`
    select rows_read::int as "rowsRead", accepted::int,
      (select count(*)::int from findings where batch = b.number) as findings,
      (select count(distinct key)::int from findings where batch = b.number) as keys,
      (select coalesce(max(row), 0)::int from findings where batch = b.number) as last,
      (select coalesce(sum((body::json ->> 'accepted')::int), 0)::int from log_openings
        where object = b.id and did = 'batch_rows_received') as recorded
    from batches b where id = ${id}`.execute(system.database.owner);
  return rows[0] as (typeof rows)[number];
}

test('an instance killed with -9 while rows are sent has every row that it acknowledged, none twice, and goes on to the end', {
  timeout: 180_000,
}, async () => {
  const { id } = await batches.begin(system, reporter, { name: 'Campaign' });
  let kills = 0;
  let acknowledged = 0;
  let state = 'receiving';

  while (state !== 'done') {
    const { child, port, ended } = await started();
    const kill = kills < killsWanted;
    if (kill) setTimeout(() => child.kill('SIGKILL'), 50 + Math.random() * 400).unref();
    while (state !== 'done' && child.exitCode === null && child.signalCode === null) {
      const from = (await batches.load(system, reporter, id)).rowsRead;
      const rows = Array.from({ length: Math.min(rowsOfPart, rowsInAll - from) }, (_, at) => line(id, from + at + 1));
      const isLast = from + rows.length === rowsInAll;
      const outcome = await send(port, `/api/v1/batches/${id}/rows?from=${from}&last=${isLast}`, rows.join(''));
      if (outcome === undefined) break;
      acknowledged = outcome.rowsRead;
      state = outcome.state;
    }
    child.kill('SIGKILL');
    await ended;
    if (kill && state !== 'done') kills += 1;

    const standing = await held(id);
    expect(standing.rowsRead).toBeGreaterThanOrEqual(acknowledged);
    expect(standing).toMatchObject({
      accepted: standing.rowsRead,
      findings: standing.rowsRead,
      keys: standing.rowsRead,
      last: standing.rowsRead,
      recorded: standing.rowsRead,
    });
  }

  expect(kills).toBeGreaterThan(0);
  expect(await held(id)).toMatchObject({ findings: rowsInAll, keys: rowsInAll });
});

test('the file of a batch is read on by the next worker after each kill, to its end', {
  timeout: 180_000,
}, async () => {
  const { id } = await batches.begin(system, reporter, { name: 'File' });
  const text = Array.from({ length: rowsInAll }, (_, at) => line(id, at + 1)).join('');
  const bytes = (async function* () {
    yield Buffer.from(text);
  })();
  await batchImport.takeFile(system, reporter, id, 'campaign.ndjson', bytes);
  let kills = 0;

  for (let isDone = false; !isDone; ) {
    const before = (await held(id)).rowsRead;
    const { child, said, ended } = await started(id);
    if (kills < killsWanted) {
      // Killed at any moment after its first chunk, so that each round moves on.
      while ((await held(id)).rowsRead === before && !said().includes('done')) await sleep(5);
      await sleep(Math.random() * 60);
    } else while (!said().includes('done')) await sleep(20);
    isDone = said().includes('done');
    child.kill('SIGKILL');
    await ended;
    if (!isDone) kills += 1;

    const standing = await held(id);
    expect(standing).toMatchObject({
      findings: standing.rowsRead,
      keys: standing.rowsRead,
      recorded: standing.rowsRead,
    });
  }

  expect(kills).toBeGreaterThan(0);
  expect(await held(id)).toMatchObject({ accepted: rowsInAll, findings: rowsInAll, keys: rowsInAll });
  expect((await batches.load(system, reporter, id)).state).toBe('done');
});
