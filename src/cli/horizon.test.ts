import { readFileSync } from 'node:fs';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { Io } from './io.ts';
import { run } from './main.ts';

const fileOf = (name: string) => fileURLToPath(new URL(`../formats/runs/testdata/${name}`, import.meta.url));
const linesOf = (name: string) => readFileSync(fileOf(name), 'utf8').trim().split('\n');

async function horizon(args: string[], input: Readable = Readable.from([])) {
  const io: Io = { stdin: input, stdout: new PassThrough(), stderr: new PassThrough(), env: {} };
  const written = Promise.all([text(io.stdout as PassThrough), text(io.stderr as PassThrough)]);
  const code = await run(['horizon', ...args], io);
  io.stdout.end();
  io.stderr.end();
  const [output, errors] = await written;
  return { code, lines: output.split('\n').filter((line) => line !== ''), errors };
}

const near = (expected: number, tolerance = 0.002) => ({
  asymmetricMatch: (actual: unknown) => typeof actual === 'number' && Math.abs(actual / expected - 1) < tolerance,
});

test('assay horizon: the defaults give the published cyber horizons to 0.2%', async () => {
  const { code, lines } = await horizon([
    fileOf('runs_human_cybench_adjusted.jsonl.gz'),
    '--format',
    'json',
    '--bootstrap',
    '0',
  ]);

  const published = linesOf('summaries_cybench_adjusted.jsonl').map((line) => JSON.parse(line));
  expect(code).toBe(0);
  expect(lines).toHaveLength(published.length);
  for (const line of lines.map((one) => JSON.parse(one))) {
    const { p50, p80, coefficient, intercept, n_runs, n_tasks } = published.find(({ agent }) => agent === line.model);
    expect(line).toMatchObject({
      p50Minutes: near(p50),
      p80Minutes: near(p80),
      // The published fits stop a little before the optimum, which shows where seven of 172 runs succeeded.
      slope: near(coefficient, 0.004),
      intercept: near(intercept, 0.004),
      runs: n_runs,
      tasks: n_tasks,
      low: null,
      high: null,
      lambda: 1e-5,
      weights: 'invsqrt_task_weight',
    });
  }
});

test('assay horizon: the horizons of June 2025 with the weights and the penalty of then', async () => {
  const options = ['--weights', 'equal_task_weight', '--lambda', '0.1', '--bootstrap', '0', '--format', 'json'];

  const { lines } = await horizon([fileOf('june_2025_runs.jsonl.gz'), ...options]);

  const found = new Map(lines.map((line) => [JSON.parse(line).model, JSON.parse(line).p50Minutes]));
  for (const [agent, , , , , , p50] of linesOf('june_2025_fits.csv')
    .slice(1)
    .map((line) => line.split(',')))
    expect(found.get(agent)).toEqual(near(Number(p50)));
});

const rows = (count: number) =>
  Array.from({ length: count }, (_, at) =>
    JSON.stringify({
      model: 'm\u001b[31m',
      task_id: `t${at}`,
      human_minutes: 2 ** (at % 8),
      score_cont: at % 8 < 4 + (at % 3) ? 1 : 0,
    }),
  ).join('\n');

test('assay horizon: standard input, weights worked out, the same interval for the same seed', async () => {
  const once = await horizon(['-', '--bootstrap', '50', '--format', 'json'], Readable.from([Buffer.from(rows(64))]));
  const again = await horizon(['-', '--bootstrap', '50', '--format', 'json'], Readable.from([Buffer.from(rows(64))]));

  expect(once.lines).toEqual(again.lines);
  const line = JSON.parse(once.lines[0]!);
  expect(line).toMatchObject({
    runs: 64,
    tasks: 64,
    families: 64,
    weights: 'invsqrt_task_weight, worked out',
    seed: 42,
  });
  expect(line.low).toBeLessThan(line.p50Minutes);
});

test('assay horizon: no control character of a file reaches the terminal', async () => {
  const { lines } = await horizon(
    ['-', '--bootstrap', '0', '--format', 'table'],
    Readable.from([Buffer.from(rows(64))]),
  );
  expect(lines.join('')).not.toContain('\u001b');
});

test('assay horizon: refused lines are named and end with 1; no file and wrong options end with 2', async () => {
  const faulty = await horizon(
    ['-', '--bootstrap', '0', '--format', 'json'],
    Readable.from([Buffer.from(`${rows(64)}\n{"x":1}`)]),
  );

  expect(faulty).toMatchObject({ code: 1, errors: '-, line 65: Name the model: "alias", "model" or "agent".\n' });
  expect(faulty.lines).toHaveLength(1);
  expect((await horizon(['-'])).code).toBe(1);
  expect((await horizon(['nowhere.jsonl'])).code).toBe(2);
  expect((await horizon(['-', '--lambda', '-1'])).code).toBe(2);
});
