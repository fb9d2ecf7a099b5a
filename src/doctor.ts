/** Looks at everything an instance needs, and says what to do about what is missing. Changes nothing. */
import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { logOrigin } from './app/system.ts';
import * as configuration from './config.ts';
import type { Setting } from './main.ts';
import * as outbound from './net/outbound.ts';
import * as node from './node-version.ts';
import { checkRole, checkServer, describe, open, postgresMajorMin } from './store/database.ts';
import * as embedded from './store/embedded.ts';
import * as jobs from './store/jobs.ts';
import * as checkpoints from './store/log/checkpoints.ts';
import { hasSigned, keyFile, loadSigner } from './store/log/key.ts';
import { pending } from './store/migrations.ts';

export interface Check {
  name: string;
  state: 'fine' | 'attention' | 'broken';
  says: string;
}

type Finding = [Check['state'], string];

const diskBytesMin = 1024 ** 3;
const clockDriftMaxMs = 5_000;

/** Runs every check; one that cannot run says so. The embedded database is started for the time of the look if it exists. */
export async function examine(setting: Setting): Promise<Check[]> {
  const checks: Check[] = [];
  const look = async (name: string, examineOne: () => Finding | Promise<Finding>) => {
    const [state, says] = await Promise.resolve()
      .then(examineOne)
      .catch((error: Error): Finding => ['broken', error.message]);
    checks.push({ name, state, says });
  };

  await look('node', () => {
    const warning = node.warning(process.versions.node);
    return warning === undefined ? ['fine', process.versions.node] : ['attention', warning];
  });
  let config: configuration.Config;
  try {
    config = configuration.read(setting);
  } catch (error) {
    return [...checks, { name: 'configuration', state: 'broken', says: (error as Error).message }];
  }
  await look('configuration', () => ['fine', 'every key is known and within its bounds']);
  await look('data folder', () => dataFolder(config.data));
  await look('disk space', () => diskSpace(config.data));
  await look('log key', () => logKey(keyFile(config.data, config.log.keyFile)));
  await look('port', () => port(config.http.host, config.http.port));
  await examineDatabase(config, look);
  await look('outbound', () => reach(config));
  await look('mail', () =>
    config.mail.smtp === undefined
      ? [
          'attention',
          `no SMTP server: messages are kept in ${join(config.data, 'mailbox.jsonl')}. Set mail.smtp to send them.`,
        ]
      : ['fine', `by ${new URL(config.mail.smtp).host}`],
  );
  return checks;
}

function dataFolder(folder: string): Finding {
  if (!existsSync(folder)) {
    const parent = [folder, dirname(folder), dirname(dirname(folder))].find(existsSync) ?? '/';
    accessSync(parent, constants.W_OK);
    return ['fine', `${folder} will be made at the first start`];
  }
  accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  return ['fine', folder];
}

function diskSpace(folder: string): Finding {
  const at = [folder, dirname(folder), '/'].find(existsSync) ?? '/';
  const { bavail, bsize } = statfsSync(at);
  const says = `${((Number(bavail) * bsize) / 1024 ** 3).toFixed(1)} GiB free at ${at}`;
  return Number(bavail) * bsize >= diskBytesMin ? ['fine', says] : ['attention', `${says}. Make room: at least 1 GiB.`];
}

function logKey(path: string): Finding {
  if (!existsSync(path)) return ['fine', `${path} is made at the first start`];
  if ((statSync(path).mode & 0o077) !== 0)
    return ['broken', `others may read ${path}. Take their rights away: chmod 600 ${path}`];
  return ['fine', `${path}: keep a copy of it apart from backups`];
}

/** Whether the log will go on under the key that signed it so far. */
function logIdentity(config: configuration.Config, checkpoint: string): Finding {
  const path = keyFile(config.data, config.log.keyFile);
  if (!existsSync(path))
    return [
      'broken',
      `the log is signed, and its key is missing: copy it to ${path}, and what is beside it to ${path}.last`,
    ];
  const signer = loadSigner(path, logOrigin(config), config.log.origin !== undefined);
  return hasSigned(signer, checkpoint)
    ? ['fine', `${path} signed the last checkpoint`]
    : ['broken', `${path} is not the key that signed the last checkpoint, as ${signer.key.name}: put that key back`];
}

function port(host: string, number: number): Promise<Finding> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) =>
      resolve([
        'attention',
        `${host}:${number} cannot be listened on (${error.code}); if Assay does not run there, choose another with http.port`,
      ]),
    );
    probe.listen({ host, port: number }, () => probe.close(() => resolve(['fine', `${host}:${number} is free`])));
  });
}

async function examineDatabase(
  config: configuration.Config,
  look: (name: string, one: () => Finding | Promise<Finding>) => Promise<void>,
): Promise<void> {
  const isEmbedded = config.database.url === undefined;
  if (isEmbedded && !embedded.exists(config.data)) {
    return look('database', () => ['fine', 'embedded PostgreSQL; it will be made at the first start']);
  }
  let server: { url: string; stop(): Promise<void> } | undefined;
  await look('database', async () => {
    server = isEmbedded
      ? await embedded.start(config.data)
      : { url: config.database.url as string, stop: async () => {} };
    const database = open({ url: server.url, poolMax: 1 });
    try {
      const began = performance.now();
      const found = await describe(database);
      const ms = (performance.now() - began).toFixed(0);
      const says = `${isEmbedded ? 'embedded ' : ''}PostgreSQL ${found.version} as ${found.owner}, answered in ${ms} ms`;
      if (found.isDurable) return ['fine', says];
      return ['broken', `${says}; it may lose what it has acknowledged. Set fsync = on and synchronous_commit = on.`];
    } finally {
      await database.close();
    }
  });
  if (server === undefined) return;
  const database = open({ url: server.url, poolMax: 2 });
  try {
    await look('database version', async () => [
      'fine',
      `${await checkServer(database)} is at least ${postgresMajorMin}0000`,
    ]);
    await look('migrations', async () => {
      const missing = await pending(database);
      return missing.length === 0
        ? ['fine', 'up to date']
        : ['attention', `${missing.length} to do: run \`assay migrate\`, or start`];
    });
    await look('row security', async () => {
      if ((await pending(database)).includes('0001-audiences'))
        return ['fine', 'the role will be made by the first migration'];
      await checkRole(database.pool);
      return ['fine', 'applies to every request'];
    });
    await look('log identity', async () => {
      if ((await pending(database)).includes('0010-log')) return ['fine', 'nothing is signed yet'];
      const last = await database.owner.transaction().execute((tx) => checkpoints.latest(tx));
      if (last === undefined) return ['fine', 'nothing is signed yet'];
      return logIdentity(config, last.note);
    });
    await look('jobs', async () => {
      if ((await pending(database)).length > 0) return ['fine', 'looked at once the migrations are done'];
      const gaveUp = await jobs.failed(database);
      const [first] = gaveUp;
      return first === undefined
        ? ['fine', 'none has given up']
        : ['attention', `${gaveUp.length} gave up; the first, ${first.task}: ${first.error}`];
    });
    await look('clock', async () => {
      const { clockMs } = await describe(database);
      const drift = Math.abs(Date.now() - clockMs);
      return drift <= clockDriftMaxMs
        ? ['fine', `within ${Math.ceil(drift)} ms of the database's`]
        : [
            'broken',
            `${Math.round(drift / 1000)} s away from the database's: due dates would be wrong. Set both by NTP.`,
          ];
    });
  } finally {
    await database.close();
    await server.stop();
  }
}

/** Feeds are fetched by themselves only when ecosystems are named; then their server must be within reach. */
async function reach(config: configuration.Config): Promise<Finding> {
  if (config.feeds.ecosystems.length === 0)
    return ['fine', 'no feed is fetched by itself (feeds.ecosystems names none)'];
  const door = outbound.open({ allow: config.outbound.allow });
  try {
    const answer = await door.request({ url: `${config.feeds.osv}/ecosystems.txt`, timeoutMs: 5000 });
    answer.body.destroy();
    return answer.status < 400
      ? ['fine', `${config.feeds.osv} answers`]
      : ['attention', `${config.feeds.osv} answers ${answer.status}. Correct feeds.osv, or name a mirror.`];
  } catch (error) {
    return [
      'attention',
      `${config.feeds.osv} is out of reach (${(error as Error).message}). Name a mirror in feeds.osv.`,
    ];
  } finally {
    await door.close();
  }
}
