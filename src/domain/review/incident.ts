/** A containment incident: something reached where it should not. Access is cut first; what happened is told after. */
import type { Day, Instant } from '../instant.ts';
import { Refusal } from '../refusal.ts';

export interface Incident {
  raisedAt: Instant;
  containedAt: Instant | null;
  resolvedAt: Instant | null;
}

export type IncidentState = 'raised' | 'contained' | 'resolved';

export const incidentStateNames: Record<IncidentState, string> = {
  raised: 'Raised, not yet contained',
  contained: 'Contained, not yet resolved',
  resolved: 'Resolved',
};

/** The state of an incident at an instant. What happens later than `now` has not happened yet. */
export function stateAt({ containedAt, resolvedAt }: Incident, now: Instant): IncidentState {
  if (resolvedAt !== null && resolvedAt <= now) return 'resolved';
  return containedAt !== null && containedAt <= now ? 'contained' : 'raised';
}

/** Somebody says by which facts it is contained. */
export function contain<I extends Incident>(incident: I, now: Instant): I {
  if (stateAt(incident, now) !== 'raised') throw new Refusal('incident_not_now');
  return { ...incident, containedAt: now };
}

/** Somebody says by which facts it is resolved; what is not contained cannot be. */
export function resolve<I extends Incident>(incident: I, now: Instant): I {
  if (stateAt(incident, now) !== 'contained') throw new Refusal('incident_not_now');
  return { ...incident, resolvedAt: now };
}

export interface Clock {
  /** From raising to containment, or to now while it is not contained; milliseconds. */
  toContainMs: number;
  /** From raising to resolution, or to now while it is not resolved; milliseconds. */
  toResolveMs: number;
}

/** How long an incident has taken at an instant. */
export function clockAt({ raisedAt, containedAt, resolvedAt }: Incident, now: Instant): Clock {
  const since = (end: Instant | null) =>
    Math.max(0, Date.parse(end !== null && end <= now ? end : now) - Date.parse(raisedAt));
  return { toContainMs: since(containedAt), toResolveMs: since(resolvedAt) };
}

/** A period that a text elsewhere names for telling of an incident. A reminder: whether it applies is for counsel to say. */
export interface Reminder {
  name: string;
  hours: number;
  /** The first day on which it holds; absent when it holds already. */
  from?: Day;
  isLaw: boolean;
  source: string;
}

export const reminders: readonly Reminder[] = [
  {
    name: 'California SB 53 (critical safety incidents of frontier models)',
    hours: 15 * 24,
    isLaw: true,
    source: 'Press and practice notes, September and October 2026',
  },
  {
    name: 'New York RAISE Act (safety incidents of frontier models)',
    hours: 72,
    from: '2027-01-01',
    isLaw: true,
    source: 'Press and practice notes, September and October 2026',
  },
  {
    name: 'Federal Kill Switch bill',
    hours: 48,
    isLaw: false,
    source: 'Press and practice notes, September and October 2026',
  },
];

/** When each period would end that began with the raising of this incident, the earliest first. */
export function remindersOf({ raisedAt }: Pick<Incident, 'raisedAt'>): (Reminder & { endsAt: Instant })[] {
  return reminders
    .filter(({ from }) => from === undefined || raisedAt.slice(0, 10) >= from)
    .map((reminder) => ({
      ...reminder,
      endsAt: new Date(Date.parse(raisedAt) + reminder.hours * 3_600_000).toISOString(),
    }))
    .sort((a, b) => (a.endsAt < b.endsAt ? -1 : 1));
}
