/** Scan claims, the questions asked about them, and introductions. */
import { sql } from 'kysely';
import type { OrganisationId, PersonId } from '../../domain/directory/actor.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Answer, Authority, ClaimEvent, ClaimUse, Disclosure, QueryUse } from '../../domain/intake/claim.ts';
import type { Scope } from '../../domain/intake/scope.ts';
import type { Tx } from '../database.ts';

export interface KeptClaim {
  number: number;
  id: string;
  organisation: OrganisationId;
  scope: Scope;
  authority: Authority;
  disclosure: Disclosure;
  isCounted: boolean;
  note: string | null;
  /** Version of the policy under which it was registered. */
  policy: string;
  person: PersonId | null;
  personName: string | null;
  agentName: string | null;
  /** When it ends or ended, by what is recorded so far. */
  endsAt: Instant;
}

const columns = [
  'number',
  'id',
  'organisation_id as organisation',
  'scope',
  'authority',
  'disclosure',
  'is_counted as isCounted',
  'note',
  'policy',
  'person_id as person',
  'person_name as personName',
  'agent_name as agentName',
  'ends_at as endsAt',
] as const;

/** The claim, if this transaction's actor may know of it. */
export function find(tx: Tx, id: string): Promise<KeptClaim | undefined> {
  return tx.selectFrom('claims').select(columns).where('id', '=', id).executeTakeFirst();
}

/** As `find`, and nobody else changes it until the transaction ends. Others may still point to it: two introductions would block each other. */
export function lock(tx: Tx, id: string): Promise<KeptClaim | undefined> {
  return tx.selectFrom('claims').select(columns).where('id', '=', id).forNoKeyUpdate().executeTakeFirst();
}

export interface Page {
  organisation: OrganisationId;
  /** Only those that are open, or are not, at `at`. */
  state?: 'open' | 'ended' | undefined;
  at: Instant;
  /** The id of the last one of the page before: lists run from the newest to the oldest. */
  after?: string | undefined;
  limit: number;
}

/** The claims of an organisation, the newest first. */
export function list(tx: Tx, { organisation, state, at, after, limit }: Page): Promise<KeptClaim[]> {
  return tx
    .selectFrom('claims')
    .select(columns)
    .where('organisation_id', '=', organisation)
    .$if(after !== undefined, (query) =>
      // Numbers run over all organisations: a cursor that showed one would tell how much others claim (I5).
      query.where(
        sql<boolean>`number < (select c.number from claims c where c.id = ${after} and c.organisation_id = ${organisation})`,
      ),
    )
    .$if(state === 'open', (query) => query.where('ends_at', '>', at))
    .$if(state === 'ended', (query) => query.where('ends_at', '<=', at))
    .orderBy('number', 'desc')
    .limit(limit)
    .execute();
}

/** What was recorded of claims, in order, by claim. */
export async function events(tx: Tx, claims: readonly string[]): Promise<Map<string, ClaimEvent[]>> {
  const found = new Map<string, ClaimEvent[]>(claims.map((id) => [id, []]));
  if (claims.length === 0) return found;
  const rows = await tx
    .selectFrom('claim_events')
    .select(['claim_id', 'act', 'at', 'until'])
    .where('claim_id', 'in', claims)
    .orderBy('number')
    .execute();
  for (const { claim_id, act, at, until } of rows) {
    // The table holds them to this shape.
    found.get(claim_id)?.push((until === null ? { act, at } : { act, at, until }) as ClaimEvent);
  }
  return found;
}

export type NewClaim = Omit<KeptClaim, 'number' | 'endsAt'> & { keys: string[] };

/** Keeps a claim with its first event. */
export async function insert(
  tx: Tx,
  claim: NewClaim,
  event: Extract<ClaimEvent, { act: 'register' | 'renew' }>,
): Promise<void> {
  await tx
    .insertInto('claims')
    .values({
      id: claim.id,
      organisation_id: claim.organisation,
      scope: claim.scope,
      keys: claim.keys,
      authority: claim.authority,
      disclosure: claim.disclosure,
      is_counted: claim.isCounted,
      note: claim.note,
      policy: claim.policy,
      person_id: claim.person,
      person_name: claim.personName,
      agent_name: claim.agentName,
      registered_at: event.at,
      ends_at: event.until,
    })
    .execute();
  await addEvent(tx, claim, event);
}

/** Records what happened with a claim, and when it ends or ended by that. */
export async function addEvent(
  tx: Tx,
  { id, organisation }: { id: string; organisation: OrganisationId },
  event: ClaimEvent,
): Promise<void> {
  const until = 'until' in event ? event.until : null;
  await tx
    .insertInto('claim_events')
    .values({ claim_id: id, organisation_id: organisation, act: event.act, at: event.at, until })
    .execute();
  await tx
    .updateTable('claims')
    .set({ ends_at: until ?? event.at })
    .where('id', '=', id)
    .execute();
}

/** One act of an organisation that is counted at a time: two at once would both find room. */
export async function takeTurn(tx: Tx, organisation: OrganisationId): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`claims ${organisation}`}, 63))`.execute(tx);
}

const dayMs = 86_400_000;
const before = (at: Instant, byMs: number): Instant => new Date(Date.parse(at) - byMs).toISOString();

/** What the quota of an organisation counts. */
export async function use(tx: Tx, organisation: OrganisationId, at: Instant): Promise<ClaimUse> {
  const { rows } = await sql<ClaimUse>`
    select (select count(*) from claims where organisation_id = ${organisation} and ends_at > ${at}) as open,
      (select count(*) from claim_events where organisation_id = ${organisation} and at > ${before(at, dayMs)}
        and until is not null) as "actsInDay"`.execute(tx);
  return rows[0] as ClaimUse;
}

/** What the rate of an organisation's questions counts. `asked` is the scope in its one spelling. */
export async function queryUse(
  tx: Tx,
  organisation: OrganisationId,
  { target, asked }: { target: string; asked: string },
  at: Instant,
): Promise<QueryUse> {
  const { rows } = await sql<QueryUse>`
    select count(*) filter (where at > ${before(at, 3_600_000)}) as "inHour",
      count(*) filter (where target = ${target} and at > ${before(at, dayMs)}) as "ofTargetInDay",
      count(distinct asked) filter (where target = ${target} and asked <> ${asked}) as "otherScopesInWeek"
    from claim_queries where organisation_id = ${organisation} and at > ${before(at, 7 * dayMs)}`.execute(tx);
  return rows[0] as QueryUse;
}

export interface Question {
  at: Instant;
  scope: Scope;
  answer: Answer;
}

export async function insertQuery(
  tx: Tx,
  claim: { id: string; organisation: OrganisationId },
  { target, asked, by, scope, answer, at }: Question & { target: string; asked: string; by: string },
): Promise<void> {
  await tx
    .insertInto('claim_queries')
    .values({
      claim_id: claim.id,
      organisation_id: claim.organisation,
      target,
      scope,
      asked,
      answer,
      asked_by: by,
      at,
    })
    .execute();
}

/** What was asked on a claim, the newest first. */
export function questions(tx: Tx, claim: string, limit: number): Promise<Question[]> {
  return tx
    .selectFrom('claim_queries')
    .select(['at', 'scope', 'answer'])
    .where('claim_id', '=', claim)
    .orderBy('number', 'desc')
    .limit(limit)
    .execute();
}

export async function hasConflict(tx: Tx, claim: string): Promise<boolean> {
  const row = await tx
    .selectFrom('claim_queries')
    .select('number')
    .where('claim_id', '=', claim)
    .where('answer', '=', 'conflict')
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** What a question compares with: no more of another's claim leaves the store. Run as the instance itself. */
export interface OtherClaim {
  id: string;
  organisation: OrganisationId;
  scope: Scope;
  disclosure: Disclosure;
}

/** The open claims of other organisations that share a name with these. Run as the instance itself. */
export function others(
  tx: Tx,
  organisation: OrganisationId,
  keys: readonly string[],
  at: Instant,
): Promise<OtherClaim[]> {
  return tx
    .selectFrom('claims')
    .select(['id', 'organisation_id as organisation', 'scope', 'disclosure'])
    .where(sql<boolean>`keys && ${[...keys]}::text[]`)
    .where('organisation_id', '<>', organisation)
    .where('ends_at', '>', at)
    .orderBy('number')
    .execute();
}

/**
 * Scopes that others asked about and were answered with a conflict, of owners who answer themselves. Run as the instance itself: whoever
 * answers learns of an asker who answers what asking would have told.
 */
export async function conflictsOfOthers(
  tx: Tx,
  organisation: OrganisationId,
  keys: readonly string[],
  since: Instant,
): Promise<Scope[]> {
  const rows = await tx
    .selectFrom('claim_queries')
    .innerJoin('claims', 'claims.id', 'claim_queries.claim_id')
    .select('claim_queries.scope')
    .where(sql<boolean>`claims.keys && ${[...keys]}::text[]`)
    .where('claims.organisation_id', '<>', organisation)
    .where('claims.disclosure', '=', 'answer')
    .where('claim_queries.answer', '=', 'conflict')
    .where('claim_queries.at', '>=', since)
    .orderBy('claim_queries.number', 'desc')
    .limit(1000)
    .execute();
  return rows.map(({ scope }) => scope);
}

/** A claim with its owner's name, for the broker. Run as the instance itself. */
export interface NamedClaim extends OtherClaim {
  organisationName: string;
  keys: string[];
  until: Instant;
}

/** All open claims, by number, at most `limit`. Run as the instance itself. */
export function open(tx: Tx, at: Instant, limit: number): Promise<NamedClaim[]> {
  return tx
    .selectFrom('claims')
    .innerJoin('organisations', 'organisations.id', 'claims.organisation_id')
    .select([
      'claims.id',
      'claims.organisation_id as organisation',
      'organisations.name as organisationName',
      'scope',
      'keys',
      'disclosure',
      'ends_at as until',
    ])
    .where('ends_at', '>', at)
    .orderBy('number')
    .limit(limit)
    .execute();
}

export interface CountedClaim {
  organisation: OrganisationId;
  keys: string[];
}

/** Claims that ran between two moments and that their owners let be counted. Run as the instance itself. */
export function counted(tx: Tx, from: Instant, to: Instant): Promise<CountedClaim[]> {
  return tx
    .selectFrom('claims')
    .select(['organisation_id as organisation', 'keys'])
    .where('is_counted', '=', true)
    .where('disclosure', '=', 'answer')
    .where('registered_at', '<', to)
    .where('ends_at', '>', from)
    .execute();
}

export interface Message {
  at: Instant;
  text: string;
}

/** What the broker wrote to the holder of a claim, the newest first. */
export function messages(tx: Tx, claim: string): Promise<Message[]> {
  return tx
    .selectFrom('claim_messages')
    .select(['at', 'text'])
    .where('claim_id', '=', claim)
    .orderBy('number', 'desc')
    .limit(100)
    .execute();
}

export async function addMessage(
  tx: Tx,
  claim: { id: string; organisation: OrganisationId },
  { text, by, at }: Message & { by: string },
): Promise<void> {
  await tx
    .insertInto('claim_messages')
    .values({ claim_id: claim.id, organisation_id: claim.organisation, text, written_by: by, at })
    .execute();
}
