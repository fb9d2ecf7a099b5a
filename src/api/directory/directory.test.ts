import { readFileSync } from 'node:fs';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { beforeAll, expect, test } from 'vitest';
import { testSystem } from '../../../test/system/test-system.ts';
import * as members from '../../app/directory/members.ts';
import * as signIn from '../../app/directory/sign-in.ts';
import { sequence } from '../../app/log/sequence.ts';
import type { System } from '../../app/system.ts';
import { type Actor, system as itself } from '../../domain/directory/actor.ts';
import * as rules from '../../domain/directory/session.ts';
import * as sessions from '../../store/directory/sessions.ts';
import { build } from '../server.ts';

let now = '2026-03-01T09:30:00.000Z';
let system: System;
let server: FastifyInstance;
/** Cookies of two administrators, of organisations that know nothing of each other, and of an operator of the first. */
let alder: Cast;
let birch: Cast;
let operator: Cast;

interface Cast {
  person: string;
  organisation: string;
  cookie: string;
}

const tokenOf = (link: string) => link.slice(link.indexOf('#token=') + 7);

async function enter(person: string): Promise<string> {
  const link = await signIn.createLink(system, person as 'person_x');
  const answer = await server.inject({ method: 'POST', url: '/api/v1/session', payload: { token: tokenOf(link) } });
  expect(answer.statusCode).toBe(200);
  const cookie = answer.cookies[0];
  return `${cookie?.name}=${cookie?.value}`;
}

async function castOf(name: string, isHost: boolean): Promise<{ administrator: Cast; operator: Cast }> {
  const made = await system.database.transaction(itself, (tx) =>
    members.found(system, tx, itself, { name, isHost, isSample: false }, [
      { name: `Admin of ${name}`, email: `admin@${name}.example`, roles: ['administrator'] },
      { name: `Operator of ${name}`, email: `operator@${name}.example`, roles: ['operator'] },
    ]),
  );
  const [first, second] = await Promise.all(
    made.people.map(async (one) => ({
      person: one.id,
      organisation: made.organisation.id,
      cookie: await enter(one.id),
    })),
  );
  return { administrator: first as Cast, operator: second as Cast };
}

beforeAll(async () => {
  system = await testSystem({ now: () => now });
  server = await build(system, { version: 'test' });
  const first = await castOf('alder', true);
  alder = first.administrator;
  operator = first.operator;
  birch = (await castOf('birch', false)).administrator;
});

function ask(cast: Cast | undefined, method: InjectOptions['method'], url: string, payload?: unknown) {
  return server.inject({
    ...(method !== undefined && { method }),
    url: `/api/v1${url}`,
    headers: cast === undefined ? {} : { cookie: cast.cookie },
    ...(payload !== undefined && { payload: payload as object }),
  });
}

test('nobody in particular has a session that says so', async () => {
  expect((await ask(undefined, 'GET', '/session')).json()).toEqual({
    roles: [],
    hasSample: false,
    sendsMail: false,
  });
});

test('a link signs in once, and the session says who and with which roles', async () => {
  const link = await signIn.createLink(system, operator.person as 'person_x');
  const first = await ask(undefined, 'POST', '/session', { token: tokenOf(link) });
  const second = await ask(undefined, 'POST', '/session', { token: tokenOf(link) });

  expect(first.statusCode).toBe(200);
  expect(first.json()).toMatchObject({ person: { id: operator.person }, roles: ['operator'] });
  expect(first.cookies[0]).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/' });
  expect(second.statusCode).toBe(422);
  expect(second.json().code).toBe('sign_in_link_not_valid');
});

test('of two who come with one link at once, one is let in', async () => {
  const token = tokenOf(await signIn.createLink(system, operator.person as 'person_x'));

  const answers = await Promise.all(Array.from({ length: 8 }, () => ask(undefined, 'POST', '/session', { token })));

  expect(answers.filter((one) => one.statusCode === 200).length).toBe(1);
});

test('a link is refused after 15 minutes', async () => {
  const token = tokenOf(await signIn.createLink(system, operator.person as 'person_x'));
  const before = now;
  now = rules.later(now, rules.linkAgeMaxMs);

  const answer = await ask(undefined, 'POST', '/session', { token });
  now = before;

  expect(answer.statusCode).toBe(422);
});

test('an address that is known and one that is not get the same answer; only the known one gets mail (I5)', async () => {
  const known = await ask(undefined, 'POST', '/session/links', { email: 'Admin@Alder.example ' });
  const unknown = await ask(undefined, 'POST', '/session/links', { email: 'nobody@alder.example' });
  await signIn.sendLink(system, 'admin@alder.example');
  await signIn.sendLink(system, 'nobody@alder.example');

  expect([known.statusCode, known.body]).toEqual([unknown.statusCode, unknown.body]);
  expect(known.headers['content-length']).toBe(unknown.headers['content-length']);
  const mailbox = readFileSync(system.mail.place, 'utf8');
  expect(mailbox).toContain('admin@alder.example');
  expect(mailbox).not.toContain('nobody@alder.example');
  expect(mailbox).toMatch(/sign-in#token=[A-Za-z0-9_-]{43}/);
});

test('nobody is sent more than three living links', async () => {
  const before = readFileSync(system.mail.place, 'utf8').split('\n').length;
  for (let times = 0; times < 6; times += 1) await signIn.sendLink(system, 'admin@birch.example');

  expect(readFileSync(system.mail.place, 'utf8').split('\n').length - before).toBeLessThanOrEqual(3);
});

test('a session ends when idle, and signing out ends it at once', async () => {
  const cookie = await enter(operator.person);
  const whose = async () => (await ask({ ...operator, cookie }, 'GET', '/session')).json().person?.id;
  const before = now;

  expect(await whose()).toBe(operator.person);
  now = rules.later(before, rules.sessionIdleMs);
  expect(await whose()).toBeUndefined();
  now = before;
  await ask({ ...operator, cookie }, 'DELETE', '/session');
  expect(await whose()).toBeUndefined();
});

test('signing out everywhere ends all sessions of the person and of nobody else', async () => {
  const one = await enter(operator.person);
  const other = await enter(operator.person);

  await ask({ ...operator, cookie: one }, 'DELETE', '/session?everywhere=true');

  for (const cookie of [one, other]) {
    expect((await ask({ ...operator, cookie }, 'GET', '/session')).json().person).toBeUndefined();
  }
  expect((await ask(alder, 'GET', '/session')).json().person.id).toBe(alder.person);
  operator = { ...operator, cookie: await enter(operator.person) };
});

test('an administrator adds people to their own organisation, who show up there and nowhere else', async () => {
  const added = await ask(alder, 'POST', '/people', {
    name: 'New Person',
    email: 'New@Alder.example',
    roles: ['maintainer'],
  });
  const again = { name: 'X', email: 'new@alder.example', roles: ['operator'] };
  const taken = await ask(alder, 'POST', '/people', again);
  const elsewhere = await ask(birch, 'POST', '/people', again);
  const idsSeenBy = async (cast: Cast) =>
    (await ask(cast, 'GET', '/people')).json().items.map((one: { id: string }) => one.id);

  expect(added.statusCode).toBe(201);
  expect(added.json()).toMatchObject({ email: 'new@alder.example', roles: ['maintainer'] });
  expect(taken.json().code).toBe('email_taken');
  // Otherwise birch would learn that somebody elsewhere has this address (I5).
  expect(elsewhere.statusCode).toBe(201);
  expect(await idsSeenBy(alder)).toContain(added.json().id);
  expect(await idsSeenBy(birch)).toEqual(expect.not.arrayContaining([added.json().id, alder.person]));
});

test('somebody new gets one first link from an administrator of their own organisation, until they have signed in', async () => {
  const added = { name: 'Newcomer', email: 'newcomer@alder.example', roles: ['operator'] };
  const { id } = (await ask(alder, 'POST', '/people', added)).json();
  const use = (url: string) => ask(undefined, 'POST', '/session', { token: tokenOf(url) });

  const first = await ask(alder, 'POST', `/people/${id}/links`);
  const second = await ask(alder, 'POST', `/people/${id}/links`);
  const elsewhere = await ask(birch, 'POST', `/people/${id}/links`);
  const nowhere = await ask(birch, 'POST', '/people/person_none/links');
  const byOperator = await ask(operator, 'POST', `/people/${id}/links`);

  expect([first.statusCode, second.statusCode, byOperator.statusCode]).toEqual([201, 201, 403]);
  expect(second.headers['cache-control']).toBe('no-store');
  expect([elsewhere.statusCode, elsewhere.json().detail]).toEqual([404, nowhere.json().detail]);
  expect((await use(first.json().url)).statusCode, 'a newer link ends the earlier one').toBe(422);
  expect((await use(second.json().url)).json().person.id).toBe(id);
  expect((await use(second.json().url)).statusCode).toBe(422);
  expect((await ask(alder, 'POST', `/people/${id}/links`)).json().code).toBe('has_signed_in');
  // Nor when no session is left to tell.
  await system.database.transaction(itself, (tx) => sessions.endAll(tx, id));
  expect((await ask(alder, 'POST', `/people/${id}/links`)).json().code).toBe('has_signed_in');
  await sequence(system);
  const did = (await ask(alder, 'GET', `/log/entries?object=${id}`))
    .json()
    .items.map((one: { did: string }) => one.did);
  expect(did.filter((one: string) => one === 'sign_in_link_made')).toHaveLength(2);
});

test('who has come in by one link has ended the others, such as the one an administrator holds', async () => {
  const added = { name: 'Second', email: 'second@alder.example', roles: ['operator'] };
  const { id } = (await ask(alder, 'POST', '/people', added)).json();
  const handed = (await ask(alder, 'POST', `/people/${id}/links`)).json().url;

  await enter(id);

  expect((await ask(undefined, 'POST', '/session', { token: tokenOf(handed) })).statusCode).toBe(422);
});

test('who leaves is out at once: sessions and agents too', async () => {
  const added = (
    await ask(alder, 'POST', '/people', { name: 'Leaver', email: 'leaver@alder.example', roles: ['operator'] })
  ).json();
  const leaver = { ...alder, person: added.id, cookie: await enter(added.id) };
  const agent = (
    await ask(leaver, 'POST', '/agents', {
      name: 'bot',
      scopes: ['inventories:read'],
      expiresAt: '2026-04-01T00:00:00.000Z',
    })
  ).json();

  const removed = await ask(alder, 'DELETE', `/people/${added.id}`);

  expect(removed.statusCode).toBe(204);
  expect((await ask(leaver, 'GET', '/session')).json().person).toBeUndefined();
  expect(
    (await server.inject({ url: '/api/v1/session', headers: { authorization: `Bearer ${agent.token}` } })).statusCode,
  ).toBe(401);
});

test('an agent’s token is shown once, works within its scopes until it expires or is revoked', async () => {
  const made = await ask(operator, 'POST', '/agents', {
    name: 'scanner',
    scopes: ['log:read'],
    expiresAt: '2026-03-02T00:00:00.000Z',
  });
  const { token, id } = made.json();
  const use = (method: 'GET' | 'POST', url: string) =>
    server.inject({ method, url: `/api/v1${url}`, headers: { authorization: `Bearer ${token}` } });
  const before = now;

  expect(made.statusCode).toBe(201);
  expect((await ask(operator, 'GET', `/agents/${id}`)).json()).not.toHaveProperty('token');
  expect((await use('GET', '/log/entries')).statusCode).toBe(200);
  expect((await use('GET', '/people')).statusCode).toBe(403);
  expect((await use('POST', '/people')).statusCode).toBe(403);
  now = '2026-03-02T00:00:00.000Z';
  expect((await use('GET', '/log/entries')).statusCode).toBe(401);
  now = before;
  expect((await ask(operator, 'DELETE', `/agents/${id}`)).statusCode).toBe(204);
  expect((await use('GET', '/log/entries')).statusCode).toBe(401);
});

test('a token may not outlive a year', async () => {
  const answer = await ask(operator, 'POST', '/agents', {
    name: 'eternal',
    scopes: ['log:read'],
    expiresAt: '2036-01-01T00:00:00.000Z',
  });

  expect(answer.json().code).toBe('expiry_too_late');
});

test('no token, cookie or link is kept as it is: the database holds digests', async () => {
  const made = await ask(operator, 'POST', '/agents', {
    name: 'kept',
    scopes: ['log:read'],
    expiresAt: '2026-03-02T00:00:00.000Z',
  });
  const link = await signIn.createLink(system, operator.person as 'person_x');
  const secrets = [made.json().token, tokenOf(link), operator.cookie.split('=')[1] as string];

  const { rows } = await system.database.pool.query<{ name: string }>(
    `select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`,
  );
  for (const { name } of rows) {
    const { rows: all } = await system.database.pool.query(`select t::text as text from "${name}" t`);
    for (const secret of secrets) {
      expect(all.filter((row) => row.text.includes(secret))).toEqual([]);
    }
  }
});

const missing = { people: 'person_missing', organisations: 'organisation_missing', agents: 'agent_missing' };

/** The problem without what differs between any two requests. */
const bare = (body: string) => body.replace(/"requestId":"[^"]*"/, '"requestId":""');

test.each([
  ['GET', 'people'],
  ['DELETE', 'people'],
  ['GET', 'organisations'],
  ['GET', 'agents'],
  ['DELETE', 'agents'],
] as const)(
  '%s of another organisation’s %s answers as if it did not exist: status, body and headers (I5)',
  async (method, kind) => {
    const agent = (
      await ask(alder, 'POST', '/agents', {
        name: 'secret agent',
        scopes: ['log:read'],
        expiresAt: '2026-04-01T00:00:00.000Z',
      })
    ).json();
    const theirs = { people: alder.person, organisations: alder.organisation, agents: agent.id }[kind];

    const other = await ask(birch, method, `/${kind}/${theirs}`);
    const none = await ask(birch, method, `/${kind}/${missing[kind]}`);

    expect(none.statusCode).toBe(404);
    expect(other.statusCode).toBe(404);
    expect(bare(other.body)).toBe(bare(none.body));
    const comparable = (headers: Record<string, unknown>) =>
      Object.keys(headers)
        .filter((name) => !/^(x-request-id|date|x-ratelimit)/.test(name))
        .map((name) => [name, name === 'content-length' ? 'n' : headers[name]]);
    expect(comparable(other.headers)).toEqual(comparable(none.headers));
  },
);

test('another’s and a missing thing take the same time (I5)', { timeout: 120_000 }, async () => {
  const times = { other: 0, none: 0 };
  const actor: Actor = {
    kind: 'person',
    id: birch.person as 'person_x',
    organisation: birch.organisation as 'organisation_x',
    roles: [],
  };
  const measure = async (kind: 'other' | 'none', id: string) => {
    const start = performance.now();
    await members.findPerson(system, actor, id).catch(() => {});
    times[kind] = performance.now() - start;
  };
  const ratios: number[] = [];
  for (let round = 0; round < 600; round += 1) {
    // In turns, and each first as often as second: whatever else the machine does falls on both.
    const order = [
      ['other', alder.person],
      ['none', `person_${'0'.repeat(32)}`],
    ] as const;
    for (const [kind, id] of round % 2 === 0 ? order : order.toReversed()) await measure(kind, id);
    ratios.push(times.other / times.none);
  }

  const median = ratios.toSorted((one, two) => one - two)[ratios.length >> 1];
  expect(median).toBeGreaterThan(0.8);
  expect(median).toBeLessThan(1.25);
});

test('every act of the directory is on record for those concerned, and refused tries are too (I7)', async () => {
  now = '2026-03-01T09:40:00.000Z';
  const victim = (
    await ask(alder, 'POST', '/people', { name: 'Victim', email: 'victim@alder.example', roles: ['operator'] })
  ).json();
  await ask(birch, 'GET', `/people/${victim.id}`);
  await ask(birch, 'GET', '/people/person_missing');
  // Counted after the answer was given.
  await new Promise((resolve) => setTimeout(resolve, 200));
  now = '2026-03-01T09:41:00.000Z';
  await sequence(system);

  const mine = (await ask(alder, 'GET', '/log/entries?limit=200')).json().items as {
    did: string;
    object: string;
    body: string;
  }[];
  const theirs = (await ask(birch, 'GET', '/log/entries?limit=200')).json().items as { did: string; object: string }[];

  expect(mine.map((one) => one.did)).toEqual(
    expect.arrayContaining(['organisation_admitted', 'person_added', 'signed_in', 'agent_made', 'person_left']),
  );
  const denied = mine.filter((one) => one.did === 'access_denied' && one.object === birch.person);
  expect(denied.length).toBeGreaterThan(0);
  expect(JSON.parse(denied[0]?.body ?? '{}').objectDigests.length).toBe(2);
  expect(theirs.map((one) => one.object)).not.toContain(victim.id);
  expect(theirs.filter((one) => one.did === 'access_denied')).toEqual([]);
});

test('one with the same address in two organisations gets a link for each', async () => {
  const both = { name: 'Both', email: 'both@shared.example', roles: ['operator'] };
  await ask(alder, 'POST', '/people', both);
  await ask(birch, 'POST', '/people', both);

  await signIn.sendLink(system, 'both@shared.example');

  const mails = readFileSync(system.mail.place, 'utf8')
    .split('\n')
    .filter((line) => line.includes('both@shared.example'));
  expect(mails.length).toBe(2);
  expect(mails.join()).toContain('member of alder');
  expect(mails.join()).toContain('member of birch');
});

test('people change their own name and address, and nobody’s roles; an administrator changes all three', async () => {
  const made = (
    await ask(alder, 'POST', '/people', { name: 'Before', email: 'before@alder.example', roles: ['operator'] })
  ).json();
  const self = { ...alder, person: made.id, cookie: await enter(made.id) };

  const named = await ask(self, 'PATCH', `/people/${made.id}`, { name: 'After', email: 'After@alder.example' });
  const grabbed = await ask(self, 'PATCH', `/people/${made.id}`, { roles: ['administrator'] });
  const meddled = await ask(self, 'PATCH', `/people/${operator.person}`, { name: 'Meddled' });
  const taken = await ask(self, 'PATCH', `/people/${made.id}`, { email: 'admin@alder.example' });
  const given = await ask(alder, 'PATCH', `/people/${made.id}`, { roles: ['maintainer'] });

  expect(named.json()).toMatchObject({ name: 'After', email: 'after@alder.example', roles: ['operator'] });
  expect([grabbed.statusCode, meddled.statusCode, taken.statusCode]).toEqual([403, 403, 409]);
  expect(given.json()).toMatchObject({ name: 'After', roles: ['maintainer'] });
  expect((await ask(self, 'GET', '/session')).json().roles).toEqual(['maintainer']);
});

test('an organisation keeps at least one administrator', async () => {
  const left = await ask(birch, 'DELETE', `/people/${birch.person}`);
  const lowered = await ask(birch, 'PATCH', `/people/${birch.person}`, { roles: ['operator'] });

  expect([left.json().code, lowered.json().code]).toEqual(['last_administrator', 'last_administrator']);
});

test('of two administrators who remove each other at once, one stays', async () => {
  const { administrator, operator: second } = await castOf('dogwood', false);
  await ask(administrator, 'PATCH', `/people/${second.person}`, { roles: ['administrator'] });

  const answers = await Promise.all([
    ask(administrator, 'DELETE', `/people/${second.person}`),
    ask(second, 'DELETE', `/people/${administrator.person}`),
  ]);

  expect(answers.filter((one) => one.statusCode === 204).length).toBe(1);
});

test('an administrator renames their own organisation and no other', async () => {
  const own = await ask(alder, 'PATCH', `/organisations/${alder.organisation}`, { name: 'Alder & Co' });
  const other = await ask(birch, 'PATCH', `/organisations/${alder.organisation}`, { name: 'Ours now' });

  expect(own.json().name).toBe('Alder & Co');
  expect(other.statusCode).toBe(404);
});

test('I5: an organisation is hidden from others until its administrator shows its name, and hidden again when they say so', async () => {
  const path = `/organisations/${birch.organisation}`;

  const meddled = await ask(operator, 'PATCH', `/organisations/${alder.organisation}`, { isShared: true });
  expect(meddled.statusCode).toBe(403);
  expect((await ask(alder, 'GET', path)).statusCode).toBe(404);
  expect((await ask(birch, 'PATCH', path, { isShared: true })).json()).toMatchObject({ name: 'birch', isShared: true });
  expect((await ask(alder, 'GET', path)).json()).toMatchObject({ name: 'birch' });
  await ask(birch, 'PATCH', path, { isShared: false });
  expect((await ask(alder, 'GET', path)).statusCode).toBe(404);
});

test('on an empty instance the first administrator gets a link at each start until they can come back by themselves', async () => {
  const empty = await testSystem({ now: () => now });

  const link = await members.firstAdministrator(empty);

  expect(link).toMatch(/^http:\/\/localhost:8414\/sign-in#token=/);
  expect(await members.firstAdministrator(empty)).toMatch(/sign-in#token=/);
  const secret = await signIn.signInByLink(empty, tokenOf(link as string));
  const actor = await signIn.byCookie(empty, secret);
  expect(actor).toMatchObject({ roles: ['administrator', 'operator'], isHost: true });
  await members.change(empty, actor as Actor, actor?.id as string, { email: 'first@alder.example' });
  expect(await members.firstAdministrator(empty)).toBeUndefined();
});

test('only an administrator of the organisation that runs the instance admits others', async () => {
  const asked = { name: 'cedar', administrator: { name: 'C', email: 'c@cedar.example' } };

  expect((await ask(birch, 'POST', '/organisations', asked)).statusCode).toBe(403);
  expect((await ask(operator, 'POST', '/organisations', asked)).statusCode).toBe(403);
  expect((await ask(alder, 'POST', '/organisations', asked)).statusCode).toBe(201);
});
