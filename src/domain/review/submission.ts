/**
 * A model's file: what its developer gives, withholds or finds not applicable, version by version. Pure.
 * Nothing here asks for an answer: an open part stands in the way of nothing (I1).
 */
import { canonicalJson } from '../canonical-json.ts';
import type { Problem } from '../problem.ts';
import { type Field, type PartNumber, partNumbers, partRule, partRules } from './submission-parts.ts';

export type Row = Record<string, string>;
export type Value = string | number | string[] | Row[];
/** Answers by the key of their field; what was not answered is absent. */
export type Content = Record<string, Value>;

/** What the developer says of one part. A part of which nothing is said is open, and absent. */
export type Part =
  | { state: 'given'; content: Content }
  | { state: 'withheld'; reason: string }
  | { state: 'not_applicable'; reason: string };
export type Parts = Partial<Record<PartNumber, Part>>;

/** Which weights the file is about. */
export interface Model {
  name: string;
  version: string;
  /** `sha256:` and 64 hex digits; null while the developer has not given it. */
  digest: string | null;
}

/** What one version of a file says. */
export interface FileContent {
  model: Model;
  parts: Parts;
}

export const limits = {
  lineLengthMax: 500,
  textLengthMax: 20_000,
  reasonLengthMax: 2_000,
  rowsMax: 100,
  /** Of one version, as JSON. */
  bytesMax: 400_000,
  versionsMax: 1_000,
} as const;

/** A proposal for what a first conversation needs. It is a hint beside the file and never a condition. */
export const suggestedFirst: readonly PartNumber[] = [1, 3, 9, 10];

const isText = (value: unknown): value is string => typeof value === 'string';
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
/** Line breaks as one character, no white space around. */
const tidy = (text: string) => text.replace(/\r\n?/g, '\n').trim();

/**
 * Reads what is said of one part: takes anything, gives the part with white space and empty answers left out, or every problem.
 * Part 1 may be given without further answers, because the model itself is one.
 */
export function readPart(number: PartNumber, said: unknown): { part: Part } | { problems: Problem[] } {
  const path = `parts.${number}`;
  if (!isObject(said))
    return { problems: [{ path, message: 'Say whether the part is given, withheld or not applicable.' }] };
  if (said.state === 'withheld' || said.state === 'not_applicable') {
    const reason = isText(said.reason) ? tidy(said.reason) : '';
    if (reason === '')
      return {
        problems: [{ path: `${path}.reason`, message: 'Give a reason; other parties read it in place of the part.' }],
      };
    if (reason.length > limits.reasonLengthMax)
      return {
        problems: [{ path: `${path}.reason`, message: `Say it in ${limits.reasonLengthMax} characters at most.` }],
      };
    return { part: { state: said.state, reason } };
  }
  if (said.state !== 'given' || !isObject(said.content))
    return {
      problems: [{ path, message: 'Say whether the part is given (with its content), withheld or not applicable.' }],
    };
  const rule = partRule(number);
  const problems: Problem[] = [];
  const content: Content = {};
  for (const key of Object.keys(said.content)) {
    if (!rule.fields.some((field) => field.key === key))
      problems.push({ path: `${path}.content.${key.slice(0, 50)}`, message: `Part ${number} has no such field.` });
  }
  for (const field of rule.fields) {
    const value = said.content[field.key];
    if (value === undefined || value === null) continue;
    const read = readValue(field, value, `${path}.content.${field.key}`, problems);
    if (read !== undefined) content[field.key] = read;
  }
  if (problems.length > 0) return { problems: problems.slice(0, 50) };
  if (Object.keys(content).length === 0 && number !== 1)
    return {
      problems: [
        { path, message: 'A part that is given says something. Leave it open, withhold it or call it not applicable.' },
      ],
    };
  return { part: { state: 'given', content } };
}

function readValue(field: Field, value: unknown, path: string, problems: Problem[]): Value | undefined {
  const refuse = (message: string): undefined => {
    problems.push({ path, message });
  };
  switch (field.kind) {
    case 'line':
    case 'text': {
      if (!isText(value)) return refuse('Write text.');
      const text = tidy(value);
      const max = field.kind === 'line' ? limits.lineLengthMax : limits.textLengthMax;
      if (text.length > max) return refuse(`Write at most ${max} characters.`);
      if (field.kind === 'line' && text.includes('\n')) return refuse('Write one line.');
      return text === '' ? undefined : text;
    }
    case 'day': {
      if (value === '') return undefined;
      return isDay(value) ? value : refuse('Write a day as 2026-03-01.');
    }
    case 'count':
      return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= field.max
        ? (value as number)
        : refuse(`Write a whole number from 0 to ${field.max}.`);
    case 'choice':
      if (value === '') return undefined;
      return field.options.some(({ key }) => key === value)
        ? (value as string)
        : refuse('Choose one of the answers offered.');
    case 'choices': {
      if (!Array.isArray(value) || !value.every((one) => field.options.some(({ key }) => key === one)))
        return refuse('Choose among the answers offered.');
      // In the order of the form, so that the same choice is the same content.
      const chosen = field.options.map(({ key }) => key).filter((key) => value.includes(key));
      return chosen.length === 0 ? undefined : chosen;
    }
    case 'rows': {
      if (!Array.isArray(value) || value.length > limits.rowsMax) return refuse(`Give at most ${limits.rowsMax} rows.`);
      const rows: Row[] = [];
      for (const [at, one] of value.entries()) {
        if (!isObject(one)) return refuse(`Row ${at + 1} is not a row.`);
        const row: Row = {};
        for (const key of Object.keys(one)) {
          if (!field.columns.some((column) => column.key === key))
            return refuse(`Row ${at + 1} has a column that is not known.`);
        }
        for (const column of field.columns) {
          const cell = one[column.key] ?? '';
          if (!isText(cell)) return refuse(`Row ${at + 1}, ${column.label}: write text.`);
          const text = tidy(cell);
          if (text.length > limits.lineLengthMax || text.includes('\n'))
            return refuse(
              `Row ${at + 1}, ${column.label}: write one line of at most ${limits.lineLengthMax} characters.`,
            );
          if (text !== '' && column.kind === 'choice' && !column.options.some(({ key }) => key === text))
            return refuse(`Row ${at + 1}, ${column.label}: choose one of the answers offered.`);
          if (text !== '') row[column.key] = text;
        }
        if (Object.keys(row).length > 0) rows.push(row);
      }
      return rows.length === 0 ? undefined : rows;
    }
  }
}

/** Whether a text is a calendar day that exists, of a year with four digits. */
export function isDay(value: unknown): value is string {
  if (!isText(value) || !/^[0-8]\d{3}-\d\d-\d\d$/.test(value)) return false;
  const time = Date.parse(`${value}T00:00:00.000Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(value);
}

/** What nobody has said yet about a part, or about a field of it. */
export interface Gap {
  number: PartNumber;
  name: string;
  /** Labels of the open fields; empty when the whole part is open. */
  fields: string[];
  why: string;
  isSuggestedFirst: boolean;
}

/**
 * What a file does not say: open parts, and open fields of given ones, the parts suggested first before the others. A part that is
 * withheld or not applicable is no gap: that was an answer. The list is for the developer, and stands in the way of nothing (I1).
 */
export function gaps({ model, parts }: FileContent): Gap[] {
  const found: Gap[] = [];
  for (const { number, name, why, fields } of partRules) {
    const part = parts[number];
    if (part !== undefined && part.state !== 'given') continue;
    const open =
      part === undefined ? [] : fields.filter(({ key }) => part.content[key] === undefined).map(({ label }) => label);
    if (number === 1 && part !== undefined && model.digest === null) open.unshift('Digest');
    if (part !== undefined && open.length === 0) continue;
    found.push({ number, name, fields: open, why, isSuggestedFirst: suggestedFirst.includes(number) });
  }
  return found.sort((a, b) => Number(b.isSuggestedFirst) - Number(a.isSuggestedFirst) || a.number - b.number);
}

/** One change between two versions. */
export interface Change {
  /** 0 is the model itself. */
  number: PartNumber | 0;
  name: string;
  /** What happened, in plain words. */
  says: string;
  /** For a field: what stood there and what stands there now, as text. */
  field?: { label: string; before: string; after: string };
}

const stateWords = { given: 'given', withheld: 'withheld', not_applicable: 'not applicable' } as const;

/** What changed from one version to another, part by part, in plain words. Without a `before` everything is new. */
export function changes(before: FileContent | undefined, after: FileContent): Change[] {
  const found: Change[] = [];
  if (before !== undefined) {
    for (const [key, label] of [
      ['name', 'Name'],
      ['version', 'Version'],
      ['digest', 'Digest'],
    ] as const) {
      const [was, is] = [before.model[key] ?? '', after.model[key] ?? ''];
      if (was !== is)
        found.push({
          number: 0,
          name: 'Model',
          says: saying(label, was, is),
          field: { label, before: was, after: is },
        });
    }
  }
  for (const { number, name, fields } of partRules) {
    const [was, is] = [before?.parts[number], after.parts[number]];
    if (was === undefined && is === undefined) continue;
    if (is === undefined) {
      found.push({ number, name, says: 'open again' });
    } else if (is.state !== 'given') {
      if (was === undefined || was.state !== is.state)
        found.push({ number, name, says: `now ${stateWords[is.state]}: ${is.reason}` });
      else if (was.reason !== is.reason)
        found.push({ number, name, says: `${stateWords[is.state]} for another reason: ${is.reason}` });
    } else if (was === undefined || was.state !== 'given') {
      found.push({ number, name, says: was === undefined ? 'given' : `given; it was ${stateWords[was.state]}` });
      // What a first version says is its content, not a change.
      if (before !== undefined) found.push(...fieldChanges(number, name, fields, {}, is.content));
    } else {
      found.push(...fieldChanges(number, name, fields, was.content, is.content));
    }
  }
  return found;
}

function fieldChanges(number: PartNumber, name: string, fields: readonly Field[], was: Content, is: Content): Change[] {
  return fields.flatMap((field) => {
    const [before, after] = [valueText(field, was[field.key]), valueText(field, is[field.key])];
    const { label } = field;
    return isSame(was[field.key], is[field.key])
      ? []
      : [{ number, name, says: saying(label, before, after), field: { label, before, after } }];
  });
}

const saying = (label: string, before: string, after: string) =>
  before === '' ? `${label}: added` : after === '' ? `${label}: taken out` : `${label}: changed`;

/** An answer as text for people: choices by their labels, a row on a line. */
export function valueText(field: Field, value: Value | undefined): string {
  if (value === undefined) return '';
  switch (field.kind) {
    case 'line':
    case 'text':
    case 'day':
      return String(value);
    case 'count':
      return `${value} ${field.unit}`;
    case 'choice':
      return field.options.find(({ key }) => key === value)?.label ?? '';
    case 'choices':
      return field.options
        .filter(({ key }) => (value as string[]).includes(key))
        .map(({ label }) => label)
        .join(', ');
    case 'rows':
      return (value as Row[])
        .map((row) =>
          field.columns
            .filter(({ key }) => row[key] !== undefined)
            .map((column) => `${column.label}: ${cellText(column, row[column.key] as string)}`)
            .join('; '),
        )
        .join('\n');
  }
}

/** A cell of a row as text for people. */
export const cellText = (
  column: { kind: string; options?: readonly { key: string; label: string }[] },
  cell: string,
): string => column.options?.find(({ key }) => key === cell)?.label ?? cell;

/**
 * The parts that were changed both by this save and by somebody else since the version it is based on. Parts are independent of each
 * other: two people who write in different parts do not disturb each other.
 */
export function conflicts(base: FileContent, current: FileContent, edited: Iterable<PartNumber>): PartNumber[] {
  return [...edited].filter((number) => !isSame(base.parts[number], current.parts[number]));
}

const isSame = (one: unknown, other: unknown) => canonicalJson(one ?? null) === canonicalJson(other ?? null);

/** How many parts are in which state. */
export function tally(parts: Parts): { given: number; withheld: number; not_applicable: number; open: number } {
  const counts = { given: 0, withheld: 0, not_applicable: 0, open: 0 };
  for (const number of partNumbers) counts[parts[number]?.state ?? 'open']++;
  return counts;
}

/** The file as its developer wants to have it remembered in one JSON document; `digest` covers exactly this. */
export const digested = (submission: string, version: number, { model, parts }: FileContent) => ({
  format: 'assay-submission-version',
  submission,
  version,
  model,
  parts,
});
