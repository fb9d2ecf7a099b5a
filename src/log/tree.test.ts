import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as proof from './proof.ts';
import consistencyVectors from './testdata/merkle-consistency.json' with { type: 'json' };
import inclusionVectors from './testdata/merkle-inclusion.json' with { type: 'json' };
import * as tree from './tree.ts';

const hash: tree.Hash = (bytes) => createHash('sha256').update(bytes).digest();
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const bytesOf = (text: string) => Uint8Array.from(Buffer.from(text, 'base64'));

/** RFC 6962 section 2.1 word for word: slow and obvious. */
function definedRoot(leaves: Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return tree.emptyRoot(hash);
  if (leaves.length === 1) return leaves[0] as Uint8Array;
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return tree.nodeHash(hash, definedRoot(leaves.slice(0, split)), definedRoot(leaves.slice(split)));
}

const leavesOf = (size: number, seed = 'leaf') =>
  Array.from({ length: size }, (_, index) => tree.leafHash(hash, Buffer.from(`${seed} ${index}`)));

function build(leaves: Uint8Array[]) {
  const nodes = new Map(leaves.map((leaf, index) => [`0/${index}`, leaf]));
  const frontier = tree.emptyFrontier();
  for (const leaf of leaves) {
    tree.append(hash, frontier, leaf, (level, index, node) => nodes.set(`${level}/${index}`, node));
  }
  return { frontier, read: (level: number, index: number) => nodes.get(`${level}/${index}`) as Uint8Array };
}

// Stand-in roots of 12 bytes where the suite only looks at sizes; no SHA-256 root has that length, so we refuse them.
const wrongCases = new Map([
  ['consistency/additional/sizes-are-equal-one-and-proof-is-empty.json', 'both roots are 12 bytes of text'],
]);

test.each(inclusionVectors)('transparency-dev/merkle $file', (vector) => {
  const answer = proof.verifyInclusion(
    hash,
    vector.leafIdx,
    vector.treeSize,
    bytesOf(vector.leafHash),
    (vector.proof ?? []).map(bytesOf),
    bytesOf(vector.root),
  );

  expect(answer).toBe(!vector.wantErr);
});

test.each(consistencyVectors)('transparency-dev/merkle $file', (vector) => {
  const answer = proof.verifyConsistency(
    hash,
    vector.size1,
    vector.size2,
    bytesOf(vector.root1),
    bytesOf(vector.root2),
    (vector.proof ?? []).map(bytesOf),
  );

  expect(answer).toBe(wrongCases.has(vector.file) ? false : !vector.wantErr);
});

test('RFC 6962 section 2.1: the empty tree has the hash of nothing as its root', () => {
  expect(hex(tree.root(hash, tree.emptyFrontier()))).toBe(
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  );
});

test('RFC 6962 section 2.1: appending leaf by leaf gives the defined root at every size', () => {
  const leaves = leavesOf(130);
  const frontier = tree.emptyFrontier();

  for (const [index, leaf] of leaves.entries()) {
    tree.append(hash, frontier, leaf);

    expect(hex(tree.root(hash, frontier))).toBe(hex(definedRoot(leaves.slice(0, index + 1))));
  }
});

test('a frontier read back from its nodes is the frontier that was appended to', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 300 }), (size) => {
      const { frontier, read } = build(leavesOf(size));

      expect(tree.frontierOf(size, read)).toEqual(frontier);
    }),
    { numRuns: 40 },
  );
});

const place = fc
  .integer({ min: 1, max: 200 })
  .chain((size) => fc.record({ size: fc.constant(size), index: fc.integer({ min: 0, max: size - 1 }) }));

test('every leaf of every tree has an inclusion proof that verifies, of at most log2(size) hashes', () => {
  fc.assert(
    fc.property(place, ({ size, index }) => {
      const leaves = leavesOf(size);
      const { frontier, read } = build(leaves);

      const path = proof.inclusion(hash, index, size, read);

      expect(path.length).toBeLessThanOrEqual(Math.ceil(Math.log2(size)));
      expect(
        proof.verifyInclusion(hash, index, size, leaves[index] as Uint8Array, path, tree.root(hash, frontier)),
      ).toBe(true);
    }),
  );
});

test('a flipped bit in leaf, path or root never verifies', () => {
  fc.assert(
    fc.property(place, fc.nat(), fc.nat(), ({ size, index }, which, bit) => {
      const leaves = leavesOf(size);
      const { frontier, read } = build(leaves);
      const parts = [
        leaves[index] as Uint8Array,
        tree.root(hash, frontier),
        ...proof.inclusion(hash, index, size, read),
      ].map((part) => Uint8Array.from(part));
      const flipped = parts[which % parts.length] as Uint8Array;
      flipped[(bit >> 3) % 32] = (flipped[(bit >> 3) % 32] as number) ^ (1 << (bit % 8));
      const [leaf, root, ...path] = parts as [Uint8Array, Uint8Array, ...Uint8Array[]];

      expect(proof.verifyInclusion(hash, index, size, leaf, path, root)).toBe(false);
    }),
  );
});

test('an inclusion proof holds for its own index and size only', () => {
  fc.assert(
    fc.property(
      place,
      fc.integer({ min: 0, max: 250 }),
      fc.integer({ min: 0, max: 250 }),
      ({ size, index }, otherIndex, otherSize) => {
        const leaves = leavesOf(size);
        const { frontier, read } = build(leaves);
        const path = proof.inclusion(hash, index, size, read);
        const root = tree.root(hash, frontier);
        const leaf = leaves[index] as Uint8Array;

        // A path may serve another size with the same shape to the left; the root it leads to is one and the same leaf's.
        if (otherIndex !== index) expect(proof.verifyInclusion(hash, otherIndex, size, leaf, path, root)).toBe(false);
        if (otherSize <= index) expect(proof.verifyInclusion(hash, index, otherSize, leaf, path, root)).toBe(false);
      },
    ),
  );
});

const twoSizes = fc.tuple(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 200 })).map(([one, other]) => ({
  oldSize: Math.min(one, other),
  size: Math.max(one, other),
}));

test('every tree is consistent with every tree it has been', () => {
  fc.assert(
    fc.property(twoSizes, ({ oldSize, size }) => {
      const leaves = leavesOf(size);
      const { frontier, read } = build(leaves);
      const oldRoot = definedRoot(leaves.slice(0, oldSize));

      const path = proof.consistency(hash, oldSize, size, read);

      expect(proof.verifyConsistency(hash, oldSize, size, oldRoot, tree.root(hash, frontier), path)).toBe(true);
    }),
  );
});

test('a fork before the old size never shows consistency, whichever side makes the proof', () => {
  fc.assert(
    fc.property(twoSizes, fc.nat(), ({ oldSize, size }, at) => {
      const leaves = leavesOf(size);
      const forked = [...leaves];
      forked[at % oldSize] = tree.leafHash(hash, Buffer.from('another history'));
      const oldRoot = definedRoot(leaves.slice(0, oldSize));
      const forkedRoot = definedRoot(forked);

      for (const made of [leaves, forked]) {
        const path = proof.consistency(hash, oldSize, size, build(made).read);

        expect(proof.verifyConsistency(hash, oldSize, size, oldRoot, forkedRoot, path)).toBe(false);
      }
    }),
  );
});

test('a consistency proof with a flipped bit, a hash more or a hash less never verifies', () => {
  fc.assert(
    fc.property(twoSizes, fc.nat(), fc.nat(), ({ oldSize, size }, which, bit) => {
      const leaves = leavesOf(size);
      const { frontier, read } = build(leaves);
      const root = tree.root(hash, frontier);
      const oldRoot = definedRoot(leaves.slice(0, oldSize));
      const path = proof.consistency(hash, oldSize, size, read);
      const verifies = (changed: Uint8Array[]) => proof.verifyConsistency(hash, oldSize, size, oldRoot, root, changed);

      expect(verifies([...path, root])).toBe(false);
      expect(verifies([root, ...path])).toBe(false);
      if (path.length > 0) {
        expect(verifies(path.slice(1))).toBe(false);
        expect(verifies(path.slice(0, -1))).toBe(false);
        const flipped = path.map((part) => Uint8Array.from(part));
        const one = flipped[which % flipped.length] as Uint8Array;
        one[(bit >> 3) % 32] = (one[(bit >> 3) % 32] as number) ^ (1 << (bit % 8));
        expect(verifies(flipped)).toBe(false);
      }
    }),
  );
});

test('verifying arbitrary bytes is false and never an exception', () => {
  const bytes = fc.uint8Array({ maxLength: 40 });
  fc.assert(
    fc.property(
      fc.double(),
      fc.double(),
      bytes,
      bytes,
      fc.array(bytes, { maxLength: 5 }),
      (one, two, first, second, path) => {
        expect(proof.verifyInclusion(hash, one, two, first, path, second)).toBe(false);
        expect(proof.verifyConsistency(hash, one, two, first, second, path)).toBe(false);
      },
    ),
  );
});
