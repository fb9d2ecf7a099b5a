/**
 * On which laws or agreements sharing rests here, and which of them are in force on a day: data with a source and a date each (I22).
 * It tells; it advises nobody and, unless the policy says so, holds nothing up.
 */
import type { Day, Instant } from '../instant.ts';
import { Refusal } from '../refusal.ts';
import list1 from './policies/legal-basis-1.json' with { type: 'json' };

export interface LegalBasis {
  id: string;
  name: string;
  where: string;
  says: string;
  /** The first and the last day (UTC) on which it is in force; null where that is not known, or no end is set. */
  validFrom: Day | null;
  validTo: Day | null;
  /** `sources` counts the independent ones. */
  source: { title: string; date: string; sources: number };
  note: string;
  /** Whether new findings wait while it is not in force. */
  intakePausesOnLapse: boolean;
}

export const legalBases: readonly LegalBasis[] = list1.bases;
export const legalBasisVersion = { version: list1.version, date: list1.date };

export type BasisState = 'in_force' | 'lapsed' | 'not_yet';

/** How a basis stands at an instant. Its last day belongs to it. */
export function stateAt({ validFrom, validTo }: Pick<LegalBasis, 'validFrom' | 'validTo'>, now: Instant): BasisState {
  const today = now.slice(0, 10);
  if (validTo !== null && today > validTo) return 'lapsed';
  return validFrom !== null && today < validFrom ? 'not_yet' : 'in_force';
}

/** Refuses new findings while a basis on which the policy makes them wait is not in force. */
export function requireIntake(now: Instant, bases: readonly LegalBasis[] = legalBases): void {
  const missing = bases.filter((basis) => basis.intakePausesOnLapse && stateAt(basis, now) !== 'in_force');
  if (missing.length > 0) throw new Refusal('intake_paused', { bases: missing.map(({ id }) => id) });
}
