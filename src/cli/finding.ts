/**
 * `assay finding`: hands in files of findings, says how they stand, and answers what coordinators ask about one.
 *
 * A file goes into a batch that is named after its content and the options that it is read with, so that the same command after a break
 * goes on where it stopped, and given again prints the same receipts. Exit 0: every row was taken. 1: rows were refused, or the instance
 * refuses. 2: used wrongly.
 * With `--format json`, `submit` prints one line for each row: `{file, row, id, key, digest, receivedAt}` or `{file, row, problems}`.
 */
import { createHash } from 'node:crypto';
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import type { z } from 'zod';
import type { Batches, BatchView, RefusedRow, RowReceipt } from '../api/contract/batches.ts';
import { type FindingRow, type FindingView, textLengthMax } from '../api/contract/findings.ts';
import { fieldOf, isFinal } from '../domain/intake/batch.ts';
import { Refusal } from '../domain/refusal.ts';
import { type FindingFormat, findingFormats, formatOf, read } from '../formats/finding-file.ts';
import * as client from './client.ts';
import { Exit, exitCode, type Io, plain } from './io.ts';

type Batch = z.infer<typeof BatchView>;

interface Common {
  server?: string;
  format: 'text' | 'json';
}

interface Submit extends Common {
  as?: FindingFormat;
  mapping?: string;
  component?: string;
  wait: boolean;
}

/** What is taken from standard input at most; a larger file is named instead. */
const stdinBytesMax = 64 * 1024 * 1024;
const pollMs = 500;
/** While there is no room the instance is asked less often. */
const slowedPollMs = 15_000;

const help = `
A token of findings:write in ASSAY_TOKEN, the address of the instance in ASSAY_URL.
--mapping FILE holds which field of a report is in which column of a CSV file (cells parted by commas, semicolons or tabs):
  {"title": "Summary", "component.purl": "Package", "severityLevel": "Risk"}
Map a column to "key" only where it is unique over all your files: a number that starts at 1 in each names another report each time.
Without one the key follows from what a row says.
A file that was cut off, or waits for room, goes on with the same command.

Exit code: 0 every row was taken; 1 rows were refused, or the instance refuses; 2 used wrongly.`;

export function register(program: Command, io: Io): void {
  const finding = program
    .command('finding')
    .description('hand in findings, see how they stand, and answer what is asked about them');
  const command = (name: string, description: string) =>
    finding
      .command(name)
      .description(description)
      .option('--server <url>', 'address of the instance (or ASSAY_URL)')
      .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'));

  command('submit', 'hand in files: SARIF, CSAF, OSV, CVE, CycloneDX, CSV, reports of scanners or of our own shape')
    .argument('<file...>', 'files; - reads one from standard input')
    .addOption(
      new Option('--as <format>', 'take the files as this, where their content does not tell').choices(
        findingFormats.map(({ format }) => format),
      ),
    )
    .option('--mapping <file>', 'JSON file: field of a report to column of a CSV file')
    .option('--component <purl>', 'the component that was examined, for rows that name none')
    .option('--no-wait', 'do not wait until the rows are read')
    .addHelpText('after', help)
    .action(async (files: string[], options: Submit) => {
      let isClean = true;
      for (const file of files) isClean = (await speak(io, () => submit(io, file, options))) && isClean;
      throw new Exit(isClean ? exitCode.fine : exitCode.findings);
    });

  command('status', 'findings of your organisation, newest first; or one finding, or one batch')
    .argument('[id]', 'of a finding or a batch')
    .option('--batch <id>', 'only those of this batch')
    .action(async (id: string | undefined, options: Common & { batch?: string }) => {
      if (!(await speak(io, () => status(io, id, options)))) throw new Exit(exitCode.findings);
    });

  command('answer', 'answer what a coordinator asks about a finding; "status" shows the question')
    .argument('<id>', 'of the finding')
    .argument('[text]', 'the answer')
    .option('--file <path>', 'take the answer from a file; - reads standard input')
    .action(async (id: string, text: string | undefined, options: Common & { file?: string }) => {
      if ((text === undefined) === (options.file === undefined)) {
        io.stderr.write('Give the answer as a text, or with --file PATH.\n');
        throw new Exit(exitCode.usage);
      }
      if (!(await speak(io, () => answer(io, id, text, options)))) throw new Exit(exitCode.findings);
    });
}

/** Hands in one file; true when no row was refused. */
async function submit(io: Io, file: string, options: Submit): Promise<boolean> {
  const instance = client.instanceOf(io, options.server);
  const content = await contentOf(io, file);
  const mapping = options.mapping === undefined ? undefined : await saveMapping(instance, options.mapping);
  if (options.component === undefined) await warnOfUnnamed(io, file, content, options);
  // With other options the same rows become other findings: that is another batch.
  const told = JSON.stringify([content.digest, options.as, mapping, options.component]);
  const name = `${content.name} ${createHash('sha256').update(told).digest('hex').slice(0, 16)}`;
  const earlier = await client.json<z.infer<typeof Batches>>(
    instance,
    `/api/v1/batches?${new URLSearchParams({ name, limit: '1' })}`,
  );
  let batch = earlier.items[0];
  if (batch === undefined || batch.state === 'cancelled' || batch.state === 'refused') {
    const body = {
      name,
      ...(options.as !== undefined && { format: options.as }),
      ...(mapping !== undefined && { mapping }),
      ...(options.component !== undefined && { component: { purl: options.component } }),
    };
    batch = await client.json<Batch>(instance, '/api/v1/batches', { method: 'POST', body });
  }
  const path = `/api/v1/batches/${encodeURIComponent(batch.id)}`;
  if (batch.digest === null) {
    batch = await client.json<Batch>(instance, `${path}/file?${new URLSearchParams({ name: content.name })}`, {
      method: 'POST',
      body: content.bytes(),
      contentType: 'application/octet-stream',
    });
  }
  if (!options.wait) {
    io.stderr.write(
      `${plain(file)}: handed over as ${batch.id}; "assay finding status ${batch.id}" says how far it is.\n`,
    );
    return true;
  }
  batch = await untilRead(io, instance, path, batch);
  if (batch.state === 'refused') {
    const problems = batch.problems.map(({ path: at, message }) => `${at === '' ? '' : `${at}: `}${message}`);
    throw new client.ClientError(`${file}: ${batch.reason ?? ''} ${problems.join('; ')}`);
  }
  if (batch.state === 'paused' || batch.state === 'cancelled') {
    throw new client.ClientError(`${file}: the batch ${batch.id} is ${batch.state}. Let it go on in the browser.`);
  }
  await printRows(io, instance, path, file, options);
  if (options.format === 'text') {
    const number = (count: number) => count.toLocaleString('en');
    io.stdout.write(
      `${plain(file)}: ${number(batch.accepted)} taken, ${number(batch.repeated)} stood already, ${number(batch.refused)} refused (${batch.id})\n`,
    );
  }
  return batch.refused === 0;
}

/** Formats in which a result may name no component, so that its file stands in for one. */
const pathFormats: readonly (string | undefined)[] = ['sarif', 'semgrep', 'github'];

/** Says how many rows name no component: what stands under the name of a source file meets nothing that others report. */
async function warnOfUnnamed(io: Io, file: string, content: Content, { as }: Submit): Promise<void> {
  let isLooked = false;
  for await (const head of content.bytes()) {
    isLooked = pathFormats.includes(as ?? formatOf(head, content.name));
    break;
  }
  if (!isLooked) return;
  let unnamed = 0;
  try {
    for await (const row of read(content.bytes(), content.name, { format: as })) {
      if (!('report' in row)) continue;
      const { component, places = [] } = row.report;
      if (component.purl === undefined && places.some(({ path }) => path === component.name)) unnamed++;
    }
  } catch (error) {
    // What cannot be read the instance refuses with its reasons.
    if (!(error instanceof Refusal)) throw error;
  }
  if (unnamed === 0) return;
  const rows = unnamed === 1 ? '1 row names' : `${unnamed.toLocaleString('en')} rows name`;
  io.stderr.write(
    `${plain(file)}: ${rows} no component and will stand under the path of a source file. Say with --component which package was examined, such as --component pkg:npm/left-pad@1.3.0\n`,
  );
}

interface Content {
  name: string;
  digest: string;
  bytes(): AsyncIterable<Uint8Array>;
}

async function contentOf(io: Io, file: string): Promise<Content> {
  const hash = createHash('sha256');
  if (file === '-') {
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of io.stdin as AsyncIterable<Uint8Array>) {
      size += chunk.length;
      if (size > stdinBytesMax) {
        throw new client.ClientError(
          `Standard input holds more than ${stdinBytesMax / 1024 / 1024} MB. Name a file instead.`,
        );
      }
      hash.update(chunk);
      chunks.push(chunk);
    }
    return {
      name: 'standard input',
      digest: hash.digest('hex'),
      bytes: async function* () {
        yield* chunks;
      },
    };
  }
  if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) {
    throw new client.ClientError(`${file}: there is no such file.`);
  }
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return { name: basename(file), digest: hash.digest('hex'), bytes: () => createReadStream(file) };
}

/** Saves the mapping of a file under a name that follows from what it says; gives that name. */
async function saveMapping(instance: client.Instance, path: string): Promise<string> {
  let fields: unknown;
  try {
    fields = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new client.ClientError(`${path}: this mapping cannot be read: ${(error as Error).message}`);
  }
  const name = `${basename(path).slice(0, 80)} ${createHash('sha256').update(JSON.stringify(fields)).digest('hex').slice(0, 8)}`;
  await client.json(instance, `/api/v1/batch-mappings/${encodeURIComponent(name)}`, {
    method: 'PUT',
    body: { fields },
  });
  return name;
}

/** Waits until nothing more comes of a batch, or its owner paused it. */
async function untilRead(io: Io, instance: client.Instance, path: string, begun: Batch): Promise<Batch> {
  let batch = begun;
  let said: string | null = null;
  while (!isFinal(batch.state) && batch.state !== 'paused') {
    if (batch.state === 'slowed' && said !== batch.resumesAt) {
      said = batch.resumesAt;
      io.stderr.write(`There is no room for more until ${batch.resumesAt}: ${plain(batch.reason ?? '')}\n`);
    }
    if (io.stderr.isTTY === true) {
      io.stderr.write(`\r${batch.rowsRead} rows read, ${batch.accepted} taken, ${batch.refused} refused`);
    }
    await sleep(batch.state === 'slowed' ? slowedPollMs : pollMs);
    batch = await client.json<Batch>(instance, path);
  }
  if (io.stderr.isTTY === true) io.stderr.write('\n');
  return batch;
}

async function printRows(
  io: Io,
  instance: client.Instance,
  path: string,
  file: string,
  { format }: Common,
): Promise<void> {
  if (format === 'json') {
    for await (const receipt of pages<z.infer<typeof RowReceipt>>(instance, `${path}/receipts`)) {
      io.stdout.write(`${JSON.stringify({ file, ...receipt })}\n`);
    }
  }
  for await (const { row, problems } of pages<z.infer<typeof RefusedRow>>(instance, `${path}/refused`)) {
    if (format === 'json') io.stdout.write(`${JSON.stringify({ file, row, problems })}\n`);
    else {
      const why = problems.map(({ path, message }) => {
        const field = fieldOf(row, path);
        return `${field === '' ? '' : `${field}: `}${message}`;
      });
      io.stderr.write(`${plain(file)}: row ${row}: ${plain(why.join('; '))}\n`);
    }
  }
}

/** All items of a list, page after page. */
async function* pages<Item>(
  instance: client.Instance,
  path: string,
  query: Record<string, string> = {},
): AsyncGenerator<Item> {
  let after: string | undefined;
  do {
    const search = new URLSearchParams({ ...query, limit: '200', ...(after !== undefined && { after }) });
    const page = await client.json<{ items: Item[]; next?: string }>(instance, `${path}?${search}`);
    yield* page.items;
    after = page.next;
  } while (after !== undefined);
}

async function status(
  io: Io,
  id: string | undefined,
  { server, format, batch }: Common & { batch?: string },
): Promise<boolean> {
  const instance = client.instanceOf(io, server);
  const print = (value: object, parts: string[]) =>
    io.stdout.write(`${format === 'json' ? JSON.stringify(value) : parts.map(plain).join('\t')}\n`);
  if (id?.startsWith('batch_')) {
    const one = await client.json<Batch>(instance, `/api/v1/batches/${encodeURIComponent(id)}`);
    const { state, rowsRead, accepted, repeated, refused, reason } = one;
    const counts = `${rowsRead} rows read, ${accepted} taken, ${repeated} stood already, ${refused} refused`;
    print(one, [one.id, state, counts, ...(reason === null ? [] : [reason])]);
  } else if (id !== undefined) {
    const one = await client.json<z.infer<typeof FindingView>>(instance, `/api/v1/findings/${encodeURIComponent(id)}`);
    print(one, lineOf(one));
    if (format === 'text') {
      // A further line of a text is set in, so that it passes for no other message.
      for (const { kind, text, at } of one.messages)
        io.stdout.write(`${at}\t${kind}\t${plain(text).replace(/\n/g, '\n\t\t')}\n`);
      if (one.isAsked) io.stdout.write(`Answer the question with: assay finding answer ${plain(one.id)} "..."\n`);
    }
  } else {
    const query: Record<string, string> = batch === undefined ? {} : { batch };
    for await (const one of pages<z.infer<typeof FindingRow>>(instance, '/api/v1/findings', query))
      print(one, lineOf(one));
  }
  return true;
}

/** Answers what was asked about a finding; true, for what is refused is thrown. */
async function answer(
  io: Io,
  id: string,
  given: string | undefined,
  { server, format, file }: Common & { file?: string },
): Promise<boolean> {
  const instance = client.instanceOf(io, server);
  const text = (given ?? (await textOf(io, file as string))).trim();
  if (text === '' || text.length > textLengthMax) {
    const limit = textLengthMax.toLocaleString('en');
    throw new client.ClientError(
      text === '' ? 'The answer is empty. Write what was asked for.' : `An answer has at most ${limit} characters.`,
    );
  }
  const path = `/api/v1/findings/${encodeURIComponent(id)}/answers`;
  const one = await client.json<z.infer<typeof FindingView>>(instance, path, { method: 'POST', body: { text } });
  io.stdout.write(`${format === 'json' ? JSON.stringify(one) : lineOf(one).map(plain).join('\t')}\n`);
  return true;
}

/** A text in a file, or on standard input; no more of it is read than an answer may have. */
async function textOf(io: Io, file: string): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of (await contentOf(io, file)).bytes()) {
    chunks.push(Buffer.from(chunk));
    size += chunk.length;
    // A character has at most four bytes of UTF-8.
    if (size > 4 * textLengthMax) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}

const lineOf = ({ id, state, isAsked, title, receivedAt }: z.infer<typeof FindingRow>) => [
  id,
  `${state}${isAsked ? ' (a question waits)' : ''}`,
  receivedAt,
  title.replace(/\s+/g, ' '),
];

/** Says what the instance said where it refuses; false then. */
async function speak(io: Io, act: () => Promise<boolean>): Promise<boolean> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof client.ClientError)) throw error;
    io.stderr.write(`${plain(error.message)}\n`);
    return false;
  }
}
