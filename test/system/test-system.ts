import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { pino } from 'pino';
import { afterAll, inject } from 'vitest';
import { build, type System } from '../../src/app/system.ts';
import * as config from '../../src/config.ts';
import type { Instant } from '../../src/domain/instant.ts';
import { open } from '../../src/store/database.ts';
import { template, withDatabase } from './postgres.ts';

export interface TestOptions {
  /** The clock, held still; or a function to move it. */
  now?: Instant | (() => Instant);
  /** As in the environment: `ASSAY_OUTBOUND_ALLOW`. */
  env?: Record<string, string>;
}

/** Makes a database of its own for one test file, migrated and empty, and gives its connection string. */
export async function freshDatabase(from = template): Promise<string> {
  const server = inject('postgresUrl');
  const name = `test_${randomBytes(8).toString('hex')}`;
  const ask = async (statement: string) => {
    const client = new pg.Client({ connectionString: server });
    await client.connect();
    await client.query(statement).finally(() => client.end());
  };
  await ask(`create database ${name} template ${from}`);
  afterAll(() => ask(`drop database if exists ${name} with (force)`));
  return withDatabase(server, name);
}

/** A whole system on a database of its own: nothing mocked, the clock held still, mail in a folder. Call at the top or in `beforeAll`. */
export async function testSystem({ now = '2026-03-01T09:30:00.000Z', env = {} }: TestOptions = {}): Promise<System> {
  const url = await freshDatabase();
  const folder = mkdtempSync(join(tmpdir(), 'assay-data-'));
  const settings = config.read({ env: { ASSAY_DATA: folder, DATABASE_URL: url, ...env }, folder });
  const database = open({
    url,
    poolMax: settings.database.poolMax,
    statementTimeoutMs: settings.database.statementTimeoutMs,
  });
  const system = build({
    config: settings,
    database,
    logger: pino({ level: 'silent' }),
    now: typeof now === 'function' ? now : () => now,
  });
  afterAll(async () => {
    await system.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return system;
}
