/**
 * Evaluation logs on an instance: a log of 1 GB with 300,000 events into the database beside COPY of the same rows, and pages of its
 * transcript. `npm run bench -- runs [events]`; each event is 3.3 kB of JSON.
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  createReadStream,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { sql } from 'kysely';
import * as members from '../src/app/directory/members.ts';
import * as runImport from '../src/app/evidence/run-import.ts';
import * as runs from '../src/app/evidence/runs.ts';
import type { System } from '../src/app/system.ts';
import { type Actor, system as itself } from '../src/domain/directory/actor.ts';
import { open } from '../src/store/database.ts';
import * as embedded from '../src/store/embedded.ts';
import { migrate } from '../src/store/migrations.ts';
import { header, sample, zipEnd, zipEntry } from '../test/eval-logs.ts';

const samples = 10;
const megabyte = 1024 * 1024;

/** Text of words and numbers, as tools give it: packs about five times. */
function text(seed: number, length: number): string {
  let state = seed + 88675123;
  let made = '';
  while (made.length < length) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    made += `host port ${(state >>> 0).toString(16)} answers `;
  }
  return made.slice(0, length);
}

function writeLog(path: string, events: number): void {
  const texts = Array.from({ length: 997 }, (_, at) => text(at, 2_900));
  const file = openSync(path, 'w');
  const lines: Buffer[] = [];
  let offset = 0;
  const add = (name: string, value: unknown) => {
    const { local, line } = zipEntry({ name, content: JSON.stringify(value) });
    writeSync(file, local);
    lines.push(line(offset));
    offset += local.length;
  };
  for (let index = 0; index < samples; index++) {
    const steps = Array.from({ length: events / samples }, (_, at) => ({
      event: at % 3 === 0 ? 'info' : 'tool',
      timestamp: '2026-09-01T10:00:00+00:00',
      id: `call ${at}`,
      function: 'bash',
      arguments: { cmd: texts[(at * 7) % texts.length]?.slice(0, 200) },
      result: `${index} ${at} ${texts[(at + index) % texts.length]}`,
    }));
    add(`samples/item-${index}_epoch_1.json`, sample(`item-${index}`, 1, 'C', { events: steps }));
  }
  add('header.json', header({ samples, accuracy: 1, stderr: 0 }));
  writeSync(file, zipEnd(Buffer.concat(lines), offset, lines.length));
  closeSync(file);
}

const percentile = (values: number[], share: number) =>
  (values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? Number.NaN).toFixed(1);

export async function run([asked, path]: string[]): Promise<void> {
  const events = Number(asked ?? 300_000);
  if (path !== undefined) return writeLog(path, events);
  const folder = mkdtempSync(join(tmpdir(), 'assay-bench-'));
  // Root lends the database to another user, who must reach it.
  chmodSync(folder, 0o755);
  const log = join(folder, 'large.eval');
  // In a process of its own, so that the memory measured here is that of the import.
  const writing = `import(${JSON.stringify(import.meta.url)}).then(({ run }) => run([${JSON.stringify(String(events))}, ${JSON.stringify(log)}]))`;
  spawnSync(process.execPath, ['--input-type=module', '-e', writing], { stdio: 'inherit' });
  const postgres = await embedded.start(join(folder, 'database'));
  await migrate(postgres.url);
  const database = open({ url: postgres.url, statementTimeoutMs: 600_000 });
  const data = join(folder, 'data');
  mkdirSync(data);
  const system = {
    database,
    config: { data },
    now: () => new Date().toISOString(),
    randomBytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)),
  } as System;
  const say = (what: string, value: string) => process.stdout.write(`${what.padEnd(58)}${value}\n`);
  try {
    const made = await database.transaction(itself, (tx) =>
      members.found(system, tx, itself, { name: 'Bench', isHost: true, isSample: false }, [
        { name: 'B', roles: ['evaluator'] },
      ]),
    );
    const person = made.people[0] as (typeof made.people)[number];
    const actor: Actor = { kind: 'person', id: person.id, organisation: person.organisation, roles: ['evaluator'] };

    globalThis.gc?.();
    let peak = 0;
    const watch = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage().rss);
    }, 20);
    const upload = performance.now();
    const received = await runImport.receive(system, actor, { fileName: 'large.eval', bytes: createReadStream(log) });
    const uploadSeconds = (performance.now() - upload) / 1000;
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    const cpu = process.cpuUsage();
    const began = performance.now();
    await runImport.run(system, received.run.id);
    const seconds = (performance.now() - began) / 1000;
    const used = process.cpuUsage(cpu);
    delay.disable();
    clearInterval(watch);
    const { rows } = await sql<{ bytes: number; stored: number }>`
      select sum(length(payload::text))::float8 as bytes, pg_total_relation_size('run_events')::float8 as stored from run_events`.execute(
      database.owner,
    );
    const bytes = rows[0]?.bytes ?? 0;

    // The same rows into the same columns with the same indexes, but no row security and no reading of a log.
    await sql`create table bench_rows (like run_events including all)`.execute(database.owner);
    const copyBegan = performance.now();
    await database.owner.transaction().execute(async (tx) => {
      const out = database.copyOut(tx, 'copy run_events to stdout');
      await database.owner.transaction().execute((into) => database.copyIn(into, 'copy bench_rows from stdin', out));
    });
    const copySeconds = (performance.now() - copyBegan) / 1000;

    const pages: number[] = [];
    const details: number[] = [];
    for (let at = 0; at < 200; at++) {
      const after = Math.floor(Math.random() * (events / samples - 200));
      const number = 1 + (at % samples);
      const start = performance.now();
      await runs.events(system, actor, received.run.id, number, { after, limit: 200 });
      const middle = performance.now();
      await runs.event(system, actor, received.run.id, number, after);
      pages.push(middle - start);
      details.push(performance.now() - middle);
    }
    const soughtAt = performance.now();
    await runs.seek(system, actor, received.run.id, 1, { from: -1, isBackward: false, q: 'nowhere at all' });
    const sought = performance.now() - soughtAt;
    const kindAt = performance.now();
    await runs.seek(system, actor, received.run.id, 1, { from: 10, isBackward: false, kind: 'score' });
    const kind = performance.now() - kindAt;

    say(
      'log',
      `${(statSync(log).size / megabyte).toFixed(0)} MB packed, ${(bytes / megabyte).toFixed(0)} MB of events, ${events} events`,
    );
    say('taking the file, with its digest and the look at it', `${uploadSeconds.toFixed(1)} s`);
    say(
      'reading it into the database',
      `${seconds.toFixed(1)} s, ${Math.round(events / seconds)} events/s, ${((used.user + used.system) / 1e6).toFixed(1)} s of CPU here`,
    );
    say(
      'COPY of the same rows, out and in',
      `${copySeconds.toFixed(1)} s, ${Math.round(events / copySeconds)} events/s`,
    );
    say('ratio', `${(seconds / copySeconds).toFixed(2)} times the time of COPY`);
    say('largest memory of this process', `${(peak / megabyte).toFixed(0)} MB`);
    say(
      'longest wait of a request meanwhile (99%, longest)',
      `${(delay.percentile(99) / 1e6).toFixed(0)} ms, ${(delay.max / 1e6).toFixed(0)} ms`,
    );
    say('a page of 200 events (median, 99%)', `${percentile(pages, 0.5)} ms, ${percentile(pages, 0.99)} ms`);
    say('one event with its payload (median, 99%)', `${percentile(details, 0.5)} ms, ${percentile(details, 0.99)} ms`);
    say(`text that is nowhere in ${events / samples} events`, `${sought.toFixed(0)} ms`);
    say('next event of a kind that is nowhere', `${kind.toFixed(1)} ms`);
    say('on disk', `${((rows[0]?.stored ?? 0) / megabyte).toFixed(0)} MB`);
  } finally {
    await database.close();
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
