/** Who acts. Every act, every read and every log entry has one. */
export type PersonId = `person_${string}`;
export type OrganisationId = `organisation_${string}`;
export type AgentId = `agent_${string}`;

/** What a person does here; one person may do several. Shown with `roleNames`. */
export const roles = [
  'administrator',
  'coordinator',
  'operator',
  'maintainer',
  'evaluator',
  'delegate',
  'release_manager',
  'security_lead',
  'auditor',
  'researcher',
] as const;

export type Role = (typeof roles)[number];

/** One line for each role: what it is for. */
export const roleNames: Record<Role, { name: string; does: string }> = {
  administrator: { name: 'Administrator', does: 'admits people and organisations, and gives roles' },
  coordinator: { name: 'Coordinator', does: 'brings reporters and vendors together and keeps the dates' },
  operator: { name: 'Operator', does: 'keeps inventories and works through patch lists' },
  maintainer: { name: 'Maintainer', does: 'receives reports on their own software and publishes fixes' },
  evaluator: { name: 'Evaluator', does: 'examines a model under agreed terms' },
  delegate: { name: 'Delegate of the authority', does: 'records what the authority has determined' },
  release_manager: { name: 'Release manager', does: 'plans and makes releases' },
  security_lead: { name: 'Security lead', does: 'grants access to a model, watches its use and ends it' },
  auditor: { name: 'Auditor', does: 'checks the record' },
  researcher: { name: 'Researcher', does: 'claims scans, reports findings and reproduces those of others' },
};

export interface Actor {
  kind: 'person' | 'agent' | 'anonymous' | 'system';
  /** A person's, an agent's, or the word of the kind itself. */
  id: PersonId | AgentId | 'anonymous' | 'system';
  organisation?: OrganisationId;
  /** True when theirs is the organisation that runs this instance. */
  isHost?: boolean;
  roles: Role[];
  /** True while the participation of their organisation is suspended. */
  isSuspended?: boolean;
  /** The person an agent acts for. */
  principal?: PersonId;
  /** What an agent may do at most; absent for people. */
  scopes?: string[];
}

export const anonymous: Actor = { kind: 'anonymous', id: 'anonymous', roles: [] };

/** The instance itself: the scheduler, the command that sets it up. */
export const system: Actor = { kind: 'system', id: 'system', roles: [] };

/** The person behind an act: themselves, or the one an agent acts for. */
export function personOf(actor: Actor): PersonId | undefined {
  if (actor.kind === 'person') return actor.id as PersonId;
  return actor.principal;
}

/** Mail addresses are compared without regard to case: the form in which one is kept. */
export const normalEmail = (email: string): string => email.trim().toLowerCase();
