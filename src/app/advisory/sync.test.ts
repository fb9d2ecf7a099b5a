import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { testSystem } from '../../../test/system/test-system.ts';
import { zipOf } from '../../../test/zip.ts';
import { system as itself } from '../../domain/directory/actor.ts';
import * as advisories from '../../store/advisory/advisories.ts';
import * as facts from '../../store/advisory/facts.ts';
import type { System } from '../system.ts';
import * as imports from './import.ts';
import * as sync from './sync.ts';

/** What the local server holds; a test changes it as a public feed changes. */
interface Resource {
  content: Uint8Array;
  headers?: Record<string, string>;
  /** How many of the next answers break off in the middle. */
  cuts?: number;
}

let resources: Map<string, Resource>;
let requests: { path: string; status: number; range: string | undefined }[];
let server: Server;
let base: string;
let assay: System;

function answer(request: IncomingMessage, response: ServerResponse): void {
  const path = new URL(request.url ?? '/', base).pathname;
  const resource = resources.get(decodeURIComponent(path));
  const range = request.headers.range;
  const say = (status: number, headers: Record<string, string> = {}) => {
    requests.push({ path, status, range });
    response.writeHead(status, headers);
    return response;
  };
  if (resource === undefined) {
    say(404).end();
    return;
  }
  const etag = `"${createHash('sha256').update(resource.content).digest('hex').slice(0, 16)}"`;
  if (request.headers['if-none-match'] === etag) {
    say(304).end();
    return;
  }
  const from =
    range !== undefined && request.headers['if-range'] === etag ? Number(/bytes=(\d+)-/.exec(range)?.[1]) : 0;
  const content = resource.content.subarray(from);
  const headers = { etag, 'content-length': `${content.length}`, ...resource.headers };
  const length = resource.content.length;
  say(
    from > 0 ? 206 : 200,
    from > 0 ? { ...headers, 'content-range': `bytes ${from}-${length - 1}/${length}` } : headers,
  );
  if ((resource.cuts ?? 0) > 0) {
    resource.cuts = (resource.cuts ?? 0) - 1;
    response.write(content.subarray(0, Math.ceil(content.length / 2)), () => response.destroy());
  } else response.end(content);
}

const put = (path: string, content: string | Uint8Array, rest: Omit<Resource, 'content'> = {}) =>
  resources.set(path, { content: Buffer.from(content), ...rest });

const record = (id: string, modified: string, summary = 'a flaw') => ({
  id,
  modified,
  summary,
  affected: [{ package: { ecosystem: 'npm', name: id.toLowerCase() }, versions: ['1.0.0'] }],
});

function putOsv(records: ReturnType<typeof record>[], rest: Omit<Resource, 'content'> = {}): void {
  const files = Object.fromEntries(records.map((one) => [`${one.id}.json`, Buffer.from(JSON.stringify(one, null, 2))]));
  put('/osv/ecosystems.txt', 'npm\nPyPI\n');
  put('/osv/npm/all.zip', zipOf(files), rest);
  const newestFirst = records.toSorted((a, b) => (a.modified < b.modified ? 1 : -1));
  put('/osv/npm/modified_id.csv', newestFirst.map((one) => `${one.modified},${one.id}\n`).join(''));
  for (const one of records) put(`/osv/npm/${one.id}.json`, JSON.stringify(one));
}

const kev = {
  title: 'CISA Catalog of Known Exploited Vulnerabilities',
  catalogVersion: '2026.03.01',
  dateReleased: '2026-03-01T09:30:00.000Z',
  count: 1,
  vulnerabilities: [
    {
      cveID: 'CVE-2026-0001',
      vendorProject: 'Fictional',
      product: 'Boiler',
      vulnerabilityName: 'Boiler overflow',
      dateAdded: '2026-03-01',
      shortDescription: 'It overflows.',
      requiredAction: 'Update.',
      dueDate: '2026-03-15',
      knownRansomwareCampaignUse: 'Unknown',
    },
  ],
};

const csafText = readFileSync(new URL('./testdata/csaf/avendor-advisory-0004.json', import.meta.url), 'utf8');
const hash = (text: string, algorithm = 'sha512') =>
  `${createHash(algorithm).update(text).digest('hex')}  avendor-advisory-0004.json\n`;

function putRolie(): void {
  const at = (path: string) => `${base}/rolie/${path}`;
  const feeds = [{ summary: 'all', tlp_label: 'WHITE', url: at('white/feed.json') }];
  put(
    '/rolie/provider-metadata.json',
    JSON.stringify({ role: 'csaf_trusted_provider', distributions: [{ rolie: { feeds } }] }),
  );
  const link = [
    { rel: 'self', href: at('white/a.json') },
    { rel: 'hash', href: at('white/a.json.sha256') },
    { rel: 'hash', href: at('white/a.json.sha512') },
    { rel: 'signature', href: at('white/a.json.asc') },
  ];
  const entry = [{ id: 'Avendor-advisory-0004', title: 'Test', link, updated: '2020-01-01T00:00:00Z' }];
  put('/rolie/white/feed.json', JSON.stringify({ feed: { id: 'feed', entry } }));
  put('/rolie/white/a.json', csafText);
  put('/rolie/white/a.json.sha512', hash(csafText));
  put('/rolie/white/a.json.sha256', hash(csafText, 'sha256'));
}

/** Records of some megabytes that hardly compress: a break in the middle leaves a part on disk. */
const manyRecords = () =>
  Array.from({ length: 300 }, (_, i) => {
    const noise = Array.from({ length: 150 }, (_, j) => createHash('sha512').update(`${i} ${j}`).digest('base64')).join(
      '',
    );
    return record(`X-${i}`, '2026-01-01T00:00:00Z', noise);
  });

let clock = 0;
async function open(env: Record<string, string>): Promise<void> {
  assay = await testSystem({
    now: () => new Date(Date.UTC(2026, 2, 1) + clock++ * 1000).toISOString(),
    env: { ASSAY_OUTBOUND_ALLOW: new URL(base).host, ...env },
  });
}
const openOsv = () =>
  open({
    ASSAY_FEEDS_OSV: `${base}/osv`,
    ASSAY_FEEDS_KEV: `${base}/kev.json`,
    ASSAY_FEEDS_EPSS: `${base}/epss.csv.gz`,
    ASSAY_FEEDS_ECOSYSTEMS: 'npm',
  });

beforeEach(async () => {
  resources = new Map();
  requests = [];
  server = createServer(answer);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  put('/kev.json', JSON.stringify(kev));
  put(
    '/epss.csv.gz',
    gzipSync('#model_version:v1,score_date:2026-03-01T00:00:00+0000\ncve,epss,percentile\nCVE-2026-0001,0.5,0.9\n'),
  );
  putOsv([record('X-1', '2026-01-01T00:00:00Z'), record('X-2', '2026-01-02T00:00:00.123456Z')]);
});
afterEach(() => new Promise((done) => server.close(done)));

const held = (id: string) => assay.database.transaction(itself, (tx) => advisories.load(tx, id));
const problems = async () =>
  Object.fromEntries((await sync.list(assay, itself)).map((feed) => [feed.name, feed.problem]));
const lastImport = async () => (await imports.list(assay, itself, { limit: 1 }))[0];
const noProblems = { 'OSV npm': null, 'CISA KEV': null, 'FIRST EPSS': null };

describe('the OSV bucket, KEV and EPSS', () => {
  test('the first reading takes the whole archive and the facts', async () => {
    await openOsv();
    await sync.run(assay);

    expect(await problems()).toEqual(noProblems);
    expect(await held('X-1')).toBeDefined();
    expect(await held('X-2')).toMatchObject({ source: 'OSV npm' });
    const known = await assay.database.transaction(itself, (tx) => facts.of(tx, ['CVE-2026-0001']));
    expect(known.map(({ fact }) => fact.kind)).toEqual(['epss', 'kev']);
  });

  test('unchanged feeds answer 304 and nothing is imported', async () => {
    await openOsv();
    await sync.run(assay);
    const before = await imports.list(assay, itself, { limit: 100 });
    requests = [];
    await sync.run(assay);

    expect(requests.map((one) => one.status)).toEqual([304, 304, 304]);
    expect(await imports.list(assay, itself, { limit: 100 })).toEqual(before);
  });

  test('of one changed record only that record is fetched', async () => {
    await openOsv();
    await sync.run(assay);
    putOsv([
      record('X-1', '2026-01-01T00:00:00Z'),
      record('X-2', '2026-01-02T00:00:00.123456Z'),
      record('X-3', '2026-01-03T00:00:00Z', 'new'),
    ]);
    requests = [];
    await sync.run(assay);

    const fetched = requests.filter((one) => one.status === 200).map((one) => one.path);
    expect(fetched).not.toContain('/osv/npm/all.zip');
    expect(fetched).toContain('/osv/npm/X-3.json');
    expect(fetched).not.toContain('/osv/npm/X-1.json');
    expect((await held('X-3'))?.advisory.summary).toBe('new');
    expect(await lastImport()).toMatchObject({ added: 1, changed: 0 });
  });

  test('a connection cut in the middle is taken up where it broke', async () => {
    putOsv(manyRecords(), { cuts: 2 });
    await openOsv();
    await sync.run(assay);

    const archive = requests.filter((one) => one.path === '/osv/npm/all.zip');
    expect(archive.map((one) => one.status)).toEqual([200, 206, 206]);
    expect(await problems()).toEqual(noProblems);
    expect(await held('X-299')).toBeDefined();
  });

  test('a download that broke off for good goes on in the next run, with what lies on disk', async () => {
    putOsv(manyRecords(), { cuts: 5 });
    await openOsv();
    await sync.run(assay);
    expect((await problems())['OSV npm']).toContain('could not be read');
    expect(existsSync(join(assay.config.data, 'feeds', 'OSV_npm.part'))).toBe(true);
    requests = [];
    await sync.run(assay);

    expect(requests.find((one) => one.path === '/osv/npm/all.zip')?.status).toBe(206);
    expect(await problems()).toEqual(noProblems);
    expect(await held('X-299')).toBeDefined();
  });

  test('a zip bomb is refused with the reason; the other feeds are read all the same', async () => {
    put('/osv/npm/all.zip', zipOf({ 'X-1.json': Buffer.alloc(18_000_000, 0x20) }));
    await openOsv();
    await sync.run(assay);

    expect((await problems())['OSV npm']).toContain('grows more than 250 times');
    expect((await problems())['CISA KEV']).toBeNull();
  });

  test('an answer in Brotli is refused undecoded', async () => {
    put('/kev.json', brotliCompressSync(JSON.stringify(kev)), { headers: { 'content-encoding': 'br' } });
    await openOsv();
    await sync.run(assay);

    expect((await problems())['CISA KEV']).toContain('encoding');
  });

  test('an ecosystem that the bucket does not have is said, with those it has', async () => {
    await open({
      ASSAY_FEEDS_OSV: `${base}/osv`,
      ASSAY_FEEDS_KEV: `${base}/kev.json`,
      ASSAY_FEEDS_EPSS: `${base}/epss.csv.gz`,
      ASSAY_FEEDS_ECOSYSTEMS: 'pypi',
    });
    await sync.run(assay);

    expect((await problems())['OSV pypi']).toContain('It has: npm, PyPI.');
  });

  test('without configured feeds nothing is fetched', async () => {
    await open({});
    await sync.run(assay);

    expect(requests).toEqual([]);
  });

  test('a private address is refused when it is not said to be a mirror', async () => {
    await open({ ASSAY_OUTBOUND_ALLOW: '', ASSAY_FEEDS_CSAF: `${base}/rolie/provider-metadata.json` });
    await sync.run(assay);

    expect(Object.values(await problems())[0]).toContain('private or reserved address');
    expect(requests).toEqual([]);
  });
});

describe('CSAF providers', () => {
  const openRolie = () => open({ ASSAY_FEEDS_CSAF: `${base}/rolie/provider-metadata.json` });

  test('a ROLIE feed is followed, each document held against its hash, and read once', async () => {
    putRolie();
    await openRolie();
    await sync.run(assay);
    expect(await held('Avendor-advisory-0004')).toBeDefined();
    requests = [];
    await sync.run(assay);

    expect(requests.map((one) => one.path)).toEqual(['/rolie/provider-metadata.json', '/rolie/white/feed.json']);
  });

  test('a document with another hash than promised is not taken, and is asked for again', async () => {
    putRolie();
    put('/rolie/white/a.json.sha512', hash(`${csafText} `));
    await openRolie();
    await sync.run(assay);
    expect(await held('Avendor-advisory-0004')).toBeUndefined();
    expect(Object.values(await problems())[0]).toContain('does not have the hash');
    putRolie();
    await sync.run(assay);

    expect(await held('Avendor-advisory-0004')).toBeDefined();
    expect(Object.values(await problems())).toEqual([null]);
  });

  test('a document whose promised hash is missing is not taken', async () => {
    putRolie();
    resources.delete('/rolie/white/a.json.sha512');
    resources.delete('/rolie/white/a.json.sha256');
    await openRolie();
    await sync.run(assay);

    expect(await held('Avendor-advisory-0004')).toBeUndefined();
  });

  test.each([
    ['changes.csv', '"avendor-advisory-0004.json","2020-01-01T00:00:00Z"\n'],
    ['index.txt', 'avendor-advisory-0004.json\n../../kev.json\n'],
  ])('a directory is read by its %s, and never left', async (list, text) => {
    put('/dir/provider-metadata.json', JSON.stringify({ distributions: [{ directory_url: `${base}/dir/white/` }] }));
    put(`/dir/white/${list}`, text);
    put('/dir/white/avendor-advisory-0004.json', csafText);
    put('/dir/white/avendor-advisory-0004.json.sha512', hash(csafText));
    await open({ ASSAY_FEEDS_CSAF: `${base}/dir/provider-metadata.json` });
    await sync.run(assay);

    expect(await held('Avendor-advisory-0004')).toBeDefined();
    expect(requests.map((one) => one.path)).not.toContain('/kev.json');
  });
});
