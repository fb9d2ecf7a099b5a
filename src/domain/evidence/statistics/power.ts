/** How many items a comparison or a threshold test needs (method b5; Miller 2024, section 5). */
import { binomialCdf, normalQuantile } from './distributions.ts';

export interface PairedDesign {
  /** Variance between items of the difference of the two models' true scores (ω²). */
  readonly betweenItems: number;
  /** Mean variance of one attempt around its item's true score (σ²), and attempts per item (K), for each model. */
  readonly withinA: number;
  readonly withinB: number;
  readonly attemptsA: number;
  readonly attemptsB: number;
  /** Two-sided error of the first kind, 0.05 by custom. */
  readonly alpha: number;
  /** Chance to find the difference if it is there, 0.8 by custom. */
  readonly power: number;
}

const factor = ({ alpha, power }: PairedDesign) => (normalQuantile(1 - alpha / 2) + normalQuantile(power)) ** 2;
const variance = (design: PairedDesign) =>
  design.betweenItems + design.withinA / design.attemptsA + design.withinB / design.attemptsB;

/** Items needed to find a difference of `effect`; round up to use it. */
export function itemsNeeded(design: PairedDesign, effect: number): number {
  return (factor(design) * variance(design)) / effect ** 2;
}

/** The smallest difference that `items` items can be expected to find. */
export function minimumDetectableEffect(design: PairedDesign, items: number): number {
  return Math.sqrt((factor(design) * variance(design)) / items);
}

/** The share of the variance of an item score that K attempts remove, against one attempt. Limit: within / (between + within). */
export function varianceCut(betweenItems: number, withinItem: number, attempts: number): number {
  return 1 - (betweenItems + withinItem / attempts) / (betweenItems + withinItem);
}

export interface ThresholdTest {
  readonly items: number;
  /** Successes from which the rate counts as above the threshold. */
  readonly critical: number;
  /** Chance of that many successes when the rate is just at the threshold. */
  readonly size: number;
  /** Chance of that many successes when the rate is the assumed one. */
  readonly power: number;
}

/** Sizes are looked for up to this many items. */
const itemsMax = 20_000;
/** Exact power saws up and down with n: it must hold for so many further sizes. */
const stableFor = 12;

/**
 * The smallest exact one-sided binomial test of "rate > threshold" with this power at `rate`, such that the next twelve sizes have
 * it too. Undefined where more than 20,000 items would be needed.
 */
export function thresholdTest(
  threshold: number,
  rate: number,
  alpha: number,
  power: number,
): ThresholdTest | undefined {
  let critical = 0;
  let first: ThresholdTest | undefined;
  for (let items = 1; items <= itemsMax; items++) {
    // The critical count never falls as items are added.
    while (1 - binomialCdf(critical - 1, items, threshold) > alpha) critical++;
    const test = {
      items,
      critical,
      size: 1 - binomialCdf(critical - 1, items, threshold),
      power: critical > items ? 0 : 1 - binomialCdf(critical - 1, items, rate),
    };
    if (test.power < power) first = undefined;
    else if (first === undefined) first = test;
    else if (items === first.items + stableFor) return first;
  }
  return undefined;
}
