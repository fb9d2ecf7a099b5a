/** Passkeys (WebAuthn Level 3): the library checks the ceremony, the database makes each challenge single-use. */
import {
  type AuthenticationResponseJSON,
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type RegistrationResponseJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import { publicUrl } from '../../config.ts';
import { type Actor, system as itself, type PersonId } from '../../domain/directory/actor.ts';
import type { Passkey } from '../../domain/directory/member.ts';
import * as permission from '../../domain/directory/permission.ts';
import * as rules from '../../domain/directory/session.ts';
import { Refusal } from '../../domain/refusal.ts';
import * as passkeys from '../../store/directory/passkeys.ts';
import * as people from '../../store/directory/people.ts';
import * as entries from '../../store/log/entries.ts';
import type { System } from '../system.ts';
import * as signIn from './sign-in.ts';

/** Several are wanted, so that a lost device locks nobody out. */
const passkeysMax = 10;

/**
 * The relying party: the host and origin under which people know this instance. A passkey is bound to a name (WebAuthn
 * Level 3, RP ID): what listens on this machine's own address is known as localhost.
 */
function partyOf(system: System) {
  const url = new URL(publicUrl(system.config));
  if (/^127\.|^\[::1\]$/.test(url.hostname)) url.hostname = 'localhost';
  return { id: url.hostname, origin: url.origin };
}

async function keepChallenge(system: System, challenge: string, person: PersonId | null): Promise<void> {
  await system.database.transaction(itself, (tx) =>
    passkeys.insertChallenge(tx, { challenge, person, expiresAt: rules.later(system.now(), rules.challengeAgeMaxMs) }),
  );
}

/** Takes the challenge that an answer claims to answer, before anything else is believed of it. */
async function takeChallenge(system: System, clientDataJson: string, person: PersonId | null): Promise<string> {
  let challenge: unknown;
  try {
    challenge = JSON.parse(Buffer.from(clientDataJson, 'base64url').toString('utf8')).challenge;
  } catch {
    throw new Refusal('passkey_not_valid');
  }
  const isOurs =
    typeof challenge === 'string' &&
    (await system.database.transaction(itself, (tx) =>
      passkeys.takeChallenge(tx, challenge as string, person, system.now()),
    ));
  if (!isOurs) throw new Refusal('passkey_not_valid');
  return challenge as string;
}

/** What the browser needs to make a passkey for the actor. */
export async function registrationOptions(system: System, actor: Actor) {
  const id = permission.requirePerson(actor);
  const [person, known] = await system.database.transaction(actor, async (tx) => [
    await people.find(tx, id),
    await passkeys.list(tx, id),
  ]);
  if (known.length >= passkeysMax) throw new Refusal('too_many_passkeys');
  const options = await generateRegistrationOptions({
    rpName: 'Assay',
    rpID: partyOf(system).id,
    userID: new Uint8Array(Buffer.from(id)),
    userName: person?.email ?? person?.name ?? id,
    userDisplayName: person?.name ?? '',
    excludeCredentials: known.map((one) => ({ id: one.id, transports: one.transports })),
    // Discoverable, so that signing in asks for no name; with the device's own check of the person.
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  });
  await keepChallenge(system, options.challenge, id);
  return options;
}

/** Keeps the passkey that answered. */
export async function register(
  system: System,
  actor: Actor,
  response: RegistrationResponseJSON,
  name: string,
): Promise<Passkey> {
  const person = permission.requirePerson(actor);
  const challenge = await takeChallenge(system, response.response.clientDataJSON, person);
  const party = partyOf(system);
  const verified = await verifyRegistrationResponse({
    response,
    expectedChallenge: challenge,
    expectedOrigin: party.origin,
    expectedRPID: party.id,
    requireUserVerification: true,
  }).catch(() => undefined);
  if (!verified?.verified) throw new Refusal('passkey_not_valid');
  const { credential, credentialBackedUp } = verified.registrationInfo;
  const passkey: Passkey = {
    id: credential.id,
    person,
    name,
    publicKey: Buffer.from(credential.publicKey),
    counter: credential.counter,
    transports: credential.transports ?? [],
    isBackedUp: credentialBackedUp,
    createdAt: system.now(),
    usedAt: null,
  };
  await system.database.transaction(actor, async (tx) => {
    if (!(await passkeys.insert(tx, passkey))) throw new Refusal('passkey_known');
    await entries.append(tx, { did: 'passkey_added', object: person, by: actor, audience: [person], at: system.now() });
  });
  return passkey;
}

/** What the browser needs to sign in with any passkey it has for this instance: the same for everybody. */
export async function authenticationOptions(system: System) {
  const options = await generateAuthenticationOptions({
    rpID: partyOf(system).id,
    userVerification: 'required',
    allowCredentials: [],
  });
  await keepChallenge(system, options.challenge, null);
  return options;
}

/** Signs in whoever's passkey answered. Gives the session's secret. */
export async function authenticate(system: System, response: AuthenticationResponseJSON): Promise<string> {
  const challenge = await takeChallenge(system, response.response.clientDataJSON, null);
  const passkey = await system.database.transaction(itself, (tx) => passkeys.find(tx, response.id));
  if (passkey === undefined) throw new Refusal('passkey_not_valid');
  const party = partyOf(system);
  const verified = await verifyAuthenticationResponse({
    response,
    expectedChallenge: challenge,
    expectedOrigin: party.origin,
    expectedRPID: party.id,
    credential: {
      id: passkey.id,
      publicKey: new Uint8Array(passkey.publicKey),
      counter: passkey.counter,
      transports: passkey.transports,
    },
    requireUserVerification: true,
  }).catch(() => undefined);
  if (!verified?.verified) throw new Refusal('passkey_not_valid');
  return system.database.transaction(itself, async (tx) => {
    await passkeys.used(tx, passkey.id, verified.authenticationInfo.newCounter, system.now());
    return signIn.begin(system, tx, passkey.person, 'passkey');
  });
}

/** The actor's own passkeys. */
export function list(system: System, actor: Actor): Promise<Passkey[]> {
  const person = permission.requirePerson(actor);
  return system.database.transaction(actor, (tx) => passkeys.list(tx, person));
}

export function remove(system: System, actor: Actor, id: string): Promise<void> {
  const person = permission.requirePerson(actor);
  return system.database.transaction(actor, async (tx) => {
    if (!(await passkeys.remove(tx, id))) throw new Refusal('not_found');
    await entries.append(tx, {
      did: 'passkey_removed',
      object: person,
      by: actor,
      audience: [person],
      at: system.now(),
    });
  });
}
