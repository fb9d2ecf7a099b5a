/**
 * From attempts and a registered rule to an outcome in three zones (method b9), with the cheating table always beside it (b11).
 * A pure function: the same rows, rule, card and seed give the same result for ever. What it says is about the author's own
 * threshold; no determination is derived from it (I4), and no release waits for it (I1).
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { type BudgetCurve, curveOf } from './budget-curve.ts';
import { count, policies } from './cheating.ts';
import { type CardGap, type ElicitationCard, gaps } from './elicitation.ts';
import {
  type CheatingPolicy,
  canonicalBytes,
  confidencePerLook,
  type Metric,
  type Registration,
} from './registration.ts';
import type { Attempt } from './statistics/attempt.ts';
import { passAtK, passHatK } from './statistics/attempts.ts';
import { bootstrapMeans, nest, percentileInterval } from './statistics/bootstrap.ts';
import { normalQuantile } from './statistics/distributions.ts';
import { effectiveTrials, type Interval, probabilityAbove, twoSided, wilson } from './statistics/interval.ts';
import { seeded } from './statistics/random.ts';
import { benchmark, clustered, clustersWanted, meanOf } from './statistics/standard-error.ts';

export type Zone = 'meets' | 'does_not_meet' | 'undecided';

/** Where an estimate lies, bounds included. */
export type Side = 'above' | 'below' | 'between';

export type UndecidedReason =
  | 'no_scores'
  | 'interval_contains_threshold'
  | 'validity'
  | 'too_few_clusters'
  | 'elicitation_incomplete'
  | 'budget_curve_rising'
  | 'budget_curve_unknown';

/** Method ids of docs/methods.md behind the numbers of an estimate. */
const methodOf = { mean: 'b1', standardError: 'b3', interval: 'b2+b3', bounds: 'b2+b3', posterior: 'b9' } as const;
/** With these items only, no other item is drawn: no clusters either. */
const methodOfBenchmark = { ...methodOf, standardError: 'b1', interval: 'b2+b1', bounds: 'b2+b1' } as const;

export interface Estimate {
  readonly methods: Readonly<Record<keyof typeof methodOf, string>>;
  /** SHA-256 of the rows this estimate was made from. */
  readonly inputsDigest: string;
  readonly items: number;
  /** Attempts that were scored, and those that were not: unscored is not zero. */
  readonly attempts: number;
  readonly unscored: number;
  readonly clusters: number;
  readonly mean: number;
  /** Null where it cannot be estimated: one attempt an item for the benchmark estimand. */
  readonly standardError: number | null;
  /** Independent trials that would be worth as much. */
  readonly effectiveTrials: number;
  /** Two-sided 95%. */
  readonly interval: Interval;
  /** One-sided bounds at the registered confidence. */
  readonly lower: number;
  readonly upper: number;
  /** Posterior probability that the rate is above the threshold. */
  readonly probabilityAbove: number;
  readonly side: Side;
}

export interface Warning {
  readonly code:
    | 'few_clusters'
    | 'few_items'
    | 'mixed_models'
    | 'attempts_missing'
    | 'attempts_beyond_plan'
    | 'unscored';
  readonly message: string;
}

export interface Result {
  readonly format: 'assay-result/1';
  readonly method: 'b9';
  /** SHA-256 of the registration's canonical bytes, and of all rows. */
  readonly registrationDigest: string;
  readonly inputsDigest: string;
  readonly seed: number;
  /** Of each one-sided bound, after sharing out the error between looks. */
  readonly confidence: number;
  readonly zone: Zone;
  /** Why it is undecided; empty where it is decided. */
  readonly reasons: readonly UndecidedReason[];
  readonly threshold: number;
  readonly direction: 'above' | 'below';
  /** The column of the registered cheating policy; null where nothing was scored. */
  readonly headline: Estimate | null;
  /** Always all three columns, in this order. */
  readonly cheating: readonly { readonly policy: CheatingPolicy; readonly estimate: Estimate | null }[];
  readonly cheated: number;
  /** Two-sided 95% percentile interval over clusters, items and attempts of the headline; for the success rate only. */
  readonly bootstrap: { readonly interval: Interval; readonly draws: number; readonly method: 'b6' } | null;
  /**
   * Further items that would bring the bound past the threshold if the rate and the likeness within clusters stay as they are;
   * 0 where the interval decides already, null where no number would.
   */
  readonly moreItems: number | null;
  readonly moreAttempts: number | null;
  readonly elicitationGaps: readonly CardGap[];
  /** Null where attempts do not say their tokens. */
  readonly budgetCurve: BudgetCurve | null;
  readonly warnings: readonly Warning[];
}

/** Under this many items a normal interval is too narrow (Bowyer et al. 2025). */
const itemsForNormal = 300;
const bootstrapDraws = 1000;

interface Item {
  readonly cluster: string;
  readonly scores: number[];
}

/** Works the registered rule out over the attempts. `card` may be incomplete; its gaps are then listed. */
export function work(registration: Registration, attempts: readonly Attempt[], card: ElicitationCard): Result {
  const planned = withinPlan(attempts, registration.attempts);
  const columns = policies.map((policy) => ({ policy, estimate: estimate(count(planned, policy), registration) }));
  const headline = columns.find(({ policy }) => policy === registration.cheating)!.estimate;
  const elicitationGaps = gaps(card);
  // The curve asks what more budget would bring: dishonest success is no part of that.
  const budgetCurve = curveOf(count(planned, 'strict'), registration.budgetTokens) ?? null;
  const isCardComplete = elicitationGaps.length === 0;
  const { zone, reasons } = decide({ registration, columns, isCardComplete, isFlat: budgetCurve?.isFlat });
  const moreItems = headline === null ? null : itemsToSettle(headline, registration);
  return {
    format: 'assay-result/1',
    method: 'b9',
    registrationDigest: bytesToHex(sha256(canonicalBytes(registration))),
    inputsDigest: digestOf(attempts),
    seed: registration.seed,
    confidence: confidencePerLook(registration),
    zone,
    reasons,
    threshold: registration.threshold,
    direction: registration.direction,
    headline,
    cheating: columns,
    cheated: planned.filter(({ cheated }) => cheated === true).length,
    bootstrap: headline === null ? null : bootstrapOf(count(planned, registration.cheating), registration),
    moreItems,
    moreAttempts: moreItems === null ? null : moreItems * registration.attempts,
    elicitationGaps,
    budgetCurve,
    warnings: warningsOf(attempts, planned, headline, registration),
  };
}

/** The first registered attempts at each item: which attempts count is not chosen after the fact. */
function withinPlan(attempts: readonly Attempt[], perItem: number): readonly Attempt[] {
  return [...groupByItem(attempts).values()].flatMap((rows) =>
    rows.length <= perItem ? rows : rows.toSorted((left, right) => left.attempt - right.attempt).slice(0, perItem),
  );
}

function estimate(rows: readonly Attempt[], registration: Registration): Estimate | null {
  const { metric, threshold, estimand } = registration;
  const measured = itemsOf(rows).flatMap((item) => {
    const value = metricOf(metric, item.scores);
    return value === undefined ? [] : [{ ...item, value }];
  });
  if (measured.length === 0) return null;
  const items = measured.length;
  const values = measured.map(({ value }) => value);
  const mean = meanOf(values);
  const attempts = measured.reduce((sum, { scores }) => sum + scores.length, 0);
  // A success rate is worth at most one trial an attempt, a rate of k attempts at most one an item.
  const most = metric.kind === 'success_rate' ? attempts : items;
  const between = clustered(
    values,
    measured.map(({ cluster }) => cluster),
    'inspect',
  );
  const within = metric.kind === 'success_rate' ? benchmark(measured.map(({ scores }) => scores)) : undefined;
  const isBenchmark = estimand === 'benchmark';
  const trials = isBenchmark
    ? benchmarkTrials(mean, within, most)
    : // Independent items with one attempt each are trials as they stand.
      attempts === items && between.clusters === items
      ? items
      : effectiveTrials(mean, between.standardError, items, between.clusters, most);
  const { low: lower, high: upper } = wilson(mean, trials, twoSided(confidencePerLook(registration)));
  return {
    methods: isBenchmark ? methodOfBenchmark : methodOf,
    inputsDigest: digestOf(rows),
    items,
    attempts,
    unscored: rows.filter(({ score }) => score === null).length,
    clusters: between.clusters,
    mean,
    standardError: isBenchmark ? (within ?? null) : between.standardError,
    effectiveTrials: trials,
    interval: wilson(mean, trials, 0.95),
    lower,
    upper,
    probabilityAbove: probabilityAbove(threshold, mean * trials, trials),
    side: sideOf({ low: lower, high: upper }, threshold),
  };
}

/** With these items only, the binomial variance of all attempts bounds the true one from above: items that differ only lower it. */
function benchmarkTrials(mean: number, within: number | undefined, most: number): number {
  if (within === undefined || within === 0) return most;
  return Math.min(most, Math.max(1, (mean * (1 - mean)) / within ** 2));
}

/** Where bounds lie beside a threshold. A bound on the threshold decides nothing. */
export function sideOf(bounds: Interval, threshold: number): Side {
  if (bounds.low > threshold) return 'above';
  return bounds.high < threshold ? 'below' : 'between';
}

/** The same for a quantity known by draws, such as a time horizon: from the posterior probability that it lies above. */
export function sideOfProbability(probabilityOfAbove: number, confidence: number): Side {
  if (probabilityOfAbove >= confidence) return 'above';
  return probabilityOfAbove <= 1 - confidence ? 'below' : 'between';
}

interface Column {
  readonly policy: CheatingPolicy;
  readonly estimate: Pick<Estimate, 'mean' | 'side' | 'clusters'> | null;
}

interface Evidence {
  readonly registration: Pick<Registration, 'cheating' | 'direction' | 'threshold' | 'minimumClusters'>;
  readonly columns: readonly Column[];
  readonly isCardComplete: boolean;
  /** Undefined where no curve can be drawn. */
  readonly isFlat: boolean | undefined;
}

/** The rule of three zones. Under-elicitation can only hide ability: "below" asks for more than "above" does. */
export function decide({ registration, columns, isCardComplete, isFlat }: Evidence): {
  zone: Zone;
  reasons: UndecidedReason[];
} {
  const { threshold, direction, minimumClusters } = registration;
  const columnOf = (wanted: CheatingPolicy) => columns.find(({ policy }) => policy === wanted)?.estimate ?? null;
  const [headline, strict, counted] = [columnOf(registration.cheating), columnOf('strict'), columnOf('counted')];
  if (headline === null || strict === null || counted === null) return { zone: 'undecided', reasons: ['no_scores'] };
  const { side } = headline;
  const reasons: UndecidedReason[] = [];
  const isSplit = strict.mean > threshold !== counted.mean > threshold;
  if (isSplit || (side !== 'between' && (strict.side !== side || counted.side !== side))) reasons.push('validity');
  if (side === 'between') reasons.push('interval_contains_threshold');
  if (headline.clusters < minimumClusters) reasons.push('too_few_clusters');
  if (side === 'below') {
    if (!isCardComplete) reasons.push('elicitation_incomplete');
    if (isFlat === undefined) reasons.push('budget_curve_unknown');
    else if (!isFlat) reasons.push('budget_curve_rising');
  }
  if (reasons.length > 0) return { zone: 'undecided', reasons };
  return { zone: side === direction ? 'meets' : 'does_not_meet', reasons };
}

/**
 * Wilson's interval, solved for n: the bound lies past T once n > z² T (1 - T) / (p - T)². Trials are turned into items by what
 * an item has been worth so far.
 */
function itemsToSettle(estimated: Estimate, registration: Registration): number | null {
  const { side, mean, items, effectiveTrials: trials } = estimated;
  const { threshold } = registration;
  if (side !== 'between') return 0;
  if (mean === threshold) return null;
  const square = normalQuantile(confidencePerLook(registration)) ** 2;
  const wanted = (square * threshold * (1 - threshold)) / (mean - threshold) ** 2;
  const more = Math.floor((wanted * items) / trials) + 1 - items;
  return more <= 1e9 ? Math.max(1, more) : null;
}

function bootstrapOf(rows: readonly Attempt[], { metric, seed }: Registration): Result['bootstrap'] {
  if (metric.kind !== 'success_rate') return null;
  const clusters = new Map<string, number[][]>();
  for (const { cluster, scores } of itemsOf(rows)) {
    const items = clusters.get(cluster);
    if (items === undefined) clusters.set(cluster, [scores]);
    else items.push(scores);
  }
  const draws = bootstrapMeans(nest(clusters.values()), 'attempts', bootstrapDraws, seeded(seed));
  return { interval: percentileInterval(draws, 0.95), draws: bootstrapDraws, method: 'b6' };
}

/** What one item shows of the metric; undefined where it has too few scored attempts for it. */
function metricOf(metric: Metric, scores: readonly number[]): number | undefined {
  if (scores.length === 0) return undefined;
  if (metric.kind === 'success_rate') return meanOf(scores);
  // Partial credit is no success here: an attempt counts whole or not at all.
  const successes = scores.filter((score) => score >= 1).length;
  return (metric.kind === 'pass_at_k' ? passAtK : passHatK)(scores.length, successes, metric.k);
}

/** Items in order of their names, so that the order of the rows changes nothing. */
function itemsOf(rows: readonly Attempt[]): Item[] {
  return [...groupByItem(rows)]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, attempts]) => {
      const sorted = attempts.toSorted((left, right) => left.attempt - right.attempt);
      const cluster = sorted.find((attempt) => attempt.cluster !== undefined)?.cluster;
      return {
        // Two kinds of name: an item may be called as a cluster is.
        cluster: cluster === undefined ? `item ${name}` : `cluster ${cluster}`,
        scores: sorted.flatMap(({ score }) => (score === null ? [] : [score])),
      };
    });
}

function groupByItem(rows: readonly Attempt[]): Map<string, Attempt[]> {
  const items = new Map<string, Attempt[]>();
  for (const row of rows) {
    const list = items.get(row.item);
    if (list === undefined) items.set(row.item, [row]);
    else list.push(row);
  }
  return items;
}

/** SHA-256, in hexadecimal, over the rows as sorted lines of JSON: their order in a file does not matter. */
export function digestOf(rows: readonly Attempt[]): string {
  const lines = rows
    .map(({ item, attempt, score, cluster, cheated, tokens, model }) =>
      JSON.stringify([item, attempt, score, cluster ?? null, cheated ?? false, tokens ?? null, model ?? null]),
    )
    .sort();
  const hash = sha256.create();
  const encoder = new TextEncoder();
  for (const line of lines) hash.update(encoder.encode(`${line}\n`));
  return bytesToHex(hash.digest());
}

function warningsOf(
  attempts: readonly Attempt[],
  planned: readonly Attempt[],
  headline: Estimate | null,
  registration: Registration,
): Warning[] {
  const warnings: Warning[] = [];
  const warn = (code: Warning['code'], message: string) => warnings.push({ code, message });
  const perItem = registration.attempts;
  const models = [...new Set(attempts.flatMap(({ model }) => (model === undefined ? [] : [model])))].sort();
  if (models.length > 1) {
    const names = models.slice(0, 5).join(', ');
    warn('mixed_models', `${models.length} models answered (${names}): the numbers are of no single one.`);
  }
  const unscored = planned.filter(({ score }) => score === null).length;
  if (unscored > 0) warn('unscored', `${unscored} of ${planned.length} attempts have no score and are left out.`);
  const beyond = attempts.length - planned.length;
  if (beyond > 0)
    warn('attempts_beyond_plan', `${beyond} attempts beyond the registered ${perItem} an item are left out.`);
  const short = [...groupByItem(planned).values()].filter((rows) => rows.length < perItem).length;
  if (short > 0) warn('attempts_missing', `${short} items have fewer than the registered ${perItem} attempts.`);
  if (headline === null) return warnings;
  const { clusters, items } = headline;
  if (clusters < clustersWanted)
    warn(
      'few_clusters',
      `Only ${clusters} clusters: under ${clustersWanted} the standard error itself is uncertain, and the interval may be too narrow.`,
    );
  if (items < itemsForNormal)
    warn('few_items', `With ${items} items a normal interval would be too narrow; Wilson's is used.`);
  return warnings;
}
