import { isDeepStrictEqual } from 'node:util';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { corpus } from '../../../test/corpus.ts';
import { read } from '../inventory.ts';
import { areUnique } from '../schema.ts';
import { check, checkValue } from './check.ts';
import v6 from './schema/bom-1.6.schema.json' with { type: 'json' };
import signature from './schema/jsf-0.82.schema.json' with { type: 'json' };
import licences from './schema/spdx.schema.json' with { type: 'json' };

const suite = corpus(new URL('./testdata/spec-resources.jsonl.gz', import.meta.url));
const valid = suite.filter(({ file }) => /(^|\/)valid-/.test(file));
// Upstream passes over three that its schemas cannot tell (`skip_`, `informal-`); the specification's text can.
const invalid = suite.filter(({ file }) => /(^|\/)(skip_|informal-)?invalid-/.test(file));

const bytesOf = (text: string) => new TextEncoder().encode(text);

test('the official suite is whole: 594 files of CycloneDX 1.2 to 1.7', () => {
  expect([valid.length, invalid.length]).toEqual([359, 235]);
});

test.each(valid.map(({ file, bytes }) => [file, bytes] as const))(
  'official %s has no fault and is read',
  (file, bytes) => {
    expect(check(bytes)).toEqual([]);
    expect(read(bytes, file)).toHaveProperty('inventory');
  },
);

test.each(invalid.map(({ file, bytes }) => [file, bytes] as const))(
  'official %s is refused, with a place and a reason',
  (_, bytes) => {
    const problems = check(bytes);

    expect(problems.length).toBeGreaterThan(0);
    for (const problem of problems) {
      // A fault of the document as a whole has the empty path.
      expect(problem.message.length).toBeGreaterThan(10);
      expect(typeof problem.path).toBe('string');
    }
  },
);

test('each listed fault of XML has its line', () => {
  const xml =
    '<bom xmlns="http://cyclonedx.org/schema/bom/1.6" version="1"><components>\n<component type="foo"/>\n</components></bom>';

  expect(check(bytesOf(xml))).toEqual([
    expect.objectContaining({ path: 'line 2', clause: 'component' }),
    expect.objectContaining({ path: 'line 2', message: '<component> needs a <name>.' }),
  ]);
});

test('each listed fault of JSON has its path', () => {
  const problems = checkValue({
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    components: [{ type: 'library', name: 1, extra: 2 }],
  });

  expect(problems.map(({ path, message }) => [path, message])).toEqual([
    ['components[0]', '"extra" is not allowed here.'],
    ['components[0].name', 'This must be string.'],
  ]);
});

test('a version that has no schema here is refused', () => {
  expect(checkValue({ bomFormat: 'CycloneDX', specVersion: '9.9' })).toEqual([
    expect.objectContaining({ path: 'specVersion' }),
  ]);
  expect(checkValue(null)).toHaveLength(1);
});

test('components nested 30,000 deep are refused, not crashed on', () => {
  const deep = '{"bomFormat":"CycloneDX","specVersion":"1.6","components":['.concat(
    '{"type":"library","name":"a","components":['.repeat(30_000),
    ']}'.repeat(30_000),
    ']}',
  );

  expect(check(bytesOf(deep))).toEqual([{ path: '', message: 'The document is nested too deeply to check.' }]);
});

test('uniqueness by canonical text gives the verdict of comparing all pairs', () => {
  const value = fc.jsonValue({ maxDepth: 2 });
  const named = fc.record(
    { name: fc.constantFrom('a', 'b'), version: fc.constantFrom('1', 2, null), 'bom-ref': value },
    { requiredKeys: [] },
  );
  const item = fc.oneof(fc.constantFrom(0, 1, '', 'a', null, true, [], {}), named, value);

  fc.assert(
    fc.property(fc.array(item, { maxLength: 6 }), (items) => {
      const parsed = JSON.parse(JSON.stringify(items)) as unknown[];
      const isRepeated = parsed.some((left, at) =>
        parsed.slice(at + 1).some((right) => isDeepStrictEqual(left, right)),
      );
      expect(areUnique(parsed)).toBe(!isRepeated);
    }),
    { numRuns: 2000 },
  );
});

test('the verdict is that of ajv with its own uniqueItems on every official file', () => {
  const plain = new Ajv({ strict: false, schemas: [licences, signature] });
  addFormats.default(plain, ['date-time', 'uri', 'email', 'regex']);
  plain.addFormat('iri-reference', /^\S*$/);
  plain.addFormat('idn-email', /^[^\s@]+@[^\s@]+$/);
  const byPairs = plain.compile(v6);

  for (const { file, bytes } of suite) {
    if (!/1\.6\.json$/.test(file)) continue;
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    expect([file, checkValue(value).length === 0]).toEqual([file, byPairs(value)]);
  }
});

test('equal objects count as one whatever the order of their members', () => {
  expect(
    areUnique([
      { a: 1, b: [1, { c: 2 }] },
      { b: [1, { c: 2 }], a: 1 },
    ]),
  ).toBe(false);
});
