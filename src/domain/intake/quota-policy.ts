/** The policy of room for findings as versioned data, with a source for each rule (I22). */
import document from './policies/intake-quota.json' with { type: 'json' };

export interface QuotaPolicy {
  version: string;
  floorPerDay: number;
  ceilingPerDay: number;
  /** Share of a day's room that one hour may take, above 0 and at most 1. */
  hourShare: number;
  /** Two-sided confidence of the interval whose lower end counts. */
  confidence: number;
  /** The lower bound at or below which a source has the floor, and the one from which it has the ceiling. */
  noneAt: number;
  fullAt: number;
  startPerDay: number;
  /** The start holds while fewer than this many findings of a source are refuted. */
  startRefutedBelow: number;
  /** The start holds while fewer than this many findings of a source await a decision. */
  startWaitingBelow: number;
  /** A count below this is not shown to others, and larger ones are multiples of it. */
  cellMin: number;
}

const { rules } = document;

export const quotaPolicy: QuotaPolicy = {
  version: document.version,
  floorPerDay: rules['room.floor_per_day'].value,
  ceilingPerDay: rules['room.ceiling_per_day'].value,
  hourShare: rules['room.hour_share'].value,
  confidence: rules['precision.confidence'].value,
  noneAt: rules['precision.none_at'].value,
  fullAt: rules['precision.full_at'].value,
  startPerDay: rules['start.per_day'].value,
  startRefutedBelow: rules['start.refuted_below'].value,
  startWaitingBelow: rules['start.waiting_below'].value,
  cellMin: rules['statistics.cell_min'].value,
};
