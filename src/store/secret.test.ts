import { chmodSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { loadKeeper } from './secret.ts';

const folder = mkdtempSync(join(tmpdir(), 'assay-secret-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, 'secret-key');

test('what is sealed opens again in its place, also after a start anew', () => {
  const sealed = loadKeeper(path).seal('key of the endpoint', 'grant_1');

  expect(loadKeeper(path).open(sealed, 'grant_1')).toBe('key of the endpoint');
  expect(Buffer.from(sealed).includes('endpoint')).toBe(false);
});

test('a sealed text opens neither in the place of another, nor changed, nor under another key', () => {
  const keeper = loadKeeper(path);
  const sealed = keeper.seal('key', 'grant_1');

  expect(keeper.open(sealed, 'grant_2')).toBeUndefined();
  for (let at = 0; at < sealed.length; at++) {
    const changed = Uint8Array.from(sealed);
    changed[at] = (changed[at] as number) ^ 1;
    expect(keeper.open(changed, 'grant_1')).toBeUndefined();
  }
  for (let length = 0; length < sealed.length; length++) {
    expect(keeper.open(sealed.subarray(0, length), 'grant_1')).toBeUndefined();
  }
  expect(loadKeeper(join(folder, 'other')).open(sealed, 'grant_1')).toBeUndefined();
});

test('the key is for the eyes of its owner only', () => {
  loadKeeper(path);
  expect(statSync(path).mode & 0o777).toBe(0o600);

  chmodSync(path, 0o644);

  expect(() => loadKeeper(path)).toThrow('chmod 600');
});
