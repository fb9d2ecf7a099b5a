/** Standard errors of a mean of item scores (methods b1 and b3). Each names what it is a standard error of. */

export function meanOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += values[index]!;
  return sum / values.length;
}

/** Sample variance (divisor n - 1); 0 for fewer than two values. */
export function varianceOf(values: ArrayLike<number>): number {
  if (values.length < 2) return 0;
  const mean = meanOf(values);
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += (values[index]! - mean) ** 2;
  return sum / (values.length - 1);
}

/** Generalized accuracy (NIST AI 800-3): how far the mean would move with other items like these. Takes one mean per item. */
export function generalized(itemMeans: ArrayLike<number>): number {
  return Math.sqrt(varianceOf(itemMeans) / itemMeans.length);
}

/**
 * Benchmark accuracy (NIST AI 800-3): how far the mean would move with other attempts at these very items. Takes the attempts of
 * each item; an item with one attempt cannot show its own spread, so the answer is then undefined.
 */
export function benchmark(attempts: readonly ArrayLike<number>[]): number | undefined {
  if (attempts.length === 0 || attempts.some((scores) => scores.length < 2)) return undefined;
  const sum = attempts.reduce((total, scores) => total + varianceOf(scores) / scores.length, 0);
  return Math.sqrt(sum) / attempts.length;
}

/** Under about so many clusters a clustered standard error is not to be relied on (method b3): say how many there are. */
export const clustersWanted = 30;

/** What `clustered` gives: the standard error and how many clusters stand behind it. */
export interface Clustered {
  readonly standardError: number;
  readonly clusters: number;
}

/**
 * Standard error of a mean whose observations resemble one another within clusters (Miller 2024, section 2.2). `clusterOf` names
 * the cluster of each value. The form `inspect` multiplies the variance by C / (C - 1), as Inspect does, and goes with a t
 * distribution of C - 1 degrees of freedom; one cluster alone gives 0 there, which says nothing about precision.
 */
export function clustered(
  values: ArrayLike<number>,
  clusterOf: ArrayLike<unknown>,
  form: 'miller' | 'inspect',
): Clustered {
  const mean = meanOf(values);
  const sums = new Map<unknown, number>();
  for (let index = 0; index < values.length; index++) {
    const cluster = clusterOf[index];
    sums.set(cluster, (sums.get(cluster) ?? 0) + values[index]! - mean);
  }
  let square = 0;
  for (const sum of sums.values()) square += sum * sum;
  const clusters = sums.size;
  if (form === 'inspect') square = clusters < 2 ? 0 : (square * clusters) / (clusters - 1);
  return { standardError: Math.sqrt(square) / values.length, clusters };
}
