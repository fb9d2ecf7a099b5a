/** Whether a run showed the signal of its kit, and its output as something that can be looked at. */
import type { Ending } from './validation.ts';
import type { Signal } from './validation-kit.ts';

/** What is known of a run that is over. */
export interface Ran {
  ending: Ending;
  exit?: number | undefined;
  /** Standard output, then standard error. */
  output: string;
  /** Content of the file that the signal names, where a regular file stands there. */
  file?: string | undefined;
}

/** How sanitizers of LLVM and GCC report: `==7==ERROR: AddressSanitizer: heap-buffer-overflow on address ...`. */
const sanitizerLine =
  /^.*\b(?:(?:Address|Memory|Thread|Leak|HWAddress)Sanitizer|UndefinedBehaviorSanitizer|runtime error): ?(.*)$/gmu;

/** Whether the signal shows. `matches` applies a pattern of a kit within bounded time: the pattern comes from a stranger. */
export function isSeen(signal: Signal, ran: Ran, matches: (pattern: string, text: string) => boolean): boolean {
  switch (signal.kind) {
    case 'exit':
      return ran.ending !== 'not_started' && ran.exit === signal.code;
    case 'output':
      return matches(signal.pattern, ran.output);
    case 'sanitizer':
      return [...ran.output.matchAll(sanitizerLine)].some(([, report = '']) => isClass(report, signal.class));
    case 'file':
      return ran.file?.includes(signal.contains ?? '') === true;
    case 'timeout':
      return ran.ending === 'time';
  }
}

/** The class stands as words of its own: `stack-overflow` is not in `stack-overflow-like`. */
function isClass(report: string, wanted: string): boolean {
  const at = report.indexOf(wanted);
  return at !== -1 && !/[\w-]/.test(report[at - 1] ?? ' ') && !/[\w-]/.test(report[at + wanted.length] ?? ' ');
}

/**
 * Text of a stranger's program, to be looked at: what could move a cursor, hide or reorder text is written out (`\x1b`, `\u202e`).
 * Lines and tabs stay. `lengthMax` is in UTF-16 units; of a longer text the first or the last part is kept.
 */
export function inert(text: string, lengthMax: number, part: 'first' | 'last' = 'first'): string {
  // Written out, nothing gets shorter: more than this much of the text never fits.
  const partOf = (whole: string) =>
    part === 'first' ? whole.slice(0, lengthMax) : whole.slice(Math.max(0, whole.length - lengthMax));
  const near = partOf(text);
  const shown = near.replace(/[^\P{C}\n\t]|\p{Default_Ignorable_Code_Point}/gu, writtenOut);
  // Half of a pair that was cut through.
  return partOf(shown).replace(/^[\udc00-\udfff]|[\ud800-\udbff]$/g, '');
}

function writtenOut(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const digits = code.toString(16);
  if (code < 0x100) return `\\x${digits.padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${digits.padStart(4, '0')}` : `\\u{${digits}}`;
}
