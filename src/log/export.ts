/**
 * One file that lets anyone check a log with no network: a first line with origin, key and signed checkpoint, then one
 * line for each leaf in order, with the opening where the one who exported may see it. Newline-delimited JSON.
 */
import * as base64 from './base64.ts';
import * as checkpoint from './checkpoint.ts';
import { LogFormatError } from './format-error.ts';
import * as leaf from './leaf.ts';
import * as note from './note.ts';
import { isSameHash } from './proof.ts';
import { append, emptyFrontier, type Hash, leafHash, root } from './tree.ts';

export const formatName = 'assay-log-export/1';
/** Told to the reader; more would only repeat that the file is broken. */
const problemsMax = 50;

export interface Header {
  origin: string;
  key: note.VerifierKey;
  /** The signed note. */
  checkpoint: string;
}

export function formatHeader(header: Header): string {
  const { origin, checkpoint } = header;
  return `${JSON.stringify({ format: formatName, origin, key: note.formatKey(header.key), checkpoint })}\n`;
}

export function formatLeaf(bytes: Uint8Array, opening?: leaf.Opening): string {
  return `${JSON.stringify({
    leaf: base64.encode(bytes),
    ...(opening && { nonce: base64.encode(opening.nonce), body: opening.body }),
  })}\n`;
}

/** What was found out about a log. */
export interface Report {
  valid: boolean;
  problems: string[];
  origin: string | undefined;
  /** Entries under the checkpoint. */
  size: number;
  /** Entries whose opening was there and fitted. */
  opened: number;
  /** `given` by the one who asks, or only taken from the same `source` as the log itself. */
  keyFrom: 'given' | 'source';
}

export interface Trust {
  hash: Hash;
  verifySignature: note.VerifySignature;
  /** The log's key, from elsewhere than the log. Without it the file can only be shown to agree with itself. */
  key?: note.VerifierKey | undefined;
  /** An earlier signed checkpoint that the log must extend. */
  from?: string | undefined;
}

/** Checks an export from its lines, each without its newline. Never throws for what the file holds. */
export async function verify(lines: AsyncIterable<string>, trust: Trust): Promise<Report> {
  const problems: string[] = [];
  const report: Report = {
    valid: false,
    problems,
    origin: undefined,
    size: 0,
    opened: 0,
    keyFrom: trust.key === undefined ? 'source' : 'given',
  };
  const say = (problem: string) => {
    if (problems.length < problemsMax) problems.push(problem);
  };
  const { hash, verifySignature } = trust;
  const frontier = emptyFrontier();
  let head: checkpoint.Checkpoint | undefined;
  let earlier: checkpoint.Checkpoint | undefined;
  const compareWithEarlier = () => {
    if (earlier === undefined || frontier.size !== earlier.size) return;
    if (!isSameHash(root(hash, frontier), earlier.root)) {
      say(`The log was rewritten: its first ${earlier.size} entries are not those of the earlier checkpoint.`);
    }
  };
  let number = 0;
  try {
    for await (const line of lines) {
      number += 1;
      if (head === undefined) {
        const header = readHeader(hash, line);
        report.origin = header.origin;
        const key = trust.key ?? header.key;
        head = await checkpoint.open(header.checkpoint, header.origin, key, verifySignature);
        report.size = head.size;
        if (trust.from !== undefined) {
          earlier = await checkpoint.open(trust.from, header.origin, key, verifySignature);
          if (earlier.size > head.size) say('The log went back: the earlier checkpoint has more entries.');
          compareWithEarlier();
        }
        continue;
      }
      const bytes = readLeaf(hash, line, (problem) => say(`Line ${number}: ${problem}`));
      if (bytes.isOpened) report.opened += 1;
      append(hash, frontier, leafHash(hash, bytes.leaf));
      compareWithEarlier();
    }
  } catch (error) {
    if (!(error instanceof LogFormatError)) throw error;
    say(`Line ${Math.max(1, number)}: ${error.message}`);
    return report;
  }
  if (head === undefined) say('The file is empty.');
  else if (frontier.size !== head.size) {
    say(`The checkpoint covers ${head.size} entries, and the file holds ${frontier.size}.`);
  } else if (!isSameHash(root(hash, frontier), head.root)) {
    say('The entries are not those the checkpoint was signed over: at least one was changed, removed or added.');
  }
  report.valid = problems.length === 0;
  return report;
}

function readObject(line: string): Record<string, unknown> {
  if (line.length > 1_000_000) throw new LogFormatError('The line is too long.');
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new LogFormatError('The line is not JSON.');
  }
  if (typeof value !== 'object' || value === null) throw new LogFormatError('The line is not a JSON object.');
  return value as Record<string, unknown>;
}

function textOf(object: Record<string, unknown>, name: string): string {
  const value = object[name];
  if (typeof value !== 'string') throw new LogFormatError(`"${name}" is missing.`);
  return value;
}

function readHeader(hash: Hash, line: string): Header {
  const object = readObject(line);
  if (object['format'] !== formatName) throw new LogFormatError(`This is not an export of a log (${formatName}).`);
  return {
    origin: textOf(object, 'origin'),
    key: note.parseKey(hash, textOf(object, 'key')),
    checkpoint: textOf(object, 'checkpoint'),
  };
}

function readLeaf(hash: Hash, line: string, say: (problem: string) => void): { leaf: Uint8Array; isOpened: boolean } {
  const object = readObject(line);
  const bytes = base64.decode(textOf(object, 'leaf'));
  const entry = leaf.parse(bytes);
  if (object['body'] === undefined) return { leaf: bytes, isOpened: false };
  const opening = { nonce: base64.decode(textOf(object, 'nonce')), body: textOf(object, 'body') };
  const isOpened = isSameHash(leaf.commit(hash, opening), entry.commitment);
  if (!isOpened) say('the entry says something else than what was recorded.');
  return { leaf: bytes, isOpened };
}
