/** Comparison of two models on the same items (method b4; Miller 2024, section 4). */
import { binomialCdf, studentCdf } from './distributions.ts';
import { clustered, meanOf, varianceOf } from './standard-error.ts';

export interface Paired {
  readonly items: number;
  /** Mean of a - b over the items. */
  readonly difference: number;
  readonly standardError: number;
  /** Correlation of the two models' item scores; undefined where one of them never varies. */
  readonly correlation: number | undefined;
  /** Standard error had the items been different ones for each model. */
  readonly unpairedStandardError: number;
  readonly t: number;
  readonly degreesOfFreedom: number;
  /** Two-sided p value of no difference. */
  readonly p: number;
}

/**
 * Paired comparison of item scores; `a` and `b` are in the same order of items. With `clusterOf` the differences are clustered in
 * Inspect's form and the degrees of freedom are those of the clusters.
 */
export function compare(a: ArrayLike<number>, b: ArrayLike<number>, clusterOf?: ArrayLike<unknown>): Paired {
  const items = a.length;
  const differences = Float64Array.from({ length: items }, (_, index) => a[index]! - b[index]!);
  const difference = meanOf(differences);
  const groups = clusterOf && clustered(differences, clusterOf, 'inspect');
  const standardError = groups?.standardError ?? Math.sqrt(varianceOf(differences) / items);
  const degreesOfFreedom = (groups?.clusters ?? items) - 1;
  const t = difference / standardError;
  const spread = Math.sqrt(varianceOf(a) * varianceOf(b));
  return {
    items,
    difference,
    standardError,
    correlation: spread === 0 ? undefined : (varianceOf(a) + varianceOf(b) - varianceOf(differences)) / (2 * spread),
    unpairedStandardError: Math.sqrt((varianceOf(a) + varianceOf(b)) / items),
    t,
    degreesOfFreedom,
    // Models that never differ give 0/0: there is no evidence of a difference.
    p: Number.isNaN(t) || degreesOfFreedom < 1 ? 1 : 2 * studentCdf(-Math.abs(t), degreesOfFreedom),
  };
}

/** Standard error of a difference from the two standard errors and the correlation of the item scores. */
export function standardErrorOfDifference(errorA: number, errorB: number, correlation: number): number {
  return Math.sqrt(errorA ** 2 + errorB ** 2 - 2 * correlation * errorA * errorB);
}

/** McNemar's exact test: two-sided p value from the items that only one of the two models solved. */
export function mcNemarExact(onlyA: number, onlyB: number): number {
  return Math.min(1, 2 * binomialCdf(Math.min(onlyA, onlyB), onlyA + onlyB, 0.5));
}
