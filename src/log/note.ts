/**
 * C2SP signed-note: text signed by one or more keys. The signature arithmetic is passed in: OpenSSL on the server and the
 * command line, WebCrypto in a browser.
 */
import * as base64 from './base64.ts';
import { LogFormatError } from './format-error.ts';
import type { Hash } from './tree.ts';

/** Signature type identifier byte of Ed25519, the only type we sign with. */
const ed25519 = 0x01;
/** C2SP asks for at least 16 signatures to be read; more would only cost time. */
const signaturesMax = 32;
const noteSizeMax = 256 * 1024;

/** A public key that we trust, by name: who signs. */
export interface VerifierKey {
  name: string;
  /** First four bytes of SHA-256(name, newline, type, key), as eight hexadecimal digits. */
  id: string;
  /** The 32 bytes of RFC 8032. */
  publicKey: Uint8Array;
}

/** Signs as one key. `sign` may be a call to another process that holds the key. */
export interface Signer {
  key: VerifierKey;
  sign(message: Uint8Array): Promise<Uint8Array> | Uint8Array;
}

export interface Signature {
  name: string;
  id: string;
  signature: Uint8Array;
}

export interface Note {
  /** With its final newline: what the signatures are over. */
  text: string;
  signatures: Signature[];
}

/** Ed25519 of RFC 8032: true when the 64-byte signature is the key's over the message. */
export type VerifySignature = (
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
) => Promise<boolean> | boolean;

// Unicode White_Space, which signed-note forbids in names along with plus; and control characters, which no note may hold.
const isName = (name: string) => name !== '' && !/[\s\u0085+]/u.test(name) && !hasControl(name, false);
const hasControl = (text: string, mayHoldNewline: boolean) =>
  Array.from(text).some((character) => character < ' ' && !(mayHoldNewline && character === '\n'));

const hex = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

const utf8 = (text: string) => new TextEncoder().encode(text);

function concat(...parts: Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** The verifier key of an Ed25519 public key under a name. */
export function keyOf(hash: Hash, name: string, publicKey: Uint8Array): VerifierKey {
  if (!isName(name)) throw new LogFormatError('A key name has no spaces, no plus and no control characters.');
  if (publicKey.length !== 32) throw new LogFormatError('An Ed25519 public key has 32 bytes.');
  const id = hex(hash(concat(utf8(`${name}\n`), Uint8Array.of(ed25519), publicKey)).subarray(0, 4));
  return { name, id, publicKey };
}

/** `name+id+base64(type, key)`: the form in which verifier keys are handed from person to person. */
export function formatKey(key: VerifierKey): string {
  return `${key.name}+${key.id}+${base64.encode(concat(Uint8Array.of(ed25519), key.publicKey))}`;
}

/** Reads a verifier key and refuses one whose id is not that of its name and key. */
export function parseKey(hash: Hash, text: string): VerifierKey {
  const match = /^([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]{1,200})$/u.exec(text.length > 1000 ? '' : text);
  if (match === null) throw new LogFormatError('A verifier key reads name+8 hexadecimal digits+base64.');
  const [, name = '', id = '', encoded = ''] = match;
  const bytes = base64.decode(encoded);
  if (bytes[0] !== ed25519) throw new LogFormatError('Only Ed25519 verifier keys (type 1) are read.');
  const key = keyOf(hash, name, bytes.subarray(1));
  if (key.id !== id) throw new LogFormatError('The id of this verifier key does not belong to its name and key.');
  return key;
}

/** Splits a note into its text and signatures, by the rules of the format; says nothing about who signed. */
export function parse(note: string): Note {
  if (note.length > noteSizeMax) throw new LogFormatError('The note is too long.');
  if (hasControl(note, true)) throw new LogFormatError('A note holds no control characters but newline.');
  if (/\p{Surrogate}/u.test(note)) throw new LogFormatError('A note is valid UTF-8.');
  const split = note.lastIndexOf('\n\n');
  if (split === -1 || !note.endsWith('\n')) {
    throw new LogFormatError('A note is a text, an empty line and signature lines, each ended by a newline.');
  }
  const text = note.slice(0, split + 1);
  const lines = note.slice(split + 2, -1).split('\n');
  if (lines.length > signaturesMax) throw new LogFormatError('The note has too many signatures.');
  return { text, signatures: lines.map(parseSignature) };
}

function parseSignature(line: string): Signature {
  const [dash, name = '', encoded = '', ...rest] = line.split(' ');
  if (dash !== '\u2014' || !isName(name) || rest.length > 0) {
    throw new LogFormatError('A signature line reads: em dash, space, key name, space, base64.');
  }
  const bytes = base64.decode(encoded);
  if (bytes.length < 5) throw new LogFormatError('A signature is longer than its four-byte key id.');
  return { name, id: hex(bytes.subarray(0, 4)), signature: bytes.subarray(4) };
}

/** Signs a text, which must end in a newline, and gives the whole note. */
export async function sign(text: string, signers: Signer[]): Promise<string> {
  if (!text.endsWith('\n') || hasControl(text, true)) {
    throw new LogFormatError('A note ends in a newline and holds no other control character.');
  }
  const message = utf8(text);
  const lines = await Promise.all(
    signers.map(async ({ key, sign }) => {
      const id = Uint8Array.from(key.id.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16));
      return `\u2014 ${key.name} ${base64.encode(concat(id, await sign(message)))}\n`;
    }),
  );
  return `${text}\n${lines.join('')}`;
}

/**
 * The text of a note that at least one trusted key signed. Signatures of unknown keys are ignored; one wrong signature of
 * a known key refuses the whole note, as signed-note advises.
 */
export async function open(note: string, trusted: VerifierKey[], verify: VerifySignature): Promise<string> {
  const { text, signatures } = parse(note);
  const message = utf8(text);
  let isSigned = false;
  for (const { name, id, signature } of signatures) {
    const key = trusted.find((one) => one.name === name && one.id === id);
    if (key === undefined) continue;
    if (signature.length !== 64 || !(await verify(key.publicKey, message, signature))) {
      throw new LogFormatError(`The signature of ${name} does not verify.`);
    }
    isSigned = true;
  }
  if (!isSigned) throw new LogFormatError('No trusted key signed this note.');
  return text;
}
