/**
 * Stands between an evaluator and the developer's model: each request is judged by what holds at that moment, is put on record
 * for both sides, and ends within a second when access does. What is asked and answered goes through and is kept nowhere (I12).
 */
import { type Actor, system as itself, type PersonId, personOf } from '../../domain/directory/actor.ts';
import * as permission from '../../domain/directory/permission.ts';
import { Refusal, type RefusalCode } from '../../domain/refusal.ts';
import * as grant from '../../domain/review/grant.ts';
import { flagsOf, type Result } from '../../domain/review/ledger.ts';
import type { Answer } from '../../net/outbound.ts';
import type { Tx } from '../../store/database.ts';
import * as entries from '../../store/log/entries.ts';
import * as grants from '../../store/review/grants.ts';
import * as uses from '../../store/review/uses.ts';
import type { System } from '../system.ts';
import { type Endpoint, endpointOf } from './grants.ts';
import { party } from './submissions.ts';
import { viewOf } from './windows.ts';

export const limits = {
  /** Of one answer that is streamed. */
  answerBytesMax: 32 * 1024 * 1024,
  /** Of one that is not: it is held until it is whole. */
  wholeBytesMax: 8 * 1024 * 1024,
  /** Uses by one organisation at a time. */
  atOnceMax: 64,
  /** Of one event of a stream. */
  eventLengthMax: 1024 * 1024,
  /** From the request to the last byte of its answer. */
  useMsMax: 15 * 60_000,
  /** Between two looks at whether a use may go on. With the time of one look it stays below a second. */
  lookEveryMs: 300,
  /** Without a look that could be made for this long, a use ends: on doubt access is closed (I21). */
  lookMissingMsMax: 3000,
} as const;

/** Who asks, looked up anew with what they sent; undefined when it no longer holds. */
export type WhoNow = () => Promise<Actor | undefined>;

export interface Asked {
  /** What the evaluator says it is for. */
  purpose: string | undefined;
  /** In the form of the OpenAI chat completions API; handed on as it is. */
  body: Record<string, unknown>;
  whoNow: WhoNow;
  /** Aborted when the caller has gone. */
  signal: AbortSignal;
}

/** The whole answer, or the events of a stream as they come. */
export type Answered = { json: Uint8Array } | { events: AsyncGenerator<string> };

/** What is told of an answer without looking at what it says. */
interface Counts {
  promptTokens: number | null;
  completionTokens: number | null;
  answeredBy: string | null;
}

interface LetIn {
  grant: grants.KeptGrant;
  use: uses.Use;
  endpoint: Endpoint;
}

/** Asks the model of a grant. Refuses, and puts the refused try on record, unless everything that was agreed holds now. */
export async function ask(system: System, actor: Actor, id: string, asked: Asked): Promise<Answered> {
  permission.requireRole(actor, 'evaluator');
  const leave = takePlace(actor);
  const letIn = await letInto(system, actor, id, asked).catch((error) => {
    leave();
    throw error;
  });
  const end = once((result: Result, reason: string | null, counts: Counts) => {
    leave();
    return finish(system, actor, letIn, { result, reason, counts });
  });
  const watch = watchOver(system, letIn, asked);
  const counts: Counts = { promptTokens: null, completionTokens: null, answeredBy: null };
  // Also of a stream that nobody begins to read.
  watch.signal.addEventListener('abort', () => {
    const { result, code } = watch.why() as Ended;
    end(result, code, counts).catch((error) => system.logger.error({ err: error }, 'the end of a use was not noted'));
  });
  try {
    const isStreamed = asked.body['stream'] === true;
    const answer = await send(system, letIn.endpoint, asked.body, watch.signal);
    if (answer.status < 200 || answer.status >= 300) throw await refusalOf(answer);
    if (isStreamed && /^text\/event-stream\b/i.test(answer.headers['content-type'] ?? '')) {
      const hidesCounts = asksForNoCounts(asked.body);
      return { events: relay(answer, { counts, hidesCounts, watch, end }) };
    }
    const json = await wholeOf(answer);
    read(parsed(json) ?? failed('malformed'), counts);
    // Access may have ended while the last bytes came.
    watch.signal.throwIfAborted();
    watch.stop();
    await end('done', null, counts);
    return { json };
  } catch (error) {
    watch.stop();
    const ended = watch.why() ?? failureOf(error);
    await end(ended.result, ended.code, counts);
    throw ended.refusal;
  }
}

/** Uses that run in this process, by organisation: each is looked after, and may hold a whole answer. */
const running = new Map<string, number>();

/** Gives what takes the place back; to be called once. Refuses where all places of the organisation are taken. */
function takePlace(actor: Actor): () => void {
  const organisation: string = actor.organisation ?? '';
  const count = running.get(organisation) ?? 0;
  if (count >= limits.atOnceMax) throw new Refusal('too_many_requests', { atOnceMax: limits.atOnceMax });
  running.set(organisation, count + 1);
  return () => {
    const left = (running.get(organisation) ?? 1) - 1;
    if (left > 0) running.set(organisation, left);
    else running.delete(organisation);
  };
}

/** The name by which the model of a grant is asked for, for clients that list models first. */
export function model(system: System, actor: Actor, id: string): Promise<string> {
  permission.requireRole(actor, 'evaluator');
  return system.database.transaction(actor, async (tx) => {
    const found = await seen(tx, actor, id);
    if (found.to !== actor.organisation) throw new Refusal('not_permitted');
    return found.model;
  });
}

/** The grant, for those who may know of it. */
async function seen(tx: Tx, actor: Actor, id: string): Promise<grants.KeptGrant> {
  const found = await grants.find(tx, id);
  if (found === undefined) throw new Refusal('not_found');
  await party(tx, actor, found.submission);
  return found;
}

/** Judges the try and notes the use in one transaction that holds the grant: after a revocation has committed, none gets in. */
async function letInto(system: System, actor: Actor, id: string, { purpose, body }: Asked): Promise<LetIn> {
  const judged = await system.database.transaction(actor, async (tx) => {
    const found = await seen(tx, actor, id);
    if (found.method !== 'openai_compatible') throw new Refusal('grant_not_through_here');
    const current = (await grants.lock(tx, id)) ?? found;
    const at = system.now();
    const refusal = grant.whyRefused(
      current,
      await windowNow(tx, current.submission, at),
      {
        person: personOf(actor) as PersonId,
        organisation: actor.organisation,
        purpose,
        model: textOf(body['model']),
        usesInLastMinute: await uses.countSince(tx, id, new Date(Date.parse(at) - 60_000).toISOString()),
      },
      at,
    );
    const use = useOf(system, actor, current, { at, purpose, model: nameOf(body['model']), refusal });
    if (refusal !== undefined) return { refused: { refusal, use, current } };
    const endpoint = await endpointOf(tx, system, id);
    await uses.insert(tx, use);
    await entries.append(tx, {
      type: 'access',
      did: 'model_asked',
      object: id,
      by: actor,
      audience: [current.useAudience],
      body: { submission: use.submission, use: use.id, purpose: use.purpose, model: use.model, flags: use.flags },
      at,
    });
    return { letIn: { grant: current, use, endpoint } };
  });
  if (judged.letIn !== undefined) return judged.letIn;
  const { refusal, use, current } = judged.refused;
  await noteRefused(system, actor, use);
  throw new Refusal(refusal, {
    ...(refusal === 'outside_purpose' && { purposes: current.purposes }),
    ...(refusal === 'other_model' && { model: current.model }),
  });
}

/** As the instance: also one who is outside those who see the uses may have tried. */
function noteRefused(system: System, actor: Actor, use: uses.Use): Promise<void> {
  return system.database.transaction(itself, async (tx) => {
    const kept = await uses.refuse(tx, use);
    if (kept.tries > 1) return;
    await entries.append(tx, {
      type: 'denied',
      did: 'use_refused',
      object: use.grant,
      by: actor,
      audience: [use.audience],
      body: {
        submission: use.submission,
        use: kept.id,
        purpose: use.purpose,
        model: use.model,
        reason: use.reason,
        flags: use.flags,
      },
      at: use.startedAt,
    });
  });
}

function useOf(
  system: System,
  actor: Actor,
  current: grants.KeptGrant,
  tried: { at: string; purpose: string | undefined; model: string | undefined; refusal: grant.UseRefusal | undefined },
): uses.Use {
  const { at, refusal } = tried;
  const purpose = (tried.purpose ?? '').slice(0, 200);
  return {
    id: `use_${Buffer.from(system.randomBytes(16)).toString('hex')}`,
    grant: current.id,
    submission: current.submission,
    audience: current.useAudience,
    actor: actor.id,
    person: personOf(actor) ?? actor.id,
    organisation: actor.organisation ?? '',
    purpose,
    model: tried.model ?? null,
    answeredBy: null,
    startedAt: at,
    endedAt: null,
    promptTokens: null,
    completionTokens: null,
    result: refusal === undefined ? 'running' : 'refused',
    reason: refusal ?? null,
    flags: flagsOf(current, { at, purpose, ...(refusal !== undefined && { refusal }) }),
    tries: 1,
    note: null,
  };
}

/** What the window of a submission says now, as the rules of access need it. */
export async function windowNow(
  tx: Tx,
  submission: string,
  at: string,
): Promise<grant.WindowNow & { hasEnded: boolean }> {
  const view = await viewOf(tx, submission, at);
  return { isRunning: view.isAccessOpen, hardStop: view.endsAt ?? null, hasEnded: view.endedAt !== undefined };
}

interface Ended {
  result: Result;
  code: string;
  refusal: unknown;
}

interface Watch {
  /** Aborted when the use must end. */
  signal: AbortSignal;
  /** Why it must; undefined while it may go on. */
  why(): Ended | undefined;
  stop(): void;
}

/** Looks again and again whether a running use may go on: its grant, its window, and the credential of who asked. */
function watchOver(system: System, { grant: { id } }: LetIn, { whoNow, signal }: Asked): Watch {
  const aborter = new AbortController();
  let ended: Ended | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  const startedMs = performance.now();
  let seenMs = startedMs;

  const stop = () => {
    isStopped = true;
    clearTimeout(timer);
    signal.removeEventListener('abort', onLeft);
  };
  const endNow = (how: Ended) => {
    ended ??= how;
    stop();
    aborter.abort(ended.refusal);
  };
  const cut = (code: RefusalCode) => endNow({ result: 'cut', code, refusal: new Refusal(code) });
  const onLeft = () => endNow({ result: 'left', code: 'caller_left', refusal: new Refusal('timed_out') });

  async function look(): Promise<RefusalCode | undefined> {
    const actor = await whoNow();
    if (actor === undefined) return 'token_not_valid';
    if (!actor.roles.includes('evaluator')) return 'not_permitted';
    // As the instance: nothing else that their organisation asks of the database may keep this waiting. `seen` asks for whom.
    return system.database.transaction(itself, async (tx) => {
      const current = await seen(tx, actor, id);
      const at = system.now();
      return grant.whyEnded(current, await windowNow(tx, current.submission, at), at);
    });
  }
  async function turn(): Promise<void> {
    try {
      const code = await look();
      seenMs = performance.now();
      if (code !== undefined) return cut(code);
    } catch (error) {
      // No longer a party, or the database does not answer.
      if (error instanceof Refusal) return cut(error.code);
    }
    const nowMs = performance.now();
    if (nowMs - seenMs > limits.lookMissingMsMax) return cut('unavailable');
    if (nowMs - startedMs > limits.useMsMax) return cut('timed_out');
    if (!isStopped) timer = setTimeout(turn, limits.lookEveryMs);
  }

  if (signal.aborted) onLeft();
  else {
    signal.addEventListener('abort', onLeft, { once: true });
    timer = setTimeout(turn, limits.lookEveryMs);
  }
  return { signal: aborter.signal, why: () => ended, stop };
}

/** Sends the request on, to the address that was named and to no other. */
function send(
  system: System,
  { baseUrl, apiKey }: Endpoint,
  body: Record<string, unknown>,
  signal: AbortSignal,
): Promise<Answer> {
  const url = new URL(baseUrl);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/chat/completions`;
  const isStreamed = body['stream'] === true;
  const sent = isStreamed && asksForNoCounts(body) ? { ...body, stream_options: { include_usage: true } } : body;
  return system.outbound.request({
    url: url.href,
    method: 'POST',
    headers: {
      accept: isStreamed ? 'text/event-stream' : 'application/json',
      'accept-encoding': 'identity',
      'content-type': 'application/json',
      ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }),
    },
    body: JSON.stringify(sent),
    bytesMax: isStreamed ? limits.answerBytesMax : limits.wholeBytesMax,
    timeoutMs: limits.useMsMax,
    redirectsMax: 0,
    signal,
  });
}

/** A stream tells its counts only when asked to; then we ask, and keep that event to ourselves. */
const asksForNoCounts = (body: Record<string, unknown>) => body['stream_options'] === undefined;

async function wholeOf({ body }: Answer): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

interface Relayed {
  counts: Counts;
  hidesCounts: boolean;
  watch: Watch;
  end(result: Result, reason: string | null, counts: Counts): Promise<void>;
}

/** Hands the events of a stream on as they come. Ended by us, it says so in an event of its own, and never ends as a whole answer does. */
async function* relay({ body }: Answer, { counts, hidesCounts, watch, end }: Relayed): AsyncGenerator<string> {
  let isWhole = false;
  let ended: Ended | undefined;
  try {
    for await (const event of eventsOf(body)) {
      watch.signal.throwIfAborted();
      const data = dataOf(event);
      if (data === '[DONE]') isWhole = true;
      else if (data !== undefined) {
        const json = parsed(data) ?? failed('malformed');
        if (json['error'] !== undefined) failed('endpoint_error');
        const isCountsOnly = read(json, counts);
        if (isCountsOnly && hidesCounts) continue;
      }
      yield event;
    }
    isWhole = true;
  } catch (error) {
    ended = watch.why() ?? failureOf(error);
    const refusal = ended.refusal instanceof Refusal ? ended.refusal : new Refusal('endpoint_failed');
    yield `data: ${JSON.stringify({ error: { message: refusal.message, type: 'assay', code: refusal.code } })}\n\n`;
  } finally {
    watch.stop();
    body.destroy();
    ended ??= watch.why() ?? (isWhole ? undefined : { result: 'left', code: 'caller_left', refusal: undefined });
    await end(ended?.result ?? 'done', ended?.code ?? null, counts);
  }
}

/** The events of a stream (WHATWG HTML, server-sent events), each with the empty line that ends it. */
async function* eventsOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  // Pieces of an event that is not whole yet, and the last characters of them: an event that comes byte by byte is joined once.
  let pieces: string[] = [];
  let length = 0;
  let tail = '';
  for await (const chunk of body) {
    const text = decoder.decode(chunk, { stream: true });
    pieces.push(text);
    length += text.length;
    tail += text;
    if (emptyLine.test(tail)) {
      let rest = pieces.join('');
      for (let found = emptyLine.exec(rest); found !== null; found = emptyLine.exec(rest)) {
        const end = found.index + found[0].length;
        yield rest.slice(0, end);
        rest = rest.slice(end);
      }
      pieces = [rest];
      length = rest.length;
      tail = rest;
    }
    tail = tail.slice(-3);
    if (length > limits.eventLengthMax) failed('too_large');
  }
  const rest = pieces.join('');
  if (rest.trim() !== '') yield `${rest}\n\n`;
}

const emptyLine = /\r?\n\r?\n/;

const dataOf = (event: string): string | undefined => {
  const lines = event.split(/\r?\n/).filter((line) => line.startsWith('data:'));
  return lines.length === 0 ? undefined : lines.map((line) => line.slice(5).trimStart()).join('\n');
};

function parsed(text: string | Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(typeof text === 'string' ? text : new TextDecoder().decode(text));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Takes the counts and the model's name out of an answer or an event; gives whether it held nothing else. */
function read(json: Record<string, unknown>, counts: Counts): boolean {
  counts.answeredBy = nameOf(json['model']) ?? counts.answeredBy;
  const usage = json['usage'] as { prompt_tokens?: unknown; completion_tokens?: unknown } | null | undefined;
  counts.promptTokens = countOf(usage?.prompt_tokens) ?? counts.promptTokens;
  counts.completionTokens = countOf(usage?.completion_tokens) ?? counts.completionTokens;
  return Array.isArray(json['choices']) && json['choices'].length === 0 && usage !== undefined && usage !== null;
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
/** A name that can be kept and shown: control characters and halves of characters are replaced. */
const nameOf = (value: unknown): string | undefined => textOf(value)?.slice(0, 200).replaceAll(/\p{C}/gu, '\ufffd');
/** Far above what any model takes, and low enough that sums of them stay exact. */
const countMax = 1e9;
const countOf = (value: unknown): number | undefined =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= countMax ? (value as number) : undefined;

/** Notes how a use ended, whoever its actor is by now. */
function finish(
  system: System,
  actor: Actor,
  { grant: current, use }: LetIn,
  { result, reason, counts }: { result: Result; reason: string | null; counts: Counts },
): Promise<void> {
  const at = system.now();
  const flags = flagsOf(current, {
    at: use.startedAt,
    purpose: use.purpose,
    ...(counts.answeredBy !== null && { answeredBy: counts.answeredBy }),
  });
  return system.database.transaction(itself, async (tx) => {
    if (!(await uses.end(tx, use.id, { ...counts, result, reason, flags, endedAt: at }))) return;
    await entries.append(tx, {
      type: 'access',
      did: 'model_answered',
      object: current.id,
      by: actor,
      audience: [current.useAudience],
      body: { submission: use.submission, use: use.id, result, ...(reason !== null && { reason }), ...counts, flags },
      at,
    });
  });
}

/** Runs `work` for the first call only; later ones wait for the same end. */
function once<Args extends unknown[]>(work: (...args: Args) => Promise<void>): (...args: Args) => Promise<void> {
  let done: Promise<void> | undefined;
  return (...args) => {
    done ??= work(...args);
    return done;
  };
}

/** The endpoint gave no answer; the word is ours, as its own text may hold what nobody is shown. */
class NoAnswer extends Error {
  readonly word: string;

  constructor(word: string) {
    super(word);
    this.word = word;
  }
}

function failed(word: string): never {
  throw new NoAnswer(word);
}

const failureOf = (error: unknown): Ended =>
  error instanceof Refusal
    ? { result: 'failed', code: error.code, refusal: error }
    : {
        result: 'failed',
        code: error instanceof NoAnswer ? error.word : 'endpoint_failed',
        refusal: new Refusal('endpoint_failed'),
      };

/** What an error of the endpoint means to the evaluator. Of its text only the one word of what kind it is goes through. */
async function refusalOf(answer: Answer): Promise<Refusal> {
  const { status } = answer;
  let word: string | undefined;
  try {
    const error = parsed(await wholeOf(answer))?.['error'] as { code?: unknown; type?: unknown } | undefined;
    word = [error?.code, error?.type].find(
      (one): one is string => typeof one === 'string' && /^[a-z][a-z_]{0,63}$/.test(one),
    );
  } catch {
    // Without a word, the status says what can be said.
  }
  const details = { status, ...(word !== undefined && { word }) };
  if (status === 429) return new Refusal('endpoint_busy', details);
  // A key that is not taken is for the developer to mend, as is an endpoint that fails.
  if (status >= 500 || status < 400 || status === 401 || status === 403) return new Refusal('endpoint_failed', details);
  return new Refusal('endpoint_refused', details);
}

/** Uses whose end nobody noted because the instance stopped: said of them, an hour later at the latest. */
export async function endLost(system: System): Promise<void> {
  const at = system.now();
  const before = new Date(Date.parse(at) - 2 * limits.useMsMax).toISOString();
  await system.database.transaction(itself, async (tx) => {
    for (const { id, grant: of, audience, submission, flags } of await uses.running(tx, before)) {
      const unknown = { promptTokens: null, completionTokens: null, answeredBy: null };
      const lost = { ...unknown, result: 'lost', reason: null, flags, endedAt: at } as const;
      if (!(await uses.end(tx, id, lost))) continue;
      const body = { submission, use: id, result: 'lost', ...unknown, flags };
      await entries.append(tx, {
        type: 'access',
        did: 'model_answered',
        object: of,
        by: itself,
        audience: [audience],
        body,
        at,
      });
    }
  });
}
