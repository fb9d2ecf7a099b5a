/** What became of what each source handed in: for coordinators of all, for a source of itself. */
import type { Actor, OrganisationId } from '../../domain/directory/actor.ts';
import { type PrecisionRow, precisionRow, type SourceCounts } from '../../domain/intake/precision.ts';
import { requireCoordinator, requireReporter } from '../../domain/intake/who.ts';
import * as outcomes from '../../store/intake/hint-outcomes.ts';
import type { System } from '../system.ts';
import { type Source, sourcesOf } from './source-names.ts';

export type Row = PrecisionRow & { source: Source };

/** The sources with an account, by id. */
export async function list(system: System, actor: Actor, page: { after: string; limit: number }): Promise<Row[]> {
  requireCoordinator(actor);
  const found = await system.database.transaction(actor, (tx) => outcomes.list(tx, page));
  const source = await sourcesOf(
    system,
    found.map(({ organisation }) => organisation),
  );
  return found.map((one) => ({ ...precisionRow(countsOf(one), 'coordinator'), source: source(one.organisation) }));
}

/** The actor's own organisation as a source; all zero before it has handed in anything. Nothing of it tells of others (I5). */
export async function own(system: System, actor: Actor): Promise<Row> {
  const organisation: OrganisationId = requireReporter(actor);
  const found = await system.database.transaction(actor, (tx) => outcomes.find(tx, organisation));
  const source = await sourcesOf(system, [organisation]);
  const none = { organisation, received: 0, confirmed: 0, refuted: 0, setAside: 0, medianSeconds: null, duplicates: 0 };
  return { ...precisionRow(countsOf(found ?? none), 'source'), source: source(organisation) };
}

function countsOf({
  received,
  confirmed,
  refuted,
  setAside,
  medianSeconds,
  duplicates,
}: outcomes.Outcome): SourceCounts {
  return {
    states: {
      validated: confirmed,
      not_reproduced: refuted,
      withdrawn: setAside,
      received: Math.max(0, received - confirmed - refuted - setAside),
    },
    ...(medianSeconds !== null && { medianSecondsToDecision: medianSeconds }),
    duplicates,
  };
}
