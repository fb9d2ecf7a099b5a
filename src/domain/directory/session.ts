/** How long credentials live. Times in milliseconds. */
import type { Instant } from '../instant.ts';

const minute = 60_000;

/** A session ends when it was not used for this long, */
export const sessionIdleMs = 12 * 60 * minute;
/** and in any case this long after signing in. */
export const sessionAgeMaxMs = 7 * 24 * 60 * minute;
/** A sign-in link is used once, within this time. */
export const linkAgeMaxMs = 15 * minute;
/** A link that an administrator hands to somebody new is used once, within this time. */
export const firstLinkAgeMaxMs = 24 * 60 * minute;
/** A passkey answers its challenge once, within this time. */
export const challengeAgeMaxMs = 5 * minute;
/** An agent's token ends at the latest this long after it was made. */
export const agentAgeMaxMs = 366 * 24 * 60 * minute;
/** An act that widens, publishes or breaks glass will ask for a passkey used this recently (step-up). */
export const stepUpAgeMaxMs = 5 * minute;

export interface Session {
  seenAt: Instant;
  endsAt: Instant;
  /** When a passkey last verified the person in this session. */
  verifiedAt?: Instant;
}

/** The moment `ms` milliseconds after `at`. */
export function later(at: Instant, ms: number): Instant {
  return new Date(Date.parse(at) + ms).toISOString();
}

/** True while a session may be used. */
export function isLive(session: Session, now: Instant): boolean {
  return now < session.endsAt && now < later(session.seenAt, sessionIdleMs);
}

/** True when a passkey verified the person recently enough for an act that asks for step-up. */
export function isFresh(session: Session, now: Instant): boolean {
  return session.verifiedAt !== undefined && now < later(session.verifiedAt, stepUpAgeMaxMs);
}
