import type { EvalLog, JsonFields, SampleSummary } from './eval-log.ts';

/**
 * What would have to be the same for a run to be the same again: everything that bears on the result, and nothing that only tells when
 * or under which name it ran.
 */
export interface Manifest {
  /** Of this shape; a later one gets another number, so that digests of two shapes are never held against each other. */
  version: 1;
  task: { name: string; version: string | null; args: JsonFields };
  /** The items that were run, sorted; `attempts` is how often each was tried at most. */
  dataset: {
    name: string | null;
    location: string | null;
    shuffled: boolean | null;
    items: string[];
    attempts: number;
  };
  model: {
    name: string;
    baseUrl: string | null;
    args: JsonFields;
    generate: JsonFields;
    roles: Record<string, string>;
  };
  solver: { name: string | null; args: JsonFields; steps: string[]; sandbox: string | null };
  scoring: { scorers: string[]; epochs: number; reducers: string[] };
  limits: Record<string, number | string>;
  settings: JsonFields;
  code: { origin: string | null; commit: string | null; dirty: boolean | null; packages: Record<string, string> };
  /** What happened during the run that a plan does not tell. */
  events: {
    status: string;
    /** Settings changed by an operator, with the value they ended at. */
    changedSettings: JsonFields;
    /** Models that answered in place of the one asked for, sorted. */
    fallbackModels: string[];
    retriedSamples: number;
    invalidatedSamples: number;
    editedSamples: number;
    failedSamples: number;
    unscoredSamples: number;
  };
}

/** The manifest of a run, from its log and all of its samples (each (id, epoch) once). */
export function manifestOf(log: EvalLog, samples: Iterable<SampleSummary>): Manifest {
  const items = new Set<string>();
  const fallbackModels = new Set<string>();
  let attempts = 0;
  const counts = { retriedSamples: 0, invalidatedSamples: 0, editedSamples: 0, failedSamples: 0, unscoredSamples: 0 };
  for (const sample of samples) {
    items.add(sample.id);
    attempts = Math.max(attempts, sample.epoch);
    for (const model of sample.modelFallbacks) fallbackModels.add(model);
    if (sample.retries > 0) counts.retriedSamples++;
    if (sample.invalidation !== null) counts.invalidatedSamples++;
    if (sample.error !== null) counts.failedSamples++;
    else if (sample.isUnscored) counts.unscoredSamples++;
    if (Object.values(sample.scores).some(({ edits }) => edits.length > 0)) counts.editedSamples++;
  }
  return {
    version: 1,
    task: { name: log.task, version: log.taskVersion, args: log.taskArgs },
    dataset: {
      name: log.dataset.name,
      location: log.dataset.location,
      shuffled: log.dataset.shuffled,
      items: [...items].sort(byText),
      attempts,
    },
    model: {
      name: log.model,
      baseUrl: log.modelBaseUrl,
      args: log.modelArgs,
      generate: log.generateConfig,
      roles: log.modelRoles,
    },
    solver: { name: log.solver, args: log.solverArgs, steps: log.steps, sandbox: log.sandbox },
    scoring: { scorers: [...log.scorers].sort(byText), epochs: log.epochs, reducers: log.reducers },
    limits: log.limits,
    settings: log.settings,
    code: {
      origin: log.revision?.origin ?? null,
      commit: log.revision?.commit ?? null,
      dirty: log.revision?.dirty ?? null,
      packages: log.packages,
    },
    events: {
      status: log.status,
      changedSettings: Object.assign({}, ...log.configUpdates.map(({ changes }) => changes)),
      fallbackModels: [...fallbackModels].sort(byText),
      ...counts,
    },
  };
}

/**
 * The one text of a manifest, for its digest: JSON with the keys of every object in order of their code units and no space, as RFC 8785
 * has it. The same manifest gives the same text for ever.
 */
export function canonicalText(manifest: Manifest): string {
  return canonical(manifest);
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((part) => canonical(part === undefined ? null : part)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value)
    .filter(([, part]) => part !== undefined)
    .sort(([left], [right]) => byText(left, right))
    .map(([key, part]) => `${JSON.stringify(key)}:${canonical(part)}`);
  return `{${members.join(',')}}`;
}

const byText = (left: string, right: string) => (left < right ? -1 : left > right ? 1 : 0);

/** One field of two manifests that is not the same, as `limits.token_limit`. Undefined where one has no such field. */
export interface Difference {
  field: string;
  left: unknown;
  right: unknown;
}

/** Every field in which two manifests differ, in order of the fields. Lists are compared whole. */
export function differences(left: Manifest, right: Manifest): Difference[] {
  const found: Difference[] = [];
  const compare = (field: string, one: unknown, other: unknown) => {
    if (isFields(one) && isFields(other)) {
      const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])].sort(byText);
      for (const key of keys) compare(field === '' ? key : `${field}.${key}`, one[key], other[key]);
    } else if (canonical(one ?? null) !== canonical(other ?? null)) found.push({ field, left: one, right: other });
  };
  compare('', left, right);
  return found;
}

const isFields = (value: unknown): value is JsonFields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** How much a difference takes from a comparison of two models, or of two runs of one. */
export type Weight =
  /** What is being compared, or what bears on no result. */
  | 'none'
  /** The two numbers may be set side by side, with this said next to them. */
  | 'said'
  /** The two numbers measure different things. */
  | 'apart';

export interface Reason {
  field: string;
  weight: 'said' | 'apart';
  text: string;
}

export interface Comparison {
  verdict: 'comparable' | 'comparable_with_differences' | 'not_comparable';
  /** Those that set the two apart come first. */
  reasons: Reason[];
  differences: Difference[];
}

interface Rule {
  /** The field, or the start of its name up to a dot. */
  field: string;
  weight: Weight;
  why: string;
}

/** The first rule that fits counts. */
const rules: Rule[] = [
  { field: 'version', weight: 'apart', why: 'The manifests are of different shapes.' },
  { field: 'task.name', weight: 'apart', why: 'The tasks are different.' },
  { field: 'task.version', weight: 'apart', why: 'The task changed between the two.' },
  { field: 'task.args', weight: 'apart', why: 'The task was run with other arguments.' },
  { field: 'dataset.name', weight: 'apart', why: 'The datasets are different.' },
  { field: 'dataset.items', weight: 'apart', why: 'The items are not the same.' },
  {
    field: 'dataset.location',
    weight: 'said',
    why: 'The dataset came from another place; its items have the same names.',
  },
  { field: 'dataset.shuffled', weight: 'none', why: '' },
  { field: 'dataset.attempts', weight: 'said', why: 'The items were tried a different number of times.' },
  // What is compared, most often: two models on the same items.
  { field: 'model.name', weight: 'none', why: '' },
  { field: 'model.baseUrl', weight: 'none', why: '' },
  { field: 'model.args', weight: 'said', why: 'The models were called with other arguments.' },
  {
    field: 'model.generate',
    weight: 'said',
    why: 'The models answered under other settings (temperature, reasoning effort and the like).',
  },
  {
    field: 'model.roles',
    weight: 'apart',
    why: 'Another model played a part besides the one under test, such as the grader.',
  },
  { field: 'solver.sandbox', weight: 'said', why: 'The sandboxes are different.' },
  {
    field: 'solver',
    weight: 'said',
    why: 'The scaffolding is different: the numbers tell of model and scaffolding together.',
  },
  { field: 'scoring.scorers', weight: 'apart', why: 'The answers were scored in another way.' },
  {
    field: 'scoring.reducers',
    weight: 'apart',
    why: 'The attempts at an item were joined into one score in another way.',
  },
  {
    field: 'scoring.epochs',
    weight: 'said',
    why: 'The number of attempts at each item is different: take one attempt, or a metric that allows for it.',
  },
  { field: 'limits', weight: 'said', why: 'The limits are different: the lower one may hide ability.' },
  { field: 'settings.limit', weight: 'none', why: '' },
  { field: 'settings.sample_id', weight: 'none', why: '' },
  { field: 'settings.sample_shuffle', weight: 'none', why: '' },
  { field: 'settings.log_model_api', weight: 'none', why: '' },
  { field: 'settings', weight: 'said', why: 'A setting that bears on errors and approvals is different.' },
  { field: 'code.commit', weight: 'said', why: 'The code of the task is of different commits.' },
  { field: 'code.packages', weight: 'said', why: 'Package versions are different.' },
  { field: 'code', weight: 'said', why: 'The code of the task is from another place, or was changed.' },
];

/**
 * Whether two runs measure the same thing, with a reason for each field that speaks against it. Differences of the model itself are
 * what is compared, and no reason. What happened during a run counts even where it happened in both.
 */
export function compare(left: Manifest, right: Manifest): Comparison {
  const found = differences(left, right);
  const reasons: Reason[] = [];
  for (const { field } of found) {
    if (field.startsWith('events.')) continue;
    const rule = rules.find((one) => field === one.field || field.startsWith(`${one.field}.`));
    const weight = rule?.weight ?? 'said';
    if (weight !== 'none')
      reasons.push({
        field,
        weight,
        text: `${rule?.why ?? 'This field is different.'}${itemsText(field, left, right)}`,
      });
  }
  for (const [side, manifest] of [
    ['first', left],
    ['second', right],
  ] as const)
    reasons.push(...happened(side, manifest));
  reasons.push(...counted(left, right));
  // Items that only one run has can be left out; a comparison on the shared ones is still one of like with like.
  const shared = sharedItems(left, right);
  for (const reason of reasons) {
    if (reason.field === 'dataset.items' && shared > 0) {
      reason.weight = 'said';
      reason.text += ' Compare them on the shared items only.';
    }
  }
  reasons.sort((one, other) => Number(other.weight === 'apart') - Number(one.weight === 'apart'));
  const verdict = reasons.some(({ weight }) => weight === 'apart')
    ? 'not_comparable'
    : reasons.length > 0
      ? 'comparable_with_differences'
      : 'comparable';
  return { verdict, reasons, differences: found };
}

/** What befell samples of either run: the words before the two counts. */
const befell = {
  retriedSamples: 'Retried after an error, so with more than one chance',
  invalidatedSamples: 'Declared invalid',
  editedSamples: 'Edited scores',
  failedSamples: 'Ended in an error',
  unscoredSamples: 'Unscored, and left out of the numbers',
} as const;

const samples = (count: number): string => `${count} ${count === 1 ? 'sample' : 'samples'}`;

/** One reason for each kind that came about in either run: `Edited scores: 1 sample against 2.` */
const counted = (left: Manifest, right: Manifest): Reason[] =>
  (Object.keys(befell) as (keyof typeof befell)[]).flatMap((kind) => {
    const [one, other] = [left.events[kind], right.events[kind]];
    if (one + other === 0) return [];
    return [{ field: `events.${kind}`, weight: 'said', text: `${befell[kind]}: ${samples(one)} against ${other}.` }];
  });

function happened(side: 'first' | 'second', { events, code }: Manifest): Reason[] {
  const reasons: Reason[] = [];
  const note = (field: string, weight: 'said' | 'apart', isSo: boolean, text: string) => {
    if (isSo) reasons.push({ field, weight, text: `The ${side} run: ${text}` });
  };
  note(
    'events.fallbackModels',
    'apart',
    events.fallbackModels.length > 0,
    `another model answered in places (${events.fallbackModels.join(', ')}): the number is not of one model.`,
  );
  note(
    'events.status',
    'said',
    events.status !== 'success',
    `it ended as "${events.status}", so items may be missing that would have counted.`,
  );
  note(
    'events.changedSettings',
    'said',
    Object.keys(events.changedSettings).length > 0,
    `settings were changed while it went on (${Object.keys(events.changedSettings).join(', ')}).`,
  );
  note(
    'code.dirty',
    'said',
    code.dirty === true,
    'the code had changes that are in no commit, so it cannot be run again as it was.',
  );
  return reasons;
}

function sharedItems(left: Manifest, right: Manifest): number {
  const items = new Set(left.dataset.items);
  return right.dataset.items.filter((item) => items.has(item)).length;
}

function itemsText(field: string, left: Manifest, right: Manifest): string {
  if (field !== 'dataset.items') return '';
  return ` ${sharedItems(left, right)} are in both, ${left.dataset.items.length} in the first and ${right.dataset.items.length} in the second.`;
}
