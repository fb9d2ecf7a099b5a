/** What is new for an organisation in a submission, and how many invitations it has. */
import { sql } from 'kysely';
import type { OrganisationId } from '../../domain/directory/actor.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Unread } from '../../domain/review/pending.ts';
import type { Tx } from '../database.ts';

/** Letters and runs that others gave to the parties since then and nobody of the organisation has opened, the oldest first. */
export async function unread(
  tx: Tx,
  submission: string,
  { reader, since }: { reader: OrganisationId; since: Instant },
): Promise<Unread[]> {
  const { rows } = await sql<Unread>`
    with given as (
      select 'letter' as kind, id as object, organisation_id as by, released_at as at
      from letter_copies where submission_id = ${submission}
      union all
      select 'run', runs.id, runs.organisation_id, shared_at
      from run_shares join runs on runs.number = run_shares.run where submission_id = ${submission}
    )
    select kind, object, by, at from given
    where by <> ${reader} and at > ${since} and not exists (
      select 1 from log_openings
      where log_openings.object = given.object and did in ('letter_copy_read', 'run_read') and log_openings.at::timestamptz > given.at
        and (actor in (select id from people where organisation_id = ${reader})
          or actor in (select id from agents where organisation_id = ${reader})))
    order by at, object limit 100`.execute(tx);
  return rows;
}

/** Invitations of an organisation on which a step is still to be done, by it or by the developer. */
export async function openInvitations(tx: Tx, organisation: OrganisationId): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*)::int as n from partners
    where organisation_id = ${organisation} and current->>'state' in ('invited', 'terms_accepted', 'provisioned')`.execute(
    tx,
  );
  return rows[0]?.n ?? 0;
}
