/** Groups of reports that tell of one flaw, out of many reports at once. */
import type { Report, ReportedComponent } from '../report.ts';
import { exactConfidence, exactly } from './compare.ts';
import { type Facts, factsOf } from './facts.ts';
import { type Features, featuresOf } from './features.ts';
import type { Reason } from './hint.ts';
import { KeyIndex } from './key-index.ts';
import { keysOf } from './keys.ts';
import { likeness } from './minhash.ts';
import { confidenceOf, oddsAmong, oddsOf, oddsWithin } from './odds.ts';
import { reasonsOf } from './reasons.ts';

export interface Reported {
  /** Opaque: nothing is read out of it; it only keeps the order. */
  id: string;
  /** Who reports. Two reports of one source are joined only when they are copies, share a name, or a third source joins them. */
  source: string;
  report: Report;
  /** Further components of the same report. */
  others?: readonly ReportedComponent[];
}

export interface Known {
  id: string;
  features: Features;
}

/** A reason, and the two reports it is about. */
export type GroupReason = Reason & { ids: [string, string] };

export interface Group {
  ids: string[];
  reasons: GroupReason[];
  /** That of the weakest link which holds the group together. */
  confidence: number;
  /** Links out of the group that fell short of joining it to another group or report. */
  near: NearLink[];
}

/** Two reports whose link is too weak to join them: somebody looks at both. */
export interface NearLink {
  ids: [string, string];
  confidence: number;
}

/** Below this a link is a hint, and joins nothing: of those just below one in eight is wrong (docs/methods.md). */
export const confidenceMin = 0.9;
/** Below this a link is likelier wrong than right. */
const nearMin = 0.5;
/** Of one group so many links are told, and of each so many reasons. */
const linksMax = 12;
const reasonsMax = 5;

/** The same groups in whatever order the reports come. Groups of one report are left out. `onProgress` is told how many are read and compared. */
export function group(reports: readonly Reported[], onProgress?: (done: number) => void): Group[] {
  return groupKnown(
    reports.map(({ id, source, report, others }) => ({ id, features: featuresOf(report, source, others) })),
    onProgress,
  );
}

/** As `group`, of features: their texts need not be held. */
export function groupKnown(
  known: readonly Known[],
  onProgress?: (done: number) => void,
  linkMin = confidenceMin,
): Group[] {
  return groupsAndNear(known, onProgress, linkMin).groups;
}

/** As `groupKnown`, with every link that fell short of joining two groups or reports: of any two the strongest, the strongest first. */
export function groupsAndNear(
  known: readonly Known[],
  onProgress?: (done: number) => void,
  linkMin = confidenceMin,
): { groups: Group[]; near: NearLink[] } {
  const ordered = [...known].sort(
    (a, b) =>
      order(a.id, b.id) || order(a.features.source, b.features.source) || order(a.features.digest, b.features.digest),
  );
  const features = ordered.map((one) => one.features);
  const { links, units } = linksOf(features, frozen, onProgress);
  const judged = links
    .map((link) => ({
      ...link,
      confidence: link.isExact ? exactConfidence : confidenceOf(link.odds, link.facts, 'rivals'),
    }))
    .sort((x, y) => y.confidence - x.confidence || y.odds - x.odds || x.a - y.a || x.b - y.b);
  const joins = judged.filter(({ confidence }) => confidence >= linkMin);
  const sets = new Sets(features.length);
  const made = new Map<number, { links: typeof joins; unitOf: Map<string, number> }>();
  for (const link of joins) {
    const [unitA, unitB] = [units.rootOf(link.a), units.rootOf(link.b)];
    const [left, right] = [sets.rootOf(unitA), sets.rootOf(unitB)];
    const one = made.get(left) ?? { links: [], unitOf: new Map([[features[link.a]!.source, unitA]]) };
    if (left === right) {
      one.links.push(link);
      made.set(left, one);
      continue;
    }
    const other = made.get(right) ?? { links: [], unitOf: new Map([[features[link.b]!.source, unitB]]) };
    // Two flaws of one authority never come together, whatever a third says.
    if (!link.isExact && [...other.unitOf].some(([source, unit]) => (one.unitOf.get(source) ?? unit) !== unit))
      continue;
    made.delete(left);
    made.delete(right);
    made.set(sets.join(left, right), {
      links: [...one.links, ...other.links, link],
      unitOf: new Map([...one.unitOf, ...other.unitOf]),
    });
  }
  const idsOf = new Map<number, string[]>();
  for (const [index, { id }] of ordered.entries()) {
    const root = sets.rootOf(units.rootOf(index));
    if (!made.has(root)) continue;
    const ids = idsOf.get(root);
    if (ids === undefined) idsOf.set(root, [id]);
    else ids.push(id);
  }
  const near: NearLink[] = [];
  const nearOf = new Map<number, NearLink[]>();
  const told = new Set<number>();
  for (const { a, b, confidence } of judged) {
    if (confidence >= linkMin || confidence < nearMin) continue;
    const [left, right] = [sets.rootOf(units.rootOf(a)), sets.rootOf(units.rootOf(b))];
    const pair = Math.min(left, right) * features.length + Math.max(left, right);
    if (left === right || told.has(pair)) continue;
    told.add(pair);
    const link: NearLink = { ids: [ordered[a]!.id, ordered[b]!.id], confidence };
    near.push(link);
    for (const root of [left, right]) {
      const links = nearOf.get(root);
      if (links === undefined) nearOf.set(root, [link]);
      else links.push(link);
    }
  }
  const groups = [...idsOf].map(([root, ids]) => {
    const held = made.get(root)!.links;
    return {
      ids,
      reasons: held.slice(0, linksMax).flatMap(({ a, b, facts }): GroupReason[] => {
        const [one, other] = [features[a]!, features[b]!];
        return [...exactly(one, other), ...reasonsOf(one, other, facts)]
          .slice(0, reasonsMax)
          .map((reason) => ({ ...reason, ids: [ordered[a]!.id, ordered[b]!.id] }));
      }),
      confidence: Math.min(...joining(held)),
      near: nearOf.get(root) ?? [],
    };
  });
  return { groups, near };
}

/** Of several links between the same two units the strongest counts. */
function joining(links: readonly (Link & { confidence: number })[]): number[] {
  const best = new Map<string, number>();
  for (const { unitA, unitB, confidence } of links) {
    const key = unitA < unitB ? `${unitA} ${unitB}` : `${unitB} ${unitA}`;
    best.set(key, Math.max(best.get(key) ?? 0, confidence));
  }
  return [...best.values()];
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Two reports that are each other's best partner of the other's source. */
export interface Link {
  a: number;
  b: number;
  facts: Facts;
  /** Log-odds of the pair by itself, and with its rivals in sight. */
  pairOdds: number;
  odds: number;
  margin: number;
  isExact: boolean;
  unitA: number;
  unitB: number;
}

/** What says how far facts speak for the same flaw. */
export interface Judge {
  between(facts: Facts, a: number, b: number): number;
  within(facts: Facts, a: number, b: number): number;
  among(odds: number, margin: number): number;
}
const frozen: Judge = { between: oddsOf, within: oddsWithin, among: oddsAmong };

/** Pairs below these log-odds are nobody's rivals. */
const oddsMin = -6;
/** Where no rival is known one may be unseen: the log-odds of the best stranger that a report usually meets. */
const strangerOdds = -3;
/** Two texts of one source that share less of their word pairs are not looked at again. */
const copyLikenessMin = 0.5;
/** From these log-odds on, records of one source count as one. */
const unitOddsMin = 1.5;

/**
 * First what one source says several times of one flaw (once per package) counts as one unit; then every unit finds its best partner in
 * every other source. A link is where two units choose each other, without a tie; one stands for each pair of reports of two such units.
 */
export function linksOf(
  features: readonly Features[],
  judge: Judge = frozen,
  onProgress: (done: number) => void = () => {},
): { links: Link[]; units: Sets } {
  const index = new KeyIndex(features.length);
  const sets = new Sets(features.length);
  const pairs: { a: number; b: number; odds: number }[] = [];
  const exact: { a: number; b: number; facts: Facts }[] = [];
  for (const [b, own] of features.entries()) {
    for (const a of index.add(b, keysOf(own))) {
      const other = features[a]!;
      const isOneSource = own.source === other.source;
      if (exactly(other, own).length > 0) {
        exact.push({ a, b, facts: factsOf(other, own) });
        if (isOneSource) sets.join(a, b);
      } else if (!isOneSource) {
        const odds = judge.between(factsOf(other, own), a, b);
        if (odds >= oddsMin) pairs.push({ a, b, odds });
      } else if (likeness(other.sketch, own.sketch) >= copyLikenessMin) {
        if (judge.within(factsOf(other, own), a, b) >= unitOddsMin) sets.join(a, b);
      }
    }
    if ((b + 1) % 500 === 0) onProgress(b + 1);
  }
  onProgress(features.length);

  const sources = new Map<string, number>();
  for (const { source } of features) if (!sources.has(source)) sources.set(source, sources.size);
  const sourceOf = (report: number): number => sources.get(features[report]!.source)!;
  const unitPairs = new Map<number, { a: number; b: number; odds: number }>();
  for (const pair of pairs) {
    const key = sets.rootOf(pair.a) * features.length + sets.rootOf(pair.b);
    const held = unitPairs.get(key);
    if (held === undefined || pair.odds > held.odds) unitPairs.set(key, pair);
  }
  /** Of a unit and a source: its best log-odds there, and those of the best other unit. */
  const best = new Map<number, { to: number; odds: number; second: number }>();
  const choose = (unit: number, other: number, source: number, odds: number) => {
    const key = unit * sources.size + source;
    const held = best.get(key);
    if (held === undefined) best.set(key, { to: other, odds, second: Number.NEGATIVE_INFINITY });
    else if (held.to === other) held.odds = Math.max(held.odds, odds);
    else if (odds > held.odds) best.set(key, { to: other, odds, second: held.odds });
    else held.second = Math.max(held.second, odds);
  };
  for (const { a, b, odds } of unitPairs.values()) {
    const [unitA, unitB] = [sets.rootOf(a), sets.rootOf(b)];
    choose(unitA, unitB, sourceOf(b), odds);
    choose(unitB, unitA, sourceOf(a), odds);
  }
  const links: Link[] = exact.map(({ a, b, facts }) => ({
    a,
    b,
    facts,
    pairOdds: 10,
    odds: 10,
    margin: Number.POSITIVE_INFINITY,
    isExact: true,
    unitA: sets.rootOf(a),
    unitB: sets.rootOf(b),
  }));
  for (const { a, b } of pairs) {
    const [unitA, unitB] = [sets.rootOf(a), sets.rootOf(b)];
    const [left, right] = [best.get(unitA * sources.size + sourceOf(b)), best.get(unitB * sources.size + sourceOf(a))];
    if (left?.to !== unitB || right?.to !== unitA) continue;
    const margin = left.odds - Math.max(left.second, right.second, strangerOdds);
    // A tie says that the data cannot tell the two apart.
    if (margin <= 0) continue;
    const pairOdds = left.odds;
    const facts = factsOf(features[a]!, features[b]!);
    links.push({ a, b, facts, pairOdds, odds: judge.among(pairOdds, margin), margin, isExact: false, unitA, unitB });
  }
  return { links, units: sets };
}

/** Disjoint sets; the smallest member stands for a set, so that the outcome does not depend on the order of joining. */
class Sets {
  private readonly up: Int32Array;

  constructor(size: number) {
    this.up = Int32Array.from({ length: size }, (_, index) => index);
  }

  rootOf(member: number): number {
    let root = member;
    while (this.up[root] !== root) root = this.up[root]!;
    for (let at = member; at !== root; ) {
      const next = this.up[at]!;
      this.up[at] = root;
      at = next;
    }
    return root;
  }

  join(a: number, b: number): number {
    const [left, right] = [this.rootOf(a), this.rootOf(b)];
    const [low, high] = left < right ? [left, right] : [right, left];
    this.up[high] = low;
    return low;
  }
}
