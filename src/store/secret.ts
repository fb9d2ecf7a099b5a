/**
 * Secrets that the instance itself must be able to use again, such as the key of somebody's endpoint: sealed with AES-256-GCM
 * under a key that is kept in a file, apart from the database. A sealed text opens only in the place it was sealed for.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { existsSync, linkSync, readFileSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { sha256 } from './log/sha256.ts';

export interface Keeper {
  /** Seals a text for one place, named by the id of its row. */
  seal(text: string, place: string): Uint8Array;
  /** The text, or undefined when it was sealed under another key, for another place, or was changed. */
  open(sealed: Uint8Array, place: string): string | undefined;
}

/** In front of every sealed text, so that another way of sealing can be told apart later. */
const suite = 1;
const idLength = 8;
const ivLength = 12;
const tagLength = 16;
const headLength = 1 + idLength + ivLength;

/**
 * The keeper whose key (32 bytes, base64) is in the file at `path`, made there when there is none; only its owner may read
 * the file. Throws when others may, or when it is no such key.
 */
export function loadKeeper(path: string): Keeper {
  if (!existsSync(path)) {
    const draft = `${path}.${process.pid}`;
    writeFileSync(draft, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600, flag: 'wx' });
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
  const key = Buffer.from(readFileSync(path, 'utf8').trim(), 'base64');
  if (key.length !== 32) throw new Error(`${path} must hold a key of 32 bytes in base64.`);
  const head = Buffer.concat([
    Buffer.of(suite),
    sha256(Buffer.concat([Buffer.from('assay secret key\n'), key])).subarray(0, idLength),
  ]);
  const place = (name: string) => Buffer.concat([head, Buffer.from(name)]);

  return {
    seal(text, name) {
      const iv = randomBytes(ivLength);
      const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(place(name));
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([head, iv, cipher.getAuthTag(), body]);
    },
    open(sealed, name) {
      const bytes = Buffer.from(sealed);
      if (bytes.length < headLength + tagLength || !bytes.subarray(0, head.length).equals(head)) return undefined;
      const iv = bytes.subarray(head.length, headLength);
      const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: tagLength }).setAAD(place(name));
      decipher.setAuthTag(bytes.subarray(headLength, headLength + tagLength));
      try {
        return decipher.update(bytes.subarray(headLength + tagLength), undefined, 'utf8') + decipher.final('utf8');
      } catch {
        return undefined;
      }
    },
  };
}
