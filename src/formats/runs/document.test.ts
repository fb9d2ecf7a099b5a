import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RunRow } from '../../domain/evidence/model-horizon.ts';
import { percentileInterval } from '../../domain/evidence/statistics/bootstrap.ts';
import {
  bootstrapFits,
  drawnMinutes,
  fitRuns,
  minutesAt,
  type Run,
  weigh,
} from '../../domain/evidence/statistics/horizon.ts';
import { seeded } from '../../domain/evidence/statistics/random.ts';
import { read } from './document.ts';

const bytesOf = (name: string) => {
  const bytes = readFileSync(new URL(`testdata/${name}`, import.meta.url));
  return name.endsWith('.gz') ? gunzipSync(bytes) : bytes;
};
const linesOf = (name: string) => bytesOf(name).toString('utf8').trim().split('\n');

/** In pieces of this size, as a stream gives them. */
async function* pieces(bytes: Uint8Array, size = 65_536): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
const textOf = (lines: string[]) => new TextEncoder().encode(lines.join('\n'));

const line = {
  alias: 'm',
  task_id: 't',
  task_family: 'f',
  human_minutes: 2,
  score_binarized: 1,
  equal_task_weight: 0.5,
};

describe('published fits', () => {
  const published = linesOf('summaries_cybench_adjusted.jsonl').map((text) => JSON.parse(text));

  test.each(published.map((row) => [row.agent, row]))(
    'Lyptus 2026, Cybench adjusted: %s to 0.2%%',
    async (agent, row) => {
      const { models, problems } = await read(pieces(bytesOf('runs_human_cybench_adjusted.jsonl.gz')));
      const rows = models.get(agent)!;
      const fitted = fitRuns(
        rows.map((one) => ({ ...one, weight: one.weights.invsqrt_task_weight! })),
        1e-5,
      );

      expect(problems).toEqual([]);
      expect(rows.length).toBe(row.n_runs);
      expect(Math.abs(minutesAt(fitted, 0.5) / row.p50 - 1)).toBeLessThan(0.002);
      expect(Math.abs(minutesAt(fitted, 0.8) / row.p80 - 1)).toBeLessThan(0.002);
    },
  );

  test('weights worked out from tasks and families are the published ones', async () => {
    const { models } = await read(pieces(bytesOf('runs_human_cybench_adjusted.jsonl.gz')));
    for (const rows of models.values()) {
      for (const [weighting, column] of [
        ['invsqrt', 'invsqrt_task_weight'],
        ['equal', 'equal_task_weight'],
      ] as const) {
        const weights = weigh(rows, weighting);
        rows.forEach((row, index) => {
          expect(weights[index]).toBeCloseTo(row.weights[column]!, 12);
        });
      }
    }
  });

  const june = linesOf('june_2025_fits.csv')
    .slice(1)
    .map((text) => text.split(','));

  test.each(june.map(([agent, slope, , , , , p50]) => [agent!, Number(slope), Number(p50)] as const))(
    'Lyptus June 2025, λ = 0.1, equal weights: %s to 0.2%%',
    async (agent, slope, p50) => {
      const { models } = await read(pieces(bytesOf('june_2025_runs.jsonl.gz')));
      const rows = models.get(agent)!;
      const fitted = fitRuns(
        rows.map((one) => ({ ...one, weight: one.weights.equal_task_weight! })),
        0.1,
      );

      expect(Math.abs(fitted.slope / slope - 1)).toBeLessThan(0.002);
      expect(Math.abs(minutesAt(fitted, 0.5) / p50 - 1)).toBeLessThan(0.002);
    },
  );
});

/** The headline runs differ from the adjusted ones in the minutes of Cybench tasks alone. */
async function headlineRuns(): Promise<Map<string, Run[]>> {
  const minutes = new Map<string, number>();
  for (const text of linesOf('task_difficulties.jsonl.gz')) {
    const { task_id, task_family, best_available_minutes } = JSON.parse(text);
    if (task_family === 'cybench' && best_available_minutes !== null) minutes.set(task_id, best_available_minutes);
  }
  const { models } = await read(pieces(bytesOf('runs_human_cybench_adjusted.jsonl.gz')));
  const headline = (row: RunRow): Run => {
    const own = minutes.get(row.task) ?? minutes.get(row.task.split('/').at(-1)!);
    return {
      ...row,
      minutes: (row.family === 'cybench' ? own : undefined) ?? row.minutes,
      weight: row.weights.invsqrt_task_weight!,
    };
  };
  return new Map([...models].map(([model, rows]) => [model, rows.map(headline)]));
}

describe('b7: published headline horizons of Lyptus v2', () => {
  test.each([
    ['GPT-3.5', 1.9896, 0.563, -0.761461, 0.755729],
    ['Gemini 2.5 Pro', 22.2659, 6.517, -0.782128, 3.501398],
    ['GPT-5.1 Codex Max', 51.0137, 16.764, -0.863473, 4.89832],
    ['Sonnet 4.6', 120.2737, 28.434, -0.66628, 4.604116],
    ['GPT-5.3 Codex', 186.0488, 45.062, -0.677667, 5.109294],
    ['Opus 4.6', 190.2453, 42.513, -0.641239, 4.855283],
  ])('%s to 0.2%%', async (model, p50, p80, slope, intercept) => {
    const fitted = fitRuns((await headlineRuns()).get(model)!, 1e-5);

    expect(Math.abs(minutesAt(fitted, 0.5) / p50 - 1)).toBeLessThan(0.002);
    expect(Math.abs(minutesAt(fitted, 0.8) / p80 - 1)).toBeLessThan(0.002);
    expect(Math.abs(fitted.slope / slope - 1)).toBeLessThan(0.002);
    expect(Math.abs(fitted.intercept / intercept - 1)).toBeLessThan(0.002);
  });

  test.each([
    ['GPT-5.3 Codex', 101],
    ['Opus 4.6', 115],
    ['Sonnet 4.6', 73.97],
    ['GPT-5.1 Codex Max', 32.6],
    ['Gemini 2.5 Pro', 10.34],
  ])(
    'bootstrap over families, tasks and runs: lower bound of %s within 15%%, upper bound finite',
    async (model, low) => {
      const draws = bootstrapFits((await headlineRuns()).get(model)!, 1e-5, 1000, seeded(42));

      const interval = percentileInterval(drawnMinutes(draws, 0.5), 0.95);

      expect(Math.abs(interval.low / low - 1)).toBeLessThan(0.15);
      expect(Number.isFinite(interval.high)).toBe(true);
    },
  );

  test('λ = 0.1 shifts the horizon of GPT-5.3 Codex to 222 minutes, as its authors report', async () => {
    const runs = (await headlineRuns()).get('GPT-5.3 Codex')!;

    for (const [penalty, minutes] of [
      [0.2, 261],
      [0.1, 222],
      [0.02, 193.1],
      [0.01, 189.6],
    ] as const)
      expect(Math.abs(minutesAt(fitRuns(runs, penalty), 0.5) / minutes - 1)).toBeLessThan(0.002);
  });
});

describe('reading', () => {
  test('a faulty line is left out and named with its number, never counted as a failure', async () => {
    const { models, problems } = await read(
      pieces(
        textOf([
          JSON.stringify(line),
          '{',
          JSON.stringify({ ...line, human_minutes: 0 }),
          '',
          JSON.stringify({ ...line, score_binarized: null }),
          JSON.stringify({ ...line, score_binarized: undefined, score_cont: 0.25 }),
          JSON.stringify({ ...line, equal_task_weight: 'x' }),
          '[]',
        ]),
      ),
    );

    expect(models.get('m')?.map(({ score }) => score)).toEqual([1, 0.25]);
    expect(problems.map(({ path }) => path)).toEqual(['line 2', 'line 3', 'line 5', 'line 7', 'line 8']);
    expect(problems[1]?.message).toContain('human_minutes');
  });

  test('attempts of a run have no human minutes: that is said once, not for each line', async () => {
    const attempts = Array.from({ length: 300 }, (_, index) =>
      JSON.stringify({ item: `q${index}`, attempt: 1, score: 1, tokens: 25, model: 'm', turns: 1, tries: 1 }),
    );
    const of = async (lines: string[]) => await read(pieces(textOf(lines)));
    const once = { path: '', message: expect.stringMatching(/no human minutes.*"task_id"/) };

    expect(await of(attempts)).toEqual({ models: new Map(), problems: [once] });
    expect((await of([...attempts, '{"x": 1}'])).problems).toMatchObject([once, { path: 'line 301' }]);
    expect((await of([...attempts, JSON.stringify(line)])).models.get('m')).toHaveLength(1);
  });

  test('the day of release is kept where the file says it, and a faulty one is named', async () => {
    const dated = (release_date: unknown) => JSON.stringify({ ...line, release_date });

    const { models, problems } = await read(
      pieces(textOf([dated('2026-03-01T00:00:00.000Z'), dated('2026-02-30'), dated(7), dated(null)])),
    );

    expect(models.get('m')?.map(({ released }) => released)).toEqual(['2026-03-01', undefined]);
    expect(problems.map(({ path }) => path)).toEqual(['line 2', 'line 3']);
  });

  test('a line without end is refused in bounded memory, and what follows is read', async () => {
    const long = `{"alias":"${'x'.repeat(3_000_000)}"}`;

    const { models, problems } = await read(pieces(textOf([long, JSON.stringify(line)])));

    expect(models.get('m')).toHaveLength(1);
    expect(problems).toEqual([{ path: 'line 1', message: 'The line is longer than 1048576 characters.' }]);
  });

  test('problems beyond 200 are counted', async () => {
    const { problems } = await read(pieces(textOf(Array(500).fill('x'))));

    expect(problems).toHaveLength(201);
    expect(problems.at(-1)?.message).toBe('300 more lines were refused.');
  });

  test('any bytes in any pieces are read or refused, never an exception', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), fc.integer({ min: 1, max: 50 }), async (bytes, size) => {
        await read(pieces(bytes, size));
      }),
    );
  });

  test('the pieces do not matter', async () => {
    const bytes = textOf([JSON.stringify({ ...line, alias: 'Modèle' }), JSON.stringify(line)]);
    const whole = await read(pieces(bytes));

    for (const size of [1, 2, 3, 7]) expect(await read(pieces(bytes, size))).toEqual(whole);
  });
});
