/** Check digits and sums by which a number of a known kind differs from digits in general. All take text; none throws. */

const digitsOf = (text: string): number[] => Array.from(text.replace(/\D/g, ''), Number);

/** Luhn, ISO/IEC 7812-1 annex B: payment cards and others. */
export function luhn(text: string): boolean {
  const digits = digitsOf(text).reverse();
  const sum = digits.reduce((total, digit, at) => {
    const value = at % 2 === 1 ? digit * 2 : digit;
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return digits.length > 1 && sum % 10 === 0;
}

/** IBAN, ISO 13616: the first four characters moved to the end, letters as 10 to 35, modulo 97 is 1. */
export function iban(text: string): boolean {
  const compact = text.replace(/\s/g, '').toUpperCase();
  let rest = 0;
  for (const character of compact.slice(4) + compact.slice(0, 4)) {
    const value = Number.parseInt(character, 36);
    if (Number.isNaN(value)) return false;
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return compact.length >= 15 && compact.length <= 34 && rest === 1;
}

/** Sum of digits by weights, from the left; surplus digits do not count. */
export const weighted = (text: string, weights: readonly number[]): number => {
  const digits = digitsOf(text);
  return weights.reduce((total, weight, at) => total + weight * (digits[at] ?? 0), 0);
};

const dihedral = [
  [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  [1, 2, 3, 4, 0, 6, 7, 8, 9, 5],
  [2, 3, 4, 0, 1, 7, 8, 9, 5, 6],
  [3, 4, 0, 1, 2, 8, 9, 5, 6, 7],
  [4, 0, 1, 2, 3, 9, 5, 6, 7, 8],
  [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
  [6, 5, 9, 8, 7, 1, 0, 4, 3, 2],
  [7, 6, 5, 9, 8, 2, 1, 0, 4, 3],
  [8, 7, 6, 5, 9, 3, 2, 1, 0, 4],
  [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
];
const permutation = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];

/** Verhoeff 1969, over the dihedral group of order ten. */
export function verhoeff(text: string): boolean {
  const rest = digitsOf(text)
    .reverse()
    .reduce((check, digit, at) => {
      let permuted = digit;
      for (let times = at % 8; times > 0; times--) permuted = permutation[permuted]!;
      return dihedral[check]![permuted]!;
    }, 0);
  return rest === 0;
}

let crcTable: Uint32Array | undefined;

/** CRC-32 of ASCII text (ISO 3309), as GitHub and npm put it into their tokens. */
export function crc32(text: string): number {
  crcTable ??= Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    return value >>> 0;
  });
  let crc = 0xffffffff;
  for (let at = 0; at < text.length; at++) crc = (crc >>> 8) ^ crcTable[(crc ^ text.charCodeAt(at)) & 0xff]!;
  return (crc ^ 0xffffffff) >>> 0;
}

const base62Digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** A number in base 62, digits before capitals before small letters, filled with zeros to `length`. */
export function base62(value: number, length: number): string {
  let digits = '';
  for (let left = value; left > 0; left = Math.floor(left / 62)) digits = base62Digits[left % 62] + digits;
  return digits.padStart(length, '0');
}

/** Shannon entropy of the characters of a text, in bits per character. */
export function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}
