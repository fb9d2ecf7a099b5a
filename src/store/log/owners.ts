import { sql } from 'kysely';
import type { Tx } from '../database.ts';

/**
 * Who is told of a refused try: the organisations that own the thing with this id, of whatever area; none when there is no
 * such thing. Asked as the instance itself. Of a finding the coordinators are told and not its source: who tries may be the one
 * who was asked to reproduce it.
 */
export async function ownersOf(tx: Tx, id: string): Promise<string[]> {
  const { rows } = await sql<{ owner: string }>`
    select id as owner from organisations where id = ${id}
    union select organisation_id from people where id = ${id}
    union select organisation_id from agents where id = ${id}
    union select organisation_id from inventories where id = ${id}
    union select organisation_id from submissions where id = ${id}
    union select s.organisation_id from submissions s join access_grants g on g.submission_id = s.id where g.id = ${id}
    union select s.organisation_id from submissions s join incidents i on i.submission_id = s.id where i.id = ${id}
    union select case when is_requested or (current->>'isReleased')::boolean then developer_id else authority_id end
      from determinations where id = ${id}
    union select developer_id from partners where id = ${id}
    union select organisation_id from runs where id = ${id}
    union select organisation_id from registrations where id = ${id}
    union select organisation_id from results where id = ${id}
    union select organisation_id from letters where id = ${id}
    union select o.id from findings f join organisations o on o.is_host where f.id = ${id}
    union select organisation_id from batches where id = ${id}
    union select organisation_id from claims where id = ${id}
    union select organisation_id from intake_policies where id = ${id}
    union select o.id from cases c join organisations o on o.is_host where c.id = ${id}
    union select o.id from applications a join organisations o on o.is_host where a.id = ${id}
    union select o.id from validations v join organisations o on o.is_host where v.id = ${id}`.execute(tx);
  return rows.map((row) => row.owner);
}
