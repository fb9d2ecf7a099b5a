import type { Problem } from '../../domain/problem.ts';
import { arrayOf, elementAt, isObject, type JsonObject, objectOf } from '../json.ts';
import { quoted } from '../text.ts';
import { type Rules, rulesOf } from './rule.ts';

const problemsMax = 50;
const depthMax = 500;

/**
 * What the standard asks of a log beyond its schema: URIs that are absolute or relative, regions that end after they start, indices that
 * point at something, rules and messages that are there. Takes a log that keeps to the schema. The names in brackets are those of the
 * rules of the SARIF SDK that ask the same.
 */
export function consistency(log: JsonObject): Problem[] {
  const problems: Problem[] = [];
  const say = (path: string, clause: string, message: string) => {
    if (problems.length < problemsMax) problems.push({ path, message, clause });
  };
  absolute(log, ['$schema'], '', say);
  arrayOf(log['runs']).forEach((run, index) => {
    if (isObject(run)) checkRun(run, `runs[${index}]`, say);
  });
  return problems;
}

type Say = (path: string, clause: string, message: string) => void;

function checkRun(run: JsonObject, path: string, say: Say): void {
  bases(objectOf(run['originalUriBaseIds']), `${path}.originalUriBaseIds`, say);
  const rules = rulesOf(run);
  arrayOf(run['results']).forEach((result, index) => {
    if (isObject(result)) ruleAndMessage(rules, result, `${path}.results[${index}]`, say);
  });
  visit(run, path, run, say, 0);
}

const scheme = /^[a-z][a-z0-9+.-]+:/i;
/** Members that hold absolute URIs (SARIF1005), and the clauses that say so. */
const absoluteMembers: readonly (readonly [name: string, clause: string])[] = [
  ['$schema', '3.13.3'],
  ['downloadUri', '3.19'],
  ['informationUri', '3.19'],
  ['helpUri', '3.49'],
  ['repositoryUri', '3.23'],
];

function absolute(object: JsonObject, names: readonly string[], path: string, say: Say): void {
  for (const [name, clause] of absoluteMembers) {
    const uri = object[name];
    if (!names.includes(name) || typeof uri !== 'string' || scheme.test(uri)) continue;
    say(path === '' ? name : `${path}.${name}`, clause, `${quoted(uri)} is not an absolute URI.`);
  }
}

/** 3.14.14 (SARIF1004): bases end with a slash, go neither up nor on, and stand on one another or are absolute. */
function bases(all: JsonObject, path: string, say: Say): void {
  for (const [name, base] of Object.entries(all)) {
    const { uri, uriBaseId } = objectOf(base);
    if (typeof uri !== 'string') continue;
    const at = `${path}.${name}`;
    if (typeof uriBaseId === 'string' && scheme.test(uri)) {
      say(at, '3.4', `With the base ${quoted(uriBaseId)} the URI must be relative, and ${quoted(uri)} is absolute.`);
    }
    if (uriBaseId === undefined && !scheme.test(uri)) {
      say(at, '3.14.14', `The base ${quoted(name)} stands on no other and is not absolute: ${quoted(uri)}.`);
    }
    if (!uri.endsWith('/')) say(at, '3.14.14', `A base must end with a slash: ${quoted(uri)}.`);
    if (/(?:^|\/)\.\.(?:\/|$)/.test(uri)) say(at, '3.14.14', `A base must not go up with "..": ${quoted(uri)}.`);
    if (/[?#]/.test(uri)) say(at, '3.14.14', `A base must have no query and no fragment: ${quoted(uri)}.`);
  }
}

/** 3.27.5 to 3.27.7 (SARIF1010), 3.11 (SARIF1012). */
function ruleAndMessage(rules: Rules, result: JsonObject, path: string, say: Say): void {
  const { ruleId } = result;
  const { id: inRule } = objectOf(result['rule']);
  const { rule, id, component } = rules.of(result);
  if (ruleId === undefined && id === undefined) {
    say(path, '3.27.5', 'The result names no rule: give "ruleId", or "rule" with an id or an index.');
  } else if (ruleId !== undefined && inRule !== undefined && ruleId !== inRule) {
    say(path, '3.27.5', `"ruleId" (${quoted(ruleId)}) and the id in "rule" (${quoted(inRule)}) differ.`);
  }
  const { id: messageId, text, arguments: given } = objectOf(result['message']);
  if (typeof messageId !== 'string') return;
  const strings = objectOf(rule['messageStrings']);
  const globals = objectOf(component['globalMessageStrings']);
  const named = Object.hasOwn(strings, messageId)
    ? strings[messageId]
    : Object.hasOwn(globals, messageId)
      ? globals[messageId]
      : undefined;
  if (named === undefined) {
    if (text === undefined) say(path, '3.11', `There is no message string ${quoted(messageId)} for this rule.`);
    return;
  }
  const string = objectOf(named)['text'];
  const places = [...(typeof string === 'string' ? string.replaceAll('{{', '').matchAll(/\{(\d{1,4})\}/g) : [])];
  const needed = Math.max(0, ...places.map(([, digits]) => Number(digits) + 1));
  if (arrayOf(given).length < needed) {
    say(
      path,
      '3.11',
      `The message ${quoted(messageId)} needs ${needed} arguments, and ${arrayOf(given).length} are given.`,
    );
  }
}

/** Arrays of the run that indices point into (SARIF1009), by the kind of object that holds the index. */
const indexed: readonly {
  /** Names of members that hold such objects, alone or in an array. */
  in: readonly string[];
  member: string;
  array: string;
  clause: string;
}[] = [
  {
    in: ['artifactLocation', 'analysisTarget', 'location', 'executableLocation'],
    member: 'index',
    array: 'artifacts',
    clause: '3.4',
  },
  { in: ['logicalLocations'], member: 'index', array: 'logicalLocations', clause: '3.33' },
  { in: ['logicalLocations'], member: 'parentIndex', array: 'logicalLocations', clause: '3.33' },
  { in: ['address', 'addresses'], member: 'index', array: 'addresses', clause: '3.32' },
  { in: ['address', 'addresses'], member: 'parentIndex', array: 'addresses', clause: '3.32' },
  { in: ['artifacts'], member: 'parentIndex', array: 'artifacts', clause: '3.24' },
  { in: ['webRequest'], member: 'index', array: 'webRequests', clause: '3.46' },
  { in: ['webResponse'], member: 'index', array: 'webResponses', clause: '3.47' },
  { in: ['provenance'], member: 'invocationIndex', array: 'invocations', clause: '3.48' },
];

/** Walks what may stand anywhere: locations, regions, indices. `name` is that of the member that holds the value, or its array. */
function visit(value: unknown, path: string, run: JsonObject, say: Say, depth: number, name = ''): void {
  if (typeof value !== 'object' || value === null || depth > depthMax) return;
  if (Array.isArray(value)) {
    value.forEach((each, index) => {
      if (name === 'workItemUris' && typeof each === 'string' && !scheme.test(each)) {
        say(`${path}[${index}]`, '3.27', `${quoted(each)} is not an absolute URI.`);
      }
      visit(each, `${path}[${index}]`, run, say, depth + 1, name);
    });
    return;
  }
  const object = value as JsonObject;
  absolute(object, ['downloadUri', 'helpUri', 'repositoryUri'], path, say);
  location(object, path, say);
  if (/region$/i.test(name) && name !== 'regions') region(object, path, say);
  for (const { in: holders, member, array, clause } of indexed) {
    const index = object[member];
    if (!holders.includes(name) || !Number.isInteger(index) || (index as number) < 0) continue;
    if (elementAt(arrayOf(run[array]), index) === undefined && !isElsewhere(run, array)) {
      say(
        path,
        clause,
        `"${member}" is ${index}, and "${array}" of the run has ${arrayOf(run[array]).length} elements.`,
      );
    }
  }
  const { ruleIndex } = object;
  if (/\.results\[\d+\]$/.test(path) && Number.isInteger(ruleIndex) && (ruleIndex as number) >= 0) {
    const rules = arrayOf(objectOf(objectOf(run['tool'])['driver'])['rules']);
    if (
      objectOf(object['rule'])['toolComponent'] === undefined &&
      elementAt(rules, ruleIndex) === undefined &&
      !isElsewhere(run, 'driver')
    ) {
      say(path, '3.27.6', `"ruleIndex" is ${ruleIndex}, and the driver has ${rules.length} rules.`);
    }
  }
  // Property bags hold whatever a tool likes.
  for (const [key, each] of Object.entries(object))
    if (key !== 'properties') visit(each, `${path}.${key}`, run, say, depth + 1, key);
}

/** 3.15: the array stands in another file, where this does not look. */
const isElsewhere = (run: JsonObject, array: string) => array in objectOf(run['externalPropertyFileReferences']);

/** 3.4 (SARIF1004). */
function location({ uri, uriBaseId }: JsonObject, path: string, say: Say): void {
  if (typeof uri !== 'string' || path.includes('.originalUriBaseIds.')) return;
  if (typeof uriBaseId === 'string' && scheme.test(uri)) {
    say(path, '3.4', `With the base ${quoted(uriBaseId)} the URI must be relative, and ${quoted(uri)} is absolute.`);
  } else if (uri.startsWith('/')) {
    say(`${path}.uri`, '3.4', `A relative reference must not begin with a slash: ${quoted(uri)}.`);
  }
}

/** 3.30 (SARIF1007). */
function region(value: JsonObject, path: string, say: Say): void {
  const { startLine, endLine, startColumn, endColumn, charOffset, byteOffset } = value as Record<
    string,
    number | undefined
  >;
  const isStarted = startLine !== undefined || (charOffset ?? -1) >= 0 || (byteOffset ?? -1) >= 0;
  if (!isStarted)
    say(path, '3.30', 'The region says nowhere where it starts: give "startLine", "charOffset" or "byteOffset".');
  if (startLine !== undefined && endLine !== undefined && endLine < startLine) {
    say(`${path}.endLine`, '3.30', `The region ends in line ${endLine}, before it starts in line ${startLine}.`);
  }
  const isOneLine = endLine === undefined || endLine === startLine;
  if (isOneLine && startColumn !== undefined && endColumn !== undefined && endColumn < startColumn) {
    say(
      `${path}.endColumn`,
      '3.30',
      `The region ends in column ${endColumn}, before it starts in column ${startColumn}.`,
    );
  }
}
