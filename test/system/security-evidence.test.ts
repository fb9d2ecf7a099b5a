import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { build } from '../../src/api/server.ts';
import * as members from '../../src/app/directory/members.ts';
import * as signIn from '../../src/app/directory/sign-in.ts';
import * as registrations from '../../src/app/evidence/registrations.ts';
import * as runImport from '../../src/app/evidence/run-import.ts';
import * as runs from '../../src/app/evidence/runs.ts';
import * as taskPacks from '../../src/app/evidence/task-packs.ts';
import * as record from '../../src/app/log/record.ts';
import { sequence } from '../../src/app/log/sequence.ts';
import * as submissions from '../../src/app/review/submissions.ts';
import * as windows from '../../src/app/review/windows.ts';
import type { System } from '../../src/app/system.ts';
import { type Actor, system as itself, type Role } from '../../src/domain/directory/actor.ts';
import * as registration from '../../src/domain/evidence/registration.ts';
import { testSystem } from './test-system.ts';

interface Somebody {
  actor: Actor;
  cookie: string;
}

let system: System;
let server: FastifyInstance;
let lab: Somebody;
let rival: Somebody;
let office: Somebody;

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
  system = await testSystem({ env: { ASSAY_HTTP_REQUESTS_PER_MINUTE: '100000' } });
  server = await build(system, { version: 'test' });
  lab = await enter('Tidewater Models (sample)', 'release_manager', 'security_lead');
  rival = await enter('Driftwood Models (sample)', 'release_manager', 'security_lead');
  office = await enter('Office of Measured Capability (sample)', 'evaluator', 'delegate');
  // Labs find the office; nobody finds a lab.
  await system.database.owner
    .updateTable('organisations')
    .set({ is_shared: true })
    .where('id', '=', office.actor.organisation as `organisation_${string}`)
    .execute();
});
afterAll(() => server.close());

const get = (who: Somebody, path: string) =>
  server.inject({ method: 'GET', url: `/api/v1${path}`, headers: { cookie: who.cookie } });

async function fileOf(developer: Somebody): Promise<string> {
  const model = { name: 'Tern', version: '2', digest: null };
  const { id } = (await submissions.open(system, developer.actor, model)).submission;
  await submissions.admit(system, developer.actor, id, office.actor.organisation as string);
  return id;
}

/** Evaluation results as a table, the smallest log there is. */
const table = (rows: string[]) => Readable.from([Buffer.from(['item,score', ...rows].join('\n'))]);
const importTable = async (name: string) =>
  (await runImport.receive(system, office.actor, { fileName: `${name}.csv`, bytes: table([`${name},1`, 'b,0']) })).run;

/** Everything that somebody reads of the log of their own, as text. */
async function logOf({ actor }: Somebody): Promise<string> {
  await sequence(system);
  return JSON.stringify(await record.list(system, actor, { limit: 200 }));
}

const partiesOf = async (id: string) =>
  (await submissions.load(system, office.actor, id)).parties.map(({ organisation }) => organisation);

test('I5, I20: a log that an authority shares with two labs tells neither of the other: no entry, no name, no reader', async () => {
  const [ofLab, ofRival] = [await fileOf(lab), await fileOf(rival)];
  const run = await importTable('shared-twice');
  const organisations = async (who: Somebody) => (await get(who, '/organisations')).body;
  const [labKnew, rivalKnew] = [await organisations(lab), await organisations(rival)];

  await runs.share(system, office.actor, run.id, ofLab, await partiesOf(ofLab));
  await runs.share(system, office.actor, run.id, ofRival, await partiesOf(ofRival));

  expect(await organisations(lab)).toBe(labKnew);
  expect(await organisations(rival)).toBe(rivalKnew);
  for (const [who, other, file] of [
    [lab, rival, ofRival],
    [rival, lab, ofLab],
  ] as const) {
    const answers = `${(await get(who, `/runs/${run.id}`)).body}${(await get(who, '/runs')).body}${await logOf(who)}`;
    expect(answers).toContain('shared-twice.csv');
    expect(answers).not.toContain(file);
    expect(answers).not.toContain(other.actor.organisation);
    expect(answers).not.toContain(other.actor.id);
    expect((await get(who, `/runs?submission=${file}`)).json().items).toEqual([]);
  }
});

test('I5, I20: a task pack shown to one lab and then to another tells neither of the other, nor of runs on its model', async () => {
  const [ofLab, ofRival] = [await fileOf(lab), await fileOf(rival)];
  const statement = { format: 'assay-task-pack/1', name: 'Locks', version: '1', size: 2, root: 'ab'.repeat(32) };
  const pack = await taskPacks.publish(system, office.actor, { statement, isOpaque: false, runsMax: 10 });
  const run = await importTable('on-the-model-of-tidewater');
  await taskPacks.show(system, office.actor, pack.id, ofLab);
  await taskPacks.noteUse(system, office.actor, pack.id, run.id);

  await taskPacks.show(system, office.actor, pack.id, ofRival);
  const later = await importTable('on-the-model-of-tidewater-again');
  await taskPacks.noteUse(system, office.actor, pack.id, later.id);

  const seenByLab = await logOf(lab);
  expect(seenByLab).toContain('task_pack_hidden');
  expect(seenByLab).not.toContain(ofRival);
  expect((await get(lab, `/task-packs/${pack.id}`)).statusCode).toBe(404);
  const seenByRival = `${await logOf(rival)}${(await get(rival, `/task-packs/${pack.id}`)).body}`;
  expect(seenByRival).toContain('task_pack_shown');
  expect(seenByRival).not.toContain(ofLab);
  expect(seenByRival).not.toContain(run.id);
  expect(seenByRival).not.toContain(later.id);
});

test('how often the items of a pack were shown is counted for the most shown ones, however many there are', async () => {
  const statement = { format: 'assay-task-pack/1', name: 'Doors', version: '1', size: 5000, root: 'cd'.repeat(32) };
  const pack = await taskPacks.publish(system, office.actor, { statement, isOpaque: false, runsMax: 2 });
  const rows = (mark: string) => Array.from({ length: 1500 }, (_, at) => `item ${at},${at % 2}`).concat(`${mark},1`);
  for (const mark of ['first', 'second']) {
    const upload = { fileName: `${mark}.csv`, bytes: table(rows(mark)) };
    const { run } = await runImport.receive(system, office.actor, upload);
    await taskPacks.noteUse(system, office.actor, pack.id, run.id);
  }

  const { standings } = await taskPacks.load(system, office.actor, pack.id);

  expect(standings).toHaveLength(1000);
  expect(new Set(standings.map(({ runs, retired }) => `${runs} ${retired}`))).toEqual(new Set(['2 runs']));
});

test('I1: however many statistics of large logs an evaluator asks for at once, they come in turn and keep no release waiting', {
  timeout: 60_000,
}, async () => {
  const own = (await submissions.open(system, lab.actor, { name: 'Tern', version: '3', digest: null })).submission.id;
  const large = async (step: number) => {
    const rows = Array.from({ length: 20_000 }, (_, at) => `item ${at},${at % step === 0 ? 1 : 0}`);
    return (await runImport.receive(system, office.actor, { fileName: `${step}.csv`, bytes: table(rows) })).run.id;
  };
  const [a, b] = [await large(2), await large(3)];
  const asked = Array.from({ length: 30 }, () => get(office, `/runs/compare/items?a=${a}&b=${b}`));
  const began = performance.now();

  await windows.act(system, lab.actor, own, { act: 'release' }, undefined);
  const releasedMs = performance.now() - began;

  const statuses = (await Promise.all(asked)).map(({ statusCode }) => statusCode);
  expect(releasedMs).toBeLessThan(1500);
  expect(new Set(statuses)).toEqual(new Set([200, 503]));
});

test('I5, I20: a rule shown to one lab and then to another tells neither of the other', async () => {
  const [ofLab, ofRival] = [await fileOf(lab), await fileOf(rival)];
  const rule = { ...registration.defaults, title: 'More than half of the locks?', threshold: 0.5 };
  const plan = {
    format: 'assay-evaluation-plan/1',
    rule,
    task: 'locks',
    scorer: 'match',
    clusterBy: null,
    items: 40,
    packRoot: null,
  };
  const { id } = (await registrations.register(system, office.actor, plan)).registration;

  await registrations.show(system, office.actor, id, ofLab);
  await registrations.show(system, office.actor, id, ofRival);

  expect((await get(lab, `/registrations/${id}`)).statusCode).toBe(404);
  expect((await get(rival, `/registrations/${id}`)).statusCode).toBe(200);
  expect(await logOf(lab)).not.toContain(ofRival);
  expect(await logOf(rival)).not.toContain(ofLab);
});
