import { Ajv, type ErrorObject, type Options } from 'ajv';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { Problem } from '../domain/problem.ts';
import { quoted } from './text.ts';

/** How many faults of one document are listed. */
const listedMax = 50;

/**
 * A check by a JSON Schema (draft 7, 2019-09 or 2020-12, told by its `$schema`), with the schemas it refers to. Compiling takes up to
 * a second: keep the function. `uniqueItems` is judged by a set of canonical texts, in time that grows with the size of an
 * array and not with its square (ajv compares all pairs; on a list of 1,000 components that is all it does).
 */
export function checkBy(schema: object, others: readonly object[] = []): (value: unknown) => Problem[] {
  const dialect = String((schema as { $schema?: unknown }).$schema);
  const Validator = dialect.includes('2020-12') ? Ajv2020 : dialect.includes('2019-09') ? Ajv2019 : Ajv;
  const options: Options = { strict: false, allErrors: true, validateFormats: true };
  const ajv = new Validator(options);
  addFormats.default(ajv, ['date-time', 'date', 'time', 'email', 'uri', 'uri-reference', 'regex']);
  // RFC 3987 and RFC 6531, as far as a shape can be told: no spaces, controls or delimiters; something before and after the @.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what the RFC excludes.
  ajv.addFormat('iri-reference', /^[^\u0000-\u0020<>"{}|\\^`\u007f]*$/);
  ajv.addFormat('idn-email', /^[^\s@]+@[^\s@]+$/);
  ajv.removeKeyword('uniqueItems');
  ajv.addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    error: { message: 'must not hold the same item twice' },
    validate: (isOn: boolean, items: unknown[]) => !isOn || areUnique(items),
  });
  for (const other of others) ajv.addSchema(other);
  const validate = ajv.compile(schema);
  return (value) => {
    try {
      return validate(value) ? [] : problemsOf(validate.errors ?? []);
    } catch (error) {
      if (error instanceof RangeError) return [{ path: '', message: 'The document is nested too deeply to check.' }];
      throw error;
    }
  };
}

/** Whether no two items are equal as JSON values (RFC 8785 would write them alike). */
export function areUnique(items: readonly unknown[]): boolean {
  if (items.length < 2) return true;
  // Most items differ in what names them: only those that agree there are written out whole.
  const seen = new Map<string, unknown[]>();
  for (const item of items) {
    const mark = markOf(item);
    const alike = seen.get(mark);
    if (alike === undefined) seen.set(mark, [item]);
    else alike.push(item);
  }
  for (const alike of seen.values()) {
    if (alike.length > 1 && new Set(alike.map(canonical)).size < alike.length) return false;
  }
  return true;
}

const naming = [
  'bom-ref',
  'ref',
  'name',
  'version',
  'alg',
  'content',
  'id',
  'uid',
  'url',
  'value',
  'type',
  'SPDXID',
  'spdxId',
];

/** A short text that equal values share. */
function markOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return `${typeof value} ${value}`;
  let mark = '';
  for (const key of naming) {
    const member = (value as Record<string, unknown>)[key];
    mark += typeof member === 'string' ? `${member}\n` : '\n';
  }
  return mark;
}

function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  const members = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonical((value as Record<string, unknown>)[key])}`);
  return `{${members.join()}}`;
}

/** What branches of a choice say is left out where the choice as a whole has its own fault deeper in the same place. */
function problemsOf(errors: readonly ErrorObject[]): Problem[] {
  const problems = new Map<string, Problem>();
  const deepest = errors.filter(
    (error) =>
      !['oneOf', 'anyOf', 'if', 'allOf'].includes(error.keyword) ||
      !errors.some((other) => other !== error && other.instancePath.startsWith(error.instancePath) && isPlain(other)),
  );
  for (const error of deepest) {
    const problem = { path: pathOf(error.instancePath), message: messageOf(error), clause: clauseOf(error.schemaPath) };
    problems.set(`${problem.path} ${problem.message}`, problem);
    if (problems.size === listedMax) break;
  }
  return [...problems.values()];
}

const isPlain = (error: ErrorObject) => !['oneOf', 'anyOf', 'if', 'allOf'].includes(error.keyword);

function messageOf(error: ErrorObject): string {
  const params = error.params as Record<string, unknown>;
  switch (error.keyword) {
    case 'additionalProperties':
    case 'unevaluatedProperties':
      return `${quoted(params['additionalProperty'] ?? params['unevaluatedProperty'])} is not allowed here.`;
    case 'required':
      return `${quoted(params['missingProperty'])} is missing.`;
    case 'enum': {
      const allowed = params['allowedValues'];
      const few = Array.isArray(allowed) && allowed.length <= 20 ? `: ${allowed.join(', ')}` : '';
      return `This is not one of the allowed values${few}.`;
    }
    case 'const':
      return `This must be ${quoted(params['allowedValue'])}.`;
    default:
      return `This ${error.message ?? 'is not as the schema asks'}.`;
  }
}

/** JSON pointer (RFC 6901) to the path that people read: `components[3].name`. */
export function pathOf(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce((path, part) => {
      if (/^\d+$/.test(part)) return `${path}[${part}]`;
      if (!/^[\w$@-]+$/.test(part)) return `${path}[${JSON.stringify(part)}]`;
      return path === '' ? part : `${path}.${part}`;
    }, '');
}

const clauseOf = (schemaPath: string) => schemaPath.replace(/^.*#/, '#').slice(0, 200);
