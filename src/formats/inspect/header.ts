import type {
  ConfigUpdate,
  EvalLog,
  JsonFields,
  LogFormat,
  LogResults,
  LogScore,
  LogStatus,
  Mark,
} from '../../domain/evidence/eval-log.ts';
import { arrayOf, isObject, type JsonObject } from '../json.ts';
import { Refused } from '../listing.ts';
import { quoted } from '../text.ts';
import { countOf, fieldsOf, instantOf, nameOf, provenanceOf, textOf, usageOf } from './fields.ts';
import { metricsOf } from './score.ts';

/** Inspect's own readers take versions up to this; later ones are read and marked. */
const versionMax = 2;

const limitNames = ['message_limit', 'token_limit', 'turn_limit', 'time_limit', 'working_limit', 'cost_limit'] as const;

/** Settings that bear on what a result means, beside limits and epochs. */
const settingNames = [
  'limit',
  'sample_id',
  'sample_shuffle',
  'fail_on_error',
  'continue_on_fail',
  'retry_on_error',
  'approval',
  'log_model_api',
] as const;

/**
 * The header of an Inspect log: an EvalLog without its samples, in the names of any version so far. Throws `Refused` where the document
 * is no such log. `format` says in which form it was found.
 */
export function headerOf(document: JsonObject, format: LogFormat): EvalLog {
  const spec = document.eval;
  if (!isObject(spec)) throw new Refused('eval', notALog);
  const task = nameOf(spec.task);
  const model = textOf(spec.model);
  if (task === null) throw new Refused('eval.task', `The log names no task. ${notALog}`);
  if (model === null) throw new Refused('eval.model', `The log names no model. ${notALog}`);
  const config = fieldsOf(spec.config);
  const dataset = fieldsOf(spec.dataset);
  const stats = fieldsOf(document.stats);
  const plan = fieldsOf(document.plan);
  const marks: Mark[] = [];
  const version = document.version;
  if (typeof version === 'number' && version > versionMax) {
    marks.push({
      code: 'version_newer',
      text: `The log's format version is ${version}; the format is known up to ${versionMax} and, in parts, 3. Compare what was read with the writing tool's own view.`,
    });
  }
  const status = statusOf(document.status);
  const error = isObject(document.error) ? textOf(document.error.message) : textOf(document.error);
  if (status !== 'success') marks.push({ code: `status_${status}`, text: statusTexts[status] });
  const results = resultsOf(document.results);
  if (results === null)
    marks.push({ code: 'no_results', text: 'The log holds no results: scores were never summed up.' });
  const configUpdates = arrayOf(document.config_updates).filter(isObject).map(configUpdateOf);
  const updates = arrayOf(document.log_updates).length;
  if (updates > 0) {
    marks.push({ code: 'log_edited', text: `Tags or metadata were edited ${times(updates)} after the run.` });
  }
  return {
    format,
    formatVersion: nameOf(version),
    status,
    error,
    evalId: textOf(spec.eval_id),
    runId: textOf(spec.run_id),
    taskId: textOf(spec.task_id),
    task,
    taskVersion: nameOf(spec.task_version),
    taskArgs: fieldsOf(spec.task_args),
    dataset: {
      name: textOf(dataset.name),
      location: textOf(dataset.location),
      samples: countOf(dataset.samples),
      sampleIds: Array.isArray(dataset.sample_ids)
        ? dataset.sample_ids.map(nameOf).filter((id): id is string => id !== null)
        : null,
      shuffled: typeof dataset.shuffled === 'boolean' ? dataset.shuffled : null,
    },
    model,
    modelBaseUrl: textOf(spec.model_base_url),
    modelArgs: fieldsOf(spec.model_args),
    generateConfig: { ...fieldsOf(plan.config), ...fieldsOf(spec.model_generate_config) },
    modelRoles: rolesOf(spec.model_roles),
    solver: textOf(spec.solver),
    solverArgs: fieldsOf(spec.solver_args),
    steps: arrayOf(plan.steps)
      .filter(isObject)
      .map((step) => nameOf(step.solver) ?? 'unnamed'),
    scorers: scorersOf(spec.scorers, results),
    sandbox: sandboxOf(spec.sandbox),
    epochs: countOf(config.epochs) ?? 1,
    reducers: reducersOf(config.epochs_reducer),
    limits: limitsOf(config),
    settings: picked(config, settingNames),
    revision: revisionOf(spec.revision),
    packages: packagesOf(spec.packages),
    tags: arrayOf(document.tags ?? spec.tags).filter((tag): tag is string => typeof tag === 'string'),
    created: instantOf(spec.created),
    startedAt: instantOf(stats.started_at),
    completedAt: instantOf(stats.completed_at),
    usage: usageOf(stats.model_usage),
    results,
    configUpdates,
    invalidated: document.invalidated === true,
    marks,
  };
}

const notALog =
  'This is not an evaluation log of Inspect: it has no "eval" with a task and a model. Give the .eval or .json file that `inspect eval` wrote.';

const statusTexts: Record<Exclude<LogStatus, 'success'>, string> = {
  started: 'The run never finished: what is here is what had been written so far.',
  cancelled: 'The run was cancelled before its end.',
  error: 'The run ended in an error.',
  unknown: 'The log does not say how the run ended.',
};

function statusOf(value: unknown): LogStatus {
  return value === 'started' || value === 'success' || value === 'cancelled' || value === 'error' ? value : 'unknown';
}

function resultsOf(value: unknown): LogResults | null {
  if (!isObject(value)) return null;
  // Before there could be several scorers, one stood in `scorer` with its metrics beside it.
  const scores = isObject(value.scorer)
    ? [{ ...value.scorer, scorer: value.scorer.name, metrics: value.metrics }]
    : arrayOf(value.scores).filter(isObject);
  return {
    totalSamples: countOf(value.total_samples),
    completedSamples: countOf(value.completed_samples),
    isStoppedEarly: isObject(value.early_stopping),
    scores: scores.map((score: JsonObject): LogScore => {
      const name = nameOf(score.name) ?? nameOf(score.scorer) ?? 'unnamed';
      return {
        name,
        scorer: nameOf(score.scorer) ?? name,
        reducer: textOf(score.reducer),
        scoredSamples: countOf(score.scored_samples),
        unscoredSamples: countOf(score.unscored_samples),
        metrics: metricsOf(score.metrics),
      };
    }),
  };
}

/** One change of settings by an operator while the run went on. `eval.time_limit` to its new value; `cleared` goes back to the start. */
export function configUpdateOf(update: JsonObject): ConfigUpdate {
  const changes: Record<string, unknown> = Object.create(null);
  for (const change of arrayOf(update.changes).filter(isObject)) {
    const name = `${nameOf(change.config) ?? 'eval'}.${nameOf(change.name) ?? 'unnamed'}`;
    changes[name] = change.cleared === true ? 'as at the start' : (change.value ?? null);
  }
  return { ...provenanceOf(update.provenance), changes };
}

function rolesOf(value: unknown): Record<string, string> {
  const roles: Record<string, string> = Object.create(null);
  for (const [role, played] of Object.entries(fieldsOf(value))) {
    const model = isObject(played) ? textOf(played.model) : textOf(played);
    if (model !== null) roles[role] = model;
  }
  return roles;
}

function scorersOf(value: unknown, results: LogResults | null): string[] {
  const named = arrayOf(value)
    .map((scorer) => (isObject(scorer) ? textOf(scorer.name) : textOf(scorer)))
    .filter((name): name is string => name !== null);
  return named.length > 0 ? named : [...new Set(results?.scores.map((score) => score.scorer) ?? [])];
}

function sandboxOf(value: unknown): string | null {
  if (Array.isArray(value)) return value.filter((part) => typeof part === 'string').join(' ') || null;
  if (!isObject(value)) return textOf(value);
  return [textOf(value.type), textOf(value.config)].filter((part) => part !== null).join(' ') || null;
}

function reducersOf(value: unknown): string[] {
  const named = (Array.isArray(value) ? value : [value]).filter((name): name is string => typeof name === 'string');
  return named.length > 0 ? named : ['mean'];
}

function limitsOf(config: JsonFields): Record<string, number | string> {
  const limits: Record<string, number | string> = Object.create(null);
  const old = config.max_messages;
  if (typeof old === 'number') limits.message_limit = old;
  for (const name of limitNames) {
    const value = config[name];
    if (typeof value === 'number' || typeof value === 'string') limits[name] = value;
    else if (isObject(value)) limits[name] = JSON.stringify(value);
  }
  return limits;
}

function picked(fields: JsonFields, names: readonly string[]): JsonFields {
  return Object.fromEntries(names.flatMap((name) => (fields[name] == null ? [] : [[name, fields[name]]])));
}

function revisionOf(value: unknown): EvalLog['revision'] {
  if (!isObject(value)) return null;
  return {
    origin: textOf(value.origin),
    commit: textOf(value.commit),
    dirty: typeof value.dirty === 'boolean' ? value.dirty : null,
  };
}

function packagesOf(value: unknown): Record<string, string> {
  const packages: Record<string, string> = Object.create(null);
  for (const [name, version] of Object.entries(fieldsOf(value))) {
    if (typeof version === 'string') packages[name] = version;
  }
  return packages;
}

const times = (count: number) => (count === 1 ? 'once' : `${count} times`);

/** What a file that is no log is, as far as its members tell, for the refusal. */
export function refuseUnlike(keys: string[]): Refused {
  const seen = keys.slice(0, 6).map(quoted).join(', ');
  return new Refused('eval', `${notALog}${seen === '' ? '' : ` Found in its place: ${seen}.`}`);
}
