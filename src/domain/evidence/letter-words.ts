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

/** What the runs say beside the rule, in one sentence. */
export function zoneSentence(result: Pick<Result, 'zone' | 'headline' | 'threshold' | 'direction'>): string {
  const { zone, headline, threshold } = result;
  if (headline === null) return `${zoneWords[zone]}: no attempt has a score.`;
  const measured = `${percent(headline.mean)}, ${boundsWords(headline)}`;
  const beside = `${sideWords[headline.side]} of ${percent(threshold)}`;
  return zone === 'undecided'
    ? `${zoneWords[zone]}: measured ${measured}, ${beside}.`
    : `${zoneWords[zone]}: measured ${measured}, wholly ${beside}.`;
}

/** Between which one-sided bounds the rate lies. */
export const boundsWords = ({ lower, upper }: Estimate): string => `between ${percent(lower)} and ${percent(upper)}`;

/** Why a result is undecided, and what to do about it. */
export const reasonWords: Record<UndecidedReason, { says: string; toDo: string }> = {
  no_scores: {
    says: 'No attempt has a score.',
    toDo: 'See in the logs why attempts ended without one, and run them again.',
  },
  interval_contains_threshold: {
    says: 'The threshold lies within the bounds: both sides of it are possible.',
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
