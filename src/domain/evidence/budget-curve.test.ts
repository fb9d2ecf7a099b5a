import { expect, test } from 'vitest';
import { curveOf, sourceShares } from './budget-curve.ts';
import type { Attempt } from './statistics/attempt.ts';

const solved = (item: number, tokens: number, score = 1): Attempt => ({ item: `${item}`, attempt: 1, score, tokens });

test('b12: a success counts at every budget that covers its tokens', () => {
  const curve = curveOf(
    [solved(1, 50_000), solved(2, 900_000), solved(3, 2_000_000), solved(4, 2_500_000, 0)],
    2_500_000,
  )!;

  expect(curve.points.map(({ tokens, success }) => [tokens, success])).toEqual([
    [100_000, 0.25],
    [300_000, 0.25],
    [1_000_000, 0.5],
    [2_500_000, 0.75],
  ]);
});

test('b12: the curve is flat when the last doubling adds less than its own standard error', () => {
  const early = Array.from({ length: 40 }, (_, item) => solved(item, 100_000));
  const late = (count: number) => early.map((attempt, item) => (item < count ? solved(item, 900_000) : attempt));

  expect(curveOf(early, 1_000_000)!.isFlat).toBe(true);
  // One late success gains exactly its standard error; that is not less.
  expect(curveOf(late(1), 1_000_000)!.isFlat).toBe(false);
  expect(curveOf(late(20), 1_000_000)!).toMatchObject({ lastDoubling: { gain: 0.5 }, isFlat: false });
});

test('b12: without tokens there is no curve, and nothing is made up', () => {
  expect(curveOf([{ item: 'a', attempt: 1, score: 1 }], 1000)).toBeUndefined();
  expect(curveOf([], 1000)).toBeUndefined();
});

test('b12: the share of tasks with a human baseline', () => {
  expect(sourceShares(['baseline', 'estimate', 'estimate', 'first_blood'])).toEqual({
    baseline: 0.25,
    estimate: 0.5,
    first_blood: 0.25,
    model_estimate: 0,
  });
  // METR: real baselines for 5 of 31 tasks over eight hours.
  const long = [...Array(5).fill('baseline'), ...Array(26).fill('estimate')];
  expect(sourceShares(long).baseline).toBeCloseTo(0.1613, 4);
});
