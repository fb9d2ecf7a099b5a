/** Registrations, results and letters on a real database, between two labs and an authority. */
import { Readable } from 'node:stream';
import { beforeAll, describe, expect, test } from 'vitest';
import { testSystem } from '../../../test/system/test-system.ts';
import { type Actor, system as itself, type PersonId, type Role } from '../../domain/directory/actor.ts';
import { defaults } from '../../domain/evidence/registration.ts';
import { differences, readExport, workedFrom } from '../../domain/evidence/result-export.ts';
import { Refusal } from '../../domain/refusal.ts';
import * as members from '../directory/members.ts';
import * as record from '../log/record.ts';
import { sequence } from '../log/sequence.ts';
import * as submissionAudience from '../review/submission-audience.ts';
import * as submissions from '../review/submissions.ts';
import type { System } from '../system.ts';
import * as letters from './letters.ts';
import * as desk from './readings.ts';
import * as registrations from './registrations.ts';
import * as results from './results.ts';
import * as runImport from './run-import.ts';
import * as runs from './runs.ts';

let system: System;
let now = '2026-03-01T09:30:00.000Z';
/** Pia, Rhys and Ines of the office; Maren of the lab; somebody of another lab. */
let pia: Actor;
let rhys: Actor;
let ines: Actor;
let maren: Actor;
let outsider: Actor;
let count = 0;

async function found(organisation: string, ...people: Role[][]): Promise<Actor[]> {
  const kind = { name: `${organisation} (sample)`, isHost: false, isSample: false };
  const made = await system.database.transaction(itself, (tx) =>
    members.found(
      system,
      tx,
      itself,
      kind,
      people.map((roles, at) => ({ name: `Person ${at}`, roles })),
    ),
  );
  return made.people.map(({ id, organisation: of, roles }) => ({ kind: 'person', id, organisation: of, roles }));
}

beforeAll(async () => {
  system = await testSystem({ now: () => now });
  [pia, rhys, ines] = (await found('Office of Measured Capability', ['evaluator'], ['evaluator'], ['evaluator'])) as [
    Actor,
    Actor,
    Actor,
  ];
  [maren] = (await found('Tidewater Models', ['release_manager'])) as [Actor];
  [outsider] = (await found('Driftwood Models', ['evaluator', 'release_manager', 'security_lead'])) as [Actor];
  await system.database.owner.updateTable('organisations').set({ is_shared: true }).execute();
});

const plan = (change: Record<string, unknown> = {}, rule: Record<string, unknown> = {}) => ({
  format: 'assay-evaluation-plan/1',
  rule: { ...defaults, title: `More than half? ${++count}`, threshold: 0.5, minimumClusters: 2, ...rule },
  task: 'locks',
  scorer: 'match',
  clusterBy: 'family',
  items: 30,
  packRoot: null,
  ...change,
});

const register = async (...of: Parameters<typeof plan>) =>
  (await registrations.register(system, pia, plan(...of))).registration.id;

/** A log of thirty locks in ten families, of which so many are opened. */
async function importLog(solved: number, change: Record<string, unknown> = {}, by: Actor = pia): Promise<string> {
  const log = {
    version: 2,
    status: 'success',
    eval: {
      task: 'locks',
      model: 'tern',
      created: now,
      run_id: `run ${++count}`,
      dataset: {},
      config: {},
      ...change,
    },
    results: { scores: [] },
    stats: {},
    samples: Array.from({ length: 30 }, (_, at) => ({
      id: `lock-${at + 1}`,
      epoch: 1,
      input: '',
      target: '',
      metadata: { family: `family-${at % 10}` },
      scores: { match: { value: at < solved ? 1 : 0 } },
      model_usage: { tern: { input_tokens: 100, output_tokens: 20, total_tokens: 120 } },
      events: [],
    })),
  };
  const bytes = Readable.from([Buffer.from(JSON.stringify(log))]);
  const { run } = await runImport.receive(system, by, { fileName: 'log.json', bytes });
  expect(run.state, JSON.stringify(run.problems)).toBe('ready');
  return run.id;
}

/** Takes what is under way, or begins it here where it may be refused at once. */
async function refusalOf(doing: Promise<unknown> | (() => Promise<unknown>)): Promise<string> {
  try {
    await (typeof doing === 'function' ? doing() : doing);
    return 'done';
  } catch (error) {
    return error instanceof Refusal ? error.code : String(error);
  }
}

async function newResult(solved = 25): Promise<string> {
  const registration = await register();
  return (await results.compute(system, pia, { registration, runs: [await importLog(solved)], card: {} })).id;
}

async function entriesOf(object: string, actor: Actor = pia) {
  await sequence(system);
  const items = await record.list(system, actor, { object, limit: 20 });
  return items.map(({ body }) => JSON.parse(body) as { did: string; by: string; digest?: string });
}

async function newSubmission(): Promise<string> {
  const { submission } = await submissions.open(system, maren, {
    name: 'Tern',
    version: String(++count),
    digest: null,
  });
  await submissions.admit(system, maren, submission.id, pia.organisation as string);
  return submission.id;
}

describe('a registration', () => {
  test('is on record by its digest; the same plan once more is the same registration', async () => {
    const of = plan();
    const first = await registrations.register(system, pia, of);
    const again = await registrations.register(system, rhys, structuredClone(of));

    expect(first.isNew).toBe(true);
    expect(again).toEqual({ registration: first.registration, isNew: false });
    const [entry] = await entriesOf(first.registration.id);
    expect(entry).toMatchObject({ did: 'rule_registered', digest: first.registration.digest, by: pia.id });
    // The words of the rule are not in the log for ever.
    expect(JSON.stringify(entry)).not.toContain('More than half');
  });

  test('that cannot be read is refused with every fault; one that carries a marking is not kept', async () => {
    expect(await refusalOf(registrations.register(system, pia, plan({ items: 0, scorer: '' })))).toBe('plan_not_read');
    expect(await refusalOf(register({}, { title: 'SECRET//NOFORN question' }))).toBe('text_marked');
  });

  test('is never changed: withdrawn it stays to be seen, and nothing is computed by it', async () => {
    const id = await register();
    const withdrawn = await registrations.withdraw(system, rhys, id);

    expect(withdrawn.withdrawnAt).toBe(now);
    expect((await registrations.load(system, pia, id)).withdrawnAt).toBe(now);
    const asked = { registration: id, runs: [await importLog(20)], card: {} };
    expect(await refusalOf(results.compute(system, pia, asked))).toBe('registration_withdrawn');
    expect(await refusalOf(registrations.register(system, pia, withdrawn.plan))).toBe('registration_withdrawn');
  });

  test('I5, I6: exists for others only while its owner shows it to the parties of a submission', async () => {
    const id = await register();
    const submission = await newSubmission();
    expect(await refusalOf(registrations.load(system, maren, id))).toBe('not_found');
    expect(await refusalOf(registrations.load(system, maren, 'registration_0'))).toBe('not_found');

    const { parties } = await registrations.showPreview(system, pia, id, submission);
    expect(parties.map(({ name }) => name).sort()).toEqual([
      'Office of Measured Capability (sample)',
      'Tidewater Models (sample)',
    ]);
    await registrations.show(system, pia, id, submission);

    expect((await registrations.load(system, maren, id)).id).toBe(id);
    expect((await registrations.list(system, maren, { limit: 10, submission })).map((one) => one.id)).toEqual([id]);
    expect(await refusalOf(registrations.load(system, outsider, id))).toBe('not_found');
    expect(await refusalOf(registrations.withdraw(system, maren, id))).toBe('not_permitted');
    // I7: the owner sees who read it.
    expect(await entriesOf(id)).toEqual(
      expect.arrayContaining([expect.objectContaining({ did: 'registration_read', by: maren.id })]),
    );
    await registrations.show(system, pia, id, null);
    expect(await refusalOf(registrations.load(system, maren, id))).toBe('not_found');
  });

  test('I6: taken back even by an owner who is no party of the submission any more', async () => {
    const id = await register();
    const submission = await newSubmission();
    await registrations.show(system, pia, id, submission);
    await submissionAudience.end(system, maren, submission, pia.organisation as string);

    await registrations.show(system, pia, id, null);

    expect(await refusalOf(registrations.load(system, maren, id))).toBe('not_found');
    expect((await registrations.load(system, pia, id)).submission).toBeNull();
  });
});

describe('a result', () => {
  test('says what the runs show beside the rule, and nothing departed from it', async () => {
    const registration = await register();
    now = '2026-03-01T11:00:00.000Z';
    const run = await importLog(28);
    await desk.put(system, pia, run, { chosen: { samples: [30] }, reason: 'A check' });
    const kept = await results.compute(system, pia, { registration, runs: [run], card: {} });

    expect(kept.zone).toBe('meets');
    expect(kept.result.headline).toMatchObject({ items: 30, clusters: 10, mean: 28 / 30 });
    expect(kept.remarks.map(({ code }) => code)).toEqual(['readings_open', 'readings_unsigned']);
    expect((await results.list(system, rhys, { limit: 10, registration })).map(({ id }) => id)).toEqual([kept.id]);
  });

  test('below the threshold it stays undecided while the elicitation card has gaps', async () => {
    const registration = await register();
    const kept = await results.compute(system, pia, { registration, runs: [await importLog(2)], card: {} });

    expect(kept.result).toMatchObject({
      zone: 'undecided',
      reasons: expect.arrayContaining(['elicitation_incomplete']),
    });
  });

  test('of a run that came before the rule says so, wherever it is shown', async () => {
    now = '2026-03-01T12:00:00.000Z';
    const run = await importLog(25);
    now = '2026-03-01T12:00:00.001Z';
    const registration = await register();
    const kept = await results.compute(system, pia, { registration, runs: [run], card: {} });

    expect(kept.remarks[0]?.code).toBe('late');
    const [listed] = await results.list(system, pia, { limit: 1, registration });
    expect(listed?.remarks[0]?.code).toBe('late');
    const { letter } = await letters.write(system, pia, kept.id);
    expect(JSON.stringify(letter)).toContain('came here before the rule was registered');
  });

  test('of several models, of another task or scorer, or of one log twice is refused', async () => {
    const registration = await register();
    const tern = await importLog(20);
    const compute = (...of: string[]) => refusalOf(results.compute(system, pia, { registration, runs: of, card: {} }));

    expect(await compute(tern, await importLog(20, { model: 'gull' }))).toBe('runs_of_several_models');
    expect(await compute(await importLog(20, { task: 'doors' }))).toBe('run_not_as_registered');
    expect(await compute(tern, tern)).toBe('run_twice');
    expect(await compute('run_0')).toBe('not_found');
    const other = await register({ scorer: 'judge' });
    const asked = { registration: other, runs: [tern], card: {} };
    expect(await refusalOf(results.compute(system, pia, asked))).toBe('run_not_as_registered');
  });

  test('an attempt that two readers found dishonest is a failure in the registered column, and counts in the third', async () => {
    const registration = await register();
    const run = await importLog(20);
    await desk.put(system, pia, run, { chosen: { samples: [1] }, reason: 'A check' });
    const [item] = await desk.list(system, pia, { run, limit: 1 });
    for (const reader of [pia, rhys]) {
      const { readings } = await desk.assign(system, reader, item?.id as string);
      const own = readings.find((one) => one.reader === reader.id);
      await desk.handIn(system, reader, own?.id as string, {
        cheating: 'contamination',
        isScoreRight: true,
        leftItsBounds: false,
        note: '',
        anchors: [],
      });
    }
    for (const reader of [pia, rhys]) await desk.signOff(system, reader, run);

    const kept = await results.compute(system, pia, { registration, runs: [run], card: {} });

    expect(kept.remarks).toEqual([]);
    expect(kept.inputs.runs[0]?.readings).toEqual({ items: 1, open: 0, signed: 'both', cheated: [1] });
    expect(kept.result.cheating.map(({ estimate }) => estimate?.mean)).toEqual([19 / 30, 19 / 29, 20 / 30]);
  });

  test('its export gives the same result to whoever has it, also when the run is gone', async () => {
    const registration = await register();
    const run = await importLog(17);
    const { id } = await results.compute(system, pia, { registration, runs: [run], card: {} });
    await runs.remove(system, pia, run);

    const read = readExport(JSON.parse(JSON.stringify(await results.exported(system, rhys, id))));

    if ('problems' in read) throw new Error(JSON.stringify(read.problems));
    const { inputs, digest, result, remarks } = read.document;
    expect(digest).toBe((await results.load(system, pia, id)).digest);
    expect(differences({ result, remarks }, JSON.parse(JSON.stringify(workedFrom(inputs))))).toEqual([]);
  });

  test('I4: neither computing one nor releasing a letter on it leaves a trace among determinations', async () => {
    const { owner } = system.database;
    const before = await owner.selectFrom('determinations').selectAll().execute();
    await letters.write(system, pia, await newResult());

    expect(await owner.selectFrom('determinations').selectAll().execute()).toEqual(before);
  });

  test('I5: nobody outside of its organisation knows of it', async () => {
    const id = await newResult();

    for (const one of [maren, outsider]) {
      expect(await refusalOf(results.load(system, one, id))).toBe('not_found');
      expect(await refusalOf(results.exported(system, one, id))).toBe('not_found');
      expect(await results.list(system, one, { limit: 10 })).toEqual([]);
    }
  });
});

describe('a letter', () => {
  const edits = {
    texts: { claim: 'Our words.' },
    withheld: { sample: 'The locks are used again.' },
  };

  test('is signed by two different people as it stands, and a change ends their signatures', async () => {
    const { id, digest } = await letters.write(system, pia, await newResult());
    expect(await refusalOf(letters.sign(system, pia, id, `sha256:${'0'.repeat(64)}`))).toBe('letter_changed');
    expect((await letters.sign(system, pia, id, digest)).own?.isSigned).toBe(false);
    expect(await refusalOf(letters.sign(system, pia, id, digest))).toBe('second_person_wanted');
    expect((await letters.sign(system, rhys, id, digest)).own?.isSigned).toBe(true);

    const changed = await letters.change(system, ines, id, { edits, digest });

    expect(changed.own).toMatchObject({ isSigned: false, signatures: [] });
    expect(changed.digest).not.toBe(digest);
    expect(await refusalOf(letters.change(system, pia, id, { edits, digest }))).toBe('letter_changed');
    const back = await letters.change(system, ines, id, {
      edits: { texts: {}, withheld: {} },
      digest: changed.digest,
    });
    // What they signed is what stands again, to the letter.
    expect(back).toMatchObject({ digest, own: { isSigned: true } });
  });

  test('that carries a marking is not kept', async () => {
    const { id, digest } = await letters.write(system, pia, await newResult());
    const marked = { texts: { claim: 'CUI//SP-EXPT see annex' }, withheld: {} };

    expect(await refusalOf(() => letters.change(system, pia, id, { edits: marked, digest }))).toBe('text_marked');
  });

  test('I5, I6, I7: others read the copy alone, only while it is released, and the writers see that they did', async () => {
    const { id, digest } = await letters.write(system, pia, await newResult());
    const next = await letters.change(system, pia, id, { edits, digest });
    const submission = await newSubmission();
    expect(await refusalOf(letters.release(system, pia, id, submission))).toBe('letter_not_signed');
    await letters.sign(system, pia, id, next.digest);
    expect(await refusalOf(letters.release(system, pia, id, submission))).toBe('letter_not_signed');
    await letters.sign(system, rhys, id, next.digest);
    expect(await refusalOf(letters.load(system, maren, id))).toBe('not_found');

    const { parties } = await letters.releasePreview(system, ines, id, submission);
    expect(parties).toHaveLength(2);
    await letters.release(system, ines, id, submission);

    const read = await letters.load(system, maren, id);
    expect(read).toMatchObject({ own: null, letter: { kind: 'copy' } });
    expect(JSON.stringify(read)).not.toContain('lock-');
    expect(JSON.stringify(read)).toContain('The locks are used again.');
    expect(JSON.stringify(read)).toContain('Our words.');
    expect((await letters.list(system, maren, { limit: 10 })).map((one) => one.letter.kind)).toEqual(['copy']);
    expect((await letters.list(system, maren, { limit: 10, submission })).map((one) => one.id)).toEqual([id]);
    expect((await letters.list(system, pia, { limit: 10, submission })).map((one) => one.id)).toEqual([id]);
    expect(await entriesOf(id)).toEqual(
      expect.arrayContaining([expect.objectContaining({ did: 'letter_copy_read', by: maren.id })]),
    );
    for (const act of [
      () => letters.change(system, maren, id, { edits, digest: next.digest }),
      () => letters.sign(system, maren, id, next.digest),
      () => letters.release(system, maren, id, null),
    ])
      expect(await refusalOf(act)).toBe('not_permitted');
    expect(await refusalOf(letters.load(system, outsider, id))).toBe('not_found');
    expect(await refusalOf(letters.sign(system, outsider, id, next.digest))).toBe('not_found');
    expect(await refusalOf(letters.change(system, pia, id, { edits, digest: next.digest }))).toBe('letter_released');

    await letters.release(system, rhys, id, null);
    expect(await refusalOf(letters.load(system, maren, id))).toBe('not_found');
    expect(await letters.list(system, maren, { limit: 10 })).toEqual([]);
    // What was signed is signed still: it may be released again.
    expect((await letters.load(system, pia, id)).own?.isSigned).toBe(true);
  });

  test('I16: an agent neither signs nor releases', async () => {
    const { id, digest } = await letters.write(system, pia, await newResult());
    const agent: Actor = {
      ...pia,
      kind: 'agent',
      id: 'agent_1',
      principal: pia.id as PersonId,
      scopes: ['runs:write'],
    };

    expect(await refusalOf(letters.sign(system, agent, id, digest))).toBe('not_permitted');
    expect(await refusalOf(letters.release(system, agent, id, null))).toBe('not_permitted');
  });
});

test('pages of a list go on where the one before ended', async () => {
  const first = await results.list(system, pia, { limit: 2 });
  const last = first.at(-1);
  const rest = await results.list(system, pia, {
    limit: 100,
    after: { at: last?.computedAt as string, id: last?.id as string },
  });

  expect([...first, ...rest]).toEqual(await results.list(system, pia, { limit: 102 }));
  const written = await letters.list(system, pia, { limit: 1 });
  const more = await letters.list(system, pia, {
    limit: 100,
    after: { at: written[0]?.at as string, id: written[0]?.id as string },
  });
  expect([...written, ...more].map(({ id }) => id)).toEqual(
    (await letters.list(system, pia, { limit: 101 })).map(({ id }) => id),
  );
});
