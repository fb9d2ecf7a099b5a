import { expect, test } from 'vitest';
import { correctedRate, krippendorffAlpha } from './agreement.ts';

/** Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", example C: twelve units, four observers, gaps. */
const units = (() => {
  const rows = [
    '1 2 3 3 2 1 4 1 2 . . .',
    '1 2 3 3 2 2 4 1 2 5 . 3',
    '. 3 3 3 2 3 4 2 2 5 1 .',
    '1 2 3 3 2 4 4 1 2 5 1 .',
  ];
  const values = rows.map((row) => row.split(' '));
  return values[0]!.map((_, unit) =>
    values
      .map((row) => row[unit]!)
      .filter((value) => value !== '.')
      .map(Number),
  );
})();

test.each([
  ['nominal', 0.743],
  ['ordinal', 0.815],
  ['interval', 0.849],
] as const)('b15 (Krippendorff 2011, example C): %s alpha', (level, expected) => {
  expect(krippendorffAlpha(units, level)).toBeCloseTo(expected, 3);
});

test('b15: full agreement is 1, opposite answers lie below 0, and one value for all says nothing', () => {
  expect(
    krippendorffAlpha(
      [
        [1, 1],
        [0, 0],
      ],
      'nominal',
    ),
  ).toBe(1);
  expect(
    krippendorffAlpha(
      [
        [1, 0],
        [0, 1],
      ],
      'nominal',
    ),
  ).toBeLessThan(0);
  expect(
    krippendorffAlpha(
      [
        [1, 1],
        [1, 1],
      ],
      'nominal',
    ),
  ).toBeUndefined();
  expect(krippendorffAlpha([[1], [0]], 'nominal')).toBeUndefined();
});

test('b15 (Rogan and Gladen 1978): the rate behind an imperfect grader', () => {
  expect(correctedRate(0.5, 0.9, 0.8)).toBeCloseTo(0.3 / 0.7, 12);
  expect(correctedRate(0.1, 0.9, 0.8)).toBe(0);
  expect(correctedRate(0.5, 1, 1)).toBe(0.5);
  expect(correctedRate(0.5, 0.5, 0.5)).toBeUndefined();
});
