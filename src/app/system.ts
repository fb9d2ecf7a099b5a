/** The whole outside world of an act: built once in `main.ts`, handed down, replaced in tests. */
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import type { Instant } from '../domain/instant.ts';
import * as mail from '../net/mail.ts';
import * as outbound from '../net/outbound.ts';
import type { Database } from '../store/database.ts';
import * as logKey from '../store/log/key.ts';
import * as secret from '../store/secret.ts';

export interface System {
  config: Config;
  database: Database;
  now(): Instant;
  randomBytes(length: number): Uint8Array;
  logger: Logger;
  outbound: outbound.Outbound;
  mail: mail.Mail;
  /** Signs the checkpoints of this instance's log. */
  signer: logKey.LogSigner;
  /** Seals what the instance must use again and nobody may read, such as the key of a model's endpoint. */
  secrets: secret.Keeper;
  /** Lets go of everything that this process opened. */
  close(): Promise<void>;
}

export interface Parts {
  config: Config;
  database: Database;
  logger: Logger;
  now?: () => Instant;
}

/** The name of the log: its origin must never change, so it is taken from the public address only when not configured. */
export const logOrigin = ({ log, http }: Config): string =>
  log.origin ?? new URL(http.url ?? `http://${http.host}:${http.port}`).host;

/** Joins the parts. Makes the data folder, open to its owner only, and the log's key when there is none. */
export function build({ config, database, logger, now = () => new Date().toISOString() }: Parts): System {
  mkdirSync(config.data, { recursive: true });
  const keys = join(config.data, 'keys');
  mkdirSync(keys, { recursive: true });
  chmodSync(keys, 0o700);
  const door = outbound.open({ allow: config.outbound.allow });
  return {
    config,
    database,
    logger,
    now,
    randomBytes: (length) => new Uint8Array(randomBytes(length)),
    outbound: door,
    mail: mail.open({ ...config.mail, folder: config.data, now }),
    signer: logKey.loadSigner(
      logKey.keyFile(config.data, config.log.keyFile),
      logOrigin(config),
      config.log.origin !== undefined,
    ),
    secrets: secret.loadKeeper(config.secrets.keyFile ?? join(keys, 'secret-key')),
    close: async () => {
      await door.close();
      await database.close();
    },
  };
}
