import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compute, type Scores, score } from './score.ts';
import type { CvssProblem } from './vector.ts';

const lines = (name: string) =>
  gunzipSync(readFileSync(new URL(`testdata/${name}.gz`, import.meta.url)))
    .toString()
    .trim()
    .split('\n');

const isProblem = (result: Scores | CvssProblem): result is CvssProblem => 'error' in result;
function scored(vector: string): Scores {
  const result = score(vector);
  if (isProblem(result)) throw new Error(`${vector}: ${result.error}`);
  return result;
}

/** `vector - (base, temporal, environmental)`, `vector - (score,)` or `vector - score`; None where there is no such score. */
function expectations(name: string): { vector: string; expected: (number | null)[] }[] {
  return lines(name).map((line) => {
    const [vector, scores] = line.split(' - ') as [string, string];
    const numbers = scores
      .replace(/[()]/g, '')
      .split(',')
      .filter((part) => part.trim() !== '');
    return { vector, expected: numbers.map((part) => (part.trim() === 'None' ? null : Math.abs(Number(part)))) };
  });
}

const files: Record<string, number> = {
  calculator2: 4,
  cvsslib2: 15,
  simple2: 566,
  calculator3: 2,
  cvsslib3: 22,
  simple3: 2056,
  simple31: 2100,
  security4: 47,
  simple4: 860,
  supplemental4: 458,
  threat4: 4,
};

describe('every official vector has its expected scores', () => {
  for (const [name, count] of Object.entries(files)) {
    test(`vectors_${name}: ${count}`, () => {
      const cases = expectations(`vectors_${name}.txt`);

      const wrong = cases.flatMap(({ vector, expected }) => {
        const { base, temporal, environmental, score } = scored(vector);
        const got = expected.length === 1 ? [score] : [base, temporal, environmental];
        return JSON.stringify(got) === JSON.stringify(expected) ? [] : [{ vector, expected, got }];
      });

      expect(wrong).toEqual([]);
      expect(cases).toHaveLength(count);
    });
  }
});
