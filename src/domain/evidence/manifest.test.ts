import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as logs from '../../../test/eval-logs.ts';
import { open } from '../../formats/inspect/open.ts';
import type { SampleSummary } from './eval-log.ts';
import { canonicalText, compare, differences, type Manifest, manifestOf } from './manifest.ts';

/** The manifest of a made log; `change` edits its header before it is written. */
async function made(
  change: (head: ReturnType<typeof logs.header>) => void = () => {},
  samples = [logs.sample('a', 1, 'C'), logs.sample('b', 1, 'I')],
): Promise<Manifest> {
  const head = structuredClone(logs.header({ samples: samples.length }));
  change(head);
  const reader = await open(logs.sourceOf(logs.jsonLog(head, samples)));
  const read: SampleSummary[] = [];
  for await (const sample of reader.samples()) read.push(sample);
  return manifestOf(reader.log, read);
}

test('runs of two models on the same items, all else the same, are comparable', async () => {
  const other = await made((head) => {
    head.eval.model = 'tidewater/sample-2';
    // When it ran and under which ids says nothing of what was measured.
    head.eval.run_id = 'run2';
    head.eval.created = '2026-09-05T10:00:00+00:00';
  });

  expect(compare(await made(), other)).toMatchObject({
    verdict: 'comparable',
    reasons: [],
    differences: [{ field: 'model.name' }],
  });
});

const cases: [what: string, change: (head: ReturnType<typeof logs.header>) => void, verdict: string, field: string][] =
  [
    ['another task', (head) => Object.assign(head.eval, { task: 'other' }), 'not_comparable', 'task.name'],
    [
      'a later version of the task',
      (head) => Object.assign(head.eval, { task_version: 4 }),
      'not_comparable',
      'task.version',
    ],
    [
      'other task arguments',
      (head) => Object.assign(head.eval.task_args, { level: 'easy' }),
      'not_comparable',
      'task.args.level',
    ],
    ['another dataset', (head) => Object.assign(head.eval.dataset, { name: 'x' }), 'not_comparable', 'dataset.name'],
    [
      'another scorer',
      (head) => Object.assign(head.eval, { scorers: [{ name: 'includes' }] }),
      'not_comparable',
      'scoring.scorers',
    ],
    [
      'another reducer',
      (head) => Object.assign(head.eval.config, { epochs_reducer: ['max'] }),
      'not_comparable',
      'scoring.reducers',
    ],
    [
      'another grader',
      (head) => Object.assign(head.eval, { model_roles: { grader: { model: 'g/2' } } }),
      'not_comparable',
      'model.roles.grader',
    ],
    [
      'another token limit',
      (head) => Object.assign(head.eval.config, { token_limit: 1_000_000 }),
      'comparable_with_differences',
      'limits.token_limit',
    ],
    [
      'other epochs',
      (head) => Object.assign(head.eval.config, { epochs: 3 }),
      'comparable_with_differences',
      'scoring.epochs',
    ],
    [
      'another temperature',
      (head) => Object.assign(head.eval.model_generate_config, { temperature: 0 }),
      'comparable_with_differences',
      'model.generate.temperature',
    ],
    [
      'another scaffolding',
      (head) => Object.assign(head.plan, { steps: [{ solver: 'react' }] }),
      'comparable_with_differences',
      'solver.steps',
    ],
    [
      'code of another commit',
      (head) => Object.assign(head.eval.revision, { commit: '9e8d7c6' }),
      'comparable_with_differences',
      'code.commit',
    ],
    [
      'code with changes in no commit',
      (head) => Object.assign(head.eval.revision, { dirty: true }),
      'comparable_with_differences',
      'code.dirty',
    ],
    [
      'another package version',
      (head) => Object.assign(head.eval.packages, { inspect_ai: '0.3.100' }),
      'comparable_with_differences',
      'code.packages.inspect_ai',
    ],
    [
      'a run that was cancelled',
      (head) => Object.assign(head, { status: 'cancelled' }),
      'comparable_with_differences',
      'events.status',
    ],
    [
      'settings changed during the run',
      (head) =>
        Object.assign(head, { config_updates: [{ changes: [{ config: 'eval', name: 'time_limit', value: 9 }] }] }),
      'comparable_with_differences',
      'events.changedSettings',
    ],
  ];

test.each(cases)('%s: the verdict says so and names the field', async (_, change, verdict, field) => {
  const comparison = compare(await made(), await made(change));

  expect(comparison.verdict).toBe(verdict);
  expect(comparison.reasons.map((reason) => reason.field)).toContain(field);
});

test('a run in which another model answered in places is not a number of one model', async () => {
  const mixed = await made(undefined, [
    logs.sample('a', 1, 'C', { model_fallbacks: ['tidewater/sample-0'] }),
    logs.sample('b', 1, 'I'),
  ]);

  // Even held against itself.
  expect(compare(mixed, mixed).verdict).toBe('not_comparable');
  expect(compare(await made(), mixed).reasons[0]).toEqual({
    field: 'events.fallbackModels',
    weight: 'apart',
    text: 'The second run: another model answered in places (tidewater/sample-0): the number is not of one model.',
  });
});

test('items that only one run has are told; without a shared one the runs are not comparable', async () => {
  const fewer = await made(undefined, [logs.sample('a', 1, 'C')]);
  const others = await made(undefined, [logs.sample('x', 1, 'C')]);

  expect(compare(await made(), fewer)).toMatchObject({
    verdict: 'comparable_with_differences',
    reasons: [
      { field: 'dataset.items', text: expect.stringContaining('1 are in both, 2 in the first and 1 in the second') },
    ],
  });
  expect(compare(await made(), others).verdict).toBe('not_comparable');
});

test('retries, edits, errors and invalid samples of either run are said', async () => {
  const run = await made(undefined, [
    logs.sample('a', 1, 'C', { error_retries: [{ message: 'timeout' }] }),
    logs.sample('b', 1, 'I', { error: { message: 'died' }, invalidation: { author: 'x' } }),
  ]);

  expect(compare(run, await made()).reasons.map(({ field }) => field)).toEqual([
    'events.retriedSamples',
    'events.invalidatedSamples',
    'events.failedSamples',
  ]);
  expect(compare(run, await made()).reasons[0]?.text).toBe(
    'Retried after an error, so with more than one chance: 1 sample against 0.',
  );
  expect(compare(run, run).reasons[1]?.text).toBe('Declared invalid: 1 sample against 1.');
});

test('the canonical text is the same whatever the order of the keys', async () => {
  const manifest = await made();
  const shuffled = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(shuffled);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .reverse()
        .map(([key, part]) => [key, shuffled(part)]),
    );
  };

  expect(canonicalText(shuffled(manifest) as Manifest)).toBe(canonicalText(manifest));
  expect(JSON.parse(canonicalText(manifest))).toEqual(JSON.parse(JSON.stringify(manifest)));
});

test('two manifests differ just where their canonical texts do', async () => {
  const base = await made();
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.jsonValue()),
      fc.dictionary(fc.string(), fc.jsonValue()),
      (left, right) => {
        const [one, other] = [left, right].map((args) => ({ ...base, settings: args }) as Manifest) as [
          Manifest,
          Manifest,
        ];
        const isSame = canonicalText(one) === canonicalText(other);
        // A field that is null and one that is not there are the same difference: none.
        const hasNull = JSON.stringify([left, right]).includes('null');
        if (!hasNull) expect(differences(one, other).length === 0).toBe(isSame);
        expect(differences(one, one)).toEqual([]);
        expect(compare(one, other).verdict).toBe(compare(other, one).verdict);
      },
    ),
  );
});
