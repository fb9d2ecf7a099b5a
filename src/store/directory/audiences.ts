import type { OrganisationId, PersonId } from '../../domain/directory/actor.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Tx } from '../database.ts';

export type Member = { organisation: OrganisationId } | { person: PersonId };

/** Makes an audience of these members. The one who makes it must be among them, or sees nothing of what it guards. */
export async function create(
  tx: Tx,
  { id, members, by, at }: { id: string; members: [Member, ...Member[]]; by: string; at: Instant },
): Promise<void> {
  await tx.insertInto('audiences').values({ id, kind: 'named', created_at: at }).execute();
  await add(tx, id, members, { by, at });
}

/** Widens an audience; only one who is in it may, and who is in it already stays. */
export async function add(
  tx: Tx,
  id: string,
  members: readonly Member[],
  { by, at }: { by: string; at: Instant },
): Promise<void> {
  if (members.length === 0) return;
  await tx
    .insertInto('audience_members')
    .values(
      members.map((member) => ({
        audience_id: id,
        organisation_id: 'organisation' in member ? member.organisation : null,
        person_id: 'person' in member ? member.person : null,
        added_by: by,
        added_at: at,
      })),
    )
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Ends what an organisation learns of an audience: what is guarded by it does not exist for them from now on. */
export async function end(
  tx: Tx,
  id: string,
  organisation: OrganisationId,
  { by, at }: { by: string; at: Instant },
): Promise<void> {
  await tx
    .updateTable('audience_members')
    .set({ ended_at: at, ended_by: by })
    .where('audience_id', '=', id)
    .where('organisation_id', '=', organisation)
    .where('ended_at', 'is', null)
    .execute();
}

/** Lets an organisation in again whose reading was ended; does nothing for any other. */
export async function resume(
  tx: Tx,
  id: string,
  organisation: OrganisationId,
  { by, at }: { by: string; at: Instant },
): Promise<void> {
  await tx
    .updateTable('audience_members')
    .set({ ended_at: null, ended_by: null, added_by: by, added_at: at })
    .where('audience_id', '=', id)
    .where('organisation_id', '=', organisation)
    .where('ended_at', 'is not', null)
    .execute();
}

/** The organisations in an audience, by name. */
export function organisations(tx: Tx, id: string): Promise<{ id: OrganisationId; name: string }[]> {
  return tx
    .selectFrom('audience_members')
    .innerJoin('organisations', 'organisations.id', 'audience_members.organisation_id')
    .select(['organisations.id', 'organisations.name'])
    .where('audience_members.audience_id', '=', id)
    .where('audience_members.ended_at', 'is', null)
    .orderBy('organisations.name')
    .orderBy('organisations.id')
    .execute();
}
