/**
 * What our log holds: a record of fixed form that tells everybody that something was recorded in an hour, and tells what
 * it was only to those who hold the opening. So the log can be served to everyone without showing what exists.
 */
import * as base64 from './base64.ts';
import { LogFormatError } from './format-error.ts';
import { type Hash, hashLength } from './tree.ts';

/** Kinds are few and coarse on purpose: a finer public word would tell an outsider how many cases there are. */
export const leafTypes = ['act', 'access', 'denied'] as const;
export type LeafType = (typeof leafTypes)[number];

const firstLine = 'assay-log-entry/1';

export interface Leaf {
  type: LeafType;
  /** `2026-03-01T09`: the hour in UTC, no finer, so that times cannot be matched with what is seen elsewhere. */
  hour: string;
  /** SHA-256 of 32 random bytes and the body. */
  commitment: Uint8Array;
}

/** What turns a commitment into knowledge. Whoever holds it can show it to others. */
export interface Opening {
  /** 32 random bytes: without them a body could be found by guessing. */
  nonce: Uint8Array;
  body: string;
}

export function commit(hash: Hash, opening: Opening): Uint8Array {
  if (opening.nonce.length !== 32) throw new LogFormatError('The nonce of an opening has 32 bytes.');
  const body = new TextEncoder().encode(opening.body);
  const input = new Uint8Array(32 + body.length);
  input.set(opening.nonce);
  input.set(body, 32);
  return hash(input);
}

export function format(leaf: Leaf): Uint8Array {
  return new TextEncoder().encode(`${firstLine}\n${leaf.type}\n${leaf.hour}\n${base64.encode(leaf.commitment)}\n`);
}

/** Reads a leaf; refuses anything but the one spelling that `format` writes. */
export function parse(bytes: Uint8Array): Leaf {
  const text = bytes.length > 200 ? '' : String.fromCharCode(...bytes);
  const match = /^assay-log-entry\/1\n([a-z]+)\n(\d{4}-\d\d-\d\dT\d\d)\n([A-Za-z0-9+/]{43}=)\n$/.exec(text);
  const type = leafTypes.find((one) => one === match?.[1]);
  if (match === null || type === undefined) throw new LogFormatError('This is not an entry of an Assay log.');
  const commitment = base64.decode(match[3] as string);
  if (commitment.length !== hashLength) throw new LogFormatError('A commitment has 32 bytes.');
  return { type, hour: match[2] as string, commitment };
}
