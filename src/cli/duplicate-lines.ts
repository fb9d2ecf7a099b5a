/** Lines of `assay duplicates group`: a report in our own shape with `id` and `source`, an OSV record or a CVE record with `source`. */
import type { Reported } from '../domain/intake/duplicate/group.ts';
import type { Report, ReportedComponent } from '../domain/intake/report.ts';
import type { Problem } from '../domain/problem.ts';
import * as cve from '../formats/cve/finding.ts';
import { reportOf } from '../formats/finding/draft.ts';
import { checkReport } from '../formats/finding/report.ts';
import { arrayOf, isObject, type JsonObject, objectOf, stringOf } from '../formats/json.ts';
import * as osv from '../formats/osv/finding.ts';

/** Further packages of one OSV record that are looked at. */
const othersMax = 20;
const idLengthMax = 200;

/**
 * One line as a report with its id and source, or why there is none. The id is opaque: nothing is read out of it, not even where it is the
 * name of a flaw. A line without `source` stands for a reporter of its own, since two that name none may be anybody.
 */
export function reportedOf(text: string, number: number): Reported | Problem[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return [{ path: '', message: 'This is not JSON.' }];
  }
  if (!isObject(value)) return [{ path: '', message: 'This is not a JSON object.' }];
  const { id: named, source, ...rest } = value;
  const id = stringOf(named) ?? stringOf(objectOf(value['cveMetadata'])['cveId']);
  if (id === undefined || id === '' || id.length > idLengthMax) {
    return [{ path: 'id', message: `Give it an "id": a text of at most ${idLengthMax} characters.` }];
  }
  if (source !== undefined && (typeof source !== 'string' || source === '' || source.length > idLengthMax)) {
    return [{ path: 'source', message: `"source" names the reporter in a text of at most ${idLengthMax} characters.` }];
  }
  const read = cve.isOne(rest) ? ofCve(rest) : osv.isOne(rest) ? ofOsv(rest) : ofOwn(rest);
  if (Array.isArray(read)) return read;
  return { id, source: typeof source === 'string' ? source : `line ${number}`, ...read };
}

type Read = Pick<Reported, 'report' | 'others'> | Problem[];

function ofOwn(value: JsonObject): Read {
  const report = checkReport(value);
  return Array.isArray(report) ? report : { report };
}

function ofOsv({ upstream: _, ...record }: JsonObject): Read {
  // Database entries of a record are about the record: their ids and tickets are left out, as is what it builds upon.
  const draft = osv.draftOf(record);
  // A record that names commits alone names no component: the sign has no letters, so it is compared with no name.
  const report = reportOf(
    draft.purl === undefined && (draft.name === undefined || draft.name === '') ? { ...draft, name: '-' } : draft,
  );
  if (Array.isArray(report)) return report;
  const { published } = record;
  const others = arrayOf(record['affected']).slice(1, othersMax).map(objectOf).map(componentOf);
  return { report: { ...report, ...(typeof published === 'string' && { foundAt: published }) }, others };
}

function componentOf(entry: JsonObject): ReportedComponent {
  const report: Report | Problem[] = reportOf({ titles: ['-'], ...osv.componentOf(entry) });
  return Array.isArray(report) ? {} : report.component;
}

function ofCve(record: JsonObject): Read {
  const [found] = cve.read(record);
  if (found === undefined || !('draft' in found)) {
    return found !== undefined && 'problems' in found
      ? found.problems
      : [{ path: '', message: 'There is no flaw in it.' }];
  }
  const { aliases: _, ...draft } = found.draft;
  const report = reportOf(draft);
  return Array.isArray(report) ? report : { report };
}
