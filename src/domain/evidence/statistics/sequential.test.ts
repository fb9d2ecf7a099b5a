import { expect, test } from 'vitest';
import { sequentialTest } from './sequential.ts';

test('b10 (Wald): .4 against .6 with errors of 5% stops at ±2.9444, in steps of ±0.40547', () => {
  expect(sequentialTest(0.4, 0.6, 0.05, 0.05)).toEqual({
    upper: expect.closeTo(2.9444, 4),
    lower: expect.closeTo(-2.9444, 4),
    success: expect.closeTo(0.40547, 5),
    failure: expect.closeTo(-0.40547, 5),
  });
});
