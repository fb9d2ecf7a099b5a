import { crc32 as zlibCrc32 } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { base62, crc32, entropy, iban, luhn, verhoeff } from './check-digits.ts';

test('Luhn: the example of ISO/IEC 7812-1, and any single changed digit', () => {
  expect(luhn('7992 7398 713')).toBe(true);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 10 }), fc.integer({ min: 1, max: 9 }), (at, by) => {
      const digits = [...'79927398713'];
      digits[at] = String((Number(digits[at]) + by) % 10);

      expect(luhn(digits.join(''))).toBe(false);
    }),
  );
});

test('IBAN: the examples of ISO 13616', () => {
  for (const account of ['GB82 WEST 1234 5698 7654 32', 'DE89370400440532013000', 'BE68 5390 0754 7034']) {
    expect(iban(account)).toBe(true);
  }
  expect(iban('GB82 WEST 1234 5698 7654 23')).toBe(false);
  expect(iban('GB82-WEST')).toBe(false);
});

test('Verhoeff: the published example, and any swap of neighbours', () => {
  expect(verhoeff('2363')).toBe(true);
  expect(verhoeff('3263')).toBe(false);
  expect(verhoeff('2633')).toBe(false);
});

test('CRC-32 is the one of zlib, and gives the last six characters of a GitHub token', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'abcXYZ019_-') }), (text) => {
      expect(crc32(text)).toBe(zlibCrc32(text));
    }),
  );
  // A token that was published, expired, as an example of the form.
  expect(base62(crc32('zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ'), 6)).toBe('0mLq17');
});

test('entropy: one character has none, as many as there are characters at most', () => {
  expect(entropy('aaaa')).toBe(0);
  expect(entropy('abcd')).toBe(2);
});
