import { expect, test } from 'vitest';
import { familiesOfComponents, identityOf, packagesOf } from './package.ts';

const of = (purl: string) =>
  packagesOf({ purl }).map(({ ecosystem, name, version }) => `${ecosystem} ${name} ${version}`);

test.each([
  ['PyPI by PEP 503', 'pkg:pypi/Zope.Interface_X@5.0', 'PyPI zope-interface-x 5.0'],
  ['npm with scope', 'pkg:npm/%40babel/core@7.0.0', 'npm @babel/core 7.0.0'],
  ['Maven as group and artifact', 'pkg:maven/org.yaml/snakeyaml@1.33?type=jar', 'Maven org.yaml:snakeyaml 1.33'],
  [
    'Go module path, version without v',
    'pkg:golang/github.com/Masterminds/goutils@v1.1.0',
    'Go github.com/masterminds/goutils 1.1.0',
  ],
  ['Go, incompatible', 'pkg:golang/github.com/x/y@v2.0.0%2Bincompatible', 'Go github.com/x/y 2.0.0+incompatible'],
  ['Go standard library', 'pkg:golang/stdlib@go1.21.3', 'Go stdlib 1.21.3'],
  ['crates.io keeps its case', 'pkg:cargo/Inflector@0.11.4', 'crates.io Inflector 0.11.4'],
  ['NuGet without regard to case', 'pkg:nuget/Newtonsoft.Json@13.0.1', 'NuGet newtonsoft.json 13.0.1'],
  ['Packagist', 'pkg:composer/Guzzlehttp/guzzle@6.5.0', 'Packagist guzzlehttp/guzzle 6.5.0'],
  ['Hex', 'pkg:hex/phoenix@1.6.0', 'Hex phoenix 1.6.0'],
  ['SwiftURL', 'pkg:swift/github.com/Apple/swift-nio@2.0.0', 'SwiftURL github.com/apple/swift-nio 2.0.0'],
  ['Bitnami', 'pkg:bitnami/wordpress@6.2.0?arch=amd64', 'Bitnami wordpress 6.2.0'],
  [
    'Debian release from the distro qualifier',
    'pkg:deb/debian/curl@7.88.1-10?distro=debian-12.4&arch=amd64',
    'Debian:12 curl 7.88.1-10',
  ],
  ['Debian release by code name', 'pkg:deb/debian/curl@7.88.1-10?distro=bookworm', 'Debian:12 curl 7.88.1-10'],
  [
    'Debian source package',
    'pkg:deb/debian/libssl3@3.0.11-1?distro=debian-12&upstream=openssl',
    'Debian:12 openssl 3.0.11-1',
  ],
  [
    'Debian source package with its own version',
    'pkg:deb/debian/gcc-12-base@12.2.0-14?distro=debian-12&upstream=gcc-12%4012.2.0-15',
    'Debian:12 gcc-12 12.2.0-15',
  ],
  ['Ubuntu', 'pkg:deb/ubuntu/dpkg@1.19?distro=ubuntu-22.04', 'Ubuntu:22.04 dpkg 1.19'],
  [
    'Alpine branch',
    'pkg:apk/alpine/libcrypto1.1@1.1.1l-r0?distro=alpine-3.15.4&upstream=openssl',
    'Alpine:v3.15 openssl 1.1.1l-r0',
  ],
  ['Wolfi rolls', 'pkg:apk/wolfi/curl@8.0-r0?distro=wolfi-20230201', 'Wolfi curl 8.0-r0'],
  ['SUSE', 'pkg:rpm/suse/zlib@1.2.11-1?distro=sles-15.4', 'SUSE:15.4 zlib 1.2.11-1'],
  ['openSUSE', 'pkg:rpm/opensuse/zlib@1.2.11-1?distro=opensuse-leap-15.5', 'openSUSE:Leap 15.5 zlib 1.2.11-1'],
  ['an unknown type is kept under its own name', 'pkg:brew/wget@1.21', 'brew wget 1.21'],
])('a package URL leads to the package that OSV names: %s', (_, purl, expected) => {
  expect(of(purl)).toEqual([expected]);
});

test('an rpm is looked up as its source package and as itself, both with the epoch', () => {
  const purl =
    'pkg:rpm/rhel/bind-libs@9.11.36-5.el8_7.2?arch=x86_64&epoch=32&upstream=bind-9.11.36-5.el8_7.2.src.rpm&distro=rhel-8.7';

  expect(of(purl)).toEqual(['Red Hat:8 bind 32:9.11.36-5.el8_7.2', 'Red Hat:8 bind-libs 32:9.11.36-5.el8_7.2']);
});

test('a component without package URL, or with a broken one, is no package', () => {
  expect(packagesOf({})).toEqual([]);
  expect(packagesOf({ purl: 'not a purl' })).toEqual([]);
});

test('a component pinned by a commit is looked up by it, in whatever repository', () => {
  const commit = 'a'.repeat(40);

  expect(packagesOf({ commit })).toEqual([{ ecosystem: 'GIT', name: '', version: commit }]);
});

test('the version of the component stands in where its package URL names none', () => {
  expect(packagesOf({ purl: 'pkg:pypi/jinja2', version: '2.10' })).toEqual([
    { ecosystem: 'PyPI', name: 'jinja2', version: '2.10' },
  ]);
});

test.each([
  ['Ubuntu:22.04:LTS', 'Ubuntu:22.04'],
  ['Ubuntu:Pro:18.04:LTS', 'Ubuntu:Pro:18.04'],
  ['Red Hat:enterprise_linux:9::baseos', 'Red Hat:9'],
  ['Red Hat:rhel_eus:9.2::appstream', 'Red Hat:rhel_eus:9.2::appstream'],
  ['SUSE:Linux Enterprise Module for Basesystem 15 SP4', 'SUSE:15.4'],
  ['SUSE:Linux Enterprise Server 12', 'SUSE:12'],
  ['Alpine:v3.15', 'Alpine:v3.15'],
  ['Maven:https://maven.google.com', 'Maven:https://maven.google.com'],
  ['Somewhere New', 'Somewhere New'],
])('an advisory for %s meets components of %s', (ecosystem, expected) => {
  expect(identityOf({ ecosystem, name: 'x' }).ecosystem).toBe(expected);
});

test('a distribution whose name every object has is an unknown ecosystem like another', () => {
  for (const type of ['deb', 'apk', 'rpm']) {
    for (const namespace of ['constructor', '__proto__', 'tostring']) {
      const found = packagesOf({ purl: `pkg:${type}/${namespace}/libthing@1` });

      expect(found.map((one) => one.ecosystem)).toEqual([namespace]);
    }
  }
});

test('the purl type `alpine` of older scanners is read as `apk`', () => {
  const older = packagesOf({ purl: 'pkg:alpine/libcrypto1.1@1.1.1l-r0?distro=alpine-3.15.4&upstream=openssl' });

  expect(older).toEqual(
    packagesOf({ purl: 'pkg:apk/alpine/libcrypto1.1@1.1.1l-r0?distro=alpine-3.15.4&upstream=openssl' }),
  );
});

test('the packs that a list needs: every family of every component, with purls that stand there again and commits', () => {
  const components = [
    { purl: 'pkg:npm/%40babel/core@7.0.0' },
    { purl: 'pkg:npm/%40babel/core@7.0.0' },
    { purl: 'pkg:npm/%40babel/core@7.0.0', commit: 'a'.repeat(40) },
    { purl: 'pkg:deb/debian/curl@7.74?distro=debian-11' },
    { purl: 'not a purl' },
    {},
  ];

  expect([...familiesOfComponents(components)].sort()).toEqual(['Debian', 'GIT', 'npm']);
});
