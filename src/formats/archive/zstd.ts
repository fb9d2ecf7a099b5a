import { Decompress } from 'fzstd';
import { ArchiveError } from './gzip.ts';

/** What one frame may ask to be held: `zstd --long=27` needs this much, the usual levels at most 8 MB. */
const windowMax = 128 * 1024 * 1024;
/** The decoder counts in 32 bits: a longer frame would be read wrongly (RFC 8878 sets no limit). */
const frameMax = 255 * 1024 * 1024;
/** RFC 8878 section 3.1.1.2.4. */
const blockMax = 128 * 1024;

const remedy = 'Write the file again with smaller frames, or with deflate.';

/**
 * The content of a Zstandard stream (RFC 8878) of any number of frames, piece by piece of at most 128 KB. Throws an ArchiveError when
 * it is broken, cut off, or asks for more than 128 MB of window; what the source throws comes through as it is. How far it may grow is
 * the caller's to bound: honest transcripts that repeat themselves shrink a thousandfold.
 */
export async function* unzstd(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const frames = new FrameReader();
  for await (const chunk of chunks) yield* frames.write(chunk);
  frames.end();
}

/**
 * Follows the frames and blocks from header to header, so that no frame is begun whose window is too large, and hands whole blocks to
 * the decoder, one decoder for each frame.
 */
class FrameReader {
  private rest = new Uint8Array(0);
  private decoder: Decompress | undefined;
  private hasChecksum = false;
  private frameSize = 0;
  /** Bytes to step over: what is left of a skippable frame. */
  private skip = 0;
  private pieces: Uint8Array[] = [];

  write(chunk: Uint8Array): Uint8Array[] {
    this.pieces = [];
    let bytes = chunk;
    if (this.rest.length > 0) {
      bytes = new Uint8Array(this.rest.length + chunk.length);
      bytes.set(this.rest);
      bytes.set(chunk, this.rest.length);
    }
    let at = 0;
    for (;;) {
      const size = this.step(bytes, at);
      if (size === 0) break;
      at += size;
    }
    this.rest = bytes.slice(at);
    return this.pieces;
  }

  end(): void {
    if (this.decoder !== undefined || this.rest.length > 0 || this.skip > 0) {
      throw new ArchiveError('The packed data is cut off in the middle of a Zstandard frame.');
    }
  }

  /** Takes the header or block that starts at `at`; how many bytes that were, 0 where more are needed first. */
  private step(bytes: Uint8Array, at: number): number {
    const left = bytes.length - at;
    if (this.skip > 0) {
      const size = Math.min(this.skip, left);
      this.skip -= size;
      return size;
    }
    return this.decoder === undefined ? this.header(bytes, at, left) : this.block(this.decoder, bytes, at, left);
  }

  /** RFC 8878 section 3.1.1.1. */
  private header(bytes: Uint8Array, at: number, left: number): number {
    if (left < 8) return 0;
    const view = new DataView(bytes.buffer, bytes.byteOffset + at, left);
    const magic = view.getUint32(0, true);
    if (magic >>> 4 === 0x184d2a5) {
      this.skip = view.getUint32(4, true);
      return 8;
    }
    if (magic !== 0xfd2fb528) throw new ArchiveError('The packed data is not Zstandard, though the file says so.');
    const descriptor = view.getUint8(4);
    const isSingle = (descriptor & 0x20) !== 0;
    const dictionarySize = [0, 1, 2, 4][descriptor & 3] as number;
    const contentSizeSize = [isSingle ? 1 : 0, 2, 4, 8][descriptor >> 6] as number;
    const size = 5 + (isSingle ? 0 : 1) + dictionarySize + contentSizeSize;
    if (left < size) return 0;
    if (dictionarySize > 0) throw new ArchiveError(`The packed data needs a dictionary, which is not there. ${remedy}`);
    const window = isSingle ? contentSize(view, 5, contentSizeSize) : windowOf(view.getUint8(5));
    if (window > windowMax) {
      throw new ArchiveError(`The packed data asks for a window of more than ${windowMax / 1024 / 1024} MB. ${remedy}`);
    }
    this.hasChecksum = (descriptor & 4) !== 0;
    this.frameSize = size;
    this.decoder = new Decompress((piece) => {
      if (piece.length > 0) this.pieces.push(piece);
    });
    this.push(this.decoder, bytes.subarray(at, at + size), false);
    return size;
  }

  /** RFC 8878 section 3.1.1.2. */
  private block(decoder: Decompress, bytes: Uint8Array, at: number, left: number): number {
    if (left < 3) return 0;
    const head = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16);
    const isLast = (head & 1) !== 0;
    const type = (head >> 1) & 3;
    const declared = head >> 3;
    if (declared > blockMax || type === 3) throw broken('a block that the format does not know');
    const size = 3 + (type === 1 ? 1 : declared) + (isLast && this.hasChecksum ? 4 : 0);
    if (left < size) return 0;
    this.frameSize += size;
    if (this.frameSize > frameMax) {
      throw new ArchiveError(`A Zstandard frame is larger than ${frameMax / 1024 / 1024} MB. ${remedy}`);
    }
    // The decoder takes a block with what comes before it; a frame's end is told apart by `final`.
    this.push(decoder, bytes.subarray(at, at + size), isLast);
    if (isLast) this.decoder = undefined;
    return size;
  }

  private push(decoder: Decompress, bytes: Uint8Array, final: boolean): void {
    try {
      // The decoder keeps what it cannot use yet, and this buffer is used again.
      decoder.push(bytes.slice(), final);
    } catch (error) {
      throw broken((error as Error).message);
    }
  }
}

const broken = (why: string) => new ArchiveError(`The packed data is broken: ${why}.`);

/** RFC 8878 section 3.1.1.1.2. */
function windowOf(byte: number): number {
  const base = 2 ** (10 + (byte >> 3));
  return base + (base / 8) * (byte & 7);
}

/** RFC 8878 section 3.1.1.1.4. */
function contentSize(view: DataView, at: number, size: number): number {
  if (size === 1) return view.getUint8(at);
  if (size === 2) return view.getUint16(at, true) + 256;
  if (size === 4) return view.getUint32(at, true);
  return Number(view.getBigUint64(at, true));
}
