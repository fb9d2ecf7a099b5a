/** Scan claims over the API, on a real database: two agents scan one target (scenario 8), and nobody learns more than the one bit. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import type { FastifyInstance } from 'fastify';
import { sql } from 'kysely';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { testSystem } from '../../../test/system/test-system.ts';
import * as agents from '../../app/directory/agents.ts';
import * as members from '../../app/directory/members.ts';
import * as signIn from '../../app/directory/sign-in.ts';
import * as claims from '../../app/intake/claims.ts';
import type { System } from '../../app/system.ts';
import { tasks } from '../../app/tasks.ts';
import { type Actor, system as itself, type PersonId, type Role } from '../../domain/directory/actor.ts';
import { claimPolicy } from '../../domain/intake/claim-policy.ts';
import { build } from '../server.ts';

let system: System;
let server: FastifyInstance;
let now = '2026-03-01T09:30:00.000Z';

interface Firm {
  name: string;
  /** A person with all that firms of the test do. */
  person: Actor;
  /** Bearer token of their agent. */
  token: string;
}
let tidewater: Firm;
let driftwood: Firm;
let outsider: Firm;
let host: Firm;

const days = (count: number) => new Date(Date.parse(now) + count * 86_400_000).toISOString();

async function found(name: string, isHost: boolean, roles: Role[]): Promise<Firm> {
  const made = await system.database.transaction(itself, (tx) =>
    members.found(system, tx, itself, { name: `${name} (sample)`, isHost, isSample: false }, [
      { name: `Somebody of ${name}`, email: `somebody@${name.toLowerCase()}.example`, roles },
    ]),
  );
  const [{ id, organisation }] = made.people as [(typeof made.people)[0]];
  const person: Actor = { kind: 'person', id, organisation, roles, isHost };
  const { token } = await agents.add(system, person, {
    name: `Scanner of ${name}`,
    scopes: ['claims:write'],
    expiresAt: '2026-12-01T00:00:00.000Z',
  });
  return { name: `${name} (sample)`, person, token };
}

beforeAll(async () => {
  system = await testSystem({ now: () => now, env: { ASSAY_HTTP_REQUESTS_PER_MINUTE: '100000' } });
  server = await build(system, { version: 'test' });
  host = await found('Clearing', true, ['coordinator']);
  tidewater = await found('Tidewater', false, ['researcher', 'maintainer']);
  driftwood = await found('Driftwood', false, ['researcher']);
  outsider = await found('Outsider', false, ['researcher', 'auditor']);
});

let count = 0;
let purl = '';
beforeEach(() => {
  purl = `pkg:npm/sample-${++count}`;
});

async function call(firm: Firm, method: 'GET' | 'POST' | 'DELETE', path: string, body?: object) {
  const answer = await server.inject({
    method,
    url: `/api/v1${path}`,
    headers: { authorization: `Bearer ${firm.token}` },
    ...(body && { payload: body }),
  });
  return { status: answer.statusCode, body: answer.body === '' ? undefined : answer.json(), text: answer.body };
}

/** Cookies of the person, for acts that an agent may not do. */
async function callAsPerson(firm: Firm, method: 'GET' | 'POST' | 'DELETE', path: string, body?: object) {
  const link = await signIn.createLink(system, firm.person.id as PersonId);
  const cookie = `session=${await signIn.signInByLink(system, link.slice(link.indexOf('token=') + 6))}`;
  const answer = await server.inject({
    method,
    url: `/api/v1${path}`,
    headers: { cookie },
    ...(body && { payload: body }),
  });
  return { status: answer.statusCode, body: answer.body === '' ? undefined : answer.json(), text: answer.body };
}

interface Wanted {
  purl?: string;
  host?: string;
  versions?: string;
  path?: string;
  disclosure?: 'answer' | 'broker_only';
  days?: number;
  isCounted?: boolean;
  technique?: string;
}

const claimOf = ({
  disclosure = 'answer',
  days: lasts,
  isCounted = false,
  technique = 'fuzzing',
  ...scope
}: Wanted = {}) => ({
  scope: { ...(scope.host === undefined && { purl }), technique, ...scope },
  authority: scope.host
    ? { kind: 'written_permission', from: 'Birch (sample)', reference: 'letter of 1 February 2026, file 3' }
    : { kind: 'licence', from: 'MIT, a private copy' },
  disclosure,
  ...(lasts && { days: lasts }),
  isCounted,
});

async function register(firm: Firm, wanted: Wanted = {}): Promise<string> {
  const { status, body } = await call(firm, 'POST', '/claims', claimOf(wanted));
  expect([status, body.code ?? '']).toEqual([201, '']);
  return body.id;
}

const ask = (firm: Firm, claim: string, part: object = {}) => call(firm, 'POST', '/claim-queries', { claim, ...part });

test('two agents scan one target: the second learns of a conflict, and both are introduced once both agree', async () => {
  const first = await register(tidewater, { versions: 'vers:npm/>=1.0.0|<2.0.0', path: 'src' });
  const second = await register(driftwood, { versions: 'vers:npm/>=1.5.0', path: 'src/parser' });

  expect((await ask(driftwood, second)).text).toBe('{"answer":"conflict"}');
  expect((await call(tidewater, 'GET', `/claims/${first}`)).body).toMatchObject({
    wasAsked: true,
    introduction: { waiting: [], introduced: [] },
  });

  const asked = await callAsPerson(driftwood, 'POST', `/claims/${second}/introduction`, {
    contact: 'scans@driftwood.example',
  });
  expect(asked.status).toBe(204);
  const before = await call(driftwood, 'GET', `/claims/${second}`);
  expect(before.body.introduction).toMatchObject({ asked: { contact: 'scans@driftwood.example' }, introduced: [] });
  expect(before.text).not.toContain('Tidewater');
  const waiting = await call(tidewater, 'GET', `/claims/${first}`);
  expect(waiting.text).not.toContain('Driftwood');
  expect(waiting.text).not.toContain('driftwood.example');
  const [request] = waiting.body.introduction.waiting;

  const consent = { answer: 'consent', contact: 'research@tidewater.example' };
  expect((await callAsPerson(tidewater, 'POST', `/claim-introductions/${request.id}/answers`, consent)).status).toBe(
    204,
  );
  expect((await call(tidewater, 'GET', `/claims/${first}`)).body.introduction.introduced).toMatchObject([
    { organisation: driftwood.name, contact: 'scans@driftwood.example' },
  ]);
  expect((await call(driftwood, 'GET', `/claims/${second}`)).body.introduction.introduced).toMatchObject([
    { organisation: tidewater.name, contact: 'research@tidewater.example' },
  ]);
});

test('nobody is introduced while one side is silent, has declined or has taken the request back; who asked sees the same', async () => {
  const views: unknown[] = [];
  for (const reply of ['silence', 'decline', 'withdraw'] as const) {
    purl = `pkg:npm/sample-${++count}`;
    const first = await register(tidewater);
    const second = await register(driftwood);
    await ask(driftwood, second);
    await callAsPerson(driftwood, 'POST', `/claims/${second}/introduction`, { contact: 'a@driftwood.example' });
    const { waiting } = (await call(tidewater, 'GET', `/claims/${first}`)).body.introduction;
    const answers = `/claim-introductions/${waiting[0].id}/answers`;
    if (reply === 'withdraw') {
      expect((await callAsPerson(driftwood, 'DELETE', `/claims/${second}/introduction`)).status).toBe(204);
      const late = await callAsPerson(tidewater, 'POST', answers, {
        answer: 'consent',
        contact: 'b@tidewater.example',
      });
      expect(late.status).toBe(404);
    }
    if (reply === 'decline') {
      expect((await callAsPerson(tidewater, 'POST', answers, { answer: 'decline' })).status).toBe(204);
    }
    const { introduction, wasAsked } = (await call(driftwood, 'GET', `/claims/${second}`)).body;
    expect(introduction.introduced).toEqual([]);
    if (reply !== 'withdraw') views.push({ introduction, wasAsked });
  }

  expect(views[0]).toEqual(views[1]);
});

test('two who ask for each other are introduced without another act', async () => {
  const [first, second] = [await register(tidewater), await register(driftwood)];
  for (const [firm, id] of [
    [tidewater, first],
    [driftwood, second],
  ] as const) {
    await ask(firm, id);
    await callAsPerson(firm, 'POST', `/claims/${id}/introduction`, { contact: 'x@sample.example' });
  }

  expect((await call(tidewater, 'GET', `/claims/${first}`)).body.introduction.introduced).toHaveLength(1);
});

test('a claim that is left to the broker answers ask_broker, and its holder is not told that somebody asked', async () => {
  const first = await register(tidewater, { disclosure: 'broker_only' });
  const second = await register(driftwood);

  expect((await ask(driftwood, second)).text).toBe('{"answer":"ask_broker"}');
  expect((await ask(tidewater, first)).text).toBe('{"answer":"conflict"}');
  expect((await call(driftwood, 'GET', `/claims/${second}`)).body.wasAsked).toBe(false);
  expect((await call(tidewater, 'GET', `/claims/${first}`)).body.wasAsked).toBe(false);
  const refused = await callAsPerson(driftwood, 'POST', `/claims/${second}/introduction`, { contact: 'x' });
  expect(refused.body.code).toBe('claim_no_conflict');
});

test('no overlap is clear: other versions, another path, an ended claim, a claim of one’s own', async () => {
  const ended = await register(tidewater);
  await call(tidewater, 'POST', `/claims/${ended}/end`, { as: 'finished' });
  await register(tidewater, { versions: 'vers:npm/<1.0.0' });
  await register(tidewater, { versions: 'vers:npm/>=1.0.0', path: 'docs' });
  await register(driftwood, { versions: 'vers:npm/>=1.0.0', path: 'src' });
  const own = await register(driftwood, { versions: 'vers:npm/>=1.0.0', path: 'src' });

  expect((await ask(driftwood, own)).text).toBe('{"answer":"clear"}');
});

test('registering a claim answers the same whether or not others overlap', async () => {
  await register(tidewater);
  const overlapping = await call(driftwood, 'POST', '/claims', claimOf());
  purl = 'pkg:npm/sample-9999';
  const alone = await call(driftwood, 'POST', '/claims', claimOf());
  const plain = ({ body }: typeof alone, name: string) =>
    JSON.stringify({ ...body, id: '' }).replaceAll(name, 'the package');

  expect(plain(overlapping, `pkg:npm/sample-${count}`)).toBe(plain(alone, 'pkg:npm/sample-9999'));
});

test('I5: a claim of another organisation and none answer the same, byte for byte, to every way of asking', async () => {
  const theirs = await register(tidewater);
  const mine = await register(outsider);
  await ask(outsider, mine);
  const ways: [method: 'GET' | 'POST' | 'DELETE', path: (id: string) => string, body?: (id: string) => object][] = [
    ['GET', (id) => `/claims/${id}`],
    ['POST', (id) => `/claims/${id}/renewals`, () => ({ days: 3 })],
    ['POST', (id) => `/claims/${id}/end`, () => ({ as: 'cancelled' })],
    ['POST', () => '/claim-queries', (id) => ({ claim: id })],
  ];
  const personal: typeof ways = [
    ['POST', (id) => `/claims/${id}/introduction`, () => ({ contact: 'x@outsider.example' })],
    ['DELETE', (id) => `/claims/${id}/introduction`],
    ['POST', (id) => `/claim-introductions/${id}/answers`, () => ({ answer: 'decline' })],
  ];
  const bare = (text: string) => text.replace(/"requestId":"[^"]+"/, '');
  for (const [list, caller] of [
    [ways, call],
    [personal, callAsPerson],
  ] as const) {
    for (const [method, path, body] of list) {
      const existing = await caller(outsider, method, path(theirs), body?.(theirs));
      const missing = await caller(outsider, method, path('claim_0000'), body?.('claim_0000'));

      expect([existing.status, bare(existing.text)]).toEqual([404, bare(missing.text)]);
    }
  }
  // The people of the organisation that runs the instance are outsiders here too.
  expect((await callAsPerson(host, 'GET', `/claims/${theirs}`)).status).toBe(404);
  expect((await call(outsider, 'GET', '/claims')).text).not.toContain(theirs);
});

/** The statements that the database is sent while `work` runs, without the values. */
async function statementsOf(work: () => Promise<unknown>): Promise<string[]> {
  const sent: string[] = [];
  const wrapped: (() => void)[] = [];
  const listen = (client: { query: unknown }) => {
    const query = client.query as (...args: unknown[]) => unknown;
    client.query = (...args: unknown[]) => {
      sent.push(typeof args[0] === 'string' ? args[0] : (args[0] as { text: string }).text);
      return query.apply(client, args);
    };
    wrapped.push(() => {
      client.query = query;
    });
  };
  system.database.pool.on('acquire', listen);
  try {
    await work();
  } finally {
    system.database.pool.off('acquire', listen);
    for (const undo of wrapped.reverse()) undo();
  }
  return sent;
}

test('I5: the same work is done whatever others have claimed, when claiming, when asking and for what is not one’s own', async () => {
  const body = claimOf();
  const alone = await statementsOf(() => claims.register(system, driftwood.person, body as never));
  const own = (await claims.list(system, driftwood.person, { limit: 1 }))[0]?.claim.id as string;
  const answers: string[] = [];
  const asking = () =>
    statementsOf(async () => answers.push(await claims.ask(system, driftwood.person, { claim: own })));
  const first = await asking();
  const brokered = await register(tidewater, { disclosure: 'broker_only' });
  const second = await asking();
  const theirs = await register(outsider);
  const third = await asking();

  expect(answers).toEqual(['clear', 'ask_broker', 'conflict']);
  expect(first.length).toBeGreaterThan(10);
  expect(second).toEqual(first);
  expect(third).toEqual(first);
  expect(await statementsOf(() => claims.register(system, driftwood.person, body as never))).toEqual(alone);
  const refused = (id: string) => () => claims.load(system, driftwood.person, id).catch(() => {});
  expect(await statementsOf(refused(theirs))).toEqual(await statementsOf(refused('claim_0')));
  expect(await statementsOf(refused(brokered))).toEqual(await statementsOf(refused('claim_0')));
});

test('a question is asked on one’s own open claim, about a scope inside it', async () => {
  const mine = await register(driftwood, { versions: 'vers:npm/>=1.0.0|<2.0.0', path: 'src' });
  const codeOf = async (part: object) => (await ask(driftwood, mine, part)).body.code ?? 'answered';

  expect(await codeOf({ versions: 'vers:npm/1.2.3', path: 'src/a' })).toBe('answered');
  expect(await codeOf({ versions: 'vers:npm/>=1.0.0' })).toBe('claim_query_outside');
  expect(await codeOf({ path: '' })).toBe('claim_query_outside');
  expect(await codeOf({ path: 'srcs' })).toBe('claim_query_outside');
  expect(await codeOf({ versions: 'vers:pypi/1.0' })).toBe('scope_not_read');
  await call(driftwood, 'POST', `/claims/${mine}/end`, { as: 'cancelled' });
  expect(await codeOf({})).toBe('claim_ended');
});

test('questions about one target are rated by organisation, and registering anew does not begin the count again', async () => {
  const answers: string[] = [];
  let mine = await register(driftwood);
  for (let at = 0; at < claimPolicy.queriesPerTargetPerDay + 1; at++) {
    if (at === 5) {
      await call(driftwood, 'POST', `/claims/${mine}/end`, { as: 'cancelled' });
      mine = await register(driftwood);
    }
    const { status, body } = await ask(driftwood, mine);
    answers.push(status === 200 ? body.answer : body.code);
  }

  expect(answers.slice(0, -1)).toEqual(Array(claimPolicy.queriesPerTargetPerDay).fill('clear'));
  expect(answers.at(-1)).toBe('claim_query_rate');
});

test('of many questions at once no more are answered than of as many in a row', async () => {
  const mine = await register(driftwood);
  const answers = await Promise.all(
    Array.from({ length: claimPolicy.queriesPerTargetPerDay + 8 }, () => ask(driftwood, mine)),
  );

  expect(answers.filter(({ status }) => status === 200)).toHaveLength(claimPolicy.queriesPerTargetPerDay);
  expect(answers.filter(({ body }) => body.code === 'claim_query_rate')).toHaveLength(8);
});

test('two who ask for each other in the same moment are introduced once', async () => {
  const [first, second] = [await register(tidewater), await register(driftwood)];
  await ask(tidewater, first);
  await ask(driftwood, second);
  const contact = { contact: 'x@sample.example' };

  await Promise.all([
    callAsPerson(tidewater, 'POST', `/claims/${first}/introduction`, contact),
    callAsPerson(driftwood, 'POST', `/claims/${second}/introduction`, contact),
  ]);

  for (const [firm, id] of [
    [tidewater, first],
    [driftwood, second],
  ] as const) {
    expect((await call(firm, 'GET', `/claims/${id}`)).body.introduction.introduced).toHaveLength(1);
  }
});

test('the borders of another’s claim are not found by halving: few different scopes of a target are answered', async () => {
  await register(tidewater, { versions: 'vers:npm/>=3.0.0|<4.0.0' });
  const mine = await register(driftwood);
  const codes = [];
  for (const major of [1, 2, 4, 8, 16]) {
    const { body } = await ask(driftwood, mine, { versions: `vers:npm/<${major}.0.0` });
    codes.push(body.answer ?? body.code);
  }

  expect(codes).toEqual(['clear', 'clear', 'conflict', 'conflict', 'claim_query_rate']);
});

test('an organisation holds so many claims at one time and no more', async () => {
  const busy = await found('Busy', false, ['researcher']);
  for (let at = 0; at < claimPolicy.openMax; at++) {
    await claims.register(system, busy.person, {
      scope: { purl: `pkg:npm/busy-${at}`, technique: 'fuzzing' },
      authority: { kind: 'licence', from: 'MIT' },
      disclosure: 'answer',
      isCounted: false,
    });
  }
  const over = await call(busy, 'POST', '/claims', claimOf());
  expect([over.status, over.body.code]).toEqual([429, 'claim_quota']);

  const [one] = (await call(busy, 'GET', '/claims?limit=1')).body.items;
  await call(busy, 'POST', `/claims/${one.id}/end`, { as: 'finished' });
  expect((await call(busy, 'POST', '/claims', claimOf())).status).toBe(201);
});

test('a claim lasts seven days where nothing is said and thirty at most, and its holders are told a day before its end', async () => {
  const id = await register(tidewater);
  const kept = (await call(tidewater, 'GET', `/claims/${id}`)).body;
  expect([kept.state, kept.until]).toEqual(['claimed', days(7)]);
  expect((await call(tidewater, 'POST', '/claims', { ...claimOf(), days: 31 })).status).toBe(422);
  const renewed = (await call(tidewater, 'POST', `/claims/${id}/renewals`, { days: 30 })).body;
  expect([renewed.until, renewed.renewals]).toEqual([days(30), 1]);
  expect((await call(tidewater, 'POST', `/claims/${id}/renewals`, { days: 30 })).body.code).toBe('claim_not_longer');

  const jobs = async (task: string) => {
    const { rows } = await system.database.pool.query(
      `select payload, to_char(run_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "runAt"
       from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
       where t.identifier = $1 and payload::text like $2 order by j.id`,
      [task, task === 'tell_people' ? `%${tidewater.person.organisation}%` : `%${id}%`],
    );
    return rows;
  };
  expect(await jobs('remind_of_claim')).toEqual([
    { payload: { claim: id, until: days(7) }, runAt: days(6) },
    { payload: { claim: id, until: days(30) }, runAt: days(29) },
  ]);
  const told = async () => (await jobs('tell_people')).length;
  const before = await told();
  // The first lease was renewed: nobody is told of an end that does not come.
  await tasks.remind_of_claim(system, { claim: id, until: days(7) }, undefined);
  expect(await told()).toBe(before);
  await tasks.remind_of_claim(system, { claim: id, until: days(30) }, undefined);
  expect(await told()).toBe(before + 1);
});

test('a claim that nobody renews lapses, and lets the next one through', async () => {
  const mine = await register(tidewater, { days: 1 });
  const theirs = await register(driftwood, { days: 30 });
  const start = now;
  try {
    now = days(2);

    expect((await call(tidewater, 'GET', `/claims/${mine}`)).body).toMatchObject({ state: 'lapsed' });
    expect((await ask(driftwood, theirs)).text).toBe('{"answer":"clear"}');
  } finally {
    now = start;
  }
});

test('I15: every claim says from whom the authority comes; a host needs its owner’s written permission', async () => {
  const withAuthority = async (wanted: Wanted, authority: object) => {
    const { body } = await call(tidewater, 'POST', '/claims', { ...claimOf(wanted), authority });
    return body.code ?? body.state;
  };

  expect(await withAuthority({}, { kind: 'published_policy', from: 'Birch' })).toBe('claim_authority');
  expect(
    await withAuthority({}, { kind: 'published_policy', from: 'Birch', url: 'https://birch.example/security' }),
  ).toBe('claimed');
  expect(await withAuthority({ host: 'app.birch.example' }, { kind: 'own_software', from: 'Tidewater' })).toBe(
    'claim_authority',
  );
  expect(await withAuthority({ host: 'app.birch.example' }, { kind: 'written_permission', from: 'Birch' })).toBe(
    'claim_authority',
  );
  expect(await register(tidewater, { host: 'app.birch.example' })).toMatch(/^claim_/);
});

test('an agent claims and asks under its person, who is named beside it; introductions are a person’s act', async () => {
  const first = await register(tidewater);
  const second = await register(driftwood);
  await ask(driftwood, second);

  expect((await call(driftwood, 'GET', `/claims/${second}`)).body.by).toEqual({
    person: 'Somebody of Driftwood',
    agent: 'Scanner of Driftwood',
  });
  expect((await call(driftwood, 'POST', `/claims/${second}/introduction`, { contact: 'x' })).status).toBe(403);
  expect((await callAsPerson(tidewater, 'GET', `/claims/${first}`)).status).toBe(200);
});

test('the broker sees the overlaps that are left to it and writes to a holder; that the register was read is told to every holder alike', async () => {
  const first = await register(tidewater, { disclosure: 'broker_only', path: 'src' });
  const second = await register(driftwood, { path: 'src/a' });
  const apart = await register(outsider, { path: 'docs' });

  const { status, body } = await callAsPerson(host, 'GET', '/claim-overlaps');
  expect(status).toBe(200);
  const ours = body.items.filter((item: { sides: { claim: string }[] }) =>
    item.sides.some((side) => [first, second, apart].includes(side.claim)),
  );
  expect(ours).toMatchObject([{ overlap: 'yes', sides: [{ claim: first }, { claim: second }] }]);
  expect((await callAsPerson(tidewater, 'GET', '/claim-overlaps')).status).toBe(403);

  const text = 'Another holder works close by. Write to us if you would like to talk.';
  expect((await callAsPerson(host, 'POST', '/claim-overlaps/messages', { claim: first, text })).status).toBe(204);
  expect((await call(tidewater, 'GET', `/claims/${first}`)).body.messages).toMatchObject([{ text }]);
  const readers = async (firm: Firm) =>
    system.database.transaction(firm.person, async (tx) => {
      const rows = await tx.selectFrom('log_openings').select('did').where('did', '=', 'claims_read').execute();
      return rows.length;
    });
  expect(await readers(outsider)).toBe(await readers(tidewater));
  expect(await readers(outsider)).toBeGreaterThan(0);
});

test('row security alone: one organisation’s claims, questions and introductions are not there for another', async () => {
  const mine = await register(tidewater);
  await register(driftwood);
  await ask(tidewater, mine);
  await callAsPerson(tidewater, 'POST', `/claims/${mine}/introduction`, { contact: 'only-here@tidewater.example' });
  const tables = [
    'claims',
    'claim_events',
    'claim_queries',
    'claim_introductions',
    'claim_introduction_sides',
    'claim_introduction_wishes',
    'claim_messages',
  ];
  for (const table of tables) {
    const seenBy = (actor: Actor) =>
      system.database.transaction(actor, async (tx) => {
        const { rows } = await sql<{ text: string }>`select t::text as text from ${sql.table(table)} t`.execute(tx);
        return rows.map(({ text }) => text).join('\n');
      });
    for (const firm of [driftwood, outsider, host]) {
      const seen = await seenBy(firm.person);

      expect([table, seen.includes(mine), seen.includes('only-here')]).toEqual([table, false, false]);
      expect(seen).not.toContain(tidewater.person.organisation);
    }
  }
});

test('what is asked is on record with the asker, and with nobody else (I5, I7)', async () => {
  const theirs = await register(tidewater);
  const mine = await register(driftwood);
  await ask(driftwood, mine);
  const openings = (firm: Firm) =>
    system.database.transaction(firm.person, (tx) =>
      tx.selectFrom('log_openings').select(['did', 'body']).where('object', 'in', [mine, theirs]).execute(),
    );

  expect((await openings(driftwood)).map(({ did }) => did)).toEqual(['claim_registered', 'claim_question_asked']);
  expect((await openings(tidewater)).map(({ did }) => did)).toEqual(['claim_registered']);
});

const wishes = { isOptOut: true, languages: ['en'], preferredTechniques: [], contact: 'security@birch.example' };
const proof = { text: 'My name is in MAINTAINERS.', url: 'https://birch.example/MAINTAINERS' };

test('a maintainer’s wish is public at once as not confirmed, and answers questions only when a coordinator has confirmed it', async () => {
  const mine = await register(driftwood);
  expect((await call(tidewater, 'POST', '/intake-policies', { purl, policy: wishes, proof })).status).toBe(403);
  expect((await callAsPerson(driftwood, 'POST', '/intake-policies', { purl, policy: wishes, proof })).status).toBe(403);
  const stated = await callAsPerson(tidewater, 'POST', '/intake-policies', { purl, policy: wishes, proof });
  expect(stated.body).toMatchObject({
    standing: 'stated',
    statedBy: { person: 'Somebody of Tidewater', organisation: 'Tidewater (sample)' },
  });
  expect((await ask(driftwood, mine)).body.answer).toBe('clear');
  const ofPackage = `/intake-policies?purl=${encodeURIComponent(purl)}`;
  const anybody = await server.inject({ url: `/api/v1${ofPackage}` });
  expect(anybody.json().items).toMatchObject([{ id: stated.body.id, standing: 'stated', policy: wishes }]);

  const decisions = `/intake-policies/${stated.body.id}/decisions`;
  expect((await callAsPerson(tidewater, 'POST', decisions, { as: 'confirmed' })).status).toBe(403);
  expect((await callAsPerson(host, 'POST', decisions, { as: 'confirmed' })).body.standing).toBe('confirmed');
  expect((await ask(driftwood, mine)).body.answer).toBe('ask_broker');

  expect((await callAsPerson(tidewater, 'DELETE', `/intake-policies/${stated.body.id}`)).body.standing).toBe(
    'withdrawn',
  );
  expect((await ask(driftwood, mine)).body.answer).toBe('clear');
  expect((await call(driftwood, 'GET', ofPackage)).body.items).toEqual([]);
  const own = await callAsPerson(tidewater, 'GET', `${ofPackage}&of=own`);
  expect(own.body.items).toMatchObject([{ standing: 'withdrawn' }]);
});

test('stated again for the same package, a wish takes the place of the one before and waits to be confirmed', async () => {
  const other = 'pkg:npm/gangway';
  const state = async (policy: object) =>
    (await callAsPerson(tidewater, 'POST', '/intake-policies', { purl: other, policy, proof })).body;
  const first = await state(wishes);
  await callAsPerson(host, 'POST', `/intake-policies/${first.id}/decisions`, { as: 'confirmed' });

  const second = await state({ ...wishes, reportsPerWeek: 2 });

  const ofPackage = `/intake-policies?purl=${encodeURIComponent(other)}`;
  expect((await call(driftwood, 'GET', ofPackage)).body.items).toMatchObject([
    { id: second.id, standing: 'stated', policy: { reportsPerWeek: 2 } },
  ]);
  const own = await callAsPerson(tidewater, 'GET', `${ofPackage}&of=own`);
  expect(own.body.items.map(({ id, standing }: { id: string; standing: string }) => [id, standing])).toEqual([
    [second.id, 'stated'],
    [first.id, 'withdrawn'],
  ]);
  await callAsPerson(tidewater, 'DELETE', `/intake-policies/${second.id}`);
});

test('the coverage board counts claims a week late, of owners who let them be counted, and hides few', async () => {
  const board = async () => (await server.inject({ url: '/api/v1/coverage' })).json();
  const rows = (await board()).items as { purl: string; isUnclaimed: boolean | null }[];
  const five = [0, 40, 80, 120, 160].map((at) => rows[at]?.purl as string);
  const left = rows[200]?.purl as string;
  const start = now;
  try {
    // Three organisations claim five packages of the list; a sixth is claimed for the broker only.
    for (const [at, one] of five.entries()) {
      await register([tidewater, driftwood, outsider][at % 3] as Firm, { purl: one, isCounted: true, days: 30 });
    }
    await register(tidewater, { purl: left, isCounted: true, disclosure: 'broker_only', days: 30 });
    expect((await board()).isShown).toBe(false);
    now = days(7);
    expect((await board()).isShown).toBe(false);
    now = days(8);
    const shown = await board();
    const unclaimed = new Map(shown.items.map((row: (typeof rows)[0]) => [row.purl, row.isUnclaimed]));

    expect(shown.isShown).toBe(true);
    expect(five.map((one) => unclaimed.get(one))).toEqual([null, null, null, null, null]);
    expect(unclaimed.get(left)).toBe(true);
    expect(JSON.stringify(shown)).not.toMatch(/Tidewater|organisation_|claim_/);
  } finally {
    now = start;
  }
});

test('no input makes an unexpected answer', async () => {
  const text = fc.oneof(
    fc.string({ maxLength: 30 }),
    fc.constantFrom('pkg:npm/a', 'vers:npm/>1', '..', 'a/b', '\u0000'),
  );
  await fc.assert(
    fc.asyncProperty(text, text, text, async (one, versions, path) => {
      const body = { ...claimOf(), scope: { purl: one, versions, path, technique: 'fuzzing' } };
      const { status } = await call(outsider, 'POST', '/claims', body);

      expect([201, 422, 429]).toContain(status);
    }),
    { numRuns: 60 },
  );
});

test('cases and findings never answer a question (W5): it reads claims and wishes, and works where nothing else can be read', async () => {
  const root = new URL('../../', import.meta.url);
  const seen = new Set<string>();
  const walk = (file: URL) => {
    if (seen.has(file.href)) return;
    seen.add(file.href);
    const text = readFileSync(file, 'utf8');
    for (const [, name] of text.matchAll(/^(?:import|export)(?! type)[^;]*?from '(\.[^']+\.ts)'/gms)) {
      walk(new URL(name as string, file));
    }
  };
  walk(new URL('app/intake/claims.ts', root));
  const reached = [...seen].map((href) => href.slice(root.href.length)).sort();
  expect(reached).toContain('store/intake/claims.ts');
  expect(
    reached.filter((path) => /coordination|finding|hint|duplicate|batch|report|queue|validation/.test(path)),
  ).toEqual([]);

  const mine = await register(driftwood);
  await register(tidewater);
  const read = ['claims', 'claim_events', 'claim_queries', 'intake_policies', 'agents', 'agent_spending'];
  const { rows } = await system.database.pool.query<{ name: string }>(
    `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
     and relname not like 'log\\_%' and not relname = any($1)`,
    [read],
  );
  expect(rows.map(({ name }) => name)).toContain('findings');
  for (const { name } of rows) await system.database.pool.query(`revoke all on "${name}" from assay_app`);
  try {
    expect(await claims.ask(system, driftwood.person, { claim: mine })).toBe('conflict');
  } finally {
    for (const { name } of rows) {
      await system.database.pool.query(`grant select, insert, update, delete on "${name}" to assay_app`);
    }
  }
});
