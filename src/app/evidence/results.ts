/**
 * Results: a registered rule worked out over runs, kept with everything it was computed from, so that anyone who has that computes the same.
 * A result stays as it is; further runs give another one. Nothing of it reaches a determination (I4).
 */
import type { Actor, OrganisationId } from '../../domain/directory/actor.ts';
import * as permission from '../../domain/directory/permission.ts';
import type { ElicitationCard } from '../../domain/evidence/elicitation.ts';
import type { EvaluationPlan } from '../../domain/evidence/evaluation-plan.ts';
import type { Manifest } from '../../domain/evidence/manifest.ts';
import * as reading from '../../domain/evidence/reading.ts';
import {
  canonicalInputs,
  type ResultAttempt,
  type ResultExport,
  type ResultInputs,
  type ResultRun,
  workedFrom,
} from '../../domain/evidence/result-export.ts';
import { Refusal } from '../../domain/refusal.ts';
import { requireUnmarked } from '../../domain/review/marking.ts';
import type { Tx } from '../../store/database.ts';
import * as readings from '../../store/evidence/readings.ts';
import * as registrations from '../../store/evidence/registrations.ts';
import * as results from '../../store/evidence/results.ts';
import * as runs from '../../store/evidence/runs.ts';
import * as entries from '../../store/log/entries.ts';
import type { System } from '../system.ts';
import * as desk from './readings.ts';
import { digestOf, measurers, standing } from './registrations.ts';
import { attemptsOf } from './run-compare.ts';
import { opened, requireReady } from './runs.ts';

/**
 * Attempts in one result at most: its inputs are kept and exported as one document, and computing over more would keep every other
 * request waiting for more than two or three seconds.
 */
const attemptsMax = 100_000;

function found<T>(value: T | undefined): T {
  if (value === undefined) throw new Refusal('not_found');
  return value;
}

export interface Asked {
  registration: string;
  runs: string[];
  card: ElicitationCard;
}

/**
 * Works out a registered rule of the actor's organisation over runs that it may see: all of one model, of the registered task, with the
 * registered scorer. Attempts that its own desk found dishonest are marked so.
 */
export function compute(system: System, actor: Actor, asked: Asked): Promise<results.KeptResult> {
  permission.requireRole(actor, ...measurers);
  for (const answer of Object.values(asked.card))
    requireUnmarked(answer.state === 'given' ? answer.text : answer.reason);
  const organisation = actor.organisation as OrganisationId;
  const at = system.now();
  return system.database.transaction(actor, async (tx) => {
    const registration = found(await registrations.lock(tx, asked.registration));
    if (registration.organisation !== organisation) throw new Refusal('not_permitted');
    standing(registration);
    const used: runs.NumberedRun[] = [];
    for (const id of asked.runs) {
      const run = await opened(system, actor, tx, id, 'run_used_in_result', {});
      requireReady(run);
      used.push(run);
    }
    const { id, digest, plan, registeredAt } = registration;
    requireAsRegistered(plan, used);
    // In the order in which they came, which nobody chooses after looking.
    used.sort((a, b) => (a.createdAt === b.createdAt ? (a.id < b.id ? -1 : 1) : a.createdAt < b.createdAt ? -1 : 1));
    const inputs: ResultInputs = {
      format: 'assay-result-inputs/1',
      plan,
      registration: { id, digest, registeredAt },
      ...(await measured(tx, plan, used)),
      card: asked.card,
    };
    const { result, remarks } = workedFrom(inputs);
    const kept = {
      id: `result_${Buffer.from(system.randomBytes(16)).toString('hex')}`,
      organisation,
      audience: registration.ownAudience,
      registration: id,
      model: used[0]?.model as string,
      zone: result.zone,
      inputs,
      digest: digestOf(canonicalInputs(inputs)),
      result,
      remarks,
      computedBy: actor.id,
      computedAt: at,
    };
    await results.insert(tx, kept);
    const body = { registration: id, inputs: kept.digest, runs: used.map((run) => run.id) };
    await entries.append(tx, { did: 'result_computed', object: kept.id, by: actor, body, at });
    return found(await results.find(tx, kept.id));
  });
}

/** Refuses runs of another task or of several models, one run twice, and more attempts than are kept. */
function requireAsRegistered(plan: EvaluationPlan, used: runs.NumberedRun[]): void {
  if (new Set(used.map(({ digest }) => digest)).size < used.length) throw new Refusal('run_twice');
  const others = used.filter(({ task }) => task !== plan.task).map(({ id, task }) => ({ run: id, task }));
  if (others.length > 0) throw new Refusal('run_not_as_registered', { task: plan.task, others });
  const models = [...new Set(used.map(({ model }) => model))].sort();
  if (models.length > 1) throw new Refusal('runs_of_several_models', { models });
  const attempts = used.reduce((sum, { samples }) => sum + samples, 0);
  if (attempts > attemptsMax) throw new Refusal('result_too_large', { attempts, attemptsMax });
}

/** What the runs show: every attempt by the registered scorer, and how the own desk's readings of each run stand. */
async function measured(
  tx: Tx,
  plan: EvaluationPlan,
  used: runs.NumberedRun[],
): Promise<{ runs: ResultRun[]; attempts: ResultAttempt[] }> {
  const all: ResultRun[] = [];
  const attempts: ResultAttempt[] = [];
  for (const [at, run] of used.entries()) {
    const { scorers } = await runs.columns(tx, run.number);
    if (!scorers.some(({ name }) => name === plan.scorer))
      throw new Refusal('run_not_as_registered', {
        scorer: plan.scorer,
        others: [{ run: run.id, scorers: scorers.map(({ name }) => name) }],
      });
    const { header, manifest } = await runs.documents(tx, run.number);
    const { events } = manifest as Manifest;
    const substitute = `${events.fallbackModels.join(', ')} (in its place)`;
    for (const row of await attemptsOf(tx, run, plan.scorer, plan.clusterBy ?? undefined)) {
      const { number, item, epoch, score, cluster, tokens } = row;
      if (score !== null && (score < 0 || score > 1))
        throw new Refusal('scores_not_rates', { run: run.id, sample: number, score });
      const model = row.isFallback ? substitute : (run.model as string);
      attempts.push({
        run: at,
        number,
        item,
        epoch,
        score,
        cluster,
        tokens: tokens === null ? null : Number(tokens),
        model,
      });
    }
    const items = await readings.ofRun(tx, run.id);
    all.push({
      id: run.id,
      digest: run.digest,
      manifestDigest: run.manifestDigest as string,
      model: run.model as string,
      importedAt: run.createdAt,
      beganAt: header?.startedAt ?? header?.created ?? null,
      status: run.status as string,
      samples: run.samples,
      readings: {
        items: items.length,
        open: items.filter((item) => reading.outcomeOf(item) === undefined).length,
        signed: reading.signOffState(await readings.signOffs(tx, run.id), desk.digestOf(items)),
        cheated: desk.cheatedOf(items),
      },
    });
  }
  return { runs: all, attempts };
}

export function list(system: System, actor: Actor, page: results.ListPage): Promise<results.ResultRow[]> {
  permission.requireSignedIn(actor);
  return system.database.transaction(actor, (tx) => results.list(tx, page));
}

/** One result with its inputs; that it was read is on record (I7). */
export function load(system: System, actor: Actor, id: string): Promise<results.KeptResult> {
  permission.requireSignedIn(actor);
  return system.database.transaction(actor, async (tx) => {
    const kept = found(await results.find(tx, id));
    const audience = [kept.organisation];
    const at = system.now();
    await entries.append(tx, { type: 'access', did: 'result_read', object: id, by: actor, audience, at });
    return kept;
  });
}

/** All that is needed to compute the result again, with the result to hold it against. */
export async function exported(system: System, actor: Actor, id: string): Promise<ResultExport> {
  const { inputs, digest, result, remarks } = await load(system, actor, id);
  return { format: 'assay-result-export/1', inputs, digest, result, remarks };
}
