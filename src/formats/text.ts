import type { Problem } from '../domain/problem.ts';

export type Decoded = { text: string } | { problems: Problem[] };

/**
 * Text of a file's bytes. Takes UTF-8 and UTF-16 (told by its byte order mark), and what an XML declaration names.
 * Bytes that are not text in that encoding are refused with their line, never replaced.
 */
export function decode(bytes: Uint8Array): Decoded {
  const encoding = encodingOf(bytes);
  let decoder: TextDecoder;
  try {
    decoder = new TextDecoder(encoding, { fatal: true });
  } catch {
    return refusal('', `The file says that it is written in "${encoding}", which cannot be read. Save it as UTF-8.`);
  }
  try {
    // The decoder drops a byte order mark by itself.
    return { text: decoder.decode(bytes) };
  } catch {
    return refusal(
      encoding === 'utf-8' ? `line ${lineOfFirstFault(bytes)}` : '',
      `The file is not text in ${encoding.toUpperCase()}. Save it as UTF-8, or unpack it first if it is compressed.`,
    );
  }
}

/** One problem as a reader's answer. */
export function refusal(path: string, message: string, clause?: string): { problems: Problem[] } {
  return { problems: [clause === undefined ? { path, message } : { path, message, clause }] };
}

/** The line and column (both from 1) of an offset into a text. */
export function placeOf(text: string, offset: number): string {
  let line = 1;
  let lineStart = 0;
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) {
    line++;
    lineStart = at + 1;
  }
  return `line ${line}, column ${offset - lineStart + 1}`;
}

/** Text quoted for a message: shortened, and without control characters. */
export function quoted(value: unknown): string {
  const text = typeof value === 'string' ? value : String(JSON.stringify(value));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal.
  const plain = text.slice(0, 80).replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, ' ');
  return `"${plain}${text.length > 80 ? '...' : ''}"`;
}

function encodingOf(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  // XML 1.0 appendix F: without a mark, the declaration is readable as ASCII.
  if (bytes[0] === 0x3c && bytes[1] === 0x3f) {
    const head = String.fromCharCode(...bytes.subarray(0, 200));
    const declared = /^<\?xml[^>]*?encoding\s*=\s*["']([\w.:-]+)["']/.exec(head)?.[1]?.toLowerCase();
    // UTF-16 without its mark could not have been read this far: the declaration is wrong, the bytes are not.
    if (declared !== undefined && !declared.startsWith('utf-16')) return declared;
  }
  return 'utf-8';
}

function lineOfFirstFault(bytes: Uint8Array): number {
  let low = 0;
  let high = bytes.length;
  // The longest prefix that decodes ends at the fault; prefixes are good up to there and bad from there on.
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, middle), { stream: true });
      low = middle;
    } catch {
      high = middle - 1;
    }
  }
  let line = 1;
  for (let at = 0; at < low; at++) if (bytes[at] === 0x0a) line++;
  return line;
}
