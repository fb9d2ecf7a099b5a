/**
 * The determination of an authority on one model version (EO 14409 section 3(a), (b)(i)): asked for by the developer, or recorded
 * without having been asked for. A named person at the authority says it; nothing here works it out (I4), nothing waits for it (I1).
 */
import type { PersonId } from '../directory/actor.ts';
import { addDays, type Day, type Instant } from '../instant.ts';
import { Refusal } from '../refusal.ts';
import { decisionPolicy } from './decision-policy.ts';
import { requireUnmarked } from './marking.ts';
import type { Capacity } from './party.ts';

export const outcomes = ['covered', 'not_covered', 'declined_to_say'] as const;
export type Outcome = (typeof outcomes)[number];

/** All that is kept of an outcome on this side; what it rests on stays with the authority. */
export interface Recorded {
  state: Outcome;
  /** The UTC day of the decision, as the delegate gives it. */
  decidedOn: Day;
  delegate: { id: PersonId; name: string };
  /** What the developer may read beside the outcome; null for nothing, or after it was sealed. */
  sentence: string | null;
  recordedAt: Instant;
  /** False for one that nobody asked for, until the authority marks it releasable: the developer knows of it then, and not before (I5). */
  isReleased: boolean;
  /** When a text that should not stand on this side was taken out of everybody's sight. */
  sealedAt?: Instant;
}

export type Determination =
  | { state: 'draft' }
  | { state: 'sent'; sentAt: Instant; answerDays: number }
  | { state: 'with_authority'; sentAt: Instant; answerDays: number; receivedAt: Instant }
  | { state: 'withdrawn'; withdrawnAt: Instant }
  | Recorded;

/** What a delegate says. */
export interface Saying {
  outcome: Outcome;
  decidedOn: Day;
  sentence?: string | undefined;
}

export type DeterminationEvent =
  | { did: 'submit' }
  | { did: 'acknowledge' }
  | { did: 'withdraw' }
  | ({ did: 'record' } & Saying)
  | { did: 'release' }
  | { did: 'seal' };

/** Who does what; text that was typed by mistake is sealed by whoever sees it first. */
export const sideOf: Record<DeterminationEvent['did'], readonly Capacity[]> = {
  submit: ['developer'],
  withdraw: ['developer'],
  acknowledge: ['authority'],
  record: ['authority'],
  release: ['authority'],
  seal: ['developer', 'authority'],
};

/** How a determination reads at a moment: its state, or what time and the model's versions have made of it. */
export type Standing = Determination['state'] | 'no_answer' | 'stale';

export interface Circumstances {
  /** The model version that the determination is bound to. */
  digest: string | null;
  /** The model version that the file is about now. */
  modelDigest: string | null;
  now: Instant;
}

/** The day from which a request reads as not answered. */
export const answerDay = ({ sentAt, answerDays }: { sentAt: Instant; answerDays: number }): Day =>
  addDays(sentAt.slice(0, 10), answerDays);

/**
 * No answer is no event: it follows from time alone, says nothing of the model (I3) and ends as soon as an answer comes. A model
 * version with another digest leaves what was said of the earlier one behind.
 */
export function standingOf(current: Determination, { digest, modelDigest, now }: Circumstances): Standing {
  if (current.state === 'draft' || current.state === 'withdrawn') return current.state;
  if (digest !== modelDigest) return 'stale';
  if ((current.state === 'sent' || current.state === 'with_authority') && now.slice(0, 10) >= answerDay(current)) {
    return 'no_answer';
  }
  return current.state;
}

export const isRecorded = (current: Determination): current is Recorded => outcomes.includes(current.state as Outcome);

function recorded({ outcome, decidedOn, sentence }: Saying, delegate: Recorded['delegate'], now: Instant): Recorded {
  requireUnmarked(sentence);
  if (decidedOn > now.slice(0, 10)) throw new Refusal('determination_day');
  const isReleased = false;
  return { state: outcome, decidedOn, delegate, sentence: sentence ?? null, recordedAt: now, isReleased };
}

/** An outcome that nobody asked for. Only the authority knows of it until it is released. */
export function unrequested(saying: Saying, delegate: Recorded['delegate'], now: Instant): Recorded {
  if (saying.outcome === 'declined_to_say') throw new Refusal('determination_not_now', { state: 'none' });
  return recorded(saying, delegate, now);
}

/**
 * The state after an event. The developer's withdrawal works from every state in which there is a request, needs no reason and
 * leaves no mark (I9). Throws `determination_not_now` for what the state does not have, `determination_stale` for an answer
 * about a version that is no longer the file's, `determination_digest_missing` for a request about no version in particular.
 */
export function apply(
  current: Determination,
  event: DeterminationEvent,
  by: { side: Capacity; delegate: Recorded['delegate'] },
  circumstances: Circumstances,
): Determination {
  const { now, modelDigest } = circumstances;
  const no = () => new Refusal('determination_not_now', { state: current.state });
  if (!sideOf[event.did].includes(by.side)) throw new Refusal('not_permitted');
  const isStale = standingOf(current, circumstances) === 'stale';
  switch (event.did) {
    case 'submit':
      if (current.state !== 'draft') throw no();
      if (modelDigest === null) throw new Refusal('determination_digest_missing');
      return { state: 'sent', sentAt: now, answerDays: decisionPolicy.answerDays };
    case 'acknowledge':
      if (current.state !== 'sent') throw no();
      if (isStale) throw new Refusal('determination_stale');
      return { ...current, state: 'with_authority', receivedAt: now };
    case 'withdraw':
      if (current.state !== 'draft' && current.state !== 'sent' && current.state !== 'with_authority') throw no();
      return { state: 'withdrawn', withdrawnAt: now };
    case 'record':
      if (current.state !== 'sent' && current.state !== 'with_authority') throw no();
      if (isStale) throw new Refusal('determination_stale');
      // Who asked is answered: the developer reads it at once.
      return { ...recorded(event, by.delegate, now), isReleased: true };
    case 'release':
      if (!isRecorded(current) || current.isReleased) throw no();
      return { ...current, isReleased: true };
    case 'seal':
      if (!isRecorded(current) || current.sentence === null) throw no();
      return { ...current, sentence: null, sealedAt: now };
  }
}

/** What a standing says, and what it does not: for every reader the same words. */
export const standingWords: Record<Standing, { name: string; says: string }> = {
  draft: { name: 'Draft', says: 'Not sent. Nobody outside the developer’s organisation knows of it.' },
  sent: { name: 'Sent', says: 'The authority has it and has not yet said that it received it.' },
  with_authority: { name: 'With the authority', says: 'The authority has said that it received the request.' },
  covered: {
    name: 'Covered',
    says: 'The authority has determined that this version is a covered frontier model. This is no verdict on its quality, and holds up no release.',
  },
  not_covered: {
    name: 'Not covered',
    says: 'The authority has determined that this version is not a covered frontier model. This is no verdict on its quality.',
  },
  declined_to_say: {
    name: 'Declined to say',
    says: 'The authority has declined to say. Nothing about the model follows from it.',
  },
  withdrawn: {
    name: 'Withdrawn',
    says: 'The developer took the request back. Nothing about the model follows from it.',
  },
  no_answer: {
    name: 'No answer',
    says: 'The time named in the policy went by. Nothing about the model follows from it, and an answer may still come.',
  },
  stale: {
    name: 'About an earlier version',
    says: 'The model has another digest now. What was asked or said is about the earlier version only.',
  },
};
