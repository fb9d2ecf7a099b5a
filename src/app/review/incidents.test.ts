import { beforeAll, expect, test } from 'vitest';
import { testSystem } from '../../../test/system/test-system.ts';
import { type Actor, system as itself, type Role } from '../../domain/directory/actor.ts';
import { Refusal } from '../../domain/refusal.ts';
import * as windowStore from '../../store/review/windows.ts';
import * as members from '../directory/members.ts';
import * as record from '../log/record.ts';
import { sequence } from '../log/sequence.ts';
import type { System } from '../system.ts';
import * as grants from './grants.ts';
import * as incidents from './incidents.ts';
import * as ledger from './ledger.ts';
import * as submissions from './submissions.ts';
import * as windows from './windows.ts';

let system: System;
let lead: Actor;
let evaluator: Actor;
let second: Actor;
let outsider: Actor;

async function newPerson(name: string, ...roles: Role[]): Promise<Actor> {
  const kind = { name, isHost: false, isSample: false };
  const made = await system.database.transaction(itself, (tx) =>
    members.found(system, tx, itself, kind, [{ name, roles }]),
  );
  return { kind: 'person', id: made.people[0]!.id, organisation: made.organisation.id, roles };
}

beforeAll(async () => {
  system = await testSystem();
  lead = await newPerson('Tidewater Models (sample)', 'security_lead', 'release_manager');
  evaluator = await newPerson('Office of Measured Capability (sample)', 'evaluator');
  second = await newPerson('Second Office (sample)', 'evaluator');
  outsider = await newPerson('Driftwood Models (sample)', 'security_lead', 'evaluator');
  await system.database.owner.updateTable('organisations').set({ is_shared: true }).execute();
});

const refusalOf = (doing: () => Promise<unknown>) =>
  Promise.resolve()
    .then(doing)
    .then(
      () => 'done',
      (error) => (error instanceof Refusal ? error.code : String(error)),
    );

const terms = {
  method: 'enclave',
  variant: 'shipping',
  model: 'tern',
  ratePerMinute: null,
  hours: null,
  logging: 'counts_only',
  retentionDays: 30,
  notes: '',
  startsAt: '2026-03-01T00:00:00.000Z',
  expiresAt: '2026-04-01T00:00:00.000Z',
} as const;

/** A file that two authorities know of, with a grant for each; its window runs. */
async function newSubmission(): Promise<string> {
  const { id } = (await submissions.open(system, lead, { name: 'Tern', version: '2', digest: null })).submission;
  for (const { organisation } of [evaluator, second]) {
    await submissions.admit(system, lead, id, organisation as string);
    await grants.offer(system, lead, id, {
      ...terms,
      purposes: ['capability_evaluation'],
      to: organisation as string,
    });
  }
  const acts: [Actor, windows.Asked][] = [
    [lead, { act: 'offer', policy: { name: 'window-30' }, terms: 'Sample terms 1.0' }],
    [evaluator, { act: 'accept_terms' }],
    [lead, { act: 'verify_access' }],
    [evaluator, { act: 'verify_access' }],
  ];
  for (const [after, [actor, asked]] of acts.entries()) await windows.act(system, actor, id, asked, after);
  return id;
}

const statesOf = async (id: string) => (await grants.list(system, lead, id)).items.map(({ state }) => state);
const what = 'An agent under test reached a host outside its enclave.';

test('scenario 4: any party raises it; all access ends and the window pauses in the same transaction, before anything is told', async () => {
  const id = await newSubmission();

  const raised = await incidents.raise(system, evaluator, id, { what });

  expect(raised).toMatchObject({ state: 'raised', incident: { grantsCut: 2, raisedBy: evaluator.id } });
  expect(await statesOf(id)).toEqual(['revoked', 'revoked']);
  expect((await windows.load(system, lead, id)).view).toMatchObject({ state: 'paused', isAccessOpen: false });
  await sequence(system);
  const dids = (await record.list(system, lead, { object: id, limit: 20 })).map(({ did, opening }) => [opening, did]);
  const cut = dids.find(([, did]) => did === 'access_revoked')?.[0] as number;
  const told = (await record.list(system, lead, { object: raised.incident.id, limit: 1 }))[0]?.opening as number;
  expect(cut).toBeLessThan(told);
});

test('access is cut also where the window cannot be paused: before it runs, after it ended, or with a broken record', async () => {
  const { id: planned } = (await submissions.open(system, lead, { name: 'Tern', version: '3', digest: null }))
    .submission;
  const ended = await newSubmission();
  await windows.act(system, lead, ended, { act: 'release' }, undefined);
  const broken = await newSubmission();
  await system.database.transaction(itself, async (tx) => {
    const [first] = await windowStore.events(tx, broken);
    await windowStore.add(
      tx,
      { id: broken, audience: (await audienceOf(broken)) as string },
      { ...first!, number: 9, act: 'resume' } as never,
      undefined,
    );
  });

  for (const id of [planned, ended, broken]) {
    expect((await incidents.raise(system, lead, id, { what })).state).toBe('raised');
    expect((await statesOf(id)).every((state) => state === 'revoked')).toBe(true);
  }
});

const audienceOf = async (id: string) =>
  (await system.database.owner.selectFrom('submissions').select('audience_id').where('id', '=', id).executeTakeFirst())
    ?.audience_id;

test('I5, I6: it has its own audience, which only the developer widens, and only to parties of the file', async () => {
  const id = await newSubmission();
  const { incident } = await incidents.raise(system, evaluator, id, { what, organisations: [] });

  expect((await incidents.load(system, lead, incident.id)).organisations.map(({ name }) => name)).toEqual([
    'Office of Measured Capability (sample)',
    'Tidewater Models (sample)',
  ]);
  for (const actor of [second, outsider]) {
    for (const one of [incident.id, 'incident_0']) {
      expect(await refusalOf(() => incidents.load(system, actor, one))).toBe('not_found');
      expect(await refusalOf(() => incidents.messages(system, actor, one, { after: 0, limit: 10 }))).toBe('not_found');
      expect(await refusalOf(() => incidents.write(system, actor, one, 'Hello'))).toBe('not_found');
    }
  }
  expect(await incidents.list(system, second, id)).toEqual([]);
  await sequence(system);
  const seen = await ledger.list(system, second, id, { limit: 100 });
  expect(JSON.stringify(seen)).not.toContain(incident.id);

  expect(await refusalOf(() => incidents.admit(system, evaluator, incident.id, second.organisation as string))).toBe(
    'not_permitted',
  );
  expect(await refusalOf(() => incidents.admit(system, lead, incident.id, outsider.organisation as string))).toBe(
    'grantee_not_party',
  );
  const agent: Actor = { ...lead, kind: 'agent', id: 'agent_x', principal: lead.id as 'person_x' };
  expect(await refusalOf(() => incidents.admit(system, agent, incident.id, second.organisation as string))).toBe(
    'not_permitted',
  );
  await incidents.admit(system, lead, incident.id, second.organisation as string);
  expect((await incidents.load(system, second, incident.id)).incident.what).toBe(what);
});

test('the two sides write in its thread; the developer says by which facts it is contained and resolved', async () => {
  const id = await newSubmission();
  const { incident } = await incidents.raise(system, evaluator, id, { what, organisations: [] });
  await incidents.write(system, evaluator, incident.id, 'The host was ours.');
  await incidents.write(system, lead, incident.id, 'Seen.');

  const [first] = await incidents.messages(system, lead, incident.id, { after: 0, limit: 1 });
  expect(first).toMatchObject({
    text: 'The host was ours.',
    organisationName: 'Office of Measured Capability (sample)',
  });
  const rest = await incidents.messages(system, lead, incident.id, { after: first!.id, limit: 10 });
  expect(rest.map(({ text }) => text)).toEqual(['Seen.']);

  expect(await refusalOf(() => incidents.settle(system, evaluator, incident.id, { as: 'contained', facts: 'x' }))).toBe(
    'not_permitted',
  );
  expect(await refusalOf(() => incidents.settle(system, lead, incident.id, { as: 'resolved', facts: 'x' }))).toBe(
    'incident_not_now',
  );
  await incidents.settle(system, lead, incident.id, { as: 'contained', facts: 'Both networks checked.' });
  const resolved = await incidents.settle(system, lead, incident.id, { as: 'resolved', facts: 'The route is closed.' });
  expect(resolved).toMatchObject({ state: 'resolved', incident: { containedFacts: 'Both networks checked.' } });
});

test('I12: what happened and what was written are in no log entry and in no mail', async () => {
  const id = await newSubmission();
  const marker = 'sandpiper-4711';
  const { incident } = await incidents.raise(system, evaluator, id, { what: marker });
  await incidents.write(system, lead, incident.id, marker);
  await incidents.settle(system, lead, incident.id, { as: 'contained', facts: marker });

  const logged = await system.database.owner.selectFrom('log_openings').select('body').execute();
  expect(logged.filter(({ body }) => body.includes(marker))).toEqual([]);
  const { rows } = await system.database.pool.query(
    'select 1 from graphile_worker._private_jobs where payload::text like $1',
    [`%${marker}%`],
  );
  expect(rows).toEqual([]);
});

test('who works for neither side of the file raises nothing', async () => {
  const id = await newSubmission();
  expect(await refusalOf(() => incidents.raise(system, outsider, id, { what }))).toBe('not_found');
  expect(await refusalOf(() => incidents.raise(system, { ...evaluator, roles: ['auditor'] }, id, { what }))).toBe(
    'not_permitted',
  );
  expect(
    await refusalOf(() =>
      incidents.raise(system, lead, id, { what, organisations: [outsider.organisation as string] }),
    ),
  ).toBe('invalid_request');
  expect(await statesOf(id)).toEqual(['offered', 'offered']);
});
