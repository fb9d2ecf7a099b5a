import { createHash } from 'node:crypto';
import {
  createReadStream,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { open as openFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Answer, type Outbound, OutboundError } from '../outbound.ts';

/** Why a feed could not be read; the message is for the operator. */
export class FeedError extends Error {}

/** What a feed said of its content, to be asked with next time. */
export interface Validators {
  etag?: string | undefined;
  lastModified?: string | undefined;
}

export interface Wanted extends Validators {
  url: string;
  /** Where the content goes; a part of it lies beside it until it is whole. */
  file: string;
  bytesMax: number;
  signal?: AbortSignal | undefined;
}

const attemptsMax = 5;

/**
 * Downloads a file, or tells that it has not changed. A download that is cut off goes on where it stopped (RFC 9110
 * section 14.2, with If-Range), at once and in a later run; when the content has changed meanwhile it starts anew.
 */
export async function download(outbound: Outbound, wanted: Wanted): Promise<Validators | undefined> {
  const part = `${wanted.file}.part`;
  const note = `${wanted.file}.part.json`;
  mkdirSync(dirname(wanted.file), { recursive: true });
  for (let attempt = 1; ; attempt++) {
    const begun = readNote(note, wanted.url);
    const size = begun?.etag !== undefined && existsSync(part) ? statSync(part).size : 0;
    const answer = await outbound.request({
      url: wanted.url,
      bytesMax: wanted.bytesMax,
      ...(wanted.signal === undefined ? {} : { signal: wanted.signal }),
      headers: {
        // A range is one of the bytes as they are.
        'accept-encoding': 'identity',
        ...(size > 0 && begun?.etag !== undefined ? { range: `bytes=${size}-`, 'if-range': begun.etag } : {}),
      },
      ...(size > 0 ? {} : conditions(wanted)),
    });
    if (answer.status === 304) {
      answer.body.destroy();
      return undefined;
    }
    if (answer.status === 416) {
      answer.body.destroy();
      forget(part, note);
      continue;
    }
    const isContinued = answer.status === 206 && answer.headers['content-range']?.startsWith(`bytes ${size}-`) === true;
    if (answer.status !== 200 && !isContinued) {
      answer.body.destroy();
      throw new FeedError(`${wanted.url} answers with status ${answer.status}.`);
    }
    const validators = validatorsOf(answer);
    // Weak validators promise the same meaning, not the same bytes.
    const strong = validators.etag?.startsWith('W/') === true ? undefined : validators.etag;
    writeFileSync(note, JSON.stringify({ url: wanted.url, etag: strong }));
    try {
      await append(answer.body, part, isContinued);
      renameSync(part, wanted.file);
      rmSync(note, { force: true });
      return validators;
    } catch (error) {
      if (error instanceof OutboundError) forget(part, note);
      if (error instanceof OutboundError || wanted.signal?.aborted || attempt === attemptsMax)
        throw asFeedError(error, wanted.url);
    }
  }
}

/** Piece by piece, so that what came before a break is on disk when it comes. */
async function append(body: AsyncIterable<Uint8Array>, part: string, isContinued: boolean): Promise<void> {
  const file = await openFile(part, isContinued ? 'a' : 'w');
  try {
    for await (const chunk of body) await file.write(chunk);
  } finally {
    await file.close();
  }
}

/** A small document as text, or nothing when it has not changed. Throws a FeedError for any other answer than success. */
export async function fetchText(
  outbound: Outbound,
  wanted: Validators & { url: string; bytesMax: number; signal?: AbortSignal | undefined },
): Promise<({ text: string } & Validators) | undefined> {
  for (let attempt = 1; ; attempt++) {
    try {
      const answer = await outbound.bytes({
        url: wanted.url,
        bytesMax: wanted.bytesMax,
        ...(wanted.signal === undefined ? {} : { signal: wanted.signal }),
        ...conditions(wanted),
      });
      if (answer.status === 304) return undefined;
      if (answer.status !== 200) throw new FeedError(`${wanted.url} answers with status ${answer.status}.`);
      return { text: new TextDecoder('utf-8').decode(answer.content), ...validatorsOf(answer) };
    } catch (error) {
      if (
        error instanceof FeedError ||
        error instanceof OutboundError ||
        wanted.signal?.aborted ||
        attempt === attemptsMax
      ) {
        throw asFeedError(error, wanted.url);
      }
    }
  }
}

/** SHA-256 of a file, in hexadecimal. */
export async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}

const conditions = ({ etag, lastModified }: Validators) => ({
  ...(etag === undefined ? {} : { etag }),
  ...(lastModified === undefined ? {} : { lastModified }),
});

function validatorsOf(answer: Answer): Validators {
  return { etag: answer.etag, lastModified: answer.lastModified };
}

function readNote(note: string, url: string): { etag?: string } | undefined {
  try {
    const begun = JSON.parse(readFileSync(note, 'utf8')) as { url: string; etag?: string };
    return begun.url === url ? begun : undefined;
  } catch {
    return undefined;
  }
}

function forget(...files: string[]): void {
  for (const file of files) rmSync(file, { force: true });
}

function asFeedError(error: unknown, url: string): Error {
  if (error instanceof FeedError || error instanceof OutboundError) return error;
  return new FeedError(`${url} could not be read: ${(error as Error).message}`);
}
