import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { sql } from 'kysely';
import { beforeAll, expect, test } from 'vitest';
import { testSystem } from '../../../test/system/test-system.ts';
import * as agents from '../../app/directory/agents.ts';
import * as members from '../../app/directory/members.ts';
import * as signIn from '../../app/directory/sign-in.ts';
import * as batchImport from '../../app/intake/batch-import.ts';
import * as batches from '../../app/intake/batches.ts';
import * as reporting from '../../app/intake/reporting.ts';
import * as screen from '../../app/intake/screen.ts';
import { sequence } from '../../app/log/sequence.ts';
import type { System } from '../../app/system.ts';
import { type Actor, system as itself, type Role } from '../../domain/directory/actor.ts';
import * as findings from '../../store/intake/findings.ts';
import * as screenings from '../../store/intake/screenings.ts';
import { build } from '../server.ts';

let now = '2026-03-01T09:30:00.000Z';
let system: System;
let server: FastifyInstance;

interface Person {
  actor: Actor;
  cookie: string;
}
/** A coordinator of the organisation that runs the instance, an operator beside them, and reporters of two labs. */
let coordinator: Person;
let colleague: Person;
let heron: Person;
let plover: Person;

async function enter(name: string, isHost: boolean, ...people: Role[][]): Promise<Person[]> {
  const made = await system.database.transaction(itself, (tx) =>
    members.found(
      system,
      tx,
      itself,
      { name, isHost, isSample: false },
      people.map((roles, at) => ({ name: `${name} ${at + 1}`, roles })),
    ),
  );
  return Promise.all(
    made.people.map(async ({ id, organisation, roles }) => {
      const link = await signIn.createLink(system, id);
      const session = await signIn.signInByLink(system, link.slice(link.indexOf('token=') + 6));
      return { actor: { kind: 'person', id, organisation, roles, isHost }, cookie: `session=${session}` };
    }),
  );
}

beforeAll(async () => {
  system = await testSystem({ now: () => now, env: { ASSAY_HTTP_REQUESTS_PER_MINUTE: '100000' } });
  server = await build(system, { version: 'test' });
  [coordinator, colleague] = (await enter('Harbour Desk (sample)', true, ['coordinator'], ['operator'])) as [
    Person,
    Person,
  ];
  [heron] = (await enter('Heron Lab (sample)', false, ['researcher'])) as [Person];
  [plover] = (await enter('Plover Lab (sample)', false, ['researcher'])) as [Person];
});

function ask(who: { cookie: string } | undefined, method: 'GET' | 'POST', path: string, payload?: object) {
  return server.inject({
    method,
    url: `/api/v1${path}`,
    headers: who === undefined ? {} : { cookie: who.cookie },
    ...(payload !== undefined && { payload }),
  });
}

let count = 0;
const report = (over: object = {}) => ({
  title: `Overflow number ${++count} in the parser of headers`,
  description: 'A header of more than 4096 bytes is copied into a buffer of that size.',
  component: { purl: 'pkg:npm/left@1.2.0' },
  weaknesses: ['CWE-787'],
  reproduction: 'python3 -c "print(\'A\' * 5000)" | nc localhost 8080',
  ...over,
});

async function submitted(who: Person, over: object = {}): Promise<{ id: string; key: string; digest: string }> {
  const answer = await ask(who, 'POST', '/findings', report(over));
  expect(answer.statusCode).toBe(201);
  return answer.json();
}

test('a report gives a receipt with its key, digest and moment, and its texts are sealed in the database', async () => {
  const receipt = await submitted(heron, { key: 'H-1' });

  expect(receipt).toEqual({
    id: expect.stringMatching(/^finding_[0-9a-f]{32}$/),
    key: 'H-1',
    digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
    receivedAt: now,
  });
  const { rows } = await sql<{ text: string }>`
    select encode(report, 'escape') || encode(reproduction, 'escape') || findings::text as text from findings`.execute(
    system.database.owner,
  );
  for (const { text } of rows) {
    expect(text).not.toContain('4096');
    expect(text).not.toContain('5000');
  }
});

test('the same report under the same key gives the same receipt, another report under it is refused', async () => {
  const first = report({ key: 'H-2' });
  const given = await ask(heron, 'POST', '/findings', first);
  now = '2026-03-01T09:31:00.000Z';

  const again = await ask(heron, 'POST', '/findings', first);
  const other = await ask(heron, 'POST', '/findings', { ...first, title: 'Something else' });
  const elsewhere = await ask(plover, 'POST', '/findings', { ...first, title: 'Something else' });

  expect([again.statusCode, again.body]).toEqual([given.statusCode, given.body]);
  expect(other.statusCode).toBe(409);
  expect(other.json().code).toBe('finding_key_reused');
  expect(elsewhere.statusCode).toBe(201);
});

test('without a key the digest of the report is its key, in whatever order its fields came', async () => {
  const one = report({ key: undefined });
  const turned = Object.fromEntries(Object.entries(one).reverse());

  const first = (await ask(heron, 'POST', '/findings', one)).json();
  const second = (await ask(heron, 'POST', '/findings', turned)).json();

  expect(first.key).toBe(first.digest);
  expect(second).toEqual(first);
});

test('an unknown field, a report without a component and a text that is too long are refused with the place', async () => {
  for (const [over, path] of [
    [{ colour: 'blue' }, ''],
    [{ component: {} }, 'component'],
    [{ title: 'x'.repeat(301) }, 'title'],
  ] as const) {
    const answer = await ask(heron, 'POST', '/findings', report(over));

    expect(answer.statusCode).toBe(422);
    expect(answer.json().errors[0].path).toContain(path);
  }
});

test('a reporter sees the findings of their own organisation only, page by page, by state and by words', async () => {
  await submitted(plover, { title: 'A 100% plover finding' });
  await submitted(plover, { title: 'Another one' });

  const listed = (await ask(plover, 'GET', '/findings?q=100%25')).json();
  const first = (await ask(plover, 'GET', '/findings?limit=1')).json();
  const second = (await ask(plover, 'GET', `/findings?limit=1&after=${first.next}`)).json();

  expect(listed.items.map(({ title }: { title: string }) => title)).toEqual(['A 100% plover finding']);
  expect(first.items[0].title).toBe('Another one');
  expect(second.items[0].title).toBe('A 100% plover finding');
  expect((await ask(plover, 'GET', '/findings?state=validated')).json().items).toEqual([]);
  expect((await ask(heron, 'GET', '/findings?limit=200')).body).not.toContain('plover');
});

test('a cursor made by another organisation shows nothing of it (I5)', async () => {
  await submitted(heron);
  await submitted(heron);
  const { next } = (await ask(heron, 'GET', '/findings?limit=1')).json();

  expect((await ask(plover, 'GET', `/findings?after=${next}`)).json()).toEqual({ items: [] });
});

test('another reporter, an operator of the host and somebody without a session get what they get of no finding (I5)', async () => {
  const { id } = await submitted(heron);
  const paths = ['', '/reproduction'];

  for (const who of [plover, colleague, undefined]) {
    for (const path of paths) {
      const existing = await ask(who, 'GET', `/findings/${id}${path}`);
      const missing = await ask(who, 'GET', `/findings/finding_${'0'.repeat(32)}${path}`);

      expect(existing.statusCode).toBe(who === undefined ? 401 : 404);
      const same = ({ body }: typeof existing) => body.replace(/"requestId":"[^"]*"/, '');
      expect(same(existing)).toBe(same(missing));
    }
    for (const act of ['answers', 'withdraw']) {
      const body = act === 'answers' ? { text: 'x' } : undefined;
      expect((await ask(who, 'POST', `/findings/${id}/${act}`, body)).statusCode).toBe(who === undefined ? 401 : 404);
    }
  }
});

test('reading a text and asking for the reproduction are each on record with the source (I7, I12)', async () => {
  const { id } = await submitted(heron);

  const opened = (await ask(coordinator, 'GET', `/findings/${id}`)).json();
  const kit = (await ask(coordinator, 'GET', `/findings/${id}/reproduction`)).json();
  await sequence(system);
  const log = (await ask(heron, 'GET', `/log/entries?object=${id}`)).json();

  expect(opened.report.description).toContain('4096');
  expect(opened.report.reproduction).toBeUndefined();
  expect(opened.hasReproduction).toBe(true);
  expect(kit.reproduction).toContain('5000');
  expect(log.items.map(({ did }: { did: string }) => did)).toEqual([
    'reproduction_read',
    'finding_read',
    'finding_received',
  ]);
  expect(JSON.stringify(log)).not.toContain('4096');
});

test('a question reaches the reporter, an answer the coordinators, and each moves the state', async () => {
  const { id } = await submitted(heron);
  await system.database.transaction(coordinator.actor, async (tx) => {
    const finding = (await findings.lock(tx, id)) as findings.KeptFinding;
    await reporting.ask(system, tx, coordinator.actor, finding, 'Which build was it?');
  });

  const asked = (await ask(heron, 'GET', '/findings?asked=true')).json();
  const answered = (await ask(heron, 'POST', `/findings/${id}/answers`, { text: 'Commit 1f2e.' })).json();
  const twice = await ask(heron, 'POST', `/findings/${id}/answers`, { text: 'And one more.' });

  expect(asked.items.map((one: { id: string }) => one.id)).toEqual([id]);
  expect(answered.messages).toMatchObject([
    { kind: 'question', text: 'Which build was it?' },
    { kind: 'answer', text: 'Commit 1f2e.' },
  ]);
  expect(answered.states.map(({ state }: { state: string }) => state)).toEqual(['received', 'info_needed', 'triaged']);
  expect(JSON.stringify(answered)).not.toContain(coordinator.actor.id);
  expect(twice.json().code).toBe('finding_not_asked');
});

test('a finding that was withdrawn stays so', async () => {
  const { id } = await submitted(heron);

  const gone = (await ask(heron, 'POST', `/findings/${id}/withdraw`)).json();

  expect(gone.state).toBe('withdrawn');
  expect((await ask(heron, 'POST', `/findings/${id}/answers`, { text: 'x' })).json().code).toBe('finding_withdrawn');
});

test('a report with a secret in it is held for a coordinator, and the reporter is told nothing of it', async () => {
  const secret = Buffer.from(system.randomBytes(120)).toString('base64');
  const key = `-----BEGIN ${'RSA PRIVATE'} KEY-----\n${secret}\n-----END RSA PRIVATE KEY-----`;
  const { id } = await submitted(heron, { description: `The file holds ${key}` });
  const before = (await ask(heron, 'GET', '/findings?limit=1')).body;
  await screen.run(system);

  const held = (await ask(coordinator, 'GET', '/held?limit=200')).json();
  const mine = held.items.find((one: { id: string }) => one.id === id);
  const after = (await ask(heron, 'GET', '/findings?limit=1')).body;
  const decide = (decision: string) =>
    ask(coordinator, 'POST', `/findings/${id}/release`, { decision, reason: 'A test key of the vendor.' });
  const kept = await decide('keep');
  const stillHeld = (await ask(coordinator, 'GET', '/held?kept=true')).json();
  const released = await decide('release');

  expect(mine).toMatchObject({ source: { name: 'Heron Lab (sample)' }, decision: null });
  expect(mine.marks[0]).toMatchObject({ kind: 'secret', field: 'description' });
  expect(JSON.stringify(mine.marks)).not.toContain(secret);
  expect(after).toBe(before);
  expect([kept.statusCode, released.statusCode]).toEqual([204, 204]);
  expect(stillHeld.items[0]).toMatchObject({ id, decision: { kind: 'kept', reason: 'A test key of the vendor.' } });
  expect((await decide('release')).json().code).toBe('finding_not_held');
  for (const who of [heron, colleague]) {
    expect((await ask(who, 'GET', '/held')).statusCode).toBe(403);
    expect((await ask(who, 'POST', `/findings/${id}/release`, { decision: 'keep', reason: 'x' })).statusCode).toBe(403);
  }
});

test('screening counts in the batch that a finding came in', async () => {
  const { id } = (await ask(heron, 'POST', '/batches', { name: 'Two rows' })).json();
  const rows = [report(), report()].map((row) => JSON.stringify(row)).join('\n');
  await server.inject({
    method: 'POST',
    url: `/api/v1/batches/${id}/rows?last=true`,
    headers: { cookie: heron.cookie, 'content-type': 'application/x-ndjson' },
    payload: rows,
  });
  await screen.run(system);

  expect((await ask(heron, 'GET', `/batches/${id}`)).json()).toMatchObject({ accepted: 2, screened: 2, state: 'done' });
});

test('a report that comes singly is screened before a campaign that came before it', async () => {
  await screen.run(system);
  const campaign = await batches.begin(system, heron.actor, { name: 'Long campaign' });
  const rows = ['c-1', 'c-2', 'c-3'].map((key) => `${JSON.stringify(report({ key }))}\n`).join('');
  await batchImport.takeLines(
    system,
    heron.actor,
    campaign.id,
    { from: 0, isLast: true },
    Readable.from([Buffer.from(rows)]),
  );
  const single = await submitted(heron);

  const next = await system.database.transaction(itself, (tx) => screenings.takeUnscreened(tx, 2));

  expect(next.map(({ id, batch }) => [id === single.id, batch === null])).toEqual([
    [true, true],
    [false, false],
  ]);
  await screen.run(system);
});

test('a report that cannot be screened keeps no other waiting, and is not tried for ever', async () => {
  const broken = await submitted(heron);
  const whole = await submitted(heron);
  await sql`update findings set report = '' where id = ${broken.id}`.execute(system.database.owner);

  for (let round = 0; round < 4; round++) await screen.run(system);

  const { rows } = await sql<{ id: string; isScreened: boolean; failures: number }>`
    select id, screened_at is not null as "isScreened", screen_failures as failures
    from findings where id in (${broken.id}, ${whole.id}) order by number`.execute(system.database.owner);
  expect(rows).toEqual([
    { id: broken.id, isScreened: false, failures: 3 },
    { id: whole.id, isScreened: true, failures: 0 },
  ]);
});

test('an agent hands in under its person, within its scope and its daily budget (I16)', async () => {
  const scopes = ['findings:read', 'findings:write'] as const;
  const expiresAt = '2026-04-01T00:00:00.000Z';
  const budget = { findings: 2, questions: 1 };
  const { token } = await agents.add(system, heron.actor, { name: 'scout', scopes: [...scopes], expiresAt, budget });
  const bare = await agents.add(system, heron.actor, { name: 'reader', scopes: ['log:read'], expiresAt });
  const send = (bearer: string) =>
    server.inject({
      method: 'POST',
      url: '/api/v1/findings',
      headers: { authorization: `Bearer ${bearer}` },
      payload: report(),
    });

  const answers = [await send(token), await send(token), await send(token)];

  expect(answers.map(({ statusCode }) => statusCode)).toEqual([201, 201, 429]);
  expect(answers[2]?.json().code).toBe('budget_spent');
  expect((await send(bare.token)).statusCode).toBe(403);
});

test('who may not report is told so before anything is read', async () => {
  const [evaluator] = (await enter('Measure Office (sample)', false, ['evaluator'])) as [Person];

  expect((await ask(evaluator, 'POST', '/findings', report())).statusCode).toBe(403);
  expect((await ask(undefined, 'POST', '/findings', report())).statusCode).toBe(401);
});

test('without an account: a receipt and a token, with which alone the report is followed', async () => {
  const contact = 'finder@dune.example';
  const handed = await ask(undefined, 'POST', '/reports', { report: report(), contact });
  const { token, ...receipt } = handed.json();

  const followed = await ask(undefined, 'POST', '/reports/status', { token });
  const wrong = await ask(undefined, 'POST', '/reports/status', { token: 'A'.repeat(43) });
  const short = await ask(undefined, 'POST', '/reports/status', { token: 'x' });

  expect(handed.statusCode).toBe(201);
  expect(handed.headers['cache-control']).toBe('no-store');
  expect(Object.keys(receipt).sort()).toEqual(['digest', 'id', 'key', 'receivedAt']);
  expect(followed.json()).toMatchObject({ id: receipt.id, state: 'received', messages: [] });
  expect(followed.body).not.toContain(contact);
  expect([wrong.statusCode, short.statusCode]).toEqual([404, 404]);
  expect(wrong.body.replace(/"requestId":"[^"]*"/, '')).toBe(short.body.replace(/"requestId":"[^"]*"/, ''));
  expect((await ask(heron, 'GET', `/findings/${receipt.id}`)).statusCode).toBe(404);
  const { rows } = await sql<{ text: string }>`
    select anonymous_reports::text as text from anonymous_reports`.execute(system.database.owner);
  for (const { text } of rows) expect(text).not.toContain(Buffer.from(contact).toString('hex'));
});

test('a question to somebody without an account waits behind their token, and takes their answer', async () => {
  const contact = 'diver@dune.example';
  const { id, token } = (await ask(undefined, 'POST', '/reports', { report: report(), contact })).json();
  await system.database.transaction(coordinator.actor, async (tx) => {
    const finding = (await findings.lock(tx, id)) as findings.KeptFinding;
    await reporting.ask(system, tx, coordinator.actor, finding, 'On which system?');
  });

  const { rows: mails } = await sql<{ payload: { to: string; text: string } }>`
    select payload from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
    where t.identifier = 'send_mail'`.execute(system.database.owner);
  const answered = (await ask(undefined, 'POST', '/reports/answers', { token, text: 'On all three.' })).json();
  const gone = (await ask(undefined, 'POST', '/reports/withdraw', { token })).json();

  expect(answered.messages.map(({ text }: { text: string }) => text)).toEqual(['On which system?', 'On all three.']);
  expect(gone.state).toBe('withdrawn');
  const mail = mails.map(({ payload }) => payload).find(({ to }) => to === contact);
  expect(mail?.text).toContain('/intake/follow');
  expect(mail?.text).not.toContain('system?');
  expect(mail?.text).not.toContain(token);
});

test('one address hands in a few reports an hour without an account, and a day takes a bounded number of them', async () => {
  const statuses = [];
  for (let i = 0; i < 25; i++) {
    const answer = await server.inject({
      method: 'POST',
      url: '/api/v1/reports',
      remoteAddress: '192.0.2.77',
      payload: { report: report() },
    });
    statuses.push(answer.statusCode);
  }
  await sql`insert into findings (id, audience_id, submitted_by, key, digest, title, report, received_at)
    select 'finding_' || i, 'audience_desk', 'anonymous', i::text, 'sha256:' || repeat('0', 64), 'x', '', ${now}
    from generate_series(1, 500) i`.execute(system.database.owner);
  const full = await ask(undefined, 'POST', '/reports', { report: report() });
  await sql`delete from findings where title = 'x'`.execute(system.database.owner);

  expect(statuses.filter((status) => status === 201)).toHaveLength(20);
  expect(statuses.filter((status) => status === 429)).toHaveLength(5);
  expect(full.json().code).toBe('anonymous_full');
});
