import type { OrganisationId } from '../../domain/directory/actor.ts';
import { system as itself } from '../../domain/directory/actor.ts';
import * as organisations from '../../store/directory/organisations.ts';
import type { System } from '../system.ts';

/** Who handed something in, as coordinators see it; null where it came without an account. */
export type Source = { id: OrganisationId; name: string } | null;

/**
 * Gives coordinators the names of those who reported: whoever reads a finding may know whose it is, also where the organisation shows
 * itself to nobody else. For ids that were read under the coordinator's own rights.
 */
export async function sourcesOf(
  system: System,
  ids: readonly (OrganisationId | null)[],
): Promise<(id: OrganisationId | null) => Source> {
  const wanted = [...new Set(ids.filter((id) => id !== null))];
  const names = await system.database.transaction(itself, (tx) => organisations.names(tx, wanted));
  return (id) => (id === null ? null : { id, name: names.get(id) ?? '' });
}
