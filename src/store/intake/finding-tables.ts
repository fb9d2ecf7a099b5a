import type { ColumnType, Generated } from 'kysely';
import type { OrganisationId } from '../../domain/directory/actor.ts';
import type { Instant } from '../../domain/instant.ts';
import type { BatchState } from '../../domain/intake/batch.ts';
import type { FindingState, ReportedComponent } from '../../domain/intake/report.ts';
import type { Problem } from '../../domain/problem.ts';

export interface IntakeSourcesTable {
  organisation_id: OrganisationId;
  audience_id: string;
  received: Generated<number>;
  confirmed: Generated<number>;
  refuted: Generated<number>;
  set_aside: Generated<number>;
  created_at: Instant;
}

export interface BatchesTable {
  number: Generated<number>;
  id: string;
  audience_id: string;
  organisation_id: OrganisationId;
  name: string;
  format: string;
  file_name: string | null;
  mapping: ColumnType<Record<string, string> | null, string | null, string | null>;
  component: ColumnType<ReportedComponent | null, string | null, string | null>;
  state: BatchState;
  rows_read: Generated<number>;
  rows_total: number | null;
  accepted: Generated<number>;
  repeated: Generated<number>;
  refused: Generated<number>;
  screened: Generated<number>;
  size_bytes: Generated<number>;
  digest: string | null;
  resumes_at: Instant | null;
  reason: string | null;
  problems: ColumnType<Problem[], string | undefined, string>;
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
  is_asked: Generated<boolean>;
  title: string;
  purl: string | null;
  ecosystem: string | null;
  package: string | null;
  severity: string | null;
  tool: string | null;
  report: Buffer;
  reproduction: Buffer | null;
  original: Buffer | null;
  received_at: Instant;
  screened_at: Instant | null;
  screen_failures: Generated<number>;
}

export interface FindingStatesTable {
  number: Generated<number>;
  finding: string;
  audience_id: string;
  state: FindingState;
  at: Instant;
}

export interface FindingMessagesTable {
  number: Generated<number>;
  id: string;
  finding: string;
  audience_id: string;
  kind: 'question' | 'answer' | 'decision';
  by: string;
  text: Buffer;
  at: Instant;
}

export interface FindingMarksTable {
  number: Generated<number>;
  finding: string;
  audience_id: string;
  kind: 'injection' | 'secret' | 'personal_data';
  rule: string;
  field: string;
  start: number;
  end: number;
  why: string;
}

export interface FindingReleasesTable {
  number: Generated<number>;
  finding: string;
  audience_id: string;
  kind: 'released' | 'kept';
  reason: string;
  by: string;
  at: Instant;
}

export interface AnonymousReportsTable {
  finding: string;
  audience_id: string;
  token: Buffer;
  contact: Buffer | null;
}

export interface BatchPartsTable {
  batch: number;
  part: number;
  upload: string;
  audience_id: string;
  bytes: Buffer;
}

export interface BatchRefusalsTable {
  batch: number;
  row: number;
  audience_id: string;
  problems: ColumnType<Problem[], string, string>;
}

export interface CsvMappingsTable {
  organisation_id: OrganisationId;
  name: string;
  audience_id: string;
  fields: ColumnType<Record<string, string>, string, string>;
  by: string;
  updated_at: Instant;
}

export interface IntakeHoursTable {
  organisation_id: OrganisationId;
  hour: Instant;
  audience_id: string;
  findings: number;
}

export interface FindingTables {
  intake_sources: IntakeSourcesTable;
  batches: BatchesTable;
  findings: FindingsTable;
  finding_states: FindingStatesTable;
  finding_messages: FindingMessagesTable;
  finding_marks: FindingMarksTable;
  finding_releases: FindingReleasesTable;
  anonymous_reports: AnonymousReportsTable;
  batch_parts: BatchPartsTable;
  batch_refusals: BatchRefusalsTable;
  csv_mappings: CsvMappingsTable;
  intake_hours: IntakeHoursTable;
}
