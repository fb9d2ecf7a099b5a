/** A window in plain words: the same on the page and on the command line. They say what happened; they vouch for nothing (I1, I3). */
import type { Instant } from '../instant.ts';
import {
  type Act,
  dayMs,
  type Moment,
  type PauseReason,
  type State,
  type WindowEvent,
  type WindowView,
} from './window.ts';

export const stateNames: Record<State, string> = {
  planned: 'Planned',
  offered: 'Offered',
  terms_agreed: 'Terms agreed',
  running: 'Running',
  paused: 'Paused',
  concluded_early: 'Concluded early',
  expired: 'Expired',
  withdrawn: 'Withdrawn',
  released: 'Released',
};

export const actNames: Record<Act | 'expire', string> = {
  offer: 'Terms offered',
  accept_terms: 'Terms accepted',
  verify_access: 'Access seen to work',
  pause: 'Paused',
  resume: 'Resumed',
  conclude: 'Concluded',
  extend: 'Extended',
  move_anchor: 'Planned date changed',
  withdraw: 'Withdrawn',
  release: 'Released',
  attest_return: 'Return or destruction attested',
  expire: 'Time ran out',
};

export const pauseReasonNames: Record<PauseReason, string> = {
  containment_incident: 'a containment incident',
  outage: 'an outage',
  other: 'another reason',
};

export const returnMethodNames = {
  returned: 'Everything was returned',
  destroyed: 'Everything was destroyed',
  nothing_held: 'Nothing was held',
} as const;

/** Days with one decimal, rounded down: a meter never shows more than was used. `12`, `12.4`. */
export function days(ms: number): string {
  return String(tenths(ms) / 10);
}

/** What is left beside the days that are shown as used, so that both add up to the limit: `20.3` of 30 where `9.7` are used. */
export function daysLeft({ usedMs, limitMs }: Pick<WindowView, 'usedMs' | 'limitMs'>): string {
  return String((tenths(limitMs) - tenths(usedMs)) / 10);
}

const tenths = (ms: number) => Math.floor((ms / dayMs) * 10);

/** `2026-03-01 09:30 UTC`. */
export function minute(at: Instant): string {
  return `${at.slice(0, 16).replace('T', ' ')} UTC`;
}

/** One sentence: where the window stands. `tell` writes a moment. */
export function standing(view: WindowView, tell = minute): string {
  const ended = view.endedAt === undefined ? '' : tell(view.endedAt);
  switch (view.state) {
    case 'planned':
      return 'Nothing has been offered.';
    case 'offered':
      return 'The developer has offered access under terms. The authority has not answered.';
    case 'terms_agreed':
      return view.verified.length === 0
        ? 'Terms are agreed. The clock starts when both sides have seen access work.'
        : `Terms are agreed. The ${view.verified[0]} has seen access work; the clock starts when the other side has too.`;
    case 'running':
      return view.isAccessOpen
        ? 'The clock runs and access is open.'
        : 'The clock runs. Access opens when terms are agreed and both sides have seen it work.';
    case 'paused':
      return 'Access is paused. The developer resumes it.';
    case 'concluded_early':
      return `The authority concluded on ${ended}. Access has ended.`;
    case 'expired':
      return view.startedAt === undefined
        ? `The planned date came on ${ended} before the clock started. Nothing follows from that.`
        : `Time ran out on ${ended}. It ended with no statement, which says nothing about the model.`;
    case 'withdrawn':
      return `The developer withdrew on ${tell(view.withdrawnAt as Instant)}. Access has ended.`;
    case 'released':
      return `The developer released on ${tell(view.releasedAt as Instant)}. Early access has ended.`;
  }
}

/** What happens next, and by whom; more than one line where both may act. */
export function next(view: WindowView, tell = minute): string[] {
  const lines: string[] = [];
  if (view.state === 'planned') lines.push('The developer offers terms, if it wishes to.');
  if (view.state === 'offered') lines.push('The authority accepts the terms, or leaves them.');
  if (view.endedAt === undefined && view.startedAt === undefined && view.can.authority.includes('verify_access'))
    lines.push('The authority says when it has seen access work.');
  if (view.endedAt === undefined && view.startedAt === undefined && view.can.developer.includes('verify_access'))
    lines.push('The developer says when it has seen access work.');
  if (view.endedAt === undefined && view.endsAt !== undefined) {
    lines.push(
      view.endsBy === 'anchor'
        ? `Ends on ${tell(view.endsAt)}, the planned date, unless the developer moves it.`
        : `Ends on ${tell(view.endsAt)}, when the days of access are used, unless the developer extends them.`,
    );
  } else if (view.state === 'paused') {
    lines.push('No end is set while access is paused: the days stand still and there is no planned date.');
  }
  if (view.endedAt === undefined && view.anchor !== undefined && view.endsBy !== 'anchor')
    lines.push(`The planned date of release is ${tell(view.anchor)}.`);
  if (view.returns === 'return_due')
    lines.push(
      `The authority returns or destroys what it was given, and says so, by ${tell(view.returnDueAt as Instant)}.`,
    );
  if (view.returns === 'return_overdue')
    lines.push(
      `Return or destruction was due on ${tell(view.returnDueAt as Instant)}. The authority has not attested it.`,
    );
  if (view.returns === 'closed')
    lines.push(`The authority attested return or destruction on ${tell(view.returnedAt as Instant)}. Nothing is open.`);
  return lines;
}

/** What an event says beside its kind, such as the reason of a pause; undefined where there is nothing more. */
export function detail(event: WindowEvent, tell = minute): string | undefined {
  switch (event.act) {
    case 'offer':
      return `${event.terms}; policy ${event.policy.name} ${event.policy.version}${event.anchor === undefined ? '' : `; planned date ${tell(event.anchor)}`}`;
    case 'pause':
      return `For ${pauseReasonNames[event.reason]}${event.note ? `: ${event.note}` : ''}`;
    case 'extend':
      return `To ${event.limitDays} days of access`;
    case 'move_anchor':
      return event.anchor === null ? 'No planned date' : `To ${tell(event.anchor)}`;
    case 'attest_return':
      return `${returnMethodNames[event.method]}${event.note ? `: ${event.note}` : ''}`;
    default:
      return undefined;
  }
}

/** Who did it, as a word for the side. */
export const partyName = (party: Moment['party']): string =>
  party === 'time' ? 'Nobody: it follows from time' : party === 'developer' ? 'Developer' : 'Authority';
