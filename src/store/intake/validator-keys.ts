import type { OrganisationId, PersonId } from '../../domain/directory/actor.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Tx } from '../database.ts';

export interface ValidatorKey {
  id: string;
  publicKey: Buffer;
  fingerprint: string;
  label: string;
  createdAt: Instant;
  revokedAt: Instant | null;
}

/** The keys of a person, oldest first. */
export function list(tx: Tx, person: PersonId): Promise<ValidatorKey[]> {
  return tx
    .selectFrom('validator_keys')
    .select([
      'id',
      'public_key as publicKey',
      'fingerprint',
      'label',
      'created_at as createdAt',
      'revoked_at as revokedAt',
    ])
    .where('person_id', '=', person)
    .orderBy('created_at')
    .orderBy('id')
    .limit(200)
    .execute();
}

export async function insert(
  tx: Tx,
  key: ValidatorKey & { person: PersonId; organisation: OrganisationId },
): Promise<void> {
  await tx
    .insertInto('validator_keys')
    .values({
      id: key.id,
      organisation_id: key.organisation,
      person_id: key.person,
      public_key: key.publicKey,
      fingerprint: key.fingerprint,
      label: key.label,
      created_at: key.createdAt,
    })
    .execute();
}

export async function revoke(tx: Tx, id: string, at: Instant): Promise<void> {
  await tx.updateTable('validator_keys').set({ revoked_at: at }).where('id', '=', id).execute();
}
