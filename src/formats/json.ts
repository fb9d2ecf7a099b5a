import type { Problem } from '../domain/problem.ts';
import { placeOf, refusal } from './text.ts';

export type Parsed = { value: unknown } | { problems: Problem[] };
export type JsonObject = { readonly [key: string]: unknown };

/** JSON (RFC 8259) to its value. A faulty text is refused with line, column and what was expected there. */
export function parse(text: string): Parsed {
  try {
    return { value: JSON.parse(text) };
  } catch {
    const fault = findFault(text);
    return refusal(placeOf(text, fault.offset), `This is not JSON: ${fault.reason}.`);
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value as a non-empty string, else nothing: what is of another type is as good as absent. */
export function stringOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The value as an object, else an empty one. */
export function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : nothing;
}

const nothing: JsonObject = Object.freeze({});

/** The element that an index from outside means, if it is one of the list. */
export function elementAt(list: readonly unknown[], index: unknown): unknown {
  return Number.isInteger(index) ? list[index as number] : undefined;
}

/** The value as an array, else an empty one. */
export function arrayOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/**
 * JSON with comments and trailing commas (bun.lock): the same text as strict JSON. Removed characters become blanks, so that
 * a fault keeps its place. One pass: a hostile text costs no more than another of its length.
 */
export function withoutComments(text: string): string {
  const cuts: [start: number, end: number][] = [];
  /** Where a comma stands that nothing but space and comments has followed yet. */
  let comma = -1;
  for (let at = 0; at < text.length; ) {
    const character = text[at] as string;
    const next = text[at + 1];
    if (character === '/' && (next === '/' || next === '*')) {
      const close = next === '/' ? text.indexOf('\n', at) : text.indexOf('*/', at + 2);
      const end = close === -1 ? text.length : next === '/' ? close : close + 2;
      cuts.push([at, end]);
      at = end;
      continue;
    }
    if (comma !== -1 && (character === ']' || character === '}')) cuts.push([comma, comma + 1]);
    if (character === ',') comma = at;
    else if (!isSpace(character)) comma = -1;
    at = character === '"' ? endOfString(text, at) : at + 1;
  }
  const kept: string[] = [];
  let from = 0;
  for (const [start, end] of cuts.sort(([left], [right]) => left - right)) {
    kept.push(text.slice(from, start), text.slice(start, end).replace(/[^\n]/g, ' '));
    from = end;
  }
  return kept.join('') + text.slice(from);
}

const isSpace = (character: string) =>
  character === ' ' || character === '\n' || character === '\r' || character === '\t';

/** The offset after the string that starts at `start`; after its line or the text where it is not closed. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const character = text[at];
    if (character === '\\') at++;
    else if (character === '"') return at + 1;
    else if (character === '\n') return at;
  }
  return text.length;
}

const literal = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const space = /[ \t\r\n]*/y;

/** Where JSON.parse gave up. Engines word this differently or not at all, so it is found again, without recursion. */
function findFault(text: string): { offset: number; reason: string } {
  const open: ('{' | '[')[] = [];
  let at = 0;
  const skip = (pattern: RegExp) => {
    pattern.lastIndex = at;
    if (!pattern.test(text)) return false;
    at = pattern.lastIndex;
    return true;
  };
  /** By hand: a pattern over a long string would run out of its stack. */
  const skipString = () => {
    if (text[at] !== '"') return false;
    for (let end = at + 1; end < text.length; end++) {
      const character = text[end] as string;
      if (character === '"') {
        at = end + 1;
        return true;
      }
      if (character < ' ') return false;
      if (character !== '\\') continue;
      end++;
      if (text[end] === 'u' && /^[0-9a-fA-F]{4}$/.test(text.slice(end + 1, end + 5))) end += 4;
      else if (!/["\\/bfnrt]/.test(text[end] ?? '')) return false;
    }
    return false;
  };
  const fault = (expected: string) => {
    if (at >= text.length) return { offset: at, reason: `it ends where ${expected} is expected` };
    if (text[at] === '"')
      return { offset: at, reason: 'this string is not closed, or holds a raw control character or a false escape' };
    return { offset: at, reason: `${JSON.stringify(text[at])} stands where ${expected} is expected` };
  };
  const key = () => {
    skip(space);
    if (!skipString()) return 'a key in double quotes';
    skip(space);
    if (text[at] !== ':') return '":"';
    at++;
    return undefined;
  };
  for (;;) {
    skip(space);
    const character = text[at];
    if (character === '{' || character === '[') {
      open.push(character);
      at++;
      skip(space);
      if (text[at] !== (character === '{' ? '}' : ']')) {
        const missing = character === '{' ? key() : undefined;
        if (missing !== undefined) return fault(missing);
        continue;
      }
    } else if (!(character === '"' ? skipString() : skip(literal))) {
      return fault('a value');
    }
    // A value has ended, or an empty bracket is about to close.
    for (;;) {
      skip(space);
      const inside = open.at(-1);
      if (inside === undefined) {
        return at < text.length
          ? { offset: at, reason: 'something follows after its end' }
          : { offset: at, reason: 'it is nested too deeply or is too large to read' };
      }
      if (text[at] === (inside === '{' ? '}' : ']')) {
        open.pop();
        at++;
        continue;
      }
      if (text[at] !== ',') return fault(inside === '{' ? '"," or "}"' : '"," or "]"');
      at++;
      if (inside === '{') {
        const missing = key();
        if (missing !== undefined) return fault(missing);
      }
      break;
    }
  }
}
