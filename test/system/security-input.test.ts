import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cursorOf } from '../../src/api/contract/page.ts';
import { build } from '../../src/api/server.ts';
import * as members from '../../src/app/directory/members.ts';
import * as signIn from '../../src/app/directory/sign-in.ts';
import { sequence } from '../../src/app/log/sequence.ts';
import type { System } from '../../src/app/system.ts';
import { system as itself } from '../../src/domain/directory/actor.ts';
import { testSystem } from './test-system.ts';

let system: System;
let server: FastifyInstance;
let cookie: string;
let inventory: string;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'assay-web-'));
  mkdirSync(join(folder, 'web', 'assets'), { recursive: true });
  writeFileSync(join(folder, 'web', 'index.html'), '<!doctype html><title>Assay</title>');
  writeFileSync(join(folder, 'secret.txt'), 'not to be served');
  system = await testSystem({ env: { ASSAY_HTTP_REQUESTS_PER_MINUTE: '100000' } });
  server = await build(system, { version: 'test', webFolder: join(folder, 'web') });
  const made = await system.database.transaction(itself, (tx) =>
    members.found(system, tx, itself, { name: 'alder', isHost: true, isSample: false }, [
      { name: 'Everything', roles: ['administrator', 'operator'] },
    ]),
  );
  const link = await signIn.createLink(system, made.people[0]?.id as `person_${string}`);
  cookie = `session=${await signIn.signInByLink(system, link.slice(link.indexOf('token=') + 6))}`;
  const kept = await ask('POST', '/api/v1/inventories?name=Ward&fileName=bom.json', {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    components: [],
  });
  inventory = kept.json().id;
  await sequence(system);
});
afterAll(() => rmSync(folder, { recursive: true }));

const ask = (method: string, url: string, payload?: object | string) =>
  server.inject({
    method: method as 'GET',
    url: url.replace(':inventory', inventory),
    headers: { cookie, ...(typeof payload === 'string' && { 'content-type': 'application/json' }) },
    ...(payload !== undefined && { payload }),
  });

const bom = { bomFormat: 'CycloneDX', specVersion: '1.6', components: [] };
const mark = (fields: object) => ({ state: 'done', vulnerabilities: ['CVE-2026-1'], ...fields });

test.each<[method: string, url: string, payload?: object | string]>([
  ['GET', '/api/v1/advisories?q=%00'],
  ['GET', '/api/v1/advisories?q=a%00b'],
  ['GET', '/api/v1/advisories?package=%00&ecosystem=%00'],
  ['GET', `/api/v1/advisories?after=${cursorOf(['\u0000', '\u0000'])}`],
  ['GET', '/api/v1/advisories/%00'],
  ['GET', '/v1/vulns/%00'],
  ['POST', '/v1/query', { package: { name: 'a\u0000', ecosystem: 'PyPI' } }],
  ['POST', '/v1/query', { commit: '\u0000' }],
  ['POST', '/v1/querybatch', { queries: [{ package: { purl: 'pkg:pypi/a%00@1' } }] }],
  ['GET', `/api/v1/imports?after=${cursorOf(['\u0000', 'x'])}`],
  ['GET', '/api/v1/imports/%00'],
  ['GET', '/api/v1/packs/%00'],
  ['GET', '/api/v1/policies/__proto__'],
  ['GET', '/api/v1/people/%00'],
  ['GET', `/api/v1/people?after=${cursorOf(['\u0000'])}`],
  ['DELETE', '/api/v1/people/%00'],
  ['POST', '/api/v1/people', { name: 'a\u0000', email: 'a@alder.example', roles: ['operator'] }],
  ['POST', '/api/v1/people', '{"name":"a","email":"b@alder.example","roles":["operator"],"__proto__":{}}'],
  ['POST', '/api/v1/organisations', { name: '\u0000', administrator: { name: 'C', email: 'c@cedar.example' } }],
  ['GET', '/api/v1/organisations/%00'],
  ['GET', '/api/v1/agents/%00'],
  ['DELETE', '/api/v1/agents/%00'],
  ['POST', '/api/v1/agents', { name: '\u0000', scopes: ['log:read'], expiresAt: '2026-04-01T00:00:00.000Z' }],
  ['DELETE', '/api/v1/passkeys/%00'],
  ['POST', '/api/v1/session/links', { email: 'a\u0000@x.example' }],
  ['POST', '/api/v1/session', { token: '\u0000' }],
  ['GET', '/api/v1/inventories/%00'],
  ['GET', `/api/v1/inventories?after=${cursorOf(['not an instant', 'x'])}`],
  ['GET', `/api/v1/inventories?after=${cursorOf(['2026-01-01T00:00:00Z', '\u0000'])}`],
  ['POST', '/api/v1/inventories?name=W%00&fileName=bom.json', bom],
  ['POST', '/api/v1/inventories?name=W&fileName=bom%00.json', bom],
  ['GET', '/api/v1/inventories/:inventory/changes?since=0000-01-01'],
  ['GET', '/api/v1/inventories/:inventory/patch-list?asOf=0000-01-01'],
  ['PATCH', '/api/v1/inventories/:inventory', { name: '\u0000' }],
  ['PUT', '/api/v1/inventories/:inventory/marks/%00', mark({})],
  ['PUT', '/api/v1/inventories/:inventory/marks/a', mark({ reason: '\u0000' })],
  ['PUT', '/api/v1/inventories/:inventory/marks/a', mark({ vulnerabilities: ['\u0000'] })],
  ['PUT', '/api/v1/inventories/:inventory/marks/a', mark({ vulnerabilities: Array(1000).fill('v'.repeat(200)) })],
  ['GET', '/api/v1/log/entries?object=%00'],
  ['GET', `/api/v1/log/entries?after=${cursorOf([1.5])}`],
  ['GET', `/api/v1/log/entries?after=${cursorOf([1e300])}`],
  ['GET', '/api/v1/log/entries/9007199254740991/proof'],
  ['GET', '/log/tile/0/x999/x999/x999/x999/x999/999'],
])('%s %s is refused as the fault of the request, never noted as one of ours', async (method, url, payload) => {
  const answer = await ask(method, url, payload);

  expect(answer.statusCode).toBeLessThan(500);
});

test.each([
  '/../secret.txt',
  '/..%2fsecret.txt',
  '/assets/../../secret.txt',
  '/assets/..%2f..%2fsecret.txt',
  '/assets/%2e%2e/%2e%2e/secret.txt',
  '/assets/..%5c..%5csecret.txt',
  '/log/tile/../../secret.txt',
  '/api/docs/static/..%2f..%2fpackage.json',
  '/api/v1/packs/..%2f..%2fsecret.txt',
])('no file outside the pages is served at %s', async (url) => {
  const answer = await ask('GET', url);

  expect([404, 422]).toContain(answer.statusCode);
  expect(answer.body).not.toContain('not to be served');
});
