/** Characters that a person does not see, or sees as something else, and a program reads. */
import { passesForLatin } from './fold.ts';
import type { FieldText } from './texts.ts';

/** What a rule finds in one text; `screen` adds kind and field. */
export interface Hit {
  rule: string;
  start: number;
  end: number;
  why: string;
}

/** Colours and weights (SGR) but for "concealed", as test runners print them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
const colour = /^\u001b\[(?:(?!8[;m])\d{1,3}(?:;(?!8[;m])\d{1,3}){0,8})?m/;

const patterns: {
  rule: string;
  why: string;
  pattern: RegExp;
  isHit?: (found: string, text: string, at: number) => boolean;
}[] = [
  {
    // Unicode UAX 9; shown source differs from what is compiled (CVE-2021-42574).
    rule: 'bidi_control',
    why: 'Control characters change the order in which this text is shown.',
    pattern: /[\u202a-\u202e\u2066-\u2069]+/g,
  },
  {
    // Unicode's tag block repeats ASCII invisibly; lawful only in flags of regions, after a black flag and up to a cancel tag.
    rule: 'tag_characters',
    why: 'Invisible tag characters can spell out text that only a machine reads.',
    pattern: /(?:\udb40[\udc00-\udc7f])+/g,
    isHit: (found, text, at) =>
      !(text.slice(at - 2, at) === '\u{1f3f4}' && found.length <= 14 && found.endsWith('\u{e007f}')),
  },
  {
    rule: 'variation_selectors',
    why: 'A run of invisible variation selectors can carry hidden bytes.',
    pattern: /(?:[\ufe00-\ufe0f]|\udb40[\udd00-\uddef]){2,}/g,
  },
  {
    // One between letters of scripts that need it is lawful; between Latin letters it only splits a word for a filter.
    rule: 'zero_width',
    why: 'Invisible characters stand within a word or in a row.',
    pattern: /(?:[\u200b-\u200d\u2060-\u2064\u180e\ufeff\u00ad\u115f\u1160\u3164\uffa0]|\u034f)+/g,
    isHit: (found, text, at) =>
      found.length > 1
        ? !/^(?:\u200b|\u00ad){1,2}$/.test(found)
        : found !== '\u00ad' && /[A-Za-z]/.test(text[at - 1] ?? '') && /[A-Za-z]/.test(text[at + 1] ?? ''),
  },
  {
    rule: 'styled_letters',
    why: 'Letters are written with mathematical or enclosed symbols, past a filter.',
    pattern: /(?:(?:\ud835[\udc00-\udfff]|\ud83c[\udd10-\udd89]|[\u24b6-\u24e9])\s?){6,}/g,
  },
];

/** Look-alike letters of another alphabet within a Latin word. A whole word of another alphabet is a word. */
const mixedWord =
  /(?<![\p{L}\p{N}])(?=\p{L}{0,60}[a-zA-Z])(?=\p{L}{0,60}[\u0370-\u03ff\u0400-\u052f\u0570-\u058f])\p{L}{4,60}/gu;

export function* hiddenCharacters({ text, kind, field }: FieldText): Generator<Hit> {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
  const controls = /[\u0000-\u0008\u000b\u000e-\u001f\u007f-\u0084\u0086-\u009f]+/g;
  for (const match of text.matchAll(controls)) {
    if (field === 'stack' && colour.test(text.slice(match.index, match.index + 40))) continue;
    yield {
      rule: 'terminal_control',
      start: match.index,
      end: match.index + match[0].length,
      why: 'Control characters can move a terminal, hide text or change what is copied.',
    };
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range of ASCII.
  if (/^[\x00-\x7f]*$/.test(text)) return;
  for (const { rule, why, pattern, isHit } of patterns) {
    for (const match of text.matchAll(pattern)) {
      if (isHit?.(match[0], text, match.index) === false) continue;
      yield { rule, start: match.index, end: match.index + match[0].length, why };
    }
  }
  // In code, names of variables mix alphabets (mathematics); a path or name is what a look-alike would deceive about.
  for (const match of text.matchAll(mixedWord)) {
    const foreign = [...match[0].toLowerCase()].filter((letter) => letter > '\u036f');
    if (kind === 'code' && foreign.length < 2) continue;
    if (!foreign.every(passesForLatin) || foreign.length * 2 > match[0].length + 2) continue;
    yield {
      rule: 'look_alike_letters',
      start: match.index,
      end: match.index + match[0].length,
      why: 'A Latin word holds letters of another alphabet that look the same.',
    };
  }
}
