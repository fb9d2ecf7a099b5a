import type { Generated, JSONColumnType } from 'kysely';
import type { Instant } from '../domain/instant.ts';

/** Who may know that a thing exists. Every table of things that are not public names one of these. */
export interface AudiencesTable {
  id: string;
  /** `public` has no members: everybody may know. */
  kind: 'public' | 'named';
  created_at: Generated<Instant>;
}

/** Exactly one of organisation and person is set. */
export interface AudienceMembersTable {
  audience_id: string;
  organisation_id: string | null;
  person_id: string | null;
  added_at: Generated<Instant>;
  added_by: string;
  /** From then on the audience is closed to this member; what they have read stays read. */
  ended_at: Instant | null;
  ended_by: string | null;
}

/** Answers already given, so that a repeated request changes nothing twice. */
export interface IdempotencyTable {
  actor_id: string;
  key: string;
  /** SHA-256 of method, path and body. */
  request_hash: Uint8Array;
  status: number;
  headers: JSONColumnType<Record<string, string>>;
  body: string;
  created_at: Generated<Instant>;
}

export interface PlatformTables {
  audiences: AudiencesTable;
  audience_members: AudienceMembersTable;
  idempotency: IdempotencyTable;
}
