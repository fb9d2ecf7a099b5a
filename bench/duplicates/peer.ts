/** The usual way, as a peer: MinHash of word triples with 128 permutations, LSH in 32 bands of 4, Jaccard likeness. */
import type { Entry } from './records.ts';

const permutations = 128;
const prime = 4_294_967_311;
const bands = 32;

const factors = Array.from({ length: permutations }, (_, index) => (Math.imul(index + 1, 0x9e3779b1) >>> 0) + 1);
const offsets = Array.from({ length: permutations }, (_, index) => Math.imul(index + 7, 0x85ebca6b) >>> 0);

export function shinglesOf({ report }: Entry): string[] {
  const words = `${report.title} ${report.description ?? ''}`.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  const shingles = new Set<string>();
  for (let index = 0; index < Math.max(1, words.length - 2); index++)
    shingles.add(words.slice(index, index + 3).join(' '));
  return [...shingles];
}

/** One product and one remainder for each shingle and permutation, as MinHash is written in textbooks and in most packages. */
export function signatureOf(shingles: readonly string[]): Float64Array {
  const signature = new Float64Array(permutations).fill(Number.POSITIVE_INFINITY);
  for (const shingle of shingles) {
    let hash = 0;
    for (let index = 0; index < shingle.length; index++) hash = ((hash << 5) - hash + shingle.charCodeAt(index)) | 0;
    hash = Math.abs(hash) % 65_521;
    for (let index = 0; index < permutations; index++) {
      const value = (factors[index]! * hash + offsets[index]!) % prime;
      if (value < signature[index]!) signature[index] = value;
    }
  }
  return signature;
}

/** Pairs that share a band, with their estimated likeness; buckets of at most 64, as ours. */
export function similar(entries: readonly Entry[], likenessMin: number): { a: number; b: number; score: number }[] {
  const signatures = entries.map((entry) => signatureOf(shinglesOf(entry)));
  const found = new Map<number, { a: number; b: number; score: number }>();
  for (let band = 0; band < bands; band++) {
    const buckets = new Map<string, number[]>();
    for (const [b, signature] of signatures.entries()) {
      const key = signature.subarray(band * 4, band * 4 + 4).join();
      const bucket = buckets.get(key);
      if (bucket === undefined) {
        buckets.set(key, [b]);
        continue;
      }
      for (const a of bucket.slice(-64)) {
        const pair = a * entries.length + b;
        if (found.has(pair)) continue;
        const other = signatures[a]!;
        let equal = 0;
        for (let index = 0; index < permutations; index++) if (other[index] === signature[index]) equal++;
        found.set(pair, { a, b, score: equal / permutations });
      }
      bucket.push(b);
    }
  }
  return [...found.values()].filter(({ score }) => score >= likenessMin);
}

/** Of the pairs of two sources those that are each other's best partner of the other's source. */
export function mutual<P extends { a: number; b: number; score: number }>(
  pairs: readonly P[],
  entries: readonly Entry[],
): P[] {
  const best = new Map<string, P>();
  const cross = pairs.filter(({ a, b }) => entries[a]!.source !== entries[b]!.source);
  const keys = ({ a, b }: P) => [`${a} ${entries[b]!.source}`, `${b} ${entries[a]!.source}`];
  for (const pair of cross) {
    for (const key of keys(pair)) if ((best.get(key)?.score ?? -1) < pair.score) best.set(key, pair);
  }
  return cross.filter((pair) => keys(pair).every((key) => best.get(key) === pair));
}
