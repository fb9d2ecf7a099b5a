/** C2SP tlog-proof: a checkpoint, an index and an audit path in one text, verified offline. */
import * as base64 from './base64.ts';
import * as checkpoint from './checkpoint.ts';
import { LogFormatError } from './format-error.ts';
import type { VerifierKey, VerifySignature } from './note.ts';
import { readWhole } from './number.ts';
import { verifyInclusion } from './proof.ts';
import { type Hash, hashLength, leafHash } from './tree.ts';

const firstLine = 'c2sp.org/tlog-proof@v1';
/** A tree below 2^53 leaves has no longer path. */
const pathLengthMax = 53;

export interface TlogProof {
  index: number;
  path: Uint8Array[];
  /** The signed checkpoint, word for word. */
  checkpoint: string;
}

export function format(proof: TlogProof): string {
  const path = proof.path.map((hash) => `${base64.encode(hash)}\n`).join('');
  return `${firstLine}\nindex ${proof.index}\n${path}\n${proof.checkpoint}`;
}

/** Reads a proof; extra data of others is passed over, as nothing authenticates it. */
export function parse(text: string): TlogProof {
  const split = text.indexOf('\n\n');
  const [first, ...lines] = text.slice(0, split).split('\n');
  if (split === -1 || first !== firstLine) throw new LogFormatError(`A proof begins with ${firstLine}.`);
  if (lines[0]?.startsWith('extra ')) base64.decode(lines.shift()?.slice(6) ?? '');
  const index = lines.shift();
  if (index === undefined || !index.startsWith('index '))
    throw new LogFormatError('A proof names the index of its entry.');
  if (lines.length > pathLengthMax) throw new LogFormatError('The path of a proof is too long.');
  const path = lines.map(base64.decode);
  if (path.some((hash) => hash.length !== hashLength)) throw new LogFormatError('A hash has 32 bytes.');
  return { index: readWhole(index.slice(6)), path, checkpoint: text.slice(split + 2) };
}

/** True when the proof shows `entry` in the log of this origin and key; refuses what is not a proof at all. */
export async function verify(
  hash: Hash,
  text: string,
  entry: Uint8Array,
  origin: string,
  key: VerifierKey,
  verifySignature: VerifySignature,
): Promise<boolean> {
  const proof = parse(text);
  const head = await checkpoint.open(proof.checkpoint, origin, key, verifySignature);
  return verifyInclusion(hash, proof.index, head.size, leafHash(hash, entry), proof.path, head.root);
}
