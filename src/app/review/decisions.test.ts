/** Determinations and partners over the API, with two labs, two authorities and partners, on a real database. */
import fc from 'fast-check';
import type { FastifyInstance } from 'fastify';
import { beforeAll, expect, test } from 'vitest';
import { testSystem } from '../../../test/system/test-system.ts';
import { build } from '../../api/server.ts';
import {
  type Actor,
  system as itself,
  type OrganisationId,
  type PersonId,
  type Role,
} from '../../domain/directory/actor.ts';
import * as members from '../directory/members.ts';
import * as signIn from '../directory/sign-in.ts';
import { sequence } from '../log/sequence.ts';
import type { System } from '../system.ts';
import { tasks } from '../tasks.ts';
import * as submissionAudience from './submission-audience.ts';
import * as submissions from './submissions.ts';

let system: System;
let server: FastifyInstance;
let now = '2026-03-01T09:30:00.000Z';

interface Firm {
  id: OrganisationId;
  /** Its people, by role. */
  as: Partial<Record<Role, Actor>>;
}
let tidewater: Firm;
let driftwood: Firm;
let office: Firm;
let institute: Firm;
let harrow: Firm;
let outsider: Firm;
const cookies = new Map<string, string>();

/** A session of the day: earlier ones end when the clock is moved on. */
async function cookieOf({ id }: Actor): Promise<string> {
  const key = `${id} ${now}`;
  const known = cookies.get(key);
  if (known !== undefined) return known;
  const link = await signIn.createLink(system, id as PersonId);
  const cookie = `session=${await signIn.signInByLink(system, link.slice(link.indexOf('token=') + 6))}`;
  cookies.set(key, cookie);
  return cookie;
}

async function found(name: string, ...roles: Role[]): Promise<Firm> {
  const made = await system.database.transaction(itself, async (tx) => {
    const kind = { name: `${name} (sample)`, isHost: false, isSample: false };
    const people = roles.map((role) => ({
      name: `${role} of ${name}`,
      email: `${role}@${name}.example`,
      roles: [role],
    }));
    const all = await members.found(system, tx, itself, kind, people);
    await tx.updateTable('organisations').set({ is_shared: true }).where('id', '=', all.organisation.id).execute();
    return all;
  });
  const as: Firm['as'] = {};
  for (const { id, organisation, roles: held } of made.people) {
    as[held[0] as Role] = { kind: 'person', id, organisation, roles: held };
  }
  return { id: made.organisation.id, as };
}

beforeAll(async () => {
  system = await testSystem({ now: () => now, env: { ASSAY_HTTP_REQUESTS_PER_MINUTE: '100000' } });
  server = await build(system, { version: 'test' });
  tidewater = await found('Tidewater', 'release_manager', 'security_lead', 'operator');
  driftwood = await found('Driftwood', 'release_manager', 'administrator');
  office = await found('Office', 'delegate', 'evaluator', 'auditor');
  institute = await found('Institute', 'delegate');
  harrow = await found('Harrow', 'administrator');
  outsider = await found('Outsider', 'administrator', 'delegate', 'release_manager');
});

interface Entry {
  type: string;
  did: string;
}

interface Answer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: answers of many shapes, read by the tests.
  body: any;
  text: string;
}

async function ask(actor: Actor | undefined, method: 'GET' | 'POST', path: string, payload?: object): Promise<Answer> {
  const answer = await server.inject({
    method,
    url: `/api/v1${path}`,
    ...(actor && { headers: { cookie: await cookieOf(actor) } }),
    ...(payload && { payload }),
  });
  const text = answer.body.replace(/"requestId":"[^"]*"/, '');
  return { status: answer.statusCode, body: answer.body === '' ? undefined : JSON.parse(answer.body), text };
}

const get = (actor: Actor | undefined, path: string) => ask(actor, 'GET', path);
const post = (actor: Actor | undefined, path: string, payload: object) => ask(actor, 'POST', path, payload);

const digest = `sha256:${'ab'.repeat(32)}`;

async function newFile(lab: Firm, ...authorities: Firm[]): Promise<string> {
  const model = { name: 'Tern', version: '2', digest };
  const { submission } = await submissions.open(system, lab.as.release_manager as Actor, model);
  for (const { id } of authorities) await submissions.admit(system, lab.as.release_manager as Actor, submission.id, id);
  return submission.id;
}

const saying = {
  outcome: 'covered',
  decidedOn: '2026-03-01',
  reference: 'OMC-2026/17',
  sentence: 'This version is covered.',
};

async function newRequest(file: string): Promise<string> {
  const made = await post(tidewater.as.release_manager, `/submissions/${file}/determinations`, {
    kind: 'request',
    authority: office.id,
  });
  expect(made.status).toBe(201);
  return made.body.id;
}

const step = (actor: Actor | undefined, id: string, event: object) =>
  post(actor, `/${id.startsWith('partner') ? 'partners' : 'determinations'}/${id}/events`, event);

test('W1: asked, received, recorded: the developer reads outcome, day, name and sentence, and never the reference', async () => {
  const file = await newFile(tidewater, office, institute);
  const id = await newRequest(file);

  expect((await get(office.as.delegate, `/determinations/${id}`)).status).toBe(404);
  expect((await step(tidewater.as.release_manager, id, { did: 'submit' })).body.state).toBe('sent');
  expect((await step(office.as.evaluator, id, { did: 'acknowledge' })).body.state).toBe('with_authority');
  expect((await step(office.as.evaluator, id, { did: 'record', ...saying })).status).toBe(403);
  expect((await step(office.as.delegate, id, { did: 'record', ...saying })).body.state).toBe('covered');

  const read = await get(tidewater.as.operator, `/determinations/${id}`);
  expect(read.body).toMatchObject({
    standing: 'covered',
    model: { digest },
    recorded: {
      outcome: 'covered',
      decidedOn: '2026-03-01',
      delegate: 'delegate of Office',
      sentence: saying.sentence,
    },
  });
  expect(read.text).not.toContain(saying.reference);
  expect((await get(office.as.delegate, `/determinations/${id}`)).body.reference).toBe(saying.reference);
});

test('the reference is of the authority alone below every query, in the database', async () => {
  const file = await newFile(tidewater, office);
  const id = await newRequest(file);
  await step(tidewater.as.release_manager, id, { did: 'submit' });
  await step(office.as.delegate, id, { did: 'record', ...saying });

  const readBy = (actor: Actor) =>
    system.database.transaction(actor, (tx) =>
      tx.selectFrom('determination_references').selectAll().where('determination_id', '=', id).execute(),
    );

  expect(await readBy(office.as.delegate as Actor)).toHaveLength(1);
  expect(await readBy(tidewater.as.release_manager as Actor)).toEqual([]);
});

test('I5: a request is known to the developer and the one authority it is sent to; another authority of the same file cannot tell', async () => {
  const file = await newFile(tidewater, office, institute);
  const id = await newRequest(file);
  await step(tidewater.as.release_manager, id, { did: 'submit' });

  const missing = await get(institute.as.delegate, '/determinations/determination_0');
  const existing = await get(institute.as.delegate, `/determinations/${id}`);
  expect([existing.status, existing.text]).toEqual([404, missing.text]);
  const list = await get(institute.as.delegate, `/submissions/${file}/determinations`);
  expect(list.body).toEqual({ items: [] });
  expect((await step(institute.as.delegate, id, { did: 'record', ...saying })).status).toBe(404);
});

test('I5: what nobody asked for leaves no trace for the developer until it is released: no row, count, time, entry or mail', async () => {
  const file = await newFile(tidewater, office);
  const manager = tidewater.as.release_manager;
  const look = async () => {
    await sequence(system);
    const paths = ['/submissions', `/submissions/${file}`, `/submissions/${file}/determinations`, '/partners'];
    const answers = [];
    for (const path of paths) answers.push((await get(manager, path)).text);
    const log = await get(manager, '/log/entries?limit=200');
    // One's own reads and sessions are on record each time.
    const others = log.body.items.filter(({ type, did }: Entry) => type !== 'access' && !/^sign/.test(did));
    return { answers, log: others };
  };
  // Refused tries of earlier minutes come onto the record with the next one.
  now = '2026-03-02T08:30:00.000Z';
  const before = await look();

  now = '2026-03-02T09:30:00.000Z';
  const made = await post(office.as.delegate, `/submissions/${file}/determinations`, {
    kind: 'unrequested',
    ...saying,
  });
  expect(made.status).toBe(201);

  expect(await look()).toEqual(before);
  const missing = await get(manager, '/determinations/determination_0');
  const hidden = await get(manager, `/determinations/${made.body.id}`);
  expect([hidden.status, hidden.text]).toEqual([404, missing.text]);
  expect((await step(manager, made.body.id, { did: 'withdraw' })).text).toBe(
    (await step(manager, 'determination_0', { did: 'withdraw' })).text,
  );
  expect(await mailsFor('Tidewater')).toEqual([]);

  now = '2026-03-05T09:30:00.000Z';
  expect((await step(office.as.delegate, made.body.id, { did: 'release' })).status).toBe(201);
  const after = await get(manager, `/submissions/${file}/determinations`);
  expect(after.body.items).toMatchObject([{ isRequested: false, standing: 'covered', recorded: { isReleased: true } }]);
  await sequence(system);
  const history = await get(manager, `/log/entries?object=${made.body.id}`);
  expect(history.body.items.map(({ did }: { did: string }) => did)).toEqual(['determination_released']);
});

/** Messages that jobs of the acts so far make for people of one firm. */
async function mailsFor(name: string): Promise<string[]> {
  const { rows } = await system.database.pool.query<{ payload: { organisation: string; roles: Role[]; path: string } }>(
    `select payload from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
     where t.identifier = 'tell_people'`,
  );
  for (const { payload } of rows) await tasks.tell_people(system, payload as never, undefined);
  const sent = await system.database.pool.query<{ payload: { to: string; subject: string; text: string } }>(
    `select payload from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
     where t.identifier = 'send_mail'`,
  );
  await system.database.pool.query('delete from graphile_worker._private_jobs');
  return sent.rows
    .filter(({ payload }) => payload.to.includes(name))
    .map(({ payload }) => `${payload.subject}\n${payload.text}`);
}

test('I12: mail says that something waits and where, and neither model, nor organisation, nor outcome', async () => {
  await mailsFor('none');
  const file = await newFile(tidewater, office);
  const id = await newRequest(file);
  await step(tidewater.as.release_manager, id, { did: 'submit' });
  await step(office.as.delegate, id, { did: 'record', ...saying });

  const mails = await mailsFor('');

  expect(mails.length).toBe(2);
  for (const mail of mails) {
    expect(mail).toContain(`/early-access/${file}/decision`);
    expect(mail).not.toMatch(/Tern|Tidewater|Office|covered|determin|approved|cleared|certified|passed/i);
  }
});

test('I9: withdrawal works at once, without a reason, also after the time for an answer went by', async () => {
  const file = await newFile(tidewater, office);
  const id = await newRequest(file);
  now = '2026-03-06T09:30:00.000Z';
  await step(tidewater.as.release_manager, id, { did: 'submit' });
  now = '2026-05-06T09:30:00.000Z';
  expect((await get(tidewater.as.operator, `/determinations/${id}`)).body.standing).toBe('no_answer');

  const done = await step(tidewater.as.release_manager, id, { did: 'withdraw' });

  expect(done.body.state).toBe('withdrawn');
  expect((await step(office.as.delegate, id, { did: 'record', ...saying })).status).toBe(409);
});

test('W1: a new digest of the model makes the request one about an earlier version', async () => {
  const file = await newFile(tidewater, office);
  const id = await newRequest(file);
  await step(tidewater.as.release_manager, id, { did: 'submit' });
  await system.database.transaction(itself, (tx) =>
    tx
      .updateTable('submissions')
      .set({ model_digest: `sha256:${'cd'.repeat(32)}` })
      .where('id', '=', file)
      .execute(),
  );

  expect((await get(tidewater.as.operator, `/determinations/${id}`)).body.standing).toBe('stale');
  expect((await step(office.as.delegate, id, { did: 'record', ...saying })).body.code).toBe('determination_stale');
});

test('a text with a marking is refused and nothing of it is kept; a sealed one is read by nobody and its sealing stands', async () => {
  const file = await newFile(tidewater, office);
  const id = await newRequest(file);
  await step(tidewater.as.release_manager, id, { did: 'submit' });
  const refused = await step(office.as.delegate, id, { did: 'record', ...saying, sentence: '(S//NF) The range fell.' });
  expect([refused.status, refused.body.code]).toEqual([422, 'text_marked']);

  const mistaken = 'The heron flies at dawn over the delta.';
  await step(office.as.delegate, id, { did: 'record', ...saying, sentence: mistaken });
  expect((await step(tidewater.as.security_lead, id, { did: 'seal' })).status).toBe(201);

  for (const actor of [office.as.delegate, tidewater.as.release_manager] as Actor[]) {
    const read = await get(actor, `/determinations/${id}`);
    expect(read.body.recorded).toMatchObject({ outcome: 'covered', sentence: null });
    await expect(
      system.database.transaction(actor, (tx) => tx.selectFrom('sealed_texts').selectAll().execute()),
    ).rejects.toThrow(/permission denied/);
  }
  await sequence(system);
  const log = await get(office.as.delegate, `/log/entries?object=${id}`);
  expect(log.body.items[0].did).toMatch(/determination_read|text_sealed/);
  expect(log.text).not.toContain('heron');
  const sealed = await system.database.pool.query('select text from sealed_texts where object = $1', [id]);
  expect(sealed.rows).toEqual([{ text: mistaken }]);
  // No table but the sealed one has it, kept answers of repeated requests among them.
  const tables = await system.database.pool.query<{ name: string }>(
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
     where table_schema in ('public') and table_type = 'BASE TABLE' and table_name <> 'sealed_texts'`,
  );
  for (const { name } of tables.rows) {
    const { rows } = await system.database.pool.query(`select 1 from ${name} t where t::text like '%heron flies%'`);
    expect(rows, name).toEqual([]);
  }
});

// Partners

async function toInvited(file: string): Promise<string> {
  const named = { name: 'Harrow Rural Hospital Network', sector: 'health', text: 'Why we think so.' };
  const { body } = await post(tidewater.as.release_manager, `/submissions/${file}/partners`, named);
  await step(tidewater.as.release_manager, body.id, { did: 'propose', authority: office.id });
  await step(office.as.delegate, body.id, { did: 'comment', stance: 'concern', text: 'They are small.' });
  const invited = await step(tidewater.as.release_manager, body.id, {
    did: 'invite',
    organisation: harrow.id,
    terms: 'Use for defence of your own systems only.',
  });
  expect(invited.body.state).toBe('invited');
  return body.id;
}

test('W3: suggested, proposed, commented, invited, accepted, provided, seen to work: each by the one whose act it is', async () => {
  const file = await newFile(tidewater, office);
  const id = await toInvited(file);
  const partner = harrow.as.administrator;

  expect((await step(tidewater.as.release_manager, id, { did: 'accept' })).status).toBe(403);
  expect((await step(office.as.delegate, id, { did: 'accept' })).status).toBe(403);
  expect((await step(partner, id, { did: 'accept' })).body.state).toBe('terms_accepted');
  expect((await step(tidewater.as.security_lead, id, { did: 'provision' })).body.state).toBe('provisioned');
  expect((await step(partner, id, { did: 'confirm', text: 'One request was answered.' })).body.state).toBe('ready');
  expect((await step(office.as.delegate, id, { did: 'revoke', reason: 'other' })).status).toBe(403);
  expect((await step(tidewater.as.security_lead, id, { did: 'revoke', reason: 'terms_broken' })).body.state).toBe(
    'revoked',
  );

  const { body } = await get(tidewater.as.operator, `/partners/${id}`);
  expect(body.events.map((one: { did: string; side: string }) => `${one.side} ${one.did}`)).toEqual([
    'developer suggest',
    'developer propose',
    'authority comment',
    'developer invite',
    'partner accept',
    'developer provision',
    'partner confirm',
    'developer revoke',
  ]);
});

test('nothing silent: no invitation before both sides’ acts stand on record', async () => {
  const file = await newFile(tidewater, office);
  const { body } = await post(tidewater.as.release_manager, `/submissions/${file}/partners`, {
    name: 'Harrow',
    sector: 'health',
  });
  const invite = { did: 'invite', organisation: harrow.id, terms: 'Terms.' };
  expect((await get(office.as.delegate, `/partners/${body.id}`)).status).toBe(404);

  await step(tidewater.as.release_manager, body.id, { did: 'propose' });
  expect((await step(tidewater.as.release_manager, body.id, invite)).body.code).toBe('partner_no_word');
  await step(office.as.evaluator, body.id, { did: 'comment', stance: 'no_comment' });
  expect((await step(tidewater.as.release_manager, body.id, invite)).body.state).toBe('invited');
});

test('I5, I6: the partner reads its invitation, its terms and what came after, and nothing that the two sides said before', async () => {
  const file = await newFile(tidewater, office);
  const id = await toInvited(file);

  const own = await get(harrow.as.administrator, `/partners/${id}`);
  expect(own.body.events).toMatchObject([{ did: 'invite', terms: 'Use for defence of your own systems only.' }]);
  expect(own.text).not.toMatch(/They are small|Why we think so|concern|submission_/);
  await sequence(system);
  const log = await get(harrow.as.administrator, `/log/entries?object=${id}`);
  expect(log.text).not.toMatch(/concern|partner_commented|partner_suggested/);
  expect((await get(harrow.as.administrator, `/submissions/${file}`)).status).toBe(404);
  expect((await get(harrow.as.administrator, `/submissions/${file}/partners`)).status).toBe(404);
  const inDatabase = await system.database.transaction(harrow.as.administrator as Actor, (tx) =>
    tx.selectFrom('partner_events').select('did').where('partner_id', '=', id).execute(),
  );
  expect(inDatabase).toEqual([{ did: 'invite' }]);
});

test('I20: partners do not learn of each other, nor a developer of another’s partners, models or dates', async () => {
  const first = await newFile(tidewater, office);
  const second = await newFile(driftwood, office);
  const harrows = await toInvited(first);
  const { body } = await post(driftwood.as.release_manager, `/submissions/${second}/partners`, {
    name: 'Outsider',
    sector: 'energy',
  });
  await step(driftwood.as.release_manager, body.id, { did: 'propose' });
  await step(office.as.delegate, body.id, { did: 'comment', stance: 'support' });
  await step(driftwood.as.release_manager, body.id, { did: 'invite', organisation: outsider.id, terms: 'Terms.' });

  const missing = (await get(driftwood.as.release_manager, '/partners/partner_0')).text;
  for (const [actor, hidden] of [
    [driftwood.as.release_manager, harrows],
    [tidewater.as.release_manager, body.id],
    [harrow.as.administrator, body.id],
    [outsider.as.administrator, harrows],
  ] as const) {
    const answer = await get(actor, `/partners/${hidden}`);
    expect([answer.status, answer.text]).toEqual([404, missing]);
  }
  const invitations = (await get(outsider.as.administrator, '/partners')).body.items;
  expect(invitations.map((one: { id: string }) => one.id)).toEqual([body.id]);
  expect(JSON.stringify(invitations)).not.toMatch(/Tidewater|Harrow/);
  // A developer that is another's partner reads its own invitations only.
  expect((await get(driftwood.as.administrator, '/partners')).body.items).toEqual([]);
});

const anyQuery = fc
  .tuple(
    fc.constantFrom(
      'state',
      'participating',
      'organisation',
      'not',
      'without',
      'sector',
      'side',
      'q',
      'include',
      'sort',
    ),
    fc.oneof(fc.constantFrom('declined', 'false', 'none', '*', 'all'), fc.string({ maxLength: 12 })),
  )
  .map(([name, value]) => `${name}=${encodeURIComponent(value)}`);

test('I10: no list of these routes yields an organisation that did not take part, nor who was passed over', async () => {
  const file = await newFile(tidewater, office);
  await toInvited(file);
  const everybody = [tidewater, driftwood, office, institute, harrow, outsider];
  for (const firm of everybody) {
    const actor = Object.values(firm.as)[0];
    for (const path of [
      '/partners',
      '/partner-statistics',
      `/submissions/${file}/partners`,
      `/submissions/${file}/determinations`,
    ]) {
      // Whatever is asked besides, the answer is the same: there is no way to ask for absence.
      const plain = await get(actor, path);
      await fc.assert(
        fc.asyncProperty(anyQuery, async (query) => {
          expect((await get(actor, `${path}?${query}`)).text, path).toBe(plain.text);
        }),
        { numRuns: 8 },
      );
    }
  }
  const outside = await get(outsider.as.administrator, '/partner-statistics');
  expect(outside.text).not.toMatch(/organisation_|Tidewater|Driftwood|Harrow/);
  expect((await get(undefined, '/partner-statistics')).text).toBe(outside.text);
});

test('I19: the public reads counts by sector of the last quarter, and none of a small cell or of few developers', async () => {
  const before = await get(undefined, '/partner-statistics');
  expect(before.body.asOf).toBe('2026-04-01T00:00:00.000Z');
  expect(before.body.sectors.every((one: { partners: number | null }) => one.partners === null)).toBe(true);
  const labs = [tidewater, driftwood, await found('Estuary', 'release_manager')];
  const accept = async (lab: Firm, at: number) => {
    const file = await newFile(lab, office);
    const guest = await found(`Guest${at}`, 'administrator');
    const manager = lab.as.release_manager;
    const { body } = await post(manager, `/submissions/${file}/partners`, { name: 'G', sector: 'water' });
    await step(manager, body.id, { did: 'propose' });
    await step(office.as.delegate, body.id, { did: 'comment', stance: 'no_comment' });
    await step(manager, body.id, { did: 'invite', organisation: guest.id, terms: 'Terms.' });
    expect((await step(guest.as.administrator, body.id, { did: 'accept' })).status).toBe(201);
  };
  const shown = async () =>
    (await get(undefined, '/partner-statistics')).body.sectors.find((one: { sector: string }) => one.sector === 'water')
      .partners;
  for (let at = 0; at < 4; at++) await accept(labs[at % 3] as Firm, at);

  now = '2026-07-02T09:30:00.000Z';
  expect(await shown()).toBeNull();
  for (let at = 4; at < 7; at++) await accept(labs[at % 3] as Firm, at);
  expect(await shown()).toBeNull();
  now = '2026-10-02T09:30:00.000Z';
  expect(await shown()).toBe(5);
});

test('a partner’s words can be sealed by either side that reads them, and by nobody else', async () => {
  const file = await newFile(tidewater, office);
  const id = await toInvited(file);
  const events = (await get(tidewater.as.operator, `/partners/${id}`)).body.events;
  const comment = events.find((one: { did: string }) => one.did === 'comment').id;
  const seal = (actor: Actor | undefined, event: string) => post(actor, `/partners/${id}/seals`, { event });

  expect((await seal(harrow.as.administrator, comment)).status).toBe(404);
  expect((await seal(outsider.as.administrator, comment)).status).toBe(404);
  expect((await seal(office.as.delegate, comment)).status).toBe(201);

  const read = await get(tidewater.as.operator, `/partners/${id}`);
  expect(read.body.events.find((one: { id: string }) => one.id === comment)).toMatchObject({
    stance: 'concern',
    sealedAt: now,
  });
  expect(read.text).not.toContain('They are small');
});

test('whom the developer lets know no longer, reads no partner and adds nothing', async () => {
  const file = await newFile(tidewater, office);
  const id = await toInvited(file);
  await submissionAudience.end(system, tidewater.as.release_manager as Actor, file, office.id);

  expect((await get(office.as.delegate, `/partners/${id}`)).status).toBe(404);
  expect((await step(office.as.delegate, id, { did: 'comment', stance: 'support' })).status).toBe(404);
  expect((await step(harrow.as.administrator, id, { did: 'accept' })).status).toBe(201);
  expect((await step(tidewater.as.security_lead, id, { did: 'provision', text: 'Ready.' })).status).toBe(201);
  await sequence(system);
  const log = await get(office.as.delegate, `/log/entries?object=${id}&limit=200`);
  expect(log.text).toContain('partner_invited');
  expect(log.text).not.toMatch(/partner_terms_accepted|partner_access_provided/);
  expect((await get(harrow.as.administrator, `/partners/${id}`)).body.events.map(({ did }: Entry) => did)).toEqual([
    'invite',
    'accept',
    'provision',
  ]);
});

test('whom the developer lets know no longer, reads what it has said itself, and no request that it did not answer', async () => {
  const file = await newFile(tidewater, office);
  const [answered, open] = [await newRequest(file), await newRequest(file)];
  for (const id of [answered, open]) await step(tidewater.as.release_manager, id, { did: 'submit' });
  await step(office.as.delegate, answered, { did: 'record', ...saying });
  await submissionAudience.end(system, tidewater.as.release_manager as Actor, file, office.id);

  expect((await get(office.as.delegate, `/determinations/${answered}`)).status).toBe(200);
  expect((await get(office.as.delegate, `/determinations/${open}`)).status).toBe(404);
  expect((await step(office.as.delegate, open, { did: 'record', ...saying })).status).toBe(404);
  expect((await step(tidewater.as.release_manager, open, { did: 'withdraw' })).status).toBe(201);
});

test('I1: whatever is determined and however partners stand, the file reads as before and the developer releases', async () => {
  const file = await newFile(tidewater, office);
  const manager = tidewater.as.release_manager;
  const before = await get(manager, `/submissions/${file}`);
  const id = await newRequest(file);
  await step(manager, id, { did: 'submit' });
  await step(office.as.delegate, id, { did: 'record', ...saying });
  const partner = await toInvited(file);
  await step(harrow.as.administrator, partner, { did: 'decline', reason: 'not_said' });

  const after = await get(manager, `/submissions/${file}`);
  const released = await post(manager, `/submissions/${file}/window/events`, { act: 'release' });

  expect(after.text).toBe(before.text);
  expect([released.status, released.body.view.state]).toEqual([201, 'released']);
});
