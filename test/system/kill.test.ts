/** Kills the real program, as `assay start` runs it, at random moments under load. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
let folder: string;
const children: ChildProcess[] = [];

interface Instance {
  child: ChildProcess;
  url: string;
  /** Of the first administrator's link; given on the first start only. */
  token: string | undefined;
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'assay-kill-'));
  chmodSync(folder, 0o711);
});

afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  assay('stop', '--data', folder);
  rmSync(folder, { recursive: true, force: true });
});

const environment = () => ({ ...process.env, ASSAY_HTTP_REQUESTS_PER_MINUTE: '1000000', ASSAY_LOGGING_LEVEL: 'warn' });

const assay = (...args: string[]) =>
  spawnSync(process.execPath, [join(root, 'bin/assay.mjs'), ...args], { env: environment(), encoding: 'utf8' });

/** Starts `assay start --empty` and waits for its address. */
async function start(isFirst = false): Promise<Instance> {
  const child = spawn(
    process.execPath,
    [join(root, 'bin/assay.mjs'), 'start', '--empty', '--data', folder, '--port', '0'],
    {
      env: environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  children.push(child);
  let errors = '';
  child.stderr?.on('data', (chunk) => {
    errors += chunk;
  });
  const found: { url?: string | undefined; token?: string | undefined } = {};
  for await (const line of createInterface({ input: child.stdout! })) {
    found.url ??= /^Assay is at (\S+)/.exec(line)?.[1];
    found.token ??= /^\s+http\S+#token=(\S+)/.exec(line)?.[1];
    if (found.url !== undefined && (found.token !== undefined || !isFirst)) break;
  }
  if (found.url === undefined) throw new Error(`It did not start: ${errors}`);
  child.stdout?.resume();
  return { child, url: found.url, token: found.token };
}

const post = (url: string, path: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(`${url}/api/v1${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

const ended = (child: ChildProcess) =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve()
    : new Promise((done) => child.once('exit', done));

test('kill -9 of the program and its database at random moments loses no acknowledged act, and a repeated request acts once', {
  timeout: 240_000,
}, async () => {
  let instance = await start(true);
  const signedIn = await post(instance.url, '/session', { token: instance.token });
  expect(signedIn.status).toBe(200);
  const cookie = String(signedIn.headers.get('set-cookie')).split(';')[0] as string;

  const acknowledged = new Map<string, string>();
  const unanswered = new Set<number>();
  let number = 0;
  const add = async (url: string, which: number) => {
    const answer = await post(
      url,
      '/people',
      { name: `Person ${which}`, email: `person-${which}@example.com`, roles: ['operator'] },
      { cookie, 'idempotency-key': `person-${which}` },
    );
    const body = (await answer.json()) as { id: string };
    expect(answer.status, JSON.stringify(body)).toBe(201);
    acknowledged.set(`Person ${which}`, body.id);
  };

  for (let round = 0; round < 6; round++) {
    let isKilled = false;
    const before = acknowledged.size;
    const writers = Array.from({ length: 4 }, async () => {
      while (!isKilled) {
        const which = number++;
        unanswered.add(which);
        try {
          await add(instance.url, which);
          unanswered.delete(which);
        } catch (error) {
          if (!isKilled) throw error;
        }
      }
    });
    while (acknowledged.size < before + 10) await sleep(5);
    await sleep(Math.random() * 200);
    isKilled = true;
    instance.child.kill('SIGKILL');
    // Every other time the database dies with it.
    if (round % 2 === 1)
      process.kill(Number(readFileSync(join(folder, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]), 'SIGKILL');
    await Promise.allSettled(writers);
    await ended(instance.child);

    instance = await start();
    // Whoever got no answer sends the same request again, as a client would.
    for (const which of unanswered) await add(instance.url, which);
    unanswered.clear();
  }

  const found = new Map<string, string>();
  for (let after = ''; ; ) {
    const page = (await (
      await fetch(`${instance.url}/api/v1/people?limit=200${after}`, { headers: { cookie } })
    ).json()) as {
      items: { id: string; name: string }[];
      next?: string;
    };
    for (const { id, name } of page.items) {
      expect(found.has(name), `${name} twice`).toBe(false);
      found.set(name, id);
    }
    if (page.next === undefined) break;
    after = `&after=${page.next}`;
  }
  expect(acknowledged.size).toBeGreaterThan(60);
  for (const [name, id] of acknowledged) expect(found.get(name)).toBe(id);
  expect(found.size).toBe(acknowledged.size + 1);

  instance.child.kill('SIGTERM');
  await ended(instance.child);
  expect(instance.child.exitCode).toBe(0);
});
