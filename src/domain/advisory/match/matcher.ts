import { familyOf, type Identified, type PackageVersion, packagesOf } from '../package.ts';
import type { PackedIndex } from './packed-index.ts';

/** Rows of one index that speak of one component. */
export interface Match {
  index: PackedIndex;
  /** The identity under which the component was found. */
  package: PackageVersion;
  row: number;
  /** The component does not say its distribution's release: the match is with one of several that are held. */
  isReleaseUnknown: boolean;
}

/** Indexes of several ecosystems, asked together. */
export class Matcher {
  private readonly indexOf = new Map<string, PackedIndex>();
  private readonly direct: (DirectNames | undefined)[] = new Array(128 * 128).fill(undefined);
  private readonly out: number[] = [];

  constructor(indexes: Iterable<PackedIndex>) {
    for (const index of indexes) this.indexOf.set(index.family, index);
    for (const [type, family, join] of directTypes) {
      this.direct[type.charCodeAt(0) * 128 + type.charCodeAt(1)] = new DirectNames(
        type,
        this.indexOf.get(family),
        join,
      );
    }
  }

  /** Whether advisories of the ecosystem are held at all, so that no match means something. */
  isCovered(ecosystem: string): boolean {
    return this.indexOf.has(familyOf(ecosystem));
  }

  /**
   * Every match of a component, under each of its identities. A distribution's package whose release is not known is
   * looked up in every release that is held.
   */
  match(component: Identified): Match[] {
    return this.matchPackages(packagesOf(component));
  }

  matchPackages(packages: readonly PackageVersion[]): Match[] {
    const matches: Match[] = [];
    for (const one of packages) {
      const index = this.indexOf.get(familyOf(one.ecosystem));
      if (index === undefined) continue;
      for (const ecosystem of releasesFor(index, one.ecosystem)) {
        const isReleaseUnknown = ecosystem !== index.family && ecosystem !== one.ecosystem;
        const end = index.find(ecosystem, one.name, one.version, this.out);
        for (let at = 0; at < end; at++) {
          matches.push({ index, package: { ...one, ecosystem }, row: this.out[at]!, isReleaseUnknown });
        }
      }
    }
    return matches;
  }

  /**
   * How many rows speak of the purl's package and version; they are in `rows` from the start. For counting and bulk
   * work: the same rows as `match`, without an object per match. `indexes[i]` holds the index of `rows[i]`.
   */
  find(purl: string, rows: number[], indexes: PackedIndex[]): number {
    const direct = this.findDirect(purl, rows, indexes);
    if (direct !== undefined) return direct;
    let count = 0;
    for (const { ecosystem: named, name, version } of packagesOf({ purl })) {
      const index = this.indexOf.get(familyOf(named));
      if (index === undefined) continue;
      for (const ecosystem of releasesFor(index, named)) {
        const end = index.find(ecosystem, name, version, rows, count);
        for (; count < end; count++) indexes[count] = index;
      }
    }
    return count;
  }

  /** The short way for purls that are written in their canonical form and need no decoding; undefined for others. */
  private findDirect(purl: string, rows: number[], indexes: PackedIndex[]): number | undefined {
    // The first two letters tell the types apart; what follows is then compared as text.
    const names = this.direct[purl.charCodeAt(4) * 128 + purl.charCodeAt(5)];
    if (names === undefined || !purl.startsWith(names.prefix)) return undefined;
    const slash = names.prefix.length - 1;
    const { length } = purl;
    let at = -1;
    let end = length;
    for (let index = slash + 1; index < length; index++) {
      const code = purl.charCodeAt(index);
      if (code === 64) {
        if (at >= 0 || purl.charCodeAt(index - 1) === 47) return undefined;
        at = index;
      } else if (code === 37) {
        // `%40` at the head of an npm scope is canonical; anything else is for the parser.
        if (at >= 0 || index !== slash + 1 || purl.charCodeAt(index + 1) !== 52 || purl.charCodeAt(index + 2) !== 48) {
          return undefined;
        }
      } else if (code === 63 || code === 35) {
        end = index;
        break;
      } else if (at >= 0 ? code === 47 : !names.isPlain(code)) return undefined;
      else if (code === 47 && purl.charCodeAt(index - 1) === 47) return undefined;
    }
    if (at < 0 || at + 1 === end) return undefined;
    if (names.index === undefined) return 0;
    const lane = names.lanes.get(purl.slice(slash + 1, at));
    if (lane === undefined) return 0;
    const first = purl.charCodeAt(at + 1);
    // Only digits lead a version that every type takes as it is.
    if (first < 48 || first > 57) return undefined;
    const count = names.index.findInLane(lane, purl.slice(at + 1, end), rows);
    for (let one = 0; one < count; one++) indexes[one] = names.index;
    return count;
  }
}

/** What follows the colon is the address of a repository, not a release: packages of another are other packages. */
const withRepositories = new Set(['Maven', 'Packagist', 'VSCode', 'Root']);

/** With a release: that one, and what is said of all. Without: every release that is held. */
function releasesFor(index: PackedIndex, ecosystem: string): string[] {
  if (ecosystem !== index.family) return [ecosystem, index.family];
  return withRepositories.has(index.family) ? [ecosystem] : index.ecosystems();
}

type Join = (name: string) => string | undefined;

/** Types, no two alike in their first two letters, whose purl path follows from the package's name alone, letter for letter, wherever `isPlain` holds throughout. */
const directTypes: [type: string, family: string, join: Join][] = [
  ['cargo', 'crates.io', (name) => name],
  ['composer', 'Packagist', (name) => name],
  ['gem', 'RubyGems', (name) => name],
  ['golang', 'Go', (name) => name],
  ['hex', 'Hex', (name) => name],
  ['maven', 'Maven', (name) => name.replace(':', '/')],
  ['npm', 'npm', (name) => name.replace(/^@/, '%40')],
  ['nuget', 'NuGet', (name) => name],
  ['pypi', 'PyPI', (name) => name],
];

/** Types whose names keep their capitals. */
const keepsCase = new Set(['Maven', 'crates.io', 'RubyGems']);

class DirectNames {
  /** Such as `pkg:npm/`. */
  readonly prefix: string;
  readonly index: PackedIndex | undefined;
  readonly lanes = new Map<string, number>();
  private readonly plain = new Uint8Array(128);

  constructor(type: string, index: PackedIndex | undefined, join: Join) {
    this.prefix = `pkg:${type}/`;
    this.index = index;
    const family = index?.family ?? '';
    const letters = `abcdefghijklmnopqrstuvwxyz0123456789-/${keepsCase.has(family) ? 'ABCDEFGHIJKLMNOPQRSTUVWXYZ' : ''}`;
    for (const letter of family === 'PyPI' ? letters : `${letters}._`) this.plain[letter.charCodeAt(0)] = 1;
    for (const [name, lane] of index?.lanesOf(index.family) ?? []) {
      const path = join(name);
      if (path !== undefined) this.lanes.set(path, lane);
    }
  }

  isPlain(code: number): boolean {
    return code < 128 && this.plain[code] === 1;
  }
}
