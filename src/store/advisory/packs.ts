import { sql } from 'kysely';
import type { Instant } from '../../domain/instant.ts';
import type { Tx } from '../database.ts';

/** A pack as it is offered. */
export interface Pack {
  ecosystem: string;
  /** Content-hashed, so it may be kept for ever. */
  file: string;
  bytes: number;
  advisories: number;
  updatedAt: Instant;
}

const chunkSize = 1024 * 1024;
/** How long a replaced pack can still be fetched by those who saw its name, in hours. */
const keptHours = 24;

/** Says that the packs of these ecosystems are older than their advisories. */
export async function touch(tx: Tx, ecosystems: string[]): Promise<void> {
  if (ecosystems.length === 0) return;
  await sql`
    insert into pack_tasks (ecosystem, touched)
    select e, nextval('pack_touches') from unnest(${[...new Set(ecosystems)].sort()}::text[]) e order by e
    on conflict (ecosystem) do update set touched = excluded.touched`.execute(tx);
}

/** The ecosystems of the advisories that facts about these names count for: same alias group, bundle, or downstream. */
export async function ecosystemsOfNames(tx: Tx, names: string[]): Promise<string[]> {
  if (names.length === 0) return [];
  const { rows } = await sql<{ ecosystem: string }>`
    select distinct split_part(p.ecosystem, ':', 1) as ecosystem from advisory_packages p where p.advisory in (
      select name from advisory_names where "group" in (select "group" from advisory_names where name = any(${names}))
      union select advisory from advisory_mentions where name = any(${names}))`.execute(tx);
  return rows.map((row) => row.ecosystem);
}

/** Ecosystems whose pack is to be built, with the number of the latest touch. */
export async function tasks(tx: Tx): Promise<{ ecosystem: string; touched: number }[]> {
  return tx.selectFrom('pack_tasks').select(['ecosystem', 'touched']).orderBy('touched').execute();
}

/**
 * Swaps the pack of an ecosystem for a new one, whole: readers see the old or the new. The task stays when the
 * ecosystem was touched again since `touched`.
 */
export async function replace(tx: Tx, pack: Pack, gzipped: Uint8Array, touched: number): Promise<void> {
  // Two processes may have built the same pack: the second finds it there.
  await sql`select pg_advisory_xact_lock(hashtext('pack'), hashtext(${pack.ecosystem}))`.execute(tx);
  const current = await tx
    .selectFrom('packs')
    .select('file')
    .where('ecosystem', '=', pack.ecosystem)
    .executeTakeFirst();
  if (current?.file !== pack.file) {
    await sql`delete from pack_chunks where file = ${pack.file}`.execute(tx);
    for (let number = 0; number * chunkSize < gzipped.length; number++) {
      const bytes = Buffer.from(gzipped.subarray(number * chunkSize, (number + 1) * chunkSize));
      await tx.insertInto('pack_chunks').values({ file: pack.file, number, bytes, at: pack.updatedAt }).execute();
    }
  }
  const row = {
    file: pack.file,
    bytes: pack.bytes,
    stored: gzipped.length,
    advisories: pack.advisories,
    updated_at: pack.updatedAt,
  };
  await tx
    .insertInto('packs')
    .values({ ecosystem: pack.ecosystem, ...row })
    .onConflict((conflict) => conflict.column('ecosystem').doUpdateSet(row))
    .execute();
  await tx.deleteFrom('pack_tasks').where('ecosystem', '=', pack.ecosystem).where('touched', '<=', touched).execute();
  const forgotten = new Date(Date.parse(pack.updatedAt) - keptHours * 3_600_000).toISOString();
  await sql`delete from pack_chunks where at < ${forgotten} and file not in (select file from packs)`.execute(tx);
}

export async function list(tx: Tx): Promise<Pack[]> {
  const rows = await tx
    .selectFrom('packs')
    .select(['ecosystem', 'file', 'bytes', 'advisories', 'updated_at'])
    .orderBy('ecosystem')
    .execute();
  return rows.map(({ updated_at, ...row }) => ({ ...row, updatedAt: updated_at }));
}

/** As `list`, for these ecosystems; those of which the pack is older than the advisories, or yet to be built, are left out. */
export async function fresh(tx: Tx, ecosystems: string[]): Promise<Pick<Pack, 'ecosystem' | 'file' | 'bytes'>[]> {
  return tx
    .selectFrom('packs')
    .select(['ecosystem', 'file', 'bytes'])
    .where('ecosystem', '=', sql<string>`any(${ecosystems})`)
    .where('ecosystem', 'not in', (tasks) => tasks.selectFrom('pack_tasks').select('pack_tasks.ecosystem'))
    .execute();
}

/** One piece of a pack's gzip form; undefined after the last, and for a file that was never offered or is forgotten. */
export async function chunk(tx: Tx, file: string, number: number): Promise<Buffer | undefined> {
  const row = await tx
    .selectFrom('pack_chunks')
    .select('bytes')
    .where('file', '=', file)
    .where('number', '=', number)
    .executeTakeFirst();
  return row?.bytes;
}
