/**
 * Drives a run: asks a model the items of a pack, writes down what happened before going on, and stops where the plan says.
 * It runs no code of an item and of no answer; agents that need it belong to a harness.
 */
import type { RunPlan } from '../../domain/evidence/run-plan.ts';
import type { RunRecord, RunState, StopReason } from '../../domain/evidence/run-state.ts';
import type { TaskItem } from '../../domain/evidence/task-pack.ts';
import type { Instant } from '../../domain/instant.ts';
import { type Completion, EndpointError, type ModelEndpoint } from '../../net/model-endpoint.ts';
import type { Journal } from './run-driver-journal.ts';

export interface Drive {
  plan: RunPlan;
  /** What the journal has told so far; it is carried on. */
  state: RunState;
  journal: Journal;
  endpoint: ModelEndpoint;
  now: () => Instant;
  /** Ends the run; what is under way is given up, and counted as used. */
  signal?: AbortSignal;
  /** Called after each attempt. */
  onProgress?: () => void;
}

export interface Stopped {
  reason: StopReason;
  /** What the endpoint said or who answered, in a sentence, where that is the reason. */
  detail?: string;
}

/** So many attempts without an answer, one after the other, and it is not the items. */
const failuresMax = 10;
/** The longest wait of a timer. */
const timerMax = 2 ** 31 - 1;

/** Runs what is left of a plan. Gives why it stopped, or undefined when all is done. Throws what the journal throws. */
export async function drive({
  plan,
  state,
  journal,
  endpoint,
  now,
  signal,
  onProgress,
}: Drive): Promise<Stopped | undefined> {
  const ending = new AbortController();
  let stopped: Stopped | undefined;
  let failures = 0;
  let waiting: (() => void)[] = [];

  const settle = () => {
    const all = waiting;
    waiting = [];
    for (const go of all) go();
  };
  const end = (reason: StopReason, detail?: string) => {
    stopped ??= { reason, ...(detail !== undefined && { detail }) };
    ending.abort();
    settle();
  };
  /** The state knows at once, so that no two requests count on the same room; the caller goes on when the disk knows. */
  const write = (record: RunRecord): Promise<void> => {
    state.apply(record);
    if (record.kind === 'answer' || record.kind === 'lost') settle();
    return journal.append(record);
  };

  /** Writes the try down once the budget has room for all it can use, or ends the run when it never will. */
  async function hold(place: { item: string; attempt: number; turn: number }, bytes: number): Promise<void> {
    const reserve = state.reserveOf(bytes);
    for (;;) {
      ending.signal.throwIfAborted();
      const reason = state.exceeds(reserve);
      if (reason === undefined) return write({ kind: 'try', at: now(), ...place, ...reserve });
      if (state.underWay === 0) end(reason);
      else await new Promise<void>((resolve) => waiting.push(resolve));
    }
  }

  /** One request with its tries; undefined when there was no answer. */
  async function ask(
    place: { item: string; attempt: number; turn: number },
    item: TaskItem,
    messages: NonNullable<ReturnType<RunState['next']>>['messages'],
  ): Promise<Completion | undefined> {
    const { sampling = {}, endpoint: target } = plan;
    let isUnderWay = false;
    const lose = (error: EndpointError | undefined) => {
      isUnderWay = false;
      // Only what was turned away at the door has surely cost nothing.
      const isCharged = error?.code !== 'rate_limited' && error?.code !== 'unauthorized' && error?.code !== 'refused';
      const record = { kind: 'lost' as const, at: now(), ...place, code: error?.code ?? 'interrupted' };
      return write(error?.isSent === false ? { ...record, isCharged: false, isSent: false } : { ...record, isCharged });
    };
    try {
      return await endpoint.complete({
        model: plan.model,
        messages,
        ...(item.tools !== undefined && {
          tools: item.tools.map(({ name, description, parameters }) => ({
            name,
            ...(description !== undefined && { description }),
            parameters,
          })),
        }),
        ...sampling,
        ...(sampling.seed !== undefined && { seed: sampling.seed + place.attempt - 1 }),
        ...(target.maxTokensField !== undefined && { maxTokensField: target.maxTokensField }),
        signal: ending.signal,
        onLost: lose,
        onTry: async ({ bytes }) => {
          await hold(place, bytes);
          isUnderWay = true;
        },
      });
    } catch (error) {
      const isExpected = error instanceof EndpointError || ending.signal.aborted;
      if (!isExpected) throw error;
      if (isUnderWay) await lose(error instanceof EndpointError ? error : undefined);
      if (error instanceof EndpointError && !ending.signal.aborted) await giveUp(place, error);
      return undefined;
    }
  }

  async function giveUp({ item, attempt }: { item: string; attempt: number }, error: EndpointError): Promise<void> {
    const { code, message } = error;
    if (code === 'address' && !error.isSent) {
      // The others under way find the same: given up before they do, they would count as sent.
      while (state.underWay > 0 && !ending.signal.aborted) await new Promise<void>((resolve) => waiting.push(resolve));
      end('address_not_allowed', message);
      return;
    }
    if (code === 'unauthorized' || code === 'address' || code === 'rate_limited') {
      end('endpoint_refuses', message);
      return;
    }
    await write({ kind: 'failed', at: now(), item, attempt, code });
    onProgress?.();
    if (++failures >= failuresMax) end(code === 'refused' ? 'endpoint_refuses' : 'endpoint_silent', message);
  }

  async function attemptAt(item: TaskItem, attempt: number): Promise<void> {
    const place = { item: item.id, attempt };
    for (let next = state.next(place); next !== undefined; next = state.next(place)) {
      const { turn, messages } = next;
      const answer = await ask({ ...place, turn }, item, messages);
      if (answer === undefined) return;
      failures = 0;
      const {
        content,
        toolCalls,
        finishReason = null,
        model,
        fingerprint = null,
        usage = null,
        latencyMs,
        tries,
      } = answer;
      await write({
        ...{ kind: 'answer', at: now(), ...place, turn, content, toolCalls, finishReason, model, fingerprint, usage },
        ...{ latencyMs: Math.round(latencyMs), tries },
      });
      if (state.drift !== undefined) {
        const { reason, wanted, found } = state.drift;
        const what = reason === 'another_model' ? 'model' : 'fingerprint';
        end(reason, `The ${what} "${found.slice(0, 100)}" answers, not "${wanted.slice(0, 100)}".`);
        return;
      }
      if (state.isOverBudget()) end('over_limit', 'The endpoint generated more tokens than it was asked for at most.');
      if (ending.signal.aborted) break;
    }
    onProgress?.();
  }

  const places = state.todo();
  async function work(): Promise<void> {
    try {
      for (let next = places.next(); !next.done && !ending.signal.aborted; next = places.next()) {
        await attemptAt(next.value.item, next.value.attempt);
      }
    } catch (error) {
      end('interrupted');
      throw error;
    }
  }

  const onAbort = () => end('interrupted');
  await write({ kind: 'session', at: now() });
  if (signal?.aborted) onAbort();
  signal?.addEventListener('abort', onAbort, { once: true });
  const leftMs = ((plan.budget?.seconds ?? Number.POSITIVE_INFINITY) - state.seconds()) * 1000;
  if (leftMs <= 0) end('budget_time');
  const timer = leftMs < timerMax ? setTimeout(() => end('budget_time'), leftMs) : undefined;
  try {
    const workers = await Promise.allSettled(Array.from({ length: plan.concurrency ?? 4 }, work));
    for (const worker of workers) if (worker.status === 'rejected') throw worker.reason;
    // The last attempt may end in the moment in which the run is told to.
    const isLate = stopped?.reason === 'interrupted' || stopped?.reason === 'budget_time';
    if (isLate && state.todo().next().done) stopped = undefined;
    if (stopped !== undefined) await write({ kind: 'stopped', at: now(), reason: stopped.reason });
    return stopped;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}
