/**
 * A grant of access to a model: to whom, by which method, for which purposes, until when. Its state is a function of the
 * moments at which things happened to it and of one instant, so that anybody with its record finds the same.
 *
 * Weights never enter (I18): there is no method that hands them over.
 */
import type { OrganisationId, PersonId } from '../directory/actor.ts';
import type { Instant } from '../instant.ts';
import { Refusal } from '../refusal.ts';
import type { Capacity } from './party.ts';

/** How the model is reached; it stays with its developer in each. */
export const methods = ['openai_compatible', 'vendor_api', 'enclave', 'on_site'] as const;
export type Method = (typeof methods)[number];

export const methodNames: Record<Method, { name: string; does: string }> = {
  openai_compatible: {
    name: 'Through this instance',
    does: 'Requests in the OpenAI chat completions format go through this instance, which records each and can stop it.',
  },
  vendor_api: { name: "The developer's own API", does: 'The parties report the uses here themselves.' },
  enclave: { name: 'In a closed enclave', does: 'The parties report the uses here themselves.' },
  on_site: { name: "On the developer's premises", does: 'The parties report the uses here themselves.' },
};

/** Which build of the model answers. */
export const variants = ['shipping', 'reduced_safeguard', 'base'] as const;
export type Variant = (typeof variants)[number];

export const variantNames: Record<Variant, string> = {
  shipping: 'As it is to be released',
  reduced_safeguard: 'With fewer safeguards',
  base: 'Base model, before safety training',
};

/** What access may be agreed for. Training on what the model answers is none of them and can be none (I8). */
export const purposes = [
  'capability_evaluation',
  'safeguard_evaluation',
  'flaw_discovery',
  'infrastructure_defence',
  'reproduction',
  'access_check',
] as const;
export type Purpose = (typeof purposes)[number];

export const purposeNames: Record<Purpose, string> = {
  capability_evaluation: 'Measure what the model can do',
  safeguard_evaluation: 'Examine its safeguards',
  flaw_discovery: 'Find flaws in software to have them mended',
  infrastructure_defence: 'Prepare the defence of infrastructure',
  reproduction: 'Repeat an earlier measurement',
  access_check: 'Try whether access works',
};

/** What the developer may keep of the evaluators' traffic at its own endpoint. Assay itself keeps none of it. */
export const loggings = ['counts_only', 'content_by_permission'] as const;
export type Logging = (typeof loggings)[number];

export const loggingNames: Record<Logging, string> = {
  counts_only: 'The developer keeps counts only, no prompts and no answers',
  content_by_permission: 'The developer may keep prompts and answers; the evaluator permits it',
};

/** Hours of use, in UTC: from `from` up to, not with, `to`, on these days of the week (ISO 8601, 1 is Monday). */
export interface Hours {
  from: string;
  to: string;
  days: number[];
}

export interface Terms {
  method: Method;
  variant: Variant;
  /** The name by which the endpoint knows the model; requests for another are refused. */
  model: string;
  purposes: Purpose[];
  /** Requests in any sixty seconds, over all who use the grant; null for no limit of its own. */
  ratePerMinute: number | null;
  /** Null for any hour. A use outside them is done and pointed out. */
  hours: Hours | null;
  logging: Logging;
  /** Days from the end within which the evaluator returns or destroys what it holds. */
  retentionDays: number;
  /** What else was agreed. */
  notes: string;
  startsAt: Instant;
  expiresAt: Instant;
}

/** Somebody who may use a grant, under the name by which the developer is to know them. */
export interface Named {
  person: PersonId;
  shownAs: string;
}

export interface Grant extends Terms {
  /** The organisation that is given access. */
  to: OrganisationId;
  /** Who of it may use the grant; none named means every evaluator of the organisation. */
  people: Named[];
  offeredAt: Instant;
  acceptedAt: Instant | null;
  verifiedByDeveloperAt: Instant | null;
  verifiedByAuthorityAt: Instant | null;
  revokedAt: Instant | null;
}

export type GrantState = 'offered' | 'accepted' | 'verified' | 'active' | 'expired' | 'revoked';

export const stateNames: Record<GrantState, string> = {
  offered: 'Offered, not yet accepted',
  accepted: 'Accepted, not yet verified by both',
  verified: 'Verified by both, not yet begun',
  active: 'Active',
  expired: 'Expired',
  revoked: 'Revoked',
};

/** True when something happened at `moment` and `now` is not before it. */
const isDone = (moment: Instant | null, now: Instant): boolean => moment !== null && moment <= now;

/** The state of a grant at an instant. What happens later than `now` has not happened yet. */
export function stateAt(grant: Grant, now: Instant): GrantState {
  if (isDone(grant.revokedAt, now)) return 'revoked';
  if (now >= grant.expiresAt) return 'expired';
  if (!isDone(grant.acceptedAt, now)) return 'offered';
  if (!isDone(grant.verifiedByDeveloperAt, now) || !isDone(grant.verifiedByAuthorityAt, now)) return 'accepted';
  return now < grant.startsAt ? 'verified' : 'active';
}

/** True from which nothing brings a grant back. */
export const isOver = (state: GrantState): boolean => state === 'expired' || state === 'revoked';

/** Since when nobody has access by any of these grants, where somebody had; undefined while somebody has, or nobody had. */
export function noneSince(grants: readonly Grant[], now: Instant): Instant | undefined {
  if (grants.some((grant) => stateAt(grant, now) === 'active')) return undefined;
  const wasActiveUntil = (grant: Grant, end: Instant) =>
    end <= now && stateAt(grant, new Date(Date.parse(end) - 1).toISOString()) === 'active';
  return grants
    .flatMap((grant) => [grant.revokedAt, grant.expiresAt].filter((end) => end !== null && wasActiveUntil(grant, end)))
    .toSorted()
    .at(-1) as Instant | undefined;
}

/** Refuses terms under which nothing could ever be used. */
export function requireTerms({ startsAt, expiresAt }: Terms, now: Instant): void {
  if (expiresAt <= now || expiresAt <= startsAt) throw new Refusal('grant_ends_too_early');
}

/** The authority takes the terms, and names who is to use the grant. */
export function accept<G extends Grant>(grant: G, people: Named[], now: Instant): G {
  requireLiving(grant, now);
  if (grant.acceptedAt !== null) throw new Refusal('grant_already_accepted');
  return { ...grant, people, acceptedAt: now };
}

/** One side says that it has seen access work. Said again, the first time counts. */
export function verify<G extends Grant>(grant: G, side: Capacity, now: Instant): G {
  requireLiving(grant, now);
  if (grant.acceptedAt === null) throw new Refusal('grant_not_accepted');
  return side === 'developer'
    ? { ...grant, verifiedByDeveloperAt: grant.verifiedByDeveloperAt ?? now }
    : { ...grant, verifiedByAuthorityAt: grant.verifiedByAuthorityAt ?? now };
}

/** Ends a grant, in any state, for no reason that need be given (I9). */
export function revoke<G extends Grant>(grant: G, now: Instant): G {
  return { ...grant, revokedAt: grant.revokedAt ?? now };
}

function requireLiving(grant: Grant, now: Instant): void {
  if (isOver(stateAt(grant, now))) throw new Refusal('grant_ended');
}

/** What the window says at this instant, as the rules of access need it. */
export interface WindowNow {
  isRunning: boolean;
  /** The instant from which access has ended if nothing else is done; null when none is known. */
  hardStop: Instant | null;
}

/** One try to use a grant. */
export interface Try {
  person: PersonId;
  organisation: OrganisationId | undefined;
  /** As the caller wrote it. */
  purpose: string | undefined;
  model: string | undefined;
  /** Uses of the grant in the sixty seconds before. */
  usesInLastMinute: number;
}

/** Why a try is refused, in the order in which it is asked. */
export const refusals = [
  'grant_not_active',
  'window_not_running',
  'not_named',
  'outside_purpose',
  'other_model',
  'over_rate',
] as const;
export type UseRefusal = (typeof refusals)[number];

/**
 * Whether a grant may be used for this, now; undefined when it may. Called with the state of the very moment: a use is
 * never judged by what held when its session began.
 */
export function whyRefused(grant: Grant, window: WindowNow, tried: Try, now: Instant): UseRefusal | undefined {
  const ended = whyEnded(grant, window, now);
  if (ended !== undefined) return ended;
  if (tried.organisation !== grant.to) return 'not_named';
  if (grant.people.length > 0 && !grant.people.some(({ person }) => person === tried.person)) return 'not_named';
  if (!grant.purposes.some((purpose) => purpose === tried.purpose)) return 'outside_purpose';
  if (tried.model !== grant.model) return 'other_model';
  if (grant.ratePerMinute !== null && tried.usesInLastMinute >= grant.ratePerMinute) return 'over_rate';
  return undefined;
}

/** Whether access itself has ended or not begun: what is asked again and again while an answer is still coming. */
export function whyEnded(
  grant: Grant,
  window: WindowNow,
  now: Instant,
): 'grant_not_active' | 'window_not_running' | undefined {
  if (stateAt(grant, now) !== 'active') return 'grant_not_active';
  // Asked apart from the window's state: whatever wrote that, access ends at the cap (I2).
  if (!window.isRunning || (window.hardStop !== null && now >= window.hardStop)) return 'window_not_running';
  return undefined;
}

/** Whether an instant lies within the agreed hours. Hours that end before they begin run past midnight. */
export function isWithin(hours: Hours | null, at: Instant): boolean {
  if (hours === null) return true;
  const time = at.slice(11, 16);
  const isOvernight = hours.to <= hours.from;
  const isAfterMidnight = isOvernight && time < hours.to;
  const isIn = isOvernight ? time >= hours.from || isAfterMidnight : time >= hours.from && time < hours.to;
  // The hours after midnight belong to the day on which they began.
  const begun = new Date(Date.parse(at) - (isAfterMidnight ? 86_400_000 : 0));
  return isIn && hours.days.includes(begun.getUTCDay() || 7);
}
