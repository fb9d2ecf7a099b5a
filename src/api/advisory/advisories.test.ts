import { readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testSystem } from '../../../test/system/test-system.ts';
import * as imports from '../../app/advisory/import.ts';
import { system as itself } from '../../domain/directory/actor.ts';
import { build } from '../server.ts';

const sample = (name: string): Uint8Array =>
  readFileSync(new URL(`../../../sample/advisories/${name}`, import.meta.url));

let server: FastifyInstance;
beforeAll(async () => {
  const assay = await testSystem();
  for (const name of ['ghsa.jsonl.gz', 'known_exploited_vulnerabilities.json.gz', 'epss_scores-2026-08-22.csv.gz']) {
    const bytes = async function* () {
      yield sample(name);
    };
    await imports.run(assay, itself, { key: name, name }, bytes());
  }
  server = await build(assay, { version: 'test' });
});
afterAll(() => server.close());

const get = async (url: string) => {
  const answer = await server.inject({ url });
  return { status: answer.statusCode, body: answer.json() };
};

describe('advisories', () => {
  test('anybody may list them; pages follow one another by key and hold every advisory once', async () => {
    const seen: string[] = [];
    let url: string | undefined = '/api/v1/advisories?limit=200';
    while (url !== undefined) {
      const { status, body }: Awaited<ReturnType<typeof get>> = await get(url);
      expect(status).toBe(200);
      seen.push(...body.items.map((item: { id: string }) => item.id));
      url = body.next === undefined ? undefined : `/api/v1/advisories?limit=200&after=${body.next}`;
    }

    expect(seen).toHaveLength(660);
    expect(new Set(seen).size).toBe(660);
  });

  test('those that CISA lists as exploited carry the mark', async () => {
    const { body } = await get('/api/v1/advisories?kev=true&limit=200');

    expect(body.items.length).toBeGreaterThan(3);
    expect(body.items.every((item: { isKev: boolean }) => item.isKev)).toBe(true);
  });

  test('an advisory comes with its names, facts with source and date, what changed, and its log entry', async () => {
    const { body } = await get('/api/v1/advisories/GHSA-pjfr-qf3p-3q25');

    expect(body).toMatchObject({
      advisory: { id: 'GHSA-pjfr-qf3p-3q25' },
      group: { id: 'CVE-2017-12615', members: expect.arrayContaining([{ id: 'CVE-2017-12615', isHeld: false }]) },
      facts: {
        kev: { source: 'CISA KEV', date: '2025-08-25', dueDate: '2022-04-15', isRansomwareUse: true },
        epss: { source: 'FIRST EPSS', date: '2026-08-22' },
      },
      changes: [{ kind: 'added' }],
    });
  });

  test('an id that is not held is not found', async () => {
    expect((await get('/api/v1/advisories/GHSA-0000-0000-0000')).status).toBe(404);
  });

  test.each(['after=x', 'limit=0', 'kev=perhaps', 'scoreMin=11'])('the query %s is refused', async (query) => {
    expect((await get(`/api/v1/advisories?${query}`)).status).toBe(422);
  });
});

describe('imports', () => {
  test('are for those who keep the instance: nobody else may send or see one', async () => {
    const sent = await server.inject({
      method: 'POST',
      url: '/api/v1/imports',
      headers: { 'content-type': 'application/x-ndjson' },
      payload: '{"id":"X-1","modified":"2026-03-01T09:30:00Z"}',
    });

    expect(sent.statusCode).toBe(401);
    expect((await get('/api/v1/imports')).status).toBe(401);
  });
});
