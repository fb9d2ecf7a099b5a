import type { FastifyInstance } from 'fastify';
import { beforeAll, expect, test } from 'vitest';
import { testSystem } from '../../../test/system/test-system.ts';
import * as members from '../../app/directory/members.ts';
import * as signIn from '../../app/directory/sign-in.ts';
import type { System } from '../../app/system.ts';
import { system as itself, type Role } from '../../domain/directory/actor.ts';
import { differences } from '../../domain/review/window-export.ts';
import * as contract from '../contract/windows.ts';
import { build } from '../server.ts';

let system: System;
let server: FastifyInstance;
let manager: string;
let evaluator: string;
let office: string;

async function enter(name: string, role: Role) {
  const kind = { name, isHost: name === 'office', isSample: false };
  const made = await system.database.transaction(itself, (tx) =>
    members.found(system, tx, itself, kind, [{ name, roles: [role] }]),
  );
  const link = await signIn.createLink(system, made.people[0]?.id as 'person_x');
  const session = await signIn.signInByLink(system, link.slice(link.indexOf('token=') + 6));
  return { cookie: `session=${session}`, organisation: made.organisation.id };
}

beforeAll(async () => {
  system = await testSystem();
  server = await build(system, { version: 'test' });
  const lab = await enter('tidewater', 'release_manager');
  const authority = await enter('office', 'evaluator');
  manager = lab.cookie;
  evaluator = authority.cookie;
  office = authority.organisation;
  await system.database.owner.updateTable('organisations').set({ is_shared: true }).execute();
});

const get = (cookie: string, path: string) => server.inject({ url: `/api/v1${path}`, headers: { cookie } });
const post = (cookie: string, path: string, payload: object, headers = {}) =>
  server.inject({ method: 'POST', url: `/api/v1${path}`, headers: { cookie, ...headers }, payload });

async function newSubmission(): Promise<string> {
  const { id } = (await post(manager, '/submissions', { model: { name: 'Tern', version: '2' } })).json();
  await post(manager, `/submissions/${id}/parties`, { organisation: office, handedVersion: null });
  return id;
}
const offer = { act: 'offer', policy: { name: 'window-30' }, terms: 'Sample terms 1.0', after: 0 };

test('scenario 1 over the API: offer, terms, access seen by both, and the answer says what each may do', async () => {
  const path = `/submissions/${await newSubmission()}/window`;
  expect((await get(manager, path)).json()).toMatchObject({
    view: { state: 'planned' },
    events: [],
    capacity: 'developer',
  });

  expect((await post(manager, `${path}/events`, offer)).statusCode).toBe(201);
  await post(evaluator, `${path}/events`, { act: 'accept_terms', after: 1 });
  await post(manager, `${path}/events`, { act: 'verify_access', after: 2 });
  const last = await post(evaluator, `${path}/events`, { act: 'verify_access', after: 3 });

  expect(last.json()).toMatchObject({
    capacity: 'authority',
    view: { state: 'running', endsAt: '2026-03-31T09:30:00.000Z', limitMs: 30 * 86_400_000 },
    can: ['pause', 'conclude'],
  });
  const exported = contract.WindowExport.parse((await get(evaluator, `${path}/export`)).json());
  expect(differences(exported as never)).toEqual([]);
  const calendar = await get(manager, `${path}.ics`);
  expect(calendar.headers['content-type']).toBe('text/calendar; charset=utf-8');
  expect(calendar.body).toContain('DTSTART:20260331T093000Z');
  expect(calendar.body).not.toContain('Tern');
});

test('an act on what was not seen is 412; the same request again is answered again and done once', async () => {
  const path = `/submissions/${await newSubmission()}/window`;
  const key = { 'idempotency-key': 'one' };

  const [first, again] = [
    await post(manager, `${path}/events`, offer, key),
    await post(manager, `${path}/events`, offer, key),
  ];
  expect(again.body).toBe(first.body);
  expect((await post(manager, `${path}/events`, offer)).statusCode).toBe(412);
  expect((await post(evaluator, `${path}/events`, { act: 'accept_terms' })).statusCode).toBe(412);
  expect((await get(manager, path)).json().events).toHaveLength(1);
});

test('I1: a release needs nothing seen, and no refusal of the window speaks of leave', async () => {
  const path = `/submissions/${await newSubmission()}/window`;

  const released = await post(manager, `${path}/events`, { act: 'release' });

  expect(released.statusCode).toBe(201);
  expect(released.json().view).toMatchObject({ state: 'released', isAccessOpen: false });
  const late = await post(manager, `${path}/events`, { ...offer, after: 1 });
  expect([late.statusCode, late.json().code]).toEqual([409, 'window_ended']);
  expect(late.body).not.toMatch(/permit|allow|approv|clear/i);
});

test('what is no event is refused with its fields', async () => {
  const path = `/submissions/${await newSubmission()}/window/events`;

  for (const body of [{}, { act: 'approve' }, { act: 'pause', after: 0 }, { ...offer, anchor: 'tomorrow' }])
    expect((await post(manager, path, body)).statusCode).toBe(422);
  expect((await post(manager, path, { ...offer, policy: { name: 'window-60' } })).json().code).toBe(
    'window_policy_unknown',
  );
});

test('the policies are public, each rule with its source', async () => {
  const { items } = (await server.inject({ url: '/api/v1/window-policies' })).json();

  expect(items.map((policy: { name: string }) => policy.name)).toEqual(['window-30', 'window-14', 'window-90']);
  expect(items[0].rules['window.max_days']).toMatchObject({ value: 30, source: 'order' });
});
