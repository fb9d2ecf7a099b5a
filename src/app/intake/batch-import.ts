/**
 * The rows of a batch become findings in chunks: findings, refusals, the place where it goes on and the log entry of a chunk hold together,
 * so a break at any moment loses nothing that was acknowledged and takes nothing twice.
 */
import { createHash } from 'node:crypto';
import { type Actor, type AgentId, system as itself } from '../../domain/directory/actor.ts';
import { standingAt } from '../../domain/directory/participation.ts';
import * as permission from '../../domain/directory/permission.ts';
import type { Instant } from '../../domain/instant.ts';
import type { BatchState } from '../../domain/intake/batch.ts';
import { limits as reportLimits } from '../../domain/intake/report.ts';
import type { Problem } from '../../domain/problem.ts';
import { Refusal, sentenceOf } from '../../domain/refusal.ts';
import { checkReport } from '../../formats/finding/report.ts';
import * as findingFile from '../../formats/finding-file.ts';
import type { Tx } from '../../store/database.ts';
import * as agentBudgets from '../../store/directory/agent-budgets.ts';
import * as agents from '../../store/directory/agents.ts';
import * as participations from '../../store/directory/participations.ts';
import * as batches from '../../store/intake/batches.ts';
import type { NewFinding } from '../../store/intake/findings.ts';
import * as entries from '../../store/log/entries.ts';
import * as jobs from '../jobs.ts';
import type { System } from '../system.ts';
import { columnsOf, own } from './batches.ts';
import * as receipts from './receipts.ts';

export const limits = {
  /** Rows of one transaction: enough that a commit is a small part of it, few enough to hold. */
  chunkRowsMax: 500,
  chunkLengthMax: 8 * 1024 * 1024,
  fileBytesMax: 512 * 1024 * 1024,
  /** Files of one organisation that wait to be read, together. */
  waitingBytesMax: 2 * 1024 * 1024 * 1024,
  /** Reasons of one refused row that are kept. */
  problemsMax: 20,
  /** Refused rows of one batch; with more it ends, for rows that are not taken cost no room and must not fill the database. */
  refusedRowsMax: 10_000,
} as const;

/** Bytes of one sealed part of a file. */
const partBytes = 512 * 1024;
/** Rows that a job reads before it lets another batch go on. */
const turnRowsMax = 20_000;

/** One row that was sent: what it holds, or why it cannot be taken. */
export type Row = { row: number; length: number } & ({ handed: receipts.Handed } | { problems: Problem[] });

/** What became of rows that were sent. */
export interface Outcome {
  received: number;
  accepted: number;
  repeated: number;
  refused: number;
  rowsRead: number;
  state: BatchState;
  resumesAt: Instant | null;
  reason: string | null;
}

/**
 * Takes rows of a batch, in our own shape, one JSON value a line; `from` rows came before them. Rows that were dealt with already are
 * passed over. Ends early where there is no room for more: the answer says until when.
 */
export async function takeLines(
  system: System,
  actor: Actor,
  id: string,
  { from, isLast }: { from: number; isLast: boolean },
  bytes: AsyncIterable<Uint8Array>,
): Promise<Outcome> {
  return takeRows(system, actor, id, { from, isLast }, rowsOf(bytes, from));
}

/** As `takeLines`, of reports that were read already. */
export async function takeRows(
  system: System,
  actor: Actor,
  id: string,
  { from, isLast }: { from: number; isLast: boolean },
  rows: AsyncIterable<Row>,
): Promise<Outcome> {
  permission.requireSignedIn(actor);
  const batch = await system.database.transaction(actor, (tx) => own(tx, actor, id));
  requireTaking(batch);
  if (from > batch.rowsRead) throw new Refusal('batch_gap', { rowsRead: batch.rowsRead });
  let outcome = outcomeOf(batch);
  const lastRow = await inChunks(rows, batch.rowsRead, async (chunk) => {
    outcome = sum(outcome, await keepChunk(system, { actor }, batch, chunk));
    return outcome.state === 'receiving';
  });
  if (isLast && lastRow !== undefined) outcome = { ...outcome, state: await end(system, actor, id) };
  return outcome;
}

/**
 * Takes the file of a batch into the database, sealed, in parts; then a job reads it. A file that broke off is sent again from its
 * beginning. Of several who send one at the same time one has it read, whole, and the others are refused.
 */
export async function takeFile(
  system: System,
  actor: Actor,
  id: string,
  fileName: string,
  bytes: AsyncIterable<Uint8Array>,
): Promise<batches.KeptBatch> {
  permission.requireSignedIn(actor);
  const { number, audience, organisation } = await system.database.transaction(actor, async (tx) => {
    const found = await withoutFile(tx, actor, id);
    // Its rows count for whoever began the batch: in one of somebody else an agent would have no budget.
    if (actor.kind === 'agent' && found.by !== actor.id) throw new Refusal('not_permitted');
    await batches.forgetParts(tx, found.number);
    return found;
  });
  const upload = { batch: number, upload: receipts.fresh(system) };
  const hash = createHash('sha256');
  let sizeBytes = 0;
  let parts = 0;
  for await (const piece of pieces(bytes, partBytes)) {
    sizeBytes += piece.length;
    if (sizeBytes > limits.fileBytesMax) throw new Refusal('batch_too_large', { bytesMax: limits.fileBytesMax });
    hash.update(piece);
    const part = parts;
    const sealed = receipts.seal(system, piece.toString('base64'), `${id} part ${part}`);
    await system.database.transaction(actor, async (tx) => {
      await withoutFile(tx, actor, id);
      if (!(await batches.hasParts(tx, upload, part))) throw new Refusal('batch_sent_anew');
      const { waitingBytesMax } = limits;
      if ((await batches.countParts(tx, organisation)) * partBytes >= waitingBytesMax) {
        throw new Refusal('batches_full', { waitingBytesMax });
      }
      await batches.addPart(tx, upload, { part, audience, bytes: sealed });
    });
    parts += 1;
  }
  const digest = `sha256:${hash.digest('hex')}`;
  return system.database.transaction(actor, async (tx) => {
    await withoutFile(tx, actor, id);
    if (!(await batches.hasParts(tx, upload, parts))) throw new Refusal('batch_sent_anew');
    await batches.forgetOthers(tx, upload);
    const at = system.now();
    await batches.setFile(tx, id, { fileName, sizeBytes, digest, at });
    await jobs.add(tx, 'read_batch', { batch: id }, { key: `read_batch ${id}` });
    const body = { sha256: digest.slice('sha256:'.length), bytes: sizeBytes };
    await entries.append(tx, { did: 'batch_file_received', object: id, by: actor, audience: [audience], body, at });
    return own(tx, actor, id);
  });
}

/** A batch that takes a file and has none yet, locked. */
async function withoutFile(tx: Tx, actor: Actor, id: string): Promise<batches.KeptBatch> {
  const found = await own(tx, actor, id, { isLocked: true });
  requireTaking(found);
  if (found.rowsRead > 0 || found.fileName !== null) throw new Refusal('batch_not_now', { state: found.state });
  return found;
}

/** The job: reads the file of a batch on from the last row that was dealt with, until its end, a pause, or the end of the room. */
export async function run(system: System, id: string, signal?: AbortSignal): Promise<void> {
  const batch = await system.database.transaction(itself, async (tx) => {
    const found = await batches.lock(tx, id);
    if (found?.fileName == null) return undefined;
    const at = system.now();
    const isDue = found.state === 'reading' || found.state === 'slowed';
    const reason = isDue ? await reasonToWait(tx, found, at) : undefined;
    if (reason !== undefined) {
      await batches.setState(tx, id, 'paused', { at, reason });
      return undefined;
    }
    if (found.state === 'slowed' && found.resumesAt !== null && found.resumesAt <= at) {
      await batches.setState(tx, id, 'reading', { at });
      return { ...found, state: 'reading' as const };
    }
    return found;
  });
  if (batch?.state !== 'reading' || batch.fileName === null) return;
  const { format, mapping, component } = batch;
  const options = {
    ...(format !== 'auto' && { format: format as findingFile.FindingFormat }),
    ...(mapping !== null && { mapping: columnsOf(mapping) }),
    ...(component !== null && { component }),
  };
  try {
    let rows = 0;
    let state: BatchState = 'reading';
    const read = findingFile.read(parts(system, batch), batch.fileName, options);
    const lastRow = await inChunks(fileRows(read), batch.rowsRead, async (chunk) => {
      signal?.throwIfAborted();
      ({ state } = await keepChunk(system, { actor: ownerOf(batch), claims: itself }, batch, chunk));
      rows += chunk.length;
      return state === 'reading' && rows < turnRowsMax;
    });
    if (state !== 'reading') return;
    if (lastRow === undefined) {
      // Others had their turn meanwhile: a job of its own goes on.
      await system.database.transaction(itself, (tx) => jobs.add(tx, 'read_batch', { batch: id }));
      return;
    }
    await end(system, itself, id);
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'report_not_read') throw error;
    await refuseFile(system, batch, (error.details?.['problems'] as Problem[] | undefined) ?? []);
  }
}

/** Why a file is read no further for now: nobody of its organisation, or not the agent that began it, could hand it in at this moment. */
async function reasonToWait(tx: Tx, { by, organisation }: batches.KeptBatch, at: Instant): Promise<string | undefined> {
  if (standingAt(await participations.standingOf(tx, organisation), at).state !== 'admitted') {
    return 'Your organisation does not take part at this moment. Resume the batch when it does again.';
  }
  if (!by.startsWith('agent_')) return undefined;
  const agent = await agents.find(tx, by);
  if (agent !== undefined && agent.expiresAt > at) return undefined;
  return 'The agent that began it was revoked or has expired. Cancel the batch and hand the file in again.';
}

/** Gives rows after `rowsRead` to `take` in chunks until it says to stop. Gives the number of the last row, or undefined when it was stopped. */
async function inChunks(
  rows: AsyncIterable<Row>,
  rowsRead: number,
  take: (chunk: Row[]) => Promise<boolean>,
): Promise<number | undefined> {
  let chunk: Row[] = [];
  let length = 0;
  let last = rowsRead;
  for await (const row of rows) {
    last = row.row;
    if (row.row <= rowsRead) continue;
    chunk.push(row);
    length += row.length;
    if (chunk.length < limits.chunkRowsMax && length < limits.chunkLengthMax) continue;
    if (!(await take(chunk))) return undefined;
    chunk = [];
    length = 0;
  }
  if (chunk.length > 0 && !(await take(chunk))) return undefined;
  return last;
}

/** Deals with rows of a batch in one transaction, as far as there is room. A job works under the claims of the instance for the owner. */
async function keepChunk(
  system: System,
  { actor, claims = actor }: { actor: Actor; claims?: Actor },
  { id, organisation }: batches.KeptBatch,
  rows: Row[],
): Promise<Outcome> {
  const prepared = rows.map((row) => ({
    ...row,
    finding: 'handed' in row ? { ...receipts.prepare(system, row.handed), row: row.row } : undefined,
  }));
  return receipts.inSource(system, claims, organisation, async (tx, source) => {
    const batch = await batches.lock(tx, id);
    if (batch === undefined) throw new Refusal('not_found');
    const isGoing = batch.state === 'receiving' || batch.state === 'reading' || batch.state === 'slowed';
    if (!isGoing) return outcomeOf(batch);
    // Another sender of the same rows was quicker.
    const waiting = prepared.filter(({ row }) => row > batch.rowsRead);
    if (waiting.length === 0) return outcomeOf(batch);
    const at = system.now();
    const { room, left } = await receipts.roomNow(tx, source, at);
    const budget = await agentBudgets.leftOf(tx, actor, 'findings', at);
    const given = waiting.flatMap(({ finding }) => (finding === undefined ? [] : [finding as NewFinding]));
    const origin = { batch: batch.number, at, newMax: Math.min(left.left, budget) };
    const taken = await receipts.keep(tx, actor, source, given, origin);
    const cut = given[taken.length]?.row ?? Number.POSITIVE_INFINITY;

    const dealt = waiting.filter(({ row }) => row < cut);
    const became = new Map(taken.map((one, index) => [given[index]?.row, one]));
    const refused = dealt.flatMap((row) => {
      const one = became.get(row.row);
      if ('problems' in row) return [{ row: row.row, problems: row.problems.slice(0, limits.problemsMax) }];
      if (one === undefined || !('refused' in one)) return [];
      return [{ row: row.row, problems: [{ path: 'key', message: sentenceOf(one.refused) }] }];
    });
    const fresh = taken.flatMap((one) => ('receipt' in one && one.isNew ? [one.receipt] : []));
    const repeated = taken.length - fresh.length - taken.filter((one) => 'refused' in one).length;
    const rowsRead = dealt.at(-1)?.row ?? batch.rowsRead;
    const progress = { rowsRead, accepted: fresh.length, repeated, refused: refused.length };
    await batches.addRefusals(tx, batch, refused);
    await agentBudgets.spend(tx, actor, 'findings', fresh.length, at);
    if (dealt.length > 0) {
      await batches.advance(tx, id, progress, at);
      const body = { ...progress, from: dealt[0]?.row, receipts: receipts.digestOf(fresh) };
      const audience = [batch.audience];
      await entries.append(tx, { did: 'batch_rows_received', object: id, by: actor, audience, body, at });
    }
    if (fresh.length > 0) await jobs.add(tx, 'screen_findings', {}, { key: 'screen_findings' });
    if (batch.refused + refused.length >= limits.refusedRowsMax) {
      const reason = `${limits.refusedRowsMax.toLocaleString('en')} or more rows of it were refused; the rest was not read. Mend what the reasons say and hand it in again: rows that stand already get the same receipts.`;
      await refuse(tx, batch, { at, reason });
      return { ...progress, received: dealt.length, state: 'refused', resumesAt: null, reason };
    }
    const going = batch.fileName === null ? 'receiving' : 'reading';
    const result = { ...progress, received: dealt.length, state: going as BatchState, resumesAt: null, reason: null };
    if (cut === Number.POSITIVE_INFINITY) {
      if (batch.state === 'slowed') await batches.setState(tx, id, going, { at });
      return result;
    }

    const isBudget = budget < left.left;
    const after = await receipts.roomNow(tx, { ...source, received: source.received + fresh.length }, at);
    const resumesAt = isBudget ? nextDay(at) : (after.left.resumesAt ?? nextDay(at));
    const reason = isBudget
      ? 'The agent has handed in as many findings as it may today. Its person may give it more.'
      : room.reasons.join(' ');
    await batches.setState(tx, id, 'slowed', { at, resumesAt, reason });
    if (batch.fileName !== null) {
      await jobs.add(tx, 'read_batch', { batch: id }, { key: `read_batch ${id}`, runAt: resumesAt });
    }
    return { ...result, state: 'slowed' as const, resumesAt, reason };
  });
}

const nextDay = (at: Instant): Instant =>
  new Date(Date.parse(`${at.slice(0, 10)}T00:00:00.000Z`) + 86_400_000).toISOString();

/** Who began a batch, for the work of its job: an agent's budget counts there too. */
const ownerOf = ({ by, organisation }: batches.KeptBatch): Actor => ({
  kind: by.startsWith('agent_') ? 'agent' : 'person',
  id: by as AgentId,
  organisation,
  roles: [],
});

function end(system: System, actor: Actor, id: string): Promise<BatchState> {
  return system.database.transaction(actor, async (tx) => {
    const batch = await own(tx, actor, id, { isLocked: true });
    if (batch.state !== 'receiving' && batch.state !== 'reading') return batch.state;
    const at = system.now();
    await batches.setState(tx, id, 'done', { at });
    await batches.setRead(tx, id, { rowsTotal: batch.rowsRead });
    await batches.forgetParts(tx, batch.number);
    const { rowsRead, accepted, repeated, refused } = batch;
    const body = { rowsRead, accepted, repeated, refused };
    await entries.append(tx, { did: 'batch_done', object: id, by: actor, audience: [batch.audience], body, at });
    return 'done';
  });
}

function refuseFile(system: System, batch: batches.KeptBatch, problems: Problem[]): Promise<void> {
  return system.database.transaction(itself, (tx) => {
    const reason = sentenceOf('report_not_read');
    return refuse(tx, batch, { at: system.now(), reason, problems: problems.slice(0, limits.problemsMax) });
  });
}

/** Reads a batch no further, for a reason that its source is told. */
async function refuse(
  tx: Tx,
  { id, number, audience }: batches.KeptBatch,
  why: { at: Instant; reason: string; problems?: Problem[] },
): Promise<void> {
  await batches.setState(tx, id, 'refused', why);
  await batches.forgetParts(tx, number);
  await entries.append(tx, { did: 'batch_refused', object: id, by: itself, audience: [audience], at: why.at });
}

function requireTaking({ state }: batches.KeptBatch): void {
  if (state !== 'receiving' && state !== 'slowed') throw new Refusal('batch_not_now', { state });
}

const outcomeOf = ({ rowsRead, state, resumesAt, reason }: batches.KeptBatch): Outcome => ({
  received: 0,
  accepted: 0,
  repeated: 0,
  refused: 0,
  rowsRead,
  state,
  resumesAt,
  reason,
});

const sum = (before: Outcome, next: Outcome): Outcome => ({
  ...next,
  received: before.received + next.received,
  accepted: before.accepted + next.accepted,
  repeated: before.repeated + next.repeated,
  refused: before.refused + next.refused,
});

/** The file of a batch, part by part. */
async function* parts(system: System, { id, number }: batches.KeptBatch): AsyncGenerator<Uint8Array> {
  for (let part = 0; ; part++) {
    const at = part;
    const sealed = await system.database.transaction(itself, (tx) => batches.part(tx, number, at));
    if (sealed === undefined) return;
    yield Buffer.from(receipts.unseal(system, sealed, `${id} part ${part}`), 'base64');
  }
}

async function* fileRows(read: AsyncIterable<findingFile.FindingRow>): AsyncGenerator<Row> {
  for await (const row of read) {
    if ('problems' in row) yield { row: row.row, length: 0, problems: row.problems };
    else {
      const { report, original } = row;
      yield { row: row.row, length: original.length * 2, handed: { report, original } };
    }
  }
}

/** Reports of our own shape, one a line. A line that is none is a row with problems, and the next one follows. */
async function* rowsOf(bytes: AsyncIterable<Uint8Array>, from: number): AsyncGenerator<Row> {
  let row = from;
  for await (const line of lines(bytes)) {
    row += 1;
    if (line === undefined) {
      const message = `This row is longer than ${reportLimits.reportLengthMax / 1024} kB, or not in UTF-8. Send a shorter one.`;
      yield { row, length: 0, problems: [{ path: '', message }] };
      continue;
    }
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      yield { row, length: 0, problems: [{ path: '', message: 'This row is not JSON.' }] };
      continue;
    }
    const report = checkReport(value);
    if (Array.isArray(report)) yield { row, length: 0, problems: report };
    else yield { row, length: line.length, handed: { report } };
  }
}

/** Lines of UTF-8; undefined for one that is too long or faulty. Holds one line at a time; blank lines are no rows. */
async function* lines(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string | undefined> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let held: Uint8Array[] = [];
  let size = 0;
  const take = (): string | undefined => {
    const isTooLong = size > reportLimits.reportLengthMax;
    const line = isTooLong ? undefined : Buffer.concat(held);
    held = [];
    size = 0;
    try {
      return line && decoder.decode(line);
    } catch {
      return undefined;
    }
  };
  const hold = (piece: Uint8Array) => {
    size += piece.length;
    if (size <= reportLimits.reportLengthMax) held.push(piece);
    else held = [];
  };
  for await (const chunk of bytes) {
    let from = 0;
    for (let end = chunk.indexOf(0x0a); end !== -1; end = chunk.indexOf(0x0a, from)) {
      hold(chunk.subarray(from, end));
      from = end + 1;
      const line = take();
      if (line === undefined || line.trim() !== '') yield line;
    }
    if (from < chunk.length) hold(chunk.subarray(from));
  }
  if (size === 0) return;
  const line = take();
  if (line === undefined || line.trim() !== '') yield line;
}

/** The same bytes in pieces of one size; the last may be shorter. */
async function* pieces(bytes: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Buffer> {
  let held: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of bytes) {
    for (let from = 0; from < chunk.length; ) {
      const piece = chunk.subarray(from, from + size - length);
      held.push(piece);
      length += piece.length;
      from += piece.length;
      if (length < size) continue;
      yield Buffer.concat(held);
      held = [];
      length = 0;
    }
  }
  if (length > 0) yield Buffer.concat(held);
}
