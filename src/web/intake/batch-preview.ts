import type { Report, ReportedComponent } from '../../domain/intake/report.ts';
import type { Problem } from '../../domain/problem.ts';
import { Refusal } from '../../domain/refusal.ts';
import * as csv from '../../formats/csv/finding.ts';
import { type FindingFormat, findingFormats, formatOf, read } from '../../formats/finding-file.ts';

/** What a file holds, found in the browser before anything is sent. */
export interface Preview {
  format: FindingFormat | undefined;
  title: string;
  /** Rows that were looked at, and whether there are more. */
  rows: number;
  isPart: boolean;
  readable: number;
  first: Report[];
  refused: { row: number; problems: Problem[] }[];
  /** Why nothing of the file can be read. */
  problems: Problem[];
}

/** Looking further would keep the page waiting; the instance reads every row. */
const rowsLooked = 5000;
const sizeLookedMax = 32 * 1024 * 1024;
const shown = 5;

async function* chunksOf(file: Blob): AsyncGenerator<Uint8Array> {
  const reader = file.stream().getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

/** The headings of a table in CSV; undefined where the file is something else. */
export async function headingsOf(file: File): Promise<string[] | undefined> {
  const head = new Uint8Array(await file.slice(0, 65_536).arrayBuffer());
  if (formatOf(head, file.name) !== 'csv') return undefined;
  return csv.headingsOf(chunksOf(file.slice(0, 1024 * 1024)));
}

/** Reads the file as the instance will, as far as a person wants to wait. */
export async function preview(
  file: File,
  options: { mapping?: csv.Mapping | undefined; component?: ReportedComponent | undefined },
): Promise<Preview> {
  const head = new Uint8Array(await file.slice(0, 65_536).arrayBuffer());
  const format = formatOf(head, file.name);
  const title = findingFormats.find((one) => one.format === format)?.title ?? 'unknown';
  const found: Preview = { format, title, rows: 0, isPart: false, readable: 0, first: [], refused: [], problems: [] };
  if (file.size > sizeLookedMax) return { ...found, isPart: true };
  try {
    for await (const row of read(chunksOf(file), file.name, options)) {
      if (found.rows === rowsLooked) {
        found.isPart = true;
        break;
      }
      found.rows += 1;
      if ('report' in row) {
        found.readable += 1;
        if (found.first.length < shown) found.first.push(row.report);
      } else if (found.refused.length < shown) found.refused.push(row);
    }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    found.problems = (error.details?.['problems'] as Problem[] | undefined) ?? [{ path: '', message: error.message }];
  }
  return found;
}
