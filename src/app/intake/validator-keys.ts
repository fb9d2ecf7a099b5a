/** The public keys with which a person's evidence is signed. The private ones never come here. */
import { createHash } from 'node:crypto';
import type { Actor, OrganisationId } from '../../domain/directory/actor.ts';
import * as permission from '../../domain/directory/permission.ts';
import { requireValidator } from '../../domain/intake/who.ts';
import { Refusal } from '../../domain/refusal.ts';
import * as validatorKeys from '../../store/intake/validator-keys.ts';
import * as entries from '../../store/log/entries.ts';
import type { System } from '../system.ts';
import { fresh } from './receipts.ts';

const keysMax = 20;

/** The actor's own keys, oldest first. */
export function list(system: System, actor: Actor): Promise<validatorKeys.ValidatorKey[]> {
  const person = permission.requirePerson(actor);
  return system.database.transaction(actor, (tx) => validatorKeys.list(tx, person));
}

/** Registers a public key: what it signs from now on counts as the actor's. */
export function register(
  system: System,
  actor: Actor,
  { publicKey, label }: { publicKey: string; label: string },
): Promise<validatorKeys.ValidatorKey> {
  const person = permission.requirePerson(actor);
  const organisation: OrganisationId = requireValidator(actor);
  return system.database.transaction(actor, async (tx) => {
    const bytes = Buffer.from(publicKey, 'base64');
    const known = await validatorKeys.list(tx, person);
    if (known.some((one) => one.publicKey.equals(bytes))) throw new Refusal('validator_key_known');
    if (known.length >= keysMax) throw new Refusal('validations_full', { max: keysMax });
    const at = system.now();
    const key = {
      id: `key_${fresh(system)}`,
      publicKey: bytes,
      fingerprint: `sha256:${createHash('sha256').update(bytes).digest('hex')}`,
      label,
      createdAt: at,
      revokedAt: null,
    };
    await validatorKeys.insert(tx, { ...key, person, organisation });
    const body = { fingerprint: key.fingerprint };
    await entries.append(tx, { did: 'validator_key_registered', object: key.id, by: actor, body, at });
    return key;
  });
}

/** Revokes a key: nothing it signs is taken from now on. What it signed before keeps it, with the day it was revoked beside it. */
export function revoke(system: System, actor: Actor, id: string): Promise<void> {
  const person = permission.requirePerson(actor);
  return system.database.transaction(actor, async (tx) => {
    const key = (await validatorKeys.list(tx, person)).find((one) => one.id === id);
    if (key === undefined) throw new Refusal('not_found');
    if (key.revokedAt !== null) return;
    const at = system.now();
    await validatorKeys.revoke(tx, id, at);
    await entries.append(tx, { did: 'validator_key_revoked', object: id, by: actor, at });
  });
}
