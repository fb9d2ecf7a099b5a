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

/** How much of something an agent may do, or has done, in one day of UTC. */
export interface Budget {
  findings: number;
  questions: number;
}

/** What an agent may spend in a day where nothing else is said: enough for a campaign, and an end of one that runs wild. */
export const budgetDefault: Budget = { findings: 10_000, questions: 1_000 };
export const budgetMax = 1_000_000;

export interface Agent {
  id: AgentId;
  organisation: OrganisationId;
  /** The person it acts for. */
  person: PersonId;
  name: string;
  scopes: string[];
  createdAt: Instant;
  expiresAt: Instant;
  /** What it may spend in a day. */
  budget: Budget;
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
