import fc from 'fast-check';
import { expect, test } from 'vitest';
import { write } from './document.ts';

/** RFC 4180 section 2, read back strictly. */
function parse(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/y;
  for (field.lastIndex = 0; field.lastIndex < text.length; ) {
    const found = field.exec(text);
    if (found === null) throw new Error('This is not CSV.');
    row.push(found[1]?.replaceAll('""', '"') ?? found[2] ?? '');
    if (found[3] === '\r\n') {
      rows.push(row);
      row = [];
    }
  }
  return rows;
}

test('RFC 4180: commas, quotes and line breaks are quoted; lines end with CRLF; a header comes first', () => {
  expect(
    write(
      ['a', 'b'],
      [
        ['x,y', 'say "z"'],
        [1.5, undefined],
      ],
    ),
  ).toBe('\uFEFFa,b\r\n"x,y","say ""z"""\r\n1.5,\r\n');
});

test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', ' =1', '\n@x'])(
  'text %j is no formula in a spreadsheet',
  (text) => {
    const [[field] = []] = parse(write([text], []).slice(1));

    expect(field).toBe(`'${text}`);
  },
);

test('numbers stay numbers, below zero as well', () => {
  expect(write(['n'], [[-1]])).toBe('\uFEFFn\r\n-1\r\n');
});

test('what is written is read back as the same cells, none of which starts a formula', () => {
  const cell = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('=', '"', ',', '\r\n', '-', "'", '=cmd|x'));
  fc.assert(
    fc.property(fc.array(fc.tuple(cell, cell), { maxLength: 5 }), (rows) => {
      const cells = parse(write(['x', 'y'], rows).slice(1)).slice(1);

      expect(cells.map((row) => row.map((each) => each.replace(/^'(?=\s*[=+\-@]|[\t\r\n])/, '')))).toEqual(
        rows.map((row) => row.map((each) => each.replace(/^'(?=\s*[=+\-@]|[\t\r\n])/, ''))),
      );
      for (const each of cells.flat()) expect(each).not.toMatch(/^[=+\-@\t\r\n]/);
    }),
    { numRuns: 2000 },
  );
});
