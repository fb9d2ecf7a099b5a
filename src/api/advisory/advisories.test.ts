import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testSystem } from '../../../test/system/test-system.ts';
import * as imports from '../../app/advisory/import.ts';
import * as packs from '../../app/advisory/packs.ts';
import type { System } from '../../app/system.ts';
import * as pack from '../../domain/advisory/pack.ts';
import { system as itself } from '../../domain/directory/actor.ts';
import { build } from '../server.ts';

const sample = (name: string): Uint8Array =>
  readFileSync(new URL(`../../../sample/advisories/${name}`, import.meta.url));

let server: FastifyInstance;
let assay: System;
beforeAll(async () => {
  assay = await testSystem();
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

  test('a CVE that is held under another name only answers with that advisory', async () => {
    const known = await get('/api/v1/advisories/GHSA-83qj-6fr2-vhqg');

    const byAlias = await get('/api/v1/advisories/CVE-2025-24813');

    expect(known.status).toBe(200);
    expect(byAlias).toEqual(known);
    expect((await get('/api/v1/advisories/CVE-1999-0000')).status).toBe(404);
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

describe('packs', () => {
  const offered = async (ecosystem: string) =>
    (await get('/api/v1/packs')).body.packs.find((one: { ecosystem: string }) => one.ecosystem === ecosystem);

  test('one for each ecosystem, built after an import, opens to its advisories with names and facts', async () => {
    await packs.buildTouched(assay);
    const maven = await offered('Maven');
    const { rawPayload, headers } = await server.inject({ url: `/api/v1/packs/${maven.file}` });

    const opened = pack.open(rawPayload);

    expect(maven).toMatchObject({ bytes: rawPayload.length, advisories: 446 });
    expect(headers['cache-control']).toContain('immutable');
    if (!('pack' in opened)) throw new Error(opened.problem);
    const number = opened.pack.index.ids.indexOf('GHSA-pjfr-qf3p-3q25');
    expect(opened.pack.at(number)).toMatchObject({
      group: 'CVE-2017-12615',
      facts: { kev: { dueDate: '2022-04-15' }, epss: { date: '2026-08-22' } },
    });
    expect(opened.pack.isKevLoaded).toBe(true);
  });

  test('gzip is sent to those who take it, and holds the same bytes', async () => {
    const { file } = await offered('npm');
    const plain = await server.inject({ url: `/api/v1/packs/${file}` });
    const zipped = await server.inject({ url: `/api/v1/packs/${file}`, headers: { 'accept-encoding': 'gzip' } });

    expect(zipped.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(zipped.rawPayload).equals(plain.rawPayload)).toBe(true);
  });

  test('an unchanged pack is not sent again', async () => {
    const { file } = await offered('npm');
    const headers = { 'if-none-match': `"${file}"` };

    expect((await server.inject({ url: `/api/v1/packs/${file}`, headers })).statusCode).toBe(304);
  });

  test('only the packs of touched ecosystems change, and the replaced file stays for those who saw its name', async () => {
    const before = { npm: await offered('npm'), Maven: await offered('Maven') };
    const advisory = {
      id: 'X-1',
      modified: '2026-03-01T00:00:00Z',
      affected: [{ package: { ecosystem: 'npm', name: 'left-boiler' }, versions: ['1.0.0'] }],
    };
    const bytes = async function* () {
      yield Buffer.from(JSON.stringify(advisory));
    };
    await imports.run(assay, itself, { key: 'x', name: 'x' }, bytes());
    await packs.buildTouched(assay);

    expect((await offered('Maven')).file).toBe(before.Maven.file);
    expect((await offered('npm')).file).not.toBe(before.npm.file);
    expect((await offered('npm')).advisories).toBe(before.npm.advisories + 1);
    expect((await server.inject({ url: `/api/v1/packs/${before.npm.file}` })).statusCode).toBe(200);
  });

  test('a fact that changes makes the packs of its advisories change', async () => {
    const before = (await offered('Maven')).file;
    const line = 'CVE-2017-12615,0.99999,0.99999';
    const bytes = async function* () {
      yield Buffer.from(`#model_version:v1,score_date:2026-08-23T00:00:00Z\ncve,epss,percentile\n${line}\n`);
    };
    await imports.run(assay, itself, { key: 'epss', name: 'epss' }, bytes());
    await packs.buildTouched(assay);

    expect((await offered('Maven')).file).not.toBe(before);
  });

  test('a pack that was never offered is not found', async () => {
    expect((await get('/api/v1/packs/npm-0.pack')).status).toBe(404);
  });
});
