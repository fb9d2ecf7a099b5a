/**
 * `npm run bench -- flood [FINDINGS]`: a flood of findings through the batch API of a whole instance with the embedded database:
 * taken, screened, indexed and compared, beside a plain COPY of the same rows. `--million [SINGLES]`: one finding more in a store of a
 * million.
 */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { Pool } from 'undici';
import * as screen from '../src/app/intake/screen.ts';
import * as jobs from '../src/app/jobs.ts';
import { tasks } from '../src/app/tasks.ts';
import { system as itself } from '../src/domain/directory/actor.ts';
import { featuresOf } from '../src/domain/intake/duplicate/features.ts';
import { keysOf } from '../src/domain/intake/duplicate/keys.ts';
import { traitsOf } from '../src/domain/intake/queue.ts';
import type { Report } from '../src/domain/intake/report.ts';
import * as copy from '../src/store/advisory/copy.ts';
import { deskAudience } from '../src/store/intake/sources.ts';
import { campaign, type Made } from './intake/campaign.ts';
import * as instance from './intake/instance.ts';

const defaultFindings = 100_000;
/** A new source has room for 10,000 in an hour. */
const perSource = 9_500;
const rowsOfPart = 1_000;

export async function run(args: string[]): Promise<void> {
  if (args[0] === '--million') return million(Number(args[1] ?? 200), Number(args[2] ?? 1_000_000));
  await flood(Number(args[0] ?? defaultFindings));
}

async function flood(findings: number): Promise<void> {
  const running = await instance.start();
  const { system } = running;
  let peak = 0;
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 100);
  const worker = await jobs.work(system, running.databaseUrl, tasks, {});
  try {
    const sources = Array.from({ length: Math.ceil(findings / perSource) }, (_, at) => `Lab ${at + 1} (sample)`);
    const people: instance.Person[] = [];
    for (const name of sources) people.push(await running.enter(name));
    const shape = { findings, duplicates: 0.35, isFalse: 0.1, sources, seed: 1 };

    const plain = await plainCopy(running, shape);
    const cpuBefore = { own: ownCpu(), database: running.databaseCpu() };
    const began = performance.now();
    const seconds = () => (performance.now() - began) / 1000;
    const pool = new Pool(new URL(running.url).origin, { connections: 4, headersTimeout: 0, bodyTimeout: 0 });
    const queues = people.map(() => [] as Made[]);
    const batches = await Promise.all(
      people.map(async (person) => {
        const answer = await pool.request({
          method: 'POST',
          path: '/api/v1/batches',
          headers: { cookie: person.cookie, 'content-type': 'application/json' },
          body: JSON.stringify({ name: 'Campaign' }),
        });
        return ((await answer.body.json()) as { id: string }).id;
      }),
    );
    const sent = people.map(() => 0);
    const totals = { accepted: 0, repeated: 0, refused: 0 };
    const send = async (source: number) => {
      const rows = queues[source] as Made[];
      if (rows.length === 0) return;
      const answer = await pool.request({
        method: 'POST',
        path: `/api/v1/batches/${batches[source]}/rows?from=${sent[source]}`,
        headers: { cookie: people[source]?.cookie as string, 'content-type': 'application/x-ndjson' },
        body: rows.map(({ report }) => `${JSON.stringify(report)}\n`).join(''),
      });
      const outcome = (await answer.body.json()) as typeof totals & { rowsRead: number; reason: string | null };
      if (answer.statusCode !== 200 || outcome.rowsRead !== (sent[source] ?? 0) + rows.length) {
        throw new Error(`A part was not taken whole: ${JSON.stringify(outcome)}`);
      }
      for (const key of ['accepted', 'repeated', 'refused'] as const) totals[key] += outcome[key];
      sent[source] = outcome.rowsRead;
      queues[source] = [];
    };
    for (const { source, ...made } of campaign(shape)) {
      queues[source]?.push(made);
      if (queues[source]?.length === rowsOfPart) await send(source);
    }
    for (const source of people.keys()) await send(source);
    const taken = seconds();
    const screenedThen = await screened(system);
    while ((await screened(system)) < totals.accepted) await sleep(500);
    const done = seconds();
    await pool.close();

    const { rows } = await sql<{ hints: number; held: number; bytes: number }>`
      select (select count(*)::int from hints) as hints, (select count(*)::int from findings where is_held) as held,
        pg_database_size(current_database())::float8 as bytes`.execute(system.database.owner);
    const figure = (value: number, digits = 0) => value.toLocaleString('en', { maximumFractionDigits: digits });
    const line = (what: string, time: number, count: number, beside: string) =>
      console.log(
        `${what.padEnd(58)} ${figure(time, 1).padStart(7)} s ${figure(count / time).padStart(8)}/s  ${beside}`,
      );
    console.log(
      `${figure(findings)} findings of ${sources.length} sources, 35 % told before by another, embedded PostgreSQL, durable\n`,
    );
    line('COPY of the same rows, bare table', plain, findings, '1');
    line('taken: over HTTP, checked, sealed, logged', taken, findings, `1/${figure(taken / plain, 1)}`);
    line('all: taken, screened, indexed and compared', done, findings, `1/${figure(done / plain, 1)}`);
    console.log(
      `\n${figure(screenedThen)} of them were screened when the last was taken. ` +
        `${figure(totals.accepted)} accepted, ${figure(totals.repeated)} repeated, ${figure(totals.refused)} refused; ` +
        `${figure(rows[0]?.held ?? 0)} held, ${figure(rows[0]?.hints ?? 0)} hints kept.`,
    );
    const database = running.databaseCpu();
    console.log(
      `CPU: ${figure(ownCpu() - cpuBefore.own)} s of the process (with making the findings)` +
        `${database === undefined || cpuBefore.database === undefined ? '' : `, ${figure(database - cpuBefore.database)} s of the database`}; ` +
        `on a machine that does something else as well, wall time is longer.`,
    );
    console.log(
      `Peak memory of the process (server, worker and sender in one) ${figure(peak / 1e6)} MB; database ${figure((rows[0]?.bytes ?? 0) / 1e6)} MB.`,
    );
  } finally {
    clearInterval(watch);
    await worker.stop();
    await running.close();
  }
}

/** Seconds of CPU that this process has used. */
function ownCpu(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

async function screened(system: instance.Instance['system']): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select coalesce(sum(screened), 0)::int as count from batches`.execute(system.database.owner);
  return rows[0]?.count ?? 0;
}

/** Seconds that COPY takes for the same reports as rows of a bare table, and one commit. */
async function plainCopy({ system }: instance.Instance, shape: Parameters<typeof campaign>[0]): Promise<number> {
  await sql`create table bench_copy (id text, key text, title text, report bytea)`.execute(system.database.owner);
  const lines: copy.Cell[][] = [];
  for (const { report } of campaign(shape)) {
    lines.push([`finding_${lines.length}`, report.key ?? '', report.title, Buffer.from(JSON.stringify(report))]);
  }
  const began = performance.now();
  await system.database.transaction(itself, async (tx) => {
    await sql`reset role`.execute(tx);
    await system.database.copyIn(tx, 'copy bench_copy from stdin', copy.rows(lines));
  });
  const seconds = (performance.now() - began) / 1000;
  await sql`drop table bench_copy`.execute(system.database.owner);
  return seconds;
}

/** How many findings of the filled store are really made; the others have their features, and keys of which one in ten is the same. */
const basesMax = 20_000;

/** Before they are counted: a server runs for weeks, and the first calls of a process are slow. */
const warmUp = 50;

async function million(singles: number, stored: number): Promise<void> {
  const running = await instance.start();
  const { system } = running;
  try {
    const person = await running.enter('Lab (sample)');
    const sources = Array.from({ length: 40 }, (_, at) => `Source ${at}`);
    const shape = { findings: basesMax + warmUp + singles, duplicates: 0.35, isFalse: 0.1, sources, seed: 2 };
    const made = [...campaign(shape)];
    const fresh = made.splice(basesMax);
    const began = performance.now();
    await fill(running, person, made, stored);
    console.log(
      `Filled with ${stored.toLocaleString('en')} findings in ${Math.round((performance.now() - began) / 1000)} s.`,
    );

    const pool = new Pool(new URL(running.url).origin);
    const submit: number[] = [];
    const compare: number[] = [];
    const add = async ({ report }: Made) => {
      const start = performance.now();
      await submitted(pool, person, { ...report, key: `new ${report.key}` });
      const taken = performance.now();
      await screen.run(system);
      submit.push(taken - start);
      compare.push(performance.now() - taken);
    };
    for (const made of fresh.splice(0, warmUp)) await add(made);
    submit.length = 0;
    compare.length = 0;
    const cpuBefore = { own: ownCpu(), database: running.databaseCpu() };
    for (const made of fresh) await add(made);
    await pool.close();
    const database = running.databaseCpu();
    const each = (seconds: number) => ((1000 * seconds) / singles).toFixed(1);
    const quantile = (values: number[], share: number) =>
      (values.toSorted((a, b) => a - b)[Math.floor(share * (values.length - 1))] as number).toFixed(1).padStart(8);
    const both = submit.map((value, at) => value + (compare[at] ?? 0));
    console.log(`\nOne finding more, ${singles} times after ${warmUp}, ms${''.padEnd(19)}   median      p95      max`);
    for (const [what, values] of [
      ['receipt: over HTTP, checked, sealed, logged, durable', submit],
      ['screened, indexed and compared with all', compare],
      ['both', both],
    ] as const) {
      console.log(`${what.padEnd(58)} ${quantile(values, 0.5)} ${quantile(values, 0.95)} ${quantile(values, 1)}`);
    }
    const ofDatabase =
      database === undefined || cpuBefore.database === undefined
        ? ''
        : `, ${each(database - cpuBefore.database)} ms of the database`;
    console.log(`CPU of each: ${each(ownCpu() - cpuBefore.own)} ms of the process${ofDatabase}.`);
    const { rows } = await sql<{ keys: number; bytes: number }>`
      select reltuples::float8 as keys, pg_database_size(current_database())::float8 as bytes
      from pg_class where relname = 'finding_keys'`.execute(system.database.owner);
    console.log(
      `\n${Math.round((rows[0]?.keys ?? 0) / 1e6)} million keys, database ${Math.round((rows[0]?.bytes ?? 0) / 1e6).toLocaleString('en')} MB.`,
    );
  } finally {
    await running.close();
  }
}

async function submitted(pool: Pool, person: instance.Person, report: Report): Promise<void> {
  const answer = await pool.request({
    method: 'POST',
    path: '/api/v1/findings',
    headers: { cookie: person.cookie, 'content-type': 'application/json' },
    body: JSON.stringify(report),
  });
  const text = await answer.body.text();
  if (answer.statusCode !== 201) throw new Error(text);
}

/** Fills the store by COPY: findings, features, keys and entries of the queue, as if they had been screened long ago. */
async function fill(
  { system, url }: instance.Instance,
  person: instance.Person,
  made: (Made & { source: number })[],
  stored: number,
): Promise<void> {
  // The first finding makes the source and the desk.
  const pool = new Pool(new URL(url).origin);
  await submitted(pool, person, { ...(made[0] as Made).report, key: 'first' });
  await pool.close();
  await screen.run(system);
  const bases = made.map(({ report, source }) => {
    const features = featuresOf(report, `source ${source}`);
    return {
      title: report.title,
      source: features.source,
      features: JSON.stringify(features),
      traits: JSON.stringify(traitsOf(report, features)),
      keys: keysOf(features),
    };
  });
  const { rows } = await sql<{ number: number; audience: string; organisation: string }>`
    select number::float8 as number, audience_id as audience, organisation_id as organisation from findings limit 1`.execute(
    system.database.owner,
  );
  const { number: last = 0, audience = '', organisation = '' } = rows[0] ?? {};
  const at = system.now();
  const report = Buffer.from(system.secrets.seal('{"title":"x","component":{"name":"x"}}', 'bench'));
  const base = (index: number) => bases[index % bases.length] as (typeof bases)[number];
  const copies = async (statement: string, cells: (index: number) => copy.Cell[][]) => {
    await system.database.transaction(itself, async (tx) => {
      await sql`reset role`.execute(tx);
      // The limit of a statement counts while it takes rows.
      await sql`set local statement_timeout = 0`.execute(tx);
      const all = function* () {
        for (let index = 0; index < stored; index++) yield* cells(index);
      };
      await system.database.copyIn(tx, statement, copy.rows(all()));
    });
  };
  const number = (index: number) => last + 1 + index;
  await copies(
    `copy findings (number, id, audience_id, organisation_id, submitted_by, key, digest, title, report, received_at, screened_at) from stdin`,
    (index) => [
      [
        number(index),
        `finding_b${index}`,
        audience,
        organisation,
        person.actor.id,
        `b${index}`,
        `sha256:${'0'.repeat(64)}`,
        base(index).title,
        report,
        at,
        at,
      ],
    ],
  );
  await sql`alter table findings alter number restart with ${sql.lit(number(stored))}`.execute(system.database.owner);
  await copies('copy finding_features (finding, audience_id, source, entry, traits, features) from stdin', (index) => {
    const { source, traits, features } = base(index);
    const sealed = Buffer.from(system.secrets.seal(features, `finding_features/${number(index)}`));
    return [[number(index), deskAudience, source, number(index), traits, sealed]];
  });
  await sql`drop index finding_keys_key`.execute(system.database.owner);
  await copies('copy finding_keys (key, finding) from stdin', (index) => {
    const round = Math.floor(index / bases.length);
    return base(index).keys.map((key, place) => [
      (round === 0 || (place + round) % 10 === 0 ? key : other(key, round)).toString(),
      number(index),
    ]);
  });
  await sql`create index finding_keys_key on finding_keys (key, finding)`.execute(system.database.owner);
  await copies(
    `copy queue_entries (lead, audience_id, state, rank, findings, sources, proposals, is_held, has_hint, facts) from stdin`,
    (index) => [[number(index), deskAudience, 'undecided', index % 1000, 1, 1, 0, 'f', 'f', '{}']],
  );
  // As a store is that grew to this over weeks.
  const settled = await system.database.pool.connect();
  await settled.query('set statement_timeout = 0');
  await settled.query('vacuum (analyze) findings, finding_features, finding_keys, queue_entries');
  settled.release(true);
}

/** A key of another flaw: 64 bits that follow from a key and a round. */
function other(key: bigint, round: number): bigint {
  const digest = createHash('sha256').update(`${key} ${round}`).digest();
  return digest.readBigInt64LE(0);
}
