/**
 * Logistic regression on named steps: each fact of a pair takes one of its steps, each step has a weight. Newton's method with a ridge
 * towards a prior. What would read as nonsense cannot come out: a weight of the wrong sign is held at nothing, and the levels of a
 * likeness only rise (or only fall).
 */
import { type Fact, type Facts, facts, steps } from '../../src/domain/intake/duplicate/facts.ts';

export interface Row {
  facts: Facts;
  isSame: boolean;
  /** Pairs of one fold are trained on or judged together. */
  fold: number;
}

export interface Table {
  bias: number;
  facts: Record<Fact, Record<string, number>>;
}

interface Parameter {
  fact: Fact;
  /** Steps to which the parameter adds. */
  steps: string[];
  prior: number;
  ridge: number;
  /** 1: not below nothing; -1: not above; 0: either. */
  sign: -1 | 0 | 1;
}

/** Sign and prior (log-odds) of steps; a step that is not here may take either sign, from nothing. `unknown` always weighs nothing. */
const beliefs: Partial<Record<Fact, Record<string, [sign: -1 | 0 | 1, prior?: number, ridge?: number]>>> = {
  package: { same: [1], core: [1], part: [1], other: [-1] },
  fixed: { all: [1], some: [1], told: [1], none: [-1] },
  affected: { equal: [1], nested: [0], overlapping: [0], apart: [-1] },
  // Advisories seldom name places, stacks or, once addresses are hidden, references: what we expect of them stands until data says otherwise.
  path: { shared: [1, 3, 20], other: [-1, -0.7, 20] },
  symbol: { shared: [1, 4.5, 20], told: [1, 2, 20], other: [-1, -1, 20] },
  stack: { same: [1, 6, 20], shared: [1, 1.5, 20], other: [-1, -1, 20] },
  reference: { shared: [1, 4, 20], other: [0, 0, 1000] },
  weakness: { shared: [1, 0.6, 8], related: [1, 0.3, 8], other: [-1, -0.5, 8] },
  vector: { same: [1], close: [0], other: [-1] },
  time: { days: [1], weeks: [1], months: [0], years: [-1] },
  marks: { all: [1], most: [0], some: [0], none: [-1] },
  numbers: { all: [1], some: [0], none: [-1] },
};

const parameters: Parameter[] = facts.flatMap((fact): Parameter[] => {
  const own: readonly string[] = steps[fact];
  if (own[0] === 's0') {
    const sign = fact === 'apart' ? -1 : 1;
    return own.slice(1).map((_, index) => ({ fact, steps: own.slice(index + 1), prior: 0, ridge: 1, sign }));
  }
  return own
    .filter((step) => step !== 'unknown')
    .map((step) => {
      const [sign = 0, prior = 0, ridge = 1] = beliefs[fact]?.[step] ?? [];
      return { fact, steps: [step], prior, ridge, sign };
    });
});
const columnsOf = new Map<string, number[]>();
for (const fact of facts) {
  for (const step of steps[fact]) {
    columnsOf.set(
      `${fact} ${step}`,
      parameters.flatMap((one, index) => (one.fact === fact && one.steps.includes(step) ? [index] : [])),
    );
  }
}

/** `isOneSource`: pairs of one authority, which seldom tells of one flaw in one package twice: there the same package may speak against. */
export function regress(rows: readonly Row[], isOneSource = false): Table {
  const distinct = new Map<string, { columns: number[]; same: number; total: number }>();
  for (const { facts: own, isSame } of rows) {
    const columns = facts.flatMap((fact) => columnsOf.get(`${fact} ${own[fact]}`)!);
    const key = columns.join();
    const held = distinct.get(key) ?? { columns: [...columns, parameters.length], same: 0, total: 0 };
    held.total++;
    if (isSame) held.same++;
    distinct.set(key, held);
  }
  const samples = [...distinct.values()];
  const pinned = new Set<number>();
  for (;;) {
    const weights = newton(samples, pinned);
    const wrong = parameters.flatMap(({ sign, fact }, index) =>
      (isOneSource && fact === 'package' ? 0 : sign) * weights[index]! < 0 ? [index] : [],
    );
    if (wrong.length === 0) return tableOf(weights, rows);
    for (const index of wrong) pinned.add(index);
  }
}

function newton(
  samples: readonly { columns: number[]; same: number; total: number }[],
  pinned: ReadonlySet<number>,
): Float64Array {
  const size = parameters.length + 1;
  const weights = Float64Array.from({ length: size }, (_, index) =>
    pinned.has(index) ? 0 : (parameters[index]?.prior ?? 0),
  );
  for (let round = 0; round < 40; round++) {
    const gradient = new Float64Array(size);
    const hessian = Array.from({ length: size }, () => new Float64Array(size));
    for (const { columns, same, total } of samples) {
      let odds = 0;
      for (const column of columns) odds += weights[column]!;
      const p = 1 / (1 + Math.exp(-odds));
      const slack = same - total * p;
      const curve = total * p * (1 - p);
      for (const one of columns) {
        gradient[one]! += slack;
        const line = hessian[one]!;
        for (const other of columns) line[other]! += curve;
      }
    }
    for (const [index, { prior, ridge }] of parameters.entries()) {
      gradient[index]! -= ridge * (weights[index]! - prior);
      hessian[index]![index]! += ridge;
    }
    for (const index of pinned) {
      gradient[index] = 0;
      for (let other = 0; other < size; other++) {
        hessian[index]![other] = 0;
        hessian[other]![index] = 0;
      }
      hessian[index]![index] = 1;
    }
    hessian[size - 1]![size - 1]! += 1e-6;
    const step = solve(hessian, gradient);
    let largest = 0;
    for (let index = 0; index < size; index++) {
      weights[index]! += step[index]!;
      largest = Math.max(largest, Math.abs(step[index]!));
    }
    if (largest < 1e-7) break;
  }
  return weights;
}

/** Levels are counted from their mean over all pairs, so that a reason says what is more, or less, than usual. */
function tableOf(weights: Float64Array, rows: readonly Row[]): Table {
  let bias = weights[parameters.length]!;
  const table = {} as Table['facts'];
  for (const fact of facts) {
    const own: Record<string, number> = {};
    for (const step of steps[fact])
      own[step] = columnsOf.get(`${fact} ${step}`)!.reduce((sum, column) => sum + weights[column]!, 0);
    if (steps[fact][0] === 's0') {
      const mean = rows.reduce((sum, row) => sum + own[row.facts[fact]]!, 0) / rows.length;
      bias += mean;
      for (const step of steps[fact]) own[step]! -= mean;
    }
    for (const step of steps[fact]) own[step] = Math.round(own[step]! * 1000) / 1000;
    table[fact] = own;
  }
  return { bias: Math.round(bias * 1000) / 1000, facts: table };
}

/** Gauss elimination of a symmetric positive definite system. */
export function solve(matrix: Float64Array[], right: Float64Array): Float64Array {
  const size = right.length;
  const a = matrix.map((line, index) => Float64Array.of(...line, right[index]!));
  for (let pivot = 0; pivot < size; pivot++) {
    for (let row = pivot + 1; row < size; row++) {
      const factor = a[row]![pivot]! / a[pivot]![pivot]!;
      if (factor === 0) continue;
      for (let column = pivot; column <= size; column++) a[row]![column]! -= factor * a[pivot]![column]!;
    }
  }
  const answer = new Float64Array(size);
  for (let row = size - 1; row >= 0; row--) {
    let sum = a[row]![size]!;
    for (let column = row + 1; column < size; column++) sum -= a[row]![column]! * answer[column]!;
    answer[row] = sum / a[row]![row]!;
  }
  return answer;
}

export function oddsOf(table: Table, own: Facts): number {
  let odds = table.bias;
  for (const fact of facts) odds += table.facts[fact][own[fact]]!;
  return odds;
}
