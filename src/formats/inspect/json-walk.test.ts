import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Refused } from '../listing.ts';
import { JsonWalker, type Path, type Plan } from './json-walk.ts';

const encoder = new TextEncoder();

/** All that is taken, of a text cut into pieces of `size` bytes. */
function walked(text: string, plan: (path: Path) => Plan, size: number) {
  const walker = new JsonWalker(plan);
  const bytes = encoder.encode(text);
  const taken = [];
  for (let at = 0; at < bytes.length; at += size) taken.push(...walker.write(bytes.subarray(at, at + size)));
  walker.end();
  return taken.map((one) => ({ ...one, text: new TextDecoder().decode(bytes.subarray(one.start, one.end)) }));
}

/** The value put together again from what was entered down to `depth` and taken whole below. */
function rebuilt(text: string, depth: number, size: number): unknown {
  let root: unknown;
  const taken = walked(text, (path) => (path.length < depth ? 'enter' : 'value'), size);
  const set = (path: Path, value: unknown) => {
    if (path.length === 0) {
      root = value;
      return;
    }
    let at = root as Record<string | number, unknown>;
    for (const key of path.slice(0, -1)) at = at[key] as never;
    Object.defineProperty(at, path.at(-1) as string, { value, enumerable: true, writable: true, configurable: true });
  };
  // A bracket that closes comes after what is in it: the outer ones are set first.
  for (const one of taken
    .filter(({ value }) => value === undefined)
    .sort((left, right) => left.path.length - right.path.length)) {
    set(one.path, one.text.startsWith('[') ? [] : {});
  }
  for (const one of taken) if (one.value !== undefined) set(one.path, one.value);
  return root;
}

const containers = fc.oneof(fc.array(fc.jsonValue()), fc.dictionary(fc.string(), fc.jsonValue()));

test('what is taken is what JSON.parse gives, however deep it is entered and wherever the text is cut', () => {
  fc.assert(
    fc.property(
      containers,
      fc.nat(4),
      fc.integer({ min: 1, max: 40 }),
      fc.constantFrom(undefined, 1, '\t'),
      (value, depth, size, space) => {
        const text = JSON.stringify(value, null, space);

        // As JSON and back: a key such as __proto__ is a key like any other, and their order says nothing.
        expect(JSON.parse(JSON.stringify(rebuilt(text, depth + 1, size)))).toEqual(JSON.parse(text));
      },
    ),
  );
});

test('start and end of what is taken are its place in the document', () => {
  fc.assert(
    fc.property(containers, fc.integer({ min: 1, max: 40 }), (value, size) => {
      for (const one of walked(JSON.stringify(value), (path) => (path.length === 0 ? 'enter' : 'value'), size)) {
        if (one.value !== undefined) expect(JSON.stringify(one.value)).toBe(JSON.stringify(JSON.parse(one.text)));
      }
    }),
  );
});

test('any bytes are taken or refused, and never hang', () => {
  const pieces = fc.constantFrom('{', '}', '[', ']', ',', ':', '"', '\\', 'a', '1', ' ', 'NaN', 'null', 'é');
  fc.assert(
    fc.property(
      fc.array(pieces, { maxLength: 30 }),
      fc.integer({ min: 1, max: 5 }),
      fc.constantFrom<Plan>('enter', 'value', 'skip'),
      (parts, size, plan) => {
        try {
          walked(parts.join(''), (path) => (path.length === 0 ? 'enter' : plan), size);
        } catch (error) {
          expect(error).toBeInstanceOf(Refused);
        }
      },
    ),
    { numRuns: 1_000 },
  );
});

describe('constants of Python', () => {
  test.each([
    ['[NaN]', [null]],
    ['[1, -Infinity, Infinity, NaN]', [1, null, null, null]],
    ['["NaN", "a \\" NaN", NaN]', ['NaN', 'a " NaN', null]],
    ['{"NaN": NaN, "x": {"y": [Infinity]}}', { NaN: null, x: { y: [null] } }],
  ])('%s', (text, expected) => {
    expect(walked(text, () => 'value', 3)[0]?.value).toEqual(expected);
  });

  test.each(['[NaNs]', '[nan]', '[undefined]', '[Infinity1]'])('%s is refused', (text) => {
    expect(() => walked(text, () => 'value', 4)).toThrow('This is not JSON, at byte');
  });
});

test('a refusal says where', () => {
  expect(() => walked('{"a": {"b": [1, 2 3]}}', () => 'enter', 5)).toThrow(
    '"," or "]" is expected, at byte 18 in a.b[1].',
  );
});
