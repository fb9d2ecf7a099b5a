/**
 * What a result is computed from, whole: whoever has it computes the same result again. Runs may be forgotten and readings go on; these
 * inputs stay as they were.
 */
import { canonicalJson } from '../canonical-json.ts';
import type { Instant } from '../instant.ts';
import type { Problem } from '../problem.ts';
import { type ElicitationCard, questions } from './elicitation.ts';
import { type EvaluationPlan, readPlan } from './evaluation-plan.ts';
import { type Result, work } from './result.ts';
import type { Attempt } from './statistics/attempt.ts';
import { passAtK, passHatK } from './statistics/attempts.ts';
import { meanOf } from './statistics/standard-error.ts';

export interface ResultRun {
  id: string;
  /** Of the file. */
  digest: string;
  manifestDigest: string;
  model: string;
  importedAt: Instant;
  /** When the run began, as its log says. */
  beganAt: Instant | null;
  /** How it ended, as its log says. */
  status: string;
  samples: number;
  readings: {
    /** Attempts on the desk, and those of them without an outcome. */
    items: number;
    open: number;
    /** Whether two different people signed the outcomes as they stood. */
    signed: 'none' | 'one' | 'both';
    /** Places in the run of the attempts that were found to be cheated. */
    cheated: number[];
  };
}

/** One attempt, by its place in one of the runs. */
export interface ResultAttempt {
  /** Index of the run. */
  run: number;
  number: number;
  item: string;
  epoch: number;
  score: number | null;
  cluster: string | null;
  tokens: number | null;
  model: string;
}

export interface ResultInputs {
  format: 'assay-result-inputs/1';
  plan: EvaluationPlan;
  registration: { id: string; digest: string; registeredAt: Instant };
  /** In the order in which they were imported. */
  runs: ResultRun[];
  attempts: ResultAttempt[];
  card: ElicitationCard;
}

export interface ResultExport {
  format: 'assay-result-export/1';
  inputs: ResultInputs;
  /** SHA-256 over the canonical JSON of the inputs. */
  digest: string;
  result: Result;
  remarks: Remark[];
}

/** What is hashed. */
export const canonicalInputs = (inputs: ResultInputs): string => canonicalJson(inputs);

/** Rows for statistics: attempts at an item are counted through the runs in their order, whatever each run calls its own. */
export function attemptsOf({ runs, attempts }: ResultInputs): Attempt[] {
  const cheated = runs.map(({ readings }) => new Set(readings.cheated));
  const sorted = attempts.toSorted((a, b) => a.run - b.run || a.epoch - b.epoch || a.number - b.number);
  const counts = new Map<string, number>();
  return sorted.map(({ run, number, item, score, cluster, tokens, model }) => {
    const attempt = (counts.get(item) ?? 0) + 1;
    counts.set(item, attempt);
    return {
      item,
      attempt,
      score,
      model,
      ...(cluster !== null && { cluster }),
      ...(tokens !== null && { tokens }),
      ...(cheated[run]?.has(number) === true && { cheated: true }),
    };
  });
}

/** The result of these inputs, and what is to be known beside it. */
export function workedFrom(inputs: ResultInputs): { result: Result; remarks: Remark[] } {
  return { result: work(inputs.plan.rule, attemptsOf(inputs), inputs.card), remarks: remarksOn(inputs) };
}

/** Something about the inputs that a reader of the result must know. */
export interface Remark {
  code: 'late' | 'began_before' | 'items' | 'ended_early' | 'not_read' | 'readings_open' | 'readings_unsigned';
  text: string;
}

const runsWords = (count: number) => (count === 1 ? 'One run' : `${count} runs`);

function remarksOn({ plan, registration, runs, attempts }: ResultInputs): Remark[] {
  const remarks: Remark[] = [];
  const remark = (code: Remark['code'], isSo: boolean, text: string) => {
    if (isSo) remarks.push({ code, text });
  };
  const { registeredAt } = registration;
  const late = runs.filter(({ importedAt }) => importedAt < registeredAt).length;
  const began = runs.filter(
    ({ beganAt, importedAt }) => beganAt !== null && beganAt < registeredAt && importedAt >= registeredAt,
  );
  remark(
    'late',
    late > 0,
    `${runsWords(late)} came here before the rule was registered: what it shows could be known when the rule was written.`,
  );
  remark(
    'began_before',
    began.length > 0,
    `${runsWords(began.length)} began before the rule was registered, as the log says, and came here after it.`,
  );
  const items = new Set(attempts.map(({ item }) => item)).size;
  remark('items', items !== plan.items, `${plan.items} items were registered; the runs hold ${items}.`);
  const early = runs.filter(({ status }) => status !== 'success').length;
  remark(
    'ended_early',
    early > 0,
    `${runsWords(early)} did not end as planned, so items may be missing that would have counted.`,
  );
  const unread = runs.filter(({ readings }) => readings.items === 0).length;
  remark(
    'not_read',
    unread > 0,
    `${runsWords(unread)} had no attempt read at the desk: nobody looked there for dishonest success.`,
  );
  const open = runs.reduce((sum, { readings }) => sum + readings.open, 0);
  remark(
    'readings_open',
    open > 0,
    `${open === 1 ? 'One attempt' : `${open} attempts`} on the desk had no outcome yet, and ${open === 1 ? 'counts' : 'count'} as honest.`,
  );
  const unsigned = runs.filter(({ readings }) => readings.items > 0 && readings.signed !== 'both').length;
  remark(
    'readings_unsigned',
    unsigned > 0,
    `${runsWords(unsigned)} had readings that two people have not both signed.`,
  );
  return remarks;
}

/** Success with k attempts at an item, for every k that each item has: at least one of them (method b6), or all. */
export function attemptsCurve(inputs: ResultInputs): { k: number; atLeastOne: number; all: number }[] {
  const items = new Map<string, { n: number; c: number }>();
  for (const { item, score, cheated } of attemptsOf(inputs)) {
    if (score === null) continue;
    const tally = items.get(item) ?? { n: 0, c: 0 };
    tally.n++;
    // Strict: a dishonest success is none, and partial credit is not one either.
    if (score >= 1 && cheated !== true) tally.c++;
    items.set(item, tally);
  }
  const tallies = [...items.values()];
  const most = tallies.reduce((least, { n }) => Math.min(least, n), curveMax);
  if (tallies.length === 0 || most < 2) return [];
  return Array.from({ length: most }, (_, at) => {
    const k = at + 1;
    return {
      k,
      atLeastOne: meanOf(tallies.map(({ n, c }) => passAtK(n, c, k) as number)),
      all: meanOf(tallies.map(({ n, c }) => passHatK(n, c, k) as number)),
    };
  });
}

const curveMax = 100;

/** Reads an export from parsed JSON: enough of it to compute the result again. Gives it, or every fault. */
export function readExport(value: unknown): { document: ResultExport } | { problems: Problem[] } {
  const problems: Problem[] = [];
  const want = (isRight: boolean, path: string, message: string) => {
    if (!isRight && problems.length < problemsMax) problems.push({ path, message });
  };
  if (!isFields(value) || !isFields(value['inputs']) || !isFields(value['result']))
    return { problems: [{ path: '', message: 'This is no export of a result: "inputs" or "result" is not there.' }] };
  const { inputs } = value;
  want(value['format'] === 'assay-result-export/1', 'format', 'Write "assay-result-export/1".');
  want(inputs['format'] === 'assay-result-inputs/1', 'inputs.format', 'Write "assay-result-inputs/1".');
  want(typeof value['digest'] === 'string', 'digest', 'Give the digest of the inputs.');
  want(Array.isArray(value['remarks']), 'remarks', 'Give the remarks, an empty list where there are none.');
  const plan = readPlan(inputs['plan']);
  if ('problems' in plan) for (const one of plan.problems) want(false, `inputs.plan.${one.path}`, one.message);
  const { registration, runs, attempts, card } = inputs;
  want(
    isFields(registration) &&
      typeof registration['digest'] === 'string' &&
      typeof registration['registeredAt'] === 'string',
    'inputs.registration',
    'Say which registration, by its digest, and when.',
  );
  if (!Array.isArray(runs)) want(false, 'inputs.runs', 'Give the runs as a list.');
  else
    for (const [at, run] of runs.entries())
      want(isRun(run), `inputs.runs[${at}]`, 'This is not a run with its readings.');
  if (!Array.isArray(attempts)) want(false, 'inputs.attempts', 'Give the attempts as a list.');
  else
    for (const [at, attempt] of attempts.entries())
      want(
        isAttempt(attempt, Array.isArray(runs) ? runs.length : 0),
        `inputs.attempts[${at}]`,
        'This is not an attempt of one of the runs, with a score from 0 to 1 or none.',
      );
  want(isCard(card), 'inputs.card', 'This is not an elicitation card.');
  return problems.length > 0 ? { problems } : { document: value as unknown as ResultExport };
}

const problemsMax = 100;

type Fields = Record<string, unknown>;
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isTextOrNull = (value: unknown) => value === null || typeof value === 'string';

function isRun(run: unknown): boolean {
  if (!isFields(run) || !isFields(run['readings'])) return false;
  const { items, open, signed, cheated } = run['readings'];
  return (
    ['id', 'digest', 'manifestDigest', 'model', 'importedAt', 'status'].every(
      (name) => typeof run[name] === 'string',
    ) &&
    isTextOrNull(run['beganAt']) &&
    Number.isInteger(items) &&
    Number.isInteger(open) &&
    (signed === 'none' || signed === 'one' || signed === 'both') &&
    Array.isArray(cheated) &&
    cheated.every((place) => Number.isInteger(place))
  );
}

function isAttempt(attempt: unknown, runs: number): boolean {
  if (!isFields(attempt)) return false;
  const { run, number, item, epoch, score, cluster, tokens, model } = attempt;
  return (
    Number.isInteger(run) &&
    (run as number) >= 0 &&
    (run as number) < runs &&
    Number.isInteger(number) &&
    Number.isInteger(epoch) &&
    typeof item === 'string' &&
    isTextOrNull(cluster) &&
    typeof model === 'string' &&
    (score === null || (typeof score === 'number' && score >= 0 && score <= 1)) &&
    (tokens === null || (typeof tokens === 'number' && tokens >= 0))
  );
}

const isCard = (card: unknown): boolean =>
  isFields(card) &&
  Object.entries(card).every(
    ([field, answer]) =>
      Object.hasOwn(questions, field) &&
      isFields(answer) &&
      (answer['state'] === 'given'
        ? typeof answer['text'] === 'string'
        : (answer['state'] === 'not_applicable' || answer['state'] === 'withheld') &&
          typeof answer['reason'] === 'string'),
  );

/** Where two JSON values differ, by path; numbers are the same within one part in a thousand million, as machines round apart. */
export function differences(left: unknown, right: unknown, path = ''): string[] {
  if (typeof left === 'number' && typeof right === 'number')
    return Math.abs(left - right) <= 1e-9 * Math.max(1, Math.abs(left), Math.abs(right)) ? [] : [path];
  if (Array.isArray(left) && Array.isArray(right)) {
    if (left.length !== right.length) return [path];
    return left.flatMap((one, at) => differences(one, right[at], `${path}[${at}]`));
  }
  if (isFields(left) && isFields(right)) {
    const names = [...new Set([...Object.keys(left), ...Object.keys(right)])];
    return names.flatMap((name) => differences(left[name], right[name], path === '' ? name : `${path}.${name}`));
  }
  return left === right ? [] : [path];
}
