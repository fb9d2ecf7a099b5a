import { expect, test } from 'vitest';
import { corpus } from '../../../test/corpus.ts';
import { read } from '../inventory.ts';

function answer(fileName: string, text: string) {
  return read(new TextEncoder().encode(text), fileName);
}

/** Each component as its purl, with its commit and its use where it has them. */
function listed(fileName: string, text: string): string[] {
  const given = answer(fileName, text);
  if ('problems' in given) throw new Error(JSON.stringify(given.problems));
  return given.inventory.components.map(({ purl, name, commit, isDevelopmentOnly }) =>
    [purl ?? name, commit && `commit ${commit}`, isDevelopmentOnly && 'development'].filter(Boolean).join(' '),
  );
}

const sha = '0123456789abcdef0123456789abcdef01234567';

test('every file of osv-scanner’s fixtures is read with its components, or refused with the reason', async () => {
  const lines = corpus(new URL('./testdata/osv-scanner.jsonl.gz', import.meta.url)).flatMap(({ file, bytes }) => {
    const given = read(bytes, file);
    if ('problems' in given)
      return [`${file}: refused`, ...given.problems.map((each) => `    ${each.path}: ${each.message}`)];
    const { format, components, problems } = given.inventory;
    return [
      `${file}: ${format}, ${components.length} components`,
      ...components.map(({ purl, name, version, path }) => `    ${path}: ${purl ?? `${name} ${version}`}`),
      ...problems.map((each) => `    doubt at ${each.path}: ${each.message}`),
    ];
  });

  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('./testdata/osv-scanner.golden.txt');
});

test('package-lock.json 3: workspaces and links are the project’s own, aliases and git addresses keep what is installed', () => {
  const packages = {
    '': { name: 'ward', version: '1.0.0' },
    'packages/own': { version: '1.0.0' },
    'node_modules/own': { resolved: 'packages/own', link: true },
    'node_modules/a': { version: '1.2.3' },
    'node_modules/a/node_modules/@s/b': { version: '2.0.0', dev: true },
    'node_modules/alias': { name: 'real', version: '3.0.0' },
    'node_modules/pinned': { version: '4.0.0', resolved: `git+ssh://git@example.org/x/y.git#${sha}` },
  };

  expect(listed('package-lock.json', JSON.stringify({ name: 'ward', lockfileVersion: 3, packages }))).toEqual([
    'pkg:npm/a@1.2.3',
    'pkg:npm/%40s/b@2.0.0 development',
    'pkg:npm/real@3.0.0',
    `pkg:npm/pinned@4.0.0 commit ${sha}`,
  ]);
});

test('package-lock.json 1: dependencies inside dependencies', () => {
  const dependencies = {
    a: { version: '1.0.0', dependencies: { b: { version: '2.0.0', dev: true } } },
    c: { version: 'npm:real@3.0.0' },
    d: { version: `git+https://example.org/d.git#${sha}` },
    e: { version: 'file:../e' },
  };

  expect(listed('package-lock.json', JSON.stringify({ lockfileVersion: 1, dependencies }))).toEqual([
    'pkg:npm/a@1.0.0',
    'pkg:npm/real@3.0.0',
    `pkg:npm/d commit ${sha}`,
    'pkg:npm/b@2.0.0 development',
  ]);
});

test('yarn.lock 1: scopes, several ranges and aliases', () => {
  const text = `# yarn lockfile v1


"@s/a@^1.0.0", "@s/a@^1.1.0":
  version "1.2.0"
  resolved "https://registry.example/@s/a/-/a-1.2.0.tgz#abc"

"alias@npm:real@^2.0.0":
  version "2.0.1"

"pinned@https://codeload.github.com/x/y/tar.gz/${sha}":
  version "0.0.0"
  resolved "https://codeload.github.com/x/y/tar.gz/${sha}"
`;
  expect(listed('yarn.lock', text)).toEqual([
    'pkg:npm/%40s/a@1.2.0',
    'pkg:npm/real@2.0.1',
    `pkg:npm/pinned@0.0.0 commit ${sha}`,
  ]);
});

test('yarn.lock of Berry: the resolution counts, workspaces do not', () => {
  const text = `__metadata:
  version: 8

"@s/a@npm:^1.0.0, @s/a@npm:^1.1.0":
  version: 1.2.0
  resolution: "@s/a@npm:1.2.0"

"patched@patch:patched@npm%3A1.0.0#./fix.patch":
  version: 1.0.0
  resolution: "patched@patch:patched@npm%3A1.0.0#./fix.patch"

"own@workspace:.":
  version: 0.0.0-use.local
  resolution: "own@workspace:."
`;
  expect(listed('yarn.lock', text)).toEqual(['pkg:npm/%40s/a@1.2.0', 'pkg:npm/patched@1.0.0']);
});

test.each([
  ['5.4', "'/@s/a/1.0.0':\n    dev: true\n  /b/2.0.0_react@18.0.0:\n    dev: false"],
  ['6.0', "'/@s/a@1.0.0':\n    dev: true\n  /b@2.0.0(react@18.0.0):\n    dev: false"],
])('pnpm-lock.yaml %s', (version, packages) => {
  expect(listed('pnpm-lock.yaml', `lockfileVersion: '${version}'\npackages:\n  ${packages}\n`)).toEqual([
    'pkg:npm/%40s/a@1.0.0 development',
    'pkg:npm/b@2.0.0',
  ]);
});

test('pnpm-lock.yaml 9, with a package pinned by commit', () => {
  const text = `lockfileVersion: '9.0'
importers:
  .: {}
packages:
  '@s/a@1.0.0':
    resolution: {integrity: sha512-x}
  c@https://codeload.github.com/x/c/tar.gz/${sha}:
    resolution: {tarball: https://codeload.github.com/x/c/tar.gz/${sha}}
    version: 3.0.0
snapshots:
  '@s/a@1.0.0': {}
`;
  expect(listed('pnpm-lock.yaml', text)).toEqual(['pkg:npm/%40s/a@1.0.0', `pkg:npm/c@3.0.0 commit ${sha}`]);
});

test('Cargo.lock: members of the workspace are left out, git sources keep their commit', () => {
  const text = `version = 3
[[package]]
name = "own"
version = "0.1.0"
[[package]]
name = "a"
version = "1.0.0"
source = "registry+https://github.com/rust-lang/crates.io-index"
[[package]]
name = "b"
version = "2.0.0"
source = "git+https://example.org/b?branch=main#${sha}"
`;
  expect(listed('Cargo.lock', text)).toEqual(['pkg:cargo/a@1.0.0', `pkg:cargo/b@2.0.0 commit ${sha}`]);
});

test('go.mod: blocks, single lines, replacements, and the toolchain as the standard library', () => {
  const text = `module example.org/own

go 1.21
toolchain go1.22.3

require example.org/a v1.0.0 // indirect
require (
	example.org/b/v2 v2.1.0
	example.org/c v1.0.0
	example.org/d v1.0.0
)
replace (
	example.org/c => ./c
	example.org/d v1.0.0 => example.org/fork v1.0.1
)
exclude example.org/a v0.9.0
`;
  expect(listed('go.mod', text)).toEqual([
    'pkg:golang/example.org/a@v1.0.0',
    'pkg:golang/example.org/b/v2@v2.1.0',
    'pkg:golang/example.org/fork@v1.0.1',
    'pkg:golang/stdlib@1.22.3',
  ]);
});

test('poetry.lock, pdm.lock, uv.lock and pylock.toml', () => {
  expect(
    listed(
      'poetry.lock',
      '[[package]]\nname = "A_b"\nversion = "1.0"\n[[package]]\nname = "c"\nversion = "2"\ncategory = "dev"\n',
    ),
  ).toEqual(['pkg:pypi/a-b@1.0', 'pkg:pypi/c@2 development']);
  expect(
    listed('pdm.lock', `[[package]]\nname = "a"\nversion = "1.0"\ngroups = ["default", "dev"]\nrevision = "${sha}"\n`),
  ).toEqual([`pkg:pypi/a@1.0 commit ${sha}`]);
  expect(
    listed(
      'uv.lock',
      '[[package]]\nname = "own"\nversion = "0.1"\nsource = { editable = "." }\n[[package]]\nname = "a"\nversion = "1.0"\n',
    ),
  ).toEqual(['pkg:pypi/a@1.0']);
  expect(listed('pylock.toml', 'lock-version = "1.0"\n[[packages]]\nname = "a"\nversion = "1.0"\n')).toEqual([
    'pkg:pypi/a@1.0',
  ]);
});

test('Pipfile.lock: versions lose their ==, develop is for development', () => {
  const text = JSON.stringify({
    _meta: {},
    default: { a: { version: '==1.0' }, b: { git: 'https://example.org/b', ref: sha } },
    develop: { c: { version: '==2.0' } },
  });
  expect(listed('Pipfile.lock', text)).toEqual([
    'pkg:pypi/a@1.0',
    `pkg:pypi/b commit ${sha}`,
    'pkg:pypi/c@2.0 development',
  ]);
});

test('requirements.txt: extras, markers, hashes and continued lines; what is not pinned is said to be so', () => {
  const text = `# comment
a[x,y]==1.0 ; python_version < "3.13"
b == 2.0 \\
    --hash=sha256:00 \\
    --hash=sha256:11
c>=3
d @ git+https://example.org/d@${sha}
-e ./own
--index-url https://pypi.example/simple
`;
  const given = answer('requirements.txt', text);

  expect(listed('requirements.txt', text)).toEqual([
    'pkg:pypi/a@1.0',
    'pkg:pypi/b@2.0',
    'pkg:pypi/c',
    `pkg:pypi/d commit ${sha}`,
  ]);
  expect('inventory' in given && given.inventory.problems.map(({ path }) => path)).toEqual(['line 6', 'line 8']);
});

test('gradle.lockfile and verification-metadata.xml', () => {
  const text =
    '# This is a Gradle generated file for dependency locking.\norg.x:a:1.0=compileClasspath,testCompileClasspath\norg.x:b:2.0=testRuntimeClasspath\nempty=annotationProcessor\n';
  expect(listed('gradle.lockfile', text)).toEqual(['pkg:maven/org.x/a@1.0', 'pkg:maven/org.x/b@2.0 development']);
  expect(
    listed(
      'verification-metadata.xml',
      '<verification-metadata><components><component group="org.x" name="a" version="1.0"/></components></verification-metadata>',
    ),
  ).toEqual(['pkg:maven/org.x/a@1.0']);
});

test('pom.xml: properties, management and scope of the same file; ranges and missing versions are said', () => {
  const text = `<project xmlns="http://maven.apache.org/POM/4.0.0"><groupId>org.own</groupId><artifactId>own</artifactId><version>9</version>
<properties><v>1.0</v><w>\${v}.1</w></properties>
<dependencyManagement><dependencies><dependency><groupId>org.x</groupId><artifactId>b</artifactId><version>2.0</version></dependency></dependencies></dependencyManagement>
<dependencies>
<dependency><groupId>org.x</groupId><artifactId>a</artifactId><version>\${w}</version></dependency>
<dependency><groupId>org.x</groupId><artifactId>b</artifactId><scope>test</scope></dependency>
<dependency><groupId>\${project.groupId}</groupId><artifactId>c</artifactId><version>\${project.version}</version></dependency>
<dependency><groupId>org.x</groupId><artifactId>d</artifactId><version>[1.0,2.0)</version></dependency>
</dependencies></project>`;
  expect(listed('pom.xml', text)).toEqual([
    'pkg:maven/org.x/a@1.0.1',
    'pkg:maven/org.x/b@2.0 development',
    'pkg:maven/org.own/c@9',
    'pkg:maven/org.x/d',
  ]);
});

test('pubspec.lock, mix.lock, renv.lock and conan.lock', () => {
  expect(
    listed(
      'pubspec.lock',
      'packages:\n  a:\n    dependency: "direct dev"\n    source: hosted\n    version: "1.0.0"\n  sky:\n    source: sdk\n    version: "0.0.0"\n',
    ),
  ).toEqual(['pkg:pub/a@1.0.0 development']);
  expect(
    listed(
      'mix.lock',
      `%{\n  "a": {:hex, :a, "1.0.0", "00", [:mix], [], "hexpm", "11"},\n  "b": {:git, "https://example.org/b", "${sha}", []},\n}\n`,
    ),
  ).toEqual(['pkg:hex/a@1.0.0', `pkg:hex/b commit ${sha}`]);
  expect(
    listed(
      'renv.lock',
      JSON.stringify({
        R: { Version: '4' },
        Packages: { a: { Package: 'a', Version: '1.0-2', Source: 'Repository' } },
      }),
    ),
  ).toEqual(['pkg:cran/a@1.0-2']);
  expect(
    listed(
      'conan.lock',
      JSON.stringify({ version: '0.5', requires: ['a/1.0#r%1'], build_requires: ['cmake/3.0'], python_requires: [] }),
    ),
  ).toEqual(['pkg:conan/a@1.0', 'pkg:conan/cmake@3.0 development']);
  expect(
    listed(
      'conan.lock',
      JSON.stringify({ graph_lock: { nodes: { 0: { path: 'conanfile.py' }, 1: { ref: 'a/1.0' } } }, version: '0.4' }),
    ),
  ).toEqual(['pkg:conan/a@1.0']);
});

test('dpkg status: what is not installed does not count; the source package is named', () => {
  const text = `Package: libssl3
Status: install ok installed
Source: openssl (3.0.11-1)
Architecture: amd64
Version: 3.0.11-1+b1

Package: gone
Status: deinstall ok config-files
Version: 1.0
`;
  expect(listed('status', text)).toEqual([
    'pkg:deb/debian/libssl3@3.0.11-1%2Bb1?arch=amd64&upstream=openssl%403.0.11-1',
  ]);
});

test.each([
  ['package.json', '{"dependencies":{"a":"^1"}}', 'package.json names the versions that may be installed'],
  ['a.csproj', '<Project/>', 'A project file names the versions'],
  ['Cargo.toml', '[package]\nname="a"', 'Use the lockfile beside it'],
  ['a.spdx.rdf.xml', '<rdf/>', 'SPDX in RDF is not read'],
  ['sbom.xlsx', 'PK', 'Spreadsheets are not read'],
])('%s is refused with what to use in its place', (name, text, reason) => {
  const given = answer(name, text);

  expect('problems' in given && given.problems[0]?.message).toContain(reason);
});

test.each([
  ['Cargo.lock', '[[package]]\nname = "a\n', 'line 2, column'],
  ['pnpm-lock.yaml', 'lockfileVersion: 9\npackages: [a: {', 'line 2, column'],
  ['packages.config', '<packages>\n<package id="a"</packages>', 'line 2, column'],
  ['composer.lock', '{"packages": [\n{,}]}', 'line 2, column 2'],
])('a broken %s is refused with line and column', (name, text, place) => {
  const given = answer(name, text);

  expect('problems' in given && given.problems[0]?.path).toContain(place);
});
