import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as sealedList from './sealed-list.ts';
import * as tree from './tree.ts';

const hash: tree.Hash = (bytes) => createHash('sha256').update(bytes).digest();
const saltOf = (seed: number) => hash(Buffer.from(`salt ${seed}`));
const entryOf = (seed: number) => new Uint8Array(Buffer.from(`entry ${seed}`));

function sealed(size: number) {
  const leaves = Array.from({ length: size }, (_, index) => sealedList.leaf(hash, saltOf(index), entryOf(index)));
  const shown = (index: number): sealedList.Shown => ({
    index,
    salt: saltOf(index),
    entry: entryOf(index),
    path: sealedList.path(hash, leaves, index),
  });
  return { seal: sealedList.seal(hash, leaves), leaves, shown };
}

const anyPlace = fc
  .integer({ min: 1, max: 70 })
  .chain((size) => fc.record({ size: fc.constant(size), index: fc.integer({ min: 0, max: size - 1 }) }));

test('every entry of a list verifies under its seal (RFC 9162 section 2.1.3.2)', () => {
  fc.assert(
    fc.property(anyPlace, ({ size, index }) => {
      const { seal, shown } = sealed(size);

      expect(sealedList.verify(hash, seal, shown(index))).toBe(true);
    }),
  );
});

test('a changed bit anywhere in what is shown, or in the root, no longer verifies', () => {
  fc.assert(
    fc.property(anyPlace, fc.nat(), fc.nat(7), ({ size, index }, place, bit) => {
      const { seal, shown } = sealed(size);
      const one = shown(index);
      const flip = (bytes: Uint8Array, at: number) => bytes.map((byte, i) => (i === at ? byte ^ (1 << bit) : byte));
      const parts = [one.salt, one.entry, ...one.path, seal.root];
      let at = place % parts.reduce((sum, part) => sum + part.length, 0);
      const [salt, entry, ...rest] = parts.map((part) => {
        const changed = at >= 0 && at < part.length ? flip(part, at) : part;
        at -= part.length;
        return changed;
      });
      const root = rest.pop() as Uint8Array;

      expect(sealedList.verify(hash, { size, root }, { index, salt: salt!, entry: entry!, path: rest })).toBe(false);
    }),
  );
});

test('an entry verifies at its own place only, and only in a list of its own size', () => {
  fc.assert(
    fc.property(anyPlace, fc.integer({ min: 0, max: 80 }), ({ size, index }, other) => {
      const { seal, shown } = sealed(size);
      fc.pre(other !== index);

      expect(sealedList.verify(hash, seal, { ...shown(index), index: other })).toBe(false);
    }),
  );
  const { seal, shown } = sealed(5);
  expect(sealedList.verify(hash, { ...seal, size: 16 }, shown(2))).toBe(false);
  expect(sealedList.verify(hash, { ...seal, size: 0 }, shown(2))).toBe(false);
});

test('an inner node does not pass for an entry: second preimages are refused', () => {
  const { seal, leaves, shown } = sealed(4);
  const inner = Buffer.concat([leaves[0]!, leaves[1]!]);
  const salt = inner.subarray(0, 32);
  const entry = inner.subarray(32);

  // The same root over two "leaves", the first of which would be the inner node.
  expect(sealedList.verify(hash, { ...seal, size: 2 }, { index: 0, salt, entry, path: shown(0).path.slice(1) })).toBe(
    false,
  );
  expect(tree.leafHash(hash, inner)).not.toEqual(tree.nodeHash(hash, leaves[0]!, leaves[1]!));
});

test('bytes cannot be moved between salt and entry, and a leaf of a log is none of a list', () => {
  const salt = saltOf(1);
  const leaf = sealedList.leaf(hash, salt, Uint8Array.of(1, 2, 3));

  expect(() => sealedList.leaf(hash, salt.subarray(1), Uint8Array.of(1, 2, 3))).toThrow(RangeError);
  expect(
    sealedList.verify(hash, { size: 1, root: leaf }, { index: 0, salt: new Uint8Array(0), entry: salt, path: [] }),
  ).toBe(false);
  expect(leaf).not.toEqual(tree.leafHash(hash, Buffer.concat([salt, Uint8Array.of(1, 2, 3)])));
});

test('the same entries under other salts have another root: an entry cannot be found by guessing', () => {
  const entry = entryOf(0);

  expect(sealedList.leaf(hash, saltOf(1), entry)).not.toEqual(sealedList.leaf(hash, saltOf(2), entry));
});
