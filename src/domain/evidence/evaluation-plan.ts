/**
 * What is registered before results are opened: the rule, and everything that could otherwise be chosen after looking: the task, the
 * scorer, how items are grouped, how many there are, and the sealed pack they come from. Its digest is SHA-256 over canonical JSON
 * (RFC 8785).
 */
import { canonicalJson } from '../canonical-json.ts';
import type { Problem } from '../problem.ts';
import * as registrations from './registration.ts';

export interface EvaluationPlan {
  format: 'assay-evaluation-plan/1';
  rule: registrations.Registration;
  /** As the logs of the runs will name it. */
  task: string;
  scorer: string;
  /** Name of the metadata by which items are grouped; null where each stands alone. */
  clusterBy: string | null;
  /** How many items there are. */
  items: number;
  /** Root of the sealed task pack, hex; null where there is none. */
  packRoot: string | null;
}

const nameLengthMax = 200;
const itemsMax = 1_000_000;
/** Control characters and halves of surrogate pairs can be told apart by nobody who reads the plan. */
const isPlain = (value: string): boolean => !/[\p{Cc}\p{Cs}]/u.test(value);
const isName = (value: unknown): value is string =>
  typeof value === 'string' && value.trim() !== '' && value.length <= nameLengthMax && isPlain(value);

/** Reads a plan from parsed JSON; gives every fault with its field and the remedy. */
export function readPlan(value: unknown): { plan: EvaluationPlan } | { problems: Problem[] } {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { problems: [{ path: '', message: 'A plan is a JSON object.' }] };
  const { format, rule, task, scorer, clusterBy, items, packRoot, ...others } = value as Record<string, unknown>;
  const problems: Problem[] = [];
  const want = (isRight: boolean, path: string, message: string) => {
    if (!isRight) problems.push({ path, message });
  };
  for (const name of Object.keys(others))
    want(false, name.slice(0, nameLengthMax), 'There is no such field: leave it out.');
  want(format === 'assay-evaluation-plan/1', 'format', 'Write "assay-evaluation-plan/1".');
  want(isName(task), 'task', `Name the task as the logs do, in ${nameLengthMax} characters at most.`);
  want(isName(scorer), 'scorer', `Name the scorer as the logs do, in ${nameLengthMax} characters at most.`);
  want(
    clusterBy === null || isName(clusterBy),
    'clusterBy',
    'Name the metadata that groups items, or null where each stands alone.',
  );
  want(
    Number.isInteger(items) && (items as number) >= 1 && (items as number) <= itemsMax,
    'items',
    `Say how many items there are, from 1 to ${itemsMax.toLocaleString('en')}.`,
  );
  want(
    packRoot === null || (typeof packRoot === 'string' && /^[0-9a-f]{64}$/.test(packRoot)),
    'packRoot',
    'Give the root of the sealed pack, 64 hexadecimal digits, or null.',
  );
  const read = registrations.read(rule);
  if ('registration' in read)
    want(isPlain(read.registration.title), 'rule.title', 'Leave out control characters and line breaks.');
  if ('problems' in read)
    problems.push(...read.problems.map((one) => ({ ...one, path: one.path === '' ? 'rule' : `rule.${one.path}` })));
  return problems.length > 0 ? { problems } : { plan: value as EvaluationPlan };
}

/** What is hashed. */
export const canonicalPlan = (plan: EvaluationPlan): string => canonicalJson(plan);
