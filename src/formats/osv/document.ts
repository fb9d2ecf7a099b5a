import type {
  Advisory,
  Affected,
  AffectedPackage,
  Range,
  RangeEvent,
  Reference,
  Severity,
} from '../../domain/advisory/advisory.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Problem } from '../../domain/problem.ts';
import * as instant from '../instant.ts';
import { isObject } from '../json.ts';
import { withinLimits } from './limits.ts';

/** What a reader gives: the advisory with notes on what was mended in reading, or only the reasons why there is none. */
export type Reading = { advisory: Advisory; problems: Problem[] } | { advisory?: undefined; problems: Problem[] };

/** The largest advisory we read, in UTF-16 code units of its JSON text. The largest known public one is about 3 MB. */
export const sizeMax = 20 * 1024 * 1024;

const idLengthMax = 200;
const nameLengthMax = 2_000;
const textLengthMax = 2_000_000;

/** Reads the JSON text of one advisory. Never throws: text that is too long or no JSON is a problem like any other. */
export function parse(text: string): Reading {
  if (text.length > sizeMax) {
    return { problems: [{ path: '', message: `The advisory is longer than ${sizeMax} characters. Split it.` }] };
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { problems: [{ path: '', message: `This is not JSON: ${(error as Error).message}` }] };
  }
  return read(value);
}

/**
 * Reads one advisory of the OSV schema (all versions to 1.7) from a parsed JSON value.
 *
 * Public sources are untidy, so what can be mended without guessing is mended, and every mending is a problem of its
 * own in the answer: a number where text belongs, a date without `T` or `Z`, several keys in one event, unknown fields.
 * Without an id, or with a date or a range that cannot be understood, there is no advisory.
 */
export function read(value: unknown): Reading {
  const problems: Problem[] = [];
  const limit = withinLimits(value);
  if (limit !== undefined) return { problems: [limit] };
  if (!isObject(value)) return { problems: [{ path: '', message: 'An advisory is a JSON object.' }] };

  const note = (path: string, message: string, clause: string): void => {
    if (problems.length < 100) problems.push({ path, message, clause });
  };
  let isUsable = true;
  const refuse = (path: string, message: string, clause: string): undefined => {
    isUsable = false;
    problems.push({ path, message, clause });
    return undefined;
  };

  const textOf = (item: unknown, path: string, clause: string, lengthMax = textLengthMax): string | undefined => {
    if (item === undefined || item === null) return undefined;
    if (typeof item === 'number' || typeof item === 'boolean') {
      note(path, `This is text; the ${typeof item} ${item} was read as text.`, clause);
      return String(item);
    }
    if (typeof item !== 'string') return refuse(path, 'Write text here.', clause);
    if (item.length > lengthMax) return refuse(path, `This text is longer than ${lengthMax} characters.`, clause);
    return item;
  };
  const listOf = (item: unknown, path: string, clause: string): unknown[] => {
    if (item === undefined || item === null) return [];
    if (Array.isArray(item)) return item;
    refuse(path, 'Write a list here.', clause);
    return [];
  };
  const textsOf = (item: unknown, path: string, clause: string, lengthMax?: number): string[] => {
    const texts: string[] = [];
    for (const [i, entry] of listOf(item, path, clause).entries()) {
      const text = textOf(entry, `${path}[${i}]`, clause, lengthMax);
      if (text !== undefined && text !== '') texts.push(text);
    }
    return texts;
  };
  const instantOf = (item: unknown, path: string): Instant | undefined => {
    const text = textOf(item, path, path, 100);
    if (text === undefined) return undefined;
    const moment = instant.read(text.trim());
    if (moment === undefined) return refuse(path, 'Write a UTC time such as 2026-03-01T09:30:00Z.', path);
    if (!isRfc3339Utc.test(text)) note(path, `The time was read as ${moment}; write it with T and Z.`, path);
    return moment;
  };
  const specificOf = (item: unknown, path: string, clause: string): Record<string, unknown> | undefined => {
    if (item === undefined || item === null) return undefined;
    if (!isObject(item)) return refuse(path, 'Write an object here.', clause);
    return item;
  };

  const severitiesOf = (item: unknown, path: string): Severity[] | undefined => {
    const severities: Severity[] = [];
    for (const [i, entry] of listOf(item, path, 'severity').entries()) {
      const at = `${path}[${i}]`;
      const type = isObject(entry) ? textOf(entry.type, `${at}.type`, 'severity[].type', 100) : undefined;
      const score = isObject(entry) ? textOf(entry.score, `${at}.score`, 'severity[].score', 1_000) : undefined;
      if (type === undefined || score === undefined) {
        note(at, 'A severity without type and score was left out.', 'severity');
      } else severities.push({ type, score });
    }
    return severities.length > 0 ? severities : undefined;
  };

  const eventsOf = (item: unknown, path: string): RangeEvent[] => {
    const events: RangeEvent[] = [];
    const clause = 'affected[].ranges[].events';
    for (const [i, entry] of listOf(item, path, clause).entries()) {
      const at = `${path}[${i}]`;
      if (!isObject(entry)) {
        refuse(at, 'An event is an object with one of introduced, fixed, last_affected, limit.', clause);
        continue;
      }
      let count = 0;
      for (const word of eventWords) {
        const version = textOf(entry[word], `${at}.${word}`, clause, nameLengthMax);
        if (version === undefined) continue;
        count++;
        events.push({ [word]: version });
      }
      if (count === 0) note(at, 'An event that says nothing was left out.', clause);
      if (count > 1) note(at, 'One event holds one key; it was read as several events.', clause);
    }
    return events;
  };

  const rangesOf = (item: unknown, path: string): Range[] | undefined => {
    const ranges: Range[] = [];
    const clause = 'affected[].ranges';
    for (const [i, entry] of listOf(item, path, clause).entries()) {
      const at = `${path}[${i}]`;
      if (!isObject(entry)) {
        refuse(at, 'A range is an object.', clause);
        continue;
      }
      const type = textOf(entry.type, `${at}.type`, 'affected[].ranges[].type', 100);
      if (type === undefined) {
        refuse(`${at}.type`, 'Say the type of the range: SEMVER, ECOSYSTEM or GIT.', 'affected[].ranges[].type');
        continue;
      }
      const repo = textOf(entry.repo, `${at}.repo`, 'affected[].ranges[].repo', nameLengthMax);
      const specific = specificOf(
        entry.database_specific,
        `${at}.database_specific`,
        'affected[].ranges[].database_specific',
      );
      ranges.push({
        type,
        ...(repo === undefined ? {} : { repo }),
        events: eventsOf(entry.events, `${at}.events`),
        ...(specific === undefined ? {} : { database_specific: specific }),
      });
    }
    return ranges.length > 0 ? ranges : undefined;
  };

  const packageOf = (item: unknown, path: string): AffectedPackage | undefined => {
    if (item === undefined || item === null) return undefined;
    const clause = 'affected[].package';
    if (!isObject(item)) return refuse(path, 'A package is an object with ecosystem and name.', clause);
    const ecosystem = textOf(item.ecosystem, `${path}.ecosystem`, clause, nameLengthMax);
    const name = textOf(item.name, `${path}.name`, clause, nameLengthMax);
    const purl = textOf(item.purl, `${path}.purl`, clause, nameLengthMax);
    if (ecosystem === undefined || name === undefined || name === '') {
      return refuse(path, 'Name the ecosystem and the package.', clause);
    }
    return { ecosystem, name, ...(purl === undefined ? {} : { purl }) };
  };

  const affectedOf = (item: unknown, path: string): Affected | undefined => {
    if (!isObject(item)) return refuse(path, 'Write an object here.', 'affected');
    const thePackage = packageOf(item.package, `${path}.package`);
    const severity = severitiesOf(item.severity, `${path}.severity`);
    const ranges = rangesOf(item.ranges, `${path}.ranges`);
    const versions = textsOf(item.versions, `${path}.versions`, 'affected[].versions', nameLengthMax);
    const ecosystemSpecific = specificOf(
      item.ecosystem_specific,
      `${path}.ecosystem_specific`,
      'affected[].ecosystem_specific',
    );
    const databaseSpecific = specificOf(
      item.database_specific,
      `${path}.database_specific`,
      'affected[].database_specific',
    );
    return {
      ...(thePackage === undefined ? {} : { package: thePackage }),
      ...(severity === undefined ? {} : { severity }),
      ...(ranges === undefined ? {} : { ranges }),
      ...(versions.length === 0 ? {} : { versions }),
      ...(ecosystemSpecific === undefined ? {} : { ecosystem_specific: ecosystemSpecific }),
      ...(databaseSpecific === undefined ? {} : { database_specific: databaseSpecific }),
    };
  };

  const referencesOf = (item: unknown): Reference[] => {
    const references: Reference[] = [];
    for (const [i, entry] of listOf(item, 'references', 'references').entries()) {
      const at = `references[${i}]`;
      const url = isObject(entry) ? textOf(entry.url, `${at}.url`, 'references[].url', 10_000) : undefined;
      const type = isObject(entry) ? (textOf(entry.type, `${at}.type`, 'references[].type', 100) ?? 'WEB') : 'WEB';
      if (url === undefined) note(at, 'A reference without url was left out.', 'references');
      else references.push({ type, url });
    }
    return references;
  };

  const creditsOf = (item: unknown): NonNullable<Advisory['credits']> => {
    const credits: NonNullable<Advisory['credits']> = [];
    for (const [i, entry] of listOf(item, 'credits', 'credits').entries()) {
      const at = `credits[${i}]`;
      const name = isObject(entry) ? textOf(entry.name, `${at}.name`, 'credits[].name', nameLengthMax) : undefined;
      if (!isObject(entry) || name === undefined) {
        note(at, 'A credit without name was left out.', 'credits');
        continue;
      }
      const contact = textsOf(entry.contact, `${at}.contact`, 'credits[].contact', nameLengthMax);
      const type = textOf(entry.type, `${at}.type`, 'credits[].type', 100);
      credits.push({
        name,
        ...(contact.length === 0 ? {} : { contact }),
        ...(type === undefined ? {} : { type }),
      });
    }
    return credits;
  };

  for (const field of Object.keys(value)) {
    if (!fields.has(field)) {
      note(field, `OSV 1.7 has no field "${field.slice(0, 60)}"; it was left out.`, 'additionalProperties');
    }
  }

  const id = textOf(value.id, 'id', 'id', idLengthMax);
  if (id === undefined || id === '') refuse('id', 'Give the advisory an id.', 'id');
  else if (!isIdentifier.test(id)) refuse('id', 'An id holds no spaces and no control characters.', 'id');
  const modified = instantOf(value.modified, 'modified');
  if (value.modified === undefined || value.modified === null) {
    refuse('modified', 'Say when the advisory was last modified.', 'modified');
  }
  const published = instantOf(value.published, 'published');
  const withdrawn = instantOf(value.withdrawn, 'withdrawn');
  const schemaVersion = textOf(value.schema_version, 'schema_version', 'schema_version', 100);
  const aliases = textsOf(value.aliases, 'aliases', 'aliases', idLengthMax);
  const upstream = textsOf(value.upstream, 'upstream', 'upstream', idLengthMax);
  const related = textsOf(value.related, 'related', 'related', idLengthMax);
  const summary = textOf(value.summary, 'summary', 'summary');
  const details = textOf(value.details, 'details', 'details');
  const severity = severitiesOf(value.severity, 'severity');
  const affected: Affected[] = [];
  for (const [i, entry] of listOf(value.affected, 'affected', 'affected').entries()) {
    const one = affectedOf(entry, `affected[${i}]`);
    if (one !== undefined) affected.push(one);
  }
  const references = referencesOf(value.references);
  const credits = creditsOf(value.credits);
  const specific = specificOf(value.database_specific, 'database_specific', 'database_specific');

  if (!isUsable || id === undefined || modified === undefined) return { problems };
  const advisory: Advisory = {
    ...(schemaVersion === undefined ? {} : { schema_version: schemaVersion }),
    id,
    modified,
    ...(published === undefined ? {} : { published }),
    ...(withdrawn === undefined ? {} : { withdrawn }),
    ...(aliases.length === 0 ? {} : { aliases }),
    ...(upstream.length === 0 ? {} : { upstream }),
    ...(related.length === 0 ? {} : { related }),
    ...(summary === undefined ? {} : { summary }),
    ...(details === undefined ? {} : { details }),
    ...(severity === undefined ? {} : { severity }),
    ...(affected.length === 0 ? {} : { affected }),
    ...(references.length === 0 ? {} : { references }),
    ...(credits.length === 0 ? {} : { credits }),
    ...(specific === undefined ? {} : { database_specific: specific }),
  };
  return { advisory, problems };
}

/** The advisory as one line of JSON in the OSV schema, keys in the schema's order; reading it gives the same advisory. */
export function write(advisory: Advisory): string {
  return JSON.stringify(advisory);
}

const eventWords = ['introduced', 'fixed', 'last_affected', 'limit'] as const;

const fields = new Set([
  'schema_version',
  'id',
  'modified',
  'published',
  'withdrawn',
  'aliases',
  'upstream',
  'related',
  'summary',
  'details',
  'severity',
  'affected',
  'references',
  'credits',
  'database_specific',
]);

// An id becomes a key, a link and a line of a log.
const isIdentifier = /^[^\s\p{Cc}\p{Cf}]+$/u;

const isRfc3339Utc = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
