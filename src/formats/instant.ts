import type { Instant } from '../domain/instant.ts';

const rfc3339 = /^\d{4}-\d\d-\d\d(?:[Tt ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:[Zz]|[+-]\d\d:?\d\d)?)?$/;

/** A moment as documents write it (RFC 3339, or a bare date meaning its start in UTC) in our form; nothing when it is none. */
export function read(value: unknown): Instant | undefined {
  if (typeof value !== 'string' || !rfc3339.test(value)) return undefined;
  const hasZone = /[Zz]$|[+-]\d\d:?\d\d$/.test(value.slice(10));
  const moment = new Date(value.length > 10 && !hasZone ? `${value}Z` : value);
  return Number.isNaN(moment.getTime()) ? undefined : moment.toISOString();
}
