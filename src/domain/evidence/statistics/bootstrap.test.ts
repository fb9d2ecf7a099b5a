import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bootstrapMeans, nest, percentileInterval, quantileOf } from './bootstrap.ts';
import { seeded } from './random.ts';
import { clustered, varianceOf } from './standard-error.ts';

const rows = ['1111', '1011', '0010', '0000', '1101'].map((row) => [...row].map(Number));

test('b6: the spread of cluster draws is the clustered standard error of Miller', () => {
  const scores = [1, 1, 0, 0, 0, 1, 1, 1, 1, 0, 1, 0, 1, 0, 1, 1];
  const clusters = scores.map((_, index) => index % 8);
  const nested = nest(Array.from({ length: 8 }, (_, cluster) => [[scores[cluster]!], [scores[cluster + 8]!]]));

  const draws = bootstrapMeans(nested, 'clusters', 20_000, seeded(1));

  const { standardError } = clustered(scores, clusters, 'miller');
  expect(Math.sqrt(varianceOf(draws)) / standardError).toBeCloseTo(1, 1);
});

test('b6: drawing attempts as well widens the interval', () => {
  const nested = nest(rows.map((row) => [row]));
  const width = (level: 'clusters' | 'attempts') => {
    const { low, high } = percentileInterval(bootstrapMeans(nested, level, 4000, seeded(7)), 0.95);
    return high - low;
  };

  expect(width('attempts')).toBeGreaterThanOrEqual(width('clusters'));
});

test('the same seed gives the same draws, another seed others', () => {
  const nested = nest(rows.map((row) => [row]));

  expect(bootstrapMeans(nested, 'attempts', 50, seeded(42))).toEqual(
    bootstrapMeans(nested, 'attempts', 50, seeded(42)),
  );
  expect(bootstrapMeans(nested, 'attempts', 50, seeded(43))).not.toEqual(
    bootstrapMeans(nested, 'attempts', 50, seeded(42)),
  );
});

test('drawn numbers stay below n and reach every value', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50 }), fc.nat(), (n, seed) => {
      const random = seeded(seed);
      const seen = new Set(Array.from({ length: n * 40 }, () => random.below(n)));
      expect(Math.max(...seen)).toBeLessThan(n);
      expect(Math.min(...seen)).toBeGreaterThanOrEqual(0);
      expect(seen.size).toBe(n);
    }),
  );
});

test('drawn numbers are even: chi-square over 16 cells of 160,000 draws', () => {
  const random = seeded(2026);
  const cells = new Float64Array(16);
  for (let draw = 0; draw < 160_000; draw++) cells[random.below(16)]! += 1;

  const chiSquare = cells.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
  // 15 degrees of freedom: 99.9% lie below 37.7.
  expect(chiSquare).toBeLessThan(37.7);
});

test('quantiles interpolate between draws, and an open end stays open', () => {
  expect(quantileOf([1, 2, 3, 4], 0.5)).toBe(2.5);
  expect(quantileOf([1, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY], 0.9)).toBe(Number.POSITIVE_INFINITY);
});

test('items without a score and clusters without an item are left out', () => {
  expect(nest([[[1], []], [], [[0, 1]]])).toEqual({
    scores: Float64Array.of(1, 0, 1),
    itemStart: Uint32Array.of(0, 1, 3),
    clusterStart: Uint32Array.of(0, 1, 2),
  });
});
