/** Words of a report, in the one form in which two reports are compared. Linear in the text; nothing here backtracks. */
import frozen from './words.json' with { type: 'json' };

/** Longest text that is read into words, in UTF-16 units; the rest of a longer one says nothing new. */
const lengthMax = 24 * 1024;
const tokenLengthMax = 64;

/**
 * How much the sight of a word says, from 0 to `rarest`: the natural logarithm of how rarely it stands in the advisories
 * that the table was made of (words.json names them). A word that is not in the table is one of the rarest.
 */
const weights: ReadonlyMap<string, number> = new Map(
  frozen.buckets.flatMap(({ weight, words }) => words.split(' ').map((word): [string, number] => [word, weight])),
);
const rarest: number = frozen.rarest;

export const weightOf = (word: string): number => weights.get(word) ?? rarest;

const kinds = { other: 0, digit: 1, lower: 2, upper: 3, under: 4, dot: 5, wide: 6 } as const;
const classes = new Uint8Array(128);
for (let code = 0; code < 128; code++) {
  const char = String.fromCharCode(code);
  classes[code] = /\d/.test(char)
    ? kinds.digit
    : /[a-z]/.test(char)
      ? kinds.lower
      : /[A-Z]/.test(char)
        ? kinds.upper
        : char === '_'
          ? kinds.under
          : char === '.'
            ? kinds.dot
            : kinds.other;
}
const classOf = (code: number): number => (code < 128 ? classes[code]! : isWide(code) ? kinds.wide : kinds.other);
/** Letters beyond ASCII; general punctuation and symbols part words as ASCII's do. */
const isWide = (code: number): boolean => code > 0xbf && !(code >= 0x2000 && code < 0x2c00) && code !== 0x3000;

/**
 * The words of a text in their order: runs of letters, digits and `_`, in lower case, a plural `s` left off. A dotted
 * number (`1.4.2`) is one word. Addresses (`https://...`) are left out: what they point to is compared apart.
 */
export function wordsOf(text: string): string[] {
  const words: string[] = [];
  const end = Math.min(text.length, lengthMax);
  let index = 0;
  while (index < end) {
    const start = index;
    let kind = classOf(text.charCodeAt(index));
    if (kind === kinds.other || kind === kinds.dot) {
      index++;
      continue;
    }
    // `v1.4` is the number 1.4.
    if (text.charCodeAt(index) === 118 && index + 1 < end && classOf(text.charCodeAt(index + 1)) === kinds.digit) {
      index++;
      continue;
    }
    let isNumber = true;
    while (index < end) {
      kind = classOf(text.charCodeAt(index));
      if (kind === kinds.dot) {
        // A dot stays inside a number, and parts everything else.
        if (!isNumber || index + 1 >= end || classOf(text.charCodeAt(index + 1)) !== kinds.digit) break;
      } else if (kind === kinds.other) break;
      else if (kind !== kinds.digit) {
        isNumber &&= kind === kinds.lower && index > start;
      }
      index++;
    }
    if (text.charCodeAt(index) === 58 && text.startsWith('://', index)) {
      while (index < end && text.charCodeAt(index) > 32) index++;
      continue;
    }
    if (index - start > tokenLengthMax) continue;
    const word = singular(text.slice(start, index).toLowerCase());
    if (word.length > 1 || classOf(word.charCodeAt(0)) === kinds.digit) words.push(word);
  }
  return words;
}

function singular(word: string): string {
  const length = word.length;
  if (length < 4 || word.charCodeAt(length - 1) !== 115) return word;
  const before = word.charCodeAt(length - 2);
  // `ss`, `us`, `is` belong to the word.
  if (before === 115 || before === 117 || before === 105) return word;
  return before === 101 && length > 4 && /(?:ss|sh|ch|x|z)es$/.test(word) ? word.slice(0, -2) : word.slice(0, -1);
}
