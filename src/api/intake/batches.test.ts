import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { sql } from 'kysely';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { testSystem } from '../../../test/system/test-system.ts';
import * as agents from '../../app/directory/agents.ts';
import * as members from '../../app/directory/members.ts';
import * as signIn from '../../app/directory/sign-in.ts';
import * as batchImport from '../../app/intake/batch-import.ts';
import * as batches from '../../app/intake/batches.ts';
import type { System } from '../../app/system.ts';
import { type Actor, system as itself } from '../../domain/directory/actor.ts';
import { build } from '../server.ts';

const begin = '2026-03-01T09:30:00.000Z';
let now = begin;
let system: System;
let server: FastifyInstance;
let heron: { actor: Actor; cookie: string };
let plover: { actor: Actor; cookie: string };

async function enter(name: string, isHost = false) {
  const made = await system.database.transaction(itself, (tx) =>
    members.found(system, tx, itself, { name, isHost, isSample: false }, [{ name, roles: ['researcher'] }]),
  );
  const [{ id, organisation, roles }] = made.people as [(typeof made.people)[number]];
  const link = await signIn.createLink(system, id);
  const session = await signIn.signInByLink(system, link.slice(link.indexOf('token=') + 6));
  const actor: Actor = { kind: 'person', id, organisation, roles };
  return { actor, cookie: `session=${session}` };
}

beforeEach(() => {
  now = begin;
});

beforeAll(async () => {
  system = await testSystem({ now: () => now, env: { ASSAY_HTTP_REQUESTS_PER_MINUTE: '100000' } });
  server = await build(system, { version: 'test' });
  await enter('Harbour Desk (sample)', true);
  heron = await enter('Heron Lab (sample)');
  plover = await enter('Plover Lab (sample)');
});

function ask(
  who: { cookie: string },
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  payload?: object | string,
) {
  return server.inject({
    method,
    url: `/api/v1${path}`,
    headers: { cookie: who.cookie, ...(typeof payload === 'string' && { 'content-type': 'application/x-ndjson' }) },
    ...(payload !== undefined && { payload }),
  });
}

const report = (key: string, over: object = {}) => ({
  key,
  title: `Flaw ${key} in the parser`,
  description: `The length of ${key} is not checked.`,
  component: { purl: `pkg:npm/package-${key.length}@1.2.0` },
  ...over,
});
const ndjson = (...rows: (object | string)[]) =>
  rows.map((row) => `${typeof row === 'string' ? row : JSON.stringify(row)}\n`).join('');

async function begun(who = heron, over: object = {}): Promise<string> {
  const answer = await ask(who, 'POST', '/batches', { name: 'Spring campaign', ...over });
  expect(answer.statusCode).toBe(201);
  return answer.json().id;
}
const state = async (id: string, who = heron) => (await ask(who, 'GET', `/batches/${id}`)).json();

test('10,000 rows sent as they come are all taken, numbered, and give their receipts page by page', async () => {
  const kite = await enter('Kite Lab (sample)');
  const id = await begun(kite);
  const rows = Array.from({ length: 10_000 }, (_, at) => report(`big-${at}`));

  const answer = await ask(kite, 'POST', `/batches/${id}/rows?last=true`, ndjson(...rows));

  expect(answer.json()).toMatchObject({
    received: 10_000,
    accepted: 10_000,
    refused: 0,
    rowsRead: 10_000,
    state: 'done',
  });
  let after = '';
  const seen = [];
  for (;;) {
    const page = (await ask(kite, 'GET', `/batches/${id}/receipts?limit=1000${after}`)).json();
    seen.push(...page.items);
    if (page.next === undefined) break;
    after = `&after=${page.next}`;
  }
  expect(seen.map(({ row }) => row)).toEqual(rows.map((_, at) => at + 1));
  expect(seen.map(({ key }) => key)).toEqual(rows.map(({ key }) => key));
});

test('a row that cannot be taken is refused by its number with the reason, and no other is lost', async () => {
  const id = await begun();
  const long = JSON.stringify(report('r-long', { description: 'x'.repeat(300_000) }));

  const answer = await ask(
    heron,
    'POST',
    `/batches/${id}/rows?last=true`,
    ndjson(
      report('r-1'),
      '{"title":',
      report('r-2', { colour: 'blue' }),
      long,
      report('r-1'),
      report('r-3', { component: {} }),
      report('r-4'),
    ),
  );
  const refused = (await ask(heron, 'GET', `/batches/${id}/refused`)).json();
  const paged = (await ask(heron, 'GET', `/batches/${id}/refused?limit=1`)).json();
  const csv = await ask(heron, 'GET', `/batches/${id}/refused/refused.csv`);
  const lines = await ask(heron, 'GET', `/batches/${id}/refused/refused.ndjson`);

  expect(answer.json()).toMatchObject({ received: 7, accepted: 2, repeated: 1, refused: 4, state: 'done' });
  expect(refused.items.map(({ row }: { row: number }) => row)).toEqual([2, 3, 4, 6]);
  expect(refused.items[0].problems[0].message).toContain('not JSON');
  expect(refused.items[1].problems[0].message).toContain('colour');
  expect(paged.items).toHaveLength(1);
  expect(csv.body.split('\r\n')).toHaveLength(6);
  expect(csv.headers['content-disposition']).toBe('attachment; filename="refused.csv"');
  expect(
    lines.body
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual(refused.items);
});

test('a key that stands with another content refuses that row alone', async () => {
  const id = await begun();
  await ask(heron, 'POST', '/findings', report('taken'));

  const rows = ndjson(report('taken', { title: 'Something else' }), report('taken'), report('free'));
  const answer = (await ask(heron, 'POST', `/batches/${id}/rows?last=true`, rows)).json();

  expect(answer).toMatchObject({ accepted: 1, repeated: 1, refused: 1 });
  const { items } = (await ask(heron, 'GET', `/batches/${id}/refused`)).json();
  expect(items).toMatchObject([{ row: 1, problems: [{ path: 'key' }] }]);
});

test('rows that were dealt with are passed over by number, and a gap is refused with where to go on', async () => {
  const id = await begun();
  const rows = Array.from({ length: 6 }, (_, at) => report(`resume-${at}`));
  await ask(heron, 'POST', `/batches/${id}/rows`, ndjson(...rows.slice(0, 4)));

  const overlapping = await ask(heron, 'POST', `/batches/${id}/rows?from=2`, ndjson(...rows.slice(2)));
  const gap = await ask(heron, 'POST', `/batches/${id}/rows?from=9`, ndjson(report('resume-9')));

  expect(overlapping.json()).toMatchObject({ received: 2, accepted: 2, repeated: 0, rowsRead: 6, state: 'receiving' });
  expect(gap.json()).toMatchObject({ code: 'batch_gap', details: { rowsRead: 6 } });
});

test('a connection that breaks loses nothing that was taken: the batch says where it goes on', async () => {
  const id = await begun();
  const rows = Array.from({ length: 1_200 }, (_, at) => report(`break-${at}`));
  const broken = Readable.from(
    (async function* () {
      yield Buffer.from(ndjson(...rows.slice(0, 1_100)));
      throw new Error('the other side is gone');
    })(),
  );

  const part = { from: 0, isLast: true };
  await expect(batchImport.takeLines(system, heron.actor, id, part, broken)).rejects.toThrow('gone');
  const { rowsRead } = await state(id);
  const rest = (
    await ask(heron, 'POST', `/batches/${id}/rows?from=${rowsRead}&last=true`, ndjson(...rows.slice(rowsRead)))
  ).json();

  expect(rowsRead).toBe(1_000);
  expect(rest).toMatchObject({ received: 200, accepted: 200, rowsRead: 1_200, state: 'done' });
  expect(await state(id)).toMatchObject({ accepted: 1_200, repeated: 0, refused: 0, rowsTotal: 1_200 });
});

test('a paused batch takes nothing, goes on where it stopped, and cancelled it keeps what it has', async () => {
  const id = await begun();
  await ask(heron, 'POST', `/batches/${id}/rows`, ndjson(report('p-1')));
  const change = (to: string) => ask(heron, 'PATCH', `/batches/${id}`, { to });

  expect((await change('paused')).json().state).toBe('paused');
  expect((await ask(heron, 'POST', `/batches/${id}/rows?from=1`, ndjson(report('p-2')))).json().code).toBe(
    'batch_not_now',
  );
  expect((await change('resumed')).json().state).toBe('receiving');
  expect((await ask(heron, 'POST', `/batches/${id}/rows?from=1`, ndjson(report('p-2')))).json().accepted).toBe(1);
  expect((await change('cancelled')).json()).toMatchObject({ state: 'cancelled', accepted: 2 });
  expect((await change('resumed')).json().code).toBe('batch_not_now');
});

test('a batch of another organisation does not exist (I5)', async () => {
  const id = await begun();
  const missing = `batch_${'0'.repeat(32)}`;
  const asked: ['GET' | 'POST' | 'PATCH', string, (object | string)?][] = [
    ['GET', ''],
    ['GET', '/refused'],
    ['GET', '/refused/refused.csv'],
    ['GET', '/receipts'],
    ['PATCH', '', { to: 'paused' }],
    ['POST', '/rows', ndjson(report('x'))],
    ['POST', '/file?name=x.sarif', ndjson(report('x'))],
  ];

  for (const [method, path, payload] of asked) {
    const existing = await ask(plover, method, `/batches/${id}${path}`, payload);
    const none = await ask(plover, method, `/batches/${missing}${path}`, payload);

    expect(existing.statusCode).toBe(404);
    const same = ({ body }: typeof existing) => body.replace(/"requestId":"[^"]*"/, '');
    expect(same(existing)).toBe(same(none));
  }
  expect((await ask(plover, 'GET', '/batches')).json().items).toEqual([]);
});

test('a file is kept sealed, read by a job in turns, and forgotten when its last row is dealt with', async () => {
  const id = await begun(heron, { name: 'A file' });
  const rows = Array.from({ length: 1_700 }, (_, at) => report(`file-${at}`));
  rows[3] = { ...report('file-3'), title: '' };

  const taken = await ask(heron, 'POST', `/batches/${id}/file?name=findings.ndjson`, ndjson(...rows));
  const { rows: parts } = await sql<{ text: string }>`select encode(bytes, 'escape') as text from batch_parts`.execute(
    system.database.owner,
  );
  await batchImport.run(system, id);
  await batchImport.run(system, id);

  expect(taken.statusCode).toBe(202);
  expect(taken.json()).toMatchObject({ state: 'reading', digest: expect.stringMatching(/^sha256:/) });
  expect(parts.length).toBeGreaterThan(0);
  for (const { text } of parts) expect(text).not.toContain('parser');
  expect(await state(id)).toMatchObject({ state: 'done', accepted: 1_699, refused: 1, rowsRead: 1_700 });
  const left = await sql`select from batch_parts`.execute(system.database.owner);
  expect(left.rows).toHaveLength(0);
  expect((await ask(heron, 'POST', `/batches/${id}/file?name=again`, ndjson(report('x')))).json().code).toBe(
    'batch_not_now',
  );
});

/** Bytes that come when they are let: `next` gives the one who sends them a piece more, or their end. */
function sent() {
  const pieces: (Uint8Array | undefined)[] = [];
  let wake = () => {};
  let isAsked = () => {};
  const bytes = async function* () {
    for (;;) {
      if (pieces.length === 0) {
        isAsked();
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      const piece = pieces.shift();
      if (piece === undefined) return;
      yield piece;
    }
  };
  /** Resolves when the piece is dealt with and another is asked for. */
  const next = (text?: string) =>
    new Promise<void>((resolve) => {
      isAsked = resolve;
      pieces.push(text === undefined ? undefined : Buffer.from(text));
      wake();
    });
  return { bytes: bytes(), next };
}

test('of two who send the file of a batch at the same time one has it read whole, and no part of the other’s', async () => {
  // Each piece is longer than a part, so that a part of one in the place of the other's would show.
  const piecesOf = (name: string) =>
    [0, 1, 2].map((at) => `${ndjson(report(`${name}-${at}`))}${' '.repeat(600_000)}\n`) as [string, string, string];
  const [early, late] = [piecesOf('early'), piecesOf('late')];
  const id = await begun(heron, { name: 'Sent twice' });
  const code = (error: unknown) => (error as { code?: string }).code;
  const [one, two] = [sent(), sent()];
  const take = (name: string, bytes: AsyncIterable<Uint8Array>) =>
    batchImport.takeFile(system, heron.actor, id, name, bytes).then(() => undefined, code);

  const first = take('early.ndjson', one.bytes);
  await one.next(early[0]);
  const second = take('late.ndjson', two.bytes);
  await two.next(late[0]);
  const refused = one.next(early[1]);
  const outcome = await Promise.race([first, refused.then(() => 'kept')]);
  await two.next(late[1]);
  await two.next(late[2]);
  void two.next();

  expect(outcome).toBe('batch_sent_anew');
  expect(await second).toBeUndefined();
  await batchImport.run(system, id);
  const receipts = (await ask(heron, 'GET', `/batches/${id}/receipts`)).json().items;
  expect(receipts.map(({ key }: { key: string }) => key)).toEqual(['late-0', 'late-1', 'late-2']);
});

test('who sends the file of a batch that another has just sent whole is refused, and leaves nothing', async () => {
  const id = await begun(heron, { name: 'Sent late' });
  const slow = sent();
  const file = (name: string, rows: AsyncIterable<Uint8Array>) =>
    batchImport.takeFile(system, heron.actor, id, name, rows);

  const whole = ndjson(report('whole')) + ' '.repeat(600_000);
  const early = file('slow.ndjson', slow.bytes).catch((error: { code?: string }) => error.code);
  await slow.next('{}');
  await file('whole.ndjson', Readable.from([Buffer.from(whole)]));
  void slow.next(' '.repeat(600_000));

  expect(await early).toBe('batch_not_now');
  const { rows } = await sql<{ uploads: number }>`
    select count(distinct upload)::int as uploads from batch_parts`.execute(system.database.owner);
  expect(rows).toEqual([{ uploads: 1 }]);
  await batchImport.run(system, id);
  expect(await state(id)).toMatchObject({ state: 'done', accepted: 1, rowsRead: 1 });
});

test('an organisation begins so many batches in 24 hours, is told until when, and keeps nobody else from theirs', async () => {
  const tern = await enter('Tern Lab (sample)');
  for (let at = 0; at < batches.perDayMax; at++) {
    now = new Date(Date.parse(begin) + at * 1000).toISOString();
    await batches.begin(system, tern.actor, { name: `Batch ${at}` });
  }

  const refused = await ask(tern, 'POST', '/batches', { name: 'One more' });

  expect(refused.json()).toMatchObject({
    status: 429,
    code: 'batches_many',
    details: { perDayMax: batches.perDayMax, resumesAt: '2026-03-02T09:30:00.000Z' },
  });
  await begun(plover);
  now = '2026-03-02T09:30:00.000Z';
  await batches.begin(system, tern.actor, { name: 'The next day' });
  await expect(batches.begin(system, tern.actor, { name: 'One more' })).rejects.toMatchObject({ code: 'batches_many' });
});

test('a batch whose rows are refused without end is read no further, says so, and keeps what was taken', async () => {
  const id = await begun();
  const { refusedRowsMax, chunkRowsMax } = batchImport.limits;

  const answer = await ask(
    heron,
    'POST',
    `/batches/${id}/rows`,
    ndjson(report('w-1')) + '{}\n'.repeat(refusedRowsMax * 2),
  );

  expect(answer.json()).toMatchObject({
    accepted: 1,
    state: 'refused',
    reason: expect.stringContaining('10,000 or more'),
  });
  const { accepted, refused } = await state(id);
  expect(accepted).toBe(1);
  expect(refused).toBeGreaterThanOrEqual(refusedRowsMax);
  expect(refused).toBeLessThan(refusedRowsMax + chunkRowsMax);
});

test('a file that is nothing known is refused whole, with the reason', async () => {
  const id = await begun();
  await ask(heron, 'POST', `/batches/${id}/file?name=notes.txt`, 'Dear all, see you on Monday.');

  await batchImport.run(system, id);

  const refused = await state(id);
  expect(refused).toMatchObject({ state: 'refused', accepted: 0 });
  expect(refused.problems.length).toBeGreaterThan(0);
});

test('beyond its room a batch is slowed with the reasons and goes on by itself when there is room again', async () => {
  const goose = await enter('Goose Lab (sample)');
  const id = await begun(goose);
  const rows = (from: number, count: number) =>
    ndjson(...Array.from({ length: count }, (_, at) => report(`goose-${from + at}`)));
  await ask(goose, 'POST', `/batches/${id}/rows`, rows(0, 1));
  // The hour has room for a hundred more.
  const { perHour } = (await ask(goose, 'GET', '/intake-room')).json();
  await sql`update intake_hours set findings = ${perHour - 100}
    where organisation_id = ${goose.actor.organisation}`.execute(system.database.owner);

  const slowed = (await ask(goose, 'POST', `/batches/${id}/rows?from=1`, rows(1, 300))).json();
  const single = await ask(goose, 'POST', '/findings', report('goose-single'));
  const repeated = await ask(goose, 'POST', '/findings', report('goose-0'));
  now = slowed.resumesAt;
  const rest = (await ask(goose, 'POST', `/batches/${id}/rows?from=101&last=true`, rows(101, 200))).json();

  expect(slowed).toMatchObject({
    accepted: 100,
    rowsRead: 101,
    state: 'slowed',
    resumesAt: '2026-03-01T10:00:00.000Z',
  });
  expect(slowed.reason).toContain('room for');
  expect(single.statusCode).toBe(429);
  expect(single.json()).toMatchObject({ code: 'intake_full', details: { resumesAt: '2026-03-01T10:00:00.000Z' } });
  expect(single.headers['retry-after']).toBe('Sun, 01 Mar 2026 10:00:00 GMT');
  // What stands already takes no room.
  expect(repeated.statusCode).toBe(201);
  expect(rest).toMatchObject({ accepted: 200, rowsRead: 301, state: 'done', resumesAt: null });
});

test('a file over the room waits for its job, and the agent that began it spends its own budget there', async () => {
  const expiresAt = '2026-04-01T00:00:00.000Z';
  const budget = { findings: 30, questions: 0 };
  const scopes = ['findings:read', 'findings:write'] as const;
  const agent = await agents.add(system, heron.actor, { name: 'scout', scopes: [...scopes], expiresAt, budget });
  const send = (method: 'GET' | 'POST', path: string, payload?: object | string) =>
    server.inject({
      method,
      url: `/api/v1${path}`,
      headers: {
        authorization: `Bearer ${agent.token}`,
        ...(typeof payload === 'string' && { 'content-type': 'application/x-ndjson' }),
      },
      ...(payload !== undefined && { payload }),
    });
  const { id } = (await send('POST', '/batches', { name: 'Scouted' })).json();
  const rows = Array.from({ length: 50 }, (_, at) => report(`agent-${at}`));
  await send('POST', `/batches/${id}/file?name=a.ndjson`, ndjson(...rows));

  await batchImport.run(system, id);
  const slowed = (await send('GET', `/batches/${id}`)).json();
  now = slowed.resumesAt;
  await batchImport.run(system, id);

  expect(slowed).toMatchObject({ state: 'slowed', accepted: 30, rowsRead: 30, resumesAt: '2026-03-02T00:00:00.000Z' });
  expect((await send('GET', `/batches/${id}`)).json()).toMatchObject({ state: 'done', accepted: 50, repeated: 0 });
});

test('a table is read by the mapping that its batch began with', async () => {
  const fields = { title: 'Summary', 'component.purl': 'Package', key: 'No' };
  await ask(heron, 'PUT', '/batch-mappings/our-tool', { fields });
  const id = await begun(heron, { mapping: 'our-tool', format: 'csv' });
  await ask(heron, 'PUT', '/batch-mappings/our-tool', { fields: { ...fields, title: 'Headline' } });
  const table =
    'No,Summary,Package\r\nT-1,A flaw in left,pkg:npm/left@1.0.0\r\nT-2,,\r\nT-3,Another,pkg:npm/left@1.0.0\r\n';
  await ask(heron, 'POST', `/batches/${id}/file?name=table.csv`, table);

  await batchImport.run(system, id);

  expect(await state(id)).toMatchObject({ state: 'done', format: 'csv', accepted: 2, refused: 1, rowsRead: 3 });
  const { items } = (await ask(heron, 'GET', `/batches/${id}/receipts`)).json();
  expect(items.map(({ row, key }: { row: number; key: string }) => [row, key])).toEqual([
    [1, 'T-1'],
    [3, 'T-3'],
  ]);
});

test('a mapping is saved by name for one organisation; one that no reader takes is refused', async () => {
  const fields = { title: 'Summary', 'component.purl': 'Package' };
  const saved = await ask(heron, 'PUT', '/batch-mappings/theirs', { fields });
  const faulty = await ask(heron, 'PUT', '/batch-mappings/faulty', { fields: { ...fields, colour: 'Colour' } });
  const twice = await ask(heron, 'PUT', '/batch-mappings/faulty', { fields: { title: 'A', 'component.purl': 'A' } });
  const unknown = await ask(heron, 'POST', '/batches', { name: 'x', mapping: 'none' });

  expect(saved.statusCode).toBe(200);
  expect([faulty.json().code, twice.json().code]).toEqual(['mapping_not_valid', 'mapping_not_valid']);
  expect((await ask(heron, 'GET', '/batch-mappings')).json().items.at(-1)).toMatchObject({ name: 'theirs', fields });
  expect((await ask(plover, 'GET', '/batch-mappings')).json().items).toEqual([]);
  expect(unknown.json().code).toBe('mapping_not_found');
  expect((await ask(heron, 'DELETE', '/batch-mappings/theirs')).statusCode).toBe(204);
  expect((await ask(heron, 'DELETE', '/batch-mappings/theirs')).statusCode).toBe(404);
});
