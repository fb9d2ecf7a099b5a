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

/** The value as an array, else an empty one. */
export function arrayOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/**
 * JSON with comments and trailing commas (bun.lock): the same text as strict JSON. Removed characters become blanks, so that
 * a fault keeps its place.
 */
export function withoutComments(text: string): string {
  return text
    .replace(/("(?:[^"\\\n]|\\.)*")|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, (whole, string) => string ?? blank(whole))
    .replace(/("(?:[^"\\\n]|\\.)*")|,(?=\s*[\]}])/g, (_, string) => string ?? ' ');
}

const blank = (text: string) => text.replace(/[^\n]/g, ' ');

const literal = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: RFC 8259 section 7 forbids them raw.
const string = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
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
  const fault = (expected: string) => {
    if (at >= text.length) return { offset: at, reason: `it ends where ${expected} is expected` };
    if (text[at] === '"')
      return { offset: at, reason: 'this string is not closed, or holds a raw control character or a false escape' };
    return { offset: at, reason: `${JSON.stringify(text[at])} stands where ${expected} is expected` };
  };
  const key = () => {
    skip(space);
    if (!skip(string)) return 'a key in double quotes';
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
    } else if (!(character === '"' ? skip(string) : skip(literal))) {
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
