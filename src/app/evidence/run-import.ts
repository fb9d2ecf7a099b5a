/** From the file of an evaluation log to a run: all of it in one transaction, so that a run is whole or is not there. */
import { createHash } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Actor, system as itself, type OrganisationId } from '../../domain/directory/actor.ts';
import * as permission from '../../domain/directory/permission.ts';
import { type SampleSummary, sampleKey, type TranscriptEvent } from '../../domain/evidence/eval-log.ts';
import { LogCheck } from '../../domain/evidence/log-check.ts';
import * as manifests from '../../domain/evidence/manifest.ts';
import { clustersOf, flagsOf, InputCutter, numbersOf, SpanFinder } from '../../domain/evidence/run.ts';
import type { Problem } from '../../domain/problem.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { Tx } from '../../store/database.ts';
import * as audiences from '../../store/directory/audiences.ts';
import * as runs from '../../store/evidence/runs.ts';
import * as entries from '../../store/log/entries.ts';
import { turns } from '../advisory/inventory-turns.ts';
import * as jobs from '../jobs.ts';
import type { System } from '../system.ts';
import { type LogFile, openLog } from './log-file.ts';

/** What is taken at most. */
export const limits = {
  bytesMax: 4 * 1024 ** 3,
  samplesMax: 200_000,
  eventsMax: 10_000_000,
  /** JSON of one event; longer ones keep their first line and say so. */
  payloadLengthMax: 1024 * 1024,
  uploadsAtOnce: 2,
  uploadsWaiting: 20,
} as const;

/** Up to this size a log is read while its sender waits: a second or two. */
const readAtOnceBytesMax = 1024 * 1024;
/** One statement: large enough that its overhead is small, small enough to hold. */
const batchEventsMax = 500;
const batchLengthMax = 4 * 1024 * 1024;
const batchSamplesMax = 200;
const progressEveryMs = 1000;
/** The longest that reading keeps requests waiting, but for one step of a reader. */
const turnMs = 20;
/** An upload that nobody finished. */
const uploadAgeMaxMs = 86_400_000;

const inTurn = turns({ atOnce: limits.uploadsAtOnce, waitingMax: limits.uploadsWaiting });

export interface Upload {
  fileName: string;
  bytes: AsyncIterable<Uint8Array>;
}

export interface Received {
  run: runs.KeptRun;
  /** False where the organisation has a run of the same bytes already. */
  isNew: boolean;
}

/**
 * Takes the file of an evaluation log and makes a run of it: at once where it is small, by a job otherwise. What no reader knows is
 * refused with every problem, and nothing of it is kept. The same bytes again give the run that stands.
 */
export async function receive(system: System, actor: Actor, upload: Upload): Promise<Received> {
  const organisation = requireImporter(actor);
  return inTurn(organisation, async () => {
    const folder = await uploadsOf(system);
    const path = join(folder, `${fresh(system)}.part`);
    try {
      const { digest, sizeBytes } = await keepFile(path, upload.bytes);
      const standing = await system.database.transaction(actor, (tx) => runs.ofFile(tx, organisation, digest));
      if (standing?.state === 'ready') return { run: standing, isNew: false };
      const log = await openLog(path, upload.fileName);
      try {
        return await system.database.transaction(actor, async (tx) => {
          const id = await begin(system, actor, tx, { organisation, digest, sizeBytes, fileName: upload.fileName });
          if (sizeBytes <= readAtOnceBytesMax) await fill(system, tx, id, log, actor);
          else {
            await rename(path, join(folder, id));
            await jobs.add(tx, 'import_run', { run: id }, { key: `import_run ${id}` });
          }
          return { run: (await runs.find(tx, id)) as runs.KeptRun, isNew: true };
        });
      } finally {
        await log.close();
      }
    } finally {
      await rm(path, { force: true });
    }
  });
}

/** The row of a run that is to be read; that of an earlier try, where there is one. */
async function begin(
  system: System,
  actor: Actor,
  tx: Tx,
  file: { organisation: OrganisationId; digest: string; sizeBytes: number; fileName: string },
): Promise<string> {
  const at = system.now();
  const earlier = await runs.ofFile(tx, file.organisation, file.digest);
  if (earlier !== undefined) {
    await runs.restart(tx, earlier.id, at);
    return earlier.id;
  }
  const id = `run_${fresh(system)}`;
  const audience = `audience_${fresh(system)}`;
  await audiences.create(tx, { id: audience, members: [{ organisation: file.organisation }], by: actor.id, at });
  const isFirst = await runs.insert(tx, { ...file, id, audience, importedBy: actor.id, createdAt: at });
  // Another upload of the same file was quicker by a moment.
  if (!isFirst) throw new Refusal('unavailable');
  const body = { sha256: file.digest.slice('sha256:'.length), bytes: file.sizeBytes };
  await entries.append(tx, { did: 'run_received', object: id, by: actor, audience: [audience], body, at });
  return id;
}

/** The job: reads the file of a run, or finds that it was done. Cut off, it starts over, and until its end there is nothing to see. */
export async function run(system: System, id: string, signal?: AbortSignal): Promise<void> {
  const path = join(await uploadsOf(system), id);
  const current = await system.database.transaction(itself, (tx) => runs.find(tx, id));
  if (current?.state !== 'importing') return void (await rm(path, { force: true }));
  try {
    const log = await openLog(path, current.fileName);
    try {
      await system.database.transaction(itself, (tx) => fill(system, tx, id, log, itself, signal));
    } finally {
      await log.close();
    }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const problems = (error.details?.['problems'] as Problem[] | undefined) ?? [{ path: '', message: error.message }];
    await system.database.transaction(itself, async (tx) => {
      await runs.refuse(tx, id, problems, system.now());
      await entries.append(tx, {
        did: 'run_refused',
        object: id,
        by: itself,
        audience: [current.audience],
        at: system.now(),
      });
    });
  }
  await rm(path, { force: true });
}

/** Reads a whole log into the rows of a run. The last statement makes it ready; before the commit nobody sees any of it. */
async function fill(system: System, tx: Tx, id: string, file: LogFile, by: Actor, signal?: AbortSignal): Promise<void> {
  const current = await runs.find(tx, id);
  if (current === undefined) throw new Refusal('not_found');
  const { number: own } = current;
  const turn = pacer();
  const check = new LogCheck(file.log);
  const names: { id: string; epoch: number }[] = [];
  const light: SampleSummary[] = [];
  /** By key: of a sample that comes twice the later one stands, in the place of the earlier. */
  const numbers = new Map<string, number>();
  let samples: runs.NewSample[] = [];
  let eventCount = 0;
  let saidAt = Date.now();
  const say = async () => {
    signal?.throwIfAborted();
    if (Date.now() - saidAt < progressEveryMs || by !== itself) return;
    saidAt = Date.now();
    // Beside the transaction of the import, into which nobody sees.
    const read = { samples: names.length, events: eventCount };
    await system.database.transaction(itself, (apart) => runs.progress(apart, id, read, system.now()));
  };

  // First all samples, then their transcripts: a log that is one JSON file is so read twice, and not once for every sample.
  for await (const summary of file.samples()) {
    const key = sampleKey(summary);
    const number = numbers.get(key) ?? numbers.size + 1;
    if (number > limits.samplesMax) throw tooLarge('samples', limits.samplesMax);
    if (numbers.has(key)) samples = samples.filter((sample) => sample.number !== number);
    else names.push({ id: summary.id, epoch: summary.epoch });
    light[number - 1] = lightened(summary);
    numbers.set(key, number);
    check.add(summary);
    const scores = numbersOf(summary);
    samples.push({ number, summary, ...flagsOf(summary), scores, clusters: clustersOf(summary) });
    if (samples.length >= batchSamplesMax) {
      await runs.addSamples(tx, own, samples);
      samples = [];
      await say();
    }
    await turn();
  }
  await runs.addSamples(tx, own, samples);

  let events: runs.NewEvent[] = [];
  let eventsLength = 0;
  let transcripts: runs.Transcript[] = [];
  const flush = async () => {
    await runs.addEvents(tx, own, events);
    events = [];
    eventsLength = 0;
    await runs.addTranscripts(tx, own, transcripts);
    transcripts = [];
    await say();
  };
  for (const [at, name] of names.entries()) {
    const finder = new SpanFinder();
    const cutter = new InputCutter();
    const kinds: Record<string, number> = Object.create(null);
    const before = eventCount;
    for await (const event of file.events(name)) {
      if (++eventCount > limits.eventsMax) throw tooLarge('events', limits.eventsMax);
      finder.take(event);
      const row = rowOf(at + 1, { ...event, payload: cutter.cut(event) });
      kinds[row.kind] = (kinds[row.kind] ?? 0) + 1;
      events.push(row);
      eventsLength += row.payload.length;
      if (events.length >= batchEventsMax || eventsLength >= batchLengthMax) await flush();
      await turn();
    }
    if (eventCount > before) {
      transcripts.push({ number: at + 1, events: eventCount - before, kinds, spans: finder.end() });
      if (transcripts.length >= batchSamplesMax) await flush();
    }
    await turn();
  }
  await flush();

  const { log } = file;
  const manifest = manifests.manifestOf(log, light);
  const manifestDigest = `sha256:${createHash('sha256').update(manifests.canonicalText(manifest)).digest('hex')}`;
  const at = system.now();
  const report = check.report();
  await runs.finish(tx, id, {
    log,
    report,
    manifest,
    manifestDigest,
    problems: file.problems,
    samples: names.length,
    events: eventCount,
    at,
  });
  const body = { samples: names.length, events: eventCount, manifest: manifestDigest };
  await entries.append(tx, { did: 'run_imported', object: id, by, audience: [current.audience], body, at });
}

/** What a manifest needs of a sample, without its texts: there may be hundreds of thousands. */
const lightened = (summary: SampleSummary): SampleSummary => ({
  ...summary,
  input: '',
  target: '',
  usage: {},
  metadata: {},
  scores: Object.fromEntries(
    Object.entries(summary.scores).map(([name, score]) => [
      name,
      { ...score, answer: null, explanation: null, parts: null, text: '' },
    ]),
  ),
});

function rowOf(sample: number, { index, kind, at, depth, text, payload }: TranscriptEvent): runs.NewEvent {
  const whole = JSON.stringify(payload);
  const { payloadLengthMax } = limits;
  const isKept = whole.length <= payloadLengthMax;
  return {
    sample,
    index,
    kind: kind.slice(0, 100),
    at,
    depth: Math.min(depth, 32_767),
    text,
    payload: isKept ? whole : JSON.stringify({ left_out: `${whole.length} characters, more than ${payloadLengthMax}` }),
  };
}

const tooLarge = (what: string, most: number) =>
  new Refusal('log_not_read', { problems: [{ path: '', message: `The log has more than ${most} ${what}.` }] });

/** Gives way to requests that wait whenever a turn is used up. */
function pacer(): () => Promise<void> | undefined {
  let began = performance.now();
  return () => {
    if (performance.now() - began < turnMs) return undefined;
    return new Promise((resolve) =>
      setImmediate(() => {
        began = performance.now();
        resolve();
      }),
    );
  };
}

/** Writes what comes to a file, and gives its digest. */
async function keepFile(
  path: string,
  bytes: AsyncIterable<Uint8Array>,
): Promise<{ digest: string; sizeBytes: number }> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const file = await open(path, 'wx', 0o600);
  try {
    for await (const chunk of bytes) {
      sizeBytes += chunk.length;
      if (sizeBytes > limits.bytesMax) throw new Refusal('log_too_large', { bytesMax: limits.bytesMax });
      hash.update(chunk);
      await file.write(chunk);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return { digest: `sha256:${hash.digest('hex')}`, sizeBytes };
}

/** Where uploads wait to be read: a folder that the server and its workers share. */
async function uploadsOf(system: System): Promise<string> {
  const folder = join(system.config.data, 'uploads');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return folder;
}

/** Takes away files whose upload broke off or whose run is no longer to be read. */
export async function forgetUploads(system: System): Promise<void> {
  const folder = await uploadsOf(system);
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => undefined);
    if (found === undefined || Date.now() - found.mtimeMs < uploadAgeMaxMs) continue;
    const run = await system.database.transaction(itself, (tx) => runs.find(tx, name));
    if (run?.state !== 'importing') await rm(path, { force: true });
  }
}

const fresh = (system: System): string => Buffer.from(system.randomBytes(16)).toString('hex');

/** Who examines a model, and who answers for its release, keep logs. Gives their organisation. */
export function requireImporter(actor: Actor): OrganisationId {
  permission.requireRole(actor, 'evaluator', 'release_manager', 'security_lead');
  if (actor.organisation === undefined) throw new Refusal('not_permitted');
  return actor.organisation;
}
