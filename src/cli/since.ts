/** Clocks of earlier scans: from when the days of each vulnerability count. */

import type { Clock } from '../domain/advisory/priority/clock.ts';
import type { Day } from '../domain/instant.ts';

const sizeMax = 256 * 1024 * 1024;
const clocksMax = 1_000_000;
const textSizeMax = 2_000;

/** What one line of `assay scan --format json` carries over to the next scan of the same system. */
export interface Earlier {
  file: string;
  clocks: Clock[];
}

/** Reads an output of `assay scan --format json`, one value a line. Every value is checked: the file may come from anywhere. */
export function read(text: string): { earlier: Earlier[] } | { problem: string } {
  if (text.length > sizeMax) return { problem: `larger than ${sizeMax} characters` };
  const earlier: Earlier[] = [];
  let count = 0;
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const at = `line ${index + 1}`;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch (error) {
      return { problem: `${at} is not JSON: ${(error as Error).message}` };
    }
    if (!isObject(value) || typeof value.file !== 'string' || !Array.isArray(value.clocks))
      return { problem: `${at} is no output of assay scan --format json with "file" and "clocks"` };
    count += value.clocks.length;
    if (count > clocksMax) return { problem: `more than ${clocksMax} clocks` };
    const wrong = value.clocks.findIndex((clock) => !isClock(clock));
    if (wrong >= 0) return { problem: `${at}, clocks[${wrong}] is not a clock` };
    earlier.push({ file: value.file, clocks: value.clocks });
  }
  return earlier.length === 0 ? { problem: 'it is empty' } : { earlier };
}

/** The clocks for one inventory: of the lines with its file name; where one was scanned then and one is now, of that one. */
export function clocksFor(earlier: readonly Earlier[], file: string, isOnlyOne: boolean): Clock[] | undefined {
  const own = earlier.filter((one) => one.file === file);
  if (own.length > 0) return own.flatMap(({ clocks }) => clocks);
  return isOnlyOne && earlier.length === 1 ? earlier[0]!.clocks : undefined;
}

function isClock(value: unknown): value is Clock {
  if (!isObject(value) || !isText(value.package) || !isText(value.vulnerability) || !isDay(value.listed)) return false;
  return (
    isObject(value.decided) &&
    Object.values(value.decided).every((outcomes) => isObject(outcomes) && Object.values(outcomes).every(isDay))
  );
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isText = (value: unknown): value is string => typeof value === 'string' && value.length <= textSizeMax;

const isDay = (value: unknown): value is Day =>
  typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value));
