import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SampleSummary } from './eval-log.ts';
import { binsOf, curveOf, horizonOf, type RunRow, rowsOfSamples, spanOf, usualChoices } from './model-horizon.ts';

const row = (minutes: number, score: number, more: Partial<RunRow> = {}): RunRow => ({
  model: 'tern',
  task: `t${minutes}`,
  family: `f${minutes % 3}`,
  minutes,
  score,
  weights: {},
  ...more,
});
/** Lengths from 1 to 512 minutes; solved up to 32, sometimes at 64. */
const rows = Array.from({ length: 40 }, (_, at) => {
  const minutes = 2 ** (at % 10);
  return row(minutes, minutes < 32 || (minutes === 64 && at < 20) ? 1 : 0, { task: `t${at}`, family: `f${at % 7}` });
});
const few = { ...usualChoices, bootstrap: 100 };

describe('b7: a model and its picture', () => {
  const fitted = horizonOf('tern', rows, few);

  test('the curve crosses one half at P50, and lies within its band', () => {
    const p50 = fitted.horizon.p50Minutes!;

    const curve = curveOf(fitted, { from: p50, to: p50 * 2 });

    expect(curve[0]!.minutes).toBeCloseTo(p50, 9);
    expect(curve[0]!.share).toBeCloseTo(0.5, 9);
    for (const { low, high, share } of curve) {
      expect(low!).toBeLessThanOrEqual(share);
      expect(high!).toBeGreaterThanOrEqual(share);
    }
  });

  test('the same seed gives the same interval; no draws give none', () => {
    expect(horizonOf('tern', rows, few).horizon).toEqual(fitted.horizon);
    expect(horizonOf('tern', rows, { ...few, bootstrap: 0 }).horizon).toMatchObject({ low: null, high: null });
  });

  test('where every task was solved the horizon is open, and the picture is still drawn', () => {
    const open = horizonOf(
      'tern',
      rows.map((one) => ({ ...one, score: 1 })),
      few,
    );

    expect(open.horizon).toMatchObject({ p50Minutes: null, high: null, longestMinutes: 512 });
    expect(curveOf(open, spanOf([open.horizon])).every(({ share }) => share === 1)).toBe(true);
  });

  test('every run lies in one bin, and the picture spans every task', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(fc.double({ min: 1e-3, max: 1e6, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })),
          {
            minLength: 1,
            maxLength: 40,
          },
        ),
        (pairs) => {
          const some = pairs.map(([minutes, score], at) => row(minutes, score, { task: `t${at}` }));
          const { runs, horizon } = horizonOf('tern', some, { ...few, bootstrap: 0 });

          const bins = binsOf(runs);
          const span = spanOf([horizon]);

          expect(bins.reduce((sum, bin) => sum + bin.runs, 0)).toBe(some.length);
          for (const { from, to, minutes, share } of bins) {
            expect(minutes).toBeGreaterThan(from * (1 - 1e-9));
            expect(minutes).toBeLessThan(to * (1 + 1e-9));
            expect(share).toBeGreaterThanOrEqual(0);
            expect(share).toBeLessThanOrEqual(1 + 1e-9);
          }
          expect(span.from).toBeLessThan(horizon.shortestMinutes);
          expect(span.to).toBeGreaterThan(horizon.longestMinutes);
        },
      ),
    );
  });
});

describe('runs from the samples of a kept log', () => {
  const sample = (id: string, value: number | null, metadata: Record<string, unknown>, more = {}) =>
    ({
      id,
      epoch: 1,
      scores: { flag: { value, parts: null } },
      modelFallbacks: [],
      invalidation: null,
      tokens: null,
      metadata,
      ...more,
    }) as unknown as SampleSummary;

  test('samples without length, without a score, declared invalid or beyond 0 to 1 are left out and counted, never zero', () => {
    const samples = [
      sample('a/1', 1, { human_minutes: 4, family: 'a' }),
      sample('b/1', 0, { human_minutes: 8 }),
      sample('c/1', 1, { human_minutes: '8' }),
      sample('c/2', 1, {}),
      sample('c/3', null, { human_minutes: 8 }),
      sample('c/4', 1, { human_minutes: 8 }, { invalidation: { author: null, reason: null, at: null } }),
      sample('c/5', 3, { human_minutes: 8 }),
    ];

    const { rows: found, leftOut } = rowsOfSamples({ task: 'harbour', model: 'tern', samples }, 'flag');

    expect(found).toMatchObject([
      { model: 'tern', task: 'harbour/a/1', family: 'a', minutes: 4, score: 1 },
      { model: 'tern', task: 'harbour/b/1', family: 'harbour/b/1', minutes: 8, score: 0 },
    ]);
    expect(leftOut).toEqual({ withoutMinutes: 2, unscored: 2, outsideRange: 1 });
  });

  test('an answer that another model helped with is not told as that of the one asked for', () => {
    const samples = [sample('a', 1, { human_minutes: 4 }, { modelFallbacks: ['other'] })];

    expect(rowsOfSamples({ task: 'harbour', model: 'tern', samples }, 'flag').rows[0]?.model).toBe('tern + other');
  });
});
