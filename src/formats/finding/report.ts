import { parse as parseVector } from '../../domain/advisory/cvss/vector.ts';
import { parse as parsePurl } from '../../domain/advisory/purl.ts';
import { limits, type Report } from '../../domain/intake/report.ts';
import type { Problem } from '../../domain/problem.ts';
import { isObject } from '../json.ts';
import { quoted } from '../text.ts';

/** The most faults of one report that are listed. */
const problemsMax = 50;
export const affectedLengthMax = 2000;
const aliasLengthMax = 100;
const severityMax = 5;
const severityLengthMax = 300;
const lineMax = 100_000_000;
const levels = ['critical', 'high', 'medium', 'low', 'none'];
// RFC 3339 in UTC, as `z.iso.datetime()` takes it.
const moment = /^\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?Z$/;

type Check = (value: unknown, path: string, problems: Problem[]) => void;

/**
 * Whether a value from outside is a report (`domain/intake/report.ts`): its fields, their kinds and bounds; unknown fields are refused.
 * Gives the same value as a report, or every fault. Agrees with the contract of the API. Pure, for the command line and the browser.
 */
export function checkReport(value: unknown): Report | Problem[] {
  const problems: Problem[] = [];
  report(value, '', problems);
  return problems.length === 0 ? (value as Report) : problems.slice(0, problemsMax);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: this is what no database stores.
const notStored = /\p{Surrogate}|\u0000/u;

/** Whether a text can be stored as it is: without U+0000 and halves of characters. */
export const isStorable = (value: string): boolean => !notStored.test(value);
export const notStorable =
  'A text holds the character U+0000 or half of a character, which cannot be stored. Take it out.';

/** Whether a text can be read as a package URL (purl-spec, ECMA-427). */
export function isPurl(value: string): boolean {
  try {
    parsePurl(value);
    return true;
  } catch {
    return false;
  }
}
export const notPurl =
  'This is not a package URL, such as pkg:npm/left-pad. Where there is none, give the name of the component as "name" instead.';

/** Whether this is a CVSS vector, of version 2.0, 3.0, 3.1 or 4.0, with every base metric. */
export const isVector = (value: unknown): value is string =>
  typeof value === 'string' && !('error' in parseVector(value));
/** What is wrong with a text that is no CVSS vector, with the way out. */
export function notVector(value: string): string {
  const read = parseVector(value);
  const why = 'error' in read ? `: ${read.error}` : '.';
  return `This is not a CVSS vector${why} Where there is none, say how severe it is as "severityLevel" instead.`;
}

const text =
  (lengthMax: number, lengthMin = 0): Check =>
  (value, path, problems) => {
    if (typeof value !== 'string') problems.push({ path, message: 'This is not a text.' });
    else if (value.length < lengthMin) problems.push({ path, message: 'This is empty. Leave it out, or fill it in.' });
    else if (value.length > lengthMax) {
      problems.push({ path, message: `This has ${value.length} characters; at most ${lengthMax} are taken.` });
    } else if (!isStorable(value)) problems.push({ path, message: notStorable });
  };

const fitting =
  (pattern: RegExp, message: string): Check =>
  (value, path, problems) => {
    if (typeof value !== 'string' || !pattern.test(value)) problems.push({ path, message });
  };

const list =
  (each: Check, countMax: number): Check =>
  (value, path, problems) => {
    if (!Array.isArray(value)) problems.push({ path, message: 'This is not a list.' });
    else if (value.length > countMax) {
      problems.push({ path, message: `This lists ${value.length}; at most ${countMax} are taken.` });
    } else for (let index = 0; index < value.length; index++) each(value[index], `${path}[${index}]`, problems);
  };

const fields =
  (known: { readonly [name: string]: Check }): Check =>
  (value, path, problems) => {
    if (!isObject(value)) {
      problems.push({ path, message: 'This is not an object.' });
      return;
    }
    for (const name of Object.keys(value)) {
      const at = path === '' ? name : `${path}.${name}`;
      const check = Object.hasOwn(known, name) ? known[name] : undefined;
      if (check === undefined) {
        problems.push({ path, message: `${quoted(name)} is no field of a report.` });
      } else if (value[name] !== undefined) check(value[name], at, problems);
    }
  };

const body = text(limits.textLengthMax);
const name = text(limits.nameLengthMax, 1);
const line: Check = (value, path, problems) => {
  if (!Number.isInteger(value) || (value as number) < 1 || (value as number) > lineMax) {
    problems.push({ path, message: `This is not a line: a whole number from 1 to ${lineMax}.` });
  }
};

const purlText: Check = (value, path, problems) => {
  const before = problems.length;
  name(value, path, problems);
  if (problems.length === before && !isPurl(value as string)) problems.push({ path, message: notPurl });
};

const vectorText: Check = (value, path, problems) => {
  const before = problems.length;
  text(severityLengthMax, 1)(value, path, problems);
  if (problems.length === before && !isVector(value)) problems.push({ path, message: notVector(value as string) });
};

const componentFields = fields({
  purl: purlText,
  ecosystem: name,
  name,
  version: name,
  affected: text(affectedLengthMax),
  fixed: list(name, limits.fixedMax),
});

const component: Check = (value, path, problems) => {
  componentFields(value, path, problems);
  if (isObject(value) && value['purl'] === undefined && value['name'] === undefined) {
    problems.push({ path, message: 'Name the component: give "purl" or "name".' });
  }
};

const reportFields: { readonly [name: string]: Check } = {
  key: text(limits.keyLengthMax, 1),
  title: text(limits.titleLengthMax, 1),
  description: body,
  component,
  places: list(fields({ path: name, symbol: name, startLine: line, endLine: line }), limits.placesMax),
  aliases: list(text(aliasLengthMax, 1), limits.aliasesMax),
  weaknesses: list(fitting(/^CWE-\d{1,5}$/, 'This is not a CWE identifier, such as CWE-79.'), limits.weaknessesMax),
  severity: list(vectorText, severityMax),
  severityLevel: (value, path, problems) => {
    if (!levels.includes(value as string)) {
      problems.push({ path, message: `This is not one of the levels: ${levels.join(', ')}.` });
    }
  },
  stack: text(limits.stackLengthMax),
  reproduction: body,
  impact: body,
  patch: body,
  references: list(text(limits.referenceLengthMax, 1), limits.referencesMax),
  provenance: fields({
    tool: name,
    toolVersion: name,
    rule: name,
    agent: name,
    model: name,
    harness: name,
    promptDigest: fitting(/^sha256:[0-9a-f]{64}$/, 'This is not "sha256:" and 64 hexadecimal digits.'),
  }),
  foundAt: (value, path, problems) => {
    if (!isMoment(value)) {
      problems.push({ path, message: 'This is not a moment in UTC, such as 2026-03-01T09:30:00Z.' });
    }
  },
};

const known = fields(reportFields);

const report: Check = (value, path, problems) => {
  known(value, path, problems);
  if (!isObject(value)) return;
  for (const required of ['title', 'component']) {
    if (value[required] === undefined) problems.push({ path: required, message: 'This is missing.' });
  }
};

function isMoment(value: unknown): boolean {
  if (typeof value !== 'string' || !moment.test(value)) return false;
  const [year, month, day] = value.slice(0, 10).split('-').map(Number) as [number, number, number];
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1];
  return days !== undefined && day >= 1 && day <= days;
}
