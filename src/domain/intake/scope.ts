/**
 * What a scan looks at: a package in a range of versions or a host, and the part of it. Two scopes overlap, do not, or it cannot be told;
 * version ranges are compared exactly, in the order of their ecosystem. Pure: the browser shows with it what a form covers.
 */
import { familyOf, packagesOfPurl } from '../advisory/package.ts';
import * as purl from '../advisory/purl.ts';
import * as vers from '../advisory/vers.ts';
import type { Problem } from '../problem.ts';

/** A closed list: one word each, so that two parties mean the same. */
export const techniques = [
  'fuzzing',
  'static_analysis',
  'manual_review',
  'model_audit',
  'symbolic_execution',
  'dependency_review',
  'dynamic_testing',
  'other',
] as const;
export type Technique = (typeof techniques)[number];

/** Each technique in plain words. */
export const techniqueNames: Record<Technique, string> = {
  fuzzing: 'Fuzzing',
  static_analysis: 'Static analysis',
  manual_review: 'Manual review',
  model_audit: 'Model-driven audit',
  symbolic_execution: 'Symbolic execution',
  dependency_review: 'Dependency review',
  dynamic_testing: 'Dynamic testing of a running copy',
  other: 'Another technique',
};

/** A scope as a person or an agent writes it. Either `purl` or `host`. */
export interface ScopeInput {
  purl?: string | undefined;
  /** Versions as a vers range; all, when left out. */
  versions?: string | undefined;
  host?: string | undefined;
  /** A path within the source tree, or of the host's addresses; the whole, when left out. */
  path?: string | undefined;
  technique: Technique;
  /** True: only work by the same technique overlaps this one, where the other side says the same. */
  isTechniqueBound?: boolean | undefined;
}

/** A scope in its one spelling. */
export interface Scope {
  /** The package without a version (`pkg:npm/left-pad`), or the host's name in lower case. */
  target: { kind: 'package'; purl: string } | { kind: 'host'; host: string };
  /** A vers range; `vers:all/*` is every version, and every host's. */
  versions: string;
  /** Segments joined by `/`; empty is the whole. */
  path: string;
  technique: Technique;
  isTechniqueBound: boolean;
}

export type Overlap = 'yes' | 'no' | 'cannot_be_told';

/** What one scope may hold at most. Longer ones are refused, never cut. */
export const limits = { purlLengthMax: 500, versionsLengthMax: 2000, constraintsMax: 30, pathLengthMax: 500 } as const;

export const allVersions = 'vers:all/*';

/** Reads a scope. Gives every fault at once, with its field. */
export function read(input: ScopeInput): { scope: Scope } | { problems: Problem[] } {
  const problems: Problem[] = [];
  const fault = (path: string, message: string) => void problems.push({ path, message });
  let target: Scope['target'] | undefined;
  let versions = allVersions;
  if ((input.purl === undefined) === (input.host === undefined)) {
    fault('purl', 'Name one target: a package (purl) or a host.');
  } else if (input.purl !== undefined) {
    const read = packageOf(input.purl);
    if ('message' in read) fault('purl', read.message);
    else {
      target = { kind: 'package', purl: purl.canonical(identifying(read)) };
      const range = rangeOf(read.type, input.versions);
      if ('message' in range) fault('versions', range.message);
      else versions = range.versions;
    }
  } else {
    const host = hostOf(input.host ?? '');
    if (host === undefined)
      fault('host', 'A host is a full name such as app.birch.example, without https:// and path.');
    else target = { kind: 'host', host };
    if (input.versions !== undefined) fault('versions', 'A host has no versions: leave them out.');
  }
  const path = pathOf(input.path ?? '');
  if (path === undefined) {
    fault('path', `A path is at most ${limits.pathLengthMax} characters, with "/" between its parts, without "..".`);
  }
  if (problems.length > 0 || target === undefined || path === undefined) return { problems };
  const { technique, isTechniqueBound = false } = input;
  return { scope: { target, versions, path, technique, isTechniqueBound } };
}

function packageOf(text: string): purl.Purl | { message: string } {
  if (text.length > limits.purlLengthMax) {
    return { message: `A package URL may be at most ${limits.purlLengthMax} characters long here.` };
  }
  try {
    const read = purl.parse(text.trim());
    if (read.version !== undefined)
      return { message: 'Leave the version out of the package URL: give it under "versions".' };
    if (read.subpath !== undefined) return { message: 'Leave the part after "#" out: give it under "path".' };
    return read;
  } catch (error) {
    if (error instanceof purl.PurlError) return { message: error.message };
    throw error;
  }
}

/** Only what tells one package from another: of distributions their release and the source package. */
function identifying({ type, namespace, name, qualifiers = {} }: purl.Purl): purl.Purl {
  const kept = ['apk', 'deb', 'rpm'].includes(type) ? ['distro', 'upstream'] : [];
  const known = Object.entries(qualifiers).filter(([key]) => kept.includes(key));
  return { type, namespace, name, ...(known.length > 0 && { qualifiers: Object.fromEntries(known) }) };
}

function rangeOf(type: string, text: string | undefined): { versions: string } | { message: string } {
  if (text === undefined || text.trim() === '' || text.trim() === '*') return { versions: allVersions };
  if (text.length > limits.versionsLengthMax) {
    return { message: `A range may be at most ${limits.versionsLengthMax} characters long here.` };
  }
  // A bare range such as ">=1.0|<2.0" is one of the package's own type.
  const whole = /^\s*vers:/i.test(text) ? text : `vers:${type}/${text}`;
  try {
    const range = vers.read(whole);
    if (range.constraints[0]?.comparator === '*' && range.type !== 'none') return { versions: allVersions };
    if (range.type !== type) return { message: `The range is of type "${range.type}", the package of "${type}".` };
    if (range.constraints.length > limits.constraintsMax) {
      return { message: `A range may hold at most ${limits.constraintsMax} constraints here.` };
    }
    const order = vers.orderOfVersType(type);
    if (order === undefined && range.constraints.some(({ comparator }) => comparator !== '=')) {
      return { message: `No order of versions is known for "${type}": name single versions, joined by "|", or all.` };
    }
    const versions = vers.write(range);
    if (order !== undefined && !cells(versions, versions, order).some(([holds]) => holds)) {
      return { message: 'No version lies in this range. Check the signs.' };
    }
    return { versions };
  } catch (error) {
    if (error instanceof vers.VersError) return { message: error.message };
    throw error;
  }
}

/** RFC 1123 section 2.1: names of letters, digits and hyphens; at least two of them, so that nobody claims all of a country. */
function hostOf(text: string): string | undefined {
  const host = text.trim().toLowerCase().replace(/\.$/, '');
  const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
  return host.length <= 253 && new RegExp(`^(?:${label}\\.)+${label}$`).test(host) && !/^[\d.]+$/.test(host)
    ? host
    : undefined;
}

function pathOf(text: string): string | undefined {
  if (text.length > limits.pathLengthMax || /[\\\p{Cc}]/u.test(text)) return undefined;
  const parts = text
    .trim()
    .split('/')
    .filter((part) => part !== '' && part !== '.');
  return parts.includes('..') ? undefined : parts.join('/');
}

/**
 * The names under which scopes that may overlap meet: two scopes without a name in common do not overlap. A package has one for each
 * identity that advisories know it by and one for its repository, a host one for itself and for each domain above it.
 */
export function keysOf({ target }: Pick<Scope, 'target'>): string[] {
  if (target.kind === 'host') {
    const labels = target.host.split('.');
    return labels.slice(0, -1).map((_, at) => `host:${labels.slice(at).join('.')}`);
  }
  const read = purl.parse(target.purl);
  const repository = repositoryOf(read);
  return [...new Set([...identities(read).map(({ key }) => key), ...(repository ? [`repository:${repository}`] : [])])];
}

/**
 * The name under which questions about a target are counted: its repository where it names one, else the package whatever its release,
 * or the host. Another spelling of one target begins no new count.
 */
export function countedAs(scope: Pick<Scope, 'target'>): string {
  const keys = keysOf(scope);
  return keys.find((key) => key.startsWith('repository:')) ?? keys[0] ?? '';
}

const identities = (read: purl.Purl) =>
  packagesOfPurl(read).map(({ ecosystem, name }) => {
    const family = familyOf(ecosystem);
    return { key: `package:${family}:${name}`, release: ecosystem.slice(family.length + 1) };
  });

/** The repository that a purl names itself: of GitHub, of a Go module or of a Swift package. */
function repositoryOf({ type, namespace, name }: purl.Purl): string | undefined {
  const path = (namespace === undefined ? name : `${namespace}/${name}`).toLowerCase();
  if (type === 'github') return `github.com/${path}`;
  if (type !== 'golang' && type !== 'swift') return undefined;
  return /^github\.com\/[^/]+\/[^/]+/.exec(path)?.[0].replace(/\.git$/, '');
}

/** Whether work in one scope may be the same work as in the other. The same for both sides: `overlap(a, b)` is `overlap(b, a)`. */
export function overlap(a: Scope, b: Scope): Overlap {
  // Two fuzzers of one parser find the same flaws as a reviewer: technique keeps apart only what both say is bound to one.
  if (a.isTechniqueBound && b.isTechniqueBound && a.technique !== b.technique) return 'no';
  const targets = overlapOfTargets(a.target, b.target);
  if (targets === 'no') return 'no';
  // Of one package or host, paths mean the same tree; of a repository under two names they may not.
  if (targets === 'yes' && !isWithinPath(a.path, b.path) && !isWithinPath(b.path, a.path)) return 'no';
  if (targets === 'cannot_be_told') return 'cannot_be_told';
  return overlapOfVersions(a.versions, b.versions);
}

function overlapOfTargets(a: Scope['target'], b: Scope['target']): Overlap {
  if (a.kind === 'host' || b.kind === 'host') {
    if (a.kind !== 'host' || b.kind !== 'host') return 'no';
    if (a.host === b.host) return 'yes';
    // Who tests a domain may or may not mean the hosts below it.
    return a.host.endsWith(`.${b.host}`) || b.host.endsWith(`.${a.host}`) ? 'cannot_be_told' : 'no';
  }
  const [one, other] = [purl.parse(a.purl), purl.parse(b.purl)];
  const shared = identities(one).flatMap((left) =>
    identities(other)
      .filter(({ key }) => key === left.key)
      .map((right) => [left.release, right.release]),
  );
  if (shared.length > 0) {
    // Two releases of a distribution build the package from sources of their own, which share much or little.
    const isOneRelease = shared.some(([left, right]) => left === '' || right === '' || left === right);
    return isOneRelease ? 'yes' : 'cannot_be_told';
  }
  const repository = repositoryOf(one);
  return repository !== undefined && repository === repositoryOf(other) ? 'cannot_be_told' : 'no';
}

/** Whether the path is the other or lies under it. */
const isWithinPath = (path: string, under: string) => under === '' || path === under || path.startsWith(`${under}/`);

function overlapOfVersions(a: string, b: string): Overlap {
  if (a === allVersions || b === allVersions || a === b) return 'yes';
  const [one, other] = [vers.read(a), vers.read(b)];
  const order = one.type === other.type ? vers.orderOfVersType(one.type) : undefined;
  if (order !== undefined) return cells(a, b, order).some(([left, right]) => left && right) ? 'yes' : 'no';
  // Single versions without an order: the same text is the same version, and two spellings may be.
  const texts = new Set(one.constraints.map(({ version }) => version));
  return other.constraints.some(({ version }) => texts.has(version)) ? 'yes' : 'cannot_be_told';
}

/** Whether all of the scope lies in the other: what it covers there is covered here. */
export function isInside(scope: Scope, own: Scope): boolean {
  const isSameTarget =
    scope.target.kind === 'host'
      ? own.target.kind === 'host' && scope.target.host === own.target.host
      : own.target.kind === 'package' && scope.target.purl === own.target.purl;
  return isSameTarget && isWithinPath(scope.path, own.path) && areVersionsInside(scope.versions, own.versions);
}

function areVersionsInside(versions: string, own: string): boolean {
  if (own === allVersions || own === versions) return true;
  const type = vers.read(own).type;
  const order = vers.orderOfVersType(type);
  if (order !== undefined) return cells(versions, own, order).every(([left, right]) => !left || right);
  if (versions === allVersions) return false;
  const texts = new Set(vers.read(own).constraints.map(({ version }) => version));
  return vers.read(versions).constraints.every(({ version }) => texts.has(version));
}

/**
 * Cuts the line of all versions at every version that either range names: each of those, and what lies between two, is one cell, and all
 * of a cell is in a range or none of it is. Gives for each cell whether it is in the first and in the second. What lies between two
 * versions is taken to hold some version: nobody knows what will be released.
 */
function cells(
  a: string,
  b: string,
  order: NonNullable<ReturnType<typeof vers.orderOfVersType>>,
): [boolean, boolean][] {
  const [one, other] = [holderOf(a, order), holderOf(b, order)];
  const cuts = [...new Set([...one.keys, ...other.keys])].sort((x, y) => (x < y ? -1 : 1));
  // The text right after a key lies between it and the next; the empty one before the first.
  const points = ['', ...cuts.flatMap((key) => [key, `${key}\u0000`])];
  return points.map((key) => [one.holds(key), other.holds(key)]);
}

function holderOf(text: string, order: NonNullable<ReturnType<typeof vers.orderOfVersType>>) {
  const range = vers.read(text);
  if (range.constraints[0]?.comparator === '*') return { keys: [], holds: () => range.type !== 'none' };
  const constraints = vers.keyed(range, order);
  return { keys: constraints.map(({ key }) => key), holds: (key: string) => vers.containsKey(constraints, key) };
}

/** The target as people read it. */
export const targetText = ({ target }: Pick<Scope, 'target'>): string =>
  target.kind === 'host' ? target.host : target.purl;
