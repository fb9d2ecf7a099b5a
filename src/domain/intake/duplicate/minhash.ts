/** One-permutation MinHash (Li, Owen, Zhang 2012) with rotation for empty bins (Shrivastava and Li 2014): a sketch whose equal places estimate how many word pairs two texts share. */
import { hash32, mix32 } from './hash.ts';

/** Places of a sketch. The standard error of an estimated likeness of 0.5 is 0.0625. */
export const sketchSize = 64;

/** Sketch of the set of all words and the words before them; empty for none. */
export function sketchOf(words: readonly string[]): number[] {
  const places = new Float64Array(sketchSize).fill(-1);
  if (words.length === 0) return [];
  let before = 0;
  for (const word of words) {
    const hash = hash32(word);
    const mixed = mix32(Math.imul(before, 31) ^ hash ^ 0x5bd1e995);
    before = hash;
    const place = mixed & (sketchSize - 1);
    const value = mixed >>> 6;
    if (places[place] === -1 || value < places[place]!) places[place] = value;
  }
  const sketch = new Array<number>(sketchSize);
  for (let place = 0; place < sketchSize; place++) {
    let from = place;
    // Values borrowed from the next filled place carry the distance, so that two empty places agree only when their lenders do.
    while (places[from & (sketchSize - 1)] === -1) from++;
    sketch[place] = from === place ? places[place]! : mix32(places[from & (sketchSize - 1)]! + (from - place)) >>> 6;
  }
  return sketch;
}

/** Estimated Jaccard likeness of two sets, 0 to 1. */
export function likeness(a: readonly number[], b: readonly number[]): number {
  if (a.length !== sketchSize || b.length !== sketchSize) return 0;
  let equal = 0;
  for (let place = 0; place < sketchSize; place++) if (a[place] === b[place]) equal++;
  return equal / sketchSize;
}
