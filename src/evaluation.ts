/** Joins the parts of `assay run`: files, the door outside and the driver. It needs no instance and no database. */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { drive, type Stopped } from './app/evidence/run-driver.ts';
import * as journals from './app/evidence/run-driver-journal.ts';
import * as configuration from './config.ts';
import * as prices from './domain/evidence/price.ts';
import * as runPlan from './domain/evidence/run-plan.ts';
import {
  type Account,
  type AttemptRow,
  type FinishedAttempt,
  isPassing,
  RunState,
} from './domain/evidence/run-state.ts';
import { bytesOf, entryOf, hexOf, type PackStatement, type TaskItem } from './domain/evidence/task-pack.ts';
import type { Instant } from './domain/instant.ts';
import type { Problem } from './domain/problem.ts';
import { parse } from './formats/json.ts';
import { PackRefused, read as readPack } from './formats/task-pack/document.ts';
import * as runLog from './formats/task-pack/run-log.ts';
import * as sealedList from './log/sealed-list.ts';
import type { Hash } from './log/tree.ts';
import * as modelEndpoint from './net/model-endpoint.ts';
import * as outbound from './net/outbound.ts';
import { version } from './program.ts';

export interface Setting {
  env: NodeJS.ProcessEnv;
  /** Where `assay.toml` is looked for; its `outbound.allow` opens private endpoints. */
  folder: string;
  /** File with the plan. */
  plan: string;
  /** Folder of the run: journal, attempts, log and manifest. A run that is there already is gone on with. */
  out: string;
  say(line: string): void;
  onProgress?(progress: Progress): void;
  signal?: AbortSignal;
}

export interface Progress {
  done: number;
  planned: number;
  account: Account;
}

/** What is kept of a run beside its attempts: enough to tell whether two runs can be compared. */
export interface RunManifest {
  format: 'assay-run-manifest/1';
  name: string;
  /** SHA-256 of the plan without its limits: two sittings of one run have the same. */
  planDigest: string;
  plan: runPlan.RunPlan;
  /** Of a sealed pack its statement; of another the SHA-256 of its items. */
  pack: PackStatement | { size: number; digest: string };
  /** As answers name it; null when there was none. */
  model: string | null;
  fingerprints: (string | null)[];
  attempts: { planned: number; scored: number; failed: number; notRun: number };
  account: Account;
  /** Of the price book; null without one. */
  currency: string | null;
  stopped: Stopped | null;
  startedAt: Instant;
  endedAt: Instant;
  seconds: number;
  sittings: number;
  /** Beside the manifest; the digest is SHA-256 of the attempts in hex. */
  files: { attempts: string; attemptsDigest: string; log: string };
  software: { name: 'assay'; version: string; node: string };
}

/** A run that cannot begin; the message says what to do. */
export class RunRefused extends Error {
  override readonly name = 'RunRefused';
}

const planSizeMax = 4_000_000;
const packSizeMax = 512 * 1024 * 1024;

const hash: Hash = (bytes) => createHash('sha256').update(bytes).digest();
const hex = (text: string) => createHash('sha256').update(text).digest('hex');

const refused = (file: string, problems: Problem[]) =>
  new RunRefused(
    problems.map(({ path, message }) => `${file}${path === '' ? '' : `, ${path}`}: ${message}`).join('\n'),
  );

function readJson(file: string): unknown {
  if (!existsSync(file)) throw new RunRefused(`${file} is not there.`);
  if (statSync(file).size > planSizeMax) throw new RunRefused(`${file} is larger than ${planSizeMax} bytes.`);
  const parsed = parse(readFileSync(file, 'utf8'));
  if ('problems' in parsed) throw refused(file, parsed.problems);
  return parsed.value;
}

/** Runs what is left of a plan and writes the result. Throws a RunRefused when it cannot begin. */
export async function run(setting: Setting): Promise<RunManifest> {
  const read = runPlan.read(readJson(setting.plan));
  if ('problems' in read) throw refused(setting.plan, read.problems);
  const { plan } = read;
  const beside = (file: string) => resolve(dirname(setting.plan), file);
  const { items, pack } = await readItems(beside(plan.pack));
  const faults = runPlan.faultsOf(plan, items);
  if (faults.length > 0) throw refused(plan.pack, faults);
  const book = plan.prices === undefined ? undefined : readBook(beside(plan.prices));
  const price = book && prices.priceOf(book, plan.model);
  if (plan.budget?.cost !== undefined && price === undefined) {
    throw new RunRefused(`${plan.prices} has no price of ${plan.model}, so a budget of cost cannot be kept.`);
  }
  const key = keyOf(plan, setting.env);
  const config = configuration.read(setting);

  const state = new RunState(plan, items, price);
  const journal = await openJournal(setting.out, state);
  const door = outbound.open({ allow: config.outbound.allow, connections: plan.concurrency ?? 4 });
  const now = () => new Date().toISOString();
  try {
    const identity = { plan: hex(runPlan.identityOf(plan)), pack: 'root' in pack ? pack.root : pack.digest };
    await identify(state, journal, identity, now, setting.out);
    const endpoint = modelEndpoint.open({
      outbound: door,
      baseUrl: plan.endpoint.baseUrl,
      ...(key !== undefined && { apiKey: key }),
      ...(plan.endpoint.purpose !== undefined && { purpose: plan.endpoint.purpose }),
      timeoutMs: (plan.endpoint.timeoutSeconds ?? 120) * 1000,
      bytesMax: 4_000_000,
      // Limits of rate are often counted by the minute.
      triesMax: 8,
    });
    const planned = items.length * plan.attempts;
    setting.say(
      `${planned - state.done} of ${planned} attempts are left; they go to ${new URL(plan.endpoint.baseUrl).host}` +
        `${plan.endpoint.keyVariable === undefined ? '' : `, with the key in ${plan.endpoint.keyVariable}`}.`,
    );
    const stopped = await drive({
      plan,
      state,
      journal,
      endpoint,
      now,
      ...(setting.signal !== undefined && { signal: setting.signal }),
      onProgress: () => setting.onProgress?.({ done: state.done, planned, account: state.account() }),
    });
    return await conclude(setting.out, {
      ...{ plan, planDigest: identity.plan, pack, items, price, state, planned, stopped, endedAt: now() },
      currency: price === undefined ? null : (book?.currency ?? null),
    });
  } catch (error) {
    if (error instanceof modelEndpoint.EndpointError) throw new RunRefused(error.message);
    throw error;
  } finally {
    await journal.close();
    await door.close();
  }
}

/** The items of a pack, sealed or not; a sealed one must be what was sealed. */
async function readItems(file: string): Promise<{ items: TaskItem[]; pack: RunManifest['pack'] }> {
  if (!existsSync(file)) throw new RunRefused(`${file} is not there.`);
  if (statSync(file).size > packSizeMax) throw new RunRefused(`${file} is larger than ${packSizeMax} bytes.`);
  const items: TaskItem[] = [];
  const leaves: Uint8Array[] = [];
  const digest = createHash('sha256');
  let statement: PackStatement | undefined;
  try {
    for await (const line of readPack(createReadStream(file))) {
      if ('statement' in line) {
        statement = line.statement;
        continue;
      }
      items.push(line.item);
      const entry = entryOf(line.item);
      if (line.salt === undefined) digest.update(entry).update('\n');
      else leaves.push(sealedList.leaf(hash, bytesOf(line.salt), entry));
    }
  } catch (error) {
    if (error instanceof PackRefused) throw refused(file, error.problems);
    throw error;
  }
  if (statement === undefined) return { items, pack: { size: items.length, digest: digest.digest('hex') } };
  if (hexOf(sealedList.seal(hash, leaves).root) !== statement.root) {
    throw new RunRefused(`${file} was changed after it was sealed: its root is another.`);
  }
  return { items, pack: statement };
}

function readBook(file: string): prices.PriceBook {
  const read = prices.read(readJson(file));
  if ('problems' in read) throw refused(file, read.problems);
  return read.book;
}

function keyOf({ endpoint: { keyVariable } }: runPlan.RunPlan, env: NodeJS.ProcessEnv): string | undefined {
  if (keyVariable === undefined) return undefined;
  const key = env[keyVariable];
  if (key === undefined || key === '') throw new RunRefused(`Set the key of the endpoint in ${keyVariable}.`);
  return key;
}

async function openJournal(folder: string, state: RunState): Promise<journals.Journal> {
  if (existsSync(folder) && !existsSync(join(folder, 'journal.jsonl')) && existsSync(join(folder, 'manifest.json'))) {
    throw new RunRefused(`${folder} holds a result without its journal. Name another folder.`);
  }
  try {
    return await journals.open(folder, (record) => state.apply(record));
  } catch (error) {
    if (error instanceof journals.JournalError) throw new RunRefused(error.message);
    if (error instanceof RangeError)
      throw new RunRefused(`${folder} holds the run of another pack. Name another folder.`);
    throw error;
  }
}

/** A folder holds one run: another plan or another pack is another run. */
async function identify(
  state: RunState,
  journal: journals.Journal,
  wanted: { plan: string; pack: string },
  now: () => Instant,
  folder: string,
): Promise<void> {
  if (state.identity === undefined) {
    const record = { kind: 'run' as const, at: now(), ...wanted };
    state.apply(record);
    await journal.append(record);
    return;
  }
  const what = state.identity.pack !== wanted.pack ? 'pack' : state.identity.plan !== wanted.plan ? 'plan' : undefined;
  if (what === undefined) return;
  throw new RunRefused(
    `${folder} holds a run of another ${what}. Only budget and concurrency may change; name another folder for a new run.`,
  );
}

async function conclude(
  folder: string,
  found: {
    plan: runPlan.RunPlan;
    planDigest: string;
    pack: RunManifest['pack'];
    items: TaskItem[];
    price: prices.Price | undefined;
    state: RunState;
    planned: number;
    stopped: Stopped | undefined;
    currency: string | null;
    endedAt: Instant;
  },
): Promise<RunManifest> {
  const { plan, planDigest, pack, items, price, state, planned, stopped, currency, endedAt } = found;
  const digest = createHash('sha256');
  let [scored, failed] = [0, 0];
  const scores = new Map<string, number[]>();
  await writeWhole(join(folder, 'attempts.jsonl'), function* () {
    for (const row of state.rows()) {
      if (row.score === null) failed++;
      else {
        scored++;
        scores.set(row.item, [...(scores.get(row.item) ?? []), row.score]);
      }
      const line = `${JSON.stringify(row satisfies AttemptRow)}\n`;
      digest.update(line);
      yield line;
    }
  });
  const manifest: RunManifest = {
    format: 'assay-run-manifest/1',
    ...{ name: plan.name, planDigest, plan, pack, model: state.model ?? null, fingerprints: state.fingerprints },
    attempts: { planned, scored, failed, notRun: planned - scored - failed },
    ...{ account: state.account(), currency, stopped: stopped ?? null },
    ...{ startedAt: state.startedAt ?? endedAt, endedAt, seconds: state.seconds(), sittings: state.sittings },
    files: { attempts: 'attempts.jsonl', attemptsDigest: digest.digest('hex'), log: 'log.json' },
    software: { name: 'assay', version: version(), node: process.versions.node },
  };
  const means = [...scores.values()].map((of) => of.reduce((sum, one) => sum + one, 0) / of.length);
  const facts: runLog.RunFacts = {
    ...{ plan, planDigest, price, planned, scored, endedAt, itemIds: items.map(({ id }) => id) },
    ...{ account: manifest.account, fingerprints: state.fingerprints, version: version() },
    pack: {
      ...('root' in pack ? pack : { version: null, root: pack.digest, size: pack.size }),
      name: 'name' in pack ? pack.name : basename(plan.pack, extname(plan.pack)),
    },
    model: state.model ?? plan.model,
    startedAt: manifest.startedAt,
    isWhole: manifest.attempts.notRun === 0,
    accuracy: means.length === 0 ? null : means.reduce((sum, one) => sum + one, 0) / means.length,
  };
  await writeWhole(join(folder, 'log.json'), () => logOf(folder, items, facts));
  await writeWhole(join(folder, 'manifest.json'), function* () {
    yield `${JSON.stringify(manifest, null, 2)}\n`;
  });
  return manifest;
}

/** The journal once more, as an evaluation log: attempt by attempt as they were finished, so that few are held at a time. */
async function* logOf(folder: string, items: TaskItem[], facts: runLog.RunFacts): AsyncGenerator<string> {
  yield runLog.head(facts);
  let count = 0;
  const line = (text: string) => `${count++ === 0 ? '' : ',\n'}${text}`;
  const finished: FinishedAttempt[] = [];
  const state = new RunState(facts.plan, items, facts.price, (one) => finished.push(one));
  for await (const { record } of journals.records(folder)) {
    state.apply(record);
    // One that is begun anew in a later sitting comes then; what is left of them comes last.
    for (const one of finished.splice(0)) if (!isPassing(one.row)) yield line(runLog.sample(facts, one));
  }
  const byId = new Map(items.map((item) => [item.id, item]));
  for (const row of state.rows()) {
    if (isPassing(row)) yield line(runLog.bare(facts, byId.get(row.item) as TaskItem, row));
  }
  yield runLog.tail;
}

/** These follow from the journal, so the ones of an earlier sitting are replaced; whole or not at all. */
async function writeWhole(path: string, parts: () => Iterable<string> | AsyncIterable<string>): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const partial = `${path}.part`;
  const file = await open(partial, 'w', 0o600);
  try {
    let text = '';
    for await (const part of parts()) {
      text += part;
      if (text.length < 65_536) continue;
      await file.appendFile(text);
      text = '';
    }
    await file.appendFile(text);
    await file.sync();
    await rename(partial, path);
  } finally {
    await file.close();
    await rm(partial, { force: true });
  }
}
