/** Policies as documents: reading with every problem named, the bytes that are signed, and the check of a signature. */
import { canonicalJson } from '../../canonical-json.ts';
import type { Problem } from '../../problem.ts';
import {
  combinationsMax,
  type InputName,
  type Outcome,
  type Policy,
  type PolicyInput,
  type Rule,
  tableOf,
  unpack,
  valuesOf,
  vocabulary,
} from './policy.ts';

const countMax = 5_000;
const textMax = 2_000;

type Fields = Record<string, unknown>;
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= textMax;
const isDay = (value: unknown): value is string => {
  if (typeof value !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(value)) return false;
  const time = Date.parse(`${value}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(value);
};
const isName = (value: unknown): value is InputName => typeof value === 'string' && Object.hasOwn(vocabulary, value);

/** Reads a policy from parsed JSON. All problems are returned at once; a policy that is returned decides every combination. */
export function read(value: unknown): { policy: Policy } | { problems: Problem[] } {
  const problems: Problem[] = [];
  const refuse = (path: string, message: string) => {
    if (problems.length < 100) problems.push({ path, message });
  };
  if (!isFields(value)) return { problems: [{ path: '', message: 'A policy is a JSON object.' }] };
  if (value['format'] !== 'assay-policy/1') refuse('format', 'Write "format": "assay-policy/1".');
  if (!isText(value['name']) || !/^[a-z0-9][a-z0-9-]{0,63}$/.test(value['name'])) {
    refuse('name', 'Give a name of small letters, digits and hyphens, 64 at most.');
  }
  if (!isText(value['version']) || !/^\d+\.\d+\.\d+$/.test(value['version']))
    refuse('version', 'Give a version such as 1.0.0.');
  for (const field of ['title', 'summary'])
    if (!isText(value[field])) refuse(field, `Give a ${field}, ${textMax} characters at most.`);
  onlyKnown(
    value,
    ['format', 'name', 'version', 'title', 'summary', 'sources', 'inputs', 'outcomes', 'rules'],
    '',
    refuse,
  );
  const sources = readSources(value['sources'], refuse);
  const inputs = readInputs(listAt(value, 'inputs', refuse), refuse);
  const outcomes = readOutcomes(listAt(value, 'outcomes', refuse), refuse);
  readRules(listAt(value, 'rules', refuse), inputs, outcomes, sources, refuse);
  if (problems.length > 0) return { problems };

  const policy = value as unknown as Policy;
  if (inputs.reduce((product, input) => product * valuesOf(input).length, 1) > combinationsMax) {
    return {
      problems: [
        {
          path: 'inputs',
          message: `The values combine in more than ${combinationsMax} ways: use fewer bands or inputs.`,
        },
      ],
    };
  }
  const { ruleOf, sizes } = tableOf(policy);
  const gap = ruleOf.indexOf(-1);
  if (gap >= 0) {
    const chosen = unpack(gap, sizes);
    const missing = inputs.map((input, index) => `${input.name} ${valuesOf(input)[chosen[index]!]}`).join(', ');
    refuse('rules', `No rule decides ${missing}: add one, or end with a rule for the rest.`);
  }
  const reached = new Set(ruleOf);
  policy.rules.forEach((rule, index) => {
    if (!reached.has(index))
      refuse(`rules[${index}]`, `Rule ${rule.id} can never hold: rules before it decide all its cases.`);
  });
  return problems.length > 0 ? { problems } : { policy };
}

type Refuse = (path: string, message: string) => void;

function onlyKnown(fields: Fields, known: string[], path: string, refuse: Refuse): void {
  for (const name of Object.keys(fields)) {
    if (!known.includes(name))
      refuse(path === '' ? name : `${path}.${name}`, `This field is not known; the format has ${known.join(', ')}.`);
  }
}

function listAt(fields: Fields, name: string, refuse: Refuse): unknown[] {
  const list = fields[name];
  if (Array.isArray(list) && list.length > 0 && list.length <= countMax) return list;
  refuse(name, `Give a list of one to ${countMax} ${name}.`);
  return [];
}

function readSources(value: unknown, refuse: Refuse): Set<string> {
  if (!isFields(value)) {
    refuse('sources', 'Name the sources of the rules, each with title, publisher and date.');
    return new Set();
  }
  for (const [key, source] of Object.entries(value)) {
    const path = `sources.${key}`;
    if (!isFields(source)) {
      refuse(path, 'A source is an object with title, publisher and date.');
      continue;
    }
    onlyKnown(source, ['title', 'publisher', 'date', 'url'], path, refuse);
    if (!isText(source['title']) || !isText(source['publisher'])) refuse(path, 'Give the title and the publisher.');
    if (!isDay(source['date'])) refuse(`${path}.date`, 'Give the day of the source, such as 2026-06-10.');
    if (source['url'] !== undefined && !(isText(source['url']) && /^https?:\/\//.test(source['url']))) {
      refuse(`${path}.url`, 'An address starts with https:// or http://.');
    }
  }
  return new Set(Object.keys(value));
}

function readInputs(list: unknown[], refuse: Refuse): PolicyInput[] {
  const inputs: PolicyInput[] = [];
  list.forEach((value, index) => {
    const path = `inputs[${index}]`;
    if (!isFields(value) || !isName(value['name'])) {
      refuse(`${path}.name`, `Name one of ${Object.keys(vocabulary).join(', ')}.`);
      return;
    }
    onlyKnown(value, ['name', 'bands', 'orElse', 'whenUnknown'], path, refuse);
    const { name } = value;
    if (inputs.some((input) => input.name === name)) refuse(`${path}.name`, `${name} stands twice.`);
    const input = value as unknown as PolicyInput;
    if (!areBands(name, value['bands'])) {
      refuse(
        `${path}.bands`,
        'values' in vocabulary[name]
          ? `${name} has its own values; leave the bands out.`
          : `Give ${name} named bands with rising bounds, the first from ${(vocabulary[name] as { from: number }).from}.`,
      );
      return;
    }
    const values = valuesOf(input);
    readOrElse(value['orElse'], name, values, `${path}.orElse`, refuse);
    const unknown = value['whenUnknown'];
    if (
      !isFields(unknown) ||
      !isText(unknown['because']) ||
      !['assume', 'worst', 'ask'].includes(String(unknown['rule']))
    ) {
      refuse(`${path}.whenUnknown`, 'Say what happens when it is unknown: rule assume, worst or ask, and because.');
    } else if (unknown['rule'] === 'assume' && !values.includes(String(unknown['value']))) {
      refuse(`${path}.whenUnknown.value`, `Assume one of ${values.join(', ')}.`);
    }
    inputs.push(input);
  });
  return inputs;
}

function areBands(name: InputName, bands: unknown): boolean {
  const entry = vocabulary[name];
  if ('values' in entry) return bands === undefined;
  if (!Array.isArray(bands) || bands.length === 0 || bands.length > 100) return false;
  const names = new Set<unknown>();
  let last = Number.NEGATIVE_INFINITY;
  for (const band of bands) {
    if (!isFields(band) || !isText(band['name']) || band['name'] === 'unknown' || typeof band['from'] !== 'number')
      return false;
    if (!(band['from'] > last) || band['from'] > entry.to || names.has(band['name'])) return false;
    names.add(band['name']);
    last = band['from'];
  }
  return bands[0].from === entry.from;
}

function readOrElse(value: unknown, name: InputName, values: readonly string[], path: string, refuse: Refuse): void {
  if (value === undefined) return;
  if (
    !isFields(value) ||
    !isName(value['input']) ||
    value['input'] === name ||
    !isText(value['because']) ||
    !isFields(value['values'])
  ) {
    refuse(path, 'Name the other input, its values with what each comes to, and because.');
    return;
  }
  const other = vocabulary[value['input']];
  const otherValues: readonly string[] = 'values' in other ? other.values : [];
  for (const [from, to] of Object.entries(value['values'])) {
    if (!otherValues.includes(from)) refuse(`${path}.values`, `${value['input']} has no value ${from}.`);
    if (!values.includes(String(to))) refuse(`${path}.values.${from}`, `${name} has no value ${String(to)}.`);
  }
}

function readOutcomes(list: unknown[], refuse: Refuse): Outcome[] {
  const names = new Set<string>();
  list.forEach((value, index) => {
    const path = `outcomes[${index}]`;
    if (!isFields(value) || !isText(value['name'])) {
      refuse(path, 'An outcome has a name.');
      return;
    }
    onlyKnown(value, ['name', 'days', 'isForensicCheckDue'], path, refuse);
    if (names.has(value['name'])) refuse(`${path}.name`, `${value['name']} stands twice.`);
    names.add(value['name']);
    const { days, isForensicCheckDue } = value;
    if (days !== undefined && !(Number.isInteger(days) && (days as number) >= 0 && (days as number) <= 3650)) {
      refuse(`${path}.days`, 'Days are whole, from 0 to 3650; leave them out when there is no due date.');
    }
    if (isForensicCheckDue !== undefined && isForensicCheckDue !== true)
      refuse(`${path}.isForensicCheckDue`, 'Write true or leave it out.');
  });
  return list as Outcome[];
}

function readRules(
  list: unknown[],
  inputs: PolicyInput[],
  outcomes: Outcome[],
  sources: Set<string>,
  refuse: Refuse,
): void {
  const ids = new Set<string>();
  const names = new Set(outcomes.map((outcome) => outcome?.name));
  list.forEach((value, index) => {
    const path = `rules[${index}]`;
    if (!isFields(value) || !isText(value['id']) || !isFields(value['when'])) {
      refuse(path, 'A rule has an id, when, outcome, source and date.');
      return;
    }
    onlyKnown(value, ['id', 'when', 'outcome', 'source', 'date'], path, refuse);
    const rule = value as unknown as Rule;
    if (ids.has(rule.id)) refuse(`${path}.id`, `Rule ${rule.id} stands twice.`);
    ids.add(rule.id);
    for (const [name, wanted] of Object.entries(rule.when)) {
      const input = inputs.find((candidate) => candidate.name === name);
      if (input === undefined) refuse(`${path}.when.${name}`, `${name} is not among the policy's inputs.`);
      else if (!valuesOf(input).includes(wanted))
        refuse(`${path}.when.${name}`, `${name} has ${valuesOf(input).join(', ')}, not ${wanted}.`);
    }
    if (!names.has(rule.outcome)) refuse(`${path}.outcome`, `${String(rule.outcome)} is not among the outcomes.`);
    if (!sources.has(rule.source)) refuse(`${path}.source`, `${String(rule.source)} is not among the sources.`);
    if (!isDay(rule.date)) refuse(`${path}.date`, 'Give the day of the rule, such as 2026-06-10.');
  });
}

/**
 * The bytes that are hashed and signed: JSON by RFC 8785 (JSON Canonicalization Scheme), UTF-8. Spacing and member order of
 * the file do not matter; everything else does.
 */
export function canonical(policy: Policy): Uint8Array {
  return new TextEncoder().encode(canonicalJson(policy));
}

/** Ed25519 (RFC 8032) over the canonical bytes. */
export interface PolicySignature {
  keyId: string;
  signature: Uint8Array;
}

/** Answers whether `signature` over `message` was made with `publicKey`. Passed in, because rules do no cryptography. */
export type Verify = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean | Promise<boolean>;

/** The ids of the trusted keys that have signed exactly this policy. Signatures of other keys and false ones count for nothing. */
export async function signers(
  policy: Policy,
  signatures: readonly PolicySignature[],
  trusted: ReadonlyMap<string, Uint8Array>,
  verify: Verify,
): Promise<string[]> {
  const message = canonical(policy);
  const found: string[] = [];
  for (const { keyId, signature } of signatures) {
    const key = trusted.get(keyId);
    if (key !== undefined && !found.includes(keyId) && (await verify(key, message, signature))) found.push(keyId);
  }
  return found;
}
