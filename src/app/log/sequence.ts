import { system as instance } from '../../domain/directory/actor.ts';
import * as denials from '../../store/log/denials.ts';
import * as sequencer from '../../store/log/sequencer.ts';
import type { System } from '../system.ts';

/**
 * A second is soon enough for every reader (I7 allows a minute), and asking is cheaper than being told: a notification
 * in every act's transaction would make all commits queue for one lock.
 */
const periodMs = 1000;

/** Gives every waiting entry its place, now. Returns how many were placed. */
export async function sequence(system: System): Promise<number> {
  await system.database.transaction(instance, (tx) => denials.record(tx, system.now()));
  let placed = 0;
  for (;;) {
    const count = await sequencer.run(system.database, system.signer, system.now());
    placed += count;
    if (count < sequencer.batchSizeMax) return placed;
  }
}

/** Runs `sequence` every second until stopped. Any number of processes may do so: one at a time does the work. */
export function start(system: System): { stop(): Promise<void> } {
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  let running = Promise.resolve();
  let lastComplaint = '';
  // The entries wait in their table; the next turn finds them. The same trouble is told once, not every second.
  const complain = (error: unknown) => {
    const complaint = String(error);
    if (complaint !== lastComplaint) system.logger.error({ err: error }, 'the log could not be extended');
    lastComplaint = complaint;
  };
  const turn = () => {
    running = sequence(system)
      .then(() => {
        lastComplaint = '';
      }, complain)
      .then(() => {
        if (!isStopped) timer = setTimeout(turn, periodMs);
      });
  };
  turn();
  return {
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
