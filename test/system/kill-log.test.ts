import { spawn } from 'node:child_process';
import { existsSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'esbuild';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import * as members from '../../src/app/directory/members.ts';
import * as runImport from '../../src/app/evidence/run-import.ts';
import * as runs from '../../src/app/evidence/runs.ts';
import type { System } from '../../src/app/system.ts';
import { type Actor, system as itself } from '../../src/domain/directory/actor.ts';
import { header, sample, zip } from '../eval-logs.ts';
import { testSystem } from './test-system.ts';

const samples = 20;
const eventsEach = 1_000;

async function newEvaluator(system: System): Promise<Actor> {
  const { people } = await system.database.transaction(itself, (tx) =>
    members.found(system, tx, itself, { name: 'Tidewater Models (sample)', isHost: true, isSample: false }, [
      { name: 'Wren Holt', roles: ['evaluator'] },
    ]),
  );
  const person = people[0] as (typeof people)[number];
  return { kind: 'person', id: person.id, organisation: person.organisation, roles: ['evaluator'] };
}

/** A log that is too large to be read while its sender waits. */
function largeLog(): Buffer {
  const one = (index: number) => {
    const events = Array.from({ length: eventsEach }, (_, at) => ({
      event: 'info',
      timestamp: '2026-09-01T10:00:00+00:00',
      data: `${index} ${at} ${'x'.repeat(400)}`,
    }));
    return sample(`item-${index}`, 1, 'C', { events });
  };
  return zip([
    ...Array.from({ length: samples }, (_, index) => ({
      name: `samples/item-${index}_epoch_1.json`,
      content: JSON.stringify(one(index)),
      method: 'stored' as const,
    })),
    { name: 'header.json', content: JSON.stringify(header({ samples, accuracy: 1, stderr: 0 })) },
  ]);
}

test('the reading of a log killed with -9 again and again starts over, and until its end there is nothing to see', {
  timeout: 180_000,
}, async () => {
  const system = await testSystem({ now: () => new Date().toISOString() });
  const actor = await newEvaluator(system);
  const script = join('node_modules', '.cache', 'assay', `kill-log.child.${process.pid}.mjs`);
  const bundle = { bundle: true, platform: 'node', format: 'esm', packages: 'external', logLevel: 'error' } as const;
  await build({ entryPoints: ['test/system/kill-log.child.ts'], outfile: script, ...bundle });
  const received = await runImport.receive(system, actor, {
    fileName: 'large.eval',
    bytes: Readable.from([largeLog()]),
  });
  const { id } = received.run;
  const file = join(system.config.data, 'uploads', id);
  expect(received.run.state).toBe('importing');
  try {
    let kills = 0;
    let isDone = false;
    for (let round = 0; round < 40 && !isDone; round++) {
      const url = system.config.database.url as string;
      const child = spawn(process.execPath, [script, url, system.config.data, id], {
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let said = '';
      let complaints = '';
      child.stdout.on('data', (chunk) => {
        said += chunk;
      });
      child.stderr.on('data', (chunk) => {
        complaints += chunk;
      });
      const ended = new Promise((done) => child.on('close', done));
      while (!said.includes('begun') && child.exitCode === null) await sleep(5);
      // From its first row on it may be killed at any moment; the later rounds are left to finish.
      if (round < 8) {
        await sleep(40 + Math.random() * 500);
        if (child.exitCode === null) kills += 1;
        child.kill('SIGKILL');
      }
      await ended;
      expect(complaints).toBe('');
      isDone = said.includes('done');

      // One statement: the commit of a killed process may still arrive between two.
      const { rows } = await sql<{ state: string; samples: number; events: number }>`
        select state, (select count(*)::int from run_samples) as samples, (select count(*)::int from run_events) as events
        from runs`.execute(system.database.owner);
      expect(rows).toEqual([
        rows[0]?.state === 'ready'
          ? { state: 'ready', samples, events: samples * eventsEach }
          : { state: 'importing', samples: 0, events: 0 },
      ]);
      if (rows[0]?.state === 'importing') {
        await expect(runs.samples(system, actor, id, { filters: [], limit: 10 })).rejects.toThrow('still being read');
        expect(existsSync(file)).toBe(true);
      }
    }
    expect(kills).toBeGreaterThan(0);
    expect(isDone).toBe(true);
    expect(existsSync(file)).toBe(false);
    const { rows } = await sql<{ did: string }>`select did from log_openings where object = ${id} order by id`.execute(
      system.database.owner,
    );
    expect(rows.map(({ did }) => did)).toEqual(['run_received', 'run_imported']);
  } finally {
    rmSync(script, { force: true });
  }
});

test('a large log that turns out to be damaged is refused with the reason, and none of its samples stay', async () => {
  const system = await testSystem();
  const actor = await newEvaluator(system);
  const whole = largeLog();
  // A sample in the middle is overwritten; directory and header are as they were.
  whole.fill(0x7b, whole.length >> 1, (whole.length >> 1) + 4096);
  const { run } = await runImport.receive(system, actor, { fileName: 'large.eval', bytes: Readable.from([whole]) });
  expect(run.state).toBe('importing');

  await runImport.run(system, run.id);

  const { run: after } = await runs.load(system, actor, run.id);
  expect(after).toMatchObject({ state: 'refused', samples: 0, events: 0 });
  expect(after.problems[0]?.message.length).toBeGreaterThan(20);
  const { rows } = await sql<{ count: number }>`select count(*)::int as count from run_samples`.execute(
    system.database.owner,
  );
  expect(rows[0]?.count).toBe(0);
  expect(readdirSync(join(system.config.data, 'uploads'))).toEqual([]);

  // The same run is read anew when the file comes whole under its old bytes: here they stay damaged.
  const again = await runImport.receive(system, actor, { fileName: 'large.eval', bytes: Readable.from([whole]) });
  expect(again.run).toMatchObject({ id: run.id, state: 'importing' });
});

test('files of uploads that broke off go after a day; those of runs still to be read stay', async () => {
  const system = await testSystem();
  const actor = await newEvaluator(system);
  const { run } = await runImport.receive(system, actor, { fileName: 'a.eval', bytes: Readable.from([largeLog()]) });
  const folder = join(system.config.data, 'uploads');
  for (const name of ['old.part', 'young.part', 'run_gone']) writeFileSync(join(folder, name), 'x');
  const longAgo = new Date(Date.now() - 2 * 86_400_000);
  for (const name of ['old.part', 'run_gone', run.id]) utimesSync(join(folder, name), longAgo, longAgo);

  await runImport.forgetUploads(system);

  expect(readdirSync(folder).sort()).toEqual([run.id, 'young.part'].sort());
});
