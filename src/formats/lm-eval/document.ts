import { bareLog, type EvalLog, type LogScore, noSamples } from '../../domain/evidence/eval-log.ts';
import type { Problem } from '../../domain/problem.ts';
import { countOf, fieldsOf, nameOf, numberOf, textOf } from '../inspect/fields.ts';
import { isObject, type JsonObject } from '../json.ts';

/** True for a results file of the LM Evaluation Harness (`results_*.json`), told by the members that only it has side by side. */
export function isLmEval(value: unknown): value is JsonObject {
  return isObject(value) && isObject(value.results) && (isObject(value.configs) || isObject(value.versions));
}

/**
 * A results file of the LM Evaluation Harness 0.4 as the header of a log without samples: one score for each task and filter. Metrics are
 * named `acc,none` there: the metric, then the filter that picked the answer.
 */
export function read(value: JsonObject): { log: EvalLog } | { problems: Problem[] } {
  const config = fieldsOf(value.config);
  const model = textOf(value.model_name) ?? textOf(config.model_args) ?? textOf(config.model);
  if (model === null) return { problems: [{ path: 'model_name', message: 'The file names no model.' }] };
  const counts = fieldsOf(value['n-samples']);
  const tasks = Object.entries(fieldsOf(value.results)).filter((entry): entry is [string, JsonObject] =>
    isObject(entry[1]),
  );
  const scores = tasks.flatMap(([task, metrics]) => scoresOf(task, metrics, countOf(fieldsOf(counts[task]).effective)));
  const [only] = tasks.length === 1 ? (tasks[0] as [string, JsonObject]) : [];
  const moment = numberOf(value.date);
  const at = moment === null ? null : new Date(moment * 1000).toISOString();
  return {
    log: bareLog({
      format: 'lm-eval',
      formatVersion: textOf(value.lm_eval_version),
      task: only ?? `${tasks.length} tasks`,
      taskVersion: only === undefined ? null : nameOf(fieldsOf(value.versions)[only]),
      taskArgs: only === undefined ? {} : { n_shot: fieldsOf(value['n-shot'])[only] ?? null },
      model,
      modelArgs: config.model_args === undefined ? {} : { model_args: config.model_args },
      generateConfig: fieldsOf(config.gen_kwargs),
      scorers: [...new Set(scores.map(({ scorer }) => scorer))],
      settings: config.limit == null ? {} : { limit: config.limit },
      revision: textOf(value.git_hash) === null ? null : { origin: null, commit: textOf(value.git_hash), dirty: null },
      packages: textOf(value.lm_eval_version) === null ? {} : { lm_eval: String(value.lm_eval_version) },
      created: at,
      startedAt: at,
      results: {
        totalSamples: scores.every(({ scoredSamples }) => scoredSamples !== null)
          ? tasks.reduce((sum, [task]) => sum + (countOf(fieldsOf(counts[task]).effective) ?? 0), 0)
          : null,
        completedSamples: null,
        isStoppedEarly: false,
        scores,
      },
      marks: [noSamples],
    }),
  };
}

function scoresOf(task: string, metrics: JsonObject, count: number | null): LogScore[] {
  const byFilter = new Map<string, Record<string, number | null>>();
  for (const [key, value] of Object.entries(metrics)) {
    const [metric = '', filter = 'none'] = key.split(',');
    // Their standard errors are "N/A" where there is none; `alias` is a name.
    if (typeof value !== 'number') continue;
    const found = byFilter.get(filter) ?? Object.create(null);
    found[metric] = numberOf(value);
    byFilter.set(filter, found);
  }
  return [...byFilter].map(([filter, found]) => ({
    name: task,
    scorer: filter === 'none' ? task : `${task} (${filter})`,
    reducer: null,
    scoredSamples: count,
    unscoredSamples: null,
    metrics: found,
  }));
}
