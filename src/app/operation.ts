/** The state of the instance, for its operator. */
import { system as itself } from '../domain/directory/actor.ts';
import * as importStore from '../store/advisory/imports.ts';
import * as jobStore from '../store/jobs.ts';
import * as sequencer from '../store/log/sequencer.ts';
import { pending } from '../store/migrations.ts';
import type { System } from './system.ts';

/** What runs in this process; `isStopping` from the first signal on. */
export interface State {
  isStopping: boolean;
  /** Absent when jobs are worked on by another process. */
  worker?: { isRunning(): boolean };
}

/** `ok`, or what is wrong, for each thing that answering requests needs. */
export async function readiness(system: System, state: State): Promise<Record<string, string>> {
  const missing = await pending(system.database).catch(() => undefined);
  return {
    database: missing === undefined ? 'does not answer' : 'ok',
    migrations: missing === undefined ? 'unknown' : missing.length === 0 ? 'ok' : `${missing.length} pending`,
    worker: state.worker === undefined || state.worker.isRunning() ? 'ok' : 'ended',
    process: state.isStopping ? 'stopping' : 'ok',
  };
}

/** Waiting jobs by task. */
export const jobs = (system: System): Promise<jobStore.Waiting[]> => jobStore.waiting(system.database);

/** Entries of the log that wait for their place. */
export const waitingEntries = (system: System): Promise<number> => sequencer.waiting(system.database);

/** Items done and running imports, of the newest hundred. */
export const imports = (system: System): Promise<importStore.Import[]> =>
  system.database.transaction(itself, (tx) => importStore.list(tx, { limit: 100 }));
