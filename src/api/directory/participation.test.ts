import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { sql } from 'kysely';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { testSystem } from '../../../test/system/test-system.ts';
import * as inventories from '../../app/advisory/inventories.ts';
import * as applications from '../../app/directory/applications.ts';
import * as leaving from '../../app/directory/leaving.ts';
import * as members from '../../app/directory/members.ts';
import * as signIn from '../../app/directory/sign-in.ts';
import * as terms from '../../app/directory/terms.ts';
import * as batchImport from '../../app/intake/batch-import.ts';
import * as batches from '../../app/intake/batches.ts';
import * as claims from '../../app/intake/claims.ts';
import * as findings from '../../app/intake/findings.ts';
import * as intakePolicies from '../../app/intake/intake-policies.ts';
import * as reporting from '../../app/intake/reporting.ts';
import type { JobName } from '../../app/jobs.ts';
import { sequence } from '../../app/log/sequence.ts';
import * as submissions from '../../app/review/submissions.ts';
import type { System } from '../../app/system.ts';
import { tasks } from '../../app/tasks.ts';
import { type Actor, anonymous, system as itself, type Role } from '../../domain/directory/actor.ts';
import { legalBases } from '../../domain/directory/legal-basis.ts';
import { scopes } from '../../domain/directory/permission.ts';
import { currentTerms, digestOf } from '../../domain/directory/terms.ts';
import { whyNot } from '../../domain/refusal.ts';
import * as budgets from '../../store/directory/agent-budgets.ts';
import { tablesExported } from '../../store/directory/leaving.ts';
import * as kept from '../../store/intake/findings.ts';
import { build } from '../server.ts';

const begin = '2026-03-01T09:30:00.000Z';
let now = begin;
const after = (hours: number) => new Date(Date.parse(begin) + hours * 3_600_000).toISOString();

let system: System;
let server: FastifyInstance;
/** Every route under /api/v1, as `GET /submissions/:id`. */
const routes: string[] = [];

interface Person {
  actor: Actor;
  cookie: string;
}

/** Ada administers and Corin coordinates at the organisation that runs the instance; the others are of two more. */
let ada: Person;
let corin: Person;
let auditor: Person;
let birch: Person;
let developer: Person;

const secretOf = (link: string) => link.slice(link.indexOf('=') + 1);

async function enter(actor: Actor): Promise<string> {
  const link = await signIn.createLink(system, actor.id as 'person_x');
  return `session=${await signIn.signInByLink(system, secretOf(link))}`;
}

let count = 0;
async function newPeople(name: string, isHost: boolean, ...roles: Role[][]): Promise<Person[]> {
  const made = await system.database.transaction(itself, (tx) =>
    members.found(
      system,
      tx,
      itself,
      { name, isHost, isSample: false },
      roles.map((held) => ({ name: `${held[0]} of ${name}`, email: `p${++count}@${name}.example`, roles: held })),
    ),
  );
  const people: Person[] = [];
  for (const { id, organisation, roles: held } of made.people) {
    const actor: Actor = { kind: 'person', id, organisation, isHost, roles: held };
    people.push({ actor, cookie: await enter(actor) });
  }
  return people;
}

beforeAll(async () => {
  system = await testSystem({ now: () => now, env: { ASSAY_HTTP_REQUESTS_PER_MINUTE: '100000' } });
  server = await build(system, {
    version: 'test',
    onRoute: ({ method, url }) => {
      for (const verb of [method].flat())
        if (verb !== 'HEAD' && url.startsWith('/api/v1/')) routes.push(`${verb} ${url.slice(7)}`);
    },
  });
  [ada, corin, auditor] = (await newPeople('alder', true, ['administrator'], ['coordinator'], ['auditor'])) as [
    Person,
    Person,
    Person,
  ];
  [birch] = (await newPeople('birch', false, ['administrator', 'operator'])) as [Person];
  [developer] = (await newPeople('tidewater', false, ['administrator', 'release_manager', 'researcher'])) as [Person];
});

beforeEach(() => {
  now = begin;
});

/** Each request from an address of its own, as if from as many people. */
let address = 0;
function ask(
  who: Pick<Person, 'cookie'> | string | undefined,
  method: InjectOptions['method'],
  url: string,
  payload?: unknown,
) {
  address++;
  return server.inject({
    ...(method !== undefined && { method }),
    url: `/api/v1${url}`,
    remoteAddress: `10.${address >> 16}.${(address >> 8) & 255}.${address & 255}`,
    headers:
      who === undefined ? {} : typeof who === 'string' ? { authorization: `Bearer ${who}` } : { cookie: who.cookie },
    ...(payload !== undefined && { payload: payload as object }),
  });
}

/** Does what waits to be done, with the very functions that the worker calls. */
async function work(): Promise<void> {
  for (;;) {
    const { rows } = await sql<{ id: string; name: JobName; payload: never }>`
      delete from graphile_worker._private_jobs j using graphile_worker._private_tasks t
      where t.id = j.task_id returning j.id, t.identifier as name, j.payload`.execute(system.database.owner);
    if (rows.length === 0) return;
    for (const { name, payload } of rows) await tasks[name](system, payload, undefined);
  }
}

function mailTo(to: string): { subject: string; text: string }[] {
  const lines = readFileSync(system.mail.place, 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line)).filter((message) => message.to === to);
}

const newApplication = (name: string, email: string) => ({
  name,
  kind: 'vendor',
  country: 'Norway',
  purpose: 'We answer reports on our two libraries.',
  contact: { name: 'Dag Ellingsen', email },
  domain: 'dogwood.example',
  securityTxt: 'https://dogwood.example/.well-known/security.txt',
  termsVersion: currentTerms.version,
});

/** Applies, and proves the address by the link that was mailed. */
async function applied(name: string, email = `dag${++count}@dogwood.example`) {
  const receipt = (await ask(undefined, 'POST', '/applications', newApplication(name, email))).json().receipt;
  await work();
  const token = secretOf(
    mailTo(email)
      .at(-1)
      ?.text.match(/proof#token=\S+/)?.[0] ?? '',
  );
  expect((await ask(undefined, 'POST', '/applications/proof', { token })).statusCode).toBe(204);
  await work();
  const listed = (await ask(ada, 'GET', '/applications')).json().items;
  const { id } = listed.find(({ said }: { said: { contact: { email: string } } }) => said.contact.email === email);
  return { id, receipt, email };
}

const standing = async (receipt: string) =>
  (await ask(undefined, 'POST', '/applications/standing', { receipt })).json();

test('whoever applies is answered the same, whether or not such an organisation is here or has applied (I5)', async () => {
  const answers = [];
  for (const [name, email] of [
    ['Nobody We Know', 'new@unknown.example'],
    ['birch', 'p4@birch.example'],
    ['Nobody We Know', 'new@unknown.example'],
  ] as const) {
    const answer = await ask(undefined, 'POST', '/applications', newApplication(name, email));
    const { date: _, 'x-request-id': __, etag: ___, ...headers } = answer.headers;
    answers.push({
      status: answer.statusCode,
      headers: { ...headers, 'x-ratelimit-reset': '' },
      body: answer.body.replace(answer.json().receipt, ''),
      length: answer.json().receipt.length,
    });
  }

  expect(answers[0]?.status).toBe(202);
  expect(answers[1]).toEqual(answers[0]);
  expect(answers[2]).toEqual(answers[0]);
});

test('nobody decides, or even sees it, before the address is proved', async () => {
  const email = 'quiet@elm.example';
  const { receipt } = (await ask(undefined, 'POST', '/applications', newApplication('Elm', email))).json();
  const listed = (await ask(ada, 'GET', '/applications')).json();

  expect(await standing(receipt)).toMatchObject({ name: 'Elm', state: 'address_to_prove' });
  expect(JSON.stringify(listed)).not.toContain(email);
  const { rows } = await sql<{ id: string }>`select id from applications where email = ${email}`.execute(
    system.database.owner,
  );
  const refused = await ask(ada, 'POST', `/applications/${rows[0]?.id}/proposal`, { reason: 'Known.' });
  expect(refused.statusCode).toBe(404);
});

test('an address is mailed a few proofs and no more, and each works until the address is proved', async () => {
  const email = 'often@fir.example';
  for (let time = 0; time < 6; time++) await ask(undefined, 'POST', '/applications', newApplication('Fir', email));
  await work();

  expect(mailTo(email)).toHaveLength(3);
  const token = secretOf(mailTo(email)[0]?.text.match(/proof#token=\S+/)?.[0] ?? '');
  expect((await ask(undefined, 'POST', '/applications/proof', { token })).statusCode).toBe(204);
  expect((await ask(undefined, 'POST', '/applications/proof', { token })).statusCode).toBe(422);
});

test('two people let an organisation in: applied, proved, proposed, confirmed, first sign-in (W10)', async () => {
  const { id, receipt, email } = await applied('Dogwood');
  expect(mailTo('p1@alder.example').at(-1)?.text).toMatch(/\/participation\n/);
  const proposed = await ask(ada, 'POST', `/applications/${id}/proposal`, { reason: 'Known to us for years.' });
  expect(proposed.json()).toMatchObject({ state: 'proposed', mayConfirm: [{ id: corin.actor.id }] });
  expect(await standing(receipt)).toMatchObject({ state: 'received' });
  expect(JSON.stringify((await ask(auditor, 'GET', '/people')).json())).not.toContain('Dag Ellingsen');

  const confirmed = await ask(corin, 'POST', `/applications/${id}/confirmation`);

  expect(confirmed.json()).toMatchObject({
    state: 'admitted',
    admission: { proposedBy: { id: ada.actor.id }, confirmedBy: { id: corin.actor.id }, byOne: false },
  });
  expect(await standing(receipt)).toMatchObject({ state: 'admitted' });
  await work();
  const token = secretOf(
    mailTo(email)
      .at(-1)
      ?.text.match(/sign-in#token=\S+/)?.[0] ?? '',
  );
  const session = await ask(undefined, 'POST', '/session', { token });
  expect(session.json()).toMatchObject({
    organisation: { name: 'Dogwood' },
    roles: ['administrator'],
    isTermsAsked: true,
  });
});

test('one person is not two: neither with a second session, nor through an agent of theirs', async () => {
  const { id } = await applied('Gorse');
  await ask(ada, 'POST', `/applications/${id}/proposal`, { reason: 'Known.' });
  const again = { cookie: await enter(ada.actor) };
  const agent = await ask(ada, 'POST', '/agents', {
    name: 'helper',
    scopes: ['log:read', 'submissions:write'],
    expiresAt: '2026-04-01T00:00:00.000Z',
  });

  const bySession = await ask(again, 'POST', `/applications/${id}/confirmation`);
  const byAgent = await ask(agent.json().token, 'POST', `/applications/${id}/confirmation`);

  expect(bySession.statusCode).toBe(403);
  expect(bySession.json().code).toBe('second_confirmer_wanted');
  expect(byAgent.statusCode).toBe(403);
  await expect(
    applications.confirm(
      system,
      { ...corin.actor, kind: 'agent', id: 'agent_x', principal: corin.actor.id as 'person_x' },
      id,
    ),
  ).rejects.toThrow('This is not among your roles');
  const { rows } = await sql`select from organisations where name = 'Gorse'`.execute(system.database.owner);
  expect(rows).toHaveLength(0);
});

test('of two who confirm at once the organisation is made once', async () => {
  const { id } = await applied('Hazel');
  const [third] = (await newPeopleOfHost('coordinator')) as [Person];
  await ask(ada, 'POST', `/applications/${id}/proposal`, { reason: 'Known.' });

  const answers = await Promise.all([corin, third].map((who) => ask(who, 'POST', `/applications/${id}/confirmation`)));

  expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([200, 409]);
  const { rows } = await sql`select from organisations where name = 'Hazel'`.execute(system.database.owner);
  expect(rows).toHaveLength(1);
  await members.remove(system, ada.actor, third.actor.id);
});

async function newPeopleOfHost(...roles: Role[]): Promise<Person[]> {
  const made = await members.add(system, ada.actor, { name: 'Third', email: `third${++count}@alder.example`, roles });
  const actor: Actor = { ...ada.actor, id: made.id, roles };
  return [{ actor, cookie: await enter(actor) }];
}

test('letting in without an application follows the same rule, and says so where nobody else could confirm', async () => {
  const body = { name: 'Juniper', administrator: { name: 'J', email: 'j@juniper.example' } };
  const proposal = await ask(ada, 'POST', '/organisations', body);
  expect(proposal.statusCode).toBe(202);
  expect(proposal.json()).toMatchObject({ state: 'proposed', said: { name: 'Juniper' } });
  await ask(ada, 'DELETE', `/applications/${proposal.json().id}/proposal`);

  await members.change(system, ada.actor, corin.actor.id, { roles: ['auditor'] });
  const alone = await ask(ada, 'POST', '/organisations', { ...body, name: 'Larch' });
  await members.change(system, ada.actor, corin.actor.id, { roles: ['coordinator'] });

  expect(alone.statusCode).toBe(201);
  expect(alone.json()).toMatchObject({ name: 'Larch', isHost: false });
  await sequence(system);
  const entries = (await ask(ada, 'GET', '/log/entries?limit=200')).json().items;
  const entry = entries.find(
    ({ did, body: said }: { did: string; body: string }) =>
      did === 'application_admitted' && said.includes(alone.json().id),
  );
  expect(JSON.parse(entry.body)).toMatchObject({ byOne: true });
});

test('an applicant is asked, answers, is refused with words, and withdraws, all with the receipt alone', async () => {
  const { id, receipt, email } = await applied('Maple');
  await ask(ada, 'POST', `/applications/${id}/questions`, { question: 'Which libraries?' });
  expect(await standing(receipt)).toMatchObject({ state: 'more_asked', question: 'Which libraries?' });
  await work();
  expect(mailTo(email).at(-1)?.text).toContain(`/apply/receipt#receipt=${receipt}`);
  expect(mailTo(email).at(-1)?.text).not.toContain('libraries');
  await ask(undefined, 'POST', '/applications/answer', { receipt, answer: 'Two of them.' });
  const refused = await ask(corin, 'POST', `/applications/${id}/refusal`, { words: 'Try the national centre.' });

  expect(refused.json().exchanges).toMatchObject([{ answer: { text: 'Two of them.' } }]);
  expect(await standing(receipt)).toMatchObject({ state: 'not_admitted', words: 'Try the national centre.' });
  expect((await ask(undefined, 'POST', '/applications/withdrawal', { receipt })).statusCode).toBe(409);
  expect((await ask(ada, 'GET', '/applications')).body).not.toContain('Maple');

  const other = await applied('Oak');
  await ask(undefined, 'POST', '/applications/withdrawal', { receipt: other.receipt });
  expect(await standing(other.receipt)).toMatchObject({ state: 'withdrawn' });
});

test('what came to nothing is forgotten', async () => {
  await ask(undefined, 'POST', '/applications', newApplication('Pine', 'pine@pine.example'));
  const { receipt } = await applied('Quince');
  await ask(undefined, 'POST', '/applications/withdrawal', { receipt });

  now = after(25);
  await applications.forget(system);
  const { rows: day } = await sql`select from applications where email = 'pine@pine.example'`.execute(
    system.database.owner,
  );
  expect(day).toHaveLength(0);
  expect(await standing(receipt)).toMatchObject({ state: 'withdrawn' });
  now = after(31 * 24);
  await applications.forget(system);
  expect((await ask(undefined, 'POST', '/applications/standing', { receipt })).statusCode).toBe(422);
});

test('row security: applications and the standing of others are nobody else’s to read', async () => {
  await applied('Rowan');
  const seen = (actor: Actor, table: string) =>
    system.database.transaction(actor, async (tx) => {
      const { rows } = await sql<{ text: string }>`select t::text as text from ${sql.table(table)} t`.execute(tx);
      return rows.map(({ text }) => text).join('\n');
    });
  for (const table of [
    'applications',
    'participations',
    'terms_acceptances',
    'agent_spending',
    'legal_basis_notices',
  ]) {
    expect(await seen(anonymous, table), table).toBe('');
    expect(await seen(birch.actor, table), table).toBe('');
  }
  expect(await seen(ada.actor, 'applications')).toContain('Rowan');
});

test('who accepted which words of the terms, and when, is recorded; other words are asked for again', async () => {
  const wanted = { version: currentTerms.version, digest: digestOf(currentTerms) };
  expect((await ask(birch, 'GET', '/session')).json().isTermsAsked).toBe(true);
  const outdated = await ask(birch, 'POST', '/terms/acceptances', { ...wanted, digest: `sha256:${'0'.repeat(64)}` });
  expect(outdated.json().code).toBe('terms_outdated');

  await ask(birch, 'POST', '/terms/acceptances', wanted);
  now = after(1);
  await ask(birch, 'POST', '/terms/acceptances', wanted);

  const own = (await ask(birch, 'GET', '/participation')).json();
  expect(own.acceptances).toEqual([
    { ...wanted, by: { id: birch.actor.id, name: 'administrator of birch' }, at: begin },
  ]);
  expect(own.isTermsAsked).toBe(false);
  expect((await ask(birch, 'GET', '/session')).json().isTermsAsked).toBeUndefined();
});

test('a legal basis lapses overnight: pages say so, administrators are told once, and nothing stops (scenario 9)', async () => {
  const lapsing = legalBases.find(({ validTo }) => validTo !== null);
  const stateOf = async () =>
    (await ask(undefined, 'GET', '/terms')).json().legalBases.find(({ id }: { id: string }) => id === lapsing?.id);
  now = `${lapsing?.validTo}T23:30:00.000Z`;
  await terms.watchLegalBases(system);
  await terms.watchLegalBases(system);
  await work();
  expect(await stateOf()).toMatchObject({ state: 'in_force', validTo: lapsing?.validTo });
  const told = () => mailTo('p4@birch.example').filter(({ subject }) => subject.includes('legal basis')).length;
  expect(told()).toBe(0);

  now = new Date(Date.parse(now) + 3_600_000).toISOString();
  await terms.watchLegalBases(system);
  await terms.watchLegalBases(system);
  await work();

  expect(await stateOf()).toMatchObject({ state: 'lapsed' });
  expect(told()).toBe(1);
  expect(mailTo('p1@alder.example').filter(({ subject }) => subject.includes('legal basis'))).toHaveLength(1);
  const { cookie } = { cookie: await enter(birch.actor) };
  expect((await ask({ cookie }, 'GET', '/inventories')).statusCode).toBe(200);
  const applying = await ask(undefined, 'POST', '/applications', newApplication('Spruce', 's@spruce.example'));
  expect(applying.statusCode).toBe(202);
});

test('while suspended nothing is done or read but what is one’s own to take along, and a release is recorded all the same (I1)', async () => {
  const model = { name: 'Tern', version: '1', digest: null };
  const { submission } = await submissions.open(system, developer.actor, model);
  const { token } = (
    await ask(developer, 'POST', '/agents', {
      name: 'scanner',
      scopes: ['submissions:read', 'submissions:write', 'findings:write', 'log:read'],
      expiresAt: '2026-04-01T00:00:00.000Z',
    })
  ).json();
  const organisation = developer.actor.organisation as string;

  const suspended = await ask(ada, 'POST', `/participations/${organisation}/suspension`, { reason: 'A leaked key.' });

  expect(suspended.json()).toMatchObject({ state: 'suspended', suspension: { endsAt: after(72) } });
  for (const [method, url] of [
    ['GET', '/people'],
    ['GET', '/submissions'],
    ['GET', `/submissions/${submission.id}/window`],
    ['GET', '/log/entries'],
    ['POST', '/agents'],
    ['GET', '/inventories'],
    ['POST', '/findings'],
    ['GET', '/agents'],
  ] as const) {
    const answer = await ask(developer, method, url, method === 'POST' ? {} : undefined);
    expect(answer.json().code, `${method} ${url}`).toBe('organisation_suspended');
  }
  for (const [method, url] of [
    ['GET', '/submissions'],
    ['GET', '/advisories'],
    ['GET', '/log/entries'],
  ] as const)
    expect((await ask(token, method, url)).json().code, url).toBe('organisation_suspended');
  const open = await ask(developer, 'POST', `/submissions/${submission.id}/window/events`, {
    act: 'offer',
    policy: { name: 'window-30' },
    terms: 'Sample terms 1.0',
    after: 0,
  });
  expect(open.json().code).toBe('organisation_suspended');
  expect((await ask(developer, 'GET', '/session')).json()).toMatchObject({ isSuspended: true });
  expect((await ask(developer, 'GET', '/terms')).statusCode).toBe(200);
  expect((await ask(developer, 'GET', '/participation/export')).statusCode).toBe(200);
  expect((await ask(developer, 'GET', '/participation/leaving')).statusCode).toBe(200);
  const own = (await ask(developer, 'GET', '/participation')).json();
  expect(own).toMatchObject({
    state: 'suspended',
    suspension: { reason: 'A leaked key.' },
    models: [{ submission: submission.id, isReleased: false }],
  });

  const released = await ask(developer, 'POST', `/submissions/${submission.id}/window/events`, { act: 'release' });

  expect(released.statusCode).toBe(201);
  expect(released.json().view.state).toBe('released');
  expect((await ask(developer, 'GET', '/participation')).json().models).toMatchObject([{ isReleased: true }]);
  // A new session of theirs is no way around it; time is.
  expect((await ask({ cookie: await enter(developer.actor) }, 'GET', '/people')).statusCode).toBe(403);
  now = after(72);
  const later = { cookie: await enter(developer.actor) };
  expect((await ask(later, 'GET', '/people')).statusCode).toBe(200);
  expect((await ask(token, 'GET', '/submissions')).statusCode).toBe(200);
  now = begin;
  await ask(ada, 'DELETE', `/participations/${organisation}/suspension`);
});

test('every route but these is closed to people of a suspended organisation, and to their agents all but the release (I1)', async () => {
  const [rush] = (await newPeople('rush', false, ['administrator', 'release_manager'])) as [Person];
  const { token } = (
    await ask(rush, 'POST', '/agents', {
      name: 'runner',
      scopes: [...scopes],
      expiresAt: '2026-04-01T00:00:00.000Z',
    })
  ).json();
  await ask(ada, 'POST', `/participations/${rush.actor.organisation}/suspension`, { reason: 'A check.' });
  const open = { person: [] as string[], agent: [] as string[] };
  for (const route of routes) {
    // These end the session that asks.
    if (route === 'DELETE /session' || route === 'POST /participation/leaving') continue;
    const [method, pattern] = route.split(' ') as [InjectOptions['method'], string];
    const url = pattern.replace(/:\w+/g, 'nothing');
    const isClosed = async (who: Person | string) =>
      /"code":"(organisation_suspended|not_permitted)"/.test((await ask(who, method, url)).body);
    if (!(await isClosed(rush))) open.person.push(route);
    if (!(await isClosed(token))) open.agent.push(route);
  }

  expect(open.agent).toEqual(['POST /submissions/:id/window/events']);
  const own = open.person.filter((route) => !/^GET .*(advisor|packs|polic|statistics|coverage)/.test(route));
  expect(own.sort()).toEqual([
    'GET /participation',
    'GET /participation/export',
    'GET /participation/leaving',
    'GET /session',
    'GET /terms',
    'POST /participation/export',
    'POST /session',
    'POST /session/links',
    'POST /submissions/:id/window/events',
    'POST /terms/acceptances',
  ]);
  await ask(ada, 'DELETE', `/participations/${rush.actor.organisation}/suspension`);
});

test('a suspension is confirmed by a second person, and ended by one; the instance’s own organisation is not suspended', async () => {
  const organisation = birch.actor.organisation as string;
  await ask(ada, 'POST', `/participations/${organisation}/suspension`, { reason: 'A check.' });
  const alone = await ask(ada, 'POST', `/participations/${organisation}/suspension/confirmation`);
  expect(alone.json().code).toBe('second_confirmer_wanted');
  const both = await ask(corin, 'POST', `/participations/${organisation}/suspension/confirmation`);
  expect(both.json().suspension.endsAt).toBeUndefined();
  const listed = (await ask(corin, 'GET', '/participations?state=suspended')).json().items;
  expect(listed).toMatchObject([{ organisation, suspension: { confirmedBy: { id: corin.actor.id } } }]);

  const ended = await ask(ada, 'DELETE', `/participations/${organisation}/suspension`);

  expect(ended.json()).toMatchObject({ state: 'admitted' });
  expect((await ask(corin, 'GET', '/participations?state=suspended')).json().items).toEqual([]);
  expect((await ask(birch, 'GET', '/people')).statusCode).toBe(200);
  const host = await ask(corin, 'POST', `/participations/${ada.actor.organisation}/suspension`, { reason: 'No.' });
  expect(host.json().code).toBe('host_stays');
});

interface Line {
  part: string;
  item: Record<string, unknown>;
  counts?: Record<string, number>;
}
const linesOf = (text: string): Line[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

const newInventory = (who: Person, component: string) =>
  inventories.keep(
    system,
    who.actor,
    { name: `With ${component}`, asset: {} },
    {
      fileName: 'bom.json',
      bytes: Readable.from([
        Buffer.from(
          JSON.stringify({
            bomFormat: 'CycloneDX',
            specVersion: '1.6',
            components: [{ type: 'library', name: component, version: '1.0', purl: `pkg:npm/${component}@1.0` }],
          }),
        ),
      ]),
    },
  );

/** Tables that name an organisation and are no part of its export, each with the reason. */
const notExported: Record<string, string> = {
  access_grants: 'of the file of a model: its developer keeps it, and the log tells each side',
  access_uses: 'the ledger of a file of a model; who made a request reads it in the log',
  agent_spending: 'counts of a day, by which a budget is kept',
  applications: 'of those who decide on it; whoever applied reads theirs with the receipt',
  audience_members: 'who may know of a thing belongs to the thing',
  intake_hours: 'counts of an hour, which the findings repeat',
  letter_copies: 'what others were given of a letter, which is exported',
  partners: 'agreed between several; what each side did is in its log',
  submission_parties: 'who reads a file belongs to the file; each is told in the log',
};

test('every table that names an organisation is in its export, or is left out for a reason (I9)', async () => {
  const { rows } = await sql<{ table: string }>`
    select table_name as "table" from information_schema.columns
    where table_schema = 'public' and column_name = 'organisation_id' order by table_name collate "C"`.execute(
    system.database.owner,
  );
  const naming = rows.map(({ table }) => table);

  expect(naming.filter((table) => !tablesExported.has(table))).toEqual(Object.keys(notExported));
});

test('an export holds everything of one’s own and nothing of others, before leaving and after (I9)', async () => {
  const [ash, evaluator] = (await newPeople(
    'ash',
    false,
    ['administrator', 'operator', 'release_manager', 'researcher'],
    ['evaluator'],
  )) as [Person, Person];
  const [yew] = (await newPeople('yew', false, ['administrator', 'operator', 'release_manager', 'researcher'])) as [
    Person,
  ];
  await newInventory(ash, 'ash-part');
  await newInventory(yew, 'yew-part');
  const theirs = await submissions.open(system, yew.actor, { name: 'Yewmodel', version: '1', digest: null });
  const own = await submissions.open(system, ash.actor, { name: 'Ashmodel', version: '1', digest: null });
  for (const who of [ash, yew])
    await findings.submit(system, who.actor, {
      report: {
        title: `A flaw found by ${who === ash ? 'ash' : 'yew'}`,
        description: 'The length is not checked.',
        component: { purl: 'pkg:npm/left-pad@1.0.0' },
        reproduction: `run it as ${who === ash ? 'ash' : 'yew'}`,
      },
      original: `as ${who === ash ? 'ash' : 'yew'} wrote it`,
    });
  await claims.register(system, ash.actor, {
    scope: { purl: 'pkg:npm/left-pad', technique: 'static_analysis' },
    authority: { kind: 'own_software', from: 'ash', reference: 'Our own source.' },
    disclosure: 'answer',
    isCounted: false,
  });
  for (const who of [ash, yew]) {
    const name = who === ash ? 'ash' : 'yew';
    const [{ id }] = (await findings.list(system, who.actor, { limit: 1 })) as [kept.KeptFinding];
    await system.database.transaction(itself, async (tx) => {
      const finding = (await kept.find(tx, id)) as kept.KeptFinding;
      await reporting.ask(system, tx, corin.actor, finding, `Which platform, ${name}?`);
    });
    await findings.answer(system, who.actor, id, `On all of them, says ${name}.`);
    await findings.withdraw(system, who.actor, id);
    await batches.saveMapping(system, who.actor, `table of ${name}`, { title: 'Summary', 'component.purl': 'Package' });
    const batch = await batches.begin(system, who.actor, { name: `campaign of ${name}` });
    const row = async function* () {
      yield Buffer.from('{"title": "No component"}\n');
    };
    await batchImport.takeLines(system, who.actor, batch.id, { from: 0, isLast: true }, row());
    await intakePolicies.publish(
      system,
      { ...who.actor, roles: ['maintainer'] },
      {
        purl: `pkg:npm/${name}-parser`,
        policy: {
          isOptOut: false,
          reportsPerWeek: 3,
          languages: ['en'],
          preferredTechniques: [],
          machineReports: 'welcome',
        },
        proof: { text: 'The file MAINTAINERS names us.', url: 'https://source.example/maintainers' },
      },
    );
  }
  const { token } = (
    await ask(ash, 'POST', '/agents', {
      name: 'scout',
      scopes: ['log:read'],
      expiresAt: '2026-04-01T00:00:00.000Z',
    })
  ).json();
  await sequence(system);

  const before = (await ask(ash, 'GET', '/participation/export')).body;
  const preview = (await ask(ash, 'GET', '/participation/leaving')).json();
  const left = await ask(ash, 'POST', '/participation/leaving');
  await sequence(system);
  const later = (await ask(undefined, 'POST', '/participation/export', { token: left.json().exportToken })).body;

  for (const text of [before, later]) {
    const lines = linesOf(text);
    const items = (part: string) => lines.filter((line) => line.part === part).map(({ item }) => item);
    expect(items('organisation')).toMatchObject([{ name: 'ash' }]);
    expect(items('people').map(({ name }) => name)).toEqual(
      expect.arrayContaining(['administrator of ash', 'evaluator of ash']),
    );
    expect(items('agents')).toMatchObject([{ name: 'scout' }]);
    expect(JSON.stringify(items('inventory_versions'))).toContain('ash-part');
    expect(items('submissions')).toMatchObject([{ id: own.submission.id, model_name: 'Ashmodel' }]);
    expect(items('findings')).toMatchObject([
      {
        title: 'A flaw found by ash',
        report: { description: 'The length is not checked.' },
        reproduction: 'run it as ash',
        original: 'as ash wrote it',
      },
    ]);
    const id = items('findings')[0]?.['id'];
    expect(items('finding_messages')).toEqual([
      { finding: id, id: expect.any(String), kind: 'question', text: 'Which platform, ash?', at: expect.any(String) },
      {
        finding: id,
        id: expect.any(String),
        kind: 'answer',
        text: 'On all of them, says ash.',
        at: expect.any(String),
      },
    ]);
    expect(items('finding_states').map(({ state }) => state)).toEqual(['info_needed', 'triaged', 'withdrawn']);
    expect(items('csv_mappings')).toMatchObject([{ name: 'table of ash', fields: { title: 'Summary' } }]);
    expect(items('batch_refusals')).toMatchObject([
      { batch: items('batches')[0]?.['id'], row: 1, problems: [{ path: 'component' }] },
    ]);
    expect(items('intake_policies')).toMatchObject([{ purl: 'pkg:npm/ash-parser', policy: { reportsPerWeek: 3 } }]);
    expect(items('intake_source')).toMatchObject([{ received: 1, set_aside: 1 }]);
    expect(items('claims')).toMatchObject([{ scope: expect.anything() }]);
    expect(items('claim_events')[0]).toMatchObject({ act: 'register' });
    expect(items('log').some(({ did }) => did === 'submission_opened')).toBe(true);
    expect(lines.at(-1)?.counts).toMatchObject({ submissions: 1, people: 2 });
    for (const foreign of ['yew', 'Yewmodel', theirs.submission.id, 'birch', 'token_hash', 'audience_'])
      expect(text.includes(foreign), foreign).toBe(false);
  }
  expect(preview.ends).toContainEqual({ what: 'Agents', count: 1 });
  expect(left.statusCode).toBe(200);
  expect((await ask(ash, 'GET', '/session')).json().person).toBeUndefined();
  expect((await ask(evaluator, 'GET', '/session')).json().person).toBeUndefined();
  expect((await ask(token, 'GET', '/log/entries')).statusCode).toBe(401);
  expect((await ask(undefined, 'POST', '/participation/export', { token: left.json().exportToken })).statusCode).toBe(
    200,
  );
  now = after(31 * 24);
  expect((await ask(undefined, 'POST', '/participation/export', { token: left.json().exportToken })).statusCode).toBe(
    422,
  );
  await leaving.forget(system);
  const { rows } = await sql<{ name: string }>`select name from inventories`.execute(system.database.owner);
  expect(rows.map(({ name }) => name)).not.toContain('With ash-part');
  expect(rows.map(({ name }) => name)).toContain('With yew-part');
  // No list has those who have left (I10).
  now = begin;
  expect((await ask(ada, 'GET', '/participations')).body).not.toContain('"ash"');
});

test('leaving ends what would come from others and stops one’s own; others keep what they have', async () => {
  const [lab, manager] = (await newPeople('willow', false, ['administrator', 'evaluator'], ['release_manager'])) as [
    Person,
    Person,
  ];
  await system.database.transaction(itself, (tx) =>
    tx
      .updateTable('organisations')
      .set({ is_shared: true })
      .where('id', '=', lab.actor.organisation as 'organisation_x')
      .execute(),
  );
  const other = await submissions.open(system, developer.actor, { name: 'Gull', version: '1', digest: null });
  await submissions.admit(system, developer.actor, other.submission.id, lab.actor.organisation as string);
  const own = await submissions.open(system, manager.actor, { name: 'Reed', version: '1', digest: null });
  await ask(manager, 'POST', `/submissions/${own.submission.id}/window/events`, {
    act: 'offer',
    policy: { name: 'window-30' },
    terms: 'Sample terms 1.0',
    after: 0,
  });
  const preview = (await ask(lab, 'GET', '/participation/leaving')).json();
  expect(preview.ends).toEqual(
    expect.arrayContaining([
      { what: 'Files of models of others that you read', count: 1 },
      { what: 'Windows of your models that have not ended: each is withdrawn', count: 1 },
    ]),
  );

  expect((await ask(manager, 'POST', '/participation/leaving')).statusCode).toBe(403);
  expect((await ask(lab, 'POST', '/participation/leaving')).statusCode).toBe(200);

  const parties = (await ask(developer, 'GET', `/submissions/${other.submission.id}`)).json().parties;
  expect(parties).toHaveLength(1);
  const { rows } = await sql<{ act: string }>`
    select event->>'act' as act from window_events where submission_id = ${own.submission.id} order by number`.execute(
    system.database.owner,
  );
  expect(rows.map(({ act }) => act)).toEqual(['offer', 'withdraw']);
  await sequence(system);
  const kept = (await ask(developer, 'GET', `/log/entries?object=${other.submission.id}`)).body;
  expect(kept).toContain('submission_opened');
  const { rows: living } = await sql`
    select from audience_members where organisation_id = ${lab.actor.organisation} and ended_at is null`.execute(
    system.database.owner,
  );
  expect(living).toHaveLength(0);
  expect((await ask(ada, 'GET', '/participation/leaving')).json().code).toBe('host_stays');
});

test('an agent spends what its person gave it for a day, all or nothing, and again on the next (I16)', async () => {
  const made = (
    await ask(birch, 'POST', '/agents', {
      name: 'counter',
      scopes: ['findings:write'],
      expiresAt: '2026-04-01T00:00:00.000Z',
      budget: { findings: 10, questions: 0 },
    })
  ).json();
  const agent = (await signIn.byToken(system, made.token)) as Actor;
  const spend = (what: budgets.Spent, amount: number) =>
    system.database.transaction(agent, (tx) => budgets.spend(tx, agent, what, amount, now));
  const codeOf = (work: Promise<void>) =>
    work.then(
      () => undefined,
      (error: unknown) => {
        const refusal = whyNot(() => {
          throw error;
        });
        return { code: refusal?.code, ...refusal?.details };
      },
    );

  await spend('findings', 7);
  const many = await Promise.all([spend('findings', 2), spend('findings', 2)].map(codeOf));

  const refusal = { code: 'budget_spent', what: 'findings', asked: 2, left: 1, renewsAt: '2026-03-02T00:00:00.000Z' };
  expect(many.filter((one) => one !== undefined)).toEqual([refusal]);
  expect(await codeOf(spend('questions', 1))).toMatchObject({ code: 'budget_spent', left: 0 });
  expect((await ask(birch, 'GET', `/agents/${made.id}`)).json()).toMatchObject({
    budget: { findings: 10, questions: 0 },
    spentToday: { findings: 9, questions: 0 },
  });
  await ask(birch, 'PATCH', `/agents/${made.id}`, { budget: { findings: 12, questions: 0 } });
  expect(await codeOf(spend('findings', 3))).toBeUndefined();
  now = after(24);
  expect(await codeOf(spend('findings', 12))).toBeUndefined();
  // Nobody but an agent has a budget.
  await system.database.transaction(birch.actor, (tx) => budgets.spend(tx, birch.actor, 'findings', 1_000_000, now));
});
