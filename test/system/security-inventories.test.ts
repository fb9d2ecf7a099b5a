import { Readable } from 'node:stream';
import { beforeAll, expect, test } from 'vitest';
import * as imports from '../../src/app/advisory/import.ts';
import * as inventories from '../../src/app/advisory/inventories.ts';
import * as inventoryLists from '../../src/app/advisory/inventory-lists.ts';
import * as packs from '../../src/app/advisory/packs.ts';
import * as members from '../../src/app/directory/members.ts';
import type { System } from '../../src/app/system.ts';
import { type Actor, system as itself } from '../../src/domain/directory/actor.ts';
import { testSystem } from './test-system.ts';

let now = '2026-03-01T03:00:00.000Z';
let system: System;
let operator: Actor;

beforeAll(async () => {
  system = await testSystem({ now: () => now });
  const made = await system.database.transaction(itself, (tx) =>
    members.found(system, tx, itself, { name: 'alder', isHost: true, isSample: false }, [
      { name: 'Operator', roles: ['operator'] },
    ]),
  );
  operator = {
    kind: 'person',
    id: made.people[0]?.id as `person_${string}`,
    organisation: made.organisation.id,
    roles: ['operator'],
  };
  const events = (fixed: number) => [{ introduced: '0' }, { fixed: `9.${fixed}` }];
  const lines = Array.from({ length: 100 }, (_, at) => {
    const affected = [
      { package: { ecosystem: 'PyPI', name: 'sample' }, ranges: [{ type: 'ECOSYSTEM', events: events(at) }] },
    ];
    return `${JSON.stringify({ schema_version: '1.7.0', id: `PYSEC-2026-${at}`, modified: '2026-01-01T00:00:00Z', affected })}\n`;
  });
  await imports.run(system, itself, { key: 'test', name: 'test' }, Readable.from([Buffer.from(lines.join(''))]));
  await packs.buildTouched(system);
});

const keep = (name: string, components: number) => {
  const bom = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    components: Array.from({ length: components }, (_, at) => ({
      type: 'library',
      name: 'sample',
      purl: `pkg:pypi/sample@1.${at}`,
    })),
  };
  const upload = { fileName: 'bom.json', bytes: Readable.from([Buffer.from(JSON.stringify(bom))]) };
  return inventories.keep(system, operator, { name, asset: {} }, upload);
};

test('an inventory made to match without end is refused its list, and neither ends the instance nor keeps others from theirs', {
  timeout: 60_000,
}, async () => {
  const honest = await keep('Ward', 10);
  // 20,000 versions of a package with 100 vulnerabilities: two million matches from a file of 1 MB.
  const hostile = await keep('Hostile', 20_000);
  const began = performance.now();

  await expect(inventoryLists.listOf(system, operator, hostile.id, {})).rejects.toMatchObject({
    code: 'inventory_too_large',
  });
  await inventoryLists.keepSnapshots(system);

  expect(performance.now() - began).toBeLessThan(20_000);
  expect((await inventoryLists.listOf(system, operator, honest.id, {})).list.counts.vulnerabilities).toBe(100);
  now = '2026-03-02T03:00:00.000Z';
  const changed = await inventoryLists.changes(system, operator, honest.id, { since: '2026-03-01' });
  expect(changed.changes.same).toBe(10);
});
