import type { ColumnType } from 'kysely';
import type { OrganisationId } from '../../domain/directory/actor.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Hours, Logging, Method, Named, Purpose, Variant } from '../../domain/review/grant.ts';

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

export interface GrantTables {
  access_grants: AccessGrantsTable;
}
