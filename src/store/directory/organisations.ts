import type { OrganisationId } from '../../domain/directory/actor.ts';
import type { Organisation } from '../../domain/directory/member.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Tx } from '../database.ts';

const columns = ['id', 'name', 'is_host as isHost', 'is_sample as isSample', 'is_shared as isShared'] as const;

/** The organisation, if this transaction's actor may know of it. */
export function find(tx: Tx, id: string): Promise<Organisation | undefined> {
  return tx
    .selectFrom('organisations')
    .select(columns)
    .where('id', '=', id as OrganisationId)
    .executeTakeFirst();
}

export function list(tx: Tx, after: string, limit: number): Promise<Organisation[]> {
  return tx
    .selectFrom('organisations')
    .select(columns)
    .where('id', '>', after as OrganisationId)
    .orderBy('id')
    .limit(limit)
    .execute();
}

export async function insert(tx: Tx, organisation: Organisation & { createdAt: Instant }): Promise<void> {
  const { id, name, isHost, isSample, isShared, createdAt } = organisation;
  await tx
    .insertInto('organisations')
    .values({ id, name, is_host: isHost, is_sample: isSample, is_shared: isShared, created_at: createdAt })
    .execute();
}

export async function change(
  tx: Tx,
  id: OrganisationId,
  { name, isShared }: Pick<Organisation, 'name' | 'isShared'>,
): Promise<void> {
  await tx.updateTable('organisations').set({ name, is_shared: isShared }).where('id', '=', id).execute();
}

/** The organisation that runs this instance; none before the first start has made it. */
export function host(tx: Tx): Promise<Organisation | undefined> {
  return tx.selectFrom('organisations').select(columns).where('is_host', '=', true).executeTakeFirst();
}

/** True while the sample workspace is here. */
export async function hasSample(tx: Tx): Promise<boolean> {
  const row = await tx
    .selectFrom('organisations')
    .select('id')
    .where('is_sample', '=', true)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** The names of these organisations, as far as this transaction's actor may know them. */
export async function names(tx: Tx, ids: readonly OrganisationId[]): Promise<Map<OrganisationId, string>> {
  if (ids.length === 0) return new Map();
  const rows = await tx.selectFrom('organisations').select(['id', 'name']).where('id', 'in', ids).execute();
  return new Map(rows.map(({ id, name }) => [id, name]));
}
