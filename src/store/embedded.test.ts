import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import * as embedded from './embedded.ts';

let folder: string;
let running: embedded.Embedded[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'assay-embedded-'));
  chmodSync(folder, 0o711);
});

afterEach(async () => {
  for (const server of running) await server.stop();
  running = [];
  rmSync(folder, { recursive: true, force: true });
});

async function start(data = folder): Promise<embedded.Embedded> {
  const server = await embedded.start(data);
  running.push(server);
  return server;
}

async function ask(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

const isAlive = (pid: number) =>
  !/\) [ZX] /.test(existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, 'utf8') : ') X ');

describe.runIf(process.platform === 'linux')('the embedded database', () => {
  test('is made, keeps what is committed, stops, and starts again with it', async () => {
    const first = await start();
    await ask(first.url, 'create table kept as select 1 as n');
    await first.stop();
    expect(isAlive(first.pid)).toBe(false);

    const second = await start();

    expect(await ask(second.url, 'select n from kept')).toEqual([{ n: 1 }]);
  });

  test('is durable, listens on no port, and lets nobody else at its socket', async () => {
    const { url, folder: cluster } = await start();
    const [settings] = await ask(
      url,
      `select current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit,
              current_setting('listen_addresses') as addresses, current_setting('server_encoding') as encoding`,
    );

    expect(settings).toEqual({ fsync: 'on', commit: 'on', addresses: '', encoding: 'UTF8' });
    expect(spawnSync('stat', ['-c', '%a', join(cluster, '.s.PGSQL.5432')], { encoding: 'utf8' }).stdout.trim()).toBe(
      '700',
    );
    expect(spawnSync('stat', ['-c', '%a', cluster], { encoding: 'utf8' }).stdout.trim()).toBe('700');
  });

  test('is shared by all who start on one folder, and stopped by the last of them', async () => {
    const [first, second] = await Promise.all([start(), start()]);
    const pool = new pg.Pool({ connectionString: second?.url, max: 1 });
    await pool.query('select 1');

    expect(first?.pid).toBe(second?.pid);
    await first?.stop();
    expect((await pool.query('select 1 as n')).rows).toEqual([{ n: 1 }]);

    await pool.end();
    await second?.stop();
    expect(isAlive(second?.pid ?? 0)).toBe(false);
  });

  test('is adopted when it outlived the process that started it', async () => {
    const data = join(folder, 'data');
    const first = await start(data);
    running = [];

    const second = await start(data);

    expect([second.isAdopted, second.pid]).toEqual([true, first.pid]);
  });

  test('comes back after kill -9 of the postmaster with all that was acknowledged', async () => {
    const first = await start();
    await ask(first.url, 'create table kept (n int)');
    const client = new pg.Client({ connectionString: first.url });
    client.on('error', () => {});
    await client.connect();
    let acknowledged = 0;
    const writing = (async () => {
      for (;;) {
        await client.query('insert into kept values ($1)', [acknowledged + 1]);
        acknowledged++;
      }
    })().catch(() => {});
    while (acknowledged < 50) await sleep(5);
    process.kill(first.pid, 'SIGKILL');
    await writing;

    const second = await start();
    const rows = await ask(second.url, 'select count(*)::int as n, max(n) as last from kept');

    expect(second.pid).not.toBe(first.pid);
    expect(rows[0]?.['n']).toBeGreaterThanOrEqual(acknowledged);
    expect(rows[0]?.['n']).toBeLessThanOrEqual(acknowledged + 1);
    expect(rows[0]?.['n']).toBe(rows[0]?.['last']);
  });

  test('does not take a stranger for its postmaster when the process number was given away', async () => {
    const first = await start();
    await first.stop();
    running = [];
    // What a container that was killed leaves behind: our own number is certainly in use.
    writeFileSync(
      join(first.folder, 'postmaster.pid'),
      `${process.pid}\n${first.folder}\n0\n5432\n${first.folder}\n\n\nready\n`,
    );

    const second = await start();

    expect(await ask(second.url, 'select 1 as n')).toEqual([{ n: 1 }]);
  });

  test('leaves no half of a cluster when its making is cut off', async () => {
    const data = join(folder, 'data');
    mkdirSync(data);
    chmodSync(data, 0o711);
    // What kill -9 leaves while the cluster is made: a folder under another name.
    mkdirSync(join(data, 'postgres-cut'));
    writeFileSync(join(data, 'postgres-cut', 'PG_VERSION'), '18\n');

    expect(await ask((await start(data)).url, 'select 1 as n')).toEqual([{ n: 1 }]);
  });

  test('finds its way when the data folder’s path is too long for a socket', async () => {
    const data = join(folder, 'a'.repeat(100));

    expect(await ask((await start(data)).url, 'select 1 as n')).toEqual([{ n: 1 }]);
  });

  test('a left-over is stopped on demand', async () => {
    const { pid } = await start();
    running = [];

    expect(await embedded.stopLeftOver(folder)).toBe(true);
    expect(isAlive(pid)).toBe(false);
    expect(await embedded.stopLeftOver(folder)).toBe(false);
  });

  test.runIf(process.getuid?.() === 0)(
    'root lends it to another user, also from a folder that is closed to others',
    async () => {
      const data = join(folder, 'closed');
      mkdirSync(data, { mode: 0o700 });

      const server = await start(join(data, 'data'));

      expect(server.folder.startsWith('/var/lib/assay/')).toBe(true);
      expect(spawnSync('stat', ['-c', '%u', server.folder], { encoding: 'utf8' }).stdout.trim()).not.toBe('0');
      expect(await ask(server.url, 'select 1 as n')).toEqual([{ n: 1 }]);
      await server.stop();
      rmSync(join(server.folder, '..'), { recursive: true });
    },
  );
});
