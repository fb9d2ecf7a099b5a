import type { ColumnType, Generated } from 'kysely';
import type { OrganisationId, PersonId } from '../../domain/directory/actor.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Verdict } from '../../domain/intake/validation.ts';
import type { EvidenceSummary } from './validations.ts';

interface ValidationsTable {
  number: Generated<number>;
  id: string;
  audience_id: string;
  finding_id: string;
  finding_digest: string;
  organisation_id: OrganisationId;
  title: string;
  kit: Buffer;
  kit_digest: string;
  needs_network: boolean;
  asked_by: string;
  asked_at: Instant;
  ends_at: Instant;
  withdrawn_at: Generated<Instant | null>;
}

interface ValidatorKeysTable {
  id: string;
  organisation_id: OrganisationId;
  person_id: PersonId;
  public_key: Buffer;
  fingerprint: string;
  label: string;
  created_at: Instant;
  revoked_at: Generated<Instant | null>;
}

interface ValidationEvidenceTable {
  number: Generated<number>;
  id: string;
  validation_id: string;
  audience_id: string;
  organisation_id: OrganisationId;
  person_id: PersonId;
  person_name: string;
  key_id: string;
  digest: string;
  envelope: Buffer;
  verdict: Verdict;
  is_independent: boolean;
  summary: ColumnType<EvidenceSummary, string, never>;
  received_at: Instant;
}

interface ValidationOutcomesTable {
  number: Generated<number>;
  finding_id: string;
  audience_id: string;
  state: 'validated' | 'not_reproduced';
  text: string | null;
  at: Instant;
}

export interface ValidationTables {
  validations: ValidationsTable;
  validator_keys: ValidatorKeysTable;
  validation_evidence: ValidationEvidenceTable;
  validation_outcomes: ValidationOutcomesTable;
}
