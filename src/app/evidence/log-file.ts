/** Opens the file of an evaluation log with the reader that knows it. */
import { open as openFile } from 'node:fs/promises';
import { createInflateRaw } from 'node:zlib';
import type { EvalLog, SampleSummary, TranscriptEvent } from '../../domain/evidence/eval-log.ts';
import type { Problem } from '../../domain/problem.ts';
import { Refusal } from '../../domain/refusal.ts';
import { open } from '../../formats/eval-log.ts';
import type { SampleName } from '../../formats/inspect/log.ts';
import { refuse } from '../../formats/listing.ts';

export interface LogFile {
  /** The header. Its marks may grow while samples are read. */
  log: EvalLog;
  /** Every sample once, in the order of the log. */
  samples(): AsyncIterable<SampleSummary>;
  /** The transcript of one sample; to be asked for after all samples have been read. */
  events(sample: SampleName): AsyncIterable<TranscriptEvent>;
  /** What was left out or is doubtful; complete when all has been read. */
  problems: Problem[];
  close(): Promise<void>;
}

/** Opens a log, told by its content. What no reader knows is refused with every problem, now or while it is read. */
export async function openLog(path: string, fileName: string): Promise<LogFile> {
  const file = await openFile(path);
  try {
    const { size } = await file.stat();
    const source = {
      size,
      read: async (offset: number, length: number) => {
        const bytes = new Uint8Array(length);
        const { bytesRead } = await file.read(bytes, 0, length, offset);
        if (bytesRead !== length) throw new Error(`The file ${path} became shorter while it was read.`);
        return bytes;
      },
      inflater: () => createInflateRaw({ chunkSize: 256 * 1024 }),
    };
    const reader = await open(source, fileName);
    return {
      log: reader.log,
      samples: () => refusing(reader.samples()),
      events: (sample) => refusing(reader.events(sample)),
      problems: [],
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw refusalOf(error);
  }
}

async function* refusing<T>(items: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* items;
  } catch (error) {
    throw refusalOf(error);
  }
}

/** What a reader refuses, as a refusal of ours; anything else is our own fault and falls on. */
const refusalOf = (error: unknown): Refusal =>
  error instanceof Refusal ? error : new Refusal('log_not_read', { problems: refuse(error) });
