import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { read } from './document.ts';

const file = (path: string) => readFileSync(new URL(path, import.meta.url));
const official = JSON.parse(gunzipSync(file('testdata/known_exploited_vulnerabilities.json.gz')).toString());

test("CISA's catalog of 2025-08-25 follows its schema and is read whole", () => {
  const ajv = new Ajv({ strict: false });
  formats.default(ajv);
  const result = read(official);

  expect(ajv.validate(JSON.parse(file('kev.schema.json').toString()), official)).toBe(true);
  expect(result.problems).toEqual([]);
  if (!('catalog' in result)) throw new Error('refused');
  expect(result.catalog).toMatchObject({ version: '2025.08.25', released: '2025-08-25' });
  expect(result.catalog.entries).toHaveLength(1404);
  expect(result.catalog.entries.filter(({ fact }) => fact.isRansomwareUse)).toHaveLength(293);
  expect(result.catalog.entries[0]).toMatchObject({
    id: 'CVE-2025-48384',
    weaknesses: ['CWE-59', 'CWE-436'],
    fact: {
      kind: 'kev',
      source: 'CISA KEV',
      date: '2025-08-25',
      dateAdded: '2025-08-25',
      dueDate: '2025-09-15',
      isRansomwareUse: false,
    },
  });
});

test('a faulty entry is named and left out, the others are read; a wrong count is named', () => {
  const [first, second, third] = official.vulnerabilities;
  const result = read({
    ...official,
    vulnerabilities: [first, { ...second, cveID: 'CVE-1' }, { ...third, dateAdded: '2025-02-30' }, first, 7],
  });

  expect('catalog' in result && result.catalog.entries.map(({ id }) => id)).toEqual([first.cveID]);
  expect(result.problems.map(({ path }) => path)).toEqual([
    'count',
    'vulnerabilities[1].cveID',
    'vulnerabilities[2].dateAdded',
    'vulnerabilities[3].cveID',
    'vulnerabilities[4]',
  ]);
});

test('what is not a catalog is refused with the reason', () => {
  expect(read([])).toEqual({ problems: [{ path: '', message: 'A KEV catalog is a JSON object.' }] });
  expect(read({}).problems.map(({ path }) => path)).toEqual(['catalogVersion', 'dateReleased', 'vulnerabilities']);
});

test('any JSON gives a catalog or problems, never an exception', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.array(fc.jsonValue()), (value, list) => {
      expect(read(value).problems.length).toBeGreaterThan(0);
      expect('catalog' in read({ ...official, vulnerabilities: list })).toBe(true);
    }),
  );
});
