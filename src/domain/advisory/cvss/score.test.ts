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

describe('a vector is refused with the metric named', () => {
  const refused: [string, string, string | undefined][] = [
    ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H', 'Metric A is missing', 'A'],
    ['CVSS:3.1/AV:N/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H', 'Metric AV is given twice', 'AV'],
    ['CVSS:3.0/AV:Q/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H', 'Metric AV cannot be "Q"', 'AV'],
    ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/VC:H', 'Metric "VC" is not known in CVSS 3.1', 'VC'],
    ['CVSS:4.0/AC:L/AV:N/AT:N/PR:N/UI:N/VC:L/VI:H/VA:L/SC:N/SI:H/SA:L', 'Metric AV stands after AC', 'AV'],
    ['CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:L/VI:H/VA:L/SC:N/SI:S/SA:L', 'Metric SI cannot be "S"', 'SI'],
    ['CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:L/VI:H/VA:L/SC:N/SI:H/SA:L/', 'empty part', undefined],
    ['CVSS:4.1/AV:N', 'CVSS version "4.1" is not known', undefined],
    ['CVSS:3.1', 'empty', undefined],
    ['AV:N/AC:L/Au:N/C:N/I:N/A:C/E:X', 'Metric E cannot be "X"', 'E'],
    ['cvss:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H', 'Metric "cvss" is not known', 'cvss'],
    ['', 'empty', undefined],
    ['A'.repeat(10_000), 'longer than 256', undefined],
  ];
  for (const [vector, error, metric] of refused) {
    test(`${vector.slice(0, 80) || 'nothing'}: ${error}`, () => {
      const result = score(vector);

      expect(isProblem(result) && result.error).toContain(error);
      expect(isProblem(result) && result.metric).toBe(metric);
    });
  }
});

test('v3 section 6: the order of v3 metrics does not matter; v2 vectors may stand in parentheses', () => {
  expect(scored('CVSS:3.1/A:H/I:H/C:H/S:U/UI:N/PR:N/AC:L/AV:N').score).toBe(9.8);
  expect(scored('(AV:N/AC:L/Au:N/C:C/I:C/A:C)').score).toBe(10);
});

test('v4.0 section 1.3: base, threat and environmental scores stand apart, and score is the most specific', () => {
  const vector = 'CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:U/CR:L/IR:L/AR:L';

  const { base, temporal, environmental, score: mostSpecific, severity } = scored(vector);

  expect({ base, temporal, environmental }).toEqual({ base: 9.3, temporal: 8.1, environmental: 6.5 });
  expect(mostSpecific).toBe(environmental);
  expect(severity).toBe('MEDIUM');
});

test('v4.0 section 4.2.1: safety (MSI:S, MSA:S) counts as the worst subsequent impact', () => {
  const plain = scored('CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H');
  const safety = scored('CVSS:4.0/AV:L/AC:H/AT:P/PR:H/UI:A/VC:L/VI:L/VA:L/SC:L/SI:L/SA:L/MSI:S/MSA:S');

  expect(plain.score).toBe(10);
  expect(safety.score).toBeGreaterThan(
    scored('CVSS:4.0/AV:L/AC:H/AT:P/PR:H/UI:A/VC:L/VI:L/VA:L/SC:L/SI:L/SA:L/MSI:H/MSA:H').score,
  );
});

const metrics4: [string, string][] = [
  ['AV', 'NALP'],
  ['AC', 'LH'],
  ['AT', 'NP'],
  ['PR', 'NLH'],
  ['UI', 'NPA'],
  ['VC', 'HLN'],
  ['VI', 'HLN'],
  ['VA', 'HLN'],
  ['SC', 'HLN'],
  ['SI', 'HLN'],
  ['SA', 'HLN'],
  ['E', 'APU'],
  ['CR', 'HML'],
  ['IR', 'HML'],
  ['AR', 'HML'],
];
const any4 = fc.tuple(...metrics4.map(([, values]) => fc.nat(values.length - 1)));
const write4 = (places: number[]) =>
  `CVSS:4.0/${metrics4.map(([name, values], index) => `${name}:${values[places[index]!]}`).join('/')}`;

test('v4.0 section 8: every vector has a score from 0 to 10 with one decimal, and no threat or requirement metric raises it', () => {
  fc.assert(
    fc.property(any4, (places) => {
      const { base, temporal, environmental } = scored(write4(places));

      for (const value of [base, temporal, environmental]) {
        expect(Number(value?.toFixed(1))).toBe(value);
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThanOrEqual(10);
      }
      expect(temporal).toBeLessThanOrEqual(base);
      expect(environmental).toBeLessThanOrEqual(Number(temporal));
    }),
    { numRuns: 2000 },
  );
});

test('a modified metric equal to its base metric changes nothing', () => {
  fc.assert(
    fc.property(any4, fc.nat(10), (places, index) => {
      const vector = write4(places);
      const [name, values] = metrics4[index]!;

      expect(scored(`${vector}/M${name}:${values[places[index]!]}`).score).toBe(scored(vector).score);
    }),
  );
});

test('any text gives scores or a problem, never an exception', () => {
  const text = fc.oneof(
    fc.string(),
    fc.string().map((tail) => `CVSS:3.1/${tail}`),
    fc.string().map((tail) => `CVSS:4.0/AV:N/${tail}`),
  );
  fc.assert(
    fc.property(text, (vector) => {
      const result = score(vector);

      expect(isProblem(result) ? result.error.length > 0 : result.score >= 0).toBe(true);
    }),
    { numRuns: 1000 },
  );
});

test('the memo gives what scoring anew gives, also after it has been emptied', () => {
  fc.assert(
    fc.property(any4, (places) => {
      expect(score(write4(places))).toEqual(compute(write4(places)));
    }),
    { numRuns: 500 },
  );
});

test('v3.1 section 7.3: without environmental metrics the base score stands, where the equations would differ by 0.1', () => {
  const { base, environmental, score: mostSpecific } = scored('CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:H/I:H/A:H');

  expect([base, environmental, mostSpecific]).toEqual([9.9, 10, 9.9]);
});

describe('base scores that CVE records state for real vectors', () => {
  interface Stated {
    vector: string;
    stated: number;
  }
  const rows: Stated[] = lines('real-world-scores.csv')
    .slice(1)
    .map((line) => {
      const [, vector, stated] = line.split(',') as [string, string, string];
      return { vector, stated: Number(stated) };
    });
  const disagreeing = rows.filter(({ vector, stated }) => scored(vector).base !== stated);

  /** The source put the score after temporal or environmental metrics into the field for the base score. */
  const isLaterScore = ({ vector, stated }: Stated) => {
    const { temporal, environmental } = scored(vector);
    return stated === temporal || stated === environmental;
  };
  /** The exact score is a half, such as 5.65: the specification rounds up, calculators of the first years rounded down. */
  const isHalf = ({ vector, stated }: Stated) =>
    vector.startsWith('CVSS:4.0') && Math.abs(scored(vector).base - stated - 0.1) < 1e-9;

  test('2,121 of 2,294 agree and every vector can be scored', () => {
    expect(rows).toHaveLength(2294);
    expect(disagreeing).toHaveLength(173);
  });

  test('160 of the others state the temporal or environmental score, 2 are v4.0 halves rounded down', () => {
    expect(disagreeing.filter(isLaterScore)).toHaveLength(160);
    expect(disagreeing.filter(isHalf).map(({ vector }) => vector)).toEqual([
      'CVSS:4.0/AV:N/AC:H/AT:P/PR:H/UI:A/VC:L/VI:H/VA:N/SC:N/SI:N/SA:N',
      'CVSS:4.0/AV:N/AC:L/AT:P/PR:H/UI:N/VC:N/VI:N/VA:N/SC:H/SI:H/SA:N/RE:L/U:Green',
    ]);
  });

  test('the 11 that remain are wrong at the source: no score of their vector is the one stated', () => {
    const rest = disagreeing.filter((row) => !isLaterScore(row) && !isHalf(row));

    expect(rest.map(({ vector, stated }) => `${vector} ${stated}`)).toEqual([
      'CVSS:3.1/AV:L/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H 8.4',
      'CVSS:3.1/AV:L/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:L 5.1',
      'CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:C/C:H/I:H/A:H/E:F/RL:T/RC:C/CR:H/IR:H/AR:M/MAV:N/MAC:L/MPR:N/MUI:N/MS:C/MC:H/MI:H/MA:H 5.3',
      'CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:L/I:L/A:N/E:U/RL:O/RC:R 4.4',
      'CVSS:3.1/AV:N/AC:L/PR:H/UI:N/S:C/C:H/I:L/A:H 4.3',
      'CVSS:3.1/AV:N/AC:L/PR:H/UI:R/S:C/C:H/I:H/A:N 4.6',
      'CVSS:3.1/AV:N/AC:L/PR:H/UI:R/S:U/C:H/I:H/A:N 6.8',
      'CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:L/I:H/A:N 6.5',
      'CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:L/I:H/A:N 7.6',
      'CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:L/I:N/A:N/E:P/RL:X/RC:R 4.6',
      'CVSS:3.1/AV:N/AC:L/PR:L/UI:R/S:C/C:L/I:L/A:N 4.3',
    ]);
  });
});

describe("FIRST's JSON schemas", () => {
  const patternOf = (version: string) => {
    const schema = JSON.parse(readFileSync(new URL(`testdata/cvss-v${version}.json`, import.meta.url), 'utf8'));
    return new RegExp(schema.properties.vectorString.pattern);
  };
  const official = Object.keys(files).flatMap((name) =>
    expectations(`vectors_${name}.txt`).map(({ vector }) => vector),
  );
  /** An official vector with one part dropped, doubled, moved or given another's value. */
  const mutated = fc
    .tuple(fc.constantFrom(...official), fc.nat(30), fc.nat(30), fc.nat(3))
    .map(([vector, from, to, how]) => {
      const parts = vector.split('/');
      const [part] = parts.splice(from % parts.length, how === 1 ? 0 : 1);
      const place = to % (parts.length + 1);
      if (how === 1) parts.splice(place, 0, parts[from % parts.length]!);
      if (how === 2) parts.splice(place, 0, part!);
      if (how === 3) parts.splice(from, 0, `${part!.split(':')[0]}:${parts[to % parts.length]!.split(':')[1]}`);
      return parts.join('/');
    });

  for (const version of ['2.0', '3.0', '3.1', '4.0']) {
    const pattern = patternOf(version);
    const isOfVersion = (vector: string) =>
      version === '2.0' ? !vector.startsWith('CVSS:') : vector.startsWith(`CVSS:${version}/`);

    test(`${version}: what we accept its pattern accepts${version === '4.0' ? ', and the other way round' : ''}`, () => {
      expect(official.filter(isOfVersion).every((vector) => pattern.test(vector))).toBe(true);
      fc.assert(
        fc.property(mutated.filter(isOfVersion), (vector) => {
          const isAccepted = !isProblem(compute(vector));

          if (isAccepted) expect(vector).toMatch(pattern);
          // The patterns of v2 and v3 know neither doubled nor missing metrics; the ordered one of v4.0 does.
          if (version === '4.0' && pattern.test(vector)) expect(isAccepted).toBe(true);
        }),
        { numRuns: 2000 },
      );
    });
  }
});
