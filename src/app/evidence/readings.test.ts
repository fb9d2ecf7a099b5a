import { beforeAll, expect, test } from 'vitest';
import { testSystem } from '../../../test/system/test-system.ts';
import { type Actor, system as itself, type OrganisationId, type Role } from '../../domain/directory/actor.ts';
import type { EvalLog, SampleSummary } from '../../domain/evidence/eval-log.ts';
import type { Observation } from '../../domain/evidence/reading.ts';
import { Refusal } from '../../domain/refusal.ts';
import * as audiences from '../../store/directory/audiences.ts';
import * as runs from '../../store/evidence/runs.ts';
import * as members from '../directory/members.ts';
import * as record from '../log/record.ts';
import { sequence } from '../log/sequence.ts';
import type { System } from '../system.ts';
import * as readings from './readings.ts';
import * as runCompare from './run-compare.ts';

let system: System;
let ash: Actor;
let birch: Actor;
let cedar: Actor;
let outsider: Actor;
let count = 0;

async function organisation(name: string, ...roles: Role[][]): Promise<Actor[]> {
  const people = roles.map((held, at) => ({ name: `${name} ${at}`, roles: held }));
  const made = await system.database.transaction(itself, (tx) =>
    members.found(system, tx, itself, { name, isHost: false, isSample: false }, people),
  );
  return made.people.map(({ id, organisation, roles }): Actor => ({ kind: 'person', id, organisation, roles }));
}

/** A run of ten attempts that is ready, of the first organisation. */
async function newRun(): Promise<string> {
  const id = `run_${++count}`;
  const audience = `audience_run${count}`;
  const organisation = ash.organisation as OrganisationId;
  const at = system.now();
  await system.database.transaction(ash, async (tx) => {
    await audiences.create(tx, { id: audience, members: [{ organisation }], by: ash.id, at });
    await runs.insert(tx, {
      id,
      audience,
      organisation,
      digest: `sha256:${String(count).padStart(64, '0')}`,
      fileName: 'run.eval',
      sizeBytes: 1,
      importedBy: ash.id,
      createdAt: at,
    });
    const { number } = (await runs.find(tx, id)) as runs.NumberedRun;
    const flags = {
      hasError: false,
      hasLimit: false,
      isUnscored: false,
      isEdited: false,
      isRetried: false,
      isFallback: false,
      isInvalidated: false,
    };
    const samples = Array.from({ length: 10 }, (_, at) => ({
      ...flags,
      number: at + 1,
      summary: { id: `task-${at + 1}`, epoch: 1, tokens: null } as SampleSummary,
      scores: { match: 1 },
      clusters: {},
    }));
    await runs.addSamples(tx, number, samples);
    const transcripts = samples.map((sample) => ({ number: sample.number, events: 3, kinds: {}, spans: [] }));
    await runs.addTranscripts(tx, number, transcripts);
    const log = { format: 'inspect-eval', task: 'locks', model: 'tern', status: 'success' } as EvalLog;
    const manifestDigest = `sha256:${'0'.repeat(64)}`;
    const report = { samples: 10, samplesRead: 10, items: 10, epochs: 1, scores: [], marks: [] };
    await runs.finish(tx, id, {
      log,
      report,
      manifest: {} as never,
      manifestDigest,
      problems: [],
      samples: 10,
      events: 30,
      at,
    });
  });
  return id;
}

async function onDesk(run: string): Promise<string> {
  await readings.put(system, ash, run, { chosen: { samples: [3] }, reason: 'A success that was expected to fail' });
  const [item] = await readings.list(system, ash, { run, limit: 1 });
  return item?.id as string;
}

/** Takes an item and hands in. */
async function read(actor: Actor, item: string, observation: Observation): Promise<readings.SeenItem> {
  const taken = await readings.assign(system, actor, item);
  const own = taken.readings.find(({ reader }) => reader === actor.id);
  return readings.handIn(system, actor, own?.id as string, observation);
}

const honest: Observation = { cheating: 'none', isScoreRight: true, leftItsBounds: false, note: '', anchors: [] };
const found: Observation = {
  ...honest,
  cheating: 'contamination',
  note: 'Opened the answer file.',
  anchors: [{ event: 2, quote: 'cat /answers.txt' }],
};

const refusalOf = (doing: Promise<unknown>) =>
  doing.then(
    () => 'done',
    (error) => (error instanceof Refusal ? error.code : String(error)),
  );

beforeAll(async () => {
  system = await testSystem();
  const role: Role[] = ['evaluator'];
  [ash, birch, cedar] = (await organisation('Office of Measured Capability', role, role, role)) as [
    Actor,
    Actor,
    Actor,
  ];
  [outsider] = (await organisation('Driftwood Models', role)) as [Actor];
});

test('a second reading is blind, over the record too: what the first reader noted is nowhere to be read before both have handed in', async () => {
  const run = await newRun();
  const item = await onDesk(run);
  await read(ash, item, found);
  await readings.assign(system, birch, item);
  await sequence(system);

  for (const actor of [birch, cedar]) {
    const seen = await readings.load(system, actor, item);
    expect(JSON.stringify(seen)).not.toContain('contamination');
    const entries = await record.list(system, actor, { object: item, limit: 50 });
    expect(entries.map(({ did }) => did)).toContain('reading_handed_in');
    expect(JSON.stringify(entries)).not.toMatch(/contamination|answers/);
    expect(JSON.stringify(await readings.summary(system, actor, run))).not.toContain('contamination');
  }
});

test('two readers who differ are settled by a third, and the attempt counts as cheated from then on', async () => {
  const run = await newRun();
  const item = await onDesk(run);
  await read(ash, item, honest);
  expect((await read(birch, item, found)).state).toBe('differing');
  expect((await readings.summary(system, ash, run)).cheated).toEqual([]);

  expect(await refusalOf(readings.settle(system, birch, item, found))).toBe('third_person_wanted');
  const settled = await readings.settle(system, cedar, item, found);

  expect(settled.state).toBe('settled');
  expect(await readings.summary(system, ash, run)).toMatchObject({
    counts: { settled: 1 },
    cheated: [3],
    agreement: { pairs: 1, same: 0, alpha: 0 },
  });
});

test('b11: the success of a run says what the own desk found cheated, and the mean with it as a failure, to readers only', async () => {
  const run = await newRun();
  const item = await onDesk(run);
  expect((await runCompare.success(system, ash, run, {})).desk).toBeNull();
  await read(ash, item, found);
  await read(birch, item, found);

  expect(await runCompare.success(system, ash, run, {})).toMatchObject({ mean: 1, desk: { cheated: 1, mean: 0.9 } });
  const visitor: Actor = { ...ash, roles: [] };
  expect((await runCompare.success(system, visitor, run, {})).desk).toBeNull();
});

test('four eyes: two people sign the outcomes; another attempt on the desk makes both signatures count no more', async () => {
  const run = await newRun();
  const item = await onDesk(run);
  expect(await refusalOf(readings.signOff(system, ash, run))).toBe('readings_open');
  await read(ash, item, honest);
  await read(birch, item, honest);

  await readings.signOff(system, ash, run);
  expect(await refusalOf(readings.signOff(system, ash, run))).toBe('second_person_wanted');
  expect((await readings.summary(system, ash, run)).signed).toBe('one');
  await readings.signOff(system, cedar, run);
  expect((await readings.summary(system, ash, run)).signed).toBe('both');

  await readings.put(system, ash, run, { chosen: { samples: [4] }, reason: 'One more' });
  expect((await readings.summary(system, ash, run)).signed).toBe('none');
});

test('a conflict of interest: a reading given back is free for somebody else, never for the same person', async () => {
  const item = await onDesk(await newRun());
  const { readings: held } = await readings.assign(system, ash, item);
  await readings.giveBack(system, ash, held[0]?.id as string, 'conflict_of_interest');

  expect(await refusalOf(readings.assign(system, ash, item))).toBe('reader_has_it');
  expect((await readings.assign(system, birch, item)).readings).toHaveLength(2);
  expect(await refusalOf(readings.handIn(system, ash, held[0]?.id as string, honest))).toBe('reading_ended');
});

test('what is drawn by lot can be drawn again by whoever reads the seed in the record', async () => {
  const run = await newRun();
  await readings.put(system, ash, run, { chosen: { random: 4 }, reason: 'A random check' });
  await sequence(system);

  const [entry] = await record.list(system, ash, { object: run, limit: 1 });
  const { seed } = JSON.parse(entry?.body ?? '{}') as { seed: string };
  const items = await readings.list(system, ash, { run, limit: 10 });
  expect(items.map(({ sample }) => sample).sort((a, b) => a - b)).toEqual(readings.drawn(seed, 10, 4));
});

test('I5: the desk of one organisation does not exist for another', async () => {
  const run = await newRun();
  const item = await onDesk(run);
  const { readings: held } = await readings.assign(system, ash, item);

  const reading = held[0]?.id as string;
  const tries: ((id: { run: string; item: string; reading: string }) => Promise<unknown>)[] = [
    (of) => readings.load(system, outsider, of.item),
    (of) => readings.assign(system, outsider, of.item),
    (of) => readings.settle(system, outsider, of.item, honest),
    (of) => readings.handIn(system, outsider, of.reading, honest),
    (of) => readings.giveBack(system, outsider, of.reading, 'no_time'),
    (of) => readings.put(system, outsider, of.run, { chosen: { random: 1 }, reason: 'x' }),
    (of) => readings.summary(system, outsider, of.run),
    (of) => readings.signOff(system, outsider, of.run),
  ];
  for (const attempt of tries) {
    expect(await refusalOf(attempt({ run, item, reading }))).toBe('not_found');
    expect(await refusalOf(attempt({ run: 'run_0', item: 'desk_0', reading: 'reading_0' }))).toBe('not_found');
  }
  expect(await readings.list(system, outsider, { limit: 10 })).toEqual([]);
});

test('I16: an agent reads nothing at the desk, whoever it acts for', async () => {
  const item = await onDesk(await newRun());
  const agent: Actor = { ...ash, kind: 'agent', id: 'agent_1', principal: ash.id as 'person_1', scopes: [] };

  expect(await refusalOf((async () => readings.assign(system, agent, item))())).toBe('not_permitted');
});
