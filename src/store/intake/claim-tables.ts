import type { Generated } from 'kysely';
import type { OrganisationId, PersonId } from '../../domain/directory/actor.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Answer, Authority, ClaimEvent, Disclosure } from '../../domain/intake/claim.ts';
import type { IntakePolicy, PolicyStanding, Proof } from '../../domain/intake/intake-policy.ts';
import type { Scope } from '../../domain/intake/scope.ts';

export interface ClaimsTable {
  number: Generated<number>;
  id: string;
  organisation_id: OrganisationId;
  scope: Scope;
  keys: string[];
  authority: Authority;
  disclosure: Disclosure;
  is_counted: boolean;
  note: string | null;
  policy: string;
  person_id: PersonId | null;
  person_name: string | null;
  agent_name: string | null;
  registered_at: Instant;
  ends_at: Instant;
}

export interface ClaimTables {
  claims: ClaimsTable;
  claim_events: {
    number: Generated<number>;
    claim_id: string;
    organisation_id: OrganisationId;
    act: ClaimEvent['act'];
    at: Instant;
    until: Instant | null;
  };
  claim_queries: {
    number: Generated<number>;
    claim_id: string;
    organisation_id: OrganisationId;
    target: string;
    scope: Scope;
    asked: string;
    answer: Answer;
    asked_by: string;
    at: Instant;
  };
  claim_introductions: { id: string; first_claim: string; second_claim: string; created_at: Instant };
  claim_introduction_sides: {
    introduction_id: string;
    claim_id: string;
    organisation_id: OrganisationId;
    contact: string | null;
    declined_at: Instant | null;
    met_organisation: string | null;
    met_contact: string | null;
    met_at: Instant | null;
    changed_at: Instant;
  };
  claim_introduction_wishes: {
    claim_id: string;
    organisation_id: OrganisationId;
    contact: string;
    asked_at: Instant;
  };
  claim_messages: {
    number: Generated<number>;
    claim_id: string;
    organisation_id: OrganisationId;
    text: string;
    written_by: string;
    at: Instant;
  };
  intake_policies: {
    number: Generated<number>;
    id: string;
    organisation_id: OrganisationId;
    organisation_name: string;
    person_id: PersonId;
    person_name: string;
    purl: string;
    keys: string[];
    policy: IntakePolicy;
    proof: Proof;
    standing: PolicyStanding;
    stated_at: Instant;
    decided_by: string | null;
    decided_at: Instant | null;
  };
}
