/**
 * A scan claim: a lease on a scope. Where it stands is a pure function of what was recorded and the time asked for; that time runs out
 * is never an event. A claim is never permission (I15): beside it stands from whom the authority to scan comes.
 */
import type { Instant } from '../instant.ts';
import type { Problem } from '../problem.ts';
import { Refusal } from '../refusal.ts';
import type { ClaimPolicy } from './claim-policy.ts';
import type { Scope } from './scope.ts';

const dayMs = 86_400_000;

export const states = ['claimed', 'finished', 'lapsed', 'cancelled'] as const;
export type ClaimState = (typeof states)[number];

/** What was recorded. `until` is when the lease ends unless it is renewed. */
export type ClaimEvent =
  | { act: 'register' | 'renew'; at: Instant; until: Instant }
  | { act: 'finish' | 'cancel'; at: Instant };

export type ClaimCommand = { act: 'renew'; days: number } | { act: 'finish' } | { act: 'cancel' };

/** Where the authority to scan comes from. */
export const authorityKinds = ['own_software', 'written_permission', 'published_policy', 'licence'] as const;
export type AuthorityKind = (typeof authorityKinds)[number];

export interface Authority {
  kind: AuthorityKind;
  /** Who gives it: the owner of the software or host, by name. */
  from: string;
  /** The published policy, or where else the authority can be read. */
  url?: string | undefined;
  /** What the written permission is and where it is kept: `letter of 3 May 2026, file 12`. */
  reference?: string | undefined;
  /** Until when it holds; absent where it names no end. */
  until?: Instant | undefined;
}

/** What a question about an overlapping scope is answered on account of this claim: `conflict`, or `ask_broker`. */
export const disclosures = ['answer', 'broker_only'] as const;
export type Disclosure = (typeof disclosures)[number];

export const answers = ['clear', 'conflict', 'ask_broker'] as const;
/** All that a question is ever answered (W5). */
export type Answer = (typeof answers)[number];

export interface Standing {
  state: ClaimState;
  registeredAt: Instant;
  /** When the lease ends, or would have. */
  until: Instant;
  renewals: number;
  /** When it was finished or cancelled, or lapsed. */
  endedAt?: Instant;
}

/** What is missing in an authority for this target. Whoever tests a host of others needs its owner's written permission. */
export function authorityProblems(authority: Authority, target: Scope['target'], at: Instant): Problem[] {
  const problems: Problem[] = [];
  const fault = (field: string, message: string) => void problems.push({ path: `authority.${field}`, message });
  if (authority.from.trim() === '') fault('from', 'Name who gives the authority.');
  if (target.kind === 'host' && authority.kind !== 'written_permission') {
    fault(
      'kind',
      "A host is tested with its owner's written permission only; for your own, that of whoever answers for it.",
    );
  }
  if (authority.kind === 'written_permission' && !authority.reference?.trim()) {
    fault('reference', 'Say which writing it is, of which day, and where it is kept.');
  }
  if (authority.kind === 'published_policy' && !authority.url)
    fault('url', 'Give the address of the published policy.');
  if (authority.url !== undefined && !/^https:\/\/[^\s]+$/.test(authority.url)) {
    fault('url', 'Give an address that begins with https://.');
  }
  if (authority.until !== undefined && authority.until <= at) fault('until', 'This authority has ended already.');
  return problems;
}

/** The end of a lease taken now for so many days: never later than the authority. Throws a Refusal for more days than there are. */
export function leaseEnd(days: number, authority: Authority, policy: ClaimPolicy, at: Instant): Instant {
  if (!Number.isInteger(days) || days < 1 || days > policy.maxDays) {
    throw new Refusal('claim_days', { daysMax: policy.maxDays });
  }
  const end = new Date(Date.parse(at) + days * dayMs).toISOString();
  if (authority.until === undefined || authority.until >= end) return end;
  if (authority.until <= at) throw new Refusal('claim_authority_ended', { until: authority.until });
  return authority.until;
}

/** Where a claim stands at `at`, from its events in the order of their recording. */
export function claimAt(events: readonly ClaimEvent[], at: Instant): Standing {
  const [first, ...rest] = events;
  if (first === undefined || first.act !== 'register') throw new Error('A claim begins with its registration.');
  let standing: Standing = { state: 'claimed', registeredAt: first.at, until: first.until, renewals: 0 };
  for (const event of rest) {
    if (event.at > at) break;
    if (event.act === 'renew') standing = { ...standing, until: event.until, renewals: standing.renewals + 1 };
    else if (event.act === 'finish') return { ...standing, state: 'finished', endedAt: event.at };
    else if (event.act === 'cancel') return { ...standing, state: 'cancelled', endedAt: event.at };
  }
  return standing.until <= at ? { ...standing, state: 'lapsed', endedAt: standing.until } : standing;
}

/** The event that a command leaves behind. Nothing brings an ended claim back: throws a Refusal. */
export function apply(
  events: readonly ClaimEvent[],
  command: ClaimCommand,
  authority: Authority,
  policy: ClaimPolicy,
  at: Instant,
): ClaimEvent {
  const standing = claimAt(events, at);
  if (standing.state !== 'claimed') throw new Refusal('claim_ended', { state: standing.state });
  switch (command.act) {
    case 'renew': {
      const until = leaseEnd(command.days, authority, policy, at);
      // A renewal never shortens: whoever wants to end finishes or cancels.
      if (until <= standing.until) throw new Refusal('claim_not_longer', { until: standing.until });
      return { act: 'renew', at, until };
    }
    case 'finish':
    case 'cancel':
      return { act: command.act, at };
  }
}

/** What was counted of an organisation's claims before an act. */
export interface ClaimUse {
  open: number;
  /** Claims registered and renewed in the last 24 hours. */
  actsInDay: number;
}

/** Refuses a registration (or a renewal) above the quota. */
export function requireRoom(use: ClaimUse, act: 'register' | 'renew', policy: ClaimPolicy): void {
  if (act === 'register' && use.open >= policy.openMax) throw new Refusal('claim_quota', { openMax: policy.openMax });
  if (use.actsInDay >= policy.actsPerDay) throw new Refusal('claim_quota', { actsPerDay: policy.actsPerDay });
}

/** What was counted of an organisation's questions before the next. */
export interface QueryUse {
  inHour: number;
  ofTargetInDay: number;
  /** Other scopes of the same target asked about in 7 days; the one asked about now is not among them. */
  otherScopesInWeek: number;
}

/** Refuses a question above the rate. What others claim has no part in it. */
export function requireTurn(use: QueryUse, policy: ClaimPolicy): void {
  if (use.inHour >= policy.queriesPerHour) throw new Refusal('claim_query_rate', { perHour: policy.queriesPerHour });
  if (use.ofTargetInDay >= policy.queriesPerTargetPerDay) {
    throw new Refusal('claim_query_rate', { perTargetPerDay: policy.queriesPerTargetPerDay });
  }
  if (use.otherScopesInWeek >= policy.scopesPerTargetPerWeek) {
    throw new Refusal('claim_query_rate', { scopesPerTargetPerWeek: policy.scopesPerTargetPerWeek });
  }
}

/**
 * The answer to a question: what the overlapping claims of others and a maintainer's confirmed wish amount to. One owner who answers
 * makes a conflict, whoever else is there.
 */
export function answerOf(
  others: readonly { overlap: 'yes' | 'no' | 'cannot_be_told'; disclosure: Disclosure }[],
  isOptedOut: boolean,
): Answer {
  if (others.some(({ overlap, disclosure }) => overlap === 'yes' && disclosure === 'answer')) return 'conflict';
  return isOptedOut || others.some(({ overlap }) => overlap !== 'no') ? 'ask_broker' : 'clear';
}
