import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Instant } from '../../domain/instant.ts';
import type { Flag, Result } from '../../domain/review/ledger.ts';
import type { LeafType } from '../../log/leaf.ts';
import type { Tx } from '../database.ts';
import { sha256 } from '../log/sha256.ts';

/** What of a submission an entry of the ledger is about. */
export interface Subject {
  submission: string;
  /** The developer: told of tries that were refused. */
  developer: string;
}

/** An entry of the log as it stands in the ledger; of a use, with how it went on. */
export interface LedgerEntry {
  opening: number;
  /** Its place in the log; null for the second or two until it has one. */
  index: number | null;
  type: LeafType;
  did: string;
  object: string;
  at: Instant;
  body: string;
  use: LedgerUse | null;
}

export interface LedgerUse {
  id: string;
  grant: string;
  purpose: string;
  model: string | null;
  answeredBy: string | null;
  startedAt: Instant;
  endedAt: Instant | null;
  promptTokens: number | null;
  completionTokens: number | null;
  result: Result;
  reason: string | null;
  flags: Flag[];
  tries: number;
  note: string | null;
}

/** `use`: asking the model, also refused or reported. `read`: reading the file. `denied`: refused at the door. `act`: the rest. */
export const kinds = ['use', 'read', 'denied', 'act'] as const;
export type Kind = (typeof kinds)[number];

export interface Filter {
  kind?: Kind | undefined;
  organisation?: string | undefined;
  /** A person, also behind an agent, or an agent. */
  who?: string | undefined;
  /** Only what has a fact pointed out. */
  isFlagged?: boolean | undefined;
  since?: Instant | undefined;
}

const dids = ['model_asked', 'use_refused', 'use_reported'];
const isUse = (did: string) => dids.includes(did);
const useDids = sql`(${sql.join(dids)})`;
const flaggedMax = 5000;
const ofKind: Record<Kind, RawBuilder<SqlBool>> = {
  use: sql`o.did in ${useDids}`,
  read: sql`o.type = 'access' and o.did not in ${useDids}`,
  denied: sql`o.type = 'denied' and o.did not in ${useDids}`,
  act: sql`o.type = 'act'`,
};

/** The same conditions inside each of the three ways by which an entry belongs to a submission, so that each stops early. */
const conditions = ({ kind, organisation, who, since }: Filter, flagged: string[] | undefined) =>
  sql.join(
    [
      // The end of a use is shown with its beginning.
      sql<SqlBool>`o.did <> 'model_answered'`,
      kind === undefined ? undefined : ofKind[kind],
      organisation === undefined ? undefined : sql<SqlBool>`o.body::jsonb ->> 'organisation' = ${organisation}`,
      who === undefined
        ? undefined
        : sql<SqlBool>`${who} in (o.actor, o.body::jsonb ->> 'principal', o.body::jsonb ->> 'by')`,
      since === undefined ? undefined : sql<SqlBool>`o.at >= ${since}`,
      flagged === undefined
        ? undefined
        : sql<SqlBool>`${ofKind.use} and o.body::jsonb ->> 'use' = any (${flagged}::text[])`,
    ].filter((one) => one !== undefined),
    sql` and `,
  );

const digestOf = (id: string) => Buffer.from(sha256(Buffer.from(id))).toString('hex');

/**
 * What happened to a submission and around it, newest first, as far as the actor may read it: entries addressed to one of its
 * audiences, entries about it or what hangs on it, and tries that were refused at the door.
 */
export async function list(
  tx: Tx,
  { submission, developer }: Subject,
  { before = Number.MAX_SAFE_INTEGER, limit, ...filter }: Filter & { before?: number | undefined; limit: number },
): Promise<LedgerEntry[]> {
  const objects = await objectsOf(tx, submission);
  // Reads and refusals at the door are never addressed to those who see the uses, of which there are many.
  const isAmongUses = filter.kind !== 'read' && filter.kind !== 'denied';
  const audiences = await audiencesOf(tx, submission, isAmongUses);
  // Everything about a grant is addressed to an audience; only what may be addressed to one side alone is looked for by object.
  const alone = objects.filter((id) => !id.startsWith('grant_'));
  const flagged = filter.isFlagged === true ? await flaggedOf(tx, submission) : undefined;
  const where = conditions(filter, flagged);
  const { rows } = await sql<Omit<LedgerEntry, 'use'>>`
    with found as (
      (select newest.id from unnest(${audiences}::text[]) as a(reader) cross join lateral (
        select o.id from log_readers r join log_openings o on o.id = r.opening
        where r.reader = a.reader and r.opening < ${before} and ${where} order by r.opening desc limit ${limit}) as newest)
      union
      (select newest.id from unnest(${alone}::text[]) as a(object) cross join lateral (
        select o.id from log_openings o
        where o.object = a.object and o.id < ${before} and ${where} order by o.id desc limit ${limit}) as newest)
      union
      (select o.id from log_openings o join log_readers r on r.opening = o.id and r.reader = ${developer}
        where o.type = 'denied' and o.did = 'access_denied' and o.id < ${before}
          and (o.body::jsonb -> 'objectDigests') ?| ${objects.map(digestOf)}::text[] and ${where}
        order by o.id desc limit ${limit})
    )
    select o.id as opening, l.index, o.type, o.did, o.object, o.at, o.body
    from found join log_openings o on o.id = found.id left join log_leaves l on l.opening = o.id
    order by o.id desc limit ${limit}`.execute(tx);
  // Apart from the entries: under row security a join by what a body says could use no index.
  const idOf = ({ did, body }: { did: string; body: string }) =>
    isUse(did) ? (JSON.parse(body) as { use: string }).use : undefined;
  const uses = await usesOf(
    tx,
    rows.map(idOf).filter((id) => id !== undefined),
  );
  return rows.map((row) => ({ ...row, use: uses.get(idOf(row) ?? '') ?? null }));
}

async function usesOf(tx: Tx, ids: string[]): Promise<Map<string, LedgerUse>> {
  if (ids.length === 0) return new Map();
  const rows = await tx
    .selectFrom('access_uses')
    .select([
      'id',
      'grant_id as grant',
      'purpose',
      'model',
      'answered_by as answeredBy',
      'started_at as startedAt',
      'ended_at as endedAt',
      'prompt_tokens as promptTokens',
      'completion_tokens as completionTokens',
      'result',
      'reason',
      'flags',
      'tries',
      'note',
    ])
    .where('id', 'in', ids)
    .execute();
  return new Map(rows.map((row) => [row.id, row]));
}

/** The newest uses that have a fact pointed out: as many as a reader pages through. */
async function flaggedOf(tx: Tx, submission: string): Promise<string[]> {
  const rows = await tx
    .selectFrom('access_uses')
    .select('id')
    .where('submission_id', '=', submission)
    .where(sql<SqlBool>`cardinality(flags) > 0`)
    .orderBy('started_at', 'desc')
    .limit(flaggedMax)
    .execute();
  return rows.map(({ id }) => id);
}

/** The openings that belong to the ledger of a submission, also ends of uses, by place in the log: of leaves `first` up to, not with, `end`. */
export async function openings(
  tx: Tx,
  { submission, developer }: Subject,
  first: number,
  end: number,
): Promise<Map<number, { nonce: Uint8Array; body: string }>> {
  const objects = await objectsOf(tx, submission);
  const audiences = await audiencesOf(tx, submission);
  const { rows } = await sql<{ index: number; nonce: Uint8Array; body: string }>`
    select l.index, o.nonce, o.body from log_leaves l join log_openings o on o.id = l.opening
    where l.index >= ${first} and l.index < ${end} and (
      o.object = any (${objects}::text[])
      or exists (select from log_readers r where r.opening = o.id and r.reader = any (${audiences}::text[]))
      or (o.type = 'denied' and o.did = 'access_denied'
        and (o.body::jsonb -> 'objectDigests') ?| ${objects.map(digestOf)}::text[]
        and exists (select from log_readers r where r.opening = o.id and r.reader = ${developer})))`.execute(tx);
  return new Map(rows.map(({ index, ...opening }) => [index, opening]));
}

/** Ids of the submission and of what hangs on it, as far as the actor may know of them. */
async function objectsOf(tx: Tx, submission: string): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select ${submission} as id
    union all select id from access_grants where submission_id = ${submission}
    union all select id from incidents where submission_id = ${submission}`.execute(tx);
  return rows.map(({ id }) => id);
}

/** The audiences of the submission and of what hangs on it, as far as the actor is in them. */
async function audiencesOf(tx: Tx, submission: string, isAmongUses = true): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from (
      select audience_id as id from submissions where id = ${submission}
      union select use_audience_id from access_grants where submission_id = ${submission} and ${isAmongUses}
      union select audience_id from incidents where submission_id = ${submission}
    ) as of where id in (select assay_audiences())`.execute(tx);
  return rows.map(({ id }) => id);
}

/** Whether this actor's reading of a thing is on record since then. */
export async function hasRead(
  tx: Tx,
  { object, did, actor, since }: { object: string; did: string; actor: string; since: Instant },
): Promise<boolean> {
  const found = await tx
    .selectFrom('log_openings')
    .select('id')
    .where('object', '=', object)
    .where('did', '=', did)
    .where('actor', '=', actor)
    .where('at', '>', since)
    .limit(1)
    .executeTakeFirst();
  return found !== undefined;
}

/** Names of people and agents that the actor may know. */
export async function names(tx: Tx, ids: readonly string[]): Promise<{ id: string; name: string }[]> {
  const { rows } = await sql<{ id: string; name: string }>`
    select id, name from people where id = any (${ids}::text[])
    union all select id, name from agents where id = any (${ids}::text[])`.execute(tx);
  return rows;
}
