import { sql } from 'kysely';
import type { OrganisationId, PersonId, Role } from '../../domain/directory/actor.ts';
import type { Person } from '../../domain/directory/member.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Tx } from '../database.ts';

const columns = ['id', 'organisation_id as organisation', 'name', 'email', 'roles'] as const;

/** Someone who has not left, if this transaction's actor may know of them. */
export function find(tx: Tx, id: string): Promise<Person | undefined> {
  return tx
    .selectFrom('people')
    .select(columns)
    .where('id', '=', id as PersonId)
    .where('left_at', 'is', null)
    .executeTakeFirst();
}

/** Everybody with this address: one person may belong to several organisations, as a member of each. */
export function findByEmail(tx: Tx, email: string): Promise<Person[]> {
  return tx.selectFrom('people').select(columns).where('email', '=', email).where('left_at', 'is', null).execute();
}

export function list(tx: Tx, after: string, limit: number): Promise<Person[]> {
  return tx
    .selectFrom('people')
    .select(columns)
    .where('left_at', 'is', null)
    .where('id', '>', after as PersonId)
    .orderBy('id')
    .limit(limit)
    .execute();
}

/** Addresses of those in an organisation who have one of these roles. */
export async function addresses(tx: Tx, organisation: OrganisationId, roles: readonly Role[]): Promise<string[]> {
  const { rows } = await sql<{ email: string }>`
    select email from people where organisation_id = ${organisation} and left_at is null and email is not null
      and roles && ${[...roles]}::text[]
    order by email limit 100`.execute(tx);
  return rows.map(({ email }) => email);
}

/** Gives false, and keeps nothing, when somebody in the organisation has this address already. */
export async function insert(tx: Tx, person: Person & { createdAt: Instant }): Promise<boolean> {
  const { id, organisation, name, email, roles, createdAt } = person;
  const result = await tx
    .insertInto('people')
    .values({ id, organisation_id: organisation, name, email, roles, created_at: createdAt, left_at: null })
    .onConflict((conflict) => conflict.columns(['organisation_id', 'email']).doNothing())
    .executeTakeFirst();
  return result.numInsertedOrUpdatedRows === 1n;
}

/** As `find`, and keeps others from changing them until the transaction ends. */
export function lock(tx: Tx, id: string): Promise<Person | undefined> {
  return tx
    .selectFrom('people')
    .select(columns)
    .where('id', '=', id as PersonId)
    .where('left_at', 'is', null)
    .forUpdate()
    .executeTakeFirst();
}

/** Gives false, and changes nothing, when somebody else in the organisation has this address already. */
export async function update(tx: Tx, { id, organisation, name, email, roles }: Person): Promise<boolean> {
  const { rows } = await sql`
    update people set name = ${name}, email = ${email}, roles = ${roles}
    where id = ${id} and not exists (
      select from people other where other.organisation_id = ${organisation} and other.email = ${email} and other.id <> ${id}
    ) returning id`.execute(tx);
  return rows.length === 1;
}

/** The administrators of an organisation; none of them can leave or change before this transaction ends. */
export async function lockAdministrators(tx: Tx, organisation: OrganisationId): Promise<PersonId[]> {
  const { rows } = await sql<{ id: PersonId }>`
    select id from people where organisation_id = ${organisation} and left_at is null and 'administrator' = any (roles)
    order by id for update`.execute(tx);
  return rows.map((row) => row.id);
}

/** An administrator who could not sign in again by themselves: no mail address, no passkey. */
export async function administratorWithoutReturn(tx: Tx, organisation: OrganisationId): Promise<PersonId | undefined> {
  const { rows } = await sql<{ id: PersonId }>`
    select id from people where organisation_id = ${organisation} and left_at is null and 'administrator' = any (roles)
      and email is null and not exists (select from passkeys where person_id = people.id)
    order by created_at limit 1`.execute(tx);
  return rows[0]?.id;
}

/** Whether somebody of the actor's own organisation has ever signed in: the log keeps it for ever. */
export async function hasSignedIn(tx: Tx, id: PersonId): Promise<boolean> {
  const found = await tx
    .selectFrom('log_openings')
    .select('id')
    .where('object', '=', id)
    .where('did', '=', 'signed_in')
    .limit(1)
    .executeTakeFirst();
  return found !== undefined;
}

/** Ends somebody's membership; gives false when there is no such person in view. */
export async function leave(tx: Tx, id: PersonId, at: Instant): Promise<boolean> {
  const result = await tx
    .updateTable('people')
    .set({ left_at: at, email: null })
    .where('id', '=', id)
    .where('left_at', 'is', null)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}
