import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshDatabase } from '../../test/system/test-system.ts';
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
