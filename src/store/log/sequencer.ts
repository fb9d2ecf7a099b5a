import { sql } from 'kysely';
import type { Instant } from '../../domain/instant.ts';
import * as checkpoint from '../../log/checkpoint.ts';
import { parse } from '../../log/note.ts';
import { isSameHash } from '../../log/proof.ts';
import * as tile from '../../log/tile.ts';
import * as tree from '../../log/tree.ts';
import type { Database, Tx } from '../database.ts';
import * as checkpoints from './checkpoints.ts';
import type { LogSigner } from './key.ts';
import { sha256 } from './sha256.ts';
import * as tiles from './tiles.ts';

/** One writer at a time over all processes; the number only has to be the same everywhere. */
const lockKey = 0x61737361;
/** Entries in one batch: bounds the memory and the time of one transaction. */
export const batchSizeMax = 4096;

/**
 * Gives waiting entries their places, extends the tree and signs the new head: one transaction, so a crash at any point
 * leaves the log as it was or as it will be. Gives the number of entries placed; 0 also when another process is at it.
 *
 * Places follow the order of commits: an entry is placed only after its act was committed, and no place is skipped.
 */
export async function run(database: Database, signer: LogSigner, now: Instant): Promise<number> {
  const { placed, note } = await database.owner.transaction().execute((tx) => turn(tx, signer, now));
  if (note !== undefined) signer.remember(note);
  return placed;
}

/** Entries that wait for their place. More than a few seconds' worth says that no sequencer runs, or that it refuses to. */
export async function waiting(database: Database): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*) as count from log_pending`.execute(database.owner);
  return rows[0]?.count ?? 0;
}

/** The log in the database is not the one that the key signed last. Nothing is signed until a person has decided. */
export class LogMismatch extends Error {
  override readonly name = 'LogMismatch';
}

async function turn(tx: Tx, signer: LogSigner, now: Instant): Promise<{ placed: number; note?: string }> {
  const { rows } = await sql<{ locked: boolean }>`select pg_try_advisory_xact_lock(${lockKey}) as locked`.execute(tx);
  if (rows[0]?.locked !== true) return { placed: 0 };
  const last = await checkpoints.latest(tx);
  const pending = await takePending(tx);
  if (pending.length === 0 && last !== undefined) return { placed: 0 };
  await requireSameLog(tx, signer);

  const firstIndex = last?.size ?? 0;
  const read = await tiles.nodeReader(tx, tree.cover(0, firstIndex), firstIndex);
  const frontier = tree.frontierOf(firstIndex, read);
  const written = await openTiles(tx, firstIndex);
  const keep = (level: number, index: number, hash: Uint8Array) => {
    if (level % 8 === 0) written.add(level / 8, index, hash);
  };
  for (const { leaf } of pending) {
    const hash = tree.leafHash(sha256, leaf);
    keep(0, frontier.size, hash);
    tree.append(sha256, frontier, hash, keep);
  }
  await keepLeaves(tx, firstIndex, pending);
  await written.save();
  const head = { origin: signer.key.name, size: frontier.size, root: tree.root(sha256, frontier) };
  const note = await checkpoint.sign(head, [signer]);
  await tx.insertInto('log_checkpoints').values({ size: head.size, note, at: now }).execute();
  return { placed: pending.length, note };
}

/** C2SP tlog-checkpoint: a log must not sign what is inconsistent with what it signed before. */
async function requireSameLog(tx: Tx, signer: LogSigner): Promise<void> {
  const remembered = signer.remembered();
  if (remembered === undefined) return;
  const signed = checkpoint.parse(parse(remembered).text);
  const kept = await checkpoints.bySize(tx, signed.size);
  const isSame = kept !== undefined && isSameHash(checkpoint.parse(parse(kept).text).root, signed.root);
  if (signed.origin === signer.key.name && isSame) return;
  throw new LogMismatch(
    `The log's key last signed ${signed.size} entries of ${signed.origin}, and this database does not hold them. ` +
      'If an earlier backup was put back, begin a log under a new name (log.origin) with a new key.',
  );
}

interface Pending {
  opening: number;
  leaf: Buffer;
}

async function takePending(tx: Tx): Promise<Pending[]> {
  const { rows } = await sql<Pending>`
    delete from log_pending where opening in (select opening from log_pending order by opening limit ${batchSizeMax})
    returning opening, leaf`.execute(tx);
  return rows.sort((one, other) => one.opening - other.opening);
}

async function keepLeaves(tx: Tx, firstIndex: number, pending: Pending[]): Promise<void> {
  const indexes = pending.map((_, offset) => firstIndex + offset);
  await sql`
    insert into log_leaves (index, opening, leaf)
    select * from unnest(${indexes}::bigint[], ${pending.map((one) => one.opening)}::bigint[],
      ${pending.map((one) => one.leaf)}::bytea[])`.execute(tx);
}

/** The tiles that a batch changes, beginning with the unfinished ones at the right edge of the tree. */
async function openTiles(tx: Tx, size: number) {
  const changed = new Map<string, { level: number; index: number; hashes: Uint8Array[] }>();
  const partial: tile.Tile[] = [];
  for (let level = 0; 256 ** level <= size; level += 1) {
    const index = Math.floor(size / 256 ** (level + 1));
    const width = tile.widthAt(level, index, size);
    if (width > 0) partial.push({ level, index, width });
  }
  for (const { level, index, width } of partial) {
    const stored = await tiles.load(tx, level as number, index, width);
    if (stored === undefined) throw new Error(`The log is damaged: tile ${level}/${index} is missing.`);
    changed.set(`${level}/${index}`, { level: level as number, index, hashes: [stored] });
  }
  return {
    add(level: number, index: number, hash: Uint8Array) {
      const at = Math.floor(index / tile.tileWidth);
      const one = changed.get(`${level}/${at}`) ?? { level, index: at, hashes: [] };
      one.hashes.push(hash);
      changed.set(`${level}/${at}`, one);
    },
    async save() {
      const all = [...changed.values()];
      await sql`
        insert into log_tiles (level, index, hashes)
        select * from unnest(${all.map((one) => one.level)}::int[], ${all.map((one) => one.index)}::bigint[],
          ${all.map((one) => Buffer.concat(one.hashes))}::bytea[])
        on conflict (level, index) do update set hashes = excluded.hashes`.execute(tx);
    },
  };
}
