import { crc32 } from './crc32.ts';
import { ArchiveError, type Inflater, inflate, ratioMax } from './gzip.ts';
import { entriesMax } from './zip.ts';
import { unzstd } from './zstd.ts';

/** A file, or anything else of known size, that gives any range of its bytes. */
export interface ByteSource {
  size: number;
  /** Exactly `length` bytes from `offset`. The caller asks for nothing beyond `size`. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** Makes a stream that unpacks deflate, where there is a faster one than the platform's. */
  inflater?(): Inflater;
}

/** Where one entry of a zip lies. Sizes in bytes. The name is a key, never a path. */
export interface DirectoryEntry {
  offset: number;
  method: number;
  isEncrypted: boolean;
  crc: number;
  packedSize: number;
  size: number;
}

export interface ZipDirectory {
  /** By name; of entries with the same name the last one stands. */
  entries: Map<string, DirectoryEntry>;
  /** How many entries gave way to a later one of their name. */
  repeated: number;
}

/** The list of names may take this much: a million entries of 200 letters each. */
const directorySizeMax = 256 * 1024 * 1024;
/** Below this much output in all, the ratio of a file to what it unpacks to says nothing. */
const ratioFreeBytes = 1024 * 1024 * 1024;
const pieceSize = 256 * 1024;
const endSize = 22;
const commentMax = 65_535;

const cutOff = 'The file was cut off or is not a zip: copy it again from where it was written.';

/**
 * The entries of a zip file (APPNOTE 6.3), by its central directory, with zip64. Nothing is unpacked. Throws an ArchiveError for more
 * than a million entries, entries that lie over one another, or sizes that no honest file reaches.
 */
export async function directoryOf(source: ByteSource): Promise<ZipDirectory> {
  const { count, offset, size } = await endRecord(source);
  if (count > entriesMax)
    throw new ArchiveError(`The zip file says it holds ${count} entries; ${entriesMax} are read.`);
  if (size > directorySizeMax || size < count * 46 || offset + size > source.size) {
    throw new ArchiveError(`The zip file's list of entries does not fit into the file. ${cutOff}`);
  }
  const entries = new Map<string, DirectoryEntry>();
  const reader = new DirectoryReader(source, offset, offset + size);
  let repeated = 0;
  let packed = 0;
  let unpacked = 0;
  for (let index = 0; index < count; index++) {
    const { name, entry } = await reader.next();
    packed += 30 + entry.packedSize;
    unpacked += entry.size;
    if (entries.delete(name)) repeated++;
    entries.set(name, entry);
  }
  if (packed > source.size)
    throw new ArchiveError('Entries of the zip file lie over one another. It was not read further.');
  if (unpacked > ratioFreeBytes && unpacked > source.size * ratioMax) {
    throw new ArchiveError(`The file grows more than ${ratioMax} times when it is unpacked. It was not read further.`);
  }
  return { entries, repeated };
}

/**
 * The content of one entry, piece by piece: stored, deflate (8) or Zstandard (93). Throws an ArchiveError where the content is not what
 * the directory says, in size and CRC-32; the check ends with the last piece.
 */
export async function* contentOf(source: ByteSource, entry: DirectoryEntry): AsyncGenerator<Uint8Array> {
  if (entry.isEncrypted) throw new ArchiveError('An entry is encrypted. Save the file without a password.');
  const packed = packedOf(source, entry);
  const pieces =
    entry.method === 0
      ? packed
      : entry.method === 8
        ? inflate(packed, source.inflater?.())
        : entry.method === 93
          ? unzstd(packed)
          : undefined;
  if (pieces === undefined) {
    throw new ArchiveError(`An entry is packed by method ${entry.method}. Save the file with deflate or Zstandard.`);
  }
  let size = 0;
  let crc = 0;
  for await (const piece of pieces) {
    size += piece.length;
    if (size > entry.size) throw new ArchiveError('An entry is larger than the zip file says.');
    crc = crc32(piece, crc);
    yield piece;
  }
  if (size !== entry.size || crc !== entry.crc) {
    throw new ArchiveError('The content of an entry is damaged: its size or checksum differs. Copy the file again.');
  }
}

async function* packedOf(source: ByteSource, entry: DirectoryEntry): AsyncGenerator<Uint8Array> {
  if (entry.offset + 30 > source.size) throw new ArchiveError(`An entry lies beyond the end. ${cutOff}`);
  const head = viewOf(await source.read(entry.offset, 30));
  if (head.getUint32(0, true) !== 0x04034b50) throw new ArchiveError(`An entry is not where the list says. ${cutOff}`);
  const start = entry.offset + 30 + head.getUint16(26, true) + head.getUint16(28, true);
  const end = start + entry.packedSize;
  if (end > source.size) throw new ArchiveError(`An entry lies beyond the end. ${cutOff}`);
  for (let at = start; at < end; at += pieceSize) yield await source.read(at, Math.min(pieceSize, end - at));
}

/** APPNOTE sections 4.3.14 to 4.3.16. */
async function endRecord(source: ByteSource): Promise<{ count: number; offset: number; size: number }> {
  const length = Math.min(source.size, endSize + commentMax);
  const start = source.size - length;
  const tail = viewOf(await source.read(start, length));
  let at = length - endSize;
  while (
    at >= 0 &&
    !(tail.getUint32(at, true) === 0x06054b50 && at + endSize + tail.getUint16(at + 20, true) <= length)
  ) {
    at--;
  }
  if (at < 0) throw new ArchiveError(`The file has no list of entries at its end. ${cutOff}`);
  const record = {
    count: tail.getUint16(at + 10, true),
    size: tail.getUint32(at + 12, true),
    offset: tail.getUint32(at + 16, true),
  };
  const isFull = record.count === 0xffff || record.size === 0xffffffff || record.offset === 0xffffffff;
  if (!isFull || at < 20 || tail.getUint32(at - 20, true) !== 0x07064b50) return record;
  const wide = Number(tail.getBigUint64(at - 12, true));
  if (wide + 56 > source.size) throw new ArchiveError(`The zip64 record lies beyond the end. ${cutOff}`);
  const view = viewOf(await source.read(wide, 56));
  if (view.getUint32(0, true) !== 0x06064b50)
    throw new ArchiveError(`The zip64 record is not where it should be. ${cutOff}`);
  return {
    count: Number(view.getBigUint64(32, true)),
    size: Number(view.getBigUint64(40, true)),
    offset: Number(view.getBigUint64(48, true)),
  };
}

/** Reads the central directory in pieces (APPNOTE section 4.3.12). */
class DirectoryReader {
  private readonly source: ByteSource;
  private at: number;
  private readonly end: number;
  private piece: Uint8Array = new Uint8Array(0);
  private pieceStart = 0;
  private readonly decoder = new TextDecoder();

  constructor(source: ByteSource, start: number, end: number) {
    this.source = source;
    this.at = start;
    this.end = end;
  }

  async next(): Promise<{ name: string; entry: DirectoryEntry }> {
    const head = viewOf(await this.take(46));
    if (head.getUint32(0, true) !== 0x02014b50)
      throw new ArchiveError(`The zip file's list of entries is broken. ${cutOff}`);
    const nameSize = head.getUint16(28, true);
    const extraSize = head.getUint16(30, true);
    const rest = await this.take(nameSize + extraSize + head.getUint16(32, true));
    const entry: DirectoryEntry = {
      isEncrypted: (head.getUint16(8, true) & 1) !== 0,
      method: head.getUint16(10, true),
      crc: head.getUint32(16, true),
      packedSize: head.getUint32(20, true),
      size: head.getUint32(24, true),
      offset: head.getUint32(42, true),
    };
    widen(entry, viewOf(rest.subarray(nameSize, nameSize + extraSize)));
    return { name: this.decoder.decode(rest.subarray(0, nameSize)), entry };
  }

  private async take(length: number): Promise<Uint8Array> {
    if (this.at + length > this.end) throw new ArchiveError(`The zip file's list of entries is cut off. ${cutOff}`);
    let from = this.at - this.pieceStart;
    if (from + length > this.piece.length) {
      this.pieceStart = this.at;
      this.piece = await this.source.read(this.at, Math.min(Math.max(length, 1024 * 1024), this.end - this.at));
      from = 0;
    }
    this.at += length;
    return this.piece.subarray(from, from + length);
  }
}

/** Sizes and offset that did not fit into 32 bits (APPNOTE section 4.5.3). */
function widen(entry: DirectoryEntry, extra: DataView): void {
  for (let at = 0; at + 4 <= extra.byteLength; ) {
    const id = extra.getUint16(at, true);
    const end = at + 4 + extra.getUint16(at + 2, true);
    at += 4;
    if (id === 1 && end <= extra.byteLength) {
      for (const field of ['size', 'packedSize', 'offset'] as const) {
        if (entry[field] !== 0xffffffff || at + 8 > end) continue;
        entry[field] = Number(extra.getBigUint64(at, true));
        at += 8;
      }
    }
    at = end;
  }
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
