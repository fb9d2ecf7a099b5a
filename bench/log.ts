/** The record: what it costs, beside what it could not do without (hashing, one durable insert), in one run. */
import { hash as hashOf, randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { sequence } from '../src/app/log/sequence.ts';
import type { System } from '../src/app/system.ts';
import type { Actor } from '../src/domain/directory/actor.ts';
import * as checkpoint from '../src/log/checkpoint.ts';
import * as proof from '../src/log/proof.ts';
import * as tree from '../src/log/tree.ts';
import { open } from '../src/store/database.ts';
import * as embedded from '../src/store/embedded.ts';
import * as entries from '../src/store/log/entries.ts';
import { loadSigner } from '../src/store/log/key.ts';
import { sha256 } from '../src/store/log/sha256.ts';
import { migrate } from '../src/store/migrations.ts';

const leafCount = 100_000;
const batchSize = 256;
const sliceMs = 1500;
const slices = 4;
const connections = 8;

const row = (what: string, rate: number, beside = '', ratio = '') =>
  console.log(
    `${what.padEnd(58)} ${Math.round(rate).toLocaleString('en').padStart(12)}/s  ${beside.padEnd(34)} ${ratio}`,
  );

/** Work done for each second of this process's own CPU time. */
async function perCpuSecond(count: number, work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return count / ((user + system) / 1e6);
}

const median = (values: number[]) => values.toSorted((one, two) => one - two)[values.length >> 1] as number;

export async function run(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'assay-bench-'));
  chmodSync(folder, 0o755);
  try {
    await pure(folder);
    await durable(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function pure(folder: string): Promise<void> {
  const signer = loadSigner(join(folder, 'log-key.pem'), 'bench.example/log');
  const leaves = Array.from({ length: leafCount }, () => new Uint8Array(randomBytes(250)));
  const nodes = new Map<number, Uint8Array[]>();
  const keep = (level: number, _index: number, hash: Uint8Array) => {
    const row = nodes.get(level);
    if (row === undefined) nodes.set(level, [hash]);
    else row.push(hash);
  };
  const frontier = tree.emptyFrontier();

  // Every tree of n leaves takes n leaf hashes and n - 1 inner ones: nothing is faster than computing just those.
  const inner = new Uint8Array(65);
  const floor = await perCpuSecond(leafCount, () => {
    for (const leaf of leaves) {
      hashOf('sha256', leaf, 'buffer');
      hashOf('sha256', inner, 'buffer');
    }
  });
  const appended = await perCpuSecond(leafCount, async () => {
    for (const [index, leaf] of leaves.entries()) {
      const hash = tree.leafHash(sha256, leaf);
      keep(0, index, hash);
      tree.append(sha256, frontier, hash, keep);
      if (index % batchSize === batchSize - 1) {
        const root = tree.root(sha256, frontier);
        await checkpoint.sign({ origin: 'bench.example/log', size: frontier.size, root }, [signer]);
      }
    }
  });
  console.log('For each second of CPU (250-byte leaves)');
  row('  only the hashes that the tree needs', floor);
  row(
    `  append, all nodes kept, signed checkpoint each ${batchSize}`,
    appended,
    'of the hashes alone',
    (appended / floor).toFixed(2),
  );

  const read = (level: number, index: number) => nodes.get(level)?.[index] as Uint8Array;
  const root = tree.root(sha256, frontier);
  const places = Array.from({ length: 5000 }, () => Math.floor(Math.random() * leafCount));
  const paths: Uint8Array[][] = [];
  row(
    '  inclusion proof',
    await perCpuSecond(places.length, () => {
      for (const place of places) paths.push(proof.inclusion(sha256, place, leafCount, read));
    }),
  );
  row(
    '  inclusion verified (17 hashes)',
    await perCpuSecond(places.length, () => {
      for (const [at, place] of places.entries()) {
        const leaf = read(0, place);
        if (!proof.verifyInclusion(sha256, place, leafCount, leaf, paths[at] as Uint8Array[], root))
          throw new Error('no proof');
      }
    }),
  );
  row(
    '  consistency proof',
    await perCpuSecond(places.length, () => {
      for (const place of places) proof.consistency(sha256, place + 1, leafCount, read);
    }),
  );
}

async function durable(folder: string): Promise<void> {
  const server = await embedded.start(join(folder, 'database'));
  try {
    await migrate(server.url);
    const database = open({ url: server.url, poolMax: connections + 2 });
    await sql`create table bench_rows (id text primary key, body text)`.execute(database.owner);
    await sql`grant insert on bench_rows to assay_app`.execute(database.owner);
    const signer = loadSigner(join(folder, 'log-key.pem'), 'bench.example/log');
    const now = () => new Date().toISOString();
    const system = { database, signer, now } as System;
    const actor: Actor = { kind: 'person', id: 'person_bench', organisation: 'organisation_bench', roles: [] };
    const body = 'x'.repeat(200);
    const id = () => randomBytes(12).toString('hex');

    const insert = () => sql`insert into bench_rows values (${id()}, ${body})`.execute(database.owner);
    const inTransaction = () =>
      database.transaction(actor, (tx) => sql`insert into bench_rows values (${id()}, ${body})`.execute(tx));
    const act = () =>
      database.transaction(actor, async (tx) => {
        const object = id();
        await sql`insert into bench_rows values (${object}, ${body})`.execute(tx);
        await entries.append(tx, { did: 'bench_done', object, by: actor, body: { body } });
      });
    const rateOf = async (work: () => Promise<unknown>) => {
      const until = performance.now() + sliceMs;
      let done = 0;
      await Promise.all(
        Array.from({ length: connections }, async () => {
          for (; performance.now() < until; done += 1) await work();
        }),
      );
      return done / (sliceMs / 1000);
    };
    const rates = { insert: [] as number[], inTransaction: [] as number[], act: [] as number[] };
    for (let slice = 0; slice < slices; slice += 1) {
      rates.insert.push(await rateOf(insert));
      rates.inTransaction.push(await rateOf(inTransaction));
      rates.act.push(await rateOf(act));
    }
    console.log(`\nBy the clock, durable, ${connections} connections, 200-byte rows`);
    row('  plain insert, one statement', median(rates.insert));
    row('  the same as an actor under row security', median(rates.inTransaction));
    const recorded = median(rates.act);
    row(
      '  act: the same and its log entry',
      recorded,
      'of the insert as an actor',
      (recorded / median(rates.inTransaction)).toFixed(2),
    );
    row('', recorded, 'of the plain insert', (recorded / median(rates.insert)).toFixed(2));

    const start = performance.now();
    const placed = await sequence(system);
    row(
      '  entries given their place, tiles and checkpoint',
      placed / ((performance.now() - start) / 1000),
      `${placed.toLocaleString('en')} entries`,
    );
    await database.close();
  } finally {
    await server.stop();
  }
}
