/**
 * Task packs as files, one JSON value a line. Before sealing a line is an item; in a sealed pack, which only its owner
 * keeps, a line is `{"salt": "<64 hex digits>", "item": {...}}` and the last line is the statement that was published.
 */

import {
  itemLengthMax,
  itemsMax,
  type PackStatement,
  readItem,
  readStatement,
  type TaskItem,
} from '../../domain/evidence/task-pack.ts';
import type { Problem } from '../../domain/problem.ts';
import { isObject, parse } from '../json.ts';

/** A pack that is refused; the message names the line and what to do. */
export class PackRefused extends Error {
  override readonly name = 'PackRefused';
  readonly problems: Problem[];

  constructor(problems: Problem[]) {
    super(problems.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('\n'));
    this.problems = problems;
  }
}

export type PackLine =
  /** `salt`, in hex, is undefined in a pack that is not sealed. */
  { item: TaskItem; salt: string | undefined } | { statement: PackStatement };

const refused = (line: number, message: string) => new PackRefused([{ path: `line ${line}`, message }]);

/**
 * Reads a pack of either form, line by line: as much is held as the longest line has. Throws PackRefused at the first line
 * that cannot be used, for a pack without items, and for a sealed one whose end is missing.
 */
export async function* read(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<PackLine> {
  const ids = new Set<string>();
  let isSealed: boolean | undefined;
  let isEnded = false;
  for await (const [text, line] of linesOf(bytes)) {
    if (isEnded) throw refused(line, 'Something follows the statement at the end of the pack.');
    const parsed = parse(text);
    if ('problems' in parsed) throw refused(line, parsed.problems[0]?.message ?? 'This is not JSON.');
    const { value } = parsed;
    if (isObject(value) && Object.hasOwn(value, 'format')) {
      const read = readStatement(value);
      if ('problems' in read)
        throw new PackRefused(read.problems.map((one) => ({ ...one, path: `line ${line}, ${one.path}` })));
      if (isSealed !== true || read.statement.size !== ids.size) {
        throw refused(
          line,
          `The statement is of ${read.statement.size} items; ${isSealed ? ids.size : 'none'} sealed ones stand before it.`,
        );
      }
      isEnded = true;
      yield { statement: read.statement };
      continue;
    }
    const sealed = isObject(value) && Object.hasOwn(value, 'salt') ? value : undefined;
    isSealed ??= sealed !== undefined;
    if (isSealed !== (sealed !== undefined)) throw refused(line, 'Sealed and other items stand in one file.');
    const salt = sealed?.['salt'];
    if (sealed !== undefined && (typeof salt !== 'string' || !/^[0-9a-f]{64}$/.test(salt))) {
      throw refused(line, 'A salt has 64 hexadecimal digits.');
    }
    const read = readItem(sealed === undefined ? value : sealed['item'], `line ${line}`);
    if ('problems' in read) throw new PackRefused(read.problems);
    if (ids.has(read.item.id)) throw refused(line, 'An item of this id stands before it. Give each its own.');
    ids.add(read.item.id);
    if (ids.size > itemsMax) throw refused(line, `A pack has ${itemsMax} items at most. Make several.`);
    yield { item: read.item, salt: salt as string | undefined };
  }
  if (ids.size === 0) throw new PackRefused([{ path: '', message: 'The pack has no items.' }]);
  if (isSealed && !isEnded) {
    throw new PackRefused([{ path: '', message: 'The end of the pack is missing: its last line is the statement.' }]);
  }
}

/** Lines that are not blank, with their number from 1. */
async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<[text: string, line: number]> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest = '';
  let line = 0;
  const decode = (chunk?: Uint8Array) => {
    try {
      return decoder.decode(chunk, { stream: chunk !== undefined });
    } catch {
      throw refused(line + 1, 'This is not UTF-8 text. Save the file as UTF-8.');
    }
  };
  // A salt and its names stand around a sealed item.
  const lengthMax = itemLengthMax + 200;
  for await (const chunk of bytes) {
    const lines = (rest + decode(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const text of lines) {
      line++;
      if (text.length > lengthMax) throw refused(line, `An item has ${itemLengthMax} characters at most.`);
      if (text.trim() !== '') yield [text, line];
    }
    if (rest.length > lengthMax) throw refused(line + 1, `An item has ${itemLengthMax} characters at most.`);
  }
  rest += decode();
  if (rest.trim() !== '') yield [rest, line + 1];
}
