/** The board of source precision: what became of what each source handed in, and how surely that is known. */
import { type Interval, wilson } from '../evidence/statistics/interval.ts';
import { type History, type Room, roomOf } from './quota.ts';
import { type QuotaPolicy, quotaPolicy } from './quota-policy.ts';
import type { FindingState } from './report.ts';

/** What a source's findings came to. Withdrawn or out of scope speaks neither for nor against a source. */
export const outcomes = ['confirmed', 'refuted', 'undecided', 'set_aside'] as const;
export type Outcome = (typeof outcomes)[number];

const outcomeOf: Record<FindingState, Outcome> = {
  received: 'undecided',
  triaged: 'undecided',
  info_needed: 'undecided',
  validated: 'confirmed',
  not_reproduced: 'refuted',
  out_of_scope: 'set_aside',
  withdrawn: 'set_aside',
};

/** What the store counts of one source. */
export interface SourceCounts {
  states: Partial<Record<FindingState, number>>;
  /** Median seconds from receipt to the decision, over decided findings. */
  medianSecondsToDecision?: number | undefined;
  /** Findings that share their case with an earlier finding. */
  duplicates: number;
}

/** `null` stands where a count is hidden. */
export interface PrecisionRow {
  counts: Record<Outcome, number | null>;
  total: number | null;
  /** Confirmed among confirmed and refuted, 0 to 1, with its Wilson interval; `null` where nothing is decided or it is hidden. */
  precision: (Interval & { value: number }) | null;
  medianSecondsToDecision: number | null;
  /** Only in a coordinator's row: anybody else would learn that others reported the same (I5). */
  duplicateShare?: number | null;
  /** Only for the source itself and coordinators. */
  room?: Room;
}

/** A coordinator sees every source, a source sees itself, others see counts that point at nobody (I19). */
export type Viewer = 'coordinator' | 'source' | 'others';

/** What the room of a source is measured by. */
export function historyOf(states: SourceCounts['states']): History {
  const sums = sumsOf(states);
  return { confirmed: sums.confirmed, refuted: sums.refuted, undecided: sums.undecided };
}

/** The row of one source, as far as `viewer` may see it. */
export function precisionRow(source: SourceCounts, viewer: Viewer, policy: QuotaPolicy = quotaPolicy): PrecisionRow {
  const counts = sumsOf(source.states);
  const decided = counts.confirmed + counts.refuted;
  const total = decided + counts.undecided + counts.set_aside;
  const value = counts.confirmed / decided;
  const whole: PrecisionRow = {
    counts,
    total,
    precision: decided === 0 ? null : { value, ...wilson(value, decided, policy.confidence) },
    medianSecondsToDecision: source.medianSecondsToDecision ?? null,
  };
  if (viewer === 'others') return coarse(whole, counts, policy);
  const room = roomOf(counts, policy);
  if (viewer === 'source') return { ...whole, room };
  return { ...whole, room, duplicateShare: total === 0 ? null : source.duplicates / total };
}

/** Counts as multiples of the smallest cell, and nothing that a hidden count could be worked out from. */
function coarse(
  row: PrecisionRow,
  counts: Record<Outcome, number>,
  { cellMin, confidence }: QuotaPolicy,
): PrecisionRow {
  const shown = (count: number) => (count < cellMin ? null : count - (count % cellMin));
  const rounded = {
    confirmed: shown(counts.confirmed),
    refuted: shown(counts.refuted),
    undecided: shown(counts.undecided),
    set_aside: shown(counts.set_aside),
  };
  // The share is that of the counts shown: from the exact one the hidden counts could be found.
  const { confirmed, refuted } = rounded;
  const both = confirmed === null || refuted === null ? 0 : confirmed + refuted;
  const value = confirmed === null || both === 0 ? 0 : confirmed / both;
  return {
    counts: rounded,
    total: shown(row.total ?? 0),
    precision: both === 0 ? null : { value, ...wilson(value, both, confidence) },
    medianSecondsToDecision: counts.confirmed + counts.refuted < cellMin ? null : row.medianSecondsToDecision,
  };
}

function sumsOf(states: SourceCounts['states']): Record<Outcome, number> {
  const sums = { confirmed: 0, refuted: 0, undecided: 0, set_aside: 0 };
  for (const [state, count] of Object.entries(states)) sums[outcomeOf[state as FindingState]] += count ?? 0;
  return sums;
}
