/** Intervals for one proportion (method b2). All take a confidence between 0 and 1, two-sided unless the name says otherwise. */
import { betaCdf, betaQuantile, normalQuantile, studentQuantile } from './distributions.ts';

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** The two-sided confidence whose ends are one-sided bounds of this confidence: 0.95 gives 0.90. */
export function twoSided(oneSided: number): number {
  return 2 * oneSided - 1;
}

/**
 * Wilson 1927: the rates that a score test would not reject. `mean` is the observed rate, `n` the number of independent trials,
 * which need not be whole (see `effectiveTrials`). Never leaves 0 to 1, unlike mean ± 2 standard errors.
 */
export function wilson(mean: number, n: number, confidence: number): Interval {
  if (n <= 0) return { low: 0, high: 1 };
  const square = normalQuantile((1 + confidence) / 2) ** 2;
  const middle = mean + square / (2 * n);
  const half = Math.sqrt(square * ((mean * (1 - mean)) / n + square / (4 * n * n)));
  const scale = 1 + square / n;
  return {
    low: mean <= 0 ? 0 : Math.max(0, (middle - half) / scale),
    high: mean >= 1 ? 1 : Math.min(1, (middle + half) / scale),
  };
}

/** Clopper and Pearson 1934, "exact": never covers less than asked, often more. */
export function clopperPearson(successes: number, n: number, confidence: number): Interval {
  const tail = (1 - confidence) / 2;
  return {
    low: successes <= 0 ? 0 : betaQuantile(tail, successes, n - successes + 1),
    high: successes >= n ? 1 : betaQuantile(1 - tail, successes + 1, n - successes),
  };
}

/** Equal-tailed credible interval under the Jeffreys prior Beta(1/2, 1/2), with the ends 0 and 1 where all trials agree (Brown, Cai and DasGupta 2001). */
export function jeffreys(successes: number, n: number, confidence: number): Interval {
  const tail = (1 - confidence) / 2;
  return {
    low: successes <= 0 ? 0 : betaQuantile(tail, successes + 0.5, n - successes + 0.5),
    high: successes >= n ? 1 : betaQuantile(1 - tail, successes + 0.5, n - successes + 0.5),
  };
}

/** Posterior probability that the rate is above `threshold`, under the Jeffreys prior. Counts need not be whole. */
export function probabilityAbove(threshold: number, successes: number, n: number): number {
  return betaCdf(1 - threshold, n - successes + 0.5, successes + 0.5);
}

/**
 * Korn and Graubard 1998, as Inspect adjusts Wilson's interval: the number of independent trials that would give this standard
 * error, shrunk for the few degrees of freedom of `clusters`, and never more than `most`. `n` is the number of observations
 * behind the mean. Where every observation agrees the standard error says nothing; the clusters' degrees of freedom still count.
 */
export function effectiveTrials(
  mean: number,
  standardError: number,
  n: number,
  clusters: number,
  most: number = n,
): number {
  if (clusters < 2) return Math.min(1, most);
  const variance = mean * (1 - mean);
  const trials = standardError > 0 && variance > 0 ? variance / standardError ** 2 : n;
  const shrink = clusters >= n ? 1 : (studentQuantile(0.975, n - 1) / studentQuantile(0.975, clusters - 1)) ** 2;
  return Math.min(most, trials * shrink);
}

/**
 * The fewest successes of `n` whose one-sided lower bound lies above `threshold`; undefined where not even n of n would do.
 * `lowerBound` is the bound to use, rising with the successes.
 */
export function successesNeeded(
  n: number,
  threshold: number,
  lowerBound: (successes: number, n: number) => number,
): number | undefined {
  for (let successes = 0; successes <= n; successes++) if (lowerBound(successes, n) > threshold) return successes;
  return undefined;
}
