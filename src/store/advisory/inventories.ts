import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { sql } from 'kysely';
import type { Inventory } from '../../domain/advisory/inventory.ts';
import type { Mark } from '../../domain/advisory/mark.ts';
import type { Outcome } from '../../domain/advisory/outcome.ts';
import { type Clock, Clocks, news } from '../../domain/advisory/priority/clock.ts';
import type { Asset } from '../../domain/advisory/priority/inputs.ts';
import type { OrganisationId } from '../../domain/directory/actor.ts';
import type { Day, Instant } from '../../domain/instant.ts';
import type { Problem } from '../../domain/problem.ts';
import type { Tx } from '../database.ts';
import { sha256 } from '../log/sha256.ts';

export interface KeptInventory {
  id: string;
  organisation: OrganisationId;
  name: string;
  /** Of the newest document; the first is 1. */
  version: number;
  /** What its operator says of the system that it lists. */
  asset: Asset;
  format: string;
  fileName: string;
  components: number;
  createdAt: Instant;
  updatedAt: Instant;
}

/** One upload of an inventory. */
export interface Version {
  version: number;
  format: string;
  fileName: string;
  components: number;
  problems: Problem[];
  keptBy: string;
  keptAt: Instant;
}

export interface Snapshot {
  day: Day;
  version: number;
  takenAt: Instant;
  outcomes: Outcome[];
}

/** A mark with the names of the vulnerabilities that it was made about. */
export interface KeptMark extends Mark {
  key: string;
  vulnerabilities: string[];
}

const compress = promisify(gzip);
const expand = promisify(gunzip);
/** Inventories are limited when they come in; this only bounds what a damaged row can cost. */
const documentSizeMax = 512 * 1024 * 1024;

const rows = (tx: Tx) =>
  tx
    .selectFrom('inventories')
    .innerJoin('inventory_versions', (join) =>
      join
        .onRef('inventory_versions.inventory_id', '=', 'inventories.id')
        .onRef('inventory_versions.version', '=', 'inventories.version'),
    )
    .select([
      'inventories.id',
      'inventories.organisation_id as organisation',
      'inventories.name',
      'inventories.version',
      'inventories.asset',
      'inventory_versions.format',
      'inventory_versions.file_name as fileName',
      'inventory_versions.components',
      'inventories.created_at as createdAt',
      'inventories.updated_at as updatedAt',
    ]);

/** Newest first. `after` is the key of the last row of the page before. */
export function list(
  tx: Tx,
  page: { after?: { updatedAt: Instant; id: string } | undefined; limit: number },
): Promise<KeptInventory[]> {
  const { after } = page;
  return rows(tx)
    .$if(after !== undefined, (query) =>
      query.where((where) =>
        where(
          where.refTuple('inventories.updated_at', 'inventories.id'),
          '<',
          where.tuple(after?.updatedAt as string, after?.id as string),
        ),
      ),
    )
    .orderBy('inventories.updated_at', 'desc')
    .orderBy('inventories.id', 'desc')
    .limit(page.limit)
    .execute();
}

/** The inventory, if this transaction's actor may know of it. */
export function find(tx: Tx, id: string): Promise<KeptInventory | undefined> {
  return rows(tx).where('inventories.id', '=', id).executeTakeFirst();
}

/** The same, held against two who change it at once. */
export async function lock(tx: Tx, id: string): Promise<KeptInventory | undefined> {
  await tx.selectFrom('inventories').select('id').where('id', '=', id).forUpdate().executeTakeFirst();
  return find(tx, id);
}

export async function insert(
  tx: Tx,
  kept: Pick<KeptInventory, 'id' | 'organisation' | 'name' | 'asset' | 'createdAt'>,
): Promise<void> {
  const { id, organisation, name, asset, createdAt } = kept;
  await tx
    .insertInto('inventories')
    .values({
      id,
      organisation_id: organisation,
      name,
      version: 0,
      asset: JSON.stringify(asset),
      created_at: createdAt,
      updated_at: createdAt,
    })
    .execute();
}

/** Adds the next version of an inventory. Gives its number and its digest. */
export async function addVersion(
  tx: Tx,
  owner: { id: string; organisation: OrganisationId },
  upload: { inventory: Inventory; fileName: string; by: string; at: Instant },
): Promise<{ version: number; digest: Uint8Array }> {
  const document = await compress(JSON.stringify(upload.inventory));
  const digest = sha256(document);
  const { version } = await tx
    .updateTable('inventories')
    .set((set) => ({ version: set('version', '+', 1), updated_at: upload.at }))
    .where('id', '=', owner.id)
    .returning('version')
    .executeTakeFirstOrThrow();
  await tx
    .insertInto('inventory_versions')
    .values({
      inventory_id: owner.id,
      organisation_id: owner.organisation,
      version,
      format: upload.inventory.format,
      file_name: upload.fileName,
      components: upload.inventory.components.length,
      problems: JSON.stringify(upload.inventory.problems),
      digest: Buffer.from(digest),
      document,
      kept_by: upload.by,
      kept_at: upload.at,
    })
    .execute();
  return { version, digest };
}

/** The inventory's document of a version, as it was read. */
export async function loadDocument(tx: Tx, id: string, version: number): Promise<Inventory> {
  const { document } = await tx
    .selectFrom('inventory_versions')
    .select('document')
    .where('inventory_id', '=', id)
    .where('version', '=', version)
    .executeTakeFirstOrThrow();
  return JSON.parse((await expand(document, { maxOutputLength: documentSizeMax })).toString('utf8')) as Inventory;
}

/** Every upload, newest first. */
export function versions(tx: Tx, id: string, limit: number): Promise<Version[]> {
  return tx
    .selectFrom('inventory_versions')
    .select([
      'version',
      'format',
      'file_name as fileName',
      'components',
      'problems',
      'kept_by as keptBy',
      'kept_at as keptAt',
    ])
    .where('inventory_id', '=', id)
    .orderBy('version', 'desc')
    .limit(limit)
    .execute();
}

/** Changes what an inventory is called and what is said of its system. */
export async function describe(
  tx: Tx,
  id: string,
  { name, asset }: Pick<KeptInventory, 'name' | 'asset'>,
): Promise<void> {
  await tx
    .updateTable('inventories')
    .set({ name, asset: JSON.stringify(asset) })
    .where('id', '=', id)
    .execute();
}

/** Forgets an inventory with all its versions, marks, snapshots and clocks. */
export async function remove(tx: Tx, id: string): Promise<void> {
  await tx.deleteFrom('inventories').where('id', '=', id).execute();
}

export async function marks(tx: Tx, id: string): Promise<KeptMark[]> {
  const found = await tx
    .selectFrom('inventory_marks')
    .select(['key', 'state', 'reason', 'justification', 'vulnerabilities', 'marked_by as by', 'marked_at as at'])
    .where('inventory_id', '=', id)
    .orderBy('key')
    .execute();
  return found.map(({ justification, ...mark }) => ({ ...mark, ...(justification === null ? {} : { justification }) }));
}

/** Sets a mark, in place of one that was there. */
export async function setMark(
  tx: Tx,
  owner: { id: string; organisation: OrganisationId },
  mark: KeptMark,
): Promise<void> {
  const { key, state, reason, justification = null, vulnerabilities, by, at } = mark;
  const values = { state, reason, justification, vulnerabilities, marked_by: by, marked_at: at };
  await tx
    .insertInto('inventory_marks')
    .values({ inventory_id: owner.id, organisation_id: owner.organisation, key, ...values })
    .onConflict((conflict) => conflict.columns(['inventory_id', 'key']).doUpdateSet(values))
    .execute();
}

/** Takes a mark away; gives false when there was none. */
export async function removeMark(tx: Tx, id: string, key: string): Promise<boolean> {
  const { numDeletedRows } = await tx
    .deleteFrom('inventory_marks')
    .where('inventory_id', '=', id)
    .where('key', '=', key)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

/** Keeps how the list stands; a second one of the same policy, day and version replaces the first. */
export async function keepSnapshot(
  tx: Tx,
  owner: { id: string; organisation: OrganisationId },
  policy: string,
  snapshot: Snapshot,
): Promise<void> {
  const { day, version, takenAt } = snapshot;
  const values = { outcomes: JSON.stringify(snapshot.outcomes), taken_at: takenAt };
  await tx
    .insertInto('inventory_snapshots')
    .values({ inventory_id: owner.id, organisation_id: owner.organisation, policy, day, version, ...values })
    .onConflict((conflict) => conflict.columns(['inventory_id', 'policy', 'day', 'version']).doUpdateSet(values))
    .execute();
}

/**
 * The newest snapshot of a day or an earlier one; without one, the oldest that there is. Never the one of the same day and version
 * as the list that stands `now`.
 */
export async function snapshotBefore(
  tx: Tx,
  id: string,
  policy: string,
  day: Day,
  now: Pick<Snapshot, 'day' | 'version'>,
): Promise<Snapshot | undefined> {
  const earlier = tx
    .selectFrom('inventory_snapshots')
    .select(['day', 'version', 'taken_at as takenAt', 'outcomes'])
    .where('inventory_id', '=', id)
    .where('policy', '=', policy)
    .where((where) => where.or([where('day', '<', now.day), where('version', '<', now.version)]));
  return (
    (await earlier
      .where('day', '<=', day)
      .orderBy('day', 'desc')
      .orderBy('version', 'desc')
      .limit(1)
      .executeTakeFirst()) ?? (await earlier.orderBy('day').orderBy('version').limit(1).executeTakeFirst())
  );
}

/** Forgets snapshots older than `all`, and of each day up to `superseded` those that a later version of the day followed. */
export async function forgetSnapshots(tx: Tx, before: { all: Day; superseded: Day }): Promise<void> {
  await tx.deleteFrom('inventory_snapshots').where('day', '<', before.all).execute();
  await tx
    .deleteFrom('inventory_snapshots as snapshot')
    .where('day', '<=', before.superseded)
    .where((where) =>
      where.exists(
        where
          .selectFrom('inventory_snapshots as later')
          .select('later.version')
          .whereRef('later.inventory_id', '=', 'snapshot.inventory_id')
          .whereRef('later.policy', '=', 'snapshot.policy')
          .whereRef('later.day', '=', 'snapshot.day')
          .whereRef('later.version', '>', 'snapshot.version'),
      ),
    )
    .execute();
}

/** From when days count, for every vulnerability that was ever on a list of the inventory. */
export function clocks(tx: Tx, id: string): Promise<Clock[]> {
  return tx
    .selectFrom('inventory_clocks')
    .select(['package', 'vulnerability', 'listed', 'decided'])
    .where('inventory_id', '=', id)
    .orderBy('package')
    .orderBy('vulnerability')
    .execute();
}

/** Keeps what clocks say that was not known; of each day the earlier one stands. The inventory must be held (`lock`). */
export async function keepClocks(
  tx: Tx,
  owner: { id: string; organisation: OrganisationId },
  later: readonly Clock[],
): Promise<void> {
  const before = await clocks(tx, owner.id);
  const all = new Clocks([...before, ...later]).all();
  const changed = news(before, all);
  if (changed.length === 0) return;
  await sql`
    insert into inventory_clocks (inventory_id, organisation_id, package, vulnerability, listed, decided)
    select ${owner.id}, ${owner.organisation}, clock.* from jsonb_to_recordset(${JSON.stringify(changed)}::jsonb)
      as clock (package text, vulnerability text, listed date, decided jsonb)
    on conflict (inventory_id, package, vulnerability) do update set listed = excluded.listed, decided = excluded.decided
  `.execute(tx);
}
