import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { canonical, parse as parsePurl } from '../../domain/advisory/purl.ts';
import { limits, type Report, type ReportedPlace } from '../../domain/intake/report.ts';
import type { Problem } from '../../domain/problem.ts';
import { read as readInstant } from '../instant.ts';
import { arrayOf } from '../json.ts';
import { affectedLengthMax, checkReport, isVector } from './report.ts';

/**
 * What a reader found of one flaw, members as the document has them: of any type, empty, too many. `reportOf` makes a report of it.
 * A text, a list of texts, or anything else, which counts as absent.
 */
export interface Draft {
  /** The first that holds anything becomes the title: its first line, shortened. */
  titles: readonly unknown[];
  description?: unknown;
  purl?: unknown;
  ecosystem?: unknown;
  name?: unknown;
  /** The name is no component's, only that of the file at fault, for want of a better one. */
  isNameGuessed?: boolean | undefined;
  version?: unknown;
  affected?: unknown;
  fixed?: readonly unknown[] | undefined;
  places?: readonly { path?: unknown; symbol?: unknown; startLine?: unknown; endLine?: unknown }[];
  aliases?: readonly unknown[];
  /** Anything that names a CWE: `CWE-79: ...`, `external/cwe/cwe-079`, a number. */
  weaknesses?: readonly unknown[];
  /** CVSS vectors; what is none is left out. */
  severity?: readonly unknown[];
  /** A word, or a CVSS score as a number. */
  level?: unknown;
  stack?: unknown;
  reproduction?: unknown;
  impact?: unknown;
  patch?: unknown;
  references?: readonly unknown[];
  tool?: unknown;
  toolVersion?: unknown;
  rule?: unknown;
  foundAt?: unknown;
  /** Under what its tool knows this result again. */
  fingerprint?: string | undefined;
}

/** One result of a file: where it stands there, what it says, and the value whose JSON is its original text. */
export type Found = { path: string; original: unknown } & (
  | { draft: Draft; key?: string | undefined }
  | { report: Report }
  | { problems: Problem[] }
);

/**
 * The report of a draft. Lists are cut to what a report holds and texts made well-formed: the original keeps the rest. Gives the
 * problems when a text is too long or no component is named.
 */
export function reportOf(draft: Draft, key?: string): Report | Problem[] {
  const description = textOf(draft.description);
  const title = titleOf(draft.titles) ?? firstLine(description ?? '');
  const component = componentOf(draft);
  if (title === '')
    return [{ path: 'title', message: 'Nothing says what was found: there is no message and no rule.' }];
  if (component.purl === undefined && component.name === undefined) {
    const message = 'Nothing says which component this is in. Say at the import which component was examined.';
    return [{ path: 'component', message }];
  }
  const report: Report = { title, component };
  if (description !== undefined && description !== title) report.description = description;
  const places = placesOf(draft.places ?? []);
  if (places.length > 0) report.places = places;
  const aliases = distinct(draft.aliases, limits.aliasesMax).filter(
    (alias) => alias.length <= 100 && !/\s/.test(alias),
  );
  if (aliases.length > 0) report.aliases = aliases;
  const weaknesses = weaknessesOf(draft.weaknesses ?? []);
  if (weaknesses.length > 0) report.weaknesses = weaknesses;
  const severity = distinct(draft.severity, 50).filter(isVector).slice(0, 5);
  if (severity.length > 0) report.severity = severity;
  const level = levelOf(draft.level);
  if (level !== undefined) report.severityLevel = level;
  for (const field of ['stack', 'reproduction', 'impact', 'patch'] as const) {
    const text = textOf(draft[field]);
    if (text !== undefined) report[field] = text;
  }
  const references = distinct(draft.references, limits.referencesMax).filter(
    ({ length }) => length <= limits.referenceLengthMax,
  );
  if (references.length > 0) report.references = references;
  const provenance = compact({
    tool: nameOf(draft.tool),
    toolVersion: nameOf(wordOf(draft.toolVersion)),
    rule: nameOf(draft.rule),
  });
  if (Object.keys(provenance).length > 0) report.provenance = provenance;
  const foundAt = readInstant(draft.foundAt);
  if (foundAt !== undefined) report.foundAt = foundAt;
  report.key = key ?? keyOf(report, draft.fingerprint);
  return checkReport(report);
}

/**
 * The name under which a report is the same when it comes again: what its tool knows it by, else the known flaw in this component
 * and place, else all that it says of place and flaw.
 */
export function keyOf(report: Report, fingerprint?: string): string {
  const { component, provenance, places, aliases, title, description } = report;
  const about = [provenance?.tool, provenance?.rule, component.purl ?? component.name, component.version];
  const where = (places ?? []).map(({ path, symbol, startLine }) => [path, symbol, startLine]);
  const what =
    fingerprint !== undefined
      ? ['fingerprint', fingerprint]
      : aliases !== undefined
        ? ['alias', ...aliases, ...where.map(([path]) => path)]
        : ['text', where, title, description];
  return bytesToHex(sha256(new TextEncoder().encode(JSON.stringify([about, what])))).slice(0, 32);
}

/** A name that fits; a tool's sentence in its place is none. */
function nameOf(value: unknown): string | undefined {
  const text = textOf(value);
  return text !== undefined && text.length <= limits.nameLengthMax ? text : undefined;
}

function componentOf(draft: Draft): Report['component'] {
  const purl = textOf(draft.purl);
  let version = wordOf(draft.version);
  let name = textOf(draft.name);
  let known: string | undefined;
  if (purl !== undefined) {
    try {
      const parsed = parsePurl(purl);
      known = canonical(parsed);
      name = undefined;
      version ??= parsed.version;
    } catch {
      // Not a package URL after all: the source's words stand as the name.
      name ??= purl;
    }
  }
  const fixed = distinct(draft.fixed, limits.fixedMax);
  const affected = textOf(draft.affected);
  return compact({
    purl: known,
    ecosystem: textOf(draft.ecosystem),
    name,
    version,
    affected: affected !== undefined && affected.length <= affectedLengthMax ? affected : undefined,
    fixed: fixed.length > 0 ? fixed : undefined,
  });
}

function placesOf(given: NonNullable<Draft['places']>): ReportedPlace[] {
  const places = new Map<string, ReportedPlace>();
  for (const each of given) {
    const place = compact({
      path: textOf(each.path),
      symbol: textOf(each.symbol),
      startLine: lineOf(each.startLine),
      endLine: lineOf(each.endLine),
    });
    if (place.path === undefined && place.symbol === undefined) continue;
    places.set(`${place.path}\n${place.symbol}\n${place.startLine}\n${place.endLine}`, place);
    if (places.size === limits.placesMax) break;
  }
  return [...places.values()];
}

const lineOf = (value: unknown) =>
  Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 100_000_000 ? (value as number) : undefined;

/** CWE identifiers named in the values, in order, without leading zeros. */
export function weaknessesOf(values: readonly unknown[]): string[] {
  const found = new Set<string>();
  for (const value of values) {
    if (typeof value === 'number') {
      if (Number.isInteger(value) && value > 0 && value < 100_000) found.add(`CWE-${value}`);
    } else if (typeof value === 'string') {
      for (const [, digits = ''] of value.slice(0, 2000).matchAll(/cwe[-_ :]?0{0,5}([1-9]\d{0,4})(?!\d)/gi)) {
        found.add(`CWE-${digits}`);
      }
    }
    if (found.size >= limits.weaknessesMax) break;
  }
  return [...found].slice(0, limits.weaknessesMax);
}

/** A severity in any of the words that tools use, or by its CVSS score (qualitative scale of CVSS 3.1, section 5). */
export function levelOf(value: unknown): Report['severityLevel'] {
  const score = typeof value === 'number' ? value : Number.NaN;
  if (score >= 0 && score <= 10) {
    return score >= 9 ? 'critical' : score >= 7 ? 'high' : score >= 4 ? 'medium' : score > 0 ? 'low' : 'none';
  }
  return typeof value === 'string' && Object.hasOwn(words, value.toLowerCase())
    ? words[value.toLowerCase()]
    : undefined;
}

const words: { readonly [word: string]: NonNullable<Report['severityLevel']> } = {
  critical: 'critical',
  blocker: 'critical',
  high: 'high',
  error: 'high',
  important: 'high',
  severe: 'high',
  major: 'high',
  medium: 'medium',
  moderate: 'medium',
  warning: 'medium',
  warn: 'medium',
  low: 'low',
  minor: 'low',
  note: 'low',
  negligible: 'low',
  none: 'none',
  info: 'none',
  informational: 'none',
};

/** A non-empty text, trimmed and well-formed: half characters and U+0000, which nothing can store, are replaced. */
export function textOf(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const trimmed = value.trim();
  const text = mayNotBeStored.test(trimmed) ? trimmed.replace(notStored, '\ufffd') : trimmed;
  return text === '' ? undefined : text;
}

/** Half characters and U+0000. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: this is what no database stores.
const notStored = /\p{Surrogate}|\u0000/gu;

// Any half of a character, whole or not: told without looking at characters.
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above.
const mayNotBeStored = /[\u0000\ud800-\udfff]/;

/** A name or version as a text; documents write it as a number too. */
export const wordOf = (value: unknown) => textOf(typeof value === 'number' ? String(value) : value);

function distinct(values: readonly unknown[] | undefined, countMax: number): string[] {
  if (values === undefined || values.length === 0) return [];
  const found = new Set<string>();
  for (const value of values) {
    const text = textOf(value);
    if (text !== undefined) found.add(text);
    if (found.size === countMax) break;
  }
  return [...found];
}

function titleOf(candidates: readonly unknown[]): string | undefined {
  for (const candidate of candidates) {
    const text = textOf(candidate);
    if (text !== undefined) return firstLine(text);
  }
  return undefined;
}

function firstLine(text: string): string {
  const line = (/^[^\r\n]*/.exec(text)?.[0] ?? '').slice(0, 2 * limits.titleLengthMax).replace(/\s+/g, ' ');
  return line.length <= limits.titleLengthMax
    ? line
    : `${line.slice(0, limits.titleLengthMax - 3).replace(notStored, '')}...`;
}

/** Without the members that are undefined. */
function compact<T extends object>(value: T): T {
  const kept: Partial<T> = {};
  for (const key in value) if (value[key] !== undefined) kept[key] = value[key];
  return kept as T;
}

/** Identifiers of vulnerability databases that stand in texts which name a rule or flaw. */
export function aliasesIn(texts: readonly unknown[]): string[] {
  const found = new Set<string>();
  for (const text of texts) {
    if (typeof text !== 'string') continue;
    for (const [alias] of text.slice(0, 2000).matchAll(aliasPattern)) found.add(alias);
  }
  return [...found];
}

const aliasPattern =
  /\b(?:CVE-\d{4}-\d{4,12}|GHSA(?:-[23456789cfghjmpqrvwx]{4}){3}|(?:GO|PYSEC|RUSTSEC|OSV|BDSA|MAL|JLSEC|HSEC|RHSA|DSA|DLA|USN|ALAS|SNYK)-(?:[\w.:-]{0,60}\d))\b/g;

/** The members of an array that are texts. */
export const textsIn = (value: unknown) => arrayOf(value).filter((each): each is string => typeof each === 'string');
