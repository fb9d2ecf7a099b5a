import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as cyclonedx from './cyclonedx/document.ts';
import * as inventory from './inventory.ts';
import { isObject, type JsonObject } from './json.ts';
import { parsePart, Wanted } from './json-part.ts';

const inner = new Wanted({ a: true, 'bom-ref': true });
inner.add('in', inner);
const wanted = new Wanted({ head: true, some: inner, list: inner, tail: true });

function read(text: string): { value: JsonObject; taken: unknown[] } | undefined {
  const taken: unknown[] = [];
  const value = parsePart(new TextEncoder().encode(text), text.replace(/^\uFEFF/, ''), wanted, {
    key: 'list',
    part: inner,
    take: (one) => taken.push(one),
    mayFollow: new Set(['tail']),
  });
  return value && { value, taken };
}

/** The same by JSON.parse, and by leaving out afterwards what is not wanted. */
function expected(text: string): { value: JsonObject; taken: unknown[] } {
  const { list, ...whole } = JSON.parse(text);
  const value: Record<string, unknown> = {};
  for (const key of ['head', 'tail']) if (Object.hasOwn(whole, key)) value[key] = whole[key];
  if (Object.hasOwn(whole, 'some')) value['some'] = pick(whole.some);
  if (list !== undefined && !Array.isArray(list)) value['list'] = pick(list);
  return { value, taken: Array.isArray(list) ? list.map(pick) : [] };
}

function pick(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(pick);
  if (!isObject(value)) return value;
  const kept: Record<string, unknown> = {};
  for (const key of ['a', 'bom-ref']) if (Object.hasOwn(value, key)) kept[key] = value[key];
  if (Object.hasOwn(value, 'in')) kept['in'] = pick(value['in']);
  return kept;
}

const key = fc.constantFrom('a', 'b', 'bom-ref', 'in', 'é', '__proto__', 'constructor', 'bom-rex');
const { any } = fc.letrec<{ any: unknown }>((tie) => ({
  any: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.string({ unit: 'binary' }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.constantFrom(true, false, null, 0, -0, 1e300, '\\', '"', '\u2028', '😀é', '\uD800'),
    fc.array(tie('any'), { maxLength: 4 }),
    fc.array(fc.tuple(key, tie('any')), { maxLength: 5 }).map((pairs) => Object.fromEntries(pairs)),
  ),
}));
const anyDocument = fc
  .record(
    { head: any, other: any, some: any, list: fc.oneof(fc.array(any), any), tail: any, after: any },
    { requiredKeys: [] },
  )
  .map((value) => value as object);

test('RFC 8259: gives the wanted members as JSON.parse does, whatever stands beside them', () => {
  fc.assert(
    fc.property(anyDocument, fc.constantFrom('', ' ', '\t', '\n  '), (value, indent) => {
      const text = JSON.stringify(value, undefined, indent);
      // JSON.stringify escapes half a character, so the text survives UTF-8.
      const answer = read(text);

      if (answer !== undefined) expect(answer).toEqual(expected(text));
    }),
    { numRuns: 1000 },
  );
});

test('a plain document is never left to JSON.parse', () => {
  const text = '\uFEFF {"head":"é😀\\n","x":[1,{"y":"ü"}],"list":[{"a":"ß","b":{}},{"a":[]} ,{}],"tail":null} ';

  expect(read(text)).toEqual({
    value: { head: 'é😀\n', tail: null },
    taken: [{ a: 'ß' }, { a: [] }, {}],
  });
});

test('RFC 8259: what JSON.parse refuses is never read', () => {
  const base =
    '{"head":"é","x":[1,-2.5e3,{"y":"\\u00e9\\n"}],"list":[{"a":1,"bom-ref":"r"},{"in":[{"a":true}]}],"tail":null}';
  const pieces = [
    '',
    '"',
    '\\',
    ',',
    ':',
    '{',
    '}',
    '[',
    ']',
    '0',
    '-',
    '.',
    'e',
    'x',
    '\n',
    '\u0000',
    '\\u12',
    'null',
    ' ',
  ];
  fc.assert(
    fc.property(fc.nat(base.length), fc.nat(3), fc.constantFrom(...pieces), (at, cut, piece) => {
      const text = base.slice(0, at) + piece + base.slice(at + cut);
      const answer = read(text);

      if (answer !== undefined) expect(answer).toEqual(expected(text));
    }),
    { numRuns: 5000 },
  );
});

test('members out of order, deep nesting and escaped keys are left to JSON.parse', () => {
  expect(read('{"list":[],"head":1}')).toBeUndefined();
  expect(read('{"list":[],"list":[]}')).toBeUndefined();
  expect(read('{"\\u0068ead":1}')).toBeUndefined();
  expect(read(`{"x":${'['.repeat(100_000)}${']'.repeat(100_000)}}`)).toBeUndefined();
  expect(read('[]')).toBeUndefined();
});

test('CycloneDX 1.2 to 1.7: real documents give the same inventory by either way', () => {
  const lines = gunzipSync(readFileSync(new URL('./cyclonedx/testdata/bom-examples.jsonl.gz', import.meta.url)));
  let quick = 0;
  for (const line of lines.toString().trim().split('\n')) {
    const { file, text } = JSON.parse(line) as { file: string; text: string };
    if (!file.endsWith('.json')) continue;
    const answer = cyclonedx.readText(new TextEncoder().encode(text), text);
    if (answer === undefined) continue;
    quick++;
    expect(answer, file).toEqual(cyclonedx.read(JSON.parse(text)));
  }

  expect(quick).toBeGreaterThan(10);
});

test('a large CycloneDX document gives the inventory that JSON.parse gives', () => {
  const components = Array.from({ length: 30_000 }, (_, index) => ({
    name: `näme-${index}`,
    version: '1.0',
    description: 'Read over. '.repeat(12),
    purl: `pkg:npm/n-${index}@1.0`,
    ...(index % 100 === 0 ? { scope: 'excluded', components: [{ name: 'inside' }] } : { 'bom-ref': `${index}` }),
  }));
  const value = { bomFormat: 'CycloneDX', specVersion: '1.6', components };
  const bytes = new TextEncoder().encode(JSON.stringify(value));

  expect(bytes.length).toBeGreaterThan(4 * 1024 * 1024);
  expect(inventory.read(bytes, 'bom.json')).toEqual(cyclonedx.read(value));
});
