/**
 * What coordinators do to cases. Every act is a change of `domain/coordination/case.ts`: under one lock, kept with what was before, on
 * record for the coordinating organisation and nobody else. Nothing here changes a finding, so no reporter sees anything of it (I5, I13).
 */

import type { CaseId, LinkRelation } from '../../domain/coordination/case.ts';
import * as rule from '../../domain/coordination/case.ts';
import { sentenceOf } from '../../domain/coordination/case-words.ts';
import type { Actor } from '../../domain/directory/actor.ts';
import * as permission from '../../domain/directory/permission.ts';
import { isSettled } from '../../domain/intake/queue.ts';
import { requireCoordinator } from '../../domain/intake/who.ts';
import { Refusal } from '../../domain/refusal.ts';
import * as cases from '../../store/coordination/cases.ts';
import type { Tx } from '../../store/database.ts';
import * as queueEntries from '../../store/intake/hint-entries.ts';
import * as findingNumbers from '../../store/intake/hint-queue.ts';
import { deskAudience } from '../../store/intake/sources.ts';
import * as entries from '../../store/log/entries.ts';
import * as ledger from '../../store/review/ledger.ts';
import { refreshEntries } from '../intake/queue-entries.ts';
import { type Source, sourcesOf } from '../intake/source-names.ts';
import type { System } from '../system.ts';

export interface Shown extends Omit<cases.CaseRow, 'number'> {
  members: (Omit<cases.CaseMember, 'number' | 'organisation'> & { source: Source })[];
  credits: { source: Source; findings: string[]; receivedAt: string; place: number }[];
  links: { case: { id: CaseId; title: string }; relation: LinkRelation; isFrom: boolean }[];
  acts: ShownAct[];
  joinedInto: { id: CaseId; title: string } | null;
}

export interface ShownAct {
  number: number;
  kind: rule.ActKind;
  by: { id: string; name: string | null };
  at: string;
  text: string;
  findings: string[];
  undoes: number | null;
  undoneBy: number | null;
  can: { undo: boolean; standsInTheWay: number | null };
}

/** Acts shown of one case. */
const actsShownMax = 200;

/** Refuses everybody but coordinators themselves: joining findings is no agent's act (I16). */
export function requireDesk(actor: Actor): void {
  permission.requirePerson(actor);
  requireCoordinator(actor);
}

/** Cases that hold findings, the newest first. */
export function list(system: System, actor: Actor, page: Parameters<typeof cases.list>[1]): Promise<cases.CaseRow[]> {
  requireCoordinator(actor);
  return system.database.transaction(actor, (tx) => cases.list(tx, page));
}

/** One case with its findings, whom they are owed to, and its history. */
export async function load(system: System, actor: Actor, id: string): Promise<Shown> {
  requireCoordinator(actor);
  const read = await system.database.transaction(actor, (tx) => open(tx, id));
  const source = await sourcesOf(
    system,
    read.members.map(({ organisation }) => organisation),
  );
  const ids = new Map(read.members.map(({ number, finding }) => [number, finding]));
  return {
    ...read.found,
    members: read.members.map(({ number: _, organisation, ...member }) => ({
      ...member,
      source: source(organisation),
    })),
    credits: rule
      .credits(
        read.members.map((one) => ({ finding: one.number, source: one.organisation, receivedAt: one.receivedAt })),
      )
      .map((credit) => ({
        ...credit,
        source: source(credit.source as Parameters<typeof source>[0]),
        findings: credit.findings.map((number) => ids.get(number) ?? ''),
      })),
    links: read.links,
    acts: read.acts,
    joinedInto: read.joinedInto ?? null,
  };
}

async function open(tx: Tx, id: string) {
  const row = await cases.find(tx, id);
  if (row === undefined) throw new Refusal('not_found');
  const { number: _, ...found } = row;
  const board = await cases.board(tx, { cases: [id], findings: [] });
  const own = board.acts
    .filter(
      ({ moves, titles, links }) =>
        moves.some(({ from, to }) => from === id || to === id) ||
        titles.some((one) => one.case === id) ||
        links.some((one) => one.case === id || one.other === id),
    )
    .slice(-actsShownMax);
  // What stands in the way of an act may have to do with its findings and no longer with this case.
  const touched = [...new Set(own.flatMap(({ moves }) => moves.map(({ finding }) => finding)))];
  const { acts: all, titles } = await cases.board(tx, { cases: [id], findings: touched });
  const ids = await findingNumbers.idsOf(tx, touched);
  const people = await ledger.names(tx, [...new Set(own.map(({ by }) => by))]);
  const named = new Map(people.map((person) => [person.id, person.name]));
  const titleOf = (one: CaseId) =>
    titles.get(one) ??
    own.flatMap((act) => act.titles).findLast((title) => title.case === one && title.from)?.from ??
    one;
  return {
    found,
    members: await cases.members(tx, id),
    links: [...board.links].flatMap(([key, relation]) => {
      const [from, to] = key.split(' ') as [CaseId, CaseId];
      if (from !== id && to !== id) return [];
      const other = from === id ? to : from;
      return [{ case: { id: other, title: titleOf(other) }, relation, isFrom: from === id }];
    }),
    acts: own
      .map((act): ShownAct => {
        const isInEffect = rule.isInEffect(all, act);
        const obstacle = isInEffect ? rule.standsInTheWay(all, act) : undefined;
        return {
          number: act.number,
          kind: act.kind,
          by: { id: act.by, name: named.get(act.by) ?? null },
          at: act.at,
          text: sentenceOf(act, titleOf),
          findings: act.moves.map(({ finding }) => ids.get(finding) ?? ''),
          undoes: act.undoes,
          undoneBy: isInEffect ? null : (all.findLast(({ undoes }) => undoes === act.number)?.number ?? null),
          can: { undo: isInEffect && obstacle === undefined, standsInTheWay: obstacle?.number ?? null },
        };
      })
      .reverse(),
    joinedInto: found.findings === 0 ? await cases.joinedInto(tx, id) : undefined,
  };
}

/** Gives a case another title. */
export function rename(system: System, actor: Actor, id: string, title: string): Promise<Shown> {
  return change(system, actor, id, { did: 'case_renamed' }, (board, own) => rule.rename(board, own, title));
}

/** Puts a finding, or all findings of another case, into this case. `from` is where the coordinator saw the finding: null for no case. */
export function merge(
  system: System,
  actor: Actor,
  id: string,
  what: { finding: string; from: string | null } | { case: string },
): Promise<Shown> {
  const others = 'case' in what ? { cases: [what.case] } : { findings: [what.finding] };
  return change(system, actor, id, { did: 'case_merged', ...others }, (board, own, [finding]) =>
    'case' in what
      ? rule.mergeCase(board, own, what.case as CaseId)
      : rule.mergeFindings(board, own, [{ finding: finding as number, from: what.from as CaseId | null }]),
  );
}

/** Takes findings out of a case into a new one; gives the new one. */
export function split(
  system: System,
  actor: Actor,
  id: string,
  { findings, title }: { findings: string[]; title?: string | undefined },
): Promise<Shown> {
  const fresh = newCase(system);
  return change(system, actor, id, { did: 'case_split', findings, shows: fresh }, (board, own, numbers) =>
    rule.split(board, own, numbers, fresh, title ?? `${board.titles.get(own)?.slice(0, 280)} (split)`),
  );
}

/** Says how this case stands to another, or takes it back (null). */
export function link(
  system: System,
  actor: Actor,
  id: string,
  other: string,
  relation: LinkRelation | null,
): Promise<Shown> {
  return change(system, actor, id, { did: 'case_linked', cases: [other] }, (board, own) =>
    rule.link(board, own, other as CaseId, relation),
  );
}

/** Undoes an act that had to do with this case. */
export function undo(system: System, actor: Actor, id: string, number: number): Promise<Shown | undefined> {
  requireDesk(actor);
  return system.database
    .transaction(actor, async (tx) => {
      await queueEntries.lock(tx);
      const act = await cases.act(tx, number);
      if (act === undefined || !act.cases.includes(id)) throw new Refusal('case_act_undone');
      const board = await cases.board(tx, act);
      await record(system, tx, actor, { did: 'case_act_undone', object: id }, rule.undo(board, number));
      return cases.find(tx, id);
    })
    .then((left) => (left === undefined ? undefined : load(system, actor, id)));
}

/** A new id. */
export const newCase = (system: System): CaseId => `case_${Buffer.from(system.randomBytes(16)).toString('hex')}`;

/** The one way a case changes: right, rule, rows, queue and log entry hold together, or none does. */
async function change(
  system: System,
  actor: Actor,
  id: string,
  about: { did: string; cases?: string[]; findings?: string[]; shows?: string },
  decide: (board: rule.Board, own: CaseId, findings: number[]) => rule.Change,
): Promise<Shown> {
  requireDesk(actor);
  await system.database.transaction(actor, async (tx) => {
    await queueEntries.lock(tx);
    const given = await findingNumbers.numbersOf(tx, about.findings ?? []);
    // What was refused or withdrawn joins nothing; it may be taken out of where it is.
    if (about.did === 'case_merged' && given.some(({ state }) => isSettled(state)))
      throw new Refusal('finding_settled');
    const numbers = given.map(({ number }) => number);
    const named = [id, ...(about.cases ?? [])];
    const board = await cases.board(tx, { cases: named, findings: numbers });
    if (named.some((one) => !board.titles.has(one as CaseId))) throw new Refusal('not_found');
    const what = decide(board, id as CaseId, numbers);
    await record(system, tx, actor, { did: about.did, object: about.shows ?? id }, what);
  });
  return load(system, actor, about.shows ?? id);
}

/** Keeps a change, brings the queue up to date, and puts it on record for the coordinating organisation alone. */
export async function record(
  system: System,
  tx: Tx,
  actor: Actor,
  { did, object }: { did: string; object: string },
  what: rule.Change,
): Promise<void> {
  const at = system.now();
  const act = await cases.record(tx, what, { by: actor.id, at, audience: deskAudience });
  await refreshEntries(
    system,
    tx,
    what.moves.map(({ finding }) => finding),
  );
  const body = { act, findings: what.moves.length };
  await entries.append(tx, { did, object, by: actor, audience: [deskAudience], body, at });
}
