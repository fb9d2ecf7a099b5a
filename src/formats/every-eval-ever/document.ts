import { bareLog, type EvalLog, type LogScore, noSamples } from '../../domain/evidence/eval-log.ts';
import type { Problem } from '../../domain/problem.ts';
import { countOf, fieldsOf, nameOf, numberOf, textOf } from '../inspect/fields.ts';
import { arrayOf, isObject, type JsonObject } from '../json.ts';
import { quoted } from '../text.ts';

/** Every Eval Ever, the shared form for results of evaluations (github.com/evaleval/every_eval_ever). What is written is of this version. */
const schemaVersion = '0.2.2';

/** Who evaluated, and how they stand to the model's developer (`source_metadata`). */
export interface Source {
  organization: string;
  relationship: 'first_party' | 'third_party' | 'collaborative' | 'other';
}

const relationships = ['first_party', 'third_party', 'collaborative', 'other'];
const sourceTypes = ['documentation', 'evaluation_run'];

/** A document as the header of a log without samples; or what is wrong with it. Versions 0.2.x are read. */
export function read(value: unknown): { log: EvalLog; source: Source } | { problems: Problem[] } {
  const problems = check(value);
  if (problems.length > 0) return { problems };
  const document = value as JsonObject;
  const model = fieldsOf(document.model_info);
  const library = fieldsOf(document.eval_library);
  const metadata = fieldsOf(document.source_metadata);
  const results = arrayOf(document.evaluation_results).filter(isObject);
  const first = fieldsOf(results[0]?.source_data);
  const args = fieldsOf(fieldsOf(results[0]?.generation_config).generation_args);
  const scores = results.map(scoreOf);
  const moment = secondsOf(document.evaluation_timestamp ?? results[0]?.evaluation_timestamp);
  return {
    source: {
      organization: String(metadata.source_organization_name),
      relationship: metadata.evaluator_relationship as Source['relationship'],
    },
    log: bareLog({
      format: 'every-eval-ever',
      formatVersion: nameOf(document.schema_version),
      evalId: textOf(document.evaluation_id),
      task: textOf(first.dataset_name) ?? String(document.evaluation_id),
      dataset: {
        name: textOf(first.dataset_name),
        location: textOf(first.hf_repo) ?? textOf(arrayOf(first.url)[0]),
        samples: countOf(first.samples_number),
        sampleIds: Array.isArray(first.sample_ids)
          ? first.sample_ids.filter((id): id is string => typeof id === 'string')
          : null,
        shuffled: null,
      },
      model: String(model.id),
      generateConfig: Object.fromEntries(
        ['temperature', 'top_p', 'top_k', 'max_tokens', 'reasoning'].flatMap((name) =>
          args[name] == null ? [] : [[name, args[name]]],
        ),
      ),
      scorers: [...new Set(scores.map(({ scorer }) => scorer))],
      sandbox: textOf(fieldsOf(args.sandbox).type),
      limits: Object.fromEntries(
        Object.entries(fieldsOf(args.eval_limits)).filter(
          (limit): limit is [string, number] => typeof limit[1] === 'number',
        ),
      ),
      packages: { [String(library.name ?? 'unknown')]: String(library.version ?? 'unknown') },
      created: moment,
      startedAt: moment,
      results: {
        totalSamples: results.reduce<number | null>((most, result) => {
          const count = countOf(fieldsOf(fieldsOf(result.score_details).uncertainty).num_samples);
          return count === null ? most : Math.max(count, most ?? 0);
        }, null),
        completedSamples: null,
        isStoppedEarly: false,
        scores,
      },
      marks: [noSamples],
    }),
  };
}

function scoreOf(result: JsonObject): LogScore {
  const config = fieldsOf(result.metric_config);
  const details = fieldsOf(result.score_details);
  const uncertainty = fieldsOf(details.uncertainty);
  // Until 0.2.1 the interval stood beside the score.
  const interval = fieldsOf(uncertainty.confidence_interval ?? details.confidence_interval);
  const metric =
    textOf(config.metric_id) ?? textOf(config.metric_name) ?? textOf(config.evaluation_description) ?? 'score';
  const metrics: Record<string, number | null> = { [metric]: numberOf(details.score) };
  const more = { stderr: fieldsOf(uncertainty.standard_error).value, lower: interval.lower, upper: interval.upper };
  for (const [name, value] of Object.entries(more)) if (typeof value === 'number') metrics[name] = value;
  const count = countOf(uncertainty.num_samples);
  return {
    name: String(result.evaluation_name),
    scorer: String(result.evaluation_name),
    reducer: null,
    scoredSamples: count,
    unscoredSamples: null,
    metrics,
  };
}

/** A moment as they write it: seconds since 1970 as text, or ISO 8601. */
function secondsOf(value: unknown): string | null {
  const text = nameOf(value);
  if (text === null) return null;
  const time = /^\d{1,11}(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text);
  return Number.isFinite(time) ? new Date(time).toISOString() : null;
}

/**
 * The log's results as a document of version 0.2.2: one result for each metric of each scorer, its standard error beside it.
 * `retrievedAt` in seconds since 1970. Throws nothing: what is not known is left out, or said to be unknown where it is required.
 */
export function write(log: EvalLog, source: Source, retrievedAt: number): JsonObject {
  const [library = 'unknown', version = 'unknown'] = Object.entries(log.packages)[0] ?? [];
  const startedAt = log.startedAt ?? log.created;
  const at = startedAt === null ? undefined : String(Date.parse(startedAt) / 1000);
  return {
    schema_version: schemaVersion,
    evaluation_id: `${log.task}/${log.model.replaceAll('/', '_')}/${retrievedAt}`,
    ...(at === undefined ? {} : { evaluation_timestamp: at }),
    retrieved_timestamp: String(retrievedAt),
    source_metadata: {
      source_name: 'Assay',
      source_type: 'evaluation_run',
      source_organization_name: source.organization,
      evaluator_relationship: source.relationship,
    },
    eval_library: { name: library, version },
    model_info: { name: log.model, id: log.model },
    evaluation_results: (log.results?.scores ?? []).flatMap((score) => resultsOf(score, log, at)),
  };
}

/** Metrics that tell how sure another one is, and are no results of their own. */
const spreads = new Set(['stderr', 'std', 'var', 'lower', 'upper']);

function resultsOf(score: LogScore, log: EvalLog, at: string | undefined): JsonObject[] {
  const { stderr, std, lower, upper } = score.metrics;
  const count = score.scoredSamples ?? log.results?.completedSamples ?? log.results?.totalSamples;
  const uncertainty = {
    ...(stderr == null ? {} : { standard_error: { value: stderr, method: 'analytic' } }),
    ...(lower == null || upper == null ? {} : { confidence_interval: { lower, upper } }),
    ...(std == null ? {} : { standard_deviation: std }),
    ...(count == null ? {} : { num_samples: count }),
  };
  const { sampleIds, samples } = log.dataset;
  return Object.entries(score.metrics).flatMap(([metric, value]) => {
    // A metric without a value has no place in the form: a score must be a number.
    if (spreads.has(metric) || value === null) return [];
    return [
      {
        evaluation_name: score.name,
        source_data: {
          dataset_name: log.dataset.name ?? log.task,
          source_type: 'other',
          additional_details: {
            ...(samples === null ? {} : { samples_number: String(samples) }),
            ...(sampleIds === null ? {} : { samples_run: String(sampleIds.length) }),
          },
        },
        ...(at === undefined ? {} : { evaluation_timestamp: at }),
        metric_config: {
          metric_id: metric,
          ...(score.reducer === null ? {} : { metric_parameters: { reducer: score.reducer } }),
          lower_is_better: false,
          ...(value >= 0 && value <= 1 ? { score_type: 'continuous', min_score: 0, max_score: 1 } : {}),
        },
        score_details: { score: value, ...(Object.keys(uncertainty).length === 0 ? {} : { uncertainty }) },
        generation_config: generationOf(log),
      },
    ];
  });
}

function generationOf(log: EvalLog): JsonObject {
  const limits = Object.entries(log.limits).filter(
    ([name, value]) => ['time_limit', 'message_limit', 'token_limit'].includes(name) && Number.isInteger(value),
  );
  const taken = Object.entries(log.generateConfig).filter(
    ([name, value]) => ['temperature', 'top_p', 'top_k'].includes(name) && typeof value === 'number',
  );
  return {
    generation_args: {
      ...Object.fromEntries(taken),
      ...(limits.length === 0 ? {} : { eval_limits: Object.fromEntries(limits) }),
      ...(log.steps.length === 0 ? {} : { eval_plan: { name: 'plan', steps: log.steps } }),
      max_attempts: log.epochs,
    },
  };
}

/** What keeps a document from being one of Every Eval Ever 0.2: members that the schema requires, and words that it lists. */
export function check(value: unknown): Problem[] {
  if (!isObject(value)) return [{ path: '', message: 'The document is not an object.', clause: 'eval.schema.json' }];
  const problems: Problem[] = [];
  const wrong = (path: string, message: string) => problems.push({ path, message, clause: 'eval.schema.json' });
  const needs = (object: JsonObject, path: string, names: string[]) => {
    for (const name of names) {
      if (typeof object[name] !== 'string') wrong(`${path}${name}`, `Give ${quoted(`${path}${name}`)} as a text.`);
    }
  };
  const object = (name: string): JsonObject | undefined => {
    const member = value[name];
    if (isObject(member)) return member;
    wrong(name, `Give ${quoted(name)} as an object.`);
    return undefined;
  };
  needs(value, '', ['schema_version', 'evaluation_id', 'retrieved_timestamp']);
  const version = value.schema_version;
  if (typeof version === 'string' && !version.startsWith('0.2.')) {
    wrong('schema_version', `Version ${quoted(version)} is not known; 0.2.0 to ${schemaVersion} are.`);
  }
  const source = object('source_metadata');
  if (source !== undefined) {
    needs(source, 'source_metadata.', ['source_organization_name']);
    oneOf(source.source_type, sourceTypes, 'source_metadata.source_type', wrong);
    oneOf(source.evaluator_relationship, relationships, 'source_metadata.evaluator_relationship', wrong);
  }
  const model = object('model_info');
  if (model !== undefined) needs(model, 'model_info.', ['name', 'id']);
  // Required since 0.2.1.
  const library = version === '0.2.0' && value.eval_library === undefined ? undefined : object('eval_library');
  if (library !== undefined) needs(library, 'eval_library.', ['name', 'version']);
  if (!Array.isArray(value.evaluation_results)) wrong('evaluation_results', 'Give "evaluation_results" as a list.');
  for (const [index, result] of arrayOf(value.evaluation_results).entries()) {
    const path = `evaluation_results[${index}]`;
    if (!isObject(result)) wrong(path, 'A result is not an object.');
    else {
      needs(result, `${path}.`, ['evaluation_name']);
      const data = fieldsOf(result.source_data);
      needs(data, `${path}.source_data.`, ['dataset_name']);
      oneOf(data.source_type, ['url', 'hf_dataset', 'other'], `${path}.source_data.source_type`, wrong);
      if (typeof fieldsOf(result.metric_config).lower_is_better !== 'boolean') {
        wrong(`${path}.metric_config.lower_is_better`, 'Say whether a lower score is better.');
      }
      if (typeof fieldsOf(result.score_details).score !== 'number') {
        wrong(`${path}.score_details.score`, 'Give the score as a number.');
      }
    }
    if (problems.length > 100) break;
  }
  return problems;
}

function oneOf(value: unknown, words: string[], path: string, wrong: (path: string, message: string) => void): void {
  if (!words.includes(value as string)) wrong(path, `Give one of ${words.join(', ')}.`);
}
