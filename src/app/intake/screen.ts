/** Findings that are new are screened and compared, soon after they came; those that a rule marks are held for a coordinator. */
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { type Actor, system as itself } from '../../domain/directory/actor.ts';
import type { Report } from '../../domain/intake/report.ts';
import type { Mark } from '../../domain/intake/screening/mark.ts';
import { screen } from '../../domain/intake/screening/screen.ts';
import { requireCoordinator } from '../../domain/intake/who.ts';
import { Refusal } from '../../domain/refusal.ts';
import * as findings from '../../store/intake/findings.ts';
import * as screenings from '../../store/intake/screenings.ts';
import * as entries from '../../store/log/entries.ts';
import * as jobs from '../jobs.ts';
import type { System } from '../system.ts';
import { compareNew } from './compare.ts';
import * as receipts from './receipts.ts';

/** Findings of one transaction: enough that a commit is a small part of it, few enough that requests are not kept waiting. */
const turnFindingsMax = 100;
const waitMs = 500;

/** The job: screens and compares whatever is new, until nothing is left. */
export async function run(system: System, signal?: AbortSignal): Promise<void> {
  for (;;) {
    signal?.throwIfAborted();
    let done: number | undefined;
    try {
      done = await turn(system, turnFindingsMax);
    } catch (error) {
      system.logger.error({ err: error }, 'findings were not screened together; each is tried alone');
      done = await alone(system);
    }
    // Another worker is at it: what is new may have come after its last look.
    if (done === undefined) await sleep(waitMs, undefined, { signal });
    else if (done < turnFindingsMax) return;
  }
}

/** Screens the next findings one by one, so that one which cannot be screened keeps no other waiting. Gives how many it tried. */
async function alone(system: System): Promise<number> {
  const waiting = await system.database.transaction(itself, (tx) => screenings.takeUnscreened(tx, turnFindingsMax));
  for (const { number, id } of waiting) {
    try {
      await turn(system, 1, number);
    } catch (error) {
      system.logger.error({ err: error, finding: id }, 'a finding was not screened');
      await system.database.transaction(itself, (tx) => screenings.noteFailure(tx, number));
    }
  }
  return waiting.length;
}

/**
 * Screens and compares the next findings, or one of them; marks, hints and that it was done hold together. Gives how many; undefined
 * while another does the same.
 */
function turn(system: System, limit: number, only?: number): Promise<number | undefined> {
  return system.database.transaction(itself, async (tx) => {
    // One at a time over all processes: what two compare at once, neither would find in the other.
    if (!(await screenings.lockScreening(tx))) return undefined;
    const waiting = await screenings.takeUnscreened(tx, limit, only);
    if (waiting.length === 0) return 0;
    const opened = waiting.map(({ organisation, ...finding }) => ({
      ...finding,
      source: organisation ?? finding.id,
      report: whole(system, finding),
    }));
    const screened = [];
    for (const finding of opened) {
      screened.push({ ...finding, marks: screen(finding.report) });
      // A report that was made to be slow delays no request of anybody else, a release least of all (I1).
      await setImmediate();
    }
    await screenings.keepScreened(tx, screened, system.now());
    await compareNew(system, tx, opened);
    return waiting.length;
  });
}

/** A report with its reproduction, as it was handed in. */
function whole(system: System, finding: Omit<screenings.Unscreened, 'organisation'>): Report {
  const reproduction = receipts.openReproduction(system, finding.id, finding);
  return { ...receipts.open(system, finding.id, finding), ...(reproduction !== undefined && { reproduction }) };
}

export interface ShownHeld extends screenings.Held {
  marks: Mark[];
}

/** Findings that are held, for coordinators, the oldest first. */
export function held(system: System, actor: Actor, page: Parameters<typeof screenings.held>[1]): Promise<ShownHeld[]> {
  requireCoordinator(actor);
  return system.database.transaction(actor, async (tx) => {
    const found = [];
    for (const one of await screenings.held(tx, page)) {
      found.push({ ...one, marks: await screenings.marksOf(tx, one.id) });
    }
    return found;
  });
}

/** A coordinator lets a held finding go on to tools, or keeps it from them; the reason stays with the coordinators. */
export function decide(
  system: System,
  actor: Actor,
  id: string,
  { decision, reason }: { decision: 'release' | 'keep'; reason: string },
): Promise<void> {
  requireCoordinator(actor);
  return system.database.transaction(actor, async (tx) => {
    const finding = await findings.lock(tx, id);
    if (finding === undefined) throw new Refusal('not_found');
    if (!finding.isHeld) throw new Refusal('finding_not_held');
    const kind = decision === 'release' ? 'released' : 'kept';
    const at = system.now();
    await screenings.decide(tx, id, { kind, reason, by: actor.id, at });
    await jobs.add(tx, 'refresh_queue', { findings: [finding.number] });
    // That a finding was held tells its source nothing about others, and much about the rules: the desk alone reads it.
    await entries.append(tx, { did: `finding_${kind}`, object: id, by: actor, at });
  });
}
