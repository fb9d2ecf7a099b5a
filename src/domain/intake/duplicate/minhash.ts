/** One-permutation MinHash (Li, Owen, Zhang 2012) with rotation for empty bins (Shrivastava and Li 2014): a sketch whose equal places estimate how many word pairs two texts share. */
import { mix32 } from './hash.ts';

/** Places of a sketch. The standard error of an estimated likeness of 0.5 is 0.0625. */
export const sketchSize = 64;

/** Sketch of a set of 32-bit hashes; empty for none. */
export function sketchOf(hashes: Iterable<number>): number[] {
  const places = new Float64Array(sketchSize).fill(-1);
  let isEmpty = true;
  for (const hash of hashes) {
    const mixed = mix32(hash ^ 0x5bd1e995);
    const place = mixed & (sketchSize - 1);
    const value = mixed >>> 6;
    if (places[place] === -1 || value < places[place]!) places[place] = value;
    isEmpty = false;
  }
  if (isEmpty) return [];
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
