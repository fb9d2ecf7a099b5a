import type { PersonId } from '../../domain/directory/actor.ts';
import type { Passkey } from '../../domain/directory/member.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Tx } from '../database.ts';

const columns = [
  'id',
  'person_id as person',
  'name',
  'public_key as publicKey',
  'counter',
  'transports',
  'is_backed_up as isBackedUp',
  'created_at as createdAt',
  'used_at as usedAt',
] as const;

export function list(tx: Tx, person: PersonId): Promise<Passkey[]> {
  return tx.selectFrom('passkeys').select(columns).where('person_id', '=', person).orderBy('created_at').execute();
}

export function find(tx: Tx, id: string): Promise<Passkey | undefined> {
  return tx.selectFrom('passkeys').select(columns).where('id', '=', id).executeTakeFirst();
}

/** Gives false, and keeps nothing, when this credential is known already. */
export async function insert(tx: Tx, passkey: Omit<Passkey, 'usedAt'>): Promise<boolean> {
  const result = await tx
    .insertInto('passkeys')
    .values({
      id: passkey.id,
      person_id: passkey.person,
      name: passkey.name,
      public_key: passkey.publicKey,
      counter: passkey.counter,
      transports: passkey.transports,
      is_backed_up: passkey.isBackedUp,
      created_at: passkey.createdAt,
      used_at: null,
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .executeTakeFirst();
  return result.numInsertedOrUpdatedRows === 1n;
}

export async function used(tx: Tx, id: string, counter: number, at: Instant): Promise<void> {
  await tx.updateTable('passkeys').set({ counter, used_at: at }).where('id', '=', id).execute();
}

export async function remove(tx: Tx, id: string): Promise<boolean> {
  const result = await tx.deleteFrom('passkeys').where('id', '=', id).executeTakeFirst();
  return result.numDeletedRows === 1n;
}

export async function insertChallenge(
  tx: Tx,
  challenge: { challenge: string; person: PersonId | null; expiresAt: Instant },
): Promise<void> {
  await tx
    .insertInto('passkey_challenges')
    .values({ challenge: challenge.challenge, person_id: challenge.person, expires_at: challenge.expiresAt })
    .execute();
}

/** Takes a challenge away, so that it is answered once; false when it is not there, not theirs or too old. */
export async function takeChallenge(
  tx: Tx,
  challenge: string,
  person: PersonId | null,
  now: Instant,
): Promise<boolean> {
  const row = await tx
    .deleteFrom('passkey_challenges')
    .where('challenge', '=', challenge)
    .returning(['person_id', 'expires_at'])
    .executeTakeFirst();
  return row !== undefined && row.person_id === person && row.expires_at > now;
}
