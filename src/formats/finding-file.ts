import type { Report, ReportedComponent } from '../domain/intake/report.ts';
import type { Problem } from '../domain/problem.ts';
import { Refusal } from '../domain/refusal.ts';
import { itemsOf } from './advisory-stream.ts';
import { type Draft, type Found, keyOf, reportOf } from './finding/draft.ts';
import { checkReport } from './finding/report.ts';
import { isObject, type JsonObject, parse } from './json.ts';
import { JsonSlicer } from './json-stream.ts';
import { Refused, refuse } from './listing.ts';
import * as sarif from './sarif/document.ts';
import { decode } from './text.ts';

/** What one file may hold. */
export const fileLimits = {
  /** Formats that are one document are held whole; rows of NDJSON, JSON arrays and CSV are streamed, without a bound on their sum. */
  documentSizeMax: 64 * 1024 * 1024,
  resultsMax: 200_000,
  /** UTF-16 units of one row's original text. */
  originalLengthMax: 256 * 1024,
} as const;

/** One row of a file, from 1: its report and the text that it was read from, or why there is none. */
export type FindingRow = { row: number } & ({ report: Report; original: string } | { problems: Problem[] });

export interface ReadOptions {
  /** Taken as this format, whatever the file looks like. */
  format?: FindingFormat | undefined;
  /** The component that was examined, for rows that name none (most source scanners write paths only). */
  component?: ReportedComponent | undefined;
}

interface Format {
  /** For people. */
  title: string;
  /** Whether a JSON value is one of these; it may be the beginning of one, cut off and closed. */
  fits(value: unknown): boolean;
  read(value: JsonObject): Iterable<Found>;
  /** Whether an array or a sequence of these is read one by one. */
  isRow?: true;
}

/** Every format in which findings come, the more particular first. */
const formats = {
  sarif: { title: 'SARIF 2.1.0', fits: (value) => isObject(value) && sarif.isOne(value), read: sarif.read },
  report: {
    title: 'Assay report',
    fits: (value) => isObject(value) && 'title' in value && 'component' in value,
    read: (value) => [ownReport(value)],
    isRow: true,
  },
} as const satisfies Record<string, Format>;

export type FindingFormat = keyof typeof formats;
const table: readonly [FindingFormat, Format][] = Object.entries(formats) as [FindingFormat, Format][];

/** Names of the formats and their titles, in the order of detection. */
export const findingFormats: readonly { format: FindingFormat; title: string }[] = table.map(([format, { title }]) => ({
  format,
  title,
}));

/**
 * The format of a file by its beginning (64 kB tell all that are known) and, where that leaves a doubt, its name; undefined when it is none that
 * is read. A guess for a person who chooses a file: `read` judges by the whole.
 */
export function formatOf(head: Uint8Array, _fileName: string): FindingFormat | undefined {
  const value = beginningOf(new TextDecoder().decode(head).replace(/^\ufeff/, ''));
  return formatFor(value)?.[0] ?? (Array.isArray(value) ? formatFor(value[0])?.[0] : undefined);
}

/**
 * Reads the findings of a file, row by row. What a row cannot be read for is said in its place and the next one follows. Throws a Refusal
 * (`report_not_read`, with problems) before the first row when the file is nothing that is known; what breaks off later ends in a row
 * with problems. A file that is known and holds no finding gives no row. Same bytes and options give the same rows, numbers and keys.
 */
export async function* read(
  bytes: AsyncIterable<Uint8Array>,
  fileName: string,
  options: ReadOptions = {},
): AsyncGenerator<FindingRow> {
  let row = 0;
  try {
    for await (const found of findings(bytes, fileName, options)) {
      if (row === fileLimits.resultsMax) {
        throw new Refused('', `The file holds more than ${fileLimits.resultsMax} results. Split it and send the rest.`);
      }
      yield rowOf(++row, found, options);
    }
  } catch (error) {
    const problems = refuse(error);
    if (row === 0) throw new Refusal('report_not_read', { problems });
    yield { row: row + 1, problems };
  }
}

function rowOf(row: number, found: Found, { component }: ReadOptions): FindingRow {
  if ('problems' in found) return { row, problems: found.problems };
  let original: string;
  try {
    original = JSON.stringify(found.original);
  } catch {
    return { row, problems: [{ path: found.path, message: 'This result is nested too deeply to keep.' }] };
  }
  if (original.length > fileLimits.originalLengthMax) {
    const message = `This result is larger than ${fileLimits.originalLengthMax / 1024} kB. Send a shorter one, and point to the rest.`;
    return { row, problems: [{ path: found.path, message }] };
  }
  if ('report' in found) return { row, report: found.report, original };
  const { draft } = found;
  const given: Draft = draft.isNameGuessed === true && component !== undefined ? { ...draft, ...component } : draft;
  const report = reportOf(given);
  if (Array.isArray(report)) return { row, problems: report.map((problem) => within(found.path, problem)) };
  return { row, report, original };
}

const within = (path: string, problem: Problem): Problem => ({
  ...problem,
  path: path === '' ? problem.path : problem.path === '' ? path : `${path}: ${problem.path}`,
});

function ownReport(value: JsonObject): Found {
  const report = checkReport(value);
  if (Array.isArray(report)) return { path: '', original: value, problems: report };
  return { path: '', original: value, report: { ...report, key: report.key ?? keyOf(report) } };
}

const formatFor = (value: unknown) => table.find(([, format]) => format.fits(value));

/** So much is looked at to tell what a file is. */
const headSize = 512 * 1024;

async function* findings(
  bytes: AsyncIterable<Uint8Array>,
  fileName: string,
  options: ReadOptions,
): AsyncGenerator<Found> {
  const source = bytes[Symbol.asyncIterator]();
  const parts: Uint8Array[] = [];
  let size = 0;
  while (size < headSize) {
    const { value, done } = await source.next();
    if (done === true) break;
    parts.push(value);
    size += value.length;
  }
  const all = (async function* () {
    yield* parts;
    for (let next = await source.next(); next.done !== true; next = await source.next()) yield next.value;
  })();
  const head = new TextDecoder(headEncoding(parts[0])).decode(joined(parts)).replace(/^\ufeff/, '');
  const first = /\S/.exec(head)?.[0];
  if (first === undefined)
    throw new Refused('', 'The file is empty. Nothing in it says that something was looked for.');
  if (first === '{' && isSequence(head, fileName)) yield* sequence(all, options);
  else if (first === '[' && isArrayOfRows(head)) yield* elements(all, options);
  else yield* document(await whole(all), options);
}

const headEncoding = (bytes: Uint8Array | undefined) =>
  bytes?.[0] === 0xff && bytes[1] === 0xfe
    ? 'utf-16le'
    : bytes?.[0] === 0xfe && bytes[1] === 0xff
      ? 'utf-16be'
      : 'utf-8';

/** One document in a file of its own. */
function* document(bytes: Uint8Array, options: ReadOptions): Generator<Found> {
  const decoded = decode(bytes);
  if ('problems' in decoded) throw new Refused(decoded.problems[0]?.path ?? '', decoded.problems[0]?.message ?? '');
  const parsed = parse(decoded.text);
  if ('problems' in parsed) throw new Refused(parsed.problems[0]?.path ?? '', parsed.problems[0]?.message ?? '');
  yield* valueFindings(parsed.value, options);
}

function* valueFindings(value: unknown, { format }: ReadOptions): Generator<Found> {
  const fitting = format === undefined ? formatFor(value)?.[1] : formats[format];
  if (fitting === undefined || !isObject(value)) throw new Refused('', unknown());
  yield* fitting.read(value);
}

const unknown = () =>
  `This is nothing that findings are read from. Known are: ${findingFormats.map(({ title }) => title).join(', ')}.`;

/** Several JSON values after one another, mostly one a line. */
async function* sequence(bytes: AsyncIterable<Uint8Array>, options: ReadOptions): AsyncGenerator<Found> {
  for await (const item of itemsOf(bytes)) {
    const path = `line ${item.number}`;
    if (item.text === undefined) {
      yield { path, original: null, problems: [{ path, message: item.problem?.message ?? '' }] };
      continue;
    }
    const parsed = parse(item.text);
    if ('problems' in parsed) {
      yield { path, original: null, problems: parsed.problems.map((problem) => within(path, problem)) };
    } else yield* row(parsed.value, path, options);
  }
}

/** One value among many: what it is refused for does not end the others. */
function* row(value: unknown, path: string, options: ReadOptions): Generator<Found> {
  try {
    for (const found of valueFindings(value, options)) {
      const at = found.path === '' ? path : `${path}: ${found.path}`;
      if ('problems' in found) {
        yield { ...found, path: at, problems: found.problems.map((problem) => within(path, problem)) };
      } else yield { ...found, path: at };
    }
  } catch (error) {
    yield { path, original: value, problems: refuse(error).map((problem) => within(path, problem)) };
  }
}

/** The elements of one JSON array, one by one. */
async function* elements(bytes: AsyncIterable<Uint8Array>, options: ReadOptions): AsyncGenerator<Found> {
  let ready: { value: unknown; index: number }[] = [];
  // The slicer reads an object's members: the array is made the one member of such.
  const slicer = new JsonSlicer({
    wants: () => 'elements',
    onValue: () => {},
    onElement: (_, index, value) => ready.push({ value, index }),
  });
  const write = (text: string) => slicer.write(new TextEncoder().encode(text));
  const found = function* () {
    const values = ready;
    ready = [];
    for (const { value, index } of values) yield* row(value, `[${index}]`, options);
  };
  write('{"":');
  let isFirst = true;
  for await (const chunk of bytes) {
    const hasMark = isFirst && chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf;
    isFirst = false;
    slicer.write(hasMark ? chunk.subarray(3) : chunk);
    yield* found();
  }
  write('}');
  slicer.end();
  yield* found();
}

/** Whether several JSON objects follow one another: by the name, or because the first ends and more comes. */
function isSequence(head: string, fileName: string): boolean {
  if (/\.(?:ndjson|jsonl)$/i.test(fileName)) return true;
  const end = endOfValue(head);
  if (end !== undefined) return /\S/.test(head.slice(end, end + 1000));
  // A first line that is broken must not hide that lines follow.
  return /^\s*\{[^\n]*\n\{/.test(head.slice(0, 65_536));
}

/** The offset after the first object or array of a text, by brackets outside of strings; undefined when it does not end. */
function endOfValue(text: string): number | undefined {
  let depth = 0;
  for (let at = text.search(/[[{]/); at >= 0 && at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) {
      for (at++; at < text.length && text.charCodeAt(at) !== 0x22; at++) if (text.charCodeAt(at) === 0x5c) at++;
    } else if (code === 0x7b || code === 0x5b) depth++;
    else if ((code === 0x7d || code === 0x5d) && --depth === 0) return at + 1;
  }
  return undefined;
}

function isArrayOfRows(head: string): boolean {
  const value = beginningOf(head);
  return Array.isArray(value) && formatFor(value[0])?.[1].isRow === true;
}

/** How deep the beginning of a document is followed. */
const depthMax = 200;

/**
 * The JSON value that a text begins with, cut after the last member that is whole and closed there; undefined when it is no object or
 * array. For telling what a document is without having all of it.
 */
export function beginningOf(text: string): unknown {
  const open: string[] = [];
  /** Where the text may be cut, and what closes it there. */
  let cut = 0;
  let closing = '';
  for (let at = text.search(/\S/); at >= 0 && at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) {
      for (at++; at < text.length && text.charCodeAt(at) !== 0x22; at++) if (text.charCodeAt(at) === 0x5c) at++;
      continue;
    }
    if (code === 0x7b || code === 0x5b) {
      if (open.length === depthMax) break;
      open.push(code === 0x7b ? '}' : ']');
    } else if (code === 0x7d || code === 0x5d) open.pop();
    else if (code !== 0x2c) continue;
    cut = code === 0x2c ? at : at + 1;
    closing = open.toReversed().join('');
    if (open.length === 0) break;
  }
  try {
    const value: unknown = JSON.parse(text.slice(0, cut) + closing);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** All bytes of a document. Throws `Refused` beyond its bound. */
async function whole(bytes: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of bytes) {
    size += part.length;
    if (size > fileLimits.documentSizeMax) {
      throw new Refused(
        '',
        `The document is larger than ${fileLimits.documentSizeMax / 1024 / 1024} MB. Split it, or send one report a line (NDJSON).`,
      );
    }
    parts.push(part);
  }
  return joined(parts);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
