import type { ColumnType } from 'kysely';
import type { OrganisationId } from '../../domain/directory/actor.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Hours, Logging, Method, Named, Purpose, Variant } from '../../domain/review/grant.ts';
import type { Flag, Result } from '../../domain/review/ledger.ts';
import type { Comparison, Reading } from '../../domain/review/probe.ts';

/** Written as JSON text, read as its value. */
type Json<T> = ColumnType<T, string, string>;

export interface AccessGrantsTable {
  id: string;
  submission_id: string;
  /** All who may know of the submission: each sees who has access. */
  audience_id: string;
  /** The developer and the organisation that is given access: only they see the uses. */
  use_audience_id: string;
  /** To whom. */
  organisation_id: OrganisationId;
  method: Method;
  variant: Variant;
  model: string;
  purposes: Purpose[];
  rate_per_minute: number | null;
  hours: Json<Hours | null>;
  logging: Logging;
  retention_days: number;
  notes: string;
  people: Json<Named[]>;
  /** Questions of its own for the probe, beside those of every probe. */
  canaries: Json<string[]>;
  starts_at: Instant;
  expires_at: Instant;
  offered_at: Instant;
  offered_by: string;
  accepted_at: Instant | null;
  accepted_by: string | null;
  verified_by_developer_at: Instant | null;
  verified_by_authority_at: Instant | null;
  revoked_at: Instant | null;
  revoked_by: string | null;
  /** Address and key of the model, sealed (store/secret.ts); null while there is none. */
  endpoint: Buffer | null;
  endpoint_set_at: Instant | null;
}

export interface AccessUsesTable {
  id: string;
  grant_id: string;
  submission_id: string;
  audience_id: string;
  actor: string;
  person_id: string;
  organisation_id: string;
  purpose: string;
  model: string | null;
  /** The model that the answer names. */
  answered_by: string | null;
  started_at: Instant;
  ended_at: Instant | null;
  prompt_tokens: number | null;
  completion_tokens: number | null;
  result: Result;
  reason: string | null;
  flags: Flag[];
  /** How often it was tried in this minute, where it was refused; 1 otherwise. */
  tries: number;
  /** What a party says of a use that it reports. */
  note: string | null;
}

export interface AccessProbesTable {
  id: string;
  grant_id: string;
  audience_id: string;
  by: string;
  at: Instant;
  reading: Json<Reading | null>;
  failure: string | null;
  /** The first reading of its grant, with which later ones are compared. */
  is_baseline: boolean;
  comparison: Json<Comparison | null>;
}

export interface GrantTables {
  access_grants: AccessGrantsTable;
  access_uses: AccessUsesTable;
  access_probes: AccessProbesTable;
}
