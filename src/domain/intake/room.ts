/** How much of its room a source has left: what it handed in is counted by the hour (UTC). */
import type { Instant } from '../instant.ts';

/** Findings that came within one hour; `hour` is its start. */
export interface HourCount {
  hour: Instant;
  findings: number;
}

export interface Left {
  /** Findings that are taken now. */
  left: number;
  usedThisHour: number;
  usedToday: number;
  /** The earliest moment with room again; set where nothing is left. */
  resumesAt?: Instant;
}

const hourMs = 3_600_000;
const dayHours = 24;

/** The hour (UTC) that a moment is in. */
export const hourOf = (at: Instant): Instant => `${at.slice(0, 13)}:00:00.000Z`;

/** The earliest hour that still counts at a moment: the current one and the 23 before it make a day. */
export const firstHourAt = (at: Instant): Instant =>
  new Date(Date.parse(hourOf(at)) - (dayHours - 1) * hourMs).toISOString();

/** What is left at `now` of a room, by the counts of the hours that still count. */
export function leftOf(room: { perDay: number; perHour: number }, hours: HourCount[], now: Instant): Left {
  const current = Date.parse(hourOf(now));
  const sumFrom = (first: number) =>
    hours.reduce((sum, { hour, findings }) => (Date.parse(hour) >= first ? sum + findings : sum), 0);
  const usedThisHour = sumFrom(current);
  const usedToday = sumFrom(current - (dayHours - 1) * hourMs);
  const left = Math.max(0, Math.min(room.perHour - usedThisHour, room.perDay - usedToday));
  if (left > 0) return { left, usedThisHour, usedToday };
  for (let ahead = 1; ; ahead++) {
    const start = current + ahead * hourMs;
    // After a day nothing counts any more.
    if (ahead >= dayHours || sumFrom(start - (dayHours - 1) * hourMs) < room.perDay) {
      return { left, usedThisHour, usedToday, resumesAt: new Date(start).toISOString() };
    }
  }
}
