import type { Actor } from '../../domain/directory/actor.ts';
import * as permission from '../../domain/directory/permission.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { PendingItem } from '../../domain/review/pending.ts';
import type { WindowView } from '../../domain/review/window.ts';
import * as submissions from '../../store/review/submissions.ts';
import type { System } from '../system.ts';
import { pendingIn } from './pending.ts';
import * as windows from './windows.ts';

export interface Listed extends submissions.ListedSubmission {
  /** What its window says now. */
  window: WindowView;
  /** The first two things that wait for somebody; of the first files of a page only. */
  pending?: PendingItem[];
}

/** For how many files of a page it is looked up what waits: it takes several queries for each. */
const lookedUp = 20;

/** The submissions that the actor may know of, the one changed last first, each with where its window stands and what waits. */
export function list(system: System, actor: Actor, page: Parameters<typeof submissions.list>[2]): Promise<Listed[]> {
  permission.requireSignedIn(actor);
  const { organisation } = actor;
  if (organisation === undefined) throw new Refusal('not_permitted');
  return system.database.transaction(actor, async (tx) => {
    const at = system.now();
    const listed: Listed[] = [];
    for (const one of await submissions.list(tx, organisation, page)) {
      const window = await windows.viewOf(tx, one.id, at);
      const isLookedUp = listed.length < lookedUp;
      const pending = isLookedUp ? (await pendingIn(tx, actor, one, window, at)).slice(0, 2) : undefined;
      listed.push({ ...one, window, ...(pending && { pending }) });
    }
    return listed;
  });
}
