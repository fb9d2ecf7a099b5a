import { open as openFile } from 'node:fs/promises';
import { SingleBar } from 'cli-progress';
import { type Command, Option } from 'commander';
import type { EvalLog } from '../domain/evidence/eval-log.ts';
import { LogCheck, type LogReport } from '../domain/evidence/log-check.ts';
import type { ByteSource } from '../formats/archive/zip-directory.ts';
import { open } from '../formats/inspect/open.ts';
import { refuse } from '../formats/listing.ts';
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
    .argument('<log...>', 'logs of Inspect: .eval or .json')
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
}

/** Reads a log to its end. Throws for what cannot be read. */
async function readWhole(file: string, io: Io): Promise<{ log: EvalLog; report: LogReport }> {
  const { source, close } = await sourceOf(file, io);
  try {
    const reader = await open(source);
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
        return bytesRead === length ? bytes : bytes.subarray(0, bytesRead);
      },
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
    `  ${log.task} on ${log.model}, ${report.samples} samples (${report.items} items, ${report.epochs} ${report.epochs === 1 ? 'attempt' : 'attempts'} each), run ${log.status}`,
  ];
  for (const score of report.scores) {
    const metrics = Object.entries(score.metrics).map(([name, value]) => {
      const again = score.recomputed[name];
      const beside = again === undefined ? '' : ` (from the samples ${shown(again)})`;
      return `${name} ${value === null ? 'none' : shown(value)}${beside}`;
    });
    const reducer = score.reducer === null ? '' : ` by ${score.reducer}`;
    lines.push(`  ${score.name}${reducer}: ${metrics.length === 0 ? 'no metrics' : metrics.join(', ')}`);
  }
  for (const { code, text } of report.marks) lines.push(`  ! ${text} [${code}]`);
  return `${lines.join('\n')}\n`;
}

const shown = (value: number) => String(Number(value.toPrecision(6)));
