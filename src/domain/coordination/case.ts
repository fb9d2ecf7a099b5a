/**
 * A case: the findings that one fix would repair. Coordinators open, merge, split and undo; no rule merges by itself. Every act is a set
 * of moves that says where each finding stood before, so that it can be undone exactly. A finding keeps its reporter and its time
 * wherever it is moved (I13).
 */
import type { Instant } from '../instant.ts';
import { Refusal } from '../refusal.ts';

export type CaseId = `case_${string}`;

export const actKinds = ['open', 'merge', 'split', 'title', 'link', 'undo'] as const;
export type ActKind = (typeof actKinds)[number];

/** How one case stands to another that needs a fix of its own. A duplicate is no such relation: it is merged. */
export const linkRelations = ['subsumed', 'variant', 'chain', 'regression'] as const;
export type LinkRelation = (typeof linkRelations)[number];

/** A finding, by its number, goes from one case to another; null stands for none. */
export interface Move {
  finding: number;
  from: CaseId | null;
  to: CaseId | null;
}

/** Without a title before, the case was made; without one after, it was unmade. */
export interface Titling {
  case: CaseId;
  from: string | null;
  to: string | null;
}

/** `case` stands in this relation to `other`. */
export interface Linking {
  case: CaseId;
  other: CaseId;
  from: LinkRelation | null;
  to: LinkRelation | null;
}

/** What an act changes, each thing with what it was. */
export interface Change {
  kind: ActKind;
  moves: Move[];
  titles: Titling[];
  links: Linking[];
  /** The act that it undoes. */
  undoes: number | null;
}

/** An act that was done. Numbers rise with time. */
export interface Act extends Change {
  number: number;
}

/** What stands: of all cases, or of those that an act touches. A finding is in one case at most because it has one entry here. */
export interface Board {
  /** Every case, with its title; one that was merged into another has no findings. */
  titles: ReadonlyMap<CaseId, string>;
  caseOf: ReadonlyMap<number, CaseId>;
  links: ReadonlyMap<LinkKey, LinkRelation>;
  /** Oldest first. */
  acts: readonly Act[];
}

type LinkKey = `${CaseId} ${CaseId}`;
export const linkKey = (one: CaseId, other: CaseId): LinkKey => `${one} ${other}`;

/** Findings that one case holds at most. */
export const membersMax = 1000;

/** The findings of a case, by number. */
export function membersOf(board: Board, id: CaseId): number[] {
  return [...board.caseOf]
    .filter(([, at]) => at === id)
    .map(([finding]) => finding)
    .sort((a, b) => a - b);
}

/** Opens a case of findings that are in none. */
export function open(board: Board, id: CaseId, findings: number[], title: string): Change {
  const chosen = distinct(findings);
  if (chosen.length > membersMax) throw new Refusal('case_full', { membersMax });
  const taken = chosen.find((finding) => board.caseOf.has(finding));
  if (taken !== undefined) throw new Refusal('finding_moved');
  return {
    ...nothing('open'),
    moves: chosen.map((finding) => ({ finding, from: null, to: id })),
    titles: [{ case: id, from: null, to: title }],
  };
}

/**
 * Puts findings into a case, each from where the coordinator saw it: null for none. Refuses when one of them stands elsewhere by now.
 */
export function mergeFindings(
  board: Board,
  into: CaseId,
  findings: { finding: number; from: CaseId | null }[],
): Change {
  requireOpen(board, into);
  const moves = findings.map(({ finding, from }) => {
    const at = board.caseOf.get(finding) ?? null;
    if (at !== from || at === into) throw new Refusal('finding_moved');
    return { finding, from, to: into };
  });
  requireRoom(board, into, moves.length);
  return { ...nothing('merge'), moves };
}

/** Puts all findings of another case into this one. What the other case was linked to, this one is linked to from then on. */
export function mergeCase(board: Board, into: CaseId, other: CaseId): Change {
  requireOpen(board, into);
  requireOpen(board, other);
  if (into === other) throw new Refusal('case_merge_self');
  const moves = membersOf(board, other).map((finding): Move => ({ finding, from: other, to: into }));
  requireRoom(board, into, moves.length);
  return { ...nothing('merge'), moves, links: relinked(board, other, into) };
}

/** Takes findings out of a case into a case of their own. */
export function split(board: Board, from: CaseId, findings: number[], id: CaseId, title: string): Change {
  const chosen = distinct(findings);
  if (chosen.some((finding) => board.caseOf.get(finding) !== from)) throw new Refusal('finding_moved');
  if (chosen.length === membersOf(board, from).length) throw new Refusal('case_split_all');
  return {
    ...nothing('split'),
    moves: chosen.map((finding) => ({ finding, from, to: id })),
    titles: [{ case: id, from: null, to: title }],
  };
}

export function rename(board: Board, id: CaseId, title: string): Change {
  requireOpen(board, id);
  return { ...nothing('title'), titles: [{ case: id, from: board.titles.get(id) as string, to: title }] };
}

/** Says how a case stands to another, or takes back what was said (null). They stay two. */
export function link(board: Board, id: CaseId, other: CaseId, relation: LinkRelation | null): Change {
  requireOpen(board, id);
  requireOpen(board, other);
  if (id === other) throw new Refusal('case_merge_self');
  const from = board.links.get(linkKey(id, other)) ?? null;
  return { ...nothing('link'), links: [{ case: id, other, from, to: relation }] };
}

/**
 * Undoes an act: everything it touched is as before it. Refuses when a later act touched the same findings, title or link, or put
 * findings into a case that the act made; `act` in the details names the newest such act, which is to be undone first.
 */
export function undo(board: Board, number: number): Change {
  const act = board.acts.find((one) => one.number === number);
  if (act === undefined || !isInEffect(board.acts, act)) throw new Refusal('case_act_undone');
  const obstacle = standsInTheWay(board.acts, act);
  if (obstacle !== undefined) throw new Refusal('case_act_in_the_way', { act: obstacle.number });
  return { ...reverse(act), kind: 'undo', undoes: number };
}

/** Whether an act holds: it was not undone, or its undoing was undone. */
export function isInEffect(acts: readonly Act[], act: Act): boolean {
  const undoing = acts.findLast((one) => one.undoes === act.number);
  return undoing === undefined || !isInEffect(acts, undoing);
}

/** The newest act after `act` that has to be undone before it can be. */
export function standsInTheWay(acts: readonly Act[], act: Act): Act | undefined {
  const [touched, made, used] = [touchedBy(act), madeBy(act), usedBy(act)];
  return acts.findLast(
    (later) =>
      later.number > act.number &&
      // An act that was undone after `act`, and its undoing, leave no trace together.
      (later.undoes === null || later.undoes <= act.number) &&
      isInEffect(acts, later) &&
      (meet(touched, touchedBy(later)) || meet(made, usedBy(later)) || meet(used, madeBy(later))),
  );
}

/** What stands after the change, done as the act of this number. */
export function apply(board: Board, change: Change, number: number): Board {
  const titles = new Map(board.titles);
  for (const { case: id, to } of change.titles) to === null ? titles.delete(id) : titles.set(id, to);
  const caseOf = new Map(board.caseOf);
  for (const { finding, to } of change.moves) to === null ? caseOf.delete(finding) : caseOf.set(finding, to);
  const links = new Map(board.links);
  for (const { case: id, other, to } of change.links) {
    to === null ? links.delete(linkKey(id, other)) : links.set(linkKey(id, other), to);
  }
  return { titles, caseOf, links, acts: [...board.acts, { ...change, number }] };
}

export interface Received {
  finding: number;
  /** The organisation; null where it came without an account. */
  source: string | null;
  receivedAt: Instant;
}

export interface Credit {
  source: string | null;
  /** The first received first. */
  findings: number[];
  /** Of the first. */
  receivedAt: Instant;
  /** 1 for whoever was first; the same for those received at the same moment. */
  place: number;
}

/** Who reported it, in the order in which the first report of each was received. Reports without an account are nobody's but their own. */
export function credits(members: Received[]): Credit[] {
  const bySource = new Map<string, Received[]>();
  for (const one of [...members].sort(byReceipt)) {
    const key = one.source ?? `finding ${one.finding}`;
    bySource.set(key, [...(bySource.get(key) ?? []), one]);
  }
  const firsts = [...bySource.values()].map((reports) => ({ first: reports[0] as Received, reports }));
  return firsts.map(({ first, reports }) => ({
    source: first.source,
    findings: reports.map(({ finding }) => finding),
    receivedAt: first.receivedAt,
    place: 1 + firsts.filter((other) => other.first.receivedAt < first.receivedAt).length,
  }));
}

const byReceipt = (a: Received, b: Received) =>
  a.receivedAt < b.receivedAt ? -1 : a.receivedAt > b.receivedAt ? 1 : a.finding - b.finding;

const nothing = (kind: ActKind): Change => ({ kind, moves: [], titles: [], links: [], undoes: null });

const distinct = (findings: number[]) => [...new Set(findings)].sort((a, b) => a - b);

function requireOpen(board: Board, id: CaseId): void {
  if (!board.titles.has(id)) throw new Refusal('not_found');
  if (![...board.caseOf.values()].includes(id)) throw new Refusal('case_empty');
}

function requireRoom(board: Board, id: CaseId, count: number): void {
  if (membersOf(board, id).length + count > membersMax) throw new Refusal('case_full', { membersMax });
}

/** The links of `old` as links of `next`: one that `next` has already stands, and none leads to itself. */
function relinked(board: Board, old: CaseId, next: CaseId): Linking[] {
  const changes: Linking[] = [];
  for (const [key, relation] of board.links) {
    const [id, other] = key.split(' ') as [CaseId, CaseId];
    if (id !== old && other !== old) continue;
    changes.push({ case: id, other, from: relation, to: null });
    const [a, b] = [id === old ? next : id, other === old ? next : other];
    if (a !== b && !board.links.has(linkKey(a, b))) changes.push({ case: a, other: b, from: null, to: relation });
  }
  return changes;
}

function reverse({ moves, titles, links }: Change): Omit<Change, 'kind' | 'undoes'> {
  return {
    moves: moves.map(({ finding, from, to }) => ({ finding, from: to, to: from })),
    titles: titles.map(({ case: id, from, to }) => ({ case: id, from: to, to: from })),
    links: links.map(({ case: id, other, from, to }) => ({ case: id, other, from: to, to: from })),
  };
}

/** Findings, titles and links that an act set. */
function touchedBy({ moves, titles, links }: Change): string[] {
  return [
    ...moves.map(({ finding }) => `finding ${finding}`),
    ...titles.map(({ case: id }) => `title of ${id}`),
    ...links.map(({ case: id, other }) => `link ${id} ${other}`),
  ];
}

/** Cases that an act made or unmade. */
const madeBy = ({ titles }: Change) =>
  titles.filter(({ from, to }) => from === null || to === null).map(({ case: id }) => id);

/** Cases without which an act could not have been. */
const usedBy = ({ moves, titles, links }: Change) => [
  ...moves.flatMap(({ from, to }) => [from, to]),
  ...titles.map(({ case: id }) => id),
  ...links.flatMap(({ case: id, other }) => [id, other]),
];

const meet = (some: unknown[], others: unknown[]) => some.some((one) => others.includes(one));
