/** Batches of findings as their organisation sees them, and the mappings it saved for its CSV files. */

import type { Actor } from '../../domain/directory/actor.ts';
import { requireIntake } from '../../domain/directory/legal-basis.ts';
import * as permission from '../../domain/directory/permission.ts';
import { change as changed } from '../../domain/intake/batch.ts';
import type { ReportedComponent } from '../../domain/intake/report.ts';
import { requireReporter } from '../../domain/intake/who.ts';
import type { Problem } from '../../domain/problem.ts';
import { Refusal } from '../../domain/refusal.ts';
import { checkMapping } from '../../formats/csv/finding.ts';
import type { Tx } from '../../store/database.ts';
import * as batches from '../../store/intake/batches.ts';
import * as entries from '../../store/log/entries.ts';
import * as jobs from '../jobs.ts';
import type { System } from '../system.ts';
import * as receipts from './receipts.ts';

export interface Begun {
  name: string;
  format?: string | undefined;
  /** The name of a saved mapping. */
  mapping?: string | undefined;
  component?: ReportedComponent | undefined;
  rowsTotal?: number | undefined;
}

/** Batches that an organisation may begin in 24 hours: each may hold as many rows as there is room for, so that few suffice. */
export const perDayMax = 500;
const dayMs = 86_400_000;

/** Begins a batch: its rows are sent after it, or one file. */
export function begin(system: System, actor: Actor, given: Begun): Promise<batches.KeptBatch> {
  const organisation = requireReporter(actor);
  requireIntake(system.now());
  return receipts.inSource(system, actor, organisation, async (tx, source) => {
    const { mapping: mappingName } = given;
    const mapping = mappingName === undefined ? undefined : await batches.mapping(tx, organisation, mappingName);
    if (mappingName !== undefined && mapping === undefined) throw new Refusal('mapping_not_found');
    const at = system.now();
    const oldest = await batches.begunBefore(tx, organisation, perDayMax - 1);
    if (oldest !== undefined && Date.parse(oldest) > Date.parse(at) - dayMs) {
      const resumesAt = new Date(Date.parse(oldest) + dayMs).toISOString();
      throw new Refusal('batches_many', { perDayMax, resumesAt });
    }
    const id = `batch_${receipts.fresh(system)}`;
    await batches.insert(tx, {
      id,
      audience: source.audience,
      organisation,
      name: given.name,
      format: given.format ?? 'auto',
      mapping: mapping?.fields ?? null,
      component: given.component ?? null,
      rowsTotal: given.rowsTotal ?? null,
      by: actor.id,
      createdAt: at,
    });
    await entries.append(tx, { did: 'batch_begun', object: id, by: actor, audience: [source.audience], at });
    return own(tx, actor, id);
  });
}

/** The batches of the actor's organisation, the newest first. */
export function list(
  system: System,
  actor: Actor,
  page: Omit<Parameters<typeof batches.list>[1], 'organisation'>,
): Promise<batches.KeptBatch[]> {
  const organisation = requireReporter(actor);
  return system.database.transaction(actor, (tx) => batches.list(tx, { ...page, organisation }));
}

/** How far a batch is. */
export function load(system: System, actor: Actor, id: string): Promise<batches.KeptBatch> {
  permission.requireSignedIn(actor);
  return system.database.transaction(actor, (tx) => own(tx, actor, id));
}

/** Pauses a batch, lets it go on or cancels it. What was taken before stays taken. */
export function change(
  system: System,
  actor: Actor,
  id: string,
  to: 'paused' | 'resumed' | 'cancelled',
): Promise<batches.KeptBatch> {
  permission.requireSignedIn(actor);
  return system.database.transaction(actor, async (tx) => {
    const batch = await own(tx, actor, id, { isLocked: true });
    const state = changed({ state: batch.state, hasFile: batch.fileName !== null }, to);
    const at = system.now();
    await batches.setState(tx, id, state, { at });
    if (state === 'cancelled') await batches.forgetParts(tx, batch.number);
    if (state === 'reading') await jobs.add(tx, 'read_batch', { batch: id }, { key: `read_batch ${id}` });
    const body = { rowsRead: batch.rowsRead };
    await entries.append(tx, { did: `batch_${to}`, object: id, by: actor, audience: [batch.audience], body, at });
    return own(tx, actor, id);
  });
}

interface RowPage {
  /** The last row of the page before; 0 for the first. */
  after: number;
  limit: number;
}

/** Rows of a batch that were refused, each with its reasons, in order. */
export function refused(
  system: System,
  actor: Actor,
  id: string,
  page: RowPage,
): Promise<{ row: number; problems: Problem[] }[]> {
  permission.requireSignedIn(actor);
  return system.database.transaction(actor, async (tx) =>
    batches.refusals(tx, (await own(tx, actor, id)).number, page),
  );
}

/** Receipts of the rows of a batch that were new, in order. */
export function receiptsOf(
  system: System,
  actor: Actor,
  id: string,
  page: RowPage,
): Promise<(receipts.Receipt & { row: number })[]> {
  permission.requireSignedIn(actor);
  return system.database.transaction(actor, async (tx) =>
    batches.receipts(tx, (await own(tx, actor, id)).number, page),
  );
}

/** The saved mappings of the actor's organisation. */
export function mappings(system: System, actor: Actor): Promise<batches.KeptMapping[]> {
  const organisation = requireReporter(actor);
  return system.database.transaction(actor, (tx) => batches.mappings(tx, organisation));
}

/** Saves which column of a CSV file is which field. Batches that began before keep the mapping they began with. */
export function saveMapping(
  system: System,
  actor: Actor,
  name: string,
  fields: Record<string, string>,
): Promise<batches.KeptMapping> {
  const organisation = requireReporter(actor);
  const columns = Object.values(fields);
  const problems = checkMapping(columnsOf(fields));
  if (new Set(columns).size < columns.length) {
    problems.push({ path: '', message: 'One column is named for two fields. Name each once.' });
  }
  if (problems.length > 0) throw new Refusal('mapping_not_valid', { problems: problems.slice(0, 20) });
  return receipts.inSource(system, actor, organisation, async (tx, source) => {
    const at = system.now();
    const saved = { name, fields, by: actor.id, updatedAt: at };
    await batches.saveMapping(tx, source, saved);
    const body = { name };
    const { audience } = source;
    await entries.append(tx, { did: 'mapping_saved', object: organisation, by: actor, audience: [audience], body, at });
    return saved;
  });
}

/** A mapping as readers take it: column to field. It is kept by field, of which each stands once. */
export const columnsOf = (fields: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(fields).map(([field, column]) => [column, field]));

/** Forgets a saved mapping. */
export function forgetMapping(system: System, actor: Actor, name: string): Promise<void> {
  const organisation = requireReporter(actor);
  return system.database.transaction(actor, async (tx) => {
    if (!(await batches.forgetMapping(tx, organisation, name))) throw new Refusal('not_found');
    const body = { name };
    await entries.append(tx, { did: 'mapping_forgotten', object: organisation, by: actor, body, at: system.now() });
  });
}

/** A batch of the actor's own organisation, for those who report for it; for other organisations there is none. */
export async function own(
  tx: Tx,
  actor: Actor,
  id: string,
  { isLocked = false }: { isLocked?: boolean } = {},
): Promise<batches.KeptBatch> {
  const batch = await (isLocked ? batches.lock(tx, id) : batches.find(tx, id));
  const isTheirs = actor.kind === 'system' || (batch !== undefined && batch.organisation === actor.organisation);
  if (batch === undefined || !isTheirs) throw new Refusal('not_found');
  if (actor.kind !== 'system') requireReporter(actor);
  return batch;
}
