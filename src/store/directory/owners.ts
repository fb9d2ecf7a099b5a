import { sql } from 'kysely';
import type { Tx } from '../database.ts';

/** Who owns the thing with this id: ids of organisations; none when there is no such thing. Asked as the instance itself. */
export async function ownersOf(tx: Tx, id: string): Promise<string[]> {
  const { rows } = await sql<{ owner: string }>`
    select id as owner from organisations where id = ${id}
    union select organisation_id from people where id = ${id}
    union select organisation_id from agents where id = ${id}`.execute(tx);
  return rows.map((row) => row.owner);
}
