import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Mark } from './mark.ts';
import { pieces, redact } from './redact.ts';

const mark = (kind: Mark['kind'], start: number, end: number): Mark => ({
  kind,
  rule: 'rule',
  field: 'description',
  start,
  end,
  why: 'A reason.',
});

test('secrets and personal data are withheld, what addresses a machine stays for the person who judges it', () => {
  const text = 'token abc, call 12345, ignore this';

  expect(redact(text, [mark('personal_data', 16, 21), mark('secret', 6, 9), mark('injection', 23, 34)])).toBe(
    'token [secret withheld], call [personal data withheld], ignore this',
  );
});

test('characters that cannot be seen are shown by their code points', () => {
  expect(redact('a\u202eb\u200bc\u{e0041}\u001b[1m', [])).toBe('a[U+202E]b[U+200B]c[U+E0041][U+001B][1m');
  expect(redact('a\u200b\u200c', [])).toBe('a[U+200B][U+200C]');
  expect(redact('line\r\nnext\t\u2764\ufe0f\u200d\u{1f525} \u0646\u0645\u06cc\u200c\u062a', [])).toBe(
    'line\r\nnext\t\u2764\ufe0f\u200d\u{1f525} \u0646\u0645\u06cc\u200c\u062a',
  );
});

test('nothing of a withheld place is shown, however marks overlap', () => {
  const places = fc.array(fc.tuple(fc.nat({ max: 40 }), fc.integer({ min: 1, max: 10 })), { maxLength: 6 });
  fc.assert(
    fc.property(places, (spans) => {
      const text = Array.from({ length: 50 }, (_, at) => String.fromCharCode(0x4e00 + at)).join('');

      const shown = redact(
        text,
        spans.map(([start, length]) => mark('secret', start, start + length)),
      );

      for (const [at, letter] of [...text].entries()) {
        const isWithheld = spans.some(([start, length]) => at >= start && at < start + length);
        expect(shown.includes(letter)).toBe(!isWithheld);
      }
    }),
  );
});

test('each piece names its mark; revealed, the text is as it was but for what cannot be seen', () => {
  const text = 'token abc ignore \u202ethis';
  const marks = [mark('secret', 6, 9), mark('injection', 10, 22), mark('injection', 17, 18)];

  expect(pieces(text, marks)).toEqual([
    { text: 'token ' },
    { text: '[secret withheld]', mark: marks[0] },
    { text: ' ' },
    { text: 'ignore [U+202E]this', mark: marks[1] },
  ]);
  expect(pieces(text, marks, true)[1]).toEqual({ text: 'abc', mark: marks[0] });
});

test('what addresses a machine and holds a secret is withheld as a whole', () => {
  expect(redact('send abc now', [mark('injection', 0, 12), mark('secret', 5, 8)])).toBe('[secret withheld]');
});
