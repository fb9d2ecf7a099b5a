import type { JsonObject } from './json.ts';

/**
 * Which members of an object a reader looks at: whole (`true`), or a part of each. An array stands for its elements. May lead back
 * to itself, for objects inside objects of their own kind.
 */
export class Wanted {
  /** By length and first letter of the key: few keys share both, so that a key is known without being cut out of the text. */
  private readonly keys: ({ key: string; part: Wanted | true }[] | undefined)[] = new Array(32 * 128);

  constructor(members: { readonly [key: string]: Wanted | true }) {
    for (const [key, part] of Object.entries(members)) this.add(key, part);
  }

  /** Keys of up to 31 letters, in ASCII. */
  add(key: string, part: Wanted | true): void {
    const place = key.length * 128 + key.charCodeAt(0);
    this.keys[place] = [...(this.keys[place] ?? []), { key, part }];
  }

  find(text: string, start: number, end: number): { key: string; part: Wanted | true } | undefined {
    const length = end - start;
    const first = text.charCodeAt(start);
    if (length > 31 || first > 127) return undefined;
    const keys = this.keys[length * 128 + first];
    if (keys === undefined) return undefined;
    for (const one of keys) if (text.startsWith(one.key, start)) return one;
    return undefined;
  }
}

/** One array of the top-level object whose elements are handed over one by one, so that none need be kept. */
export interface Elements {
  key: string;
  part: Wanted;
  /** `before` holds the wanted members that stand before the array. */
  take(value: unknown, index: number, before: JsonObject): void;
  /** Wanted members that may stand after the array; with others there the document is left alone. */
  mayFollow: ReadonlySet<string>;
}

/**
 * A JSON object (RFC 8259) as `JSON.parse` gives it, but only the wanted members: the others are read over, by the same grammar, and
 * never built. Where most of a document goes unread this is faster than `JSON.parse` and holds less. Takes UTF-8 and its text.
 * Undefined for what is faulty, no object, or out of the ordinary (nested very deeply, keys with escapes, members out of order):
 * `JSON.parse` has the word there, and elements that were taken must be dropped.
 */
export function parsePart(bytes: Uint8Array, text: string, wanted: Wanted, elements: Elements): JsonObject | undefined {
  try {
    return new PartReader(bytes, text, elements).document(wanted);
  } catch (error) {
    if (error !== leftToParse) throw error;
    return undefined;
  }
}

const leftToParse = new Error('Left to JSON.parse.');
const depthMax = 500;

const quote = 0x22;
const backslash = 0x5c;

/** Bytes of a string that need no second look. */
const isOrdinary = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x20 && byte < 0x80 && byte !== quote && byte !== backslash ? 1 : 0,
);

class PartReader {
  private readonly bytes: Uint8Array;
  private readonly text: string;
  /** Where the reader stands, in bytes. */
  private at = 0;
  /** How much less that is in characters of the text: what UTF-8 takes more bytes for than UTF-16 takes units. */
  private shift = 0;
  /** Whether the string read last has escapes in it. */
  private isEscaped = false;

  private readonly elements: Elements;
  private isTaken = false;

  constructor(bytes: Uint8Array, text: string, elements: Elements) {
    this.elements = elements;
    this.bytes = bytes;
    this.text = text;
    // The byte order mark is no part of the text.
    if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) this.at = this.shift = 3;
  }

  document(wanted: Wanted): JsonObject {
    this.space();
    if (this.bytes[this.at] !== 0x7b) throw leftToParse;
    const { elements } = this;
    const object: Record<string, unknown> = {};
    for (let isMore = this.opens(0x7d); isMore; isMore = this.goesOn(0x7d)) {
      const found = this.member(wanted);
      if (found === undefined) this.over(1);
      else if (this.isTaken && !elements.mayFollow.has(found.key)) throw leftToParse;
      else if (found.key === elements.key && this.bytes[this.at] === 0x5b) this.take(object);
      else object[found.key] = this.value(found.part, 1);
    }
    this.space();
    if (this.at !== this.bytes.length) throw leftToParse;
    return object;
  }

  private take(before: JsonObject): void {
    const { part, take } = this.elements;
    this.isTaken = true;
    let index = 0;
    for (let isMore = this.opens(0x5d); isMore; isMore = this.goesOn(0x5d)) take(this.value(part, 2), index++, before);
  }

  /** The value that starts here, in so far as it is wanted. */
  private value(wanted: Wanted | true, depth: number): unknown {
    const code = this.bytes[this.at];
    const start = this.at - this.shift;
    if (code === quote) {
      this.string();
      const end = this.at - this.shift;
      return this.isEscaped ? JSON.parse(this.text.slice(start, end)) : this.text.slice(start + 1, end - 1);
    }
    if (wanted === true || (code !== 0x7b && code !== 0x5b)) {
      this.over(depth);
      return JSON.parse(this.text.slice(start, this.at - this.shift));
    }
    if (depth > depthMax) throw leftToParse;
    return code === 0x7b ? this.object(wanted, depth) : this.array(wanted, depth);
  }

  private object(wanted: Wanted, depth: number): unknown {
    const object: Record<string, unknown> = {};
    for (let isMore = this.opens(0x7d); isMore; isMore = this.goesOn(0x7d)) {
      const found = this.member(wanted);
      if (found === undefined) this.over(depth + 1);
      else object[found.key] = this.value(found.part, depth + 1);
    }
    return object;
  }

  private array(wanted: Wanted, depth: number): unknown[] {
    const array: unknown[] = [];
    for (let isMore = this.opens(0x5d); isMore; isMore = this.goesOn(0x5d)) array.push(this.value(wanted, depth + 1));
    return array;
  }

  /** Reads over the value that starts here. */
  private over(depth: number): void {
    const code = this.bytes[this.at];
    if (code === quote) this.string();
    else if (code === 0x7b || code === 0x5b) {
      if (depth > depthMax) throw leftToParse;
      const closing = code === 0x7b ? 0x7d : 0x5d;
      for (let isMore = this.opens(closing); isMore; isMore = this.goesOn(closing)) {
        if (closing === 0x7d) {
          if (this.bytes[this.at] !== quote) throw leftToParse;
          this.string();
          this.colon();
        }
        this.over(depth + 1);
      }
    } else {
      literal.lastIndex = this.at - this.shift;
      if (!literal.test(this.text)) throw leftToParse;
      this.at = literal.lastIndex + this.shift;
    }
  }

  /** Steps into a bracket, and over the closing one when nothing is inside. */
  private opens(closing: number): boolean {
    this.at++;
    this.space();
    if (this.bytes[this.at] !== closing) return true;
    this.at++;
    return false;
  }

  /** After a value inside a bracket: steps over the comma to the next, or over the closing bracket. */
  private goesOn(closing: number): boolean {
    this.space();
    const code = this.bytes[this.at++];
    if (code === closing) return false;
    if (code !== 0x2c) throw leftToParse;
    this.space();
    return true;
  }

  /** Steps over a key to its value; what is wanted of it, if anything. */
  private member(wanted: Wanted) {
    const start = this.at + 1 - this.shift;
    if (this.bytes[this.at] !== quote) throw leftToParse;
    this.string();
    if (this.isEscaped) throw leftToParse;
    const end = this.at - 1 - this.shift;
    this.colon();
    return wanted.find(this.text, start, end);
  }

  private colon(): void {
    this.space();
    if (this.bytes[this.at++] !== 0x3a) throw leftToParse;
    this.space();
  }

  private string(): void {
    const { bytes } = this;
    const { length } = bytes;
    this.isEscaped = false;
    for (let at = this.at + 1; at < length; at++) {
      const byte = bytes[at]!;
      if (isOrdinary[byte] === 1) continue;
      if (byte === quote) {
        this.at = at + 1;
        return;
      }
      if (byte >= 0x80) {
        // Every byte that goes on with a character is one more than there are units; a character of four bytes takes two.
        if (byte < 0xc0) this.shift++;
        else if (byte >= 0xf0) this.shift--;
      } else if (byte === backslash) {
        this.isEscaped = true;
        escapeSequence.lastIndex = at - this.shift;
        if (!escapeSequence.test(this.text)) throw leftToParse;
        at = escapeSequence.lastIndex + this.shift - 1;
      } else throw leftToParse;
    }
    throw leftToParse;
  }

  private space(): void {
    const { bytes } = this;
    for (let byte = bytes[this.at]!; byte <= 0x20; byte = bytes[++this.at]!) {
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return;
    }
  }
}

const literal = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const escapeSequence = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
