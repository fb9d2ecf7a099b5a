import { Refusal } from '../../domain/refusal.ts';

/**
 * Gives a function that runs at most `atOnce` pieces of work at a time, and of one owner only one, so that nobody takes all turns.
 * Up to `waitingMax` more of each owner wait, first come first served; beyond that work is refused unbegun.
 */
export function turns({ atOnce, waitingMax }: { atOnce: number; waitingMax: number }) {
  const running = new Set<string>();
  const waiting: { owner: string; begin: () => void }[] = [];

  function beginNext(): void {
    if (running.size >= atOnce) return;
    const at = waiting.findIndex(({ owner }) => !running.has(owner));
    const [next] = at === -1 ? [] : waiting.splice(at, 1);
    if (next === undefined) return;
    running.add(next.owner);
    next.begin();
  }

  return async <T>(owner: string, work: () => Promise<T>): Promise<T> => {
    if (waiting.filter((each) => each.owner === owner).length >= waitingMax) throw new Refusal('unavailable');
    await new Promise<void>((begin) => {
      waiting.push({ owner, begin });
      beginNext();
    });
    try {
      return await work();
    } finally {
      running.delete(owner);
      beginNext();
    }
  };
}
