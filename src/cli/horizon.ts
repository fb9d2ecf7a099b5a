import { createReadStream } from 'node:fs';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { percentileInterval } from '../domain/evidence/statistics/bootstrap.ts';
import {
  bootstrapFits,
  drawnMinutes,
  fitRuns,
  minutesAt,
  type Run,
  type Weighting,
  weigh,
} from '../domain/evidence/statistics/horizon.ts';
import { seeded } from '../domain/evidence/statistics/random.ts';
import { ArchiveError, gunzip, isGzip } from '../formats/archive/gzip.ts';
import { type RunFile, type RunRow, read, type WeightColumn } from '../formats/runs/document.ts';
import { quoted } from '../formats/text.ts';
import { Exit, exitCode, type Io } from './io.ts';

interface Options {
  weights: WeightColumn;
  lambda: number;
  bootstrap: number;
  seed: number;
  format?: 'table' | 'json';
}

const weightings = { invsqrt_task_weight: 'invsqrt', equal_task_weight: 'equal' } as const satisfies Record<
  WeightColumn,
  Weighting
>;

export function register(program: Command, io: Io): void {
  program
    .command('horizon')
    .description('time horizon of each model: the length of tasks, in human minutes, that it solves half the time')
    .argument('<runs>', 'runs as JSON lines, .gz or not; - reads standard input')
    .addOption(
      new Option('--weights <column>', 'weight of each run; worked out where the file has no such column')
        .choices(Object.keys(weightings))
        .default('invsqrt_task_weight'),
    )
    .option('--lambda <number>', 'L2 penalty on the slope', numberBetween(0, 1e6), 1e-5)
    .option('--bootstrap <draws>', 'draws behind the 95% interval; 0 leaves it out', wholeBetween(0, 100_000), 1000)
    .option('--seed <number>', 'seed of the draws', wholeBetween(0, 2 ** 32 - 1), 42)
    .addOption(new Option('--format <format>', 'json: one object a line').choices(['table', 'json']))
    .addHelpText(
      'after',
      '\nAn open end of an interval is null in JSON: the draws name no longest task.\nExit code: 0 every line was read; 1 lines or the file were refused; 2 used wrongly.',
    )
    .action(async (file: string, options: Options) => {
      const { models, problems } = await readFile(file, io);
      for (const { path, message } of problems)
        io.stderr.write(`${file}${path === '' ? '' : `, ${path}`}: ${message}\n`);
      const isJson = (options.format ?? (io.stdout.isTTY ? 'table' : 'json')) === 'json';
      if (!isJson && models.size > 0) io.stdout.write(`${header}\n`);
      for (const [model, rows] of models) {
        const line = horizonOf(model, rows, options);
        io.stdout.write(`${isJson ? JSON.stringify(line) : row(line)}\n`);
      }
      if (models.size === 0 && problems.length === 0) io.stderr.write(`${file}: There are no runs in it.\n`);
      if (problems.length > 0 || models.size === 0) throw new Exit(exitCode.findings);
    });
}

interface Line {
  model: string;
  p50Minutes: number | null;
  p80Minutes: number | null;
  low: number | null;
  high: number | null;
  p80Low: number | null;
  p80High: number | null;
  slope: number;
  intercept: number | null;
  runs: number;
  tasks: number;
  families: number;
  weights: string;
  lambda: number;
  bootstrap: number;
  seed: number;
}

function horizonOf(model: string, rows: readonly RunRow[], options: Options): Line {
  const { lambda, seed, bootstrap } = options;
  const column = options.weights;
  const isGiven = rows.every(({ weights }) => weights[column] !== undefined);
  const computed = isGiven ? undefined : weigh(rows, weightings[column]);
  const runs = rows.map((one, index): Run => ({ ...one, weight: computed?.[index] ?? one.weights[column]! }));
  const fitted = fitRuns(runs, lambda);
  const draws = bootstrap === 0 ? undefined : bootstrapFits(runs, lambda, bootstrap, seeded(seed));
  const intervalOf = (share: number) => {
    const interval = draws && percentileInterval(drawnMinutes(draws, share), 0.95);
    return { low: finite(interval?.low), high: finite(interval?.high) };
  };
  const [half, most] = [intervalOf(0.5), intervalOf(0.8)];
  return {
    model,
    p50Minutes: finite(minutesAt(fitted, 0.5)),
    p80Minutes: finite(minutesAt(fitted, 0.8)),
    low: half.low,
    high: half.high,
    p80Low: most.low,
    p80High: most.high,
    slope: fitted.slope,
    intercept: finite(fitted.intercept),
    runs: runs.length,
    tasks: new Set(runs.map(({ task }) => task)).size,
    families: new Set(runs.map(({ family }) => family)).size,
    weights: isGiven ? column : `${column}, worked out`,
    lambda,
    bootstrap,
    seed,
  };
}

/** JSON has no infinity: an end that is open is null. */
const finite = (value: number | undefined) => (value !== undefined && Number.isFinite(value) ? value : null);

const minutes = (value: number | null) => (value === null ? 'open' : value.toPrecision(4)).padStart(10);
const header = `${'P50 min'.padStart(10)}${'low'.padStart(10)}${'high'.padStart(10)}${'P80 min'.padStart(10)}${'runs'.padStart(7)}${'tasks'.padStart(7)}${'families'.padStart(10)}  model`;
function row({ model, p50Minutes, low, high, p80Minutes, runs, tasks, families, bootstrap }: Line): string {
  const ends = bootstrap === 0 ? '-'.padStart(10).repeat(2) : `${minutes(low)}${minutes(high)}`;
  const counts = `${String(runs).padStart(7)}${String(tasks).padStart(7)}${String(families).padStart(10)}`;
  return `${minutes(p50Minutes)}${ends}${minutes(p80Minutes)}${counts}  ${quoted(model)}`;
}

async function readFile(file: string, io: Io): Promise<RunFile> {
  try {
    return await read(unpacked(file === '-' ? io.stdin : createReadStream(file)));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'EISDIR' || code === 'EACCES') {
      io.stderr.write(`${file} cannot be read (${code}). Give a file of runs, or - for standard input.\n`);
      throw new Exit(exitCode.usage);
    }
    if (error instanceof ArchiveError) return { models: new Map(), problems: [{ path: '', message: error.message }] };
    throw error;
  }
}

/** The bytes, unpacked if they begin as gzip does, whatever the name of the file. */
async function* unpacked(stream: AsyncIterable<Uint8Array | string>): AsyncGenerator<Uint8Array> {
  const chunks = bytes(stream);
  const first = await chunks.next();
  if (first.done === true) return;
  const all = (async function* () {
    yield first.value;
    yield* chunks;
  })();
  yield* isGzip(first.value) ? gunzip(all) : all;
}

async function* bytes(stream: AsyncIterable<Uint8Array | string>): AsyncGenerator<Uint8Array> {
  for await (const chunk of stream) yield typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk;
}

function numberBetween(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= least && value <= most))
      throw new InvalidArgumentError(`Give a number from ${least} to ${most}.`);
    return value;
  };
}

function wholeBetween(least: number, most: number): (text: string) => number {
  const inRange = numberBetween(least, most);
  return (text) => {
    const value = inRange(text);
    if (!Number.isInteger(value)) throw new InvalidArgumentError(`Give a whole number from ${least} to ${most}.`);
    return value;
  };
}
