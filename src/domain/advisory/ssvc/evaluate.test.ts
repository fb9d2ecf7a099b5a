import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evaluate, tableNamed } from './evaluate.ts';
import { decisionTables } from './tables.ts';

const folder = new URL('testdata/', import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith('.csv.gz'));

function csv(file: string): { header: string[]; rows: string[][] } {
  const [header, ...rows] = gunzipSync(readFileSync(new URL(file, folder)))
    .toString()
    .trim()
    .split(/\r?\n/)
    // Some outcome headings hold commas inside quotes.
    .map((line) => [...line.matchAll(/"([^"]*)"|([^,]+)/g)].map((match) => match[1] ?? match[2] ?? ''));
  return { header: header!, rows };
}

describe('every row of every official table', () => {
  for (const file of files) {
    const name = file.replace('.csv.gz', '');
    const { header, rows } = csv(file);
    const table = tableNamed(name)!;

    test(`${name}: ${rows.length} rows`, () => {
      for (const row of rows) {
        const inputs = Object.fromEntries(header.slice(1, -1).map((heading, index) => [heading, row[index + 1]!]));

        expect(evaluate(table, inputs)).toEqual({ outcome: row.at(-1) });
      }
      expect(table.rows).toHaveLength(rows.length);
    });
  }

  test('all 16 tables and no other', () => {
    expect(decisionTables.map(({ file }) => `${file}.csv.gz`).sort()).toEqual(files.sort());
  });
});

test('every combination that a table names has exactly one row, and every table is complete', () => {
  for (const table of decisionTables) {
    const combinations = table.points.reduce((product, { values }) => product * values.length, 1);
    const distinct = new Set(table.rows.map((row) => row.slice(0, row.lastIndexOf(' '))));

    expect([table.file, distinct.size, table.rows.length]).toEqual([table.file, combinations, combinations]);
  }
});

const bod = tableNamed('bod-26-04')!;
const yes = { 'In KEV': 'yes', 'Publicly Exposed': 'yes', Automatable: 'yes', 'Technical Impact': 'total' };

describe('points and values may be written in every sensible way', () => {
  const spellings: Record<string, unknown>[] = [
    { KEV: 'Y', PE: 'Y', A: 'Y', TI: 'T' },
    { 'cisa:KEV:1.0.0': 'Yes', 'cisa:PE:1.0.0': 'Yes', 'ssvc:A:2.0.0': 'Yes', 'ssvc:TI:1.0.0': 'Total' },
    { inKev: true, publiclyExposed: true, automatable: true, technicalImpact: 'total' },
    { in_kev: 'YES', publicly_exposed: 'y', automatable: 'Yes', technical_impact: 'TOTAL', id: 'CVE-2000-0001' },
    { 'ssvc:KEV': 'Y', ...yes },
  ];
  for (const inputs of spellings) {
    test(JSON.stringify(inputs), () => {
      expect(evaluate(bod, inputs)).toEqual({ outcome: '3 days & forensic investigation' });
    });
  }

  test('poc, as CISA records it, is Public PoC', () => {
    const coordinator = tableNamed('DT_CO')!;
    const inputs = {
      Exploitation: 'poc',
      Automatable: 'yes',
      'Technical Impact': 'total',
      'Mission and Well-Being Impact': 'high',
    };

    expect(evaluate(coordinator, inputs)).toEqual({ outcome: 'attend' });
  });

  for (const name of [
    'cisa_bod_26_04_1_0_0',
    'cisa_bod_26_04',
    'bod-26-04',
    'CISA BOD 26-04',
    'DT_BOD2604',
    'cisa:DT_BOD2604:1.0.0',
  ]) {
    test(`table ${name}`, () => {
      expect(tableNamed(name)).toBe(bod);
    });
  }
});

describe('refused with the decision point named', () => {
  test('a missing point', () => {
    const { 'Technical Impact': _, ...rest } = yes;

    expect(evaluate(bod, rest)).toEqual({ error: 'Technical Impact is missing: give one of partial, total.' });
  });

  test('an unknown value', () => {
    expect(evaluate(bod, { ...yes, Automatable: 'maybe' })).toEqual({
      error: 'Automatable cannot be "maybe": give one of no, yes.',
    });
    expect(evaluate(bod, { ...yes, Automatable: 'unknown' })).toHaveProperty('error');
    expect(evaluate(bod, { ...yes, Automatable: null })).toHaveProperty('error');
  });

  test('one point given twice with different values', () => {
    expect(evaluate(bod, { ...yes, A: 'N' })).toEqual({ error: 'Automatable is given twice, with different values.' });
  });

  test('a combination that the table lacks', () => {
    const gappy = { ...bod, rows: bod.rows.slice(1) };

    expect(evaluate(gappy, { KEV: 'N', PE: 'N', A: 'N', TI: 'P' })).toEqual({
      error: 'CISA BOD 26-04 1.0.0 has no row for In KEV N, Publicly Exposed N, Automatable N, Technical Impact P.',
    });
  });

  test('anything at all: an outcome or an error, never an exception', () => {
    fc.assert(
      fc.property(fc.constantFrom(...decisionTables), fc.dictionary(fc.string(), fc.jsonValue()), (table, inputs) => {
        const result = evaluate(table, inputs);

        expect('outcome' in result || result.error.length > 0).toBe(true);
      }),
    );
  });
});
