import type { Tx } from '../database.ts';

/** The leaves from `first` up to, not with, `end`, in order. */
export async function range(tx: Tx, first: number, end: number): Promise<Uint8Array[]> {
  const rows = await tx
    .selectFrom('log_leaves')
    .select('leaf')
    .where('index', '>=', first)
    .where('index', '<', end)
    .orderBy('index')
    .execute();
  return rows.map((row) => row.leaf);
}
