/**
 * Probes: the same few questions to a granted model at the start and every day, compared with the first answers. They say
 * that something differs, on record for both sides; they end nothing.
 */
import { type Actor, system as itself } from '../../domain/directory/actor.ts';
import * as permission from '../../domain/directory/permission.ts';
import { Refusal } from '../../domain/refusal.ts';
import * as grant from '../../domain/review/grant.ts';
import { canaries, compare, type Reading, sketchOf } from '../../domain/review/probe.ts';
import * as modelEndpoint from '../../net/model-endpoint.ts';
import * as entries from '../../store/log/entries.ts';
import { sha256 } from '../../store/log/sha256.ts';
import * as grants from '../../store/review/grants.ts';
import * as probes from '../../store/review/probes.ts';
import * as jobs from '../jobs.ts';
import type { System } from '../system.ts';
import { windowNow } from './grant-gateway.ts';
import { type Endpoint, endpointOf } from './grants.ts';
import { party } from './submissions.ts';

/** Probes of one submission that a page shows. */
const shownMax = 100;
const answerTokensMax = 300;

/** Asks for a probe of each grant that goes through this instance and has not ended. */
export function askAll(system: System): Promise<void> {
  return system.database.transaction(itself, async (tx) => {
    for (const id of await probes.due(tx, system.now())) {
      await jobs.add(tx, 'probe_grant', { grant: id }, { key: `probe ${id}` });
    }
  });
}

/** Probes one grant for the job. What has ended meanwhile, or has no address, is left alone. */
export async function run(system: System, id: string): Promise<void> {
  try {
    await probe(system, itself, id);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
  }
}

/** Probes a grant now. Either side may ask; the answers themselves are shown to nobody. */
export async function probe(system: System, actor: Actor, id: string): Promise<probes.Probe> {
  permission.requireRole(actor, 'security_lead', 'release_manager', 'evaluator', 'delegate');
  const { current, endpoint } = await system.database.transaction(actor, async (tx) => {
    const found = await grants.find(tx, id);
    if (found === undefined) throw new Refusal('not_found');
    if (actor.kind !== 'system') {
      const { capacity } = await party(tx, actor, found.submission);
      if (capacity === 'authority' && found.to !== actor.organisation) throw new Refusal('not_permitted');
    }
    if (found.method !== 'openai_compatible') throw new Refusal('grant_not_through_here');
    const at = system.now();
    if (grant.isOver(grant.stateAt(found, at))) throw new Refusal('grant_ended');
    if (found.acceptedAt === null) throw new Refusal('grant_not_accepted');
    if ((await windowNow(tx, found.submission, at)).hasEnded) throw new Refusal('grant_ended');
    return { current: found, endpoint: await endpointOf(tx, system, id) };
  });
  const read = await readingOf(system, current, endpoint);
  const at = system.now();
  // As the instance: the answer stands for both sides, whoever asked for it.
  return system.database.transaction(itself, async (tx) => {
    await grants.lock(tx, id);
    const first = await probes.baseline(tx, id);
    const reading = 'reading' in read ? read.reading : null;
    const made: probes.Probe = {
      id: `probe_${Buffer.from(system.randomBytes(16)).toString('hex')}`,
      grant: id,
      audience: current.useAudience,
      by: actor.id,
      at,
      reading,
      failure: 'failure' in read ? read.failure : null,
      isBaseline: first === undefined && reading !== null,
      comparison: first?.reading && reading ? compare(first.reading, reading) : null,
    };
    await probes.insert(tx, made);
    await entries.append(tx, {
      did: 'access_probed',
      object: id,
      by: actor,
      audience: [current.useAudience],
      body: {
        submission: current.submission,
        probe: made.id,
        ...(reading !== null && { models: reading.models, fingerprints: reading.fingerprints }),
        ...(made.failure !== null && { failure: made.failure }),
        ...(made.comparison !== null && { comparison: made.comparison }),
        isBaseline: made.isBaseline,
      },
      at,
    });
    return made;
  });
}

/** The probes of a submission's grants, newest first, as far as the actor may see them. */
export function list(system: System, actor: Actor, submission: string): Promise<probes.Probe[]> {
  permission.requireSignedIn(actor);
  return system.database.transaction(actor, async (tx) => {
    await party(tx, actor, submission);
    const ids = (await grants.list(tx, submission)).map(({ id }) => id);
    return probes.list(tx, ids, shownMax);
  });
}

/** Asks every canary once, one after the other, so that latencies are those of a model that is not busy with us. */
async function readingOf(
  system: System,
  current: grants.KeptGrant,
  { baseUrl, apiKey }: Endpoint,
): Promise<{ reading: Reading } | { failure: string }> {
  const reading: Reading = { models: [], fingerprints: [], answers: [], latenciesMs: [] };
  try {
    const endpoint = modelEndpoint.open({
      outbound: system.outbound,
      baseUrl,
      ...(apiKey !== undefined && { apiKey }),
      timeoutMs: 60_000,
      bytesMax: 1_000_000,
      triesMax: 2,
      waitMaxMs: 5000,
    });
    for (const content of [...canaries, ...current.canaries]) {
      const answer = await endpoint.complete({
        model: current.model,
        messages: [{ role: 'user', content }],
        temperature: 0,
        seed: 1,
        maxTokens: answerTokensMax,
      });
      const text = answer.content ?? '';
      reading.answers.push({ digest: Buffer.from(sha256(Buffer.from(text))).toString('hex'), sketch: sketchOf(text) });
      reading.latenciesMs.push(Math.round(answer.latencyMs));
      if (!reading.models.includes(answer.model)) reading.models.push(answer.model);
      if (answer.fingerprint !== undefined && !reading.fingerprints.includes(answer.fingerprint)) {
        reading.fingerprints.push(answer.fingerprint);
      }
    }
    return { reading };
  } catch (error) {
    if (error instanceof modelEndpoint.EndpointError) return { failure: error.code };
    throw error;
  }
}
