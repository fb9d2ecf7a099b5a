import { beforeAll, expect, test } from 'vitest';
import { testSystem } from '../../../test/system/test-system.ts';
import { type Actor, system as itself, type OrganisationId, type Role } from '../../domain/directory/actor.ts';
import * as taskPack from '../../domain/evidence/task-pack.ts';
import { Refusal } from '../../domain/refusal.ts';
import * as sealedList from '../../log/sealed-list.ts';
import { sha256 } from '../../store/log/sha256.ts';
import * as members from '../directory/members.ts';
import * as record from '../log/record.ts';
import { sequence } from '../log/sequence.ts';
import * as submissions from '../review/submissions.ts';
import type { System } from '../system.ts';
import * as packs from './task-packs.ts';

let system: System;
let lab: Actor;
let office: Actor;
let outsider: Actor;
let count = 0;

async function newPerson(organisation: string, ...roles: Role[]): Promise<Actor> {
  const kind = { name: organisation, isHost: false, isSample: false };
  const made = await system.database.transaction(itself, (tx) =>
    members.found(system, tx, itself, kind, [{ name: 'Somebody', roles }]),
  );
  const { id, organisation: of } = made.people[0]!;
  return { kind: 'person', id, organisation: of, roles };
}

/** A pack of three items that nobody has seen, with the opening of each. */
function newPack() {
  const items: taskPack.TaskItem[] = [0, 1, 2].map((at) => ({
    id: `lock-${++count}`,
    input: `Open it ${at}`,
    target: 'x',
  }));
  const salts = items.map((_, at) => new Uint8Array(32).fill(count + at));
  const leaves = items.map((item, at) => sealedList.leaf(sha256, salts[at] as Uint8Array, taskPack.entryOf(item)));
  const seal = sealedList.seal(sha256, leaves);
  const statement = taskPack.statement({ name: 'Locks', version: String(count), ...seal });
  const { format: _, ...head } = statement;
  const openings = items.map((item, index) => ({
    ...head,
    format: 'assay-task-opening/1',
    index,
    salt: taskPack.hexOf(salts[index] as Uint8Array),
    path: sealedList.path(sha256, leaves, index).map(taskPack.hexOf),
    item,
  }));
  return { statement, openings };
}

const refusalOf = (doing: Promise<unknown>) =>
  doing.then(
    () => 'done',
    (error) => (error instanceof Refusal ? error.code : String(error)),
  );
const settings = { isOpaque: false, runsMax: 2 };

beforeAll(async () => {
  system = await testSystem();
  lab = await newPerson('Tidewater Models', 'release_manager');
  office = await newPerson('Office of Measured Capability', 'evaluator');
  outsider = await newPerson('Driftwood Models', 'evaluator');
  await system.database.transaction(itself, (tx) =>
    tx
      .updateTable('organisations')
      .set({ is_shared: true })
      .where('id', '=', office.organisation as OrganisationId)
      .execute(),
  );
});

test('the root of a pack is on record before anybody runs it, and holds no item', async () => {
  const { statement } = newPack();
  const { id } = await packs.publish(system, office, { statement, ...settings });
  await sequence(system);

  const [entry] = await record.list(system, office, { object: id, limit: 1 });
  expect(JSON.parse(entry?.body ?? '{}')).toMatchObject({ did: 'task_pack_published', root: statement.root, size: 3 });
  expect(entry?.body).not.toContain('Open it');
  expect((await packs.publish(system, office, { statement, ...settings })).id).toBe(id);
});

test('one item is opened without the rest; a changed item, place or pack is refused', async () => {
  const { statement, openings } = newPack();
  const other = newPack();
  const { id } = await packs.publish(system, office, { statement, ...settings });
  const [first, second] = openings as [(typeof openings)[0], (typeof openings)[0]];

  expect(await packs.open(system, office, id, first)).toMatchObject({ place: 0, item: first.item.id });
  for (const wrong of [
    { ...first, item: { ...first.item, input: 'Another question' } },
    { ...first, index: 1 },
    { ...first, salt: second.salt },
    other.openings[0],
  ]) {
    expect(await refusalOf(packs.open(system, office, id, wrong))).toBe('opening_not_of_pack');
  }
  const { openings: known, standings } = await packs.load(system, office, id);
  expect(known).toHaveLength(1);
  expect(standings).toEqual([{ item: first.item.id, runs: 0, openings: 1, retired: 'opening' }]);
});

test('I18: of an opaque pack no item is taken', async () => {
  const { statement, openings } = newPack();
  const { id } = await packs.publish(system, office, { statement, isOpaque: true, runsMax: 5 });

  expect(await refusalOf(packs.open(system, office, id, openings[0]))).toBe('pack_opaque');
});

test('I5, I6: a pack exists for others only while its owner shows it to the parties of a submission', async () => {
  const { statement } = newPack();
  const { id } = await packs.publish(system, office, { statement, ...settings });
  const { submission } = await submissions.open(system, lab, { name: 'Tern', version: '2', digest: null });
  await submissions.admit(system, lab, submission.id, office.organisation as OrganisationId);
  expect(await refusalOf(packs.load(system, lab, id))).toBe('not_found');

  const { parties } = await packs.showPreview(system, office, id, submission.id);
  expect(parties.map(({ name }) => name)).toEqual(['Tidewater Models', 'Office of Measured Capability']);
  await packs.show(system, office, id, submission.id);

  expect((await packs.load(system, lab, id)).pack.statement).toEqual(statement);
  expect(await refusalOf(packs.load(system, outsider, id))).toBe('not_found');
  expect(await refusalOf(packs.show(system, lab, id, null))).toBe('not_permitted');
  await packs.show(system, office, id, null);
  expect(await refusalOf(packs.load(system, lab, id))).toBe('not_found');
  expect(await refusalOf(packs.load(system, lab, 'pack_0'))).toBe('not_found');
});
