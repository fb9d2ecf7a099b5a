/** Seeded random numbers, so that a bootstrap gives the same interval wherever and whenever it is computed. */
export interface Random {
  /** A whole number from 0 to n - 1, each as likely as the next but for 1 part in 2^32 / n. Takes 1 <= n <= 2^32. */
  below(n: number): number;
}

/** xoshiro128++ (Blackman and Vigna 2021), its state filled from a whole-number seed by SplitMix32. */
export function seeded(seed: number): Random {
  const mix = new Uint32Array(1);
  mix[0] = seed ^ Math.floor(seed / 2 ** 32);
  const next = () => {
    mix[0]! += 0x9e3779b9;
    let z = mix[0]!;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return (z ^ (z >>> 16)) | 0;
  };
  // A typed array, because a variable that holds more than 31 bits costs an allocation at every change.
  const state = Int32Array.of(next(), next(), next(), next());
  return {
    below(n) {
      const a = state[0]!;
      const b = state[1]!;
      const c = state[2]! ^ a;
      const d = state[3]! ^ b;
      const sum = (a + state[3]!) | 0;
      const result = (((sum << 7) | (sum >>> 25)) + a) >>> 0;
      state[0] = a ^ d;
      state[1] = b ^ c;
      state[2] = c ^ (b << 9);
      state[3] = (d << 11) | (d >>> 21);
      return Math.floor((result * n) / 4294967296);
    },
  };
}
