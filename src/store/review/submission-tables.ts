import type { Generated, JSONColumnType } from 'kysely';
import type { OrganisationId } from '../../domain/directory/actor.ts';
import type { Day, Instant } from '../../domain/instant.ts';
import type { Capacity } from '../../domain/review/party.ts';
import type { FileContent } from '../../domain/review/submission.ts';

export interface SubmissionsTable {
  id: string;
  audience_id: string;
  /** The developer. */
  organisation_id: OrganisationId;
  model_name: string;
  model_version: string;
  /** `sha256:` and 64 hex digits, of the weights or the build; null while the developer has not given it. */
  model_digest: string | null;
  created_at: Instant;
  updated_at: Instant;
}

export interface SubmissionPartiesTable {
  submission_id: string;
  audience_id: string;
  organisation_id: OrganisationId;
  capacity: Capacity;
  added_by: string;
  added_at: Instant;
  /** The first version that may be read; 0 when none had been handed over yet. */
  from_version: Generated<number>;
  ended_at: Instant | null;
  ended_by: string | null;
}

export interface SubmissionVersionsTable {
  submission_id: string;
  version: number;
  audience_id: string;
  organisation_id: OrganisationId;
  content: JSONColumnType<FileContent>;
  /** `sha256:` and 64 hex digits, of the canonical JSON of domain/review/submission.ts, `digested`. */
  digest: string;
  note: string | null;
  saved_by: string;
  saved_at: Instant;
  handed_by: string | null;
  handed_at: Instant | null;
  is_interim: boolean | null;
}

export interface SubmissionDatesTable {
  submission_id: string;
  audience_id: string;
  organisation_id: OrganisationId;
  partner_release: Day | null;
  public_release: Day | null;
  note: string | null;
  shown_to: OrganisationId[];
  saved_by: string;
  saved_at: Instant;
}

export interface SubmissionTables {
  submissions: SubmissionsTable;
  submission_parties: SubmissionPartiesTable;
  submission_versions: SubmissionVersionsTable;
  submission_dates: SubmissionDatesTable;
}
