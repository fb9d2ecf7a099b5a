/** What agents spend of their daily budgets (I16). A day is one of UTC. People spend nothing. */
import { sql } from 'kysely';
import type { Actor, AgentId } from '../../domain/directory/actor.ts';
import type { Budget } from '../../domain/directory/member.ts';
import type { Instant } from '../../domain/instant.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { Tx } from '../database.ts';

/** What is counted: findings that are handed in, and questions whether a scope is claimed. */
export type Spent = keyof Budget;

const columnOf = { findings: 'findings_per_day', questions: 'questions_per_day' } as const;
const dayMs = 86_400_000;

/**
 * Takes `amount` from what an agent may spend today, in the act's own transaction: undone with it. Does nothing for anybody but an
 * agent. Refuses the whole amount with `budget_spent`, which says what is left and when it renews. Of two acts at once the second waits
 * for the first, so spend last in a long transaction.
 */
export async function spend(tx: Tx, actor: Actor, what: Spent, amount: number, at: Instant): Promise<void> {
  if (actor.kind !== 'agent' || amount === 0) return;
  const budget = sql.ref(`agents.${columnOf[what]}`);
  const { rows } = await sql`
    insert into agent_spending as spent (agent_id, organisation_id, day, what, amount)
    select id, organisation_id, ${at.slice(0, 10)}::date, ${what}, ${amount}::bigint from agents
    where id = ${actor.id} and ${amount}::bigint <= ${budget}
    on conflict (agent_id, day, what) do update set amount = spent.amount + excluded.amount
    where spent.amount + excluded.amount <= (select ${budget} from agents where id = ${actor.id})
    returning amount`.execute(tx);
  if (rows.length === 0) {
    const left = await leftOf(tx, actor, what, at);
    const renewsAt = new Date(Date.parse(at.slice(0, 10)) + dayMs).toISOString();
    throw new Refusal('budget_spent', { what, asked: amount, left, renewsAt });
  }
}

/** How much of it an agent may still spend today; without limit for anybody else. For work that stops where its budget does. */
export async function leftOf(tx: Tx, actor: Actor, what: Spent, at: Instant): Promise<number> {
  if (actor.kind !== 'agent') return Number.POSITIVE_INFINITY;
  const { rows } = await sql<{ left: number }>`
    select greatest(0, ${sql.ref(`agents.${columnOf[what]}`)} - coalesce(
      (select amount from agent_spending where agent_id = agents.id and day = ${at.slice(0, 10)}::date and what = ${what}), 0
    )) as left from agents where id = ${actor.id}`.execute(tx);
  return rows[0]?.left ?? 0;
}

/** What each agent of the actor's organisation has spent today. */
export async function spentToday(tx: Tx, agents: readonly AgentId[], at: Instant): Promise<Map<AgentId, Budget>> {
  if (agents.length === 0) return new Map();
  const rows = await tx
    .selectFrom('agent_spending')
    .select(['agent_id', 'what', 'amount'])
    .where('agent_id', 'in', agents)
    .where('day', '=', at.slice(0, 10))
    .execute();
  const spent = new Map<AgentId, Budget>();
  for (const { agent_id, what, amount } of rows)
    spent.set(agent_id, { findings: 0, questions: 0, ...spent.get(agent_id), [what]: amount });
  return spent;
}
