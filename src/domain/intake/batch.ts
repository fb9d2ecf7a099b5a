/** Where a batch of findings stands, and what its owner may do to it. */
import { Refusal } from '../refusal.ts';

export const batchStates = ['receiving', 'reading', 'paused', 'slowed', 'done', 'refused', 'cancelled'] as const;

/**
 * `receiving`: rows may be sent. `reading`: its file is being read. `paused`: its owner stopped it. `slowed`: there is no room for more
 * until a moment that it names. `done`, `refused` (the file is nothing that is known, or
 * too many of its rows were refused) and `cancelled` are final.
 */
export type BatchState = (typeof batchStates)[number];

/** True where nothing more comes of it. What was taken before stays. */
export const isFinal = (state: BatchState): boolean => state === 'done' || state === 'refused' || state === 'cancelled';

/** The state after an act of the owner. `hasFile` tells a batch that was sent as one file from one whose rows are sent. Refuses what cannot be. */
export function change(
  { state, hasFile }: { state: BatchState; hasFile: boolean },
  to: 'paused' | 'resumed' | 'cancelled',
): BatchState {
  if (isFinal(state)) throw new Refusal('batch_not_now', { state });
  if (to === 'cancelled') return 'cancelled';
  if (to === 'paused') return 'paused';
  // Resumed while it is slowed, it is tried again at once; where there is still no room, it is slowed again.
  return hasFile ? 'reading' : 'receiving';
}

/** The field of a refused row that a problem is about: where the path names the row itself, it is not named twice. */
export function fieldOf(row: number, path: string): string {
  const own = `row ${row}`;
  if (path === own) return '';
  return path.startsWith(`${own}: `) ? path.slice(own.length + 2) : path;
}
