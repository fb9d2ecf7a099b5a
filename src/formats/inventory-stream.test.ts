import fc from 'fast-check';
import { expect, test } from 'vitest';
import { corpus } from '../../test/corpus.ts';
import type { Component } from '../domain/advisory/inventory.ts';
import { read } from './inventory.ts';
import { readStream } from './inventory-stream.ts';
import { JsonSlicer } from './json-stream.ts';
import { Refused } from './listing.ts';

const encode = (text: string) => new TextEncoder().encode(text);

async function* pieces(bytes: Uint8Array, sizes: () => number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; ) {
    const size = Math.max(1, sizes());
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

async function streamed(bytes: Uint8Array, size = 64 * 1024) {
  const components: Component[] = [];
  const answer = await readStream(
    pieces(bytes, () => size),
    'bom',
    (component) => components.push(component),
  );
  return { answer, components };
}

/** Blanks before the document's end make it too large to be read whole. */
function padded(text: string, end: string): Uint8Array {
  return encode(`${text.trimEnd().slice(0, -end.length)}${' '.repeat(9 * 1024 * 1024)}${end}`);
}

/** What a slicer makes of a text cut into pieces of these sizes. */
function sliced(text: string, sizes: readonly number[]): unknown[] {
  const found: unknown[] = [];
  const slicer = new JsonSlicer({
    wants: (key) => (key === 'list' ? 'elements' : key === 'skip' ? 'skip' : 'value'),
    onValue: (key, value) => found.push([key, value]),
    onElement: (key, index, value) => found.push([key, index, value]),
  });
  const bytes = encode(text);
  let at = 0;
  for (const size of sizes) {
    slicer.write(bytes.subarray(at, at + size));
    at += size;
  }
  slicer.write(bytes.subarray(at));
  slicer.end();
  return found;
}

test('a stream cut anywhere gives what JSON.parse gives', () => {
  const list = fc.array(fc.jsonValue({ maxDepth: 3 }), { maxLength: 4 });
  const other = fc.jsonValue({ maxDepth: 3 });
  fc.assert(
    fc.property(
      list,
      other,
      other,
      fc.array(fc.nat(20)),
      fc.constantFrom(undefined, 1),
      (items, skip, value, sizes, indent) => {
        const document = { skip, list: items, 'ke"y\\': value };
        const parsed = JSON.parse(JSON.stringify(document)) as typeof document;

        expect(sliced(JSON.stringify(document, undefined, indent), sizes)).toEqual([
          ...parsed.list.map((item, index) => ['list', index, item]),
          ['ke"y\\', parsed['ke"y\\']],
        ]);
      },
    ),
    { numRuns: 2000 },
  );
});

test('faulty JSON in a stream is refused, wherever it is cut, and nothing else is thrown', () => {
  const valid = '{"skip": {"a": "}]"}, "list": [{"b": [1, "]"]}, 2], "value": true}';
  fc.assert(
    fc.property(
      fc.nat(valid.length),
      fc.string({ maxLength: 2 }),
      fc.nat(3),
      fc.array(fc.nat(9)),
      (at, text, cut, sizes) => {
        try {
          sliced(valid.slice(0, at) + text + valid.slice(at + cut), sizes);
        } catch (error) {
          expect(error).toBeInstanceOf(Refused);
        }
      },
    ),
    { numRuns: 2000 },
  );
});

test.each(['json', 'xml'])('an official example in %s gives the same in a stream as whole', async (form) => {
  const file = `SBOM/proton-bridge/proton-bridge-v1.8.0.bom.${form}`;
  const { bytes } = corpus(new URL('./cyclonedx/testdata/bom-examples.jsonl.gz', import.meta.url)).find(
    (each) => each.file === file,
  ) as { bytes: Uint8Array };
  const whole = read(bytes, file);
  if ('problems' in whole) throw new Error('It is not read.');
  const large = padded(new TextDecoder().decode(bytes), form === 'json' ? '}' : '</bom>');

  const { answer, components } = await streamed(large);

  const { components: expected, ...rest } = whole.inventory;
  expect(answer).toEqual({ inventory: rest });
  // What describes the document comes first in a whole file, and wherever it stands in a stream.
  const byPath = (a: Component, b: Component) => (a.path < b.path ? -1 : 1);
  expect(components.sort(byPath)).toEqual([...expected].sort(byPath));
});

test('large SPDX 2.3 and 3.0 documents are streamed too', async () => {
  for (const text of [
    '{"spdxVersion":"SPDX-2.3","SPDXID":"SPDXRef-DOCUMENT","packages":[{"name":"a","SPDXID":"SPDXRef-a","versionInfo":"1"}]}',
    '{"@context":"https://spdx.org/rdf/3.0.1/spdx-context.jsonld","@graph":[{"type":"software_Package","spdxId":"urn:a","name":"a","software_packageVersion":"1"}]}',
  ]) {
    const { components } = await streamed(padded(text, '}'));
    expect(components.map(({ name, version }) => [name, version])).toEqual([['a', '1']]);
  }
});

test.each([
  [
    'cut short',
    '{"bomFormat":"CycloneDX","specVersion":"1.6","components":[{"name":"a"}',
    'components[0]',
    'ends in the middle',
  ],
  [
    'a broken element',
    '{"bomFormat":"CycloneDX","specVersion":"1.6","components":[{"name":"a"},{"name" 1}]}',
    'components[1]',
    'not JSON',
  ],
  ['another document', '{"some":"thing"}', '', 'no CycloneDX or SPDX'],
  [
    'components that are no array',
    '{"bomFormat":"CycloneDX","specVersion":"1.6","components":{}}',
    'components',
    'not an array',
  ],
])('a large file with %s is refused with its place', async (_, text, path, reason) => {
  const { answer } = await streamed(encode(text.replace('{', `{${' '.repeat(9 * 1024 * 1024)}`)));

  expect(answer).toEqual({ problems: [{ path, message: expect.stringContaining(reason) }] });
});

test('a large file that is no SBOM is refused before it is read whole', async () => {
  let given = 0;
  async function* endless() {
    for (;;) {
      given++;
      yield encode('x'.repeat(1024 * 1024));
    }
  }

  expect(await readStream(endless(), 'x', () => {})).toHaveProperty('problems');
  expect(given).toBeLessThan(12);
});

test('100 MB of components pass without being kept', async () => {
  const one = `{"type":"library","name":"package","version":"1.0.0","purl":"pkg:npm/package@1.0.0","description":"${'x'.repeat(900)}"}`;
  const chunk = encode(`${`${one},`.repeat(100)}`);
  let bytes = 0;
  async function* document() {
    yield encode('{"bomFormat":"CycloneDX","specVersion":"1.6","components":[');
    for (; bytes < 100 * 1024 * 1024; bytes += chunk.length) yield chunk;
    yield encode(`${one}]}`);
  }
  // Buffers outside the heap count as well.
  const used = () => process.memoryUsage().heapUsed + process.memoryUsage().external;
  let count = 0;
  let peak = 0;
  const before = used();

  const answer = await readStream(document(), 'bom.json', () => {
    if (++count % 5000 === 0) peak = Math.max(peak, used() - before);
  });

  expect(answer).toHaveProperty('inventory');
  expect(count).toBeGreaterThan(100_000);
  expect(peak).toBeLessThan(100 * 1024 * 1024 * 0.9);
});
