import type {
  Bin,
  CurvePoint,
  HorizonChoices,
  ModelHorizon,
  RunRow,
  Span,
} from '../../domain/evidence/model-horizon.ts';
import type { Problem } from '../../domain/problem.ts';
import { startOwnWorker } from '../worker-url.ts';
import workerUrl from './horizon-worker.ts?worker&url';

/** A file of runs, or runs from logs kept here. */
export type RunSource = File | readonly RunRow[];

export interface WorkedModel {
  horizon: ModelHorizon;
  curve: CurvePoint[];
  bins: Bin[];
}

export interface Worked {
  /** The lengths that the curves go over. */
  span: Span;
  models: WorkedModel[];
  /** Lines that were refused. */
  problems: readonly Problem[];
}

export type Progress =
  | { phase: 'reading'; share: number }
  | { phase: 'fitting'; done: number; all: number; model: string };

export interface WorkRequest {
  id: number;
  from: RunSource | 'same';
  choices: HorizonChoices;
}

export type WorkReply = { id: number } & (
  | { kind: 'progress'; progress: Progress }
  | { kind: 'worked'; worked: Worked }
  | { kind: 'failed'; message: string }
);

let worker: Worker | undefined;
/** What the worker holds. */
let held: RunSource | undefined;
let lastId = 0;

/** Ends what is under way; the worker's runs go with it. */
export function stopWork(): void {
  worker?.terminate();
  worker = undefined;
  held = undefined;
}

/**
 * Fits every model of the source in this browser's worker; the runs go to the worker and nowhere else. Rejects where the
 * worker fails, or `signal` ends it. One work at a time.
 */
export function work(
  source: RunSource,
  choices: HorizonChoices,
  onProgress: (progress: Progress) => void,
  signal: AbortSignal,
): Promise<Worked> {
  worker ??= startOwnWorker(workerUrl);
  const to = worker;
  const id = ++lastId;
  const request: WorkRequest = { id, from: source === held ? 'same' : source, choices };
  held = source;
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void) => {
      to.removeEventListener('message', listen);
      to.removeEventListener('error', fail);
      signal.removeEventListener('abort', stop);
      settle();
    };
    const fail = (event: ErrorEvent) =>
      finish(() => {
        stopWork();
        reject(new Error(event.message || 'The worker stopped.'));
      });
    const listen = ({ data }: MessageEvent<WorkReply>) => {
      if (data.id !== id) return;
      if (data.kind === 'progress') onProgress(data.progress);
      else if (data.kind === 'worked') finish(() => resolve(data.worked));
      else
        finish(() => {
          stopWork();
          reject(new Error(data.message));
        });
    };
    const stop = () =>
      finish(() => {
        stopWork();
        reject(signal.reason);
      });
    to.addEventListener('message', listen);
    to.addEventListener('error', fail);
    signal.addEventListener('abort', stop);
    to.postMessage(request);
  });
}
