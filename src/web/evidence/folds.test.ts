import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Folds } from './folds.ts';

const anyList = fc.integer({ min: 2, max: 60 }).chain((total) =>
  fc.tuple(
    fc.constant(total),
    fc.array(
      fc
        .tuple(fc.integer({ min: 1, max: Math.max(1, total - 1) }), fc.nat(20))
        .map(([first, length]) => [first, Math.min(total - 1, first + length)] as const)
        .filter(([first, last]) => first <= last),
      { maxLength: 8 },
    ),
  ),
);

test('rows are the indexes that no range hides, in order', () => {
  fc.assert(
    fc.property(anyList, ([total, spans]) => {
      const seen = Array.from({ length: total }, (_, index) => index).filter(
        (index) => !spans.some(([first, last]) => index >= first && index <= last),
      );
      const folds = new Folds(total, spans);

      expect(folds.rows).toBe(seen.length);
      expect(seen.map((_, row) => folds.indexOf(row))).toEqual(seen);
      expect(seen.map((index) => folds.rowOf(index))).toEqual(seen.map((_, row) => row));
    }),
  );
});

test('the row of a hidden event is the row of what hides it', () => {
  const folds = new Folds(10, [
    [3, 6],
    [4, 5],
  ]);

  expect(folds.rowOf(5)).toBe(2);
  expect(folds.indexOf(3)).toBe(7);
  expect(folds.rows).toBe(6);
});
