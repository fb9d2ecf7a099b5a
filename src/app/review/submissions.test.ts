import { beforeAll, expect, test } from 'vitest';
import { testSystem } from '../../../test/system/test-system.ts';
import { type Actor, system as itself, type OrganisationId, type Role } from '../../domain/directory/actor.ts';
import { Refusal } from '../../domain/refusal.ts';
import * as members from '../directory/members.ts';
import * as record from '../log/record.ts';
import { sequence } from '../log/sequence.ts';
import type { System } from '../system.ts';
import * as submissions from './submissions.ts';
import * as waitingList from './waiting-list.ts';

let system: System;
let lab: Actor;
let office: Actor;
let outsider: Actor;
const model = { name: 'Tern', version: '2', digest: `sha256:${'ab'.repeat(32)}` };

async function newPerson(organisation: string, ...roles: Role[]): Promise<Actor> {
  const kind = { name: organisation, isHost: false, isSample: false };
  const made = await system.database.transaction(itself, (tx) =>
    members.found(system, tx, itself, kind, [{ name: 'Somebody', roles }]),
  );
  const { id, organisation: of } = made.people[0]!;
  return { kind: 'person', id, organisation: of, roles };
}

beforeAll(async () => {
  system = await testSystem();
  lab = await newPerson('Tidewater Models', 'release_manager');
  office = await newPerson('Office of Measured Capability', 'evaluator');
  outsider = await newPerson('Driftwood Models', 'release_manager', 'evaluator');
  await system.database.transaction(itself, (tx) =>
    tx
      .updateTable('organisations')
      .set({ is_shared: true })
      .where('id', '=', office.organisation as OrganisationId)
      .execute(),
  );
});

const refusalOf = (doing: Promise<unknown>) =>
  doing.then(
    () => 'done',
    (error) => (error instanceof Refusal ? error.code : String(error)),
  );

test('I5: outside its audience a submission and one that is missing are refused alike, and no list names it', async () => {
  const { id } = (await submissions.open(system, lab, model)).submission;

  for (const actor of [office, outsider]) {
    expect(await refusalOf(submissions.load(system, actor, id))).toBe('not_found');
    expect(await refusalOf(submissions.load(system, actor, 'submission_0'))).toBe('not_found');
    expect(await waitingList.list(system, actor, { limit: 10 })).toEqual([]);
  }
});

test('I6: only the developer widens the audience, and each party then sees who else is in it', async () => {
  const { id } = (await submissions.open(system, lab, model)).submission;

  const parties = await submissions.admit(system, lab, id, office.organisation as OrganisationId);

  expect(parties.map(({ name, capacity }) => [name, capacity])).toEqual([
    ['Tidewater Models', 'developer'],
    ['Office of Measured Capability', 'authority'],
  ]);
  const seen = await submissions.load(system, office, id);
  expect(seen).toMatchObject({ capacity: 'authority', parties });
  expect(
    await refusalOf(submissions.admit(system, { ...office, roles: ['release_manager'] }, id, 'organisation_x')),
  ).toBe('not_permitted');
  expect(await refusalOf(submissions.admit(system, outsider, id, outsider.organisation as OrganisationId))).toBe(
    'not_found',
  );
});

test('I7: the developer sees who read its file', async () => {
  const { id } = (await submissions.open(system, lab, model)).submission;
  await submissions.admit(system, lab, id, office.organisation as OrganisationId);
  await submissions.load(system, office, id);
  await sequence(system);

  const [newest] = await record.list(system, lab, { object: id, limit: 1 });
  expect(newest).toMatchObject({ type: 'access', did: 'submission_read' });
  expect(JSON.parse(newest?.body ?? '')).toMatchObject({ by: office.id, organisation: office.organisation });
});
