/** Joins the parts. `assay start`, `worker`, `migrate`, `doctor`, `backup` and `restore` are here. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
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
import * as backups from './store/backup.ts';
import { checkRole, type Database, open } from './store/database.ts';
import * as embedded from './store/embedded.ts';
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
}

/** The folder of the program: where package.json, the built pages and the sample are. */
export function programFolder(): string {
  for (let at = dirname(fileURLToPath(import.meta.url)); ; at = dirname(at)) {
    if (existsSync(join(at, 'package.json'))) return at;
    if (at === dirname(at)) throw new Error('The program is not complete: its package.json is missing.');
  }
}

export const version = (): string =>
  (JSON.parse(readFileSync(join(programFolder(), 'package.json'), 'utf8')) as { version: string }).version;

/** The database of a configuration: a server of the operator's, or the embedded one, started if need be. */
export async function openDatabase(
  config: configuration.Config,
): Promise<{ url: string; stop(): Promise<void>; folder?: string }> {
  if (config.database.url !== undefined) return { url: config.database.url, stop: async () => {} };
  mkdirSync(config.data, { recursive: true, mode: 0o711 });
  return embedded.start(config.data);
}

interface Running {
  system: System;
  url: string;
  stop(): Promise<void>;
}

/** Everything that serving and working have in common: database, migrations, role, system. */
async function prepare(setting: Setting, config: configuration.Config): Promise<Running> {
  mkdirSync(config.data, { recursive: true, mode: 0o711 });
  const logger = loggerOf(setting, config);
  const warning = node.warning(process.versions.node);
  if (warning !== undefined) {
    setting.say(`WARNING: ${warning}`);
    logger.warn(warning);
  }
  const server = await openDatabase(config);
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
  const url = config.http.url ?? `http://${config.http.host}:${address.port}`;
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
    const free = await nextFreePort(http.host, http.port + 1);
    throw new Error(
      `Port ${http.port} of ${http.host} is taken, perhaps by another Assay. ` +
        (free === undefined
          ? 'Choose another with --port.'
          : `The next free one is ${free}: start with --port ${free}.`),
    );
  }
}

/** The first port from `first` on that can be listened on, among the next hundred. */
async function nextFreePort(host: string, first: number): Promise<number | undefined> {
  for (let port = first; port < Math.min(first + 100, 65_536); port++) {
    const isFree = await new Promise<boolean>((resolve) => {
      const probe = createServer();
      probe.once('error', () => resolve(false));
      probe.listen({ host, port }, () => probe.close(() => resolve(true)));
    });
    if (isFree) return port;
  }
  return undefined;
}

/** Works on jobs without serving HTTP; any number of these may run beside the server. */
export async function work(setting: Setting): Promise<{ stop(): Promise<void> }> {
  const running = await prepare(setting, configuration.read(setting));
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

/** Takes the sample workspace away; a running instance notices at once. */
export async function removeSample(setting: Setting): Promise<{ organisations: number; advisories: number }> {
  const running = await prepare(setting, configuration.read(setting));
  try {
    return await sample.remove(running.system);
  } finally {
    await running.stop();
  }
}

/** Stops an embedded database that a killed process left running; tells whether there was one. */
export function stopLeftOver(setting: Setting): Promise<boolean> {
  return embedded.stopLeftOver(configuration.read(setting).data);
}

/** Writes the whole database to one file, of one moment, while the instance runs. */
export async function backup(setting: Setting, path: string): Promise<{ tables: number; rows: number }> {
  const server = await openDatabase(configuration.read(setting));
  const database = open({ url: server.url, poolMax: 2 });
  try {
    return await backups.write(database, path, new Date().toISOString());
  } finally {
    await database.close();
    await server.stop();
  }
}

/** Takes a backup back into an empty database. */
export async function restore(setting: Setting, path: string): Promise<{ tables: number; createdAt: string }> {
  const server = await openDatabase(configuration.read(setting));
  try {
    return await backups.restore(server.url, path);
  } finally {
    await server.stop();
  }
}
