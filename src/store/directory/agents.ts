import type { AgentId, PersonId, Role } from '../../domain/directory/actor.ts';
import type { Agent } from '../../domain/directory/member.ts';
import type { Participation } from '../../domain/directory/participation.ts';
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
  'agents.findings_per_day as findings',
  'agents.questions_per_day as questions',
] as const;

type Row = Omit<Agent, 'budget'> & Agent['budget'];
const agentOf = <Found extends Row>({ findings, questions, ...agent }: Found) => ({
  ...agent,
  budget: { findings, questions },
});

/** The agents that have not been revoked, of the organisation of this transaction's actor. */
export async function list(tx: Tx, after: string, limit: number): Promise<Agent[]> {
  const rows = await tx
    .selectFrom('agents')
    .select(columns)
    .where('revoked_at', 'is', null)
    .where('id', '>', after as AgentId)
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map(agentOf);
}

export async function find(tx: Tx, id: string): Promise<Agent | undefined> {
  const row = await tx
    .selectFrom('agents')
    .select(columns)
    .where('id', '=', id as AgentId)
    .where('revoked_at', 'is', null)
    .executeTakeFirst();
  return row && agentOf(row);
}

/** Changes what an agent may spend in a day; what it has spent today stays spent. */
export async function setBudget(tx: Tx, id: AgentId, { findings, questions }: Agent['budget']): Promise<void> {
  await tx
    .updateTable('agents')
    .set({ findings_per_day: findings, questions_per_day: questions })
    .where('id', '=', id)
    .execute();
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
      findings_per_day: agent.budget.findings,
      questions_per_day: agent.budget.questions,
    })
    .execute();
}

/** The agent with this token while it lives, and the roles of its person, who must still be here. */
export async function findByToken(
  tx: Tx,
  tokenHash: Uint8Array,
  now: Instant,
): Promise<(Agent & { roles: Role[]; isHost: boolean; standing: Participation | null }) | undefined> {
  const row = await tx
    .selectFrom('agents')
    .innerJoin('people', 'people.id', 'agents.person_id')
    .innerJoin('organisations', 'organisations.id', 'agents.organisation_id')
    .leftJoin('participations', 'participations.organisation_id', 'agents.organisation_id')
    .select([...columns, 'participations.standing', 'people.roles', 'organisations.is_host as isHost'])
    .where('agents.token_hash', '=', tokenHash)
    .where('agents.revoked_at', 'is', null)
    .where('agents.expires_at', '>', now)
    .where('people.left_at', 'is', null)
    .executeTakeFirst();
  return row && agentOf(row);
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
