/**
 * Time horizon (method b7): the length, in minutes of a human expert, of tasks that a model solves half the time. A weighted logistic
 * regression of success on log2 of the minutes (METR 2025; Lyptus 2026).
 */
import { quantileOf } from './bootstrap.ts';
import type { Interval } from './interval.ts';
import type { Random } from './random.ts';

export interface Run {
  readonly task: string;
  readonly family: string;
  /** Minutes that the task takes a human expert; above 0. */
  readonly minutes: number;
  /** 0 to 1. A part counts as a success of that weight and a failure of the rest. */
  readonly score: number;
  readonly weight: number;
}

export interface Fit {
  /** Log odds of success at one minute, and their change as the minutes double. */
  readonly intercept: number;
  readonly slope: number;
}

/** `invsqrt`: each task counts 1 / √(tasks in its family), shared between its runs. `equal`: each task counts the same. Sum 1. */
export type Weighting = 'equal' | 'invsqrt';

/** Weights for runs that bring none; in their order. */
export function weigh(runs: readonly Pick<Run, 'task' | 'family'>[], weighting: Weighting): Float64Array {
  const runsOf = new Map<string, number>();
  const tasksOf = new Map<string, Set<string>>();
  for (const { task, family } of runs) {
    runsOf.set(task, (runsOf.get(task) ?? 0) + 1);
    const tasks = tasksOf.get(family);
    if (tasks === undefined) tasksOf.set(family, new Set([task]));
    else tasks.add(task);
  }
  const weights = Float64Array.from(runs, ({ task, family }) => {
    const share = 1 / runsOf.get(task)!;
    return weighting === 'equal' ? share : share / Math.sqrt(tasksOf.get(family)!.size);
  });
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

/**
 * Fits intercept and slope. `penalty` is λ of (λ / 2) slope², as scikit-learn's 1 / C: with weights that sum to 1 even 0.1 shifts a
 * horizon by tens of percent; 1e-5 only keeps the slope finite. Where all runs agree, the intercept is infinite.
 */
export function fitRuns(runs: readonly Run[], penalty: number): Fit {
  const x = Float64Array.from(runs, ({ minutes }) => Math.log2(minutes));
  const weight = Float64Array.from(runs, (run) => run.weight);
  const success = Float64Array.from(runs, (run) => run.weight * run.score);
  return solve(x, weight, success, runs.length, penalty, flat);
}

const flat: Fit = { intercept: 0, slope: 0 };

/** Newton's method on the first `count` rows; a step that makes things worse is halved. */
function solve(
  x: Float64Array,
  weight: Float64Array,
  success: Float64Array,
  count: number,
  penalty: number,
  start: Fit,
): Fit {
  let total = 0;
  let successes = 0;
  for (let row = 0; row < count; row++) {
    total += weight[row]!;
    successes += success[row]!;
  }
  if (successes <= 0) return { intercept: Number.NEGATIVE_INFINITY, slope: 0 };
  if (successes >= total * (1 - 1e-12)) return { intercept: Number.POSITIVE_INFINITY, slope: 0 };
  let { intercept, slope } = start;
  let loss = lossAt(intercept, slope);
  for (let iteration = 0; iteration < 200; iteration++) {
    let g0 = 0;
    let g1 = penalty * slope;
    let h00 = 0;
    let h01 = 0;
    let h11 = penalty;
    for (let row = 0; row < count; row++) {
      const at = x[row]!;
      const p = 1 / (1 + Math.exp(-intercept - slope * at));
      const residual = weight[row]! * p - success[row]!;
      const curvature = weight[row]! * p * (1 - p);
      g0 += residual;
      g1 += residual * at;
      h00 += curvature;
      h01 += curvature * at;
      h11 += curvature * at * at;
    }
    const determinant = h00 * h11 - h01 * h01;
    if (!(determinant > 0)) break;
    const step0 = (h11 * g0 - h01 * g1) / determinant;
    const step1 = (h00 * g1 - h01 * g0) / determinant;
    let scale = 1;
    let next = lossAt(intercept - step0, slope - step1);
    while (!(next <= loss) && scale > 1e-10) {
      scale /= 2;
      next = lossAt(intercept - scale * step0, slope - scale * step1);
    }
    if (!(next <= loss)) break;
    intercept -= scale * step0;
    slope -= scale * step1;
    loss = next;
    if (Math.abs(scale * step0) + Math.abs(scale * step1) < 1e-10 * (1 + Math.abs(intercept))) break;
  }
  return { intercept, slope };

  function lossAt(b0: number, b1: number): number {
    let sum = (penalty / 2) * b1 * b1;
    for (let row = 0; row < count; row++) {
      const odds = b0 + b1 * x[row]!;
      // log(1 + e^odds), without overflow.
      const soft = odds > 0 ? odds + Math.log1p(Math.exp(-odds)) : Math.log1p(Math.exp(odds));
      sum += weight[row]! * soft - success[row]! * odds;
    }
    return sum;
  }
}

/**
 * Minutes at which the success rate is `share` (0.5 for P50). Where success does not fall with length there is no such length:
 * infinite if the model does better than that, else 0.
 */
export function minutesAt({ intercept, slope }: Fit, share: number): number {
  const odds = Math.log(share / (1 - share));
  if (slope < 0) return 2 ** ((odds - intercept) / slope);
  return intercept > odds ? Number.POSITIVE_INFINITY : 0;
}

/** The success rate at a length in minutes: the curve that a chart draws. */
export function successAt({ intercept, slope }: Fit, minutes: number): number {
  return 1 / (1 + Math.exp(-intercept - slope * Math.log2(minutes)));
}

/** Fits of resampled runs, draw by draw. */
export interface FitDraws {
  readonly intercepts: Float64Array;
  readonly slopes: Float64Array;
}

/**
 * Resamples families, within each its tasks, within each its runs, with the weights as they are, and fits each time. Resampling
 * tasks alone gives intervals that are far too narrow: tasks of a family resemble one another.
 */
export function bootstrapFits(runs: readonly Run[], penalty: number, draws: number, random: Random): FitDraws {
  const byFamily = new Map<string, Map<string, Run[]>>();
  for (const run of runs) {
    const tasks = byFamily.get(run.family) ?? new Map<string, Run[]>();
    const attempts = tasks.get(run.task) ?? [];
    byFamily.set(run.family, tasks.set(run.task, attempts));
    attempts.push(run);
  }
  const families = [...byFamily.values()].map((tasks) => [...tasks.values()]);
  const most = families.length * families.reduce((size, tasks) => Math.max(size, tasks.length), 0);
  const x = new Float64Array(most);
  const weight = new Float64Array(most);
  const success = new Float64Array(most);
  const start = fitRuns(runs, penalty);
  const from = Number.isFinite(start.intercept) ? start : flat;
  const intercepts = new Float64Array(draws);
  const slopes = new Float64Array(draws);
  for (let draw = 0; draw < draws; draw++) {
    let count = 0;
    for (let f = 0; f < families.length; f++) {
      const tasks = families[random.below(families.length)]!;
      for (let t = 0; t < tasks.length; t++) {
        const attempts = tasks[random.below(tasks.length)]!;
        x[count] = Math.log2(attempts[0]!.minutes);
        weight[count] = 0;
        success[count] = 0;
        for (let r = 0; r < attempts.length; r++) {
          const run = attempts[random.below(attempts.length)]!;
          weight[count]! += run.weight;
          success[count]! += run.weight * run.score;
        }
        count++;
      }
    }
    const drawn = solve(x, weight, success, count, penalty, from);
    intercepts[draw] = drawn.intercept;
    slopes[draw] = drawn.slope;
  }
  return { intercepts, slopes };
}

/** Minutes at a success share in each draw, sorted; open ends are infinite. */
export function drawnMinutes({ intercepts, slopes }: FitDraws, share: number): Float64Array {
  return Float64Array.from(intercepts, (intercept, draw) =>
    minutesAt({ intercept, slope: slopes[draw]! }, share),
  ).sort();
}

/** Percentile band of the success rate at a length in minutes. */
export function successBand({ intercepts, slopes }: FitDraws, minutes: number, confidence: number): Interval {
  const rates = Float64Array.from(intercepts, (intercept, draw) =>
    Number.isFinite(intercept) ? successAt({ intercept, slope: slopes[draw]! }, minutes) : intercept > 0 ? 1 : 0,
  ).sort();
  return { low: quantileOf(rates, (1 - confidence) / 2), high: quantileOf(rates, (1 + confidence) / 2) };
}

/** Share of sorted draws above a threshold: the posterior probability behind a decision about a horizon. */
export function shareAbove(sorted: Float64Array, threshold: number): number {
  return sorted.reduce((count, value) => count + (value > threshold ? 1 : 0), 0) / sorted.length;
}

export interface Trend {
  /** Change of ln(minutes) per day, and its value on 1970-01-01. */
  readonly slope: number;
  readonly intercept: number;
  readonly doublingDays: number;
  readonly rSquared: number;
}

/** Least squares of ln(horizon) on the day of release, days counted from 1970-01-01. */
export function trendOf(models: readonly { readonly day: number; readonly minutes: number }[]): Trend {
  const n = models.length;
  const meanDay = models.reduce((sum, { day }) => sum + day, 0) / n;
  const meanLog = models.reduce((sum, { minutes }) => sum + Math.log(minutes), 0) / n;
  let days = 0;
  let both = 0;
  let logs = 0;
  for (const { day, minutes } of models) {
    const [dx, dy] = [day - meanDay, Math.log(minutes) - meanLog];
    days += dx * dx;
    both += dx * dy;
    logs += dy * dy;
  }
  const slope = both / days;
  return {
    slope,
    intercept: meanLog - slope * meanDay,
    doublingDays: Math.LN2 / slope,
    rSquared: (both * both) / (days * logs),
  };
}
