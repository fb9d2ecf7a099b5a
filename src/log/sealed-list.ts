/**
 * A list that is fixed before it is shown: a Merkle tree (RFC 6962 section 2.1) over salted entries. Its size and root are
 * published first; later one entry can be shown, with proof that it stood at its place, and tells nothing of the others.
 * A leaf is the hash of 0x00, the line `assay-sealed-list/1`, 32 random bytes of its own and the entry. The line keeps a
 * leaf of a log from passing for one of a list; the random bytes keep an entry from being found by guessing.
 */
import * as proof from './proof.ts';
import * as tree from './tree.ts';

export const saltLength = 32;

const firstLine = new TextEncoder().encode('assay-sealed-list/1\n');

/** What is published: it holds nothing of the entries. */
export interface Seal {
  /** How many entries the list has. */
  size: number;
  /** 32 bytes. */
  root: Uint8Array;
}

/** What shows one entry. */
export interface Shown {
  /** The place in the list, from 0. */
  index: number;
  salt: Uint8Array;
  entry: Uint8Array;
  /** Hashes from the leaf upwards: the audit path of RFC 6962 section 2.1.1. */
  path: Uint8Array[];
}

/** The leaf hash of an entry. Throws a RangeError for a salt that is not of 32 bytes. */
export function leaf(hash: tree.Hash, salt: Uint8Array, entry: Uint8Array): Uint8Array {
  if (salt.length !== saltLength) throw new RangeError(`A salt has ${saltLength} bytes.`);
  const input = new Uint8Array(firstLine.length + saltLength + entry.length);
  input.set(firstLine);
  input.set(salt, firstLine.length);
  input.set(entry, firstLine.length + saltLength);
  return tree.leafHash(hash, input);
}

/** The seal over leaf hashes in their order. */
export function seal(hash: tree.Hash, leaves: readonly Uint8Array[]): Seal {
  const frontier = tree.emptyFrontier();
  for (const one of leaves) tree.append(hash, frontier, one);
  return { size: frontier.size, root: tree.root(hash, frontier) };
}

/** The audit path of the entry at `index`, from all leaf hashes. Throws a RangeError for an index outside the list. */
export function path(hash: tree.Hash, leaves: readonly Uint8Array[], index: number): Uint8Array[] {
  const read = (level: number, at: number): Uint8Array =>
    level === 0
      ? (leaves[at] as Uint8Array)
      : tree.nodeHash(hash, read(level - 1, at * 2), read(level - 1, at * 2 + 1));
  return proof.inclusion(hash, index, leaves.length, read);
}

/** True when the shown entry, with this salt, stands at its index in the list of this seal. */
export function verify(hash: tree.Hash, { size, root }: Seal, shown: Shown): boolean {
  if (shown.salt.length !== saltLength) return false;
  return proof.verifyInclusion(hash, shown.index, size, leaf(hash, shown.salt, shown.entry), shown.path, root);
}
