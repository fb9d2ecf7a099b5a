import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { freshDatabase } from '../../test/system/test-system.ts';
import type { Claims } from './database.ts';
import { type Database, open } from './database.ts';
import * as jobs from './jobs.ts';

let url: string;
let database: Database;
let workers: jobs.Worker[] = [];
const person: Claims = { kind: 'person', id: 'person_a', roles: [] };

beforeAll(async () => {
  url = await freshDatabase();
  database = open({ url });
  return () => database.close();
});

afterEach(async () => {
  for (const worker of workers) await worker.stop();
  workers = [];
});

async function work(tasks: jobs.WorkerOptions['tasks']): Promise<void> {
  workers.push(await jobs.work({ url, concurrency: 2, tasks, cron: {}, onLog: () => {} }));
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 15_000; !(await isSo()); await sleep(10))
    if (Date.now() > end) throw new Error('never');
}

test('a job is done if and only if its act holds', async () => {
  const done: unknown[] = [];
  const cancelled = database.transaction(person, async (tx) => {
    await jobs.add(tx, 'first', { from: 'undone' });
    throw new Error('undone');
  });
  await expect(cancelled).rejects.toThrow('undone');
  await database.transaction(person, (tx) => jobs.add(tx, 'first', { from: 'held' }));

  await work({ first: async (payload) => void done.push(payload) });
  await until(() => done.length > 0);
  await sleep(100);

  expect(done).toEqual([{ from: 'held' }]);
});

test('many causes under one key are one run, with the last word', async () => {
  const done: unknown[] = [];
  for (const n of [1, 2, 3]) await database.transaction(person, (tx) => jobs.add(tx, 'keyed', { n }, { key: 'k' }));
  expect(await jobs.waiting(database)).toContainEqual({ task: 'keyed', waiting: 1, failing: 0 });

  await work({ keyed: async (payload) => void done.push(payload) });
  await until(() => done.length > 0);

  expect(done).toEqual([{ n: 3 }]);
});

test('the app may add jobs, and neither read nor change them', async () => {
  const peek = database.transaction(person, (tx) =>
    tx.executeQuery({ sql: 'select * from graphile_worker._private_jobs', parameters: [] } as never),
  );

  await expect(peek).rejects.toThrow(/permission denied/);
});

test('a job whose worker died is done again', { timeout: 60_000 }, async () => {
  // What kill -9 leaves: a job taken a while ago by a worker that holds no lock.
  await database.transaction(person, (tx) => jobs.add(tx, 'orphan', {}));
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`update graphile_worker._private_jobs j set locked_by = 'worker-dead', locked_at = now() - interval '11 seconds', attempts = 1
    from graphile_worker._private_tasks t where t.id = j.task_id and t.identifier = 'orphan'`);
  await client.end();
  let runs = 0;

  await work({ orphan: async () => void runs++ });
  await until(() => runs === 1);
});

test('a job that runs long is not taken for an orphan', async () => {
  let runs = 0;
  let finish = () => {};
  await database.transaction(person, (tx) => jobs.add(tx, 'long', {}));
  const long = () => {
    runs++;
    return new Promise<void>((resolve) => {
      finish = resolve;
    });
  };
  await work({ long });
  await until(() => runs === 1);
  await database.pool.query(
    "update graphile_worker._private_jobs set locked_at = now() - interval '1 hour' where locked_by is not null",
  );

  await work({ long });
  await sleep(300);
  finish();

  expect(runs).toBe(1);
});

test('a job that fails is tried again later, and its error is kept for the operator', async () => {
  await database.transaction(person, (tx) => jobs.add(tx, 'failing', {}));

  await work({
    failing: async () => {
      throw new Error('the mail server is away');
    },
  });
  await until(async () =>
    (await jobs.waiting(database)).some(({ task, failing }) => task === 'failing' && failing === 1),
  );

  expect(await jobs.failed(database)).toEqual([]);
  await database.pool.query(
    'update graphile_worker._private_jobs set attempts = max_attempts where last_error is not null',
  );
  expect(await jobs.failed(database)).toEqual([
    { task: 'failing', error: expect.stringContaining('the mail server is away') },
  ]);
});
