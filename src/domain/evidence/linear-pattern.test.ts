import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compile, search } from './linear-pattern.ts';

function find(source: string, text: string, ignoresCase = false) {
  const compiled = compile(source, { ignoresCase });
  if ('problem' in compiled) throw new Error(compiled.problem);
  return search(compiled.pattern, text);
}

/** Patterns of the taken syntax, over letters that a text is likely to hold. */
const atom = fc.constantFrom('a', 'b', 'c', '.', '[ab]', '[^a]', '[a-c]', '\\w', '\\W', '\\d', '\\s', '1', '\\.');
const quantifier = fc.constantFrom('', '', '', '*', '+', '?', '{2}', '{1,2}', '{1,}', '*?', '+?', '??', '{0,2}?');
const piece = fc.tuple(atom, quantifier).map(([one, many]) => one + many);
const solid = fc.array(atom, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(''));
const anyPattern: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: piece },
      { weight: 1, arbitrary: fc.constantFrom('^', '$', '\\b', '\\B') },
      { weight: 2, arbitrary: fc.tuple(piece, piece).map(([one, other]) => `(${one}|${other})`) },
      {
        weight: 2,
        arbitrary: fc.tuple(solid, solid, quantifier).map(([one, other, many]) => `(?:${one}|${other})${many}`),
      },
      { weight: 1, arbitrary: fc.tuple(piece, piece).map(([one, other]) => `(${one}${other})`) },
    ),
    { minLength: 1, maxLength: 6 },
  )
  .map((parts) => parts.join(''));
const anyText = fc
  .array(fc.constantFrom('a', 'b', 'c', 'A', 'B', '1', ' ', '.', '\n', 'é', 'É'), { maxLength: 14 })
  .map((letters) => letters.join(''));

test('finds what the engine of the language finds, and the same groups', () => {
  fc.assert(
    fc.property(anyPattern, anyText, fc.boolean(), (source, text, ignoresCase) => {
      const expected = new RegExp(source, ignoresCase ? 'i' : '').exec(text);

      expect(find(source, text, ignoresCase)).toEqual(expected === null ? undefined : [...expected]);
    }),
    { numRuns: 5_000 },
  );
});

describe('time grows with the product of pattern and text, where a backtracking engine never ends', () => {
  test.each(['(?:a|a|ab)+!', '(?:a+b?)+c', '[a-z]*[a-z]*[a-z]*[a-z]*!', 'a{0,70}a{0,70}b'])('%s', (source) => {
    const before = performance.now();

    expect(find(source, 'a'.repeat(20_000)) === undefined).toBe(true);
    expect(performance.now() - before).toBeLessThan(10_000);
  });
});

test.each([
  ['(?=a)b', /look-around/],
  ['(?<name>a)', /look-around/],
  ['(a)\\1', /\\1/],
  ['(a*)*', /may be empty/],
  ['(a){2}', /capturing/],
  ['a**', /repetition/],
  ['(', /close/],
  ['a)', /not open/],
  ['[z-a]', /range/],
  ['[a', /close/],
  ['*', /bare/],
  ['\\p{L}', /\\p/],
  ['(?:(?:a{99}){99}){99}', /repeats too much/],
  ['('.repeat(60) + ')'.repeat(60), /groups/],
  ['a'.repeat(1_001), /longer/],
])('%s is refused with the reason', (source, reason) => {
  expect(compile(source)).toEqual({ problem: expect.stringMatching(reason) });
});

test('no text makes the compiler fall: a pattern, or a sentence', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'()[]{}*+?|\\^$.,-ab19') })), (source) => {
      const compiled = compile(source);

      if ('pattern' in compiled) search(compiled.pattern, 'aab 19');
      else expect(compiled.problem).toMatch(/\.$/);
    }),
    { numRuns: 3_000 },
  );
});
