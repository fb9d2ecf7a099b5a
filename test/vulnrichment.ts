import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { parse, type Vector, valueOfMetric } from '../src/domain/advisory/cvss/vector.ts';
import type { Fact, SsvcFact } from '../src/domain/advisory/fact.ts';
import { pointsOf } from '../src/domain/advisory/ssvc/points.ts';
import { read } from '../src/formats/cve/document.ts';

/** One of CISA's decisions beside what is derived without it, and what the CVSS vector alone would say. */
export interface Row {
  id: string;
  recorded: SsvcFact;
  derived: SsvcFact | undefined;
  baseline: { automatable: 'yes' | 'no'; technicalImpact: 'partial' | 'total' } | undefined;
  details: string;
}

export type Point = 'automatable' | 'technicalImpact' | 'exploitation';

/**
 * The 2,200 records of CISA's Vulnrichment, in two halves drawn by a fixed hash of their ids (FNV-1a, mixed). The rules of
 * points.ts were chosen by looking at `tuning` only. Of CISA's container they see CVSS and KEV, never the SSVC content.
 */
export function halves(lines: string[]): { tuning: Row[]; held: Row[] } {
  const tuning: Row[] = [];
  const held: Row[] = [];
  for (const line of lines) {
    const result = read(JSON.parse(line));
    if (!('advisory' in result)) throw new Error(JSON.stringify(result.problems));
    const { advisory, facts } = result;
    const isTuning = hash(`assay-ssvc-points:${advisory.id}`) % 2 === 0;
    const withoutAnswer = facts.filter((fact) => fact.kind !== 'ssvc');
    (isTuning ? tuning : held).push({
      id: advisory.id,
      recorded: facts.find((fact) => fact.kind === 'ssvc')!,
      derived: pointsOf([advisory], withoutAnswer),
      baseline: baselineOf(withoutAnswer),
      details: advisory.details ?? '',
    });
  }
  return { tuning, held };
}

export const recordLines = (path: string | URL) => gunzipSync(readFileSync(path)).toString().trim().split('\n');

/** Share of the rows with an answer on which it is CISA's, and how many have one. */
export function agreement(rows: Row[], point: Point, by: 'derived' | 'baseline'): { share: number; answered: number } {
  const answered = rows.filter((row) => (row[by] as Partial<SsvcFact> | undefined)?.[point] !== undefined);
  const agreed = answered.filter((row) => (row[by] as SsvcFact)[point] === row.recorded[point]);
  return { share: agreed.length / answered.length, answered: answered.length };
}

/**
 * The vector alone: automatable when it asks for nothing (AV:N, AC:L, PR:N, UI:N), total when all three impacts are high.
 * The newest version of CVSS speaks; this gives 95.9% and 91.7% over all 1,619 records with a vector.
 */
function baselineOf(facts: Fact[]): Row['baseline'] {
  const vectors = facts.flatMap((fact) => (fact.kind === 'cvss' ? [parse(fact.vector)] : [])) as Vector[];
  const vector = vectors.toSorted((a, b) => (a.version < b.version ? 1 : a.version > b.version ? -1 : 0))[0];
  if (vector === undefined) return undefined;
  const is = (metric: string, ...values: string[]) => values.includes(valueOfMetric(vector, metric) ?? '');
  const asksNothing =
    is('AV', 'N') && is('AC', 'L') && (vector.version === '2.0' ? is('Au', 'N') : is('PR', 'N') && is('UI', 'N'));
  const impacts = vector.version === '4.0' ? ['VC', 'VI', 'VA'] : ['C', 'I', 'A'];
  return {
    automatable: asksNothing ? 'yes' : 'no',
    technicalImpact: impacts.every((impact) => is(impact, vector.version === '2.0' ? 'C' : 'H')) ? 'total' : 'partial',
  };
}

function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) value = Math.imul(value ^ byte, 0x01000193) >>> 0;
  value = Math.imul(value ^ (value >>> 16), 0x7feb352d) >>> 0;
  return (value ^ (value >>> 15)) >>> 0;
}
