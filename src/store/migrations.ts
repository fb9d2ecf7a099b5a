import { Logger, runMigrations } from 'graphile-worker';
import { type Migration, Migrator } from 'kysely';
import { checkServer, type Database, open } from './database.ts';
import * as audiences from './migrations/0001-audiences.ts';
import * as jobs from './migrations/0002-jobs.ts';
import * as idempotency from './migrations/0003-idempotency.ts';
import * as log from './migrations/0010-log.ts';
import * as directory from './migrations/0011-directory.ts';
import * as advisory from './migrations/0020-advisory.ts';

/** In order, forward only; one that has been released is never edited. */
const migrations: Record<string, Migration> = {
  '0001-audiences': audiences,
  '0002-jobs': jobs,
  '0003-idempotency': idempotency,
  '0010-log': log,
  '0011-directory': directory,
  '0020-advisory': advisory,
};

const silent = new Logger(() => () => {});

const migrator = (database: Database) =>
  new Migrator({ db: database.owner, provider: { getMigrations: async () => migrations } });

/** Brings the database to this version of the program, under a lock; gives the names of what was done. */
export async function migrate(url: string): Promise<string[]> {
  // Of its own, because rewriting a large table may take longer than a request may.
  const database = open({ url, poolMax: 4, statementTimeoutMs: 0 });
  try {
    await checkServer(database);
    const isCurrent = (await pending(database).catch(() => ['all'])).length === 0;
    if (isCurrent) return [];
    await runMigrations({ pgPool: database.pool, logger: silent });
    const { error, results } = await migrator(database).migrateToLatest();
    if (error !== undefined) throw error;
    return (results ?? []).map((result) => result.migrationName);
  } finally {
    await database.close();
  }
}

/** Names of the migrations that this program has and the database has not. */
export async function pending(database: Database): Promise<string[]> {
  const known = await migrator(database).getMigrations();
  return known.filter((migration) => migration.executedAt === undefined).map((migration) => migration.name);
}
