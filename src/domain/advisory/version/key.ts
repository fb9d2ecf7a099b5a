/**
 * The alphabet of version keys. A key is a string whose plain order (`<` on strings) is the order of the versions.
 * It is made of printable ASCII, so that its first eight characters fold into one exact double (`pack`):
 *
 * | characters | mean |
 * |---|---|
 * | space | end of a text |
 * | `!` to `$` | what sorts before the bare release (pre-releases) |
 * | `%` | the end of a bare release |
 * | `&` and `'` | what sorts after it but before one more number (revisions, post-releases) |
 * | `(` to `|` | one more number of the release |
 * | `}` and `~` | what sorts after every number (epochs, words where words win) |
 *
 * Every order spells a plain dotted version the same way: its numbers, then `%`.
 */
export const END = '%';

const base = 94;
const floor = 0x21;
const smallMax = 59;
const tier2 = 60;
const tier3 = tier2 + 16 * base;
const tier4 = tier3 + 4 * base ** 2;
const tier5 = tier4 + 2 * base ** 3;
const tier6 = tier5 + base ** 4;
const tierEnd = tier6 + base ** 5;
const small = Array.from({ length: smallMax + 1 }, (_, value) => String.fromCharCode(0x28 + value));
const zero = 48;
const nine = 57;

/** An order-preserving spelling of a natural number up to 15 digits: one character up to 59, two up to 1563, and so on. */
function numeral(value: number): string {
  if (value <= smallMax) return small[value]!;
  if (value < tier3) {
    const rest = value - tier2;
    return String.fromCharCode(0x64 + Math.floor(rest / base), floor + (rest % base));
  }
  if (value < tier4) return tier(0x74, value - tier3, 2);
  if (value < tier5) return tier(0x78, value - tier4, 3);
  if (value < tier6) return tier(0x7a, value - tier5, 4);
  if (value < tierEnd) return tier(0x7b, value - tier6, 5);
  return long(String(value));
}

function tier(lead: number, rest: number, places: number): string {
  let digits = '';
  let left = rest;
  for (let place = 0; place < places; place++) {
    digits = String.fromCharCode(floor + (left % base)) + digits;
    left = Math.floor(left / base);
  }
  return String.fromCharCode(lead + left) + digits;
}

/** Length, then digits; eight places hold the length of any text that fits in memory. */
function long(digits: string): string {
  return `|${String(digits.length).padStart(8, '0')}${digits}`;
}

/** The key of the run of ASCII digits in `value` from `from` to `to`; leading zeros and an empty run count as nothing. */
export function number(value: string, from = 0, to = value.length): string {
  let start = from;
  while (start < to && value.charCodeAt(start) === zero) start++;
  if (to - start > 15) return long(value.slice(start, to));
  let sum = 0;
  for (let index = start; index < to; index++) sum = sum * 10 + value.charCodeAt(index) - zero;
  return sum <= smallMax ? small[sum]! : numeral(sum);
}

/** The key of a text, ending in a space. Characters that could be taken for the end are written in two. */
export function text(value: string): string {
  for (let index = 0; index < value.length; index++) {
    if (value.charCodeAt(index) <= floor) return `${escaped(value)} `;
  }
  return `${value} `;
}

function escaped(value: string): string {
  let out = '';
  for (let index = 0; index < value.length; index++) {
    const code = value.charCodeAt(index);
    out += code <= floor ? `!${String.fromCharCode(0x40 + code)}` : value[index];
  }
  return out;
}

/** Keys of dotted numbers, without the end; zeros at the end say nothing where `trimsZeros`. */
export function numbers(parts: readonly string[], trimsZeros: boolean): string {
  let count = parts.length;
  if (trimsZeros) while (count > 0 && isZero(parts[count - 1]!)) count--;
  let key = '';
  for (let index = 0; index < count; index++) key += number(parts[index]!);
  return key;
}

function isZero(digits: string): boolean {
  for (let index = 0; index < digits.length; index++) if (digits.charCodeAt(index) !== zero) return false;
  return true;
}

export function isDigit(code: number): boolean {
  return code >= zero && code <= nine;
}

/** True for ASCII letters. */
export function isLetter(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
}

/** The end of the run of digits that starts at `from`. */
export function digitsEnd(value: string, from: number): number {
  let index = from;
  while (index < value.length && isDigit(value.charCodeAt(index))) index++;
  return index;
}

/**
 * Key of a plain dotted version (`1.20.3`: digits and single dots, no leading zeros, at most 15 digits a number), or
 * undefined for any other text. Nearly every version is plain; all orders agree on how to spell them.
 */
export function plainKey(version: string, trimsZeros: boolean): string | undefined {
  const length = version.length;
  let key = '';
  let kept = 0;
  let value = 0;
  let digits = 0;
  for (let index = 0; index <= length; index++) {
    const code = index === length ? 46 : version.charCodeAt(index);
    if (code === 46) {
      if (digits === 0) return undefined;
      key += value <= smallMax ? small[value]! : numeral(value);
      if (value !== 0) kept = key.length;
      value = 0;
      digits = 0;
    } else {
      if (code < zero || code > nine || (digits > 0 && value === 0) || digits === 15) return undefined;
      value = value * 10 + code - zero;
      digits++;
    }
  }
  return (trimsZeros && kept < key.length ? key.slice(0, kept) : key) + END;
}

/**
 * Compares two plain dotted versions without making anything: negative, zero or positive; undefined when either is not
 * plain. With `trimsZeros` a missing number counts as zero, otherwise the longer version is the later one.
 */
export function comparePlain(a: string, b: string, trimsZeros: boolean): number | undefined {
  let left = 0;
  let right = 0;
  let outcome = 0;
  const leftEnd = a.length;
  const rightEnd = b.length;
  if (leftEnd === 0 || rightEnd === 0) return undefined;
  while (left <= leftEnd || right <= rightEnd) {
    let leftValue = 0;
    let rightValue = 0;
    const isLeft = left <= leftEnd;
    const isRight = right <= rightEnd;
    if (isLeft) {
      const start = left;
      for (; left < leftEnd; left++) {
        const code = a.charCodeAt(left);
        if (code === 46) break;
        if (code < zero || code > nine || (leftValue === 0 && left > start)) return undefined;
        leftValue = leftValue * 10 + code - zero;
      }
      if (left === start || left - start > 15) return undefined;
      left++;
    }
    if (isRight) {
      const start = right;
      for (; right < rightEnd; right++) {
        const code = b.charCodeAt(right);
        if (code === 46) break;
        if (code < zero || code > nine || (rightValue === 0 && right > start)) return undefined;
        rightValue = rightValue * 10 + code - zero;
      }
      if (right === start || right - start > 15) return undefined;
      right++;
    }
    if (outcome === 0) {
      if (leftValue !== rightValue) outcome = leftValue < rightValue ? -1 : 1;
      else if (isLeft !== isRight && !trimsZeros) outcome = isLeft ? 1 : -1;
    }
  }
  return outcome;
}

/** How many characters of a key fit into an exact double: 97 ** 8 < 2 ** 53. */
const packed = 8;
const radix = 97;

export interface Packed {
  /** An integer from 0 to 2 ** 53 - 1; a smaller code means an earlier version. */
  code: number;
  /** Whether equal codes mean equal versions; otherwise compare the keys. */
  isExact: boolean;
}

/** Folds the head of a key into one number. A character outside the alphabet saturates and ends the exact part. */
export function packKey(key: string): Packed {
  let code = 0;
  let index = 0;
  let isExact = key.length <= packed;
  for (; index < packed && index < key.length; index++) {
    const char = key.charCodeAt(index);
    if (char < 0x20 || char > 0x7e) {
      isExact = false;
      code = code * radix + (char < 0x20 ? 0 : 96);
      index++;
      break;
    }
    code = code * radix + (char - 0x1f);
  }
  for (; index < packed; index++) code *= radix;
  return { code, isExact };
}

/** `packKey(plainKey(version))` without making a string; undefined unless the version is plain. */
export function packPlain(version: string, trimsZeros: boolean): Packed | undefined {
  let code = 0;
  let places = 0;
  let keptCode = 0;
  let keptPlaces = 0;
  let value = 0;
  let digits = 0;
  const length = version.length;
  for (let index = 0; index <= length; index++) {
    const char = index === length ? 46 : version.charCodeAt(index);
    if (char === 46) {
      if (digits === 0) return undefined;
      if (value <= smallMax) {
        code = code * radix + value + 9;
        places++;
      } else if (value < tier3) {
        const rest = value - tier2;
        const low = rest % base;
        code = (code * radix + 0x45 + (rest - low) / base) * radix + 2 + low;
        places += 2;
      } else return undefined;
      if (places >= packed) return undefined;
      if (value !== 0) {
        keptCode = code;
        keptPlaces = places;
      }
      value = 0;
      digits = 0;
    } else {
      if (char < zero || char > nine || (digits > 0 && value === 0) || digits === 15) return undefined;
      value = value * 10 + char - zero;
      digits++;
    }
  }
  if (trimsZeros) {
    code = keptCode;
    places = keptPlaces;
  }
  return { code: (code * radix + 6) * powers[packed - places - 1]!, isExact: true };
}

const powers = Array.from({ length: packed }, (_, power) => radix ** power);
