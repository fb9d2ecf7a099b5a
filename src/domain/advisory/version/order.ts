import * as alpine from './alpine.ts';
import * as debian from './debian.ts';
import { comparePlain, type Packed, packKey, packPlain, plainKey } from './key.ts';
import * as maven from './maven.ts';
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

/** Plain dotted versions take a short way; everything else is compared by key, so that there is one truth. */
function order(name: string, scheme: Scheme, trimsZeros: boolean): Order {
  const key = (version: string) => plainKey(version, trimsZeros) ?? scheme.key(version);
  return {
    name,
    key,
    isValid: scheme.isValid,
    compare(a, b) {
      const plain = comparePlain(a, b, trimsZeros);
      if (plain !== undefined) return plain;
      const left = key(a);
      const right = key(b);
      return left < right ? -1 : left > right ? 1 : 0;
    },
    pack: (version) => packPlain(version, trimsZeros) ?? packKey(key(version)),
  };
}

/** Every order, by its name. */
export const orders = {
  semver: order('semver', semver, true),
  pub: order('pub', { key: semver.pubKey, isValid: semver.isValid }, true),
  nuget: order('nuget', { key: semver.nugetKey, isValid: semver.isNugetValid }, true),
  pypi: order('pypi', pypi, true),
  maven: order('maven', maven, true),
  rubygems: order('rubygems', rubygems, true),
  debian: order('debian', debian, false),
  opam: order('opam', { key: debian.opamKey, isValid: (version) => version !== '' }, false),
  rpm: order('rpm', rpm, false),
  alpine: order('alpine', alpine, false),
} as const;

/** OSV schema 1.7, `affected[].package.ecosystem`: the order of each ecosystem that has one. */
const orderOfEcosystem: Record<string, keyof typeof orders> = {
  AlmaLinux: 'rpm',
  Alpaquita: 'alpine',
  Alpine: 'alpine',
  'Azure Linux': 'rpm',
  'BellSoft Hardened Containers': 'alpine',
  Bitnami: 'semver',
  Chainguard: 'alpine',
  'crates.io': 'semver',
  Debian: 'debian',
  Echo: 'debian',
  'GitHub Actions': 'semver',
  Go: 'semver',
  Hex: 'semver',
  Julia: 'semver',
  Kubernetes: 'semver',
  Linux: 'semver',
  Mageia: 'rpm',
  Maven: 'maven',
  MinimOS: 'alpine',
  NuGet: 'nuget',
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

/**
 * The order of an OSV ecosystem; what follows the first colon (a release, a repository) says nothing about it. `Root`
 * names the ecosystem that it patches after the colon. Undefined where no order is known: compare nothing then.
 */
export function orderOf(ecosystem: string): Order | undefined {
  const [name = '', variant = ''] = ecosystem.split(':', 2);
  const known = name === 'Root' ? variant : name;
  return Object.hasOwn(orderOfEcosystem, known) ? orders[orderOfEcosystem[known]!] : undefined;
}
