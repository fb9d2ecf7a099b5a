import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as prices from './price.ts';
import { identityOf, isModelOf, type RunPlan, read } from './run-plan.ts';
import { readItem } from './task-pack.ts';

const plan: RunPlan = {
  ...{ format: 'assay-run-plan/1', name: 'Sample', pack: 'pack.jsonl', model: 'tidewater-large', attempts: 3 },
  endpoint: { baseUrl: 'https://models.tidewater.example/v1', keyVariable: 'TIDEWATER_API_KEY' },
};

test('a plan is read, or every fault is named at once', () => {
  expect(read(plan)).toEqual({ plan });
  expect(read({ ...plan, attempts: 0, concurrency: 1.5, endpoint: {}, budget: { tokens: -1, euros: 3 } })).toEqual({
    problems: ['attempts', 'concurrency', 'endpoint.baseUrl', 'budget.tokens', 'budget.euros'].map((path) => ({
      path,
      message: expect.any(String),
    })),
  });
});

test('the plan, the item and the price book of docs/run-plan.md can be used as they stand', () => {
  const page = readFileSync(new URL('../../../docs/run-plan.md', import.meta.url), 'utf8');
  const [example, item, book] = [...page.matchAll(/```json\n(.*?)```/gs)].map(([, text]) => JSON.parse(text as string));

  expect(read(example)).toEqual({ plan: example });
  expect(readItem(item, 'line 1')).toEqual({ item });
  expect(prices.read(book)).toEqual({ book });
});

test('no JSON makes the reader fall', () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => 'problems' in read(value)));
});

test('limits and the place of the pack may change from sitting to sitting; nothing else may', () => {
  const identity = identityOf(plan);

  expect(identityOf({ ...plan, budget: { tokens: 5 }, concurrency: 9, pack: 'moved.jsonl' })).toBe(identity);
  for (const change of [
    { attempts: 4 },
    { model: 'tidewater-small' },
    { sampling: { temperature: 1 } },
    { system: 'Be brief.' },
    { scorer: { kind: 'includes' } as const },
    { endpoint: { baseUrl: 'https://other.example/v1' } },
  ]) {
    expect(identityOf({ ...plan, ...change })).not.toBe(identity);
  }
});

test.each([
  ['tidewater-large', true],
  ['tidewater-large-2026-09-01', true],
  ['tidewater-large-20260901', true],
  ['tidewater-large@001', true],
  ['tidewater-large-mini', false],
  ['tidewater-large-2', false],
  ['tidewater', false],
  ['other/tidewater-large', false],
])('an answer of %s comes from tidewater-large: %s', (answered, expected) => {
  expect(isModelOf(plan, answered)).toBe(expected);
  expect(isModelOf({ ...plan, answersAs: answered }, answered)).toBe(true);
  expect(isModelOf({ ...plan, answersAs: 'another' }, answered)).toBe(false);
});
