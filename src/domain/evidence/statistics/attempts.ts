/** Measures over several attempts at one item (method b6). */

/** C(n - c, k) / C(n, k), as a product, so that no large number arises. */
function shareWithout(n: number, c: number, k: number): number {
  let share = 1;
  for (let drawn = 0; drawn < k; drawn++) share *= Math.max(0, n - c - drawn) / (n - drawn);
  return share;
}

/**
 * Chance that at least one of k attempts succeeds, from c successes in n attempts (Chen et al. 2021, unbiased). Undefined where
 * there are fewer attempts than k.
 */
export function passAtK(n: number, c: number, k: number): number | undefined {
  return n < k ? undefined : 1 - shareWithout(n, c, k);
}

/** Chance that all of k attempts succeed: C(c, k) / C(n, k). Undefined where there are fewer attempts than k. */
export function passHatK(n: number, c: number, k: number): number | undefined {
  return n < k ? undefined : shareWithout(n, n - c, k);
}
