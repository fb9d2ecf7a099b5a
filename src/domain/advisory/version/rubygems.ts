import { END, isDigit, number, text } from './key.ts';

/**
 * RubyGems (`Gem::Version#<=>`): numbers and words in turn; a word comes before any number, and what is missing counts
 * as zero. So zeros are written only when a number follows; before a word they are counted: `1.a` < `1.0.a` < `1`.
 */
export function key(version: string): string {
  const parts =
    version
      .trim()
      .replaceAll('-', '.pre.')
      .match(/[0-9]+|[a-z]+/gi) ?? [];
  const firstWord = parts.findIndex((part) => !isDigit(part.charCodeAt(0)));
  let key = '';
  let zeros = 0;
  for (let index = 0; index < parts.length; index++) {
    const part = parts[index]!;
    if (!isDigit(part.charCodeAt(0))) {
      // Zeros right before the first word are dropped (`canonical_segments`).
      key += zeros === 0 || index === firstWord ? '!' : `"${number(String(zeros))}`;
      key += text(part);
      zeros = 0;
    } else if (/^0+$/.test(part)) zeros++;
    else {
      key += nothing.repeat(zeros) + number(part);
      zeros = 0;
    }
  }
  return key + END;
}

const nothing = number('');

/** `Gem::Version::ANCHORED_VERSION_PATTERN`. */
export function isValid(version: string): boolean {
  return /^([0-9]+(\.[0-9a-zA-Z]+)*(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?)?$/.test(version.trim());
}
