import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'esbuild';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { sequence } from '../../src/app/log/sequence.ts';
import type { System } from '../../src/app/system.ts';
import { LogFormatError } from '../../src/log/format-error.ts';
import * as monitor from '../../src/log/monitor.ts';
import * as tile from '../../src/log/tile.ts';
import { type Database, open } from '../../src/store/database.ts';
import * as embedded from '../../src/store/embedded.ts';
import { loadSigner, verifySignature } from '../../src/store/log/key.ts';
import { sha256 } from '../../src/store/log/sha256.ts';
import { migrate } from '../../src/store/migrations.ts';

const childRounds = 10;
const serverRounds = 2;
/** Long enough for some batches, at a length that no two rounds share. */
const roundMs = () => 150 + Math.floor(Math.random() * 500);

/** Everything the child acknowledged before it ended. */
function runChild(script: string, url: string, keyPath: string) {
  const child = spawn(process.execPath, [script, url, keyPath], { stdio: ['ignore', 'pipe', 'pipe'] });
  let written = '';
  let complaints = '';
  child.stdout.on('data', (chunk) => {
    written += chunk;
  });
  child.stderr.on('data', (chunk) => {
    complaints += chunk;
  });
  return {
    child,
    hasActed: () => written.includes('\n'),
    complaints: () => complaints,
    ended: new Promise<string[]>((resolve) => {
      // Of a line cut off by the kill nothing is claimed.
      child.on('close', () => resolve(written.split('\n').slice(0, -1)));
    }),
  };
}

/** A log served straight from its tables, as the standard's addresses would. */
function sourceOf(database: Database): monitor.Source {
  return {
    async checkpoint() {
      const { rows } = await sql<{ note: string }>`select note from log_checkpoints order by size desc limit 1`.execute(
        database.owner,
      );
      return rows[0]?.note ?? '';
    },
    async tile(path) {
      const { level, index, width } = tile.parsePath(path);
      if (level === 'entries') {
        const leaves = await database.owner
          .selectFrom('log_leaves')
          .select('leaf')
          .where('index', '>=', index * 256)
          .where('index', '<', index * 256 + width)
          .orderBy('index')
          .execute();
        return tile.formatBundle(leaves.map((row) => row.leaf));
      }
      const row = await database.owner
        .selectFrom('log_tiles')
        .select('hashes')
        .where('level', '=', level)
        .where('index', '=', index)
        .executeTakeFirst();
      if (row === undefined) throw new LogFormatError(`no tile ${path}`);
      return row.hashes.subarray(0, width * 32);
    },
  };
}

test('killed at any moment, nothing acknowledged is lost, the log has no gap, and no checkpoint goes back', {
  timeout: 180_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-kill-'));
  // Root lends the cluster to another user, who must reach it.
  chmodSync(folder, 0o755);
  const script = join('node_modules', '.cache', 'assay', `kill-acts.child.${process.pid}.mjs`);
  await build({
    entryPoints: ['test/system/kill-acts.child.ts'],
    outfile: script,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
  });
  let server = await embedded.start(join(folder, 'database'));
  let database = open({ url: server.url });
  try {
    await migrate(server.url);
    const signer = loadSigner(join(folder, 'log-key.pem'), 'kill.example/log');
    const trust = { hash: sha256, verifySignature, key: signer.key };
    const follow = (memory: monitor.Memory | undefined) =>
      monitor.follow(sourceOf(database), 'kill.example/log', trust, memory);
    const acknowledged: string[] = [];
    let memory: monitor.Memory | undefined;
    let roundsThatActed = 0;

    for (let round = 0; round < childRounds + serverRounds; round += 1) {
      const running = runChild(script, server.url, join(folder, 'log-key.pem'));
      while (!running.hasActed() && running.child.exitCode === null) await sleep(20);
      await sleep(roundMs());
      const isServerRound = round >= childRounds;
      if (isServerRound) {
        await database.close();
        process.kill(server.pid, 'SIGKILL');
      } else {
        running.child.kill('SIGKILL');
      }
      const lines = await running.ended;
      if (!isServerRound) expect(running.complaints()).toBe('');
      if (lines.length > 0) roundsThatActed += 1;
      acknowledged.push(...lines);
      if (isServerRound) {
        server = await embedded.start(join(folder, 'database'));
        database = open({ url: server.url });
      }
      const seen = await follow(memory);
      expect(seen.report.problems).toEqual([]);
      memory = seen.memory;
    }
    await sequence({ database, signer, now: () => new Date().toISOString() } as System);
    const last = await follow(memory);

    const count = async (query: ReturnType<typeof sql<{ count: number }>>) =>
      (await query.execute(database.owner)).rows[0]?.count;
    const rows = await database.owner.selectFrom('audiences').select('id').where('kind', '=', 'named').execute();
    const objects = await database.owner
      .selectFrom('log_openings')
      .innerJoin('log_leaves', 'log_leaves.opening', 'log_openings.id')
      .select('object')
      .execute();
    const kept = new Set(rows.map((row) => row.id));
    const recorded = objects.map((row) => row.object);
    expect(roundsThatActed).toBe(childRounds + serverRounds);
    expect(acknowledged.filter((id) => !kept.has(id))).toEqual([]);
    expect(new Set(recorded)).toEqual(kept);
    expect(recorded.length).toBe(kept.size);
    expect(await count(sql`select count(*) from log_openings`)).toBe(kept.size);
    expect(await count(sql`select count(*) from log_pending`)).toBe(0);
    expect(await count(sql`select max(index) + 1 as count from log_leaves`)).toBe(kept.size);
    expect(last.report).toMatchObject({ valid: true, problems: [], size: kept.size });
    console.log(
      `kill -9: ${childRounds} x the acting process, ${serverRounds} x PostgreSQL; ` +
        `${acknowledged.length} acknowledged, ${kept.size} kept, ${recorded.length} entries`,
    );
  } finally {
    await database.close().catch(() => {});
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
    rmSync(script, { force: true });
  }
});
