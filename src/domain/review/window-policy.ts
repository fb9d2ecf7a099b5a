/** Window policies: how long access lasts, from when it counts and what follows, as versioned data with a source for each rule (I22). */
import { sha256 } from '@noble/hashes/sha2.js';
import { canonicalJson } from '../canonical-json.ts';
import type { Problem } from '../problem.ts';
import window14 from './policies/window-14.json' with { type: 'json' };
import window30 from './policies/window-30.json' with { type: 'json' };
import window90 from './policies/window-90.json' with { type: 'json' };

/** The planned event before which access ends, whatever is left of the days. */
export const anchors = ['release_to_other_partners', 'public_release'] as const;
/** What starts the clock: the offer of terms, their acceptance, or both sides having seen access work. */
export const startEvents = ['notice', 'terms', 'access_verified'] as const;

/** One decision of a policy, with where it comes from. */
export interface Rule<Value> {
  value: Value;
  /** A key of `sources`. */
  source: string;
  /** The UTC day or month of the source, `2026-06-05` or `2026-05`. */
  date: string;
  because: string;
}

export interface Rules {
  /** Days of access at most, each of 24 hours. */
  'window.max_days': Rule<number>;
  'window.anchor': Rule<(typeof anchors)[number]>;
  'window.start_event': Rule<(typeof startEvents)[number]>;
  /** Whether the days of access go on counting while access is paused. */
  'window.pause_counts': Rule<boolean>;
  /** Days from the end until return or destruction is to be attested. */
  'return.days': Rule<number>;
  /** Days that a submission is kept after the end of its window. */
  'retention.submission_days': Rule<number>;
  /** Days that findings are kept after their case is closed. */
  'retention.findings_days': Rule<number>;
}

export interface WindowPolicy {
  format: 'assay-window-policy/1';
  name: string;
  version: string;
  title: string;
  summary: string;
  sources: Record<string, { title: string; publisher: string; date: string; url?: string }>;
  rules: Rules;
}

/** Names one version of a policy, and its content by digest. */
export interface PolicyRef {
  name: string;
  version: string;
  /** SHA-256 over the canonical JSON (RFC 8785), in hexadecimal. */
  digest: string;
}

export const daysMax = 3650;
const textMax = 2_000;

const ruleValues: { [Name in keyof Rules]: [isValue: (value: unknown) => boolean, expected: string] } = {
  'window.max_days': [(value) => isDays(value) && value !== 0, `whole days, 1 to ${daysMax}`],
  'window.anchor': [(value) => anchors.includes(value as never), anchors.join(' or ')],
  'window.start_event': [(value) => startEvents.includes(value as never), startEvents.join(', ')],
  'window.pause_counts': [(value) => typeof value === 'boolean', 'true or false'],
  'return.days': [isDays, `whole days, 0 to ${daysMax}`],
  'retention.submission_days': [isDays, `whole days, 0 to ${daysMax}`],
  'retention.findings_days': [isDays, `whole days, 0 to ${daysMax}`],
};

type Fields = Record<string, unknown>;
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= textMax;
function isDays(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= daysMax;
}
function isDate(value: unknown): boolean {
  if (typeof value !== 'string' || !/^\d{4}-\d{2}(-\d{2})?$/.test(value)) return false;
  const time = Date.parse(`${value}${value.length === 7 ? '-01' : ''}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(value);
}

/** Reads a policy from parsed JSON. All problems are returned at once. */
export function read(value: unknown): { policy: WindowPolicy } | { problems: Problem[] } {
  const problems: Problem[] = [];
  const refuse = (path: string, message: string) => {
    if (problems.length < 100) problems.push({ path, message });
  };
  if (!isFields(value)) return { problems: [{ path: '', message: 'A policy is a JSON object.' }] };
  const onlyKnown = (fields: Fields, known: string[], path: string) => {
    for (const name of Object.keys(fields))
      if (!known.includes(name)) refuse(`${path}${name}`, `This field is not known; there are ${known.join(', ')}.`);
  };
  onlyKnown(value, ['format', 'name', 'version', 'title', 'summary', 'sources', 'rules'], '');
  if (value['format'] !== 'assay-window-policy/1') refuse('format', 'Write "format": "assay-window-policy/1".');
  if (!isText(value['name']) || !/^[a-z0-9][a-z0-9-]{0,63}$/.test(value['name']))
    refuse('name', 'Give a name of small letters, digits and hyphens, 64 at most.');
  if (!isText(value['version']) || !/^\d{1,9}\.\d{1,9}\.\d{1,9}$/.test(value['version']))
    refuse('version', 'Give a version such as 1.0.0.');
  for (const field of ['title', 'summary'])
    if (!isText(value[field])) refuse(field, `Give a ${field}, ${textMax} characters at most.`);

  const sources = isFields(value['sources']) ? value['sources'] : {};
  if (!isFields(value['sources'])) refuse('sources', 'Name the sources of the rules.');
  for (const [key, source] of Object.entries(sources).slice(0, 1000)) {
    const path = `sources.${key}`;
    if (!isFields(source) || !isText(source['title']) || !isText(source['publisher']) || !isDate(source['date'])) {
      refuse(path, 'A source has a title, a publisher and a date such as 2026-06-05.');
      continue;
    }
    onlyKnown(source, ['title', 'publisher', 'date', 'url'], `${path}.`);
    if (source['url'] !== undefined && !(isText(source['url']) && /^https?:\/\//.test(source['url'])))
      refuse(`${path}.url`, 'An address starts with https:// or http://.');
  }

  const rules = isFields(value['rules']) ? value['rules'] : {};
  onlyKnown(rules, Object.keys(ruleValues), 'rules.');
  for (const [key, [isValue, expected]] of Object.entries(ruleValues)) {
    const path = `rules.${key}`;
    const rule = rules[key];
    if (!isFields(rule)) {
      refuse(path, `Give this rule: value (${expected}), source, date and because.`);
      continue;
    }
    onlyKnown(rule, ['value', 'source', 'date', 'because'], `${path}.`);
    if (!isValue(rule['value'])) refuse(`${path}.value`, `Give ${expected}.`);
    if (!isText(rule['source']) || !Object.hasOwn(sources, rule['source']))
      refuse(`${path}.source`, 'Name one of the sources.');
    if (!isDate(rule['date'])) refuse(`${path}.date`, 'Give the day of the rule, such as 2026-06-05.');
    if (!isText(rule['because'])) refuse(`${path}.because`, `Say why, in ${textMax} characters at most.`);
  }
  return problems.length > 0 ? { problems } : { policy: value as unknown as WindowPolicy };
}

/** The name of one policy and version, with the SHA-256 of its canonical JSON (RFC 8785). */
export function refOf(policy: WindowPolicy): PolicyRef {
  const digest = Array.from(sha256(new TextEncoder().encode(canonicalJson(policy))), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
  return { name: policy.name, version: policy.version, digest };
}

function own(document: unknown): WindowPolicy {
  const result = read(document);
  if ('problems' in result) throw new Error(`Built-in policy: ${JSON.stringify(result.problems)}`);
  return result.policy;
}

/** Newest version first where there are several; released versions stay. `window.max_days` defaults to the first. */
export const builtInPolicies: readonly WindowPolicy[] = [own(window30), own(window14), own(window90)];

/** A policy that comes with Assay by name, such as `window-30`; the newest version unless one is named. */
export function builtIn(name: string, version?: string): WindowPolicy | undefined {
  return builtInPolicies.find(
    (policy) => policy.name === name && (version === undefined || policy.version === version),
  );
}
