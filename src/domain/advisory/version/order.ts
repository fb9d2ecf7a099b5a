import * as alpine from './alpine.ts';
import * as alpm from './alpm.ts';
import * as conan from './conan.ts';
import * as datetime from './datetime.ts';
import * as debian from './debian.ts';
import * as dotted from './dotted.ts';
import * as gentoo from './gentoo.ts';
import { comparePlain, type Packed, packKey, packPlain, plainKey } from './key.ts';
import * as lexicographic from './lexicographic.ts';
import * as maven from './maven.ts';
import * as openssl from './openssl.ts';
import * as packagist from './packagist.ts';
import * as pypi from './pypi.ts';
import * as rpm from './rpm.ts';
import * as rubygems from './rubygems.ts';
import * as semver from './semver.ts';

/** How the versions of an ecosystem are ordered. Total: every text has its place, and linear in its length. */
export interface Order {
  /** The order's own name, such as `semver`; ecosystems that share an order share the name. */
  name: string;
  /** Negative when `a` is earlier, positive when it is later, 0 when the two are the same version. */
  compare(a: string, b: string): number;
  /** Whether the text is a version by the letter of the ecosystem's rules; an invalid one is still ordered. */
  isValid(version: string): boolean;
  /** `key(a) < key(b)` (plain `<` on strings) exactly when `compare(a, b) < 0`; equal keys, equal versions. */
  key(version: string): string;
  /** The head of the key as one number: see `Packed`. */
  pack(version: string): Packed;
}

interface Scheme {
  key(version: string): string;
  isValid(version: string): boolean;
}

/**
 * What zeros at the end of a plain dotted version mean: `1.0` is `1` where they say nothing, later than `1` where they
 * count. Such versions take a short way; everything else is compared by key, so that there is one truth.
 */
type Zeros = 'say nothing' | 'count';

function order(name: string, scheme: Scheme, zeros: Zeros): Order {
  const trimsZeros = zeros === 'say nothing';
  const key = (version: string) => plainKey(version, trimsZeros) ?? scheme.key(version);
  return {
    name,
    key,
    isValid: scheme.isValid,
    compare: (a, b) => comparePlain(a, b, trimsZeros) ?? compareText(key(a), key(b)),
    pack: (version) => packPlain(version, trimsZeros) ?? packKey(key(version)),
  };
}

/** An order that has nothing to do with dotted numbers. */
function orderByKey(name: string, { key, isValid }: Scheme): Order {
  return {
    name,
    key,
    isValid,
    compare: (a, b) => compareText(key(a), key(b)),
    pack: (version) => packKey(key(version)),
  };
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Every order, by its name. */
export const orders = {
  semver: order('semver', semver, 'say nothing'),
  pub: order('pub', { key: semver.pubKey, isValid: semver.isValid }, 'say nothing'),
  nuget: order('nuget', { key: semver.nugetKey, isValid: semver.isNugetValid }, 'say nothing'),
  pypi: order('pypi', pypi, 'say nothing'),
  maven: order('maven', maven, 'say nothing'),
  rubygems: order('rubygems', rubygems, 'say nothing'),
  packagist: order('packagist', packagist, 'count'),
  cran: order('cran', { key: dotted.rKey, isValid: dotted.isRValid }, 'count'),
  hackage: order('hackage', { key: dotted.hackageKey, isValid: dotted.isHackageValid }, 'count'),
  conan: order('conan', conan, 'say nothing'),
  openssl: order('openssl', openssl, 'say nothing'),
  debian: order('debian', { key: debian.key, isValid: debian.isValid }, 'count'),
  opam: order('opam', { key: debian.opamKey, isValid: (version) => version !== '' }, 'count'),
  rpm: order('rpm', rpm, 'count'),
  alpine: order('alpine', alpine, 'count'),
  alpm: order('alpm', alpm, 'count'),
  gentoo: order('gentoo', gentoo, 'count'),
  datetime: orderByKey('datetime', datetime),
  lexicographic: orderByKey('lexicographic', lexicographic),
} as const;

/** OSV schema 1.7, `affected[].package.ecosystem`: the order of each ecosystem that has one. */
const orderOfEcosystem: Record<string, keyof typeof orders> = {
  AlmaLinux: 'rpm',
  Alpaquita: 'alpine',
  Alpine: 'alpine',
  'Azure Linux': 'rpm',
  'BellSoft Hardened Containers': 'alpine',
  Bioconductor: 'cran',
  Bitnami: 'semver',
  CRAN: 'cran',
  Chainguard: 'alpine',
  ConanCenter: 'conan',
  'crates.io': 'semver',
  Debian: 'debian',
  Echo: 'debian',
  GHC: 'semver',
  'GitHub Actions': 'semver',
  Go: 'semver',
  Hackage: 'hackage',
  Hex: 'semver',
  Julia: 'semver',
  Kubernetes: 'semver',
  Linux: 'semver',
  Mageia: 'rpm',
  Maven: 'maven',
  MinimOS: 'alpine',
  NuGet: 'nuget',
  Packagist: 'packagist',
  'Photon OS': 'rpm',
  Pub: 'pub',
  PyPI: 'pypi',
  'Red Hat': 'rpm',
  'Rocky Linux': 'rpm',
  RubyGems: 'rubygems',
  SUSE: 'rpm',
  SwiftURL: 'semver',
  Ubuntu: 'debian',
  VSCode: 'semver',
  Wolfi: 'alpine',
  npm: 'semver',
  opam: 'opam',
  openEuler: 'rpm',
  openSUSE: 'rpm',
};

/** Ecosystems that repackage others, and name them after the colon. */
const repackagers = new Set(['Docker Hardened Images', 'Root', 'TuxCare']);

/**
 * The order of an OSV ecosystem; what follows the first colon (a release, a repository) says nothing about it, but for
 * those that repackage others: `Root:Alpine:3.18`. Undefined where no order is known (`Android`, `OSS-Fuzz`, ...).
 */
export function orderOf(ecosystem: string): Order | undefined {
  const colon = ecosystem.indexOf(':');
  if (colon < 0) return known(ecosystem);
  const name = ecosystem.slice(0, colon);
  const variant = ecosystem.slice(colon + 1).split(':', 1)[0]!;
  if (repackagers.has(name)) return known(variant);
  // Echo is a Debian; `Echo:npm` and its like are builds of those packages, told apart by build metadata.
  if (name === 'Echo' && variant === 'npm') return orders.pub;
  if (name === 'Echo' && (variant === 'PyPI' || variant === 'Maven')) return known(variant);
  return known(name);
}

function known(ecosystem: string): Order | undefined {
  return Object.hasOwn(orderOfEcosystem, ecosystem) ? orders[orderOfEcosystem[ecosystem]!] : undefined;
}

/**
 * The order that a person means: an OSV ecosystem, or an order by its own name, whatever the letter case and without
 * spaces and punctuation (`Red Hat`, `redhat`, `crates.io`, `semver`).
 */
export function orderNamed(name: string): Order | undefined {
  const exact = orderOf(name) ?? (Object.hasOwn(orders, name) ? orders[name as keyof typeof orders] : undefined);
  if (exact !== undefined) return exact;
  const plain = bare(name.split(':', 1)[0]!);
  const ecosystem = [...Object.keys(orderOfEcosystem), ...Object.keys(orders)].find((one) => bare(one) === plain);
  return ecosystem === undefined || plain === ''
    ? undefined
    : (known(ecosystem) ?? orders[ecosystem as keyof typeof orders]);
}

function bare(name: string): string {
  return name.toLowerCase().replace(/[^a-z]/g, '');
}
