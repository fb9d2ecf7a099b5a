import type { OrganisationId, PersonId, Role } from '../../domain/directory/actor.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Tx } from '../database.ts';

export interface Person {
  id: PersonId;
  organisation: OrganisationId;
  name: string;
  email: string | null;
  roles: Role[];
}

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

export function findByEmail(tx: Tx, email: string): Promise<Person | undefined> {
  return tx
    .selectFrom('people')
    .select(columns)
    .where('email', '=', email)
    .where('left_at', 'is', null)
    .executeTakeFirst();
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

/** Gives false, and keeps nothing, when somebody anywhere has this address already. */
export async function insert(tx: Tx, person: Person & { createdAt: Instant }): Promise<boolean> {
  const { id, organisation, name, email, roles, createdAt } = person;
  const result = await tx
    .insertInto('people')
    .values({ id, organisation_id: organisation, name, email, roles, created_at: createdAt, left_at: null })
    .onConflict((conflict) => conflict.column('email').doNothing())
    .executeTakeFirst();
  return result.numInsertedOrUpdatedRows === 1n;
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
