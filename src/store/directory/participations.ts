import { sql } from 'kysely';
import type { OrganisationId, PersonId, Role } from '../../domain/directory/actor.ts';
import type { Said } from '../../domain/directory/application.ts';
import type { Participation } from '../../domain/directory/participation.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Tx } from '../database.ts';

export interface KeptParticipation {
  organisation: OrganisationId;
  name: string;
  isHost: boolean;
  standing: Participation;
}

/** Of an organisation about which nothing was kept: it was let in before anything was. */
const admitted: Participation = { state: 'admitted' };

/** How an organisation stands; undefined where there is none. Nobody changes it until the transaction ends. Asked as the instance. */
export async function lock(tx: Tx, organisation: string): Promise<KeptParticipation | undefined> {
  const row = await tx
    .selectFrom('organisations')
    .select(['id', 'name', 'is_host as isHost'])
    .where('id', '=', organisation as OrganisationId)
    // What names the organisation is recorded meanwhile all the same, a release among it.
    .forNoKeyUpdate()
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const kept = await tx
    .selectFrom('participations')
    .select('standing')
    .where('organisation_id', '=', row.id)
    .executeTakeFirst();
  return { organisation: row.id, name: row.name, isHost: row.isHost, standing: kept?.standing ?? admitted };
}

/** The same, of the actor's own organisation. */
export async function standingOf(tx: Tx, organisation: OrganisationId): Promise<Participation> {
  const row = await tx
    .selectFrom('participations')
    .select('standing')
    .where('organisation_id', '=', organisation)
    .executeTakeFirst();
  return row?.standing ?? admitted;
}

export async function save(tx: Tx, organisation: OrganisationId, standing: Participation, at: Instant): Promise<void> {
  const next = { standing: JSON.stringify(standing), updated_at: at };
  await tx
    .insertInto('participations')
    .values({ organisation_id: organisation, ...empty, ...next })
    .onConflict((conflict) => conflict.column('organisation_id').doUpdateSet(next))
    .execute();
}

const empty = { kind: null, country: null, domain: null, security_txt: null, export_hash: null, export_until: null };

/** Keeps what an organisation said of itself when it was let in. */
export async function admit(tx: Tx, organisation: OrganisationId, said: Said, at: Instant): Promise<void> {
  await tx
    .insertInto('participations')
    .values({
      organisation_id: organisation,
      ...empty,
      kind: said.kind ?? null,
      country: said.country ?? null,
      domain: said.domain ?? null,
      security_txt: said.securityTxt ?? null,
      standing: JSON.stringify(admitted),
      updated_at: at,
    })
    .execute();
}

/**
 * Organisations that take part or are suspended at `now`, by id; of those who have left there is no list (I10). Asked as the instance.
 */
export async function list(
  tx: Tx,
  {
    state,
    after,
    limit,
    now,
  }: { state?: 'admitted' | 'suspended' | undefined; after: string; limit: number; now: Instant },
): Promise<KeptParticipation[]> {
  const { rows } = await sql<KeptParticipation & { standing: Participation | null }>`
    select * from (
      select o.id as organisation, o.name, o.is_host as "isHost", p.standing,
        coalesce(p.state, 'admitted') as state,
        coalesce(p.state = 'suspended' and coalesce(p.standing->>'endsAt', '9') > ${now}, false) as suspended
      from organisations o left join participations p on p.organisation_id = o.id
      where o.id > ${after}
    ) as every
    where state <> 'left' and (${state ?? null}::text is null or suspended = (${state ?? null}::text = 'suspended'))
    order by organisation limit ${limit}`.execute(tx);
  return rows.map(({ organisation, name, isHost, standing }) => ({
    organisation,
    name,
    isHost,
    standing: standing ?? admitted,
  }));
}

/** Organisations that take part at `now` and have somebody with one of these roles, by name. Asked as the instance. */
export async function withRole(
  tx: Tx,
  roles: readonly Role[],
  now: Instant,
  limit: number,
): Promise<{ id: OrganisationId; name: string }[]> {
  const { rows } = await sql<{ id: OrganisationId; name: string }>`
    select o.id, o.name from organisations o left join participations p on p.organisation_id = o.id
    where (o.is_host or p.state is null or p.state = 'admitted'
        or (p.state = 'suspended' and p.standing->>'endsAt' <= ${now}))
      and exists (
        select from people member
        where member.organisation_id = o.id and member.left_at is null and member.roles && ${[...roles]}::text[])
    order by lower(o.name) collate "C", o.id limit ${limit}`.execute(tx);
  return rows;
}

/** Whoever has this secret may fetch the export of an organisation that left, until then. */
export async function setExport(tx: Tx, organisation: OrganisationId, hash: Uint8Array, until: Instant): Promise<void> {
  await tx
    .updateTable('participations')
    .set({ export_hash: hash, export_until: until })
    .where('organisation_id', '=', organisation)
    .execute();
}

export async function byExport(tx: Tx, hash: Uint8Array, now: Instant): Promise<OrganisationId | undefined> {
  const row = await tx
    .selectFrom('participations')
    .select('organisation_id')
    .where('export_hash', '=', hash)
    .where('export_until', '>', now)
    .executeTakeFirst();
  return row?.organisation_id;
}

/** Names of people, for those who may know them. */
export async function names(tx: Tx, people: readonly PersonId[]): Promise<Map<PersonId, string>> {
  if (people.length === 0) return new Map();
  const rows = await tx.selectFrom('people').select(['id', 'name']).where('id', 'in', people).execute();
  return new Map(rows.map(({ id, name }) => [id, name]));
}
