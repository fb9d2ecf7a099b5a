/** The door to PostgreSQL: one pool, one role that owns nothing, and transactions that know for whom they read. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type CompiledQuery, Kysely, PostgresDialect, sql, type Transaction } from 'kysely';
import pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import type { Schema } from './schema.ts';

/** A kysely transaction over all tables, under the role of the app and the claims of one actor. */
export type Tx = Transaction<Schema>;

/** What a transaction says about who acts; an `Actor` of the directory has this shape. */
export interface Claims {
  kind: 'person' | 'agent' | 'anonymous' | 'system';
  id: string;
  organisation?: string | undefined;
  roles: readonly string[];
  /** The person for whom an agent acts. */
  principal?: string | undefined;
}

export interface Options {
  url: string;
  /** Connections at most; 10 unless said. */
  poolMax?: number;
  /** A statement of the app is cancelled after this; 15 seconds unless said. 0 means never. */
  statementTimeoutMs?: number;
  /** Called when an idle connection breaks; the pool replaces it. */
  onLost?: (error: Error) => void;
}

export interface Database {
  /**
   * Runs `work` in one transaction, under the role `assay_app` and with the claims of `actor`, which row security reads.
   * Commits when `work` resolves and undoes everything when it throws.
   */
  transaction<T>(actor: Claims, work: (tx: Tx) => Promise<T>): Promise<T>;
  /** As `transaction`; transactions that `work` opens, at any depth, join this one under their own claims. */
  joined<T>(actor: Claims, work: (tx: Tx) => Promise<T>): Promise<T>;
  /** Outside row security, as owner of the tables. Only for store/: migrations, COPY, jobs, health. */
  owner: Kysely<Schema>;
  pool: pg.Pool;
  /** Streams bytes in the format of `statement` (`copy t (a, b) from stdin`) into the database; gives the number of rows. */
  copyIn(tx: Tx, statement: string, bytes: AsyncIterable<Uint8Array | string>): Promise<number>;
  /** Streams the result of `copy ... to stdout`. */
  copyOut(tx: Tx, statement: string): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

/** The role of every request: owns no table, so that row security always applies to it. */
export const appRole = 'assay_app';
/** The oldest PostgreSQL that our SQL is written for. */
export const postgresMajorMin = 15;

const poolMaxDefault = 10;
const connectTimeoutMs = 10_000;

const int8 = 20;
const date = 1082;
const timestamptz = 1184;

/** Counts and sizes stay far below 2^53; a larger one is refused rather than rounded. */
function parseInt8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value))
    throw new Error(`The whole number ${text} from the database is too large to be exact.`);
  return value;
}

/** `2026-03-01 09:30:00.12+00` as our Instant, `2026-03-01T09:30:00.120Z`; connections are set to UTC. */
function parseInstant(text: string): string {
  const match = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d+))?\+00$/.exec(text);
  return match === null ? text : `${match[1]}T${match[2]}.${(match[3] ?? '').slice(0, 3).padEnd(3, '0')}Z`;
}

const parsers: Record<number, (text: string) => unknown> = {
  [int8]: parseInt8,
  [date]: (text) => text,
  [timestamptz]: parseInstant,
};

const types: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    (format === 'binary' ? undefined : parsers[oid]) ?? pg.types.getTypeParser(oid, format as 'text'),
};

/** Opens the pool. Nothing is asked of the server yet: `checkServer` and `checkRole` do that at the boot. */
export function open(options: Options): Database {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.poolMax ?? poolMaxDefault,
    types,
    options: `-c timezone=UTC -c statement_timeout=${options.statementTimeoutMs ?? 15_000}`,
    application_name: 'assay',
    connectionTimeoutMillis: connectTimeoutMs,
  });
  withstandLoss(pool, options.onLost ?? (() => {}));
  const around = new AsyncLocalStorage<{ tx: Tx; actor: Claims }>();
  const inShare = sharesOf(Math.max(1, Math.floor((options.poolMax ?? poolMaxDefault) / 2)));
  const owner = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });

  return {
    owner,
    pool,
    transaction: (actor, work) => {
      const outer = around.getStore();
      if (outer !== undefined) return within(outer, actor, () => work(outer.tx));
      return inShare(actor, () =>
        owner.transaction().execute(async (tx) => {
          await claim(tx, actor);
          return work(tx);
        }),
      );
    },
    joined: (actor, work) => {
      const outer = around.getStore();
      const joining = (tx: Tx) => around.run({ tx, actor }, () => work(tx));
      if (outer !== undefined) return within(outer, actor, () => joining(outer.tx));
      return inShare(actor, () =>
        owner.transaction().execute(async (tx) => {
          await claim(tx, actor);
          return joining(tx);
        }),
      );
    },
    copyIn: async (tx, statement, bytes) => {
      const stream = copyFrom(statement);
      await submit(tx, stream);
      await pipeline(Readable.from(bytes, { objectMode: false }), stream);
      return stream.rowCount;
    },
    copyOut: async function* (tx, statement) {
      const stream = copyTo(statement);
      await submit(tx, stream);
      yield* stream;
    },
    close: async () => {
      await owner.destroy();
    },
  };
}

/**
 * Lets those of one organisation, and those who belong to none, hold `max` connections together: whatever they ask for, and however
 * long it takes, keeps nobody else's act waiting, a release least of all (I1). Who waits longer than for a connection is told so.
 */
function sharesOf(max: number): <T>(actor: Claims, work: () => Promise<T>) => Promise<T> {
  const held = new Map<string, { count: number; waiting: (() => void)[] }>();
  return async (actor, work) => {
    if (actor.kind === 'system') return work();
    const name = actor.organisation ?? '';
    const share = held.get(name) ?? { count: 0, waiting: [] };
    held.set(name, share);
    if (share.count >= max) await turnIn(share.waiting);
    else share.count++;
    try {
      return await work();
    } finally {
      // Whoever waits takes the place over.
      const next = share.waiting.shift();
      if (next !== undefined) next();
      else if (--share.count === 0) held.delete(name);
    }
  };
}

function turnIn(waiting: (() => void)[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const next = () => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(() => {
      waiting.splice(waiting.indexOf(next), 1);
      reject(Object.assign(new Error('All connections of this organisation are in use.'), { code: 'ETIMEDOUT' }));
    }, connectTimeoutMs);
    waiting.push(next);
  });
}

/** A connection may break at any moment, idle or not; whoever uses it then hears of it from their statement. */
export function withstandLoss(pool: pg.Pool, onLost: (error: Error) => void): void {
  pool.on('error', onLost);
  pool.on('connect', (client) => client.on('error', () => {}));
}

/** Works as another actor within a transaction that is under way, which then goes on as its own. */
async function within<T>(outer: { tx: Tx; actor: Claims }, actor: Claims, work: () => Promise<T>): Promise<T> {
  await claim(outer.tx, actor);
  try {
    return await work();
  } finally {
    await claim(outer.tx, outer.actor).catch(() => {});
  }
}

/** The settings last as long as the transaction, so a pooled connection carries nothing over to the next actor. */
async function claim(tx: Tx, actor: Claims): Promise<void> {
  const person = actor.kind === 'person' ? actor.id : (actor.principal ?? '');
  const roles = actor.kind === 'system' ? 'system' : actor.roles.filter((role) => role !== 'system').join(' ');
  await sql`
    select set_config('role', ${appRole}, true),
           set_config('app.actor', ${actor.id}, true),
           set_config('app.person', ${person}, true),
           set_config('app.organisation', ${actor.organisation ?? ''}, true),
           set_config('app.roles', ${roles}, true)
  `.execute(tx);
}

/** Hands a COPY stream to the connection of the transaction; the driver takes anything that it can submit in place of SQL text. */
async function submit(tx: Tx, stream: unknown): Promise<void> {
  await tx.getExecutor().provideConnection(async (connection) => {
    await connection.executeQuery({ sql: stream, parameters: [] } as unknown as CompiledQuery);
  });
}

/** Refuses a server that is too old. Gives its version number, such as `180004`. */
export async function checkServer(database: Database): Promise<number> {
  const { rows } = await database.pool.query<{ version: number }>(
    "select current_setting('server_version_num')::int as version",
  );
  const version = rows[0]?.version ?? 0;
  if (version < postgresMajorMin * 10_000) {
    throw new Error(`This is PostgreSQL ${Math.trunc(version / 10_000)}; Assay needs ${postgresMajorMin} or later.`);
  }
  return version;
}

/** What a server says of itself: its version, whom we are there, its clock in Unix milliseconds, and whether commits last. */
export async function describe(
  database: Database,
): Promise<{ version: string; owner: string; clockMs: number; isDurable: boolean }> {
  const { rows } = await database.pool.query(`
    select current_setting('server_version') as version, current_user::text as owner,
           (extract(epoch from clock_timestamp()) * 1000)::float8 as "clockMs",
           current_setting('fsync') = 'on' and current_setting('synchronous_commit') <> 'off' as "isDurable"
  `);
  return rows[0];
}

/**
 * Refuses a role to which row security would not apply: then one missing condition would show everybody everything.
 * Asked of the server under the role itself, after the migrations have made it.
 */
export async function checkRole(pool: pg.Pool, role: string = appRole): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    await client.query("select set_config('role', $1, true)", [role]);
    const { rows } = await client.query<{ role: string; bypasses: boolean; owns: number; owner: boolean }>(`
      select current_user::text as role,
             (select rolsuper or rolbypassrls from pg_roles where rolname = current_user) as bypasses,
             (select count(*)::int from pg_class where relowner = current_user::regrole and relkind in ('r', 'p')) as owns,
             exists (select from pg_class join pg_roles on pg_roles.oid = relowner
                     where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace
                       and pg_has_role(current_user, relowner, 'member')) as owner
    `);
    const found = rows[0];
    if (found === undefined || found.role !== role || found.bypasses || found.owns > 0 || found.owner) {
      throw new Error(
        `The role "${role}" of the app bypasses row security: it is a superuser, has BYPASSRLS, or owns tables. ` +
          `Say: alter role ${role} nosuperuser nobypassrls; and let another role own the tables.`,
      );
    }
  } finally {
    await client.query('rollback').catch(() => {});
    client.release();
  }
}
