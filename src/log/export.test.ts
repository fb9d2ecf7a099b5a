import {
  createHash,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign as signBytes,
  verify as verifyBytes,
} from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as checkpoint from './checkpoint.ts';
import * as exportFile from './export.ts';
import { LogFormatError } from './format-error.ts';
import * as leaf from './leaf.ts';
import * as monitor from './monitor.ts';
import * as note from './note.ts';
import * as tile from './tile.ts';
import * as tree from './tree.ts';

const hash: tree.Hash = (bytes) => createHash('sha256').update(bytes).digest();
const verifySignature: note.VerifySignature = (publicKey, message, signature) => {
  const x = Buffer.from(publicKey).toString('base64url');
  return verifyBytes(
    null,
    message,
    createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' }),
    signature,
  );
};
const origin = 'log.example';

function newSigner(): note.Signer {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x as string, 'base64url');
  return { key: note.keyOf(hash, origin, raw), sign: (message) => signBytes(null, message, privateKey) };
}
const signer = newSigner();
const trust = { hash, verifySignature, key: signer.key };

const openings = Array.from({ length: 600 }, (_, index) => ({
  nonce: randomBytes(32),
  body: JSON.stringify({ did: 'inventory_kept', object: `inventory_${index}` }),
}));
const leaves = openings.map((opening) =>
  leaf.format({ type: 'act', hour: '2026-03-01T09', commitment: leaf.commit(hash, opening) }),
);

function frontierOf(entries: Uint8Array[]) {
  const frontier = tree.emptyFrontier();
  for (const entry of entries) tree.append(hash, frontier, tree.leafHash(hash, entry));
  return frontier;
}
const signedHead = (entries: Uint8Array[], by = signer) =>
  checkpoint.sign({ origin, size: entries.length, root: tree.root(hash, frontierOf(entries)) }, [by]);

async function exportOf(entries: Uint8Array[], by = signer): Promise<string[]> {
  return [
    exportFile.formatHeader({ origin, key: by.key, checkpoint: await signedHead(entries, by) }),
    ...entries.map((entry, index) => exportFile.formatLeaf(entry, index % 2 === 0 ? openings[index] : undefined)),
  ].map((line) => line.slice(0, -1));
}
async function* stream(lines: string[]) {
  yield* lines;
}

test('an export verifies offline and tells how many entries it opened', async () => {
  expect(await exportFile.verify(stream(await exportOf(leaves.slice(0, 300))), trust)).toEqual({
    valid: true,
    problems: [],
    origin,
    size: 300,
    opened: 150,
    keyFrom: 'given',
  });
});

test('an export with a leaf changed, removed, added, swapped or reopened never verifies', async () => {
  const lines = await exportOf(leaves.slice(0, 20));
  const other = exportFile.formatLeaf(leaves[30] as Uint8Array).slice(0, -1);
  const first = JSON.parse(lines[1] as string);
  const changes: string[][] = [
    lines.with(3, other),
    lines.toSpliced(3, 1),
    [...lines, other],
    lines.with(1, lines[2] as string).with(2, lines[1] as string),
    lines.with(1, JSON.stringify({ ...first, body: `${first.body} ` })),
    lines.slice(0, 1),
    lines.slice(1),
    [],
  ];
  for (const changed of changes) {
    const report = await exportFile.verify(stream(changed), trust);

    expect(report.valid).toBe(false);
    expect(report.problems.length).toBeGreaterThan(0);
  }
});

test('an export signed by another key verifies only for one who brings no key, and says where the key came from', async () => {
  const lines = await exportOf(leaves.slice(0, 5), newSigner());

  expect((await exportFile.verify(stream(lines), trust)).valid).toBe(false);
  expect(await exportFile.verify(stream(lines), { hash, verifySignature })).toMatchObject({
    valid: true,
    keyFrom: 'source',
  });
});

test('a log that was rewritten or cut short is found out by anyone who kept an earlier checkpoint', async () => {
  const from = await signedHead(leaves.slice(0, 10));
  const rewritten = [leaves[99] as Uint8Array, ...leaves.slice(1, 20)];

  expect((await exportFile.verify(stream(await exportOf(leaves.slice(0, 20))), { ...trust, from })).valid).toBe(true);
  expect((await exportFile.verify(stream(await exportOf(rewritten)), { ...trust, from })).problems.join()).toContain(
    'rewritten',
  );
  expect(
    (await exportFile.verify(stream(await exportOf(leaves.slice(0, 9))), { ...trust, from })).problems.join(),
  ).toContain('went back');
});

test('arbitrary lines give problems, never an exception', async () => {
  const good = await exportOf(leaves.slice(0, 3));
  const line = fc.oneof(fc.string({ unit: 'binary' }), fc.json(), fc.constantFrom(...good));
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 6 }), async (lines) => {
      const report = await exportFile.verify(stream(lines), trust);

      expect(report.valid).toBe(lines.length === good.length && lines.every((one, at) => one === good[at]));
    }),
  );
});

function serverOf(entries: Uint8Array[], by = signer): monitor.Source {
  return {
    checkpoint: () => signedHead(entries, by),
    async tile(path) {
      const { level, index, width } = tile.parsePath(path);
      const some = entries.slice(index * 256, index * 256 + width);
      if (some.length < width) throw new LogFormatError('not found');
      return level === 'entries'
        ? tile.formatBundle(some)
        : Buffer.concat(some.map((entry) => tree.leafHash(hash, entry)));
    },
  };
}

test('a monitor follows a log from visit to visit and reads only what is new', async () => {
  let memory: monitor.Memory | undefined;
  for (const size of [0, 1, 7, 256, 300, 300, 600]) {
    const answer = await monitor.follow(serverOf(leaves.slice(0, size)), origin, trust, memory);

    expect(answer.report).toMatchObject({ valid: true, size });
    memory = answer.memory;
  }
});

test('a monitor finds a fork, a rollback and another key, and then keeps its memory', async () => {
  const { memory } = await monitor.follow(serverOf(leaves.slice(0, 300)), origin, trust, undefined);
  const forked = [...leaves.slice(0, 299), leaves[500] as Uint8Array, ...leaves.slice(300, 400)];
  const followed = async (source: monitor.Source) => monitor.follow(source, origin, trust, memory);

  expect((await followed(serverOf(leaves.slice(0, 400)))).report.valid).toBe(true);
  for (const source of [
    serverOf(forked),
    serverOf(forked.slice(0, 300)),
    serverOf(leaves.slice(0, 200)),
    serverOf(leaves.slice(0, 400), newSigner()),
  ]) {
    const answer = await followed(source);

    expect(answer.report.valid).toBe(false);
    expect(answer.memory).toBeUndefined();
  }
});

test('a monitor with an older checkpoint at hand starts again and compares both', async () => {
  const from = await signedHead(leaves.slice(0, 10));
  const { memory } = await monitor.follow(serverOf(leaves.slice(0, 300)), origin, trust, undefined);
  const rewritten = [leaves[99] as Uint8Array, ...leaves.slice(1, 10)];

  const answer = await monitor.follow(serverOf(leaves.slice(0, 400)), origin, { ...trust, from }, memory);
  const against = await monitor.follow(
    serverOf(leaves.slice(0, 400)),
    origin,
    { ...trust, from: await signedHead(rewritten) },
    undefined,
  );

  expect(answer.report.valid).toBe(true);
  expect(against.report.problems.join()).toContain('rewritten');
});
