import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaults } from './registration.ts';
import {
  attemptsCurve,
  attemptsOf,
  differences,
  type ResultAttempt,
  type ResultExport,
  type ResultInputs,
  readExport,
  workedFrom,
} from './result-export.ts';

const attempt = (run: number, number: number, item: string, score: number | null, epoch = 1): ResultAttempt => ({
  run,
  number,
  item,
  epoch,
  score,
  cluster: null,
  tokens: null,
  model: 'tern',
});

const run = (id: string, change: Partial<ResultInputs['runs'][number]> = {}): ResultInputs['runs'][number] => ({
  id,
  digest: `sha256:${'1'.repeat(64)}`,
  manifestDigest: `sha256:${'2'.repeat(64)}`,
  model: 'tern',
  importedAt: '2026-03-02T10:00:00.000Z',
  beganAt: null,
  status: 'success',
  samples: 1,
  readings: { items: 1, open: 0, signed: 'both', cheated: [] },
  ...change,
});

const inputs = (change: Partial<ResultInputs> = {}): ResultInputs => ({
  format: 'assay-result-inputs/1',
  plan: {
    format: 'assay-evaluation-plan/1',
    rule: { ...defaults, title: 'More than half?', threshold: 0.5, attempts: 3, minimumClusters: 2 },
    task: 'locks',
    scorer: 'match',
    clusterBy: null,
    items: 2,
    packRoot: null,
  },
  registration: { id: 'registration_1', digest: 'sha256:00', registeredAt: '2026-03-01T09:30:00.000Z' },
  runs: [run('run_1')],
  attempts: [attempt(0, 1, 'a', 1), attempt(0, 2, 'b', 0)],
  card: {},
  ...change,
});

const codes = (of: ResultInputs) => workedFrom(of).remarks.map(({ code }) => code);

test('attempts at an item are counted through the runs in their order', () => {
  const of = inputs({
    runs: [run('run_1'), run('run_2')],
    attempts: [attempt(1, 1, 'a', 0), attempt(0, 2, 'a', 1, 2), attempt(0, 1, 'a', 0.5, 1)],
  });

  expect(attemptsOf(of).map((one) => [one.item, one.attempt, one.score])).toEqual([
    ['a', 1, 0.5],
    ['a', 2, 1],
    ['a', 3, 0],
  ]);
});

test('what the desk found dishonest is marked in its own run only', () => {
  const readings = { items: 1, open: 0, signed: 'both' as const, cheated: [1] };
  const of = inputs({
    runs: [run('run_1'), run('run_2', { readings })],
    attempts: [attempt(0, 1, 'a', 1), attempt(1, 1, 'a', 1)],
  });

  expect(attemptsOf(of).map(({ cheated }) => cheated === true)).toEqual([false, true]);
});

describe('what is said beside a result', () => {
  test('nothing where all is as registered', () => {
    expect(codes(inputs())).toEqual([]);
  });

  test('runs that came before the rule', () => {
    const of = inputs({ runs: [run('run_1', { importedAt: '2026-03-01T09:29:59.999Z' })] });
    expect(codes(of)).toEqual(['late']);
  });

  test('runs that began before the rule and came after it', () => {
    expect(codes(inputs({ runs: [run('run_1', { beganAt: '2026-02-28T10:00:00.000Z' })] }))).toEqual(['began_before']);
  });

  test('other items than were registered, and an early end', () => {
    const of = inputs({ runs: [run('run_1', { status: 'error' })], attempts: [attempt(0, 1, 'a', 1)] });
    expect(codes(of)).toEqual(['items', 'ended_early']);
  });

  test.each([
    ['not_read', { items: 0, open: 0, signed: 'none', cheated: [] }],
    ['readings_open', { items: 2, open: 1, signed: 'both', cheated: [] }],
    ['readings_unsigned', { items: 2, open: 0, signed: 'one', cheated: [] }],
  ] as const)('%s', (code, readings) => {
    expect(codes(inputs({ runs: [run('run_1', { readings: { ...readings, cheated: [] } })] }))).toEqual([code]);
  });
});

test('the curve over attempts goes as far as every item has them; a dishonest success is none', () => {
  const readings = { items: 1, open: 0, signed: 'both' as const, cheated: [3] };
  const of = inputs({
    runs: [run('run_1', { readings })],
    attempts: [
      attempt(0, 1, 'a', 1, 1),
      attempt(0, 2, 'a', 0, 2),
      attempt(0, 3, 'b', 1, 1),
      attempt(0, 4, 'b', 0, 2),
      attempt(0, 5, 'b', 0, 3),
    ],
  });

  expect(attemptsCurve(of)).toEqual([
    { k: 1, atLeastOne: 0.25, all: 0.25 },
    { k: 2, atLeastOne: 0.5, all: 0 },
  ]);
});

describe('an export', () => {
  const whole = (): ResultExport => ({
    format: 'assay-result-export/1',
    inputs: inputs(),
    digest: 'sha256:00',
    ...workedFrom(inputs()),
  });

  test('read from its own JSON it gives the same result', () => {
    const read = readExport(JSON.parse(JSON.stringify(whole())));

    if ('problems' in read) throw new Error(JSON.stringify(read.problems));
    expect(
      differences(read.document.result, JSON.parse(JSON.stringify(workedFrom(read.document.inputs).result))),
    ).toEqual([]);
  });

  test('an attempt that was changed after the fact gives another digest', () => {
    const of = JSON.parse(JSON.stringify(whole()));
    of.inputs.attempts[1].score = 1;
    const read = readExport(of);

    if ('problems' in read) throw new Error('refused');
    expect(
      differences(read.document.result, JSON.parse(JSON.stringify(workedFrom(read.document.inputs).result))),
    ).toContain('inputsDigest');
  });

  test('anything else is refused with reasons, and never throws', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect('problems' in readExport(value)).toBe(true);
      }),
    );
    fc.assert(
      fc.property(
        fc.constantFrom('plan', 'registration', 'runs', 'attempts', 'card'),
        fc.jsonValue(),
        (name, value) => {
          const of = { ...whole(), inputs: { ...inputs(), [name]: value } };
          const read = readExport(JSON.parse(JSON.stringify(of)));
          if ('document' in read) workedFrom(read.document.inputs);
        },
      ),
    );
  });
});

test('numbers that differ by rounding are the same, others are named by their path', () => {
  expect(differences({ a: [0.1 + 0.2] }, { a: [0.3] })).toEqual([]);
  expect(differences({ a: [1, { b: 2 }] }, { a: [1, { b: 3 }] })).toEqual(['a[1].b']);
  expect(differences({ a: 1 }, {})).toEqual(['a']);
});
