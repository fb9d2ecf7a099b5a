import { readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import { sql } from 'kysely';
import { beforeAll, expect, test } from 'vitest';
import { testSystem } from '../../../test/system/test-system.ts';
import { zipOf } from '../../../test/zip.ts';
import * as members from '../../app/directory/members.ts';
import * as signIn from '../../app/directory/sign-in.ts';
import { sequence } from '../../app/log/sequence.ts';
import * as submissionAudience from '../../app/review/submission-audience.ts';
import * as submissions from '../../app/review/submissions.ts';
import type { System } from '../../app/system.ts';
import { type Actor, system as itself, type Role } from '../../domain/directory/actor.ts';
import { build } from '../server.ts';

interface Somebody {
  actor: Actor;
  cookie: string;
}

let system: System;
let server: FastifyInstance;
let lab: Somebody;
let authority: Somebody;
let stranger: Somebody;

const utf8 = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));

interface MadeSample {
  id: string;
  epoch?: number;
  score?: string | number;
  events?: object[];
  [key: string]: unknown;
}

/** A log as Inspect writes it: zip or JSON. */
function logOf(samples: MadeSample[], { model = 'tidewater/tern', task = 'locks' } = {}) {
  const header = {
    version: 2,
    status: 'success',
    eval: {
      eval_id: 'E1',
      run_id: 'R1',
      created: '2026-02-01T10:00:00+00:00',
      task,
      task_id: 'T1',
      task_version: 0,
      task_args: {},
      dataset: { name: 'locks', samples: samples.length, sample_ids: samples.map(({ id }) => id), shuffled: false },
      model,
      model_args: {},
      config: { epochs: 1 },
      packages: { inspect_ai: '0.3.100' },
    },
    plan: { name: 'plan', steps: [{ solver: 'generate', params: {} }], config: {} },
    results: { total_samples: samples.length, completed_samples: samples.length, scores: [] },
    stats: { started_at: '2026-02-01T10:00:00+00:00', completed_at: '2026-02-01T10:05:00+00:00', model_usage: {} },
  };
  const whole = samples.map(({ id, epoch = 1, score, events = [], ...rest }) => ({
    id,
    epoch,
    input: `Open the lock of ${id}.`,
    target: 'open',
    messages: [],
    output: { model, choices: [] },
    scores: score === undefined ? {} : { match: { value: score, answer: 'open' } },
    events,
    metadata: { family: id.slice(0, 1) },
    ...rest,
  }));
  return { header, whole };
}

function evalFile(...made: Parameters<typeof logOf>): Buffer {
  const { header, whole } = logOf(...made);
  return zipOf({
    'header.json': utf8(header),
    ...Object.fromEntries(whole.map((sample) => [`samples/${sample.id}_epoch_${sample.epoch}.json`, utf8(sample)])),
  });
}

function jsonFile(...made: Parameters<typeof logOf>): Buffer {
  const { header, whole } = logOf(...made);
  return utf8({ ...header, samples: whole });
}

const toolEvents = (count: number) =>
  Array.from({ length: count }, (_, at) => ({
    event: at % 3 === 0 ? 'model' : 'tool',
    timestamp: '2026-02-01T10:00:00+00:00',
    ...(at % 3 === 0
      ? { model: 'm', input: [{ role: 'user', content: `turn ${at}` }], output: { model: 'm', choices: [] } }
      : { id: `call ${at}`, function: 'bash', arguments: { cmd: `echo needle-${at}` }, result: `needle-${at}\n` }),
  }));

async function somebody(name: string, isHost: boolean, roles: Role[]): Promise<Somebody> {
  const made = await system.database.transaction(itself, (tx) =>
    members.found(system, tx, itself, { name, isHost, isSample: false }, [{ name: `Somebody of ${name}`, roles }]),
  );
  const person = made.people[0] as (typeof made.people)[number];
  const link = await signIn.createLink(system, person.id);
  const cookie = `session=${await signIn.signInByLink(system, link.slice(link.indexOf('token=') + 6))}`;
  return { actor: { kind: 'person', id: person.id, organisation: person.organisation, roles }, cookie };
}

beforeAll(async () => {
  system = await testSystem({ env: { ASSAY_HTTP_REQUESTS_PER_MINUTE: '100000' } });
  server = await build(system, { version: 'test' });
  lab = await somebody('Tidewater Models (sample)', true, ['release_manager']);
  authority = await somebody('Office of Measured Capability (sample)', false, ['evaluator']);
  stranger = await somebody('Harrow Rural Hospital Network (sample)', false, ['evaluator', 'administrator']);
  // Their names may be read by everybody here, so that they can be chosen.
  await system.database.owner.updateTable('organisations').set({ is_shared: true }).execute();
});

function ask(who: { cookie: string }, method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown) {
  const isBytes = Buffer.isBuffer(body);
  return server.inject({
    method,
    url: `/api/v1${path}`,
    headers: { cookie: who.cookie, ...(isBytes && { 'content-type': 'application/octet-stream' }) },
    ...(body !== undefined && { payload: body as object }),
  });
}

const send = (who: Somebody, bytes: Buffer, fileName = 'log.eval') =>
  ask(who, 'POST', `/runs?fileName=${encodeURIComponent(fileName)}`, bytes);

async function imported(who: Somebody, bytes: Buffer, fileName?: string): Promise<string> {
  const answer = await send(who, bytes, fileName);
  expect(answer.statusCode, answer.body).toBe(201);
  return answer.json().id;
}

/** Entries that somebody may read about a thing, newest first: who did what. */
async function record(who: Somebody, object: string): Promise<{ did: string; by: string; [key: string]: unknown }[]> {
  await sequence(system);
  const answer = await ask(who, 'GET', `/log/entries?object=${object}&limit=200`);
  return answer.json().items.map((item: { body: string }) => JSON.parse(item.body));
}

test.each([
  ['zip', evalFile],
  ['JSON', jsonFile],
] as const)('a log in %s is read with its samples, scores and transcripts', async (name, make) => {
  const samples = [
    { id: `a-${name}`, score: 'C', events: toolEvents(7) },
    { id: `b-${name}`, score: 'I', error_retries: [{ message: 'late' }] },
    { id: `c/${name}/../x`, score: Number.NaN as number, limit: { type: 'token', limit: 10 } },
  ];
  const id = await imported(lab, make(samples));

  const run = (await ask(lab, 'GET', `/runs/${id}`)).json();
  expect(run).toMatchObject({ state: 'ready', samples: 3, events: 7, model: 'tidewater/tern', task: 'locks' });
  expect(run.counts).toMatchObject({ retried: 1, limit: 1, unscored: 1, error: 0 });
  expect(run.scorers).toEqual([{ name: 'match', scored: 2 }]);
  expect(run.clusters).toContainEqual({ key: 'family', groups: 3 });
  const rows = (await ask(lab, 'GET', `/runs/${id}/samples`)).json().items;
  expect(rows.map((row: { summary: { id: string } }) => row.summary.id).sort()).toEqual(
    samples.map((s) => s.id).sort(),
  );
  const retries = rows.map((row: { summary: { id: string; retries: number } }) => [
    row.summary.id[0],
    row.summary.retries,
  ]);
  expect(Object.fromEntries(retries)).toEqual({ a: 0, b: 1, c: 0 });
  const first = rows.find((row: { events: number }) => row.events > 0);
  const events = (await ask(lab, 'GET', `/runs/${id}/samples/${first.number}/events`)).json().items;
  expect(events.map((event: { kind: string }) => event.kind)).toEqual(toolEvents(7).map(({ event }) => event));
  const event = (await ask(lab, 'GET', `/runs/${id}/samples/${first.number}/events/1`)).json();
  expect(event.payload).toMatchObject({ function: 'bash', result: 'needle-1\n' });
  const statistics = (await ask(lab, 'GET', `/runs/${id}/statistics`)).json();
  expect(statistics).toMatchObject({ scorer: 'match', items: 2, scored: 2, unscored: 1, mean: 0.5 });
});

test.each([
  ['popularity.eval', 10, 0.8],
  ['popularity-zstd.eval', 10, 0.8],
  ['log_streaming.eval', 4, 0.75],
  ['log_formats.json', 1, 0],
  ['log_formats.eval', 1, 0],
])(
  'the log %s of Inspect is kept with as many samples and the accuracy that its header says',
  async (name, samples, accuracy) => {
    const file = readFileSync(new URL(`../../formats/inspect/testdata/${name}`, import.meta.url));

    const id = await imported(stranger, file, name);

    const run = (await ask(stranger, 'GET', `/runs/${id}`)).json();
    expect(run).toMatchObject({ state: 'ready', samples, manifestDigest: expect.stringMatching(/^sha256:/) });
    expect(run.report.scores[0].metrics.accuracy).toBeCloseTo(accuracy, 10);
    expect(run.report.scores[0].recomputed.accuracy).toBeCloseTo(accuracy, 10);
    expect((await ask(stranger, 'GET', `/runs/${id}/samples/1/events?limit=5`)).json().items.length).toBeGreaterThan(0);
    expect((await ask(stranger, 'GET', `/runs/${id}/export?as=every-eval-ever`)).json().schema_version).toBeDefined();
    const table = await ask(stranger, 'GET', `/runs/${id}/export?as=attempts`);
    expect(table.body.trim().split('\n')).toHaveLength(samples + 1);
  },
);

test('a table of attempts that was written here is read here', async () => {
  const bytes = evalFile(
    [
      { id: 'a', score: 1 },
      { id: 'b', score: 0 },
    ],
    { task: 'table' },
  );
  const table = await ask(lab, 'GET', `/runs/${await imported(lab, bytes)}/export?as=attempts`);

  const id = await imported(lab, Buffer.from(table.body), 'table.csv');

  expect((await ask(lab, 'GET', `/runs/${id}/statistics`)).json()).toMatchObject({ items: 2, mean: 0.5 });
});

test('samples are found by what happened to them and by score, page by page', async () => {
  const samples = Array.from({ length: 25 }, (_, at) => ({
    id: `s${at}`,
    score: at % 2,
    ...(at % 5 === 0 && { error: { message: 'stopped', traceback: '', traceback_ansi: '' } }),
  }));
  const id = await imported(lab, evalFile(samples, { task: 'paged' }));

  const seen: string[] = [];
  let next = '';
  do {
    const page = (await ask(lab, 'GET', `/runs/${id}/samples?limit=10${next && `&after=${next}`}`)).json();
    seen.push(...page.items.map((row: { summary: { id: string } }) => row.summary.id));
    next = page.next ?? '';
  } while (next !== '');
  expect(seen).toEqual(samples.map((sample) => sample.id));
  expect((await ask(lab, 'GET', `/runs/${id}/samples?is=error`)).json().items).toHaveLength(5);
  expect((await ask(lab, 'GET', `/runs/${id}/samples?scorer=match&scoreMin=1`)).json().items).toHaveLength(12);
  expect((await ask(lab, 'GET', `/runs/${id}/samples?q=s2`)).json().items).toHaveLength(6);
  expect((await ask(lab, 'GET', `/runs/${id}/samples?is=cleared`)).statusCode).toBe(422);
});

test('a transcript is read in windows, and searched forward and backward', async () => {
  const id = await imported(lab, evalFile([{ id: 'long', score: 1, events: toolEvents(500) }], { task: 'windows' }));
  const events = `/runs/${id}/samples/1/events`;

  const window = (await ask(lab, 'GET', `${events}?after=99&limit=3`)).json().items;
  expect(window.map((event: { index: number }) => event.index)).toEqual([100, 101, 102]);
  expect((await ask(lab, 'GET', `${events}/next?from=100&kind=model`)).json()).toEqual({ index: 102, next: null });
  expect((await ask(lab, 'GET', `${events}/next?from=100&kind=model&back=true`)).json()).toEqual({
    index: 99,
    next: null,
  });
  expect((await ask(lab, 'GET', `${events}/next?from=-1&q=needle-410`)).json()).toEqual({ index: 410, next: null });
  expect((await ask(lab, 'GET', `${events}/next?from=-1&q=n%25eedle`)).json()).toEqual({ index: null, next: null });
  expect((await ask(lab, 'GET', `${events}?after=499`)).json().items).toEqual([]);
  expect((await ask(lab, 'GET', `/runs/${id}/samples/2/events`)).statusCode).toBe(404);
});

test('a text is looked for in part of a long transcript at a time, until all of it was seen', async () => {
  const id = await imported(lab, evalFile([{ id: 'endless', score: 1, events: toolEvents(3) }], { task: 'endless' }));
  await sql`insert into run_events (run, sample, index, kind, depth, text, payload)
    select number, 1, i, 'tool', 0, 'step ' || i, '{}' from runs, generate_series(3, 50009) i where id = ${id}`.execute(
    system.database.owner,
  );
  await sql`update run_samples set events = 50010 from runs where run = runs.number and runs.id = ${id}`.execute(
    system.database.owner,
  );
  const found = async (q: string, from: number, back = false) => {
    const asked: number[] = [];
    for (let at: number | null = from; at !== null; ) {
      asked.push(at);
      const path = `/runs/${id}/samples/1/events/next?from=${at}&q=${q}&back=${back}`;
      const answer: { index: number | null; next: number | null } = (await ask(lab, 'GET', path)).json();
      if (answer.index !== null) return { index: answer.index, asked };
      at = answer.next;
    }
    return { index: null, asked };
  };

  expect(await found('step%2050009', -1)).toEqual({ index: 50_009, asked: [-1, 19_999, 39_999] });
  expect(await found('needle-1', 50_009, true)).toEqual({ index: 1, asked: [50_009, 30_009, 10_009] });
  expect(await found('nowhere', -1)).toEqual({ index: null, asked: [-1, 19_999, 39_999] });
});

test('the same bytes again give the run that stands; another organisation has its own of them', async () => {
  const bytes = evalFile([{ id: 'once', score: 1 }], { task: 'once' });
  const id = await imported(lab, bytes);

  const again = await send(lab, bytes, 'renamed.eval');
  const theirs = await send(stranger, bytes);

  expect([again.statusCode, again.json().id]).toEqual([200, id]);
  expect(theirs.statusCode).toBe(201);
  expect(theirs.json().id).not.toBe(id);
});

test('text from a log is data: names with NUL, half characters and markup come back as they were or marked', async () => {
  const hostile = '<img src=x onerror=alert(1)>\u0000 \ud800 \u202e';
  const id = await imported(
    lab,
    jsonFile([{ id: hostile, score: 1, events: [{ event: 'info', data: hostile }] }], {
      task: hostile,
      model: hostile,
    }),
    'hostile.json',
  );

  const run = (await ask(lab, 'GET', `/runs/${id}`)).json();
  expect(run.task).toContain('<img src=x onerror=alert(1)>');
  const [sample] = (await ask(lab, 'GET', `/runs/${id}/samples`)).json().items;
  expect(sample.summary.id).toContain('<img');
  const event = (await ask(lab, 'GET', `/runs/${id}/samples/1/events/0`)).json();
  expect(event.payload.data).toBe(hostile);
});

const zeros = (megabytes: number) => Buffer.alloc(megabytes * 1024 * 1024, 0x20);

test.each([
  ['a truncated zip', () => evalFile([{ id: 'a', score: 1, events: toolEvents(200) }]).subarray(0, -100), 'cut off'],
  ['a zip that is no log', () => zipOf({ 'readme.txt': utf8('nothing') }), 'not an evaluation log'],
  ['an empty file', () => Buffer.alloc(0), 'empty'],
  ['text that is no log', () => utf8('once upon a time'), ''],
  [
    'a zip bomb',
    () =>
      zipOf({
        'header.json': utf8(logOf([{ id: 'a', score: 1 }]).header),
        'samples/a_epoch_1.json': zeros(64),
      }),
    '',
  ],
] as const)('%s is refused with the reason, and nothing of it is kept', async (_name, make, reason) => {
  const before = await counts();

  const answer = await send(lab, make(), 'x.eval');

  expect(answer.statusCode).toBe(422);
  expect(answer.json()).toMatchObject({ code: 'log_not_read' });
  expect(answer.json().details.problems[0].message).toContain(reason);
  expect(answer.json().details.problems[0].message.length).toBeGreaterThan(20);
  expect(await counts()).toEqual(before);
});

const counts = async () => {
  const { rows } = await sql<Record<string, number>>`select (select count(*)::int from runs) as runs,
    (select count(*)::int from run_samples) as samples, (select count(*)::int from run_events) as events`.execute(
    system.database.owner,
  );
  return rows[0];
};

test('I5: to others a run and everything in it is as if it did not exist, byte for byte', async () => {
  const id = await imported(lab, evalFile([{ id: 'hidden', score: 1, events: toolEvents(3) }], { task: 'hidden' }));
  const body = async (method: 'GET' | 'POST' | 'DELETE', path: string, payload?: object) => {
    const answer = await ask(stranger, method, path, payload);
    return `${answer.statusCode} ${answer.body.replace(/"requestId":"[^"]*"/, '')}`;
  };

  for (const rest of [
    '',
    '/manifest',
    '/export?as=attempts',
    '/samples',
    '/samples/1',
    '/samples/1/events',
    '/samples/1/events/0',
    '/samples/1/events/next?from=-1&kind=tool',
    '/statistics',
    '/shares/preview?submission=submission_x',
  ]) {
    expect(await body('GET', `/runs/${id}${rest}`), rest).toBe(await body('GET', `/runs/run_missing${rest}`));
  }
  expect(await body('DELETE', `/runs/${id}`)).toBe(await body('DELETE', '/runs/run_missing'));
  expect(await body('DELETE', `/runs/${id}/shares/x`)).toBe(await body('DELETE', '/runs/run_missing/shares/x'));
  const share = { submission: 'submission_x', organisations: ['organisation_x'] };
  expect(await body('POST', `/runs/${id}/shares`, share)).toBe(await body('POST', '/runs/run_missing/shares', share));
  const own = await imported(stranger, evalFile([{ id: 'own', score: 1 }], { task: 'own' }));
  expect(await body('GET', `/runs/compare?a=${own}&b=${id}`)).toBe(
    await body('GET', `/runs/compare?a=${own}&b=run_no`),
  );
  expect((await ask(stranger, 'GET', '/runs')).json().items.map((run: { id: string }) => run.id)).not.toContain(id);
});

test('I6 and I7: a run is shared with the parties of a submission by a named act, read on record, and taken back', async () => {
  const id = await imported(lab, evalFile([{ id: 'shared', score: 1, events: toolEvents(3) }], { task: 'shared' }));
  const { submission } = await submissions.open(system, lab.actor, { name: 'Tern', version: '1', digest: null });
  await submissions.admit(system, lab.actor, submission.id, authority.actor.organisation as 'organisation_x');

  const { parties } = (await ask(lab, 'GET', `/runs/${id}/shares/preview?submission=${submission.id}`)).json();
  expect(parties.map(({ name, isNew }: { name: string; isNew: boolean }) => [name, isNew])).toEqual([
    ['Tidewater Models (sample)', false],
    ['Office of Measured Capability (sample)', true],
  ]);
  expect((await ask(authority, 'GET', `/runs/${id}`)).statusCode).toBe(404);

  // Who saw a preview that named fewer shares nothing.
  const few = { submission: submission.id, organisations: [lab.actor.organisation] };
  expect((await ask(lab, 'POST', `/runs/${id}/shares`, few)).statusCode).toBe(412);
  expect((await ask(authority, 'GET', `/runs/${id}`)).statusCode).toBe(404);

  const all = {
    submission: submission.id,
    organisations: parties.map((one: { organisation: string }) => one.organisation),
  };
  expect((await ask(lab, 'POST', `/runs/${id}/shares`, all)).statusCode).toBe(201);
  const seen = await ask(authority, 'GET', `/runs/${id}`);
  expect(seen.statusCode).toBe(200);
  expect(seen.json()).toMatchObject({ isOwn: false });
  expect((await ask(authority, 'GET', `/runs?submission=${submission.id}`)).json().items).toHaveLength(1);
  await ask(authority, 'GET', `/runs/${id}/samples/1/events?after=0`);
  await ask(authority, 'GET', `/runs/${id}/samples/1/events/2`);
  expect((await ask(authority, 'DELETE', `/runs/${id}`)).statusCode).toBe(403);
  expect((await ask(stranger, 'GET', `/runs/${id}`)).statusCode).toBe(404);

  const reads = (await record(lab, id)).filter(({ by }) => by === authority.actor.id).map(({ did }) => did);
  expect(reads).toEqual(expect.arrayContaining(['run_read', 'run_events_read', 'run_event_read']));

  expect((await ask(lab, 'DELETE', `/runs/${id}/shares/${submission.id}`)).json()).toEqual({ items: [] });
  for (const rest of ['', '/samples', '/samples/1/events', '/samples/1/events/1']) {
    expect((await ask(authority, 'GET', `/runs/${id}${rest}`)).statusCode).toBe(404);
  }
  expect((await ask(lab, 'GET', `/runs/${id}/samples/1/events/1`)).statusCode).toBe(200);
  expect((await record(authority, id)).map(({ did }) => did)).toContain('run_sharing_ended');
});

test('a run shared with two submissions stays with the parties of the other when one sharing ends, and neither learns of the other', async () => {
  const id = await imported(lab, evalFile([{ id: 'twice', score: 1 }], { task: 'twice' }));
  const open = async (party: Somebody) => {
    const { submission } = await submissions.open(system, lab.actor, { name: 'Tern', version: '2', digest: null });
    await submissions.admit(system, lab.actor, submission.id, party.actor.organisation as 'organisation_x');
    const organisations = [lab.actor.organisation, party.actor.organisation];
    await ask(lab, 'POST', `/runs/${id}/shares`, { submission: submission.id, organisations });
    return submission.id;
  };
  const one = await open(authority);
  const other = await open(stranger);

  const shares = (await ask(authority, 'GET', `/runs/${id}`)).json().shares;
  expect(shares.map((share: { submission: string }) => share.submission)).toEqual([one]);
  const { audience } = (await ask(authority, 'GET', `/runs/${id}`)).json();
  expect(audience.map(({ name }: { name: string }) => name).sort()).toEqual([
    'Office of Measured Capability (sample)',
    'Tidewater Models (sample)',
  ]);
  expect(JSON.stringify(await record(authority, id))).not.toContain(other);
  expect(JSON.stringify(await record(stranger, id))).not.toContain(one);

  await ask(lab, 'DELETE', `/runs/${id}/shares/${one}`);
  expect(JSON.stringify(await record(stranger, id))).not.toContain(one);
  expect((await ask(authority, 'GET', `/runs/${id}`)).statusCode).toBe(404);
  expect((await ask(stranger, 'GET', `/runs/${id}`)).statusCode).toBe(200);
  expect((await ask(lab, 'GET', `/runs/${id}`)).json().shares).toMatchObject([{ submission: other }]);
});

test('who no longer knows of the submission sees nothing of the runs that were shared with its parties', async () => {
  const id = await imported(lab, evalFile([{ id: 'left', score: 1 }], { task: 'left' }));
  const { submission } = await submissions.open(system, lab.actor, { name: 'Tern', version: '3', digest: null });
  const party = authority.actor.organisation as string;
  await submissions.admit(system, lab.actor, submission.id, party);
  const share = { submission: submission.id, organisations: [lab.actor.organisation, party] };
  expect((await ask(lab, 'POST', `/runs/${id}/shares`, share)).statusCode).toBe(201);
  expect((await ask(authority, 'GET', `/runs/${id}`)).statusCode).toBe(200);

  await submissionAudience.end(system, lab.actor, submission.id, party);

  expect((await ask(authority, 'GET', `/runs/${id}`)).statusCode).toBe(404);
  expect((await ask(authority, 'GET', `/runs/${id}/samples`)).statusCode).toBe(404);
});

test('two models on the same items: paired difference, outcomes, and the items on which they differ', async () => {
  const scores = { a: '1101101101', b: '1001001100' };
  const run = (text: string, model: string) =>
    imported(
      lab,
      evalFile(
        [...text].map((score, at) => ({ id: `i${at}`, score: Number(score) })),
        { task: 'pair', model },
      ),
    );
  const [a, b] = [await run(scores.a, 'tern'), await run(scores.b, 'gull')];

  const made = (await ask(lab, 'GET', `/runs/compare?a=${a}&b=${b}`)).json();
  expect(made).toMatchObject({ items: 10, onlyA: 0, onlyB: 0, scorer: 'match', clusters: 10 });
  expect(made.paired.difference).toBeCloseTo(0.3, 12);
  expect(made.paired.standardError).toBeCloseTo(0.1527525232, 9);
  expect(made.outcomes).toMatchObject({ both: 4, onlyA: 3, onlyB: 0, neither: 3 });
  const { items } = (await ask(lab, 'GET', `/runs/compare/items?a=${a}&b=${b}&differing=true`)).json();
  expect(items.map((item: { item: string }) => item.item)).toEqual(['i1', 'i4', 'i9']);
  expect((await ask(lab, 'GET', `/runs/compare?a=${a}&b=${b}&scorer=other`)).json()).toMatchObject({
    code: 'scorer_not_shared',
    details: { scorers: ['match'] },
  });
});

test('a run that is forgotten is gone with its samples and transcripts; the log keeps that it was', async () => {
  const bytes = evalFile([{ id: 'gone', score: 1, events: toolEvents(5) }], { task: 'gone' });
  const before = await counts();
  const id = await imported(lab, bytes);

  expect((await ask(lab, 'DELETE', `/runs/${id}`)).statusCode).toBe(204);

  expect(await counts()).toEqual(before);
  expect((await ask(lab, 'GET', `/runs/${id}`)).statusCode).toBe(404);
  expect((await record(lab, id)).map(({ did }) => did)).toEqual(
    expect.arrayContaining(['run_removed', 'run_imported']),
  );
});

test('who examines no models imports nothing', async () => {
  const auditor = await somebody('Lantern (sample)', false, ['auditor']);

  expect((await send(auditor, evalFile([{ id: 'a', score: 1 }]))).statusCode).toBe(403);
});
