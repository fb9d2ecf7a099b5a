/** Text in an encoding, which a machine reader decodes and a person does not: Base64, Base32, hexadecimal, percent, entities, escapes. */
import { addressed } from './addressed.ts';
import type { Hit } from './hidden.ts';
import { hiddenMarkup } from './markup.ts';

/** Units decoded in one text at most, and in one blob. */
const decodedMax = 64 * 1024;
const blobMax = 16 * 1024;

const hexBytes = (digits: string) => {
  const bytes = new Uint8Array(digits.length >> 1);
  for (let at = 0; at < bytes.length; at++) bytes[at] = Number.parseInt(digits.slice(2 * at, 2 * at + 2), 16);
  return bytes;
};
const pairs = (found: string) => hexBytes(found.replace(/[^0-9a-fA-F]/g, ''));

const encodings: { name: string; pattern: RegExp; bytes: (found: string) => Uint8Array }[] = [
  { name: 'Base64', pattern: /(?:[A-Za-z0-9+/_-]{20,}\r?\n?)+={0,2}/g, bytes: fromBase64 },
  { name: 'Base32', pattern: /(?<![A-Za-z0-9])[A-Z2-7]{24,}={0,6}/g, bytes: fromBase32 },
  { name: 'hexadecimal', pattern: /(?<![0-9a-fA-F])(?:[0-9a-fA-F]{2}[ :]?){16,}/g, bytes: pairs },
  {
    name: 'hexadecimal escapes',
    pattern: /(?:\\x[0-9a-fA-F]{2}){8,}/g,
    bytes: (found) => pairs(found.replaceAll('\\x', '')),
  },
  { name: 'percent encoding', pattern: /(?:%[0-9a-fA-F]{2}){8,}/g, bytes: pairs },
  { name: 'character references', pattern: /(?:&#(?:x[0-9a-f]{2,5}|\d{2,6});){8,}/gi, bytes: fromReferences },
  {
    name: 'Unicode escapes',
    pattern: /(?:\\u00[0-9a-fA-F]{2}){8,}/g,
    bytes: (found) => pairs(found.replaceAll('\\u00', '')),
  },
  {
    name: 'binary digits',
    pattern: /(?:[01]{8} ?){16,}/g,
    bytes: (found) => Uint8Array.from(found.match(/[01]{8}/g) ?? [], (byte) => Number.parseInt(byte, 2)),
  },
];

/** Blobs that decode to text which addresses a machine reader. The hit is the whole blob. */
export function* encodedText(text: string): Generator<Hit> {
  let left = decodedMax;
  for (const { name, pattern, bytes } of encodings) {
    for (const match of text.matchAll(pattern)) {
      if (left <= 0) return;
      const blob = match[0].slice(0, Math.min(blobMax, left));
      left -= blob.length;
      const decoded = readableText(bytes(blob));
      if (decoded === undefined) continue;
      for (const _ of hitsIn(decoded)) {
        yield {
          rule: 'encoded_instruction',
          start: match.index,
          end: match.index + match[0].length,
          why: `Decoded from ${name}, the text addresses a machine reader.`,
        };
        break;
      }
    }
  }
}

function* hitsIn(text: string): Generator<Hit> {
  yield* addressed(text);
  for (const hit of hiddenMarkup({ field: '', kind: 'code', text })) yield hit;
}

/** The text that bytes hold in UTF-8, or in UTF-16 of Latin letters; undefined where it is not text with spaces. */
function readableText(bytes: Uint8Array): string | undefined {
  const dense = bytes.length > 3 && bytes[1] === 0 && bytes[3] === 0 ? bytes.filter((_, at) => at % 2 === 0) : bytes;
  // Most blobs are digests and keys: refused before anything is decoded.
  let odd = 0;
  for (let at = 0; at < Math.min(24, dense.length); at++)
    if (dense[at]! < 0x09 || (dense[at]! > 0x0d && dense[at]! < 0x20)) odd++;
  if (odd > 1) return undefined;
  const text = decoder.decode(dense);
  const replaced = text.split('\ufffd').length - 1;
  return replaced * 20 > text.length + 20 || !/\s|%20|\+/.test(text) ? undefined : text;
}

const decoder = new TextDecoder();

function fromBase64(found: string): Uint8Array {
  const digits = found
    .replace(/[\r\n=]/g, '')
    .replaceAll('-', '+')
    .replaceAll('_', '/');
  // `atob` takes whole groups of four, or a last group of two or three digits.
  const whole = digits.length % 4 === 1 ? digits.slice(0, -1) : digits;
  return Uint8Array.from(atob(whole), (unit) => unit.charCodeAt(0));
}

/** RFC 4648 section 6; digits that fill no byte are left. */
function fromBase32(found: string): Uint8Array {
  const bytes: number[] = [];
  let bits = 0;
  let value = 0;
  for (const digit of found.replace(/=+$/, '')) {
    value = ((value << 5) | 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(digit)) & 0xffff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((value >> bits) & 0xff);
    }
  }
  return Uint8Array.from(bytes);
}

function fromReferences(found: string): Uint8Array {
  const points = [...found.matchAll(/&#(?:x([0-9a-f]+)|(\d+));/gi)].map(([, hex, decimal]) =>
    hex === undefined ? Number(decimal) : Number.parseInt(hex, 16),
  );
  return encoder.encode(points.map((point) => (point <= 0x10ffff ? String.fromCodePoint(point) : '')).join(''));
}

const encoder = new TextEncoder();
