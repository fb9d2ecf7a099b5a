import { createReadStream } from 'node:fs';
import { type Command, InvalidArgumentError, Option } from 'commander';
import {
  choiceBounds,
  horizonOf,
  type ModelHorizon,
  usualChoices,
  type WeightColumn,
  weightColumns,
} from '../domain/evidence/model-horizon.ts';
import { ArchiveError, gunzipIfPacked } from '../formats/archive/gzip.ts';
import { type RunFile, read } from '../formats/runs/document.ts';
import { quoted } from '../formats/text.ts';
import { Exit, exitCode, type Io } from './io.ts';

interface Options {
  weights: WeightColumn;
  lambda: number;
  bootstrap: number;
  seed: number;
  format?: 'table' | 'json';
}

export function register(program: Command, io: Io): void {
  program
    .command('horizon')
    .description('time horizon of each model: the length of tasks, in human minutes, that it solves half the time')
    .argument('<runs>', 'runs as JSON lines, .gz or not; - reads standard input')
    .addOption(
      new Option('--weights <column>', 'weight of each run; worked out where the file has no such column')
        .choices(weightColumns)
        .default(usualChoices.weights),
    )
    .option('--lambda <number>', 'L2 penalty on the slope', numberIn(choiceBounds.lambda), usualChoices.lambda)
    .option(
      '--bootstrap <draws>',
      'draws behind the 95% interval; 0 leaves it out',
      wholeIn(choiceBounds.bootstrap),
      usualChoices.bootstrap,
    )
    .option('--seed <number>', 'seed of the draws', wholeIn(choiceBounds.seed), usualChoices.seed)
    .addOption(
      new Option('--format <format>', 'json: one object a line (default: table on a terminal, json elsewhere)').choices(
        ['table', 'json'],
      ),
    )
    .addHelpText(
      'after',
      '\nA run: {"model": "tidewater-large", "task_id": "t1", "task_family": "f1", "human_minutes": 12, "score_binarized": 1}\nAn open end of an interval is null in JSON: the draws name no longest task.\nExit code: 0 every line was read; 1 lines or the file were refused; 2 used wrongly.',
    )
    .action(async (file: string, options: Options) => {
      const { models, problems } = await readFile(file, io);
      for (const { path, message } of problems)
        io.stderr.write(`${file}${path === '' ? '' : `, ${path}`}: ${message}\n`);
      const isJson = (options.format ?? (io.stdout.isTTY ? 'table' : 'json')) === 'json';
      if (!isJson && models.size > 0) io.stdout.write(`${header}\n`);
      for (const [model, rows] of models) {
        const line = horizonOf(model, rows, options).horizon;
        io.stdout.write(`${isJson ? JSON.stringify(line) : row(line)}\n`);
      }
      if (models.size === 0 && problems.length === 0) io.stderr.write(`${file}: There are no runs in it.\n`);
      if (problems.length > 0 || models.size === 0) throw new Exit(exitCode.findings);
    });
}

const minutes = (value: number | null) => (value === null ? 'open' : value.toPrecision(4)).padStart(10);
const header = `${'P50 min'.padStart(10)}${'low'.padStart(10)}${'high'.padStart(10)}${'P80 min'.padStart(10)}${'runs'.padStart(7)}${'tasks'.padStart(7)}${'families'.padStart(10)}  model`;
function row({ model, p50Minutes, low, high, p80Minutes, runs, tasks, families, bootstrap }: ModelHorizon): string {
  const ends = bootstrap === 0 ? '-'.padStart(10).repeat(2) : `${minutes(low)}${minutes(high)}`;
  const counts = `${String(runs).padStart(7)}${String(tasks).padStart(7)}${String(families).padStart(10)}`;
  return `${minutes(p50Minutes)}${ends}${minutes(p80Minutes)}${counts}  ${quoted(model)}`;
}

async function readFile(file: string, io: Io): Promise<RunFile> {
  try {
    return await read(gunzipIfPacked(bytes(file === '-' ? io.stdin : createReadStream(file))));
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

async function* bytes(stream: AsyncIterable<Uint8Array | string>): AsyncGenerator<Uint8Array> {
  for await (const chunk of stream) yield typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk;
}

interface Bounds {
  least: number;
  most: number;
}

function numberIn({ least, most }: Bounds): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= least && value <= most))
      throw new InvalidArgumentError(`Give a number from ${least} to ${most}.`);
    return value;
  };
}

function wholeIn({ least, most }: Bounds): (text: string) => number {
  const inRange = numberIn({ least, most });
  return (text) => {
    const value = inRange(text);
    if (!Number.isInteger(value)) throw new InvalidArgumentError(`Give a whole number from ${least} to ${most}.`);
    return value;
  };
}
