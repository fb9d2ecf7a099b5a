import type { Problem } from '../../domain/problem.ts';
import { type Draft, type Found, levelOf, textOf, weaknessesOf } from '../finding/draft.ts';
import { isVector } from '../finding/report.ts';
import { read as readInstant } from '../instant.ts';
import { isObject } from '../json.ts';
import { Refused } from '../listing.ts';
import { quoted } from '../text.ts';
import { rows } from './rows.ts';

/** Which column of a table means which field of a report: column name to dotted path. Columns that are not named are left to the original. */
export type Mapping = Readonly<Record<string, string>>;

type Kind = 'text' | 'list' | 'line' | 'level' | 'vectors' | 'weaknesses' | 'moment';

/** Fields that a column can mean, and how its cells are read. A table's row tells one place. */
const fields: Readonly<Record<string, Kind>> = {
  key: 'text',
  title: 'text',
  description: 'text',
  'component.purl': 'text',
  'component.ecosystem': 'text',
  'component.name': 'text',
  'component.version': 'text',
  'component.affected': 'text',
  'component.fixed': 'list',
  'places.path': 'text',
  'places.symbol': 'text',
  'places.startLine': 'line',
  'places.endLine': 'line',
  aliases: 'list',
  weaknesses: 'weaknesses',
  severity: 'vectors',
  severityLevel: 'level',
  stack: 'text',
  reproduction: 'text',
  impact: 'text',
  patch: 'text',
  references: 'list',
  'provenance.tool': 'text',
  'provenance.toolVersion': 'text',
  'provenance.rule': 'text',
  foundAt: 'moment',
};

/** The fields that a mapping may name. */
export const mappingFields: readonly string[] = Object.keys(fields);

const columnsMax = 500;

/** What is wrong with a mapping from outside: fields that there are not, a field meant twice, no title or component. */
export function checkMapping(mapping: unknown): Problem[] {
  if (!isObject(mapping)) return [{ path: '', message: 'A mapping is an object: column to field.' }];
  const problems: Problem[] = [];
  const meant = new Set<unknown>();
  const columns = Object.entries(mapping);
  if (columns.length > columnsMax) return [{ path: '', message: `A mapping names at most ${columnsMax} columns.` }];
  for (const [column, field] of columns) {
    if (typeof field !== 'string' || !Object.hasOwn(fields, field)) {
      const message = `${quoted(field)} is no field of a report. Fields are: ${mappingFields.join(', ')}.`;
      problems.push({ path: column, message });
    } else if (meant.has(field))
      problems.push({ path: column, message: `Another column means ${quoted(field)} already.` });
    meant.add(field);
  }
  if (!meant.has('title')) problems.push({ path: '', message: 'Say which column is the title.' });
  if (!meant.has('component.purl') && !meant.has('component.name')) {
    problems.push({ path: '', message: 'Say which column names the component: its name or its package URL.' });
  }
  return problems;
}

/** Words in headings that mean a field, letters and digits only, the likeliest first. */
const words: readonly [field: string, words: readonly string[]][] = [
  ['key', ['key', 'id', 'findingid', 'issueid', 'uniqueid', 'fingerprint']],
  [
    'title',
    ['title', 'name', 'summary', 'finding', 'vulnerability', 'issue', 'vulnerabilityname', 'findingname', 'headline'],
  ],
  ['description', ['description', 'details', 'detail', 'overview', 'message', 'text']],
  ['component.purl', ['purl', 'packageurl']],
  ['component.ecosystem', ['ecosystem', 'packagetype', 'packagemanager']],
  [
    'component.name',
    ['component', 'package', 'packagename', 'componentname', 'product', 'asset', 'library', 'dependency', 'module'],
  ],
  [
    'component.version',
    ['version', 'installedversion', 'packageversion', 'componentversion', 'currentversion', 'foundversion'],
  ],
  ['component.affected', ['affected', 'affectedversions', 'vulnerableversions', 'versionrange', 'affectedrange']],
  [
    'component.fixed',
    ['fixed', 'fixedversion', 'fixedin', 'fixversion', 'fixversions', 'patchedversions', 'fixedversions'],
  ],
  ['places.path', ['path', 'file', 'filepath', 'filename', 'location']],
  ['places.symbol', ['symbol', 'function', 'method', 'class', 'endpoint']],
  ['places.startLine', ['line', 'startline', 'linenumber', 'lineno']],
  ['places.endLine', ['endline']],
  ['aliases', ['cve', 'cves', 'cveid', 'cveids', 'alias', 'aliases', 'vulnerabilityid', 'vulnid', 'advisory', 'ghsa']],
  ['weaknesses', ['cwe', 'cwes', 'cweid', 'cweids', 'weakness', 'weaknesses']],
  ['severityLevel', ['severitylevel', 'severity', 'level', 'risk', 'criticality', 'rating']],
  ['severity', ['vector', 'cvssvector', 'cvss', 'cvssv3', 'cvssv4', 'cvss3vector', 'cvss4vector', 'severity']],
  ['stack', ['stack', 'stacktrace', 'backtrace', 'trace', 'sanitizer']],
  ['reproduction', ['reproduction', 'steps', 'stepstoreproduce', 'poc', 'proofofconcept', 'reproducer']],
  ['impact', ['impact', 'consequence']],
  ['patch', ['patch', 'fix', 'diff']],
  ['references', ['references', 'reference', 'url', 'urls', 'link', 'links', 'moreinfo']],
  ['provenance.tool', ['tool', 'scanner', 'toolname', 'source', 'detector']],
  ['provenance.toolVersion', ['toolversion', 'scannerversion']],
  ['provenance.rule', ['rule', 'ruleid', 'check', 'checkid', 'pluginid', 'testid']],
  [
    'foundAt',
    ['foundat', 'date', 'found', 'detected', 'detectedat', 'firstseen', 'created', 'createdat', 'discovered'],
  ],
];

/** A mapping by the headings of a table, to be looked at by a person: each field gets the column whose heading says it best. */
export function proposeMapping(headings: readonly string[]): Mapping {
  const columns = new Map<string, string>();
  for (const heading of headings.slice(0, columnsMax)) {
    const word = heading.toLowerCase().replace(/[^a-z0-9]/g, '');
    if (!columns.has(word)) columns.set(word, heading);
  }
  const mapping = new Map<string, string>();
  const take = (field: string, column: string | undefined) => {
    if (column === undefined || mapping.has(column) || [...mapping.values()].includes(field)) return;
    mapping.set(column, field);
  };
  // A column called "severity" mostly holds a word.
  for (const [field] of words) if (field !== 'severity' && headings.includes(field)) take(field, field);
  for (const [field, known] of words) {
    for (const word of known) if (columns.get(word) !== undefined) take(field, columns.get(word));
  }
  return Object.fromEntries(mapping);
}

const headingsIn = (cells: readonly string[]) => cells.map((cell) => cell.replace(/^\ufeff/, '').trim());

/** The headings of a table, as a mapping names its columns; undefined where it is empty. Throws `Refused` for what is no table. */
export async function headingsOf(bytes: AsyncIterable<Uint8Array>): Promise<string[] | undefined> {
  for await (const [first] of rows(bytes)) if (first !== undefined) return headingsIn(first.cells);
  return undefined;
}

/**
 * The rows of a table in CSV by a mapping, else by the one that its headings propose. Throws `Refused` for a mapping that does not fit and for a table
 * whose headings do not tell what its columns mean.
 */
export async function* read(bytes: AsyncIterable<Uint8Array>, given?: Mapping): AsyncGenerator<Found> {
  let columns: { index: number; heading: string; field: string; kind: Kind }[] | undefined;
  let headings: string[] = [];
  for await (const batch of rows(bytes)) {
    for (const { line, cells } of batch) {
      const path = `line ${line}`;
      if (columns === undefined) {
        headings = headingsIn(cells);
        const mapping = given ?? proposeMapping(headings);
        const faults = [...checkMapping(mapping), ...missing(mapping, headings)];
        if (faults[0] !== undefined) {
          const told =
            given === undefined ? `The headings do not tell what the columns mean (${listedOf(headings)}). ` : '';
          throw new Refused(faults[0].path === '' ? path : `${path}: ${faults[0].path}`, told + faults[0].message);
        }
        columns = Object.entries(mapping).map(([heading, field]) => ({
          index: headings.indexOf(heading),
          heading,
          field,
          kind: fields[field] ?? 'text',
        }));
        continue;
      }
      const original = Object.fromEntries(cells.map((cell, index) => [headings[index] || `column ${index + 1}`, cell]));
      if (cells.length > headings.length) {
        const message = `The row has ${cells.length} cells, and the headings are ${headings.length}. Put a cell that holds the separator in quotes.`;
        yield { path, original, problems: [{ path, message }] };
      } else yield { path, original, ...rowOf(path, cells, columns) };
    }
  }
}

const listedOf = (headings: readonly string[]) => quoted(headings.join(', '));

function missing(mapping: Mapping, headings: readonly string[]): Problem[] {
  return Object.keys(mapping)
    .filter((column) => !headings.includes(column))
    .map((column) => ({
      path: column,
      message: `There is no column ${quoted(column)}. There are: ${headings.join(', ')}.`,
    }));
}

/** Cells that a field cannot hold are faults of the row: they were mapped on purpose. */
function rowOf(
  path: string,
  cells: readonly string[],
  columns: readonly { index: number; heading: string; field: string; kind: Kind }[],
): { draft: Draft; key: string | undefined } | { problems: Problem[] } {
  const values = new Map<string, string>();
  const problems: Problem[] = [];
  for (const { index, heading, field, kind } of columns) {
    const cell = textOf(cells[index]);
    if (cell === undefined) continue;
    const fault = faultOf(kind, cell);
    if (fault !== undefined) problems.push({ path: `${path}, ${heading}`, message: `${quoted(cell)} ${fault}` });
    values.set(field, cell);
  }
  if (!values.has('title')) problems.push({ path, message: 'The title is empty.' });
  if (problems.length > 0) return { problems };
  const list = (field: string) => values.get(field)?.split(/[\s,;|]+/);
  const line = (field: string) => (values.has(field) ? Number(values.get(field)) : undefined);
  const draft: Draft = {
    titles: [values.get('title')],
    description: values.get('description'),
    purl: values.get('component.purl'),
    ecosystem: values.get('component.ecosystem'),
    name: values.get('component.name'),
    version: values.get('component.version'),
    affected: values.get('component.affected'),
    fixed: list('component.fixed'),
    places: [
      {
        path: values.get('places.path'),
        symbol: values.get('places.symbol'),
        startLine: line('places.startLine'),
        endLine: line('places.endLine'),
      },
    ],
    aliases: list('aliases') ?? [],
    weaknesses: weaknessesIn(values.get('weaknesses') ?? ''),
    severity: list('severity') ?? [],
    level: values.get('severityLevel'),
    stack: values.get('stack'),
    reproduction: values.get('reproduction'),
    impact: values.get('impact'),
    patch: values.get('patch'),
    references: list('references') ?? [],
    tool: values.get('provenance.tool'),
    toolVersion: values.get('provenance.toolVersion'),
    rule: values.get('provenance.rule'),
    foundAt: values.get('foundAt'),
  };
  return { draft, key: values.get('key') };
}

function faultOf(kind: Kind, cell: string): string | undefined {
  switch (kind) {
    case 'line':
      return /^[1-9]\d{0,7}$/.test(cell) ? undefined : 'is not a line, a whole number from 1.';
    case 'level':
      return levelOf(cell) === undefined ? 'is not one of the levels critical, high, medium, low, none.' : undefined;
    case 'vectors':
      return cell.split(/[\s,;|]+/).some(isVector) ? undefined : 'holds no CVSS vector.';
    case 'weaknesses':
      return weaknessesIn(cell).length === 0 ? 'names no CWE, such as CWE-79.' : undefined;
    case 'moment':
      return readInstant(cell) === undefined ? 'is not a date such as 2026-03-01 or 2026-03-01T09:30:00Z.' : undefined;
    default:
      return undefined;
  }
}

/** A column of weaknesses may hold bare numbers. */
const weaknessesIn = (cell: string) =>
  weaknessesOf(/^[\d\s,;|]+$/.test(cell) ? cell.split(/[\s,;|]+/).map((part) => `CWE-${part}`) : [cell]);
