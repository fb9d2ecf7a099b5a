import type { Instant } from '../../domain/instant.ts';
import type { Comparison, Reading } from '../../domain/review/probe.ts';
import type { Tx } from '../database.ts';

export interface Probe {
  id: string;
  grant: string;
  audience: string;
  by: string;
  at: Instant;
  /** Null when the endpoint gave no answer. */
  reading: Reading | null;
  failure: string | null;
  isBaseline: boolean;
  /** With the first reading of the grant; null for that one, and where there is no reading. */
  comparison: Comparison | null;
}

const rows = (tx: Tx) =>
  tx
    .selectFrom('access_probes')
    .select([
      'id',
      'grant_id as grant',
      'audience_id as audience',
      'by',
      'at',
      'reading',
      'failure',
      'is_baseline as isBaseline',
      'comparison',
    ]);

/** The newest probes of these grants, newest first. */
export function list(tx: Tx, grants: readonly string[], limit: number): Promise<Probe[]> {
  if (grants.length === 0) return Promise.resolve([]);
  return rows(tx).where('grant_id', 'in', grants).orderBy('at', 'desc').orderBy('id').limit(limit).execute();
}

/** The first reading of a grant. */
export function baseline(tx: Tx, grant: string): Promise<Probe | undefined> {
  return rows(tx).where('grant_id', '=', grant).where('is_baseline', '=', true).executeTakeFirst();
}

export async function insert(tx: Tx, probe: Probe): Promise<void> {
  await tx
    .insertInto('access_probes')
    .values({
      id: probe.id,
      grant_id: probe.grant,
      audience_id: probe.audience,
      by: probe.by,
      at: probe.at,
      reading: JSON.stringify(probe.reading),
      failure: probe.failure,
      is_baseline: probe.isBaseline,
      comparison: JSON.stringify(probe.comparison),
    })
    .execute();
}

/** Grants that are reached through this instance and have not ended: which to probe. Asked as the instance. */
export async function due(tx: Tx, now: Instant): Promise<string[]> {
  const found = await tx
    .selectFrom('access_grants')
    .select('id')
    .where('method', '=', 'openai_compatible')
    .where('endpoint', 'is not', null)
    .where('accepted_at', 'is not', null)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', now)
    .orderBy('id')
    .execute();
  return found.map(({ id }) => id);
}
