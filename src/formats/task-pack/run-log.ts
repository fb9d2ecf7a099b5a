/**
 * A run of a task pack as an evaluation log of Inspect (format version 2, JSON), so that whatever reads such logs reads it
 * too: `assay evidence`, an instance, a reviewer's desk, Inspect's own viewer. It holds the items that were run and what was
 * answered, so it is as private as they are.
 */
import { cost, type Price } from '../../domain/evidence/price.ts';
import type { RunPlan } from '../../domain/evidence/run-plan.ts';
import type {
  Account,
  Answer,
  AttemptRow,
  ConversationMessage,
  FinishedAttempt,
} from '../../domain/evidence/run-state.ts';
import { targetsOf } from '../../domain/evidence/task-pack.ts';
import type { Instant } from '../../domain/instant.ts';

export interface RunFacts {
  plan: RunPlan;
  planDigest: string;
  /** Name and version of a sealed pack; of another its file, without a version. */
  pack: { name: string; version: string | null; root: string; size: number };
  itemIds: string[];
  /** As answers name it. */
  model: string;
  price: Price | undefined;
  account: Account;
  fingerprints: (string | null)[];
  startedAt: Instant;
  endedAt: Instant;
  /** True when every attempt of the plan has been made. */
  isWhole: boolean;
  planned: number;
  /** Mean of the scores of all items, each the mean of its attempts; null when nothing has a score. */
  accuracy: number | null;
  scored: number;
  version: string;
}

/** Everything but the samples: the text before them. `tail` ends it. */
export function head(run: RunFacts): string {
  const { plan, pack, model, account } = run;
  const scorer = plan.scorer?.kind ?? 'score';
  const text = JSON.stringify({
    version: 2,
    status: run.isWhole ? 'success' : 'cancelled',
    eval: {
      eval_id: run.planDigest.slice(0, 22),
      run_id: run.planDigest.slice(22, 44),
      created: run.startedAt,
      task: pack.name,
      task_id: pack.root.slice(0, 22),
      task_version: pack.version ?? 0,
      task_args: {},
      dataset: {
        ...{ name: pack.name, location: pack.root, samples: pack.size, sample_ids: run.itemIds, shuffled: false },
      },
      solver: 'assay_run',
      solver_args: { system: plan.system ?? null, turns_max: plan.turnsMax ?? null },
      model,
      model_base_url: plan.endpoint.baseUrl,
      model_args: { asked: plan.model, fingerprints: run.fingerprints },
      model_generate_config: generateConfig(plan),
      config: { epochs: plan.attempts, epochs_reducer: ['mean'], ...limits(plan) },
      scorers: [{ name: scorer, options: plan.scorer ?? {} }],
      packages: { assay: run.version },
    },
    plan: { name: plan.name, steps: [{ solver: 'generate', params: {} }], config: generateConfig(plan) },
    results: {
      total_samples: run.planned,
      completed_samples: run.scored,
      scores: [
        {
          ...{ name: scorer, scorer, reducer: 'mean', params: {}, scored_samples: run.scored },
          unscored_samples: run.planned - run.scored,
          metrics: run.accuracy === null ? {} : { accuracy: { name: 'accuracy', value: run.accuracy, params: {} } },
        },
      ],
    },
    stats: {
      started_at: run.startedAt,
      completed_at: run.endedAt,
      model_usage: {
        [model]: usage(account, account.cost),
      },
    },
  });
  return `${text.slice(0, -1)},"samples":[\n`;
}

export const tail = ']}\n';

const generateConfig = ({ sampling = {} }: RunPlan) => ({
  ...(sampling.temperature !== undefined && { temperature: sampling.temperature }),
  ...(sampling.topP !== undefined && { top_p: sampling.topP }),
  ...(sampling.seed !== undefined && { seed: sampling.seed }),
  ...(sampling.maxTokens !== undefined && { max_tokens: sampling.maxTokens }),
  ...(sampling.reasoningEffort !== undefined && { reasoning_effort: sampling.reasoningEffort }),
});

const limits = ({ turnsMax }: RunPlan) => (turnsMax === undefined ? {} : { turn_limit: turnsMax });

interface Used {
  promptTokens: number;
  cachedTokens: number;
  completionTokens: number;
  reasoningTokens: number;
}

/** Inspect counts cached input apart from input. */
const usage = (used: Used, amount: number | null) => ({
  input_tokens: used.promptTokens - used.cachedTokens,
  input_tokens_cache_read: used.cachedTokens,
  output_tokens: used.completionTokens,
  reasoning_tokens: used.reasoningTokens,
  total_tokens: used.promptTokens + used.completionTokens,
  ...(amount !== null && { total_cost: amount }),
});

const stopReasons: Record<string, string> = { length: 'max_tokens' };

/** One attempt as a sample. */
export function sample(
  run: Pick<RunFacts, 'plan' | 'price'>,
  { item, row, messages, answers }: FinishedAttempt,
): string {
  const scorer = (item.scorer ?? run.plan.scorer)?.kind ?? 'score';
  const target = targetsOf(item);
  const used: Used = { promptTokens: 0, cachedTokens: 0, completionTokens: 0, reasoningTokens: 0 };
  for (const { usage: one } of answers) {
    for (const name of Object.keys(used) as (keyof Used)[]) used[name] += one?.[name] ?? 0;
  }
  const tier = run.plan.tier ?? 'standard';
  const amount =
    run.price === undefined
      ? null
      : answers.reduce((sum, one) => sum + (one.usage === null ? 0 : cost(run.price as Price, one.usage, tier)), 0);
  const last = answers.at(-1);
  const score = row.score === null ? undefined : { value: row.score === 1 ? 'C' : 'I', answer: last?.content ?? '' };
  return JSON.stringify({
    id: item.id,
    epoch: row.attempt,
    input: typeof item.input === 'string' ? item.input : item.input.map(message),
    ...(item.choices !== undefined && { choices: item.choices }),
    target,
    messages: messages.map(message),
    output: last === undefined ? { model: row.model ?? '', choices: [] } : output(last),
    ...(score !== undefined && { scores: { [scorer]: score } }),
    metadata: {
      ...item.metadata,
      ...(item.cluster !== undefined && { cluster: item.cluster }),
      ...(row.saidCanary && { said_canary: true }),
      ...(row.tries > row.turns && { tries: row.tries }),
    },
    store: {},
    events: events({ item, messages, answers }, score, target),
    model_usage: last === undefined ? {} : { [last.model]: usage(used, amount) },
    ...(answers[0] !== undefined && { started_at: answers[0].at, completed_at: last?.at }),
    total_time: row.latencyMs / 1000,
    ...(row.error !== undefined && { error: { message: row.error, traceback: '', traceback_ansi: '' } }),
    ...(row.finish === 'turns' && { limit: { type: 'turn', limit: row.turns } }),
  });
}

/** An attempt that no endpoint answered yet: its row is all there is. */
export const bare = (run: Pick<RunFacts, 'plan' | 'price'>, item: FinishedAttempt['item'], row: AttemptRow): string =>
  sample(run, { item, row, messages: [], answers: [] });

function message(one: ConversationMessage): Record<string, unknown> {
  if (one.role === 'tool') return { role: 'tool', content: one.content, tool_call_id: one.toolCallId };
  if (one.role !== 'assistant') return { role: one.role, content: one.content };
  return {
    role: 'assistant',
    content: one.content ?? '',
    ...(one.toolCalls !== undefined &&
      one.toolCalls.length > 0 && {
        tool_calls: one.toolCalls.map(({ id, name, arguments: text }) => ({
          ...{ id, function: name, type: 'function', arguments: argumentsOf(text) },
        })),
      }),
  };
}

/** Arguments are an object in a log; what a model wrote need not be one. */
function argumentsOf(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Kept as it was written.
  }
  return { text };
}

const output = ({ model, content, toolCalls, finishReason, usage: used }: Answer) => ({
  model,
  choices: [
    {
      message: message({ role: 'assistant', content, toolCalls }),
      stop_reason: stopReasons[finishReason ?? ''] ?? finishReason ?? 'unknown',
    },
  ],
  ...(used !== null && { usage: usage(used, null) }),
});

/** Each request with what was new in it, each call of a tool, and the score, in their order. */
function events(
  { item, messages, answers }: Pick<FinishedAttempt, 'item' | 'messages' | 'answers'>,
  score: { value: string; answer: string } | undefined,
  target: string[],
): Record<string, unknown>[] {
  const found: Record<string, unknown>[] = [];
  const repliesTo = ({ toolCalls }: Answer) => (item.tools === undefined ? 0 : toolCalls.length);
  // What the item itself says comes before the first answer.
  let from = 0;
  let at = messages.length - answers.reduce((sum, answer) => sum + 1 + repliesTo(answer), 0);
  for (const answer of answers) {
    const input = messages.slice(from, at).map(message);
    found.push({
      ...{
        event: 'model',
        timestamp: answer.at,
        model: answer.model,
        input,
        tools: [],
        tool_choice: 'auto',
        config: {},
      },
      output: output(answer),
    });
    from = at + 1;
    at = from + repliesTo(answer);
    messages.slice(from, at).forEach(({ content }, index) => {
      const call = answer.toolCalls[index] as Answer['toolCalls'][number];
      found.push({
        ...{ event: 'tool', type: 'function', timestamp: answer.at, id: call.id, function: call.name },
        ...{ arguments: argumentsOf(call.arguments), result: content },
      });
    });
  }
  if (score !== undefined) found.push({ event: 'score', timestamp: answers.at(-1)?.at, score, target });
  return found;
}
