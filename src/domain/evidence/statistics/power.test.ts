import { expect, test } from 'vitest';
import { normalQuantile } from './distributions.ts';
import { itemsNeeded, minimumDetectableEffect, type PairedDesign, thresholdTest, varianceCut } from './power.ts';

const design = (within: number, attempts: number): PairedDesign => ({
  betweenItems: 1 / 9,
  withinA: within,
  withinB: within,
  attemptsA: attempts,
  attemptsB: attempts,
  alpha: 0.05,
  power: 0.8,
});

test('b5: the normal quantiles behind 5% and 80%', () => {
  expect(normalQuantile(0.975)).toBeCloseTo(1.9599639845, 9);
  expect(normalQuantile(0.8)).toBeCloseTo(0.8416212336, 9);
  expect((normalQuantile(0.975) + normalQuantile(0.8)) ** 2).toBeCloseTo(7.8488797343, 9);
});

test('b5 (Miller 2024): items needed for a difference of 0.03', () => {
  expect(itemsNeeded(design(0, 1), 0.03)).toBeCloseTo(968.997, 3);
  expect(Math.ceil(itemsNeeded(design(0, 1), 0.03))).toBe(969);
  expect(Math.ceil(itemsNeeded(design(1 / 6, 1), 0.03))).toBe(3876);
  expect(Math.ceil(itemsNeeded(design(1 / 6, 10), 0.03))).toBe(1260);
});

test('b5 (Miller 2024): what 198 items can find', () => {
  expect(minimumDetectableEffect(design(1 / 6, 1), 198)).toBeCloseTo(0.13273, 5);
  expect(minimumDetectableEffect(design(1 / 6, 10), 198)).toBeCloseTo(0.07567, 5);
});

test('b5 (Miller 2024): attempts per item cut the variance by 1/3, 1/2, 5/9, and never by more than 2/3', () => {
  const cut = (attempts: number) => varianceCut(1 / 12, 1 / 6, attempts);
  expect([cut(2), cut(4), cut(6)]).toEqual([1 / 3, 1 / 2, 5 / 9].map((value) => expect.closeTo(value, 12)));
  expect(cut(1e12)).toBeCloseTo(2 / 3, 9);
});

test.each([
  [0.5, 0.7, 42, 27],
  [0.5, 0.8, 18, 13],
  [0.3, 0.5, 43, 19],
  [0.5, 0.6, 169, 96],
])('b5: exact test of a rate above %d when it is %d, 5%% one-sided, 80%% power', (threshold, rate, items, critical) => {
  const test = thresholdTest(threshold, rate, 0.05, 0.8)!;
  expect(test).toMatchObject({ items, critical });
  if (items !== 42) return;
  expect(test.size).toBeCloseTo(0.0442, 4);
  expect(test.power).toBeCloseTo(0.836, 4);
});

test('b5: a rate at the threshold can be told from it by no number of items', () => {
  expect(thresholdTest(0.999, 0.9991, 0.05, 0.8)).toBeUndefined();
});
