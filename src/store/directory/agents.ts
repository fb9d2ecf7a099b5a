import type { AgentId, PersonId, Role } from '../../domain/directory/actor.ts';
import type { Agent } from '../../domain/directory/member.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Tx } from '../database.ts';

const columns = [
  'agents.id',
  'agents.organisation_id as organisation',
  'agents.person_id as person',
  'agents.name',
  'agents.scopes',
  'agents.created_at as createdAt',
  'agents.expires_at as expiresAt',
] as const;

/** The agents that have not been revoked, of the organisation of this transaction's actor. */
export function list(tx: Tx, after: string, limit: number): Promise<Agent[]> {
  return tx
    .selectFrom('agents')
    .select(columns)
    .where('revoked_at', 'is', null)
    .where('id', '>', after as AgentId)
    .orderBy('id')
    .limit(limit)
    .execute();
}

export function find(tx: Tx, id: string): Promise<Agent | undefined> {
  return tx
    .selectFrom('agents')
    .select(columns)
    .where('id', '=', id as AgentId)
    .where('revoked_at', 'is', null)
    .executeTakeFirst();
}

export async function insert(tx: Tx, agent: Agent & { tokenHash: Uint8Array }): Promise<void> {
  await tx
    .insertInto('agents')
    .values({
      id: agent.id,
      organisation_id: agent.organisation,
      person_id: agent.person,
      name: agent.name,
      scopes: agent.scopes,
      token_hash: agent.tokenHash,
      created_at: agent.createdAt,
      expires_at: agent.expiresAt,
      revoked_at: null,
    })
    .execute();
}

/** The agent with this token while it lives, and the roles of its person, who must still be here. */
export function findByToken(
  tx: Tx,
  tokenHash: Uint8Array,
  now: Instant,
): Promise<(Agent & { roles: Role[]; isHost: boolean }) | undefined> {
  return tx
    .selectFrom('agents')
    .innerJoin('people', 'people.id', 'agents.person_id')
    .innerJoin('organisations', 'organisations.id', 'agents.organisation_id')
    .select([...columns, 'people.roles', 'organisations.is_host as isHost'])
    .where('agents.token_hash', '=', tokenHash)
    .where('agents.revoked_at', 'is', null)
    .where('agents.expires_at', '>', now)
    .where('people.left_at', 'is', null)
    .executeTakeFirst();
}

export async function revoke(tx: Tx, id: AgentId, at: Instant): Promise<void> {
  await tx.updateTable('agents').set({ revoked_at: at }).where('id', '=', id).execute();
}

/** Ends all agents of a person: none outlives the membership of whom it acts for. */
export async function revokeAll(tx: Tx, person: PersonId, at: Instant): Promise<void> {
  await tx
    .updateTable('agents')
    .set({ revoked_at: at })
    .where('person_id', '=', person)
    .where('revoked_at', 'is', null)
    .execute();
}
