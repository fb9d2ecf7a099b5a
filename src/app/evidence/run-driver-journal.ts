/**
 * The journal of a run: one JSON record a line, only ever added to. A record is on the disk before anybody is told of it;
 * records that come while the disk is busy are written together.
 */
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { type FileHandle, mkdir, open as openFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { RunRecord } from '../../domain/evidence/run-state.ts';

export interface Journal {
  /** Resolves when the record is on the disk. */
  append(record: RunRecord): Promise<void>;
  close(): Promise<void>;
}

/** A journal that cannot be gone on with; the message says what to do. */
export class JournalError extends Error {
  override readonly name = 'JournalError';
}

const lineLengthMax = 32_000_000;

const text = z.string();
const place = { item: text, attempt: z.int().min(1), turn: z.int().min(1) };
const count = z.number().min(0);
const reason = z.enum([
  'budget_tokens',
  'budget_cost',
  'budget_time',
  'another_model',
  'another_fingerprint',
  'over_limit',
  'endpoint_refuses',
  'endpoint_silent',
  'address_not_allowed',
  'interrupted',
]);
const at = z.iso.datetime();
const Line: z.ZodType<RunRecord> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('run'), at, plan: text, pack: text }),
  z.object({ kind: z.literal('session'), at }),
  z.object({ kind: z.literal('try'), at, ...place, tokens: count, cost: count }),
  z.object({
    kind: z.literal('lost'),
    at,
    ...place,
    code: text,
    isCharged: z.boolean(),
    isSent: z.boolean().optional(),
  }),
  z.object({
    ...{ kind: z.literal('answer'), at, ...place, content: text.nullable(), finishReason: text.nullable() },
    ...{ model: text, fingerprint: text.nullable(), latencyMs: count, tries: count },
    toolCalls: z.array(z.object({ id: text, name: text, arguments: text })),
    usage: z
      .object({ promptTokens: count, completionTokens: count, cachedTokens: count, reasoningTokens: count })
      .nullable(),
  }),
  z.object({ kind: z.literal('failed'), at, item: text, attempt: z.int().min(1), code: text }),
  z.object({ kind: z.literal('stopped'), at, reason }),
]);

/**
 * Opens the journal in a folder, which is made when it is not there, and hands each record that it holds to `onRecord`. A
 * last line without its end, which a killed process leaves, was never acknowledged and is cut off. One process at a time
 * holds a journal. Throws a JournalError.
 */
export async function open(folder: string, onRecord: (record: RunRecord) => void): Promise<Journal> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const lock = join(folder, 'lock');
  await take(lock);
  let file: FileHandle | undefined;
  try {
    const path = fileIn(folder);
    let end = 0;
    for await (const { record, end: after } of records(folder)) {
      onRecord(record);
      end = after;
    }
    if (existsSync(path)) await truncate(path, end);
    file = await openFile(path, 'a', 0o600);
    return writer(file, lock);
  } catch (error) {
    await file?.close();
    await rm(lock, { force: true });
    throw error;
  }
}

/** The lock names the process that has it; one that no longer lives has left it behind. */
async function take(lock: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await writeFile(lock, String(process.pid), { flag: 'wx', mode: 0o600 });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || tries > 0) throw error;
    }
    const holder = Number(readFileSync(lock, 'utf8'));
    if (isAlive(holder)) {
      throw new JournalError(
        `Process ${holder} works on this run. Wait for it; if it is none of ours, remove ${lock}.`,
      );
    }
    await rm(lock, { force: true });
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

const fileIn = (folder: string) => join(folder, 'journal.jsonl');

/** The records of a folder's journal in their order, each with the place in bytes where its line ends. */
export async function* records(folder: string): AsyncGenerator<{ record: RunRecord; end: number }> {
  const path = fileIn(folder);
  if (!existsSync(path)) return;
  let rest: Buffer[] = [];
  let restLength = 0;
  let length = 0;
  let line = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    let from = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
      const bytes = Buffer.concat([...rest, chunk.subarray(from, end)]);
      rest = [];
      restLength = 0;
      line++;
      length += bytes.length + 1;
      yield { record: recordOf(bytes, line, path), end: length };
      from = end + 1;
    }
    if (from < chunk.length) {
      rest.push(chunk.subarray(from));
      restLength += chunk.length - from;
      if (restLength > lineLengthMax) throw new JournalError(`${path}, line ${line + 1}: the line is too long.`);
    }
  }
}

function recordOf(bytes: Buffer, line: number, path: string): RunRecord {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    value = undefined;
  }
  const parsed = Line.safeParse(value);
  if (!parsed.success) {
    throw new JournalError(`${path}, line ${line}, is damaged. Begin the run anew in another folder.`);
  }
  return parsed.data;
}

function writer(file: FileHandle, lock: string): Journal {
  let waiting: { line: string; resolve: () => void; reject: (error: unknown) => void }[] = [];
  let writing: Promise<void> | undefined;
  let failure: unknown;

  async function write(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      try {
        // After a failed write the file may hold half a line: nothing more is added to it.
        if (failure !== undefined) throw failure;
        await file.appendFile(batch.map(({ line }) => line).join(''));
        await file.datasync();
        for (const { resolve } of batch) resolve();
      } catch (error) {
        failure = error;
        for (const { reject } of batch) reject(error);
      }
    }
    writing = undefined;
  }

  return {
    append(record) {
      return new Promise((resolve, reject) => {
        waiting.push({ line: `${JSON.stringify(record)}\n`, resolve, reject });
        writing ??= write();
      });
    },
    async close() {
      await writing;
      await file.close();
      await rm(lock, { force: true });
    },
  };
}
