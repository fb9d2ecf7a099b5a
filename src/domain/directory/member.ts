/** Who and what the directory holds. */
import type { Instant } from '../instant.ts';
import type { AgentId, OrganisationId, PersonId, Role } from './actor.ts';

export interface Organisation {
  id: OrganisationId;
  name: string;
  isHost: boolean;
  isSample: boolean;
  /** Whether everybody who is signed in here may read its name and choose it. */
  isShared: boolean;
}

export interface Person {
  id: PersonId;
  organisation: OrganisationId;
  name: string;
  email: string | null;
  roles: Role[];
}

export interface Agent {
  id: AgentId;
  organisation: OrganisationId;
  /** The person it acts for. */
  person: PersonId;
  name: string;
  scopes: string[];
  createdAt: Instant;
  expiresAt: Instant;
}

export interface Passkey {
  /** Credential id, base64url. */
  id: string;
  person: PersonId;
  name: string;
  publicKey: Uint8Array;
  counter: number;
  transports: string[];
  isBackedUp: boolean;
  createdAt: Instant;
  usedAt: Instant | null;
}
