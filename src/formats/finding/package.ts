import { build } from '../../domain/advisory/purl.ts';
import { write } from '../../domain/advisory/vers.ts';
import { fromNative } from '../../domain/advisory/vers-native.ts';
import { type Draft, textOf } from '../finding/draft.ts';

/** Words of scanners for kinds of packages, as types of package URLs. */
const purlTypes: { readonly [word: string]: string } = {
  npm: 'npm',
  'node-pkg': 'npm',
  yarn: 'npm',
  pnpm: 'npm',
  bun: 'npm',
  pip: 'pypi',
  pypi: 'pypi',
  pipenv: 'pypi',
  poetry: 'pypi',
  uv: 'pypi',
  'python-pkg': 'pypi',
  gem: 'gem',
  bundler: 'gem',
  gemspec: 'gem',
  rubygems: 'gem',
  cargo: 'cargo',
  rustbinary: 'cargo',
  'crates.io': 'cargo',
  rust: 'cargo',
  composer: 'composer',
  packagist: 'composer',
  go: 'golang',
  gomod: 'golang',
  gobinary: 'golang',
  maven: 'maven',
  jar: 'maven',
  pom: 'maven',
  gradle: 'maven',
  nuget: 'nuget',
  hex: 'hex',
  erlang: 'hex',
  pub: 'pub',
};

/**
 * A package by the kind, name and version that a scanner gives: its package URL where the kind is known, else the words as they stand.
 * `name` may hold a namespace in its ecosystem's way (`@scope/name`, `group:artifact`, `vendor/name`).
 */
export function packageOf(
  kind: unknown,
  name: unknown,
  version?: unknown,
): Pick<Draft, 'purl' | 'ecosystem' | 'name' | 'version'> {
  const type = purlTypeOf(kind);
  const text = textOf(name);
  if (type === undefined || text === undefined) return { ecosystem: kind, name, version };
  const cut = type === 'maven' ? text.lastIndexOf(':') : text.lastIndexOf('/');
  try {
    const purl = build({ type, namespace: text.slice(0, Math.max(0, cut)), name: text.slice(cut + 1) });
    return { purl, version };
  } catch {
    return { ecosystem: kind, name, version };
  }
}

/** The type of package URL that a scanner's or OSV's word for an ecosystem stands for. */
export function purlTypeOf(kind: unknown): string | undefined {
  const word = textOf(kind)?.toLowerCase() ?? '';
  return Object.hasOwn(purlTypes, word) ? purlTypes[word] : undefined;
}

/** A range in a scheme's own words as a vers range; as it stands where it cannot be read. */
export function rangeOf(type: string, range: unknown): string | undefined {
  const text = textOf(range);
  if (text === undefined) return undefined;
  try {
    return write(fromNative(type, text));
  } catch {
    return text;
  }
}
