/** Text as a machine reader would take it in: one case, one alphabet for look-alike letters, no invisible characters, as words. */

/** Words of a text in order; word `i` stands at `starts[i]` up to `ends[i]` of the original, in UTF-16 units. */
export interface Words {
  words: string[];
  starts: number[];
  ends: number[];
  /** The folded text, for scripts that write no spaces; unit `i` of it comes from `origin[i]` of the original, where `origin` is given. */
  folded: string;
  origin: Int32Array | undefined;
}

/** Letters of other alphabets that look like Latin ones (a selection of Unicode UTS 39 confusables), by the letter they pass for. */
const lookAlikes: Record<string, string> = {
  a: 'аαɑᴀ',
  b: 'вʙ',
  c: 'сᴄ',
  d: 'ԁᴅđ',
  e: 'еεєᴇ',
  f: 'ғ',
  g: 'ɡɢ',
  h: 'нһʜ',
  i: 'іιıɪ',
  j: 'јᴊ',
  k: 'кκᴋ',
  l: 'ӏłʟ',
  m: 'мᴍ',
  n: 'ηпɴ',
  o: 'оοօσøᴏ',
  p: 'рρᴘ',
  q: 'ԛ',
  r: 'гʀ',
  s: 'ѕ',
  t: 'тτᴛ',
  u: 'υᴜ',
  v: 'νѵᴠ',
  w: 'ԝωᴡ',
  x: 'хχ',
  y: 'уγʏ',
  z: 'ᴢ',
};
const latinOf = new Map(
  Object.entries(lookAlikes).flatMap(([latin, letters]) => [...letters].map((letter) => [letter, latin] as const)),
);

/** Whether a lower-case letter of another alphabet passes for a Latin one. */
export const passesForLatin = (letter: string): boolean => latinOf.has(letter);

/** Characters that one may fold to: ligatures come to three or four. One that stands for a whole sentence would make 64 kB a megabyte. */
const foldedMax = 4;

const foldedCharacters = new Map<string, string>();

function foldCharacter(character: string): string {
  let folded = foldedCharacters.get(character);
  if (folded === undefined) {
    folded = /\p{Default_Ignorable_Code_Point}|\p{Cf}/u.test(character)
      ? ''
      : character.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().normalize('NFC');
    folded = [...folded]
      .slice(0, foldedMax)
      .map((letter) => latinOf.get(letter) ?? letter)
      .join('');
    // Bounded by the number of characters in Unicode; in practice a few hundred.
    foldedCharacters.set(character, folded);
  }
  return folded;
}

/** A word of a phrase, folded like the text it is looked for in. */
export const foldWord = (word: string): string => [...word].map(foldCharacter).join('');

/** Spaces as they are written in addresses, markup and source text, replaced by as many spaces. */
const writtenSpaces = /%20|&nbsp;|\\[nrt]/g;

export function wordsOf(text: string): Words {
  const spaced = text.replace(writtenSpaces, (found) => ' '.repeat(found.length));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range of ASCII.
  if (/^[\x00-\x7f]*$/.test(spaced)) return split(spaced.toLowerCase(), undefined);
  const pieces: string[] = [];
  const origin: number[] = [];
  let at = 0;
  for (const character of spaced) {
    const piece = character.length === 1 && character < '\x80' ? character.toLowerCase() : foldCharacter(character);
    pieces.push(piece);
    for (let unit = 0; unit < piece.length; unit++) origin.push(at);
    at += character.length;
  }
  origin.push(at);
  return split(pieces.join(''), Int32Array.from(origin));
}

function split(folded: string, origin: Int32Array | undefined): Words {
  const words: string[] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  for (const match of folded.matchAll(origin === undefined ? /[a-z0-9]+/g : /[\p{L}\p{N}]+/gu)) {
    const end = match.index + match[0].length;
    words.push(match[0]);
    starts.push(origin === undefined ? match.index : origin[match.index]!);
    // The original character of the last unit ends where that of the next unit starts.
    ends.push(origin === undefined ? end : Math.max(origin[end - 1]! + 1, origin[end]!));
  }
  return { words, starts, ends, folded, origin };
}
