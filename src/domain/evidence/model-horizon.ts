/** The time horizon of each model in a set of runs (method b7), as the command line prints it and as the page draws it. */
import type { Day } from '../instant.ts';
import { bareLog, type SampleSummary, attemptsOf as scoredAttempts } from './eval-log.ts';
import { percentileInterval } from './statistics/bootstrap.ts';
import {
  bootstrapFits,
  drawnMinutes,
  type Fit,
  type FitDraws,
  fitRuns,
  minutesAt,
  type Run,
  successAt,
  successBand,
  type Weighting,
  weigh,
} from './statistics/horizon.ts';
import { seeded } from './statistics/random.ts';

/** The weight columns of published runs; each is the weight of the run in a fit. */
export const weightColumns = ['invsqrt_task_weight', 'equal_task_weight'] as const;
export type WeightColumn = (typeof weightColumns)[number];

const weightings = { invsqrt_task_weight: 'invsqrt', equal_task_weight: 'equal' } as const satisfies Record<
  WeightColumn,
  Weighting
>;

/** One attempt of a model at a task of known length. */
export interface RunRow {
  readonly model: string;
  readonly task: string;
  readonly family: string;
  /** Minutes that the task takes a human expert; above 0. */
  readonly minutes: number;
  /** 0 to 1. */
  readonly score: number;
  readonly weights: { readonly [column in WeightColumn]?: number };
  /** When the model was released, where the source says so. */
  readonly released?: Day;
}

export interface HorizonChoices {
  readonly weights: WeightColumn;
  /** λ of (λ / 2) slope². */
  readonly lambda: number;
  /** Draws behind the 95% intervals; 0 leaves them out. */
  readonly bootstrap: number;
  readonly seed: number;
}

export const usualChoices: HorizonChoices = {
  weights: 'invsqrt_task_weight',
  lambda: 1e-5,
  bootstrap: 1000,
  seed: 42,
};

/** What a choice may be; draws and seed are whole numbers. */
export const choiceBounds = {
  lambda: { least: 0, most: 1e6 },
  bootstrap: { least: 0, most: 100_000 },
  seed: { least: 0, most: 2 ** 32 - 1 },
} as const;

/** One line of `assay horizon --format json`. An open end is null: the draws name no longest task. */
export interface ModelHorizon {
  model: string;
  p50Minutes: number | null;
  p80Minutes: number | null;
  low: number | null;
  high: number | null;
  p80Low: number | null;
  p80High: number | null;
  slope: number;
  intercept: number | null;
  runs: number;
  tasks: number;
  families: number;
  /** A horizon above the longest task is extrapolated from shorter ones. */
  shortestMinutes: number;
  longestMinutes: number;
  /** The column of weights, and whether it was worked out. */
  weights: string;
  lambda: number;
  bootstrap: number;
  seed: number;
  released?: Day;
}

export interface FittedModel {
  readonly horizon: ModelHorizon;
  readonly runs: readonly Run[];
  readonly fit: Fit;
  readonly draws: FitDraws | undefined;
}

/** Fits one model's rows; there is at least one. Weights are the file's where every row has them, else worked out. */
export function horizonOf(model: string, rows: readonly RunRow[], choices: HorizonChoices): FittedModel {
  const { lambda, seed, bootstrap, weights: column } = choices;
  const isGiven = rows.every(({ weights }) => weights[column] !== undefined);
  const computed = isGiven ? undefined : weigh(rows, weightings[column]);
  const runs = rows.map(
    ({ task, family, minutes, score, weights }, index): Run => ({
      task,
      family,
      minutes,
      score,
      weight: computed?.[index] ?? weights[column]!,
    }),
  );
  const fit = fitRuns(runs, lambda);
  const draws = bootstrap === 0 ? undefined : bootstrapFits(runs, lambda, bootstrap, seeded(seed));
  const intervalOf = (share: number) => {
    const interval = draws && percentileInterval(drawnMinutes(draws, share), 0.95);
    return { low: finite(interval?.low), high: finite(interval?.high) };
  };
  const [half, most] = [intervalOf(0.5), intervalOf(0.8)];
  const released = rows.find((row) => row.released !== undefined)?.released;
  const horizon: ModelHorizon = {
    model,
    p50Minutes: finite(minutesAt(fit, 0.5)),
    p80Minutes: finite(minutesAt(fit, 0.8)),
    low: half.low,
    high: half.high,
    p80Low: most.low,
    p80High: most.high,
    slope: fit.slope,
    intercept: finite(fit.intercept),
    runs: runs.length,
    tasks: new Set(runs.map(({ task }) => task)).size,
    families: new Set(runs.map(({ family }) => family)).size,
    shortestMinutes: runs.reduce((least, { minutes }) => Math.min(least, minutes), Number.POSITIVE_INFINITY),
    longestMinutes: runs.reduce((longest, { minutes }) => Math.max(longest, minutes), 0),
    weights: isGiven ? column : `${column}, worked out`,
    lambda,
    bootstrap,
    seed,
    ...(released !== undefined && { released }),
  };
  return { horizon, runs, fit, draws };
}

/** JSON has no infinity: an end that is open is null. */
const finite = (value: number | undefined) => (value !== undefined && Number.isFinite(value) ? value : null);

/** Lengths in minutes. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The lengths that a picture of these models shows: all tasks, and horizons up to sixteen times beyond them. */
export function spanOf(horizons: readonly ModelHorizon[]): Span {
  const shortest = Math.min(...horizons.map((one) => one.shortestMinutes));
  const longest = Math.max(...horizons.map((one) => one.longestMinutes));
  const found = horizons.flatMap(({ p50Minutes }) => (p50Minutes === null || p50Minutes === 0 ? [] : [p50Minutes]));
  return {
    from: Math.max(shortest / 16, Math.min(shortest / 1.5, ...found.map((one) => one / 1.5))),
    to: Math.min(longest * 16, Math.max(longest * 2, ...found.map((one) => one * 2))),
  };
}

export interface CurvePoint {
  readonly minutes: number;
  readonly share: number;
  /** 95% band; absent without draws. */
  readonly low?: number;
  readonly high?: number;
}

/** The fitted success rate at lengths evenly apart on a logarithmic axis, with its band. */
export function curveOf({ fit, draws }: Pick<FittedModel, 'fit' | 'draws'>, { from, to }: Span): CurvePoint[] {
  const points = 64;
  return Array.from({ length: points }, (_, index) => {
    const minutes = from * (to / from) ** (index / (points - 1));
    return { minutes, share: successAt(fit, minutes), ...(draws && successBand(draws, minutes, 0.95)) };
  });
}

/** Runs at tasks of like length: from `from` to below `to` minutes. */
export interface Bin extends Span {
  /** Weighted mean of their length, on a logarithmic scale, and of their success. */
  readonly minutes: number;
  readonly share: number;
  readonly runs: number;
  readonly tasks: number;
}

/** Runs by length, each bin four times as long as the one before; weighted as in the fit. */
export function binsOf(runs: readonly Run[]): Bin[] {
  const bins = new Map<number, { weight: number; length: number; success: number; runs: number; tasks: Set<string> }>();
  for (const { minutes, weight, score, task } of runs) {
    const place = Math.floor(Math.log2(minutes) / 2);
    const bin = bins.get(place) ?? { weight: 0, length: 0, success: 0, runs: 0, tasks: new Set() };
    bin.weight += weight;
    bin.length += weight * Math.log2(minutes);
    bin.success += weight * score;
    bin.runs++;
    bin.tasks.add(task);
    bins.set(place, bin);
  }
  return [...bins.entries()]
    .filter(([, { weight }]) => weight > 0)
    .sort(([left], [right]) => left - right)
    .map(([place, { weight, length, success, runs, tasks }]) => ({
      from: 4 ** place,
      to: 4 ** (place + 1),
      minutes: 2 ** (length / weight),
      share: success / weight,
      runs,
      tasks: tasks.size,
    }));
}

/** A kept evaluation log, as far as horizons need it. */
export interface KeptLog {
  readonly task: string;
  readonly model: string;
  readonly samples: readonly SampleSummary[];
}

export interface SampleRows {
  readonly rows: readonly RunRow[];
  /** Samples that were left out. Unscored is not zero. */
  readonly leftOut: { readonly withoutMinutes: number; readonly unscored: number; readonly outsideRange: number };
}

/**
 * Runs from the samples of a log whose metadata says `human_minutes` and, where tasks resemble one another, `family`. A sample that
 * another model helped to answer counts for the two together.
 */
export function rowsOfSamples({ task, model, samples }: KeptLog, scorer: string): SampleRows {
  const rows: RunRow[] = [];
  const leftOut = { withoutMinutes: 0, unscored: 0, outsideRange: 0 };
  const attempts = scoredAttempts(bareLog({ format: 'inspect-eval', task, model }), samples, scorer);
  for (const [index, attempt] of attempts.entries()) {
    const { metadata } = samples[index]!;
    const minutes = metadata['human_minutes'];
    if (typeof minutes !== 'number' || !(minutes > 0 && minutes < 1e9)) leftOut.withoutMinutes++;
    else if (attempt.score === null) leftOut.unscored++;
    else if (!(attempt.score >= 0 && attempt.score <= 1)) leftOut.outsideRange++;
    else {
      const name = `${task}/${attempt.item}`;
      const family = metadata['family'] ?? metadata['task_family'];
      rows.push({
        model: attempt.model ?? model,
        task: name,
        family: typeof family === 'string' && family !== '' ? family : name,
        minutes,
        score: attempt.score,
        weights: {},
      });
    }
  }
  return { rows, leftOut };
}
