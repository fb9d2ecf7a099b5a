import type { ColumnType, Generated } from 'kysely';
import type { OrganisationId } from '../../domain/directory/actor.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Determination } from '../../domain/review/determination.ts';
import type { Partner, PartnerEvent, Side } from '../../domain/review/partner.ts';

type Json<T> = ColumnType<T, string, string>;

export interface DeterminationsTable {
  id: string;
  audience_id: string;
  submission_id: string;
  developer_id: OrganisationId;
  authority_id: OrganisationId;
  /** The model version that it is bound to, as its file named it then. */
  model_name: string;
  model_version: string;
  model_digest: string | null;
  is_requested: boolean;
  policy_version: string;
  current: Json<Determination>;
  created_at: Instant;
}

export interface DeterminationReferencesTable {
  determination_id: string;
  audience_id: string;
  reference: string;
}

export interface PartnersTable {
  id: string;
  audience_id: string;
  submission_id: string;
  developer_id: OrganisationId;
  authority_id: OrganisationId | null;
  organisation_id: OrganisationId | null;
  name: string;
  sector: string;
  model_name: string;
  model_version: string;
  policy_version: string;
  current: Json<Partner>;
  accepted_at: Instant | null;
  created_at: Instant;
  updated_at: Instant;
}

/** What an event says beside its name: reason, stance, words. */
export interface EventDetail {
  text?: string;
  terms?: string;
  /** A code of the policy. */
  reason?: string;
  stance?: string;
}

export interface PartnerEventsTable {
  id: string;
  partner_id: string;
  audience_id: string;
  position: number;
  at: Instant;
  side: Side;
  by_id: string;
  by_name: string;
  did: PartnerEvent['did'] | 'suggest';
  detail: Json<EventDetail>;
  sealed_at: Instant | null;
}

export interface SealedTextsTable {
  id: Generated<number>;
  object: string;
  text: string;
  sealed_by: string;
  sealed_at: Instant;
}

export interface DecisionTables {
  determinations: DeterminationsTable;
  determination_references: DeterminationReferencesTable;
  partners: PartnersTable;
  partner_events: PartnerEventsTable;
  sealed_texts: SealedTextsTable;
}
