import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import * as checkpoint from '../../log/checkpoint.ts';
import * as note from '../../log/note.ts';
import { loadSigner, verifySignature } from './key.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'assay-key-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('the key is made once, for its owner only, and is the same at the next start', async () => {
  const path = join(folder, 'log-key.pem');

  const first = loadSigner(path, 'log.example');
  const second = loadSigner(path, 'log.example');

  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(second.key).toEqual(first.key);
  const signed = await note.sign('text\n', [second]);
  expect(await note.open(signed, [first.key], verifySignature)).toBe('text\n');
});

test('the key remembers what it signed last, across starts', () => {
  const path = join(folder, 'log-key.pem');
  const first = loadSigner(path, 'log.example');
  expect(first.remembered()).toBeUndefined();

  first.remember('checkpoint one');
  first.remember('checkpoint two');

  expect(loadSigner(path, 'log.example').remembered()).toBe('checkpoint two');
});

test('a log keeps its name when the address changes, unless somebody chose another', async () => {
  const path = join(folder, 'log-key.pem');
  const first = loadSigner(path, '127.0.0.1:8414', false);
  first.remember(await checkpoint.sign({ origin: '127.0.0.1:8414', size: 0, root: new Uint8Array(32) }, [first]));

  expect(loadSigner(path, '127.0.0.1:9000', false).key.name).toBe('127.0.0.1:8414');
  expect(loadSigner(path, 'log.example', true).key.name).toBe('log.example');
});

test('a key that others may read is refused', () => {
  const path = join(folder, 'log-key.pem');
  loadSigner(path, 'log.example');
  chmodSync(path, 0o640);

  expect(() => loadSigner(path, 'log.example')).toThrow('chmod 600');
});

test('a file that is no Ed25519 key is refused and left as it is', () => {
  const path = join(folder, 'log-key.pem');
  writeFileSync(path, 'not a key', { mode: 0o600 });

  expect(() => loadSigner(path, 'log.example')).toThrow();
  expect(readFileSync(path, 'utf8')).toBe('not a key');
});
