/** Findings as their reporter sees them. Nothing here tells whether others reported the same (I5). */

import type { Actor } from '../../domain/directory/actor.ts';
import { requireIntake } from '../../domain/directory/legal-basis.ts';
import * as permission from '../../domain/directory/permission.ts';
import type { Instant } from '../../domain/instant.ts';
import type { FindingState, Report } from '../../domain/intake/report.ts';
import { isCoordinator, requireReporter } from '../../domain/intake/who.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { Tx } from '../../store/database.ts';
import * as agentBudgets from '../../store/directory/agent-budgets.ts';
import * as findings from '../../store/intake/findings.ts';
import * as entries from '../../store/log/entries.ts';
import * as jobs from '../jobs.ts';
import type { System } from '../system.ts';
import * as receipts from './receipts.ts';
import * as reporting from './reporting.ts';

/** A finding with its report, its history and what was asked about it. */
export interface Shown {
  finding: findings.KeptFinding;
  /** Without its reproduction. */
  report: Report;
  states: { state: FindingState; at: Instant }[];
  messages: reporting.Message[];
}

/**
 * Hands in one report. The same report under the same key gives the same receipt; another report under that key is refused. Beyond
 * the room of the source nothing is taken.
 */
export async function submit(system: System, actor: Actor, handed: receipts.Handed): Promise<receipts.Receipt> {
  const organisation = requireReporter(actor);
  requireIntake(system.now());
  const prepared = { ...receipts.prepare(system, handed), row: null };
  return receipts.inSource(system, actor, organisation, async (tx, source) => {
    const at = system.now();
    const { room, left } = await receipts.roomNow(tx, source, at);
    const [taken] = await receipts.keep(tx, actor, source, [prepared], { batch: null, at, newMax: left.left });
    if (taken === undefined) throw new Refusal('intake_full', { ...room, resumesAt: left.resumesAt });
    if ('refused' in taken) throw new Refusal(taken.refused);
    if (taken.isNew) {
      const { id, digest } = taken.receipt;
      const body = { digest };
      await entries.append(tx, {
        did: 'finding_received',
        object: id,
        by: actor,
        audience: [source.audience],
        body,
        at,
      });
      await agentBudgets.spend(tx, actor, 'findings', 1, at);
      await jobs.add(tx, 'screen_findings', {}, { key: 'screen_findings' });
    }
    const { id, key, digest, receivedAt } = taken.receipt;
    return { id, key, digest, receivedAt };
  });
}

export type Filter = Omit<findings.Filter, 'organisation'>;

/** The findings of the actor's organisation, the newest first; as lists show them, without their texts. */
export function list(system: System, actor: Actor, filter: Filter): Promise<findings.KeptFinding[]> {
  const organisation = requireReporter(actor);
  return system.database.transaction(actor, (tx) => findings.list(tx, { ...filter, organisation }));
}

/** One finding of the actor's organisation, or any for a coordinator. That its text was read is on record with its source (I7). */
export function load(system: System, actor: Actor, id: string): Promise<Shown> {
  permission.requireSignedIn(actor);
  return system.database.transaction(actor, async (tx) => {
    const finding = await visible(tx, actor, id);
    await noteRead(tx, system, actor, finding, 'finding_read');
    return reporting.shown(system, tx, finding);
  });
}

/** The reproduction of a finding, and what it was read from: exploit detail, given by itself and put on record by itself (I12). */
export function reproduction(
  system: System,
  actor: Actor,
  id: string,
): Promise<{ reproduction: string | null; original: string | null }> {
  permission.requireSignedIn(actor);
  return system.database.transaction(actor, async (tx) => {
    const finding = await visible(tx, actor, id);
    await noteRead(tx, system, actor, finding, 'reproduction_read');
    const sealed = await findings.sealed(tx, id);
    if (sealed === undefined) throw new Refusal('not_found');
    return {
      reproduction: receipts.openReproduction(system, id, sealed) ?? null,
      original: receipts.openOriginal(system, id, sealed) ?? null,
    };
  });
}

/** Answers what was asked about a finding. */
export function answer(system: System, actor: Actor, id: string, text: string): Promise<Shown> {
  permission.requireSignedIn(actor);
  return system.database.transaction(actor, async (tx) => {
    const finding = await own(tx, actor, id);
    await reporting.answer(system, tx, actor, finding, text);
    return reporting.shown(system, tx, await visible(tx, actor, id));
  });
}

/** Withdraws a finding. What was received stays on record; nobody works on it any more. */
export function withdraw(system: System, actor: Actor, id: string): Promise<Shown> {
  permission.requireSignedIn(actor);
  return system.database.transaction(actor, async (tx) => {
    const finding = await own(tx, actor, id);
    await reporting.withdraw(system, tx, actor, finding);
    return reporting.shown(system, tx, await visible(tx, actor, id));
  });
}

/** What the actor's organisation may hand in now. */
export async function room(system: System, actor: Actor): Promise<Awaited<ReturnType<typeof receipts.roomNow>>> {
  const organisation = requireReporter(actor);
  return receipts.inSource(system, actor, organisation, (tx, source) => receipts.roomNow(tx, source, system.now()));
}

/** Puts on record that somebody read of a finding what lists do not show. */
export function noteRead(
  tx: Tx,
  system: System,
  actor: Actor,
  { id, organisation, audience }: findings.KeptFinding,
  did: string,
): Promise<void> {
  const readers = organisation === null ? [audience] : [organisation];
  return entries.append(tx, { type: 'access', did, object: id, by: actor, audience: readers, at: system.now() });
}

/** A finding that the actor may open: as a reporter of their own organisation, or as a coordinator. For other organisations there is none. */
export async function visible(tx: Tx, actor: Actor, id: string): Promise<findings.KeptFinding> {
  const finding = await findings.find(tx, id);
  const isTheirs =
    finding !== undefined && finding.organisation !== null && finding.organisation === actor.organisation;
  if (finding === undefined || (!isTheirs && !isCoordinator(actor))) throw new Refusal('not_found');
  if (!isCoordinator(actor)) requireReporter(actor);
  return finding;
}

/** A finding of the actor's own organisation, locked. */
async function own(tx: Tx, actor: Actor, id: string): Promise<findings.KeptFinding> {
  const finding = await findings.lock(tx, id);
  if (finding === undefined || finding.organisation === null || finding.organisation !== actor.organisation) {
    throw new Refusal('not_found');
  }
  requireReporter(actor);
  return finding;
}
