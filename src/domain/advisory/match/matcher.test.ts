import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Advisory } from '../advisory.ts';
import { Matcher } from './matcher.ts';
import { build, type PackedIndex } from './packed-index.ts';

const modified = '2026-01-01T00:00:00.000Z';

function advisory(id: string, ecosystem: string, name: string, fixed = '2.0'): Advisory {
  const ranges = [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed }] }];
  return { id, modified, affected: [{ package: { ecosystem, name }, ranges }] };
}

const held = [
  advisory('NPM-1', 'npm', '@scope/name'),
  advisory('NPM-2', 'npm', 'plain.name_x'),
  advisory('PYPI-1', 'PyPI', 'zope-interface'),
  advisory('MAVEN-1', 'Maven', 'org.Example:Name'),
  advisory('MAVEN-2', 'Maven:https://maven.example.org', 'org.Example:Name'),
  advisory('GO-1', 'Go', 'github.com/Owner/Repo'),
  advisory('NUGET-1', 'NuGet', 'Some.Name'),
  advisory('CRATE-1', 'crates.io', 'Inflector'),
  advisory('DEBIAN-12', 'Debian:12', 'openssl', '2.0-1'),
  advisory('DEBIAN-11', 'Debian:11', 'openssl', '1.0-1'),
  advisory('DEBIAN-ALL', 'Debian', 'openssl', '3.0-1'),
];
const families = ['npm', 'PyPI', 'Maven', 'Go', 'NuGet', 'crates.io', 'Debian'];
const matcher = new Matcher(families.map((family) => build(family, held)));

const idsOf = (purl: string) =>
  matcher
    .match({ purl })
    .map(({ index, row }) => index.ids[index.advisoryOf(row)]!)
    .sort();

test.each([
  ['pkg:npm/%40scope/name@1.0.0', ['NPM-1']],
  ['pkg:npm/@scope/name@1.0.0', ['NPM-1']],
  ['pkg:pypi/Zope.Interface@1.0', ['PYPI-1']],
  ['pkg:maven/org.Example/Name@1.0', ['MAVEN-1']],
  ['pkg:golang/github.com/Owner/Repo@v1.0.0', ['GO-1']],
  ['pkg:nuget/SOME.name@1.0.0', ['NUGET-1']],
  ['pkg:cargo/Inflector@1.0.0', ['CRATE-1']],
  ['pkg:npm/%40scope/name@2.0.0', []],
])('%s is met by %j', (purl, expected) => {
  expect(idsOf(purl)).toEqual(expected);
});

test('a release meets its own advisories and those of all releases', () => {
  expect(idsOf('pkg:deb/debian/openssl@1.5-1?distro=debian-12')).toEqual(['DEBIAN-12', 'DEBIAN-ALL']);
  expect(idsOf('pkg:deb/debian/openssl@1.5-1?distro=debian-11')).toEqual(['DEBIAN-ALL']);
});

test('without a release every release is asked, and the match says so', () => {
  const matches = matcher.match({ purl: 'pkg:deb/debian/openssl@1.5-1' });

  expect(matches.map(({ package: of, isReleaseUnknown }) => [of.ecosystem, isReleaseUnknown])).toEqual([
    ['Debian', false],
    ['Debian:12', true],
  ]);
});

const anyPurl = fc.oneof(
  fc.constantFrom(
    'pkg:npm/%40scope/name@1.0.0',
    'pkg:npm/@scope/name@1.0.0',
    'pkg:npm/%40scope%2Fname@1.0.0',
    'pkg:npm/plain.name_x@1.9',
    'pkg:npm/plain.name_x@v1.9',
    'pkg:npm/plain.name_x@1.9%2Bbuild',
    'pkg:npm/plain.name_x',
    'pkg:npm/plain.name_x@',
    'pkg:pypi/zope-interface@1.0?a=b@c#d',
    'pkg:pypi/zope_interface@1.0',
    'pkg:pypi//zope-interface@1.0',
    'pkg:golang/github.com/owner/repo@v1.0.0',
    'pkg:golang/github.com/owner/repo@1.0.0#sub',
    'pkg:maven/org.Example/Name@1.0?type=jar',
    'pkg:nuget/some.name@1.0.0',
    'pkg:cargo/Inflector@1.0.0',
    'pkg:deb/debian/openssl@1.0?distro=debian-11',
    'pkg:NPM/plain.name_x@1.0',
    'pkg://npm/plain.name_x@1.0',
    'nothing',
  ),
  fc
    .tuple(
      fc.constantFrom('npm', 'pypi', 'golang', 'maven', 'nuget', 'cargo', 'gem', 'composer', 'hex'),
      fc.string({ unit: fc.constantFrom(...'abZ/@.-_%40?#+~:1 '), maxLength: 12 }),
      fc.string({ unit: fc.constantFrom(...'01.vab-%+@/?'), maxLength: 6 }),
    )
    .map(([type, name, version]) => `pkg:${type}/${name}@${version}`),
);

test('the short way for canonical package URLs gives the rows of the long way', () => {
  const rows: number[] = [];
  const indexes: PackedIndex[] = [];
  fc.assert(
    fc.property(anyPurl, (purl) => {
      const count = matcher.find(purl, rows, indexes);
      const short = rows.slice(0, count).map((row, at) => [indexes[at]!.family, row]);
      expect(short).toEqual(matcher.match({ purl }).map(({ index, row }) => [index.family, row]));
    }),
    { numRuns: 3_000 },
  );
});
