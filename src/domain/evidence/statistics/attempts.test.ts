import { expect, test } from 'vitest';
import { passAtK, passHatK } from './attempts.ts';

test.each([
  [10, 3, 3, 0.7083333333, 0.0083333333],
  [10, 3, 5, 0.9166666667, 0],
  [8, 2, 4, 0.7857142857, 0],
  [5, 1, 3, 0.6, 0],
  [200, 20, 10, 0.6602256238, undefined],
  [5, 5, 3, 1, 1],
  [10, 3, 8, 1, 0],
])('b6 (Chen 2021; Inspect): n = %d attempts, c = %d successes, k = %d', (n, c, k, any, all) => {
  expect(passAtK(n, c, k)).toBeCloseTo(any, 9);
  if (all !== undefined) expect(passHatK(n, c, k)).toBeCloseTo(all, 9);
});

test('b6: fewer attempts than k say nothing', () => {
  expect(passAtK(4, 4, 5)).toBeUndefined();
  expect(passHatK(4, 4, 5)).toBeUndefined();
});
