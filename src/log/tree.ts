/**
 * RFC 6962 section 2.1: the Merkle tree. The hash function is passed in, so that the server (OpenSSL) and a browser run
 * the same code. Sizes and indexes are whole numbers below 2^53.
 */

/** SHA-256: any bytes in, 32 bytes out. It keeps neither the input nor a view of it. */
export type Hash = (bytes: Uint8Array) => Uint8Array;

export const hashLength = 32;

/** RFC 6962 section 2.1. The prefix keeps a leaf from ever passing for an inner node. */
export function leafHash(hash: Hash, entry: Uint8Array): Uint8Array {
  const input = new Uint8Array(1 + entry.length);
  input.set(entry, 1);
  return hash(input);
}

/** RFC 6962 section 2.1: the hash of an inner node from its two children. */
export function nodeHash(hash: Hash, left: Uint8Array, right: Uint8Array): Uint8Array {
  nodeInput.set(left, 1);
  nodeInput.set(right, 1 + hashLength);
  return hash(nodeInput);
}

/** One for all calls, as a hash function reads its input before it returns; fresh ones cost a third of the time of an append. */
const nodeInput = Uint8Array.of(1, ...new Uint8Array(2 * hashLength));

/** RFC 6962 section 2.1: the root of a tree without leaves is the hash of nothing. */
export function emptyRoot(hash: Hash): Uint8Array {
  return hash(new Uint8Array(0));
}

/** One complete subtree: it covers the leaves `index * 2^level` up to, not with, `(index + 1) * 2^level`. */
export interface Node {
  level: number;
  index: number;
}

/** Gives the hash of a complete subtree; the caller has made sure that it can. */
export type ReadNode = (level: number, index: number) => Uint8Array;

/** All that is needed of a tree to append to it: its complete subtrees from left to right, the largest first. */
export interface Frontier {
  size: number;
  hashes: Uint8Array[];
}

export function emptyFrontier(): Frontier {
  return { size: 0, hashes: [] };
}

/** Appends one leaf hash in place, in amortised constant time; `onNode` hears of each inner node that became complete. */
export function append(
  hash: Hash,
  frontier: Frontier,
  leaf: Uint8Array,
  onNode?: (level: number, index: number, hash: Uint8Array) => void,
): void {
  let node = leaf;
  let level = 0;
  let index = frontier.size;
  // A carry, as in binary addition: while the place is taken, two subtrees of one size become one of the next.
  while (index % 2 === 1) {
    node = nodeHash(hash, frontier.hashes.pop() as Uint8Array, node);
    index = (index - 1) / 2;
    level += 1;
    onNode?.(level, index, node);
  }
  frontier.hashes.push(node);
  frontier.size += 1;
}

/** The root of the tree that ends at this frontier. */
export function root(hash: Hash, frontier: Frontier): Uint8Array {
  if (frontier.size === 0) return emptyRoot(hash);
  return frontier.hashes.reduceRight((right, left) => nodeHash(hash, left, right));
}

/** The complete subtrees that together cover the leaves `start` up to, not with, `end`, from left to right. */
export function cover(start: number, end: number): Node[] {
  const nodes: Node[] = [];
  while (start < end) {
    let level = 0;
    let width = 1;
    while (start % (width * 2) === 0 && start + width * 2 <= end) {
      width *= 2;
      level += 1;
    }
    nodes.push({ level, index: start / width });
    start += width;
  }
  return nodes;
}

/** The frontier of the first `size` leaves, from the hashes of complete subtrees. */
export function frontierOf(size: number, read: ReadNode): Frontier {
  return { size, hashes: cover(0, size).map((node) => read(node.level, node.index)) };
}
