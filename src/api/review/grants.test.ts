import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import type { FastifyInstance } from 'fastify';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type ModelServer, modelServer } from '../../../test/system/model-server.ts';
import { testSystem } from '../../../test/system/test-system.ts';
import * as agents from '../../app/directory/agents.ts';
import * as members from '../../app/directory/members.ts';
import * as signIn from '../../app/directory/sign-in.ts';
import { sequence } from '../../app/log/sequence.ts';
import * as gateway from '../../app/review/grant-gateway.ts';
import * as probes from '../../app/review/probes.ts';
import type { System } from '../../app/system.ts';
import { type Actor, system as itself, type Role } from '../../domain/directory/actor.ts';
import type { Scope } from '../../domain/directory/permission.ts';
import * as exportFile from '../../log/export.ts';
import { verifySignature } from '../../store/log/key.ts';
import { sha256 } from '../../store/log/sha256.ts';
import { build } from '../server.ts';

const begin = Date.parse('2026-03-02T09:00:00.000Z');
const dayMs = 86_400_000;
let clock = begin;
const moment = (days: number) => new Date(begin + days * dayMs).toISOString();

let model: ModelServer;
let system: System;
let server: FastifyInstance;
let port: number;

interface Person {
  actor: Actor;
  cookie: string;
}
let lead: Person;
let evaluator: Person;
let colleague: Person;
let otherOffice: Person;
let outsider: Person;

async function enter(name: string, ...people: Role[][]): Promise<Person[]> {
  const kind = { name, isHost: false, isSample: false };
  const made = await system.database.transaction(itself, (tx) =>
    members.found(
      system,
      tx,
      itself,
      kind,
      people.map((roles, at) => ({ name: `${name} ${at + 1}`, roles })),
    ),
  );
  const entered = [];
  for (const { id, organisation, roles } of made.people) {
    const actor: Actor = { kind: 'person', id, organisation, roles };
    entered.push({ actor, cookie: await sessionOf(id) });
  }
  return entered;
}

async function sessionOf(person: string): Promise<string> {
  const link = await signIn.createLink(system, person as 'person_x');
  return `session=${await signIn.signInByLink(system, link.slice(link.indexOf('token=') + 6))}`;
}

beforeAll(async () => {
  model = await modelServer();
  system = await testSystem({
    now: () => new Date(clock).toISOString(),
    env: { ASSAY_OUTBOUND_ALLOW: model.host, ASSAY_HTTP_REQUESTS_PER_MINUTE: '100000' },
  });
  server = await build(system, { version: 'test' });
  [lead] = (await enter('Tidewater Models (sample)', ['security_lead', 'release_manager'])) as [Person];
  [evaluator, colleague] = (await enter('Office of Measured Capability (sample)', ['evaluator'], ['evaluator'])) as [
    Person,
    Person,
  ];
  [otherOffice] = (await enter('Second Office (sample)', ['evaluator'])) as [Person];
  [outsider] = (await enter('Driftwood Models (sample)', [
    'security_lead',
    'release_manager',
    'evaluator',
    'delegate',
  ])) as [Person];
  await system.database.owner.updateTable('organisations').set({ is_shared: true }).execute();
  await server.listen({ port: 0, host: '127.0.0.1' });
  port = (server.server.address() as AddressInfo).port;
});
afterAll(async () => {
  await server.close();
  await model.close();
});
beforeEach(async () => {
  await moveTo(begin);
  Object.assign(model, { model: 'tern-2', fingerprint: 'fp_1', eventEveryMs: 20, eventsMax: 5, instead: undefined });
  model.reply = (question) => `You asked: ${question}`;
  model.asked.length = 0;
});

const send = (method: 'GET' | 'POST' | 'PUT' | 'PATCH', who: Person, path: string, payload?: object, headers = {}) =>
  server.inject({
    method,
    url: `/api/v1${path}`,
    headers: { cookie: who.cookie, ...headers },
    ...(payload !== undefined && { payload }),
  });
const get = (who: Person, path: string) => send('GET', who, path);
const post = (who: Person, path: string, payload: object = {}) => send('POST', who, path, payload);

/** Time passes, and nobody's session with it: what ends them is tried elsewhere. */
async function moveTo(ms: number): Promise<void> {
  const at = new Date(ms).toISOString();
  const endsAt = new Date(ms + 7 * dayMs).toISOString();
  await system.database.owner.updateTable('sessions').set({ seen_at: at, ends_at: endsAt }).execute();
  clock = ms;
}

const terms = () => ({
  method: 'openai_compatible',
  variant: 'shipping',
  model: 'tern-2',
  purposes: ['capability_evaluation', 'reproduction'],
  startsAt: moment(0),
  expiresAt: moment(60),
});

async function newSubmission(): Promise<string> {
  const { id } = (await post(lead, '/submissions', { model: { name: 'Tern', version: '2' } })).json();
  for (const { actor } of [evaluator, otherOffice]) {
    const admitted = await post(lead, `/submissions/${id}/parties`, {
      organisation: actor.organisation,
      handedVersion: null,
    });
    expect(admitted.statusCode).toBe(201);
  }
  return id;
}

/** Runs the window of a submission, with both sides having seen access work. */
async function runWindow(id: string): Promise<void> {
  const offer = { act: 'offer', policy: { name: 'window-30' }, terms: 'Sample terms 1.0' };
  const acts: [Person, object][] = [
    [lead, offer],
    [evaluator, { act: 'accept_terms' }],
    [lead, { act: 'verify_access' }],
    [evaluator, { act: 'verify_access' }],
  ];
  for (const [after, [who, act]] of acts.entries()) {
    expect((await post(who, `/submissions/${id}/window/events`, { ...act, after })).statusCode).toBe(201);
  }
}

async function offered(id: string, change: object = {}): Promise<string> {
  const answer = await post(lead, `/submissions/${id}/grants`, {
    ...terms(),
    to: evaluator.actor.organisation,
    endpoint: { baseUrl: model.baseUrl, apiKey: model.key },
    ...change,
  });
  expect(answer.json()).toMatchObject({ state: 'offered' });
  return answer.json().id;
}

/** A submission whose window runs, with a grant that both have verified. */
async function active(change: object = {}): Promise<{ id: string; grant: string }> {
  const id = await newSubmission();
  await runWindow(id);
  const grant = await offered(id, change);
  await post(evaluator, `/grants/${grant}/acceptance`);
  await post(lead, `/grants/${grant}/verification`);
  expect((await post(evaluator, `/grants/${grant}/verification`)).json()).toMatchObject({ state: 'active' });
  return { id, grant };
}

const question = (extra: object = {}) => ({
  model: 'tern-2',
  messages: [{ role: 'user', content: 'What is a tern?' }],
  ...extra,
});
const ask = (who: Person, grant: string, body: object = question(), purpose = 'capability_evaluation') =>
  send('POST', who, `/access/${grant}/chat/completions`, body, { 'assay-purpose': purpose });

interface Stream {
  response: IncomingMessage;
  text(): string;
  /** Resolves when the stream has ended, with the moment. */
  ended: Promise<number>;
  close(): void;
}

/** A stream over a real connection, as a client of the chat completions API has it. */
function openStream(headers: Record<string, string>, grant: string): Promise<Stream> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      {
        port,
        host: '127.0.0.1',
        method: 'POST',
        path: `/api/v1/access/${grant}/chat/completions`,
        headers: { 'content-type': 'application/json', 'assay-purpose': 'capability_evaluation', ...headers },
      },
      (response) => {
        let text = '';
        response.on('data', (chunk) => {
          text += chunk;
        });
        const ended = new Promise<number>((done) => {
          response.on('close', () => done(performance.now()));
        });
        resolve({ response, text: () => text, ended, close: () => request.destroy() });
      },
    );
    request.on('error', reject);
    request.end(JSON.stringify(question({ stream: true })));
  });
}

async function until(isTrue: () => boolean | Promise<boolean>, withinMs = 5000): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await isTrue())) {
    if (performance.now() > deadline) throw new Error('It did not come true in time.');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function ledgerOf(who: Person, id: string, query = '') {
  await sequence(system);
  const answer = await get(who, `/submissions/${id}/ledger${query}`);
  expect(answer.statusCode).toBe(200);
  return answer.json() as { items: LedgerItem[]; names: Record<string, string>; next?: string };
}
interface LedgerItem {
  did: string;
  type: string;
  by: string;
  principal?: string;
  organisation?: string;
  index: number | null;
  at: string;
  use:
    | null
    | ({ result: string; reason: string | null; flags: string[]; tries: number; purpose: string } & Record<
        string,
        unknown
      >);
}

describe('a request through the instance', () => {
  test('reaches the model with the key of the developer, and comes back as it was answered', async () => {
    const { grant } = await active();

    const answer = await ask(evaluator, grant);

    expect(answer.statusCode).toBe(200);
    expect(answer.json().choices[0].message.content).toBe('You asked: What is a tern?');
    expect(model.asked.at(-1)).toMatchObject({ authorization: `Bearer ${model.key}`, body: question() });
    expect((await get(evaluator, `/access/${grant}/models`)).json().data).toMatchObject([{ id: 'tern-2' }]);
  });

  test('is streamed through as it comes, and its counts are taken without showing the client an event it did not ask for', async () => {
    const { id, grant } = await active();

    const stream = await openStream({ cookie: evaluator.cookie }, grant);
    await stream.ended;

    expect(stream.response.headers['content-type']).toBe('text/event-stream');
    expect(stream.text()).toContain('word5');
    expect(stream.text().trimEnd().endsWith('data: [DONE]')).toBe(true);
    expect(stream.text()).not.toContain('"choices":[]');
    await until(async () => (await ledgerOf(lead, id)).items.some(({ use }) => use?.result === 'done'));
    const { items } = await ledgerOf(lead, id);
    expect(items.find(({ use }) => use !== null)?.use).toMatchObject({ promptTokens: 7, completionTokens: 11 });
  });

  test('I18: the address and the key are in no answer, no log entry and no row in the clear', async () => {
    const { id, grant } = await active();
    await ask(evaluator, grant);
    model.key = 'changed';
    const refused = await ask(evaluator, grant);
    model.key = 'sk-tidewater-sample-0123456789';
    await sequence(system);

    expect(refused.statusCode).toBe(503);
    const answers = [
      refused.body,
      (await get(lead, `/submissions/${id}/grants`)).body,
      (await get(evaluator, `/submissions/${id}/grants`)).body,
      (await get(lead, `/submissions/${id}/ledger/export`)).body,
      (await get(lead, '/log/export')).body,
    ].join();
    const { rows } = await sql<{ row: string }>`
      select access_grants::text as row from access_grants union all select body from log_openings`.execute(
      system.database.owner,
    );
    for (const text of [answers, ...rows.map(({ row }) => row)]) {
      expect(text).not.toContain(model.key);
      expect(text).not.toContain(model.host);
      expect(text).not.toContain(Buffer.from(model.host).toString('hex'));
    }
  });

  test('I12: neither what was asked nor what was answered is anywhere in the database', async () => {
    const { grant } = await active();
    const marker = 'heron-marker-4711';
    model.reply = () => `answer-${marker}`;
    await send(
      'POST',
      evaluator,
      `/access/${grant}/chat/completions`,
      question({ messages: [{ role: 'user', content: `question-${marker}` }] }),
      { 'assay-purpose': 'capability_evaluation', 'idempotency-key': 'once' },
    );
    await probes.probe(system, lead.actor, grant);
    await sequence(system);

    const { rows: tables } = await sql<{ name: string }>`
      select tablename as name from pg_tables where schemaname = 'public'`.execute(system.database.owner);
    for (const { name } of tables) {
      const { rows } = await sql`select 1 from ${sql.table(name)} as t where t::text like ${`%${marker}%`}`.execute(
        system.database.owner,
      );
      expect([name, rows.length]).toEqual([name, 0]);
    }
  });

  test('an error of the endpoint comes through as a word, never as its text', async () => {
    const { id, grant } = await active();
    model.instead = (response) =>
      response
        .writeHead(400, { 'content-type': 'application/json' })
        .end(JSON.stringify({ error: { message: 'secret text of the developer', code: 'context_length_exceeded' } }));

    const answer = await ask(evaluator, grant);

    expect(answer.statusCode).toBe(422);
    expect(answer.json()).toMatchObject({
      code: 'endpoint_refused',
      details: { status: 400, word: 'context_length_exceeded' },
    });
    expect(answer.body).not.toContain('secret text');
    expect((await ledgerOf(lead, id, '?kind=use')).items[0]?.use).toMatchObject({
      result: 'failed',
      reason: 'endpoint_refused',
    });
  });
});

describe('I8: use outside the agreed purposes is refused and on record', () => {
  test.each(['training', 'flaw_discovery', '', 'Capability_Evaluation'])('"%s"', async (purpose) => {
    const { id, grant } = await active();

    const answer = await ask(evaluator, grant, question(), purpose);

    expect(answer.statusCode).toBe(403);
    expect(answer.json()).toMatchObject({
      code: 'outside_purpose',
      details: { purposes: ['capability_evaluation', 'reproduction'] },
    });
    expect(model.asked).toEqual([]);
    const { items } = await ledgerOf(lead, id, '?kind=use');
    expect(items[0]).toMatchObject({
      type: 'denied',
      did: 'use_refused',
      by: evaluator.actor.id,
      use: { result: 'refused', reason: 'outside_purpose', purpose, flags: ['outside_purpose'] },
    });
  });

  test('training can be agreed by nobody', async () => {
    const id = await newSubmission();

    const answer = await post(lead, `/submissions/${id}/grants`, {
      ...terms(),
      purposes: ['capability_evaluation', 'training'],
      to: evaluator.actor.organisation,
    });

    expect(answer.statusCode).toBe(422);
  });

  test('many refused tries in a minute are one row with their number, and one entry', async () => {
    const { id, grant } = await active();
    for (let count = 0; count < 5; count++) await ask(evaluator, grant, question(), `training ${count}`);

    const { items } = await ledgerOf(lead, id, '?kind=use');
    expect(items.map(({ use }) => use?.tries)).toEqual([5]);
  });
});

describe('I7: every access is recorded, and the developer sees it', () => {
  test('a use is in the ledger within a minute while its answer is still coming, then with its counts', async () => {
    const { id, grant } = await active();
    model.eventsMax = 1000;
    const startedMs = performance.now();
    const stream = await openStream({ cookie: evaluator.cookie }, grant);

    await until(async () => (await ledgerOf(lead, id, '?kind=use')).items[0]?.use?.result === 'running', 60_000);
    const seenMs = performance.now() - startedMs;
    stream.close();

    expect(seenMs).toBeLessThan(60_000);
    await until(async () => (await ledgerOf(lead, id, '?kind=use')).items[0]?.use?.result === 'left');
    expect(model.brokenOff).toBeGreaterThan(0);
  });

  test('an agent is recorded with the person behind it, and needs the scope', async () => {
    const { id, grant } = await active();
    const make = (scopes: Scope[]) =>
      agents.add(system, evaluator.actor, { name: 'runner', scopes, expiresAt: moment(30) });
    const with_ = await make(['access:write']);
    const without = await make(['log:read', 'submissions:write']);
    const asAgent = (token: string) =>
      server.inject({
        method: 'POST',
        url: `/api/v1/access/${grant}/chat/completions`,
        headers: { authorization: `Bearer ${token}`, 'assay-purpose': 'reproduction' },
        payload: question(),
      });

    expect((await asAgent(with_.token)).statusCode).toBe(200);
    expect((await asAgent(without.token)).statusCode).toBe(403);

    const { items } = await ledgerOf(lead, id, `?kind=use&who=${evaluator.actor.id}`);
    expect(items[0]).toMatchObject({
      by: with_.agent.id,
      principal: evaluator.actor.id,
      use: { purpose: 'reproduction' },
    });
  });

  test('reads of the file by the other side, and tries of outsiders, are in it too', async () => {
    const { id, grant } = await active();
    await get(evaluator, `/submissions/${id}`);
    expect((await ask(outsider, grant)).statusCode).toBe(404);
    expect((await get(outsider, `/submissions/${id}/ledger`)).statusCode).toBe(404);
    clock += 120_000;

    const { items } = await ledgerOf(lead, id);

    expect(items).toContainEqual(
      expect.objectContaining({ did: 'submission_read', organisation: evaluator.actor.organisation }),
    );
    expect(items).toContainEqual(expect.objectContaining({ did: 'access_denied', by: outsider.actor.id }));
  });

  test('another party of the same file sees who has access, and nothing of the uses', async () => {
    const { id, grant } = await active();
    await ask(evaluator, grant);
    expect((await ask(otherOffice, grant)).json()).toMatchObject({ code: 'not_named' });

    const { items } = await ledgerOf(otherOffice, id);

    expect(items.filter(({ use }) => use !== null)).toEqual([]);
    expect(items.some(({ did }) => did === 'access_offered')).toBe(true);
    expect((await get(otherOffice, `/submissions/${id}/ledger/totals`)).json().days).toEqual([]);
    expect((await ledgerOf(lead, id, '?kind=use')).items[0]).toMatchObject({
      by: otherOffice.actor.id,
      use: { result: 'refused', reason: 'not_named' },
    });
  });

  test('the export verifies offline, with just the entries of this ledger opened; the table names their places', async () => {
    const { id, grant } = await active();
    await ask(evaluator, grant);
    await ask(evaluator, grant, question(), 'training');
    await ledgerOf(lead, id);
    await sequence(system);

    const exported = (await get(lead, `/submissions/${id}/ledger/export`)).body;
    const table = (await get(lead, `/submissions/${id}/ledger/export?format=csv`)).body;

    async function* lines(text: string) {
      yield* text.trimEnd().split('\n');
    }
    const trust = { hash: sha256, verifySignature, key: system.signer.key };
    const report = await exportFile.verify(lines(exported), trust);
    expect(report).toMatchObject({ valid: true, problems: [] });
    const opened = exported.split('\n').filter((line) => line.includes('"body"'));
    expect(report.opened).toBe(opened.length);
    expect(opened.every((line) => line.includes(id) || line.includes(grant))).toBe(true);
    expect(opened.some((line) => line.includes('model_answered'))).toBe(true);
    const forged = exported.replace('capability_evaluation', 'capability_evaluatioN');
    expect((await exportFile.verify(lines(forged), trust)).valid).toBe(false);
    const places = table
      .split('\r\n')
      .slice(1, -1)
      .map((line) => line.split(',')[0]);
    expect(table.split('\r\n')[0]).toContain('recorded_at,started_at,ended_at');
    const rows = exported.trimEnd().split('\n').slice(1);
    for (const place of places.filter((one) => one !== '')) expect(rows[Number(place)]).toContain('"body"');
  });

  test('a use that did not go through here is reported by a party, marked, and pointed out where it was not agreed', async () => {
    const id = await newSubmission();
    await runWindow(id);
    const grant = await offered(id, { method: 'enclave', endpoint: undefined });
    await post(evaluator, `/grants/${grant}/acceptance`);
    await post(lead, `/grants/${grant}/verification`);
    await post(evaluator, `/grants/${grant}/verification`);
    clock += 3_600_000;

    const said = { grant, purpose: 'training', startedAt: moment(0), endedAt: moment(0), uses: 40, note: 'Run 7' };
    expect((await post(evaluator, `/submissions/${id}/uses`, said)).statusCode).toBe(201);
    expect((await post(evaluator, `/submissions/${id}/uses`, { ...said, startedAt: moment(1) })).statusCode).toBe(422);
    expect((await post(otherOffice, `/submissions/${id}/uses`, said)).statusCode).toBe(403);

    expect((await ledgerOf(lead, id, '?kind=use')).items[0]?.use).toMatchObject({
      result: 'reported',
      flags: ['outside_purpose'],
      tries: 40,
    });
    expect((await ask(evaluator, grant)).json()).toMatchObject({ code: 'grant_not_through_here' });

    // One that lies in a pause is pointed out, whenever it is told.
    const pausedAt = new Date(clock + 60_000).toISOString();
    await post(lead, `/submissions/${id}/window/events`, { act: 'pause', reason: 'outage', after: 4 });
    clock += 3_600_000;
    await post(lead, `/submissions/${id}/window/events`, { act: 'resume', after: 5 });
    clock += 3_600_000;
    const inPause = { grant, purpose: 'capability_evaluation', startedAt: pausedAt, endedAt: null, uses: 1, note: '' };
    expect((await post(evaluator, `/submissions/${id}/uses`, inPause)).statusCode).toBe(201);
    const afterIt = { ...inPause, startedAt: new Date(clock).toISOString() };
    expect((await post(evaluator, `/submissions/${id}/uses`, afterIt)).statusCode).toBe(201);
    const [later, paused] = (await ledgerOf(lead, id, '?kind=use')).items;
    expect(paused?.use?.flags).toEqual(['in_pause']);
    expect(later?.use?.flags).toEqual([]);
  });
});

describe('I2: never beyond the window', () => {
  test('no use before it runs, while it is paused, at its hard stop or after, whatever the grant says', async () => {
    const id = await newSubmission();
    const grant = await offered(id);
    await post(evaluator, `/grants/${grant}/acceptance`);
    await post(lead, `/grants/${grant}/verification`);
    await post(evaluator, `/grants/${grant}/verification`);
    const codeOf = async () => {
      const answer = await ask(evaluator, grant);
      return answer.statusCode === 200 ? 'done' : answer.json().code;
    };

    expect(await codeOf()).toBe('window_not_running');
    await runWindow(id);
    expect(await codeOf()).toBe('done');
    await post(lead, `/submissions/${id}/window/events`, { act: 'pause', reason: 'outage', after: 4 });
    expect(await codeOf()).toBe('window_not_running');
    await post(lead, `/submissions/${id}/window/events`, { act: 'resume', after: 5 });
    await moveTo(begin + 30 * dayMs - 1);
    expect(await codeOf()).toBe('done');
    await moveTo(begin + 30 * dayMs);
    expect(await codeOf()).toBe('window_not_running');
  });

  test('an answer that is still coming when the window ends is cut within a second', async () => {
    const { id, grant } = await active();
    model.eventsMax = 10_000;
    const stream = await openStream({ cookie: evaluator.cookie }, grant);
    await until(() => stream.text().includes('word3'));

    const stoppedMs = performance.now();
    await moveTo(begin + 30 * dayMs);
    const endedMs = await stream.ended;

    expect(endedMs - stoppedMs).toBeLessThan(1000);
    expect(stream.text()).toContain('"code":"window_not_running"');
    expect(stream.text()).not.toContain('[DONE]');
    await until(async () => (await ledgerOf(lead, id)).items.some(({ use }) => use?.result === 'cut'));
  });
});

describe('I9: ending access works, at once', () => {
  test('revoke all cuts what is running within a second, and nothing gets in after it', async () => {
    const { id, grant } = await active();
    model.eventsMax = 10_000;
    const streams = await Promise.all([1, 2, 3].map(() => openStream({ cookie: evaluator.cookie }, grant)));
    await until(() => streams.every((stream) => stream.text().includes('word3')));

    const revoked = await post(lead, `/submissions/${id}/grants/revoke-all`);
    const doneMs = performance.now();
    expect(revoked.json()).toEqual({ revoked: [grant] });
    expect((await ask(evaluator, grant)).json()).toMatchObject({ code: 'grant_not_active' });
    const endedMs = Math.max(...(await Promise.all(streams.map((stream) => stream.ended))));

    expect(endedMs - doneMs).toBeLessThan(1000);
    for (const stream of streams) expect(stream.text()).toContain('"code":"grant_not_active"');
    await until(() => model.brokenOff >= 3);
    await until(async () => (await ledgerOf(lead, id)).items.filter(({ use }) => use?.result === 'cut').length === 3);
  });

  test('the window tells since when nobody has access by a grant, and its clock runs on', async () => {
    const { id } = await active();
    const window = async () => (await get(evaluator, `/submissions/${id}/window`)).json();
    expect(await window()).not.toHaveProperty('noGrantSince');

    clock += 3_600_000;
    await post(lead, `/submissions/${id}/grants/revoke-all`);
    const since = new Date(clock).toISOString();
    clock += 3_600_000;

    expect(await window()).toMatchObject({ noGrantSince: since, view: { state: 'running', usedMs: 2 * 3_600_000 } });
  });

  test('access that ends with the release is told as that; nobody is said to have revoked it', async () => {
    const { id } = await active();
    await post(lead, `/submissions/${id}/window/events`, { act: 'release', after: 4 });

    const ended = (await ledgerOf(lead, id, '?kind=act')).items.find(({ did }) => did === 'access_revoked');
    expect(ended).toMatchObject({ reason: 'window_released' });
  });

  test.each(['planned', 'offered', 'accepted', 'active', 'released'])('it works in any state: %s', async (state) => {
    const id = await newSubmission();
    if (state !== 'planned') {
      const grant = await offered(id);
      if (state !== 'offered') await post(evaluator, `/grants/${grant}/acceptance`);
      if (state === 'active') await runWindow(id);
      if (state === 'released') await post(lead, `/submissions/${id}/window/events`, { act: 'release', after: 0 });
    }

    expect((await post(lead, `/submissions/${id}/grants/revoke-all`)).statusCode).toBe(200);
    expect((await post(lead, `/submissions/${id}/grants/revoke-all`)).statusCode).toBe(200);

    const { items } = (await get(lead, `/submissions/${id}/grants`)).json();
    expect(items.every((one: { state: string }) => one.state === 'revoked')).toBe(true);
    expect((await post(evaluator, `/submissions/${id}/grants/revoke-all`)).statusCode).toBe(403);
    expect((await post(outsider, `/submissions/${id}/grants/revoke-all`)).statusCode).toBe(404);
  });

  test('an organisation whose reading of the file ends has no access from then on, also when it is let in again', async () => {
    const { id, grant } = await active();
    const organisation = evaluator.actor.organisation as string;
    model.eventsMax = 10_000;
    const stream = await openStream({ cookie: evaluator.cookie }, grant);
    await until(() => stream.text().includes('word2'));

    const ended = await server.inject({
      method: 'DELETE',
      url: `/api/v1/submissions/${id}/parties/${organisation}`,
      headers: { cookie: lead.cookie },
    });
    const doneMs = performance.now();
    expect(ended.statusCode).toBe(204);
    expect((await ask(evaluator, grant)).statusCode).toBe(404);
    expect((await stream.ended) - doneMs).toBeLessThan(1000);

    await post(lead, `/submissions/${id}/parties`, { organisation, handedVersion: null });
    expect((await ask(evaluator, grant)).json()).toMatchObject({ code: 'grant_not_active' });
    expect((await get(lead, `/submissions/${id}/grants`)).json().items[0].state).toBe('revoked');
  });

  test('a non-streamed answer that is still awaited is cut too', async () => {
    const { id, grant } = await active();
    model.instead = () => {};
    const waiting = ask(evaluator, grant);
    await until(() => model.asked.length > 0);

    await post(lead, `/submissions/${id}/grants/revoke-all`);

    expect((await waiting).json()).toMatchObject({ code: 'grant_not_active' });
  });
});

describe('scenario 11: the credential of an evaluator is revoked in the middle of a session', () => {
  test('the very next call of a revoked agent is refused, and its running stream is cut within a second', async () => {
    const { grant } = await active();
    const { agent, token } = await agents.add(system, evaluator.actor, {
      name: 'runner',
      scopes: ['access:write'],
      expiresAt: moment(30),
    });
    model.eventsMax = 10_000;
    const stream = await openStream({ authorization: `Bearer ${token}` }, grant);
    await until(() => stream.text().includes('word2'));

    await agents.revoke(system, evaluator.actor, agent.id);
    const doneMs = performance.now();
    const next = await server.inject({
      method: 'POST',
      url: `/api/v1/access/${grant}/chat/completions`,
      headers: { authorization: `Bearer ${token}`, 'assay-purpose': 'reproduction' },
      payload: question(),
    });

    expect(next.statusCode).toBe(401);
    expect((await stream.ended) - doneMs).toBeLessThan(1000);
    expect(stream.text()).toContain('"code":"token_not_valid"');
  });

  test('the same for a person who is signed out everywhere, or no longer an evaluator', async () => {
    const { grant } = await active();
    model.eventsMax = 10_000;
    const streams = [];
    for (const change of [
      () => signIn.signOut(system, colleague.actor, undefined, true),
      () =>
        system.database.owner
          .updateTable('people')
          .set({ roles: [] })
          .where('id', '=', colleague.actor.id as never)
          .execute(),
    ]) {
      const stream = await openStream({ cookie: await sessionOf(colleague.actor.id) }, grant);
      await until(() => stream.text().includes('word2'));
      await change();
      const doneMs = performance.now();
      expect((await stream.ended) - doneMs).toBeLessThan(1000);
      streams.push(stream.text());
    }

    expect(streams[0]).toContain('"code":"token_not_valid"');
    expect(streams[1]).toContain('"code":"not_permitted"');
    await system.database.owner
      .updateTable('people')
      .set({ roles: ['evaluator'] })
      .where('id', '=', colleague.actor.id as never)
      .execute();
    colleague.cookie = await sessionOf(colleague.actor.id);
  });
});

describe('I6: access widens by act only', () => {
  test('a grant goes to a party of the file, by its developer, and tells nobody new', async () => {
    const id = await newSubmission();
    const toOutsider = await post(lead, `/submissions/${id}/grants`, { ...terms(), to: outsider.actor.organisation });
    expect(toOutsider.json()).toMatchObject({ code: 'grantee_not_party' });
    const byEvaluator = await post(evaluator, `/submissions/${id}/grants`, {
      ...terms(),
      to: evaluator.actor.organisation,
    });
    expect(byEvaluator.statusCode).toBe(403);
    const grant = await offered(id);

    expect((await post(otherOffice, `/grants/${grant}/acceptance`)).statusCode).toBe(403);
    for (const path of ['acceptance', 'verification', 'revocation', 'probes']) {
      const [there, missing] = [
        await post(outsider, `/grants/${grant}/${path}`),
        await post(outsider, `/grants/grant_0/${path}`),
      ];
      expect(there.statusCode).toBe(404);
      const plain = (body: string) => body.replace(/"requestId":"[^"]*"/, '');
      expect(plain(there.body)).toBe(plain(missing.body));
    }
  });

  test('only those named at the acceptance may use it', async () => {
    const id = await newSubmission();
    await runWindow(id);
    const grant = await offered(id);
    await post(evaluator, `/grants/${grant}/acceptance`, {
      people: [{ person: evaluator.actor.id, shownAs: 'Evaluator A' }],
    });
    await post(lead, `/grants/${grant}/verification`);
    await post(evaluator, `/grants/${grant}/verification`);

    expect((await ask(evaluator, grant)).statusCode).toBe(200);
    expect((await ask(colleague, grant)).json()).toMatchObject({ code: 'not_named' });

    const { names, items } = await ledgerOf(lead, id, '?kind=use');
    expect(names[evaluator.actor.id]).toBe('Evaluator A');
    expect(items[0]?.use).toMatchObject({ reason: 'not_named', flags: ['not_named'] });
    expect((await get(lead, `/submissions/${id}/grants`)).json().items[0]).not.toHaveProperty('canaries');
  });
});

describe('rate, hours and models', () => {
  test('the agreed rate is over all who use the grant, and holds when they ask at one moment', async () => {
    const { id, grant } = await active({ ratePerMinute: 3 });

    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, at) => ask(at % 2 === 0 ? evaluator : colleague, grant)),
    );

    expect(answers.filter(({ statusCode }) => statusCode === 200)).toHaveLength(3);
    expect(answers.filter(({ statusCode }) => statusCode === 429)).toHaveLength(5);
    clock += 60_001;
    expect((await ask(evaluator, grant)).statusCode).toBe(200);
    const refused = (await ledgerOf(lead, id, '?kind=use&flagged=true')).items.map(({ use }) => use);
    expect(refused.reduce((sum, use) => sum + (use?.tries ?? 0), 0)).toBe(5);
    expect(refused.every((use) => use?.flags.includes('over_rate'))).toBe(true);
  });

  test('a use outside the agreed hours is done and pointed out; one of another model is refused, and one answered by another pointed out', async () => {
    const { id, grant } = await active({ hours: { from: '10:00', to: '12:00', days: [1, 2, 3, 4, 5] } });
    expect((await ask(evaluator, grant)).statusCode).toBe(200);
    expect((await ask(evaluator, grant, question({ model: 'tern-3' }))).json()).toMatchObject({ code: 'other_model' });
    clock += 90 * 60_000;
    model.model = 'tern-2-mini';
    expect((await ask(evaluator, grant)).statusCode).toBe(200);

    const { items } = await ledgerOf(lead, id, '?kind=use');
    expect(items.map(({ use }) => use?.flags)).toEqual([
      ['other_model_answered'],
      ['outside_hours', 'other_model_asked'],
      ['outside_hours'],
    ]);
  });
});

describe('probes', () => {
  test('the first reading is what later ones are compared with; drift is on record for both sides and ends nothing', async () => {
    const { id, grant } = await active();
    const first = (await post(lead, `/grants/${grant}/probes`)).json();
    const second = (await post(evaluator, `/grants/${grant}/probes`)).json();
    model.model = 'tern-3';
    model.fingerprint = 'fp_2';
    model.reply = () => 'Something else altogether, at some length and with other words.';
    const third = (await post(evaluator, `/grants/${grant}/probes`)).json();

    expect(first).toMatchObject({ isBaseline: true, drift: null, models: ['tern-2'], fingerprints: ['fp_1'] });
    expect(second).toMatchObject({ isBaseline: false, drift: 'none', similarity: 1 });
    expect(third.drift).toBe('changed');
    expect(third.reasons.map(({ kind }: { kind: string }) => kind)).toEqual(['model', 'fingerprint', 'answers']);
    for (const who of [lead, evaluator]) {
      expect((await get(who, `/submissions/${id}/probes`)).json().items).toHaveLength(3);
      expect((await ledgerOf(who, id)).items.filter(({ did }) => did === 'access_probed')).toHaveLength(3);
    }
    expect((await get(otherOffice, `/submissions/${id}/probes`)).json().items).toEqual([]);
    expect((await ask(evaluator, grant)).statusCode).toBe(200);
  });

  test('a probe that fails is on record and ends nothing; by the job as by hand', async () => {
    const { id, grant } = await active();
    await probes.run(system, grant);
    model.instead = (response) => response.writeHead(401).end();
    await probes.run(system, grant);
    model.instead = undefined;

    const { items } = (await get(lead, `/submissions/${id}/probes`)).json();
    expect(items.map(({ failure }: { failure: string | null }) => failure).sort()).toEqual(
      ['unauthorized', null].sort(),
    );
    expect((await ask(evaluator, grant)).statusCode).toBe(200);
  });

  test('nothing is probed once access has ended', async () => {
    const { id, grant } = await active();
    await post(lead, `/submissions/${id}/grants/revoke-all`);
    model.asked.length = 0;

    expect((await post(lead, `/grants/${grant}/probes`)).json()).toMatchObject({ code: 'grant_ended' });
    await probes.run(system, grant);
    expect(model.asked).toEqual([]);
  });
});

test('uses of which the end was lost are said to be lost, once', async () => {
  const { id, grant } = await active();
  await ask(evaluator, grant);
  await system.database.owner
    .updateTable('access_uses')
    .set({ result: 'running', ended_at: null })
    .where('grant_id', '=', grant)
    .execute();
  clock += 3_600_000;

  await gateway.endLost(system);
  await gateway.endLost(system);

  expect((await ledgerOf(lead, id, '?kind=use')).items.map(({ use }) => use?.result)).toEqual(['lost']);
  const { items } = (await get(lead, `/log/entries?object=${grant}`)).json();
  expect(items.filter(({ body }: { body: string }) => body.includes('"lost"'))).toHaveLength(1);
});

test('I2, I9: no sequence of acts lets a use get through after a revocation, an expiry or the end of the window', async () => {
  const step = fc.constantFrom(
    'accept',
    'verifyDeveloper',
    'verifyAuthority',
    'revoke',
    'revokeAll',
    'pause',
    'resume',
    'conclude',
    'withdraw',
    'day',
    'tenDays',
    'thirtyDays',
    'endpoint',
    'use',
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), async (steps) => {
      await moveTo(begin);
      const id = await newSubmission();
      await runWindow(id);
      const grant = await offered(id, { expiresAt: moment(20) });
      let isOver = false;
      let events = 4;
      const windowAct = async (who: Person, act: object) => {
        const answer = await post(who, `/submissions/${id}/window/events`, { ...act, after: events });
        if (answer.statusCode === 201) events++;
        return answer.statusCode === 201;
      };
      const acts: Record<string, () => Promise<unknown>> = {
        accept: () => post(evaluator, `/grants/${grant}/acceptance`),
        verifyDeveloper: () => post(lead, `/grants/${grant}/verification`),
        verifyAuthority: () => post(evaluator, `/grants/${grant}/verification`),
        revoke: async () => {
          isOver ||= (await post(evaluator, `/grants/${grant}/revocation`)).statusCode === 200;
        },
        revokeAll: async () => {
          isOver ||= (await post(lead, `/submissions/${id}/grants/revoke-all`)).statusCode === 200;
        },
        pause: () => windowAct(lead, { act: 'pause', reason: 'outage' }),
        resume: () => windowAct(lead, { act: 'resume' }),
        conclude: async () => {
          isOver ||= await windowAct(evaluator, { act: 'conclude' });
        },
        withdraw: async () => {
          isOver ||= await windowAct(lead, { act: 'withdraw' });
        },
        day: () => moveTo(clock + dayMs),
        tenDays: () => moveTo(clock + 10 * dayMs),
        thirtyDays: () => moveTo(clock + 30 * dayMs),
        endpoint: () => send('PUT', lead, `/grants/${grant}/endpoint`, { baseUrl: model.baseUrl, apiKey: model.key }),
        use: async () => {
          const answer = await ask(evaluator, grant);
          isOver ||= clock >= begin + 20 * dayMs;
          if (isOver) expect(answer.statusCode).toBe(403);
        },
      };
      for (const one of [...steps, 'use']) await acts[one]?.();
    }),
    { numRuns: 20 },
  );
});
