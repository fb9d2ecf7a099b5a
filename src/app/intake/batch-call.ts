/** Rows of a batch handed in within one call, each answered by itself: for agents, which read no stream. */
import type { Actor } from '../../domain/directory/actor.ts';
import type { Report } from '../../domain/intake/report.ts';
import { requireReporter } from '../../domain/intake/who.ts';
import type { Problem } from '../../domain/problem.ts';
import { checkReport } from '../../formats/finding/report.ts';
import type { System } from '../system.ts';
import * as batchImport from './batch-import.ts';
import * as batches from './batches.ts';
import * as receipts from './receipts.ts';

export interface Call {
  /** A batch that was begun; a new one is begun where it is left out. */
  batch?: string | undefined;
  /** Of a new batch. */
  name: string;
  /** Rows of the batch that were sent before these. */
  from: number;
  isLast: boolean;
  /** Values of JSON from outside. */
  rows: unknown[];
}

/** What became of one row: its receipt, or why there is none. */
export type Answered = { row: number; receipt: receipts.Receipt } | { row: number; problems: Problem[] };

/**
 * Takes rows as `batchImport.takeLines` does and answers each that was dealt with, the new and those that stood before alike. Rows for
 * which there was no room are not among the answers: `rowsRead` says where to go on.
 */
export async function handIn(
  system: System,
  actor: Actor,
  { batch, name, from, isLast, rows }: Call,
): Promise<batchImport.Outcome & { batch: string; rows: Answered[] }> {
  const organisation = requireReporter(actor);
  const id = batch ?? (await batches.begin(system, actor, { name })).id;
  const lines = async function* () {
    for (const row of rows) yield Buffer.from(`${JSON.stringify(row)}\n`);
  };
  const outcome = await batchImport.takeLines(system, actor, id, { from, isLast }, lines());
  const dealt = rows.slice(0, Math.max(0, outcome.rowsRead - from)).map((value, at) => ({ row: from + at + 1, value }));
  const refused = new Map<number, Problem[]>();
  for (const one of await batches.refused(system, actor, id, { after: from, limit: rows.length })) {
    refused.set(one.row, one.problems);
  }
  const sound: { row: number; report: Report }[] = [];
  for (const { row, value } of dealt) {
    const report = refused.has(row) ? [] : checkReport(value);
    if (!Array.isArray(report)) sound.push({ row, report });
  }
  const reports = sound.map(({ report }) => report);
  const given = await system.database.transaction(actor, (tx) => receipts.standing(tx, organisation, reports));
  const receiptOf = new Map(sound.map(({ row }, at) => [row, given[at]]));
  const answers = dealt.map(({ row }): Answered => {
    const receipt = receiptOf.get(row);
    if (receipt !== undefined) return { row, receipt };
    const message =
      'A row with this number was dealt with before, with other content. Send this one under a new number.';
    return { row, problems: refused.get(row) ?? [{ path: '', message }] };
  });
  return { ...outcome, batch: id, rows: answers };
}
