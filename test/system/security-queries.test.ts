import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { beforeAll, describe, expect, test } from 'vitest';
import { build } from '../../src/api/server.ts';
import * as imports from '../../src/app/advisory/import.ts';
import * as packs from '../../src/app/advisory/packs.ts';
import type { System } from '../../src/app/system.ts';
import { system as itself } from '../../src/domain/directory/actor.ts';
import { testSystem } from './test-system.ts';

let system: System;
let server: FastifyInstance;

beforeAll(async () => {
  system = await testSystem();
  server = await build(system, { version: 'test' });
  const versions = Array.from({ length: 300 }, (_, at) => `1.${at}.0`);
  const lines = Array.from({ length: 200 }, (_, at) => {
    const affected = [{ package: { ecosystem: 'PyPI', name: 'sample' }, versions }];
    return `${JSON.stringify({ schema_version: '1.7.0', id: `PYSEC-2026-${at}`, modified: '2026-01-01T00:00:00Z', affected })}\n`;
  });
  await imports.run(system, itself, { key: 'test', name: 'test' }, Readable.from([Buffer.from(lines.join(''))]));
});

const ask = (count: number, version: (at: number) => string) => {
  const queries = Array.from({ length: count }, (_, at) => ({
    package: { ecosystem: 'PyPI', name: 'sample' },
    version: version(at),
  }));
  return server.inject({ method: 'POST', url: '/v1/querybatch', payload: { queries } });
};

/** The longest time in milliseconds for which nobody else was served. */
async function longestStall(work: Promise<unknown>): Promise<number> {
  let isDone = false;
  const ended = work.finally(() => {
    isDone = true;
  });
  let longest = 0;
  while (!isDone) {
    const began = performance.now();
    await sleep(1);
    longest = Math.max(longest, performance.now() - began);
  }
  await ended;
  return longest;
}

describe.each([
  ['before packs are built', async () => {}],
  ['from packs', () => packs.buildTouched(system)],
])('%s', (_, prepare) => {
  beforeAll(prepare);

  test('a batch that finds 200,000 advisories is refused at once', async () => {
    const began = performance.now();

    const answer = await ask(1000, () => '1.5.0');

    expect(answer.statusCode).toBe(400);
    expect(answer.json().message).toContain('Send fewer of them at a time');
    expect(performance.now() - began).toBeLessThan(3_000);
  });

  test.each<[string, (at: number) => string]>([
    ['versions next to 300 listed ones', (at) => `2.${at}rc1`],
    ['versions that are affected', (at) => `1.${at % 300}.0`],
    ['versions without a digit', () => 'latest'],
    ['versions of the greatest length', (at) => `${at}.${'1.'.repeat(240)}`],
  ])('others are served while anybody’s batch is answered: %s', async (_, version) => {
    const answer = ask(500, version);

    expect(await longestStall(answer)).toBeLessThan(500);
    expect((await answer).statusCode).toBe(200);
  });
});
