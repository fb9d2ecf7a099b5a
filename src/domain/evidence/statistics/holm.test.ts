import { expect, test } from 'vitest';
import { adjust } from './holm.ts';

test('b13 (Holm 1979): five p values', () => {
  const expected = [0.005, 0.048, 0.06, 0.08, 0.3].map((value) => expect.closeTo(value, 12));
  expect(adjust([0.001, 0.012, 0.02, 0.04, 0.3])).toEqual(expected);
});

test('b13: the order of the p values does not matter, and none passes 1', () => {
  expect(adjust([0.3, 0.001, 0.04])).toEqual([0.3, 0.003, 0.08].map((value) => expect.closeTo(value, 12)));
  expect(adjust([0.6, 0.9])).toEqual([1, 1]);
  expect(adjust([])).toEqual([]);
});
