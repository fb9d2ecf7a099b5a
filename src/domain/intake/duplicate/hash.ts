/**
 * Hashes of short texts, for keys and sketches: fast and the same everywhere and for ever. They protect nothing; where
 * a digest must hold against a forger, use SHA-256.
 */

/** 32-bit hash of a text: FNV-1a over UTF-16 units, mixed to the end as in MurmurHash3 (`fmix32`). */
export function hash32(text: string, seed = 0): number {
  let hash = 0x811c9dc5 ^ seed;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return mix32(hash);
}

/** MurmurHash3 `fmix32`: every bit of the input moves every bit of the answer. Unsigned. */
export function mix32(value: number): number {
  let hash = value ^ (value >>> 16);
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Signed 64-bit hash of a text, as PostgreSQL's int8 holds it. */
export function hash64(text: string): bigint {
  return BigInt.asIntN(64, (BigInt(hash32(text)) << 32n) | BigInt(hash32(text, 0x9e3779b9)));
}

/** 16 hexadecimal digits of a 64-bit hash. */
export function hexOf(text: string): string {
  return hash32(text).toString(16).padStart(8, '0') + hash32(text, 0x9e3779b9).toString(16).padStart(8, '0');
}
