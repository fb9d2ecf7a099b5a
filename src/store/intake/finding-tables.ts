import type { Generated } from 'kysely';
import type { OrganisationId } from '../../domain/directory/actor.ts';
import type { Instant } from '../../domain/instant.ts';
import type { FindingState } from '../../domain/intake/report.ts';

export interface IntakeSourcesTable {
  organisation_id: OrganisationId;
  audience_id: string;
  created_at: Instant;
}

export interface BatchesTable {
  number: Generated<number>;
  id: string;
  audience_id: string;
  organisation_id: OrganisationId;
  name: string;
  format: string;
  state: string;
  rows_read: Generated<number>;
  rows_total: number | null;
  accepted: Generated<number>;
  repeated: Generated<number>;
  refused: Generated<number>;
  screened: Generated<number>;
  size_bytes: Generated<number>;
  digest: string | null;
  resumes_at: Instant | null;
  problems: Generated<string>;
  created_by: string;
  created_at: Instant;
  updated_at: Instant;
}

export interface FindingsTable {
  number: Generated<number>;
  id: string;
  audience_id: string;
  organisation_id: OrganisationId | null;
  submitted_by: string;
  batch: number | null;
  row: number | null;
  key: string;
  digest: string;
  state: Generated<FindingState>;
  is_held: Generated<boolean>;
  title: string;
  purl: string | null;
  ecosystem: string | null;
  package: string | null;
  severity: string | null;
  tool: string | null;
  report: Buffer;
  original: Buffer | null;
  received_at: Instant;
  screened_at: Instant | null;
}

export interface FindingTables {
  intake_sources: IntakeSourcesTable;
  batches: BatchesTable;
  findings: FindingsTable;
}
