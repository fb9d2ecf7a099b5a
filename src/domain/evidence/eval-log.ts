import type { Instant } from '../instant.ts';
import type { Attempt } from './statistics/attempt.ts';

/** The common shape of an evaluation log, whichever tool wrote it. Readers of formats/ make it; nothing here reads a file. */
export interface EvalLog {
  format: LogFormat;
  /** As the file names it; `3` and later of an Inspect log are read and marked. */
  formatVersion: string | null;
  status: LogStatus;
  /** Why the run ended, where it ended in an error. */
  error: string | null;
  /** Names the writing tool gave: of this evaluation, of the run it was part of, of the task's instance. */
  evalId: string | null;
  runId: string | null;
  taskId: string | null;
  task: string;
  taskVersion: string | null;
  taskArgs: JsonFields;
  dataset: LogDataset;
  /** The model that was asked for. Which one answered is told per sample (`modelFallbacks`, usage). */
  model: string;
  modelBaseUrl: string | null;
  modelArgs: JsonFields;
  /** Temperature, reasoning effort, seed and the like. */
  generateConfig: JsonFields;
  /** Role (`grader`, `attacker`) to the model that played it. */
  modelRoles: Record<string, string>;
  solver: string | null;
  solverArgs: JsonFields;
  /** Names of the plan's steps, in order. */
  steps: string[];
  scorers: string[];
  sandbox: string | null;
  epochs: number;
  /** How the scores of one item's epochs become one: `mean`, `pass_at_3`. */
  reducers: string[];
  /** Limits on each sample that were in force at the start: `token_limit`, `time_limit`. */
  limits: Record<string, number | string>;
  /** Other settings that bear on the result: `fail_on_error`, `retry_on_error`, `limit`. */
  settings: JsonFields;
  revision: LogRevision | null;
  packages: Record<string, string>;
  tags: string[];
  created: Instant | null;
  startedAt: Instant | null;
  completedAt: Instant | null;
  usage: Record<string, TokenUsage>;
  /** Null where the run ended before results were worked out. */
  results: LogResults | null;
  /** What an operator changed while the run went on, oldest first. */
  configUpdates: ConfigUpdate[];
  invalidated: boolean;
  marks: Mark[];
}

export type LogFormat = 'inspect-eval' | 'inspect-json' | 'every-eval-ever' | 'lm-eval' | 'attempts';
export type LogStatus = 'started' | 'success' | 'cancelled' | 'error' | 'unknown';

/** A log of which little is known: what is not given is null or empty. */
export function bareLog(known: Pick<EvalLog, 'format' | 'task' | 'model'> & Partial<EvalLog>): EvalLog {
  return {
    formatVersion: null,
    status: 'unknown',
    error: null,
    evalId: null,
    runId: null,
    taskId: null,
    taskVersion: null,
    taskArgs: {},
    dataset: { name: null, location: null, samples: null, sampleIds: null, shuffled: null },
    modelBaseUrl: null,
    modelArgs: {},
    generateConfig: {},
    modelRoles: {},
    solver: null,
    solverArgs: {},
    steps: [],
    scorers: [],
    sandbox: null,
    epochs: 1,
    reducers: ['mean'],
    limits: {},
    settings: {},
    revision: null,
    packages: {},
    tags: [],
    created: null,
    startedAt: null,
    completedAt: null,
    usage: {},
    results: null,
    configUpdates: [],
    invalidated: false,
    marks: [],
    ...known,
  };
}

/** What is said of a document that sums up a run and holds none of its samples. */
export const noSamples: Mark = {
  code: 'no_samples',
  text: 'The document sums up a run: it holds no samples, so nothing in it can be worked out again.',
};

/** Members of an object from the log, kept as they were. */
export type JsonFields = { readonly [key: string]: unknown };

/** Something a reader of the result should know. The code is stable; the text is one plain sentence. */
export interface Mark {
  code: string;
  text: string;
}

export interface LogDataset {
  name: string | null;
  location: string | null;
  /** Items of the dataset, which may be more than were run. */
  samples: number | null;
  /** The items that were to be run. */
  sampleIds: string[] | null;
  shuffled: boolean | null;
}

/** State of the code that ran. `dirty` is true where it had changes that were in no commit; null where nobody looked. */
export interface LogRevision {
  origin: string | null;
  commit: string | null;
  dirty: boolean | null;
}

/** Tokens. `input` leaves out what was written to or read from a cache: those are counted apart. Cost in US dollars. */
export interface TokenUsage {
  input: number;
  output: number;
  /** As the log says; not always the sum. */
  total: number;
  cacheWrite: number | null;
  cacheRead: number | null;
  reasoning: number | null;
  cost: number | null;
}

export interface LogResults {
  /** Items times epochs. */
  totalSamples: number | null;
  completedSamples: number | null;
  /** Whether the run stopped before the planned samples because a rule said so. */
  isStoppedEarly: boolean;
  scores: LogScore[];
}

/** One scorer's results, as the log's writer worked them out. A metric that is null was NaN or infinite: it has no value. */
export interface LogScore {
  name: string;
  scorer: string;
  reducer: string | null;
  scoredSamples: number | null;
  unscoredSamples: number | null;
  metrics: Record<string, number | null>;
}

export interface ConfigUpdate {
  at: Instant | null;
  author: string | null;
  reason: string | null;
  /** Setting to what it became, as the log tells it. */
  changes: JsonFields;
}

/** One attempt at one item, without its transcript. */
export interface SampleSummary {
  id: string;
  /** Which attempt at the item, 1 for the first. */
  epoch: number;
  uuid: string | null;
  input: string;
  target: string;
  /** Scorer to score. Empty where nothing was scored. */
  scores: Record<string, SampleScore>;
  /** True where no scorer gave a value: unscored is not zero. */
  isUnscored: boolean;
  tokens: number | null;
  usage: Record<string, TokenUsage>;
  startedAt: Instant | null;
  completedAt: Instant | null;
  /** Seconds on the clock, and of those the ones not spent waiting. */
  totalSeconds: number | null;
  workingSeconds: number | null;
  messages: number | null;
  error: string | null;
  /** The kind of limit that ended the sample: `token`, `time`, `operator`. */
  limit: string | null;
  /** Times the sample was retried after an error: such samples had more than one chance. */
  retries: number;
  /** Other models that answered in place of the one asked for. */
  modelFallbacks: string[];
  invalidation: { author: string | null; reason: string | null; at: Instant | null } | null;
  metadata: JsonFields;
}

export interface SampleScore {
  /** The number that statistics use: null is unscored (NaN in the log, or nothing that stands for a number). */
  value: number | null;
  /** What the log holds, as text: `C`, `0.5`, `{"accuracy":1}`. */
  text: string;
  /** Numbers of a score that has several, by name; null for a single one. */
  parts: Record<string, number | null> | null;
  answer: string | null;
  explanation: string | null;
  /** Before the first edit; null where it was never edited, or was unscored. */
  original: number | null;
  /** Oldest first. Empty where the score stands as the scorer gave it. */
  edits: ScoreEdit[];
}

export interface ScoreEdit {
  /** What the edit set; null where it left the value alone (an edit of the explanation). */
  value: number | null;
  text: string | null;
  author: string | null;
  reason: string | null;
  at: Instant | null;
}

/** One step of a transcript. Text and payload come from outside: they are shown, never run or followed. */
export interface TranscriptEvent {
  /** Place in the sample's transcript, from 0. */
  index: number;
  /** `model`, `tool`, `score`, `span_begin`, ... as the log names it. */
  kind: string;
  at: Instant | null;
  /** Span the event belongs to, and how many spans are around it. */
  span: string | null;
  depth: number;
  /** One line that tells what happened, at most 200 characters. */
  text: string;
  /** The whole event, pooled messages and attachments put back in. */
  payload: JsonFields;
  /** `sampleKey` of the sample. */
  sample: string;
}

/** One name for one attempt at one item: `2/arithmetic-17`. The epoch comes first, for an id may hold any character. */
export function sampleKey(sample: { id: string; epoch: number }): string {
  return `${sample.epoch}/${sample.id}`;
}

/**
 * The rows that statistics start from: one for each sample, by `scorer` (`name`, or `name.part` for one number of several). A sample
 * without that score, in error or invalidated is unscored (null), never zero. `clusterKey` names the metadata that groups items.
 */
export function attemptsOf(
  log: EvalLog,
  samples: Iterable<SampleSummary>,
  scorer: string,
  clusterKey?: string,
): Attempt[] {
  const attempts: Attempt[] = [];
  for (const sample of samples) {
    // A table of attempts carries these as columns of its own; in a log they would be the dataset's.
    const isTable = log.format === 'attempts';
    const key = clusterKey ?? (isTable ? 'cluster' : undefined);
    const cluster = key === undefined ? undefined : sample.metadata[key];
    const cheated = isTable ? sample.metadata.cheated : undefined;
    attempts.push({
      item: sample.id,
      attempt: sample.epoch,
      score: sample.invalidation === null ? scoreOf(sample, scorer) : null,
      ...(typeof cluster === 'string' || typeof cluster === 'number' ? { cluster: String(cluster) } : {}),
      ...(typeof cheated === 'boolean' ? { cheated } : {}),
      ...(sample.tokens === null ? {} : { tokens: sample.tokens }),
      model: sample.modelFallbacks.length === 0 ? log.model : [log.model, ...sample.modelFallbacks].join(' + '),
    });
  }
  return attempts;
}

/** The number of one scorer, `name` or `name.part`; null where there is none. */
export function scoreOf(sample: SampleSummary, scorer: string): number | null {
  const whole = sample.scores[scorer];
  if (whole !== undefined) return whole.value;
  for (const [name, score] of Object.entries(sample.scores)) {
    if (scorer.startsWith(`${name}.`) && score.parts !== null)
      return score.parts[scorer.slice(name.length + 1)] ?? null;
  }
  return null;
}
