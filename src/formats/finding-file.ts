import type { Report, ReportedComponent } from '../domain/intake/report.ts';
import type { Problem } from '../domain/problem.ts';
import { Refusal } from '../domain/refusal.ts';
import { itemsOf } from './advisory-stream.ts';
import * as csaf from './csaf/finding.ts';
import * as csv from './csv/finding.ts';
import * as cve from './cve/finding.ts';
import * as cyclonedx from './cyclonedx/finding.ts';
import * as cyclonedxXml from './cyclonedx/finding-xml.ts';
import { type Draft, type Found, keyOf, reportOf, textOf } from './finding/draft.ts';
import { checkReport } from './finding/report.ts';
import { isObject, parse } from './json.ts';
import { JsonSlicer } from './json-stream.ts';
import { Refused, refuse } from './listing.ts';
import * as openvex from './openvex/finding.ts';
import * as osv from './osv/finding.ts';
import * as sarif from './sarif/document.ts';
import * as dependencyCheck from './scanner-reports/dependency-check.ts';
import * as dependencyTrack from './scanner-reports/dependency-track.ts';
import * as github from './scanner-reports/github.ts';
import * as govulncheck from './scanner-reports/govulncheck.ts';
import * as grype from './scanner-reports/grype.ts';
import * as npmAudit from './scanner-reports/npm-audit.ts';
import * as osvScanner from './scanner-reports/osv-scanner.ts';
import * as pipAudit from './scanner-reports/pip-audit.ts';
import * as semgrep from './scanner-reports/semgrep.ts';
import * as trivy from './scanner-reports/trivy.ts';
import * as yarnAudit from './scanner-reports/yarn-audit.ts';
import { decode } from './text.ts';
import * as xml from './xml.ts';

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
  /** What the columns of a CSV table mean: column to field. Without one the headings are gone by. */
  mapping?: csv.Mapping | undefined;
  /** The component that was examined, for rows that name none (most source scanners write paths only). */
  component?: ReportedComponent | undefined;
}

interface Format {
  /** For people. */
  title: string;
  json?: {
    /** Whether a JSON value is one of these; it may be the beginning of one, cut off and closed. Several values of one file come as an array. */
    isOne(value: unknown): boolean;
    read(value: unknown): Iterable<Found>;
    /** Whether an array or a sequence of these is read one by one. */
    isRow?: true;
  };
  xml?: { isOne(root: xml.Element): boolean; read(root: xml.Element): Iterable<Found> };
}

/** Every format in which findings come, the more particular first. */
const formats = {
  sarif: { title: 'SARIF 2.1.0', json: { isOne: sarif.isOne, read: sarif.read } },
  report: {
    title: 'Assay reports',
    json: {
      isOne: (value: unknown) => isObject(value) && 'title' in value && 'component' in value,
      read: (value: unknown) => [ownReport(value)],
      isRow: true,
    },
  },
  csaf: { title: 'CSAF 2.0', json: { isOne: csaf.isOne, read: csaf.read, isRow: true } },
  cve: { title: 'CVE JSON 5', json: { isOne: cve.isOne, read: cve.read, isRow: true } },
  cyclonedx: {
    title: 'CycloneDX VDR',
    json: { isOne: cyclonedx.isOne, read: cyclonedx.read },
    xml: { isOne: cyclonedxXml.isOne, read: cyclonedxXml.read },
  },
  openvex: { title: 'OpenVEX', json: { isOne: openvex.isOne, read: openvex.read } },
  trivy: { title: 'Trivy', json: { isOne: trivy.isOne, read: trivy.read } },
  grype: { title: 'Grype', json: { isOne: grype.isOne, read: grype.read } },
  'osv-scanner': { title: 'OSV-Scanner', json: { isOne: osvScanner.isOne, read: osvScanner.read } },
  'npm-audit': { title: 'npm audit and pnpm audit', json: { isOne: npmAudit.isOne, read: npmAudit.read } },
  'yarn-audit': { title: 'yarn audit', json: { isOne: yarnAudit.isOne, read: yarnAudit.read } },
  'pip-audit': { title: 'pip-audit', json: { isOne: pipAudit.isOne, read: pipAudit.read } },
  govulncheck: { title: 'govulncheck', json: { isOne: govulncheck.isOne, read: govulncheck.read } },
  semgrep: { title: 'Semgrep', json: { isOne: semgrep.isOne, read: semgrep.read } },
  'dependency-check': { title: 'Dependency-Check', xml: { isOne: dependencyCheck.isOne, read: dependencyCheck.read } },
  'dependency-track': { title: 'Dependency-Track', json: { isOne: dependencyTrack.isOne, read: dependencyTrack.read } },
  github: { title: 'GitHub alerts', json: { isOne: github.isOne, read: github.read } },
  osv: { title: 'OSV', json: { isOne: osv.isOne, read: osv.read, isRow: true } },
  csv: { title: 'CSV' },
} as const satisfies Record<string, Format>;

export type FindingFormat = keyof typeof formats;
const table: readonly [FindingFormat, Format][] = Object.entries(formats) as [FindingFormat, Format][];

/** Names of the formats and their titles, in the order of detection. */
export const findingFormats: readonly { format: FindingFormat; title: string }[] = table.map(([format, { title }]) => ({
  format,
  title,
}));

/** What is known and yet no report, with the way out. */
const mistaken: readonly { isOne(value: unknown): boolean; reason: string }[] = [
  {
    isOne: (value) =>
      isObject(value) && isObject(value) && ('spdxVersion' in value || 'SPDXID' in value || '@graph' in value),
    reason:
      'This SPDX document is an inventory, not a report: it lists what is installed and claims no flaw. Import it as an inventory.',
  },
  {
    isOne: (value) => isObject(value) && 'catalogVersion' in value && 'vulnerabilities' in value,
    reason:
      'This is a catalogue of exploited vulnerabilities (KEV), not a report. An operator imports it with the advisories.',
  },
];

/**
 * The format of a file by its beginning (64 kB tell all that are known) and, where that leaves a doubt, its name; undefined when it is none
 * that is read. A guess for a person who chooses a file: `read` judges by the whole.
 */
export function formatOf(head: Uint8Array, fileName: string): FindingFormat | undefined {
  const text = textOfHead(head);
  const first = /\S/.exec(text)?.[0];
  if (first === '<') {
    // The root alone, as if it were closed at once.
    const tag = /<(?![?!])[^<>]{1,10000}>/.exec(text)?.[0];
    if (tag === undefined) return undefined;
    try {
      const root = xml.parse(`${tag.replace(/\/?>$/, '')}/>`);
      return table.find(([, format]) => format.xml?.isOne(root) === true)?.[0];
    } catch {
      return undefined;
    }
  }
  if (first === '{' || first === '[') {
    const value = beginningOf(text);
    return (formatFor(value) ?? formatFor([value]) ?? (Array.isArray(value) ? formatFor(value[0]) : undefined))?.[0];
  }
  return first !== undefined && isTable(text, fileName) ? 'csv' : undefined;
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
  let received = 0;
  let given = 0;
  const counted = (async function* () {
    for await (const chunk of bytes) {
      received += chunk.length;
      yield chunk;
    }
  })();
  try {
    for await (const found of findings(counted, fileName, options)) {
      if (row === fileLimits.resultsMax) {
        throw new Refused('', `The file holds more than ${fileLimits.resultsMax} results. Split it and send the rest.`);
      }
      const next = rowOf(row + 1, found, options);
      // What stands once in a file may come with each of its results; a small file must not grow without bound by that.
      given += ('draft' in found ? lengthOf(found.draft) : 0) + ('original' in next ? next.original.length : 0);
      if (given > growthMax * received + growthFree) {
        const message =
          'The results are many times larger than the file. Split it, or send one report a line (NDJSON).';
        throw new Refused(found.path, message);
      }
      row++;
      yield next;
    }
  } catch (error) {
    const problems = refuse(error);
    if (row === 0) throw new Refusal('report_not_read', { problems });
    yield { row: row + 1, problems };
  }
}

/** How many times its size a file may give, and what it may in any case, in UTF-16 units. */
const growthMax = 8;
const growthFree = 16 * 1024 * 1024;

function rowOf(row: number, found: Found, { component }: ReadOptions): FindingRow {
  if ('problems' in found) return { row, problems: found.problems };
  let original: string;
  try {
    original = JSON.stringify(found.original);
  } catch (error) {
    return { row, problems: refuse(error).map((problem) => within(found.path, problem)) };
  }
  if (original.length > fileLimits.originalLengthMax) {
    const message = `This result is larger than ${fileLimits.originalLengthMax / 1024} kB. Send a shorter one, and point to the rest.`;
    return { row, problems: [{ path: found.path, message }] };
  }
  if ('report' in found) return { row, report: found.report, original };
  const { draft } = found;
  const isNamed = draft.isNameGuessed !== true && (textOf(draft.purl) ?? textOf(draft.name)) !== undefined;
  const given: Draft =
    isNamed || component === undefined ? draft : { ...draft, name: undefined, purl: undefined, ...component };
  const report = reportOf(given, found.key);
  if (Array.isArray(report)) return { row, problems: report.map((problem) => within(found.path, problem)) };
  return { row, report, original };
}

const within = (path: string, problem: Problem): Problem => ({
  ...problem,
  path: path === '' ? problem.path : problem.path === '' ? path : `${path}: ${problem.path}`,
});

function ownReport(value: unknown): Found {
  const report = checkReport(value);
  if (Array.isArray(report)) return { path: '', original: value, problems: report };
  return { path: '', original: value, report: { ...report, key: report.key ?? keyOf(report) } };
}

const formatFor = (value: unknown) => table.find(([, format]) => format.json?.isOne(value) === true);

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
  const head = textOfHead(joined(parts));
  const first = /\S/.exec(head)?.[0];
  if (first === undefined)
    throw new Refused('', 'The file is empty. Nothing in it says that something was looked for.');
  if (options.format === 'csv' || options.mapping !== undefined) yield* csv.read(all, options.mapping);
  else if (first === '{' && isSequence(head, fileName)) yield* sequence(all, head, options);
  else if (first === '[' && isArrayOfRows(head, options)) yield* elements(all, options, isFirstOurs(head));
  else if (first === '{' || first === '[' || first === '<') yield* document(await whole(all), options);
  else if (isSpdxText.test(head)) throw new Refused('', (mistaken[0] as { reason: string }).reason);
  else if (isPacked(parts[0])) throw new Refused('', 'This file is packed. Unpack it and send what is in it.');
  else if (isTable(head, fileName)) yield* csv.read(all);
  else if (/^\s*null\s*$/.test(head)) {
    throw new Refused('', 'The file holds nothing but "null": some tools write this when they looked at nothing.');
  } else throw new Refused('', unknown());
}

/** Both forms of SPDX in lines: tag and value, and YAML. */
const isSpdxText = /^spdxversion:/im;
const isTable = (head: string, fileName: string) =>
  /\.(?:csv|tsv)$/i.test(fileName) || (/^[^\n]*[,;\t]/.test(head) && !/^\s*[{[<]/.test(head));

/** gzip (RFC 1952), zip, zstandard (RFC 8878), bzip2, xz, by their first bytes. */
const isPacked = (bytes: Uint8Array | undefined) => {
  const [a, b, c] = bytes ?? [];
  return (
    (a === 0x1f && b === 0x8b) ||
    (a === 0x50 && b === 0x4b) ||
    (a === 0x28 && b === 0xb5) ||
    (a === 0x42 && b === 0x5a && c === 0x68) ||
    (a === 0xfd && b === 0x37)
  );
};

/** Text of a file's beginning, its last character perhaps cut. */
function textOfHead(bytes: Uint8Array): string {
  const [first, second] = bytes;
  const encoding =
    first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
  return new TextDecoder(encoding).decode(bytes);
}

/** One document in a file of its own. */
function* document(bytes: Uint8Array, options: ReadOptions): Generator<Found> {
  const decoded = decode(bytes);
  if ('problems' in decoded) throw refusedBy(decoded.problems);
  if (/^\s*</.test(decoded.text)) {
    const root = xml.parse(decoded.text);
    const format = table.find(([name, { xml: one }]) => name === options.format || one?.isOne(root) === true)?.[1].xml;
    if (format === undefined) throw new Refused(`line ${root.line}`, unknown());
    yield* format.read(root);
    return;
  }
  const parsed = parse(decoded.text);
  if ('problems' in parsed) throw refusedBy(parsed.problems);
  yield* valueFindings(parsed.value, options);
}

/** The texts of a draft together, in UTF-16 units. */
function lengthOf(draft: Draft): number {
  let sum = 0;
  for (const member of Object.values(draft) as unknown[]) {
    if (typeof member === 'string') sum += member.length;
    else if (Array.isArray(member)) for (const each of member) if (typeof each === 'string') sum += each.length;
  }
  return sum;
}

function refusedBy(problems: readonly Problem[]): Refused {
  return new Refused(problems[0]?.path ?? '', problems[0]?.message ?? '');
}

function* valueFindings(value: unknown, { format }: ReadOptions): Generator<Found> {
  const known: Format | undefined = format === undefined ? formatFor(value)?.[1] : formats[format];
  if (known?.json !== undefined) {
    yield* known.json.read(value);
    return;
  }
  // An array of nothing is what some tools write when they find nothing; whose it is, nothing tells.
  if (Array.isArray(value) && value.length === 0) return;
  throw new Refused('', mistaken.find((each) => each.isOne(value))?.reason ?? unknown());
}

const unknown = () =>
  `This is nothing that findings are read from. What is read: ${findingFormats.map(({ title }) => title).join(', ')}.`;

/** Several JSON values after one another, mostly one a line: each a row of its own, or all together one report. */
async function* sequence(bytes: AsyncIterable<Uint8Array>, head: string, options: ReadOptions): AsyncGenerator<Found> {
  const first = beginningOf(head);
  const format = options.format ?? formatFor([first])?.[0];
  if (format !== undefined && formatFor(first)?.[1].json?.isRow !== true && !isRow(format)) {
    const values: unknown[] = [];
    for await (const item of itemsOf(limited(bytes))) {
      const parsed = item.text === undefined ? undefined : parse(item.text);
      if (parsed === undefined || 'problems' in parsed) {
        const [problem] = parsed?.problems ?? [item.problem];
        throw new Refused(`value ${item.number}`, problem?.message ?? '');
      }
      values.push(parsed.value);
    }
    yield* valueFindings(values, options);
    return;
  }
  const isOurs = formatFor(first)?.[0] === 'report';
  for await (const item of itemsOf(bytes)) {
    const path = `row ${item.number}`;
    if (item.text === undefined) {
      yield { path, original: null, problems: [{ path, message: item.problem?.message ?? '' }] };
      continue;
    }
    const parsed = parse(item.text);
    if ('problems' in parsed) {
      yield { path, original: null, problems: parsed.problems.map((problem) => within(path, problem)) };
    } else yield* row(parsed.value, path, options, isOurs);
  }
}

const isRow = (format: FindingFormat) => (formats[format] as Format).json?.isRow === true;

/** A value of no known format that is meant as a report of our own shape: among such, or by one of the two fields that must be there. */
const isFaultyReport = (value: unknown, isOurs: boolean) =>
  isObject(value) && (isOurs || 'title' in value || 'component' in value) && formatFor(value) === undefined;

/** One value among many, of our own shape or not: what it is refused for does not end the others. */
function* row(value: unknown, path: string, options: ReadOptions, isOurs: boolean): Generator<Found> {
  let isAny = false;
  const isReport = options.format === undefined && isFaultyReport(value, isOurs);
  try {
    for (const found of isReport ? [ownReport(value)] : valueFindings(value, options)) {
      isAny = true;
      const at = found.path === '' ? path : `${path}: ${found.path}`;
      if ('problems' in found) {
        yield { ...found, path: at, problems: found.problems.map((problem) => within(path, problem)) };
      } else yield { ...found, path: at };
    }
  } catch (error) {
    const problems = refuse(error).map((problem) => within(path, problem));
    yield { path, original: value, problems };
    return;
  }
  if (!isAny) yield { path, original: value, problems: [{ path, message: 'There is no finding in this.' }] };
}

/** The elements of one JSON array, one by one. */
async function* elements(
  bytes: AsyncIterable<Uint8Array>,
  options: ReadOptions,
  isOurs: boolean,
): AsyncGenerator<Found> {
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
    for (const { value, index } of values) yield* row(value, `[${index}]`, options, isOurs);
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

function isArrayOfRows(head: string, { format }: ReadOptions): boolean {
  if (format !== undefined) return isRow(format);
  const value = beginningOf(head);
  if (!Array.isArray(value) || formatFor(value) !== undefined) return false;
  return formatFor(value[0])?.[1].json?.isRow === true;
}

function isFirstOurs(head: string): boolean {
  const value = beginningOf(head);
  return Array.isArray(value) && formatFor(value[0])?.[0] === 'report';
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
  for await (const part of limited(bytes)) parts.push(part);
  return joined(parts);
}

async function* limited(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const part of bytes) {
    size += part.length;
    if (size > fileLimits.documentSizeMax) {
      throw new Refused(
        '',
        `The document is larger than ${fileLimits.documentSizeMax / 1024 / 1024} MB. Split it, or send one report a line (NDJSON).`,
      );
    }
    yield part;
  }
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
