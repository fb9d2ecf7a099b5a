/** CVSS scores from a vector, for every version in use. */
import * as v2 from './v2.ts';
import * as v3 from './v3.ts';
import * as v4 from './v4.ts';
import { type CvssProblem, parse, type Version } from './vector.ts';

/** The words of `baseSeverity` in FIRST's JSON schemas. v2 knows neither NONE nor CRITICAL (NVD's rating of v2). */
export type Severity = 'NONE' | 'LOW' | 'MEDIUM' | 'HIGH' | 'CRITICAL';

/** Scores of one vector, each 0.0-10.0 with one decimal. */
export interface Scores {
  readonly vector: string;
  readonly version: Version;
  readonly base: number;
  /** With the temporal metrics (v4.0: the threat metric). Null for a v2 vector without any. */
  readonly temporal: number | null;
  /** With the environmental metrics too. Null for a v2 vector without any. */
  readonly environmental: number | null;
  /** The most specific of the three that the vector's metrics define. */
  readonly score: number;
  /** Rating of `score`. */
  readonly severity: Severity;
}

/** Qualitative rating of a score: v3 section 5, v4.0 section 6; for v2 the rating NVD publishes. */
export function severityOf(version: Version, score: number): Severity {
  if (version === '2.0') return score >= 7 ? 'HIGH' : score >= 4 ? 'MEDIUM' : 'LOW';
  return score >= 9 ? 'CRITICAL' : score >= 7 ? 'HIGH' : score >= 4 ? 'MEDIUM' : score > 0 ? 'LOW' : 'NONE';
}

/** Feeds repeat a few thousand vectors; the memo keeps that many and starts anew when full. */
const memoMax = 8192;
const memo = new Map<string, Scores>();

/** Places in vector.ts where the temporal (v4.0: threat) and the environmental metrics start. */
const groupStarts: Record<Version, [number, number]> = {
  '2.0': [6, 9],
  '3.0': [8, 11],
  '3.1': [8, 11],
  '4.0': [11, 12],
};
/** Where v4.0's supplemental metrics start, which never count; beyond the last metric of the others. */
const environmentalEnd = 26;

/** Scores a vector, or says why it is refused. Equal text gives the same object while the memo holds it. */
export function score(vector: string): Scores | CvssProblem {
  const known = memo.get(vector);
  if (known !== undefined) return known;
  const result = compute(vector);
  if (!('error' in result)) {
    if (memo.size >= memoMax) memo.clear();
    memo.set(vector, result);
  }
  return result;
}

/** As `score`, without the memo: for measuring. */
export function compute(text: string): Scores | CvssProblem {
  const vector = parse(text);
  if ('error' in vector) return vector;
  const { version, values } = vector;
  const scores =
    version === '4.0' ? v4.scoresOf(values) : version === '2.0' ? v2.scoresOf(values) : v3.scoresOf(version, values);
  const [firstTemporal, firstEnvironmental] = groupStarts[version];
  // v3.1's environmental equation without environmental metrics can differ by 0.1 from the base score, so the metrics
  // given decide which score is meant, not the number.
  const isEnvironmental = values.some(
    (value, index) => value > 0 && index >= firstEnvironmental && index < environmentalEnd,
  );
  const isTemporal = values.some((value, index) => value > 0 && index >= firstTemporal && index < firstEnvironmental);
  const mostSpecific =
    (isEnvironmental ? scores.environmental : isTemporal ? scores.temporal : scores.base) ?? scores.base;
  return Object.freeze({
    vector: text,
    version,
    ...scores,
    score: mostSpecific,
    severity: severityOf(version, mostSpecific),
  });
}
