/** `assay advisories`: brings public advisories and facts into an instance, from files or from the feeds. */
import { createHash } from 'node:crypto';
import { createReadStream, readdirSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SingleBar } from 'cli-progress';
import { type Command, Option } from 'commander';
import yauzl from 'yauzl';
import type { z } from 'zod';
import type { Feeds, Import } from '../api/contract/advisories.ts';
import { itemsOf } from '../formats/advisory-stream.ts';
import { ArchiveError, gunzip, isGzip } from '../formats/archive/gzip.ts';
import * as zip from '../formats/archive/zip.ts';
import * as client from './client.ts';
import { Exit, exitCode, type Io } from './io.ts';

type Done = z.infer<typeof Import>;

interface Options {
  server?: string;
  format: 'text' | 'json';
}

/** Documents and bytes of one part: bounded, so that a break costs one part and the server holds little. */
const partItemsMax = 1_000;
const partBytesMax = 4 * 1024 * 1024;
const endings = ['.json', '.jsonl', '.ndjson', '.csv', '.gz', '.zip'];
const pollMs = 1_000;
const serverHelp = 'address of the instance (or ASSAY_URL); a token of advisories:write in ASSAY_TOKEN';

export function register(program: Command, io: Io): void {
  const advisories = program.command('advisories').description('bring public advisories and facts into an instance');
  const format = () => new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text');
  advisories
    .command('import')
    .argument('<path...>', 'files or folders: OSV, CVE, KEV, EPSS, CSAF as .json, .jsonl or .csv, also .gz or .zip')
    .description('import files; sent again after a break, an import goes on where it stopped')
    .option('--server <url>', serverHelp)
    .addOption(format())
    .action(async (paths: string[], options: Options) => {
      const isClean = await importAll(io, paths, options);
      throw new Exit(isClean ? exitCode.fine : exitCode.findings);
    });
  advisories
    .command('sync')
    .description('read what is new at the feeds that the instance is configured for, and wait until it is done')
    .option('--server <url>', serverHelp)
    .addOption(format())
    .action(async (options: Options) => {
      throw new Exit((await sync(io, options)) ? exitCode.fine : exitCode.findings);
    });
}

/** True when nothing was refused. */
async function importAll(io: Io, paths: string[], options: Options): Promise<boolean> {
  let isClean = true;
  for (const path of paths) {
    try {
      const { done, isRepeated } = await importOne(io, path, options);
      if (done.refused > 0) isClean = false;
      if (options.format === 'json') io.stdout.write(`${JSON.stringify({ path, ...done })}\n`);
      else if (isRepeated)
        io.stdout.write(`${path}: imported before, on ${done.finishedAt?.slice(0, 10)}; nothing changed\n`);
      else io.stdout.write(report(path, done));
    } catch (error) {
      if (!isExpected(error)) throw error;
      io.stderr.write(`${path}: ${(error as Error).message}\n`);
      isClean = false;
    }
  }
  return isClean;
}

function report(path: string, done: Done): string {
  const number = (count: number) => count.toLocaleString('en');
  const lines = [
    `${path}: ${number(done.added)} added, ${number(done.changed)} changed, ${number(done.withdrawn)} withdrawn, ` +
      `${number(done.unchanged)} unchanged, ${number(done.facts)} facts changed, ${number(done.refused)} refused`,
    ...done.problems.slice(0, 10).map((problem) => `  item ${problem.number}: ${problem.path} ${problem.message}`),
  ];
  if (done.refused > 10) lines.push(`  and ${number(done.refused - 10)} more`);
  return `${lines.join('\n')}\n`;
}

/** `isRepeated` when this very content was imported to its end before; then `done` is what came of it. */
async function importOne(io: Io, path: string, options: Options): Promise<{ done: Done; isRepeated: boolean }> {
  const instance = client.instanceOf(io, options.server);
  const files = filesOf(path);
  if (files.length === 0) throw new ArchiveError(`There is no file to read. Known endings: ${endings.join(', ')}.`);
  const address = (from: number, isLast: boolean) =>
    `/api/v1/imports?${new URLSearchParams({ name: basename(resolve(path)), key, from: `${from}`, last: `${isLast}` })}`;
  const key = await keyOf(path, files);
  const send = (from: number, isLast: boolean, body: Uint8Array | AsyncIterable<Uint8Array>) =>
    client.json<Done>(instance, address(from, isLast), { method: 'POST', body, contentType: 'application/x-ndjson' });

  let done = await send(0, false, new Uint8Array());
  if (done.state === 'finished') return { done, isRepeated: true };
  const bar = barOf(io, files);
  try {
    // The lines of a CSV file mean something only after its heading, so they are sent as one part.
    if (files.length === 1 && /\.csv(\.gz)?$/i.test(path)) {
      done = await send(0, true, unpacked(path, bar));
      return { done, isRepeated: false };
    }
    let number = 0;
    let from = done.position;
    let part: string[] = [];
    let size = 0;
    for (const file of files) {
      for await (const item of documentsOf(file, bar)) {
        number++;
        if (number <= from) continue;
        part.push(item);
        size += item.length;
        if (part.length < partItemsMax && size < partBytesMax) continue;
        done = await send(from, false, Buffer.from(`${part.join('\n')}\n`));
        from = number;
        part = [];
        size = 0;
      }
    }
    done = await send(from, true, Buffer.from(`${part.join('\n')}\n`));
    return { done, isRepeated: false };
  } catch (error) {
    // A gzip file that ends after its first bytes: the instance meets the fault that was met here, and ends the import.
    if (error instanceof ArchiveError) await send(done.position, true, Uint8Array.of(0x1f, 0x8b)).catch(() => {});
    throw error;
  } finally {
    bar?.stop();
  }
}

/** The file itself, or every file of a folder with a known ending, in order of name. */
function filesOf(path: string): string[] {
  let info: ReturnType<typeof statSync>;
  try {
    info = statSync(path);
  } catch {
    throw new ArchiveError('There is no such file or folder.');
  }
  if (info.isFile()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && endings.some((ending) => entry.name.toLowerCase().endsWith(ending)))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** The same for the same content, so that an import that broke off is found again: digest of a file, or of a listing. */
async function keyOf(path: string, files: string[]): Promise<string> {
  const hash = createHash('sha256');
  if (files.length === 1 && files[0] === path) {
    for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  } else {
    for (const file of files) {
      const { size, mtimeMs } = statSync(file);
      hash.update(`${file.slice(path.length)}\n${size}\n${mtimeMs}\n`);
    }
  }
  return `${basename(resolve(path)).slice(0, 100)} ${hash.digest('hex')}`;
}

/** The documents of a file, each on one line. */
async function* documentsOf(file: string, bar: SingleBar | undefined): AsyncGenerator<string> {
  if (/\.zip$/i.test(file)) {
    for await (const entry of zip.entriesOf(yauzl.openPromise(file, zip.options), ['.json', '.jsonl'])) {
      bar?.increment(entry.compressedSize);
      yield* linesOf(once(entry.content));
    }
    return;
  }
  yield* linesOf(unpacked(file, bar));
}

async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  for await (const item of itemsOf(chunks)) {
    // A line break inside JSON is never part of its strings. What cannot be cut out is sent as such, to be counted.
    yield item.text === undefined
      ? JSON.stringify({ unreadable: item.problem?.message })
      : item.text.replace(/[\r\n]+/g, ' ');
  }
}

async function* unpacked(file: string, bar: SingleBar | undefined): AsyncGenerator<Uint8Array> {
  const head = await headOf(file);
  const read = (async function* () {
    for await (const chunk of createReadStream(file) as AsyncIterable<Uint8Array>) {
      bar?.increment(chunk.length);
      yield chunk;
    }
  })();
  yield* isGzip(head) ? gunzip(read) : read;
}

async function headOf(file: string): Promise<Uint8Array> {
  for await (const chunk of createReadStream(file, { end: 3 })) return chunk as Uint8Array;
  return new Uint8Array();
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** A progress bar on a terminal; nothing in a pipe. */
function barOf(io: Io, files: string[]): SingleBar | undefined {
  if (io.stderr.isTTY !== true) return undefined;
  const bar = new SingleBar({
    stream: io.stderr as NodeJS.WritableStream as never,
    format: '{bar} {percentage}% of {size}, {eta_formatted} left',
    hideCursor: true,
    clearOnComplete: true,
  });
  const total = files.reduce((sum, file) => sum + statSync(file).size, 0);
  bar.start(total, 0, { size: `${(total / 1e6).toFixed(1)} MB` });
  return bar;
}

/** True when every feed was read without a problem. */
async function sync(io: Io, options: Options): Promise<boolean> {
  const instance = client.instanceOf(io, options.server);
  try {
    const { startedAt, names } = await client.json<{ startedAt: string; names: string[] }>(instance, '/api/v1/syncs', {
      method: 'POST',
      body: {},
    });
    if (names.length === 0) {
      io.stderr.write('No feed is configured. Name ecosystems under feeds.ecosystems.\n');
      return false;
    }
    for (;;) {
      const { feeds } = await client.json<z.infer<typeof Feeds>>(instance, '/api/v1/feeds');
      const read = feeds.filter((feed) => names.includes(feed.name) && (feed.checkedAt ?? '') >= startedAt);
      if (read.length === names.length) {
        for (const feed of read) {
          const said = feed.problem ?? (feed.changedAt === feed.checkedAt ? 'read what was new' : 'nothing new');
          io.stdout.write(options.format === 'json' ? `${JSON.stringify(feed)}\n` : `${feed.name}: ${said}\n`);
        }
        return read.every((feed) => feed.problem === null);
      }
      await sleep(pollMs);
    }
  } catch (error) {
    if (!isExpected(error)) throw error;
    io.stderr.write(`${(error as Error).message}\n`);
    return false;
  }
}

function isExpected(error: unknown): boolean {
  return error instanceof client.ClientError || error instanceof ArchiveError;
}
