import { Refused } from '../listing.ts';
import { quoted } from '../text.ts';

/** What to do with a value: step into it and ask again for each member, take it whole, or read over it. */
export type Plan = 'enter' | 'value' | 'skip';

/** Keys and indexes that lead to a value, from the top. */
export type Path = readonly (string | number)[];

export interface Taken {
  path: Path;
  /** Undefined where a bracket closes. */
  value: unknown;
  /** Where it stands in the document, in bytes. */
  start: number;
  end: number;
}

/** The most bytes of one value that is taken whole: this much is held at once. */
export const valueSizeMax = 32 * 1024 * 1024;
/** Brackets within brackets. Real logs stay below 60. */
const depthMax = 500;
const keySizeMax = 64 * 1024;

const quote = 0x22;
const backslash = 0x5c;

/**
 * Walks one JSON document (RFC 8259, and the NaN and Infinity that Python writes) in pieces of UTF-8, of any size, and takes the values
 * that `plan` asks for, each through JSON.parse, and tells where brackets that were entered close. `plan` is asked as a value starts; its path is valid only during the call. NaN and the
 * infinities come out as null. What is read over is not looked into beyond its brackets and strings. Methods throw `Refused`.
 */
export class JsonWalker {
  private readonly plan: (path: Path) => Plan;
  private readonly decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  private state: 'value' | 'inside' | 'after' | 'key' | 'colon' | 'end' = 'value';
  private readonly path: (string | number)[] = [];
  /** For each bracket that was entered, whether it is an array. */
  private readonly brackets: boolean[] = [];
  private readonly starts: number[] = [];
  /** Whether a closing bracket may come in place of a value or key: only right after the opening one. */
  private mayClose = false;
  private isTaking = false;
  /** Brackets open within the value being taken or read over. */
  private inner = 0;
  private inString = false;
  private isEscaped = false;
  /** Bytes of the value or key being gathered that came in earlier chunks. */
  private parts: Uint8Array[] = [];
  private partsSize = 0;
  private offset = 0;
  private taken: Taken[] = [];

  constructor(plan: (path: Path) => Plan) {
    this.plan = plan;
  }

  /** Takes the next piece; gives what was completed in it. */
  write(chunk: Uint8Array): Taken[] {
    this.taken = [];
    let at = 0;
    /** Where the value or key being gathered starts in this chunk. */
    let from = 0;
    if (this.offset === 0 && chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf) at = 3;
    const { length } = chunk;
    while (at < length) {
      if (this.inString) {
        at = this.endOfString(chunk, at);
        if (this.inString) break;
        if (this.state === 'key') {
          this.path[this.path.length - 1] = this.text(chunk, from, at) as string;
          this.state = 'colon';
        } else if (this.inner === 0) this.endValue(chunk, from, at);
        continue;
      }
      if (this.state === 'inside') {
        at = this.inside(chunk, at, from);
        continue;
      }
      const byte = chunk[at]!;
      if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) {
        at++;
        continue;
      }
      switch (this.state) {
        case 'value': {
          if (byte === 0x5d && this.mayClose) {
            this.close(at);
            at++;
            break;
          }
          const plan = this.plan(this.path);
          if (plan === 'enter' && (byte === 0x7b || byte === 0x5b)) {
            this.open(byte === 0x5b, at);
            at++;
            break;
          }
          this.mayClose = false;
          this.isTaking = plan !== 'skip';
          this.inner = 0;
          this.state = 'inside';
          from = at;
          break;
        }
        case 'key':
          if (byte === 0x7d && this.mayClose) this.close(at);
          else if (byte === quote) {
            this.isTaking = true;
            this.inString = true;
            from = at;
          } else throw this.refused('a key in double quotes is expected', at);
          at++;
          break;
        case 'colon':
          if (byte !== 0x3a) throw this.refused('":" is expected', at);
          this.state = 'value';
          this.mayClose = false;
          at++;
          break;
        case 'after': {
          const isArray = this.brackets.at(-1) as boolean;
          if (byte === 0x2c) {
            if (isArray) (this.path[this.path.length - 1] as number)++;
            this.state = isArray ? 'value' : 'key';
            this.mayClose = false;
          } else if (byte === (isArray ? 0x5d : 0x7d)) this.close(at);
          else throw this.refused(`"," or "${isArray ? ']' : '}'}" is expected`, at);
          at++;
          break;
        }
        case 'end':
          throw this.refused('something follows after the end', at);
      }
    }
    const isGathering = this.isTaking && (this.state === 'inside' || (this.state === 'key' && this.inString));
    if (isGathering) {
      this.partsSize += length - from;
      const max = this.state === 'key' ? keySizeMax : valueSizeMax;
      if (this.partsSize > max) throw this.refused(`one value is larger than ${max / 1024} KB`, length);
      this.parts.push(chunk.slice(from));
    }
    this.offset += length;
    return this.taken;
  }

  /** To be called after the last piece. */
  end(): void {
    if (this.state !== 'end') throw this.refused('the file ends in the middle', 0);
  }

  private open(isArray: boolean, at: number): void {
    this.brackets.push(isArray);
    this.starts.push(this.offset + at);
    this.path.push(isArray ? 0 : '');
    if (this.brackets.length > depthMax) throw this.refused(`brackets are nested more than ${depthMax} deep`, at);
    this.state = isArray ? 'value' : 'key';
    this.mayClose = true;
  }

  private close(at: number): void {
    this.brackets.pop();
    this.path.pop();
    const start = this.starts.pop() as number;
    this.taken.push({ path: [...this.path], value: undefined, start, end: this.offset + at + 1 });
    this.mayClose = false;
    this.state = this.brackets.length === 0 ? 'end' : 'after';
  }

  /** Goes on within a value that is taken or read over; gives where it stopped. */
  private inside(chunk: Uint8Array, start: number, from: number): number {
    const { length } = chunk;
    for (let at = start; at < length; at++) {
      const byte = chunk[at]!;
      if (isOrdinary[byte] === 1) continue;
      if (byte === quote) {
        this.inString = true;
        return at + 1;
      }
      if (byte === 0x7b || byte === 0x5b) {
        this.inner++;
        if (this.inner + this.brackets.length > depthMax) {
          throw this.refused(`brackets are nested more than ${depthMax} deep`, at);
        }
      } else if (byte === 0x7d || byte === 0x5d) {
        if (this.inner === 0) return this.endValue(chunk, from, at);
        if (--this.inner === 0) return this.endValue(chunk, from, at + 1);
      } else if (this.inner === 0) return this.endValue(chunk, from, at);
    }
    return length;
  }

  /** The offset after the closing quote, or the chunk's end while the string goes on. */
  private endOfString(chunk: Uint8Array, start: number): number {
    const { length } = chunk;
    let at = start;
    if (this.isEscaped && at < length) {
      this.isEscaped = false;
      at++;
    }
    for (; at < length; at++) {
      const byte = chunk[at]!;
      if (byte === quote) {
        this.inString = false;
        return at + 1;
      }
      if (byte === backslash) {
        at++;
        if (at === length) this.isEscaped = true;
      }
    }
    return length;
  }

  private endValue(chunk: Uint8Array, from: number, to: number): number {
    if (this.isTaking) {
      const end = this.offset + to;
      const start = this.partsSize > 0 ? end - this.partsSize - to : this.offset + from;
      this.taken.push({ path: [...this.path], value: this.text(chunk, from, to), start, end });
    }
    this.state = this.brackets.length === 0 ? 'end' : 'after';
    return to;
  }

  private text(chunk: Uint8Array, from: number, to: number): unknown {
    let bytes = chunk.subarray(this.parts.length > 0 ? 0 : from, to);
    if (this.parts.length > 0) {
      const whole = new Uint8Array(this.partsSize + bytes.length);
      let at = 0;
      for (const part of [...this.parts, bytes]) {
        whole.set(part, at);
        at += part.length;
      }
      bytes = whole;
      this.parts = [];
      this.partsSize = 0;
    }
    let text: string;
    try {
      text = this.decoder.decode(bytes);
    } catch {
      throw this.refused('the text is not in UTF-8', to);
    }
    try {
      return JSON.parse(text);
    } catch {
      return this.lenient(text, to);
    }
  }

  private lenient(text: string, to: number): unknown {
    try {
      return JSON.parse(withoutConstants(text));
    } catch {
      throw this.refused('this is not JSON', to);
    }
  }

  private refused(what: string, at: number): Refused {
    const path = pathText(this.path);
    return new Refused(
      path,
      `${what[0]?.toUpperCase()}${what.slice(1)}, at byte ${this.offset + at}${path === '' ? '' : ` in ${path}`}.`,
    );
  }
}

/** Bytes within a value that neither open nor close nor part anything. */
const isOrdinary = Uint8Array.from({ length: 256 }, (_, byte) =>
  [0x22, 0x7b, 0x5b, 0x7d, 0x5d, 0x2c, 0x20, 0x0a, 0x0d, 0x09].includes(byte) ? 0 : 1,
);

/**
 * Strings stay as they are; the constants of Python's json module outside of them become null. By hand: a pattern over a long string
 * would run out of its stack.
 */
function withoutConstants(text: string): string {
  const kept: string[] = [];
  let at = 0;
  while (at < text.length) {
    let start = text.indexOf('"', at);
    if (start === -1) start = text.length;
    kept.push(text.slice(at, start).replace(/-?\b(?:Infinity|NaN)\b/g, 'null'));
    let end = start + 1;
    while (end < text.length && text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
    kept.push(text.slice(start, end + 1));
    at = end + 1;
  }
  return kept.join('');
}

function pathText(path: Path): string {
  const text = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${quoted(part).slice(1, -1)}`)).join('');
  return text.startsWith('.') ? text.slice(1) : text;
}

/** The values that `plan` asks for, chunk by chunk. `isDone` ends the reading early; then the document's end is not checked. */
export async function* walk(
  chunks: AsyncIterable<Uint8Array>,
  plan: (path: Path) => Plan,
  isDone: () => boolean = () => false,
): AsyncGenerator<Taken[]> {
  const walker = new JsonWalker(plan);
  for await (const chunk of chunks) {
    const taken = walker.write(chunk);
    if (taken.length > 0) yield taken;
    if (isDone()) return;
  }
  walker.end();
}
