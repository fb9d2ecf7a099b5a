import { expect, test } from 'vitest';
import { percentileInterval } from './bootstrap.ts';
import {
  bootstrapFits,
  drawnMinutes,
  fitRuns,
  minutesAt,
  type Run,
  shareAbove,
  successAt,
  successBand,
  trendOf,
  type Weighting,
  weigh,
} from './horizon.ts';
import { seeded } from './random.ts';

const toy = (weighting: Weighting): Run[] => {
  const minutes = [1, 2, 4, 8, 15, 30, 60, 120, 240, 480, 960, 1440];
  const scores = [1, 1, 1, 1, 1, 0, 1, 1, 0, 0, 1, 0];
  const rows = [...'aaaabbbccdde'].map((family, index) => ({
    task: `task-${index}`,
    family,
    minutes: minutes[index]!,
    score: scores[index]!,
  }));
  const weights = weigh(rows, weighting);
  return rows.map((row, index) => ({ ...row, weight: weights[index]! }));
};

test.each([
  ['equal', 0, 3.6252422587, -0.4722220137, 204.646048, 26.746969],
  ['equal', 1e-5, 3.6252109015, -0.4722174412, 204.647173, 26.746589],
  ['equal', 0.1, 3.3555676324, -0.4326709163, 216.087686, 23.448673],
  ['invsqrt', 1e-5, 3.6399098599, -0.4816680667, 188.299364, 25.612442],
  ['invsqrt', 0.1, 3.3481784125, -0.4411194426, 192.696363, 21.818985],
] as const)('b7: twelve tasks, weights %s, λ = %d', (weighting, penalty, intercept, slope, p50, p80) => {
  const fitted = fitRuns(toy(weighting), penalty);

  expect(fitted.intercept).toBeCloseTo(intercept, 7);
  expect(fitted.slope).toBeCloseTo(slope, 7);
  expect(Math.abs(minutesAt(fitted, 0.5) / p50 - 1)).toBeLessThan(1e-6);
  expect(Math.abs(minutesAt(fitted, 0.8) / p80 - 1)).toBeLessThan(1e-6);
  expect(successAt(fitted, minutesAt(fitted, 0.8))).toBeCloseTo(0.8, 9);
});

test('b7: weights share a task between its runs, and a family counts by the root of its tasks', () => {
  const rows = [
    { task: 'x', family: 'a' },
    { task: 'x', family: 'a' },
    { task: 'y', family: 'a' },
    { task: 'z', family: 'b' },
  ];
  const root = Math.SQRT2;
  const sum = 2 / root + 1;

  const expected = [1 / (2 * root) / sum, 1 / (2 * root) / sum, 1 / root / sum, 1 / sum];
  expect([...weigh(rows, 'invsqrt')]).toEqual(expected.map((value) => expect.closeTo(value, 12)));
  expect([...weigh(rows, 'equal')]).toEqual([1 / 6, 1 / 6, 1 / 3, 1 / 3].map((value) => expect.closeTo(value, 12)));
});

test('b7: a partial score is the same as a success and a failure that share its weight', () => {
  const whole = toy('equal');
  const parts = whole.map((run, index) => (index === 6 ? { ...run, score: 0.25 } : run));
  const split = whole.flatMap((run, index) =>
    index === 6
      ? [
          { ...run, score: 1, weight: run.weight * 0.25 },
          { ...run, score: 0, weight: run.weight * 0.75 },
        ]
      : [run],
  );

  const [one, two] = [fitRuns(parts, 1e-5), fitRuns(split, 1e-5)];
  expect(one.slope).toBeCloseTo(two.slope, 9);
  expect(one.intercept).toBeCloseTo(two.intercept, 9);
});

test('b7: a model that solves everything has an open horizon, one that solves nothing has none', () => {
  const all = toy('equal').map((run) => ({ ...run, score: 1 }));
  const none = toy('equal').map((run) => ({ ...run, score: 0 }));

  expect(minutesAt(fitRuns(all, 1e-5), 0.5)).toBe(Number.POSITIVE_INFINITY);
  expect(minutesAt(fitRuns(none, 1e-5), 0.5)).toBe(0);
  expect(minutesAt({ intercept: 1, slope: 0.2 }, 0.5)).toBe(Number.POSITIVE_INFINITY);
});

test('b7: perfectly separated runs are fitted by the penalty, without fault', () => {
  const separated = toy('equal').map((run) => ({ ...run, score: run.minutes < 50 ? 1 : 0 }));

  const p50 = minutesAt(fitRuns(separated, 1e-5), 0.5);

  expect(p50).toBeGreaterThan(30);
  expect(p50).toBeLessThan(60);
});

test('b7: the bootstrap holds the point estimate and is the same for the same seed', () => {
  const runs = toy('invsqrt');
  const drawn = (seed: number) => drawnMinutes(bootstrapFits(runs, 1e-5, 400, seeded(seed)), 0.5);

  const { low, high } = percentileInterval(drawn(42), 0.95);

  expect(low).toBeLessThan(188);
  expect(high).toBeGreaterThan(188);
  expect(drawn(42)).toEqual(drawn(42));
  expect(drawn(43)).not.toEqual(drawn(42));
  expect(shareAbove(Float64Array.of(1, 2, 3, Number.POSITIVE_INFINITY), 2)).toBe(0.5);
});

test('b7: the band of the curve holds the curve', () => {
  const runs = toy('invsqrt');
  const fitted = fitRuns(runs, 1e-5);
  const draws = bootstrapFits(runs, 1e-5, 400, seeded(42));

  for (const minutes of [2, 30, 480]) {
    const band = successBand(draws, minutes, 0.95);
    expect(band.low).toBeLessThanOrEqual(successAt(fitted, minutes));
    expect(band.high).toBeGreaterThanOrEqual(successAt(fitted, minutes));
  }
});

/** Best-at-release models of Lyptus v2 with their day of release; P50 as published, two of them to one decimal only. */
const best: [day: string, minutes: number][] = [
  ['2019-11-05', 0.4794014209],
  ['2020-07-11', 0.7170073274],
  ['2022-03-15', 1.9895919683],
  ['2024-02-29', 6.3],
  ['2025-04-16', 29.6],
  ['2025-05-14', 36.232],
  ['2025-11-13', 51.0137276974],
  ['2025-12-18', 56.9477],
  ['2026-02-05', 190.2453247816],
  ['2026-04-23', 304.0286],
];

test('b7: the published trend of cyber horizons doubles in 281.7 days', () => {
  const trend = trendOf(best.map(([day, minutes]) => ({ day: Date.parse(day) / 86_400_000, minutes })));

  expect(Math.abs(trend.slope / 0.00246080433 - 1)).toBeLessThan(0.001);
  expect(Math.abs(trend.intercept / -45.94201156 - 1)).toBeLessThan(0.001);
  expect(Math.abs(trend.doublingDays / 281.675 - 1)).toBeLessThan(0.001);
  expect(trend.rSquared).toBeCloseTo(0.930776, 3);
});
