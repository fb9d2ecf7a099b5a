import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { sql } from 'kysely';
import { beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { testSystem } from '../../test/system/test-system.ts';
import * as repeat from '../app/repeat.ts';
import type { System } from '../app/system.ts';
import { type Actor, system as itself } from '../domain/directory/actor.ts';
import { Refusal } from '../domain/refusal.ts';
import { cursorOf, keyOf } from './contract/page.ts';
import * as limits from './limits.ts';
import { build } from './server.ts';

let system: System;
let server: FastifyInstance;
let webFolder: string;
let acts = 0;
const person: Actor = { kind: 'person', id: 'person_a', roles: [] };

beforeAll(async () => {
  webFolder = mkdtempSync(join(tmpdir(), 'assay-web-'));
  mkdirSync(join(webFolder, 'assets'));
  writeFileSync(join(webFolder, 'index.html'), '<!doctype html><title>Assay</title>');
  writeFileSync(join(webFolder, 'assets', 'main-1a2b3c.js'), 'export {}');
  writeFileSync(join(webFolder, 'assets', 'main-1a2b3c.js.gz'), gzipSync('export {}'));
  system = await testSystem({ env: { ASSAY_HTTP_REQUESTS_PER_MINUTE: '500' } });
  server = await build(system, { version: '1.2.3', webFolder });
  // Routes of the test's own, beside those of the areas.
  const routes = server.withTypeProvider<ZodTypeProvider>();
  server.addHook('onRequest', async (request) => {
    if (request.headers['x-test-person'] !== undefined) request.actor = person;
  });
  const Body = z.object({
    name: z.string().max(5, 'is too long; use at most 5 letters'),
    tags: z.array(z.string()).optional(),
  });
  routes.post('/test/echo', { schema: { body: Body } }, async (request) => request.body);
  routes.post('/test/act', { schema: { body: Body } }, async (request, reply) => {
    acts++;
    await system.database.transaction(itself, (tx) =>
      sql`insert into test_acts values (${request.body.name})`.execute(tx),
    );
    if (request.body.name === 'fails') throw new Refusal('not_permitted');
    return reply.code(201).header('location', `/test/act/${acts}`).send({ number: acts });
  });
  server.get('/test/bug', async () => {
    throw new Error('secret detail of a bug');
  });
  server.get('/test/slow', async () => {
    await system.database.transaction(itself, (tx) =>
      sql`set local statement_timeout = 50`.execute(tx).then(() => sql`select pg_sleep(2)`.execute(tx)),
    );
  });
  await sql`create table test_acts (name text)`.execute(system.database.owner);
  await sql`grant insert, select on test_acts to assay_app`.execute(system.database.owner);
  await server.ready();
  return async () => {
    await server.close();
    rmSync(webFolder, { recursive: true });
  };
});

const host = { host: 'localhost' };
const get = (url: string, headers: Record<string, string> = {}) =>
  server.inject({ url, headers: { ...host, ...headers } });
const post = (url: string, payload: unknown, headers: Record<string, string> = {}) =>
  server.inject({
    method: 'POST',
    url,
    headers: { ...host, 'content-type': 'application/json', ...headers },
    payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
  });

describe('RFC 9457: every refusal is a problem document', () => {
  test.each([
    ['an address that does not exist', () => get('/api/v1/nowhere'), 404, 'not_found'],
    ['an address outside the API', () => get('/nowhere.json'), 404, 'not_found'],
    ['a body that is no JSON', () => post('/test/echo', '{'), 400, 'malformed_body'],
    ['a body with __proto__', () => post('/test/echo', '{"name":"a","__proto__":{"x":1}}'), 400, 'malformed_body'],
    ['a field that is wrong', () => post('/test/echo', { name: 'longer' }), 422, 'invalid_request'],
    [
      'a content type that is not read',
      () => post('/test/echo', 'a=b', { 'content-type': 'text/plain' }),
      415,
      'unsupported_media_type',
    ],
    ['a compressed body', () => post('/test/echo', '{}', { 'content-encoding': 'br' }), 415, 'encoded_body'],
    ['a large body', () => post('/test/echo', { name: 'a'.repeat(2 * limits.bodyBytesMax) }), 413, 'body_too_large'],
    [
      'JSON nested 30,000 deep',
      () => post('/test/echo', '['.repeat(30_000) + ']'.repeat(30_000)),
      413,
      'nested_too_deep',
    ],
    ['a long query', () => get(`/api/problems?q=${'a'.repeat(limits.addressLengthMax)}`), 414, 'address_too_long'],
    ['a bug', () => get('/test/bug'), 500, 'internal'],
    ['a query that takes too long', () => get('/test/slow'), 504, 'timed_out'],
  ])('%s', async (_name, ask, status, code) => {
    const response = await ask();

    expect(response.statusCode).toBe(status);
    expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(response.json()).toMatchObject({
      status,
      code,
      type: `/api/problems#${code}`,
      requestId: response.headers['x-request-id'],
    });
    expect(response.body).not.toContain('secret');
  });

  test('a faulty field is named, with what to do', async () => {
    const { errors } = (await post('/test/echo', { name: 'longer', tags: ['a', 7] })).json();

    expect(errors).toContainEqual({ path: 'body.name', message: 'is too long; use at most 5 letters' });
    expect(errors.map(({ path }: { path: string }) => path)).toContain('body.tags[1]');
  });

  test('every code is listed with its status and sentence', async () => {
    const { items } = (await get('/api/problems')).json();

    expect(items).toContainEqual({ code: 'not_signed_in', status: 401, detail: 'Sign in first.' });
  });

  test('headers that are too large are refused before they are read', async () => {
    await server.listen({ host: '127.0.0.1', port: 0 });
    const { port } = server.server.address() as AddressInfo;

    const answer = await new Promise<string>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.on('close', () => resolve(text));
      socket.write(`GET / HTTP/1.1\r\nHost: localhost\r\nX-Large: ${'a'.repeat(20_000)}\r\n\r\n`);
    });

    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
    expect(JSON.parse(answer.slice(answer.indexOf('{')))).toMatchObject({ code: 'headers_too_large' });
  });
});

describe('depth', () => {
  test('is found as JSON.parse would find it', () => {
    const depth = (value: unknown): number =>
      typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depth)) : 0;

    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(limits.depthOf(JSON.stringify(value))).toBe(depth(value));
      }),
    );
  });
});

describe('who may send a request', () => {
  test.each([
    ['a page of another origin', { origin: 'https://evil.example' }],
    ['a page of another site, by the browser’s own word', { 'sec-fetch-site': 'cross-site' }],
    ['another port of this machine', { origin: 'http://localhost:1' }],
    ['a page without an origin', { origin: 'null' }],
  ])('%s may change nothing', async (_name, headers) => {
    expect((await post('/test/echo', { name: 'a' }, headers)).json()).toMatchObject({
      status: 403,
      code: 'foreign_origin',
    });
  });

  test('our own pages and programs may', async () => {
    for (const headers of [
      {},
      { origin: 'http://localhost' },
      { origin: 'http://localhost:8414' },
      { host: '127.0.0.1:8414', origin: 'http://127.0.0.1:8414' },
      { 'sec-fetch-site': 'same-origin' },
    ]) {
      expect((await post('/test/echo', { name: 'a' }, headers)).statusCode).toBe(200);
    }
  });

  test('a stranger’s name for this machine is refused (DNS rebinding)', async () => {
    expect((await get('/healthz', { host: 'rebind.example:8414' })).json()).toMatchObject({ code: 'foreign_origin' });
  });

  test('no other origin may read', async () => {
    const { headers } = await get('/healthz', { origin: 'https://evil.example' });

    expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    expect(headers['cross-origin-resource-policy']).toBe('same-origin');
  });
});

describe('rate', () => {
  test('one actor, and one address whatever it forwards, may ask only so often', async () => {
    const own = await testSystem({ env: { ASSAY_HTTP_REQUESTS_PER_MINUTE: '3' } });
    const small = await build(own, { version: '1' });
    small.addHook('onRequest', async (request) => {
      if (request.headers['x-test-person'] !== undefined) request.actor = person;
    });
    const ask = (headers: Record<string, string>) =>
      small.inject({ url: '/api/problems', headers: { ...host, ...headers } });
    const statuses = async (times: number, headers: (index: number) => Record<string, string>) => {
      const seen: number[] = [];
      for (let index = 0; index < times; index++) seen.push((await ask(headers(index))).statusCode);
      return seen;
    };

    expect(await statuses(4, () => ({ 'x-test-person': '1' }))).toEqual([200, 200, 200, 429]);
    expect(await statuses(6, (index) => ({ 'x-forwarded-for': `8.8.8.${index}` }))).toEqual([
      200, 200, 200, 200, 200, 429,
    ]);
    const last = await ask({});
    expect(last.json()).toMatchObject({ code: 'too_many_requests' });
    expect(Number(last.headers['retry-after'])).toBeGreaterThan(0);
    await small.close();
  });
});

describe('Idempotency-Key', () => {
  const once = (key: string, name: string) =>
    post('/test/act', { name }, { 'x-test-person': '1', 'idempotency-key': key });
  const kept = async (name: string) =>
    (await sql<{ n: number }>`select count(*) as n from test_acts where name = ${name}`.execute(system.database.owner))
      .rows[0]?.n;

  test('a request sent twice acts once and gets the same answer', async () => {
    const first = await once('key-1', 'one');
    const second = await once('key-1', 'one');

    expect(first.statusCode).toBe(201);
    expect([second.statusCode, second.body, second.headers['location'], second.headers['content-type']]).toEqual([
      first.statusCode,
      first.body,
      first.headers['location'],
      first.headers['content-type'],
    ]);
    expect([first.headers['idempotency-replayed'], second.headers['idempotency-replayed']]).toEqual([
      undefined,
      'true',
    ]);
    expect(await kept('one')).toBe(1);
  });

  test('the same key with another body is refused', async () => {
    await once('key-2', 'two');

    expect((await once('key-2', 'other')).json()).toMatchObject({ status: 422, code: 'idempotency_key_reused' });
    expect(await kept('other')).toBe(0);
  });

  test('many at once act once', { timeout: 10_000 }, async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => once('key-3', 'three')));

    expect(new Set(answers.map(({ statusCode }) => statusCode))).toSatisfy((seen: Set<number>) =>
      [...seen].every((status) => status === 201 || status === 409),
    );
    expect(await kept('three')).toBe(1);
  });

  test('a refused request leaves neither act nor answer, and may be tried again', async () => {
    expect((await once('key-4', 'fails')).statusCode).toBe(403);

    expect((await once('key-4', 'fails')).headers['idempotency-replayed']).toBeUndefined();
    expect(await kept('fails')).toBe(0);
  });

  test('the kept answer and the act hold together or not at all', async () => {
    const act = repeat.once(system, person, 'key-5', Buffer.from('hash'), async () => {
      await system.database.transaction(itself, (tx) => sql`insert into test_acts values ('five')`.execute(tx));
      throw new Error('killed before the answer was kept');
    });

    await expect(act).rejects.toThrow('killed');
    expect(await kept('five')).toBe(0);
  });
});

describe('caching', () => {
  test('an unchanged answer is not sent again', async () => {
    const first = await get('/api/problems');
    const second = await get('/api/problems', { 'if-none-match': String(first.headers['etag']) });

    expect([first.statusCode, second.statusCode, second.body]).toEqual([200, 304, '']);
    expect(first.headers['cache-control']).toBe('private, no-cache');
  });
});

describe('pages', () => {
  test('every address of the web is index.html; a call or a file that is missing is not', async () => {
    const page = await get('/advisories/X-1', { accept: 'text/html' });

    expect([page.statusCode, page.headers['cache-control']]).toEqual([200, 'no-cache']);
    expect(page.body).toContain('<title>Assay');
    for (const url of ['/api/v1/missing', '/assets/missing.js', '/log/missing']) {
      expect((await get(url, { accept: 'text/html' })).statusCode).toBe(404);
    }
  });

  test('files named by their hash are kept for ever, and come compressed when asked', async () => {
    const file = await get('/assets/main-1a2b3c.js', { 'accept-encoding': 'gzip' });

    expect(file.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(file.headers['content-encoding']).toBe('gzip');
  });

  test('nothing outside the folder is served', async () => {
    for (const url of ['/../package.json', '/assets/..%2f..%2fpackage.json', '/%2e%2e/package.json']) {
      expect((await get(url)).body).not.toContain('"dependencies"');
    }
  });

  test('scripts come from here alone, and none is made from text', async () => {
    const policy = String((await get('/', { accept: 'text/html' })).headers['content-security-policy']);

    expect(policy).toContain("default-src 'self'");
    expect(policy).toContain("require-trusted-types-for 'script'");
    expect(policy).not.toContain('unsafe');
  });
});

describe('OpenAPI', () => {
  test('the document is valid OpenAPI 3.1, and every reference in it leads somewhere', async () => {
    const document = (await get('/api/openapi.json')).json();
    const schema = JSON.parse(readFileSync(new URL('./testdata/openapi-3.1.schema.json', import.meta.url), 'utf8'));
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    const isValid = ajv.validate(schema, document);

    expect(ajv.errors ?? []).toEqual([]);
    expect(isValid).toBe(true);
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path]) => path!);
    expect(references.length).toBeGreaterThan(0);
    for (const path of references) {
      const target = path
        .split('/')
        .reduce<unknown>((at, part) => (at as Record<string, unknown> | undefined)?.[part], document);
      expect(target, path).toBeDefined();
    }
  });

  test('a body that is a file is described as one', async () => {
    const { paths } = (await get('/api/openapi.json')).json();

    for (const path of ['/api/v1/inventories', '/api/v1/imports']) {
      const content = paths[path].post.requestBody.content as Record<string, { schema: unknown }>;
      expect(Object.keys(content).length, path).toBeGreaterThan(1);
      for (const { schema } of Object.values(content)) expect(schema).toMatchObject({ format: 'binary' });
    }
  });

  test('the page is served from here, under a policy of its own', async () => {
    const page = await get('/api/docs/');

    expect(page.statusCode).toBe(200);
    expect(page.body).not.toMatch(/(src|href)="https?:/);
    expect(page.headers['content-security-policy']).toContain("script-src 'self'");
  });
});

describe('for the operator', () => {
  test('alive, ready, and not ready while stopping', async () => {
    expect((await get('/healthz')).json()).toEqual({ status: 'alive' });
    expect((await get('/readyz')).json()).toMatchObject({
      status: 'ready',
      checks: { database: 'ok', migrations: 'ok' },
    });

    const stopping = await build(system, { version: '1', state: { isStopping: true } });
    const response = await stopping.inject({ url: '/readyz', headers: host });

    expect([response.statusCode, response.json().checks.process]).toEqual([503, 'stopping']);
    await stopping.close();
  });

  test('metrics count by route, never by address', async () => {
    await get('/api/v1/log/entries?object=secret_object');
    const { body } = await get('/metrics');

    expect(body).toMatch(/assay_http_request_seconds_count\{method="GET",route="\/api\/problems",status="200"\} \d+/);
    expect(body).toContain('assay_database_connections{state="idle"}');
    expect(body).not.toContain('secret_object');
  });
});

describe('cursors', () => {
  test('give back the key they were made of, and nothing else does', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.integer()), { minLength: 1, maxLength: 3 }), (key) => {
        expect(cursorOf(key)).toMatch(/^[A-Za-z0-9_-]+$/);
        expect(keyOf(cursorOf(key), key.length)).toEqual(key);
        expect(keyOf(cursorOf(key), key.length + 1)).toBeUndefined();
      }),
    );
    fc.assert(fc.property(fc.string(), (text) => void keyOf(text, 1)));
  });
});
