import type { Day } from '../../domain/instant.ts';

const dayMs = 86_400_000;
const long = new Intl.DateTimeFormat('en', { weekday: 'long', day: 'numeric', month: 'long', timeZone: 'UTC' });
const short = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' });
const moment = new Intl.DateTimeFormat('en', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
  timeZone: 'UTC',
});
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

/** Whole days from `from` to `to`, negative when `to` is earlier. */
export function daysBetween(from: Day, to: Day): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / dayMs);
}

/** `Thursday, November 26`; with the year when it is not that of `today`. */
export function longDay(day: Day, today: Day): string {
  const text = day.slice(0, 4) === today.slice(0, 4) ? long.format(new Date(day)) : short.format(new Date(day));
  // A date does not break in two.
  return text.replace(/ (\d)/g, '\u00a0$1');
}

/** `26 Nov 2026`. Takes a day or an instant; gives the text back unchanged when it is neither. */
export function shortDay(day: string): string {
  const at = new Date(day);
  return Number.isNaN(at.getTime()) ? day : short.format(at);
}

/** `26 Nov 2026, 14:05 UTC`. */
export function moments(at: string): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? at : `${moment.format(date)} UTC`;
}

/** `today`, `in 3 days`, `in 2 months`, `4 days ago`. */
export function inDays(day: Day, today: Day): string {
  const days = daysBetween(today, day);
  return Math.abs(days) < 45 ? relative.format(days, 'day') : relative.format(Math.round(days / 30.4), 'month');
}

/** Today's UTC day: the edge at which the page reads the clock. */
export function today(): Day {
  return new Date().toISOString().slice(0, 10);
}
