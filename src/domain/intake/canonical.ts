/** The report as the one text that its digest is of. */
import type { Report } from './report.ts';

/**
 * A report without its key as canonical JSON (RFC 8785; it holds no number but whole lines): two reports that say the same have the
 * same text, in whatever order their fields came.
 */
export function canonicalText({ key: _, ...report }: Report): string {
  return canonical(report);
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value)
    .filter(([, part]) => part !== undefined)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, part]) => `${JSON.stringify(name)}:${canonical(part)}`);
  return `{${members.join(',')}}`;
}
