import type { OrganisationId } from '../../domain/directory/actor.ts';
import type { Instant } from '../../domain/instant.ts';

export interface TaskPacksTable {
  id: string;
  organisation_id: OrganisationId;
  /** Who may know of it now: its own organisation, or all parties of the submission it was shown to. */
  audience_id: string;
  own_audience_id: string;
  submission_id: string | null;
  name: string;
  version: string;
  size: number;
  /** Hex. */
  root: string;
  is_opaque: boolean;
  /** An item that was sent to models in so many runs is retired. */
  runs_max: number;
  published_by: string;
  published_at: Instant;
}

export interface TaskPackUsesTable {
  pack_id: string;
  audience_id: string;
  run_id: string;
  noted_by: string;
  noted_at: Instant;
}

export interface TaskPackOpeningsTable {
  pack_id: string;
  audience_id: string;
  place: number;
  item: string;
  noted_by: string;
  noted_at: Instant;
}

export interface TaskPackTables {
  task_packs: TaskPacksTable;
  task_pack_uses: TaskPackUsesTable;
  task_pack_openings: TaskPackOpeningsTable;
}
