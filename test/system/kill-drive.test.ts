import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import type { RunPlan } from '../../src/domain/evidence/run-plan.ts';
import type { RunRecord } from '../../src/domain/evidence/run-state.ts';
import type { RunManifest } from '../../src/evaluation.ts';
import { completion, saying, start } from '../model-server.ts';

const itemCount = 60;
const attempts = 3;
const killsMax = 10;
const planned = itemCount * attempts;

const linesOf = <Line>(path: string) =>
  readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);

test('a run killed with -9 again and again loses no acknowledged attempt, asks none twice and keeps its budget', {
  timeout: 180_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-kill-run-'));
  const script = join('node_modules', '.cache', 'assay', `kill-drive.child.${process.pid}.mjs`);
  const bundle = { bundle: true, platform: 'node', format: 'esm', packages: 'external', logLevel: 'error' } as const;
  await build({ entryPoints: ['test/system/kill-drive.child.ts'], outfile: script, ...bundle });
  // Every item takes two requests: a call of its tool, then the answer.
  const server = await start(({ body }) => {
    const number = /item (\d+)/.exec(body.messages[0].content)?.[1];
    const delayMs = Math.random() * 30;
    if (body.messages.length > 1) return { ...saying(`It is ${body.messages[2].content}.`), delayMs };
    const tool_calls = [{ id: 'a', type: 'function', function: { name: 'open', arguments: `{"box":${number}}` } }];
    return {
      json: completion(null, { choices: [{ finish_reason: 'tool_calls', message: { content: null, tool_calls } }] }),
      delayMs,
    };
  });
  try {
    const item = (number: number) => ({
      id: `item-${number}`,
      input: `What is in the box of item ${number}?`,
      target: `pearl-${number}`,
      tools: [
        {
          name: 'open',
          parameters: { type: 'object' },
          answers: [{ arguments: { box: number }, content: `pearl-${number}` }],
          otherwise: 'nothing',
        },
      ],
    });
    writeFileSync(
      join(folder, 'items.jsonl'),
      Array.from({ length: itemCount }, (_, number) => JSON.stringify(item(number))).join('\n'),
    );
    const plan: RunPlan = {
      ...{ format: 'assay-run-plan/1', name: 'Boxes', pack: 'items.jsonl', model: 'tidewater-large', attempts },
      endpoint: { baseUrl: server.url },
      concurrency: 6,
      // The first attempt at an item has seed 1, the second 2: so the server's side can be counted.
      sampling: { seed: 1, maxTokens: 50 },
      scorer: { kind: 'match' },
      budget: { tokens: 10_000_000 },
    };
    writeFileSync(join(folder, 'plan.json'), JSON.stringify(plan));

    let acknowledged = 0;
    let kills = 0;
    let isEnded = false;
    for (let round = 0; round < 30 && !isEnded; round++) {
      const child = spawn(process.execPath, [script, join(folder, 'plan.json'), join(folder, 'run')], {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, ASSAY_OUTBOUND_ALLOW: server.host },
      });
      let said = '';
      let complaints = '';
      child.stdout.on('data', (chunk) => {
        said += chunk;
      });
      child.stderr.on('data', (chunk) => {
        complaints += chunk;
      });
      const closed = new Promise((done) => child.on('close', done));
      while (!said.includes('done ') && child.exitCode === null) await sleep(5);
      if (kills < killsMax) {
        await sleep(Math.random() * 120);
        if (child.exitCode === null) kills += 1;
        child.kill('SIGKILL');
      }
      await closed;
      expect(complaints).toBe('');
      const left = Number(/^(\d+) of/.exec(said)?.[1]);
      // What an earlier process had acknowledged was still there when this one began.
      expect(planned - left).toBeGreaterThanOrEqual(acknowledged);
      for (const [, done] of said.matchAll(/^done (\d+)$/gm)) acknowledged = Math.max(acknowledged, Number(done));
      isEnded = said.includes('ended\n');
    }

    const records = linesOf<RunRecord>(join(folder, 'run', 'journal.jsonl'));
    const rows = linesOf<{ item: string; attempt: number; score: number }>(join(folder, 'run', 'attempts.jsonl'));
    const manifest = JSON.parse(readFileSync(join(folder, 'run', 'manifest.json'), 'utf8')) as RunManifest;
    expect({ kills, isEnded }).toEqual({ kills: killsMax, isEnded: true });
    // Every attempt once, and none other.
    expect(new Set(rows.map(({ item: id, attempt }) => `${id} ${attempt}`)).size).toBe(planned);
    expect(rows).toHaveLength(planned);
    expect(rows.every(({ score }) => score === 1)).toBe(true);
    // No request that was answered, as far as the disk knows, was sent again.
    const answered = records.flatMap((one) =>
      one.kind === 'answer' ? [`${one.item} ${one.attempt} ${one.turn}`] : [],
    );
    expect(new Set(answered).size).toBe(answered.length);
    expect(answered).toHaveLength(2 * planned);
    // The journal knew of every request before the server did, and counts those whose answer died with the process.
    const tries = records.filter(({ kind }) => kind === 'try').length;
    expect(server.asked.length).toBeLessThanOrEqual(tries);
    expect(manifest.account).toMatchObject({ requests: 2 * planned, tries });
    expect(tries - 2 * planned).toBeLessThanOrEqual(kills * 6);
    expect(manifest.account.lostTokens > 0).toBe(tries > 2 * planned);
    expect(manifest.sittings).toBe(kills + 1);
  } finally {
    await server.close();
    rmSync(folder, { recursive: true });
    rmSync(script, { force: true });
  }
});
