/** Import of advisories into PostgreSQL, beside COPY of the same bytes into a bare table and one INSERT for each row. */
import { chmodSync, createReadStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { sql } from 'kysely';
import * as imports from '../src/app/advisory/import.ts';
import * as packs from '../src/app/advisory/packs.ts';
import type { System } from '../src/app/system.ts';
import { system as itself } from '../src/domain/directory/actor.ts';
import { open } from '../src/store/database.ts';
import * as embedded from '../src/store/embedded.ts';
import { migrate } from '../src/store/migrations.ts';

const files = ['pysec', 'bitnami', 'rustsec', 'ghsa', 'oss-fuzz', 'haskell'].map(
  (name) => `sample/advisories/${name}.jsonl.gz`,
);
const insertedRows = 1_000;

interface Result {
  what: string;
  rows: number;
  seconds: number;
  cpuSeconds: number;
}

/** Wall time, and CPU time of this process: the database's own work shows as the difference. */
async function timed(what: string, work: () => Promise<number>): Promise<Result> {
  const before = process.cpuUsage();
  const start = performance.now();
  const rows = await work();
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(before);
  return { what, rows, seconds, cpuSeconds: (user + system) / 1e6 };
}

export async function run(args: string[]): Promise<void> {
  const paths = args.length > 0 ? args : files;
  const folder = mkdtempSync(join(tmpdir(), 'assay-bench-'));
  // Root lends the database to another user, who must reach it.
  chmodSync(folder, 0o755);
  const postgres = await embedded.start(join(folder, 'database'));
  await migrate(postgres.url);
  const database = open({ url: postgres.url, statementTimeoutMs: 600_000 });
  const system = {
    database,
    now: () => new Date().toISOString(),
    randomBytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)),
  } as System;
  try {
    const texts = paths.map((path) => gunzipSync(readFileSync(path)).toString('utf8').trim());
    const lines = texts.flatMap((text) => text.split('\n'));
    const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    let peak = 0;
    const watch = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage().rss);
    }, 50);
    const importAll = async (label: string): Promise<number> => {
      let rows = 0;
      for (const path of paths) {
        const done = await imports.run(system, itself, { key: `${label} ${path}`, name: path }, createReadStream(path));
        rows += done.position;
      }
      return rows;
    };
    const results: Result[] = [];
    results.push(
      await timed('COPY of the same bytes, one text column, no index', async () => {
        await sql`create table bench_copy (body text)`.execute(database.owner);
        await database.transaction(itself, async (tx) => {
          await sql`reset role`.execute(tx);
          const escaped = function* () {
            for (const line of lines) yield `${line.replaceAll('\\', '\\\\')}\n`;
          };
          await database.copyIn(
            tx,
            'copy bench_copy from stdin',
            (async function* () {
              yield* escaped();
            })(),
          );
        });
        return lines.length;
      }),
    );
    results.push(
      await timed('one INSERT and commit for each row, same table', async () => {
        for (const line of lines.slice(0, insertedRows)) {
          await sql`insert into bench_copy (body) values (${line})`.execute(database.owner);
        }
        return insertedRows;
      }),
    );
    results.push(await timed('read only: gunzip, cut, parse, check, no database', readOnly(paths)));
    results.push(await timed('import: rows, search, packages, groups, log', () => importAll('first')));
    results.push(await timed('import of the same again: nothing changes', () => importAll('again')));
    results.push(
      await timed('packs of every ecosystem', async () => {
        await packs.buildTouched(system);
        return lines.length;
      }),
    );
    clearInterval(watch);
    const copy = results[0]!;
    console.log(
      `${lines.length.toLocaleString('en')} advisories, ${(bytes / 1e6).toFixed(1)} MB of JSON, PostgreSQL embedded, durable\n`,
    );
    console.log(
      `${''.padEnd(52)} ${'rows/s'.padStart(10)} ${'MB/s'.padStart(7)} ${'own CPU'.padStart(8)}  beside COPY`,
    );
    for (const { what, rows, seconds, cpuSeconds } of results) {
      const rate = rows / seconds;
      const ratio = rate / (copy.rows / copy.seconds);
      const mb = ((bytes / 1e6) * rows) / lines.length / seconds;
      console.log(
        `${what.padEnd(52)} ${Math.round(rate).toLocaleString('en').padStart(10)} ${mb.toFixed(1).padStart(7)} ` +
          `${`${Math.round((100 * cpuSeconds) / seconds)} %`.padStart(8)}  1/${(1 / ratio).toFixed(1)}`,
      );
    }
    console.log(
      `\nPeak memory of this process: ${Math.round(peak / 1e6)} MB (with the ${Math.round(bytes / 1e6)} MB held for COPY)`,
    );
  } finally {
    await database.close();
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function readOnly(paths: string[]): () => Promise<number> {
  return async () => {
    const { itemsOf } = await import('../src/formats/advisory-stream.ts');
    const { gunzip } = await import('../src/formats/archive/gzip.ts');
    const { reader } = await import('../src/formats/advisory-file.ts');
    let rows = 0;
    for (const path of paths) {
      const read = reader();
      for await (const item of itemsOf(gunzip(createReadStream(path))))
        rows += read.read(item.text ?? '').advisories.length;
    }
    return rows;
  };
}
