/** How success grows with the tokens an attempt may use (method b12). */
import type { Attempt } from './statistics/attempt.ts';
import { generalized, meanOf } from './statistics/standard-error.ts';

export interface BudgetPoint {
  /** Tokens one attempt may use. */
  readonly tokens: number;
  /** Mean over items of what was scored within that budget. */
  readonly success: number;
  readonly standardError: number;
}

export interface BudgetCurve {
  readonly points: readonly BudgetPoint[];
  /** What the last doubling of the budget added, with its standard error over the items. */
  readonly lastDoubling: { readonly gain: number; readonly standardError: number };
  /** The last doubling added less than its own standard error, or nothing. */
  readonly isFlat: boolean;
}

/** Budgets at which the curve is drawn, in tokens, up to the budget of the run. */
const grid = [0.1, 0.3, 1, 3, 10, 30, 100].map((millions) => millions * 1e6);

/**
 * The curve from attempts that ran under one budget: a success counts at every budget that covers its tokens. Undefined where an
 * attempt does not say its tokens. `budgetTokens` is the registered budget; without one it is the most that any attempt used.
 */
export function curveOf(attempts: readonly Attempt[], budgetTokens: number | null): BudgetCurve | undefined {
  const scored = attempts.filter(({ score }) => score !== null);
  if (scored.length === 0 || scored.some(({ tokens }) => tokens === undefined)) return undefined;
  const most = budgetTokens ?? scored.reduce((highest, { tokens }) => Math.max(highest, tokens!), 0);
  if (most <= 0) return undefined;
  const full = successes(scored, most);
  const half = successes(scored, most / 2);
  const gains = full.map((value, index) => value - half[index]!);
  const lastDoubling = { gain: meanOf(gains), standardError: generalized(gains) };
  const points = [...grid.filter((tokens) => tokens < most), most].map((tokens) => {
    const values = successes(scored, tokens);
    return { tokens, success: meanOf(values), standardError: generalized(values) };
  });
  // One success more is a gain of exactly its standard error: rounding may not decide that.
  const isFlat = lastDoubling.gain === 0 || lastDoubling.gain < lastDoubling.standardError * (1 - 1e-9);
  return { points, lastDoubling, isFlat };
}

/** Mean score of each item, attempts beyond the budget counted as failures. */
function successes(attempts: readonly Attempt[], budget: number): number[] {
  const items = new Map<string, { sum: number; count: number }>();
  for (const { item, score, tokens } of attempts) {
    const entry = items.get(item) ?? { sum: 0, count: 0 };
    if (tokens! <= budget) entry.sum += score!;
    entry.count++;
    items.set(item, entry);
  }
  return [...items.values()].map(({ sum, count }) => sum / count);
}

/** Where the minutes that a task takes a person come from, best first. */
export const minuteSources = ['baseline', 'estimate', 'first_blood', 'model_estimate'] as const;
export type MinuteSource = (typeof minuteSources)[number];

/** Share of the tasks by source of their human minutes; the first is the human-baseline share. Takes one source per task. */
export function sourceShares(sources: readonly MinuteSource[]): Record<MinuteSource, number> {
  const share = (wanted: MinuteSource) =>
    sources.length === 0 ? 0 : sources.filter((source) => source === wanted).length / sources.length;
  return {
    baseline: share('baseline'),
    estimate: share('estimate'),
    first_blood: share('first_blood'),
    model_estimate: share('model_estimate'),
  };
}
