import { type SqlBool, sql } from 'kysely';
import type { OrganisationId } from '../../domain/directory/actor.ts';
import type { Instant } from '../../domain/instant.ts';
import type { FindingState } from '../../domain/intake/report.ts';
import type { Tx } from '../database.ts';

export interface KeptFinding {
  number: number;
  id: string;
  audience: string;
  /** Null where it came without an account. */
  organisation: OrganisationId | null;
  submittedBy: string;
  batch: string | null;
  row: number | null;
  key: string;
  digest: string;
  state: FindingState;
  isHeld: boolean;
  isAsked: boolean;
  title: string;
  purl: string | null;
  ecosystem: string | null;
  package: string | null;
  severity: string | null;
  tool: string | null;
  receivedAt: Instant;
  screenedAt: Instant | null;
  hasReproduction: boolean;
  hasOriginal: boolean;
}

/** A report made ready to keep: its texts are sealed for its id. */
export interface NewFinding {
  id: string;
  row: number | null;
  key: string;
  digest: string;
  title: string;
  purl: string | null;
  ecosystem: string | null;
  package: string | null;
  severity: string | null;
  tool: string | null;
  report: Buffer;
  reproduction: Buffer | null;
  original: Buffer | null;
}

/** What a finding says, sealed. */
export interface Sealed {
  report: Buffer;
  reproduction: Buffer | null;
  original: Buffer | null;
}

const rows = (tx: Tx) =>
  tx
    .selectFrom('findings')
    .leftJoin('batches', 'batches.number', 'findings.batch')
    .select([
      'findings.number',
      'findings.id',
      'findings.audience_id as audience',
      'findings.organisation_id as organisation',
      'submitted_by as submittedBy',
      'batches.id as batch',
      'row',
      'key',
      'findings.digest',
      'findings.state',
      'is_held as isHeld',
      'is_asked as isAsked',
      'title',
      'purl',
      'ecosystem',
      'package',
      'severity',
      'tool',
      'received_at as receivedAt',
      'screened_at as screenedAt',
      sql<boolean>`reproduction is not null`.as('hasReproduction'),
      sql<boolean>`original is not null`.as('hasOriginal'),
    ]);

/** The finding, if this transaction's actor may know of it. */
export function find(tx: Tx, id: string): Promise<KeptFinding | undefined> {
  return rows(tx).where('findings.id', '=', id).executeTakeFirst();
}

/** As `find`, and nobody else changes it until the transaction ends. */
export async function lock(tx: Tx, id: string): Promise<KeptFinding | undefined> {
  await tx.selectFrom('findings').select('id').where('id', '=', id).forUpdate().execute();
  return find(tx, id);
}

/** What a finding says, still sealed. */
export function sealed(tx: Tx, id: string): Promise<Sealed | undefined> {
  return tx
    .selectFrom('findings')
    .select(['report', 'reproduction', 'original'])
    .where('id', '=', id)
    .executeTakeFirst();
}

export interface Filter {
  organisation: OrganisationId;
  state?: FindingState | undefined;
  batch?: string | undefined;
  /** Words of the title. */
  text?: string | undefined;
  isAsked?: boolean | undefined;
  /** The id of the last one of the page before. */
  after?: string | undefined;
  limit: number;
}

/** The findings of one organisation, the newest first. */
export function list(tx: Tx, filter: Filter): Promise<KeptFinding[]> {
  const { organisation, state, batch, text, isAsked, after, limit } = filter;
  return rows(tx)
    .where('findings.organisation_id', '=', organisation)
    .$if(state !== undefined, (query) => query.where('findings.state', '=', state as FindingState))
    .$if(batch !== undefined, (query) => query.where('batches.id', '=', batch as string))
    .$if(isAsked !== undefined, (query) => query.where('is_asked', '=', isAsked as boolean))
    .$if(text !== undefined, (query) =>
      query.where('title', 'ilike', `%${(text as string).replace(/[\\%_]/g, '\\$&')}%`),
    )
    .$if(after !== undefined, (query) =>
      // Numbers run over all sources, so that a cursor never shows one: it names a finding of the reader's own.
      query.where(
        sql<SqlBool>`findings.number < (select f.number from findings f where f.id = ${after} and f.organisation_id = ${organisation})`,
      ),
    )
    .orderBy('findings.number', 'desc')
    .limit(limit)
    .execute();
}

/** Those of one source that stand under these keys. */
export async function standing(
  tx: Tx,
  organisation: OrganisationId,
  keys: string[],
): Promise<Map<string, { id: string; key: string; digest: string; receivedAt: Instant }>> {
  const { rows: found } = await sql<{ id: string; key: string; digest: string; receivedAt: Instant }>`
    select f.id, f.key, f.digest, f.received_at as "receivedAt"
    from unnest(${keys}::text[]) as wanted(key)
    join findings f on f.organisation_id = ${organisation} and f.key = wanted.key collate "C"`.execute(tx);
  return new Map(found.map((row) => [row.key, row]));
}

export interface Origin {
  audience: string;
  organisation: OrganisationId | null;
  by: string;
  /** The number of the batch. */
  batch: number | null;
  at: Instant;
}

/** Keeps new findings in one statement. */
export async function insert(
  tx: Tx,
  findings: NewFinding[],
  { audience, organisation, by, batch, at }: Origin,
): Promise<void> {
  if (findings.length === 0) return;
  const column = <Key extends keyof NewFinding>(key: Key) => findings.map((finding) => finding[key]);
  await sql`
    insert into findings (id, audience_id, organisation_id, submitted_by, batch, row, key, digest, title, purl, ecosystem,
      package, severity, tool, report, reproduction, original, received_at)
    select id, ${audience}, ${organisation}, ${by}, ${batch}, row, key, digest, title, purl, ecosystem,
      package, severity, tool, report, reproduction, original, ${at}
    from unnest(${column('id')}::text[], ${column('row')}::bigint[], ${column('key')}::text[], ${column('digest')}::text[],
      ${column('title')}::text[], ${column('purl')}::text[], ${column('ecosystem')}::text[], ${column('package')}::text[],
      ${column('severity')}::text[], ${column('tool')}::text[], ${column('report')}::bytea[],
      ${column('reproduction')}::bytea[], ${column('original')}::bytea[])
      with ordinality as given (id, row, key, digest, title, purl, ecosystem, package, severity, tool, report, reproduction,
        original, place)
    order by place`.execute(tx);
}

/** How many came without an account since a moment. */
export async function anonymousSince(tx: Tx, since: Instant): Promise<number> {
  const { count } = await tx
    .selectFrom('findings')
    .select((of) => of.fn.countAll<number>().as('count'))
    .where('organisation_id', 'is', null)
    .where('received_at', '>', since)
    .executeTakeFirstOrThrow();
  return count;
}

/** Moves a finding to another state, and keeps when. */
export async function setState(
  tx: Tx,
  { id, audience }: Pick<KeptFinding, 'id' | 'audience'>,
  state: FindingState,
  at: Instant,
): Promise<void> {
  await tx.updateTable('findings').set({ state }).where('id', '=', id).execute();
  await tx.insertInto('finding_states').values({ finding: id, audience_id: audience, state, at }).execute();
}

/** Where it stood since when, oldest first; without `received`, which it was from the start. */
export function states(tx: Tx, id: string): Promise<{ state: FindingState; at: Instant }[]> {
  return tx
    .selectFrom('finding_states')
    .select(['state', 'at'])
    .where('finding', '=', id)
    .orderBy('number')
    .limit(500)
    .execute();
}

export interface SealedMessage {
  id: string;
  kind: 'question' | 'answer' | 'decision';
  by: string;
  text: Buffer;
  at: Instant;
}

/** Questions and answers about a finding, oldest first, still sealed. */
export function messages(tx: Tx, id: string): Promise<SealedMessage[]> {
  return tx
    .selectFrom('finding_messages')
    .select(['id', 'kind', 'by', 'text', 'at'])
    .where('finding', '=', id)
    .orderBy('number')
    .limit(500)
    .execute();
}

/** Keeps a question or an answer; a question waits until the next answer. */
export async function addMessage(
  tx: Tx,
  { id, audience }: Pick<KeptFinding, 'id' | 'audience'>,
  message: SealedMessage,
): Promise<void> {
  await tx
    .insertInto('finding_messages')
    .values({ ...message, finding: id, audience_id: audience })
    .execute();
  await tx
    .updateTable('findings')
    .set({ is_asked: message.kind === 'question' })
    .where('id', '=', id)
    .execute();
}

/** How many messages a finding has. */
export async function countMessages(tx: Tx, id: string): Promise<number> {
  const { count } = await tx
    .selectFrom('finding_messages')
    .select((of) => of.fn.countAll<number>().as('count'))
    .where('finding', '=', id)
    .executeTakeFirstOrThrow();
  return count;
}
