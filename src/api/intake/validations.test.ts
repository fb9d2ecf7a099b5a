import { createHash, generateKeyPairSync, sign as signBy } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { testSystem } from '../../../test/system/test-system.ts';
import * as agents from '../../app/directory/agents.ts';
import * as leaving from '../../app/directory/leaving.ts';
import * as members from '../../app/directory/members.ts';
import * as signIn from '../../app/directory/sign-in.ts';
import * as queue from '../../app/intake/queue.ts';
import * as screen from '../../app/intake/screen.ts';
import * as record from '../../app/log/record.ts';
import { sequence } from '../../app/log/sequence.ts';
import type { System } from '../../app/system.ts';
import { canonicalJson } from '../../domain/canonical-json.ts';
import { type Actor, system as itself, type Role } from '../../domain/directory/actor.ts';
import type { Attempt, Evidence } from '../../domain/intake/validation.ts';
import type { Kit } from '../../domain/intake/validation-kit.ts';
import * as dsse from '../../formats/dsse/document.ts';
import * as statements from '../../formats/in-toto/statement.ts';
import * as validation from '../../formats/in-toto/validation.ts';
import * as participations from '../../store/directory/participations.ts';
import { build } from '../server.ts';

const begin = Date.parse('2026-03-02T09:00:00.000Z');
const dayMs = 86_400_000;
let clock = begin;
const moment = (days: number) => new Date(begin + days * dayMs).toISOString();

interface Person {
  actor: Actor;
  organisation: string;
  cookie: string;
}
let system: System;
let server: FastifyInstance;
let coordinator: Person;
let lab: Person;
let labColleague: Person;
let university: Person;
let universityColleague: Person;
let outsider: Person;
let finding: string;
let digest: string;
let count = 0;

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
  const entered = [];
  for (const { id, organisation, roles } of made.people) {
    const link = await signIn.createLink(system, id);
    const cookie = `session=${await signIn.signInByLink(system, link.slice(link.indexOf('token=') + 6))}`;
    entered.push({ actor: { kind: 'person', id, organisation, roles, isHost } as Actor, organisation, cookie });
  }
  return entered;
}

async function call(who: Person, method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown) {
  const answer = await server.inject({
    method,
    url: `/api/v1${path}`,
    headers: { cookie: who.cookie },
    ...(body !== undefined && { payload: body as object }),
  });
  return {
    status: answer.statusCode,
    raw: answer.body,
    headers: answer.headers,
    body: answer.body ? answer.json() : undefined,
  };
}

const report = () => ({
  key: `k${++count}`,
  title: 'Heap overflow in the parser of long names',
  description: 'Found by reading parse.c: the length is checked after the copy.',
  component: { purl: 'pkg:generic/tern@1.4.2', version: '1.4.2' },
  impact: 'A long name ends the program.',
  stack: '==1==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x60',
  reproduction: './tern "$(head -c 4000 /dev/zero | tr "\\0" a)"\n',
});

function newKey() {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const raw = new Uint8Array(publicKey.export({ type: 'spki', format: 'der' })).slice(-32);
  return {
    text: Buffer.from(raw).toString('base64'),
    signer: { keyid: 'hint', sign: (message: Uint8Array) => new Uint8Array(signBy(null, message, privateKey)) },
  };
}
const sha256 = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;

const attempt = (isSeen: boolean): Attempt => ({
  isSeen,
  ending: 'ended',
  exit: isSeen ? 134 : 0,
  durationMs: 12,
  outputDigest: sha256('out'),
  outputBytes: 3,
  head: 'out',
  tail: '',
});

/** Evidence of `seen` sights in five attempts, with a clean control, as `assay validate` signs it. */
async function envelopeOf(
  kit: Kit,
  key: ReturnType<typeof newKey>,
  seen = 5,
  changes: Partial<Evidence> = {},
  about = { id: kit.finding, digest: kit.findingDigest },
): Promise<object> {
  const environment = { sandbox: 'bubblewrap 0.8.0', os: 'Debian', arch: 'x64', tools: [], hasNetwork: false };
  const evidence: Evidence = {
    kitDigest: sha256(canonicalJson(kit)),
    signal: kit.signal,
    environment,
    environmentDigest: sha256(canonicalJson(environment)),
    series: [
      {
        purpose: 'reproduce',
        command: kit.reproduce.command,
        attempts: [0, 1, 2, 3, 4].map((at) => attempt(at < seen)),
      },
      { purpose: 'control', command: ['sh', 'harmless.sh'], attempts: [attempt(false)] },
    ],
    tool: { name: 'assay', version: '0.1.0' },
    startedAt: moment(0),
    endedAt: moment(0),
    ...changes,
  };
  const payload = statements.write(validation.write(about, evidence));
  return JSON.parse(dsse.write(await dsse.sign(statements.payloadType, payload, [key.signer])));
}

/** Shares the draft with the university. */
async function share(days = 30): Promise<{ id: string; kit: Kit }> {
  const { body: preview } = await call(
    coordinator,
    'GET',
    `/validations/preview?finding=${finding}&organisation=${university.organisation}`,
  );
  const shared = await call(coordinator, 'POST', '/validations', {
    finding,
    organisation: university.organisation,
    kit: preview.draft,
    endsAt: moment(days),
  });
  expect(shared.status, shared.raw).toBe(201);
  const { body: kit } = await call(university, 'GET', `/validations/${shared.body.id}/kit`);
  return { id: shared.body.id, kit };
}

const universityKey = newKey();

beforeAll(async () => {
  system = await testSystem({
    now: () => new Date(clock).toISOString(),
    env: { ASSAY_HTTP_REQUESTS_PER_MINUTE: '100000' },
  });
  server = await build(system, { version: 'test' });
  [coordinator] = (await enter('Clearinghouse (sample)', true, ['coordinator'])) as [Person];
  [lab, labColleague] = (await enter('Tidewater Lab (sample)', false, ['researcher'], ['researcher'])) as [
    Person,
    Person,
  ];
  [university, universityColleague] = (await enter(
    'Fen University (sample)',
    false,
    ['researcher'],
    ['researcher'],
  )) as [Person, Person];
  [outsider] = (await enter('Driftwood Models (sample)', false, ['researcher', 'security_lead', 'coordinator'])) as [
    Person,
  ];
  await call(university, 'POST', '/validator-keys', { publicKey: universityKey.text, label: 'laptop' });
});

beforeEach(async () => {
  clock = begin;
  const { body, raw, status } = await call(lab, 'POST', '/findings', report());
  expect(status, raw).toBe(201);
  ({ id: finding, digest } = body);
});

test('I6: the preview says who will learn what, and keeps nothing', async () => {
  const { status, body } = await call(
    coordinator,
    'GET',
    `/validations/preview?finding=${finding}&organisation=${university.organisation}`,
  );

  expect(status).toBe(200);
  expect(body.organisations.map((one: { name: string }) => one.name)).toEqual([
    'Clearinghouse (sample)',
    'Fen University (sample)',
  ]);
  expect(body.staysHidden.join()).toContain('who reported');
  expect(body.draft).toMatchObject({
    finding,
    findingDigest: digest,
    signal: { kind: 'sanitizer', class: 'heap-buffer-overflow' },
  });
  expect(JSON.stringify(body.draft)).not.toContain('parse.c');
  expect((await call(university, 'GET', '/validations')).body.items).toEqual([]);
});

test('a validator learns the kit, and not who reported it or how it was found', async () => {
  const { id, kit } = await share();
  const { body } = await call(university, 'GET', `/validations/${id}`);

  const all = JSON.stringify([kit, body, (await call(university, 'GET', '/validations')).body]);
  expect(all).not.toContain('parse.c');
  expect(all).not.toContain(lab.organisation);
  expect(all).not.toContain('Tidewater');
  expect(Buffer.from(kit.files[0]?.content ?? '', 'base64').toString()).toContain('./tern');
  expect((await call(university, 'GET', `/findings/${finding}`)).status).toBe(404);
});

test('evidence with a clean control is judged by the rule, and one independent reproduction lets a coordinator record it', async () => {
  const { id, kit } = await share();
  expect(
    (await call(coordinator, 'POST', `/findings/${finding}/validation-outcome`, { state: 'validated' })).body.code,
  ).toBe('outcome_without_evidence');

  const answered = await call(university, 'POST', `/validations/${id}/evidence`, await envelopeOf(kit, universityKey));

  expect(answered.status, answered.raw).toBe(201);
  const [seen] = (await call(coordinator, 'GET', `/validations?finding=${finding}`)).body.items;
  expect(seen).toMatchObject({
    state: 'answered',
    evidence: [
      {
        verdict: 'reproduced',
        tallies: { reproduce: { seen: 5, attempts: 5 }, control: { seen: 0, attempts: 1 } },
        independence: { isIndependent: true },
        person: { name: 'Fen University (sample) 1' },
        organisation: { name: 'Fen University (sample)' },
        key: { publicKey: universityKey.text, revokedAt: null },
      },
    ],
  });
  expect(seen.evidence[0].reasons.join()).toContain('The kit has no control; the validator ran one of their own.');
  // The tool sets no state: a coordinator does.
  expect((await call(lab, 'GET', `/findings/${finding}`)).body.state).not.toBe('validated');

  const recorded = await call(coordinator, 'POST', `/findings/${finding}/validation-outcome`, {
    state: 'validated',
    text: 'It shows on 1.4.2.',
  });
  expect(recorded.status, recorded.raw).toBe(201);
  expect((await call(lab, 'GET', `/findings/${finding}`)).body.state).toBe('validated');
});

test('the reporter sees the state and the text that is meant for them, and nothing of who reproduced it', async () => {
  const { id, kit } = await share();
  await call(university, 'POST', `/validations/${id}/evidence`, await envelopeOf(kit, universityKey));
  await call(coordinator, 'POST', `/findings/${finding}/validation-outcome`, {
    state: 'validated',
    text: 'It shows on 1.4.2.',
  });
  await sequence(system);

  const read = (await call(lab, 'GET', `/findings/${finding}`)).body;
  expect(read.messages.at(-1)).toMatchObject({ kind: 'decision', text: 'It shows on 1.4.2.' });
  const outcome = await call(lab, 'GET', `/findings/${finding}/validation-outcome`);
  expect(outcome.body).toEqual({ finding, state: 'validated', text: 'It shows on 1.4.2.', recordedAt: moment(0) });
  const entries = await record.list(system, lab.actor, { object: finding, limit: 50 });
  expect(entries.map(({ did }) => did)).toContain('finding_validated');
  const all = JSON.stringify([
    entries,
    (await call(lab, 'GET', `/findings/${finding}`)).body,
    await record.list(system, lab.actor, { limit: 50 }),
  ]);
  expect(all).not.toContain(university.organisation);
  expect(all).not.toContain(id);
});

test('evidence that a flaw does not show lets "not reproduced" be recorded, and not "validated"', async () => {
  const { id, kit } = await share();
  await call(university, 'POST', `/validations/${id}/evidence`, await envelopeOf(kit, universityKey, 0));

  const path = `/findings/${finding}/validation-outcome`;
  expect((await call(coordinator, 'POST', path, { state: 'validated' })).status).toBe(409);
  expect((await call(coordinator, 'POST', path, { state: 'not_reproduced' })).status).toBe(201);
});

describe('evidence that is not taken', () => {
  test('the finder’s own organisation is refused at sharing', async () => {
    const { body } = await call(coordinator, 'GET', `/validations/preview?finding=${finding}`);
    const answer = await call(coordinator, 'POST', '/validations', {
      finding,
      organisation: lab.organisation,
      kit: body.draft,
      endsAt: moment(30),
    });

    expect(answer.body.code).toBe('validation_for_finder');
    expect(
      (await call(coordinator, 'GET', `/validations/preview?finding=${finding}&organisation=${lab.organisation}`)).body
        .code,
    ).toBe('validation_for_finder');
  });

  test.each([
    ['signed by a key that is not registered', (kit: Kit) => envelopeOf(kit, newKey()), 'evidence_not_signed'],
    [
      'about another finding',
      (kit: Kit) => envelopeOf(kit, universityKey, 5, {}, { id: kit.finding, digest: sha256('x') }),
      'evidence_of_other',
    ],
    [
      'under another name',
      (kit: Kit) => envelopeOf(kit, universityKey, 5, {}, { id: 'finding_other', digest: kit.findingDigest }),
      'evidence_of_other',
    ],
    ['made with another kit', (kit: Kit) => envelopeOf({ ...kit, claim: 'x' }, universityKey), 'evidence_of_other'],
    ['from the future', (kit: Kit) => envelopeOf(kit, universityKey, 5, { endedAt: moment(3) }), 'evidence_not_read'],
    [
      'whose environment has another digest',
      (kit: Kit) => envelopeOf(kit, universityKey, 5, { environmentDigest: sha256('x') }),
      'evidence_not_read',
    ],
  ])('%s', async (_name, make, code) => {
    const { id, kit } = await share();

    expect((await call(university, 'POST', `/validations/${id}/evidence`, await make(kit))).body.code).toBe(code);
    expect((await call(coordinator, 'GET', `/validations/${id}`)).body.evidence).toEqual([]);
  });

  test('one bit changed in the payload', async () => {
    const { id, kit } = await share();
    const envelope = (await envelopeOf(kit, universityKey, 0)) as { payload: string };
    const payload = Buffer.from(envelope.payload, 'base64').toString().replace('"isSeen":false', '"isSeen":true');

    const answer = await call(university, 'POST', `/validations/${id}/evidence`, {
      ...envelope,
      payload: Buffer.from(payload).toString('base64'),
    });
    expect(answer.body.code).toBe('evidence_not_signed');
  });

  test('signed by a colleague’s key, or by a key that was revoked', async () => {
    const { id, kit } = await share();
    const key = newKey();
    const registered = await call(universityColleague, 'POST', '/validator-keys', {
      publicKey: key.text,
      label: 'desk',
    });
    expect((await call(university, 'POST', `/validations/${id}/evidence`, await envelopeOf(kit, key))).body.code).toBe(
      'evidence_not_signed',
    );

    await call(universityColleague, 'DELETE', `/validator-keys/${registered.body.id}`);
    expect(
      (await call(universityColleague, 'POST', `/validations/${id}/evidence`, await envelopeOf(kit, key))).body.code,
    ).toBe('evidence_not_signed');
    expect(
      (await call(universityColleague, 'POST', '/validator-keys', { publicKey: key.text, label: 'again' })).body.code,
    ).toBe('validator_key_known');
  });

  test('the same envelope again is the same evidence', async () => {
    const { id, kit } = await share();
    const envelope = await envelopeOf(kit, universityKey);
    await call(university, 'POST', `/validations/${id}/evidence`, envelope);

    expect((await call(university, 'POST', `/validations/${id}/evidence`, envelope)).body.evidence).toHaveLength(1);
  });
});

test('the envelope comes back as it was, and anyone who has it verifies it offline', async () => {
  const { id, kit } = await share();
  const envelope = await envelopeOf(kit, universityKey);
  const { body } = await call(university, 'POST', `/validations/${id}/evidence`, envelope);

  const [{ id: evidence }] = body.evidence;
  expect((await call(coordinator, 'GET', `/validations/${id}/evidence/${evidence}`)).body).toEqual(envelope);
  expect((await call(coordinator, 'GET', `/validations/${id}/evidence/evidence_none`)).status).toBe(404);
});

test('I9: a validator takes along what it was asked, what it signed and its keys, and no kit (I12)', async () => {
  const { id, kit } = await share();
  const envelope = await envelopeOf(kit, universityKey);
  await call(university, 'POST', `/validations/${id}/evidence`, envelope);
  const { id: withdrawn } = await share();
  await call(coordinator, 'DELETE', `/validations/${withdrawn}`);
  const administrator: Actor = { ...universityColleague.actor, roles: ['administrator'] };

  const lines: { part: string; item: Record<string, unknown> }[] = [];
  for await (const line of await leaving.exportOwn(system, administrator)) lines.push(JSON.parse(line));

  const items = (part: string) => lines.filter((line) => line.part === part).map(({ item }) => item);
  expect(items('validations').find((one) => one['id'] === id)).toMatchObject({ finding_id: finding });
  expect(items('validations').map((one) => one['id'])).not.toContain(withdrawn);
  expect(items('validation_evidence').find((one) => one['validation_id'] === id)).toMatchObject({
    envelope,
    verdict: 'reproduced',
  });
  expect(items('validator_keys')).toContainEqual(expect.objectContaining({ public_key: universityKey.text }));
  const kits = JSON.stringify(lines.filter(({ part }) => part !== 'log'));
  expect(kits).not.toContain(kit.title);
  expect(kits).not.toContain(kit.files[0]?.content);
});

test('I7: that a kit was opened is on record for the coordinators, with who opened it', async () => {
  const { id } = await share();
  await sequence(system);

  const entries = await record.list(system, coordinator.actor, { object: id, limit: 50 });
  const read = entries.find(({ did }) => did === 'validation_kit_read');
  expect(JSON.parse(read?.body ?? '{}')).toMatchObject({
    by: university.actor.id,
    organisation: university.organisation,
  });
});

test('I9: withdrawn at once; for the validator the request is as one that never was, byte for byte (I5)', async () => {
  const { id } = await share();
  expect((await call(coordinator, 'DELETE', `/validations/${id}`)).body.state).toBe('withdrawn');

  for (const rest of ['', '/kit', '/evidence/evidence_x']) {
    const withdrawn = await call(university, 'GET', `/validations/${id}${rest}`);
    const never = await call(university, 'GET', `/validations/validation_never${rest}`);
    expect(withdrawn.status).toBe(404);
    expect({ ...withdrawn.body, instance: '', requestId: '' }).toEqual({ ...never.body, instance: '', requestId: '' });
  }
  expect((await call(university, 'GET', '/validations')).body.items.map((one: { id: string }) => one.id)).not.toContain(
    id,
  );
});

test('a request ends by itself on its day', async () => {
  const { id, kit } = await share(0.05);
  clock = begin + 0.05 * dayMs;

  expect((await call(university, 'GET', `/validations/${id}/kit`)).status).toBe(404);
  expect(
    (await call(university, 'POST', `/validations/${id}/evidence`, await envelopeOf(kit, universityKey))).status,
  ).toBe(404);
  expect((await call(coordinator, 'GET', `/validations/${id}`)).body.state).toBe('ended');
});

test('I5: for everybody else an existing request and a missing one are the same answer, byte for byte', async () => {
  const { id, kit } = await share();
  const envelope = await envelopeOf(kit, universityKey);
  const asks: [Parameters<typeof call>[1], string, unknown?][] = [
    ['GET', ''],
    ['GET', '/kit'],
    ['GET', '/evidence/evidence_x'],
    ['POST', '/evidence', envelope],
  ];
  for (const who of [outsider, lab, labColleague]) {
    for (const [method, rest, body] of asks) {
      const existing = await call(who, method, `/validations/${id}${rest}`, body);
      const missing = await call(who, method, `/validations/validation_0${rest}`, body);

      const plain = ({ raw }: typeof existing) => raw.replace(/"(requestId|instance)":"[^"]*"/g, '');
      expect([existing.status, plain(existing)]).toEqual([404, plain(missing)]);
    }
    expect((await call(who, 'GET', `/validations?finding=${finding}`)).body).toEqual({ items: [] });
  }
});

test('sharing takes a person, a coordinator of the host and an end within 90 days', async () => {
  const { body } = await call(coordinator, 'GET', `/validations/preview?finding=${finding}`);
  const ask = { finding, organisation: university.organisation, kit: body.draft, endsAt: moment(30) };

  expect((await call(outsider, 'POST', '/validations', ask)).status).toBe(403);
  expect((await call(coordinator, 'POST', '/validations', { ...ask, endsAt: moment(91) })).body.code).toBe(
    'validation_end',
  );
  expect((await call(coordinator, 'POST', '/validations', { ...ask, endsAt: moment(0) })).body.code).toBe(
    'validation_end',
  );
  expect(
    (await call(coordinator, 'POST', '/validations', { ...ask, organisation: 'organisation_none' })).body.code,
  ).toBe('validation_organisation');
  expect((await call(coordinator, 'POST', '/validations', { ...ask, finding: 'finding_none' })).status).toBe(404);
  const { token } = await agents.add(system, coordinator.actor, {
    name: 'coordinating agent',
    scopes: ['validations:write'],
    expiresAt: moment(10),
  });
  const byAgent = await server.inject({
    method: 'POST',
    url: '/api/v1/validations',
    headers: { authorization: `Bearer ${token}` },
    payload: ask,
  });
  expect(byAgent.statusCode).toBe(403);
});

test('I16: an agent of a validator hands in under its person’s key, and only with the scope', async () => {
  const { id, kit } = await share();
  const envelope = await envelopeOf(kit, universityKey);
  const as = async (scopes: ('validations:read' | 'validations:write')[]) => {
    const { token } = await agents.add(system, university.actor, { name: 'runner', scopes, expiresAt: moment(10) });
    return server.inject({
      method: 'POST',
      url: `/api/v1/validations/${id}/evidence`,
      headers: { authorization: `Bearer ${token}` },
      payload: envelope,
    });
  };

  expect((await as(['validations:read'])).statusCode).toBe(403);
  expect((await as(['validations:write'])).statusCode).toBe(201);
});

test('I12: the database alone shows no reproducer and no output', async () => {
  const { id, kit } = await share();
  await call(university, 'POST', `/validations/${id}/evidence`, await envelopeOf(kit, universityKey));

  const { rows } = await system.database.pool.query(
    "select encode(kit, 'escape') as text from validations where id = $1 union all select encode(envelope, 'escape') from validation_evidence where validation_id = $1",
    [id],
  );
  expect(rows).toHaveLength(2);
  for (const { text } of rows) expect(text).not.toMatch(/reproduce|payload|tern/);
});

test('who has opened the report itself is not blind, whatever they say', async () => {
  const own = await call(coordinator, 'GET', `/validations/preview?finding=${finding}`);
  const key = newKey();
  await call(coordinator, 'POST', '/validator-keys', { publicKey: key.text, label: 'host' });
  const shared = await call(coordinator, 'POST', '/validations', {
    finding,
    organisation: coordinator.organisation,
    kit: own.body.draft,
    endsAt: moment(30),
  });
  const kit = (await call(coordinator, 'GET', `/validations/${shared.body.id}/kit`)).body;

  const { body } = await call(
    coordinator,
    'POST',
    `/validations/${shared.body.id}/evidence`,
    await envelopeOf(kit, key),
  );

  expect(body.evidence[0]).toMatchObject({ verdict: 'reproduced', independence: { isIndependent: false } });
  expect(body.evidence[0].independence.reasons.join()).toContain('opened the report itself');
  expect(
    (await call(coordinator, 'POST', `/findings/${finding}/validation-outcome`, { state: 'validated' })).body.code,
  ).toBe('outcome_without_evidence');
});

describe('below every query', () => {
  const tables = ['validations', 'validation_evidence', 'validation_outcomes', 'validator_keys'] as const;
  const seenBy = (who: Person) =>
    system.database.transaction(who.actor, async (tx) => {
      const seen: Record<string, number> = {};
      for (const table of tables) seen[table] = (await tx.selectFrom(table).selectAll().execute()).length;
      return seen;
    });

  test('I5: the database shows an outsider no request, no evidence, no outcome and no key', async () => {
    const { id, kit } = await share();
    await call(university, 'POST', `/validations/${id}/evidence`, await envelopeOf(kit, universityKey));
    await call(coordinator, 'POST', `/findings/${finding}/validation-outcome`, { state: 'validated' });

    expect(await seenBy(outsider)).toEqual({
      validations: 0,
      validation_evidence: 0,
      validation_outcomes: 0,
      validator_keys: 0,
    });
    // The reporter has the outcome, and nothing of how it came about.
    const { validation_outcomes, ...rest } = await seenBy(lab);
    expect(validation_outcomes).toBeGreaterThan(0);
    expect(rest).toEqual({ validations: 0, validation_evidence: 0, validator_keys: 0 });
    expect((await seenBy(university))['validation_outcomes']).toBe(0);
  });

  test('I9: whom was asked ends nobody’s reading, and the host’s least of all', async () => {
    const { id } = await share();
    const audience = await system.database.owner
      .selectFrom('validations')
      .select('audience_id')
      .where('id', '=', id)
      .executeTakeFirstOrThrow();

    const ended = await system.database.transaction(university.actor, (tx) =>
      tx
        .updateTable('audience_members')
        .set({ ended_at: moment(0), ended_by: 'x' })
        .where('audience_id', '=', audience.audience_id)
        .executeTakeFirst(),
    );

    expect(ended.numUpdatedRows).toBe(0n);
  });
});

test('a finding that screening holds is not shared, and nobody who does not take part is asked', async () => {
  await system.database.owner.updateTable('findings').set({ is_held: true }).where('id', '=', finding).execute();
  expect((await call(coordinator, 'GET', `/validations/preview?finding=${finding}`)).body.code).toBe('validation_held');

  await system.database.owner.updateTable('findings').set({ is_held: false }).where('id', '=', finding).execute();
  const left = (await enter('Gone Harbour (sample)', false, ['researcher']))[0] as Person;
  await system.database.transaction(itself, (tx) =>
    participations.save(
      tx,
      left.organisation as 'organisation_x',
      { state: 'left', at: moment(0) } as never,
      moment(0),
    ),
  );
  const asked = await call(
    coordinator,
    'GET',
    `/validations/preview?finding=${finding}&organisation=${left.organisation}`,
  );
  expect(asked.body.code).toBe('validation_organisation');
  const { body } = await call(coordinator, 'GET', `/validations/preview?finding=${finding}`);
  expect(body.askable.map(({ id }: { id: string }) => id)).not.toContain(left.organisation);
});

test('a coordinator chooses by name among those who may be asked: not who reported it, nor who reproduces nothing', async () => {
  await enter('Quiet Office (sample)', false, ['auditor']);
  const { body } = await call(coordinator, 'GET', `/validations/preview?finding=${finding}`);

  const names = body.askable.map(({ name }: { name: string }) => name);
  expect(names).toContain('Fen University (sample)');
  expect(names).not.toContain('Quiet Office (sample)');
  expect(body.askable.map(({ id }: { id: string }) => id)).not.toContain(lab.organisation);
  expect(names).toEqual(names.toSorted((a: string, b: string) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1)));
});

test('who reported another finding of the case is no other: neither asked, nor counted once it has come in', async () => {
  const { id, kit } = await share();
  await call(university, 'POST', `/validations/${id}/evidence`, await envelopeOf(kit, universityKey));
  const { body: own } = await call(university, 'POST', '/findings', report());
  await screen.run(system);
  const findings = [finding, own.id];
  const { digest: seen } = await queue.preview(system, coordinator.actor, finding, findings);
  await queue.accept(system, coordinator.actor, finding, { findings, digest: seen });

  const outcome = await call(coordinator, 'POST', `/findings/${finding}/validation-outcome`, { state: 'validated' });
  expect(outcome.body.code).toBe('outcome_without_evidence');
  const asked = await call(
    coordinator,
    'GET',
    `/validations/preview?finding=${finding}&organisation=${university.organisation}`,
  );
  expect(asked.body.code).toBe('validation_for_finder');
  // What they see of their evidence does not change with it (I5).
  expect((await call(university, 'GET', `/validations/${id}`)).body.evidence[0].independence.isIndependent).toBe(true);
});
