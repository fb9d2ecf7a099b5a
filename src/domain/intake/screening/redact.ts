/** A text as it may be shown: secrets and personal data withheld, characters that cannot be seen made visible. */
import type { Mark, MarkKind } from './mark.ts';

/** A part of a text as it is shown, with the mark that stands on it. */
export interface Piece {
  text: string;
  mark?: Mark;
}

const withheld: Record<Exclude<MarkKind, 'injection'>, string> = {
  secret: '[secret withheld]',
  personal_data: '[personal data withheld]',
};

/**
 * A text in pieces, in order, with the marks of its field; marks of other fields must not be given. Secrets and personal data are
 * withheld unless they are to be revealed. Marks that overlap become one piece, withheld if one of them is.
 */
export function pieces(text: string, marks: readonly Mark[], isRevealed = false): Piece[] {
  const ordered = [...marks].sort((a, b) => a.start - b.start || b.end - a.end);
  const shown: Piece[] = [];
  const add = (piece: Piece) => {
    if (piece.text !== '') shown.push(piece);
  };
  let at = 0;
  for (let next = 0; next < ordered.length; ) {
    let mark = ordered[next]!;
    const { start } = mark;
    let end = mark.end;
    for (next++; next < ordered.length && ordered[next]!.start < end; next++) {
      const other = ordered[next]!;
      end = Math.max(end, other.end);
      if (mark.kind === 'injection' && other.kind !== 'injection') mark = other;
    }
    add({ text: visible(text.slice(at, start)) });
    const part = visible(text.slice(start, end));
    add({ mark, text: isRevealed || mark.kind === 'injection' ? part : withheld[mark.kind] });
    at = end;
  }
  add({ text: visible(text.slice(at)) });
  return shown;
}

/** `pieces` as one text: for places that show no marks. */
export const redact = (text: string, marks: readonly Mark[]): string =>
  pieces(text, marks)
    .map((piece) => piece.text)
    .join('');

/**
 * Invisible, reordering and control characters as their code points, `[U+202E]`. Left as they are: line ends and tabs, what chooses
 * the look of an emoji, and the joiners that other scripts than Latin need.
 */
function visible(text: string): string {
  return text.replace(
    /(?!\t|\n|\r|\ufe0e|\ufe0f|(?<=(?!\p{ASCII})[\p{L}\p{M}\p{Extended_Pictographic}\p{Emoji_Modifier}])(?:\u200c|\u200d))[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/gu,
    (found) => `[U+${found.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}]`,
  );
}
