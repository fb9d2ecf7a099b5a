/**
 * How an organisation that was let in stands: it takes part, is suspended, or has left. A suspension holds at once by one person's
 * word and ends by itself unless a second person confirms it in time; that time ran out follows, and is never recorded.
 */
import type { Instant } from '../instant.ts';
import { Refusal } from '../refusal.ts';
import type { PersonId } from './actor.ts';
import { isByOne } from './application.ts';
import policy from './policies/participation.json' with { type: 'json' };
import { later } from './session.ts';

export type Participation =
  | {
      state: 'admitted';
      /** Whose suspension of it nobody confirmed: the same person alone does not begin another. */
      unconfirmed?: PersonId;
    }
  | {
      state: 'suspended';
      reason: string;
      by: PersonId;
      at: Instant;
      /** When it ends by itself; absent once a second person has confirmed it. */
      endsAt?: Instant;
      confirmedBy?: PersonId;
      byOne?: boolean;
    }
  | { state: 'left'; at: Instant };

const hourMs = 3_600_000;
const rules = policy.rules;

/** Hours within which a second person confirms a suspension. */
export const confirmWithinMs = rules['suspension.confirm_within_hours'].value * hourMs;
/** How long a link proves the mail address of an applicant. */
export const proofAgeMaxMs = rules['application.proof_hours'].value * hourMs;
/** How long the words of an applicant who was not let in, or withdrew, are kept. */
export const closedKeptMs = rules['application.closed_kept_days'].value * 24 * hourMs;
/** How long whoever has left can still fetch what is theirs. */
export const exportAfterMs = rules['leaving.export_days'].value * 24 * hourMs;

/** What holds at `now`: a suspension that nobody confirmed in time has ended. */
export function standingAt(current: Participation, now: Instant): Participation {
  if (current.state !== 'suspended' || current.endsAt === undefined || now < current.endsAt) return current;
  return { state: 'admitted', unconfirmed: current.by };
}

/** Suspends at once, until a second person confirms it or its time is over. `able` are those who may do either. */
export function suspend(
  earlier: Participation,
  reason: string,
  by: PersonId,
  able: readonly PersonId[],
  at: Instant,
): Participation {
  const current = standingAt(earlier, at);
  if (!able.includes(by)) throw new Refusal('not_permitted');
  if (current.state !== 'admitted') throw new Refusal('participation_not_now', { state: current.state });
  // Otherwise one person could suspend for ever, one term after the other.
  if (current.unconfirmed === by && able.some((id) => id !== by)) throw new Refusal('second_confirmer_wanted');
  return { state: 'suspended', reason, by, at, endsAt: later(at, confirmWithinMs) };
}

/** The second person's word: the suspension holds until somebody ends it. */
export function confirmSuspension(
  earlier: Participation,
  by: PersonId,
  able: readonly PersonId[],
  at: Instant,
): Participation {
  const current = standingAt(earlier, at);
  if (current.state !== 'suspended' || current.endsAt === undefined)
    throw new Refusal('participation_not_now', { state: current.state });
  const byOne = isByOne(current.by, by, able);
  const { endsAt: _, ...rest } = current;
  return { ...rest, confirmedBy: by, ...(byOne && { byOne }) };
}

/** Ends a suspension: one person is enough to give back what two took. */
export function endSuspension(earlier: Participation, at: Instant): Participation {
  const current = standingAt(earlier, at);
  if (current.state !== 'suspended') throw new Refusal('participation_not_now', { state: current.state });
  return { state: 'admitted' };
}

/** The organisation's own: at once, from every state, without a reason (I9). */
export function leave(_: Participation, at: Instant): Participation {
  return { state: 'left', at };
}
