import { type Selectable, sql } from 'kysely';
import type { OrganisationId } from '../../domain/directory/actor.ts';
import type { Exposure, PackStatement } from '../../domain/evidence/task-pack.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Tx } from '../database.ts';
import type { TaskPacksTable } from './task-pack-tables.ts';

export interface KeptPack {
  id: string;
  organisation: OrganisationId;
  audience: string;
  ownAudience: string;
  /** The submission to whose parties it is shown; null while only its own organisation knows of it. */
  submission: string | null;
  statement: PackStatement;
  /** True where this instance will never see an item of it. */
  isOpaque: boolean;
  runsMax: number;
  publishedBy: string;
  publishedAt: Instant;
}

export interface Opening {
  place: number;
  item: string;
  notedAt: Instant;
}

const kept = (row: Selectable<TaskPacksTable>): KeptPack => ({
  id: row.id,
  organisation: row.organisation_id,
  audience: row.audience_id,
  ownAudience: row.own_audience_id,
  submission: row.submission_id,
  statement: { format: 'assay-task-pack/1', name: row.name, version: row.version, size: row.size, root: row.root },
  isOpaque: row.is_opaque,
  runsMax: row.runs_max,
  publishedBy: row.published_by,
  publishedAt: row.published_at,
});

/** The pack, if this transaction's actor may know of it. */
export async function find(tx: Tx, id: string): Promise<KeptPack | undefined> {
  const row = await tx.selectFrom('task_packs').selectAll().where('id', '=', id).executeTakeFirst();
  return row && kept(row);
}

export async function lock(tx: Tx, id: string): Promise<KeptPack | undefined> {
  const row = await tx.selectFrom('task_packs').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
  return row && kept(row);
}

/** The pack that an organisation published under this root. */
export async function ofRoot(tx: Tx, organisation: OrganisationId, root: string): Promise<KeptPack | undefined> {
  const row = await tx
    .selectFrom('task_packs')
    .selectAll()
    .where('organisation_id', '=', organisation)
    .where('root', '=', root)
    .executeTakeFirst();
  return row && kept(row);
}

export async function list(
  tx: Tx,
  { limit, after, submission }: { limit: number; after?: { at: Instant; id: string }; submission?: string },
): Promise<KeptPack[]> {
  let query = tx
    .selectFrom('task_packs')
    .selectAll()
    .orderBy('published_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit);
  if (submission !== undefined) query = query.where('submission_id', '=', submission);
  if (after !== undefined) {
    query = query.where(({ eb, refTuple, tuple }) =>
      eb(refTuple('published_at', 'id'), '<', tuple(after.at, after.id)),
    );
  }
  return (await query.execute()).map(kept);
}

export async function insert(tx: Tx, pack: KeptPack): Promise<void> {
  const { name, version, size, root } = pack.statement;
  await tx
    .insertInto('task_packs')
    .values({
      id: pack.id,
      organisation_id: pack.organisation,
      audience_id: pack.audience,
      own_audience_id: pack.ownAudience,
      submission_id: pack.submission,
      name,
      version,
      size,
      root,
      is_opaque: pack.isOpaque,
      runs_max: pack.runsMax,
      published_by: pack.publishedBy,
      published_at: pack.publishedAt,
    })
    .execute();
}

/** Shows a pack, with what hangs on it, to other people, or no longer. */
export async function show(tx: Tx, id: string, to: { audience: string; submission: string | null }): Promise<void> {
  // The rows that hang on it first: the pack itself may leave the actor's sight.
  for (const table of ['task_pack_uses', 'task_pack_openings'] as const) {
    await tx.updateTable(table).set({ audience_id: to.audience }).where('pack_id', '=', id).execute();
  }
  await tx
    .updateTable('task_packs')
    .set({ audience_id: to.audience, submission_id: to.submission })
    .where('id', '=', id)
    .execute();
}

/** Notes that a run sent items of the pack to a model. False where that was noted before. */
export async function addUse(
  tx: Tx,
  pack: KeptPack,
  { run, by, at }: { run: string; by: string; at: Instant },
): Promise<boolean> {
  const { numInsertedOrUpdatedRows = 0n } = await tx
    .insertInto('task_pack_uses')
    .values({ pack_id: pack.id, audience_id: pack.audience, run_id: run, noted_by: by, noted_at: at })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows > 0n;
}

export async function addOpening(
  tx: Tx,
  pack: KeptPack,
  { place, item, by, at }: { place: number; item: string; by: string; at: Instant },
): Promise<boolean> {
  const { numInsertedOrUpdatedRows = 0n } = await tx
    .insertInto('task_pack_openings')
    .values({ pack_id: pack.id, audience_id: pack.audience, place, item, noted_by: by, noted_at: at })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows > 0n;
}

export function openings(tx: Tx, pack: string): Promise<Opening[]> {
  return tx
    .selectFrom('task_pack_openings')
    .select(['place', 'item', 'noted_at as notedAt'])
    .where('pack_id', '=', pack)
    .orderBy('place')
    .execute();
}

/** Runs that used the pack, oldest first, as far as the actor may know of them. */
export async function uses(tx: Tx, pack: string): Promise<{ run: string; notedAt: Instant }[]> {
  return (
    tx
      .selectFrom('task_pack_uses')
      // A run that the actor may not know of is not there.
      .innerJoin('runs', 'runs.id', 'task_pack_uses.run_id')
      .select(['run_id as run', 'noted_at as notedAt'])
      .where('pack_id', '=', pack)
      .orderBy('noted_at')
      .orderBy('run_id')
      .execute()
  );
}

/** How often items were shown, the most shown first, `limit` of them: counted here, as runs hold hundreds of thousands. */
export async function exposures(tx: Tx, pack: string, limit: number): Promise<(Exposure & { item: string })[]> {
  const { rows } = await sql<Exposure & { item: string }>`
    select item, sum(runs)::int8 as runs, sum(openings)::int8 as openings from (
      select s.id as item, count(distinct s.run) as runs, 0 as openings
        from task_pack_uses u join runs r on r.id = u.run_id join run_samples s on s.run = r.number
        where u.pack_id = ${pack} group by s.id
      union all
      select item, 0, count(*) from task_pack_openings where pack_id = ${pack} group by item
    ) as shown
    group by item order by 3 desc, 2 desc, item collate "C" limit ${limit}`.execute(tx);
  return rows;
}
