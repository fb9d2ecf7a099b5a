/** RFC 6962 sections 2.1.1 and 2.1.2: making proofs; RFC 9162 sections 2.1.3.2 and 2.1.4.2: verifying them. */
import { cover, type Hash, hashLength, type Node, nodeHash, type ReadNode } from './tree.ts';

/** A run of leaves whose joined hash is one element of a proof. */
interface Span {
  start: number;
  end: number;
}

/** The largest power of two below `size`, which is at least 2: where RFC 6962 splits a tree. */
function splitOf(size: number): number {
  let split = 1;
  while (split * 2 < size) split *= 2;
  return split;
}

function inclusionSpans(index: number, size: number): Span[] {
  const spans: Span[] = [];
  let start = 0;
  let end = size;
  while (end - start > 1) {
    const middle = start + splitOf(end - start);
    if (index < middle) {
      spans.push({ start: middle, end });
      end = middle;
    } else {
      spans.push({ start, end: middle });
      start = middle;
    }
  }
  return spans.reverse();
}

function consistencySpans(oldSize: number, size: number): Span[] {
  const spans: Span[] = [];
  let start = 0;
  let end = size;
  while (end !== oldSize) {
    const middle = start + splitOf(end - start);
    if (oldSize <= middle) {
      spans.push({ start: middle, end });
      end = middle;
    } else {
      spans.push({ start, end: middle });
      start = middle;
    }
  }
  // The verifier knows the old root, so a proof names the last old subtree only where that is not the whole old tree.
  if (start !== 0) spans.push({ start, end });
  return spans.reverse();
}

const nodesOf = (spans: Span[]): Node[] => spans.flatMap((span) => cover(span.start, span.end));

function hashesOf(hash: Hash, spans: Span[], read: ReadNode): Uint8Array[] {
  return spans.map((span) =>
    cover(span.start, span.end)
      .map((node) => read(node.level, node.index))
      .reduceRight((right, left) => nodeHash(hash, left, right)),
  );
}

function requireRange(isInRange: boolean, message: string): void {
  if (!isInRange) throw new RangeError(message);
}

const isWhole = (value: number) => Number.isSafeInteger(value) && value >= 0;

/** The complete subtrees whose hashes `inclusion` will read. */
export function inclusionNodes(index: number, size: number): Node[] {
  requireRange(isWhole(index) && isWhole(size) && index < size, 'The index must lie inside the tree.');
  return nodesOf(inclusionSpans(index, size));
}

/** The audit path of leaf `index` in the tree of `size` leaves, from the leaf upwards (RFC 6962 section 2.1.1). */
export function inclusion(hash: Hash, index: number, size: number, read: ReadNode): Uint8Array[] {
  requireRange(isWhole(index) && isWhole(size) && index < size, 'The index must lie inside the tree.');
  return hashesOf(hash, inclusionSpans(index, size), read);
}

/** Proof that the tree of `oldSize` leaves is the beginning of the tree of `size` leaves (RFC 6962 section 2.1.2). */
export function consistency(hash: Hash, oldSize: number, size: number, read: ReadNode): Uint8Array[] {
  requireRange(isWhole(size) && oldSize > 0 && oldSize <= size, 'The old size must lie between 1 and the size.');
  return hashesOf(hash, consistencySpans(oldSize, size), read);
}

/** True when both are 32 bytes and equal. Hashes here are public, so the time it takes tells nothing. */
export function isSameHash(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === hashLength && other.length === hashLength && one.every((byte, at) => byte === other[at]);
}

const areHashes = (hashes: Uint8Array[]) => hashes.every((one) => one.length === hashLength);

/** RFC 9162 section 2.1.3.2. True when `leaf`, a leaf hash, stands at `index` of the tree of `size` leaves under `root`. */
export function verifyInclusion(
  hash: Hash,
  index: number,
  size: number,
  leaf: Uint8Array,
  proof: Uint8Array[],
  root: Uint8Array,
): boolean {
  if (!isWhole(index) || !isWhole(size) || index >= size || !areHashes([leaf, root, ...proof])) return false;
  let place = index;
  let last = size - 1;
  let node = leaf;
  for (const sibling of proof) {
    if (last === 0) return false;
    if (place % 2 === 1 || place === last) {
      node = nodeHash(hash, sibling, node);
      while (place % 2 === 0 && place !== 0) {
        place /= 2;
        last = Math.floor(last / 2);
      }
    } else {
      node = nodeHash(hash, node, sibling);
    }
    place = Math.floor(place / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 && isSameHash(node, root);
}

/**
 * RFC 9162 section 2.1.4.2. True when the tree of `oldSize` leaves under `oldRoot` is the beginning of the tree of `size`
 * leaves under `root`. Never true for an old size of 0: an empty tree begins every tree, so such a proof would say nothing.
 */
export function verifyConsistency(
  hash: Hash,
  oldSize: number,
  size: number,
  oldRoot: Uint8Array,
  root: Uint8Array,
  proof: Uint8Array[],
): boolean {
  if (!isWhole(oldSize) || !isWhole(size) || oldSize < 1 || oldSize > size) return false;
  if (!areHashes([oldRoot, root, ...proof])) return false;
  if (oldSize === size) return proof.length === 0 && isSameHash(oldRoot, root);

  let place = oldSize - 1;
  let last = size - 1;
  while (place % 2 === 1) {
    place = Math.floor(place / 2);
    last = Math.floor(last / 2);
  }
  // When the old tree is one complete subtree, its root is the first element and the proof leaves it out.
  const path = place === 0 ? [oldRoot, ...proof] : proof;
  const first = path[0];
  if (first === undefined) return false;
  let oldNode = first;
  let node = first;
  for (const sibling of path.slice(1)) {
    if (last === 0) return false;
    if (place % 2 === 1 || place === last) {
      oldNode = nodeHash(hash, sibling, oldNode);
      node = nodeHash(hash, sibling, node);
      while (place % 2 === 0 && place !== 0) {
        place /= 2;
        last = Math.floor(last / 2);
      }
    } else {
      node = nodeHash(hash, node, sibling);
    }
    place = Math.floor(place / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 && isSameHash(oldNode, oldRoot) && isSameHash(node, root);
}
