/** That access works, said by each side once: the grant takes note of it, and so does the window whose clock it starts. */
import type { Actor } from '../../domain/directory/actor.ts';
import * as permission from '../../domain/directory/permission.ts';
import * as grant from '../../domain/review/grant.ts';
import type { System } from '../system.ts';
import { change, type Listed, requireGrantee, requireSide } from './grants.ts';
import { recordEvent, viewOf } from './windows.ts';

/**
 * One side says that it has seen access work. When both have, the grant can be used from its beginning on, and a window that waited for
 * nothing else runs.
 */
export function verify(system: System, actor: Actor, id: string): Promise<Listed> {
  permission.requirePerson(actor);
  return change(system, actor, id, 'access_verified', async (current, capacity, tx, submission) => {
    requireSide(actor, capacity);
    if (capacity === 'authority') requireGrantee(actor, current);
    const at = system.now();
    const next = grant.verify(current, capacity, at);
    const { can } = await viewOf(tx, submission.id, at);
    if (can[capacity].includes('verify_access'))
      await recordEvent(tx, system, actor, { submission, capacity }, { act: 'verify_access' });
    return next;
  });
}
