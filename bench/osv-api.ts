/**
 * `npm run bench -- osv-api`: batches of the OSV query API, answered from the packs, beside the plain rules applied to one
 * advisory after the other, on the same database and queries in the same run. Medians of interleaved rounds; the answers are
 * compared.
 */
import { chmodSync, createReadStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { pino } from 'pino';
import { request } from 'undici';
import { build as buildServer } from '../src/api/server.ts';
import * as imports from '../src/app/advisory/import.ts';
import * as packs from '../src/app/advisory/packs.ts';
import * as query from '../src/app/advisory/query.ts';
import { build, type System } from '../src/app/system.ts';
import * as config from '../src/config.ts';
import type { Advisory } from '../src/domain/advisory/advisory.ts';
import { affects } from '../src/domain/advisory/affected.ts';
import { familyOf, identityOf, type PackageVersion, packagesOf } from '../src/domain/advisory/package.ts';
import { anonymous, system as itself } from '../src/domain/directory/actor.ts';
import * as advisories from '../src/store/advisory/advisories.ts';
import { open } from '../src/store/database.ts';
import * as embedded from '../src/store/embedded.ts';
import { migrate } from '../src/store/migrations.ts';

const files = ['pysec', 'bitnami', 'rustsec', 'ghsa', 'oss-fuzz', 'haskell', 'distributions'].map(
  (name) => `sample/advisories/${name}.jsonl.gz`,
);
const batchSize = 1_000;
/** The plain rules take seconds for a batch of packages with many advisories. */
const plainSize = 100;
const rounds = 7;

export async function run(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'assay-bench-'));
  // Root lends the database to another user, who must reach it.
  chmodSync(folder, 0o755);
  const postgres = await embedded.start(join(folder, 'database'));
  await migrate(postgres.url);
  const database = open({ url: postgres.url, statementTimeoutMs: 600_000 });
  const settings = config.read({ env: { ASSAY_DATA: join(folder, 'data'), DATABASE_URL: postgres.url }, folder });
  const system = build({ config: settings, database, logger: pino({ level: 'silent' }) });
  const server = await buildServer(system, { version: 'bench' });
  try {
    for (const path of files) await imports.run(system, itself, { key: path, name: path }, createReadStream(path));
    const purls = shuffled(textOf('bench/testdata/real-purls.txt.gz')).filter(
      (purl) => packagesOf({ purl }).length > 0,
    );
    const mix = purls.slice(0, batchSize).map((purl) => ({ package: { purl } }));
    const hot = shuffled(hotSet(files.flatMap(textOf).map((line) => JSON.parse(line)))).slice(0, batchSize);
    await server.listen({ host: '127.0.0.1', port: 0 });
    const url = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}/v1/querybatch`;

    const stale = await timed(() => query.answer(system, anonymous, mix));
    const staleHot = await timed(() => query.answer(system, anonymous, hot));
    await packs.buildTouched(system);
    const first = await timed(() => query.answer(system, anonymous, mix));
    console.log(`${batchSize} queries a batch; components/s of wall time | of this process's CPU time\n`);
    await compare(system, url, 'real mix', mix, mix);
    await compare(system, url, 'packages of 50 advisories and more', hot, hot.slice(0, plainSize));
    console.log('once');
    line('real mix, packs yet to be opened', batchSize, [first]);
    line('real mix, packs yet to be built', batchSize, [stale]);
    line('many advisories, packs yet to be built', batchSize, [staleHot]);
  } finally {
    await server.close();
    await system.close();
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function compare(system: System, url: string, what: string, queries: query.Query[], few: query.Query[]) {
  const body = JSON.stringify({ queries });
  const ask = async () => {
    const answer = await request(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    return answer.body.json() as Promise<{ results: { vulns?: { id: string }[] }[] }>;
  };
  const ours: Spent[] = [];
  const http: Spent[] = [];
  const plain: Spent[] = [];
  for (let round = -1; round < rounds; round++) {
    const inProcess = await timed(() => query.answer(system, anonymous, queries));
    const overHttp = await timed(ask);
    const byRules = round < 3 ? await timed(() => plainly(system, few)) : undefined;
    // The first round warms up.
    if (round < 0) continue;
    ours.push(inProcess);
    http.push(overHttp);
    if (byRules !== undefined) plain.push(byRules);
  }
  const answers = (await query.answer(system, anonymous, queries)).map((one) =>
    'problem' in one ? one.problem : one.map(({ id }) => id),
  );
  const served = (await ask()).results.map(({ vulns = [] }) => vulns.map(({ id }) => id));
  const expected = await plainly(system, few);
  const isEqual =
    JSON.stringify(answers.slice(0, few.length)) === JSON.stringify(expected) &&
    JSON.stringify(served) === JSON.stringify(answers);
  console.log(`${what}: ${answers.flat().length} findings; answers ${isEqual ? 'equal' : 'DIFFER'}`);
  line(`plain rules (${few.length} queries)`, few.length, plain);
  line('our packs, in the process', queries.length, ours, plain, few.length);
  line('our packs, over HTTP on loopback', queries.length, http, plain, few.length);
  console.log();
}

/** Every advisory of the packages is read and held against the version by the rules of the specification. */
async function plainly(system: System, queries: query.Query[]): Promise<string[][]> {
  const asked = queries.map(({ version, package: named }) =>
    named?.purl !== undefined
      ? packagesOf({ purl: named.purl })
      : [{ ...identityOf({ ecosystem: named?.ecosystem ?? '', name: named?.name ?? '' }), version: version ?? '' }],
  );
  const { rows, held } = await system.database.transaction(anonymous, async (tx) => {
    const rows = await advisories.ofPackages(tx, asked.flat(), 1_000_000);
    return { rows, held: await advisories.loadAll(tx, [...new Set(rows.map(({ id }) => id))]) };
  });
  const byId = new Map(held.map((advisory) => [advisory.id, advisory]));
  const byName = new Map<string, typeof rows>();
  for (const row of rows) {
    const same = byName.get(row.name);
    if (same === undefined) byName.set(row.name, [row]);
    else same.push(row);
  }
  return asked.map((packages) => {
    const ids = new Set<string>();
    for (const one of packages) {
      for (const { ecosystem, name, id } of byName.get(one.name) ?? []) {
        if (ecosystem !== one.ecosystem && familyOf(ecosystem) !== one.ecosystem) continue;
        if (one.version === '' || affects(byId.get(id)!, { ecosystem, name }, one.version)?.certainty === 'affected')
          ids.add(id);
      }
    }
    return [...ids].sort();
  });
}

/** Every package with 50 advisories and more, at every version that they name. */
function hotSet(all: Advisory[]): query.Query[] {
  const named = new Map<string, { ids: Set<string>; versions: Map<string, PackageVersion> }>();
  for (const { id, affected = [] } of all) {
    for (const { package: of, versions = [], ranges = [] } of affected) {
      if (of === undefined) continue;
      const identity = identityOf(of);
      const key = `${identity.ecosystem}\n${identity.name}`;
      const held = named.get(key) ?? { ids: new Set(), versions: new Map() };
      named.set(key, held);
      held.ids.add(id);
      const bounds = ranges.flatMap(({ type, events }) => (type === 'GIT' ? [] : events));
      for (const version of [...versions, ...bounds.map((event) => event.fixed ?? event.introduced ?? '0')])
        held.versions.set(version, { ...identity, version });
    }
  }
  return [...named.values()]
    .filter(({ ids }) => ids.size >= 50)
    .flatMap(({ versions }) => [...versions.values()])
    .map(({ ecosystem, name, version }) => ({ package: { ecosystem, name }, version }));
}

function textOf(path: string): string[] {
  return gunzipSync(readFileSync(path)).toString('utf8').trim().split('\n');
}

/** The same order in every run. */
function shuffled<T>(items: T[]): T[] {
  const copy = [...items];
  let seed = 1;
  for (let at = copy.length - 1; at > 0; at--) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    const other = seed % (at + 1);
    [copy[at], copy[other]] = [copy[other]!, copy[at]!];
  }
  return copy;
}

interface Spent {
  seconds: number;
  /** Of this process: what the database works shows as the difference. */
  cpuSeconds: number;
}

async function timed(work: () => Promise<unknown>): Promise<Spent> {
  const before = process.cpuUsage();
  const start = performance.now();
  await work();
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(before);
  return { seconds, cpuSeconds: (user + system) / 1e6 };
}

function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

/** Medians of the rounds, as components per second of wall time and of CPU time; ratios to the plain rules. */
function line(what: string, components: number, rounds: Spent[], base?: Spent[], baseComponents = components): void {
  const rate = (of: Spent[], field: keyof Spent, count: number) => count / median(of.map((one) => one[field]));
  const texts = (['seconds', 'cpuSeconds'] as const).map((field) => {
    const own = rate(rounds, field, components);
    const ratio = base === undefined ? 1 : own / rate(base, field, baseComponents);
    const times = base === undefined ? '' : `${ratio.toFixed(ratio < 10 ? 1 : 0)} times`;
    return `${Math.round(own).toLocaleString('en').padStart(9)} ${times.padStart(10)}`;
  });
  console.log(`  ${what.padEnd(36)} ${texts.join(' | ')}`);
}
