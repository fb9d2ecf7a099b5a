/** A text as it may be shown: secrets and personal data withheld, characters that cannot be seen made visible. */
import type { Mark } from './mark.ts';

/** `text` with the marks of its field applied; marks of other fields must not be given. Overlapping marks become one. */
export function redact(text: string, marks: readonly Mark[]): string {
  const ordered = marks.filter((mark) => mark.kind !== 'injection').sort((a, b) => a.start - b.start || b.end - a.end);
  let shown = '';
  let at = 0;
  for (const mark of ordered) {
    if (mark.end <= at) continue;
    // Where two overlap the earlier one's words stand for both.
    if (mark.start >= at) {
      shown += visible(text.slice(at, mark.start));
      shown += mark.kind === 'secret' ? '[secret withheld]' : '[personal data withheld]';
    }
    at = mark.end;
  }
  return shown + visible(text.slice(at));
}

/**
 * Invisible, reordering and control characters as their code points, `[U+202E]`. Left as they are: line ends and tabs, what chooses
 * the look of an emoji, and the joiners that other scripts than Latin need.
 */
function visible(text: string): string {
  return text.replace(
    /(?!\t|\n|\r|\ufe0e|\ufe0f|(?<=\P{ASCII})(?:\u200c|\u200d))[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/gu,
    (found) => `[U+${found.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}]`,
  );
}
