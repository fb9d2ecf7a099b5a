import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'esbuild';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { open } from '../../src/store/database.ts';
import { freshDatabase } from './test-system.ts';

const records = 12_000;
const roundsMax = 60;

const record = (i: number) => ({
  id: `X-${i}`,
  modified: '2026-01-01T00:00:00Z',
  aliases: [`CVE-2026-${10_000 + (i % 5_000)}`],
  summary: `flaw number ${i}`,
  affected: [
    {
      package: { ecosystem: 'npm', name: `package-${i % 900}` },
      ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed: `1.${i}.0` }] }],
    },
  ],
});

test('an import killed with -9 again and again goes on each time, and ends as if it had never been killed', {
  timeout: 180_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-kill-'));
  const file = join(folder, 'advisories.jsonl');
  writeFileSync(file, Array.from({ length: records }, (_, i) => JSON.stringify(record(i))).join('\n'));
  const script = join('node_modules', '.cache', 'assay', `kill-import.child.${process.pid}.mjs`);
  const bundle = { bundle: true, platform: 'node', format: 'esm', packages: 'external', logLevel: 'error' } as const;
  await build({ entryPoints: ['test/system/kill-import.child.ts'], outfile: script, ...bundle });
  const url = await freshDatabase();
  const database = open({ url });
  const count = async (query: ReturnType<typeof sql<{ count: number }>>) =>
    (await query.execute(database.owner)).rows[0]?.count;
  try {
    let kills = 0;
    let isDone = false;
    for (let round = 0; round < roundsMax && !isDone; round++) {
      const child = spawn(process.execPath, [script, url, file], { stdio: ['ignore', 'pipe', 'pipe'] });
      let said = '';
      let complaints = '';
      child.stdout.on('data', (chunk) => {
        said += chunk;
      });
      child.stderr.on('data', (chunk) => {
        complaints += chunk;
      });
      const ended = new Promise((done) => child.on('close', done));
      // From its first batch on it may be killed at any moment; the later rounds are left to finish.
      while (!said.includes('\n') && child.exitCode === null) await sleep(10);
      if (round < 12) {
        await sleep(Math.random() * 300);
        if (child.exitCode === null) kills += 1;
        child.kill('SIGKILL');
      }
      await ended;
      expect(complaints).toBe('');
      isDone = said.includes('done');
      const acknowledged = Math.max(
        0,
        ...said
          .split('\n')
          .slice(0, -1)
          .map((line) => Number.parseInt(line, 10) || 0),
      );

      // Whatever was acknowledged is there, in one piece: rows, changes, resume point and log entries agree.
      // One statement: the commit of a killed process may still arrive between two.
      const { rows } = await sql<Record<'position' | 'added' | 'batches' | 'held' | 'changes' | 'entries', number>>`
        select position::int, added::int, batches::int,
          (select count(*)::int from advisories) as held,
          (select count(*)::int from advisory_changes) as changes,
          (select count(*)::int from log_openings where did = 'advisories_imported') as entries
        from imports`.execute(database.owner);
      const { position, added, batches, held, changes, entries } = rows[0]!;
      expect(position).toBeGreaterThanOrEqual(acknowledged);
      expect(held).toBe(position);
      expect(changes).toBe(position);
      expect(entries).toBe(batches);
      expect(added).toBe(position);
    }

    expect(isDone).toBe(true);
    expect(kills).toBeGreaterThan(3);
    expect(await count(sql`select count(*) from advisories`)).toBe(records);
    expect(await count(sql`select count(distinct "group") as count from advisory_names`)).toBe(5_000);
    const { rows } = await sql<{ body: string }>`select body from log_openings order by id`.execute(database.owner);
    const recorded = rows.flatMap((row) => Object.keys(JSON.parse(row.body).advisories));
    expect(recorded).toHaveLength(records);
    expect(new Set(recorded).size).toBe(records);
    const places = (await sql<{ object: string }>`select object from log_openings order by id`.execute(database.owner))
      .rows;
    expect(places.map((row) => Number(row.object.split('.')[1]))).toEqual(places.map((_, i) => i + 1));
    console.log(
      `kill -9: ${kills} times during one import of ${records} advisories, ${places.length} batches, nothing lost or repeated`,
    );
  } finally {
    await database.close();
    rmSync(folder, { recursive: true, force: true });
    rmSync(script, { force: true });
  }
});
