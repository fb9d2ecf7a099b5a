import type { Generated } from 'kysely';
import type { OrganisationId } from '../../domain/directory/actor.ts';
import type { Instant } from '../../domain/instant.ts';

export interface IncidentsTable {
  id: string;
  submission_id: string;
  /** Its own: not all parties of the submission need know of an incident. */
  audience_id: string;
  what: string;
  raised_by: string;
  raised_by_organisation: OrganisationId;
  raised_at: Instant;
  /** How many grants ended when it was raised. */
  grants_cut: number;
  contained_at: Instant | null;
  contained_by: string | null;
  contained_facts: string | null;
  resolved_at: Instant | null;
  resolved_by: string | null;
  resolved_facts: string | null;
}

export interface IncidentMessagesTable {
  id: Generated<number>;
  incident_id: string;
  audience_id: string;
  by: string;
  organisation_id: OrganisationId;
  text: string;
  at: Instant;
}

export interface IncidentTables {
  incidents: IncidentsTable;
  incident_messages: IncidentMessagesTable;
}
