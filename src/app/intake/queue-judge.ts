/**
 * Asks the model that the operator configured whether one fix would repair two findings. Only when a coordinator asks for that pair, and
 * never about a finding that is held. The answer is kept beside the hint, with the model's name and the digest of what it was told.
 */
import { createHash } from 'node:crypto';
import type { Actor } from '../../domain/directory/actor.ts';
import type { Relation } from '../../domain/intake/duplicate/hint.ts';
import * as opinion from '../../domain/intake/opinion.ts';
import { Refusal } from '../../domain/refusal.ts';
import * as modelEndpoint from '../../net/model-endpoint.ts';
import type { Tx } from '../../store/database.ts';
import * as findings from '../../store/intake/findings.ts';
import * as queue from '../../store/intake/hint-queue.ts';
import { deskAudience } from '../../store/intake/sources.ts';
import * as entries from '../../store/log/entries.ts';
import type { System } from '../system.ts';
import * as receipts from './receipts.ts';

export interface Opinion {
  relation: Relation;
  text: string;
  model: string;
  promptDigest: string;
  askedBy: string;
  askedAt: string;
}

export const isConfigured = ({ config }: System): boolean =>
  config.judge.url !== undefined && config.judge.model !== undefined;

const placeOf = (a: number, b: number) => `hint_opinions/${a}/${b}`;

/** What a model said of pairs with this finding, by the number of the other one. */
export async function opinionsOf(system: System, tx: Tx, finding: number): Promise<Map<number, Opinion>> {
  const found = new Map<number, Opinion>();
  for (const { a, b, text, ...said } of await queue.opinionsOf(tx, finding)) {
    found.set(a === finding ? b : a, { ...said, text: receipts.unseal(system, text, placeOf(a, b)) });
  }
  return found;
}

/** Asks about a pair, and keeps what is said. No transaction is open meanwhile. */
export async function ask(system: System, actor: Actor, id: string, otherId: string): Promise<void> {
  const { url, model, apiKey, timeoutMs } = system.config.judge;
  if (url === undefined || model === undefined) throw new Refusal('judge_not_configured');
  const { pair, messages, promptDigest } = await system.database.transaction(actor, async (tx) => {
    const both = [await loaded(tx, id), await loaded(tx, otherId)].sort((x, y) => x.number - y.number);
    const [a, b] = both as [findings.KeptFinding, findings.KeptFinding];
    const [first, second] = [await reportOf(system, tx, a.id), await reportOf(system, tx, b.id)];
    const prompt = opinion.promptOf(first, second);
    const digest = `sha256:${createHash('sha256').update(JSON.stringify(prompt)).digest('hex')}`;
    for (const finding of both) {
      // Nothing in it says what else the model was told: the digest would be the same for both sources.
      await entries.append(tx, {
        type: 'access',
        did: 'finding_told_to_model',
        object: finding.id,
        by: actor,
        audience: [finding.audience],
        body: { model },
        at: system.now(),
      });
    }
    return { pair: { a: a.number, b: b.number }, messages: prompt, promptDigest: digest };
  });
  const answer = await complete(system, { url, model, apiKey, timeoutMs, messages });
  const said = opinion.read(answer.content);
  if (said === undefined)
    throw new Refusal('judge_failed', { reason: 'the answer is not the JSON that was asked for' });
  await system.database.transaction(actor, async (tx) => {
    const at = system.now();
    await queue.saveOpinion(tx, {
      ...pair,
      relation: said.relation,
      text: receipts.seal(system, said.text, placeOf(pair.a, pair.b)),
      model: answer.model,
      promptDigest,
      askedBy: actor.id,
      askedAt: at,
    });
    const body = { other: otherId, model: answer.model, promptDigest };
    await entries.append(tx, { did: 'opinion_kept', object: id, by: actor, audience: [deskAudience], body, at });
  });
}

async function loaded(tx: Tx, id: string): Promise<findings.KeptFinding> {
  const finding = await findings.find(tx, id);
  if (finding === undefined) throw new Refusal('not_found');
  // Before it is screened nobody knows whether it is to be held.
  if (finding.screenedAt === null) throw new Refusal('finding_not_compared');
  if (finding.isHeld) throw new Refusal('judge_held');
  return finding;
}

async function reportOf(system: System, tx: Tx, id: string) {
  const sealed = await findings.sealed(tx, id);
  if (sealed === undefined) throw new Refusal('not_found');
  return receipts.open(system, id, sealed);
}

/** Tokens of an answer at most, thinking included. */
const tokensMax = 2000;

async function complete(
  system: System,
  {
    url,
    model,
    apiKey,
    timeoutMs,
    messages,
  }: { url: string; model: string; apiKey: string | undefined; timeoutMs: number; messages: opinion.Message[] },
): Promise<{ content: string; model: string }> {
  try {
    const endpoint = modelEndpoint.open({
      outbound: system.outbound,
      baseUrl: url,
      ...(apiKey !== undefined && { apiKey }),
      timeoutMs,
      bytesMax: 1_000_000,
      triesMax: 1,
    });
    const { content, model: answered } = await endpoint.complete({
      model,
      messages,
      temperature: 0,
      maxTokens: tokensMax,
    });
    return { content: content ?? '', model: answered };
  } catch (error) {
    if (error instanceof modelEndpoint.EndpointError) throw new Refusal('judge_failed', { reason: error.message });
    throw error;
  }
}
