/**
 * Where a run stands: a pure function of its plan, its items and the records of its journal. What happened is told by
 * records only, so a run that was killed goes on from them as if it had never stopped, and anyone can recompute its result.
 */
import type { Instant } from '../instant.ts';
import { cost, costMax, type Price } from './price.ts';
import { isModelOf, type RunPlan } from './run-plan.ts';
import { type Scorer, score } from './scorer.ts';
import { type TaskItem, targetsOf, toolAnswer } from './task-pack.ts';

/** Tokens of one answer, as the endpoint counts them. */
export interface AnswerUsage {
  promptTokens: number;
  completionTokens: number;
  cachedTokens: number;
  reasoningTokens: number;
}

export interface AnswerToolCall {
  id: string;
  name: string;
  arguments: string;
}

interface Place {
  item: string;
  attempt: number;
  /** Which request of the attempt, from 1. */
  turn: number;
}

export type RunRecord =
  /** The first one: what the run is. The digests are SHA-256 in hex. */
  | { kind: 'run'; at: Instant; plan: string; pack: string }
  /** Work begins, or goes on after a stop. */
  | { kind: 'session'; at: Instant }
  /** A request is about to be sent; `tokens` and `cost` are the most that it can use. */
  | ({ kind: 'try'; at: Instant; tokens: number; cost: number } & Place)
  /**
   * The try had no answer. Tokens of an unfinished answer may be charged, so they count, unless it was turned away. With
   * `isSent` false nothing left this machine: no tokens, and no try.
   */
  | ({ kind: 'lost'; at: Instant; code: string; isCharged: boolean; isSent?: boolean | undefined } & Place)
  | ({
      kind: 'answer';
      at: Instant;
      content: string | null;
      toolCalls: AnswerToolCall[];
      finishReason: string | null;
      model: string;
      fingerprint: string | null;
      usage: AnswerUsage | null;
      latencyMs: number;
      tries: number;
    } & Place)
  /** The attempt is given up. */
  | ({ kind: 'failed'; at: Instant; code: string } & Omit<Place, 'turn'>)
  | { kind: 'stopped'; at: Instant; reason: StopReason };

/**
 * Why a run ended before its plan was done. `budget_*`: the next request might exceed the budget. `another_model`,
 * `another_fingerprint`: who answers has changed. `over_limit`: the endpoint generated more than it was allowed to.
 * `address_not_allowed`: the door outside does not open to the address, and nothing was sent.
 */
export type StopReason =
  | 'budget_tokens'
  | 'budget_cost'
  | 'budget_time'
  | 'another_model'
  | 'another_fingerprint'
  | 'over_limit'
  | 'endpoint_refuses'
  | 'endpoint_silent'
  | 'address_not_allowed'
  | 'interrupted';

/** One finished attempt: a row of the result. Statistics read `item`, `attempt`, `score`, `cluster`, `tokens` and `model`. */
export interface AttemptRow {
  item: string;
  attempt: number;
  /** 1 or 0; null where the attempt had no answer. */
  score: number | null;
  cluster?: string;
  tokens: number;
  model?: string;
  /** In the currency of the price book; left out without one. */
  cost?: number;
  /** How the last answer ended: `stop`, `length`, ..., or `turns` where the limit of turns did. */
  finish?: string;
  turns: number;
  /** Tries of all its requests: more than turns where some had no answer. */
  tries: number;
  latencyMs: number;
  /** Why there is no score. */
  error?: string;
  /** The model said the canary of the item, which it was never told. */
  saidCanary?: true;
}

/** What was used. Lost tokens and cost are upper bounds of what answers that never arrived may have used. */
export interface Account {
  requests: number;
  tries: number;
  promptTokens: number;
  cachedTokens: number;
  completionTokens: number;
  reasoningTokens: number;
  lostTokens: number;
  /** In the currency of the price book; null without one. */
  cost: number | null;
  lostCost: number | null;
}

export type Answer = RunRecord & { kind: 'answer' };

/** All of one attempt, when it has its result. */
export interface FinishedAttempt {
  item: TaskItem;
  row: AttemptRow;
  /** Whole, the model's last answer included. */
  messages: ConversationMessage[];
  answers: readonly Answer[];
}

interface Started {
  answers: Answer[];
  tries: number;
  /** Of tries that were lost. */
  lostTokens: number;
  lostCost: number;
}

export type ConversationMessage =
  | { role: 'system' | 'user'; content: string }
  | { role: 'assistant'; content: string | null; toolCalls?: AnswerToolCall[] }
  | { role: 'tool'; toolCallId: string; content: string };

/** Codes after which the same item may well be answered at another time: such an attempt is begun anew in the next sitting. */
const passing = new Set(['network', 'server']);

/** True for an attempt that the next sitting begins anew. */
export const isPassing = ({ error }: AttemptRow): boolean => error !== undefined && passing.has(error);

const frameTokens = 1_024;

const keyOf = ({ item, attempt }: { item: string; attempt: number }) => `${attempt} ${item}`;
const placeKeyOf = (place: Place) => `${place.turn} ${keyOf(place)}`;

export class RunState {
  private readonly plan: RunPlan;
  private readonly price: Price | undefined;
  private readonly items: ReadonlyMap<string, TaskItem>;
  private readonly onFinished: ((finished: FinishedAttempt) => void) | undefined;
  private readonly started = new Map<string, Started>();
  private readonly finished = new Map<string, AttemptRow>();
  /** Tries that are under way, with what they may use at most. */
  private readonly open = new Map<string, { tokens: number; cost: number }>();
  private readonly total: Account;
  /** Who answers: the first one does it for the whole run. */
  private pin: { model: string; fingerprint: string | null } | undefined;
  private sittingSince: Instant | undefined;
  private lastAt: Instant | undefined;
  private secondsBefore = 0;

  /** Fingerprints met, in order. More than one only where the plan lets them change. */
  readonly fingerprints: (string | null)[] = [];
  identity: { plan: string; pack: string } | undefined;
  startedAt: Instant | undefined;
  sittings = 0;
  /** Set as soon as somebody else answers; nothing of theirs is scored. */
  drift: { reason: 'another_model' | 'another_fingerprint'; wanted: string; found: string } | undefined;

  /** `onFinished` hears of each attempt that gets its result; of one that is begun anew, more than once. */
  constructor(
    plan: RunPlan,
    items: readonly TaskItem[],
    price: Price | undefined,
    onFinished?: (finished: FinishedAttempt) => void,
  ) {
    this.plan = plan;
    this.price = price;
    this.onFinished = onFinished;
    this.items = new Map(items.map((item) => [item.id, item]));
    const noCost = price === undefined ? null : 0;
    this.total = {
      ...{ requests: 0, tries: 0, promptTokens: 0, cachedTokens: 0, completionTokens: 0, reasoningTokens: 0 },
      ...{ lostTokens: 0, cost: noCost, lostCost: noCost },
    };
  }

  /** Takes one record, in the order of the journal. Throws a RangeError for a record of an item that the pack has not. */
  apply(record: RunRecord): void {
    // A sitting begins after the time since the last one, which does not count.
    if (record.kind !== 'session') this.lastAt = record.at;
    switch (record.kind) {
      case 'run':
        this.identity = { plan: record.plan, pack: record.pack };
        this.startedAt = record.at;
        return;
      case 'session':
        this.begin(record.at);
        return;
      case 'stopped':
        return;
      case 'try':
        this.open.set(placeKeyOf(record), { tokens: record.tokens, cost: record.cost });
        this.startedOf(record).tries++;
        this.total.tries++;
        return;
      case 'lost':
        if (record.isSent === false) this.takeBack(record);
        else this.lose(record, record.isCharged);
        return;
      case 'failed':
        this.finish(record, { error: record.code });
        return;
      case 'answer':
        this.take(record);
    }
  }

  private begin(at: Instant): void {
    // What was under way when the run was killed may have been answered, and charged.
    for (const place of [...this.open.keys()]) this.loseAt(place, true);
    this.secondsBefore = this.seconds();
    this.sittingSince = at;
    this.lastAt = at;
    this.sittings++;
    this.drift = undefined;
    for (const [key, row] of this.finished) {
      // Its lost tokens stand in the account; the attempt itself begins anew.
      if (isPassing(row)) this.finished.delete(key);
    }
  }

  private startedOf(place: Omit<Place, 'turn'>): Started {
    const key = keyOf(place);
    let started = this.started.get(key);
    if (started === undefined) {
      started = { answers: [], tries: 0, lostTokens: 0, lostCost: 0 };
      this.started.set(key, started);
    }
    return started;
  }

  private lose(place: Place, isCharged: boolean): void {
    const held = this.loseAt(placeKeyOf(place), isCharged);
    if (!isCharged) return;
    const started = this.startedOf(place);
    started.lostTokens += held.tokens;
    started.lostCost += held.cost;
  }

  /** Of a try that was never sent. */
  private takeBack(place: Place): void {
    if (!this.open.delete(placeKeyOf(place))) return;
    this.startedOf(place).tries--;
    this.total.tries--;
  }

  private loseAt(key: string, isCharged: boolean): { tokens: number; cost: number } {
    const held = this.open.get(key) ?? { tokens: 0, cost: 0 };
    this.open.delete(key);
    if (isCharged) {
      this.total.lostTokens += held.tokens;
      if (this.total.lostCost !== null) this.total.lostCost += held.cost;
    }
    return held;
  }

  private take(answer: Answer): void {
    if (answer.usage === null) this.lose(answer, true);
    else {
      this.open.delete(placeKeyOf(answer));
      for (const name of ['promptTokens', 'cachedTokens', 'completionTokens', 'reasoningTokens'] as const) {
        this.total[name] += answer.usage[name];
      }
      if (this.total.cost !== null) this.total.cost += this.costOf(answer);
    }
    this.total.requests++;
    if (this.isOther(answer)) return;
    this.pin ??= { model: answer.model, fingerprint: answer.fingerprint };
    if (!this.fingerprints.includes(answer.fingerprint) && this.fingerprints.length < 100) {
      this.fingerprints.push(answer.fingerprint);
    }
    const { answers } = this.startedOf(answer);
    answers.push(answer);
    const item = this.itemOf(answer.item);
    const hasCalls = answer.toolCalls.length > 0 && item.tools !== undefined;
    if (!hasCalls || answer.turn >= (this.plan.turnsMax ?? 10)) this.finish(answer, { isTurnsMax: hasCalls });
  }

  /** Notes when somebody else than the pinned model answers. */
  private isOther(answer: Answer): boolean {
    const wanted = this.pin?.model ?? this.plan.answersAs ?? this.plan.model;
    const isSame = this.pin === undefined ? isModelOf(this.plan, answer.model) : answer.model === wanted;
    if (!isSame) {
      this.drift ??= { reason: 'another_model', wanted, found: answer.model };
      return true;
    }
    if (this.pin === undefined || this.plan.fingerprint === 'may_change') return false;
    if (answer.fingerprint === this.pin.fingerprint) return false;
    const name = (fingerprint: string | null) => fingerprint ?? 'none';
    this.drift ??= {
      reason: 'another_fingerprint',
      wanted: name(this.pin.fingerprint),
      found: name(answer.fingerprint),
    };
    return true;
  }

  private costOf({ usage }: Answer): number {
    if (usage === null || this.price === undefined) return 0;
    return cost(this.price, usage, this.plan.tier ?? 'standard');
  }

  private finish(
    place: Omit<Place, 'turn'>,
    { error, isTurnsMax = false }: { error?: string; isTurnsMax?: boolean },
  ): void {
    const { answers, tries, lostTokens, lostCost } = this.startedOf(place);
    const item = this.itemOf(place.item);
    const last = answers.at(-1);
    const text = last?.content ?? '';
    const used = answers.reduce(
      (sum, { usage }) => sum + (usage === null ? 0 : usage.promptTokens + usage.completionTokens),
      lostTokens,
    );
    const finish = isTurnsMax ? 'turns' : (last?.finishReason ?? undefined);
    const scored = error === undefined && last !== undefined;
    const row: AttemptRow = {
      item: place.item,
      attempt: place.attempt,
      score: scored ? score((item.scorer ?? this.plan.scorer) as Scorer, text, targetsOf(item)).value : null,
      ...(item.cluster !== undefined && { cluster: item.cluster }),
      tokens: used,
      ...(last !== undefined && { model: last.model }),
      ...(this.price !== undefined && { cost: answers.reduce((sum, one) => sum + this.costOf(one), lostCost) }),
      ...(finish !== undefined && { finish }),
      turns: answers.length,
      tries,
      latencyMs: Math.round(answers.reduce((sum, { latencyMs }) => sum + latencyMs, 0)),
      ...(error !== undefined && { error }),
      ...(item.canary !== undefined &&
        answers.some(({ content }) => content?.includes(item.canary as string)) && { saidCanary: true as const }),
    };
    this.finished.set(keyOf(place), row);
    this.onFinished?.({ item, row, messages: conversation(this.plan, item, answers), answers });
    this.started.delete(keyOf(place));
  }

  private itemOf(id: string): TaskItem {
    const item = this.items.get(id);
    if (item === undefined) throw new RangeError('The journal names an item that the pack does not have.');
    return item;
  }

  /** Attempts without a result, every item once before any a second time: a run cut short has looked at all of the pack. */
  *todo(): Generator<{ item: TaskItem; attempt: number }> {
    for (let attempt = 1; attempt <= this.plan.attempts; attempt++) {
      for (const item of this.items.values()) {
        if (!this.finished.has(keyOf({ item: item.id, attempt }))) yield { item, attempt };
      }
    }
  }

  /** What is asked next in an attempt; undefined when it is finished. */
  next(place: { item: string; attempt: number }): { turn: number; messages: ConversationMessage[] } | undefined {
    if (this.finished.has(keyOf(place))) return undefined;
    const item = this.itemOf(place.item);
    const answers = this.started.get(keyOf(place))?.answers ?? [];
    return { turn: answers.length + 1, messages: conversation(this.plan, item, answers) };
  }

  /**
   * The most that a request can use. A token stands for one byte of text at least, so the bytes of the request bound its
   * prompt whatever the tokenizer; `frameTokens` more are left for what endpoints put around it.
   */
  reserveOf(requestBytes: number): { tokens: number; cost: number } {
    const { sampling = {}, tier = 'standard' } = this.plan;
    const generated = sampling.maxTokens ?? 0;
    const prompt = requestBytes + frameTokens;
    return {
      tokens: prompt + generated,
      cost: this.price === undefined ? 0 : costMax(this.price, prompt, generated, tier),
    };
  }

  /** The budget that a request of this size might exceed, what is under way included; undefined when it fits. */
  exceeds(reserve: { tokens: number; cost: number }): 'budget_tokens' | 'budget_cost' | undefined {
    const { budget = {} } = this.plan;
    let { tokens, cost: amount } = this.spent();
    for (const held of this.open.values()) {
      tokens += held.tokens;
      amount += held.cost;
    }
    if (budget.tokens !== undefined && tokens + reserve.tokens > budget.tokens) return 'budget_tokens';
    if (budget.cost !== undefined && amount + reserve.cost > budget.cost) return 'budget_cost';
    return undefined;
  }

  /** True when more was used than the budget has: an endpoint that does not keep to its limits. */
  isOverBudget(): boolean {
    const { budget = {} } = this.plan;
    const { tokens, cost: amount } = this.spent();
    return tokens > (budget.tokens ?? Number.POSITIVE_INFINITY) || amount > (budget.cost ?? Number.POSITIVE_INFINITY);
  }

  private spent(): { tokens: number; cost: number } {
    const { promptTokens, completionTokens, lostTokens, cost: amount, lostCost } = this.total;
    return { tokens: promptTokens + completionTokens + lostTokens, cost: (amount ?? 0) + (lostCost ?? 0) };
  }

  /** Attempts with a result, failed ones included. */
  get done(): number {
    return this.finished.size;
  }

  /** Tries that are under way. */
  get underWay(): number {
    return this.open.size;
  }

  /** Seconds worked until the last record, all sittings together. */
  seconds(): number {
    if (this.sittingSince === undefined || this.lastAt === undefined) return this.secondsBefore;
    return this.secondsBefore + Math.max(0, Date.parse(this.lastAt) - Date.parse(this.sittingSince)) / 1000;
  }

  get model(): string | undefined {
    return this.pin?.model;
  }

  account(): Account {
    return { ...this.total };
  }

  /** Finished attempts, by attempt and then in the order of the pack. */
  *rows(): Generator<AttemptRow> {
    for (let attempt = 1; attempt <= this.plan.attempts; attempt++) {
      for (const item of this.items.keys()) {
        const row = this.finished.get(keyOf({ item, attempt }));
        if (row !== undefined) yield row;
      }
    }
  }
}

/** What was said so far: the opening, then each answer with what its tools said. */
function conversation(plan: RunPlan, item: TaskItem, answers: readonly Answer[]): ConversationMessage[] {
  const messages = opening(plan, item);
  for (const { content, toolCalls } of answers) {
    messages.push({ role: 'assistant', content, toolCalls });
    // An item without tools is finished by its first answer, whatever that calls.
    if (item.tools === undefined) continue;
    for (const call of toolCalls) {
      const tool = item.tools.find(({ name }) => name === call.name);
      const said = tool === undefined ? 'There is no tool of this name.' : toolAnswer(tool, call.arguments);
      messages.push({ role: 'tool', toolCallId: call.id, content: said });
    }
  }
  return messages;
}

const letterOf = (index: number) => String.fromCharCode(65 + index);

/** What a model is told first: the plan's system text, the item, and the lettered choices where it has any. */
function opening(plan: RunPlan, item: TaskItem): ConversationMessage[] {
  const messages: ConversationMessage[] =
    typeof item.input === 'string' ? [{ role: 'user', content: item.input }] : item.input.map((one) => ({ ...one }));
  if (plan.system !== undefined && messages[0]?.role !== 'system') {
    messages.unshift({ role: 'system', content: plan.system });
  }
  const last = messages.at(-1);
  if (item.choices !== undefined && last?.role === 'user') {
    const lines = item.choices.map((choice, index) => `${letterOf(index)}) ${choice}`);
    last.content += `\n\n${lines.join('\n')}\n\nEnd with one line: "ANSWER: " and the letter of the right choice, or the letters if more than one is right.`;
  }
  return messages;
}
