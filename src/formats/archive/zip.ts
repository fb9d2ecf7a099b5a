import type yauzl from 'yauzl';
import { ArchiveError, refuseBomb } from './gzip.ts';

/** Limits of one zip file. The public OSV export of npm holds about 250,000 entries. */
export const entriesMax = 1_000_000;
export const entrySizeMax = 20 * 1024 * 1024;

/** One file of a zip. */
export interface ZipEntry {
  name: string;
  content: Uint8Array;
  compressedSize: number;
}

/** True for the first bytes of a zip file (APPNOTE 6.3 section 4.3.7). */
export function isZip(head: Uint8Array): boolean {
  return head[0] === 0x50 && head[1] === 0x4b && head[2] === 0x03 && head[3] === 0x04;
}

/**
 * The files of a zip, opened with `options`, whose names end in one of `endings`, one after another. Names are only names: nothing is
 * written anywhere. An entry whose directory says too much, or that grows beyond what it said, throws an ArchiveError.
 */
export async function* entriesOf(opening: Promise<yauzl.ZipFile>, endings: string[]): AsyncGenerator<ZipEntry> {
  const zip = await opening.catch((error: Error) => {
    throw broken(error);
  });
  if (zip.entryCount > entriesMax) throw new ArchiveError(`The zip file holds more than ${entriesMax} entries.`);
  try {
    for await (const entry of zip.eachEntry()) {
      if (!endings.some((ending) => entry.fileName.toLowerCase().endsWith(ending))) continue;
      if (entry.uncompressedSize > entrySizeMax) {
        throw new ArchiveError(`${shown(entry.fileName)} is larger than ${entrySizeMax / 1024 / 1024} MB.`);
      }
      refuseBomb(entry.uncompressedSize, entry.compressedSize);
      const content = await contentOf(await zip.openReadStreamPromise(entry));
      yield { name: entry.fileName, content, compressedSize: entry.compressedSize };
    }
  } catch (error) {
    if (error instanceof ArchiveError) throw error;
    throw broken(error as Error);
  } finally {
    zip.close();
  }
}

/** How yauzl is to open files for `entriesOf`: one entry at a time, sizes held to what the directory says. */
export const options = {
  lazyEntries: true,
  autoClose: false,
  validateEntrySizes: true,
  strictFileNames: false,
} as const;

async function contentOf(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > entrySizeMax) throw new ArchiveError(`An entry is larger than ${entrySizeMax / 1024 / 1024} MB.`);
    chunks.push(chunk);
  }
  const content = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    content.set(chunk, at);
    at += chunk.length;
  }
  return content;
}

const broken = (error: Error) => new ArchiveError(`The zip file is broken: ${error.message}`);
const shown = (name: string) => JSON.stringify(name.slice(0, 120));
