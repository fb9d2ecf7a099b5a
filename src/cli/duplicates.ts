/** `assay duplicates group`: which of many reports tell of one flaw, and why. Runs here; nothing is sent anywhere. */
import { createReadStream } from 'node:fs';
import { SingleBar } from 'cli-progress';
import { type Command, Option } from 'commander';
import { featuresOf } from '../domain/intake/duplicate/features.ts';
import { confidenceMin, type Group, groupsAndNear, type Known } from '../domain/intake/duplicate/group.ts';
import { ArchiveError, gunzipIfPacked } from '../formats/archive/gzip.ts';
import { reportedOf } from './duplicate-lines.ts';
import { Exit, exitCode, type Io, plain } from './io.ts';

/** Characters of one line. */
const lineLengthMax = 1024 * 1024;
const reportsMax = 200_000;
/** Refused lines that are told one by one. */
const problemsMax = 100;

const help = `
A line: {"id": "r1", "source": "lab.example", "title": "...", "description": "...", "component": {"purl": "pkg:npm/left"}},
or an OSV or CVE record with "source". The id is opaque. Two reports of one source are joined only when they are copies, name
one flaw, or a third source joins them; a line without "source" stands for a source of its own.
A group holds links of ${confidenceMin} and more. Weaker ones down to 0.5 join nothing and are told as "also near": the table lists them
after the groups, json gives each group those that lead out of it.
json: one group a line, {"ids": [...], "reasons": [...], "confidence": 0.98, "near": [{"ids": ["r1", "r7"], "confidence": 0.81}]};
a report alone is in no group.

Exit code: 0 every line was read; 1 lines or the file were refused, the others are grouped; 2 used wrongly.`;

export function register(program: Command, io: Io): void {
  const duplicates = program.command('duplicates').description('find reports that tell of one flaw');
  duplicates
    .command('group')
    .description('group reports of different sources that tell of one flaw, with reasons and a confidence')
    .argument('<reports>', 'reports as JSON lines, .gz or not; - reads standard input')
    .addOption(
      new Option('--format <format>', 'json: one group a line (default: table on a terminal, json elsewhere)').choices([
        'table',
        'json',
      ]),
    )
    .addHelpText('after', help)
    .action(async (file: string, options: { format?: 'table' | 'json' }) => {
      const { known, refused } = await readFile(file, io);
      const bar =
        io.stderr.isTTY === true && known.length > 2000
          ? new SingleBar({
              stream: io.stderr,
              clearOnComplete: true,
              format: 'comparing {bar} {value}/{total} reports',
            })
          : undefined;
      bar?.start(known.length, 0);
      const { groups, near } = groupsAndNear(known, (done) => bar?.update(done));
      bar?.stop();
      const isJson = (options.format ?? (io.stdout.isTTY ? 'table' : 'json')) === 'json';
      const print = async (text: string) => {
        if (!io.stdout.write(text)) await new Promise((resolve) => io.stdout.once('drain', resolve));
      };
      if (isJson) {
        for (const group of groups) await print(`${JSON.stringify(group)}\n`);
        // A link between two reports in no group has no line of its own: whoever reads lines reads groups.
        const told = new Set(groups.flatMap((group) => group.near));
        const loose = near.filter((link) => !told.has(link)).length;
        if (loose > 0) {
          const pairs = loose === 1 ? '1 pair' : `${loose} pairs`;
          io.stderr.write(
            `${pairs} of reports in no group fell short of ${confidenceMin}: --format table lists them.\n`,
          );
        }
      } else {
        for (const group of groups) await print(tableOf(group));
        if (near.length > 0) await print(`Also near, below the ${confidenceMin} that joins: look at both.\n`);
        for (const { ids, confidence } of near) await print(`${confidence.toFixed(3)}  ${ids.map(plain).join('  ')}\n`);
        const grouped = groups.reduce((sum, { ids }) => sum + ids.length, 0);
        await print(
          `${near.length > 0 ? '\n' : ''}${known.length} reports, ${grouped} of them in ${groups.length} groups\n`,
        );
      }
      if (refused > 0 || known.length === 0) throw new Exit(exitCode.findings);
    });
}

function tableOf({ ids, reasons, confidence }: Group): string {
  const lines = reasons
    .slice(0, 6)
    .map(({ text, weight }) => `  ${weight > 0 ? '+' : '-'} ${plain(text).replace(/\n/g, ' ')}`);
  return `${confidence.toFixed(3)}  ${ids.map(plain).join('  ')}\n${lines.join('\n')}\n\n`;
}

/** Only features are kept of a line: a hundred thousand reports take some hundred megabytes whatever their texts. */
async function readFile(file: string, io: Io): Promise<{ known: Known[]; refused: number }> {
  const known: Known[] = [];
  let refused = 0;
  let number = 0;
  const refuse = (message: string) => {
    refused++;
    if (refused <= problemsMax) io.stderr.write(`${file}, line ${number}: ${message}\n`);
  };
  const take = (line: string) => {
    number++;
    if (line.trim() === '') return;
    if (line.length > lineLengthMax) return refuse(`It is longer than ${lineLengthMax} characters. Shorten its texts.`);
    if (known.length === reportsMax) return refuse(`There are more than ${reportsMax} reports. Split the file.`);
    const read = reportedOf(line, number);
    if (Array.isArray(read)) {
      const [first] = read;
      return refuse(
        `${first === undefined || first.path === '' ? '' : `${plain(first.path)}: `}${plain(first?.message ?? '')}`,
      );
    }
    known.push({ id: read.id, features: featuresOf(read.report, read.source, read.others) });
  };
  try {
    const decoder = new TextDecoder();
    let rest = '';
    const chunks: AsyncIterable<Uint8Array> = file === '-' ? bytesOf(io.stdin) : createReadStream(file);
    for await (const chunk of gunzipIfPacked(chunks)) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = lines.pop()!;
      for (const line of lines) take(line);
      // A line without end would fill the memory: what is cut off is refused with it.
      if (rest.length > 2 * lineLengthMax) rest = rest.slice(0, lineLengthMax + 1);
    }
    if (rest !== '') take(rest);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'EISDIR' || code === 'EACCES') {
      io.stderr.write(`${file} cannot be read (${code}). Give a file of reports, or - for standard input.\n`);
    } else if (error instanceof ArchiveError) io.stderr.write(`${file}: ${error.message}\n`);
    else throw error;
    throw new Exit(exitCode.findings);
  }
  if (refused > problemsMax) io.stderr.write(`${file}: ${refused - problemsMax} more lines were refused.\n`);
  if (number === 0) io.stderr.write(`${file}: There are no reports in it.\n`);
  return { known, refused };
}

async function* bytesOf(stream: Io['stdin']): AsyncGenerator<Uint8Array> {
  for await (const chunk of stream) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
}
