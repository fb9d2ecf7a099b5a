import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Order, orderNamed, orderOf, orders } from './order.ts';

const folder = new URL('./testdata/', import.meta.url);
const versFolder = new URL('../testdata/vers/', import.meta.url);

function unzipped(url: URL): string {
  return gunzipSync(readFileSync(url)).toString('utf8');
}

const ecosystems: Record<string, string> = {
  alpine: 'Alpine',
  cran: 'CRAN',
  debian: 'Debian',
  hackage: 'Hackage',
  maven: 'Maven',
  nuget: 'NuGet',
  packagist: 'Packagist',
  pub: 'Pub',
  pypi: 'PyPI',
  redhat: 'Red Hat',
  rubygems: 'RubyGems',
  semver: 'npm',
};

/** Lines of the suite that are wrong themselves, and why: each closes a cycle with others of the same files. */
const wrongLines: Record<string, string> = {
  '2.9.0-1 < 2.9.0.RC1':
    'as 2.2.0.RC4 < 2.2.0, so 2.9.0.RC1 < 2.9.0; as 1.0 < 1.0-1, so 2.9.0 < 2.9.0-1. Maven 3.9 mended it (MNG-7644).',
  '1.1.0-01-glassfish < 1.1.0.Beta1':
    '1.1.0.Beta1 < 1.1.0.Beta2 < 1.1.0.Final, which is 1.1.0, and as 2.1.7 < 2.1.7-01, so 1.1.0 < 1.1.0-01. Maven 3.9 mended it (MNG-7644).',
  '1.2.3.# = 1.2.3.1': 'the file has 1.2.3.# = 1.2.3 too; and as 1.0.0 > 1.0, so 1.2.3.1 > 1.2.3.',
};

interface Line {
  text: string;
  a: string;
  b: string;
  expected: number;
}

function linesOf(file: string): Line[] {
  const lines: Line[] = [];
  for (const text of unzipped(new URL(file, folder)).split('\n')) {
    if (text === '' || text.startsWith('#') || text.startsWith('//')) continue;
    const [, a, sign, b] = /^(.*) ([<=>]) (.*)$/.exec(text)!;
    lines.push({ text, a: a!, b: b!, expected: sign === '<' ? -1 : sign === '>' ? 1 : 0 });
  }
  return lines;
}

function byKey(order: Order, a: string, b: string): number {
  const left = order.key(a);
  const right = order.key(b);
  return left < right ? -1 : left > right ? 1 : 0;
}

/** What `pack` promises, as the words that would be wrong. */
function packFault(order: Order, a: string, b: string, compared: number): string | undefined {
  const left = order.pack(a);
  const right = order.pack(b);
  if (!Number.isSafeInteger(left.code) || left.code < 0) return `code of ${a} is ${left.code}`;
  if (left.code < right.code && compared >= 0) return `${a} packs below ${b}`;
  if (left.code > right.code && compared <= 0) return `${a} packs above ${b}`;
  if (left.code === right.code && left.isExact && right.isExact && compared !== 0) return `${a} and ${b} pack alike`;
  return undefined;
}

test('the fixtures have 57,456 lines; one more is a comment that looks like one', () => {
  const files = readdirSync(folder).filter((file) => file.endsWith('.txt.gz'));

  expect(files.reduce((sum, file) => sum + linesOf(file).length, 0)).toBe(57_456);
});

function fault(order: Order, { text, a, b, expected }: Line): string | undefined {
  if (Math.sign(order.compare(a, b)) !== expected) return `${text}: compare gives ${order.compare(a, b)}`;
  if (Math.sign(order.compare(b, a)) !== -expected + 0)
    return `${text}: turned round, compare gives ${order.compare(b, a)}`;
  if (byKey(order, a, b) !== expected) return `${text}: keys ${order.key(a)} and ${order.key(b)}`;
  return packFault(order, a, b, expected);
}

describe('the version fixtures of osv-scalibr, every line in both directions, by compare, key and pack', () => {
  test.each(readdirSync(folder).filter((file) => file.endsWith('.txt.gz')))('%s', (file) => {
    const order = orderOf(ecosystems[file.split('-')[0]!]!)!;
    const lines = linesOf(file);

    const faults = lines.filter((line) => fault(order, line) !== undefined);

    expect(lines.length).toBeGreaterThan(0);
    // A listed line that holds after all must leave the list.
    expect(lines.filter((line) => wrongLines[line.text] !== undefined && !faults.includes(line))).toEqual([]);
    expect(faults.filter((line) => wrongLines[line.text] === undefined).map((line) => fault(order, line))).toEqual([]);
  });
});

/** Names of the vers suite that are not the names of our orders. */
const orderOfScheme: Record<string, string> = { apk: 'alpine', gem: 'rubygems' };

interface VersCase {
  test_type: 'comparison' | 'equality';
  input: { input_scheme: string; versions: string[] };
  expected_output: string[] | boolean;
}

describe('the version comparisons of vers-spec', () => {
  test.each(readdirSync(versFolder).filter((file) => /cmp|lexicographic/.test(file)))('%s', (file) => {
    const { tests } = JSON.parse(unzipped(new URL(file, versFolder))) as { tests: VersCase[] };

    expect(tests.length).toBeGreaterThan(0);
    for (const { test_type: type, input, expected_output: expected } of tests) {
      const scheme = input.input_scheme;
      const order = orders[(orderOfScheme[scheme] ?? scheme) as keyof typeof orders];
      const [a, b] = input.versions as [string, string];
      if (type === 'equality') {
        expect([a, b, order.compare(a, b) === 0, order.compare(b, a) === 0]).toEqual([a, b, expected, expected]);
        expect(order.key(a) === order.key(b)).toBe(expected);
      } else {
        // The suite writes NuGet labels in lower case: equal, not identical.
        for (const given of [[...input.versions], [...input.versions].reverse()]) {
          const sorted = given.sort(order.compare);
          sorted.forEach((version, index) => {
            expect([version, order.compare(version, (expected as string[])[index]!)]).toEqual([version, 0]);
          });
        }
        expect(byKey(order, a, b)).toBe(Math.sign(order.compare(a, b)));
      }
    }
  });
});

const texts = Object.fromEntries(
  readdirSync(folder)
    .filter((file) => file.endsWith('.txt.gz'))
    .map((file) => [file, linesOf(file).flatMap(({ a, b }) => [a, b])]),
);
const allTexts = Object.values(texts).flatMap((list) => list.filter((_, index) => index % 7 === 0));

/** Versions that meet at the same few pieces, versions of the suites, and any text at all. */
const anyVersion = fc.oneof(
  fc.constantFrom(...allTexts),
  fc
    .array(
      fc.constantFrom(
        ...[
          '0',
          '1',
          '2',
          '00',
          '01',
          '10',
          '59',
          '60',
          '1563',
          '1564',
          '20190127',
          '999999999999999',
          '1000000000000000',
        ],
        ...[
          '.',
          '.',
          '-',
          '_',
          '+',
          '~',
          '^',
          ':',
          '!',
          '#',
          ' ',
          'a',
          'b',
          'rc',
          'RC',
          'alpha',
          'beta',
          'final',
          'sp',
          'p',
        ],
        ...['dev', 'post', 'pre', 'r', '-r', '_p', 'x', 'v', 'snapshot', 'ga', 'T', 'Z', '2024-01-01'],
      ),
      { maxLength: 8 },
    )
    .map((pieces) => pieces.join('')),
  fc.array(fc.nat({ max: 70 }), { minLength: 1, maxLength: 5 }).map((numbers) => numbers.join('.')),
  fc.string({ unit: 'binary', maxLength: 12 }),
);

/** Strangers, and versions that part only at their ends. */
const anyPair = fc.oneof(
  fc.tuple(anyVersion, anyVersion),
  fc.tuple(anyVersion, anyVersion, anyVersion).map(([start, a, b]): [string, string] => [start + a, start + b]),
  fc.tuple(anyVersion, anyVersion).map(([start, end]): [string, string] => [start, start + end]),
);

describe.each(Object.entries(orders))('%s', (_, order) => {
  test('compare, key and pack agree, and compare is antisymmetric', () => {
    fc.assert(
      fc.property(anyPair, ([a, b]) => {
        const compared = order.compare(a, b);

        expect(Math.sign(order.compare(b, a))).toBe(-Math.sign(compared) + 0);
        expect(byKey(order, a, b)).toBe(Math.sign(compared));
        expect(packFault(order, a, b, compared)).toBeUndefined();
        expect(order.compare(a, a)).toBe(0);
      }),
      { numRuns: 1000 },
    );
  });

  test('no text makes it throw or takes more than linear time', () => {
    const long = 30_000;
    for (const piece of [
      '1',
      '0',
      '.',
      '1.',
      'a',
      'a1',
      '-',
      '~',
      '^',
      '_',
      '1!',
      '+',
      ' ',
      'rc1',
      '_p1',
      'é',
      '\u0000',
      '-r',
      '.dev',
    ]) {
      const version = piece.repeat(Math.ceil(long / piece.length));
      const start = performance.now();
      order.compare(version, `${version}x`);
      order.compare(`1.0${version}`, version);
      order.pack(version);
      for (const start of ['', '1', '1.0a', '1.0-']) order.isValid(`${start}${version}\u0001`);

      expect([piece, performance.now() - start < 1000]).toEqual([piece, true]);
    }
  });
});

describe('the order of an ecosystem', () => {
  test.each([
    ['npm', 'semver'],
    ['Debian:12', 'debian'],
    ['Ubuntu:Pro:18.04:LTS', 'debian'],
    ['Maven:https://maven.google.com', 'maven'],
    ['Red Hat:rhel_aus:8.4::appstream', 'rpm'],
    ['Root:Alpine:3.18', 'alpine'],
    ['TuxCare:npm', 'semver'],
    ['Docker Hardened Images:Debian:trixie', 'debian'],
    ['Echo', 'debian'],
    ['Echo:PyPI', 'pypi'],
    ['Echo:npm', 'pub'],
  ])('%s is ordered as %s', (ecosystem, name) => {
    expect(orderOf(ecosystem)?.name).toBe(name);
  });

  test.each(['Android', 'OSS-Fuzz', 'FreeBSD:ports', 'CleanStart', 'GIT', 'Root', 'constructor', '__proto__', ''])(
    '%s has none that is known',
    (ecosystem) => {
      expect(orderOf(ecosystem)).toBeUndefined();
    },
  );

  test('is found for a person by any spelling', () => {
    expect(
      ['redhat', 'CRATES.IO', 'rocky linux', 'Semver', 'gentoo', 'debian:12'].map((name) => orderNamed(name)?.name),
    ).toEqual(['rpm', 'semver', 'rpm', 'semver', 'gentoo', 'debian']);
    expect(orderNamed('nothing')).toBeUndefined();
    expect(orderNamed(':')).toBeUndefined();
  });
});
