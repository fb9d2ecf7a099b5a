/**
 * The window of early access: what its clock says is a pure function of the recorded events, the policy and the instant asked.
 * Whoever holds the events gets the same answer. That time runs out is never an event: it follows.
 *
 * Two things are kept apart: where the clock stands (`state`), and what is owed after an end (`returns`).
 */
import { type Instant, isInstant } from '../instant.ts';
import { Refusal, type RefusalCode, whyNot } from '../refusal.ts';
import type { Capacity } from './party.ts';
import { daysMax, type PolicyRef, type WindowPolicy } from './window-policy.ts';

/** A day of access is 24 hours, not a date in a calendar. */
export const dayMs = 86_400_000;

export const states = [
  'planned',
  'offered',
  'terms_agreed',
  'running',
  'paused',
  'concluded_early',
  'expired',
  'withdrawn',
  'released',
] as const;
/** `expired` means ended with no statement; it says nothing about the model. */
export type State = (typeof states)[number];

export const returnStates = ['nothing_due', 'return_due', 'return_overdue', 'closed'] as const;
/** What the authority owes after an end: return or destruction of what it was given, and its word on it. */
export type ReturnState = (typeof returnStates)[number];

export const pauseReasons = ['containment_incident', 'outage', 'other'] as const;
export type PauseReason = (typeof pauseReasons)[number];
export const returnMethods = ['returned', 'destroyed', 'nothing_held'] as const;
export type ReturnMethod = (typeof returnMethods)[number];

/** What a party asks for. Texts are bounded by `noteLengthMax`. */
export type Command =
  | { act: 'offer'; policy: PolicyRef; terms: string; anchor?: Instant }
  | { act: 'accept_terms' }
  | { act: 'verify_access' }
  | { act: 'pause'; reason: PauseReason; note?: string }
  | { act: 'resume' }
  | { act: 'conclude' }
  | { act: 'extend'; limitDays: number }
  | { act: 'move_anchor'; anchor: Instant | null }
  | { act: 'withdraw' }
  | { act: 'release' }
  | { act: 'attest_return'; method: ReturnMethod; note?: string };
export type Act = Command['act'];

/** A command that was recorded: by which party, and when by the recorder's clock. */
export type WindowEvent = Command & { party: Capacity; at: Instant };

export const noteLengthMax = 2_000;
/** A window has a handful of events; this bounds what a file can cost. */
export const eventsMax = 10_000;

/** Whose act it is. A pause by the authority is for an incident or an outage only. */
export const parties: Record<Act, readonly Capacity[]> = {
  offer: ['developer'],
  accept_terms: ['authority'],
  verify_access: ['developer', 'authority'],
  pause: ['developer', 'authority'],
  resume: ['developer'],
  conclude: ['authority'],
  extend: ['developer'],
  move_anchor: ['developer'],
  withdraw: ['developer'],
  release: ['developer'],
  attest_return: ['authority'],
};
export const acts = Object.keys(parties) as Act[];

export type EndedBy = 'concluded_early' | 'expired' | 'withdrawn' | 'released';

/** The clock after some events, settled at `at`. Made by `begin`, `apply` and `settle` only. */
export interface Clock {
  at: Instant | undefined;
  /** The version of the policy that was offered; the terms beside it. */
  offered?: { at: Instant; policy: PolicyRef; terms: string };
  acceptedAt?: Instant;
  verified: Partial<Record<Capacity, Instant>>;
  anchor?: Instant;
  limitMs: number;
  startedAt?: Instant;
  /** Since when the meter runs; absent while it stands still. */
  meterSince?: Instant;
  /** What the meter showed when it last stood still. */
  meteredMs: number;
  paused?: { since: Instant; reason: PauseReason; by: Capacity };
  /** The first end. Nothing moves it. */
  end?: { at: Instant; by: EndedBy };
  withdrawnAt?: Instant;
  releasedAt?: Instant;
  returned?: { at: Instant; method: ReturnMethod };
}

const ms = (at: Instant) => Date.parse(at);
const later = (at: Instant, byMs: number): Instant => new Date(ms(at) + byMs).toISOString();
const rule = <Name extends keyof WindowPolicy['rules']>(policy: WindowPolicy, name: Name) =>
  policy.rules[name].value as WindowPolicy['rules'][Name]['value'];

/** The clock of a window of which nothing is recorded yet. */
export function begin(policy: WindowPolicy): Clock {
  return { at: undefined, verified: {}, limitMs: rule(policy, 'window.max_days') * dayMs, meteredMs: 0 };
}

/** What the meter of access shows at `at`, in milliseconds; `at` is not before the last event. */
const usedAt = (clock: Clock, at: Instant) =>
  clock.meteredMs + (clock.meterSince === undefined ? 0 : ms(at) - ms(clock.meterSince));

/** When the window ends if nobody acts: the limit reached or the anchor, whichever is first; neither while nothing binds. */
function stopOf(clock: Clock): { at: Instant; by: 'limit' | 'anchor' } | undefined {
  // Before an offer there is nothing that could end.
  const anchor = clock.offered === undefined ? undefined : clock.anchor;
  const limit = clock.meterSince && later(clock.meterSince, clock.limitMs - clock.meteredMs);
  if (limit !== undefined && (anchor === undefined || limit <= anchor)) return { at: limit, by: 'limit' };
  return anchor === undefined ? undefined : { at: anchor, by: 'anchor' };
}

function endAt(clock: Clock, at: Instant, by: EndedBy): Clock {
  const { meterSince: _, paused: __, ...rest } = clock;
  return { ...rest, meteredMs: usedAt(clock, at), end: { at, by } };
}

/** The clock at `at`: where time ran out before or at that instant, the window ended when it did. */
export function settle(clock: Clock, at: Instant): Clock {
  const stop = clock.end === undefined ? stopOf(clock) : undefined;
  const settled = stop !== undefined && stop.at <= at ? endAt(clock, stop.at, 'expired') : clock;
  return { ...settled, at };
}

const stateOf = (clock: Clock): State => {
  // What the developer does last is what is told; the first end keeps its time.
  if (clock.releasedAt !== undefined) return 'released';
  if (clock.withdrawnAt !== undefined) return 'withdrawn';
  if (clock.end !== undefined) return clock.end.by;
  if (clock.startedAt !== undefined) return clock.paused === undefined ? 'running' : 'paused';
  if (clock.acceptedAt !== undefined) return 'terms_agreed';
  return clock.offered === undefined ? 'planned' : 'offered';
};

const returnDueAt = (clock: Clock, policy: WindowPolicy): Instant | undefined =>
  // Nothing is handed over before terms are agreed, so nothing is owed back.
  clock.end === undefined || clock.acceptedAt === undefined
    ? undefined
    : later(clock.end.at, rule(policy, 'return.days') * dayMs);

/** Why this act cannot be done by this party now; undefined when it can. The clock is settled at the instant of the act. */
function barTo(clock: Clock, act: Act, party: Capacity): RefusalCode | undefined {
  if (!parties[act].includes(party)) return 'window_act_of_other';
  // I1, I9: no state stands in the way of a release or a withdrawal.
  if (act === 'release' || act === 'withdraw') return undefined;
  if (act === 'attest_return') {
    return clock.end !== undefined && clock.acceptedAt !== undefined && clock.returned === undefined
      ? undefined
      : 'window_not_now';
  }
  if (clock.end !== undefined) return 'window_ended';
  const can: Record<Exclude<Act, 'release' | 'withdraw' | 'attest_return'>, boolean> = {
    // A new offer takes the place of an earlier one as long as no clock runs under it.
    offer: clock.startedAt === undefined,
    accept_terms: clock.offered !== undefined && clock.acceptedAt === undefined,
    verify_access: clock.acceptedAt !== undefined && clock.verified[party] === undefined,
    pause: clock.startedAt !== undefined && clock.paused === undefined,
    resume: clock.paused !== undefined,
    conclude: clock.startedAt !== undefined,
    extend: clock.startedAt !== undefined,
    move_anchor: true,
  };
  return can[act] ? undefined : 'window_not_now';
}

/** An earlier offer under another policy than the window's started nothing: otherwise none could have followed it. */
const startsWith = (event: 'notice' | 'terms', policy: WindowPolicy, offered: PolicyRef | undefined): boolean =>
  rule(policy, 'window.start_event') === event && offered?.name === policy.name && offered.version === policy.version;

const start = (clock: Clock, at: Instant): Clock =>
  clock.startedAt === undefined ? { ...clock, startedAt: at, meterSince: at } : clock;

/**
 * The clock after a command by `party` at `at`, which is not before what was recorded earlier. `policy` is the one that the
 * window is under. Throws a Refusal that says why it cannot be done.
 */
export function apply(earlier: Clock, policy: WindowPolicy, command: Command, party: Capacity, at: Instant): Clock {
  if (earlier.at !== undefined && at < earlier.at)
    throw new Refusal('window_time_backwards', { at, after: earlier.at });
  const clock = settle(earlier, at);
  const bar = barTo(clock, command.act, party);
  if (bar !== undefined) throw new Refusal(bar, { act: command.act, state: stateOf(clock), can: canOf(clock, party) });
  switch (command.act) {
    case 'offer': {
      const anchor = command.anchor ?? clock.anchor;
      const { acceptedAt: _, ...rest } = clock;
      const offered: Clock = {
        ...rest,
        verified: {},
        offered: { at, policy: command.policy, terms: command.terms },
        ...(anchor !== undefined && { anchor: anchorAfter(anchor, at) }),
      };
      return startsWith('notice', policy, command.policy) ? start(offered, at) : offered;
    }
    case 'accept_terms': {
      const agreed = { ...clock, acceptedAt: at };
      return startsWith('terms', policy, clock.offered?.policy) ? start(agreed, at) : agreed;
    }
    case 'verify_access': {
      const verified = { ...clock.verified, [party]: at };
      const next = { ...clock, verified };
      return verified.developer !== undefined && verified.authority !== undefined ? start(next, at) : next;
    }
    case 'pause': {
      if (command.reason === 'other' && party !== 'developer') throw new Refusal('window_pause_reason');
      // A mandatory reason that says "other" needs words.
      if (command.reason === 'other' && !command.note?.trim()) throw new Refusal('window_pause_reason');
      const paused = { ...clock, paused: { since: at, reason: command.reason, by: party } };
      if (rule(policy, 'window.pause_counts')) return paused;
      const { meterSince: _, ...still } = paused;
      return { ...still, meteredMs: usedAt(clock, at) };
    }
    case 'resume': {
      const { paused: _, ...next } = clock;
      return { ...next, meterSince: clock.meterSince ?? at };
    }
    case 'conclude':
      return endAt(clock, at, 'concluded_early');
    case 'extend': {
      const limitMs = command.limitDays * dayMs;
      if (!Number.isInteger(command.limitDays) || command.limitDays > daysMax || limitMs <= clock.limitMs)
        throw new Refusal('window_limit', { limitDays: clock.limitMs / dayMs, daysMax });
      return { ...clock, limitMs };
    }
    case 'move_anchor': {
      if (command.anchor !== null) return { ...clock, anchor: anchorAfter(command.anchor, at) };
      const { anchor: _, ...free } = clock;
      return free;
    }
    case 'withdraw':
      return { ...endOnce(clock, at, 'withdrawn'), withdrawnAt: clock.withdrawnAt ?? at };
    case 'release':
      return { ...endOnce(clock, at, 'released'), releasedAt: clock.releasedAt ?? at };
    case 'attest_return':
      return { ...clock, returned: { at, method: command.method } };
  }
}

const endOnce = (clock: Clock, at: Instant, by: EndedBy) => (clock.end === undefined ? endAt(clock, at, by) : clock);

/** A date that has come would end the window at once or in the past: withdrawal and release do that, and say so. */
function anchorAfter(anchor: Instant, at: Instant): Instant {
  if (!isInstant(anchor) || anchor <= at) throw new Refusal('window_anchor_past', { anchor, at });
  return anchor;
}

/** The acts that a party may do now. The clock is settled. */
const canOf = (clock: Clock, party: Capacity): Act[] => acts.filter((act) => barTo(clock, act, party) === undefined);

/** A stretch of time in which the clock ran or access was paused; without an end while it lasts. */
export interface Interval {
  state: 'running' | 'paused';
  from: Instant;
  to?: Instant;
}

/** One line of what happened. Time itself is the party of an expiry. */
export interface Moment {
  act: Act | 'expire';
  party: Capacity | 'time';
  at: Instant;
  /** The state that it led to. */
  state: State;
  /** The number of the event, from 1; absent where time ran out. */
  event?: number;
}

/** What a window's record says at an instant. Durations are in milliseconds; a day of access has `dayMs`. */
export interface WindowView {
  at: Instant;
  state: State;
  returns: ReturnState;
  /** True while the authority may use its access: running, terms agreed, seen to work by both sides. */
  isAccessOpen: boolean;
  /** First meter: access used of `limitMs`. */
  usedMs: number;
  remainingMs: number;
  limitMs: number;
  /** Second meter: from the start to the end, pauses among it. */
  calendarMs: number;
  startedAt?: Instant;
  anchor?: Instant;
  /** When it ends if nobody acts: the earlier of limit and anchor. Absent while nothing binds, as in a pause without an anchor. */
  endsAt?: Instant;
  endsBy?: 'limit' | 'anchor';
  endedAt?: Instant;
  endedBy?: EndedBy;
  withdrawnAt?: Instant;
  releasedAt?: Instant;
  returnDueAt?: Instant;
  returnedAt?: Instant;
  /** Who has seen access work. */
  verified: Capacity[];
  can: Record<Capacity, Act[]>;
  intervals: Interval[];
  history: Moment[];
}

/** An event in a record that could not have happened: the record is wrong, or the policy is another one. */
export class RecordFault extends Error {
  /** The number of the event, from 1. */
  readonly event: number;
  readonly refusal: Refusal;

  constructor(event: number, refusal: Refusal) {
    super(`Event ${event}: ${refusal.message}`);
    this.name = 'RecordFault';
    this.event = event;
    this.refusal = refusal;
  }
}

/** The clock after these events, with each change of its state. Throws RecordFault. */
export function replay(events: readonly WindowEvent[], policy: WindowPolicy): { clock: Clock; history: Moment[] } {
  let clock = begin(policy);
  const history: Moment[] = [];
  events.forEach((event, index) => {
    const before = clock;
    const refusal = whyNot(() => {
      clock = apply(before, policy, event, event.party, event.at);
    });
    if (refusal !== undefined) throw new RecordFault(index + 1, refusal);
    noteExpiry(history, before, clock);
    const { act, party, at } = event;
    history.push({ act, party, at, state: stateOf(clock), event: index + 1 });
  });
  return { clock, history };
}

/** Time that ran out between two events comes before the later one. */
function noteExpiry(history: Moment[], before: Clock, after: Clock): void {
  if (before.end !== undefined || after.end?.by !== 'expired') return;
  history.push({ act: 'expire', party: 'time', at: after.end.at, state: 'expired' });
}

/**
 * What the record says at `at`. Later events are left out, so that any past instant can be asked. Instants are in UTC; an
 * event at the very instant of the end comes after it. Throws RecordFault when an event could not have happened.
 */
export function windowAt(events: readonly WindowEvent[], policy: WindowPolicy, at: Instant): WindowView {
  const { clock: last, history } = replay(
    events.filter((event) => event.at <= at),
    policy,
  );
  const clock = settle(last, at);
  noteExpiry(history, last, clock);
  const { startedAt, anchor, end, limitMs, withdrawnAt, releasedAt, returned } = clock;
  const state = stateOf(clock);
  const usedMs = usedAt(clock, at);
  const stop = end === undefined ? stopOf(clock) : undefined;
  const dueAt = returnDueAt(clock, policy);
  const verified = (['developer', 'authority'] as const).filter((party) => clock.verified[party] !== undefined);
  return {
    at,
    state,
    returns: dueAt === undefined ? 'nothing_due' : returned ? 'closed' : at > dueAt ? 'return_overdue' : 'return_due',
    isAccessOpen: state === 'running' && verified.length === 2,
    usedMs,
    remainingMs: limitMs - usedMs,
    limitMs,
    calendarMs: startedAt === undefined ? 0 : ms(end?.at ?? at) - ms(startedAt),
    ...(startedAt && { startedAt }),
    ...(anchor && { anchor }),
    ...(stop && { endsAt: stop.at, endsBy: stop.by }),
    ...(end && { endedAt: end.at, endedBy: end.by }),
    ...(withdrawnAt && { withdrawnAt }),
    ...(releasedAt && { releasedAt }),
    ...(dueAt && { returnDueAt: dueAt }),
    ...(returned && { returnedAt: returned.at }),
    verified,
    can: { developer: canOf(clock, 'developer'), authority: canOf(clock, 'authority') },
    intervals: intervalsOf(history, startedAt, end?.at),
    history,
  };
}

/** The stretches between start and end, from what led to them. */
function intervalsOf(
  history: readonly Moment[],
  startedAt: Instant | undefined,
  endedAt: Instant | undefined,
): Interval[] {
  if (startedAt === undefined) return [];
  const intervals: Interval[] = [{ state: 'running', from: startedAt }];
  for (const { act, at } of history) {
    if (act !== 'pause' && act !== 'resume') continue;
    (intervals.at(-1) as Interval).to = at;
    intervals.push({ state: act === 'pause' ? 'paused' : 'running', from: at });
  }
  if (endedAt !== undefined) (intervals.at(-1) as Interval).to = endedAt;
  return intervals;
}
