import type { ColumnType, Generated, GeneratedAlways } from 'kysely';
import type { AgentId, OrganisationId, PersonId } from '../../domain/directory/actor.ts';
import type { Application, Said } from '../../domain/directory/application.ts';
import type { Participation } from '../../domain/directory/participation.ts';
import type { Instant } from '../../domain/instant.ts';

/** Written as JSON text, read as what it says. */
type Json<T> = ColumnType<T, string, string>;

export interface AgentSpendingTable {
  agent_id: AgentId;
  organisation_id: OrganisationId;
  /** A UTC day, `2026-03-01`. */
  day: string;
  what: 'findings' | 'questions';
  amount: number;
}

export interface ApplicationsTable {
  number: Generated<number>;
  id: string;
  audience_id: string;
  receipt_hash: Uint8Array | null;
  receipt: Uint8Array | null;
  proof_hash: Uint8Array | null;
  proof_expires_at: Instant | null;
  said: Json<Said>;
  email: string;
  standing: Json<Application>;
  state: GeneratedAlways<Application['state']>;
  organisation_id: OrganisationId | null;
  received_at: Instant;
  updated_at: Instant;
}

export interface ParticipationsTable {
  organisation_id: OrganisationId;
  kind: string | null;
  country: string | null;
  domain: string | null;
  security_txt: string | null;
  standing: Json<Participation>;
  state: GeneratedAlways<Participation['state']>;
  export_hash: Uint8Array | null;
  export_until: Instant | null;
  updated_at: Instant;
}

export interface TermsAcceptancesTable {
  organisation_id: OrganisationId;
  version: string;
  digest: string;
  person_id: PersonId;
  at: Instant;
}

export interface LegalBasisNoticesTable {
  basis: string;
  state: string;
  at: Instant;
}

export interface ParticipationTables {
  agent_spending: AgentSpendingTable;
  applications: ApplicationsTable;
  participations: ParticipationsTable;
  terms_acceptances: TermsAcceptancesTable;
  legal_basis_notices: LegalBasisNoticesTable;
}
