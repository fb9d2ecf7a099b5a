import { type SqlBool, sql } from 'kysely';
import type { Instant } from '../../domain/instant.ts';
import type { DayTotal, Flag, Result } from '../../domain/review/ledger.ts';
import type { Tx } from '../database.ts';
import type { AccessUsesTable } from './grant-tables.ts';

/** One use of a grant: who, for what, when, how much, and how it ended. What was asked and answered is kept nowhere. */
export interface Use {
  id: string;
  grant: string;
  submission: string;
  audience: string;
  actor: string;
  person: string;
  organisation: string;
  purpose: string;
  model: string | null;
  answeredBy: string | null;
  startedAt: Instant;
  endedAt: Instant | null;
  promptTokens: number | null;
  completionTokens: number | null;
  result: Result;
  reason: string | null;
  flags: Flag[];
  tries: number;
  note: string | null;
}

const rowOf = (use: Use): AccessUsesTable => ({
  id: use.id,
  grant_id: use.grant,
  submission_id: use.submission,
  audience_id: use.audience,
  actor: use.actor,
  person_id: use.person,
  organisation_id: use.organisation,
  purpose: use.purpose,
  model: use.model,
  answered_by: use.answeredBy,
  started_at: use.startedAt,
  ended_at: use.endedAt,
  prompt_tokens: use.promptTokens,
  completion_tokens: use.completionTokens,
  result: use.result,
  reason: use.reason,
  flags: use.flags,
  tries: use.tries,
  note: use.note,
});

export async function insert(tx: Tx, use: Use): Promise<void> {
  await tx.insertInto('access_uses').values(rowOf(use)).execute();
}

/** Keeps a refused try: the first of its kind in a minute makes a row, later ones count on it. Gives the row's id and tries. */
export async function refuse(tx: Tx, use: Use): Promise<{ id: string; tries: number }> {
  const { rows } = await sql<{ id: string; tries: number }>`
    insert into access_uses as u (id, grant_id, submission_id, audience_id, actor, person_id, organisation_id, purpose, model,
      started_at, ended_at, result, reason, flags, tries)
    values (${use.id}, ${use.grant}, ${use.submission}, ${use.audience}, ${use.actor}, ${use.person}, ${use.organisation},
      ${use.purpose}, ${use.model}, ${use.startedAt}, ${use.startedAt}, 'refused', ${use.reason}, ${use.flags}, 1)
    on conflict (grant_id, actor, reason, (date_trunc('minute', started_at at time zone 'UTC'))) where result = 'refused'
    do update set tries = u.tries + 1
    returning id, tries`.execute(tx);
  return rows[0] as { id: string; tries: number };
}

/** Notes how a running use ended; a use ends once. Gives false when it had ended. */
export async function end(
  tx: Tx,
  id: string,
  ended: Pick<Use, 'endedAt' | 'result' | 'reason' | 'flags' | 'promptTokens' | 'completionTokens' | 'answeredBy'>,
): Promise<boolean> {
  const result = await tx
    .updateTable('access_uses')
    .set({
      ended_at: ended.endedAt,
      result: ended.result,
      reason: ended.reason,
      flags: ended.flags,
      prompt_tokens: ended.promptTokens,
      completion_tokens: ended.completionTokens,
      answered_by: ended.answeredBy,
    })
    .where('id', '=', id)
    .where('result', '=', 'running')
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/** Uses of a grant, all who use it together, that were let through after `since`. */
export async function countSince(tx: Tx, grant: string, since: Instant): Promise<number> {
  const { count } = await tx
    .selectFrom('access_uses')
    .select((one) => one.fn.countAll<number>().as('count'))
    .where('grant_id', '=', grant)
    .where('started_at', '>', since)
    .where('result', 'not in', ['refused', 'reported'])
    .executeTakeFirstOrThrow();
  return count;
}

/** Uses that began before `before` and of which no end is known; asked as the instance. */
export function running(
  tx: Tx,
  before: Instant,
): Promise<Pick<Use, 'id' | 'grant' | 'submission' | 'audience' | 'flags'>[]> {
  return tx
    .selectFrom('access_uses')
    .select(['id', 'grant_id as grant', 'submission_id as submission', 'audience_id as audience', 'flags'])
    .where('result', '=', 'running')
    .where('started_at', '<', before)
    .limit(1000)
    .execute();
}

/** Totals by day (UTC) and person, newest day first, over uses of a submission that the actor may see; 2,000 at most. */
export async function totals(tx: Tx, submission: string, since: Instant): Promise<DayTotal[]> {
  const { rows } = await sql<DayTotal>`
    select to_char(started_at at time zone 'UTC', 'YYYY-MM-DD') as day, person_id as person, organisation_id as organisation,
      coalesce(sum(tries) filter (where result <> 'refused'), 0)::int8 as uses,
      coalesce(sum(tries) filter (where result = 'refused'), 0)::int8 as refused,
      coalesce(sum(prompt_tokens), 0)::int8 as "promptTokens",
      coalesce(sum(completion_tokens), 0)::int8 as "completionTokens"
    from access_uses where submission_id = ${submission} and started_at >= ${since}
    group by 1, 2, 3 order by 1 desc, 4 desc, 2 limit 2000`.execute(tx);
  return rows;
}

/** Uses by hour or day (UTC) and organisation, the oldest first: what the picture of access over time shows. */
export async function overTime(
  tx: Tx,
  submission: string,
  { since, by }: { since: Instant; by: 'hour' | 'day' },
): Promise<{ at: Instant; organisation: string; uses: number; refused: number }[]> {
  const { rows } = await sql<{ at: Instant; organisation: string; uses: number; refused: number }>`
    select date_trunc(${by}, started_at, 'UTC') as at, organisation_id as organisation,
      coalesce(sum(tries) filter (where result <> 'refused'), 0)::int8 as uses,
      coalesce(sum(tries) filter (where result = 'refused'), 0)::int8 as refused
    from access_uses where submission_id = ${submission} and started_at >= ${since}
    group by 1, 2 order by 1, 2 limit 2000`.execute(tx);
  return rows;
}

/** How many uses of each grant are running now. */
export async function runningOf(tx: Tx, submission: string): Promise<Map<string, number>> {
  const rows = await tx
    .selectFrom('access_uses')
    .select((one) => ['grant_id as grant', one.fn.countAll<number>().as('count')])
    .where('submission_id', '=', submission)
    .where(sql<SqlBool>`result = 'running'`)
    .groupBy('grant_id')
    .execute();
  return new Map(rows.map(({ grant, count }) => [grant, count]));
}
