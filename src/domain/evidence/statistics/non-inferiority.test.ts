import { expect, test } from 'vitest';
import { similar } from './non-inferiority.ts';

test('b14 (EU Code of Practice, Appendix 2.2): difference .01, standard error .02, margin .05', () => {
  const result = similar(0.01, 0.02, 0.05, 0.95);

  expect(result.z).toBeCloseTo(2, 12);
  expect(result.p).toBeCloseTo(0.022750132, 9);
  expect(result).toMatchObject({ upper: expect.closeTo(0.0492, 4), isWithinMargin: true });
});

test('b14: a wide interval is no similarity, however small the difference', () => {
  expect(similar(0, 0.03, 0.05, 0.95).isWithinMargin).toBe(false);
});

test('b14: items on which the two never differ show nothing', () => {
  expect(similar(0, 0, 0.05, 0.95).isWithinMargin).toBe(false);
});
