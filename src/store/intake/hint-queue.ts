/** The coordinators' queue as it is read: entries in their order, and what hangs on one. */
import { type SqlBool, sql } from 'kysely';
import type { OrganisationId } from '../../domain/directory/actor.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Relation } from '../../domain/intake/duplicate/hint.ts';
import type { EntryFacts, EntryState } from '../../domain/intake/queue.ts';
import type { FindingState } from '../../domain/intake/report.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { Tx } from '../database.ts';
import { deskAudience } from './sources.ts';

/** The numbers and states of these findings, in their order. Refuses when the actor may not know of one of them. */
export async function numbersOf(tx: Tx, ids: string[]): Promise<{ number: number; state: FindingState }[]> {
  if (ids.length === 0) return [];
  const rows = await tx.selectFrom('findings').select(['id', 'number', 'state']).where('id', 'in', ids).execute();
  const found = new Map(rows.map(({ id, ...row }) => [id, row]));
  return ids.map((id) => {
    const row = found.get(id);
    if (row === undefined) throw new Refusal('not_found');
    return row;
  });
}

/** The ids of these findings. */
export async function idsOf(tx: Tx, numbers: number[]): Promise<Map<number, string>> {
  if (numbers.length === 0) return new Map();
  const rows = await tx.selectFrom('findings').select(['id', 'number']).where('number', 'in', numbers).execute();
  return new Map(rows.map(({ id, number }) => [number, id]));
}

export interface QueueEntry {
  lead: number;
  id: string;
  state: EntryState;
  title: string;
  package: string | null;
  purl: string | null;
  case: { id: string; title: string } | null;
  findings: number;
  sources: number;
  proposals: number;
  receivedAt: Instant;
  rank: number;
  facts: EntryFacts;
  isHeld: boolean;
  hasHint: boolean;
  takenBy: string | null;
  takenUntil: Instant | null;
}

/** Packages of any of these names, of any ecosystem where none is said; one that an entry does not know excludes nothing. */
export type AskedPackage = { name: string; ecosystem?: string | undefined }[];

export interface Filter {
  /** Any state, when left out. */
  states?: EntryState[] | undefined;
  package?: AskedPackage | undefined;
  /** An organisation, or `none` for what came without an account. */
  source?: string | undefined;
  /** Whether there is anything to join or to look at: a proposal or a hint. */
  hasHint?: boolean | undefined;
  isHeld?: boolean | undefined;
  taken?: { as: 'me' | 'others' | 'nobody'; by: string; at: Instant } | undefined;
  /** The rank and the lead of the last one of the page before. */
  after?: { rank: number; lead: number } | undefined;
  limit: number;
}

const rows = (tx: Tx) =>
  tx
    .selectFrom('queue_entries')
    .innerJoin('findings', 'findings.number', 'queue_entries.lead')
    .leftJoin('cases', 'cases.id', 'queue_entries.case_id')
    .select([
      'lead',
      'findings.id',
      'queue_entries.state',
      'findings.title',
      'queue_entries.package',
      'findings.purl',
      'cases.id as caseId',
      'cases.title as caseTitle',
      'queue_entries.findings',
      'queue_entries.sources',
      'queue_entries.proposals',
      'received_at as receivedAt',
      'rank',
      'facts',
      'queue_entries.is_held as isHeld',
      'has_hint as hasHint',
      'taken_by as takenBy',
      'taken_until as takenUntil',
    ]);

type Row = Awaited<ReturnType<ReturnType<typeof rows>['executeTakeFirstOrThrow']>>;

const entryOf = ({ caseId, caseTitle, ...row }: Row): QueueEntry => ({
  ...row,
  case: caseId === null ? null : { id: caseId, title: caseTitle ?? '' },
});

/** Entries in the order of work: the highest rank first, among equals the one received first. */
export async function list(tx: Tx, filter: Filter): Promise<QueueEntry[]> {
  const { states, source, hasHint, isHeld, taken, after, limit } = filter;
  const found = await rows(tx)
    .$if(states !== undefined, (query) => query.where(inStates(states ?? [])))
    .$if(filter.package !== undefined, (query) =>
      query.where(sql<SqlBool>`(${sql.join((filter.package ?? []).map(isOfPackage), sql` or `)})`),
    )
    .$if(source !== undefined, (query) =>
      query.where(
        source === 'none'
          ? sql<SqlBool>`lead in (select entry from finding_features where source >= 'finding_' and source < 'finding')`
          : sql<SqlBool>`lead in (select entry from finding_features where source = ${source})`,
      ),
    )
    .$if(hasHint !== undefined, (query) =>
      query.where(sql<SqlBool>`(has_hint or queue_entries.proposals > 0) = ${hasHint}`),
    )
    .$if(isHeld !== undefined, (query) => query.where('queue_entries.is_held', '=', isHeld as boolean))
    .$if(taken !== undefined, (query) => query.where(takenAs(taken as NonNullable<Filter['taken']>)))
    .$if(after !== undefined, (query) =>
      query.where(sql<SqlBool>`rank <= ${after?.rank} and (rank < ${after?.rank} or lead > ${after?.lead})`),
    )
    .orderBy('rank', 'desc')
    .orderBy('lead')
    .limit(limit)
    .execute();
  return found.map(entryOf);
}

/** The release of an ecosystem (`Debian:12`) may be left out. */
const isOfPackage = ({ name, ecosystem }: AskedPackage[number]) =>
  ecosystem === undefined
    ? sql<SqlBool>`queue_entries.package = ${name}`
    : sql<SqlBool>`(queue_entries.package = ${name} and (findings.ecosystem is null
        or lower(${ecosystem}) in (lower(findings.ecosystem), lower(split_part(findings.ecosystem, ':', 1)))))`;

/** Written so that the index of open entries serves it. */
const inStates = (states: EntryState[]) =>
  states.includes('undecided') && states.includes('joining') && states.length === 2
    ? sql<SqlBool>`queue_entries.state in ('undecided', 'joining')`
    : sql<SqlBool>`queue_entries.state = any(${states}::text[])`;

function takenAs({ as, by, at }: NonNullable<Filter['taken']>) {
  if (as === 'nobody') return sql<SqlBool>`(taken_until is null or taken_until <= ${at})`;
  return as === 'me'
    ? sql<SqlBool>`(taken_until > ${at} and taken_by = ${by})`
    : sql<SqlBool>`(taken_until > ${at} and taken_by <> ${by})`;
}

/** How many entries stand in each state, and how many findings under them. */
export async function counts(
  tx: Tx,
): Promise<{ state: EntryState; entries: number; findings: number; held: number }[]> {
  const { rows: found } = await sql<{ state: EntryState; entries: number; findings: number; held: number }>`
    select state, count(*) as entries, sum(findings)::bigint as findings, count(*) filter (where is_held) as held
    from queue_entries group by state order by state`.execute(tx);
  return found;
}

/** The entry under which a finding stands; none before it was compared. */
export async function entryOfFinding(tx: Tx, finding: number): Promise<QueueEntry | undefined> {
  const row = await rows(tx)
    .innerJoin('finding_features', 'finding_features.entry', 'queue_entries.lead')
    .where('finding_features.finding', '=', finding)
    .executeTakeFirst();
  return row && entryOf(row);
}

/** Who is at work on an entry; nobody, without `by`. */
export async function take(tx: Tx, lead: number, taking: { by: string; until: Instant } | null): Promise<void> {
  await tx
    .updateTable('queue_entries')
    .set({ taken_by: taking?.by ?? null, taken_until: taking?.until ?? null })
    .where('lead', '=', lead)
    .execute();
}

export interface QueueMember {
  number: number;
  finding: string;
  title: string;
  organisation: OrganisationId | null;
  state: FindingState;
  isHeld: boolean;
  receivedAt: Instant;
  case: string | null;
}

/** All findings under an entry, the first received first. */
export function members(tx: Tx, lead: number): Promise<QueueMember[]> {
  return memberRows(tx).where('finding_features.entry', '=', lead).orderBy('findings.number').execute();
}

const memberRows = (tx: Tx) =>
  tx
    .selectFrom('finding_features')
    .innerJoin('findings', 'findings.number', 'finding_features.finding')
    .leftJoin('case_members', (join) =>
      join.onRef('case_members.finding', '=', 'findings.number').on('case_members.until', 'is', null),
    )
    .select([
      'findings.number',
      'findings.id as finding',
      'findings.title',
      'findings.organisation_id as organisation',
      'findings.state',
      'findings.is_held as isHeld',
      'findings.received_at as receivedAt',
      'case_members.case_id as case',
    ]);

export interface KeptHint extends QueueMember {
  entry: number;
  relation: Relation;
  confidence: number;
  caseTitle: string | null;
}

/** The partners kept for a finding, the surest first. */
export async function hintsOf(tx: Tx, finding: number): Promise<KeptHint[]> {
  return memberRows(tx)
    .innerJoin('hints', 'hints.partner', 'finding_features.finding')
    .leftJoin('cases', 'cases.id', 'case_members.case_id')
    .select(['finding_features.entry', 'hints.relation', 'hints.confidence', 'cases.title as caseTitle'])
    .where('hints.finding', '=', finding)
    .orderBy('hints.confidence', 'desc')
    .orderBy('hints.partner')
    .execute();
}

export interface Mark {
  a: number;
  b: number;
  by: string;
  at: Instant;
}

/** Pairs with this finding that a coordinator marked as different flaws. */
export async function marksOf(tx: Tx, finding: number): Promise<Mark[]> {
  return tx
    .selectFrom('hint_marks')
    .select(['a', 'b', 'by', 'at'])
    .where((of) => of.or([of('a', '=', finding), of('b', '=', finding)]))
    .execute();
}

/** Marks a pair as different flaws, or takes the mark back. Gives whether that changed anything. */
export async function mark(
  tx: Tx,
  { a, b }: { a: number; b: number },
  by: { by: string; at: Instant } | null,
): Promise<boolean> {
  if (by === null) {
    const { numDeletedRows } = await tx
      .deleteFrom('hint_marks')
      .where('a', '=', a)
      .where('b', '=', b)
      .executeTakeFirst();
    return numDeletedRows > 0n;
  }
  const { numInsertedOrUpdatedRows = 0n } = await tx
    .insertInto('hint_marks')
    .values({ a, b, audience_id: deskAudience, ...by })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows > 0n;
}

export interface KeptOpinion {
  a: number;
  b: number;
  relation: Relation;
  /** Sealed. */
  text: Buffer;
  model: string;
  promptDigest: string;
  askedBy: string;
  askedAt: Instant;
}

/** What a model said of pairs with this finding. */
export function opinionsOf(tx: Tx, finding: number): Promise<KeptOpinion[]> {
  return tx
    .selectFrom('hint_opinions')
    .select([
      'a',
      'b',
      'relation',
      'text',
      'model',
      'prompt_digest as promptDigest',
      'asked_by as askedBy',
      'asked_at as askedAt',
    ])
    .where((of) => of.or([of('a', '=', finding), of('b', '=', finding)]))
    .execute();
}

/** Keeps what a model said of a pair, in place of what one said before. */
export async function saveOpinion(tx: Tx, { a, b, ...opinion }: KeptOpinion): Promise<void> {
  const said = {
    relation: opinion.relation,
    text: opinion.text,
    model: opinion.model,
    prompt_digest: opinion.promptDigest,
    asked_by: opinion.askedBy,
    asked_at: opinion.askedAt,
  };
  await tx
    .insertInto('hint_opinions')
    .values({ a, b, audience_id: deskAudience, ...said })
    .onConflict((conflict) => conflict.columns(['a', 'b']).doUpdateSet(said))
    .execute();
}
