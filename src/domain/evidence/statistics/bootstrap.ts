/** Percentile bootstrap of a mean over clusters, items and attempts (methods b6 and b7). Memory: the scores once, and one number a draw. */
import type { Interval } from './interval.ts';
import type { Random } from './random.ts';

/** Scores in order of cluster and item. Cluster c holds items clusterStart[c] to clusterStart[c + 1], item i likewise its scores. */
export interface NestedScores {
  readonly scores: Float64Array;
  readonly itemStart: Uint32Array;
  readonly clusterStart: Uint32Array;
}

/** Packs clusters of items of scores; items without a score are left out, and clusters without an item. */
export function nest(clusters: Iterable<Iterable<ArrayLike<number>>>): NestedScores {
  const scores: number[] = [];
  const itemStart = [0];
  const clusterStart = [0];
  for (const items of clusters) {
    for (const attempts of items) {
      if (attempts.length === 0) continue;
      for (let index = 0; index < attempts.length; index++) scores.push(attempts[index]!);
      itemStart.push(scores.length);
    }
    if (itemStart.length - 1 > clusterStart.at(-1)!) clusterStart.push(itemStart.length - 1);
  }
  return {
    scores: Float64Array.from(scores),
    itemStart: Uint32Array.from(itemStart),
    clusterStart: Uint32Array.from(clusterStart),
  };
}

/**
 * Means of `draws` resampled data sets, sorted. Level `clusters` draws whole clusters; level `attempts` draws clusters, within
 * each its items, within each its attempts. Every item drawn counts the same, whatever its number of attempts.
 */
export function bootstrapMeans(
  { scores, itemStart, clusterStart }: NestedScores,
  level: 'clusters' | 'attempts',
  draws: number,
  random: Random,
): Float64Array {
  const items = itemStart.length - 1;
  const clusters = clusterStart.length - 1;
  const itemMeans = new Float64Array(items);
  for (let item = 0; item < items; item++) {
    for (let at = itemStart[item]!; at < itemStart[item + 1]!; at++) itemMeans[item]! += scores[at]!;
    itemMeans[item]! /= itemStart[item + 1]! - itemStart[item]!;
  }
  const clusterSums = new Float64Array(clusters);
  for (let cluster = 0; cluster < clusters; cluster++)
    for (let item = clusterStart[cluster]!; item < clusterStart[cluster + 1]!; item++)
      clusterSums[cluster]! += itemMeans[item]!;

  const means = new Float64Array(draws);
  for (let draw = 0; draw < draws; draw++) {
    let sum = 0;
    let drawn = 0;
    for (let c = 0; c < clusters; c++) {
      const cluster = random.below(clusters);
      const first = clusterStart[cluster]!;
      const size = clusterStart[cluster + 1]! - first;
      drawn += size;
      if (level === 'clusters') {
        sum += clusterSums[cluster]!;
        continue;
      }
      for (let i = 0; i < size; i++) {
        const item = first + random.below(size);
        const start = itemStart[item]!;
        const attempts = itemStart[item + 1]! - start;
        let total = 0;
        for (let k = 0; k < attempts; k++) total += scores[start + random.below(attempts)]!;
        sum += total / attempts;
      }
    }
    means[draw] = sum / drawn;
  }
  return means.sort();
}

/** The share `p` of sorted draws lies at or below this, by linear interpolation (the seventh way of Hyndman and Fan 1996). */
export function quantileOf(sorted: ArrayLike<number>, p: number): number {
  const place = p * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  // Two open ends: their difference would be no number.
  return low === high ? low : low + (place - below) * (high - low);
}

/** Two-sided percentile interval of sorted draws. */
export function percentileInterval(sorted: ArrayLike<number>, confidence: number): Interval {
  return { low: quantileOf(sorted, (1 - confidence) / 2), high: quantileOf(sorted, (1 + confidence) / 2) };
}
