/**
 * The coordinators' queue: one entry for each flaw that seems distinct, and what is decided about it. What the desk alone knows (hints,
 * folding, cases, who is at work) never touches a row that a reporter reads; only a question, a refusal and taking up again do, each
 * for the one finding it is about (I5).
 */
import { createHash } from 'node:crypto';
import { listedPackageOf } from '../../domain/advisory/package.ts';
import type { CaseId } from '../../domain/coordination/case.ts';
import * as rule from '../../domain/coordination/case.ts';
import type { Actor, OrganisationId } from '../../domain/directory/actor.ts';
import { type Field, sideBySide } from '../../domain/intake/comparison.ts';
import { compare as compareFeatures, proposalMin } from '../../domain/intake/duplicate/compare.ts';
import type { Features } from '../../domain/intake/duplicate/features.ts';
import type { Judgement, Relation } from '../../domain/intake/duplicate/hint.ts';
import { amongRivals, type Listed } from '../../domain/intake/fold.ts';
import { ordered } from '../../domain/intake/opinion.ts';
import { type EntryState, isSettled, queuePolicy, type RankReason, reasonsOf } from '../../domain/intake/queue.ts';
import type { Report } from '../../domain/intake/report.ts';
import type { Mark } from '../../domain/intake/screening/mark.ts';
import { requireCoordinator } from '../../domain/intake/who.ts';
import { Refusal } from '../../domain/refusal.ts';
import * as cases from '../../store/coordination/cases.ts';
import type { Tx } from '../../store/database.ts';
import * as findings from '../../store/intake/findings.ts';
import * as queueEntries from '../../store/intake/hint-entries.ts';
import * as queue from '../../store/intake/hint-queue.ts';
import * as hints from '../../store/intake/hints.ts';
import * as screenings from '../../store/intake/screenings.ts';
import { deskAudience } from '../../store/intake/sources.ts';
import * as entries from '../../store/log/entries.ts';
import * as ledger from '../../store/review/ledger.ts';
import * as caseActs from '../coordination/cases.ts';
import type { System } from '../system.ts';
import { loadFeatures } from './compare.ts';
import { refreshEntries } from './queue-entries.ts';
import * as judge from './queue-judge.ts';
import * as reporting from './reporting.ts';
import { type Source, sourcesOf } from './source-names.ts';

export interface ShownEntry extends Omit<queue.QueueEntry, 'facts' | 'takenBy' | 'takenUntil' | 'lead'> {
  severity: string | null;
  reasons: RankReason[];
  taken: { by: { id: string; name: string | null }; until: string; isMine: boolean } | null;
}

export interface Page {
  items: ShownEntry[];
  /** Of the last entry, when there may be more. */
  next: { rank: number; lead: number } | undefined;
  counts: { entries: Record<EntryState, number>; findings: number; held: number } | undefined;
  policy: { name: string; version: string };
}

export type Asked = Omit<queue.Filter, 'taken' | 'package'> & {
  /** A name, `ecosystem/name`, or a purl whose version does not matter. */
  package?: string | undefined;
  taken?: 'me' | 'others' | 'nobody' | undefined;
};

/** A name may hold slashes itself (`@scope/name`), so that a text with one is read both ways. */
function packagesAsked(text: string): queue.AskedPackage {
  const listed = listedPackageOf(text);
  if (listed !== undefined) return [listed];
  const slash = text.indexOf('/');
  const asked: queue.AskedPackage = [{ name: text }];
  if (slash > 0) asked.push({ ecosystem: text.slice(0, slash), name: text.slice(slash + 1) });
  return asked;
}

/** Entries in the order of work, with the counts of all when it is the first page. */
export function list(system: System, actor: Actor, { taken, package: named, ...filter }: Asked): Promise<Page> {
  requireCoordinator(actor);
  return system.database.transaction(actor, async (tx) => {
    const at = system.now();
    const found = await queue.list(tx, {
      ...filter,
      ...(named !== undefined && { package: packagesAsked(named) }),
      ...(taken !== undefined && { taken: { as: taken, by: actor.id, at } }),
    });
    const last = found.length === filter.limit ? found.at(-1) : undefined;
    return {
      items: await shownEntries(system, tx, actor, found),
      next: last && { rank: last.rank, lead: last.lead },
      counts: filter.after === undefined ? await countsOf(tx) : undefined,
      policy: { name: queuePolicy.name, version: queuePolicy.version },
    };
  });
}

async function countsOf(tx: Tx): Promise<NonNullable<Page['counts']>> {
  const all = { entries: { undecided: 0, joining: 0, waiting: 0, in_case: 0, closed: 0 }, findings: 0, held: 0 };
  for (const { state, entries: count, findings: number, held } of await queue.counts(tx)) {
    all.entries[state] = count;
    all.findings += number;
    all.held += held;
  }
  return all;
}

async function shownEntries(system: System, tx: Tx, actor: Actor, found: queue.QueueEntry[]): Promise<ShownEntry[]> {
  const now = system.now();
  const takers = found.flatMap(({ takenBy }) => (takenBy === null ? [] : [takenBy]));
  const names = new Map((await ledger.names(tx, [...new Set(takers)])).map(({ id, name }) => [id, name]));
  return found.map(({ facts, takenBy, takenUntil, lead: _, ...entry }) => ({
    ...entry,
    title: entry.case?.title ?? entry.title,
    severity: facts.severity,
    reasons: reasonsOf(facts),
    taken:
      takenBy === null || takenUntil === null || takenUntil <= now
        ? null
        : { by: { id: takenBy, name: names.get(takenBy) ?? null }, until: takenUntil, isMine: takenBy === actor.id },
  }));
}

export interface OpenedFinding extends Omit<findings.KeptFinding, 'number' | 'audience' | 'organisation'> {
  source: Source;
  report: Report;
  marks: Mark[];
  messages: reporting.Message[];
}

export interface ShownHint {
  finding: string;
  title: string;
  source: Source;
  state: findings.KeptFinding['state'];
  isHeld: boolean;
  receivedAt: string;
  case: { id: string; title: string } | null;
  relation: Relation;
  confidence: number;
  kind: 'proposal' | 'hint';
  isFolded: boolean;
  reasons: Judgement['reasons'];
  opinion: judge.Opinion | null;
  distinct: { by: { id: string; name: string | null }; at: string } | null;
}

export type ShownMember = Omit<queue.QueueMember, 'number' | 'organisation'> & {
  source: Source;
  confidence: number | null;
};

export interface Item {
  entry: ShownEntry;
  finding: OpenedFinding;
  members: ShownMember[];
  hints: ShownHint[];
  case: Omit<cases.CaseRow, 'number'> | null;
  can: { accept: boolean; refuse: boolean; reopen: boolean; ask: boolean; take: boolean; askModel: boolean };
}

/** One finding opened, with the entry it stands under. That it was read is on record for its source (I7). */
export async function load(system: System, actor: Actor, id: string): Promise<Item> {
  requireCoordinator(actor);
  const read = await system.database.transaction(actor, async (tx) => {
    const { finding, entry } = await opened(tx, id);
    await noteRead(system, tx, actor, finding);
    const [shown] = await shownEntries(system, tx, actor, [entry]);
    const kept = await queue.hintsOf(tx, finding.number);
    const members = await queue.members(tx, entry.lead);
    return {
      finding,
      entry: shown as ShownEntry,
      members: await withConfidence(tx, members),
      hints: await judged(system, tx, finding.number, entry.lead, kept),
      texts: await texts(system, tx, finding),
      theCase: entry.case === null ? undefined : await cases.find(tx, entry.case.id),
    };
  });
  const { finding, entry, members, hints, texts: own, theCase } = read;
  const source = await sourcesOf(system, [
    finding.organisation,
    ...members.map(({ organisation }) => organisation),
    ...hints.map(({ organisation }) => organisation),
  ]);
  const isOpen = !isSettled(finding.state);
  const isFree = entry.taken === null || entry.taken.isMine;
  return {
    entry,
    finding: openedFinding(finding, own, source(finding.organisation)),
    members: members.map(({ number: _, organisation, ...member }) => ({ ...member, source: source(organisation) })),
    hints: hints.map(({ organisation, ...hint }) => ({ ...hint, source: source(organisation) })),
    case: theCase === undefined ? null : (({ number: _, ...row }) => row)(theCase),
    can: {
      accept: isFree && (entry.state === 'undecided' || entry.state === 'joining' || entry.state === 'waiting'),
      refuse: isFree && isOpen,
      reopen: finding.state === 'not_reproduced' || finding.state === 'out_of_scope',
      ask: isFree && isOpen,
      take: isFree,
      askModel: judge.isConfigured(system),
    },
  };
}

async function opened(tx: Tx, id: string): Promise<{ finding: findings.KeptFinding; entry: queue.QueueEntry }> {
  const finding = await findings.find(tx, id);
  if (finding === undefined) throw new Refusal('not_found');
  const entry = await queue.entryOfFinding(tx, finding.number);
  if (entry === undefined) throw new Refusal('finding_not_compared');
  return { finding, entry };
}

type Texts = Pick<OpenedFinding, 'report' | 'marks' | 'messages'>;

async function texts(system: System, tx: Tx, finding: findings.KeptFinding): Promise<Texts> {
  const { report, messages } = await reporting.shown(system, tx, finding);
  return { report, messages, marks: await screenings.marksOf(tx, finding.id) };
}

function openedFinding(finding: findings.KeptFinding, own: Texts, source: Source): OpenedFinding {
  const { number: _number, audience: _audience, organisation: _organisation, ...rest } = finding;
  return { ...rest, ...own, source };
}

/** A coordinator who looks at the same finding again within this time has read it once. */
const sameReadingMs = 10 * 60_000;

async function noteRead(system: System, tx: Tx, actor: Actor, finding: findings.KeptFinding): Promise<void> {
  const at = system.now();
  const since = new Date(Date.parse(at) - sameReadingMs).toISOString();
  const [object, did] = [finding.id, 'finding_read'];
  if (await ledger.hasRead(tx, { object, did, actor: actor.id, since })) return;
  await entries.append(tx, { type: 'access', did, object, by: actor, audience: [finding.audience], at });
}

/** For each member how sure the strongest link is that it has with another one here. */
async function withConfidence(
  tx: Tx,
  members: queue.QueueMember[],
): Promise<(queue.QueueMember & { confidence: number | null })[]> {
  const lists = await listsOf(
    tx,
    members.map(({ number }) => number),
  );
  const within = new Set(members.map(({ number }) => number));
  return members.map((member) => {
    const own = lists.get(member.number);
    const links = (own?.partners ?? []).filter(({ finding }) => within.has(finding));
    const sure = links.map((one) => amongRivals(own as Listed, one, lists.get(one.finding)).confidence);
    return { ...member, confidence: sure.length === 0 ? null : Math.max(...sure) };
  });
}

/** The partners of these findings and of their partners. */
async function listsOf(tx: Tx, numbers: number[]): Promise<Map<number, Listed>> {
  const partners = await hints.partners(tx, numbers, { isWide: true });
  const sources = await hints.sources(tx, [...new Set([...numbers, ...partners.keys()])]);
  return new Map(
    [...sources].map(([finding, source]) => [finding, { finding, source, partners: partners.get(finding) ?? [] }]),
  );
}

const isProposal = ({ relation, confidence }: Pick<Judgement, 'relation' | 'confidence'>) =>
  confidence >= proposalMin && (relation === 'duplicate' || relation === 'subsumed');

/** The hints of a finding, each with reasons reckoned anew from both sides' features. */
async function judged(
  system: System,
  tx: Tx,
  number: number,
  lead: number,
  kept: queue.KeptHint[],
): Promise<(Omit<ShownHint, 'source'> & { organisation: OrganisationId | null })[]> {
  const features = await loadFeatures(system, tx, [number, ...kept.map((hint) => hint.number)]);
  const marks = await queue.marksOf(tx, number);
  const names = new Map(
    (
      await ledger.names(
        tx,
        marks.map(({ by }) => by),
      )
    ).map(({ id, name }) => [id, name]),
  );
  const opinions = await judge.opinionsOf(system, tx, number);
  const lists = await listsOf(tx, [number]);
  const own = lists.get(number);
  const shown = kept.map((hint) => {
    const partner = own?.partners.find(({ finding }) => finding === hint.number);
    const { confidence, relation } = partner && own ? amongRivals(own, partner, lists.get(hint.number)) : hint;
    const mark = marks.find(({ a, b }) => a === hint.number || b === hint.number);
    return {
      finding: hint.finding,
      title: hint.title,
      organisation: hint.organisation,
      state: hint.state,
      isHeld: hint.isHeld,
      receivedAt: hint.receivedAt,
      case: hint.case === null ? null : { id: hint.case, title: hint.caseTitle ?? '' },
      relation,
      confidence,
      kind: isProposal({ relation, confidence }) && mark === undefined ? ('proposal' as const) : ('hint' as const),
      isFolded: hint.entry === lead,
      reasons: judgementOf(features, number, hint.number).reasons,
      opinion: opinions.get(hint.number) ?? null,
      distinct: mark === undefined ? null : { by: { id: mark.by, name: names.get(mark.by) ?? null }, at: mark.at },
    };
  });
  return ordered(shown);
}

const pick = ({ relation, confidence }: Pick<Judgement, 'relation' | 'confidence'>) => ({ relation, confidence });

/** How two findings stand to each other by themselves, with `a` of each shared text from the first. */
function judgementOf(features: Map<number, Features>, number: number, other: number): Judgement {
  const [own, theirs] = [features.get(number), features.get(other)];
  if (own === undefined || theirs === undefined) return { relation: 'distinct', confidence: 0, reasons: [] };
  return compareFeatures(own, theirs);
}

export interface Comparison {
  a: OpenedFinding;
  b: OpenedFinding;
  relation: Relation;
  confidence: number;
  kind: 'proposal' | 'hint' | 'none';
  reasons: Judgement['reasons'];
  fields: Field[];
  opinion: judge.Opinion | null;
}

/** Two findings side by side; that each was read is on record for its source. */
export async function compare(system: System, actor: Actor, id: string, otherId: string): Promise<Comparison> {
  requireCoordinator(actor);
  if (id === otherId) throw new Refusal('not_a_pair');
  const read = await system.database.transaction(actor, async (tx) => {
    const [a, b] = [(await opened(tx, id)).finding, (await opened(tx, otherId)).finding];
    await noteRead(system, tx, actor, a);
    await noteRead(system, tx, actor, b);
    const features = await loadFeatures(system, tx, [a.number, b.number]);
    const lists = await listsOf(tx, [a.number]);
    const own = lists.get(a.number);
    const partner = own?.partners.find(({ finding }) => finding === b.number);
    return {
      a,
      b,
      textsA: await texts(system, tx, a),
      textsB: await texts(system, tx, b),
      judgement: {
        ...judgementOf(features, a.number, b.number),
        ...(own && partner && pick(amongRivals(own, partner, lists.get(b.number)))),
      },
      isKept: partner !== undefined,
      opinion: (await judge.opinionsOf(system, tx, a.number)).get(b.number) ?? null,
    };
  });
  const { a, b, textsA, textsB, judgement, isKept, opinion } = read;
  const source = await sourcesOf(system, [a.organisation, b.organisation]);
  return {
    a: openedFinding(a, textsA, source(a.organisation)),
    b: openedFinding(b, textsB, source(b.organisation)),
    ...judgement,
    kind: isProposal(judgement) ? 'proposal' : isKept ? 'hint' : 'none',
    fields: sideBySide(textsA.report, textsB.report),
    opinion,
  };
}

export interface Preview {
  digest: string;
  case: { id: string; title: string } | null;
  title: string;
  joined: ShownMember[];
  sources: number;
}

/** What accepting these findings as one flaw would join. Nothing is kept. */
export async function preview(
  system: System,
  actor: Actor,
  id: string,
  chosen: string[] | undefined,
): Promise<Preview> {
  caseActs.requireDesk(actor);
  const { joined, ...rest } = await system.database.transaction(actor, (tx) => plan(tx, id, chosen));
  const source = await sourcesOf(
    system,
    joined.map(({ organisation }) => organisation),
  );
  return {
    ...rest,
    joined: joined.map(({ number: _, organisation, ...member }) => ({ ...member, source: source(organisation) })),
  };
}

async function plan(tx: Tx, id: string, chosen: string[] = [id]) {
  const { entry } = await opened(tx, id);
  const members = await withConfidence(tx, await queue.members(tx, entry.lead));
  const joined = members.filter(({ finding }) => chosen.includes(finding));
  // What is not under this entry by now was moved while the coordinator looked.
  if (joined.length !== new Set(chosen).size) throw new Refusal('finding_moved');
  if (joined.some(({ state }) => isSettled(state))) throw new Refusal('finding_settled');
  if (joined.some((member) => member.case !== null)) throw new Refusal('finding_moved');
  const told = joined.map(({ finding, state }) => [finding, state]);
  return {
    digest: createHash('sha256')
      .update(JSON.stringify([entry.case?.id ?? null, told]))
      .digest('base64url'),
    case: entry.case,
    title: entry.case?.title ?? joined[0]?.title ?? entry.title,
    joined,
    sources: new Set(joined.map(({ organisation, finding }) => organisation ?? finding)).size,
  };
}

/**
 * Accepts findings of one entry as one flaw: they open a case, or join the one of their entry. More than one needs the digest of a
 * preview; where what would be joined has changed since, nothing is done.
 */
export async function accept(
  system: System,
  actor: Actor,
  id: string,
  {
    findings: chosen,
    digest,
    title,
  }: { findings?: string[] | undefined; digest?: string | undefined; title?: string | undefined },
): Promise<caseActs.Shown> {
  caseActs.requireDesk(actor);
  const accepted = await system.database.transaction(actor, async (tx) => {
    await queueEntries.lock(tx);
    const { entry } = await opened(tx, id);
    requireFree(system, actor, entry);
    const planned = await plan(tx, id, chosen);
    if (digest === undefined ? planned.joined.length > 1 : digest !== planned.digest) {
      throw new Refusal('preview_outdated');
    }
    const numbers = planned.joined.map(({ number }) => number);
    const standing = planned.case?.id as CaseId | undefined;
    const board = await cases.board(tx, { cases: standing === undefined ? [] : [standing], findings: numbers });
    const fresh = caseActs.newCase(system);
    const change =
      standing === undefined
        ? rule.open(board, fresh, numbers, title ?? planned.title)
        : rule.mergeFindings(
            board,
            standing,
            numbers.map((finding) => ({ finding, from: null })),
          );
    const did = standing === undefined ? 'case_opened' : 'case_merged';
    await caseActs.record(system, tx, actor, { did, object: standing ?? fresh }, change);
    return standing ?? fresh;
  });
  return caseActs.load(system, actor, accepted);
}

/** Refuses a finding, with the reason in words for its reporter. */
export function refuse(
  system: System,
  actor: Actor,
  id: string,
  { as, reason }: { as: 'not_reproduced' | 'out_of_scope'; reason: string },
): Promise<Item> {
  return decide(system, actor, id, async (tx, finding) => {
    if (isSettled(finding.state)) throw new Refusal('finding_settled');
    await reporting.decide(system, tx, actor, finding, { as, reason });
  });
}

/** Takes up a finding again that was refused, with the reason in words for its reporter. */
export function reopen(system: System, actor: Actor, id: string, reason: string): Promise<Item> {
  return decide(system, actor, id, async (tx, finding) => {
    if (finding.state !== 'not_reproduced' && finding.state !== 'out_of_scope')
      throw new Refusal('finding_not_refused');
    await reporting.decide(system, tx, actor, finding, { as: 'triaged', reason });
  });
}

/** Asks the reporter of a finding something. */
export function ask(system: System, actor: Actor, id: string, text: string): Promise<Item> {
  return decide(system, actor, id, async (tx, finding) => {
    if (isSettled(finding.state)) throw new Refusal('finding_settled');
    await reporting.ask(system, tx, actor, finding, text);
  });
}

async function decide(
  system: System,
  actor: Actor,
  id: string,
  work: (tx: Tx, finding: findings.KeptFinding) => Promise<void>,
): Promise<Item> {
  caseActs.requireDesk(actor);
  await system.database.transaction(actor, async (tx) => {
    const { entry } = await opened(tx, id);
    requireFree(system, actor, entry);
    const finding = await findings.lock(tx, id);
    if (finding === undefined) throw new Refusal('not_found');
    await work(tx, finding);
    await refreshEntries(system, tx, [finding.number]);
  });
  return load(system, actor, id);
}

/** How long an entry stays with whoever took it. */
const takenMs = 60 * 60_000;

/** Tells the other coordinators that one is at work on an entry, or that no longer. Another's is taken over only when said so. */
export async function take(
  system: System,
  actor: Actor,
  id: string,
  { isTaken, isTakeOver = false }: { isTaken: boolean; isTakeOver?: boolean },
): Promise<Item> {
  caseActs.requireDesk(actor);
  await system.database.transaction(actor, async (tx) => {
    await queueEntries.lock(tx);
    const { entry } = await opened(tx, id);
    if (!isTakeOver) requireFree(system, actor, entry);
    const at = system.now();
    const until = new Date(Date.parse(at) + takenMs).toISOString();
    await queue.take(tx, entry.lead, isTaken ? { by: actor.id, until } : null);
    const did = isTaken ? 'queue_entry_taken' : 'queue_entry_given_back';
    await entries.append(tx, { did, object: entry.id, by: actor, audience: [deskAudience], at });
  });
  return load(system, actor, id);
}

function requireFree(system: System, actor: Actor, { takenBy, takenUntil }: queue.QueueEntry): void {
  if (takenBy === null || takenUntil === null || takenBy === actor.id || takenUntil <= system.now()) return;
  throw new Refusal('entry_taken', { until: takenUntil });
}

/** Says that two findings are different flaws, or takes that back: they no longer stand under one entry, or may again. */
export async function markDistinct(
  system: System,
  actor: Actor,
  id: string,
  otherId: string,
  isDistinct: boolean,
): Promise<Item> {
  caseActs.requireDesk(actor);
  if (id === otherId) throw new Refusal('not_a_pair');
  await system.database.transaction(actor, async (tx) => {
    await queueEntries.lock(tx);
    const numbers = [(await opened(tx, id)).finding.number, (await opened(tx, otherId)).finding.number];
    const pair = { a: Math.min(...numbers), b: Math.max(...numbers) };
    const at = system.now();
    if (!(await queue.mark(tx, pair, isDistinct ? { by: actor.id, at } : null))) return;
    await refreshEntries(system, tx, numbers);
    const did = isDistinct ? 'findings_marked_distinct' : 'findings_mark_taken_back';
    await entries.append(tx, { did, object: id, by: actor, audience: [deskAudience], body: { other: otherId }, at });
  });
  return load(system, actor, id);
}

/** Asks the configured model about two findings, neither of them held. */
export async function askModel(system: System, actor: Actor, id: string, otherId: string): Promise<Comparison> {
  caseActs.requireDesk(actor);
  if (id === otherId) throw new Refusal('not_a_pair');
  await judge.ask(system, actor, id, otherId);
  return compare(system, actor, id, otherId);
}
