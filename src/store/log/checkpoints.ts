import type { Tx } from '../database.ts';

export interface StoredCheckpoint {
  size: number;
  /** The signed note. */
  note: string;
}

/** The newest checkpoint; none before the first start of a sequencer. */
export async function latest(tx: Tx): Promise<StoredCheckpoint | undefined> {
  return tx.selectFrom('log_checkpoints').select(['size', 'note']).orderBy('size', 'desc').limit(1).executeTakeFirst();
}

/** The signed note of a size that was signed. */
export async function bySize(tx: Tx, size: number): Promise<string | undefined> {
  const row = await tx.selectFrom('log_checkpoints').select('note').where('size', '=', size).executeTakeFirst();
  return row?.note;
}
