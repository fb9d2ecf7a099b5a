import type { ColumnType } from 'kysely';
import type { Justification, MarkState } from '../../domain/advisory/mark.ts';
import type { Outcome } from '../../domain/advisory/outcome.ts';
import type { Clock } from '../../domain/advisory/priority/clock.ts';
import type { Asset } from '../../domain/advisory/priority/inputs.ts';
import type { OrganisationId } from '../../domain/directory/actor.ts';
import type { Day, Instant } from '../../domain/instant.ts';
import type { Problem } from '../../domain/problem.ts';

/** Written as JSON text, read as its value. */
type Json<T> = ColumnType<T, string, string>;

export interface InventoriesTable {
  id: string;
  organisation_id: OrganisationId;
  name: string;
  /** Of the newest document. */
  version: number;
  asset: Json<Asset>;
  created_at: Instant;
  updated_at: Instant;
}

export interface InventoryVersionsTable {
  inventory_id: string;
  organisation_id: OrganisationId;
  version: number;
  format: string;
  file_name: string;
  components: number;
  problems: Json<Problem[]>;
  /** SHA-256 of `document`. */
  digest: Uint8Array;
  /** The inventory as read, as gzipped JSON. */
  document: Uint8Array;
  kept_by: string;
  kept_at: Instant;
}

export interface InventoryMarksTable {
  inventory_id: string;
  organisation_id: OrganisationId;
  key: string;
  state: MarkState;
  reason: string;
  justification: Justification | null;
  vulnerabilities: string[];
  marked_by: string;
  marked_at: Instant;
}

export interface InventorySnapshotsTable {
  inventory_id: string;
  organisation_id: OrganisationId;
  policy: string;
  day: Day;
  version: number;
  outcomes: Json<Outcome[]>;
  taken_at: Instant;
}

export interface InventoryClocksTable {
  inventory_id: string;
  organisation_id: OrganisationId;
  package: string;
  vulnerability: string;
  listed: Day;
  decided: Json<Clock['decided']>;
}

export interface InventoryTables {
  inventories: InventoriesTable;
  inventory_versions: InventoryVersionsTable;
  inventory_marks: InventoryMarksTable;
  inventory_snapshots: InventorySnapshotsTable;
  inventory_clocks: InventoryClocksTable;
}
