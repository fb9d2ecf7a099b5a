import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Item, itemSizeMax, itemsOf } from './advisory-stream.ts';

async function* cut(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function all(chunks: AsyncIterable<Uint8Array>): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of itemsOf(chunks)) items.push(item);
  return items;
}

async function textsOf(text: string, size = 65_536): Promise<(string | undefined)[]> {
  return (await all(cut(text, size))).map((item) => item.text?.trim());
}

describe('documents of a stream', () => {
  test.each([
    ['JSON lines', '{"a":1}\n{"b":2}\n'],
    ['JSON lines with a broken first one', '{"a":1,}\n{"b":2}\n'],
    ['documents that span lines', '{\n "a": 1}\n{\n "b": 2\n}'],
    ['an array', '[\n{"a":"}]"} ,\n{"b":"\\"{"}\n]'],
    ['one document', '{"a":{"b":["}"]}}'],
    ['CSV', '#model_version:v1\ncve,epss\nCVE-1,0.5'],
    ['a document behind a byte order mark', '\ufeff{"a":1}'],
  ])('%s', async (_, text) => {
    expect(await textsOf(text)).toMatchSnapshot();
  });

  test('blank lines are no documents', async () => {
    expect(await textsOf('\n{"a":1}\n\n  \n{"b":2}\n')).toEqual(['{"a":1}', '{"b":2}']);
  });

  test('a document that ends in the middle is said, not lost', async () => {
    const items = await all(cut('{\n"a": {\n', 4));

    expect(items).toMatchObject([{ number: 1, problem: { message: expect.stringContaining('ends in the middle') } }]);
  });

  test('a document beyond the size limit is refused without being held, and the next one follows', async () => {
    const large = `{"a":"${'x'.repeat(itemSizeMax)}"}`;

    expect(await textsOf(`${large}\n{"b":2}\n`)).toEqual([undefined, '{"b":2}']);
    expect(await textsOf(`[\n${large},{"b":2}]`)).toEqual([undefined, '{"b":2}']);
  });

  test('bytes that are no UTF-8 refuse their own document only', async () => {
    async function* bytes() {
      yield Uint8Array.of(0x7b, 0xff, 0x7d, 0x0a, 0x7b, 0x7d, 0x0a);
    }

    expect((await all(bytes())).map((item) => item.text)).toEqual([undefined, '{}']);
  });

  test('where the stream is cut into pieces makes no difference', async () => {
    const documents = fc.array(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }), { minKeys: 1 }), {
      minLength: 1,
      maxLength: 6,
    });
    const written = fc.constantFrom(
      (values: unknown[]) => values.map((one) => JSON.stringify(one)).join('\n'),
      (values: unknown[]) => JSON.stringify(values, null, 2),
      (values: unknown[]) => values.map((one) => JSON.stringify(one, null, 1)).join(' '),
    );
    await fc.assert(
      fc.asyncProperty(documents, written, fc.integer({ min: 1, max: 50 }), async (values, write, size) => {
        const texts = await textsOf(write(values), size);

        expect(texts.map((text) => JSON.parse(text ?? ''))).toEqual(JSON.parse(JSON.stringify(values)));
      }),
    );
  });
});
