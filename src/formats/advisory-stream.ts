import type { Problem } from '../domain/problem.ts';

/** One document of a stream of advisories: its text, or why there is none. */
export interface Item {
  /** Its place in the stream, from 1. */
  number: number;
  /** Bytes of the stream up to its end. */
  end: number;
  text?: string;
  problem?: Problem;
}

/** The most bytes of one document: this much is held at once. */
export const itemSizeMax = 20 * 1024 * 1024;

const newline = 0x0a;
const quote = 0x22;
const backslash = 0x5c;
const braceOpen = 0x7b;
const braceClose = 0x7d;

/**
 * Cuts a stream of bytes into its documents without parsing them: JSON lines, one JSON document, a JSON array of
 * documents, several documents after one another, or the lines of a CSV file. Holds one document at a time; one that is
 * too large, or no UTF-8, is an item with a problem, and the next one follows.
 */
export async function* itemsOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Item> {
  const source = chunks[Symbol.asyncIterator]();
  const head: Uint8Array[] = [];
  let size = 0;
  // The first lines tell lines from documents that span lines; 64 kB hold them or the document is one of the latter.
  while (size < 65_536) {
    const { value, done } = await source.next();
    if (done) break;
    head.push(value);
    size += value.length;
  }
  const isLines = looksLikeLines(new TextDecoder().decode(joined(head)));
  const all = (async function* () {
    yield* head;
    for (let next = await source.next(); !next.done; next = await source.next()) yield next.value;
  })();
  const slices = isLines ? lines(all) : objects(all);
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let number = 0;
  for await (const { bytes, end } of slices) {
    if (bytes === undefined) {
      const message = `The document is larger than ${itemSizeMax / 1024 / 1024} MB, or ends in the middle.`;
      yield { number: ++number, end, problem: { path: '', message } };
      continue;
    }
    let text: string;
    try {
      text = decoder.decode(bytes);
    } catch {
      yield { number: ++number, end, problem: { path: '', message: 'The document is not in UTF-8.' } };
      continue;
    }
    if (text.trim() !== '') yield { number: ++number, end, text };
  }
}

/** True for JSON lines and for anything that is no JSON; false for documents that span lines. */
function looksLikeLines(head: string): boolean {
  const [first = '', second] = head
    .replace(/^\ufeff/, '')
    .trimStart()
    .split('\n', 2);
  if (!/^[[{]/.test(first)) return true;
  if (first.startsWith('[')) return false;
  // In a document that spans lines the second line starts with a key, not with another object.
  if (second?.trimStart().startsWith('{')) return true;
  try {
    JSON.parse(first);
    return true;
  } catch {
    return false;
  }
}

/** `bytes` is absent for a slice that is too large or cut off. */
interface Slice {
  bytes?: Uint8Array;
  end: number;
}

async function* lines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Slice> {
  let parts: Uint8Array[] = [];
  let size = 0;
  let offset = 0;
  const take = (end: number): Slice => {
    const slice = size > itemSizeMax ? { end } : { bytes: joined(parts), end };
    parts = [];
    size = 0;
    return slice;
  };
  const add = (part: Uint8Array): void => {
    size += part.length;
    // What is too large is counted, not kept.
    if (size <= itemSizeMax) parts.push(part);
    else parts = [];
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, from)) {
      add(chunk.subarray(from, at));
      from = at + 1;
      yield take(offset + from);
    }
    if (from < chunk.length) add(chunk.subarray(from));
    offset += chunk.length;
  }
  if (size > 0) yield take(offset);
}

/** Top-level objects, whatever stands between them: the brackets and commas of an array, or space. */
async function* objects(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Slice> {
  let parts: Uint8Array[] = [];
  let size = 0;
  let offset = 0;
  let depth = 0;
  let isInString = false;
  let isEscaped = false;
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at];
      if (isInString) {
        if (isEscaped) isEscaped = false;
        else if (byte === backslash) isEscaped = true;
        else if (byte === quote) isInString = false;
      } else if (byte === quote) {
        if (depth > 0) isInString = true;
      } else if (byte === braceOpen) {
        if (depth++ === 0) from = at;
      } else if (byte === braceClose && depth > 0 && --depth === 0) {
        const last = chunk.subarray(from, at + 1);
        const end = offset + at + 1;
        yield size + last.length > itemSizeMax ? { end } : { bytes: joined([...parts, last]), end };
        parts = [];
        size = 0;
      }
    }
    if (depth > 0) {
      const rest = chunk.subarray(from);
      size += rest.length;
      if (size <= itemSizeMax) parts.push(rest);
      else parts = [];
    }
    offset += chunk.length;
  }
  if (depth > 0) yield { end: offset };
}

function joined(parts: Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0] as Uint8Array;
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
