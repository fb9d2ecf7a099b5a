/** Programs that act for a person, within scopes and until an end. */
import type { Actor, AgentId, OrganisationId } from '../../domain/directory/actor.ts';
import { type Agent, type Budget, budgetDefault } from '../../domain/directory/member.ts';
import * as permission from '../../domain/directory/permission.ts';
import * as rules from '../../domain/directory/session.ts';
import type { Instant } from '../../domain/instant.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { Tx } from '../../store/database.ts';
import * as budgets from '../../store/directory/agent-budgets.ts';
import * as agents from '../../store/directory/agents.ts';
import * as entries from '../../store/log/entries.ts';
import type { System } from '../system.ts';
import { digest, newSecret } from './sign-in.ts';

/** An agent with what it has spent today. */
export type Shown = Agent & { spentToday: Budget };

const none: Budget = { findings: 0, questions: 0 };

async function show(tx: Tx, system: System, found: Agent[]): Promise<Shown[]> {
  const ids = found.map(({ id }) => id);
  const spent = await budgets.spentToday(tx, ids, system.now());
  return found.map((agent) => ({ ...agent, spentToday: spent.get(agent.id) ?? none }));
}

/** Makes an agent of the actor's own. The token is in this answer and nowhere else. */
export async function add(
  system: System,
  actor: Actor,
  {
    name,
    scopes,
    expiresAt,
    budget = budgetDefault,
  }: { name: string; scopes: permission.Scope[]; expiresAt: Instant; budget?: Budget | undefined },
): Promise<{ agent: Shown; token: string }> {
  const person = permission.requirePerson(actor);
  const at = system.now();
  if (expiresAt > rules.later(at, rules.agentAgeMaxMs)) throw new Refusal('expiry_too_late');
  const token = `assay_${newSecret(system)}`;
  const agent: Agent = {
    id: `agent_${Buffer.from(system.randomBytes(16)).toString('hex')}` as AgentId,
    organisation: actor.organisation as OrganisationId,
    person,
    name,
    scopes: [...new Set(scopes)],
    createdAt: at,
    expiresAt,
    budget,
  };
  await system.database.transaction(actor, async (tx) => {
    await agents.insert(tx, { ...agent, tokenHash: digest(token) });
    const body = { scopes: agent.scopes, expiresAt, budget };
    await entries.append(tx, { did: 'agent_made', object: agent.id, by: actor, body, at });
  });
  return { agent: { ...agent, spentToday: none }, token };
}

/** The agents of the actor's organisation. */
export function list(system: System, actor: Actor, after: string, limit: number): Promise<Shown[]> {
  permission.requirePerson(actor);
  return system.database.transaction(actor, async (tx) => show(tx, system, await agents.list(tx, after, limit)));
}

export function find(system: System, actor: Actor, id: string): Promise<Shown> {
  permission.requirePerson(actor);
  return system.database.transaction(actor, async (tx) => {
    const agent = await agents.find(tx, id);
    if (agent === undefined) throw new Refusal('not_found');
    return (await show(tx, system, [agent]))[0] as Shown;
  });
}

/** Changes what an agent may spend in a day, from now on: its own person may, and an administrator of their organisation. */
export function setBudget(system: System, actor: Actor, id: string, budget: Budget): Promise<Shown> {
  const person = permission.requirePerson(actor);
  return system.database.transaction(actor, async (tx) => {
    const agent = await agents.find(tx, id);
    if (agent === undefined) throw new Refusal('not_found');
    if (agent.person !== person) permission.requireRole(actor, 'administrator');
    await agents.setBudget(tx, agent.id, budget);
    await entries.append(tx, {
      did: 'agent_budget_set',
      object: agent.id,
      by: actor,
      audience: [agent.person],
      body: { budget },
      at: system.now(),
    });
    return (await show(tx, system, [{ ...agent, budget }]))[0] as Shown;
  });
}

/** Ends an agent at once: its own person may, and an administrator of their organisation. */
export function revoke(system: System, actor: Actor, id: string): Promise<void> {
  const person = permission.requirePerson(actor);
  return system.database.transaction(actor, async (tx) => {
    const agent = await agents.find(tx, id);
    if (agent === undefined) throw new Refusal('not_found');
    if (agent.person !== person) permission.requireRole(actor, 'administrator');
    await agents.revoke(tx, agent.id, system.now());
    await entries.append(tx, {
      did: 'agent_revoked',
      object: agent.id,
      by: actor,
      audience: [agent.person],
      at: system.now(),
    });
  });
}
