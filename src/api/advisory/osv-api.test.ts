import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testSystem } from '../../../test/system/test-system.ts';
import * as imports from '../../app/advisory/import.ts';
import * as packs from '../../app/advisory/packs.ts';
import type { System } from '../../app/system.ts';
import { system as itself } from '../../domain/directory/actor.ts';
import { build } from '../server.ts';

const lines = (name: string) =>
  gunzipSync(readFileSync(new URL(`./testdata/${name}.jsonl.gz`, import.meta.url)))
    .toString('utf8')
    .trim()
    .split('\n');

const queries = lines('osv-api-queries').map((line) => JSON.parse(line)) as { query: object; expected_ids: string[] }[];
const held = new Set(lines('osv-api-advisories').map((line) => JSON.parse(line).id as string));

/** Where the held copy of a record and the one that api.osv.dev answered from cannot agree. */
const explained: Record<string, string> = {
  'OSV-2020-484': 'the commit lies between the two that the record names; only a clone of the repository tells so',
  'GHSA-8x94-hmjh-97hq': 'held as of 2024-02-18, when it began at Django 3.2; later versions include 1.11',
  'GHSA-v6rh-hp5x-86rv': 'held as of 2024-02-17, when it began at 0; later versions leave Django 1.11 out',
  'GHSA-xxj9-f6rv-m3x4': 'held as of 2024-02-17, when it began at 0; later versions leave Django 1.11 out',
};

let assay: System;
let server: FastifyInstance;
beforeAll(async () => {
  assay = await testSystem();
  const bytes = async function* () {
    yield readFileSync(new URL('./testdata/osv-api-advisories.jsonl.gz', import.meta.url));
  };
  await imports.run(assay, itself, { key: 'a', name: 'held' }, bytes());
  server = await build(assay, { version: 'test' });
});
afterAll(() => server.close());

const ask = async (query: object) => {
  const answer = await server.inject({ method: 'POST', url: '/v1/query', payload: query });
  return { status: answer.statusCode, ids: ((answer.json().vulns ?? []) as { id: string }[]).map((one) => one.id) };
};

describe.each([
  ['before packs are built', async () => {}],
  ['from packs', () => packs.buildTouched(assay)],
])('the recorded queries of api.osv.dev, %s', (_, prepare) => {
  beforeAll(prepare);

  test('nothing that the held advisories answer is missed', async () => {
    const missed: unknown[] = [];

    for (const { query, expected_ids: expected } of queries) {
      const { ids } = await ask(query);
      const lost = expected.filter((id) => held.has(id) && !ids.includes(id) && !(id in explained));
      if (lost.length > 0) missed.push({ query, lost });
    }

    expect(missed).toEqual([]);
  });

  test('nothing is answered that api.osv.dev does not answer', async () => {
    const extra: unknown[] = [];

    for (const { query, expected_ids: expected } of queries) {
      const { ids } = await ask(query);
      const more = ids.filter((id) => !expected.includes(id) && !(id in explained));
      if (more.length > 0) extra.push({ query, more });
    }

    expect(extra).toEqual([]);
  });

  test('a batch answers each query in its place, with id and modified only', async () => {
    const payload = {
      queries: queries.map(({ query }) => query).filter((query) => !JSON.stringify(query).includes('@3.1.4')),
    };

    const answer = await server.inject({ method: 'POST', url: '/v1/querybatch', payload });

    const { results } = answer.json() as { results: { vulns?: { id: string; modified: string }[] }[] };
    expect(results).toHaveLength(payload.queries.length);
    for (const [i, result] of results.entries()) {
      expect(result.vulns?.map((one) => one.id) ?? []).toEqual((await ask(payload.queries[i]!)).ids);
      for (const one of result.vulns ?? []) expect(Object.keys(one)).toEqual(['id', 'modified']);
    }
  });
});

describe('the query API', () => {
  test('a package without a version answers every advisory of the package', async () => {
    const all = await ask({ package: { ecosystem: 'PyPI', name: 'Jinja2' } });
    const one = await ask({ package: { ecosystem: 'PyPI', name: 'Jinja2' }, version: '3.1.4' });

    expect(one.ids.length).toBeGreaterThan(0);
    expect(all.ids).toEqual(expect.arrayContaining(one.ids));
    expect(all.ids.length).toBeGreaterThan(one.ids.length);
  });

  test('a commit that an advisory names as its first affected one is answered', async () => {
    expect((await ask({ commit: '4009a05ca7de21fff2176621597cd0cd01e9d80e' })).ids).toContain('OSV-2020-484');
  });

  test.each([
    ['nothing', {}],
    ['a version given twice', { package: { purl: 'pkg:pypi/jinja2@3.1.4' }, version: '3.1.4' }],
    ['a purl and a name', { package: { purl: 'pkg:pypi/jinja2', name: 'jinja2' } }],
    ['a purl that is none', { package: { purl: 'jinja2' } }],
    ['a name without ecosystem', { package: { name: 'jinja2' } }],
    ['a commit and a version', { commit: '4009a05ca7de21fff2176621597cd0cd01e9d80e', version: '1' }],
  ])('refuses %s with 400', async (_, query) => {
    expect(await ask(query)).toEqual({ status: 400, ids: [] });
  });

  test('an advisory is answered by its exact id, in the OSV schema; any other is not found', async () => {
    const found = await server.inject({ url: '/v1/vulns/HSEC-2024-0009' });
    const missing = await server.inject({ url: '/v1/vulns/HSEC-0000-0000' });

    expect(found.json()).toMatchObject({ id: 'HSEC-2024-0009', affected: [{ package: { name: 'biscuit-haskell' } }] });
    expect([missing.statusCode, missing.json()]).toEqual([404, { code: 5, message: 'Bug not found.' }]);
  });
});

test('a query is read as JSON whatever it is called, as curl calls it, and its faults are told in OSV’s shape', async () => {
  const post = (url: string, payload: string, type: string) =>
    server.inject({ method: 'POST', url, payload, headers: { 'content-type': type } });
  const form = 'application/x-www-form-urlencoded';
  const query = JSON.stringify({ package: { ecosystem: 'npm', name: 'nothing-of-this-name' }, version: '1.0.0' });

  expect((await post('/v1/query', query, form)).json()).toEqual({});
  expect((await post('/v1/querybatch', `{"queries":[${query}]}`, 'text/plain')).json()).toEqual({ results: [{}] });
  for (const broken of ['{', '{"version":3}', `${'['.repeat(100)}${']'.repeat(100)}`]) {
    const answer = await post('/v1/query', broken, form);
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toEqual({ code: 3, message: expect.stringMatching(/\w/) });
  }
  // Everywhere else a form is refused: a page of a stranger can send one without asking.
  expect((await post('/api/v1/syncs', '{}', form)).statusCode).toBe(415);
});
