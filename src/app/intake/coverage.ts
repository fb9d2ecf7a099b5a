/** The coverage board of this week. Public: it says of no claim whose it is, and counts only what owners let be counted. */
import { system as itself } from '../../domain/directory/actor.ts';
import { claimPolicy } from '../../domain/intake/claim-policy.ts';
import * as coverage from '../../domain/intake/coverage.ts';
import * as claims from '../../store/intake/claims.ts';
import type { System } from '../system.ts';

export async function read(
  system: System,
): Promise<coverage.Week & { list: typeof coverage.listed; isShown: boolean; items: coverage.Row[] }> {
  const week = coverage.weekAt(system.now(), claimPolicy.coverage);
  const counted = await system.database.transaction(itself, (tx) => claims.counted(tx, week.from, week.to));
  const { isShown, rows } = coverage.board(counted, claimPolicy.coverage);
  return { ...week, list: coverage.listed, isShown, items: rows };
}
