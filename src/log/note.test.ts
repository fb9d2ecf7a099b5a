import {
  createHash,
  createPublicKey,
  generateKeyPairSync,
  sign as signBytes,
  verify as verifyBytes,
} from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as base64 from './base64.ts';
import * as checkpoint from './checkpoint.ts';
import { LogFormatError } from './format-error.ts';
import * as leaf from './leaf.ts';
import * as note from './note.ts';
import * as proof from './proof.ts';
import * as tile from './tile.ts';
import * as tlogProof from './tlog-proof.ts';
import * as tree from './tree.ts';

const hash: tree.Hash = (bytes) => createHash('sha256').update(bytes).digest();
const utf8 = (text: string) => new TextEncoder().encode(text);
const verify: note.VerifySignature = (publicKey, message, signature) =>
  verifyBytes(
    null,
    message,
    createPublicKey({
      key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(publicKey).toString('base64url') },
      format: 'jwk',
    }),
    signature,
  );

function newSigner(name: string): note.Signer {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x as string, 'base64url');
  return { key: note.keyOf(hash, name, raw), sign: (message) => signBytes(null, message, privateKey) };
}

const sample = (path: string) => readFileSync(new URL(`./testdata/tlog-tiles/${path}`, import.meta.url));
const sampleKey = note.parseKey(hash, sample('VERIFIER_KEY.txt').toString('utf8').trim());
const sampleOrigin = 'example.com/log/testdata';
const openSample = (size: number | '') =>
  checkpoint.open(
    sample(`log/checkpoint${size === '' ? '' : `.${size}`}`).toString('utf8'),
    sampleOrigin,
    sampleKey,
    verify,
  );
const entriesAt = (size: number) =>
  size === 0 ? [] : tile.parseBundle(sample(`log/${tile.path({ level: 'entries', index: 0, width: size })}`), size);
const sizes = Array.from({ length: 16 }, (_, size) => size);

test.each(sizes)(
  'tessera sample log: checkpoint %i is signed and has the root of its tiles and of its entries',
  async (size) => {
    const head = await openSample(size);
    // The sample log keeps no bundle of one entry; the first entry is that of any other bundle.
    const entries = size === 1 ? entriesAt(2).slice(0, 1) : entriesAt(size);
    const frontier = tree.emptyFrontier();
    for (const entry of entries) tree.append(hash, frontier, tree.leafHash(hash, entry));

    expect(head.size).toBe(size);
    expect(base64.encode(tree.root(hash, frontier))).toBe(base64.encode(head.root));
    if (size > 0) {
      const read = tile.reader(hash, (level, index) => sample(`log/${tile.path({ level, index, width: size })}`));
      expect(base64.encode(tree.root(hash, tree.frontierOf(size, read)))).toBe(base64.encode(head.root));
    }
  },
);

test('tessera sample log: every checkpoint is consistent with every earlier one, by proofs made from tiles', async () => {
  const read = tile.reader(hash, (level, index) => sample(`log/${tile.path({ level, index, width: 15 })}`));
  const last = await openSample('');
  const heads = await Promise.all(sizes.slice(1).map(openSample));

  for (const head of heads) {
    const path = proof.consistency(hash, head.size, last.size, read);

    expect(proof.verifyConsistency(hash, head.size, last.size, head.root, last.root, path)).toBe(true);
  }
});

test('tessera sample log: every entry has a tlog-proof that verifies, and fails for another entry', async () => {
  const read = tile.reader(hash, (level, index) => sample(`log/${tile.path({ level, index, width: 15 })}`));
  const entries = entriesAt(15);

  for (const [index, entry] of entries.entries()) {
    const text = tlogProof.format({
      index,
      path: proof.inclusion(hash, index, 15, read),
      checkpoint: sample('log/checkpoint').toString('utf8'),
    });

    expect(tlogProof.format(tlogProof.parse(text))).toBe(text);
    expect(await tlogProof.verify(hash, text, entry, sampleOrigin, sampleKey, verify)).toBe(true);
    expect(await tlogProof.verify(hash, text, utf8('other'), sampleOrigin, sampleKey, verify)).toBe(false);
  }
});

const specNote = `Ognuno sta solo sul cuor della terra
trafitto da un raggio di sole:

ed è subito sera.

— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=
`;

test('signed-note: the text is separated from the signatures by the last empty line', () => {
  const parsed = note.parse(specNote);

  expect(parsed.text.endsWith('ed è subito sera.\n')).toBe(true);
  expect(parsed.text.includes('\n\n')).toBe(true);
  expect(parsed.signatures).toMatchObject([{ name: 'quasimodo.example/salvatore', id: '367ba04b' }]);
  expect(parsed.signatures[0]?.signature.length).toBe(64);
});

test('tlog-checkpoint: the specification’s example reads as origin, size and root', () => {
  expect(
    checkpoint.parse('example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n'),
  ).toMatchObject({ origin: 'example.com/behind-the-sofa', size: 20852163 });
});

test.each([
  ['no empty line', 'text\n— name AAAAAAA=\n'],
  ['no newline at the end', specNote.slice(0, -1)],
  ['no signature', 'text\n\n'],
  ['a hyphen for the em dash', 'text\n\n- name AAAAAAAA\n'],
  ['a name with a plus', 'text\n\n— a+b AAAAAAAA\n'],
  ['a name with a Unicode space', 'text\n\n— a\u3000b AAAAAAAA\n'],
  ['an empty name', 'text\n\n—  AAAAAAAA\n'],
  ['a tab in the text', 'te\txt\n\n— name AAAAAAAA\n'],
  ['a carriage return', 'text\r\n\n— name AAAAAAAA\n'],
  ['a lone surrogate', 'te\ud800xt\n\n— name AAAAAAAA\n'],
  ['base64 without padding', 'text\n\n— name AAAAAAAAAA\n'],
  ['base64 with stray bits', 'text\n\n— name AAAAAAB=\n'],
  ['a key id and no signature', 'text\n\n— name AAAAAA==\n'],
  ['33 signatures', `text\n\n${'— name AAAAAAAA\n'.repeat(33)}`],
])('signed-note: %s is refused', (_, text) => {
  expect(() => note.parse(text)).toThrow(LogFormatError);
});

test('signed-note: 16 signatures and more are read', () => {
  expect(note.parse(`text\n\n${'— name AAAAAAAA\n'.repeat(32)}`).signatures.length).toBe(32);
});

test.each([
  ['size with a leading zero', 'o\n01\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n'],
  ['size beyond exact numbers', 'o\n9007199254740993\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n'],
  ['short root', 'o\n1\n47DEQpj8\n'],
  ['two lines', 'o\n1\n'],
  ['empty origin', '\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n'],
  ['empty extension line', 'o\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n'],
])('tlog-checkpoint: %s is refused', (_, text) => {
  expect(() => checkpoint.parse(text)).toThrow(LogFormatError);
});

test('signed-note: unknown keys are ignored, a wrong signature of a known key refuses the note', async () => {
  const ours = newSigner('log.example');
  const witness = newSigner('witness.example');
  const impostor = newSigner('log.example');
  const text = 'log.example\nbody\n';
  const both = await note.sign(text, [ours, witness]);

  expect(await note.open(both, [ours.key], verify)).toBe(text);
  expect(await note.open(both, [ours.key, witness.key], verify)).toBe(text);
  await expect(note.open(both, [impostor.key], verify)).rejects.toThrow('No trusted key');
  await expect(note.open(both.replace('body', 'b0dy'), [ours.key], verify)).rejects.toThrow('does not verify');
  const halfWrong = await note.sign(text, [ours, { key: witness.key, sign: impostor.sign }]);
  await expect(note.open(halfWrong, [ours.key, witness.key], verify)).rejects.toThrow(LogFormatError);
});

test('a checkpoint of another origin is refused even when our key signed it', async () => {
  const signer = newSigner('log.example');
  const signed = await checkpoint.sign({ origin: 'other.example', size: 0, root: tree.emptyRoot(hash) }, [signer]);

  await expect(checkpoint.open(signed, 'log.example', signer.key, verify)).rejects.toThrow('another log');
});

test('a verifier key is read back as written, and refused when its id is not its own', () => {
  const { key } = newSigner('log.example/a');
  const text = note.formatKey(key);

  expect(note.formatKey(note.parseKey(hash, text))).toBe(text);
  expect(() => note.parseKey(hash, text.replace(key.id, '00000000'))).toThrow(LogFormatError);
});

test('a flipped bit anywhere in a signed checkpoint is refused or leaves the head as it was', async () => {
  const signer = newSigner('log.example');
  const signed = utf8(await checkpoint.sign({ origin: 'log.example', size: 7, root: hash(utf8('x')) }, [signer]));
  await fc.assert(
    fc.asyncProperty(fc.nat(signed.length * 8 - 1), async (bit) => {
      const changed = Uint8Array.from(signed);
      changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit % 8));

      await expect(
        (async () => {
          const text = new TextDecoder('utf-8', { fatal: true }).decode(changed);
          return checkpoint.open(text, 'log.example', signer.key, verify);
        })(),
      ).rejects.toThrow();
    }),
  );
});

test('tlog-tiles: index 1234067 is x001/x234/067', () => {
  expect(tile.path({ level: 0, index: 1234067, width: 256 })).toBe('tile/0/x001/x234/067');
  expect(tile.path({ level: 'entries', index: 7, width: 12 })).toBe('tile/entries/007.p/12');
});

test('tlog-tiles: a tree of 70,000 has the tiles the specification counts', () => {
  const widths = (level: number) =>
    Array.from({ length: 300 }, (_, index) => tile.widthAt(level, index, 70_000)).filter((width) => width > 0);

  expect(widths(0).filter((width) => width === 256).length).toBe(273);
  expect(widths(0).filter((width) => width < 256)).toEqual([112]);
  expect(widths(1)).toEqual([256, 17]);
  expect(widths(2)).toEqual([1]);
  expect(tile.widthAt(1, 0, 256)).toBe(1);
});

test.each([
  'tile/0/1',
  'tile/00/001',
  'tile/64/001',
  'tile/0/x000/001',
  'tile/0/x001/x002/003.p/0',
  'tile/0/001.p/256',
  'tile/0/001.p/012',
  'tile/0/001/002',
  'tile/0/../001',
  'tile/-1/001',
  'tile/0/x999/x999/x999/x999/x999/999',
])('tlog-tiles: %s is no tile’s address', (path) => {
  expect(() => tile.parsePath(path)).toThrow(LogFormatError);
});

const anyTile = fc.record({
  level: fc.oneof(fc.constant('entries' as const), fc.integer({ min: 0, max: 63 })),
  index: fc.nat({ max: 10 ** 12 }),
  width: fc.integer({ min: 1, max: 256 }),
});

test('a tile’s address read back is the tile', () => {
  fc.assert(
    fc.property(anyTile, (one) => {
      expect(tile.parsePath(tile.path(one))).toEqual(one);
    }),
  );
});

test('a bundle read back is its entries, and only at its own width', () => {
  const entries = fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(entries, (written) => {
      const bundle = tile.formatBundle(written);

      expect(tile.parseBundle(bundle, written.length).map((one) => [...one])).toEqual(written.map((one) => [...one]));
      expect(() => tile.parseBundle(bundle, written.length + 1)).toThrow(LogFormatError);
      expect(() => tile.parseBundle(bundle.subarray(0, -1), written.length)).toThrow(LogFormatError);
    }),
  );
  expect(() => tile.formatBundle([new Uint8Array(65_536)])).toThrow(LogFormatError);
});

test('proofs from tiles are proofs from the tree, across tile borders', () => {
  const size = 70_000;
  const leaves = Array.from({ length: size }, (_, index) => tree.leafHash(hash, utf8(String(index))));
  const tiles = new Map<string, Uint8Array[]>();
  const keep = (level: number, index: number, node: Uint8Array) => {
    if (level % 8 !== 0) return;
    const key = `${level / 8}/${Math.floor(index / 256)}`;
    tiles.set(key, [...(tiles.get(key) ?? []), node]);
  };
  const frontier = tree.emptyFrontier();
  for (const [index, one] of leaves.entries()) {
    keep(0, index, one);
    tree.append(hash, frontier, one, keep);
  }
  const head = tree.root(hash, frontier);

  for (const index of [0, 255, 256, 65_535, 65_536, 69_999]) {
    const needed = tile.tilesOf(proof.inclusionNodes(index, size), size).map((one) => `${one.level}/${one.index}`);
    const read = tile.reader(hash, (level, at) => {
      expect(needed).toContain(`${level}/${at}`);
      return Buffer.concat(tiles.get(`${level}/${at}`) ?? []);
    });
    const path = proof.inclusion(hash, index, size, read);

    expect(proof.verifyInclusion(hash, index, size, leaves[index] as Uint8Array, path, head)).toBe(true);
  }
});

test('a leaf read back is the leaf, and its commitment hides and binds the opening', () => {
  const opening = { nonce: new Uint8Array(32).fill(7), body: '{"did":"inventory_kept"}' };
  const one: leaf.Leaf = { type: 'act', hour: '2026-03-01T09', commitment: leaf.commit(hash, opening) };

  expect(leaf.parse(leaf.format(one))).toEqual({ ...one, commitment: Uint8Array.from(one.commitment) });
  expect(leaf.commit(hash, { ...opening, body: '{"did":"inventory_lost"}' })).not.toEqual(one.commitment);
  expect(leaf.commit(hash, { ...opening, nonce: new Uint8Array(32) })).not.toEqual(one.commitment);
});

test('arbitrary text and bytes are refused with LogFormatError and nothing else', () => {
  const refuses = (read: () => unknown) => {
    try {
      read();
    } catch (error) {
      expect(error).toBeInstanceOf(LogFormatError);
    }
  };
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.stringMatching(
      /^(c2sp\.org\/tlog-proof@v1\n)?(index [0-9]+\n)?([A-Za-z0-9+/=]{0,44}\n){0,4}\n?(— [a-z]+ [A-Za-z0-9+/=]+\n){0,2}$/,
    ),
  );
  fc.assert(
    fc.property(text, fc.uint8Array({ maxLength: 300 }), (written, bytes) => {
      refuses(() => note.parse(written));
      refuses(() => note.parseKey(hash, written));
      refuses(() => checkpoint.parse(written));
      refuses(() => tlogProof.parse(written));
      refuses(() => tile.parsePath(written));
      refuses(() => base64.decode(written));
      refuses(() => tile.parseBundle(bytes, 3));
      refuses(() => leaf.parse(bytes));
    }),
  );
});
