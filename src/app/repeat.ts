import type { Actor } from '../domain/directory/actor.ts';
import { Refusal } from '../domain/refusal.ts';
import * as idempotency from '../store/idempotency.ts';
import type { System } from './system.ts';

/** An answer as it can be given again. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/**
 * Does `work` once for each key of an actor. All acts inside `work` join one transaction with the kept answer. The same
 * key with another request is refused. A refused or failed request keeps nothing: it may be tried again.
 */
export async function once(
  system: System,
  actor: Actor,
  key: string,
  requestHash: Uint8Array,
  work: () => Promise<Answer>,
): Promise<Answer & { isRepeated: boolean }> {
  const place = `answer ${actor.id} ${key}`;
  return system.database.joined(actor, async (tx) => {
    if (!(await idempotency.take(tx, actor.id, key))) throw new Refusal('idempotency_key_busy');
    const kept = await idempotency.find(tx, actor.id, key);
    if (kept !== undefined) {
      if (Buffer.compare(kept.requestHash, requestHash) !== 0) throw new Refusal('idempotency_key_reused');
      const body = system.secrets.open(Buffer.from(kept.body, 'base64'), place);
      if (body === undefined) throw new Error('A kept answer does not open with this key.');
      return { status: kept.status, headers: kept.headers, body, isRepeated: true };
    }
    const answer = await work();
    // Answers hold what is sealed where it belongs: texts of findings, kits, files.
    const body = Buffer.from(system.secrets.seal(answer.body, place)).toString('base64');
    await idempotency.keep(tx, actor.id, key, { requestHash, ...answer, body });
    return { ...answer, isRepeated: false };
  });
}
