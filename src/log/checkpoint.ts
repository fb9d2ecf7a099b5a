/** C2SP tlog-checkpoint: the head of a log, as a signed note. */
import * as base64 from './base64.ts';
import { LogFormatError } from './format-error.ts';
import * as note from './note.ts';
import { readWhole } from './number.ts';
import { hashLength } from './tree.ts';

export interface Checkpoint {
  /** The name of the log; unique, and the same for its whole life. */
  origin: string;
  size: number;
  root: Uint8Array;
}

/** The text that is signed. We write no extension lines: monitors could not audit them. */
export function format(head: Checkpoint): string {
  return `${head.origin}\n${head.size}\n${base64.encode(head.root)}\n`;
}

/** Reads the text of a checkpoint; extension lines of other logs are passed over. */
export function parse(text: string): Checkpoint {
  const lines = text.split('\n');
  if (lines.pop() !== '' || lines.length < 3 || lines.some((line) => line === '')) {
    throw new LogFormatError('A checkpoint has at least three lines, none of them empty.');
  }
  const [origin, size, root] = lines as [string, string, string];
  const bytes = base64.decode(root);
  if (bytes.length !== hashLength) throw new LogFormatError('The root hash of a checkpoint has 32 bytes.');
  return { origin, size: readWhole(size), root: bytes };
}

/** Signs the head of a log under its key. A signer must never be asked for a head that does not extend the last one. */
export function sign(head: Checkpoint, signers: note.Signer[]): Promise<string> {
  return note.sign(format(head), signers);
}

/** The head in a signed checkpoint, once the log's own key has been verified and the origin is the log's. */
export async function open(
  signed: string,
  origin: string,
  key: note.VerifierKey,
  verify: note.VerifySignature,
): Promise<Checkpoint> {
  const head = parse(await note.open(signed, [key], verify));
  if (head.origin !== origin) throw new LogFormatError('This checkpoint is of another log.');
  return head;
}
