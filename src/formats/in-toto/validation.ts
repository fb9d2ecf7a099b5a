/** What we say in a statement about a finding: the attempts at reproducing it. docs/validation.md describes the predicate. */
import { isInstant } from '../../domain/instant.ts';
import {
  type Attempt,
  type Environment,
  type Evidence,
  endings,
  evidenceLimits,
  type Series,
} from '../../domain/intake/validation.ts';
import { isPathBelow, kitLimits, purposes, type Signal } from '../../domain/intake/validation-kit.ts';
import type { Problem } from '../../domain/problem.ts';
import { isObject, type JsonObject } from '../json.ts';
import type { Statement } from './statement.ts';

/** Names this predicate and its version. A name, not an address: `.example` is nobody's, so nobody can answer for it. */
export const predicateType = 'https://assay.example/attestation/validation/v1';

const seriesMax = 8;
const toolsMax = kitLimits.toolsMax;

/** The statement that these attempts were made at this finding. `findingDigest` is `sha256:` and 64 hexadecimal digits. */
export function write(finding: { id: string; digest: string }, evidence: Evidence): Statement {
  return {
    subject: [{ name: finding.id, digest: { sha256: finding.digest.replace(/^sha256:/, '') } }],
    predicateType,
    predicate: evidence as unknown as JsonObject,
  };
}

/** Reads our predicate strictly: a field that is missing, of another kind or unknown refuses the statement. */
export function read(
  statement: Statement,
): { finding: { id: string; digest: string }; evidence: Evidence } | { problems: Problem[] } {
  const problems: Problem[] = [];
  const reader = readerInto(problems);
  const [subject, ...others] = statement.subject;
  const digest = subject?.digest['sha256'];
  if (statement.predicateType !== predicateType) {
    problems.push({ path: 'predicateType', message: `Only "${predicateType}" is read here.` });
    return { problems };
  }
  if (others.length > 0) problems.push({ path: 'subject', message: 'Evidence is about one finding.' });
  if (digest === undefined || digest.length !== 64) {
    problems.push({ path: 'subject[0].digest', message: 'Name the finding by its sha256 digest.' });
  }
  const evidence = evidenceOf(reader, statement.predicate);
  if (problems.length > 0) return { problems };
  return { finding: { id: subject?.name ?? '', digest: `sha256:${digest}` }, evidence };
}

type Reader = ReturnType<typeof readerInto>;

function evidenceOf(reader: Reader, value: unknown): Evidence {
  const path = 'predicate';
  const object = reader.object(value, path, [
    ...['kitDigest', 'signal', 'environment', 'environmentDigest', 'series', 'tool', 'startedAt', 'endedAt'],
  ]);
  const tool = reader.object(object['tool'], `${path}.tool`, ['name', 'version']);
  return {
    kitDigest: reader.digest(object['kitDigest'], `${path}.kitDigest`),
    signal: signalOf(reader, object['signal'], `${path}.signal`),
    environment: environmentOf(reader, object['environment'], `${path}.environment`),
    environmentDigest: reader.digest(object['environmentDigest'], `${path}.environmentDigest`),
    series: reader.list(object['series'], `${path}.series`, seriesMax, (one, at) => seriesOf(reader, one, at)),
    tool: {
      name: reader.text(tool['name'], `${path}.tool.name`, 100),
      version: reader.text(tool['version'], `${path}.tool.version`, 100),
    },
    startedAt: reader.instant(object['startedAt'], `${path}.startedAt`),
    endedAt: reader.instant(object['endedAt'], `${path}.endedAt`),
  };
}

function signalOf(reader: Reader, value: unknown, path: string): Signal {
  const kind = isObject(value) ? value['kind'] : undefined;
  const fields: Record<string, string[]> = {
    exit: ['code'],
    output: ['pattern'],
    sanitizer: ['class'],
    file: ['path', 'contains'],
    timeout: [],
  };
  const object = reader.object(value, path, ['kind', ...(fields[String(kind)] ?? [])]);
  switch (kind) {
    case 'exit':
      return { kind, code: reader.count(object['code'], `${path}.code`, 255) };
    case 'output':
      return { kind, pattern: reader.text(object['pattern'], `${path}.pattern`, kitLimits.patternLengthMax) };
    case 'sanitizer':
      return { kind, class: reader.text(object['class'], `${path}.class`, 80) };
    case 'file': {
      const file = reader.text(object['path'], `${path}.path`, kitLimits.pathLengthMax);
      if (!isPathBelow(file)) reader.say(`${path}.path`, 'It is a relative path below the work folder.');
      const contains = reader.optional(object['contains'], (held) => reader.text(held, `${path}.contains`, 1000));
      return { kind, path: file, ...(contains !== undefined && { contains }) };
    }
    case 'timeout':
      return { kind };
    default:
      reader.say(`${path}.kind`, `It is one of ${Object.keys(fields).join(', ')}.`);
      return { kind: 'timeout' };
  }
}

function environmentOf(reader: Reader, value: unknown, path: string): Environment {
  const object = reader.object(value, path, ['sandbox', 'os', 'arch', 'image', 'tools', 'hasNetwork']);
  const image = reader.optional(object['image'], (one) => reader.text(one, `${path}.image`, kitLimits.imageLengthMax));
  return {
    sandbox: reader.text(object['sandbox'], `${path}.sandbox`, 200),
    os: reader.text(object['os'], `${path}.os`, 200),
    arch: reader.text(object['arch'], `${path}.arch`, 50),
    ...(image !== undefined && { image }),
    tools: reader.list(object['tools'], `${path}.tools`, toolsMax, (one, at) => {
      const tool = reader.object(one, at, ['name', 'version']);
      return {
        name: reader.text(tool['name'], `${at}.name`, 100),
        version: reader.text(tool['version'], `${at}.version`, 300, 0),
      };
    }),
    hasNetwork: reader.truth(object['hasNetwork'], `${path}.hasNetwork`),
  };
}

function seriesOf(reader: Reader, value: unknown, path: string): Series {
  const object = reader.object(value, path, ['purpose', 'command', 'image', 'version', 'attempts']);
  const image = reader.optional(object['image'], (one) => reader.text(one, `${path}.image`, kitLimits.imageLengthMax));
  const version = reader.optional(object['version'], (one) => reader.text(one, `${path}.version`, 200));
  return {
    purpose: reader.oneOf(object['purpose'], `${path}.purpose`, purposes),
    command: reader.list(object['command'], `${path}.command`, kitLimits.argumentsMax, (one, at) =>
      reader.text(one, at, kitLimits.argumentLengthMax, 0),
    ),
    ...(image !== undefined && { image }),
    ...(version !== undefined && { version }),
    attempts: reader.list(object['attempts'], `${path}.attempts`, evidenceLimits.attemptsMax, (one, at) =>
      attemptOf(reader, one, at),
    ),
  };
}

function attemptOf(reader: Reader, value: unknown, path: string): Attempt {
  const object = reader.object(value, path, [
    ...['isSeen', 'ending', 'exit', 'durationMs', 'outputDigest', 'outputBytes', 'head', 'tail'],
  ]);
  const exit = reader.optional(object['exit'], (one) => reader.count(one, `${path}.exit`, 255));
  const { excerptLengthMax } = evidenceLimits;
  return {
    isSeen: reader.truth(object['isSeen'], `${path}.isSeen`),
    ending: reader.oneOf(object['ending'], `${path}.ending`, endings),
    ...(exit !== undefined && { exit }),
    durationMs: reader.count(object['durationMs'], `${path}.durationMs`),
    outputDigest: reader.digest(object['outputDigest'], `${path}.outputDigest`),
    outputBytes: reader.count(object['outputBytes'], `${path}.outputBytes`),
    head: reader.text(object['head'], `${path}.head`, excerptLengthMax, 0),
    tail: reader.text(object['tail'], `${path}.tail`, excerptLengthMax, 0),
  };
}

/** Reads values of a kind; what is of another kind is named among the problems and gives an empty one. */
function readerInto(problems: Problem[]) {
  const say = (path: string, message: string) => {
    if (problems.length < 50) problems.push({ path, message });
  };
  const text = (value: unknown, path: string, lengthMax: number, lengthMin = 1): string => {
    if (typeof value === 'string' && value.length >= lengthMin && value.length <= lengthMax) return value;
    say(path, `It is a text of at most ${lengthMax} characters.`);
    return '';
  };
  return {
    say,
    text,
    object(value: unknown, path: string, fields: readonly string[]): JsonObject {
      if (!isObject(value)) {
        say(path, 'It is an object.');
        return {};
      }
      for (const name of Object.keys(value))
        if (!fields.includes(name)) say(`${path}.${name}`, 'It has no meaning here.');
      return value;
    },
    optional<T>(value: unknown, read: (value: unknown) => T): T | undefined {
      return value === undefined ? undefined : read(value);
    },
    list<T>(value: unknown, path: string, max: number, read: (value: unknown, path: string) => T): T[] {
      if (!Array.isArray(value) || value.length > max) {
        say(path, `It is a list of at most ${max}.`);
        return [];
      }
      return value.map((one, index) => read(one, `${path}[${index}]`));
    },
    oneOf<T extends string>(value: unknown, path: string, known: readonly [T, ...T[]]): T {
      const found = known.find((one) => one === value);
      if (found === undefined) say(path, `It is one of ${known.join(', ')}.`);
      return found ?? known[0];
    },
    count(value: unknown, path: string, max = Number.MAX_SAFE_INTEGER): number {
      if (Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= max) return value as number;
      say(path, `It is a whole number from 0 to ${max}.`);
      return 0;
    },
    truth(value: unknown, path: string): boolean {
      if (typeof value !== 'boolean') say(path, 'It is true or false.');
      return value === true;
    },
    digest(value: unknown, path: string): string {
      if (typeof value === 'string' && /^sha256:[0-9a-f]{64}$/.test(value)) return value;
      say(path, 'It is sha256: and 64 hexadecimal digits.');
      return '';
    },
    instant(value: unknown, path: string): string {
      if (isInstant(value)) return value;
      say(path, 'It is a moment in UTC, such as 2026-03-01T09:30:00.000Z.');
      return '';
    },
  };
}
