/** What screening found in findings, and what coordinators decided about those that are held. */
import { type SqlBool, sql } from 'kysely';
import type { OrganisationId } from '../../domain/directory/actor.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Mark } from '../../domain/intake/screening/mark.ts';
import type { Tx } from '../database.ts';
import { deskAudience } from './sources.ts';

/** A finding that waits to be screened, its texts still sealed. */
export interface Unscreened {
  number: number;
  id: string;
  organisation: OrganisationId | null;
  batch: number | null;
  report: Buffer;
  reproduction: Buffer | null;
}

/** The number only has to be the same everywhere. */
const lockKey = 0x7363726e;

/**
 * Whether it is for this transaction to screen until it ends; false while another does, for which nobody should hold one open. In a flood
 * the statistics lag behind, so its plans go by key instead of sorting all that waits; and its commit waits for no disk: what a crash
 * takes back is screened again, for the job that did it is marked as done later.
 */
export async function lockScreening(tx: Tx): Promise<boolean> {
  const { rows } = await sql<{ isOurs: boolean }>`
    select pg_try_advisory_xact_lock(${lockKey}) as "isOurs", set_config('enable_sort', 'off', true),
      set_config('enable_bitmapscan', 'off', true), set_config('synchronous_commit', 'off', true)`.execute(tx);
  return rows[0]?.isOurs === true;
}

/**
 * The next findings to be screened, or one of them. What came singly goes before what came in batches, so that no campaign keeps a single
 * report waiting; what failed before comes last.
 */
export async function takeUnscreened(tx: Tx, limit: number, only?: number): Promise<Unscreened[]> {
  return tx
    .selectFrom('findings')
    .select(['number', 'id', 'organisation_id as organisation', 'batch', 'report', 'reproduction'])
    .where('screened_at', 'is', null)
    .where('screen_failures', '<', 3)
    .$if(only !== undefined, (query) => query.where('number', '=', only as number))
    .orderBy('screen_failures')
    .orderBy(sql`(batch is not null)`)
    .orderBy('number')
    .limit(limit)
    .forUpdate()
    .skipLocked()
    .execute();
}

/** Notes that the screening of a finding broke off; after three times it is not tried again. */
export async function noteFailure(tx: Tx, number: number): Promise<void> {
  await tx
    .updateTable('findings')
    .set((of) => ({ screen_failures: sql<number>`${of.ref('screen_failures')} + 1` }))
    .where('number', '=', number)
    .execute();
}

/** Keeps the marks of findings and that they were screened; those with marks are held. */
export async function keepScreened(
  tx: Tx,
  screened: { id: string; number: number; batch: number | null; marks: Mark[] }[],
  at: Instant,
): Promise<void> {
  const marks = screened.flatMap(({ id, marks }) => marks.map((mark) => ({ ...mark, finding: id })));
  const column = <Key extends keyof (typeof marks)[number]>(key: Key) => marks.map((mark) => mark[key]);
  if (marks.length > 0) {
    await sql`
      insert into finding_marks (finding, audience_id, kind, rule, field, start, "end", why)
      select finding, ${deskAudience}, kind, rule, field, start, stop, why
      from unnest(${column('finding')}::text[], ${column('kind')}::text[], ${column('rule')}::text[], ${column('field')}::text[],
        ${column('start')}::int[], ${column('end')}::int[], ${column('why')}::text[])
        with ordinality as given (finding, kind, rule, field, start, stop, why, place)
      order by place`.execute(tx);
  }
  await sql`
    update findings set screened_at = ${at}, is_held = given.held
    from unnest(${screened.map(({ number }) => number)}::bigint[], ${screened.map(({ marks }) => marks.length > 0)}::boolean[])
      as given (number, held)
    where findings.number = given.number`.execute(tx);
  const batches = new Map<number, number>();
  for (const { batch } of screened) if (batch !== null) batches.set(batch, (batches.get(batch) ?? 0) + 1);
  if (batches.size === 0) return;
  await sql`
    update batches set screened = screened + given.count
    from unnest(${[...batches.keys()]}::bigint[], ${[...batches.values()]}::bigint[]) as given (number, count)
    where batches.number = given.number`.execute(tx);
}

/** The marks of a finding, in the order of its fields. */
export function marksOf(tx: Tx, id: string): Promise<Mark[]> {
  return tx
    .selectFrom('finding_marks')
    .select(['kind', 'rule', 'field', 'start', 'end', 'why'])
    .where('finding', '=', id)
    .orderBy('number')
    .execute();
}

export interface Decision {
  kind: 'released' | 'kept';
  reason: string;
  by: string;
  at: Instant;
}

export interface Held {
  id: string;
  title: string;
  organisation: OrganisationId | null;
  organisationName: string | null;
  receivedAt: Instant;
  decision: Decision | null;
}

/** Findings that are held: those nobody has looked at, or those that a coordinator keeps so; the oldest first. */
export async function held(
  tx: Tx,
  { isKept, after, limit }: { isKept: boolean; after?: string | undefined; limit: number },
): Promise<Held[]> {
  const { rows } = await sql<Omit<Held, 'decision'> & { kind: Decision['kind'] | null } & Omit<Decision, 'kind'>>`
    select f.id, f.title, f.organisation_id as organisation, o.name as "organisationName", f.received_at as "receivedAt",
      r.kind, r.reason, r.by, r.at
    from findings f
    left join organisations o on o.id = f.organisation_id
    left join lateral (
      select kind, reason, by, at from finding_releases where finding = f.id order by number desc limit 1
    ) r on true
    where f.is_held and ${isKept ? sql<SqlBool>`r.kind is not null` : sql<SqlBool>`r.kind is null`}
      ${after === undefined ? sql`` : sql`and f.number > (select a.number from findings a where a.id = ${after})`}
    order by f.number limit ${limit}`.execute(tx);
  return rows.map(({ kind, reason, by, at, ...row }) => ({
    ...row,
    decision: kind === null ? null : { kind, reason, by, at },
  }));
}

/** Keeps what a coordinator decided of a finding that is held. */
export async function decide(tx: Tx, id: string, { kind, reason, by, at }: Decision): Promise<void> {
  await tx
    .insertInto('finding_releases')
    .values({ finding: id, audience_id: deskAudience, kind, reason, by, at })
    .execute();
  if (kind === 'released') await tx.updateTable('findings').set({ is_held: false }).where('id', '=', id).execute();
}
