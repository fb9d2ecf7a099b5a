/** How findings compare: features, blocking keys, and the best few partners of each. Coordinators only; keys are the instance's own. */
import { sql } from 'kysely';
import { type Partner, partnersMax } from '../../domain/intake/fold.ts';
import type { Traits } from '../../domain/intake/queue.ts';
import type { Tx } from '../database.ts';
import { deskAudience } from './sources.ts';

/** Until the transaction ends nobody else compares: of two findings that come at once, the second sees the first. */
export async function lockComparing(tx: Tx): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('findings compared'))`.execute(tx);
}

/** Of these, the ones that were compared already. */
export async function compared(tx: Tx, findings: number[]): Promise<Set<number>> {
  const rows = await tx
    .selectFrom('finding_features')
    .select('finding')
    .where('finding', '=', sql<number>`any(${findings}::bigint[])`)
    .execute();
  return new Set(rows.map(({ finding }) => finding));
}

export interface NewFeatures {
  finding: number;
  source: string;
  traits: Traits;
  keys: bigint[];
  /** Sealed. */
  features: Uint8Array;
}

/** Keeps the features and keys of new findings; each stands under an entry of its own at first. */
export async function insert(tx: Tx, rows: NewFeatures[]): Promise<void> {
  const keys = rows.flatMap(({ finding, keys: own }) => own.map((key) => ({ key: key.toString(), finding })));
  await sql`
    with kept as (
      insert into finding_features (finding, audience_id, source, entry, traits, features)
      select finding, ${deskAudience}, source, finding, traits, features
      from unnest(${rows.map(({ finding }) => finding)}::bigint[], ${rows.map(({ source }) => source)}::text[],
        ${rows.map(({ traits }) => JSON.stringify(traits))}::json[],
        ${rows.map(({ features }) => Buffer.from(features))}::bytea[]) as given (finding, source, traits, features)
    )
    insert into finding_keys (key, finding)
    select key, finding from unnest(${keys.map(({ key }) => key)}::bigint[],
      ${keys.map(({ finding }) => finding)}::bigint[]) as given (key, finding)`.execute(tx);
}

/** The newest findings under each of these keys, `max` of each at most, in the order of the keys. */
export async function buckets(tx: Tx, keys: bigint[], max: number): Promise<number[][]> {
  const { rows } = await sql<{ place: number; findings: string }>`
    select place::float8 as place, (
      select string_agg(finding::text, ' ') from (
        select finding from finding_keys where finding_keys.key = wanted.key order by finding desc limit ${max}
      ) as newest
    ) as findings
    from unnest(${keys.map(String)}::bigint[]) with ordinality as wanted (key, place)`.execute(tx);
  const found: number[][] = keys.map(() => []);
  for (const { place, findings } of rows) found[place - 1] = (findings ?? '').split(' ').filter(Boolean).map(Number);
  return found;
}

/** Sealed features. */
export function features(tx: Tx, findings: number[]): Promise<{ finding: number; features: Buffer }[]> {
  return tx
    .selectFrom('finding_features')
    .select(['finding', 'features'])
    .where('finding', '=', sql<number>`any(${findings}::bigint[])`)
    .execute();
}

/** The partners kept for each of these findings, the surest first; with `isWide`, also those of the partners themselves. */
export async function partners(
  tx: Tx,
  findings: number[],
  { isWide = false }: { isWide?: boolean } = {},
): Promise<Map<number, Partner[]>> {
  if (findings.length === 0) return new Map();
  const wide = isWide ? sql`union select partner from hints where finding = any(${findings}::bigint[])` : sql``;
  // `lateral` with a limit goes by key: in a flood the statistics lag behind, and the planner would read both tables whole each time.
  const { rows } = await sql<Partner & { of: number }>`
    select wanted.finding as "of", h.partner as finding, f.source, h.relation, h.confidence, h.odds, h.is_agreed as "isAgreed"
    from (select unnest(${findings}::bigint[]) as finding ${wide}) wanted,
      lateral (select * from hints where finding = wanted.finding limit ${partnersMax}) h,
      lateral (select source from finding_features where finding = h.partner limit 1) f
    order by wanted.finding, h.odds desc, h.partner`.execute(tx);
  const found = new Map<number, Partner[]>();
  for (const { of, ...partner } of rows) {
    const list = found.get(of);
    if (list === undefined) found.set(of, [partner]);
    else list.push(partner);
  }
  return found;
}

/** Puts these partners in place of those kept for each finding. */
export async function replacePartners(tx: Tx, lists: ReadonlyMap<number, readonly Partner[]>): Promise<void> {
  if (lists.size === 0) return;
  const rows = [...lists].flatMap(([finding, partners]) => partners.map((partner) => ({ ...partner, of: finding })));
  await sql`
    with given as (
      select * from unnest(${rows.map(({ of }) => of)}::bigint[], ${rows.map(({ finding }) => finding)}::bigint[],
        ${rows.map(({ relation }) => relation)}::text[], ${rows.map(({ confidence }) => confidence)}::float8[],
        ${rows.map(({ odds }) => odds)}::float8[], ${rows.map(({ isAgreed }) => isAgreed)}::boolean[])
        as given (finding, partner, relation, confidence, odds, is_agreed)
    ), displaced as (
      delete from hints h where h.finding = any(${[...lists.keys()]}::bigint[])
        and not exists (select from given g where g.finding = h.finding and g.partner = h.partner)
    )
    insert into hints (finding, partner, audience_id, relation, confidence, odds, is_agreed)
    select finding, partner, ${deskAudience}, relation, confidence, odds, is_agreed from given
    on conflict (finding, partner) do nothing`.execute(tx);
}

/** Whose each of these findings is, for comparing. */
export async function sources(tx: Tx, findings: number[]): Promise<Map<number, string>> {
  const rows = await tx
    .selectFrom('finding_features')
    .select(['finding', 'source'])
    .where('finding', '=', sql<number>`any(${findings}::bigint[])`)
    .execute();
  return new Map(rows.map(({ finding, source }) => [finding, source]));
}
