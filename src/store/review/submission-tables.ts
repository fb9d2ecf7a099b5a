import type { OrganisationId } from '../../domain/directory/actor.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Capacity } from '../../domain/review/party.ts';

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
}

export interface SubmissionTables {
  submissions: SubmissionsTable;
  submission_parties: SubmissionPartiesTable;
}
