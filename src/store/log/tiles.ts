import { sql } from 'kysely';
import * as tile from '../../log/tile.ts';
import type { Node, ReadNode } from '../../log/tree.ts';
import { hashLength } from '../../log/tree.ts';
import type { Tx } from '../database.ts';
import { sha256 } from './sha256.ts';

/** A tile's hashes, at least `width` of them; a tile that grows keeps its beginning, so every narrower one is in it. */
export async function load(tx: Tx, level: number, index: number, width: number): Promise<Uint8Array | undefined> {
  const row = await tx
    .selectFrom('log_tiles')
    .select('hashes')
    .where('level', '=', level)
    .where('index', '=', index)
    .executeTakeFirst();
  if (row === undefined || row.hashes.length < width * hashLength) return undefined;
  return row.hashes.subarray(0, width * hashLength);
}

/** Fetches every tile that these nodes of a tree of `size` leaves need, in one query, and gives what reads them. */
export async function nodeReader(tx: Tx, nodes: Node[], size: number): Promise<ReadNode> {
  const wanted = tile.tilesOf(nodes, size);
  const { rows } = await sql<{ level: number; index: number; hashes: Buffer }>`
    select t.level, t.index, t.hashes from log_tiles t
    join unnest(${wanted.map((one) => one.level)}::int[], ${wanted.map((one) => one.index)}::bigint[]) as w (level, index)
    on w.level = t.level and w.index = t.index`.execute(tx);
  const found = new Map(rows.map((row) => [`${row.level}/${row.index}`, row.hashes]));
  return tile.reader(sha256, (level, index) => found.get(`${level}/${index}`) ?? new Uint8Array(0));
}
