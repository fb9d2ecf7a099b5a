import fc from 'fast-check';
import { expect, test } from 'vitest';
import { studentQuantile } from './distributions.ts';
import {
  clopperPearson,
  effectiveTrials,
  jeffreys,
  probabilityAbove,
  successesNeeded,
  twoSided,
  wilson,
} from './interval.ts';
import { clustered, meanOf } from './standard-error.ts';

/** The table is printed to four places. */
const four = (value: number) => Math.round(value * 1e4) / 1e4;
const ends = ({ low, high }: { low: number; high: number }) => [four(low), four(high)];

test.each([
  [0, 10, [0, 0.2775], [0, 0.3085], [0, 0.2172], 0],
  [6, 10, [0.3127, 0.8318], [0.2624, 0.8784], [0.3037, 0.8469], 0.3516],
  [10, 10, [0.7225, 1], [0.6915, 1], [0.7828, 1], 0.7871],
  [19, 20, [0.7639, 0.9911], [0.7513, 0.9987], [0.7892, 0.9946], 0.804],
  [35, 35, [0.9011, 1], [0.9, 1], [0.9312, 1], 0.9282],
  [40, 40, [0.9124, 1], [0.9119, 1], [0.9395, 1], 0.9366],
  [51, 70, [0.6146, 0.8188], [0.609, 0.828], [0.6167, 0.822], 0.6339],
  [1253, 1507, [0.8117, 0.8495], [0.8116, 0.85], [0.8119, 0.8497], 0.815],
])('b2: %d of %d (Wilson, Clopper-Pearson, Jeffreys, one-sided Wilson)', (k, n, byWilson, exact, byJeffreys, lower) => {
  expect(ends(wilson(k / n, n, 0.95))).toEqual(byWilson);
  expect(ends(clopperPearson(k, n, 0.95))).toEqual(exact);
  expect(ends(jeffreys(k, n, 0.95))).toEqual(byJeffreys);
  expect(four(wilson(k / n, n, twoSided(0.95)).low)).toBe(lower);
});

test('b2: garak pins 10/10 to 72.25-100% and 0/10 to 0-27.75%', () => {
  expect(ends(wilson(1, 10, 0.95))).toEqual([0.7225, 1]);
  expect(ends(wilson(0, 10, 0.95))).toEqual([0, 0.2775]);
});

test('b2: a few published counts leave much open (35/35 allows 90%, 3/10 allows 11 to 60%)', () => {
  expect(wilson(1, 35, 0.95).low).toBeLessThan(0.902);
  expect(wilson(0.3, 10, 0.95).low).toBeCloseTo(0.11, 2);
  expect(wilson(0.3, 10, 0.95).high).toBeCloseTo(0.6, 2);
});

test('b2: no success in 30 has the exact one-sided upper bound 0.0950338529', () => {
  expect(clopperPearson(0, 30, twoSided(0.95)).high).toBeCloseTo(0.0950338529, 10);
});

test('b3: Korn-Graubard trials and the Wilson interval of the toy clusters', () => {
  const scores = [1, 1, 0, 0, 0, 1, 1, 1, 1, 0, 1, 0, 1];
  const clusters = [1, 1, 1, 2, 2, 3, 3, 3, 3, 4, 4, 4, 5];
  const mean = meanOf(scores);
  const { standardError } = clustered(scores, clusters, 'inspect');

  const trials = effectiveTrials(mean, standardError, 13, 5);
  const interval = wilson(mean, trials, 0.95);

  expect(13 / ((mean * (1 - mean)) / standardError ** 2)).toBeCloseTo(1.9375, 9);
  expect((mean * (1 - mean)) / standardError ** 2).toBeCloseTo(6.7096774, 7);
  expect(trials).toBeCloseTo(4.1320285, 7);
  expect(interval.low).toBeCloseTo(0.2175656, 7);
  expect(Math.abs(interval.high - 0.9020239)).toBeLessThan(1e-7);
  // The t interval leaves 0 to 1, hence Wilson's.
  expect(mean - studentQuantile(0.975, 4) * standardError).toBeCloseTo(0.0939, 4);
  expect(mean + studentQuantile(0.975, 4) * standardError).toBeCloseTo(1.1368, 4);
});

test.each([
  [0.5, 5, 5, 5, 5],
  [0.5, 10, 8, 9, 8],
  [0.5, 20, 14, 15, 14],
  [0.5, 40, 26, 26, 26],
  [0.5, 70, 42, 43, 42],
  [0.5, 100, 59, 59, 59],
  [0.3, 10, 6, 6, 6],
  [0.3, 40, 17, 18, 17],
  [0.7, 5, undefined, undefined, undefined],
  [0.7, 10, 10, 10, 10],
  [0.7, 20, 18, 18, 18],
])(
  'b9: successes needed to lie above %d with n = %d (Wilson, exact, Jeffreys)',
  (threshold, n, byWilson, exact, byJeffreys) => {
    const level = twoSided(0.95);
    expect(successesNeeded(n, threshold, (k) => wilson(k / n, n, level).low)).toBe(byWilson);
    expect(successesNeeded(n, threshold, (k) => clopperPearson(k, n, level).low)).toBe(exact);
    // Jeffreys by posterior probability: at least 95% above the threshold.
    expect(successesNeeded(n, 0.95 - 1e-12, (k) => probabilityAbove(threshold, k, n))).toBe(byJeffreys);
  },
);

test.each([
  [3, 10, 0.102015],
  [6, 10, 0.735173],
  [7, 10, 0.897985],
  [8, 10, 0.973963],
  [10, 10, 0.999839],
  [45, 70, 0.991897],
])('b9: Jeffreys posterior that the rate is above one half, %d of %d', (k, n, expected) => {
  expect(probabilityAbove(0.5, k, n)).toBeCloseTo(expected, 6);
});

const counts = fc.integer({ min: 1, max: 2000 }).chain((n) => fc.tuple(fc.integer({ min: 0, max: n }), fc.constant(n)));

test('every interval holds the observed rate, lies in 0 to 1, and rises with the successes', () => {
  fc.assert(
    fc.property(counts, fc.double({ min: 0.5, max: 0.999, noNaN: true }), ([k, n], level) => {
      for (const interval of [wilson(k / n, n, level), clopperPearson(k, n, level), jeffreys(k, n, level)]) {
        expect(interval.low).toBeLessThanOrEqual(k / n);
        expect(interval.high).toBeGreaterThanOrEqual(k / n);
        expect(interval.low).toBeGreaterThanOrEqual(0);
        expect(interval.high).toBeLessThanOrEqual(1);
      }
      if (k === n) return;
      expect(wilson((k + 1) / n, n, level).low).toBeGreaterThan(wilson(k / n, n, level).low - 1e-12);
      expect(wilson((k + 1) / n, n, level).high).toBeGreaterThan(wilson(k / n, n, level).high - 1e-12);
    }),
  );
});

test('one cluster alone counts as one trial at most, whatever its standard error', () => {
  expect(effectiveTrials(0.5, 0, 100, 1)).toBe(1);
});
