import type { ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import * as purl from '../../domain/advisory/purl.ts';
import type { Problem } from '../../domain/problem.ts';
import { isObject, type JsonObject } from '../json.ts';
import { withinLimits } from './limits.ts';
import schema from './osv-1.7.schema.json' with { type: 'json' };

/** What `check` may be told about the world outside the document. */
export interface Knowledge {
  /** Whether a registry knows the package; undefined when that cannot be said. Without it PKG:001 is not judged. */
  isPackageKnown?: (ecosystem: string, name: string) => boolean | undefined;
}

/**
 * Every fault of one OSV document, by the official JSON schema 1.7 (clause `schema`) and by the rules of the OSV
 * linter (clauses `REC:...`, `RNG:...`, `PKG:...`; ossf/osv-schema, tools/osv-linter). Takes a parsed JSON value.
 * An empty list means that the document follows them.
 */
export function check(value: unknown, knowledge: Knowledge = {}): Problem[] {
  const limit = withinLimits(value);
  if (limit !== undefined) return [limit];
  const problems = schemaProblems(value);
  if (isObject(value)) {
    problems.push(...recordProblems(value));
    for (const [i, affected] of objectsIn(value.affected).entries()) {
      const path = `affected[${i}]`;
      problems.push(...packageProblems(affected, path, knowledge));
      for (const [j, range] of objectsIn(affected.ranges).entries()) {
        problems.push(...rangeProblems(range, `${path}.ranges[${j}]`));
      }
    }
  }
  return problems;
}

let validate: ValidateFunction | undefined;

function schemaProblems(value: unknown): Problem[] {
  // Compiled at first use: a page or command that only reads advisories does not pay for it.
  validate ??= new Ajv2020({
    allErrors: false,
    strict: false,
    formats: { 'date-time': isDateTime, uri: isUri },
  }).compile(schema);
  if (validate(value)) return [];
  return (validate.errors ?? []).slice(0, 20).map((error) => ({
    path: pathOf(error.instancePath),
    message: `The OSV schema says: ${error.message ?? 'not valid'}${hint(error.params)}.`,
    clause: 'schema',
  }));
}

function recordProblems(record: JsonObject): Problem[] {
  const problems: Problem[] = [];
  if (record.withdrawn === undefined && objectsIn(record.affected).length === 0) {
    problems.push({
      path: 'affected',
      clause: 'REC:001',
      message: 'Say what is affected: a record that is not withdrawn needs at least one entry.',
    });
  }
  const names = (field: string): string[] =>
    Array.isArray(record[field]) ? record[field].filter((name) => typeof name === 'string') : [];
  const clauses = { aliases: 'REC:002', upstream: 'REC:003', related: 'REC:004' } as const;
  for (const field of ['aliases', 'upstream', 'related'] as const) {
    const listed = names(field);
    const clause = clauses[field];
    if (new Set(listed).size !== listed.length) {
      problems.push({ path: field, clause, message: `List each id once in "${field}".` });
    }
    if (typeof record.id === 'string' && listed.includes(record.id)) {
      problems.push({ path: field, clause, message: `Leave the record's own id out of "${field}".` });
    }
  }
  for (const field of ['aliases', 'related'] as const) {
    const others = new Set(names(field));
    if (names('upstream').some((name) => others.has(name))) {
      problems.push({
        path: 'upstream',
        clause: 'REC:003',
        message: `An id is either in "upstream" or in "${field}".`,
      });
    }
  }
  return problems;
}

function rangeProblems(range: JsonObject, path: string): Problem[] {
  const problems: Problem[] = [];
  const events = objectsIn(range.events);
  if (!events.some((event) => event.introduced !== undefined)) {
    problems.push({
      path: `${path}.events`,
      clause: 'RNG:001',
      message: 'Say where the range starts: add "introduced".',
    });
  }
  const introduced = new Set(events.map((event) => event.introduced).filter((version) => version !== undefined));
  const ends = events.flatMap((event) => [event.fixed, event.limit]).filter((version) => version !== undefined);
  if (ends.some((version) => introduced.has(version))) {
    problems.push({
      path: `${path}.events`,
      clause: 'RNG:002',
      message: 'One version cannot both start and end the range: keep "introduced" and "fixed" distinct.',
    });
  }
  return problems;
}

function packageProblems(affected: JsonObject, path: string, knowledge: Knowledge): Problem[] {
  const problems: Problem[] = [];
  const named = affected.package;
  if (!isObject(named)) {
    const isGitOnly = objectsIn(affected.ranges).some((range) => range.type === 'GIT');
    if (!isGitOnly) {
      problems.push({
        path,
        clause: 'PKG:000',
        message: 'Name the package: only an entry with a GIT range may go without.',
      });
    }
    return problems;
  }
  const { ecosystem, name } = named;
  if (typeof ecosystem === 'string' && typeof name === 'string') {
    if (knowledge.isPackageKnown?.(ecosystem.split(':')[0] ?? '', name) === false) {
      problems.push({
        path: `${path}.package.name`,
        clause: 'PKG:001',
        message: `The registry of ${ecosystem} knows no package "${name.slice(0, 200)}".`,
      });
    }
  }
  if (typeof named.purl === 'string') {
    try {
      purl.parse(named.purl);
    } catch (error) {
      problems.push({ path: `${path}.package.purl`, clause: 'PKG:003', message: (error as Error).message });
    }
  }
  return problems;
}

function isDateTime(text: string): boolean {
  return !Number.isNaN(Date.parse(text));
}

function isUri(text: string): boolean {
  return URL.canParse(text);
}

function hint(params: JsonObject): string {
  const allowed = params.allowedValues;
  if (Array.isArray(allowed)) return ` (${allowed.slice(0, 12).join(', ')})`;
  if (typeof params.additionalProperty === 'string') return ` ("${params.additionalProperty.slice(0, 60)}")`;
  return '';
}

/** A JSON pointer in the path form of our problems: `/affected/0/package` is `affected[0].package`. */
function pathOf(pointer: string): string {
  return pointer
    .slice(1)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce((path, step) => (/^\d+$/.test(step) ? `${path}[${step}]` : path === '' ? step : `${path}.${step}`), '');
}

function objectsIn(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
