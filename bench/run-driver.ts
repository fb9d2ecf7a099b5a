/**
 * `npm run bench -- run-driver`: what `assay run` adds to a request, beside bare undici asking the same endpoint the same
 * questions in the same run. The endpoint is another process that answers at once, so all that is measured is overhead; one
 * durable write of a record is measured beside it, as each request waits for one before and one after.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open as openFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'undici';
import { run as runPlan } from '../src/evaluation.ts';
import { open as openEndpoint } from '../src/net/model-endpoint.ts';
import * as outbound from '../src/net/outbound.ts';

const requests = 3_000;
const concurrency = 8;
const rounds = 5;

const answer = JSON.stringify({
  ...{ id: 'chatcmpl-1', object: 'chat.completion', model: 'tidewater-large', system_fingerprint: 'fp_1' },
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'It is twelve. '.repeat(50) } }],
  usage: { prompt_tokens: 20, completion_tokens: 150, total_tokens: 170 },
});
const serverCode = `
  const answer = ${JSON.stringify(answer)};
  const server = require('node:http').createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end(answer));
  });
  server.listen(0, '127.0.0.1', () => console.log(server.address().port));
`;

interface Spent {
  wallMs: number;
  cpuMs: number;
}

async function timed(work: () => Promise<void>): Promise<Spent> {
  const cpu = process.cpuUsage();
  const before = performance.now();
  await work();
  const wallMs = performance.now() - before;
  const { user, system } = process.cpuUsage(cpu);
  return { wallMs, cpuMs: (user + system) / 1000 };
}

async function atOnce(work: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const one = async () => {
    while (next < requests) await work(next++);
  };
  await Promise.all(Array.from({ length: concurrency }, one));
}

export async function run(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'assay-bench-run-'));
  const server = spawn(process.execPath, ['-e', serverCode], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [port] = (await once(server.stdout, 'data')) as [Buffer];
  const host = `127.0.0.1:${String(port).trim()}`;
  const pool = new Pool(`http://${host}`, { connections: concurrency });
  const door = outbound.open({ allow: [host], connections: concurrency });
  const endpoint = openEndpoint({ outbound: door, baseUrl: `http://${host}/v1` });
  const question = (index: number) => `What is double ${index}? ${'Think about it. '.repeat(20)}`;
  const spent: Record<'undici' | 'client' | 'driver', Spent[]> = { undici: [], client: [], driver: [] };
  try {
    const items = Array.from({ length: requests }, (_, index) =>
      JSON.stringify({ id: `q${index}`, input: question(index), target: 'twelve' }),
    );
    writeFileSync(join(folder, 'items.jsonl'), items.join('\n'));
    const plan = {
      ...{ format: 'assay-run-plan/1', name: 'Bench', pack: 'items.jsonl', model: 'tidewater-large', attempts: 1 },
      ...{ endpoint: { baseUrl: `http://${host}/v1` }, concurrency, scorer: { kind: 'includes' } },
    };
    writeFileSync(join(folder, 'plan.json'), JSON.stringify(plan));

    for (let round = -1; round < rounds; round++) {
      const undici = await timed(() =>
        atOnce(async (index) => {
          const { body } = await pool.request({
            method: 'POST',
            path: '/v1/chat/completions',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({ model: 'tidewater-large', messages: [{ role: 'user', content: question(index) }] }),
          });
          await body.json();
        }),
      );
      const client = await timed(() =>
        atOnce(async (index) => {
          await endpoint.complete({
            model: 'tidewater-large',
            messages: [{ role: 'user', content: question(index) }],
          });
        }),
      );
      const driver = await timed(async () => {
        const { attempts } = await runPlan({
          ...{ env: { ASSAY_OUTBOUND_ALLOW: host }, folder, plan: join(folder, 'plan.json') },
          ...{ out: join(folder, `run-${round}`), say: () => {} },
        });
        if (attempts.scored !== requests) throw new Error('The run did not end.');
      });
      // The first round warms up.
      if (round < 0) continue;
      spent.undici.push(undici);
      spent.client.push(client);
      spent.driver.push(driver);
    }

    const file = await openFile(join(folder, 'floor'), 'a');
    const durable = await timed(async () => {
      for (let index = 0; index < 200; index++) {
        await file.appendFile(`${answer}\n`);
        await file.datasync();
      }
    });
    await file.close();

    console.log(`${requests} requests, ${concurrency} at once, median of ${rounds} rounds\n`);
    console.log('                                    requests/s   wall µs each   CPU µs each   CPU / undici');
    const base = median(spent.undici.map(({ cpuMs }) => cpuMs));
    for (const [what, name] of [
      ['undici', 'bare undici'],
      ['client', 'client: door, limits, checks'],
      ['driver', 'assay run: journal, budget, score'],
    ] as const) {
      const wall = median(spent[what].map(({ wallMs }) => wallMs));
      const cpu = median(spent[what].map(({ cpuMs }) => cpuMs));
      console.log(
        `${name.padEnd(34)} ${((requests / wall) * 1000).toFixed(0).padStart(11)} ${((wall * 1000) / requests).toFixed(0).padStart(14)} ` +
          `${((cpu * 1000) / requests).toFixed(0).padStart(13)} ${(cpu / base).toFixed(2).padStart(14)}`,
      );
    }
    console.log(`\none durable write of a record takes ${((durable.wallMs * 1000) / 200).toFixed(0)} µs here`);
  } finally {
    server.kill();
    await pool.close();
    await door.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;
