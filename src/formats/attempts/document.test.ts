import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sourceOf } from '../../../test/eval-logs.ts';
import { attemptsOf, type SampleSummary } from '../../domain/evidence/eval-log.ts';
import type { Attempt } from '../../domain/evidence/statistics/attempt.ts';
import { Refused } from '../listing.ts';
import { type Kind, open, read, write } from './document.ts';

async function* cut(text: string | Uint8Array, size = 7): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text as string);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function all(text: string | Uint8Array, kind: Kind = 'csv', size?: number): Promise<Attempt[]> {
  const found: Attempt[] = [];
  for await (const attempt of read(cut(text, size), kind)) found.push(attempt);
  return found;
}

const refusal = (text: string | Uint8Array, kind: Kind = 'csv') =>
  all(text, kind).then(
    () => expect.fail('It was read.'),
    (error) => {
      expect(error).toBeInstanceOf(Refused);
      return (error as Refused).message;
    },
  );

test('reads a table with all of its columns, in any order', async () => {
  const table =
    'score,item,attempt,tokens,cheated,cluster,model\r\n1,a,1,500,false,web,m\r\nI,"b, ""c""",2,,yes,,m\r\n';

  expect(await all(table)).toEqual([
    { item: 'a', attempt: 1, score: 1, tokens: 500, cheated: false, cluster: 'web', model: 'm' },
    { item: 'b, "c"', attempt: 2, score: 0, cheated: true, model: 'm' },
  ]);
});

test('reads JSON lines; null and NaN are unscored', async () => {
  const lines =
    '{"item": "a", "score": 0.5}\n\n{"item": 7, "score": null, "attempt": 3}\n{"item": "NaN", "score": NaN}';

  expect(await all(lines, 'jsonl')).toEqual([
    { item: 'a', attempt: 1, score: 0.5 },
    { item: '7', attempt: 3, score: null },
    { item: 'NaN', attempt: 1, score: null },
  ]);
});

test('attempts that are not numbered are counted for each item; an empty score is unscored', async () => {
  expect((await all('item,score\na,1\nb,0\na,\n')).map(({ item, attempt, score }) => [item, attempt, score])).toEqual([
    ['a', 1, 1],
    ['b', 1, 0],
    ['a', 2, null],
  ]);
});

describe('a faulty table is refused with its line', () => {
  test.each([
    ['item,score\na,1\nb,1.5\n', /^Line 3: the score "1.5" is no number from 0 to 1\.$/],
    ['item,score\na,maybe\n', /^Line 2: the score "maybe"/],
    ['item,attempt,score\na,0,1\n', /^Line 2: the attempt "0" is no whole number from 1/],
    ['item,attempt,score\na,1,1\nb,1,1\na,1,0\n', /^Line 4: attempt 1 at "a" was already given in line 2/],
    ['item,score\na,1,7\n', /^Line 2: there are 3 cells, the first line names 2 columns/],
    ['item,score\n,1\n', /^Line 2: it names no item/],
    ['item,score,tokens\na,1,-5\n', /^Line 2: tokens "-5"/],
    ['item,score,cheated\na,1,perhaps\n', /^Line 2: cheated "perhaps"/],
    ['name,points\na,1\n', /The first line names no column "item"/],
    ['item,score\n"a,1\n', /quote that is opened in the row at line 2 is never closed/],
    ['', /empty/],
  ])('%j', async (table, reason) => {
    expect(await refusal(table)).toMatch(reason);
  });

  test.each([
    ['{"item": "a", "score": 1}\n{"item": "b"', /^Line 2: this is not JSON/],
    ['{"item": "a"}', /^Line 1: it has no score/],
    ['[1]', /^Line 1: this is not an object/],
  ])('%j', async (lines, reason) => {
    expect(await refusal(lines, 'jsonl')).toMatch(reason);
  });

  test('a cell without end, a line without end, bytes that are no text', async () => {
    expect(await refusal(Buffer.from(`item,score\n"${'x'.repeat(1_100_000)}`))).toMatch(
      /row that begins in line 2 is longer/,
    );
    expect(await refusal(Buffer.from(`{"item":"${'x'.repeat(1_100_000)}`), 'jsonl')).toMatch(/^Line 1: it is longer/);
    expect(await refusal(Buffer.from([0x69, 0x0a, 0xff, 0xfe]))).toMatch(/not text in UTF-8/);
  });
});

const name = fc
  .string({ minLength: 1, maxLength: 20, unit: 'binary' })
  .filter((text) => !/^'\s*[=+\-@\t\r\n]/.test(text));
const rows = fc
  .array(
    fc.record(
      {
        item: name,
        score: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
        cluster: name,
        cheated: fc.boolean(),
        tokens: fc.nat(),
      },
      { requiredKeys: ['item', 'score'] },
    ),
    { minLength: 1, maxLength: 20 },
  )
  .map((list) => list.map((row, at) => ({ ...row, attempt: at + 1 }) as Attempt));

test('what is written is read back the same, wherever the stream is cut into pieces', async () => {
  await fc.assert(
    fc.asyncProperty(rows, fc.integer({ min: 1, max: 40 }), async (attempts, size) => {
      expect(await all(write(attempts), 'csv', size)).toEqual(
        attempts.map((one) => ({ ...one, score: one.score === 0 ? 0 : one.score })),
      );
    }),
    { numRuns: 100 },
  );
});

test('any bytes give rows or a refusal', async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom<Kind>('csv', 'jsonl'), fc.uint8Array({ maxLength: 200 }), async (kind, bytes) => {
      try {
        await all(Buffer.concat([Buffer.from(kind === 'csv' ? 'item,score\n' : ''), bytes]), kind);
      } catch (error) {
        expect(error).toBeInstanceOf(Refused);
      }
    }),
  );
});

test('as a log: one model, attempts as epochs, clusters and cheating kept', async () => {
  const table =
    'item,attempt,score,cluster,cheated,model\na,1,1,web,true,tidewater/sample-1\na,2,0,web,,tidewater/sample-1\n';
  const reader = await open(sourceOf(Buffer.from(table)), 'csv', 'runs/port-scan.csv');
  const samples: SampleSummary[] = [];
  for await (const sample of reader.samples()) samples.push(sample);

  expect(reader.log).toMatchObject({ task: 'port-scan', model: 'tidewater/sample-1', epochs: 2 });
  expect(attemptsOf(reader.log, samples, 'score')).toEqual([
    { item: 'a', attempt: 1, score: 1, cluster: 'web', cheated: true, model: 'tidewater/sample-1' },
    { item: 'a', attempt: 2, score: 0, cluster: 'web', model: 'tidewater/sample-1' },
  ]);
});

test('attempts of two models in one table are refused', async () => {
  const table = 'item,score,model\na,1,m1\na,0,m2\n';

  await expect(open(sourceOf(Buffer.from(table)), 'csv', 'x.csv')).rejects.toThrow(
    'more than one model ("m1", "m2"). Give one file for each.',
  );
});
