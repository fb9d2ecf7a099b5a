/** The Ed25519 key with which a validator signs: in a file that nobody else may read, made at first use. */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Signer, VerifySignature } from '../formats/dsse/document.ts';
import type { Io } from './io.ts';

export interface ValidatorKey extends Signer {
  publicKey: Uint8Array;
}

/** Names a public key: `sha256:` and the digest of its 32 bytes. */
export const fingerprintOf = (publicKey: Uint8Array): string =>
  `sha256:${createHash('sha256').update(publicKey).digest('hex')}`;

export const verifySignature: VerifySignature = (publicKey, message, signature) => {
  const x = Buffer.from(publicKey).toString('base64url');
  return verify(null, message, createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' }), signature);
};

/** Where the key is kept when no file is named. */
export function defaultFile(io: Io): string {
  const folder = io.env['XDG_CONFIG_HOME'] ?? join(io.env['HOME'] ?? homedir(), '.config');
  return join(folder, 'assay', 'validator-key.pem');
}

/** The key in this file (PKCS #8, PEM), made there when there is none. Throws when others may read it, or when it is no such key. */
export function load(file: string): ValidatorKey {
  if (!existsSync(file)) {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const { privateKey } = generateKeyPairSync('ed25519');
    writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flag: 'wx' });
  }
  if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0) {
    throw new Error(`Others may read ${file}. Take their rights away: chmod 600 ${file}`);
  }
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey(readFileSync(file));
  } catch {
    throw new Error(`${file} holds no key that can be read. Name another file with --key.`);
  }
  if (privateKey.asymmetricKeyType !== 'ed25519') throw new Error(`${file} holds a key of another kind than Ed25519.`);
  const publicKey = new Uint8Array(createPublicKey(privateKey).export({ type: 'spki', format: 'der' })).slice(-32);
  return {
    publicKey,
    keyid: fingerprintOf(publicKey),
    sign: (message) => new Uint8Array(sign(null, message, privateKey)),
  };
}

/** A public key as it is handed from person to person, base64 of its 32 bytes, or a file that holds it. */
export function readPublicKey(text: string): Uint8Array | undefined {
  const written = existsSync(text) ? readFileSync(text, 'utf8').trim() : text;
  if (!/^[A-Za-z0-9+/]{43}=$/.test(written)) return undefined;
  return new Uint8Array(Buffer.from(written, 'base64'));
}
