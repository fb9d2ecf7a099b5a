/** PostgreSQL for the journeys, with the sample workspace loaded once into a template that each instance copies. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { pino } from 'pino';
import type { TestProject } from 'vitest/node';
import * as sample from '../../src/app/sample.ts';
import { build } from '../../src/app/system.ts';
import * as config from '../../src/config.ts';
import { open } from '../../src/store/database.ts';
import * as postgres from '../system/postgres.ts';

export const sampleTemplate = 'assay_sample_template';

declare module 'vitest' {
  interface ProvidedContext {
    /** File of the key that the sample's texts are sealed with: every copy of the template opens them with it. */
    sampleKey: string;
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  let server = '';
  const provide = (key: 'postgresUrl', value: string) => {
    server = value;
    project.provide(key, value);
  };
  const stop = await postgres.setup({ provide } as unknown as TestProject);
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  await client.query(`drop database if exists ${sampleTemplate}`);
  await client.query(`create database ${sampleTemplate} template ${postgres.template}`);
  await client.end();
  const url = postgres.withDatabase(server, sampleTemplate);
  const folder = mkdtempSync(join(tmpdir(), 'assay-sample-'));
  const settings = config.read({ env: { ASSAY_DATA: folder, DATABASE_URL: url }, folder });
  const { poolMax, statementTimeoutMs } = settings.database;
  const database = open({ url, poolMax, statementTimeoutMs });
  // Nothing gives entries their place here, so that the log of each copy begins under a key of its own.
  const system = build({ config: settings, database, logger: pino({ level: 'silent' }) });
  await sample.load(system, join(import.meta.dirname, '../../sample'), () => {});
  await system.close();
  project.provide('sampleKey', join(folder, 'keys/secret-key'));
  return async () => {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  };
}
