import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { build, canonical, PurlError, type PurlParts, parse } from './purl.ts';
import { typeRules } from './purl-types.ts';

function read<T>(name: string): T {
  return JSON.parse(
    gunzipSync(readFileSync(new URL(`./testdata/purl/${name}`, import.meta.url))).toString('utf8'),
  ) as T;
}

interface Case {
  description: string;
  test_type: 'parse' | 'build' | 'validate';
  input: unknown;
  expected_output: unknown;
  expected_failure?: boolean;
}

const suite = read<Record<string, Case[]>>('tests.json.gz');

/** Cases of the suite that contradict others of the same suite, by test type and input. */
const wrongCases: Record<string, string> = {
  'parse pkg:gem/jruby-launcher@1.1.2?Platform=java':
    'must fail, while the validate case of the same input, and the maven cases with "repositorY_url", must be read with the key in lower case, as the specification says',
  'parse pkg:Rpm/fedora/curl@7.50.3-1.fc25?Arch=i386&Distro=fedora-25': 'the same, with "Arch" and "Distro"',
};

function filled(parts: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined && value !== null));
}

function outcome(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    if (error instanceof PurlError) return 'refused';
    throw error;
  }
}

const runs: Record<Case['test_type'], (input: unknown) => unknown> = {
  parse: (input) => filled({ ...parse(input as string) }),
  build: (input) => build(input as PurlParts),
  validate: (input) => canonical(parse(input as string)),
};

describe('the suite of purl-spec', () => {
  test.each(Object.keys(suite))('%s', (name) => {
    for (const { description, test_type: type, input, expected_output: expected, expected_failure: fails } of suite[
      name
    ]!) {
      const label = `${type} ${typeof input === 'string' ? input : JSON.stringify(input)}`;
      const wanted = fails ? 'refused' : type === 'parse' ? filled(expected as Record<string, unknown>) : expected;

      const got = outcome(() => runs[type](input));

      if (wrongCases[label] === undefined)
        expect({ description, label, got }).toEqual({ description, label, got: wanted });
      else expect({ label, got }).not.toEqual({ label, got: wanted });
    }
  });

  test('has 469 cases', () => {
    expect(Object.values(suite).flat()).toHaveLength(469);
  });
});

interface Definition {
  examples?: string[];
  namespace_definition?: { requirement?: string; case_sensitive?: boolean };
  name_definition?: { case_sensitive?: boolean; permitted_characters?: string };
  version_definition?: { case_sensitive?: boolean; permitted_characters?: string };
  qualifiers_definition?: { key: string; requirement?: string }[];
}

describe('the type definitions of purl-spec', () => {
  const definitions = read<Record<string, Definition>>('types.json.gz');

  test.each(Object.keys(definitions).filter((type) => type !== 'golang'))('%s is what our table says', (type) => {
    const { namespace_definition: namespace, name_definition: name, version_definition: version } = definitions[type]!;
    const rule = typeRules[type] ?? {};
    const lower = (['namespace', 'name', 'version'] as const).filter(
      (field, index) =>
        [namespace, name, version][index]?.case_sensitive === false &&
        !(field === 'namespace' && namespace?.requirement === 'prohibited'),
    );
    const requirement = namespace?.requirement === 'optional' ? undefined : namespace?.requirement;

    expect(rule.namespace).toBe(requirement);
    expect(rule.lower ?? []).toEqual(lower);
    expect(rule.qualifiers ?? []).toEqual(
      (definitions[type]!.qualifiers_definition ?? [])
        .filter((one) => one.requirement === 'required')
        .map(({ key }) => key),
    );
  });

  test.each(Object.keys(definitions))('the examples of %s are read and written again alike', (type) => {
    for (const example of definitions[type]!.examples ?? []) {
      const text = outcome(() => canonical(parse(example)));

      expect([example, text]).not.toEqual([example, 'refused']);
      expect(canonical(parse(text as string))).toBe(text);
    }
  });
});

test('what an SBOM may hold: a scope with a bare "@", the Go standard library, slashes and empty parts', () => {
  expect(canonical(parse('pkg:npm/@angular/cli@17.0.0'))).toBe('pkg:npm/%40angular/cli@17.0.0');
  expect(canonical(parse('pkg:golang/stdlib@1.21.0'))).toBe('pkg:golang/stdlib@1.21.0');
  expect(canonical(parse('pkg:npm//a//b/?x=&y=1#./q/../r'))).toBe('pkg:npm/a/b?y=1#q/r');
  expect(canonical(parse('pkg:generic/a@feature/branch'))).toBe('pkg:generic/a@feature%2Fbranch');
});

test.each([
  '',
  'pkg',
  'pkg:',
  'pkg:/',
  'pkg:npm',
  'pkg:npm/',
  'pkg:npm/@1.0.0',
  'pkg:npm/a@%zz',
  'pkg:npm/a?b',
  'pkg:npm/a?1=b',
  'pkg:npm/a?b=1&B=2',
  `pkg:npm/${'a'.repeat(8192)}`,
])('refused: %s', (text) => {
  expect(() => parse(text)).toThrow(PurlError);
});

const anyPart = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 });
const anyParts = fc.record(
  {
    type: fc.constantFrom('npm', 'generic', 'deb', 'pypi', 'golang', 'git', 'oci', 'x-y.z+1'),
    namespace: anyPart,
    name: anyPart,
    version: anyPart,
    qualifiers: fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9._-]{0,6}$/), anyPart),
    subpath: anyPart,
  },
  { requiredKeys: ['type', 'name'] },
);

test('a built purl is canonical: read and written, it is the same text', () => {
  fc.assert(
    fc.property(anyParts, (parts) => {
      const text = outcome(() => build(parts));
      fc.pre(text !== 'refused');

      expect(canonical(parse(text as string))).toBe(text);
    }),
    { numRuns: 2000 },
  );
});

test('no text makes parse throw anything but a PurlError, and what it reads is written the same for ever', () => {
  const anyText = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }).map((text) => `pkg:${text}`),
    fc
      .array(
        fc.constantFrom(
          'pkg:',
          'npm',
          'git',
          '/',
          '@',
          '?',
          '#',
          '%40',
          '%',
          '=',
          '&',
          'a',
          '1.0',
          '..',
          '%2F',
          ':',
          '+',
        ),
        { maxLength: 14 },
      )
      .map((pieces) => `pkg:${pieces.join('')}`),
  );
  fc.assert(
    fc.property(anyText, (text) => {
      const once = outcome(() => canonical(parse(text)));
      if (once !== 'refused') expect(canonical(parse(once as string))).toBe(once);
    }),
    { numRuns: 5000 },
  );
});
