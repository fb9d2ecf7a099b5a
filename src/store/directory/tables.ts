import type { ColumnType } from 'kysely';
import type { AgentId, OrganisationId, PersonId, Role } from '../../domain/directory/actor.ts';
import type { Instant } from '../../domain/instant.ts';

type Optional<T> = ColumnType<T, T | undefined, T>;

export interface OrganisationsTable {
  id: OrganisationId;
  name: string;
  /** The one that runs this instance. */
  is_host: Optional<boolean>;
  /** Every signed-in person may see its name. */
  is_shared: Optional<boolean>;
  /** Part of the sample workspace. */
  is_sample: Optional<boolean>;
  created_at: Instant;
}

export interface PeopleTable {
  id: PersonId;
  organisation_id: OrganisationId;
  name: string;
  email: string | null;
  roles: Role[];
  is_shared: Optional<boolean>;
  created_at: Instant;
  left_at: Instant | null;
}

export interface AgentsTable {
  id: AgentId;
  organisation_id: OrganisationId;
  person_id: PersonId;
  name: string;
  scopes: string[];
  token_hash: Uint8Array;
  created_at: Instant;
  expires_at: Instant;
  revoked_at: Instant | null;
  findings_per_day: Optional<number>;
  questions_per_day: Optional<number>;
}

export interface SessionsTable {
  id_hash: Uint8Array;
  person_id: PersonId;
  created_at: Instant;
  seen_at: Instant;
  ends_at: Instant;
  verified_at: Instant | null;
}

export interface SignInLinksTable {
  token_hash: Uint8Array;
  person_id: PersonId;
  expires_at: Instant;
  used_at: Instant | null;
}

export interface PasskeysTable {
  id: string;
  person_id: PersonId;
  name: string;
  public_key: Uint8Array;
  counter: number;
  transports: string[];
  is_backed_up: boolean;
  created_at: Instant;
  used_at: Instant | null;
}

export interface PasskeyChallengesTable {
  challenge: string;
  /** Whose new passkey answers it; absent for signing in, where nobody is known yet. */
  person_id: PersonId | null;
  expires_at: Instant;
}

export interface DirectoryTables {
  organisations: OrganisationsTable;
  people: PeopleTable;
  agents: AgentsTable;
  sessions: SessionsTable;
  sign_in_links: SignInLinksTable;
  passkeys: PasskeysTable;
  passkey_challenges: PasskeyChallengesTable;
}
