import type { Inventory } from '../../domain/advisory/inventory.ts';
import type { PatchList } from '../../domain/advisory/patch-list.ts';
import type { Clock } from '../../domain/advisory/priority/clock.ts';
import type { Day } from '../../domain/instant.ts';
import type { Problem } from '../../domain/problem.ts';
import { startOwnWorker } from '../worker-url.ts';
import workerUrl from './matching-worker.ts?worker&url';

export type Exposure = 'yes' | 'no' | 'unknown';

/** What a person chooses for a list. */
export interface Settings {
  policy: string;
  exposure: Exposure;
  asOf: Day;
  /** Of earlier lists of the same system. */
  clocks?: readonly Clock[];
}

export type Phase =
  | { phase: 'reading' }
  | { phase: 'packs'; done: number; all: number; bytes: number }
  | { phase: 'matching' };

export interface Matched {
  inventory: Inventory;
  list: PatchList;
  /** From the file's bytes to the list, in this browser. */
  milliseconds: number;
}

/** A file that could not be read. Its problems say where and why. */
export class UnreadableFile extends Error {
  readonly problems: Problem[];

  constructor(problems: Problem[]) {
    super(problems[0]?.message ?? 'The file could not be read.');
    this.problems = problems;
  }
}

export type WorkRequest = { id: number; settings: Settings } & (
  | { from: 'file'; bytes: ArrayBuffer; fileName: string }
  | { from: 'inventory'; inventory: Inventory }
);

export type WorkReply = { id: number } & (
  | { kind: 'phase'; phase: Phase }
  | { kind: 'matched'; matched: Matched }
  | { kind: 'unreadable'; problems: Problem[] }
  | { kind: 'failed'; message: string }
);

let worker: Worker | undefined;
let lastId = 0;

/** The worker, started on first use, or before it when the page has nothing else to do. */
export function startWorker(): Worker {
  worker ??= startOwnWorker(workerUrl);
  return worker;
}

/**
 * Makes a patch list in this browser's worker. The file's bytes go to the worker and nowhere else. Rejects with
 * `UnreadableFile` for a faulty file, and with an Error when the packs could not be had.
 */
export function match(
  from: { file: ArrayBuffer; fileName: string } | { inventory: Inventory },
  settings: Settings,
  onPhase: (phase: Phase) => void = () => {},
): Promise<Matched> {
  const to = startWorker();
  const id = ++lastId;
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void) => {
      to.removeEventListener('message', listen);
      to.removeEventListener('error', fail);
      settle();
    };
    const fail = (event: ErrorEvent) =>
      finish(() => reject(new Error(event.message || 'The matching worker stopped.')));
    const listen = ({ data }: MessageEvent<WorkReply>) => {
      if (data.id !== id) return;
      switch (data.kind) {
        case 'phase':
          return onPhase(data.phase);
        case 'matched':
          return finish(() => resolve(data.matched));
        case 'unreadable':
          return finish(() => reject(new UnreadableFile(data.problems)));
        case 'failed':
          return finish(() => reject(new Error(data.message)));
      }
    };
    to.addEventListener('message', listen);
    to.addEventListener('error', fail);
    const request: WorkRequest =
      'file' in from
        ? { id, settings, from: 'file', bytes: from.file, fileName: from.fileName }
        : { id, settings, from: 'inventory', inventory: from.inventory };
    to.postMessage(request, request.from === 'file' ? [request.bytes] : []);
  });
}
