/** Success of one run with its uncertainty, and two runs on the items that both attempted. Unscored attempts are left out, never zero. */
import { studentQuantile } from './statistics/distributions.ts';
import { effectiveTrials, type Interval, wilson } from './statistics/interval.ts';
import { compare, mcNemarExact, type Paired } from './statistics/paired.ts';
import { clustered, generalized, meanOf } from './statistics/standard-error.ts';

/** One attempt at one item, as far as success goes. `number` is the place of the sample in its run. */
export interface ScoredAttempt {
  number: number;
  item: string;
  score: number | null;
  cluster: string | null;
}

const confidence = 0.95;

/** The scored attempts at one item. */
interface Item {
  name: string;
  mean: number;
  attempts: number;
  /** The first sample with it. */
  number: number;
  cluster: string;
}

export interface Success {
  items: number;
  /** Attempts with a score, and those without one. */
  scored: number;
  unscored: number;
  /** Mean over items of the mean of their attempts; null where nothing was scored. */
  mean: number | null;
  /** Of generalized accuracy (NIST AI 800-3): how far the mean would move with other items like these. */
  standardError: number | null;
  /** Groups of items that were counted as one each: the items themselves where nothing groups them. */
  clusters: number;
  /** Wilson's interval, 95%, for as many independent trials as the standard error is worth; null where scores leave 0 to 1. */
  interval: Interval | null;
}

/** Success over items, by their groups where the attempts name any. */
export function successOf(attempts: readonly ScoredAttempt[]): Success {
  const items = itemsOf(attempts);
  const scored = items.reduce((sum, item) => sum + item.attempts, 0);
  const means = items.map((item) => item.mean);
  const counts = { items: items.length, scored, unscored: attempts.length - scored };
  if (items.length === 0) return { ...counts, mean: null, standardError: null, clusters: 0, interval: null };
  const mean = meanOf(means);
  const groups = new Set(items.map((item) => item.cluster)).size;
  const isClustered = groups < items.length;
  const standardError = isClustered
    ? clustered(
        means,
        items.map((item) => item.cluster),
        'inspect',
      ).standardError
    : generalized(means);
  const isRate = means.every((one) => one >= 0 && one <= 1);
  // Without groups the trials are those of the plain binomial: its variance has the divisor n.
  const spread = isClustered ? standardError : standardError * Math.sqrt((items.length - 1) / items.length);
  const trials = effectiveTrials(mean, spread, items.length, groups, scored);
  return {
    ...counts,
    mean,
    standardError: items.length > 1 && groups > 1 ? standardError : null,
    clusters: groups,
    interval: isRate ? wilson(mean, trials, confidence) : null,
  };
}

/** One item that both runs attempted. */
export interface SharedItem {
  item: string;
  a: { mean: number; attempts: number; number: number };
  b: { mean: number; attempts: number; number: number };
}

export interface RunComparison {
  /** Items that both attempted with a score. */
  items: number;
  /** Scored items that only one of the runs has. */
  onlyA: number;
  onlyB: number;
  a: Success;
  b: Success;
  /** Null where fewer than two items are shared. */
  paired: Paired | null;
  /** Of the difference a - b, 95%, by Student's t. */
  interval: Interval | null;
  clusters: number;
  /** Items that both or one or neither solved; null where an item was solved in some attempts only. */
  outcomes: { both: number; onlyA: number; onlyB: number; neither: number; mcNemar: number } | null;
}

/** Items that both runs attempted with a score, in the order of the first. */
export const sharedItems = (a: readonly ScoredAttempt[], b: readonly ScoredAttempt[]): SharedItem[] =>
  pairsOf(itemsOf(a), itemsOf(b)).map((pair) => ({ item: pair.a.name, a: shown(pair.a), b: shown(pair.b) }));

function pairsOf(ofA: readonly Item[], ofB: readonly Item[]): { a: Item; b: Item }[] {
  const others = new Map(ofB.map((item) => [item.name, item]));
  return ofA.flatMap((item) => {
    const other = others.get(item.name);
    return other === undefined ? [] : [{ a: item, b: other }];
  });
}

/** Two runs on the items that both attempted with a score; groups are those of the first run. */
export function compareRuns(a: readonly ScoredAttempt[], b: readonly ScoredAttempt[]): RunComparison {
  const ofA = itemsOf(a);
  const ofB = itemsOf(b);
  const shared = pairsOf(ofA, ofB);
  const names = new Set(shared.map((pair) => pair.a.name));
  const meansA = shared.map((pair) => pair.a.mean);
  const meansB = shared.map((pair) => pair.b.mean);
  const clusterOf = shared.map((pair) => pair.a.cluster);
  const clusters = new Set(clusterOf).size;
  const paired =
    shared.length < 2 || clusters < 2
      ? null
      : compare(meansA, meansB, clusters < shared.length ? clusterOf : undefined);
  const half =
    paired === null ? 0 : studentQuantile((1 + confidence) / 2, paired.degreesOfFreedom) * paired.standardError;
  return {
    items: shared.length,
    onlyA: ofA.length - shared.length,
    onlyB: ofB.length - shared.length,
    a: successOf(a.filter(({ item }) => names.has(item))),
    b: successOf(b.filter(({ item }) => names.has(item))),
    paired,
    interval: paired && { low: paired.difference - half, high: paired.difference + half },
    clusters,
    outcomes: outcomesOf(shared),
  };
}

function outcomesOf(shared: readonly { a: Item; b: Item }[]): RunComparison['outcomes'] {
  const counts = { both: 0, onlyA: 0, onlyB: 0, neither: 0 };
  for (const { a, b } of shared) {
    if ((a.mean !== 0 && a.mean !== 1) || (b.mean !== 0 && b.mean !== 1)) return null;
    counts[a.mean === 1 ? (b.mean === 1 ? 'both' : 'onlyA') : b.mean === 1 ? 'onlyB' : 'neither']++;
  }
  if (shared.length === 0) return null;
  return { ...counts, mcNemar: mcNemarExact(counts.onlyA, counts.onlyB) };
}

const shown = ({ mean, attempts, number }: Item) => ({ mean, attempts, number });

function itemsOf(attempts: readonly ScoredAttempt[]): Item[] {
  const items = new Map<string, Item & { sum: number }>();
  for (const { number, item: name, score, cluster } of attempts) {
    if (score === null) continue;
    const item = items.get(name);
    if (item === undefined) {
      // An item without a group is one of its own.
      items.set(name, { name, mean: score, sum: score, attempts: 1, number, cluster: cluster ?? `item ${name}` });
    } else {
      item.attempts++;
      item.sum += score;
      item.mean = item.sum / item.attempts;
    }
  }
  return [...items.values()];
}
