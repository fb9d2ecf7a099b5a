/** Reference values to double precision from mpmath 1.3 (40 digits), the two large ones from exact decimal sums. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  betaCdf,
  betaQuantile,
  binomialCdf,
  logChoose,
  logGamma,
  normalCdf,
  normalQuantile,
  studentCdf,
  studentQuantile,
} from './distributions.ts';

/** Equal to a relative 1e-12. */
const expectClose = (actual: number, expected: number) =>
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(1e-12 * Math.max(Math.abs(expected), 1e-3));

test.each([
  [0.5, 0.5, 0.5, 0.5],
  [0.3, 3, 7, 0.537168834],
  [0.01, 0.5, 30, 0.5606656310947488],
  [0.9, 20, 2, 0.36472996377170785],
  [0.2, 6.7, 3.3, 0.0006531877521096105],
  [0.999, 400, 0.5, 0.3711232053194711],
  [0.83, 1254, 255, 0.4522119083086159],
  [0.5, 5000, 5100, 0.8401528708121379],
])('DLMF 8.17.22: I_%d(%d, %d)', (x, a, b, expected) => {
  expectClose(betaCdf(x, a, b), expected);
});

test.each([
  [0.025, 6, 5, 0.26237807660694507],
  [0.975, 0.5, 10.5, 0.21719626750921056],
  [0.05, 35.5, 0.5, 0.9469720947863057],
  [0.5, 2.3, 4.7, 0.311476700934529],
  [0.001, 0.5, 0.5, 2.467399070916944e-6],
])('quantile %d of Beta(%d, %d)', (p, a, b, expected) => {
  expectClose(betaQuantile(p, a, b), expected);
});

test.each([
  [-8, 6.220960574271784e-16],
  [-5, 2.866515718791939e-7],
  [-3.2, 0.0006871379379158485],
  [-2, 0.02275013194817921],
  [-1, 0.15865525393145705],
  [-0.1, 0.460172162722971],
  [0, 0.5],
  [0.7, 0.758036347776927],
  [1.96, 0.9750021048517795],
  [4, 0.9999683287581669],
])('normal distribution function at %d', (z, expected) => {
  expect(Math.abs(normalCdf(z) / expected - 1)).toBeLessThan(1e-12);
});

test.each([
  [0.975, 1.9599639845400543],
  [0.95, 1.6448536269514726],
  [0.8, 0.8416212335729142],
  [0.5001, 0.0002506628300880351],
  [0.001, -3.0902323061678136],
  [1e-9, -5.9978070150076865],
])('normal quantile of %d', (p, expected) => {
  expectClose(normalQuantile(p), expected);
});

test.each([
  [1, 0.32491969623290634, 12.706204736174705],
  [2, 0.28867513459481287, 4.302652729749464],
  [3, 0.2766706623326899, 3.1824463052837095],
  [4, 0.2707222947075974, 2.7764451051977943],
  [6, 0.2648345329335735, 2.44691185114497],
  [9, 0.260955336473911, 2.2621571627982053],
  [29, 0.25568363457125615, 2.0452296421327043],
  [99, 0.25402901215180673, 1.9842169515864174],
])('b3: Student t quantiles with %d degrees of freedom', (df, at60, at975) => {
  expectClose(studentQuantile(0.6, df), at60);
  expectClose(studentQuantile(0.975, df), at975);
  expectClose(studentQuantile(0.025, df), -at975);
});

test.each([
  [0.001, 6.907178885383853],
  [0.5, 0.5723649429247001],
  [1.5, -0.12078223763524522],
  [3, Math.LN2],
  [15.9, 27.625493215168692],
  [100.25, 360.28455963776423],
  [1e7, 151180949.3694739],
])('log gamma of %d', (x, expected) => {
  expectClose(logGamma(x), expected);
});

test('binomial coefficients and tails: 52 over 5, and 6 of 10 fair coins', () => {
  expectClose(Math.exp(logChoose(52, 5)), 2_598_960);
  expectClose(binomialCdf(6, 10, 0.5), 848 / 1024);
  expect(binomialCdf(-1, 10, 0.5)).toBe(0);
  expect(binomialCdf(10, 10, 0.5)).toBe(1);
});

test('a quantile is where its distribution function says', () => {
  const p = fc.double({ min: 0.001, max: 0.999, noNaN: true });
  const shape = fc.double({ min: 0.5, max: 5000, noNaN: true });
  fc.assert(
    fc.property(p, shape, shape, (at, a, b) => {
      expect(betaCdf(betaQuantile(at, a, b), a, b)).toBeCloseTo(at, 9);
      expect(normalCdf(normalQuantile(at))).toBeCloseTo(at, 12);
      expect(studentCdf(studentQuantile(at, a), a)).toBeCloseTo(at, 9);
    }),
  );
});
