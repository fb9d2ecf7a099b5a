/** One PostgreSQL for a whole test run, with a migrated template that each test file copies. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import * as embedded from '../../src/store/embedded.ts';
import { migrate } from '../../src/store/migrations.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Connection string of the maintenance database, as one who may create databases. */
    postgresUrl: string;
  }
}

export const template = 'assay_template';

/** The same server, another database. */
export function withDatabase(url: string, name: string): string {
  return url.replace(/^(postgres(?:ql)?:\/\/[^/]*)\/[^?]*/, `$1/${name}`);
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  // The same tests on another version: a server of somebody's, or a folder with its programs.
  const given = process.env['ASSAY_TEST_DATABASE_URL'];
  const native = process.env['ASSAY_TEST_POSTGRES'];
  const folder = mkdtempSync(join(tmpdir(), 'assay-test-'));
  // As root the database runs as another user, who must be able to pass.
  chmodSync(folder, 0o711);
  const server = given === undefined ? await embedded.start(folder, native) : undefined;
  const url = server?.url ?? (given as string);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`drop database if exists ${template}`);
  await client.query(`create database ${template}`);
  await migrate(withDatabase(url, template));
  await client.end();
  project.provide('postgresUrl', url);
  return async () => {
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  };
}
