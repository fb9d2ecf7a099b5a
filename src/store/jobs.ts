/** The outbox and its worker: graphile-worker over the same PostgreSQL. */
import { Logger, type ParsedCronItem, parseCronItems, type Runner, run, type TaskList } from 'graphile-worker';
import { sql } from 'kysely';
import pg from 'pg';
import type { Instant } from '../domain/instant.ts';
import { type Database, type Tx, withstandLoss } from './database.ts';

export interface When {
  /** A job with the same key that still waits is replaced: many causes, one run. */
  key?: string;
  runAt?: Instant;
}

/** Adds a job inside the transaction: it will be done if and only if the transaction holds. */
export async function add(tx: Tx, task: string, payload: unknown, when: When = {}): Promise<void> {
  await sql`select assay_add_job(${task}, ${JSON.stringify(payload)}::json, ${when.key ?? null}, ${when.runAt ?? null}::timestamptz)`.execute(
    tx,
  );
}

export interface WorkerOptions {
  url: string;
  concurrency: number;
  tasks: Record<string, (payload: unknown, signal: AbortSignal | undefined) => Promise<void>>;
  /** `task` to a crontab pattern in UTC, such as `17 * * * *` (hourly). */
  cron: Record<string, string>;
  onLog(level: string, message: string): void;
}

export interface Worker {
  /** Lets running jobs finish, takes no new ones. A job cut off is done again by the next worker. */
  stop(): Promise<void>;
  isRunning(): boolean;
}

/** Class of the advisory locks that running jobs hold; only has to be the same everywhere. */
const lockClass = 8414;
const sweepMs = 30_000;
/** Between taking a job and holding its lock a worker needs a moment. */
const lockGraceSeconds = 10;

/**
 * Frees jobs whose worker died: the library would wait four hours. A running job holds a lock of its session, so a job
 * that is taken while its lock is free has nobody. A job may so run twice, never none.
 */
async function freeOrphans(pool: pg.Pool): Promise<number> {
  const { rowCount } = await pool.query(
    `select graphile_worker.force_unlock_workers(array[locked_by]) from graphile_worker.jobs
     where locked_by is not null and locked_at < now() - make_interval(secs => $2)
       and pg_try_advisory_xact_lock($1, (id % 2147483647)::int)`,
    [lockClass, lockGraceSeconds],
  );
  return rowCount ?? 0;
}

/** Starts working. It has connections of its own, so that jobs never starve requests. */
export async function work({ url, concurrency, tasks, cron, onLog }: WorkerOptions): Promise<Worker> {
  const pool = new pg.Pool({ connectionString: url, max: 2 * concurrency + 3, application_name: 'assay worker' });
  withstandLoss(pool, (error) => onLog('warning', `a connection of the worker was lost: ${error.message}`));
  const sweep = () =>
    freeOrphans(pool).then(
      (count) => count > 0 && onLog('warning', `${count} jobs of a worker that died are done again`),
      (error: Error) => onLog('warning', `jobs of dead workers were not looked for: ${error.message}`),
    );
  const timer = setInterval(sweep, sweepMs);
  let isRunning = true;
  let runner: Runner;
  try {
    runner = await run({
      pgPool: pool,
      concurrency,
      noHandleSignals: true,
      pollInterval: 2000,
      gracefulShutdownAbortTimeout: 10_000,
      logger: new Logger(() => (level, message) => onLog(level, message)),
      parsedCronItems: cronItems(cron),
      taskList: Object.fromEntries(
        Object.entries(tasks).map(([name, task]) => [
          name,
          (payload, helpers) =>
            helpers.withPgClient(async (client) => {
              const lock = [lockClass, Number(helpers.job.id) % 2_147_483_647];
              await client.query('select pg_advisory_lock($1, $2)', lock);
              try {
                await task(payload, helpers.abortSignal);
              } finally {
                await client.query('select pg_advisory_unlock($1, $2)', lock);
              }
            }),
        ]),
      ) as TaskList,
    });
  } catch (error) {
    clearInterval(timer);
    await pool.end();
    throw error;
  }
  await sweep();
  const ended = runner.promise
    .then(
      () => undefined,
      (error: Error) => onLog('error', `the worker ended: ${error.message}`),
    )
    .finally(() => {
      isRunning = false;
    });
  return {
    isRunning: () => isRunning,
    stop: async () => {
      clearInterval(timer);
      if (isRunning) await runner.stop();
      await ended;
      await pool.end();
    },
  };
}

const cronItems = (cron: Record<string, string>): ParsedCronItem[] =>
  parseCronItems(Object.entries(cron).map(([task, match]) => ({ task, match, identifier: task })));

export interface Waiting {
  task: string;
  waiting: number;
  failing: number;
}

/** How many jobs wait, and how many of them have failed at least once, by task. */
export async function waiting(database: Database): Promise<Waiting[]> {
  const { rows } = await database.pool.query<Waiting>(`
    select task_identifier as task, count(*)::int as waiting, (count(*) filter (where attempts > 0 and last_error is not null))::int as failing
    from graphile_worker.jobs group by 1 order by 1
  `);
  return rows;
}

/** Jobs that gave up: every attempt failed. For the operator to look at. */
export async function failed(database: Database): Promise<{ task: string; error: string }[]> {
  const { rows } = await database.pool.query<{ task: string; error: string }>(`
    select task_identifier as task, left(last_error, 500) as error
    from graphile_worker.jobs where attempts >= max_attempts order by id limit 100
  `);
  return rows;
}
