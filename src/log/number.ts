import { LogFormatError } from './format-error.ts';

/** A tree size or leaf index: ASCII decimal, no leading zeroes, below 2^53 so that it is exact. */
export function readWhole(text: string): number {
  if (!/^(?:0|[1-9][0-9]{0,15})$/.test(text)) throw new LogFormatError('This is not a decimal number.');
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new LogFormatError('This number is too large.');
  return value;
}
