import { Logger, runMigrations } from 'graphile-worker';
import { type Kysely, type Migration, Migrator, NO_MIGRATIONS, sql } from 'kysely';
import { checkServer, type Database, open } from './database.ts';
import * as audiences from './migrations/0001-audiences.ts';
import * as jobs from './migrations/0002-jobs.ts';
import * as idempotency from './migrations/0003-idempotency.ts';
import * as log from './migrations/0010-log.ts';
import * as directory from './migrations/0011-directory.ts';
import * as advisory from './migrations/0020-advisory.ts';
import * as inventories from './migrations/0030-inventories.ts';
import * as inventoryClocks from './migrations/0031-inventory-clocks.ts';
import * as inventorySnapshotVersions from './migrations/0032-inventory-snapshot-versions.ts';
import * as review from './migrations/0040-review.ts';
import * as window from './migrations/0041-window.ts';
import * as submission from './migrations/0042-submission.ts';
import * as access from './migrations/0043-access.ts';
import * as decisions from './migrations/0044-decisions.ts';
import * as runs from './migrations/0050-runs.ts';
import * as results from './migrations/0051-results.ts';
import * as desk from './migrations/0052-desk.ts';
import * as audienceEnds from './migrations/0053-audience-ends.ts';
import * as intake from './migrations/0060-intake.ts';
import * as triage from './migrations/0061-triage.ts';
import * as intakeWork from './migrations/0062-intake-work.ts';
import * as claims from './migrations/0063-claims.ts';
import * as participation from './migrations/0064-participation.ts';
import * as validations from './migrations/0065-validations.ts';
import type { Schema } from './schema.ts';

/** In order, forward only; one that has been released is never edited. */
const migrations: Record<string, Migration> = {
  '0001-audiences': audiences,
  '0002-jobs': jobs,
  '0003-idempotency': idempotency,
  '0010-log': log,
  '0011-directory': directory,
  '0020-advisory': advisory,
  '0030-inventories': inventories,
  '0031-inventory-clocks': inventoryClocks,
  '0032-inventory-snapshot-versions': inventorySnapshotVersions,
  '0040-review': review,
  '0041-window': window,
  '0042-submission': submission,
  '0043-access': access,
  '0044-decisions': decisions,
  '0050-runs': runs,
  '0051-results': results,
  '0052-desk': desk,
  '0053-audience-ends': audienceEnds,
  '0060-intake': intake,
  '0061-triage': triage,
  '0062-intake-work': intakeWork,
  '0063-claims': claims,
  '0064-participation': participation,
  '0065-validations': validations,
};

const silent = new Logger(() => () => {});

const migrator = (database: Database) =>
  new Migrator({ db: database.owner, provider: { getMigrations: async () => migrations } });

/** Names of all migrations, in order. */
export const names = Object.keys(migrations);

/** Brings the database to this version of the program, under a lock; gives the names of what was done. */
export function migrate(url: string): Promise<string[]> {
  return migrateTo(url, names);
}

/** Brings an older database as far as the last of `wanted`: to load a backup of that version. */
export async function migrateTo(url: string, wanted: string[]): Promise<string[]> {
  // Of its own, because rewriting a large table may take longer than a request may.
  const database = open({ url, poolMax: 4, statementTimeoutMs: 0 });
  try {
    await checkServer(database);
    const missing = new Set(await pending(database));
    if (!wanted.some((name) => missing.has(name))) return [];
    await runMigrations({ pgPool: database.pool, logger: silent });
    const { error, results } = await migrator(database).migrateTo(wanted.at(-1) ?? NO_MIGRATIONS);
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

/** Names of the migrations that made the tables of this database. */
export async function executed(db: Kysely<Schema>): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db);
  return rows.map(({ name }) => name);
}
