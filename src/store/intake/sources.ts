/** Who may know of what a source hands in, and of what only coordinators see. */
import type { OrganisationId } from '../../domain/directory/actor.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Tx } from '../database.ts';
import * as audiences from '../directory/audiences.ts';

/** The audience of hints, cases and whatever came without an account: the organisation that runs this instance, and nobody else. */
export const deskAudience = 'audience_desk';

/** Makes the desk's audience where there is none. Run as the instance itself. */
export async function openDesk(tx: Tx, host: OrganisationId, at: Instant): Promise<void> {
  await tx
    .insertInto('audiences')
    .values({ id: deskAudience, kind: 'named', created_at: at })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await audiences.add(tx, deskAudience, [{ organisation: host }], { by: 'system', at });
}

/** The audience of what an organisation hands in, where it has handed in anything. */
export async function audienceOf(tx: Tx, organisation: OrganisationId): Promise<string | undefined> {
  const row = await tx
    .selectFrom('intake_sources')
    .select('audience_id')
    .where('organisation_id', '=', organisation)
    .executeTakeFirst();
  return row?.audience_id;
}

/**
 * The same, made where there is none: the organisation and the one that runs this instance. Run as the instance itself: of two that
 * come first at once, one makes it.
 */
export async function openSource(
  tx: Tx,
  {
    organisation,
    host,
    audience,
    at,
  }: { organisation: OrganisationId; host: OrganisationId; audience: string; at: Instant },
): Promise<string> {
  const standing = await audienceOf(tx, organisation);
  if (standing !== undefined) return standing;
  await audiences.create(tx, {
    id: audience,
    members: [{ organisation }, ...(host === organisation ? [] : [{ organisation: host }])],
    by: 'system',
    at,
  });
  await tx
    .insertInto('intake_sources')
    .values({ organisation_id: organisation, audience_id: audience, created_at: at })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return (await audienceOf(tx, organisation)) ?? audience;
}
