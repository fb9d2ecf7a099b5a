/** Tables of findings: a mapping says what the columns mean; what it does not say is left to the original. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type FindingRow, formatOf, read } from '../finding-file.ts';
import { checkMapping, headingsOf, type Mapping, mappingFields, proposeMapping } from './finding.ts';

async function rowsOf(text: string, mapping?: Mapping): Promise<FindingRow[]> {
  const rows: FindingRow[] = [];
  const bytes = (async function* () {
    yield new TextEncoder().encode(text);
  })();
  for await (const row of read(bytes, 'campaign.csv', { mapping })) rows.push(row);
  return rows;
}

const mapping = {
  What: 'title',
  Where: 'component.name',
  CWE: 'weaknesses',
  Line: 'places.startLine',
  File: 'places.path',
  Level: 'severityLevel',
};

test('a saved mapping makes reports of rows; the original keeps every column', async () => {
  const [row] = await rowsOf(
    '\ufeffWhat,Where,CWE,Line,File,Level,Owner\r\n"Overflow, ""again""",zlib,"121;CWE-787",12,a.c,High,me\r\n',
    mapping,
  );

  expect(row).toEqual({
    row: 1,
    original: JSON.stringify({
      What: 'Overflow, "again"',
      Where: 'zlib',
      CWE: '121;CWE-787',
      Line: '12',
      File: 'a.c',
      Level: 'High',
      Owner: 'me',
    }),
    report: {
      title: 'Overflow, "again"',
      component: { name: 'zlib' },
      places: [{ path: 'a.c', startLine: 12 }],
      weaknesses: ['CWE-787'],
      severityLevel: 'high',
      key: expect.any(String),
    },
  });
});

test('bare numbers in a column of weaknesses are CWE identifiers', async () => {
  expect(await rowsOf('title,component,cwe\nA,b,"79, 89"\n')).toMatchObject([
    { report: { weaknesses: ['CWE-79', 'CWE-89'] } },
  ]);
});

test('a cell that its field cannot hold refuses its row, with line and column, and no other', async () => {
  const rows = await rowsOf(
    'What,Where,CWE,Line,File,Level\nA,b,,first,,\nB,b,none,,,\nC,b,,,,awful\n,b,,,,\nD,b,,,,,,\nE,b\n',
    mapping,
  );

  expect(
    rows.map((row) => ('report' in row ? row.report.title : `${row.problems[0]?.path}: ${row.problems[0]?.message}`)),
  ).toEqual([
    'line 2, Line: "first" is not a line, a whole number from 1.',
    'line 3, CWE: "none" names no CWE, such as CWE-79.',
    'line 4, Level: "awful" is not one of the levels critical, high, medium, low, none.',
    'line 5: The title is empty.',
    expect.stringContaining('line 6: The row has 8 cells, and the headings are 6.'),
    'E',
  ]);
});

test('a mapping that does not fit the table is refused before the first row', async () => {
  await expect(rowsOf('a,b\n1,2\n', { a: 'title', c: 'component.name' })).rejects.toMatchObject({
    code: 'report_not_read',
    details: { problems: [{ message: 'There is no column "c". There are: a, b.' }] },
  });
});

test('a mapping names fields that there are, each once, a title and a component', () => {
  expect(checkMapping(mapping)).toEqual([]);
  expect(checkMapping({ a: 'title', b: 'title', c: 'component.name', d: 'colour', e: '__proto__' })).toMatchObject([
    { path: 'b', message: expect.stringContaining('already') },
    { path: 'd', message: expect.stringContaining('is no field') },
    { path: 'e', message: expect.stringContaining('is no field') },
  ]);
  expect(checkMapping({ a: 'description' }).map(({ message }) => message)).toEqual([
    'Say which column is the title.',
    'Say which column names the component: its name or its package URL.',
  ]);
  expect(checkMapping([])).not.toEqual([]);
});

test('headings propose a mapping', () => {
  expect(
    proposeMapping(['ID', 'Name', 'Package', 'Installed Version', 'Fixed In', 'CVE', 'Severity', 'Link', 'Owner']),
  ).toEqual({
    ID: 'key',
    Name: 'title',
    Package: 'component.name',
    'Installed Version': 'component.version',
    'Fixed In': 'component.fixed',
    CVE: 'aliases',
    Severity: 'severityLevel',
    Link: 'references',
  });
  expect(proposeMapping(mappingFields)).toEqual(Object.fromEntries(mappingFields.map((field) => [field, field])));
});

test('whatever the headings, what is proposed names existing columns and fields, each field once', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.string(), fc.constantFrom('title', 'Title', 'cve', '__proto__', 'path', 'File'))),
      (headings) => {
        const proposed = proposeMapping(headings);
        const missing = [
          'Say which column is the title.',
          'Say which column names the component: its name or its package URL.',
        ];

        expect(headings).toEqual(expect.arrayContaining(Object.keys(proposed)));
        expect(checkMapping(proposed).filter(({ message }) => !missing.includes(message))).toEqual([]);
      },
    ),
  );
});

test.each([
  ['semicolons, as spreadsheets write them where the comma is the decimal sign', ';'],
  ['tabs', '\t'],
  ['commas', ','],
])('a table whose cells are parted by %s is read, headings and rows alike', async (_, separator) => {
  const line = (...cells: string[]) => `${cells.join(separator)}\r\n`;
  const text = `\ufeff${line('No', '"Summary, short;\tin a ""line"""', 'Package')}${line('1', `"Over${separator}flow"`, 'zlib')}`;
  const Summary = 'Summary, short;\tin a "line"';

  expect(await rowsOf(text, { No: 'title', [Summary]: 'description', Package: 'component.name' })).toMatchObject([
    { report: { description: `Over${separator}flow`, component: { name: 'zlib' } } },
  ]);
  // However the file is cut into pieces.
  const bytes = (async function* () {
    for (const byte of new TextEncoder().encode(text)) yield Uint8Array.of(byte);
  })();
  expect(await headingsOf(bytes)).toEqual(['No', Summary, 'Package']);
});

test('a table is known by its first line, whatever parts its cells, and by the name of its file', async () => {
  const kindOf = (text: string, name: string) => formatOf(new TextEncoder().encode(text), name);

  expect(kindOf('Title;Package\nA;b\n', 'export')).toBe('csv');
  expect(kindOf('Title\tPackage\nA\tb\n', 'export')).toBe('csv');
  expect(kindOf('Title\n', 'export.tsv')).toBe('csv');
});

test('one column has no separator, and an apostrophe or a quote within a heading opens nothing', async () => {
  const headings = (text: string) =>
    headingsOf(
      (async function* () {
        yield new TextEncoder().encode(text);
      })(),
    );

  expect(await headings('Title')).toEqual(['Title']);
  expect(await headings('\r\n\r\n5" disk;Title;a, b\r\n1,2,3,4,5\r\n')).toEqual(['5" disk', 'Title', 'a, b']);
  expect(await headings('')).toBeUndefined();
});
