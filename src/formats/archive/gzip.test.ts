import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { gunzip, isGzip } from './gzip.ts';

async function* cut(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function all(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of gunzip(chunks)) parts.push(part);
  return Buffer.concat(parts);
}

test('gives back what was compressed, wherever the stream is cut into pieces', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 2_000 }), fc.integer({ min: 1, max: 500 }), async (bytes, size) => {
      const zipped = gzipSync(bytes);
      expect(isGzip(zipped)).toBe(true);
      expect(Buffer.compare(await all(cut(zipped, size)), bytes)).toBe(0);
    }),
    { numRuns: 50 },
  );
});

test('several members after one another are one content (RFC 1952 section 2.2)', async () => {
  const zipped = Buffer.concat([gzipSync('first '), gzipSync('second')]);

  expect(String(await all(cut(zipped, 7)))).toBe('first second');
});

test('a file that grows more than 250 times is refused, whatever it holds', async () => {
  await expect(all(cut(gzipSync(Buffer.alloc(100_000_000)), 1_000))).rejects.toThrow('grows more than 250 times');
});

test('a file that is cut off is refused', async () => {
  const noise = Buffer.concat(Array.from({ length: 500 }, (_, i) => createHash('sha512').update(`${i}`).digest()));
  const zipped = gzipSync(noise);

  await expect(all(cut(zipped.subarray(0, zipped.length / 2), 1_000))).rejects.toThrow('The gzip file is broken');
});

test('a file that is no gzip is refused', async () => {
  await expect(all(cut(Buffer.from('hello, no gzip here'), 5))).rejects.toThrow('The gzip file is broken');
});

test('what the source throws comes through as it is', async () => {
  const failing = async function* () {
    yield gzipSync(Buffer.alloc(1_000, 7)).subarray(0, 8);
    throw new RangeError('the disk is gone');
  };

  await expect(all(failing())).rejects.toThrow(new RangeError('the disk is gone'));
});

test('a reader that stops early ends the source', async () => {
  let isEnded = false;
  const zipped = gzipSync(
    Buffer.concat(Array.from({ length: 5_000 }, (_, i) => createHash('sha512').update(`${i}`).digest())),
  );
  const source = async function* () {
    try {
      yield* cut(zipped, 1_000);
    } finally {
      isEnded = true;
    }
  };

  for await (const part of gunzip(source())) {
    expect(part.length).toBeGreaterThan(0);
    break;
  }

  expect(isEnded).toBe(true);
});
