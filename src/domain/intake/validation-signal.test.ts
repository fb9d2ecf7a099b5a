import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Signal } from './validation-kit.ts';
import { inert, isSeen, type Ran } from './validation-signal.ts';

const matches = (pattern: string, text: string) => new RegExp(pattern, 'mu').test(text);
const seen = (signal: Signal, ran: Partial<Ran>) =>
  isSeen(signal, { ending: 'ended', exit: 0, output: '', ...ran }, matches);

describe('whether a run showed its signal', () => {
  test('an exit code, and not that of a run that was stopped or never began', () => {
    expect(seen({ kind: 'exit', code: 134 }, { exit: 134 })).toBe(true);
    expect(seen({ kind: 'exit', code: 134 }, { exit: 0 })).toBe(false);
    expect(seen({ kind: 'exit', code: 0 }, { ending: 'time', exit: undefined })).toBe(false);
    expect(seen({ kind: 'exit', code: 127 }, { ending: 'not_started', exit: 127 })).toBe(false);
  });

  test('a pattern, line by line', () => {
    expect(seen({ kind: 'output', pattern: '^leaked [0-9]+$' }, { output: 'x\nleaked 42\ny' })).toBe(true);
    expect(seen({ kind: 'output', pattern: '^leaked$' }, { output: 'leaked 42' })).toBe(false);
  });

  test('a hang is seen where the time ended, and nowhere else', () => {
    expect(seen({ kind: 'timeout' }, { ending: 'time' })).toBe(true);
    expect(seen({ kind: 'timeout' }, { ending: 'memory' })).toBe(false);
    expect(seen({ kind: 'timeout' }, {})).toBe(false);
  });

  test('a file, and its content where that is asked for', () => {
    expect(seen({ kind: 'file', path: 'a' }, { file: '' })).toBe(true);
    expect(seen({ kind: 'file', path: 'a' }, {})).toBe(false);
    expect(seen({ kind: 'file', path: 'a', contains: 'owned' }, { file: 'not' })).toBe(false);
  });

  test.each([
    ['heap-buffer-overflow', '==1==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x602000000011 at pc 0x0'],
    ['heap-use-after-free', 'SUMMARY: AddressSanitizer: heap-use-after-free /src/a.c:3:5 in main'],
    ['use-of-uninitialized-value', '==9==WARNING: MemorySanitizer: use-of-uninitialized-value'],
    ['data race', 'WARNING: ThreadSanitizer: data race (pid=26327)'],
    ['detected memory leaks', '==4==ERROR: LeakSanitizer: detected memory leaks'],
    [
      'signed integer overflow',
      "a.c:3:5: runtime error: signed integer overflow: 2147483647 + 1 cannot be represented in type 'int'",
    ],
  ])('a sanitizer that reports %s', (kind, output) => {
    expect(seen({ kind: 'sanitizer', class: kind }, { output })).toBe(true);
    expect(seen({ kind: 'sanitizer', class: kind }, { output: output.replace(kind, 'something else') })).toBe(false);
  });

  test('a class is not part of another, nor words of the program itself', () => {
    const signal: Signal = { kind: 'sanitizer', class: 'heap-buffer-overflow' };
    expect(seen(signal, { output: 'ERROR: AddressSanitizer: dynamic-heap-buffer-overflow on' })).toBe(false);
    expect(seen(signal, { output: 'this looks like a heap-buffer-overflow' })).toBe(false);
  });
});

describe('I16: output is shown as data', () => {
  const text = fc.string({ unit: 'binary', maxLength: 200 });

  test('no control, format or lone half character is left, and nothing is longer than asked', () => {
    fc.assert(
      fc.property(
        text,
        fc.integer({ min: 0, max: 60 }),
        fc.constantFrom('first' as const, 'last' as const),
        (said, max, part) => {
          const shown = inert(said, max, part);

          expect(shown.length).toBeLessThanOrEqual(max);
          expect(shown).not.toMatch(/[^\P{C}\n\t]/u);
        },
      ),
    );
  });

  test('plain text stays as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', 'ß', '字', ' ', '\n', '\t', '"') }), (said) => {
        expect(inert(said, 1000)).toBe(said);
      }),
    );
  });
});
