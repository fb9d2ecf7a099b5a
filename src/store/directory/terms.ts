import { sql } from 'kysely';
import type { OrganisationId, PersonId } from '../../domain/directory/actor.ts';
import type { Acceptance } from '../../domain/directory/terms.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Tx } from '../database.ts';

export interface KeptAcceptance extends Acceptance {
  person: PersonId;
  at: Instant;
}

/** What an organisation has accepted, the newest first. */
export function acceptances(tx: Tx, organisation: OrganisationId): Promise<KeptAcceptance[]> {
  return tx
    .selectFrom('terms_acceptances')
    .select(['version', 'digest', 'person_id as person', 'at'])
    .where('organisation_id', '=', organisation)
    .orderBy('at', 'desc')
    .execute();
}

/** Records an acceptance; the first of a version stands. */
export async function accept(
  tx: Tx,
  organisation: OrganisationId,
  { version, digest, person, at }: KeptAcceptance,
): Promise<boolean> {
  const result = await tx
    .insertInto('terms_acceptances')
    .values({ organisation_id: organisation, version, digest, person_id: person, at })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return result.numInsertedOrUpdatedRows === 1n;
}

/**
 * Notes how a basis stands; gives how it was noted before where that differs, and undefined where it does not or was never noted.
 * Of two that come at once, one hears of the change.
 */
export async function noteBasis(tx: Tx, basis: string, state: string, at: Instant): Promise<string | undefined> {
  const { rows } = await sql<{ state: string }>`
    select state from legal_basis_notices where basis = ${basis} for update`.execute(tx);
  const before = rows[0]?.state;
  await sql`
    insert into legal_basis_notices (basis, state, at) values (${basis}, ${state}, ${at})
    on conflict (basis) do update set state = excluded.state, at = excluded.at
    where legal_basis_notices.state <> excluded.state`.execute(tx);
  return before === state ? undefined : before;
}

/** Addresses of the administrators of every organisation that takes part, after this one. */
export async function administrators(tx: Tx, after: string, limit: number): Promise<string[]> {
  const { rows } = await sql<{ email: string }>`
    select distinct p.email from people p left join participations t on t.organisation_id = p.organisation_id
    where p.left_at is null and p.email > ${after} and 'administrator' = any (p.roles)
      and coalesce(t.state, 'admitted') <> 'left'
    order by p.email limit ${limit}`.execute(tx);
  return rows.map(({ email }) => email);
}
