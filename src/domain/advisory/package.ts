import type { AffectedPackage } from './advisory.ts';
import type { Purl } from './purl.ts';
import * as purl from './purl.ts';

/**
 * A package as advisories name it. `ecosystem` carries its release after a colon where there is one, in the one
 * spelling that `identityOf` gives (`Debian:12`, `Ubuntu:22.04`, `Red Hat:9`); `name` is in the ecosystem's normal form.
 * Two texts name the same package exactly when both fields are equal.
 */
export interface PackageIdentity {
  ecosystem: string;
  name: string;
}

/** A package at a version, as found in an inventory. */
export interface PackageVersion extends PackageIdentity {
  /** In the form the ecosystem's advisories use; empty when the component names none. */
  version: string;
}

/** What identifies a component: any of these, as `Component` of an inventory holds them. */
export interface Identified {
  purl?: string;
  version?: string;
  commit?: string;
}

/** The ecosystem without its release: the unit that one index and one pack hold. */
export function familyOf(ecosystem: string): string {
  const colon = ecosystem.indexOf(':');
  return colon < 0 ? ecosystem : ecosystem.slice(0, colon);
}

/** The identity of the package that an advisory names. Unknown ecosystems keep their own spelling. */
export function identityOf(affected: Pick<AffectedPackage, 'ecosystem' | 'name'>): PackageIdentity {
  const ecosystem = releaseSpelling(affected.ecosystem);
  return { ecosystem, name: nameIn(familyOf(ecosystem), affected.name) };
}

/** The name of a package in its ecosystem's normal form. */
export function nameIn(family: string, name: string): string {
  const normal = Object.hasOwn(names, family) ? names[family] : undefined;
  return normal === undefined ? name : normal(name);
}

const lower = (name: string) => name.toLowerCase();
const repository = (name: string) =>
  name
    .toLowerCase()
    .replace(/^[a-z+]+:\/\//, '')
    .replace(/^www\./, '')
    .replace(/(\.git)?\/*$/, '');

/** Only ecosystems whose names have more than one spelling. */
const names: Record<string, (name: string) => string> = {
  // PEP 503, "Normalized Names".
  PyPI: (name) => name.toLowerCase().replace(/[-_.]+/g, '-'),
  // purl-spec lower-cases golang names, so an inventory may have lost the case that module paths have.
  Go: lower,
  // As purl-spec for npm; the few names with capitals predate the registry's ban on them.
  npm: lower,
  NuGet: lower,
  Packagist: lower,
  Hex: lower,
  Pub: lower,
  Bitnami: lower,
  VSCode: lower,
  'GitHub Actions': lower,
  SwiftURL: repository,
  GIT: repository,
};

/**
 * Distributions write one release in several ways. Each is brought to the spelling a component's own purl leads to.
 * What is not recognised stays as it is: a purl without that release then does not meet it, and an exact query does.
 */
function releaseSpelling(ecosystem: string): string {
  const colon = ecosystem.indexOf(':');
  if (colon < 0) return ecosystem;
  const family = ecosystem.slice(0, colon);
  const release = ecosystem.slice(colon + 1);
  switch (family) {
    case 'Ubuntu':
      // `22.04:LTS`. `Pro:` stays: its fixes are not offered to a machine without the subscription.
      return `${family}:${release.replace(/:LTS$/, '')}`;
    case 'Red Hat': {
      // The CPE of the main stream, `enterprise_linux:9::baseos`. Extended streams have fixes of their own and stay apart.
      const major = /^enterprise_linux:(\d+)(?:\.\d+)?(?:::.*)?$/.exec(release)?.[1];
      return major === undefined ? ecosystem : `${family}:${major}`;
    }
    case 'SUSE': {
      // `Linux Enterprise Server 15 SP4`, `Linux Enterprise Module for Basesystem 15 SP4`: modules of one service pack.
      const [, major, pack] = /^Linux Enterprise .*?(\d+)(?: SP(\d+))?(?:-\w+)?$/.exec(release) ?? [];
      return major === undefined ? ecosystem : `${family}:${major}${pack === undefined ? '' : `.${pack}`}`;
    }
    case 'Maven':
    case 'Packagist':
    case 'VSCode':
      // The remainder is the address of a repository other than the ecosystem's own: other packages.
      return ecosystem;
    default:
      return ecosystem;
  }
}

/**
 * Every package that a component may be in advisories: none when nothing identifies it, several where a distribution's
 * advisories speak of the source package and of the built one. Never throws: a purl that cannot be read gives none.
 */
export function packagesOf(component: Identified): PackageVersion[] {
  const found: PackageVersion[] = [];
  if (component.purl !== undefined) {
    const parsed = tryParse(component.purl);
    if (parsed !== undefined) found.push(...packagesOfPurl(parsed, component.version ?? ''));
  }
  // A commit is one of its repository alone, so the repository need not be known.
  if (component.commit !== undefined) found.push({ ecosystem: 'GIT', name: '', version: component.commit });
  return found;
}

/**
 * The one package that lists show for a purl: of a distribution the source package, of a repository the repository itself and not the
 * action that it may be. Undefined when the purl cannot be read.
 */
export function listedPackageOf(purlText: string): PackageIdentity | undefined {
  const [first] = packagesOf({ purl: purlText }).filter(({ ecosystem }) => ecosystem !== 'GitHub Actions');
  return first && { ecosystem: first.ecosystem, name: first.name };
}

/** The families of all packages that the components may be: which packs a list of them needs. Each purl is read once. */
export function familiesOfComponents(components: Iterable<Identified>): Set<string> {
  const families = new Set<string>();
  const seen = new Set<string>();
  for (const component of components) {
    const { purl: text, commit } = component;
    if (commit === undefined && text !== undefined) {
      if (seen.has(text)) continue;
      seen.add(text);
    }
    for (const { ecosystem } of packagesOf(component)) families.add(familyOf(ecosystem));
  }
  return families;
}

function tryParse(text: string): Purl | undefined {
  try {
    return purl.parse(text);
  } catch {
    return undefined;
  }
}

/** As `packagesOf`, of a purl that was read already. `version` stands in where the purl names none. */
export function packagesOfPurl(parsed: Purl, version = ''): PackageVersion[] {
  const at = parsed.version ?? version;
  const { type, namespace, name } = parsed;
  switch (type) {
    case 'deb':
      return distribution(parsed, at, familyIn(debFamilies, namespace ?? 'debian'));
    case 'apk':
    // The name of the type before purl-spec settled on `apk`; scanners of 2022 still wrote it.
    case 'alpine':
      return distribution(parsed, at, familyIn(apkFamilies, namespace ?? 'alpine'));
    case 'rpm':
      return distribution(parsed, at, familyIn(rpmFamilies, namespace ?? 'rpm'));
    case 'golang': {
      const path = namespace === undefined ? name : `${namespace}/${name}`;
      return [identified('Go', path, at.replace(/^(?:v|go)(?=\d)/, ''))];
    }
    case 'maven':
      return [identified('Maven', namespace === undefined ? name : `${namespace}:${name}`, at)];
    case 'github': {
      const path = namespace === undefined ? name : `${namespace}/${name}`;
      return [
        identified('GitHub Actions', path, at.replace(/^v(?=\d)/, '')),
        identified('GIT', `github.com/${path}`, at),
      ];
    }
    case 'swift':
      return [
        identified('SwiftURL', namespace === undefined ? name : `${namespace}/${name}`, at.replace(/^v(?=\d)/, '')),
      ];
    case 'vscode-extension':
      return [identified('VSCode', namespace === undefined ? name : `${namespace}.${name}`, at)];
    default: {
      const family = Object.hasOwn(families, type) ? families[type]! : type;
      return [identified(family, namespace === undefined ? name : `${namespace}/${name}`, at)];
    }
  }
}

/** A namespace is text from outside: it may be the name of something that every object has. */
const familyIn = (table: Record<string, string>, namespace: string): string =>
  Object.hasOwn(table, namespace) ? table[namespace]! : namespace;

function identified(ecosystem: string, name: string, version: string): PackageVersion {
  return { ecosystem, name: nameIn(familyOf(ecosystem), name), version };
}

/** purl types whose OSV ecosystem follows from the type alone (OSV schema 1.7, "Defined ecosystems"). */
const families: Record<string, string> = {
  bioconductor: 'Bioconductor',
  bitnami: 'Bitnami',
  cargo: 'crates.io',
  composer: 'Packagist',
  conan: 'ConanCenter',
  cran: 'CRAN',
  gem: 'RubyGems',
  hackage: 'Hackage',
  hex: 'Hex',
  julia: 'Julia',
  npm: 'npm',
  nuget: 'NuGet',
  opam: 'opam',
  pub: 'Pub',
  pypi: 'PyPI',
};

const debFamilies: Record<string, string> = { debian: 'Debian', ubuntu: 'Ubuntu', echo: 'Echo', tuxcare: 'TuxCare' };
const apkFamilies: Record<string, string> = {
  alpaquita: 'Alpaquita',
  alpine: 'Alpine',
  'bellsoft-hardened-containers': 'BellSoft Hardened Containers',
  chainguard: 'Chainguard',
  cleanstart: 'CleanStart',
  minimos: 'MinimOS',
  wolfi: 'Wolfi',
};
const rpmFamilies: Record<string, string> = {
  almalinux: 'AlmaLinux',
  'azure-linux': 'Azure Linux',
  azurelinux: 'Azure Linux',
  // Rebuilt from the same sources under the same versions; CentOS publishes no advisories of its own.
  centos: 'Red Hat',
  mageia: 'Mageia',
  openeuler: 'openEuler',
  opensuse: 'openSUSE',
  photon: 'Photon OS',
  'photon-os': 'Photon OS',
  redhat: 'Red Hat',
  rhel: 'Red Hat',
  rocky: 'Rocky Linux',
  'rocky-linux': 'Rocky Linux',
  rockylinux: 'Rocky Linux',
  sles: 'SUSE',
  suse: 'SUSE',
  tuxcare: 'TuxCare',
};

/** The source package first, where the purl names it; advisories of rpm distributions also name built packages. */
function distribution(parsed: Purl, at: string, family: string): PackageVersion[] {
  const qualifiers = parsed.qualifiers ?? {};
  const release = releaseOf(family, qualifiers['distro'] ?? '');
  const ecosystem = release === '' ? family : `${family}:${release}`;
  const epoch = qualifiers['epoch'];
  const withEpoch = (version: string) =>
    epoch !== undefined && epoch !== '0' && version !== '' && !/^\d+:/.test(version) ? `${epoch}:${version}` : version;
  const built: PackageVersion = { ecosystem, name: parsed.name, version: withEpoch(at) };
  const source = sourceOf(qualifiers);
  if (source === undefined) return [built];
  const own: PackageVersion = { ecosystem, name: source.name, version: withEpoch(source.version ?? at) };
  if (parsed.type !== 'rpm') return [own];
  return own.name === built.name && own.version === built.version ? [own] : [own, built];
}

/** `upstream=curl`, `upstream=curl@7.88.1-10`, `upstream=bind-9.11.36-5.el8.src.rpm`; `source` and `origin` likewise. */
function sourceOf(qualifiers: Record<string, string>): { name: string; version?: string } | undefined {
  const text = qualifiers['upstream'] ?? qualifiers['source'] ?? qualifiers['origin'];
  if (text === undefined || text === '') return undefined;
  const file = /^(.+)-([^-]+-[^-]+)\.(?:no)?src\.rpm$/.exec(text);
  if (file !== null) return { name: file[1]!, version: file[2]! };
  const sign = text.lastIndexOf('@');
  return sign > 0 ? { name: text.slice(0, sign), version: text.slice(sign + 1) } : { name: text };
}

/** Code names of the releases that inventories name so. Debian's and Ubuntu's distro-info-data, `series`. */
const series: Record<string, string> = {
  wheezy: '7',
  jessie: '8',
  stretch: '9',
  buster: '10',
  bullseye: '11',
  bookworm: '12',
  trixie: '13',
  forky: '14',
  trusty: '14.04',
  xenial: '16.04',
  bionic: '18.04',
  focal: '20.04',
  jammy: '22.04',
  noble: '24.04',
};

/**
 * The release in the spelling of advisories, from the `distro` qualifier: `debian-11.7` is `11`, `alpine-3.15.4` is
 * `v3.15`, `sles-15.4` is `15.4`, `bookworm` is `12`. Empty when the qualifier says nothing.
 */
function releaseOf(family: string, distro: string): string {
  if (distro === '') return '';
  if (Object.hasOwn(series, distro)) return series[distro]!;
  const [, word = '', numbers] = /^(.*?)-?v?(\d+(?:\.\d+)*.*)?$/.exec(distro) ?? [];
  if (numbers === undefined) return Object.hasOwn(series, word) ? series[word]! : word.replace(/^[a-z]+-/, '');
  const [major = '', minor] = numbers.split('.');
  const two = minor === undefined ? major : `${major}.${minor}`;
  switch (family) {
    case 'Debian':
    case 'AlmaLinux':
    case 'Rocky Linux':
    case 'Red Hat':
    case 'Mageia':
    case 'Azure Linux':
      return major;
    case 'Alpine':
      return `v${two}`;
    case 'Photon OS':
      return minor === undefined ? `${major}.0` : two;
    case 'openSUSE':
      return word.includes('tumbleweed') ? 'Tumbleweed' : `Leap ${two}`;
    case 'Wolfi':
    case 'Chainguard':
      // Rolling: their advisories name no release.
      return '';
    case 'SUSE':
      return minor === '0' ? major : two;
    case 'Ubuntu':
      return two;
    default:
      return numbers;
  }
}
