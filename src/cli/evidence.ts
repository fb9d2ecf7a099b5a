import { open as openFile } from 'node:fs/promises';
import { createInflateRaw } from 'node:zlib';
import { SingleBar } from 'cli-progress';
import { type Command, Option } from 'commander';
import { attemptsOf, type EvalLog, type SampleSummary, sampleKey } from '../domain/evidence/eval-log.ts';
import { LogCheck, type LogReport } from '../domain/evidence/log-check.ts';
import { type Comparison, compare, manifestOf } from '../domain/evidence/manifest.ts';
import type { ByteSource } from '../formats/archive/zip-directory.ts';
import * as attempts from '../formats/attempts/document.ts';
import { open } from '../formats/eval-log.ts';
import * as everyEvalEver from '../formats/every-eval-ever/document.ts';
import { refuse } from '../formats/listing.ts';
import { quoted } from '../formats/text.ts';
import * as result from './evidence-result.ts';
import { Exit, exitCode, type Io } from './io.ts';

type Format = 'text' | 'json';

export function register(program: Command, io: Io): void {
  const evidence = program
    .command('evidence')
    .description('read evaluation logs and hold them against each other, offline');
  const format = () =>
    new Option('--format <format>', 'output; json gives one object a line').choices(['text', 'json']).default('text');
  evidence
    .command('import')
    .description('read each log whole: what its header says, and whether its samples say the same')
    .argument(
      '<log...>',
      'logs of Inspect (.eval, .json), Every Eval Ever and lm-eval (.json), tables of attempts (.csv, .jsonl)',
    )
    .addOption(format())
    .addHelpText(
      'after',
      '\nExit code: 0 every log was read; 1 a log was refused; 2 used wrongly. A mark is no refusal.',
    )
    .action(async (files: string[], options: { format: Format }) => {
      let isAnyRefused = false;
      for (const file of files) {
        try {
          const { log, report } = await readWhole(file, io);
          io.stdout.write(
            options.format === 'json' ? `${JSON.stringify(importLine(file, log, report))}\n` : told(file, log, report),
          );
        } catch (error) {
          isAnyRefused = true;
          sayRefusal(io, file, error, options.format);
        }
      }
      if (isAnyRefused) throw new Exit(exitCode.findings);
    });
  evidence
    .command('compare')
    .description('whether two runs measure the same thing, with a reason for each field that speaks against it')
    .argument('<log>', 'the first log')
    .argument('<other>', 'the second log')
    .addOption(format())
    .addHelpText(
      'after',
      '\nExit code: 0 comparable; 1 only with differences, not at all, or a log was refused; 2 used wrongly.',
    )
    .action(async (file: string, other: string, options: { format: Format }) => {
      const [left, right] = [await manifestIn(file, io), await manifestIn(other, io)];
      const comparison = compare(left, right);
      io.stdout.write(
        options.format === 'json'
          ? `${JSON.stringify({ files: [file, other], ...comparison })}\n`
          : comparisonTold(file, other, comparison),
      );
      if (comparison.verdict !== 'comparable') throw new Exit(exitCode.findings);
    });
  evidence
    .command('export')
    .description('write the results of a log in another form, on standard output')
    .argument('<log>', 'the log')
    .addOption(
      new Option('--as <form>', 'what to write').choices(['every-eval-ever', 'attempts']).makeOptionMandatory(),
    )
    .option('--scorer <name>', 'for attempts: the scorer whose scores are written (default: the only one)')
    .option('--cluster <name>', 'for attempts: the metadata that says which items belong together')
    .option('--organization <name>', 'for every-eval-ever: who evaluated', 'unknown')
    .addOption(
      new Option('--relationship <word>', 'for every-eval-ever: how they stand to the developer of the model')
        .choices(['first_party', 'third_party', 'collaborative', 'other'])
        .default('other'),
    )
    .action(async (file: string, options: ExportOptions) => {
      const { log, samples } = await heldWhole(file, io);
      if (options.as === 'every-eval-ever') {
        const source = { organization: options.organization, relationship: options.relationship };
        const document = everyEvalEver.write(log, source, Math.floor(Date.now() / 1000));
        io.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
        return;
      }
      const names = [...new Set(samples.flatMap(({ scores }) => Object.keys(scores)))];
      const scorer = options.scorer ?? (names.length === 1 ? names[0] : undefined);
      if (scorer === undefined) {
        io.stderr.write(
          names.length === 0
            ? `${file}: no sample has a score, so there is nothing to write.\n`
            : `${file} has the scorers ${names.join(', ')}. Say which by --scorer.\n`,
        );
        throw new Exit(names.length === 0 ? exitCode.findings : exitCode.usage);
      }
      io.stdout.write(attempts.write(attemptsOf(log, samples, scorer, options.cluster)));
    });
  result.register(evidence, io);
}

interface ExportOptions {
  as: 'every-eval-ever' | 'attempts';
  scorer?: string;
  cluster?: string;
  organization: string;
  relationship: everyEvalEver.Source['relationship'];
}

/** A log with all of its samples, each (id, epoch) once. A refusal ends the command. */
async function heldWhole(file: string, io: Io): Promise<{ log: EvalLog; samples: SampleSummary[] }> {
  try {
    const { source, close } = await sourceOf(file, io);
    try {
      const reader = await open(source, file);
      const samples = new Map<string, SampleSummary>();
      for await (const sample of reader.samples()) samples.set(sampleKey(sample), sample);
      return { log: reader.log, samples: [...samples.values()] };
    } finally {
      await close();
    }
  } catch (error) {
    sayRefusal(io, file, error, 'text');
    throw new Exit(exitCode.findings);
  }
}

async function manifestIn(file: string, io: Io) {
  const { log, samples } = await heldWhole(file, io);
  return manifestOf(log, samples);
}

const verdicts: Record<Comparison['verdict'], string> = {
  comparable: 'comparable: the two measure the same thing under the same conditions',
  comparable_with_differences: 'comparable with differences: say these next to the numbers',
  not_comparable: 'not comparable: the two measure different things',
};

function comparisonTold(file: string, other: string, { verdict, reasons, differences }: Comparison): string {
  const lines = [`${file}`, `${other}`, `  ${verdicts[verdict]}`];
  for (const { field, weight, text } of reasons) {
    lines.push(`  ${weight === 'apart' ? 'x' : '!'} ${text} [${field}]`);
    const difference = differences.find((one) => one.field === field);
    if (difference !== undefined && field !== 'dataset.items') {
      lines.push(`      ${brief(difference.left)} | ${brief(difference.right)}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

const brief = (value: unknown) => (value === undefined ? '(none)' : quoted(value).slice(0, 70));

/** Reads a log to its end. Throws for what cannot be read. */
async function readWhole(file: string, io: Io): Promise<{ log: EvalLog; report: LogReport }> {
  const { source, close } = await sourceOf(file, io);
  try {
    const reader = await open(source, file);
    const check = new LogCheck(reader.log);
    if (reader.log.format === 'inspect-eval') for await (const row of reader.summaries()) check.addSummary(row);
    for await (const sample of reader.samples()) check.add(sample);
    return { log: reader.log, report: check.report() };
  } finally {
    await close();
  }
}

/** A file as a source of bytes, with a bar of what was read on a terminal. */
async function sourceOf(file: string, io: Io): Promise<{ source: ByteSource; close: () => Promise<void> }> {
  const handle = await openFile(file);
  const { size } = await handle.stat();
  const bar = io.stderr.isTTY === true && size > 20_000_000 ? barOf(io, size) : undefined;
  return {
    source: {
      size,
      read: async (offset, length) => {
        const bytes = new Uint8Array(length);
        const { bytesRead } = await handle.read(bytes, 0, length, offset);
        bar?.increment(bytesRead);
        // Told like any other file that cannot be read.
        if (bytesRead !== length)
          throw Object.assign(new Error('it became shorter while it was read'), { code: 'short' });
        return bytes;
      },
      inflater: () => createInflateRaw({ chunkSize: 256 * 1024 }),
    },
    close: async () => {
      bar?.stop();
      await handle.close();
    },
  };
}

function barOf(io: Io, size: number): SingleBar {
  const bar = new SingleBar({
    stream: io.stderr as NodeJS.WritableStream as never,
    format: '{bar} {percentage}% of {size}, {eta_formatted} left',
    hideCursor: true,
    clearOnComplete: true,
  });
  bar.start(size, 0, { size: `${(size / 1e6).toFixed(1)} MB` });
  return bar;
}

function sayRefusal(io: Io, file: string, error: unknown, format: Format): void {
  const message =
    error instanceof Error && 'code' in error
      ? `The file cannot be read: ${error.message}.`
      : (refuse(error)[0]?.message ?? '');
  if (format === 'json') io.stdout.write(`${JSON.stringify({ file, error: message })}\n`);
  io.stderr.write(`${file}: ${message}\n`);
}

/** The line that scripts rely on: fields are added, none is renamed. */
function importLine(file: string, log: EvalLog, report: LogReport) {
  return {
    file,
    format: log.format,
    status: log.status,
    model: log.model,
    task: log.task,
    samples: report.samples,
    samplesRead: report.samplesRead,
    items: report.items,
    epochs: report.epochs,
    scores: report.scores,
    usage: log.usage,
    marks: report.marks,
  };
}

function told(file: string, log: EvalLog, report: LogReport): string {
  const lines = [
    file,
    `  ${log.task} on ${log.model}, ${counted(report.samples, 'sample')} (${counted(report.items, 'item')}, ${counted(report.epochs, 'attempt')} each), ended: ${log.status}`,
  ];
  for (const score of report.scores) {
    const metrics = Object.entries(score.metrics).map(([name, value]) => {
      const again = report.marks.some(({ code }) => code === 'metric_differs') ? score.recomputed[name] : undefined;
      const beside = again === undefined ? '' : ` (from the samples ${shown(again)})`;
      return `${name} ${value === null ? 'none' : shown(value)}${beside}`;
    });
    if (metrics.length === 0) {
      for (const [name, value] of Object.entries(score.recomputed))
        metrics.push(`${name} ${shown(value)} (from the samples)`);
    }
    const reducer = score.reducer === null ? '' : ` by ${score.reducer}`;
    lines.push(`  ${score.name}${reducer}: ${metrics.length === 0 ? 'no metrics' : metrics.join(', ')}`);
  }
  for (const { code, text } of report.marks) lines.push(`  ! ${text} [${code}]`);
  return `${lines.join('\n')}\n`;
}

const counted = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;
const shown = (value: number) => String(Number(value.toPrecision(6)));
