import { sql } from 'kysely';
import type { OrganisationId } from '../../domain/directory/actor.ts';
import type { Tx } from '../database.ts';

/** What became of what one source handed in. */
export interface Outcome {
  organisation: OrganisationId;
  received: number;
  confirmed: number;
  refuted: number;
  setAside: number;
  /** From receipt to the first decision; null where nothing is decided. */
  medianSeconds: number | null;
  /** Findings that share their case with an earlier one. 0 to whoever may not know of cases. */
  duplicates: number;
}

/** Sources by id, from the one after `after`. */
export function list(tx: Tx, { after, limit }: { after: string; limit: number }): Promise<Outcome[]> {
  return of(tx, sql`organisation_id > ${after} order by organisation_id limit ${limit}`);
}

/** One source, if it has handed in anything and this transaction's actor may know of it. */
export async function find(tx: Tx, organisation: OrganisationId): Promise<Outcome | undefined> {
  return (await of(tx, sql`organisation_id = ${organisation}`))[0];
}

async function of(tx: Tx, which: ReturnType<typeof sql>): Promise<Outcome[]> {
  const { rows } = await sql<Outcome>`
    with chosen as materialized (
      select organisation_id, audience_id, received, confirmed, refuted, set_aside from intake_sources where ${which}
    ), decided as (
      select f.organisation_id, extract(epoch from min(s.at) - f.received_at) as seconds
      from finding_states s join findings f on f.id = s.finding
      where s.audience_id in (select audience_id from chosen) and s.state in ('validated', 'not_reproduced', 'out_of_scope')
      group by f.number, f.organisation_id, f.received_at
    ), medians as (
      select organisation_id, percentile_cont(0.5) within group (order by seconds) as seconds from decided group by 1
    ), repeated as (
      select f.organisation_id, count(*) as findings
      from case_members m join findings f on f.number = m.finding
      where m.until is null and f.organisation_id in (select organisation_id from chosen) and exists (
        select from case_members e where e.case_id = m.case_id and e.until is null and e.finding < m.finding)
      group by 1
    )
    select c.organisation_id as organisation, c.received, c.confirmed, c.refuted, c.set_aside as "setAside",
      m.seconds::float8 as "medianSeconds", coalesce(r.findings, 0)::bigint as duplicates
    from chosen c left join medians m using (organisation_id) left join repeated r using (organisation_id)
    order by c.organisation_id`.execute(tx);
  return rows;
}
