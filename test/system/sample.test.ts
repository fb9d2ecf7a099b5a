import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import * as packs from '../../src/app/advisory/packs.ts';
import * as sample from '../../src/app/sample.ts';
import { anonymous, system as itself } from '../../src/domain/directory/actor.ts';
import { testSystem } from './test-system.ts';

const system = await testSystem();
const folder = mkdtempSync(join(tmpdir(), 'assay-sample-'));
mkdirSync(join(folder, 'advisories'));
cpSync('sample/advisories/haskell.jsonl.gz', join(folder, 'advisories/haskell.jsonl.gz'));
cpSync('sample/sboms', join(folder, 'sboms'), { recursive: true });
cpSync('sample/evidence', join(folder, 'evidence'), { recursive: true });
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Tables that an instance without the sample has nothing in. */
const tables = [
  ...(['inventories', 'advisories', 'people', 'organisations', 'imports', 'advisory_names'] as const),
  ...(['submissions', 'window_events', 'access_grants', 'access_uses', 'partners', 'determinations'] as const),
  ...(['runs', 'run_events', 'desk_items'] as const),
  ...(['findings', 'hints', 'queue_entries', 'claims', 'batches', 'validations', 'intake_policies'] as const),
];

const count = (table: (typeof tables)[number]) =>
  system.database.owner
    .selectFrom(table)
    .select((query) => query.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
    .then((row) => row.count);

test('the sample fills an instance, gives a link for every person, and one command takes all of it away', async () => {
  await sample.load(system, folder, () => {});

  expect(await sample.isSetUp(system)).toBe(true);
  expect(await count('advisories')).toBe(35);
  expect(await count('inventories')).toBe(1);
  expect((await packs.list(system, anonymous)).map((pack) => pack.ecosystem)).toContain('Hackage');
  for (const table of tables) expect(await count(table), table).toBeGreaterThan(0);
  const links = await sample.links(system);
  expect(links.length).toBe(await count('people'));
  expect(await sample.additions(system)).toEqual([]);
  expect(links.every((link) => link.organisation.endsWith('(sample)'))).toBe(true);

  const removed = await sample.remove(system);

  expect(removed).toEqual({ organisations: 9, advisories: 35 });
  // The next start does not bring it back.
  expect(await sample.isSetUp(system)).toBe(true);
  for (const table of tables) expect(await count(table), table).toBe(0);
  expect(await packs.list(system, anonymous)).toEqual([]);
});

test('loading again after a removal brings the sample back, and the log keeps both removals', async () => {
  await sample.load(system, folder, () => {});
  await sample.remove(system);

  await sample.load(system, folder, () => {});

  expect(await count('advisories')).toBe(35);
  const entries = await system.database.transaction(itself, (tx) =>
    tx.selectFrom('log_openings').select('did').where('did', '=', 'sample_removed').execute(),
  );
  expect(entries.length).toBe(2);
});

test('what people added to the sample is named before it goes with it', async () => {
  const hospital = await system.database.owner
    .selectFrom('organisations')
    .select('id')
    .where('name', 'like', 'St Aurelia%')
    .executeTakeFirstOrThrow();
  await system.database.owner
    .insertInto('people')
    .values({
      id: 'person_wren',
      organisation_id: hospital.id,
      name: 'Wren Hale',
      email: 'wren@st-aurelia.example',
      roles: ['operator'],
      created_at: system.now(),
      left_at: null,
    })
    .execute();
  await system.database.owner
    .insertInto('inventories')
    .values({
      id: 'inventory_ward',
      organisation_id: hospital.id,
      name: 'Ward monitors',
      version: 1,
      asset: '{}',
      created_at: system.now(),
      updated_at: system.now(),
    })
    .execute();

  expect(await sample.additions(system)).toEqual([
    'inventory Ward monitors of St Aurelia Hospital (sample)',
    'person Wren Hale at St Aurelia Hospital (sample)',
  ]);
});
