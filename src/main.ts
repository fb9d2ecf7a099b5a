/** Joins the parts. `assay start`, `worker`, `migrate`, `doctor`, `backup` and `restore` are here. */
import { existsSync, mkdirSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { type Logger, pino } from 'pino';
import { build as buildServer } from './api/server.ts';
import * as members from './app/directory/members.ts';
import * as jobs from './app/jobs.ts';
import * as sequence from './app/log/sequence.ts';
import type { State } from './app/operation.ts';
import * as sample from './app/sample.ts';
import { build, type System } from './app/system.ts';
import { cron, tasks } from './app/tasks.ts';
import * as configuration from './config.ts';
import * as logging from './logging.ts';
import * as node from './node-version.ts';
import { programFolder, version } from './program.ts';
import * as backups from './store/backup.ts';
import { checkRole, type Database, open } from './store/database.ts';
import * as embedded from './store/embedded.ts';
import * as checkpoints from './store/log/checkpoints.ts';
import { keyFile } from './store/log/key.ts';
import { migrate as migrateDatabase } from './store/migrations.ts';

/** How the instance is started, and where it speaks to its operator. */
export interface Setting {
  env: NodeJS.ProcessEnv;
  /** Where `assay.toml` and the data folder are looked for. */
  folder: string;
  /** One line for a person. */
  say(line: string): void;
  /** True when a person watches: logs then go to a file. */
  isTerminal: boolean;
  /** Lets a log go on under a new key when its own is lost. */
  isNewLogKey?: boolean;
}

/** The database of a configuration: a server of the operator's, or the embedded one, started if need be. */
export async function openDatabase(
  config: configuration.Config,
): Promise<{ url: string; stop(): Promise<void>; folder?: string }> {
  if (config.database.url !== undefined) return { url: config.database.url, stop: async () => {} };
  mkdirSync(config.data, { recursive: true, mode: 0o711 });
  return embedded.start(config.data);
}

/** The same for a command that needs an instance: a mistyped folder makes none. */
function openInstance(config: configuration.Config): ReturnType<typeof openDatabase> {
  const isHere = config.database.url !== undefined || embedded.exists(config.data);
  if (!isHere) throw new Error(`No instance in ${config.data} (give --data).`);
  return openDatabase(config);
}

/** A key made in silence would give the log a new identity, and whoever follows it an alarm. */
async function requireLogKey(setting: Setting, config: configuration.Config, database: Database): Promise<void> {
  const path = keyFile(config.data, config.log.keyFile);
  if (existsSync(path) || setting.isNewLogKey) return;
  const last = await database.owner.transaction().execute((tx) => checkpoints.latest(tx));
  if (last === undefined) return;
  throw new Error(
    `The key of the log is missing. Copy log-key.pem and log-key.pem.last of this log to ${path} and ${path}.last; ` +
      'if they are lost, begin a new identity with `assay start --new-log-key`.',
  );
}

interface Running {
  system: System;
  url: string;
  stop(): Promise<void>;
}

/** Everything that serving and working have in common: database, migrations, role, system. */
async function prepare(
  setting: Setting,
  config: configuration.Config,
  { connect = openDatabase, isWorker = false } = {},
): Promise<Running> {
  const server = await connect(config);
  mkdirSync(config.data, { recursive: true, mode: 0o711 });
  const logger = loggerOf(setting, config);
  const warning = node.warning(process.versions.node);
  if (warning !== undefined) {
    setting.say(`WARNING: ${warning}`);
    // Without a terminal the log goes to the same place as what is said.
    if (setting.isTerminal) logger.warn(warning);
  }
  let database: Database | undefined;
  try {
    const done = await migrateDatabase(server.url);
    if (done.length > 0) logger.info({ migrations: done }, 'database brought up to date');
    database = open({
      url: server.url,
      poolMax: config.database.poolMax,
      statementTimeoutMs: config.database.statementTimeoutMs,
      onLost: (error) => logger.warn({ err: error }, 'a database connection was lost'),
    });
    await checkRole(database.pool);
    if (!isWorker) await requireLogKey(setting, config, database);
    const system = build({ config, database, logger });
    return {
      system,
      url: server.url,
      stop: async () => {
        await system.close();
        await server.stop();
      },
    };
  } catch (error) {
    await database?.close();
    await server.stop();
    throw error;
  }
}

function loggerOf(setting: Setting, config: configuration.Config): Logger {
  const file = join(config.data, 'assay.log');
  return logging.create(
    config.logging.level,
    setting.isTerminal
      ? pino.destination({ dest: file, sync: true, mode: 0o600 })
      : pino.destination({ dest: 1, sync: false }),
  );
}

export interface Started {
  url: string;
  /** Sign-in links to show the operator: one for each sample person, or one for the first administrator. */
  links: SignInLink[];
  system: System;
  server: FastifyInstance;
  /** Stops accepting, lets what runs finish, and lets go of everything. Safe to call twice. */
  stop(): Promise<void>;
}

export interface SignInLink {
  who: string;
  url: string;
}

export interface StartOptions {
  /** Without the sample workspace. */
  isEmpty?: boolean;
  /** Ends a start that is under way, in order. */
  signal?: AbortSignal;
}

/** Starts an instance: database, migrations, HTTP, worker, log. Gives the address once it answers. */
export async function start(setting: Setting, { isEmpty = false, signal }: StartOptions = {}): Promise<Started> {
  const config = configuration.read(setting);
  // Before the sample is loaded, which takes a while.
  if (config.http.port !== 0 && !(await isFree(config.http.host, config.http.port))) throw await portTaken(config);
  const running = await prepare(setting, config);
  const { system } = running;
  const state: State = { isStopping: false };
  let server: FastifyInstance | undefined;
  let links: SignInLink[];
  const stops: (() => Promise<void>)[] = [];
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= (async () => {
      state.isStopping = true;
      await server?.close();
      for (const each of stops.reverse()) await each();
      await running.stop();
    })();
    return stopped;
  };
  try {
    server = await buildServer(system, {
      version: version(),
      webFolder: join(programFolder(), 'build', 'web'),
      state,
    });
    const sequencer = sequence.start(system);
    stops.push(() => sequencer.stop());
    // Before the worker: the sample builds each pack once, at its end, and not after every batch.
    links = await Promise.race([welcome(setting, system, isEmpty), aborted(signal)]);
    if (config.worker.inProcess) {
      const worker = await jobs.work(system, running.url, tasks, cron);
      state.worker = worker;
      stops.push(() => worker.stop());
    }
    await listen(server, config);
  } catch (error) {
    await stop();
    throw error;
  }
  const address = server.server.address() as AddressInfo;
  const url = configuration.publicUrl(config, address.port);
  system.logger.info({ port: address.port, version: version() }, 'listening');
  return { url, links, system, server, stop };
}

/** Never resolves; rejects when the signal says so. */
const aborted = (signal: AbortSignal | undefined) =>
  new Promise<never>((_resolve, reject) => {
    signal?.throwIfAborted();
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
  });

/** Sets up an instance that nobody has: with the sample workspace, or bare. */
async function welcome(setting: Setting, system: System, isEmpty: boolean): Promise<SignInLink[]> {
  if (!isEmpty && !(await sample.isSetUp(system))) {
    setting.say('Nobody has set up this instance: loading the sample workspace (start with --empty for none).');
    await sample.load(system, join(programFolder(), 'sample'), setting.say);
  }
  const links = await sample.links(system);
  if (links.length > 0) {
    return links.map(({ name, organisation, roles, url }) => ({
      who: `${name}, ${roles.join(', ')} at ${organisation}`,
      url,
    }));
  }
  const url = await members.firstAdministrator(system);
  return url === undefined ? [] : [{ who: 'First administrator', url }];
}

async function listen(server: FastifyInstance, { http }: configuration.Config): Promise<void> {
  try {
    await server.listen({ host: http.host, port: http.port });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw await portTaken({ http });
  }
}

async function portTaken({ http }: Pick<configuration.Config, 'http'>): Promise<Error> {
  const free = await nextFreePort(http.host, http.port + 1);
  return new Error(
    `Port ${http.port} of ${http.host} is taken, perhaps by another Assay. ` +
      (free === undefined ? 'Choose another with --port.' : `The next free one is ${free}: start with --port ${free}.`),
  );
}

/** False when another program listens there; other troubles are told by listening itself. */
function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'EADDRINUSE'));
    probe.listen({ host, port }, () => probe.close(() => resolve(true)));
  });
}

/** The first port from `first` on that can be listened on, among the next hundred. */
async function nextFreePort(host: string, first: number): Promise<number | undefined> {
  for (let port = first; port < Math.min(first + 100, 65_536); port++) {
    if (await isFree(host, port)) return port;
  }
  return undefined;
}

/** Works on jobs without serving HTTP; any number of these may run beside the server. */
export async function work(setting: Setting): Promise<{ stop(): Promise<void> }> {
  // It signs nothing, and may run where the key is not.
  const running = await prepare(setting, configuration.read(setting), { isWorker: true });
  try {
    const worker = await jobs.work(running.system, running.url, tasks, cron);
    return {
      stop: async () => {
        await worker.stop();
        await running.stop();
      },
    };
  } catch (error) {
    await running.stop();
    throw error;
  }
}

/** Brings the database up to date and gives the names of the migrations done. */
export async function migrate(setting: Setting): Promise<string[]> {
  const server = await openDatabase(configuration.read(setting));
  try {
    return await migrateDatabase(server.url);
  } finally {
    await server.stop();
  }
}

/**
 * Takes the sample workspace away; a running instance notices at once. When people added to it, and unless `isSure`, it only
 * says what would go.
 */
export async function removeSample(
  setting: Setting,
  isSure: boolean,
): Promise<{ organisations: number; advisories: number } | { wouldGo: string[] }> {
  const running = await prepare(setting, configuration.read(setting), { connect: openInstance });
  try {
    const wouldGo = isSure ? [] : await sample.additions(running.system);
    return wouldGo.length > 0 ? { wouldGo } : await sample.remove(running.system);
  } finally {
    await running.stop();
  }
}

/** Stops an embedded database that a killed process left running; tells whether there was one. */
export function stopLeftOver(setting: Setting): Promise<boolean> {
  return embedded.stopLeftOver(configuration.read(setting).data);
}

/** Writes the whole database to one new file, of one moment, while the instance runs. `keyFile` is what is not in it. */
export async function backup(
  setting: Setting,
  path: string,
): Promise<{ tables: number; rows: number; keyFile: string }> {
  if (existsSync(path)) throw new Error(`${path} exists already. Name a new file, or move that one away.`);
  const config = configuration.read(setting);
  const server = await openInstance(config);
  const database = open({ url: server.url, poolMax: 2 });
  try {
    const count = await backups.write(database, path, new Date().toISOString());
    return { ...count, keyFile: keyFile(config.data, config.log.keyFile) };
  } finally {
    await database.close();
    await server.stop();
  }
}

/** Takes a backup back into an empty database. `keyFile` is where the log's key belongs. */
export async function restore(
  setting: Setting,
  path: string,
): Promise<{ tables: number; createdAt: string; keyFile: string; hasKey: boolean }> {
  const config = configuration.read(setting);
  // A file that is no backup makes no data folder.
  const header = await backups.readHeader(path);
  const server = await openDatabase(config);
  try {
    const restored = await backups.restore(server.url, path, header);
    const keyPath = keyFile(config.data, config.log.keyFile);
    return { ...restored, keyFile: keyPath, hasKey: existsSync(keyPath) };
  } finally {
    await server.stop();
  }
}
