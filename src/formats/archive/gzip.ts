import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** How far a compressed file may grow: real advisory files stay below 40 times, 250 leaves room. */
export const ratioMax = 250;
/** Below this much output the ratio says nothing. */
const ratioFreeBytes = 10 * 1024 * 1024;

/** A compressed file that is faulty, or grows as no honest one does. */
export class ArchiveError extends Error {}

/** True for the first bytes of a gzip file (RFC 1952 section 2.3.1). */
export function isGzip(head: Uint8Array): boolean {
  return head[0] === 0x1f && head[1] === 0x8b;
}

/** The content of a gzip stream. Throws an ArchiveError when it is broken or grows more than `ratioMax` times. */
export async function* gunzip(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let read = 0;
  const counted = async function* () {
    for await (const chunk of chunks) {
      read += chunk.length;
      yield chunk;
    }
  };
  const source = Readable.from(counted(), { objectMode: false });
  const inflating = createGunzip();
  source.on('error', (error) => inflating.destroy(error));
  source.pipe(inflating);
  let written = 0;
  try {
    for await (const chunk of inflating as AsyncIterable<Uint8Array>) {
      written += chunk.length;
      refuseBomb(written, read);
      yield chunk;
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code?.startsWith('Z_')) throw new ArchiveError(`The gzip file is broken: ${(error as Error).message}.`);
    throw error;
  } finally {
    source.destroy();
    inflating.destroy();
  }
}

export function refuseBomb(written: number, read: number): void {
  if (written > ratioFreeBytes && written > read * ratioMax) {
    throw new ArchiveError(`The file grows more than ${ratioMax} times when it is unpacked. It was not read further.`);
  }
}
