/**
 * Dead Simple Signing Envelope v1.0.2 (secure-systems-lab/dsse: protocol.md, envelope.md): a payload, what it is, and who signed it.
 * The signature arithmetic is passed in: OpenSSL on the server and the command line, WebCrypto in a browser.
 */
import type { Problem } from '../../domain/problem.ts';
import { arrayOf, isObject, parse } from '../json.ts';
import { refusal } from '../text.ts';

export interface Envelope {
  payloadType: string;
  payload: Uint8Array;
  signatures: Signature[];
}

export interface Signature {
  /** A hint at the key, not signed: which key it is, is known only once the signature holds. */
  keyid?: string | undefined;
  sig: Uint8Array;
}

/** Signs as one key; `sign` may be a call to another process that holds it. */
export interface Signer {
  keyid: string;
  sign(message: Uint8Array): Promise<Uint8Array> | Uint8Array;
}

/** Ed25519 of RFC 8032: true when the 64-byte signature is the key's over the message. */
export type VerifySignature = (
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
) => Promise<boolean> | boolean;

export const envelopeLimits = {
  /** UTF-16 units of the JSON text. */
  textLengthMax: 1024 * 1024,
  payloadSizeMax: 720 * 1024,
  signaturesMax: 10,
  keyidLengthMax: 200,
} as const;
const ed25519SignatureLength = 64;

/** "PAE", Pre-Authentication Encoding: what is signed, so that neither type nor body can be read as the other. */
export function pae(payloadType: string, body: Uint8Array): Uint8Array {
  const type = new TextEncoder().encode(payloadType);
  const head = new TextEncoder().encode(`DSSEv1 ${type.length} ${payloadType} ${body.length} `);
  const joined = new Uint8Array(head.length + body.length);
  joined.set(head);
  joined.set(body, head.length);
  return joined;
}

/** Puts a payload into an envelope that all of these signers sign. */
export async function sign(payloadType: string, payload: Uint8Array, signers: readonly Signer[]): Promise<Envelope> {
  const message = pae(payloadType, payload);
  const signatures = await Promise.all(signers.map(async ({ keyid, sign }) => ({ keyid, sig: await sign(message) })));
  return { payloadType, payload, signatures };
}

/** The envelope as JSON text. */
export function write({ payloadType, payload, signatures }: Envelope): string {
  const signed = signatures.map(({ keyid, sig }) => ({ ...(keyid !== undefined && { keyid }), sig: toBase64(sig) }));
  return JSON.stringify({ payloadType, payload: toBase64(payload), signatures: signed });
}

/**
 * Reads an envelope of one of these payload types (they are compared as they are, case and all). Says nothing about who signed.
 * Fields that it does not know are left out, as envelope.md asks.
 */
export function read(text: string, payloadTypes: readonly string[]): { envelope: Envelope } | { problems: Problem[] } {
  if (text.length > envelopeLimits.textLengthMax) return refusal('', 'The envelope is larger than 1 MiB.');
  const parsed = parse(text);
  if ('problems' in parsed) return parsed;
  if (!isObject(parsed.value)) return refusal('', 'An envelope is a JSON object.', 'envelope.md');
  const { payloadType, payload, signatures } = parsed.value;
  const problems: Problem[] = [];
  const say = (path: string, message: string) => problems.push({ path, message, clause: 'envelope.md' });

  if (typeof payloadType !== 'string' || !payloadTypes.includes(payloadType)) {
    say('payloadType', `Only ${payloadTypes.map((type) => `"${type}"`).join(' or ')} is read here.`);
  }
  const body = typeof payload === 'string' ? fromBase64(payload) : undefined;
  if (body === undefined) say('payload', 'The payload is not base64.');
  else if (body.length > envelopeLimits.payloadSizeMax) say('payload', 'The payload is larger than 720 KiB.');

  const listed = arrayOf(signatures);
  if (listed.length === 0) say('signatures', 'Nobody signed it: an envelope has at least one signature.');
  if (listed.length > envelopeLimits.signaturesMax) say('signatures', 'It has more than ten signatures.');
  const read = listed.slice(0, envelopeLimits.signaturesMax).flatMap((one, index): Signature[] => {
    const { keyid, sig } = isObject(one) ? one : {};
    const bytes = typeof sig === 'string' ? fromBase64(sig) : undefined;
    const isKeyid = keyid === undefined || (typeof keyid === 'string' && keyid.length <= envelopeLimits.keyidLengthMax);
    if (bytes === undefined || bytes.length === 0) say(`signatures[${index}].sig`, 'The signature is not base64.');
    if (!isKeyid) say(`signatures[${index}].keyid`, 'A key id is a text of at most 200 characters.');
    // An empty key id says as much as none.
    return bytes === undefined || !isKeyid ? [] : [{ ...(keyid ? { keyid: keyid as string } : {}), sig: bytes }];
  });
  if (problems.length > 0 || body === undefined) return { problems };
  return { envelope: { payloadType: payloadType as string, payload: body, signatures: read } };
}

/**
 * Which of these keys (32 bytes each, of Ed25519) signed the envelope, each once. Signatures of other keys count for nothing, and the
 * key id is not believed (protocol.md, "Multi-signature Verification").
 */
export async function signersOf<Key extends { publicKey: Uint8Array }>(
  { payloadType, payload, signatures }: Envelope,
  trusted: readonly Key[],
  verify: VerifySignature,
): Promise<Key[]> {
  const message = pae(payloadType, payload);
  const signers: Key[] = [];
  for (const key of trusted) {
    for (const { sig } of signatures) {
      if (sig.length !== ed25519SignatureLength || !(await verify(key.publicKey, message, sig))) continue;
      signers.push(key);
      break;
    }
  }
  return signers;
}

function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}

/** RFC 4648, section 4 or section 5: verifiers take either alphabet. */
function fromBase64(text: string): Uint8Array | undefined {
  if (!/^(?:[A-Za-z0-9+/]*|[A-Za-z0-9_-]*)={0,2}$/.test(text)) return undefined;
  try {
    return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) =>
      character.charCodeAt(0),
    );
  } catch {
    return undefined;
  }
}
