import { hash } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import { testSystem } from '../../../test/system/test-system.ts';
import { canonicalJson } from '../../domain/canonical-json.ts';
import { type Actor, system as itself, type OrganisationId, type Role } from '../../domain/directory/actor.ts';
import { Refusal } from '../../domain/refusal.ts';
import { digested } from '../../domain/review/submission.ts';
import * as members from '../directory/members.ts';
import * as record from '../log/record.ts';
import { sequence } from '../log/sequence.ts';
import type { System } from '../system.ts';
import * as audience from './submission-audience.ts';
import * as file from './submission-file.ts';
import * as submissions from './submissions.ts';
import * as waitingList from './waiting-list.ts';

let system: System;
let lab: Actor;
let office: Actor;
let rival: Actor;
const officeId = () => office.organisation as OrganisationId;
const model = { name: 'Tern', version: '2', digest: null };
const access = { state: 'given', content: { methods: ['endpoint'], hours: 'always' } };

async function newPerson(name: string, ...roles: Role[]): Promise<Actor> {
  const kind = { name, isHost: false, isSample: false };
  const made = await system.database.transaction(itself, (tx) =>
    members.found(system, tx, itself, kind, [{ name: 'Somebody', roles }]),
  );
  const { id, organisation } = made.people[0]!;
  return { kind: 'person', id, organisation, roles };
}

beforeAll(async () => {
  system = await testSystem();
  lab = await newPerson('Tidewater Models (sample)', 'release_manager');
  office = await newPerson('Office of Measured Capability (sample)', 'evaluator');
  rival = await newPerson('Driftwood Models (sample)', 'release_manager', 'security_lead', 'evaluator', 'auditor');
  await system.database.transaction(itself, (tx) =>
    tx.updateTable('organisations').set({ is_shared: true }).where('id', '=', officeId()).execute(),
  );
});

const refusalOf = (doing: Promise<unknown> | (() => Promise<unknown>)) =>
  Promise.resolve()
    .then(() => (typeof doing === 'function' ? doing() : doing))
    .then(
      () => 'done',
      (error) => (error instanceof Refusal ? error.code : String(error)),
    );

const newFile = async () => (await submissions.open(system, lab, model)).submission.id;

/** Hands the newest version over to whoever is a party. */
async function handOver(id: string, isInterim = true): Promise<number> {
  const version = (await file.load(system, lab, id)).version!.version;
  const { organisations } = await file.previewHandOver(system, lab, id, version);
  await file.handOver(system, lab, id, { version, isInterim, organisations });
  return version;
}

const entriesOf = async (actor: Actor, object: string) => {
  await sequence(system);
  return record.list(system, actor, { object, limit: 100 });
};

test('a save makes a version with a digest that anyone recomputes; a save that changes nothing makes none', async () => {
  const id = await newFile();

  const saved = await file.save(system, lab, id, { basedOn: 1, parts: { 9: access }, note: 'Access' });
  const again = await file.save(system, lab, id, { basedOn: 2, parts: { 9: access } });

  expect(saved).toMatchObject({ version: 2, note: 'Access', savedBy: lab.id, savedByName: 'Somebody', handedAt: null });
  expect(again.version).toBe(2);
  const text = canonicalJson(digested(id, 2, saved.content));
  expect(saved.digest).toBe(`sha256:${hash('sha256', text)}`);
});

test('two people save different parts at once; of the same part the later save is refused, and so is a part that cannot be read', async () => {
  const id = await newFile();
  await file.save(system, lab, id, { basedOn: 1, parts: { 9: access } });

  const other = await file.save(system, lab, id, {
    basedOn: 1,
    parts: { 8: { state: 'withheld', reason: 'Not now.' } },
  });

  expect(Object.keys(other.content.parts)).toEqual(['1', '8', '9']);
  const late = file.save(system, lab, id, { basedOn: 1, parts: { 9: { state: 'withheld', reason: 'Later.' } } });
  expect(await refusalOf(late)).toBe('file_changed');
  expect(await refusalOf(file.save(system, lab, id, { basedOn: 3, parts: { 8: { state: 'withheld' } } }))).toBe(
    'part_not_kept',
  );
  const reopened = await file.save(system, lab, id, { basedOn: 3, parts: { 8: null } });
  expect(reopened.content.parts[8]).toBeUndefined();
});

test('saves of different parts that come at the same moment all hold, one version each', async () => {
  const id = await newFile();
  const numbers = [4, 5, 6, 7, 8, 12];

  const saved = await Promise.all(
    numbers.map((number) =>
      file.save(system, lab, id, { basedOn: 1, parts: { [number]: { state: 'withheld', reason: `Part ${number}.` } } }),
    ),
  );

  expect(saved.map(({ version }) => version).sort()).toEqual([2, 3, 4, 5, 6, 7]);
  const { version } = await file.load(system, lab, id);
  expect(Object.keys(version!.content.parts).map(Number)).toEqual([1, ...numbers]);
});

test('a version larger than a file may be is refused, and nothing of it is kept', async () => {
  const id = await newFile();
  const long = 'x'.repeat(20_000);
  const full = { architecture: long, training: long, capabilities: long, propensities: long, affordances: long };
  const large = {
    2: { state: 'given', content: full },
    7: { state: 'given', content: { mitigations: long, limits: long, attacks: long } },
    8: { state: 'given', content: { goal: long, weights: long, insiders: long, access: long } },
    10: { state: 'given', content: { confidentiality: long, cybersecurity: long, use: long, property: long } },
    12: { state: 'given', content: { reasons: long, margin: long, until: long } },
    16: { state: 'given', content: { compute: long, engineering: long } },
  };

  expect(await refusalOf(file.save(system, lab, id, { basedOn: 1, parts: large }))).toBe('file_too_large');
  expect((await file.list(system, lab, id)).map(({ version }) => version)).toEqual([1]);
});

test('I5: drafts do not exist for other parties; they read what was handed over, with withheld parts and their reasons', async () => {
  const id = await newFile();
  await submissions.admit(system, lab, id, officeId());
  await file.save(system, lab, id, {
    basedOn: 1,
    parts: { 8: { state: 'withheld', reason: 'Shown on site.' }, 9: access },
  });

  expect((await file.load(system, office, id)).version).toBeUndefined();
  expect(await file.list(system, office, id)).toEqual([]);
  expect(await refusalOf(file.load(system, office, id, 2))).toBe('not_found');

  await handOver(id);
  await file.save(system, lab, id, {
    basedOn: 2,
    parts: { 10: { state: 'withheld', reason: 'Still being written.' } },
  });

  const seen = await file.load(system, office, id);
  expect(seen.version).toMatchObject({ version: 2, isInterim: true });
  expect(seen.version?.content.parts[8]).toEqual({ state: 'withheld', reason: 'Shown on site.' });
  expect(seen.gaps).toBeUndefined();
  expect(await refusalOf(file.load(system, office, id, 3))).toBe('not_found');
  expect(await refusalOf(file.load(system, office, id, 1))).toBe('not_found');
  expect((await file.exportFile(system, office, id)).versions.map(({ version }) => version)).toEqual([2]);
});

test('I6: a newcomer reads the newest version handed over and none before it, as the preview said', async () => {
  const id = await newFile();
  await handOver(id);
  await file.save(system, lab, id, { basedOn: 1, parts: { 9: access } });
  await handOver(id);

  const preview = await audience.preview(system, lab, id, officeId());
  await submissions.admit(system, lab, id, officeId(), { handedVersion: 2 });

  expect(preview).toMatchObject({ who: ['Office of Measured Capability (sample)'], handedVersion: 2 });
  expect(preview.learn.join(' ')).toContain('Given: 1 Identity, 9 Access offer.');
  expect((await file.list(system, office, id)).map(({ version }) => version)).toEqual([2]);
});

test('I6: an act on an outdated preview is refused, and who cannot be named is refused like who does not exist', async () => {
  const id = await newFile();
  await handOver(id);

  expect(await refusalOf(submissions.admit(system, lab, id, officeId(), { handedVersion: null }))).toBe(
    'preview_outdated',
  );
  await submissions.admit(system, lab, id, officeId(), { handedVersion: 1 });
  await file.save(system, lab, id, { basedOn: 1, parts: { 9: access } });
  const before = { version: 2, isInterim: false, organisations: [lab.organisation as string] };
  expect(await refusalOf(file.handOver(system, lab, id, before))).toBe('preview_outdated');
  for (const organisation of [rival.organisation as string, 'organisation_0']) {
    expect(await refusalOf(audience.preview(system, lab, id, organisation))).toBe('invalid_request');
    expect(await refusalOf(submissions.admit(system, lab, id, organisation))).toBe('invalid_request');
  }
});

test('I16: an agent saves drafts but widens nothing', async () => {
  const id = await newFile();
  const agent: Actor = {
    ...lab,
    kind: 'agent',
    id: 'agent_1',
    principal: lab.id as 'person_x',
    scopes: ['submissions:write'],
  };

  expect((await file.save(system, agent, id, { basedOn: 1, parts: { 9: access } })).version).toBe(2);
  expect(await refusalOf(() => submissions.admit(system, agent, id, officeId()))).toBe('not_permitted');
  const act = { version: 2, isInterim: true, organisations: [lab.organisation as string] };
  expect(await refusalOf(() => file.handOver(system, agent, id, act))).toBe('not_permitted');
  expect(await refusalOf(() => file.showDates(system, agent, id, []))).toBe('not_permitted');
});

test('I7: whatever another party reads of a file is on record for its developer', async () => {
  const id = await newFile();
  await handOver(id);
  await submissions.admit(system, lab, id, officeId());

  await submissions.load(system, office, id);
  await file.load(system, office, id);
  await file.load(system, office, id, 1);
  await file.list(system, office, id);
  await file.compare(system, office, id, 1, 1);
  await file.exportFile(system, office, id);
  await audience.view(system, office, id);

  const reads = (await entriesOf(lab, id)).filter(
    ({ type, body }) => type === 'access' && JSON.parse(body).by === office.id,
  );
  expect(reads.map(({ did }) => did).sort()).toEqual([
    'submission_audience_read',
    'submission_exported',
    'submission_file_read',
    'submission_file_read',
    'submission_read',
    'submission_versions_compared',
    'submission_versions_read',
  ]);
});

test('I9: the end of reading takes hold at once and everywhere; what was read stays on record for both', async () => {
  const id = await newFile();
  await handOver(id);
  await submissions.admit(system, lab, id, officeId());
  await file.load(system, office, id);
  const before = await entriesOf(office, id);

  await audience.end(system, lab, id, officeId());
  await audience.end(system, lab, id, officeId());

  const asks = [
    (one: string) => submissions.load(system, office, one),
    (one: string) => file.load(system, office, one),
    (one: string) => file.load(system, office, one, 1),
    (one: string) => file.list(system, office, one),
    (one: string) => file.compare(system, office, one, 1, 1),
    (one: string) => file.exportFile(system, office, one),
    (one: string) => audience.view(system, office, one),
  ];
  for (const ask of asks) {
    expect(await refusalOf(ask(id))).toBe('not_found');
    expect(await refusalOf(ask('submission_0'))).toBe('not_found');
  }
  expect((await waitingList.list(system, office, { limit: 10 })).map((one) => one.id)).not.toContain(id);

  await file.save(system, lab, id, { basedOn: 1, parts: { 9: access } });
  await handOver(id);
  const after = await entriesOf(office, id);
  expect(after.map(({ did }) => did)).toEqual([
    'access_revoked',
    'submission_reading_ended',
    ...before.map(({ did }) => did),
  ]);
  const { readers } = await audience.view(system, lab, id);
  expect(readers.map(({ name, endedAt }) => [name, endedAt === null])).toEqual([
    ['Tidewater Models (sample)', true],
    ['Office of Measured Capability (sample)', false],
  ]);
  const theirs = (await entriesOf(lab, id)).filter(({ body }) => JSON.parse(body).by === office.id);
  expect(theirs.map(({ did }) => did)).toContain('submission_file_read');
});

test('I9: below every query, the database itself shows nothing of the audience to a party whose reading was ended', async () => {
  const other = await newPerson('Estuary Models (sample)', 'release_manager');
  const { id } = (await submissions.open(system, other, model)).submission;
  await submissions.admit(system, other, id, officeId());
  await file.handOver(system, other, id, {
    version: 1,
    isInterim: false,
    organisations: [other.organisation as string, officeId()],
  });
  await audience.end(system, other, id, officeId());

  const seen = await system.database.transaction(office, async (tx) => [
    await tx.selectFrom('submissions').select('id').where('id', '=', id).execute(),
    await tx.selectFrom('submission_parties').select('organisation_id').where('submission_id', '=', id).execute(),
    await tx.selectFrom('submission_versions').select('version').where('submission_id', '=', id).execute(),
    await tx
      .selectFrom('organisations')
      .select('id')
      .where('id', '=', other.organisation as OrganisationId)
      .execute(),
  ]);

  expect(seen).toEqual([[], [], [], []]);
});

test('I9: let in again, a party reads what is handed over from then on and not what lay between', async () => {
  const id = await newFile();
  await handOver(id);
  await submissions.admit(system, lab, id, officeId());
  await audience.end(system, lab, id, officeId());
  await file.save(system, lab, id, { basedOn: 1, parts: { 9: access } });
  await handOver(id);
  await file.save(system, lab, id, { basedOn: 2, parts: { 9: null } });
  await handOver(id);

  await submissions.admit(system, lab, id, officeId());

  expect((await file.list(system, office, id)).map(({ version }) => version)).toEqual([3]);
});

test('only the developer ends a reading, and never its own', async () => {
  const id = await newFile();
  await submissions.admit(system, lab, id, officeId());
  const asManager: Actor = { ...office, roles: ['release_manager'] };

  expect(await refusalOf(audience.end(system, asManager, id, lab.organisation as string))).toBe('not_permitted');
  expect(await refusalOf(audience.end(system, lab, id, lab.organisation as string))).toBe('not_permitted');
  const meddling = system.database.transaction(office, (tx) =>
    tx
      .updateTable('audience_members')
      .set({ ended_at: system.now() })
      .where('organisation_id', '=', lab.organisation!)
      .execute(),
  );
  expect((await meddling)[0]?.numUpdatedRows).toBe(0n);
});

test('I20: intended dates are in no version, digest, export or entry that another party reads, until they are shown', async () => {
  const id = await newFile();
  await handOver(id);
  await submissions.admit(system, lab, id, officeId());
  const day = '2031-07-19';
  await file.setDates(system, lab, id, { partnerRelease: day, publicRelease: null, note: 'Held in reserve' });

  const seen = JSON.stringify([
    await submissions.load(system, office, id),
    await file.load(system, office, id),
    await file.list(system, office, id),
    await file.exportFile(system, office, id),
    await audience.view(system, office, id),
    (await entriesOf(office, id)).map(({ body }) => body),
    await system.database.transaction(office, (tx) => tx.selectFrom('submission_dates').selectAll().execute()),
  ]);
  expect(seen).not.toContain(day);
  expect(seen).not.toContain('reserve');
  expect(seen).not.toContain('submission_dates_kept');
  expect(JSON.stringify((await entriesOf(lab, id)).map(({ body }) => body))).not.toContain(day);
  expect((await file.load(system, lab, id)).dates).toMatchObject({ partnerRelease: day });

  await file.showDates(system, lab, id, [officeId()]);
  expect((await file.load(system, office, id)).dates).toMatchObject({ partnerRelease: day });
  await file.showDates(system, lab, id, []);
  expect((await file.load(system, office, id)).dates).toBeUndefined();
});

test('I20: another lab learns neither dates nor that the file exists, and dates are shown to parties only', async () => {
  const id = await newFile();
  await file.setDates(system, lab, id, { partnerRelease: '2031-07-19', publicRelease: null, note: null });

  for (const one of [id, 'submission_0']) {
    expect(await refusalOf(file.load(system, rival, one))).toBe('not_found');
    expect(await refusalOf(file.exportFile(system, rival, one))).toBe('not_found');
    expect(
      await refusalOf(file.setDates(system, rival, one, { partnerRelease: null, publicRelease: null, note: null })),
    ).toBe('not_found');
    expect(await refusalOf(audience.preview(system, rival, one, officeId()))).toBe('not_found');
  }
  expect(await refusalOf(file.showDates(system, lab, id, [rival.organisation as string]))).toBe('invalid_request');
  expect(await waitingList.list(system, rival, { limit: 10 })).toEqual([]);
  expect(await entriesOf(rival, id)).toEqual([]);
});

test('which weights the file is about is a version like any other, and on record for all parties', async () => {
  const id = await newFile();
  await submissions.admit(system, lab, id, officeId());
  const next = { ...model, digest: `sha256:${'cd'.repeat(32)}` };

  const saved = await file.save(system, lab, id, { basedOn: 1, model: next });

  expect(saved.content.model).toEqual(next);
  expect((await submissions.load(system, office, id)).submission.model).toEqual(next);
  expect((await entriesOf(office, id)).map(({ did }) => did)).toContain('submission_model_changed');
});
