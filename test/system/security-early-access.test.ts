import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { build } from '../../src/api/server.ts';
import * as members from '../../src/app/directory/members.ts';
import * as signIn from '../../src/app/directory/sign-in.ts';
import * as record from '../../src/app/log/record.ts';
import { sequence } from '../../src/app/log/sequence.ts';
import * as incidents from '../../src/app/review/incidents.ts';
import * as submissionAudience from '../../src/app/review/submission-audience.ts';
import * as submissions from '../../src/app/review/submissions.ts';
import * as windows from '../../src/app/review/windows.ts';
import type { System } from '../../src/app/system.ts';
import { type Actor, system as itself, type Role } from '../../src/domain/directory/actor.ts';
import { testSystem } from './test-system.ts';

interface Somebody {
  actor: Actor;
  cookie: string;
}

let system: System;
let server: FastifyInstance;
/** A model's endpoint; what it does is set by each test. */
let endpoint: Server;
let answering: Parameters<typeof createServer>[1];
let baseUrl: string;

let lab: Somebody;
let rival: Somebody;
let office: Somebody;
let second: Somebody;

async function enter(name: string, ...roles: Role[]): Promise<Somebody> {
  const kind = { name, isHost: false, isSample: false };
  const made = await system.database.transaction(itself, (tx) =>
    members.found(system, tx, itself, kind, [{ name: `Somebody of ${name}`, roles }]),
  );
  const person = made.people[0];
  if (person === undefined) throw new Error('nobody was made');
  const link = await signIn.createLink(system, person.id);
  const session = await signIn.signInByLink(system, link.slice(link.indexOf('token=') + 6));
  return {
    actor: { kind: 'person', id: person.id, organisation: made.organisation.id, roles },
    cookie: `session=${session}`,
  };
}

beforeAll(async () => {
  endpoint = createServer((request, response) => answering?.(request, response as never));
  await new Promise<void>((resolve) => endpoint.listen(0, '127.0.0.1', resolve));
  const { port } = endpoint.address() as AddressInfo;
  baseUrl = `http://127.0.0.1:${port}/v1`;
  system = await testSystem({
    env: {
      ASSAY_OUTBOUND_ALLOW: `127.0.0.1:${port}`,
      ASSAY_HTTP_REQUESTS_PER_MINUTE: '100000',
      ASSAY_DATABASE_POOL_MAX: '4',
    },
  });
  server = await build(system, { version: 'test' });
  const roles: Role[] = ['release_manager', 'security_lead'];
  lab = await enter('Tidewater Models (sample)', ...roles);
  rival = await enter('Driftwood Models (sample)', ...roles);
  office = await enter('Office of Measured Capability (sample)', 'evaluator', 'delegate');
  second = await enter('Second Office (sample)', 'evaluator');
  await system.database.owner.updateTable('organisations').set({ is_shared: true }).execute();
});
afterAll(async () => {
  await server.close();
  endpoint.closeAllConnections();
  endpoint.close();
});

const send = (method: 'GET' | 'POST' | 'PUT' | 'DELETE', who: Somebody, path: string, payload?: object, headers = {}) =>
  server.inject({
    method,
    url: `/api/v1${path}`,
    headers: { cookie: who.cookie, ...headers },
    ...(payload !== undefined && { payload }),
  });

/** A file that its developer lets these authorities know of. */
async function fileOf(developer: Somebody, ...known: Somebody[]): Promise<string> {
  const model = { name: 'Tern', version: '2', digest: null };
  const { id } = (await submissions.open(system, developer.actor, model)).submission;
  for (const { actor } of known) await submissions.admit(system, developer.actor, id, actor.organisation as string);
  return id;
}

async function runWindow(id: string, developer: Somebody): Promise<void> {
  const acts: [Somebody, windows.Asked][] = [
    [developer, { act: 'offer', policy: { name: 'window-30' }, terms: 'Sample terms 1.0' }],
    [office, { act: 'accept_terms' }],
    [developer, { act: 'verify_access' }],
    [office, { act: 'verify_access' }],
  ];
  for (const [after, [who, asked]] of acts.entries()) await windows.act(system, who.actor, id, asked, after);
}

/** A grant through the instance that both sides have verified. */
async function grantOf(id: string, developer: Somebody): Promise<string> {
  const offer = {
    method: 'openai_compatible',
    variant: 'shipping',
    model: 'tern-2',
    purposes: ['capability_evaluation'],
    startsAt: '2026-03-01T00:00:00.000Z',
    expiresAt: '2026-04-01T00:00:00.000Z',
    to: office.actor.organisation,
    endpoint: { baseUrl },
  };
  const grant = (await send('POST', developer, `/submissions/${id}/grants`, offer)).json().id as string;
  await send('POST', office, `/grants/${grant}/acceptance`, {});
  await send('POST', developer, `/grants/${grant}/verification`, {});
  expect((await send('POST', office, `/grants/${grant}/verification`, {})).json()).toMatchObject({ state: 'active' });
  return grant;
}

/** Everything that somebody reads of the log of their own, as text. */
async function logOf({ actor }: Somebody): Promise<string> {
  await sequence(system);
  return JSON.stringify(await record.list(system, actor, { limit: 200 }));
}

test('I1: requests whose answers wait for an endpoint that does not come, sent under Idempotency-Keys, keep no release waiting', {
  timeout: 60_000,
}, async () => {
  const theirs = await fileOf(rival, office);
  await runWindow(theirs, rival);
  const grant = await grantOf(theirs, rival);
  const own = await fileOf(lab, office);
  let asked = 0;
  answering = () => void asked++;
  const slow = Array.from({ length: 8 }, (_, at) =>
    send('POST', rival, `/grants/${grant}/probes`, undefined, { 'idempotency-key': `probe-${at}` }),
  );
  while (asked < 4) await new Promise((resolve) => setTimeout(resolve, 20));
  const began = performance.now();

  const released = await send('POST', lab, `/submissions/${own}/window/events`, { act: 'release' });

  expect(released.statusCode).toBe(201);
  expect(performance.now() - began).toBeLessThan(3000);
  endpoint.closeAllConnections();
  answering = (_request, response) => void response.writeHead(400).end();
  await Promise.all(slow);
});

test('I1: what one organisation asks of the database, however slow, leaves connections for the release of another', async () => {
  const own = await fileOf(lab, office);
  const slow = Array.from({ length: 8 }, () =>
    system.database.transaction(office.actor, (tx) => sql`select pg_sleep(1)`.execute(tx)),
  );
  const began = performance.now();

  const released = await send('POST', lab, `/submissions/${own}/window/events`, { act: 'release' });

  expect(released.statusCode).toBe(201);
  expect(performance.now() - began).toBeLessThan(900);
  // Nobody is left out for it: everything is done in its turn.
  await Promise.all(slow);
});

const ask = (grant: string, stream = false) =>
  send(
    'POST',
    office,
    `/access/${grant}/chat/completions`,
    { model: 'tern-2', messages: [{ role: 'user', content: 'What is a tern?' }], stream },
    { 'assay-purpose': 'capability_evaluation' },
  );

async function running(): Promise<{ id: string; grant: string }> {
  const id = await fileOf(lab, office);
  await runWindow(id, lab);
  return { id, grant: await grantOf(id, lab) };
}

const usesOf = async (id: string) => (await send('GET', lab, `/submissions/${id}/ledger?kind=use`)).json().items;

test('what an endpoint says of itself and of its counts can neither keep a use off the record nor break the ledger', async () => {
  const { id, grant } = await running();
  const usage = { prompt_tokens: Number.MAX_SAFE_INTEGER, completion_tokens: 3 };
  answering = (_request, response) =>
    void response.end(JSON.stringify({ model: 'tern\u0000\u202e\ud800', choices: [{}], usage }));

  const answer = await ask(grant);

  expect(answer.statusCode).toBe(200);
  const [use] = await usesOf(id);
  expect(use.use).toMatchObject({ result: 'done', answeredBy: 'tern\ufffd\ufffd\ufffd', completionTokens: 3 });
  expect(use.use.promptTokens).toBeNull();
  expect((await send('GET', lab, `/submissions/${id}/ledger/totals?days=7`)).statusCode).toBe(200);
});

test('the name of a model that no column can hold does not keep a refused try off the record', async () => {
  const { id, grant } = await running();

  const refused = await send(
    'POST',
    office,
    `/access/${grant}/chat/completions`,
    { model: 'other\u0000', messages: [] },
    { 'assay-purpose': 'capability_evaluation' },
  );

  expect(refused.json()).toMatchObject({ code: 'other_model' });
  expect((await usesOf(id))[0].use).toMatchObject({ result: 'refused', reason: 'other_model' });
});

test('an event that an endpoint sends byte by byte costs this instance no more than one that comes whole', {
  timeout: 60_000,
}, async () => {
  const { grant } = await running();
  const word = `data: ${JSON.stringify({ model: 'tern-2', choices: [{ delta: { content: 'x'.repeat(400_000) } }] })}\n\n`;
  answering = (_request, response) => {
    const head =
      'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n';
    const chunks = Array.from(word, (one) => `1\r\n${one}\r\n`).join('');
    response.socket?.end(`${head}${chunks}c\r\ndata: [DONE]\r\n4\r\n\r\n\r\n\r\n0\r\n\r\n`);
  };
  const began = performance.now();

  const answer = await ask(grant, true);

  expect(answer.body.startsWith(word)).toBe(true);
  expect(answer.body).toContain('[DONE]');
  expect(performance.now() - began).toBeLessThan(5000);
});

test('an answer that has no end is not held in memory: beyond a bound the use has failed', async () => {
  const { id, grant } = await running();
  answering = (_request, response) => {
    const piece = Buffer.alloc(64 * 1024, ' ');
    const timer = setInterval(() => response.write(piece), 1);
    response.on('close', () => clearInterval(timer));
  };

  expect((await ask(grant)).json()).toMatchObject({ code: 'endpoint_failed' });
  expect((await usesOf(id))[0].use).toMatchObject({ result: 'failed' });
});

test('I9: however busy its organisation keeps its own connections, an answer is cut within a second of the revocation', async () => {
  const { id, grant } = await running();
  answering = (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const timer = setInterval(() => response.write('data: {"choices":[{"delta":{"content":"x"}}]}\n\n'), 50);
    response.on('close', () => clearInterval(timer));
  };
  const stream = ask(grant, true);
  while ((await usesOf(id)).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  const slow = Array.from({ length: 8 }, () =>
    system.database.transaction(office.actor, (tx) => sql`select pg_sleep(1)`.execute(tx)),
  );

  expect((await send('POST', lab, `/submissions/${id}/grants/revoke-all`)).statusCode).toBe(200);
  const revokedMs = performance.now();
  const answer = await stream;

  expect(performance.now() - revokedMs).toBeLessThan(1000);
  expect(answer.body).toContain('grant_not_active');
  await Promise.all(slow);
});

test('uses by one organisation at a time are bounded, and each that ends gives its place back', {
  timeout: 60_000,
}, async () => {
  const { id, grant } = await running();
  const open: { end(): void }[] = [];
  answering = (_request, response) => void open.push(response);
  const first = Array.from({ length: 64 }, () => ask(grant));
  while ((await send('GET', lab, `/submissions/${id}/grants`)).json().items[0].running < 64)
    await new Promise((resolve) => setTimeout(resolve, 50));

  const beyond = await ask(grant);

  expect(beyond.statusCode).toBe(429);
  expect(beyond.json()).toMatchObject({ code: 'too_many_requests' });
  answering = (_request, response) => void response.end('{"choices":[]}');
  for (const response of open) response.end();
  await Promise.all(first);
  expect((await ask(grant)).statusCode).toBe(200);
});

test('I1, I9: a release stands, and ends all access, also where the record before it cannot be read or its policy is gone', async () => {
  const { id, grant } = await running();
  await sql`update window_events set event = jsonb_set(event, '{policy,digest}', '"sha256:of another program"')
    where submission_id = ${id} and event ->> 'act' = 'offer'`.execute(system.database.owner);

  await send('POST', lab, `/submissions/${id}/window/events`, { act: 'release' });

  const { rows } = await sql`select event ->> 'act' as act from window_events
    where submission_id = ${id} order by number desc limit 1`.execute(system.database.owner);
  expect(rows).toEqual([{ act: 'release' }]);
  const { items } = (await send('GET', lab, `/submissions/${id}/grants`)).json();
  expect(items).toMatchObject([{ id: grant, state: 'revoked' }]);
});

test('I1: a release stands also where what follows it cannot be shown', async () => {
  const id = await fileOf(lab, office);
  const broken = 'alter table log_leaves rename to log_leaves_gone';
  await sql.raw(broken).execute(system.database.owner);
  const answer = await send('POST', lab, `/submissions/${id}/window/events`, { act: 'release' });
  await sql.raw('alter table log_leaves_gone rename to log_leaves').execute(system.database.owner);

  expect(answer.statusCode).toBe(500);
  expect((await windows.load(system, lab.actor, id)).view.state).toBe('released');
});

test('I9: an authority whose reading was ended learns nothing of what happens in an incident after that', async () => {
  const id = await fileOf(lab, office, second);
  const { incident } = await incidents.raise(system, office.actor, id, { what: 'An agent left its enclave.' });
  await submissionAudience.end(system, lab.actor, id, office.actor.organisation as string);
  const before = await logOf(office);

  await incidents.write(system, second.actor, incident.id, 'We found the same.');
  await incidents.settle(system, lab.actor, incident.id, { as: 'contained', facts: 'The host was cut off.' });

  expect(await logOf(office)).toBe(before);
  expect(before).toContain('incident_raised');
  expect(await logOf(second)).toContain('incident_contained');
  // Let in again, it learns of the incident only by another act.
  await submissions.admit(system, lab.actor, id, office.actor.organisation as string);
  expect((await send('GET', office, `/incidents/${incident.id}`)).statusCode).toBe(404);
  await incidents.admit(system, lab.actor, incident.id, office.actor.organisation as string);
  expect((await send('GET', office, `/incidents/${incident.id}`)).statusCode).toBe(200);
});

test('I7: reading the thread of an incident is on record for the developer, as is reading the incident', async () => {
  const id = await fileOf(lab, office, second);
  const { incident } = await incidents.raise(system, office.actor, id, { what: 'An agent left its enclave.' });
  await send('GET', second, `/incidents/${incident.id}/messages`);
  await sequence(system);

  const read = await record.list(system, lab.actor, { object: incident.id, limit: 20 });
  expect(read.map(({ did, body }) => [did, JSON.parse(body).by])).toContainEqual(['incident_read', second.actor.id]);
});
