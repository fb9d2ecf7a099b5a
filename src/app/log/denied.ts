import { type Actor, system as itself } from '../../domain/directory/actor.ts';
import * as denials from '../../store/log/denials.ts';
import * as owners from '../../store/log/owners.ts';
import type { System } from '../system.ts';

/** Puts a refused try on record: who tried, and for the owner of what was tried that it was theirs (I7). */
export function count(system: System, actor: Actor, object: string): Promise<void> {
  return system.database.transaction(itself, async (tx) => {
    const known = await owners.ownersOf(tx, object);
    await denials.count(tx, { actor: actor.id, object, owners: known, at: system.now() });
  });
}
