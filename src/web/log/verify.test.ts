import { generateKeyPairSync, sign } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as checkpoint from '../../log/checkpoint.ts';
import * as note from '../../log/note.ts';
import * as tile from '../../log/tile.ts';
import * as tree from '../../log/tree.ts';
import { hash, verifyLog } from './verify.ts';

const origin = 'log.hospital.example';
const pair = generateKeyPairSync('ed25519');
const publicKey = new Uint8Array(pair.publicKey.export({ type: 'spki', format: 'der' }).subarray(-32));
const key = note.keyOf(hash, origin, publicKey);
const signer: note.Signer = { key, sign: (message) => new Uint8Array(sign(null, message, pair.privateKey)) };

/** The files of a log with these entries, by path, as a server has them. */
async function filesOf(entries: Uint8Array[]): Promise<Map<string, Uint8Array>> {
  const frontier = tree.emptyFrontier();
  const leaves = entries.map((entry) => tree.leafHash(hash, entry));
  for (const leaf of leaves) tree.append(hash, frontier, leaf);
  const head = { origin, size: entries.length, root: tree.root(hash, frontier) };
  const files = new Map<string, Uint8Array>([
    ['checkpoint', new TextEncoder().encode(await checkpoint.sign(head, [signer]))],
  ]);
  for (let index = 0; index * tile.tileWidth < entries.length; index++) {
    const width = tile.widthAt(0, index, entries.length);
    const from = index * tile.tileWidth;
    const bundle = tile.formatBundle(entries.slice(from, from + width));
    files.set(tile.path({ level: 'entries', index, width }), bundle);
    const hashes = new Uint8Array(width * tree.hashLength);
    for (const [at, leaf] of leaves.slice(from, from + width).entries()) hashes.set(leaf, at * tree.hashLength);
    files.set(tile.path({ level: 0, index, width }), hashes);
  }
  return files;
}

const verify = (files: Map<string, Uint8Array>) =>
  verifyLog(
    async (path) => files.get(path) ?? expect.fail(`asked for ${path}, which the log has not`),
    note.formatKey(key),
    () => {},
  );

const entriesOf = (count: number) => Array.from({ length: count }, (_, at) => new TextEncoder().encode(`entry ${at}`));

test.each([0, 1, 2, 255, 256, 257, 700])('a log of %i entries holds', async (count) => {
  const { steps, size } = await verify(await filesOf(entriesOf(count)));

  expect(size).toBe(count);
  expect(steps.map(({ outcome }) => outcome)).toEqual(['holds', 'holds', 'holds', 'holds']);
});

test('one changed byte in any entry is found', async () => {
  const files = await filesOf(entriesOf(300));
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(0, 1), fc.nat(), async (index, seed) => {
      const width = tile.widthAt('entries', index, 300);
      const path = tile.path({ level: 'entries', index, width });
      const entries = tile.parseBundle(files.get(path) as Uint8Array, width).map((entry) => entry.slice());
      const changed = entries[seed % width] as Uint8Array;
      changed[seed % changed.length] = (changed[seed % changed.length] as number) ^ 1;

      const { steps } = await verify(new Map([...files, [path, tile.formatBundle(entries)]]));

      expect(steps.filter(({ outcome }) => outcome === 'fails')).toHaveLength(2);
    }),
    { numRuns: 20 },
  );
});

test('a checkpoint of another key does not hold', async () => {
  const files = await filesOf(entriesOf(3));
  const other = note.keyOf(hash, origin, new Uint8Array(32).fill(7));

  const { steps } = await verifyLog(
    async (path) => files.get(path) as Uint8Array,
    note.formatKey(other),
    () => {},
  );

  expect(steps[1]?.outcome).toBe('fails');
});
