import { type Order, orders } from './version/order.ts';

/** A version range specifier (vers-spec): a versioning type and constraints in the order of their versions. */
export interface Vers {
  type: string;
  constraints: Constraint[];
}

export interface Constraint {
  /** `*` stands alone, with an empty version: every version. */
  comparator: '=' | '!=' | '<' | '<=' | '>' | '>=' | '*';
  version: string;
}

/** Why a text is no version range, in one plain sentence. */
export class VersError extends Error {
  override name = 'VersError';
}

const lengthMax = 65_536;
const constraintsMax = 5000;

/** The order of each versioning type that has one; `all` and `none` need none. */
const orderOfType: Record<string, keyof typeof orders> = {
  alpine: 'alpine',
  alpm: 'alpm',
  apk: 'alpine',
  bitnami: 'semver',
  cargo: 'semver',
  composer: 'packagist',
  conan: 'conan',
  cran: 'cran',
  datetime: 'datetime',
  deb: 'debian',
  ebuild: 'gentoo',
  gem: 'rubygems',
  gentoo: 'gentoo',
  github: 'semver',
  golang: 'semver',
  hackage: 'hackage',
  hex: 'semver',
  intdot: 'semver',
  julia: 'semver',
  lexicographic: 'lexicographic',
  maven: 'maven',
  nginx: 'semver',
  npm: 'semver',
  nuget: 'nuget',
  opam: 'opam',
  openssl: 'openssl',
  pub: 'pub',
  pypi: 'pypi',
  rpm: 'rpm',
  semver: 'semver',
  swift: 'semver',
};

/** The order of a versioning type such as `deb`; undefined where none is known. */
export function orderOfVersType(type: string): Order | undefined {
  return Object.hasOwn(orderOfType, type) ? orders[orderOfType[type]!] : undefined;
}

/** Reads a canonical range, and nothing else (vers-spec, "Parsing and validating"). Throws `VersError`. */
export function parse(text: string): Vers {
  if (/\s/.test(text)) throw new VersError('A canonical range holds no white space.');
  const vers = split(text, true);
  const order = orderOfVersType(vers.type);
  if (order !== undefined) {
    for (let index = 1; index < vers.constraints.length; index++) {
      const [before, after] = [vers.constraints[index - 1]!, vers.constraints[index]!];
      if (order.compare(before.version, after.version) > 0) {
        throw new VersError(`The constraints are not in the order of their versions: put ${after.version} earlier.`);
      }
    }
  }
  return vers;
}

/** Reads a range in any order, with white space or needless signs, and puts it in order. Throws `VersError`. */
export function read(text: string): Vers {
  const bare = text.replace(/\s/g, '');
  let end = bare.length;
  while (bare[end - 1] === '|') end--;
  const vers = split(bare.slice(0, end), false);
  return sorted(vers.type, vers.constraints);
}

/** Puts constraints in the order of their versions; those of one version stay as they are given. */
export function sorted(type: string, constraints: Constraint[]): Vers {
  const order = orderOfVersType(type);
  if (order === undefined) return { type, constraints };
  const keyed = constraints.map((constraint) => ({ constraint, key: order.key(constraint.version) }));
  keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return { type, constraints: keyed.map(({ constraint }) => constraint) };
}

/** The text of a range. */
export function write({ type, constraints }: Vers): string {
  const parts = constraints.map(({ comparator, version }) => (comparator === '=' ? '' : comparator) + encoded(version));
  return `vers:${type}/${parts.join('|')}`;
}

function split(text: string, isStrict: boolean): Vers {
  if (text.length > lengthMax) throw new VersError(`A range may be at most ${lengthMax} characters long.`);
  const match = /^vers:([a-z][a-z0-9.-]*)\/(.+)$/is.exec(text);
  if (match === null) throw new VersError('A range reads "vers:type/constraints".');
  const type = isStrict ? match[1]! : match[1]!.toLowerCase();
  if (type !== type.toLowerCase()) throw new VersError('The type of a canonical range is in lower case.');
  const parts = match[2]!.split('|');
  if (parts.length > constraintsMax) throw new VersError(`A range may hold at most ${constraintsMax} constraints.`);
  const constraints = parts.map((part) => constraintOf(type, part, isStrict));
  if (constraints.length > 1 && constraints.some(({ comparator }) => comparator === '*')) {
    throw new VersError('"*" stands alone: it already means every version.');
  }
  if ((type === 'all' || type === 'none') && constraints[0]!.comparator !== '*') {
    throw new VersError(`The only range of type "${type}" is "vers:${type}/*".`);
  }
  return { type, constraints };
}

function constraintOf(type: string, part: string, isStrict: boolean): Constraint {
  if (part === '*') return { comparator: '*', version: '' };
  if (part === '') throw new VersError('There is an empty constraint: a "|" too many.');
  const [, sign, written] = /^(>=|<=|!=|<|>|=)?(.*)$/s.exec(part)!;
  if (isStrict && sign === '=') throw new VersError('A canonical range leaves the sign "=" out.');
  const version = decoded(written!);
  if (version === '') throw new VersError(`The constraint "${part}" has no version.`);
  if (isStrict && written !== encoded(version)) {
    throw new VersError(`The percent-encoding of "${written}" is not canonical: write "${encoded(version)}".`);
  }
  if (type === 'datetime' && !orders.datetime.isValid(version)) {
    throw new VersError(`"${version}" is no moment of RFC 3339 with upper-case "T" and "Z".`);
  }
  return { comparator: (sign ?? '=') as Constraint['comparator'], version };
}

function decoded(version: string): string {
  if (!version.includes('%')) return version;
  try {
    return decodeURIComponent(version);
  } catch {
    throw new VersError(`The percent-encoding of "${version}" is broken.`);
  }
}

/** As in package URLs: all but letters, digits, `.-_~` and the colon is percent-encoded. */
function encoded(version: string): string {
  if (/^[A-Za-z0-9._~:-]*$/.test(version)) return version;
  try {
    return encodeURIComponent(version)
      .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
      .replaceAll('%3A', ':');
  } catch {
    throw new VersError('A version holds half of a character (a lone surrogate).');
  }
}

/**
 * Whether a version lies in a range (vers-spec, "Checking if a version is contained within a range"). Of signs that
 * point the same way in a row the widest holds. Throws `VersError` when no order is known for the type.
 */
export function contains(vers: Vers, version: string): boolean {
  if (vers.type === 'none') return false;
  if (vers.constraints[0]?.comparator === '*') return true;
  const order = orderOfVersType(vers.type);
  if (order === undefined) throw new VersError(`No order of versions is known for type "${vers.type}".`);
  return containsKey(keyed(vers, order), order.key(version));
}

export interface KeyedConstraint {
  comparator: Constraint['comparator'];
  key: string;
}

/** The constraints of a range with the keys of their versions, for `containsKey`. */
export const keyed = ({ constraints }: Vers, order: Order): KeyedConstraint[] =>
  constraints.map(({ comparator, version }) => ({ comparator, key: order.key(version) }));

/** As `contains`, for the key of a version; of every constraint but `*`. Any text may be asked for, also between two versions. */
export function containsKey(constraints: readonly KeyedConstraint[], sought: string): boolean {
  let last: '<' | '>' | undefined;
  let exclusions = 0;
  // Whether the version lies after the lower bound of the interval at hand.
  let isAbove = true;
  let isInside = false;
  for (const { comparator, key } of constraints) {
    if (key === sought) {
      if (comparator === '!=') return false;
      if (comparator !== '<' && comparator !== '>') return true;
    }
    if (comparator === '!=') {
      exclusions++;
      continue;
    }
    if (comparator === '=') continue;
    if (comparator.startsWith('>')) {
      if (last !== '>') isAbove = sought > key;
      last = '>';
    } else {
      if (isAbove && sought < key) isInside = true;
      last = '<';
    }
  }
  if (last === undefined) return exclusions > 0 && exclusions === constraints.length;
  return isInside || (last === '>' && isAbove);
}
