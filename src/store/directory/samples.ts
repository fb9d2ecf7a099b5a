import type { PersonId, Role } from '../../domain/directory/actor.ts';
import type { Tx } from '../database.ts';

/** The people of the sample workspace, in the order in which they were made. */
export function people(tx: Tx): Promise<{ id: PersonId; name: string; organisation: string; roles: Role[] }[]> {
  return tx
    .selectFrom('people')
    .innerJoin('organisations', 'organisations.id', 'people.organisation_id')
    .select(['people.id', 'people.name', 'organisations.name as organisation', 'people.roles'])
    .where('organisations.is_sample', '=', true)
    .where('people.left_at', 'is', null)
    .orderBy('people.created_at')
    .orderBy('people.id')
    .execute();
}
