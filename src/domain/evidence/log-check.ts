import { type EvalLog, type LogScore, type Mark, type SampleScore, type SampleSummary, sampleKey } from './eval-log.ts';

/** What a log's samples say, beside what its header says. */
export interface LogReport {
  /** Items times epochs as the header tells it; as many as were read where it does not. */
  samples: number;
  /** Samples that were read, each (id, epoch) once. */
  samplesRead: number;
  items: number;
  epochs: number;
  scores: ScoreReport[];
  marks: Mark[];
}

export interface ScoreReport extends LogScore {
  /** The metrics that can be worked out from the samples again: `accuracy`, `mean`, `stderr`. */
  recomputed: Record<string, number>;
}

/** What is kept of a sample: its numbers, by scorer, and what a mark counts. */
interface Kept {
  id: string;
  epoch: number;
  scores: Record<string, Numbers>;
  flags: Record<Flag, boolean>;
}

type Numbers = Pick<SampleScore, 'value' | 'parts'>;
type Flag = 'edited' | 'retried' | 'fellBack' | 'answeredByOther' | 'invalidated' | 'failed' | 'limited' | 'unscored';

/** Relative difference up to which a recomputed metric is the header's. */
const tolerance = 1e-6;

/**
 * Reads a log's samples against its header: counts, scores, and whatever a reader of the result should know. Samples may come in any
 * order; of a sample that comes twice the later one stands.
 */
export class LogCheck {
  private readonly log: EvalLog;
  private readonly samples = new Map<string, Kept>();
  private readonly summaries = new Map<string, string>();
  private repeated = 0;

  constructor(log: EvalLog) {
    this.log = log;
  }

  /** A sample itself. */
  add(sample: SampleSummary): void {
    const key = sampleKey(sample);
    if (this.samples.has(key)) this.repeated++;
    this.samples.set(key, {
      id: sample.id,
      epoch: sample.epoch,
      scores: Object.fromEntries(
        Object.entries(sample.scores).map(([name, { value, parts }]) => [name, { value, parts }]),
      ),
      flags: {
        edited: Object.values(sample.scores).some(({ edits }) => edits.length > 0),
        retried: sample.retries > 0,
        fellBack: sample.modelFallbacks.length > 0,
        answeredByOther: this.isAnsweredByOther(sample),
        invalidated: sample.invalidation !== null,
        failed: sample.error !== null,
        limited: sample.limit !== null,
        unscored: sample.isUnscored && sample.error === null,
      },
    });
  }

  /** A row of the log's own summaries. */
  addSummary(summary: SampleSummary): void {
    this.summaries.set(sampleKey(summary), signature(summary.scores));
  }

  report(): LogReport {
    const { log } = this;
    const kept = [...this.samples.values()];
    const items = new Set(kept.map(({ id }) => id)).size;
    const scores = (log.results?.scores ?? unsummed(kept)).map((score) => ({
      ...score,
      recomputed: recompute(score, kept, log),
    }));
    return {
      samples: log.results?.totalSamples ?? kept.length,
      samplesRead: kept.length,
      items,
      epochs: log.epochs,
      scores,
      marks: [...log.marks, ...this.countMarks(kept, items), ...this.sampleMarks(kept), ...scores.flatMap(metricMarks)],
    };
  }

  private isAnsweredByOther({ usage }: SampleSummary): boolean {
    const named = [this.log.model, ...Object.values(this.log.modelRoles)];
    return Object.keys(usage).some((model) => !named.includes(model));
  }

  private countMarks(kept: Kept[], items: number): Mark[] {
    const { log } = this;
    const marks: Mark[] = [];
    const total = log.results?.totalSamples ?? null;
    // A document that only sums up has no samples to count.
    const isSummary = log.format === 'every-eval-ever' || log.format === 'lm-eval';
    if (total !== null && total !== kept.length && !isSummary) {
      marks.push({
        code: 'sample_count_differs',
        text: `The header says ${total} samples; ${kept.length} are in the file.`,
      });
    }
    const planned = log.dataset.sampleIds;
    if (planned !== null && kept.length > 0) {
      const ids = new Set(kept.map(({ id }) => id));
      const missing = planned.filter((id) => !ids.has(id)).length;
      if (missing > 0) {
        marks.push({ code: 'items_missing', text: `${missing} of ${planned.length} planned items have no sample.` });
      }
    }
    const full = items * log.epochs;
    if (kept.length < full) {
      marks.push({
        code: 'epochs_incomplete',
        text: `${items} items at ${log.epochs} attempts each would be ${full} samples; ${kept.length} are there.`,
      });
    }
    if (this.repeated > 0) {
      marks.push({
        code: 'samples_repeated',
        text: `${this.repeated} samples come again later; the later ones stand.`,
      });
    }
    let differing = 0;
    for (const { id, epoch, scores } of kept) {
      const summary = this.summaries.get(sampleKey({ id, epoch }));
      if (summary !== undefined && summary !== signature(scores)) differing++;
    }
    if (differing > 0) {
      marks.push({
        code: 'summaries_differ',
        text: `The log's own summary gives other scores for ${differing} samples than the samples themselves. The samples stand.`,
      });
    }
    return marks;
  }

  private sampleMarks(kept: Kept[]): Mark[] {
    const { log } = this;
    const marks: Mark[] = [];
    const count = (flag: Flag) => kept.filter(({ flags }) => flags[flag]).length;
    const note = (code: string, flag: Flag, text: string) => {
      const found = count(flag);
      if (found > 0) marks.push({ code, text: `${text}: ${found} of ${kept.length} samples.` });
    };
    note('scores_edited', 'edited', 'Scores were edited after scoring; the originals are kept');
    note(
      'samples_retried',
      'retried',
      'Retried after an error, so with more than one chance, which can shift the result',
    );
    note('model_fallbacks', 'fellBack', `Another model answered in place of ${log.model}`);
    note('other_model_answered', 'answeredByOther', 'Tokens are counted for a model that the header does not name');
    note('samples_invalidated', 'invalidated', 'Declared invalid');
    note('samples_failed', 'failed', 'Ended in an error, without a score of their own');
    note('samples_limited', 'limited', 'Ended by a limit');
    note('samples_unscored', 'unscored', 'Unscored, which is not zero: left out of every metric');
    if (log.invalidated && count('invalidated') === 0) {
      marks.push({
        code: 'log_invalidated',
        text: 'The log says that samples were declared invalid, and none says so itself.',
      });
    }
    if (log.configUpdates.length > 0) {
      const names = [...new Set(log.configUpdates.flatMap(({ changes }) => Object.keys(changes)))].join(', ');
      marks.push({ code: 'config_changed', text: `Settings were changed while the run went on: ${names}.` });
    }
    if (log.revision?.dirty === true) {
      marks.push({ code: 'revision_dirty', text: 'The code that ran had changes that are in no commit.' });
    }
    return marks;
  }
}

function metricMarks({ name, metrics, recomputed }: ScoreReport): Mark[] {
  return Object.entries(recomputed).flatMap(([metric, value]) => {
    const said = metrics[metric];
    if (said == null || Math.abs(said - value) <= tolerance * Math.max(1, Math.abs(said))) return [];
    return [
      {
        code: 'metric_differs',
        text: `${name}: the header says ${metric} ${round(said)}; the samples give ${round(value)}.`,
      },
    ];
  });
}

/** The scorers of a log that holds no results, as far as they gave a number. */
function unsummed(kept: Kept[]): LogScore[] {
  const names = new Set(
    kept.flatMap(({ scores }) => Object.keys(scores).filter((name) => scores[name]?.value !== null)),
  );
  return [...names].map((name) => ({
    name,
    scorer: name,
    reducer: null,
    scoredSamples: kept.filter(({ scores }) => scores[name]?.value != null).length,
    unscoredSamples: kept.filter(({ scores }) => scores[name]?.value == null).length,
    metrics: {},
  }));
}

const round = (value: number) => String(Number(value.toPrecision(6)));

/** The scores of a sample as one text, to compare two tellings of it. */
function signature(scores: Record<string, Numbers>): string {
  return JSON.stringify(
    Object.entries(scores)
      .map(([name, { value, parts }]) => [name, value, parts])
      .sort(([left], [right]) => (String(left) < String(right) ? -1 : 1)),
  );
}

/** Accuracy, mean and standard error as Inspect works them out: epochs reduced to one value an item, then over the items. */
function recompute(score: LogScore, kept: Kept[], log: EvalLog): Record<string, number> {
  const reduce = reducerOf(score.reducer ?? log.reducers[0] ?? 'mean');
  const names =
    log.results === null
      ? ['mean', 'stderr']
      : ['accuracy', 'mean', 'stderr'].filter((name) => score.metrics[name] != null);
  if (reduce === undefined || names.length === 0) return {};
  const byItem = new Map<string, number[]>();
  for (const sample of kept) {
    const value = sample.flags.invalidated ? null : numberFor(score, sample);
    if (value === null) continue;
    const values = byItem.get(sample.id);
    if (values === undefined) byItem.set(sample.id, [value]);
    else values.push(value);
  }
  const values = [...byItem.values()].map(reduce);
  if (values.length === 0) return {};
  const mean = sum(values) / values.length;
  const variance = sum(values.map((value) => (value - mean) ** 2)) / (values.length - 1);
  const stderr = values.length > 1 ? Math.sqrt(variance / values.length) : 0;
  return Object.fromEntries(names.map((name) => [name, name === 'stderr' ? stderr : mean]));
}

function numberFor(score: LogScore, { scores }: Kept): number | null {
  const own = scores[score.name] ?? scores[score.scorer];
  if (own === undefined) return null;
  return own.parts === null ? own.value : (own.parts[score.name] ?? null);
}

const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);

/** Inspect's reducers, as far as they need nothing but the values; a value of 1 or more counts as correct. */
function reducerOf(name: string): ((values: number[]) => number) | undefined {
  const [, kind, k] = /^(at_least|pass_at|pass_k)_(\d+)$/.exec(name) ?? [];
  const correct = (values: number[]) => values.filter((value) => value >= 1).length;
  switch (kind ?? name) {
    case 'mean':
      return (values) => sum(values) / values.length;
    case 'max':
      return (values) => Math.max(...values);
    case 'at_least':
      return (values) => (correct(values) >= Number(k) ? 1 : 0);
    case 'pass_at':
      return (values) => passAt(values.length, correct(values), Number(k));
    default:
      return undefined;
  }
}

/** pass@k of Chen and others (2021), section 2.1: 1 - C(n-c, k) / C(n, k). */
function passAt(n: number, c: number, k: number): number {
  if (n - c < k) return 1;
  let miss = 1;
  for (let at = n - c + 1; at <= n; at++) miss *= 1 - k / at;
  return 1 - miss;
}
