/** CVSS v4.0 scoring: specification section 8, by MacroVector lookup and interpolation. */
import { depths, highestVectors, macroVectorScores } from './macrovector.ts';

// Places in vector.ts: 0-10 the base metrics AV AC AT PR UI VC VI VA SC SI SA, 11 E, 12-14 CR IR AR, 15-25 the modified ones.
const threatPlace = 11;
const requirementPlace = 12;
const modifiedPlace = 15;
const subsequentPlace = 8;

/** What a combination of the metrics of one equivalence set comes to. */
interface Place {
  /** Level of the set; for EQ3 and EQ6 together, 2 x EQ3 + EQ6. */
  level: number;
  /** Distance from the level's highest-severity vector as a share of the level's depth, 0 to below 1. */
  share: number;
}

type SetName = keyof typeof highestVectors;

/** Every metric's values from most to least severe, as section 8.2 steps them. */
const severityOrder: Record<string, string> = {
  AV: 'NALP',
  PR: 'NLH',
  UI: 'NPA',
  AC: 'LH',
  AT: 'NP',
  VC: 'HLN',
  VI: 'HLN',
  VA: 'HLN',
  SC: 'SHLN',
  SI: 'SHLN',
  SA: 'SHLN',
  CR: 'HML',
  IR: 'HML',
  AR: 'HML',
};

/**
 * Works out a set's level and share for all combinations of its metrics, once: scoring is then four look-ups.
 * Combinations are numbered with the last metric counting fastest.
 */
function placesOf(set: SetName, metrics: string[], levelOf: (values: Record<string, string>) => number): Place[] {
  const sizes = metrics.map((metric) => severityOrder[metric]!.length);
  const count = sizes.reduce((product, size) => product * size, 1);
  return Array.from({ length: count }, (_, combination) => {
    const values: Record<string, string> = {};
    let rest = combination;
    for (let index = metrics.length - 1; index >= 0; index--) {
      const metric = metrics[index]!;
      values[metric] = severityOrder[metric]![rest % sizes[index]!]!;
      rest = Math.floor(rest / sizes[index]!);
    }
    const level = levelOf(values);
    return { level, share: distance(values, highestVectors[set][level]!) / depths[set][level]! };
  });
}

/** Steps from the first highest vector that no metric exceeds (section 8.2). */
function distance(values: Record<string, string>, highest: readonly string[]): number {
  for (const vector of highest) {
    const steps = vector.split('/').map((part) => {
      const [metric, value] = part.split(':') as [string, string];
      return severityOrder[metric]!.indexOf(values[metric]!) - severityOrder[metric]!.indexOf(value);
    });
    if (steps.every((step) => step >= 0)) return steps.reduce((sum, step) => sum + step, 0);
  }
  // Only combinations that no vector can hold, such as SC:S, come here; they are never looked up.
  return 0;
}

// Tables 24 to 29 of the specification.
const eq1 = placesOf('eq1', ['AV', 'PR', 'UI'], ({ AV, PR, UI }) => {
  if (AV === 'N' && PR === 'N' && UI === 'N') return 0;
  return AV !== 'P' && (AV === 'N' || PR === 'N' || UI === 'N') ? 1 : 2;
});
const eq2 = placesOf('eq2', ['AC', 'AT'], ({ AC, AT }) => (AC === 'L' && AT === 'N' ? 0 : 1));
const eq36 = placesOf('eq36', ['VC', 'VI', 'VA', 'CR', 'IR', 'AR'], ({ VC, VI, VA, CR, IR, AR }) => {
  const eq3 = VC === 'H' && VI === 'H' ? 0 : VC === 'H' || VI === 'H' || VA === 'H' ? 1 : 2;
  const eq6 = (CR === 'H' && VC === 'H') || (IR === 'H' && VI === 'H') || (AR === 'H' && VA === 'H') ? 0 : 1;
  return 2 * eq3 + eq6;
});
const eq4 = placesOf('eq4', ['SC', 'SI', 'SA'], ({ SC, SI, SA }) => {
  if (SI === 'S' || SA === 'S') return 0;
  return SC === 'H' || SI === 'H' || SA === 'H' ? 1 : 2;
});

/** The lookup table by number instead of text; NaN where the specification has no MacroVector. */
const scores = new Float64Array(3 * 2 * 6 * 3 * 3).fill(Number.NaN);
const numberOf = (eq1: number, eq2: number, eq36: number, eq4: number, eq5: number) =>
  (((eq1 * 2 + eq2) * 6 + eq36) * 3 + eq4) * 3 + eq5;
for (const [digits, score] of Object.entries(macroVectorScores)) {
  const [a, b, c, d, e, f] = [...digits].map(Number) as [number, number, number, number, number, number];
  scores[numberOf(a, b, 2 * c + f, d, e)] = score;
}
/** The score one level lower in a set; NaN when there is no lower level. */
const lower = (level: number, levels: number, macroVector: number) =>
  level + 1 < levels ? scores[macroVector]! : Number.NaN;

/** Takes the fifteen values that count, AV to AR, each numbered from its most severe value. */
function scoreOf(values: number[]): number {
  const [av, ac, at, pr, ui, vc, vi, va, sc, si, sa, e, cr, ir, ar] = values as FifteenValues;
  // No impact at all: section 8.2, step 0. In SC, SI and SA the values are S, H, L, N.
  if (vc === 2 && vi === 2 && va === 2 && sc === 3 && si === 3 && sa === 3) return 0;
  const one = eq1[(av * 3 + pr) * 3 + ui]!;
  const two = eq2[ac * 2 + at]!;
  const threeSix = eq36[((((vc * 3 + vi) * 3 + va) * 3 + cr) * 3 + ir) * 3 + ar]!;
  const four = eq4[(sc * 4 + si) * 4 + sa]!;
  const score = scores[numberOf(one.level, two.level, threeSix.level, four.level, e)]!;

  const lowerOne = lower(one.level, 3, numberOf(one.level + 1, two.level, threeSix.level, four.level, e));
  const lowerTwo = lower(two.level, 2, numberOf(one.level, two.level + 1, threeSix.level, four.level, e));
  const lowerFour = lower(four.level, 3, numberOf(one.level, two.level, threeSix.level, four.level + 1, e));
  const lowerFive = lower(e, 3, numberOf(one.level, two.level, threeSix.level, four.level, e + 1));
  const at36 = (level: number) => scores[numberOf(one.level, two.level, level, four.level, e)]!;
  // From 00 either 01 or 10 is next lower and the higher of the two counts; from 01 and 10 it is 11; from 11, 21.
  const lowerThreeSix =
    threeSix.level === 0
      ? Math.max(at36(1), at36(2))
      : threeSix.level === 1 || threeSix.level === 2
        ? at36(3)
        : threeSix.level === 3
          ? at36(5)
          : Number.NaN;

  let reductions = 0;
  let sum = 0;
  const reduce = (lowerScore: number, share: number) => {
    if (Number.isNaN(lowerScore)) return;
    reductions++;
    sum += (score - lowerScore) * share;
  };
  reduce(lowerOne, one.share);
  reduce(lowerTwo, two.share);
  reduce(lowerThreeSix, threeSix.share);
  reduce(lowerFour, four.share);
  // EQ5 has one metric, so every vector is its level's highest: it counts as a set but takes nothing away.
  reduce(lowerFive, 0);
  const value = reductions === 0 ? score : score - sum / reductions;
  // The reference implementation's rounding: the small addend undoes binary error at a half.
  return Math.round((Math.min(Math.max(value, 0), 10) + 1e-6) * 10) / 10;
}

type FifteenValues = [
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
];

/** Base metrics as they count: SC, SI and SA number from S (safety), which only a modified metric can have. */
function baseValues(values: number[]): number[] {
  const counted = values.slice(0, modifiedPlace);
  for (let place = subsequentPlace; place < threatPlace; place++) counted[place]! += 1;
  // Absent or X: E:A, CR:H, IR:H, AR:H, which are number 0 (section 8).
  for (let place = threatPlace; place < modifiedPlace; place++) counted[place] = Math.max(0, counted[place]! - 1);
  return counted;
}

/**
 * Scores 0.0-10.0: `base` (CVSS-B), `temporal` (CVSS-BT, with the threat metric) and `environmental` (CVSS-BTE,
 * everything given). Supplemental metrics never count.
 */
export function scoresOf(values: number[]): { base: number; temporal: number; environmental: number } {
  const counted = baseValues(values);
  const [, , , , , , , , , , , threat, cr, ir, ar] = counted as FifteenValues;
  counted.fill(0, threatPlace);
  const base = scoreOf(counted);
  counted[threatPlace] = threat;
  const temporal = threat === 0 ? base : scoreOf(counted);

  let isEnvironmental = cr + ir + ar > 0;
  for (let place = 0; place < threatPlace; place++) {
    const modified = values[place + modifiedPlace]!;
    if (modified <= 0) continue;
    isEnvironmental = true;
    // MSI and MSA have S as their first value; MSC, like SC, has not.
    counted[place] = place === subsequentPlace ? modified : modified - 1;
  }
  if (!isEnvironmental) return { base, temporal, environmental: temporal };
  counted[requirementPlace] = cr;
  counted[requirementPlace + 1] = ir;
  counted[requirementPlace + 2] = ar;
  return { base, temporal, environmental: scoreOf(counted) };
}
