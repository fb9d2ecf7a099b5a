import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { testSystem } from '../../../test/system/test-system.ts';
import * as members from '../../app/directory/members.ts';
import * as signIn from '../../app/directory/sign-in.ts';
import type { System } from '../../app/system.ts';
import { system as itself } from '../../domain/directory/actor.ts';
import * as rules from '../../domain/directory/session.ts';
import { build } from '../server.ts';

const origin = 'https://assay.example';
let now = '2026-03-01T09:30:00.000Z';
let system: System;
let server: FastifyInstance;
let person: `person_${string}`;
let cookie: string;

beforeAll(async () => {
  system = await testSystem({ now: () => now, env: { ASSAY_HTTP_URL: origin } });
  server = await build(system, { version: 'test' });
  const made = await system.database.transaction(itself, (tx) =>
    members.found(system, tx, itself, { name: 'alder', isHost: true, isSample: false }, [
      { name: 'Somebody', email: 'somebody@alder.example', roles: ['operator'] },
    ]),
  );
  person = made.people[0]?.id as typeof person;
  const link = await signIn.createLink(system, person);
  cookie = `__Host-session=${await signIn.signInByLink(system, link.slice(link.indexOf('token=') + 6))}`;
});

beforeEach(async () => {
  await system.database.pool.query('delete from passkeys');
});

const post = (url: string, payload: unknown, as?: string) =>
  server.inject({
    method: 'POST',
    url: `/api/v1/passkeys/${url}`,
    headers: { host: 'assay.example', ...(as !== undefined && { cookie: as }) },
    payload: payload as object,
  });

/** CBOR (RFC 8949) of the few shapes that an authenticator writes. */
function cbor(value: number | string | Uint8Array | Map<number | string, unknown>): Buffer {
  const head = (major: number, length: number) =>
    length < 24
      ? Buffer.of((major << 5) | length)
      : length < 256
        ? Buffer.of((major << 5) | 24, length)
        : Buffer.of((major << 5) | 25, length >> 8, length & 255);
  if (typeof value === 'number') return value >= 0 ? head(0, value) : head(1, -1 - value);
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value]);
  const pairs = [...value].flatMap(([key, one]) => [cbor(key), cbor(one as Parameters<typeof cbor>[0])]);
  return Buffer.concat([head(5, value.size), ...pairs]);
}

/** A security key in software: WebAuthn Level 3, ES256, attestation "none". */
class Authenticator {
  readonly id = randomBytes(32);
  readonly #key: KeyObject;
  readonly #publicKey: Buffer;
  counter = 0;

  constructor() {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { x, y } = publicKey.export({ format: 'jwk' });
    this.#key = privateKey;
    this.#publicKey = cbor(
      new Map<number, unknown>([
        [1, 2],
        [3, -7],
        [-1, 1],
        [-2, Buffer.from(x as string, 'base64url')],
        [-3, Buffer.from(y as string, 'base64url')],
      ]),
    );
  }

  #data(flags: number, more = Buffer.alloc(0), host = 'assay.example'): Buffer {
    this.counter += 1;
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(this.counter);
    return Buffer.concat([createHash('sha256').update(host).digest(), Buffer.of(flags), counter, more]);
  }

  #answer(type: string, challenge: string, from: string) {
    return Buffer.from(JSON.stringify({ type, challenge, origin: from, crossOrigin: false }));
  }

  create(challenge: string, { from = origin, isVerified = true } = {}) {
    const length = Buffer.alloc(2);
    length.writeUInt16BE(this.id.length);
    const credential = Buffer.concat([Buffer.alloc(16), length, this.id, this.#publicKey]);
    const authData = this.#data(isVerified ? 0x45 : 0x41, credential);
    const attestation = cbor(
      new Map<string, unknown>([
        ['fmt', 'none'],
        ['attStmt', new Map()],
        ['authData', authData],
      ]),
    );
    return {
      id: this.id.toString('base64url'),
      rawId: this.id.toString('base64url'),
      type: 'public-key',
      clientExtensionResults: {},
      response: {
        clientDataJSON: this.#answer('webauthn.create', challenge, from).toString('base64url'),
        attestationObject: attestation.toString('base64url'),
        transports: ['usb'],
      },
    };
  }

  get(challenge: string, { from = origin, isVerified = true, host = 'assay.example' } = {}) {
    const authData = this.#data(isVerified ? 0x05 : 0x01, undefined, host);
    const client = this.#answer('webauthn.get', challenge, from);
    const signed = Buffer.concat([authData, createHash('sha256').update(client).digest()]);
    return {
      id: this.id.toString('base64url'),
      rawId: this.id.toString('base64url'),
      type: 'public-key',
      clientExtensionResults: {},
      response: {
        clientDataJSON: client.toString('base64url'),
        authenticatorData: authData.toString('base64url'),
        signature: sign('sha256', signed, this.#key).toString('base64url'),
        userHandle: Buffer.from(person).toString('base64url'),
      },
    };
  }
}

const registerChallenge = async () => (await post('registration/options', {}, cookie)).json().challenge as string;
const signInChallenge = async () => (await post('authentication/options', {})).json().challenge as string;

async function registered(): Promise<Authenticator> {
  const key = new Authenticator();
  const answer = await post(
    'registration/verification',
    { ...key.create(await registerChallenge()), name: 'My key' },
    cookie,
  );
  expect(answer.statusCode).toBe(201);
  return key;
}

test('on https the cookie is __Host-, Secure and HttpOnly', async () => {
  const key = await registered();

  const answer = await post('authentication/verification', key.get(await signInChallenge()));

  expect(answer.cookies[0]).toMatchObject({
    name: '__Host-session',
    secure: true,
    httpOnly: true,
    path: '/',
    sameSite: 'Lax',
  });
  expect(answer.cookies[0]).not.toHaveProperty('domain');
});

test('a passkey that was added signs in, each time with a challenge of its own', async () => {
  const key = await registered();

  for (let times = 0; times < 3; times += 1) {
    const answer = await post('authentication/verification', key.get(await signInChallenge()));

    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toMatchObject({ person: { id: person } });
  }
});

test('options for signing in name nobody and no credential: they are the same for everybody (I5)', async () => {
  const { challenge, ...options } = (await post('authentication/options', {})).json();

  expect(challenge).toMatch(/^[A-Za-z0-9_-]{40,}$/);
  expect(options).toMatchObject({ rpId: 'assay.example', userVerification: 'required' });
  expect(options.allowCredentials ?? []).toEqual([]);
});

test('a challenge is answered once: the same answer a second time is refused', async () => {
  const key = await registered();
  const answer = key.get(await signInChallenge());

  expect((await post('authentication/verification', answer)).statusCode).toBe(200);
  const second = await post('authentication/verification', answer);

  expect(second.statusCode).toBe(422);
  expect(second.json().code).toBe('passkey_not_valid');
});

test('a wrong answer uses its challenge up too', async () => {
  const key = await registered();
  const challenge = await signInChallenge();

  expect((await post('authentication/verification', new Authenticator().get(challenge))).statusCode).toBe(422);
  expect((await post('authentication/verification', key.get(challenge))).statusCode).toBe(422);
});

test('a challenge is too old after five minutes', async () => {
  const key = await registered();
  const challenge = await signInChallenge();
  const before = now;
  now = rules.later(now, rules.challengeAgeMaxMs);

  const answer = await post('authentication/verification', key.get(challenge));
  now = before;

  expect(answer.statusCode).toBe(422);
});

test.each([
  ['another origin', { from: 'https://assay.example.evil.example' }],
  ['plain http', { from: 'http://assay.example' }],
  ['another relying party', { host: 'evil.example' }],
  ['no verification of the person', { isVerified: false }],
])('an answer for %s is refused', async (_, options) => {
  const key = await registered();

  const answer = await post('authentication/verification', key.get(await signInChallenge(), options));

  expect(answer.statusCode).toBe(422);
});

test('a copy of a key whose counter lags behind is refused', async () => {
  const key = await registered();
  key.counter = 10;
  expect((await post('authentication/verification', key.get(await signInChallenge()))).statusCode).toBe(200);
  key.counter = 5;

  const answer = await post('authentication/verification', key.get(await signInChallenge()));

  expect(answer.statusCode).toBe(422);
});

test('a passkey is added only with a challenge made for this person, with verification and once', async () => {
  const key = new Authenticator();
  const withSignInChallenge = await post('registration/verification', key.create(await signInChallenge()), cookie);
  const unverified = await post(
    'registration/verification',
    key.create(await registerChallenge(), { isVerified: false }),
    cookie,
  );
  const first = await post('registration/verification', key.create(await registerChallenge()), cookie);
  const again = await post('registration/verification', key.create(await registerChallenge()), cookie);

  expect([withSignInChallenge.statusCode, unverified.statusCode]).toEqual([422, 422]);
  expect(first.statusCode).toBe(201);
  expect(again.json().code).toBe('passkey_known');
});

test('a challenge for adding a passkey signs nobody in', async () => {
  const key = await registered();

  expect((await post('authentication/verification', key.get(await registerChallenge()))).statusCode).toBe(422);
});

test('a passkey that was removed signs nobody in', async () => {
  const key = await registered();
  const id = key.id.toString('base64url');
  const headers = { cookie, host: 'assay.example' };

  const removed = await server.inject({ method: 'DELETE', url: `/api/v1/passkeys/${id}`, headers });

  expect(removed.statusCode).toBe(204);
  expect((await post('authentication/verification', key.get(await signInChallenge()))).statusCode).toBe(422);
});

test('there are at most ten passkeys', async () => {
  const list = async () =>
    (await server.inject({ url: '/api/v1/passkeys', headers: { cookie, host: 'assay.example' } })).json().items;
  while ((await list()).length < 10) await registered();

  const answer = await post('registration/options', {}, cookie);

  expect(answer.json().code).toBe('too_many_passkeys');
});

test('an instance that listens on this machine only asks for passkeys of localhost: an address is no name', async () => {
  const local = await testSystem({ now: () => now });
  const localServer = await build(local, { version: 'test' });

  const options = await localServer.inject({
    method: 'POST',
    url: '/api/v1/passkeys/authentication/options',
    headers: { host: 'localhost:8414', origin: 'http://localhost:8414' },
    payload: {},
  });

  expect(options.statusCode).toBe(200);
  expect(options.json().rpId).toBe('localhost');
});
