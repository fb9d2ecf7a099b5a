import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, inject } from 'vitest';
import { build } from '../../scripts/setup.mjs';
import * as signIn from '../../src/app/directory/sign-in.ts';
import type { Actor, PersonId } from '../../src/domain/directory/actor.ts';
import { type Started, start } from '../../src/main.ts';
import { router } from '../../src/web/router.tsx';
import { freshDatabase } from '../system/test-system.ts';
import { openPage } from './browser.ts';
import { sampleTemplate } from './sample-database.ts';

/** A real instance on a database of its own, with the built pages and the sample workspace. */
export async function startInstance(): Promise<Started> {
  await build(['web']);
  const folder = mkdtempSync(join(tmpdir(), 'assay-journey-'));
  const started = await start({
    env: {
      ASSAY_DATA: folder,
      ASSAY_HTTP_PORT: '0',
      ASSAY_HTTP_REQUESTS_PER_MINUTE: '100000',
      ASSAY_LOGGING_LEVEL: 'silent',
      ASSAY_SECRETS_KEY_FILE: inject('sampleKey'),
      DATABASE_URL: await freshDatabase(sampleTemplate),
    },
    folder,
    say: () => {},
    isTerminal: false,
  });
  afterAll(async () => {
    await started.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  return started;
}

/** A person of the sample, to act through the application as they would. */
export async function actorOf(instance: Started, name: string): Promise<Actor> {
  const { id, organisation_id, roles, is_host } = await instance.system.database.owner
    .selectFrom('people')
    .innerJoin('organisations', 'organisations.id', 'people.organisation_id')
    .select(['people.id', 'organisation_id', 'roles', 'is_host'])
    .where('people.name', '=', name)
    .executeTakeFirstOrThrow();
  return { kind: 'person', id, organisation: organisation_id, isHost: is_host, roles };
}

/** A page on which this person of the sample has come in; nobody without a name. */
export async function openAs(
  instance: Started,
  browser: Browser,
  name: string | undefined,
  viewport: { width: number; height: number },
) {
  const opened = await openPage(browser, viewport);
  if (name === undefined) return opened;
  const { system } = instance;
  const { id } = await actorOf(instance, name);
  const link = await signIn.createLink(system, id as PersonId);
  const value = await signIn.signInByLink(system, link.slice(link.indexOf('token=') + 6));
  await opened.context.addCookies([{ name: 'session', value, url: instance.url }]);
  return opened;
}

/**
 * Every address of the web, by the pattern of its route. What a pattern names is taken from what the instance holds; a pattern of which
 * it holds nothing has no address.
 */
export async function addressesOf(instance: Started): Promise<Map<string, string[]>> {
  const { pool } = instance.system.database;
  const ids = async (query: string) => (await pool.query<{ id: string }>(query)).rows.map(({ id }) => id);
  const runs = await ids('select id from runs order by number');
  const named: Record<string, string[]> = {
    '/inventories/$id': await ids('select id from inventories'),
    '/advisories/$id': ['GHSA-83qj-6fr2-vhqg', 'GHSA-0000-0000-0000'],
    '/intake/claims/$id': await ids('select id from claims order by number limit 2'),
    '/early-access/$id/incidents/$incident': await ids(
      "select submission_id || '/incidents/' || id as id from incidents",
    ),
    '/early-access/$id': await ids('select id from submissions order by created_at desc'),
    '/intake/findings/$id': await ids(
      'select id from findings where organisation_id is not null order by number limit 3',
    ),
    '/intake/batches/$id': await ids('select id from batches order by number limit 2'),
    '/intake/queue/$id': await ids(
      'select f.id from queue_entries q join findings f on f.number = q.lead order by q.findings desc, q.lead limit 3',
    ),
    '/intake/cases/$id': await ids('select id from cases limit 2'),
    '/intake/validations/$id': await ids('select id from validations order by id limit 2'),
    '/evidence/desk/$id': await ids('select id from desk_items order by put_at, id limit 3'),
    '/evidence/runs/$id/samples/$sample': runs.slice(0, 1).map((id) => `${id}/samples/1`),
    '/evidence/runs/$id': runs,
    '/evidence/packs/$id': await ids('select id from task_packs'),
    '/evidence/rules/$id': await ids('select id from registrations'),
    '/evidence/results/$id': await ids('select id from results'),
    '/evidence/letters/$id': await ids('select id from letters'),
    '/evidence/compare': [`?a=${runs[0]}&b=${runs[1]}`],
  };
  const addresses = new Map<string, string[]>();
  for (const pattern of Object.keys(router.routesByPath)) {
    const base = Object.keys(named).find((one) => pattern.startsWith(one));
    const stem = base?.slice(0, base.includes('$') ? base.indexOf('$') : undefined) ?? '';
    const found = base === undefined ? [''] : (named[base] ?? []);
    addresses.set(
      pattern,
      found.map((id) => stem + id + pattern.slice(base?.length ?? 0)),
    );
  }
  return addresses;
}
