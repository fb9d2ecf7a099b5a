/** RFC 4648 section 4, strict: one text for one byte string, in the browser and on the server. */
import { LogFormatError } from './format-error.ts';

export function encode(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

/** Refuses missing padding, white space and stray trailing bits, so that no signed text has two spellings. */
export function decode(text: string): Uint8Array {
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) {
    throw new LogFormatError('This is not standard base64 with padding.');
  }
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  if (encode(bytes) !== text) throw new LogFormatError('This base64 has stray trailing bits.');
  return bytes;
}
