/** Who may know of what a source hands in, and of what only coordinators see. */
import { sql } from 'kysely';
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

/** What became of a source's findings so far. */
export interface SourceRecord {
  audience: string;
  received: number;
  confirmed: number;
  refuted: number;
  setAside: number;
}

/** The record of a source; of two acts on one source the second waits for the first. */
export function lockRecord(tx: Tx, organisation: OrganisationId): Promise<SourceRecord | undefined> {
  return record(tx, organisation).forUpdate().executeTakeFirst();
}

const record = (tx: Tx, organisation: OrganisationId) =>
  tx
    .selectFrom('intake_sources')
    .select(['audience_id as audience', 'received', 'confirmed', 'refuted', 'set_aside as setAside'])
    .where('organisation_id', '=', organisation);

/** Adds to what became of a source's findings; numbers may be negative, where one is decided anew. */
export async function count(
  tx: Tx,
  organisation: OrganisationId,
  { confirmed, refuted, setAside }: Pick<SourceRecord, 'confirmed' | 'refuted' | 'setAside'>,
): Promise<void> {
  await tx
    .updateTable('intake_sources')
    .set((of) => ({
      confirmed: of('confirmed', '+', confirmed),
      refuted: of('refuted', '+', refuted),
      set_aside: of('set_aside', '+', setAside),
    }))
    .where('organisation_id', '=', organisation)
    .execute();
}

/** What a source handed in, by the hour, since the start of an hour. */
export function hours(
  tx: Tx,
  organisation: OrganisationId,
  since: Instant,
): Promise<{ hour: Instant; findings: number }[]> {
  return tx
    .selectFrom('intake_hours')
    .select(['hour', 'findings'])
    .where('organisation_id', '=', organisation)
    .where('hour', '>=', since)
    .execute();
}

/** Counts findings that were taken, in their hour and in all. */
export async function countReceived(
  tx: Tx,
  { organisation, audience }: { organisation: OrganisationId; audience: string },
  hour: Instant,
  findings: number,
): Promise<void> {
  await sql`
    with counted as (
      insert into intake_hours (organisation_id, audience_id, hour, findings)
      values (${organisation}, ${audience}, ${hour}, ${findings})
      on conflict (organisation_id, hour) do update set findings = intake_hours.findings + excluded.findings
    )
    update intake_sources set received = received + ${findings} where organisation_id = ${organisation}`.execute(tx);
}
