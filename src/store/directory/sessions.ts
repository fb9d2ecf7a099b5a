import type { OrganisationId, PersonId, Role } from '../../domain/directory/actor.ts';
import type { Participation } from '../../domain/directory/participation.ts';
import type { Session } from '../../domain/directory/session.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Tx } from '../database.ts';

export interface StoredSession extends Session {
  person: PersonId;
  organisation: OrganisationId;
  isHost: boolean;
  roles: Role[];
  /** How the organisation stands; null where nothing was kept of it. */
  standing: Participation | null;
}

export async function insert(
  tx: Tx,
  session: { idHash: Uint8Array; person: PersonId; at: Instant; endsAt: Instant; verifiedAt?: Instant },
): Promise<void> {
  await tx
    .insertInto('sessions')
    .values({
      id_hash: session.idHash,
      person_id: session.person,
      created_at: session.at,
      seen_at: session.at,
      ends_at: session.endsAt,
      verified_at: session.verifiedAt ?? null,
    })
    .execute();
}

/** The session with this id, whether or not it still lives, of someone who has not left. */
export async function find(tx: Tx, idHash: Uint8Array): Promise<StoredSession | undefined> {
  const row = await tx
    .selectFrom('sessions')
    .innerJoin('people', 'people.id', 'sessions.person_id')
    .innerJoin('organisations', 'organisations.id', 'people.organisation_id')
    .leftJoin('participations', 'participations.organisation_id', 'people.organisation_id')
    .select([
      'participations.standing',
      'sessions.person_id as person',
      'people.organisation_id as organisation',
      'organisations.is_host as isHost',
      'people.roles',
      'sessions.seen_at as seenAt',
      'sessions.ends_at as endsAt',
      'sessions.verified_at as verifiedAt',
    ])
    .where('sessions.id_hash', '=', idHash)
    .where('people.left_at', 'is', null)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { verifiedAt, ...session } = row;
  return { ...session, ...(verifiedAt !== null && { verifiedAt }) };
}

export async function see(tx: Tx, idHash: Uint8Array, at: Instant): Promise<void> {
  await tx.updateTable('sessions').set({ seen_at: at }).where('id_hash', '=', idHash).execute();
}

export async function end(tx: Tx, idHash: Uint8Array): Promise<void> {
  await tx.deleteFrom('sessions').where('id_hash', '=', idHash).execute();
}

/** Whether a session of this person is kept, living or not. */
export async function hasAny(tx: Tx, person: PersonId): Promise<boolean> {
  const found = await tx.selectFrom('sessions').select('id_hash').where('person_id', '=', person).executeTakeFirst();
  return found !== undefined;
}

/** Ends every session of a person, wherever they signed in; gives how many. */
export async function endAll(tx: Tx, person: PersonId): Promise<number> {
  const result = await tx.deleteFrom('sessions').where('person_id', '=', person).executeTakeFirst();
  return Number(result.numDeletedRows);
}

/** Forgets what has ended: sessions, links and challenges. */
export async function forget(tx: Tx, now: Instant): Promise<void> {
  await tx.deleteFrom('sessions').where('ends_at', '<', now).execute();
  await tx.deleteFrom('sign_in_links').where('expires_at', '<', now).execute();
  await tx.deleteFrom('passkey_challenges').where('expires_at', '<', now).execute();
}
