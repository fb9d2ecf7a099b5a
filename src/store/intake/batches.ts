import { type SqlBool, sql } from 'kysely';
import type { OrganisationId } from '../../domain/directory/actor.ts';
import type { Instant } from '../../domain/instant.ts';
import type { BatchState } from '../../domain/intake/batch.ts';
import type { ReportedComponent } from '../../domain/intake/report.ts';
import type { Problem } from '../../domain/problem.ts';
import type { Tx } from '../database.ts';

export interface KeptBatch {
  number: number;
  id: string;
  audience: string;
  organisation: OrganisationId;
  name: string;
  format: string;
  fileName: string | null;
  mapping: Record<string, string> | null;
  component: ReportedComponent | null;
  state: BatchState;
  rowsRead: number;
  rowsTotal: number | null;
  accepted: number;
  repeated: number;
  refused: number;
  screened: number;
  sizeBytes: number;
  digest: string | null;
  resumesAt: Instant | null;
  reason: string | null;
  problems: Problem[];
  by: string;
  createdAt: Instant;
  updatedAt: Instant;
}

const rows = (tx: Tx) =>
  tx
    .selectFrom('batches')
    .select([
      'number',
      'id',
      'audience_id as audience',
      'organisation_id as organisation',
      'name',
      'format',
      'file_name as fileName',
      'mapping',
      'component',
      'state',
      'rows_read as rowsRead',
      'rows_total as rowsTotal',
      'accepted',
      'repeated',
      'refused',
      'screened',
      'size_bytes as sizeBytes',
      'digest',
      'resumes_at as resumesAt',
      'reason',
      'problems',
      'created_by as by',
      'created_at as createdAt',
      'updated_at as updatedAt',
    ]);

/** The batch, if this transaction's actor may know of it. */
export function find(tx: Tx, id: string): Promise<KeptBatch | undefined> {
  return rows(tx).where('id', '=', id).executeTakeFirst();
}

/** As `find`, and nobody else changes it until the transaction ends: two senders of one batch are served one after the other. */
export function lock(tx: Tx, id: string): Promise<KeptBatch | undefined> {
  return rows(tx).where('id', '=', id).forUpdate().executeTakeFirst();
}

/** The batches of one organisation, the newest first. */
export function list(
  tx: Tx,
  {
    organisation,
    name,
    after,
    limit,
  }: { organisation: OrganisationId; name?: string | undefined; after?: string | undefined; limit: number },
): Promise<KeptBatch[]> {
  return rows(tx)
    .where('organisation_id', '=', organisation)
    .$if(name !== undefined, (query) => query.where('name', '=', name as string))
    .$if(after !== undefined, (query) =>
      query.where(
        sql<SqlBool>`number < (select b.number from batches b where b.id = ${after} and b.organisation_id = ${organisation})`,
      ),
    )
    .orderBy('number', 'desc')
    .limit(limit)
    .execute();
}

/** When the batch was begun before which an organisation has begun so many later ones; undefined where there is none. */
export async function begunBefore(tx: Tx, organisation: OrganisationId, later: number): Promise<Instant | undefined> {
  const row = await tx
    .selectFrom('batches')
    .select('created_at as at')
    .where('organisation_id', '=', organisation)
    .orderBy('number', 'desc')
    .offset(later)
    .limit(1)
    .executeTakeFirst();
  return row?.at;
}

export async function insert(
  tx: Tx,
  batch: Pick<
    KeptBatch,
    'id' | 'audience' | 'organisation' | 'name' | 'format' | 'mapping' | 'component' | 'rowsTotal' | 'by' | 'createdAt'
  >,
): Promise<void> {
  await tx
    .insertInto('batches')
    .values({
      id: batch.id,
      audience_id: batch.audience,
      organisation_id: batch.organisation,
      name: batch.name,
      format: batch.format,
      mapping: batch.mapping && JSON.stringify(batch.mapping),
      component: batch.component && JSON.stringify(batch.component),
      state: 'receiving',
      rows_total: batch.rowsTotal,
      created_by: batch.by,
      created_at: batch.createdAt,
      updated_at: batch.createdAt,
    })
    .execute();
}

/** Moves a batch to another state; `resumesAt` and `reason` are said anew each time. */
export async function setState(
  tx: Tx,
  id: string,
  state: BatchState,
  {
    at,
    resumesAt = null,
    reason = null,
    problems = [],
  }: { at: Instant; resumesAt?: Instant | null; reason?: string | null; problems?: Problem[] },
): Promise<void> {
  await tx
    .updateTable('batches')
    .set({ state, resumes_at: resumesAt, reason, problems: JSON.stringify(problems), updated_at: at })
    .where('id', '=', id)
    .execute();
}

/** Goes on to a row, with what became of the rows before it. */
export async function advance(
  tx: Tx,
  id: string,
  progress: { rowsRead: number; accepted: number; repeated: number; refused: number },
  at: Instant,
): Promise<void> {
  await tx
    .updateTable('batches')
    .set((of) => ({
      rows_read: progress.rowsRead,
      accepted: of('accepted', '+', progress.accepted),
      repeated: of('repeated', '+', progress.repeated),
      refused: of('refused', '+', progress.refused),
      updated_at: at,
    }))
    .where('id', '=', id)
    .execute();
}

/** Keeps rows that were refused, each with its reasons. */
export async function addRefusals(
  tx: Tx,
  { number, audience }: Pick<KeptBatch, 'number' | 'audience'>,
  refused: { row: number; problems: Problem[] }[],
): Promise<void> {
  if (refused.length === 0) return;
  await sql`
    insert into batch_refusals (batch, row, audience_id, problems)
    select ${number}, row, ${audience}, problems::json
    from unnest(${refused.map(({ row }) => row)}::bigint[], ${refused.map(({ problems }) => JSON.stringify(problems))}::text[])
      as given (row, problems)`.execute(tx);
}

/** Rows that were refused, after a row, in order. */
export function refusals(
  tx: Tx,
  number: number,
  { after, limit }: { after: number; limit: number },
): Promise<{ row: number; problems: Problem[] }[]> {
  return tx
    .selectFrom('batch_refusals')
    .select(['row', 'problems'])
    .where('batch', '=', number)
    .where('row', '>', after)
    .orderBy('row')
    .limit(limit)
    .execute();
}

/** Receipts of rows that were new, after a row, in order. */
export function receipts(
  tx: Tx,
  number: number,
  { after, limit }: { after: number; limit: number },
): Promise<{ row: number; id: string; key: string; digest: string; receivedAt: Instant }[]> {
  return tx
    .selectFrom('findings')
    .select(['row', 'id', 'key', 'digest', 'received_at as receivedAt'])
    .where('batch', '=', number)
    .where('row', '>', after)
    .orderBy('row')
    .limit(limit)
    .$narrowType<{ row: number }>()
    .execute();
}

/** The parts of one sender of a batch's file. */
interface Upload {
  batch: number;
  upload: string;
}

/** Keeps a sealed part of a batch's file. Run while the batch is locked. */
export async function addPart(
  tx: Tx,
  { batch, upload }: Upload,
  { part, audience, bytes }: { part: number; audience: string; bytes: Buffer },
): Promise<void> {
  await tx.insertInto('batch_parts').values({ batch, upload, part, audience_id: audience, bytes }).execute();
}

/** Whether the first parts of an upload, so many, are still here: another one that began later has forgotten them all. */
export async function hasParts(tx: Tx, { batch, upload }: Upload, parts: number): Promise<boolean> {
  if (parts === 0) return true;
  const row = await tx
    .selectFrom('batch_parts')
    .select('part')
    .where('batch', '=', batch)
    .where('upload', '=', upload)
    .where('part', '=', parts - 1)
    .executeTakeFirst();
  return row !== undefined;
}

/** How many parts of files of an organisation wait to be read, of uploads under way and such that broke off as well. */
export async function countParts(tx: Tx, organisation: OrganisationId): Promise<number> {
  const { count } = await tx
    .selectFrom('batch_parts')
    .innerJoin('batches', 'batches.number', 'batch_parts.batch')
    .select((of) => of.fn.countAll<number>().as('count'))
    .where('batches.organisation_id', '=', organisation)
    .executeTakeFirstOrThrow();
  return count;
}

/** A part of a batch's file that is here whole, sealed; undefined after the last. */
export async function part(tx: Tx, number: number, part: number): Promise<Buffer | undefined> {
  const row = await tx
    .selectFrom('batch_parts')
    .select('bytes')
    .where('batch', '=', number)
    .where('part', '=', part)
    .executeTakeFirst();
  return row?.bytes;
}

/** Forgets the file of a batch: before it is sent anew, and when nothing more is read from it. */
export async function forgetParts(tx: Tx, number: number): Promise<void> {
  await tx.deleteFrom('batch_parts').where('batch', '=', number).execute();
}

/** Forgets what others sent of the file of a batch. */
export async function forgetOthers(tx: Tx, { batch, upload }: Upload): Promise<void> {
  await tx.deleteFrom('batch_parts').where('batch', '=', batch).where('upload', '<>', upload).execute();
}

/** Notes that the whole file is here: it is read from now on. */
export async function setFile(
  tx: Tx,
  id: string,
  { fileName, sizeBytes, digest, at }: { fileName: string; sizeBytes: number; digest: string; at: Instant },
): Promise<void> {
  await tx
    .updateTable('batches')
    .set({ file_name: fileName, size_bytes: sizeBytes, digest, state: 'reading', updated_at: at })
    .where('id', '=', id)
    .execute();
}

/** Notes which format a file was read as, and how many rows it has in all. */
export async function setRead(tx: Tx, id: string, { rowsTotal }: { rowsTotal: number }): Promise<void> {
  await tx.updateTable('batches').set({ rows_total: rowsTotal }).where('id', '=', id).execute();
}

export interface KeptMapping {
  name: string;
  fields: Record<string, string>;
  by: string;
  updatedAt: Instant;
}

const mappingRows = (tx: Tx, organisation: OrganisationId) =>
  tx
    .selectFrom('csv_mappings')
    .select(['name', 'fields', 'by', 'updated_at as updatedAt'])
    .where('organisation_id', '=', organisation);

/** The saved mappings of an organisation, by name. */
export function mappings(tx: Tx, organisation: OrganisationId): Promise<KeptMapping[]> {
  return mappingRows(tx, organisation).orderBy('name').limit(500).execute();
}

/** The saved mapping of this name. */
export function mapping(tx: Tx, organisation: OrganisationId, name: string): Promise<KeptMapping | undefined> {
  return mappingRows(tx, organisation).where('name', '=', name).executeTakeFirst();
}

/** Saves a mapping; of the same name, the new one stands. */
export async function saveMapping(
  tx: Tx,
  { organisation, audience }: { organisation: OrganisationId; audience: string },
  { name, fields, by, updatedAt }: KeptMapping,
): Promise<void> {
  const values = { fields: JSON.stringify(fields), by, updated_at: updatedAt };
  await tx
    .insertInto('csv_mappings')
    .values({ ...values, name, organisation_id: organisation, audience_id: audience })
    .onConflict((conflict) => conflict.columns(['organisation_id', 'name']).doUpdateSet(values))
    .execute();
}

/** Forgets a mapping; false where there is none of this name. */
export async function forgetMapping(tx: Tx, organisation: OrganisationId, name: string): Promise<boolean> {
  const { numDeletedRows } = await tx
    .deleteFrom('csv_mappings')
    .where('organisation_id', '=', organisation)
    .where('name', '=', name)
    .executeTakeFirst();
  return numDeletedRows === 1n;
}
