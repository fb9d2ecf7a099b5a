import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Constraint, contains, parse, read, sorted, VersError, write } from './vers.ts';
import { fromNative } from './vers-native.ts';

interface Case {
  test_type: string;
  input: unknown;
  expected_output?: unknown;
  expected_failure?: boolean;
}

const folder = new URL('./testdata/vers/', import.meta.url);
const suites = readdirSync(folder).filter((file) => /range|canonical/.test(file));

function casesOf(file: string): Case[] {
  return (JSON.parse(gunzipSync(readFileSync(new URL(file, folder))).toString('utf8')) as { tests: Case[] }).tests;
}

/** Cases that are wrong themselves, by native range. */
const wrongCases: Record<string, string> = {
  '': 'wants "vers:conan/", which is no range (the specification asks for a constraint); Conan reads "" as "*"',
};

const runs: Record<string, (input: never) => unknown> = {
  from_native: (input: { scheme: string; native_range: string }) => write(fromNative(input.scheme, input.native_range)),
  containment: (input: { vers: string; version: string }) => contains(read(input.vers), input.version),
  validate: (input: string) => write(read(input)),
  parse: (input: string) => {
    const { type, constraints } = parse(input);
    return { scheme: type, version_constraints: constraints.map(({ comparator, version }) => [comparator, version]) };
  },
};

function outcome(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    if (error instanceof VersError) return 'refused';
    throw error;
  }
}

describe('the range suites of vers-spec', () => {
  test.each(suites)('%s', (file) => {
    for (const { test_type: type, input, expected_output: expected, expected_failure: fails } of casesOf(file)) {
      const got = outcome(() => runs[type]!(input as never));

      const native = (input as { native_range?: string }).native_range;
      if (native !== undefined && Object.hasOwn(wrongCases, native))
        expect({ input, got }).not.toEqual({ input, got: expected });
      else expect({ input, got }).toEqual({ input, got: fails ? 'refused' : expected });
    }
  });
});

test('native ranges beyond the suite', () => {
  const native = (type: string, range: string) => write(fromNative(type, range));

  expect(native('maven', '(,1.0],[1.2,)')).toBe('vers:maven/<=1.0|>=1.2');
  expect(native('maven', '[1.0]')).toBe('vers:maven/1.0');
  expect(native('pypi', '~=2.2, !=2.3')).toBe('vers:pypi/>=2.2|!=2.3|<3');
  expect(native('pypi', '==1.4.*')).toBe('vers:pypi/>=1.4|<1.5');
  expect(native('gem', '>= 1.0, < 2')).toBe('vers:gem/>=1.0|<2');
  expect(native('npm', '^0.0.3')).toBe('vers:npm/>=0.0.3|<0.0.4');
  expect(native('npm', '~1')).toBe('vers:npm/>=1.0.0|<2.0.0');
});

test('a version is in a range when a plain reading of the intervals says so', () => {
  expect(contains(read('vers:npm/!=1.2.0'), '1.2.0')).toBe(false);
  expect(contains(read('vers:npm/!=1.2.0'), '1.3.0')).toBe(true);
  expect(contains(read('vers:npm/>=2|<3|<4'), '1.0.0')).toBe(false);
  expect(contains(read('vers:npm/>=2|<3|<4'), '3.5.0')).toBe(true);
  expect(contains(read('vers:all/*'), 'anything')).toBe(true);
  expect(contains(read('vers:none/*'), 'anything')).toBe(false);
  expect(() => contains(read('vers:mystery/>1'), '2')).toThrow(VersError);
});

const anyVersion = fc.nat({ max: 12 }).map((value) => `${value}.0`);
const bounds = fc.uniqueArray(fc.nat({ max: 24 }), { minLength: 1, maxLength: 8 });

test('disjoint intervals: in a range means in one of its intervals', () => {
  fc.assert(
    fc.property(
      bounds,
      fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
      fc.nat({ max: 26 }),
      (points, isClosed, sought) => {
        const edges = points.sort((a, b) => a - b);
        const constraints: Constraint[] = edges.map((edge, index) => ({
          comparator: `${index % 2 === 0 ? '>' : '<'}${isClosed[index] ? '=' : ''}` as '>' | '<' | '>=' | '<=',
          version: `${edge}`,
        }));
        let isInside = false;
        for (let index = 0; index < edges.length; index += 2) {
          const [low, high = Number.POSITIVE_INFINITY] = [edges[index]!, edges[index + 1]];
          isInside ||=
            (sought > low || (sought === low && isClosed[index]!)) &&
            (sought < high || (sought === high && isClosed[index + 1]!));
        }

        expect(contains(sorted('npm', constraints), `${sought}`)).toBe(isInside);
      },
    ),
    { numRuns: 1000 },
  );
});

test('what is written is read again alike, in whatever order it was given', () => {
  const comparator = fc.constantFrom<Constraint['comparator']>('=', '!=', '<', '<=', '>', '>=');
  fc.assert(
    fc.property(
      fc.constantFrom('npm', 'pypi', 'deb', 'maven'),
      fc.uniqueArray(fc.record({ comparator, version: anyVersion }), {
        minLength: 1,
        maxLength: 6,
        selector: ({ version }) => version,
      }),
      (type, constraints) => {
        const text = write(sorted(type, constraints));

        expect(write(parse(text))).toBe(text);
        expect(write(read(write({ type, constraints: [...constraints].reverse() })))).toBe(text);
      },
    ),
  );
});

test('no text makes it throw anything but a VersError, nor takes more than linear time', () => {
  const pieces = fc.constantFrom(
    'vers:',
    'npm',
    '/',
    '|',
    '>=',
    '<',
    '!=',
    '=',
    '*',
    '1.0',
    '-',
    ' ',
    '^',
    '~>',
    '[',
    ')',
    ',',
    '%2',
    '%41',
    'x',
    '||',
    '~',
  );
  const anyText = fc.oneof(
    fc.array(pieces, { maxLength: 12 }).map((list) => list.join('')),
    fc.string({ unit: 'binary', maxLength: 20 }),
  );
  const types = ['npm', 'conan', 'gem', 'pypi', 'nuget', 'maven', 'nginx', 'openssl'];
  fc.assert(
    fc.property(anyText, fc.constantFrom(...types), (text, type) => {
      for (const prefix of ['', 'vers:npm/']) {
        outcome(() => contains(parse(prefix + text), '1.0'));
        outcome(() => write(read(prefix + text)));
      }
      outcome(() => write(fromNative(type, text)));
    }),
    { numRuns: 3000 },
  );
  for (const piece of ['|', '>1|', '1', '[1,2],', '>', ' ', '^1 ', '|| ', '1.', '%41', '- ']) {
    const text = piece.repeat(60_000 / piece.length);
    const start = performance.now();
    outcome(() => read(`vers:npm/${text}x`));
    outcome(() => parse(`vers:npm/${text}x`));
    for (const type of types) outcome(() => fromNative(type, `1${text}x`));

    expect([piece, performance.now() - start < 2000]).toEqual([piece, true]);
  }
});
