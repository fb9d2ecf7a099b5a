/**
 * A probe asks the model a few fixed questions (canaries) and compares what comes back with the first probe of the same
 * grant. Only sketches of the answers are kept: enough to say how alike two answers are, not what they said.
 */

/** One answer to a canary. */
export interface CanaryAnswer {
  /** SHA-256 of the answer, in hexadecimal: equal when the answers are. */
  digest: string;
  sketch: number[];
}

/** What one probe found. */
export interface Reading {
  /** The models that the answers named, each once. */
  models: string[];
  /** Their `system_fingerprint`s, each once; none where the endpoint tells none. */
  fingerprints: string[];
  /** One for each canary, in their order. */
  answers: CanaryAnswer[];
  /** Of each answer, to its last byte, in milliseconds. */
  latenciesMs: number[];
}

export type Reason =
  | { kind: 'model'; was: string[]; is: string[] }
  | { kind: 'fingerprint'; was: string[]; is: string[] }
  | { kind: 'answers'; similarity: number }
  | { kind: 'latency'; measure: 'median' | 'p95'; wasMs: number; isMs: number };

export interface Comparison {
  /** `changed` says that something differs, and not that anything is wrong. */
  drift: 'none' | 'changed';
  reasons: Reason[];
  /** Mean similarity of the answers to the same canaries, 0 to 1; 1 where there is nothing to compare. */
  similarity: number;
}

/** Mean similarity under which answers count as changed. */
export const similarityMin = 0.5;
/** A median this many times the earlier one counts as changed, if it is also `latencySlackMs` longer. */
export const latencyFactorMax = 2;
/** The same for the 95th percentile, which moves more with few answers. */
export const latencyTailFactorMax = 3;
export const latencySlackMs = 1000;

const sketchLength = 64;
const shingleLength = 5;

/** The canaries of every probe; a grant may have more of its own. Chosen to have short answers that one model gives alike. */
export const canaries: readonly string[] = [
  'Count from 1 to 20 in words, separated by commas. Write nothing else.',
  'Name the planets of the solar system in order from the sun, separated by commas. Write nothing else.',
  'Write the first verse of the book of Genesis in the King James Version. Write nothing else.',
];

/** The finalizer of MurmurHash3 (32 bit, A. Appleby, public domain). */
function mix(value: number): number {
  let h = value;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/**
 * MinHash sketch (Broder 1997) of the text's character 5-grams, small letters, white space as one space: 64 numbers below
 * 2^32. Two sketches agree in about as many places as the share of 5-grams that the texts have in common (standard error
 * at most 0.0625).
 */
export function sketchOf(text: string): number[] {
  const plain = text.toLowerCase().replace(/\s+/g, ' ').trim();
  const least = new Array<number>(sketchLength).fill(0xffffffff);
  for (let at = 0; at + Math.min(shingleLength, plain.length) <= plain.length && plain !== ''; at++) {
    let hash = 0x811c9dc5;
    for (let next = at; next < Math.min(at + shingleLength, plain.length); next++) {
      hash = Math.imul(hash ^ plain.charCodeAt(next), 0x01000193);
    }
    for (let one = 0; one < sketchLength; one++) {
      const value = mix(hash ^ Math.imul(one + 1, 0x9e3779b1));
      if (value < (least[one] as number)) least[one] = value;
    }
  }
  return least;
}

/** How alike two texts are, from their sketches: 0 to 1, an estimate of their Jaccard similarity. */
export function similarityOf(a: readonly number[], b: readonly number[]): number {
  if (a.length === 0 || a.length !== b.length) return 0;
  return a.filter((value, at) => value === b[at]).length / a.length;
}

/** The value at or below which `share` of the values lie (nearest rank); 0 of no values. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}

const isSameSet = (a: readonly string[], b: readonly string[]) =>
  a.length === b.length && [...a].sort().join('\n') === [...b].sort().join('\n');

/** What differs between a probe and the one that the grant began with. What only one of them knows is not compared. */
export function compare(baseline: Reading, reading: Reading): Comparison {
  const reasons: Reason[] = [];
  if (!isSameSet(baseline.models, reading.models)) {
    reasons.push({ kind: 'model', was: baseline.models, is: reading.models });
  }
  const areFingerprintsKnown = baseline.fingerprints.length > 0 && reading.fingerprints.length > 0;
  if (areFingerprintsKnown && !isSameSet(baseline.fingerprints, reading.fingerprints)) {
    reasons.push({ kind: 'fingerprint', was: baseline.fingerprints, is: reading.fingerprints });
  }
  const pairs = baseline.answers.flatMap((was, at) => {
    const is = reading.answers[at];
    return is === undefined ? [] : [was.digest === is.digest ? 1 : similarityOf(was.sketch, is.sketch)];
  });
  const similarity = pairs.length === 0 ? 1 : pairs.reduce((sum, one) => sum + one, 0) / pairs.length;
  if (similarity < similarityMin) reasons.push({ kind: 'answers', similarity });
  for (const [measure, share, factorMax] of [
    ['median', 0.5, latencyFactorMax],
    ['p95', 0.95, latencyTailFactorMax],
  ] as const) {
    const wasMs = percentile(baseline.latenciesMs, share);
    const isMs = percentile(reading.latenciesMs, share);
    if (isMs > wasMs * factorMax && isMs > wasMs + latencySlackMs) {
      reasons.push({ kind: 'latency', measure, wasMs, isMs });
    }
  }
  return { drift: reasons.length === 0 ? 'none' : 'changed', reasons, similarity };
}
