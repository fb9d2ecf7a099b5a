/** An advisory as its reporter would hand it in. */
import type { Advisory, Affected, RangeEvent } from '../../src/domain/advisory/advisory.ts';
import type { Report, ReportedComponent } from '../../src/domain/intake/report.ts';

export function reportOf({ summary, details, affected = [], severity, published, database_specific: own }: Advisory): {
  report: Report;
  others: ReportedComponent[];
} {
  const [component = { name: 'unknown' }, ...others] = affected.map(componentOf);
  const weaknesses = Array.isArray(own?.['cwe_ids']) ? own['cwe_ids'].map(String) : [];
  const vectors = [...(severity ?? []), ...affected.flatMap((one) => one.severity ?? [])].map(({ score }) => score);
  return {
    report: {
      title: (summary ?? details ?? '').slice(0, 300),
      ...(details !== undefined && { description: details }),
      component,
      ...(weaknesses.length > 0 && { weaknesses }),
      ...(vectors.length > 0 && { severity: [...new Set(vectors)] }),
      ...(published !== undefined && { foundAt: published }),
    },
    others,
  };
}

function componentOf({
  package: named,
  ranges = [],
  versions = [],
  database_specific: own,
}: Affected): ReportedComponent {
  const events = ranges.flatMap((range) => range.events);
  const fixed = [...new Set(events.flatMap((event) => event.fixed ?? []))].slice(0, 50);
  const product = own?.['product'];
  const name = named?.name ?? (typeof product === 'string' ? `${own?.['vendor'] ?? ''}/${product}` : undefined);
  const range = rangeOf(events) || versions.map((version) => `=${version}`).join(' || ');
  return {
    ...(named !== undefined && { ecosystem: named.ecosystem }),
    ...(name !== undefined && { name }),
    ...(range !== '' && { affected: range.slice(0, 4000) }),
    ...(fixed.length > 0 && { fixed }),
  };
}

function rangeOf(events: readonly RangeEvent[]): string {
  const parts: string[] = [];
  let from: string | undefined;
  for (const { introduced, fixed, last_affected } of events) {
    if (introduced !== undefined) {
      if (from !== undefined) parts.push(`>=${from}`);
      from = introduced;
    } else if (fixed !== undefined || last_affected !== undefined) {
      parts.push(`>=${from ?? '0'} ${fixed !== undefined ? '<' : '<='}${fixed ?? last_affected}`);
      from = undefined;
    }
  }
  if (from !== undefined) parts.push(`>=${from}`);
  return parts.join(' || ');
}
