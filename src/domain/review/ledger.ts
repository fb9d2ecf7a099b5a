/** The developer's ledger of access: every use of a grant, also those that were refused, with plain facts pointed out. */
import type { Instant } from '../instant.ts';
import { type Grant, isWithin, type UseRefusal } from './grant.ts';

/**
 * How a use stands. `running`: the answer is still coming. `done`: answered. `refused`: not let through. `failed`: let
 * through, and the model's endpoint gave no answer. `cut`: ended by us while the answer was coming. `left`: ended by the
 * caller. `lost`: this instance stopped before the end was known. `reported`: told by a party, not seen by this instance.
 */
export const results = ['running', 'done', 'refused', 'failed', 'cut', 'left', 'lost', 'reported'] as const;
export type Result = (typeof results)[number];

export const resultNames: Record<Result, string> = {
  running: 'Running now',
  done: 'Answered',
  refused: 'Refused',
  failed: 'The endpoint gave no answer',
  cut: 'Cut while it was running',
  left: 'Ended by the caller',
  lost: 'End not known: the instance stopped',
  reported: 'Reported by a party',
};

/** What is pointed out of a use. Facts only: what they mean is for people to say. */
export const flags = [
  'outside_purpose',
  'outside_hours',
  'over_rate',
  'other_model_asked',
  'other_model_answered',
  'after_end',
  'in_pause',
  'not_named',
] as const;
export type Flag = (typeof flags)[number];

export const flagNames: Record<Flag, string> = {
  outside_purpose: 'Outside the agreed purposes',
  outside_hours: 'Outside the agreed hours',
  over_rate: 'Over the agreed rate',
  other_model_asked: 'Another model was asked for',
  other_model_answered: 'Another model answered',
  after_end: 'While access was not active',
  in_pause: 'While the clock was paused',
  not_named: 'By somebody who is not named in the grant',
};

const flagOf: Record<UseRefusal, Flag> = {
  grant_not_active: 'after_end',
  window_not_running: 'after_end',
  not_named: 'not_named',
  outside_purpose: 'outside_purpose',
  other_model: 'other_model_asked',
  over_rate: 'over_rate',
};

/** What is known of a use that facts are looked for in. */
export interface Seen {
  at: Instant;
  purpose: string;
  /** Why it was refused, when it was. */
  refusal?: UseRefusal;
  /** The model that the answer names. */
  answeredBy?: string;
}

/** The facts to point out of one use under the terms of its grant, in the order of `flags`. */
export function flagsOf(grant: Grant, { at, purpose, refusal, answeredBy }: Seen): Flag[] {
  const found = new Set<Flag>();
  if (refusal !== undefined) found.add(flagOf[refusal]);
  if (!grant.purposes.some((agreed) => agreed === purpose)) found.add('outside_purpose');
  if (!isWithin(grant.hours, at)) found.add('outside_hours');
  if (answeredBy !== undefined && !isSameModel(grant.model, answeredBy)) found.add('other_model_answered');
  return flags.filter((flag) => found.has(flag));
}

/** An answer may name the dated build of the model that was asked for: `tern-2` is answered by `tern-2-2026-03-01`. */
export function isSameModel(asked: string, answered: string): boolean {
  if (answered === asked) return true;
  return answered.startsWith(`${asked}-`) && /^\d{4}-?\d{2}-?\d{2}$/.test(answered.slice(asked.length + 1));
}

/** Uses of one person, or an agent of theirs, on one day (UTC). Tokens of answers that told none are not in the sums. */
export interface DayTotal {
  day: string;
  person: string;
  organisation: string;
  uses: number;
  refused: number;
  promptTokens: number;
  completionTokens: number;
}
