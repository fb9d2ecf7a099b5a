/**
 * Logical backup: every table as COPY text, of one consistent snapshot, in one gzip file that any PostgreSQL from 15 on
 * can take back. Frames of (kind, length, bytes); the last one is the SHA-256 of all that stands before it.
 *
 * Not in it: the keys in the data folder (copy them apart, they are secrets), answers kept by idempotency key, and what is
 * built anew from the rest.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { createReadStream, createWriteStream, renameSync, rmSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { type Kysely, sql } from 'kysely';
import { type Database, open, type Tx } from './database.ts';
import * as migrations from './migrations.ts';
import type { Schema } from './schema.ts';

const format = 'assay-backup';
const formatVersion = 1;
/** A frame larger than this is not one of ours. */
const frameBytesMax = 64 * 1024 * 1024;

export interface Header {
  format: typeof format;
  version: number;
  createdAt: string;
  /** Migrations that the tables were made by. */
  migrations: string[];
}

interface Table {
  table: string;
  columns: string[];
}

/** A backup that cannot be written or taken back; the message says why and what to do. */
export class BackupError extends Error {}

const kinds = { header: 0x48, table: 0x54, rows: 0x52, sequence: 0x53, jobs: 0x4a, end: 0x45 } as const;
type Kind = (typeof kinds)[keyof typeof kinds];

const skipped = new Set(['idempotency', 'kysely_migration', 'kysely_migration_lock']);
const jobColumns =
  'task text, payload json, job_key text, run_at timestamptz, queue text, max_attempts int, priority int';

/** Writes the database to `path`; the file appears only once it is whole. Gives its rows. */
export async function write(database: Database, path: string, now: string): Promise<{ tables: number; rows: number }> {
  const unfinished = `${path}.unfinished`;
  const count = { tables: 0, rows: 0 };
  try {
    await database.owner
      .transaction()
      .setIsolationLevel('repeatable read')
      .setAccessMode('read only')
      .execute(async (transaction) => {
        await sql`set local statement_timeout = 0`.execute(transaction);
        const frames = Readable.from(framed(snapshot(database, transaction as Tx, now, count)), { objectMode: false });
        await pipeline(frames, createGzip({ level: 6 }), createWriteStream(unfinished, { mode: 0o600, flush: true }));
      });
    renameSync(unfinished, path);
    return count;
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  }
}

type Frame = { kind: Kind; bytes: Uint8Array };

const json = (kind: Kind, value: unknown): Frame => ({ kind, bytes: Buffer.from(JSON.stringify(value)) });

async function* snapshot(
  database: Database,
  tx: Tx,
  now: string,
  count: { tables: number; rows: number },
): AsyncIterable<Frame> {
  const header: Header = { format, version: formatVersion, createdAt: now, migrations: await migrations.executed(tx) };
  yield json(kinds.header, header);
  for (const table of await tablesOf(tx)) {
    yield json(kinds.table, table);
    count.tables++;
    for await (const bytes of database.copyOut(
      tx,
      `copy ${quote(table.table)} (${table.columns.map(quote).join(', ')}) to stdout`,
    )) {
      for (const byte of bytes) if (byte === 0x0a) count.rows++;
      yield { kind: kinds.rows, bytes };
    }
  }
  const { rows: sequences } = await sql<{ name: string; value: number }>`
    select sequencename as name, last_value as value from pg_sequences where schemaname = 'public' and last_value is not null
  `.execute(tx);
  for (const sequence of sequences) yield json(kinds.sequence, sequence);
  // What was promised and not yet done.
  const waiting = `copy (select t.identifier, j.payload, j.key, j.run_at, q.queue_name, j.max_attempts, j.priority
    from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
    left join graphile_worker._private_job_queues q on q.id = j.job_queue_id order by j.id) to stdout`;
  for await (const bytes of database.copyOut(tx, waiting)) yield { kind: kinds.jobs, bytes };
}

async function* framed(frames: AsyncIterable<Frame>): AsyncIterable<Uint8Array> {
  const hash = createHash('sha256');
  for await (const { kind, bytes } of frames) {
    const head = Buffer.alloc(5);
    head[0] = kind;
    head.writeUInt32BE(bytes.length, 1);
    hash.update(head).update(bytes);
    yield head;
    yield bytes;
  }
  const head = Buffer.from([kinds.end, 0, 0, 0, 32]);
  yield head;
  yield hash.digest();
}

/** Reads frames back; throws a BackupError when the file is cut off, altered, or none of ours. */
async function* unframed(path: string): AsyncIterable<Frame> {
  const hash = createHash('sha256');
  let buffer = Buffer.alloc(0);
  let hasEnded = false;
  const file = createReadStream(path);
  const source = createGunzip();
  file.on('error', (error) => source.destroy(error)).pipe(source);
  try {
    for await (const chunk of source as AsyncIterable<Buffer<ArrayBuffer>>) {
      if (hasEnded) throw new BackupError('The backup goes on after its end.');
      buffer = buffer.length === 0 ? chunk : Buffer.concat([buffer, chunk]);
      let at = 0;
      while (buffer.length - at >= 5) {
        const kind = buffer[at] as Kind;
        const length = buffer.readUInt32BE(at + 1);
        if (length > frameBytesMax) throw new BackupError('This is not a backup of Assay, or it is damaged.');
        if (buffer.length - at < 5 + length) break;
        const bytes = buffer.subarray(at + 5, at + 5 + length);
        if (kind === kinds.end) {
          if (bytes.length !== 32 || !timingSafeEqual(bytes, hash.digest()))
            throw new BackupError('The backup is damaged: its checksum differs.');
          hasEnded = true;
        } else {
          hash.update(buffer.subarray(at, at + 5 + length));
          yield { kind, bytes };
        }
        at += 5 + length;
      }
      buffer = buffer.subarray(at);
    }
  } catch (error) {
    if (error instanceof BackupError || !String((error as { code?: string }).code).startsWith('Z_')) throw error;
    throw new BackupError('This is not a backup of Assay, or it is damaged.');
  } finally {
    file.destroy();
  }
  if (!hasEnded || buffer.length > 0) throw new BackupError('The backup is cut off: its end is missing.');
}

/**
 * Takes a backup back into an empty database, all or nothing. A backup of an older version is loaded into its own tables
 * first and then brought up to date.
 */
export async function restore(
  url: string,
  path: string,
  header?: Header,
): Promise<{ tables: number; createdAt: string }> {
  header ??= await readHeader(path);
  const database = open({ url, poolMax: 2, statementTimeoutMs: 0 });
  try {
    await refuseNonEmpty(database);
    await migrations.migrateTo(url, header.migrations);
    const tables = await database.owner.transaction().execute((tx) => load(database, tx as Tx, path));
    await migrations.migrate(url);
    return { tables, createdAt: header.createdAt };
  } finally {
    await database.close();
  }
}

/** Reads the whole file first, so that a damaged one touches nothing. */
export async function readHeader(path: string): Promise<Header> {
  let header: Header | undefined;
  for await (const { kind, bytes } of unframed(path)) {
    if (header === undefined) {
      if (kind !== kinds.header) throw new BackupError('This is not a backup of Assay.');
      header = JSON.parse(Buffer.from(bytes).toString()) as Header;
      if (header.format !== format) throw new BackupError('This is not a backup of Assay.');
      if (header.version !== formatVersion)
        throw new BackupError(`This backup has format ${header.version}; this program reads ${formatVersion}.`);
    }
  }
  if (header === undefined) throw new BackupError('This is not a backup of Assay.');
  const unknown = header.migrations.filter((name) => !migrations.names.includes(name));
  if (unknown.length > 0) {
    throw new BackupError(
      `This backup is of a newer version (${unknown.join(', ')}). Restore it with that version or a later one.`,
    );
  }
  return header;
}

/** A database that anybody has used is never written over. */
async function refuseNonEmpty(database: Database): Promise<void> {
  const tables = await tablesOf(database.owner);
  for (const { table } of tables) {
    const condition = table === 'audiences' ? sql`where id <> 'audience_public'` : sql``;
    const { rows } = await sql`select 1 from ${sql.table(table)} ${condition} limit 1`.execute(database.owner);
    if (rows.length > 0) {
      throw new BackupError(
        `The database is not empty (${table} has rows). Restore into a new data folder or a new database.`,
      );
    }
  }
}

async function load(database: Database, tx: Tx, path: string): Promise<number> {
  await sql`set local statement_timeout = 0`.execute(tx);
  const tables = await tablesOf(tx);
  // COPY does not go with row security; what is loaded here was under it when it was written.
  const { rows: forced } = await sql<{ name: string }>`
    select relname as name from pg_class where relnamespace = 'public'::regnamespace and relforcerowsecurity
  `.execute(tx);
  for (const { name } of forced) await sql`alter table ${sql.table(name)} no force row level security`.execute(tx);
  if (tables.length > 0)
    await sql`truncate ${sql.join(tables.map(({ table }) => sql.table(table)))} cascade`.execute(tx);
  await sql.raw(`create temporary table restored_jobs (${jobColumns}) on commit drop`).execute(tx);

  const known = new Set(tables.map(({ table }) => table));
  let loaded = 0;
  const frames = unframed(path)[Symbol.asyncIterator]();
  let frame = await frames.next();
  /** The bytes of the frames of one kind that come next. */
  async function* run(kind: Kind): AsyncIterable<Uint8Array> {
    for (; !frame.done && frame.value.kind === kind; frame = await frames.next()) yield frame.value.bytes;
  }
  while (!frame.done) {
    const { kind, bytes } = frame.value;
    if (kind === kinds.table) {
      const { table, columns } = JSON.parse(Buffer.from(bytes).toString()) as Table;
      if (!known.has(table))
        throw new BackupError(`The backup holds a table "${table}" that this version does not know.`);
      frame = await frames.next();
      await database.copyIn(tx, `copy ${quote(table)} (${columns.map(quote).join(', ')}) from stdin`, run(kinds.rows));
      loaded++;
    } else if (kind === kinds.jobs) {
      await database.copyIn(tx, 'copy restored_jobs from stdin', run(kinds.jobs));
    } else {
      if (kind === kinds.sequence) {
        const { name, value } = JSON.parse(Buffer.from(bytes).toString()) as { name: string; value: number };
        await sql`select setval(${`public.${quote(name)}`}::regclass, ${value})`.execute(tx);
      }
      frame = await frames.next();
    }
  }
  await sql`
    select graphile_worker.add_job(task, payload, queue, run_at, max_attempts, job_key, priority) from restored_jobs
  `.execute(tx);
  for (const { name } of forced) await sql`alter table ${sql.table(name)} force row level security`.execute(tx);
  return loaded;
}

/** Our tables with the columns that hold data, those that others refer to first. */
async function tablesOf(db: Kysely<Schema>): Promise<Table[]> {
  const { rows } = await sql<{ table: string; columns: string[]; needs: string[] }>`
    select c.relname as "table",
           array(select attname::text from pg_attribute
                 where attrelid = c.oid and attnum > 0 and not attisdropped and attgenerated = '' order by attnum) as columns,
           array(select distinct f.relname::text from pg_constraint k join pg_class f on f.oid = k.confrelid
                 where k.conrelid = c.oid and k.contype = 'f' and k.confrelid <> c.oid) as needs
    from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
    order by c.relname
  `.execute(db);
  const waiting = new Map(rows.filter(({ table }) => !skipped.has(table)).map((row) => [row.table, row]));
  const ordered: Table[] = [];
  while (waiting.size > 0) {
    const free = [...waiting.values()].filter(({ needs }) => !needs.some((name) => waiting.has(name)));
    if (free.length === 0)
      throw new BackupError(`Tables refer to each other in a circle: ${[...waiting.keys()].join(', ')}.`);
    for (const { table, columns } of free) {
      ordered.push({ table, columns });
      waiting.delete(table);
    }
  }
  return ordered;
}

const quote = (name: string) => `"${name.replaceAll('"', '""')}"`;
