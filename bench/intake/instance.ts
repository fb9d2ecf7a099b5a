/** A whole instance on an embedded database of its own, with organisations that report and their sessions. */
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { build as buildServer } from '../../src/api/server.ts';
import * as members from '../../src/app/directory/members.ts';
import * as signIn from '../../src/app/directory/sign-in.ts';
import { build, type System } from '../../src/app/system.ts';
import * as config from '../../src/config.ts';
import { type Actor, system as itself, type Role } from '../../src/domain/directory/actor.ts';
import { open } from '../../src/store/database.ts';
import * as embedded from '../../src/store/embedded.ts';
import { migrate } from '../../src/store/migrations.ts';

export interface Person {
  name: string;
  actor: Actor;
  cookie: string;
}

export interface Instance {
  system: System;
  url: string;
  databaseUrl: string;
  /** The coordinator of the organisation that runs it. */
  coordinator: Person;
  /** Seconds of CPU that the database has used; undefined where the system does not tell. */
  databaseCpu(): number | undefined;
  /** Adds an organisation with one researcher. */
  enter(name: string): Promise<Person>;
  close(): Promise<void>;
}

/** Starts it; `now` is its clock. */
export async function start(now?: () => string): Promise<Instance> {
  const folder = mkdtempSync(join(tmpdir(), 'assay-bench-'));
  // Root lends the database to another user, who must reach it.
  chmodSync(folder, 0o755);
  const postgres = await embedded.start(join(folder, 'database'));
  await migrate(postgres.url);
  const port = await freePort();
  const env = {
    ASSAY_DATA: folder,
    DATABASE_URL: postgres.url,
    ASSAY_HTTP_PORT: String(port),
    ASSAY_HTTP_REQUESTS_PER_MINUTE: '1000000',
  };
  const system = build({
    config: config.read({ env, folder }),
    database: open({ url: postgres.url, statementTimeoutMs: 600_000 }),
    logger: pino({ level: 'error' }, pino.destination(2)),
    ...(now !== undefined && { now }),
  });
  const server = await buildServer(system, { version: 'bench' });
  await server.listen({ host: '127.0.0.1', port });

  const add = async (name: string, isHost: boolean, roles: Role[]): Promise<Person> => {
    const made = await system.database.transaction(itself, (tx) =>
      members.found(system, tx, itself, { name, isHost, isSample: false }, [{ name, roles }]),
    );
    const person = made.people[0] as (typeof made.people)[number];
    const link = await signIn.createLink(system, person.id);
    const session = await signIn.signInByLink(system, link.slice(link.indexOf('token=') + 6));
    const { id, organisation } = person;
    return { name, actor: { kind: 'person', id, organisation, roles, isHost }, cookie: `session=${session}` };
  };
  const coordinator = await add('Desk', true, ['coordinator']);
  return {
    system,
    url: `http://127.0.0.1:${port}/api/v1`,
    databaseUrl: postgres.url,
    coordinator,
    databaseCpu: () => cpuOf(postgres.pid),
    enter: (name) => add(name, false, ['researcher']),
    close: async () => {
      await server.close();
      await system.close();
      await postgres.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** CPU of a process, its children that live and those that have ended, from /proc of Linux; its clock ticks a hundred times a second. */
function cpuOf(pid: number): number | undefined {
  try {
    const ticks = (one: number, fields: number[]) => {
      const stat = readFileSync(`/proc/${one}/stat`, 'utf8');
      // The name of the program, in brackets, may hold blanks.
      const values = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return fields.reduce((sum, field) => sum + Number(values[field - 3]), 0);
    };
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
    return (
      (ticks(pid, [14, 15, 16, 17]) + children.reduce((sum, child) => sum + ticks(Number(child), [14, 15]), 0)) / 100
    );
  } catch {
    return undefined;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
