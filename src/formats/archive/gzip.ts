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

/**
 * The content of a gzip stream, piece by piece. Throws an ArchiveError when it is broken, cut off, or grows more than
 * `ratioMax` times; what the source throws comes through as it is.
 */
export function gunzip(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  return unpack(chunks, 'gzip', 'The gzip file is broken');
}

/** The bytes, unpacked if they begin as gzip does, whatever the name of their file. Bounds and errors are those of `gunzip`. */
export async function* gunzipIfPacked(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const source = chunks[Symbol.asyncIterator]();
  const first = await source.next();
  if (first.done) return;
  const all = (async function* () {
    yield first.value;
    for (let next = await source.next(); !next.done; next = await source.next()) yield next.value;
  })();
  yield* isGzip(first.value) ? gunzip(all) : all;
}

/** A stream that unpacks bare deflate, as Node's zlib makes them: in larger pieces than the platform's, so with fewer turns. */
export interface Inflater extends AsyncIterable<Uint8Array> {
  write(chunk: Uint8Array, done: () => void): boolean;
  end(): unknown;
  destroy(error?: Error): unknown;
  readonly destroyed: boolean;
}

/**
 * The content of a bare deflate stream (RFC 1951), as zip files hold it, by `inflater` where the machine has one. Bounds and errors are
 * those of `gunzip`.
 */
export function inflate(chunks: AsyncIterable<Uint8Array>, inflater?: Inflater): AsyncGenerator<Uint8Array> {
  const complaint = 'The packed data is broken';
  return inflater === undefined ? unpack(chunks, 'deflate-raw', complaint) : through(chunks, inflater, complaint);
}

async function* through(
  chunks: AsyncIterable<Uint8Array>,
  inflater: Inflater,
  complaint: string,
): AsyncGenerator<Uint8Array> {
  let read = 0;
  let written = 0;
  let fault: { error: unknown } | undefined;
  const feeding = (async () => {
    try {
      for await (const chunk of chunks) {
        read += chunk.length;
        // Called when the chunk is taken, and when the stream is given up.
        await new Promise<void>((resolve) => inflater.write(chunk, () => resolve()));
        if (inflater.destroyed) return;
      }
      inflater.end();
    } catch (error) {
      fault = { error };
      inflater.destroy(new Error('The source failed.'));
    }
  })();
  try {
    for await (const piece of inflater) {
      written += piece.length;
      refuseBomb(written, read);
      yield piece;
    }
  } catch (error) {
    if (error instanceof ArchiveError) throw error;
    if (fault !== undefined) throw fault.error;
    throw new ArchiveError(`${complaint}: ${(error as Error).message}.`);
  } finally {
    inflater.destroy();
    await feeding;
  }
}

async function* unpack(
  chunks: AsyncIterable<Uint8Array>,
  format: CompressionFormat,
  complaint: string,
): AsyncGenerator<Uint8Array> {
  const stream = new DecompressionStream(format);
  const writer = stream.writable.getWriter();
  const reader = stream.readable.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  let read = 0;
  let fault: { error: unknown } | undefined;
  const feeding = feed(chunks, writer, (size) => {
    read += size;
  }).catch((error) => {
    fault = { error };
    return writer.abort(error).catch(() => {});
  });
  let written = 0;
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      written += value.length;
      refuseBomb(written, read);
      yield value;
    }
  } catch (error) {
    if (error instanceof ArchiveError) throw error;
    if (fault !== undefined) throw fault.error;
    throw new ArchiveError(`${complaint}: ${(error as Error).message}.`);
  } finally {
    await reader.cancel().catch(() => {});
    await writer.abort().catch(() => {});
    await feeding;
  }
}

/** Writes all chunks. Rejects only with what the source throws: faults of the stream itself are the reader's to tell. */
async function feed(
  chunks: AsyncIterable<Uint8Array>,
  writer: WritableStreamDefaultWriter,
  onRead: (size: number) => void,
): Promise<void> {
  for await (const chunk of chunks) {
    onRead(chunk.length);
    try {
      await writer.write(chunk);
    } catch {
      return;
    }
  }
  await writer.close().catch(() => {});
}

/** Throws an ArchiveError when output and input are out of proportion, in bytes. */
export function refuseBomb(written: number, read: number): void {
  if (written > ratioFreeBytes && written > read * ratioMax) {
    throw new ArchiveError(`The file grows more than ${ratioMax} times when it is unpacked. It was not read further.`);
  }
}
