import { type TypeRule, typeRules } from './purl-types.ts';

/** The parts of a package URL, decoded and normalised by the rules of its type (purl-spec, ECMA-427). */
export interface Purl {
  type: string;
  namespace?: string | undefined;
  name: string;
  version?: string | undefined;
  qualifiers?: Record<string, string> | undefined;
  subpath?: string | undefined;
}

/** Why a text is no package URL, in one plain sentence. */
export class PurlError extends Error {
  override name = 'PurlError';
}

const lengthMax = 8192;

interface Rule {
  type: string;
  needsNamespace: boolean;
  refusesNamespace: boolean;
  lowersNamespace: boolean;
  lowersName: boolean;
  lowersVersion: boolean;
  /** Set when there is more to do than to lower letters. */
  special: TypeRule | undefined;
}

/** Rules by type as written in purls met so far, so that a known type is one look-up. Bounded: anyone can invent types. */
const rules = new Map<string, Rule>();
const rulesMax = 1000;
const specials = new Set(['chrome-extension', 'cpan', 'git', 'mlflow', 'pub', 'pypi']);

function ruleOf(written: string): Rule {
  const known = rules.get(written);
  if (known !== undefined) return known;
  if (!/^[A-Za-z][A-Za-z0-9.+-]*$/.test(written)) {
    throw new PurlError('The type must start with a letter and hold only letters, digits, ".", "+" and "-".');
  }
  const type = written.toLowerCase();
  const data = Object.hasOwn(typeRules, type) ? typeRules[type]! : {};
  const rule: Rule = {
    type,
    needsNamespace: data.namespace === 'required',
    refusesNamespace: data.namespace === 'prohibited',
    lowersNamespace: data.lower?.includes('namespace') ?? false,
    lowersName: data.lower?.includes('name') ?? false,
    lowersVersion: data.lower?.includes('version') ?? false,
    special: specials.has(type) ? data : undefined,
  };
  if (rules.size < rulesMax) rules.set(written, rule);
  return rule;
}

/**
 * Reads a package URL of at most 8192 characters. Forgives what the specification tells a reader to mend: slashes after
 * `pkg:`, letter case, an `@` at the head of a namespace, order and case of qualifier keys. Throws `PurlError` otherwise.
 */
export function parse(text: string): Purl {
  const length = text.length;
  if (length > lengthMax) throw new PurlError(`A package URL may be at most ${lengthMax} characters long.`);
  if (!isScheme(text)) throw new PurlError('A package URL starts with "pkg:".');
  let start = 4;
  while (text.charCodeAt(start) === 47) start++;

  let firstSlash = -1;
  let lastSlash = -1;
  let at = -1;
  let isEncoded = false;
  let end = start;
  scan: for (; end < length; end++) {
    switch (text.charCodeAt(end)) {
      case 47:
        if (firstSlash < 0) firstSlash = end;
        // A slash after an "@" at the head of a segment shows that the "@" belongs to a namespace: `@scope/name`.
        if (at < 0 || text.charCodeAt(at - 1) === 47) {
          lastSlash = end;
          at = -1;
        }
        break;
      case 64:
        at = end;
        break;
      case 37:
        isEncoded = true;
        break;
      case 63:
      case 35:
        break scan;
    }
  }
  if (firstSlash < 0) throw new PurlError('A package URL names a type and a package: "pkg:type/name".');
  const rule = ruleOf(text.slice(start, firstSlash));

  let nameEnd = at < 0 ? end : at;
  if (lastSlash === nameEnd - 1 && at < 0) {
    while (nameEnd > firstSlash + 1 && text.charCodeAt(nameEnd - 1) === 47) nameEnd--;
    lastSlash = text.lastIndexOf('/', nameEnd - 1);
  }
  let name = text.slice(lastSlash + 1, nameEnd);
  let namespace = lastSlash > firstSlash ? text.slice(firstSlash + 1, lastSlash) : undefined;
  let version = at < 0 || at + 1 === end ? undefined : text.slice(at + 1, end);
  if (isEncoded) {
    name = decoded(name);
    if (namespace !== undefined) namespace = decoded(namespace);
    if (version !== undefined) version = decoded(version);
  }
  if (end === length) return normalised(rule, namespace, name, version, undefined, undefined);

  const hash = text.charCodeAt(end) === 35 ? end : text.indexOf('#', end);
  const subpath = hash < 0 ? undefined : cleanSubpath(decoded(text.slice(hash + 1)));
  const query = hash === end ? '' : text.slice(end + 1, hash < 0 ? length : hash);
  return normalised(rule, namespace, name, version, query === '' ? undefined : readQualifiers(query), subpath);
}

function isScheme(text: string): boolean {
  return (
    text.charCodeAt(3) === 58 &&
    (text.charCodeAt(0) | 32) === 112 &&
    (text.charCodeAt(1) | 32) === 107 &&
    (text.charCodeAt(2) | 32) === 103
  );
}

/** Applies the rules of the type. Takes decoded parts. */
function normalised(
  rule: Rule,
  givenNamespace: string | undefined,
  givenName: string,
  givenVersion: string | undefined,
  qualifiers: Record<string, string> | undefined,
  subpath: string | undefined,
): Purl {
  let namespace = givenNamespace === undefined ? undefined : cleanNamespace(givenNamespace);
  let name = givenName;
  let version = givenVersion;
  if (name === '') throw new PurlError('A package URL needs a name.');
  if (namespace === undefined) {
    if (rule.needsNamespace) throw new PurlError(`A package URL of type "${rule.type}" needs a namespace.`);
  } else {
    if (rule.refusesNamespace) throw new PurlError(`A package URL of type "${rule.type}" has no namespace.`);
    if (rule.lowersNamespace) namespace = namespace.toLowerCase();
  }
  if (rule.lowersName) name = name.toLowerCase();
  if (rule.lowersVersion && version !== undefined) version = version.toLowerCase();
  if (rule.special !== undefined) {
    if (rule.type === 'git') ({ namespace, name } = gitPath(`${namespace}/${name}`));
    else name = specialName(rule, rule.special, name, version, qualifiers);
  }
  return { type: rule.type, namespace, name, version, qualifiers, subpath };
}

/** What a type asks of its name beyond letter case. */
function specialName(
  { type }: Rule,
  { namePattern, versionPattern }: TypeRule,
  name: string,
  version: string | undefined,
  qualifiers: Record<string, string> | undefined,
): string {
  if (namePattern !== undefined && !namePattern.test(name)) {
    throw new PurlError(`"${name}" is not a name of type "${type}".`);
  }
  if (versionPattern !== undefined && version !== undefined && !versionPattern.test(version)) {
    throw new PurlError(`"${version}" is not a version of type "${type}".`);
  }
  if (type === 'pypi') return name.includes('_') ? name.replaceAll('_', '-') : name;
  if (type === 'pub') return name.replace(/[^a-z0-9_]/g, '_');
  // Model names are case-insensitive on Databricks, and case-sensitive elsewhere.
  if (type === 'mlflow' && qualifiers?.['repository_url']?.includes('databricks')) return name.toLowerCase();
  return name;
}

/** The namespace is the host, the name all of the path. GitHub does not tell letter case apart. */
function gitPath(path: string): { namespace: string; name: string } {
  const [namespace = '', ...segments] = path.split('/').filter((segment) => segment !== '');
  const name = segments.join('/');
  if (name === '') throw new PurlError('A package URL of type "git" names a host and a path.');
  return /^github(\.com)?$/i.test(namespace)
    ? { namespace: namespace.toLowerCase(), name: name.toLowerCase() }
    : { namespace, name };
}

function decoded(part: string): string {
  if (!part.includes('%')) return part;
  try {
    return decodeURIComponent(part);
  } catch {
    throw new PurlError(`The percent-encoding of "${part}" is broken.`);
  }
}

/** Drops empty segments; undefined when nothing is left. */
function cleanNamespace(namespace: string): string | undefined {
  const isClean =
    namespace.length > 0 &&
    namespace.charCodeAt(0) !== 47 &&
    namespace.charCodeAt(namespace.length - 1) !== 47 &&
    !namespace.includes('//');
  return isClean
    ? namespace
    : namespace
        .split('/')
        .filter((segment) => segment !== '')
        .join('/') || undefined;
}

/** Drops empty segments, `.` and `..`: a subpath stays inside its package. */
function cleanSubpath(subpath: string): string | undefined {
  return (
    subpath
      .split('/')
      .filter((segment) => segment !== '' && segment !== '.' && segment !== '..')
      .join('/') || undefined
  );
}

/** Reads keys that are in lower case and in order, as nearly all are, straight into the result. */
function readQualifiers(query: string): Record<string, string> | undefined {
  const found: Record<string, string> = {};
  let previous = '';
  let isAny = false;
  let from = 0;
  while (from < query.length) {
    const equals = query.indexOf('=', from);
    let to = query.indexOf('&', from);
    if (to < 0) to = query.length;
    const key = query.slice(from, Math.max(from, equals));
    if (equals > to || !isLowerKey(key) || key <= previous) return cleanQualifiers(pairsOf(query));
    if (to > equals + 1) {
      found[key] = decoded(query.slice(equals + 1, to));
      isAny = true;
    }
    previous = key;
    from = to + 1;
  }
  return isAny ? found : undefined;
}

function isLowerKey(key: string): boolean {
  for (let index = 0; index < key.length; index++) {
    const code = key.charCodeAt(index);
    if (code >= 97 && code <= 122) continue;
    if (index === 0 || !((code >= 48 && code <= 57) || code === 45 || code === 46 || code === 95)) return false;
  }
  return key !== '';
}

function pairsOf(query: string): [string, string][] {
  const pairs: [string, string][] = [];
  for (const part of query.split('&')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    if (equals < 0) throw new PurlError(`The qualifier "${part}" has no value.`);
    pairs.push([part.slice(0, equals), decoded(part.slice(equals + 1))]);
  }
  return pairs;
}

/** Keys in lower case and in order; a qualifier without value is none. */
function cleanQualifiers(pairs: [string, string | null | undefined][]): Record<string, string> | undefined {
  const kept: [string, string][] = [];
  for (const [written, value] of pairs) {
    const key = written.toLowerCase();
    if (!isLowerKey(key)) {
      throw new PurlError(
        `The qualifier key "${written}" must start with a letter and hold only letters, digits, ".", "-" and "_".`,
      );
    }
    if (value !== '' && value !== undefined && value !== null) kept.push([key, value]);
  }
  if (kept.length === 0) return undefined;
  kept.sort(([a], [b]) => (a < b ? -1 : 1));
  for (let index = 1; index < kept.length; index++) {
    if (kept[index]![0] === kept[index - 1]![0])
      throw new PurlError(`The qualifier "${kept[index]![0]}" is given twice.`);
  }
  return Object.fromEntries(kept);
}

/** Parts as a builder may have them: not yet normalised, empty or null where there is nothing. */
export interface PurlParts {
  type?: string | null;
  namespace?: string | null;
  name?: string | null;
  version?: string | null;
  qualifiers?: Record<string, string | null> | null;
  subpath?: string | null;
}

/** The canonical package URL of decoded parts, normalised by the rules of the type. Throws `PurlError`. */
export function build(parts: PurlParts): string {
  if (!parts.type) throw new PurlError('A package URL needs a type.');
  const rule = ruleOf(parts.type);
  const qualifiers = parts.qualifiers ? cleanQualifiers(Object.entries(parts.qualifiers)) : undefined;
  for (const key of typeRules[rule.type]?.qualifiers ?? []) {
    if (qualifiers?.[key] === undefined) {
      throw new PurlError(`A package URL of type "${rule.type}" needs the qualifier "${key}".`);
    }
  }
  const text = canonical(
    normalised(
      rule,
      parts.namespace || undefined,
      parts.name ?? '',
      parts.version || undefined,
      qualifiers,
      parts.subpath ? cleanSubpath(parts.subpath) : undefined,
    ),
  );
  if (text.length > lengthMax) throw new PurlError(`A package URL may be at most ${lengthMax} characters long.`);
  return text;
}

/** The canonical text of a package URL that `parse` gave. Throws `PurlError` only for half a character in it. */
export function canonical(purl: Purl): string {
  let text = `pkg:${purl.type}/`;
  if (purl.namespace !== undefined) text += `${encodedPath(purl.namespace)}/`;
  text += purl.type === 'git' ? encodedPath(purl.name) : encoded(purl.name);
  if (purl.version !== undefined) text += `@${encoded(purl.version)}`;
  if (purl.qualifiers !== undefined) {
    const keys = Object.keys(purl.qualifiers).sort();
    for (let index = 0; index < keys.length; index++) {
      text += `${index === 0 ? '?' : '&'}${keys[index]}=${encoded(purl.qualifiers[keys[index]!]!)}`;
    }
  }
  if (purl.subpath !== undefined) text += `#${encodedPath(purl.subpath)}`;
  return text;
}

/** ECMA-427, "Character encoding": everything but letters, digits, `.-_~` and the colon is percent-encoded. */
function encoded(part: string): string {
  for (let index = 0; index < part.length; index++) {
    if (!isPlain(part.charCodeAt(index))) {
      return percentEncoded(part);
    }
  }
  return part;
}

function percentEncoded(part: string): string {
  try {
    return encodeURIComponent(part)
      .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
      .replaceAll('%3A', ':');
  } catch {
    throw new PurlError('A part of the package URL holds half of a character (a lone surrogate).');
  }
}

function encodedPath(path: string): string {
  return path.includes('/') ? path.split('/').map(encoded).join('/') : encoded(path);
}

function isPlain(code: number): boolean {
  return (
    (code >= 97 && code <= 122) ||
    (code >= 65 && code <= 90) ||
    (code >= 45 && code <= 58 && code !== 47) ||
    code === 95 ||
    code === 126
  );
}
