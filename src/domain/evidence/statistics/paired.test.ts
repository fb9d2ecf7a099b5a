import { expect, test } from 'vitest';
import { normalQuantile } from './distributions.ts';
import { compare, mcNemarExact, standardErrorOfDifference } from './paired.ts';

const scores = (row: string) => [...row].map(Number);

test('b4: ten items, two models', () => {
  const result = compare(scores('1101101101'), scores('1001001100'));

  expect(result.difference).toBeCloseTo(0.3, 12);
  expect(result.standardError).toBeCloseTo(0.1527525232, 9);
  expect(result.correlation).toBeCloseTo(0.5345224838, 9);
  expect(result.t).toBeCloseTo(1.9639610121, 9);
  expect(result.degreesOfFreedom).toBe(9);
  expect(result.p).toBeCloseTo(0.0811261888, 9);
});

test('b4 (Miller 2024): the MATH row of the worked case is the paired interval with a correlation of one half', () => {
  const errorOf = (rate: number) => Math.sqrt((rate * (1 - rate)) / 5000);
  const [a, b] = [errorOf(0.655), errorOf(0.63)];
  const z = normalQuantile(0.975);
  const ends = (error: number) => [0.025 - z * error, 0.025 + z * error].map((value) => Number(value.toFixed(4)));

  expect([a, b].map((error) => Number(error.toFixed(4)))).toEqual([0.0067, 0.0068]);
  expect(ends(standardErrorOfDifference(a, b, 0))).toEqual([0.0062, 0.0438]);
  expect(ends(standardErrorOfDifference(a, b, 0.5))).toEqual([0.0117, 0.0383]);
});

test.each([
  [12, 3, 0.03515625],
  [36, 24, 0.155001904],
  [0, 0, 1],
  [5, 5, 1],
])('b4: McNemar exact, %d against %d', (onlyA, onlyB, expected) => {
  expect(mcNemarExact(onlyA, onlyB)).toBeCloseTo(expected, 9);
});

test('b4: differences may be clustered; clusters of one change nothing', () => {
  const [a, b] = [scores('110110'), scores('100100')];

  expect(compare(a, b, [1, 2, 3, 4, 5, 6]).standardError).toBeCloseTo(compare(a, b).standardError, 12);
  expect(compare(a, b, [1, 1, 2, 2, 3, 3]).degreesOfFreedom).toBe(2);
});

test('b4: models that never differ show no evidence of a difference', () => {
  expect(compare([1, 0, 1], [1, 0, 1])).toMatchObject({ difference: 0, standardError: 0, p: 1 });
  expect(compare([1, 1], [1, 1]).correlation).toBeUndefined();
});
