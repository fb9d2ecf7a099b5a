/** Agreement of graders, and a rate seen through an imperfect grader (method b15). */

export type Level = 'nominal' | 'ordinal' | 'interval';

/**
 * Krippendorff's alpha. `ratings` holds one list per item, with the values that graders gave it; leave out a grader who gave none.
 * 1 is perfect agreement, 0 that of chance. Undefined where no item has two ratings or all ratings are the same value.
 */
export function krippendorffAlpha(ratings: readonly (readonly number[])[], level: Level): number | undefined {
  const pairable = ratings.filter((values) => values.length >= 2);
  const values = [...new Set(pairable.flat())].sort((left, right) => left - right);
  const rank = new Map(values.map((value, index) => [value, index]));
  const totals = new Float64Array(values.length);
  for (const item of pairable) for (const value of item) totals[rank.get(value)!]! += 1;
  const distance = distances(values, totals, level);
  let observed = 0;
  for (const item of pairable) {
    let within = 0;
    for (const left of item) for (const right of item) within += distance(rank.get(left)!, rank.get(right)!);
    observed += within / (item.length - 1);
  }
  let expected = 0;
  for (let left = 0; left < values.length; left++)
    for (let right = 0; right < values.length; right++)
      expected += totals[left]! * totals[right]! * distance(left, right);
  const n = totals.reduce((sum, count) => sum + count, 0);
  return expected === 0 ? undefined : 1 - ((n - 1) * observed) / expected;
}

/** Squared difference of two values by the level of measurement (Krippendorff 2011). Values are given by rank. */
function distances(values: readonly number[], totals: Float64Array, level: Level): (a: number, b: number) => number {
  if (level === 'nominal') return (a, b) => (a === b ? 0 : 1);
  if (level === 'interval') return (a, b) => (values[a]! - values[b]!) ** 2;
  // Ordinal: how many ratings lie between the middles of the two values.
  let below = 0;
  const middles = totals.map((count) => {
    below += count;
    return below - count / 2;
  });
  return (a, b) => (middles[a]! - middles[b]!) ** 2;
}

/**
 * The rate behind an observed one, for a grader of known sensitivity and specificity (Rogan and Gladen 1978), kept within 0 to 1.
 * Undefined for a grader no better than chance. Correct both ends of an interval with it, or neither: a corrected rate with an
 * uncorrected interval misleads.
 */
export function correctedRate(observed: number, sensitivity: number, specificity: number): number | undefined {
  const skill = sensitivity + specificity - 1;
  if (skill <= 0) return undefined;
  return Math.min(1, Math.max(0, (observed + specificity - 1) / skill));
}
