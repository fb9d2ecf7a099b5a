import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type EpssRow, read } from './document.ts';

async function all(text: string | string[], date?: string): Promise<EpssRow[]> {
  const rows: EpssRow[] = [];
  for await (const row of read([text].flat(), date)) rows.push(row);
  return rows;
}
const gunzip = (name: string) => gunzipSync(readFileSync(new URL(`testdata/${name}`, import.meta.url))).toString();
const problemsOf = (rows: EpssRow[]) =>
  rows.flatMap((row) => ('problem' in row ? [`${row.problem.path}: ${row.problem.message}`] : []));

const daily =
  '#model_version:v2025.03.14,score_date:2026-08-22T12:55:00Z\ncve,epss,percentile\nCVE-1999-0001,0.01085,0.60644\r\nCVE-2025-62593,8e-05,0.00436\n';

test("FIRST's daily file: the comment line dates every row", async () => {
  expect(await all(daily)).toEqual([
    {
      id: 'CVE-1999-0001',
      fact: { kind: 'epss', source: 'FIRST EPSS', date: '2026-08-22', score: 0.01085, percentile: 0.60644 },
    },
    {
      id: 'CVE-2025-62593',
      fact: { kind: 'epss', source: 'FIRST EPSS', date: '2026-08-22', score: 0.00008, percentile: 0.00436 },
    },
  ]);
});

test('where the pieces of the stream are cut does not matter', async () => {
  const whole = await all(daily);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(daily.length)), async (cuts) => {
      const places = [0, ...cuts.sort((a, b) => a - b), daily.length];
      expect(await all(places.slice(1).map((end, index) => daily.slice(places[index], end)))).toEqual(whole);
    }),
  );
});

describe('the histories held as test data', () => {
  test('newest scores of KEV members: quoted texts, a day given by the caller', async () => {
    const rows = await all(gunzip('epss_kev_nvd.csv.gz'), '2026-08-22');

    expect(problemsOf(rows)).toEqual([]);
    expect(rows).toHaveLength(1556);
    expect(rows[0]).toEqual({
      id: 'CVE-2025-62593',
      fact: { kind: 'epss', source: 'FIRST EPSS', date: '2026-08-22', score: 0.01015, percentile: 0.60644 },
    });
  });

  test('40 months: each row has its own day, old rows have no percentile', async () => {
    const rows = await all(gunzip('kev_epss_monthly.csv.gz'));

    expect(problemsOf(rows)).toEqual([]);
    expect(rows).toHaveLength(47_157);
    expect(rows[0]).toEqual({
      id: 'CVE-2021-27104',
      fact: { kind: 'epss', source: 'FIRST EPSS', date: '2022-10-31', score: 0.0144 },
    });
  });
});

describe('refused by line number with the reason', () => {
  const head = '#score_date:2026-08-22\ncve,epss,percentile\n';
  const cases: [string, string, string][] = [
    ['not a CVE id', `${head}GHSA-1,0.1,0.1\n`, 'line 3: "GHSA-1" is not a CVE id.'],
    [
      'a score above 1',
      `${head}CVE-2000-0001,1.1,0.1\n`,
      'line 3: The EPSS of CVE-2000-0001 is not a number from 0 to 1.',
    ],
    ['no score', `${head}CVE-2000-0001,,0.1\n`, 'line 3: The EPSS of CVE-2000-0001 is not a number from 0 to 1.'],
    [
      'a false percentile',
      `${head}CVE-2000-0001,0.1,-1\n`,
      'line 3: The percentile of CVE-2000-0001 is not a number from 0 to 1.',
    ],
    [
      'no date anywhere',
      'cve,epss\nCVE-2000-0001,0.1\n',
      'line 1: The file does not say its score date: give the day of the scores.',
    ],
    ['another file', '{"a": 1}\n', 'line 1: The heading must name the columns cve and epss.'],
    ['a line without end', `${head}${'x'.repeat(70_000)}`, 'line 3: The line is longer than 65536 characters.'],
  ];
  for (const [name, text, problem] of cases) {
    test(name, async () => {
      expect(problemsOf(await all(text))).toEqual([problem]);
    });
  }

  test('a faulty row does not stop the others', async () => {
    expect(await all(`${head}x,0,0\nCVE-2000-0001,0.5,0.5\n`)).toHaveLength(2);
  });
});
