/** Evaluation logs that an organisation keeps here. Who sees one is its owner's act alone (I6), and every read is on record (I7). */
import type { Actor, OrganisationId } from '../../domain/directory/actor.ts';
import * as permission from '../../domain/directory/permission.ts';
import type { EvalLog } from '../../domain/evidence/eval-log.ts';
import type { LogReport } from '../../domain/evidence/log-check.ts';
import type { Manifest } from '../../domain/evidence/manifest.ts';
import type { Instant } from '../../domain/instant.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { Party } from '../../domain/review/party.ts';
import type { Tx } from '../../store/database.ts';
import * as audiences from '../../store/directory/audiences.ts';
import * as runs from '../../store/evidence/runs.ts';
import * as entries from '../../store/log/entries.ts';
import * as submissions from '../../store/review/submissions.ts';
import { party } from '../review/submissions.ts';
import type { System } from '../system.ts';
import { requireImporter } from './run-import.ts';

/** The runs that the actor may know of, newest first. */
export function list(system: System, actor: Actor, page: runs.ListPage): Promise<runs.KeptRun[]> {
  permission.requireSignedIn(actor);
  return system.database.transaction(actor, (tx) => runs.list(tx, page));
}

export interface Details {
  run: runs.KeptRun;
  /** Null until the run is ready. */
  header: EvalLog | null;
  /** What the samples say beside what the header says. */
  report: LogReport | null;
  scorers: { name: string; scored: number }[];
  clusters: { key: string; groups: number }[];
  counts: Record<runs.SampleFilter, number>;
  shares: runs.Share[];
  /** Who may see it. */
  audience: { id: OrganisationId; name: string }[];
}

/** One run with what its log says of itself. */
export function load(system: System, actor: Actor, id: string): Promise<Details> {
  return reading(system, actor, id, 'run_read', {}, async (tx, run) => {
    const { header, report } = await runs.documents(tx, run.number);
    const shares = await runs.shares(tx, run.number);
    return {
      run,
      header,
      report,
      ...(await runs.columns(tx, run.number)),
      counts: await runs.flagCounts(tx, run.number),
      shares,
      audience: await knownReaders(tx, actor, run, shares),
    };
  });
}

/**
 * Who may see a run: all of them for its owner. Others learn of the owner, of themselves and of the parties of submissions they know of:
 * a run may be shared with those of another submission, of which they know nothing.
 */
async function knownReaders(
  tx: Tx,
  actor: Actor,
  run: runs.NumberedRun,
  shares: runs.Share[],
): Promise<{ id: OrganisationId; name: string }[]> {
  const all = await audiences.organisations(tx, run.audience);
  if (run.organisation === actor.organisation) return all;
  const known = new Set<string | undefined>([run.organisation, actor.organisation]);
  for (const { submission } of shares) {
    for (const { organisation } of await submissions.parties(tx, submission)) known.add(organisation);
  }
  return all.filter(({ id }) => known.has(id));
}

/** What the run was made with, in a form that can be compared. */
export function manifest(system: System, actor: Actor, id: string): Promise<{ digest: string; manifest: Manifest }> {
  return reading(system, actor, id, 'run_manifest_read', {}, async (tx, run) => {
    requireReady(run);
    const { manifest } = await runs.documents(tx, run.number);
    return { digest: run.manifestDigest as string, manifest: manifest as Manifest };
  });
}

/** Samples of a run in order, as many as fit the page. */
export function samples(system: System, actor: Actor, id: string, page: runs.SamplePage): Promise<runs.KeptSample[]> {
  const body = { after: page.after ?? 0, limit: page.limit };
  return reading(system, actor, id, 'run_samples_read', body, (tx, run) => {
    requireReady(run);
    return runs.samples(tx, run.number, page);
  });
}

/** One sample with what its transcript holds. */
export function sample(system: System, actor: Actor, id: string, number: number): Promise<runs.SampleDetail> {
  return reading(system, actor, id, 'run_sample_read', { sample: number }, (tx, run) => sampleOf(tx, run, number));
}

/** Events of one transcript in order. */
export function events(
  system: System,
  actor: Actor,
  id: string,
  number: number,
  page: runs.EventPage,
): Promise<runs.KeptEvent[]> {
  const body = { sample: number, after: page.after, limit: page.limit };
  return reading(system, actor, id, 'run_events_read', body, async (tx, run) => {
    requireReady(run);
    const found = await runs.events(tx, run.number, number, page);
    // A transcript without events is told from a sample that is not there.
    if (found.length === 0) await sampleOf(tx, run, number);
    return found;
  });
}

/** One event with all that the log holds of it. */
export function event(
  system: System,
  actor: Actor,
  id: string,
  number: number,
  index: number,
): Promise<NonNullable<Awaited<ReturnType<typeof runs.event>>>> {
  return reading(system, actor, id, 'run_event_read', { sample: number, index }, async (tx, run) => {
    requireReady(run);
    return found(await runs.event(tx, run.number, number, index));
  });
}

/**
 * Where the next event of a kind, or with a text, stands; null where there is none. A text is looked for in part of a transcript at a time:
 * `next` is from where to go on looking, null once all of it was seen.
 */
export function seek(
  system: System,
  actor: Actor,
  id: string,
  number: number,
  sought: runs.Sought,
): Promise<{ index: number | null; next: number | null }> {
  return reading(system, actor, id, 'run_events_searched', { sample: number, from: sought.from }, async (tx, run) => {
    const { events } = await sampleOf(tx, run, number);
    const index = (await runs.seek(tx, run.number, number, sought)) ?? null;
    const reached = sought.from + (sought.isBackward ? -runs.soughtMax : runs.soughtMax);
    const isLeft = index === null && sought.q !== undefined && (sought.isBackward ? reached > 0 : reached < events - 1);
    return { index, next: isLeft ? reached : null };
  });
}

/** Forgets a run with all its samples and transcripts. What the log says of it stays. */
export function remove(system: System, actor: Actor, id: string): Promise<void> {
  permission.requireSignedIn(actor);
  return system.database.transaction(actor, async (tx) => {
    const run = await owned(tx, actor, id);
    await runs.remove(tx, id);
    await entries.append(tx, {
      did: 'run_removed',
      object: id,
      by: actor,
      audience: [run.audience],
      at: system.now(),
    });
  });
}

/** Who would learn of a run if it were shared with the parties of a submission: those not yet in its audience are `isNew`. */
export function sharePreview(
  system: System,
  actor: Actor,
  id: string,
  submission: string,
): Promise<{ parties: (Party & { isNew: boolean })[] }> {
  permission.requireSignedIn(actor);
  return system.database.transaction(actor, async (tx) => {
    const run = await owned(tx, actor, id);
    await party(tx, actor, submission);
    const known = new Set((await audiences.organisations(tx, run.audience)).map((one) => one.id));
    const parties = await submissions.parties(tx, submission);
    return { parties: parties.map((one) => ({ ...one, isNew: !known.has(one.organisation) })) };
  });
}

/**
 * Lets the parties of a submission see a run: the named act that widens its audience (I6). A person's act, never an agent's (I16).
 * `organisations` are the parties that the person saw in the preview; when others have come since, nothing is shared.
 */
export function share(
  system: System,
  actor: Actor,
  id: string,
  submission: string,
  organisations: readonly string[],
): Promise<runs.Share[]> {
  permission.requirePerson(actor);
  return system.database.transaction(actor, async (tx) => {
    const run = await owned(tx, actor, id);
    requireReady(run);
    await party(tx, actor, submission, { isLocked: true });
    const parties = (await submissions.parties(tx, submission)).map((one) => one.organisation);
    const isSeen = parties.length === organisations.length && parties.every((one) => organisations.includes(one));
    if (!isSeen) throw new Refusal('preview_outdated');
    const at = system.now();
    await audiences.add(
      tx,
      run.audience,
      parties.map((organisation) => ({ organisation })),
      { by: actor.id, at },
    );
    for (const one of parties) await audiences.resume(tx, run.audience, one, { by: actor.id, at });
    await runs.addShare(tx, run.number, { submission, sharedBy: actor.id, sharedAt: at });
    const body = { submission, organisations: parties };
    // For those of this submission only: it may be shared with those of another, who know nothing of it.
    await entries.append(tx, { did: 'run_shared', object: id, by: actor, audience: parties, body, at });
    return runs.shares(tx, run.number);
  });
}

/**
 * Takes a sharing back: from now on the parties of that submission see nothing of the run, unless another sharing lets them. What they
 * have read stays read, and stays on record.
 */
export function unshare(system: System, actor: Actor, id: string, submission: string): Promise<runs.Share[]> {
  permission.requirePerson(actor);
  return system.database.transaction(actor, async (tx) => {
    const run = await owned(tx, actor, id);
    if (!(await runs.removeShare(tx, run.number, submission))) throw new Refusal('not_found');
    const at = system.now();
    const left = await runs.shares(tx, run.number);
    const stay = new Set<string>([run.organisation]);
    for (const other of left) {
      for (const { organisation } of await submissions.parties(tx, other.submission)) stay.add(organisation);
    }
    const ended = (await audiences.organisations(tx, run.audience)).filter((one) => !stay.has(one.id));
    await endFor(
      tx,
      run,
      submission,
      ended.map((one) => one.id),
      { by: actor, at },
    );
    return left;
  });
}

/** An organisation that knows of a submission no longer sees the actor's runs that were shared with its parties, unless another sharing lets it. */
export async function endForParty(
  tx: Tx,
  submission: string,
  organisation: OrganisationId,
  by: { by: Actor; at: Instant },
): Promise<void> {
  for (const run of await runs.list(tx, { submission, limit: sharedMax })) {
    if (run.organisation !== by.by.organisation || run.organisation === organisation) continue;
    let stays = false;
    for (const other of await runs.shares(tx, run.number)) {
      const parties = await submissions.parties(tx, other.submission);
      if (other.submission !== submission && parties.some((one) => one.organisation === organisation)) stays = true;
    }
    if (!stays) await endFor(tx, run, submission, [organisation], by);
  }
}

/** More than this many runs are shared with nobody. */
const sharedMax = 10_000;

async function endFor(
  tx: Tx,
  run: runs.NumberedRun,
  submission: string,
  organisations: OrganisationId[],
  { by, at }: { by: Actor; at: Instant },
): Promise<void> {
  const body = { submission, organisations };
  const audience = [run.organisation, ...organisations];
  await entries.append(tx, { did: 'run_sharing_ended', object: run.id, by, audience, body, at });
  for (const one of organisations) {
    await entries.keepHistory(tx, run.audience, one);
    await audiences.end(tx, run.audience, one, { by: by.id, at });
  }
}

/** Reads something of a run, and puts the read on record as `opened` does. */
export function reading<T>(
  system: System,
  actor: Actor,
  id: string,
  did: string,
  body: Record<string, unknown>,
  read: (tx: Tx, run: runs.NumberedRun) => Promise<T>,
): Promise<T> {
  permission.requireSignedIn(actor);
  return system.database.transaction(actor, async (tx) => read(tx, await opened(system, actor, tx, id, did, body)));
}

/**
 * The run, of which something is about to be read: every read by others is put on record for the owner (I7); within the owner's
 * organisation the opening of a run and of a sample, not every page of them.
 */
export async function opened(
  system: System,
  actor: Actor,
  tx: Tx,
  id: string,
  did: string,
  body: Record<string, unknown>,
): Promise<runs.NumberedRun> {
  const run = found(await runs.find(tx, id));
  const isOpening = did === 'run_read' || did === 'run_sample_read';
  if (isOpening || run.organisation !== actor.organisation) {
    const audience = [run.organisation];
    await entries.append(tx, { type: 'access', did, object: id, by: actor, audience, body, at: system.now() });
  }
  return run;
}

/** The run, held against others who change it, for somebody of its owner who may. */
async function owned(tx: Tx, actor: Actor, id: string): Promise<runs.NumberedRun> {
  const run = found(await runs.lock(tx, id));
  requireImporter(actor);
  if (run.organisation !== actor.organisation) throw new Refusal('not_permitted');
  return run;
}

/** A run that is being read, or could not be, has nothing to show yet. */
export function requireReady(run: runs.KeptRun): void {
  if (run.state !== 'ready') throw new Refusal('run_not_ready', { state: run.state });
}

async function sampleOf(tx: Tx, run: runs.NumberedRun, number: number): Promise<runs.SampleDetail> {
  requireReady(run);
  return found(await runs.sample(tx, run.number, number));
}

function found<T>(value: T | undefined): T {
  if (value === undefined) throw new Refusal('not_found');
  return value;
}
