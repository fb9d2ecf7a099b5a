import { createHash, generateKeyPairSync, sign as signBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { Command } from 'commander';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as checkpoint from '../log/checkpoint.ts';
import * as exportFile from '../log/export.ts';
import * as leaf from '../log/leaf.ts';
import * as note from '../log/note.ts';
import * as tile from '../log/tile.ts';
import * as tree from '../log/tree.ts';
import { Exit } from './io.ts';
import { register } from './log.ts';

const hash: tree.Hash = (bytes) => createHash('sha256').update(bytes).digest();
const origin = 'log.example';
const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x as string, 'base64url');
const own: note.Signer = {
  key: note.keyOf(hash, origin, raw),
  sign: (message) => signBytes(null, message, privateKey),
};
/** Whose log is served. */
let signer = own;
const opening = { nonce: new Uint8Array(32).fill(5), body: '{"did":"inventory_kept"}' };
const leaves = Array.from({ length: 300 }, (_, index) =>
  leaf.format({
    type: 'act',
    hour: '2026-03-01T09',
    commitment: index === 0 ? leaf.commit(hash, opening) : hash(Buffer.from(String(index))),
  }),
);

async function signedHead(entries: Uint8Array[]): Promise<string> {
  const frontier = tree.emptyFrontier();
  for (const entry of entries) tree.append(hash, frontier, tree.leafHash(hash, entry));
  return checkpoint.sign({ origin, size: entries.length, root: tree.root(hash, frontier) }, [signer]);
}

let folder: string;
let server: Server;
let served = leaves.slice(0, 10);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'assay-cli-log-'));
  server = createServer(async (request, response) => {
    // As the instance answers a token that has run out.
    if (request.headers.authorization !== undefined) return response.writeHead(401).end();
    const path = request.url ?? '';
    if (path === '/api/v1/log/key') return response.end(JSON.stringify({ key: note.formatKey(signer.key) }));
    if (path === '/log/checkpoint') return response.end(await signedHead(served));
    const wanted = tile.parsePath(path.slice('/log/'.length));
    const some = served.slice(wanted.index * 256, wanted.index * 256 + wanted.width);
    response.end(
      wanted.level === 'entries'
        ? tile.formatBundle(some)
        : Buffer.concat(some.map((entry) => tree.leafHash(hash, entry))),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});
const address = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

async function run(args: string[], input = '') {
  const out = new PassThrough();
  const err = new PassThrough();
  const env = { HOME: folder, XDG_STATE_HOME: folder, ASSAY_TOKEN: 'one that has run out' };
  const io = { stdin: Readable.from([input]), stdout: out, stderr: err, env };
  const program = new Command().exitOverride();
  register(program, io);
  const code = await program.parseAsync(['log', 'verify', ...args], { from: 'user' }).then(
    () => 0,
    (error) => {
      if (error instanceof Exit) return error.code;
      throw error;
    },
  );
  return { code, out: String(out.read() ?? ''), err: String(err.read() ?? '') };
}

async function exportText(entries: Uint8Array[]): Promise<string> {
  return [
    exportFile.formatHeader({ origin, key: signer.key, checkpoint: await signedHead(entries) }),
    ...entries.map((entry, index) => exportFile.formatLeaf(entry, index === 0 ? opening : undefined)),
  ].join('');
}

test('an export verifies offline: exit 0 and {valid, problems}', async () => {
  const path = join(folder, 'export.ndjson');
  writeFileSync(path, await exportText(leaves));

  const { code, out } = await run([path, '--key', note.formatKey(signer.key), '--format', 'json']);

  expect(code).toBe(0);
  expect(JSON.parse(out)).toEqual({
    valid: true,
    problems: [],
    origin,
    size: 300,
    opened: 1,
    keyFrom: 'given',
  });
});

test('a changed export does not verify: exit 1 and the reason', async () => {
  const changed = (await exportText(leaves)).replace('inventory_kept', 'inventory_lost');

  const { code, out } = await run(['-', '--format', 'json'], changed);

  expect(code).toBe(1);
  expect(JSON.parse(out)).toMatchObject({ valid: false });
  expect(JSON.parse(out).problems.join()).toContain('Line 2');
});

test('text output says where a key came from when none was given', async () => {
  const { code, out } = await run(['-'], await exportText(leaves));

  expect(code).toBe(0);
  expect(out).toContain('300 entries, 1 of them opened');
  expect(out).toContain('The key came from the log itself');
});

test.each([
  ['neither file nor server', []],
  ['file and server', ['file', '--server', 'http://127.0.0.1:1']],
  ['a file that is not there', [join('no', 'such', 'file')]],
  ['a key that is none', ['-', '--key', 'nonsense']],
  ['an address that is none', ['--server', 'nonsense']],
  ['a server that does not answer', ['--server', 'http://127.0.0.1:1']],
])('wrong use, %s: exit 2 and one line', async (_, args) => {
  const { code, out, err } = await run(args);

  expect(code).toBe(2);
  expect(out).toBe('');
  expect(err.trim().split('\n').length).toBe(1);
});

test('a server is followed from visit to visit, and may not go back or rewrite what was seen', async () => {
  const follow = () => run(['--server', address(), '--format', 'json']);
  served = leaves.slice(0, 10);
  const first = await follow();
  served = leaves.slice(0, 300);
  const second = await follow();
  served = leaves.slice(0, 290);
  const back = await follow();
  served = [leaves[299] as Uint8Array, ...leaves.slice(1, 299), leaves[0] as Uint8Array];
  const rewritten = await follow();
  served = leaves;
  const again = await follow();

  expect([first.code, second.code, back.code, rewritten.code, again.code]).toEqual([0, 0, 1, 1, 0]);
  expect(JSON.parse(first.out)).toMatchObject({ valid: true, size: 10, keyFrom: 'source' });
  expect(JSON.parse(second.out)).toMatchObject({ valid: true, size: 300, keyFrom: 'given' });
  expect(JSON.parse(back.out).problems.join()).toContain('went back');
  expect(JSON.parse(rewritten.out).valid).toBe(false);
});

test('an instance made anew at the same address is told apart from a damaged log', async () => {
  const state = join(folder, 'anew.json');
  const follow = () => run(['--server', address(), '--state', state]);
  const pair = generateKeyPairSync('ed25519');
  served = leaves;
  expect((await follow()).code).toBe(0);

  signer = {
    key: note.keyOf(hash, origin, Buffer.from(pair.publicKey.export({ format: 'jwk' }).x as string, 'base64url')),
    sign: (message) => signBytes(null, message, pair.privateKey),
  };
  const { code, out } = await follow();
  signer = own;

  expect(code).toBe(1);
  expect(out).toMatch(/^This is not the key remembered on \d{4}-\d\d-\d\d in .*anew\.json; if you made/);
});

test('--from holds a server to an earlier checkpoint that somebody kept elsewhere', async () => {
  const path = join(folder, 'checkpoint');
  writeFileSync(path, await signedHead([leaves[5] as Uint8Array]));
  served = leaves;

  const { code, out } = await run(['--server', address(), '--from', path, '--state', join(folder, 'other.json')]);

  expect(code).toBe(1);
  expect(out).toContain('rewritten');
});
