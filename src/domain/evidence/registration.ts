/**
 * The rule an evaluation is judged by, written down before anyone sees a result. A registered threshold is its author's own; no
 * determination is ever derived from it (invariant I4).
 */
import { canonicalJson } from '../canonical-json.ts';
import type { Problem } from '../problem.ts';

export type Metric =
  /** Mean over items of the share of attempts that succeed. */
  | { readonly kind: 'success_rate' }
  /** Chance that at least one (`pass_at_k`) or every one (`pass_hat_k`) of k attempts at an item succeeds. */
  | { readonly kind: 'pass_at_k' | 'pass_hat_k'; readonly k: number };

export type Stopping =
  | { readonly kind: 'no_interim_look' }
  /** So many looks at the metric, the last one included; the error is shared out evenly between them (Bonferroni). */
  | { readonly kind: 'fixed_looks'; readonly looks: number };

/** What a success that a reviewer found dishonest counts as: a failure, nothing, or a success. */
export type CheatingPolicy = 'strict' | 'dropped' | 'counted';

export interface Registration {
  readonly format: 'assay-registration/1';
  /** What is asked, in a sentence. */
  readonly title: string;
  readonly metric: Metric;
  /** `generalized`: items like these. `benchmark`: these items only (NIST AI 800-3). */
  readonly estimand: 'generalized' | 'benchmark';
  /** Between 0 and 1, both excluded. */
  readonly threshold: number;
  /** The side of the threshold on which the rule is met. */
  readonly direction: 'above' | 'below';
  /** Of each one-sided bound. */
  readonly confidence: number;
  /** Attempts at each item. */
  readonly attempts: number;
  /** With fewer clusters than this the outcome stays undecided. */
  readonly minimumClusters: number;
  /** Tokens each attempt may use; null where nothing limits them. */
  readonly budgetTokens: number | null;
  readonly stopping: Stopping;
  readonly cheating: CheatingPolicy;
  /** Seed of every resampling. */
  readonly seed: number;
}

/** What stands in a new registration until its author says otherwise. Title and threshold have no default. */
export const defaults = {
  format: 'assay-registration/1',
  metric: { kind: 'success_rate' },
  estimand: 'generalized',
  direction: 'above',
  confidence: 0.95,
  attempts: 1,
  minimumClusters: 30,
  budgetTokens: null,
  stopping: { kind: 'no_interim_look' },
  cheating: 'strict',
  seed: 42,
} as const satisfies Partial<Registration>;

const limits = {
  title: 500,
  attempts: 10_000,
  clusters: 1_000_000,
  tokens: 1e12,
  looks: 20,
  seed: 2 ** 32 - 1,
} as const;

type Fields = Record<string, unknown>;
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isWhole = (value: unknown, least: number, most: number): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;
const known = ['title', ...Object.keys(defaults), 'threshold'];

/** Reads a registration from parsed JSON. Gives it, or every fault with what to do about it. */
export function read(value: unknown): { registration: Registration } | { problems: Problem[] } {
  if (!isFields(value)) return { problems: [{ path: '', message: 'A registration is a JSON object.' }] };
  const problems: Problem[] = [];
  const want = (isRight: boolean, path: string, message: string) => {
    if (!isRight) problems.push({ path, message });
  };
  const { title, threshold, confidence, attempts, budgetTokens } = value;
  for (const key of Object.keys(value))
    want(known.includes(key), key.slice(0, 100), 'This field is not part of a registration. Remove it.');
  want(value['format'] === defaults.format, 'format', `Write "format": "${defaults.format}".`);
  want(
    typeof title === 'string' && title.trim() !== '' && title.length <= limits.title,
    'title',
    `Say in a sentence what is asked, in ${limits.title} characters at most.`,
  );
  want(
    value['estimand'] === 'generalized' || value['estimand'] === 'benchmark',
    'estimand',
    'Say "generalized" (items like these) or "benchmark" (these items only).',
  );
  want(
    typeof threshold === 'number' && threshold > 0 && threshold < 1,
    'threshold',
    'Give a rate above 0 and below 1: no finite run shows a rate of exactly 0 or 1.',
  );
  want(value['direction'] === 'above' || value['direction'] === 'below', 'direction', 'Say "above" or "below".');
  want(
    typeof confidence === 'number' && confidence >= 0.8 && confidence <= 0.9999,
    'confidence',
    'Give the confidence of a one-sided bound, from 0.8 to 0.9999. 0.95 is usual.',
  );
  want(
    isWhole(attempts, 1, limits.attempts),
    'attempts',
    `Give the attempts at each item, a whole number from 1 to ${limits.attempts}.`,
  );
  want(
    isWhole(value['minimumClusters'], 2, limits.clusters),
    'minimumClusters',
    'Give at least 2: from one cluster nothing can be said about others.',
  );
  want(
    budgetTokens === null || isWhole(budgetTokens, 1, limits.tokens),
    'budgetTokens',
    'Give the tokens of one attempt as a whole number, or null where nothing limits them.',
  );
  want(
    value['cheating'] === 'strict' || value['cheating'] === 'dropped' || value['cheating'] === 'counted',
    'cheating',
    'Say what a dishonest success counts as: "strict" (a failure), "dropped" or "counted".',
  );
  want(isWhole(value['seed'], 0, limits.seed), 'seed', 'Give a whole number from 0 to 4294967295.');
  checkMetric(value['metric'], attempts, want);
  checkStopping(value['stopping'], want);
  return problems.length > 0 ? { problems } : { registration: value as unknown as Registration };
}

type Want = (isRight: boolean, path: string, message: string) => void;

function checkMetric(metric: unknown, attempts: unknown, want: Want): void {
  const kind = isFields(metric) ? metric['kind'] : undefined;
  if (kind === 'success_rate') {
    want(Object.keys(metric as Fields).length === 1, 'metric', 'A success rate has no further fields.');
  } else if (kind === 'pass_at_k' || kind === 'pass_hat_k') {
    const { k, ...rest } = metric as Fields;
    want(Object.keys(rest).length === 1, 'metric', 'Give "kind" and "k" only.');
    want(
      isWhole(k, 1, typeof attempts === 'number' ? attempts : limits.attempts),
      'metric.k',
      'Give k as a whole number, at most the attempts at each item.',
    );
  } else want(false, 'metric.kind', 'Say "success_rate", "pass_at_k" or "pass_hat_k".');
}

function checkStopping(stopping: unknown, want: Want): void {
  const kind = isFields(stopping) ? stopping['kind'] : undefined;
  const fields = isFields(stopping) ? Object.keys(stopping).length : 0;
  if (kind === 'no_interim_look')
    want(fields === 1, 'stopping', 'Without an interim look there are no further fields.');
  else if (kind === 'fixed_looks')
    want(
      fields === 2 && isWhole((stopping as Fields)['looks'], 2, limits.looks),
      'stopping.looks',
      `Give the looks, the last one included: 2 to ${limits.looks}.`,
    );
  else want(false, 'stopping.kind', 'Say "no_interim_look" or "fixed_looks".');
}

/** The bytes that are hashed: JSON by RFC 8785, UTF-8. Two files that say the same have the same bytes. */
export function canonicalBytes(registration: Registration): Uint8Array {
  return new TextEncoder().encode(canonicalJson(registration));
}

/** The confidence of each bound at any one look. */
export function confidencePerLook({ confidence, stopping }: Registration): number {
  return stopping.kind === 'fixed_looks' ? 1 - (1 - confidence) / stopping.looks : confidence;
}
