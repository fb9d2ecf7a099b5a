import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshDatabase, testSystem } from '../../test/system/test-system.ts';
import { sequence } from '../app/log/sequence.ts';
import { loadSigner } from '../store/log/key.ts';
import type { Io } from './io.ts';
import { run } from './main.ts';

let folder: string;
let url: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'assay-cli-'));
  chmodSync(folder, 0o711);
  url = await freshDatabase();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a command line and gives what it wrote. */
async function assay(
  args: string[],
  env: Record<string, string> = {},
): Promise<{ code: number; out: string; err: string }> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const io: Io = { stdin: Readable.from([]), stdout, stderr, env };
  const code = await run(args, io);
  return { code, out: stdout.read()?.toString() ?? '', err: stderr.read()?.toString() ?? '' };
}

describe('the command line', () => {
  test('lists every command in its help', async () => {
    const { code, out } = await assay(['--help']);

    expect(code).toBe(0);
    for (const command of ['start', 'worker', 'doctor', 'backup', 'restore', 'purl', 'cvss', 'log']) {
      expect(out).toMatch(new RegExp(`^  ${command}\\b`, 'm'));
    }
  });

  test('prints its version', async () => {
    expect(await assay(['--version'])).toMatchObject({ code: 0, out: expect.stringMatching(/^assay \d+\.\d+\.\d+/) });
  });

  test('wrong use ends with 2 and says what is wrong', async () => {
    expect(await assay(['nonsense'])).toMatchObject({ code: 2, err: expect.stringContaining('unknown command') });
    expect(await assay(['doctor', '--nonsense'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('unknown option'),
    });
    expect((await assay(['backup'])).code).toBe(2);
  });
});

describe('doctor', () => {
  const states = (out: string): Record<string, string> =>
    Object.fromEntries(
      (JSON.parse(out).checks as { name: string; state: string }[]).map(({ name, state }) => [name, state]),
    );

  test('looks at everything, and finds a good instance good', async () => {
    const { code, out } = await assay(['doctor', '--format', 'json'], {
      DATABASE_URL: url,
      ASSAY_DATA: folder,
      ASSAY_HTTP_PORT: '0',
    });

    expect(code).toBe(0);
    expect(states(out)).toMatchObject({
      configuration: 'fine',
      'data folder': 'fine',
      database: 'fine',
      'database version': 'fine',
      migrations: 'fine',
      'row security': 'fine',
      jobs: 'fine',
      clock: 'fine',
      outbound: 'fine',
      mail: 'attention',
    });
  });

  test('a database out of reach is broken, and the command ends with 1', async () => {
    const { code, out } = await assay(['doctor'], {
      DATABASE_URL: 'postgresql://127.0.0.1:1/none',
      ASSAY_DATA: folder,
      ASSAY_HTTP_PORT: '0',
    });

    expect(code).toBe(1);
    expect(out).toMatch(/^BROKEN\s+database\s+.*ECONNREFUSED/m);
  });

  test('a faulty configuration is told by key', async () => {
    const { code, out } = await assay(['doctor'], { ASSAY_HTTP_PORT: 'eighty' });

    expect(code).toBe(1);
    expect(out).toContain('http.port (ASSAY_HTTP_PORT)');
  });

  test('a port that is taken is told', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };

    const { out } = await assay(['doctor', '--format', 'json'], {
      DATABASE_URL: url,
      ASSAY_DATA: folder,
      ASSAY_HTTP_PORT: String(port),
    });

    expect(states(out)['port']).toBe('attention');
    await new Promise((resolve) => server.close(resolve));
  });

  test('names every setting with its variable', async () => {
    expect((await assay(['doctor', '--names'])).out).toMatch(/^http\.port\s+ASSAY_HTTP_PORT$/m);
  });
});

describe('keeping an instance', () => {
  test('migrate, backup and restore work on a database of the operator’s', async () => {
    const file = join(folder, 'instance.backup');
    const other = await freshDatabase();

    expect(await assay(['migrate'], { DATABASE_URL: url })).toMatchObject({
      code: 0,
      out: 'The database is up to date.\n',
    });
    expect(await assay(['backup', file], { DATABASE_URL: url, ASSAY_DATA: folder })).toMatchObject({
      code: 0,
      out: expect.stringContaining(file),
    });
    expect(await assay(['restore', file], { DATABASE_URL: other, ASSAY_DATA: folder })).toMatchObject({
      code: 0,
      out: expect.stringContaining('restored'),
    });
  });

  test('a command for an instance makes none where there is none', async () => {
    const nowhere = join(folder, 'nowhere');
    const file = join(folder, 'not-a-backup');
    writeFileSync(file, 'nothing');

    await expect(assay(['backup', join(folder, 'new.backup'), '--data', nowhere])).rejects.toThrow(
      `No instance in ${nowhere} (give --data).`,
    );
    await expect(assay(['sample', 'remove', '--data', nowhere])).rejects.toThrow('No instance in');
    await expect(assay(['restore', file, '--data', nowhere])).rejects.toThrow('not a backup');
    expect(existsSync(nowhere)).toBe(false);
  });

  test('a backup never replaces a file', async () => {
    const file = join(folder, 'kept');
    writeFileSync(file, 'mine');

    await expect(assay(['backup', file], { DATABASE_URL: url, ASSAY_DATA: folder })).rejects.toThrow('exists already');
    expect(readFileSync(file, 'utf8')).toBe('mine');
  });

  test('a signed log does not go on under a key made in silence; doctor tells the key that is not its own', async () => {
    const system = await testSystem();
    await sequence(system);
    const elsewhere = join(folder, 'elsewhere');
    const env = {
      DATABASE_URL: system.config.database.url as string,
      ASSAY_DATA: elsewhere,
      ASSAY_HTTP_PORT: '0',
      ASSAY_LOGGING_LEVEL: 'silent',
    };
    const key = join(elsewhere, 'keys', 'log-key.pem');

    await expect(assay(['start', '--empty'], env)).rejects.toThrow(`log-key.pem.last of this log to ${key}`);
    expect(existsSync(key)).toBe(false);
    expect((await assay(['doctor'], env)).out).toMatch(/^BROKEN\s+log identity\s+.*missing/m);

    mkdirSync(join(elsewhere, 'keys'), { recursive: true });
    loadSigner(key, 'other.example');
    expect((await assay(['doctor'], env)).out).toMatch(/^BROKEN\s+log identity\s+.*is not the key/m);
    cpSync(join(system.config.data, 'keys'), join(elsewhere, 'keys'), { recursive: true });
    expect((await assay(['doctor'], env)).out).toMatch(/^fine\s+log identity/m);
  });

  test('a port that is taken is refused with the next free one, and everything is let go of', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };

    const start = assay(['start', '--empty', '--data', folder, '--port', String(port)], {
      DATABASE_URL: url,
      ASSAY_LOGGING_LEVEL: 'silent',
    });

    await expect(start).rejects.toThrow(new RegExp(`Port ${port} of 127.0.0.1 is taken.*--port \\d+`));
    await new Promise((resolve) => server.close(resolve));
  });
});
