/** A registered rule and its result in sentences, the same on a page and in a letter. */
import type { CheatingPolicy, Metric, Registration } from './registration.ts';
import type { Estimate, Result, Side, UndecidedReason, Zone } from './result.ts';

/** `45.8%`. Takes a share. */
export const percent = (share: number): string => `${(share * 100).toFixed(1)}%`;

export const zoneWords: Record<Zone, string> = {
  meets: 'The rule is met',
  does_not_meet: 'The rule is not met',
  undecided: 'These runs do not decide it',
};

export function metricWords(metric: Metric): string {
  switch (metric.kind) {
    case 'success_rate':
      return 'the share of attempts that succeed, averaged over items';
    case 'pass_at_k':
      return `the chance that at least one of ${metric.k} attempts at an item succeeds, averaged over items`;
    case 'pass_hat_k':
      return `the chance that all of ${metric.k} attempts at an item succeed, averaged over items`;
  }
}

export const estimandWords: Record<Registration['estimand'], string> = {
  generalized: 'items like these: how the rate would move with other items of the same kind is part of the uncertainty',
  benchmark: 'these items only: nothing is said about others',
};

export const policyWords: Record<CheatingPolicy, string> = {
  strict: 'a dishonest success counts as a failure',
  dropped: 'a dishonest attempt is left out',
  counted: 'a dishonest success counts as a success',
};

export const sideWords: Record<Side, string> = {
  above: 'above the threshold',
  below: 'below the threshold',
  between: 'on both sides of the threshold',
};

/** The rule in one sentence. */
export function ruleWords({ metric, threshold, direction }: Registration): string {
  return `The rule is met when ${metricWords(metric)}, lies ${direction} ${percent(threshold)}, uncertainty included.`;
}

/** What the runs say beside the rule, in one sentence. Bounds beside a threshold that decide nothing do not read as if they did. */
export function zoneSentence(result: Pick<Result, 'zone' | 'headline' | 'threshold'>): string {
  const { zone, headline, threshold } = result;
  if (headline === null) return `${zoneWords[zone]}: no attempt has a score.`;
  const measured = `measured ${percent(headline.mean)}, with one-sided bounds of ${boundsWords(headline)}`;
  const beside = `${sideWords[headline.side]} of ${percent(threshold)}`;
  if (zone !== 'undecided') return `${zoneWords[zone]}: ${measured}, wholly ${beside}.`;
  return `${zoneWords[zone]}: ${measured}, ${beside}${headline.side === 'between' ? '' : ', but the rule asks for more'}.`;
}

/** The two one-sided bounds: `41.9% and 75.8%`. */
export const boundsWords = ({ lower, upper }: Estimate): string => `${percent(lower)} and ${percent(upper)}`;

/** The two-sided interval, to be read and not used by the rule: `38.7% to 78.1%`. */
export const intervalWords = ({ interval }: Estimate): string =>
  `${percent(interval.low)} to ${percent(interval.high)}`;

/** Where the one-sided bounds of one row lie; what decides nothing does not read as if it did. */
export function liesWords(
  estimate: Estimate | null,
  { zone, threshold, reasons }: Pick<Result, 'zone' | 'threshold' | 'reasons'>,
  { minimumClusters }: Pick<Registration, 'minimumClusters'>,
): string {
  if (estimate === null) return 'nowhere';
  const { side, clusters } = estimate;
  if (zone !== 'undecided' || side === 'between') return sideWords[side];
  const but = reasons.includes('too_few_clusters')
    ? `${clusters} of ${minimumClusters} groups`
    : 'undecided for another reason';
  return `bounds lie ${side} ${percent(threshold)}, but ${but}`;
}

const groups = (count: number): string => `${count.toLocaleString('en')} ${count === 1 ? 'group' : 'groups'}`;

/** Why a result is undecided, with its numbers, as the end of a sentence. */
function reasonBriefly(
  reason: UndecidedReason,
  { headline, elicitationGaps }: Pick<Result, 'headline' | 'elicitationGaps'>,
  minimumClusters: number,
): string {
  switch (reason) {
    case 'no_scores':
      return 'no attempt has a score';
    case 'interval_contains_threshold':
      return `the threshold lies within the one-sided bounds${headline === null ? '' : `, ${boundsWords(headline)}`}`;
    case 'validity':
      return 'the answer depends on how dishonest successes are counted';
    case 'too_few_clusters':
      return `${groups(headline?.clusters ?? 0)} of items, ${minimumClusters.toLocaleString('en')} were registered as the least`;
    case 'elicitation_incomplete':
      return `the rate lies below, and the elicitation card has ${elicitationGaps.length} ${elicitationGaps.length === 1 ? 'gap' : 'gaps'}`;
    case 'budget_curve_rising':
      return 'the rate lies below, and success was still rising with the budget';
    case 'budget_curve_unknown':
      return 'the rate lies below, and the logs do not say what attempts used';
  }
}

/** The answer as a headline: the zone, or why it is undecided, the first reason with its numbers. */
export function answerWords(result: Result, { minimumClusters }: Pick<Registration, 'minimumClusters'>): string {
  const [first, ...others] = result.reasons;
  if (result.zone !== 'undecided' || first === undefined) return `${zoneWords[result.zone]}.`;
  const more = others.length === 0 ? '' : `, and ${others.length} more ${others.length === 1 ? 'reason' : 'reasons'}`;
  return `Undecided: ${reasonBriefly(first, result, minimumClusters)}${more}`;
}

/** A reason as a sentence of its own, with its numbers. */
export function reasonSays(
  reason: UndecidedReason,
  { headline }: Pick<Result, 'headline'>,
  { minimumClusters }: Pick<Registration, 'minimumClusters'>,
): string {
  return reason === 'too_few_clusters' && headline !== null
    ? `There are ${groups(headline.clusters)} of items; ${minimumClusters.toLocaleString('en')} were registered as the least.`
    : reasonWords[reason].says;
}

/** Why a result is undecided, and what to do about it. */
export const reasonWords: Record<UndecidedReason, { says: string; toDo: string }> = {
  no_scores: {
    says: 'No attempt has a score.',
    toDo: 'See in the logs why attempts ended without one, and run them again.',
  },
  interval_contains_threshold: {
    says: 'The threshold lies within the one-sided bounds: both sides of it are possible.',
    toDo: 'Run more items of the same kind. More attempts at the same items help less.',
  },
  validity: {
    says: 'The answer depends on how dishonest successes are counted.',
    toDo: 'Close the ways around the task, run it again, and have more attempts read at the desk.',
  },
  too_few_clusters: {
    says: 'There are fewer groups of items than were registered as the least.',
    toDo: 'Run items of further groups. More items of the same groups do not help.',
  },
  elicitation_incomplete: {
    says: 'The rate lies below, and the elicitation card has gaps: ability that was not brought out looks like none.',
    toDo: 'Fill in the card. Where something was not tried, try it.',
  },
  budget_curve_rising: {
    says: 'The rate lies below, and success was still rising with the budget of an attempt.',
    toDo: 'Give attempts twice the tokens, until more of them bring nothing.',
  },
  budget_curve_unknown: {
    says: 'The rate lies below, and the logs do not say what attempts used: whether more budget would help is open.',
    toDo: 'Run it with a harness that logs the tokens of each attempt.',
  },
};

/** How many more items it would take; undefined where that is not the question. */
export function moreWords(
  result: Pick<Result, 'zone' | 'reasons' | 'moreItems' | 'moreAttempts' | 'headline' | 'threshold'>,
): string | undefined {
  const { zone, reasons, moreItems, moreAttempts, headline, threshold } = result;
  if (zone !== 'undecided' || !reasons.includes('interval_contains_threshold')) return undefined;
  if (moreItems === null || moreAttempts === null)
    return 'The rate lies so near to the threshold that no number of further items would be sure to tell them apart.';
  const items = `About ${moreItems.toLocaleString('en')} more items like these (${moreAttempts.toLocaleString('en')} attempts)`;
  const below =
    headline !== null && headline.mean < threshold
      ? ' Below the threshold, a full elicitation card and a flat curve of tokens are needed as well.'
      : '';
  return `${items} would bring the bounds past the threshold, if the rate stays as it is.${below}`;
}
