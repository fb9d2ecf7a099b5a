/**
 * Which findings stand under one entry of the coordinator's queue. Folding shows them together and joins nothing: the coordinator does.
 * The same findings give the same entries in whatever order they came.
 */
import { exactConfidence } from './duplicate/compare.ts';
import type { Relation } from './duplicate/hint.ts';
import { oddsAmong, shareOf } from './duplicate/odds.ts';

/** One of the few best partners that are kept for a finding. */
export interface Partner {
  finding: number;
  source: string;
  /** Of the pair by itself, and the share of such pairs that are one flaw. */
  relation: Relation;
  confidence: number;
  /** Log-odds of the pair by itself; `exactOdds` where something is exactly equal. */
  odds: number;
  /** Structure and text speak for the same flaw both. */
  isAgreed: boolean;
}

/** Above all that facts add up to. */
export const exactOdds = 100;

/** Partners kept for one finding, and at most so many of one source: a source of look-alikes does not crowd out the others. */
export const partnersMax = 5;
const partnersOfSourceMax = 2;
/** Below this a pair is not worth a look. */
export const hintMin = 0.05;
/** From this confidence on, by itself and with the rivals of both in sight, a pair folds. */
const foldMin = 0.5;
/** Findings under one entry; those beyond stand under an entry of their own. */
const entryMax = 1000;

/** Whether a judgement is kept at all. */
export const isHint = ({ relation, confidence }: Pick<Partner, 'relation' | 'confidence'>): boolean =>
  confidence >= hintMin || (relation !== 'distinct' && relation !== 'duplicate' && relation !== 'subsumed');

/** The best of what was kept and what is new, the best first. What was left out before can never come back. */
export function best(kept: readonly Partner[], added: readonly Partner[]): Partner[] {
  const ofSource = new Map<string, number>();
  return [...kept, ...added]
    .sort((a, b) => b.odds - a.odds || a.finding - b.finding)
    .filter(({ source }) => {
      const count = (ofSource.get(source) ?? 0) + 1;
      ofSource.set(source, count);
      return count <= partnersOfSourceMax;
    })
    .slice(0, partnersMax);
}

/** A finding with its partners, the best first. */
export interface Listed {
  finding: number;
  source: string;
  partners: readonly Partner[];
}

/** Whether a pair can fold at all, whatever rivals come: by itself it is rather one flaw than two, and none is the other come back. */
export const canFold = ({ relation, confidence }: Pick<Partner, 'relation' | 'confidence'>): boolean =>
  confidence >= foldMin && (relation === 'duplicate' || relation === 'subsumed');

/** Where no rival is known one may be unseen: the log-odds of the best stranger that a report usually meets (`duplicate/group.ts`). */
const strangerOdds = -3;

/**
 * How sure a pair is once the rivals of both are in sight: `isChosen` when each is the best that the other has from its source, without
 * a tie, or when they are exactly equal. Two records of one source are never chosen by likeness: it wrote them as two.
 */
export function amongRivals(
  one: Listed,
  partner: Partner,
  other: Listed | undefined,
): { confidence: number; relation: Relation; isChosen: boolean } {
  const { odds, isAgreed, relation, confidence } = partner;
  if (odds >= exactOdds) return { confidence: exactConfidence, relation, isChosen: true };
  const isBoth = other?.partners.some(({ finding }) => finding === one.finding) === true;
  if (other === undefined || !isBoth || other.source === one.source) return { confidence, relation, isChosen: false };
  const margin = odds - Math.max(rivalOdds(one, other), rivalOdds(other, one), strangerOdds);
  if (margin <= 0) return { confidence, relation, isChosen: false };
  const share = shareOf(oddsAmong(odds, margin), isAgreed, 'rivals');
  return { confidence: share, relation, isChosen: true };
}

/** The log-odds of the best partner that a finding has from the source of `chosen`, that one and its exact copies left out. */
function rivalOdds({ partners }: Listed, chosen: Listed): number {
  const copies = chosen.partners.filter(({ odds }) => odds >= exactOdds).map(({ finding }) => finding);
  const rival = partners.find(
    ({ finding, source }) => source === chosen.source && finding !== chosen.finding && !copies.includes(finding),
  );
  return rival?.odds ?? Number.NEGATIVE_INFINITY;
}

export interface Foldable extends Listed {
  case: string | null;
  /** Refused or withdrawn: it folds with nothing, and what comes later is looked at anew. */
  isSettled: boolean;
}

export interface Edge {
  a: number;
  b: number;
  confidence: number;
  odds: number;
  isExact: boolean;
}

/** Pairs that fold: those that are exactly equal first, then the surest. */
export function edgesOf(findings: ReadonlyMap<number, Foldable>): Edge[] {
  const edges = new Map<string, Edge>();
  for (const one of findings.values()) {
    for (const partner of one.partners) {
      const other = findings.get(partner.finding);
      if (other === undefined || one.isSettled || other.isSettled || !canFold(partner)) continue;
      const { confidence, isChosen } = amongRivals(one, partner, other);
      if (!isChosen || confidence < foldMin) continue;
      const [a, b] = [Math.min(one.finding, other.finding), Math.max(one.finding, other.finding)];
      edges.set(`${a} ${b}`, { a, b, confidence, odds: partner.odds, isExact: partner.odds >= exactOdds });
    }
  }
  return [...edges.values()].sort(
    (x, y) =>
      Number(y.isExact) - Number(x.isExact) || y.confidence - x.confidence || y.odds - x.odds || x.a - y.a || x.b - y.b,
  );
}

/**
 * Entries, each a list of findings in the order of their numbers. Findings of one case stand together whatever their hints say; two
 * cases never do, nor two findings that a coordinator marked as distinct, nor two of one source unless they are exactly equal.
 */
export function fold(
  findings: ReadonlyMap<number, Foldable>,
  edges: readonly Edge[],
  distinct: readonly { a: number; b: number }[],
): number[][] {
  interface Group {
    findings: number[];
    sources: Set<string>;
    case: string | null;
  }
  const groupOf = new Map<number, Group>();
  const ofCase = new Map<string, Group>();
  for (const { finding, source, case: id } of [...findings.values()].sort((x, y) => x.finding - y.finding)) {
    const standing = id === null ? undefined : ofCase.get(id);
    const group = standing ?? { findings: [], sources: new Set<string>(), case: id };
    if (id !== null) ofCase.set(id, group);
    group.findings.push(finding);
    group.sources.add(source);
    groupOf.set(finding, group);
  }
  const apart = new Map<number, Set<number>>();
  for (const { a, b } of distinct) {
    apart.set(a, (apart.get(a) ?? new Set()).add(b));
    apart.set(b, (apart.get(b) ?? new Set()).add(a));
  }
  const isApart = (one: Group, other: Group) =>
    one.findings.some((finding) => {
      const others = apart.get(finding);
      return others !== undefined && other.findings.some((two) => others.has(two));
    });
  for (const { a, b, isExact } of edges) {
    const [one, other] = [groupOf.get(a), groupOf.get(b)];
    if (one === undefined || other === undefined || one === other) continue;
    if (one.case !== null && other.case !== null) continue;
    if (one.findings.length + other.findings.length > entryMax) continue;
    const [small, large] = one.findings.length < other.findings.length ? [one, other] : [other, one];
    if (!isExact && [...small.sources].some((source) => large.sources.has(source))) continue;
    if (isApart(one, other)) continue;
    for (const finding of small.findings) groupOf.set(finding, large);
    large.findings.push(...small.findings);
    for (const source of small.sources) large.sources.add(source);
    large.case ??= small.case;
  }
  return [...new Set(groupOf.values())].map((group) => group.findings.sort((a, b) => a - b));
}
