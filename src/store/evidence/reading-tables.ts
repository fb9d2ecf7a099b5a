import type { JSONColumnType } from 'kysely';
import type { OrganisationId, PersonId } from '../../domain/directory/actor.ts';
import type { DeskState, Observation, ReturnReason } from '../../domain/evidence/reading.ts';
import type { Instant } from '../../domain/instant.ts';

export interface DeskItemsTable {
  id: string;
  organisation_id: OrganisationId;
  run_id: string;
  /** Its place in the run. */
  sample: number;
  reason: string;
  /** As `stateOf` says, for lists. */
  state: DeskState;
  put_by: string;
  put_at: Instant;
  settled: JSONColumnType<Observation> | null;
  settled_by: PersonId | null;
  settled_at: Instant | null;
}

export interface DeskReadingsTable {
  id: string;
  item_id: string;
  organisation_id: OrganisationId;
  reader: PersonId;
  assigned_by: string;
  assigned_at: Instant;
  observation: JSONColumnType<Observation> | null;
  handed_in_at: Instant | null;
  return_reason: ReturnReason | null;
  returned_at: Instant | null;
}

export interface DeskSignOffsTable {
  organisation_id: OrganisationId;
  run_id: string;
  person: PersonId;
  /** SHA-256 in hex of the outcomes that were signed. */
  outcomes: string;
  signed_at: Instant;
}

export interface ReadingTables {
  desk_items: DeskItemsTable;
  desk_readings: DeskReadingsTable;
  desk_sign_offs: DeskSignOffsTable;
}
