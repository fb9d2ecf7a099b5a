/** `assay log verify`: checks a log that somebody else keeps, trusting only its key. */
import { createHash, createPublicKey, verify as verifyBytes } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Command, Option } from 'commander';
import * as exportFile from '../log/export.ts';
import { LogFormatError } from '../log/format-error.ts';
import * as monitor from '../log/monitor.ts';
import * as note from '../log/note.ts';
import type { Hash } from '../log/tree.ts';
import * as client from './client.ts';
import { Exit, exitCode, type Io } from './io.ts';

const hash: Hash = (bytes) => createHash('sha256').update(bytes).digest();

const verifySignature: note.VerifySignature = (publicKey, message, signature) => {
  const x = Buffer.from(publicKey).toString('base64url');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  return verifyBytes(null, message, key, signature);
};

interface Options {
  server?: string;
  key?: string;
  from?: string;
  state?: string;
  format: 'text' | 'json';
}

/** What is kept of a log between two visits: its key since the first visit, and where it stood. */
interface State {
  key: string;
  memory?: monitor.Memory;
}

export function register(program: Command, io: Io): void {
  const log = program.command('log').description('check the record of an instance');
  log
    .command('verify')
    .argument('[export]', 'file made by GET /api/v1/log/export; - reads standard input')
    .description('check that a log was only ever added to, from an export with no network, or on a server')
    .option('--server <url>', 'check the log of this instance (or ASSAY_URL) instead of a file')
    .option('--key <key>', 'verifier key of the log, or a file that holds it; from elsewhere than the log')
    .option('--from <checkpoint>', 'file with an earlier checkpoint, which the log must extend')
    .option('--state <file>', 'where the last checkpoint of a server is remembered')
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'))
    .action(async (file: string | undefined, options: Options) => {
      const found = await check(io, file, options);
      print(io, found, options.format);
      throw new Exit(found.report.valid ? exitCode.fine : exitCode.findings);
    });
}

interface Found {
  report: exportFile.Report;
  key: string | undefined;
}

function usage(io: Io, message: string): Exit {
  io.stderr.write(`${message}\n`);
  return new Exit(exitCode.usage);
}

async function check(io: Io, file: string | undefined, options: Options): Promise<Found> {
  const server = options.server ?? (file === undefined ? io.env['ASSAY_URL'] : undefined);
  if ((file === undefined) === (server === undefined)) {
    throw usage(io, 'Name an export to check, or a server with --server URL; one of the two.');
  }
  try {
    const key = options.key === undefined ? undefined : note.parseKey(hash, readKey(options.key));
    const from = options.from === undefined ? undefined : readFileSync(options.from, 'utf8');
    const trust = { hash, verifySignature, key, from };
    if (file === undefined) {
      // A log is public: a token that has run out must not stand in the way.
      const instance = { ...client.instanceOf(io, server), token: undefined };
      return await checkServer(instance, trust, options.state, io);
    }
    const input = file === '-' ? io.stdin : createReadStream(file);
    const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
    return { report: await exportFile.verify(lines, trust), key: options.key };
  } catch (error) {
    if (error instanceof LogFormatError || error instanceof client.ClientError) throw usage(io, error.message);
    if (error instanceof Error && 'code' in error) throw usage(io, `The file cannot be read: ${error.message}`);
    throw error;
  }
}

const readKey = (keyOrFile: string) => (existsSync(keyOrFile) ? readFileSync(keyOrFile, 'utf8').trim() : keyOrFile);

async function checkServer(
  instance: client.Instance,
  trust: exportFile.Trust,
  statePath: string | undefined,
  io: Io,
): Promise<Found> {
  const path = statePath ?? defaultState(io, instance.url);
  const state = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as State) : undefined;
  const given = trust.key ?? (state && note.parseKey(hash, state.key));
  const key = given ?? note.parseKey(hash, (await client.json<{ key: string }>(instance, '/api/v1/log/key')).key);
  if (trust.key && state && note.formatKey(trust.key) !== state.key) {
    throw new LogFormatError(`This log was met with another key before. If that is right, remove ${path}`);
  }
  const source: monitor.Source = {
    checkpoint: async () => Buffer.from(await client.bytes(instance, '/log/checkpoint')).toString('utf8'),
    tile: async (tile) => {
      try {
        return await client.bytes(instance, `/log/${tile}`);
      } catch (error) {
        const isAnswer = error instanceof client.ClientError && error.status !== undefined;
        throw isAnswer ? new LogFormatError(`The log does not serve ${tile}, which its checkpoint covers.`) : error;
      }
    },
  };
  const { report, memory } = await monitor.follow(source, key.name, { ...trust, key }, state?.memory);
  if (!report.valid && state !== undefined && trust.key === undefined) {
    const served = await client.json<{ key: string }>(instance, '/api/v1/log/key').catch(() => undefined);
    if (served !== undefined && served.key !== state.key) {
      const on = statSync(path).mtime.toISOString().slice(0, 10);
      report.problems.unshift(
        `This is not the key remembered on ${on} in ${path}; if you made the instance anew, remove that file.`,
      );
    }
  }
  report.keyFrom = given === undefined ? 'source' : 'given';
  if (memory !== undefined) {
    mkdirSync(dirname(path), { recursive: true });
    // Whole or not at all: half a memory would read as a damaged log.
    writeFileSync(`${path}.new`, `${JSON.stringify({ key: note.formatKey(key), memory } satisfies State, null, 2)}\n`);
    renameSync(`${path}.new`, path);
  }
  return { report, key: note.formatKey(key) };
}

function defaultState(io: Io, url: string): string {
  const folder = io.env['XDG_STATE_HOME'] ?? join(io.env['HOME'] ?? homedir(), '.local', 'state');
  return join(folder, 'assay', `log-${createHash('sha256').update(url).digest('hex').slice(0, 16)}.json`);
}

function print(io: Io, { report, key }: Found, format: Options['format']): void {
  if (format === 'json') {
    io.stdout.write(`${JSON.stringify(report)}\n`);
    return;
  }
  for (const problem of report.problems) io.stdout.write(`${problem}\n`);
  const of = report.origin === undefined ? '' : ` of ${report.origin}`;
  io.stdout.write(
    report.valid
      ? `The log${of} verifies: ${report.size} entries, ${report.opened} of them opened here.\n`
      : `The log${of} does not verify.\n`,
  );
  if (report.keyFrom === 'source') {
    io.stdout.write(
      `The key came from the log itself${key === undefined ? '' : ` (${key}) and is remembered`}. ` +
        'Compare it with its keeper, and give it with --key.\n',
    );
  }
}
