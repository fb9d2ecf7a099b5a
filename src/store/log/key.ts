import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import { existsSync, linkSync, readFileSync, renameSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from '../../log/checkpoint.ts';
import * as note from '../../log/note.ts';
import { sha256 } from './sha256.ts';

/** The raw 32 bytes of RFC 8032. */
function rawPublicKey(key: KeyObject): Uint8Array {
  return Buffer.from(key.export({ format: 'jwk' }).x as string, 'base64url');
}

/**
 * A key with a memory of what it signed last, kept beside it and apart from the database: so a database that was put back
 * to an earlier day is noticed before a second history is signed.
 */
export interface LogSigner extends note.Signer {
  /** The last checkpoint that was signed and committed here; undefined before the first. */
  remembered(): string | undefined;
  /** To be called once the checkpoint is committed, never before: what was undone must not be remembered. */
  remember(checkpoint: string): void;
}

function signerOf(privateKey: KeyObject, origin: string, memory: string): LogSigner {
  if (privateKey.asymmetricKeyType !== 'ed25519') throw new Error('The key of the log must be an Ed25519 private key.');
  return {
    key: note.keyOf(sha256, origin, rawPublicKey(createPublicKey(privateKey))),
    sign: (message) => sign(null, message, privateKey),
    remembered: () => (existsSync(memory) ? readFileSync(memory, 'utf8') : undefined),
    remember(checkpoint) {
      writeFileSync(`${memory}.${process.pid}`, checkpoint, { mode: 0o600 });
      renameSync(`${memory}.${process.pid}`, memory);
    },
  };
}

/** The file of the log's key: the configured one, or the one in the data folder. What was signed last is beside it, in `.last`. */
export const keyFile = (data: string, configured?: string): string => configured ?? join(data, 'keys', 'log-key.pem');

/** Whether the key of `signer` put its signature under this checkpoint. */
export function hasSigned(signer: LogSigner, checkpoint: string): boolean {
  const { name, id } = signer.key;
  return note.parse(checkpoint).signatures.some((one) => one.name === name && one.id === id);
}

/**
 * The signer of the log of this origin. The key (PKCS #8, PEM) is in the file at `path`, and made there on the first start;
 * only its owner may read the file. Throws when others may, or when it is no Ed25519 key.
 *
 * A log keeps its name for life: an origin that nobody chose (the address of the day) holds for the first start only.
 */
export function loadSigner(path: string, origin: string, isChosen = true): LogSigner {
  if (!existsSync(path)) {
    const { privateKey } = generateKeyPairSync('ed25519');
    const draft = `${path}.${process.pid}`;
    writeFileSync(draft, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flag: 'wx' });
    try {
      // A link appears whole and never replaces: of two processes that start at once, one makes the key of both.
      linkSync(draft, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      unlinkSync(draft);
    }
  }
  if (process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0) {
    throw new Error(`Others may read ${path}. Take their rights away: chmod 600 ${path}`);
  }
  const memory = `${path}.last`;
  const name = !isChosen && existsSync(memory) ? parse(note.parse(readFileSync(memory, 'utf8')).text).origin : origin;
  return signerOf(createPrivateKey(readFileSync(path)), name, memory);
}

/** Ed25519 by OpenSSL. */
export const verifySignature: note.VerifySignature = (publicKey, message, signature) => {
  const x = Buffer.from(publicKey).toString('base64url');
  return verify(null, message, createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' }), signature);
};
