/** A moment in UTC, always written `2026-03-01T09:30:00.000Z`, so that text order is time order. */
export type Instant = string & { readonly kind?: 'instant' };

/** Whether a text is an instant in our form, of a year before 9000: so sums of days keep their four digits. */
export function isInstant(value: unknown): value is Instant {
  if (typeof value !== 'string' || !/^[0-8]\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value)) return false;
  const time = Date.parse(value);
  return !Number.isNaN(time) && new Date(time).toISOString() === value;
}

/** A calendar day in UTC, `2026-03-01`. */
export type Day = string & { readonly kind?: 'day' };

/** The day `days` after `day`. Takes and gives UTC calendar days; `days` may be negative. */
export function addDays(day: Day, days: number): Day {
  const [year, month, date] = day.split('-').map(Number) as [number, number, number];
  return new Date(Date.UTC(year, month - 1, date + days)).toISOString().slice(0, 10);
}
