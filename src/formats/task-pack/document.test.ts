import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type PackLine, PackRefused, read } from './document.ts';

/** The lines of a file that comes in pieces of this size. */
async function linesOf(bytes: Uint8Array, size = bytes.length): Promise<PackLine[]> {
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += Math.max(1, size)) yield bytes.subarray(at, at + Math.max(1, size));
  }
  const lines: PackLine[] = [];
  for await (const line of read(pieces())) lines.push(line);
  return lines;
}

const bytesOf = (text: string) => new TextEncoder().encode(text);
const item = (id: string) => ({ id, input: `Was ist größer, ${id}?`, target: 'π' });
const salt = 'ab'.repeat(32);
const statement = (size: number) => ({
  format: 'assay-task-pack/1',
  name: 'n',
  version: '1',
  size,
  root: 'cd'.repeat(32),
});
const sealed = (...ids: string[]) => ids.map((id) => JSON.stringify({ salt, item: item(id) }));

test('a pack is read the same however its bytes are cut, with blank lines, a byte order mark and either line end', async () => {
  const plain = `\ufeff${['a', 'b', 'c'].map((id) => JSON.stringify(item(id))).join('\r\n\r\n')}`;
  const whole = await linesOf(bytesOf(plain));

  expect(whole).toEqual(['a', 'b', 'c'].map((id) => ({ item: item(id), salt: undefined })));
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 40 }), async (size) => {
      expect(await linesOf(bytesOf(plain), size)).toEqual(whole);
    }),
  );
});

test('a sealed pack ends with its statement', async () => {
  const lines = await linesOf(bytesOf([...sealed('a', 'b'), JSON.stringify(statement(2))].join('\n')));

  expect(lines).toEqual([{ item: item('a'), salt }, { item: item('b'), salt }, { statement: statement(2) }]);
});

test.each([
  ['nothing', [], /no items/],
  ['a statement alone', [JSON.stringify(statement(1))], /line 1: The statement is of 1 items; none/],
  [
    'fewer items than the statement says',
    [...sealed('a'), JSON.stringify(statement(2))],
    /line 2: The statement is of 2 items; 1/,
  ],
  ['no end', sealed('a'), /end of the pack is missing/],
  [
    'something after the end',
    [...sealed('a'), JSON.stringify(statement(1)), ...sealed('b')],
    /line 3: Something follows/,
  ],
  ['both kinds of items', [...sealed('a'), JSON.stringify(item('b'))], /line 2: Sealed and other items/],
  ['a salt that is none', [JSON.stringify({ salt: 'ab', item: item('a') })], /line 1: A salt has 64/],
  ['an id twice', [...sealed('a'), ...sealed('a')], /line 2: An item of this id/],
])('a file with %s is refused with the line and the reason', async (_what, lines, reason) => {
  await expect(linesOf(bytesOf(lines.join('\n')))).rejects.toThrow(reason);
});

test('whatever the bytes are, a pack is read or refused', async () => {
  const anyLine = fc.oneof(
    fc.json(),
    fc.string(),
    fc.constantFrom(JSON.stringify(item('a')), ...sealed('b', 'c'), JSON.stringify(statement(1))),
  );
  const anyFile = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.array(anyLine, { maxLength: 6 }).map((lines) => bytesOf(lines.join('\n'))),
  );
  await fc.assert(
    fc.asyncProperty(anyFile, async (bytes) => {
      const outcome = await linesOf(bytes).catch((error: unknown) => error);

      expect(Array.isArray(outcome) || outcome instanceof PackRefused).toBe(true);
    }),
    { numRuns: 500 },
  );
});
