/** Answers kept by the client's own key, so that a request sent twice acts once. */
import { sql } from 'kysely';
import type { Instant } from '../domain/instant.ts';
import type { Tx } from './database.ts';

export interface Kept {
  requestHash: Uint8Array;
  status: number;
  headers: Record<string, string>;
  /** Sealed, base64. */
  body: string;
}

/** Takes the key for this transaction; false when another request holds it at this moment. */
export async function take(tx: Tx, actor: string, key: string): Promise<boolean> {
  const { rows } = await sql<{ taken: boolean }>`
    select pg_try_advisory_xact_lock(hashtextextended(${`${actor} ${key}`}, 8414)) as taken
  `.execute(tx);
  return rows[0]?.taken === true;
}

/** The answer given before under this key. */
export async function find(tx: Tx, actor: string, key: string): Promise<Kept | undefined> {
  return tx
    .selectFrom('idempotency')
    .select(['request_hash as requestHash', 'status', 'headers', 'body'])
    .where('actor_id', '=', actor)
    .where('key', '=', key)
    .executeTakeFirst();
}

/** Keeps the answer in the transaction of the act that it answers for. */
export async function keep(
  tx: Tx,
  actor: string,
  key: string,
  { requestHash, status, headers, body }: Kept,
): Promise<void> {
  await tx
    .insertInto('idempotency')
    .values({ actor_id: actor, key, request_hash: requestHash, status, headers: JSON.stringify(headers), body })
    .execute();
}

/** Forgets answers older than `before`. */
export async function forget(tx: Tx, before: Instant): Promise<void> {
  await tx.deleteFrom('idempotency').where('created_at', '<', before).execute();
}
