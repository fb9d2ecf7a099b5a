import { expect, test } from 'vitest';
import { benchmark, clustered, generalized, meanOf } from './standard-error.ts';

test('b1 (NIST AI 800-3): benchmark and generalized standard errors of five items with four attempts', () => {
  const rows = ['1111', '1011', '0010', '0000', '1101'].map((row) => [...row].map(Number));
  const itemMeans = rows.map(meanOf);

  expect(meanOf(itemMeans)).toBeCloseTo(0.55, 12);
  expect(benchmark(rows)).toBeCloseTo(0.0866025404, 9);
  expect(generalized(itemMeans)).toBeCloseTo(0.1837117307, 9);
});

test('b1: one attempt per item shows no spread within items, so there is no benchmark standard error', () => {
  expect(benchmark([[1], [0, 1]])).toBeUndefined();
  expect(benchmark([])).toBeUndefined();
});

test('b3 (Miller 2024; Inspect): clustered standard errors of thirteen items in five clusters', () => {
  const scores = [1, 1, 0, 0, 0, 1, 1, 1, 1, 0, 1, 0, 1];
  const clusters = [...'aaabbccccddde'];

  expect(meanOf(scores)).toBeCloseTo(0.6153846154, 10);
  expect(generalized(scores)).toBeCloseTo(0.1404416814, 9);
  expect(clustered(scores, clusters, 'miller')).toEqual({ standardError: expect.closeTo(0.167988989, 9), clusters: 5 });
  expect(clustered(scores, clusters, 'inspect')).toEqual({
    standardError: expect.closeTo(0.1878173994, 9),
    clusters: 5,
  });
});

test('b3: in clusters of one, the form of Inspect is the plain standard error, and one cluster alone gives 0', () => {
  const scores = [1, 0, 1, 1];
  expect(clustered(scores, [1, 2, 3, 4], 'inspect').standardError).toBeCloseTo(generalized(scores), 12);
  expect(clustered(scores, [1, 1, 1, 1], 'inspect')).toEqual({ standardError: 0, clusters: 1 });
});
