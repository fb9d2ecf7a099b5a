import { sql } from 'kysely';
import type { Tx } from './database.ts';

/**
 * Does what an act can do without, inside its transaction: when `work` fails, its changes alone are undone and the error is
 * handed back. For acts that nothing may stop (I1, I9).
 */
export async function attempt(tx: Tx, work: () => Promise<unknown>): Promise<unknown> {
  await sql`savepoint attempt`.execute(tx);
  try {
    await work();
    await sql`release savepoint attempt`.execute(tx);
    return undefined;
  } catch (error) {
    await sql`rollback to savepoint attempt`.execute(tx);
    return error ?? new Error('Unknown error');
  }
}
