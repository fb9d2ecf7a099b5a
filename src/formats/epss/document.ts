/**
 * EPSS scores as FIRST publishes them each day: a comment line `#model_version:...,score_date:...`, a heading
 * `cve,epss,percentile`, then a row per CVE. Histories and extracts with other columns are read too, by their heading.
 */
import type { EpssFact } from '../../domain/advisory/fact.ts';
import type { Day } from '../../domain/instant.ts';
import type { Problem } from '../../domain/problem.ts';
import { read as readInstant } from '../instant.ts';

export type EpssRow = { id: string; fact: EpssFact } | { problem: Problem };

/** Limits: ten times the CVEs there are, and a line longer than any description in an extract. */
const rowsMax = 3_000_000;
const lineMax = 65_536;

/** Names of the columns in the files that are about, in small letters. */
const columnNames = {
  id: ['cve'],
  score: ['epss'],
  percentile: ['percentile', 'epss percentile'],
  date: ['date', 'score_date', 'commit_date'],
};

/**
 * Reads EPSS rows line by line, without line ends: a row gives a fact or a problem with its line number; comments, headings
 * and blank lines give nothing. After a line for which the file cannot be read at all, no further line gives anything.
 * `date` dates the rows of a file that does not say its own.
 */
export function lineReader(date?: Day): (line: string) => EpssRow | undefined {
  let columns: Columns | undefined;
  let fileDate = date;
  let number = 0;
  let isOver = false;
  return (line) => {
    number++;
    if (isOver || line === '') return undefined;
    const path = `line ${number}`;
    const end = (message: string): EpssRow => {
      isOver = true;
      return { problem: { path, message } };
    };
    if (line.length > lineMax) return end(`The line is longer than ${lineMax} characters.`);
    if (number > rowsMax) return end(`The file has more than ${rowsMax} lines.`);
    if (line.startsWith('#')) {
      const stated = /score_date:(\d{4}-\d{2}-\d{2})/.exec(line)?.[1];
      if (stated !== undefined && readInstant(stated) !== undefined) fileDate = stated;
      return undefined;
    }
    const fields = line.includes('"') ? quotedFields(line) : line.split(',');
    if (columns !== undefined) return rowOf(fields, columns, fileDate, path);
    columns = columnsOf(fields);
    if (columns === undefined) return end('The heading must name the columns cve and epss.');
    if (columns.date < 0 && fileDate === undefined)
      return end('The file does not say its score date: give the day of the scores.');
    return undefined;
  };
}

/** As `lineReader`, for text that arrives in pieces of any size; holds one line at a time. */
export async function* read(pieces: AsyncIterable<string> | Iterable<string>, date?: Day): AsyncGenerator<EpssRow> {
  const readLine = lineReader(date);
  let rest = '';
  for await (const piece of pieces) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop()!;
    for (const line of lines) {
      const row = readLine(line.endsWith('\r') ? line.slice(0, -1) : line);
      if (row !== undefined) yield row;
    }
    // The reader refuses what is too long; holding more of it would only fill the memory.
    rest = rest.slice(0, lineMax + 1);
  }
  const row = readLine(rest);
  if (row !== undefined) yield row;
}

interface Columns {
  id: number;
  score: number;
  percentile: number;
  date: number;
}

function columnsOf(fields: string[]): Columns | undefined {
  const names = fields.map((field) => field.trim().toLowerCase());
  const place = (known: string[]) => names.findIndex((name) => known.includes(name));
  const columns = {
    id: place(columnNames.id),
    score: place(columnNames.score),
    percentile: place(columnNames.percentile),
    date: place(columnNames.date),
  };
  return columns.id < 0 || columns.score < 0 ? undefined : columns;
}

function rowOf(fields: string[], columns: Columns, fileDate: Day | undefined, path: string): EpssRow {
  const refuse = (message: string): EpssRow => ({ problem: { path, message } });
  const id = fields[columns.id]?.trim() ?? '';
  if (!/^CVE-\d{4}-\d{4,19}$/.test(id)) return refuse(`"${id.slice(0, 40)}" is not a CVE id.`);
  const score = shareOf(fields[columns.score]);
  if (score === undefined) return refuse(`The EPSS of ${id} is not a number from 0 to 1.`);
  const percentileText = fields[columns.percentile]?.trim() ?? '';
  const percentile = percentileText === '' ? undefined : shareOf(percentileText);
  if (percentile === undefined && percentileText !== '')
    return refuse(`The percentile of ${id} is not a number from 0 to 1.`);
  const rowDate = columns.date < 0 ? fileDate : fields[columns.date]?.trim().slice(0, 10);
  if (rowDate === undefined || !/^\d{4}-\d{2}-\d{2}$/.test(rowDate) || readInstant(rowDate) === undefined) {
    return refuse(`The date of ${id} is missing or not a date.`);
  }
  return {
    id,
    fact: {
      kind: 'epss',
      source: 'FIRST EPSS',
      date: rowDate,
      score,
      ...(percentile === undefined ? {} : { percentile }),
    },
  };
}

function shareOf(text: string | undefined): number | undefined {
  if (text === undefined || !/^\s*(\d+(\.\d*)?|\.\d+)(e-?\d+)?\s*$/i.test(text)) return undefined;
  const share = Number(text);
  return share >= 0 && share <= 1 ? share : undefined;
}

/** Fields of a line of RFC 4180 CSV; a field cannot span lines here. */
function quotedFields(line: string): string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, bare]) => quoted?.replaceAll('""', '"') ?? bare ?? '',
  );
}
