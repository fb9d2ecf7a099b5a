/**
 * Which findings stand under one entry of the coordinator's queue. Folding shows them together and joins nothing: the coordinator does.
 * The same findings give the same entries in whatever order they came.
 */
import { proposalMin } from './duplicate/compare.ts';
import type { Relation } from './duplicate/hint.ts';

/** One of the few best partners that are kept for a finding. */
export interface Partner {
  finding: number;
  source: string;
  relation: Relation;
  confidence: number;
}

/** Partners kept for one finding, and at most so many of one source: a source of look-alikes does not crowd out the others. */
export const partnersMax = 5;
const partnersOfSourceMax = 2;
/** Below this a pair is not worth a look. */
const confidenceMin = 0.05;
/** A pair folds from here on if each is the other's best of its source. */
const foldMin = 0.5;
/** Findings under one entry; those beyond stand under an entry of their own. */
const entryMax = 200;

/** Whether a judgement is kept at all. */
export const isHint = ({ relation, confidence }: Pick<Partner, 'relation' | 'confidence'>): boolean =>
  confidence >= confidenceMin || (relation !== 'distinct' && relation !== 'duplicate' && relation !== 'subsumed');

/** The best of what was kept and what is new, the best first. What was left out before can never come back. */
export function best(kept: readonly Partner[], added: readonly Partner[]): Partner[] {
  const ofSource = new Map<string, number>();
  return [...kept, ...added]
    .sort((a, b) => b.confidence - a.confidence || a.finding - b.finding)
    .filter(({ source }) => {
      const count = (ofSource.get(source) ?? 0) + 1;
      ofSource.set(source, count);
      return count <= partnersOfSourceMax;
    })
    .slice(0, partnersMax);
}

export interface Foldable {
  finding: number;
  source: string;
  case: string | null;
  /** Refused or withdrawn: it folds with nothing, and what comes later is looked at anew. */
  isSettled: boolean;
  partners: readonly Partner[];
}

/** Whether a pair can fold at all, as far as its judgement says. */
export const canFold = ({ relation, confidence }: Pick<Partner, 'relation' | 'confidence'>): boolean =>
  confidence >= foldMin && (relation === 'duplicate' || relation === 'subsumed');

export interface Edge {
  a: number;
  b: number;
  confidence: number;
}

/**
 * Pairs that fold, the surest first: of different sources, and each the best the other has from that source; or as sure as a proposal.
 * Two records of one source are never folded by likeness: it wrote them as two.
 */
export function edgesOf(findings: ReadonlyMap<number, Foldable>): Edge[] {
  const edges: Edge[] = [];
  for (const one of findings.values()) {
    for (const partner of one.partners) {
      const { confidence } = partner;
      const other = findings.get(partner.finding);
      // Each pair once; a partner that is not among these findings has no say.
      if (other === undefined || other.finding < one.finding || other.source === one.source) continue;
      if (one.isSettled || other.isSettled || !canFold(partner)) continue;
      const isMutual = bestOf(one, other.source) === other.finding && bestOf(other, one.source) === one.finding;
      const isBoth = other.partners.some(({ finding }) => finding === one.finding);
      if (isMutual || (confidence >= proposalMin && isBoth)) {
        edges.push({ a: one.finding, b: other.finding, confidence });
      }
    }
  }
  return edges.sort((x, y) => y.confidence - x.confidence || x.a - y.a || x.b - y.b);
}

const bestOf = ({ partners }: Foldable, source: string) =>
  partners.find((partner) => partner.source === source)?.finding;

/**
 * Entries, each a list of findings in the order of their numbers. Findings of one case stand together whatever their hints say; two
 * cases never do, nor two findings that a coordinator marked as distinct, nor two of one source that are in no common case.
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
  for (const { a, b } of edges) {
    const [one, other] = [groupOf.get(a), groupOf.get(b)];
    if (one === undefined || other === undefined || one === other) continue;
    if (one.case !== null && other.case !== null) continue;
    if (one.findings.length + other.findings.length > entryMax) continue;
    const [small, large] = one.findings.length < other.findings.length ? [one, other] : [other, one];
    if ([...small.sources].some((source) => large.sources.has(source)) || isApart(one, other)) continue;
    for (const finding of small.findings) groupOf.set(finding, large);
    large.findings.push(...small.findings);
    for (const source of small.sources) large.sources.add(source);
    large.case ??= small.case;
  }
  return [...new Set(groupOf.values())].map((group) => group.findings.sort((a, b) => a - b));
}
