import { Refused } from './listing.ts';
import { quoted } from './text.ts';

/** What to do with one member of the top-level object: its elements one by one, its value whole, or nothing. */
export type Wanted = 'elements' | 'value' | 'skip';

interface Taker {
  /** Asked once for each member, as its value starts. An element-wise member that is no array comes as a value. */
  wants(key: string): Wanted;
  onValue(key: string, value: unknown): void;
  onElement(key: string, index: number, value: unknown): void;
}

/** The most bytes of one element or one whole value: this much is held at once. */
const sliceMax = 32 * 1024 * 1024;

const quote = 0x22;
const backslash = 0x5c;

/**
 * Reads one large JSON object in pieces of UTF-8: finds where each wanted element starts and ends by counting brackets outside
 * strings, and gives that slice to JSON.parse. What is skipped is not looked into beyond its brackets and strings.
 * Methods throw `Refused` with the place. Holds one slice at a time.
 */
export class JsonSlicer {
  private readonly taker: Taker;
  private readonly decoder = new TextDecoder('utf-8', { fatal: true });
  private state: 'start' | 'key' | 'colon' | 'value' | 'inside' | 'comma' | 'end' = 'start';
  private depth = 0;
  private inString = false;
  private isEscaped = false;
  private key = '';
  private wanted: Wanted = 'skip';
  private index = 0;
  /** Bytes of the slice being gathered that came in earlier chunks; undefined when nothing is being gathered. */
  private parts: Uint8Array[] | undefined;
  private partsSize = 0;
  private offset = 0;

  constructor(taker: Taker) {
    this.taker = taker;
  }

  write(chunk: Uint8Array): void {
    let at = 0;
    // Where the slice being gathered starts in this chunk.
    let from = 0;
    if (this.offset === 0 && chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf) at = 3;
    while (at < chunk.length) {
      if (this.inString) {
        at = this.endOfString(chunk, at);
        if (this.inString) break;
        // The closing quote ends a key, or a value that is a bare string.
        if (this.state === 'key') {
          this.key = this.slice(chunk, from, at, 'a key') as string;
          this.state = 'colon';
        } else if (this.depth === 1) {
          this.endValue(chunk, from, at);
        }
        continue;
      }
      const byte = chunk[at] as number;
      switch (this.state) {
        case 'inside':
          if (byte === quote) {
            this.inString = true;
          } else if (byte === 0x7b || byte === 0x5b) {
            this.depth++;
          } else if (byte === 0x7d || byte === 0x5d) {
            this.depth--;
            if (this.wanted === 'elements' && this.depth === 1) {
              this.endElement(chunk, from, at);
              this.state = 'comma';
            } else if (this.depth === 1) {
              this.endValue(chunk, from, at + 1);
            } else if (this.depth === 0) {
              // A bare number or word, ended by the brace around it.
              this.endValue(chunk, from, at);
              this.state = 'end';
            }
          } else if (byte === 0x2c && this.wanted === 'elements' && this.depth === 2) {
            this.endElement(chunk, from, at);
            this.begin();
            from = at + 1;
          } else if (byte === 0x2c && this.depth === 1) {
            this.endValue(chunk, from, at);
            this.state = 'key';
          }
          at++;
          break;
        case 'value':
          if (isSpace(byte)) {
            at++;
            break;
          }
          this.wanted = this.taker.wants(this.key);
          this.index = 0;
          this.state = 'inside';
          if (this.wanted === 'elements' && byte === 0x5b) {
            this.depth++;
            at++;
          } else if (this.wanted === 'elements') {
            this.wanted = 'value';
          }
          if (this.wanted !== 'skip') this.begin();
          from = at;
          break;
        default:
          if (!isSpace(byte)) {
            this.between(byte, at);
            if (this.inString) from = at;
          }
          at++;
      }
    }
    if (this.parts !== undefined) {
      this.partsSize += chunk.length - from;
      if (this.partsSize > sliceMax) throw this.refused(`One value is larger than ${sliceMax / 1024 / 1024} MB`, at);
      this.parts.push(chunk.slice(from));
    }
    this.offset += chunk.length;
  }

  end(): void {
    if (this.state !== 'end') throw this.refused('The file ends in the middle', 0);
  }

  /** A byte that is no space, outside of any value. */
  private between(byte: number, at: number): void {
    const { state } = this;
    if (state === 'start' && byte === 0x7b) {
      this.depth = 1;
      this.state = 'key';
    } else if (state === 'key' && byte === quote) {
      this.begin();
      this.inString = true;
    } else if (state === 'colon' && byte === 0x3a) this.state = 'value';
    else if (state === 'comma' && byte === 0x2c) this.state = 'key';
    else if ((state === 'comma' || state === 'key') && byte === 0x7d) {
      this.depth = 0;
      this.state = 'end';
    } else throw this.refused(`${quoted(String.fromCharCode(byte))} is not expected here`, at);
  }

  private begin(): void {
    this.parts = [];
    this.partsSize = 0;
  }

  /** The offset after the closing quote, or the chunk's end while the string goes on. */
  private endOfString(chunk: Uint8Array, start: number): number {
    for (let at = start; at < chunk.length; at++) {
      const byte = chunk[at];
      if (this.isEscaped) this.isEscaped = false;
      else if (byte === backslash) this.isEscaped = true;
      else if (byte === quote) {
        this.inString = false;
        return at + 1;
      }
    }
    return chunk.length;
  }

  private endValue(chunk: Uint8Array, from: number, to: number): void {
    if (this.wanted === 'value') this.taker.onValue(this.key, this.slice(chunk, from, to, this.key));
    this.parts = undefined;
    this.state = 'comma';
  }

  private endElement(chunk: Uint8Array, from: number, to: number): void {
    const path = `${this.key}[${this.index}]`;
    const value = this.slice(chunk, from, to, path, true);
    // Only `[]` has an element of nothing but space.
    if (value !== undefined) this.taker.onElement(this.key, this.index, value);
    this.index++;
    this.parts = undefined;
  }

  private slice(chunk: Uint8Array, from: number, to: number, path: string, mayBeEmpty = false): unknown {
    const parts = this.parts ?? [];
    this.parts = undefined;
    let bytes = chunk.subarray(parts.length > 0 ? 0 : from, to);
    if (parts.length > 0) {
      const whole = new Uint8Array(this.partsSize + bytes.length);
      let offset = 0;
      for (const part of [...parts, bytes]) {
        whole.set(part, offset);
        offset += part.length;
      }
      bytes = whole;
    }
    try {
      const text = this.decoder.decode(bytes);
      if (mayBeEmpty && this.index === 0 && text.trim() === '') return undefined;
      return JSON.parse(text);
    } catch {
      throw new Refused(path, `This is not JSON, or not in UTF-8, near byte ${this.offset + to}.`);
    }
  }

  private refused(message: string, at: number): Refused {
    const path = this.wanted === 'elements' && this.state === 'inside' ? `${this.key}[${this.index}]` : this.key;
    return new Refused(path, `${message}, at byte ${this.offset + at}.`);
  }
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
