import { crc32 as crc32OfNode } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Entry, sourceOf, zip, zipEnd, zstd } from '../../../test/eval-logs.ts';
import { crc32 } from './crc32.ts';
import { ArchiveError } from './gzip.ts';
import { contentOf, directoryOf } from './zip-directory.ts';
import { unzstd } from './zstd.ts';

async function joined(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of chunks) parts.push(part);
  return Buffer.concat(parts);
}

async function* cut(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const content = fc.uint8Array({ maxLength: 3_000 });

test('CRC-32 is that of zlib, in one piece or in two', () => {
  fc.assert(
    fc.property(content, fc.nat(3_000), (bytes, at) => {
      expect(crc32(bytes)).toBe(crc32OfNode(bytes));
      expect(crc32(bytes.subarray(at), crc32(bytes.subarray(0, at)))).toBe(crc32OfNode(bytes));
    }),
  );
});

test('every entry comes back as it was put in, by any of the three methods', async () => {
  const entry = fc.record({
    content,
    method: fc.constantFrom<'stored' | 'deflate' | 'zstd'>('stored', 'deflate', 'zstd'),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(entry, { maxLength: 5 }), async (entries) => {
      const source = sourceOf(zip(entries.map((one, at) => ({ ...one, name: `entry ${at}` }))));
      const { entries: found } = await directoryOf(source);

      expect([...found.keys()]).toEqual(entries.map((_, at) => `entry ${at}`));
      for (const [at, one] of entries.entries()) {
        expect(Buffer.compare(await joined(contentOf(source, found.get(`entry ${at}`)!)), one.content)).toBe(0);
      }
    }),
  );
});

test('Zstandard: frames of any size, wherever the stream is cut; what is cut off is refused', async () => {
  await fc.assert(
    fc.asyncProperty(
      content,
      fc.integer({ min: 1, max: 900 }),
      fc.integer({ min: 1, max: 900 }),
      async (bytes, frame, size) => {
        const packed = zstd(bytes, frame);
        expect(Buffer.compare(await joined(unzstd(cut(packed, size))), bytes)).toBe(0);
        await expect(joined(unzstd(cut(packed.subarray(0, packed.length - 1), size)))).rejects.toThrow(ArchiveError);
      },
    ),
  );
});

test('a skippable frame is stepped over (RFC 8878 section 3.1.2)', async () => {
  const skippable = Buffer.from('502a4d1803000000aabbcc', 'hex');
  const packed = Buffer.concat([skippable, zstd(Buffer.from('one ')), skippable, zstd(Buffer.from('two'))]);

  expect(String(await joined(unzstd(cut(packed, 4))))).toBe('one two');
});

test('sizes and places that take 64 bits are read from the extra field (APPNOTE 4.5.3)', async () => {
  const entry: Entry = { name: 'large', content: 'the content', method: 'stored' };
  const plain = zip([entry]);
  const directoryAt = plain.indexOf(Buffer.from('504b0102', 'hex'));
  const local = plain.subarray(0, directoryAt);
  const line = Buffer.from(plain.subarray(directoryAt, -22));
  const extra = Buffer.alloc(4 + 24);
  extra.writeUInt16LE(1, 0);
  extra.writeUInt16LE(24, 2);
  extra.writeBigUInt64LE(11n, 4);
  extra.writeBigUInt64LE(11n, 12);
  extra.writeBigUInt64LE(0n, 20);
  line.writeUInt32LE(0xffffffff, 20);
  line.writeUInt32LE(0xffffffff, 24);
  line.writeUInt16LE(extra.length, 30);
  line.writeUInt32LE(0xffffffff, 42);
  const source = sourceOf(Buffer.concat([local, zipEnd(Buffer.concat([line, extra]), local.length, 1)]));

  const { entries } = await directoryOf(source);

  expect(entries.get('large')).toMatchObject({ size: 11, packedSize: 11, offset: 0 });
  expect(String(await joined(contentOf(source, entries.get('large')!)))).toBe('the content');
});

test('more entries than 16 bits count are read by the zip64 record (APPNOTE 4.3.14)', async () => {
  const entries = Array.from(
    { length: 66_000 },
    (_, at): Entry => ({ name: String(at), content: '', method: 'stored' }),
  );

  expect((await directoryOf(sourceOf(zip(entries)))).entries.size).toBe(66_000);
});

test('a comment at the end, even one that looks like an end, hides nothing', async () => {
  const plain = zip([{ name: 'a', content: 'x' }]);
  const comment = Buffer.concat([Buffer.from('504b0506', 'hex'), Buffer.alloc(40, 0xff)]);
  const bytes = Buffer.concat([plain, comment]);
  bytes.writeUInt16LE(comment.length, plain.length - 2);

  expect([...(await directoryOf(sourceOf(bytes))).entries.keys()]).toEqual(['a']);
});

test('an entry with a password is refused', async () => {
  const bytes = zip([{ name: 'a', content: 'x' }]);
  const at = bytes.indexOf(Buffer.from('504b0102', 'hex'));
  bytes.writeUInt16LE(0x801, at + 8);
  const source = sourceOf(bytes);
  const { entries } = await directoryOf(source);

  await expect(joined(contentOf(source, entries.get('a')!))).rejects.toThrow(
    'An entry is encrypted. Save the file without a password.',
  );
});
