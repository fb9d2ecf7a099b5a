import { expect, test } from 'vitest';
import { Refusal, whyNot } from '../refusal.ts';
import { type Actor, anonymous, roles, system } from './actor.ts';
import * as permission from './permission.ts';
import * as session from './session.ts';

const now = '2026-03-01T12:00:00.000Z';
const ago = (ms: number) => session.later(now, -ms);

test('a session ends after idle time, and after its whole time even when used', () => {
  const endsAt = session.later(now, session.sessionAgeMaxMs);

  expect(session.isLive({ seenAt: ago(session.sessionIdleMs - 1), endsAt }, now)).toBe(true);
  expect(session.isLive({ seenAt: ago(session.sessionIdleMs), endsAt }, now)).toBe(false);
  expect(session.isLive({ seenAt: now, endsAt: now }, now)).toBe(false);
});

test('a session is fresh for a few minutes after a passkey, never after a link', () => {
  const live = { seenAt: now, endsAt: session.later(now, 1000) };

  expect(session.isFresh({ ...live, verifiedAt: ago(session.stepUpAgeMaxMs - 1) }, now)).toBe(true);
  expect(session.isFresh({ ...live, verifiedAt: ago(session.stepUpAgeMaxMs) }, now)).toBe(false);
  expect(session.isFresh(live, now)).toBe(false);
});

const agent: Actor = {
  kind: 'agent',
  id: 'agent_1',
  principal: 'person_1',
  organisation: 'organisation_1',
  roles: [...roles],
  scopes: ['inventories:read'],
};

test('an agent reads and writes only what its scopes say, whatever its person may do (I16)', () => {
  const code = (method: string, area: string, actor = agent) =>
    whyNot(() => permission.requireScope(actor, method, area))?.code;

  expect(code('GET', 'inventories')).toBeUndefined();
  expect(code('POST', 'inventories')).toBe('not_permitted');
  expect(code('GET', 'log')).toBe('not_permitted');
  expect(code('GET', 'advisories')).toBeUndefined();
  expect(code('POST', 'imports')).toBe('not_permitted');
  expect(code('POST', 'imports', { ...agent, scopes: ['advisories:write'] })).toBeUndefined();
  expect(code('GET', 'inventories', { ...agent, scopes: ['inventories:write'] })).toBeUndefined();
});

test.each(['people', 'organisations', 'agents', 'passkeys'])('no scope opens %s to an agent (I6, I16)', (area) => {
  const all = { ...agent, scopes: [...permission.scopes] };

  expect(() => permission.requireScope(all, 'GET', area)).toThrow(Refusal);
  expect(() => permission.requireScope(all, 'POST', area)).toThrow(Refusal);
});

test('who has not signed in is told to, who has not the role is told whom to ask', () => {
  const person: Actor = { kind: 'person', id: 'person_1', roles: ['operator'] };

  expect(whyNot(() => permission.requireRole(anonymous, 'operator'))?.code).toBe('not_signed_in');
  expect(whyNot(() => permission.requireRole(person, 'administrator'))?.code).toBe('not_permitted');
  expect(whyNot(() => permission.requireRole(person, 'operator', 'auditor'))).toBeUndefined();
  expect(whyNot(() => permission.requireRole(system, 'administrator'))).toBeUndefined();
  expect(whyNot(() => permission.requirePerson(agent))?.code).toBe('not_permitted');
});
