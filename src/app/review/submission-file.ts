/** What a model's file says: versions, handing over, dates, export. Drafts are the developer's alone; others read what was handed over. */
import { canonicalJson } from '../../domain/canonical-json.ts';
import type { Actor } from '../../domain/directory/actor.ts';
import * as permission from '../../domain/directory/permission.ts';
import type { Day } from '../../domain/instant.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { Party } from '../../domain/review/party.ts';
import * as rule from '../../domain/review/submission.ts';
import { handOver as handOverPreview } from '../../domain/review/submission-audience.ts';
import { type PartNumber, partNumbers } from '../../domain/review/submission-parts.ts';
import type { Tx } from '../../store/database.ts';
import * as entries from '../../store/log/entries.ts';
import * as versions from '../../store/review/submission-versions.ts';
import * as submissions from '../../store/review/submissions.ts';
import type { System } from '../system.ts';
import { addVersion, readParts } from './submission-version.ts';
import { party, type Side } from './submissions.ts';

export interface Save {
  /** The version that was changed. */
  basedOn: number;
  model?: rule.Model | undefined;
  /** By number; null opens a part again. */
  parts?: Record<string, unknown> | undefined;
  note?: string | undefined;
}

/**
 * Saves changed parts as a new version, a draft until it is handed over. Two people may save at once where their parts differ; of the
 * same part the later save is refused. A save that changes nothing gives the version that stands.
 */
export function save(system: System, actor: Actor, id: string, said: Save): Promise<versions.KeptVersion> {
  permission.requireRole(actor, 'release_manager', 'security_lead');
  return system.database.transaction(actor, async (tx) => {
    const { submission } = await party(tx, actor, id, { allowed: ['developer'], isLocked: true });
    const reopened = Object.keys(said.parts ?? {}).filter((key) => said.parts?.[key] === null);
    const given = readParts(Object.fromEntries(Object.entries(said.parts ?? {}).filter(([, one]) => one !== null)));
    const current = await found(versions.find(tx, id));
    const base = said.basedOn === current.version ? current : await versions.find(tx, id, said.basedOn);
    if (base === undefined) throw new Refusal('invalid_request');
    const touched = partNumbers.filter((number) => given[number] !== undefined || reopened.includes(String(number)));
    const changed: number[] = rule.conflicts(base.content, current.content, touched);
    const isModelChanged = canonicalJson(base.content.model) !== canonicalJson(current.content.model);
    if (said.model !== undefined && isModelChanged) changed.unshift(0);
    if (changed.length > 0) throw new Refusal('file_changed', { parts: changed, version: current.version });

    const parts = { ...current.content.parts, ...given };
    for (const key of reopened) delete parts[Number(key) as PartNumber];
    const content = { model: said.model ?? current.content.model, parts };
    if (canonicalJson(content) === canonicalJson(current.content)) return current;
    const at = system.now();
    const version = current.version + 1;
    await addVersion(tx, actor, submission, { version, content, note: said.note ?? null, at });
    // A draft leaves the date of the last change as it is: that one all parties see.
    if (said.model !== undefined && canonicalJson(said.model) !== canonicalJson(current.content.model)) {
      await submissions.setModel(tx, id, said.model);
      await submissions.touch(tx, id, at);
      // Which weights it is about concerns all parties at once.
      const body = { from: current.content.model, to: said.model };
      const audience = [submission.audience];
      await entries.append(tx, { did: 'submission_model_changed', object: id, by: actor, audience, body, at });
    }
    return found(versions.find(tx, id, version));
  });
}

export interface FileView extends Side {
  /** Undefined for another party while nothing was handed over to it. */
  version: versions.KeptVersion | undefined;
  /** Of the developer only. */
  gaps: rule.Gap[] | undefined;
  dates: versions.KeptDates | undefined;
}

/** The newest version that the actor may read, or the one with this number; the read is on record for the developer (I7). */
export function load(system: System, actor: Actor, id: string, version?: number): Promise<FileView> {
  return reading(system, actor, id, 'submission_file_read', async (tx, side) => {
    const kept = await versions.find(tx, id, version);
    if (kept === undefined && version !== undefined) throw new Refusal('not_found');
    const dates = await versions.dates(tx, id);
    const isDeveloper = side.capacity === 'developer';
    const gaps = isDeveloper && kept !== undefined ? rule.gaps(kept.content) : undefined;
    const body = { ...(kept && { version: kept.version }), ...(dates && !isDeveloper && { dates: true }) };
    return { answer: { ...side, version: kept, gaps, dates }, body };
  });
}

/** The versions that the actor may read, newest first, without what they say. */
export function list(system: System, actor: Actor, id: string): Promise<versions.VersionRow[]> {
  return reading(system, actor, id, 'submission_versions_read', async (tx) => ({
    answer: await versions.list(tx, id, rule.limits.versionsMax),
  }));
}

export interface Comparison {
  from: number;
  to: number;
  changes: rule.Change[];
}

/** What changed from one version that the actor may read to another. */
export function compare(system: System, actor: Actor, id: string, from: number, to: number): Promise<Comparison> {
  return reading(system, actor, id, 'submission_versions_compared', async (tx) => {
    const [before, after] = [await found(versions.find(tx, id, from)), await found(versions.find(tx, id, to))];
    return { answer: { from, to, changes: rule.changes(before.content, after.content) }, body: { from, to } };
  });
}

/** Who would read what of a version, before it is handed over (I6). */
export function previewHandOver(system: System, actor: Actor, id: string, version: number) {
  permission.requireRole(actor, 'release_manager', 'security_lead');
  return system.database.transaction(actor, async (tx) => {
    await party(tx, actor, id, { allowed: ['developer'] });
    const { kept, parties } = await toHandOver(tx, id, version);
    return { ...handOverPreview(kept, parties), organisations: parties.map(({ organisation }) => organisation) };
  });
}

/**
 * Hands a version over to the parties of the file: from now on they read it. A person's named act (I6, I16), on what the preview said:
 * refused when the parties are others by now.
 */
export function handOver(
  system: System,
  actor: Actor,
  id: string,
  { version, isInterim, organisations }: { version: number; isInterim: boolean; organisations: readonly string[] },
): Promise<versions.VersionRow> {
  permission.requirePerson(actor);
  permission.requireRole(actor, 'release_manager', 'security_lead');
  return system.database.transaction(actor, async (tx) => {
    const { submission } = await party(tx, actor, id, { allowed: ['developer'], isLocked: true });
    const { kept, parties } = await toHandOver(tx, id, version);
    const isAsPreviewed =
      parties.length === organisations.length &&
      parties.every(({ organisation }) => organisations.includes(organisation));
    if (!isAsPreviewed) throw new Refusal('preview_outdated');
    if (kept.handedAt !== null) return kept;
    const at = system.now();
    await versions.handOver(tx, id, version, { isInterim, by: actor.id, at });
    await submissions.touch(tx, id, at);
    const body = { version, digest: kept.digest, isInterim };
    const audience = [submission.audience];
    await entries.append(tx, { did: 'submission_version_handed_over', object: id, by: actor, audience, body, at });
    return found(versions.find(tx, id, version));
  });
}

async function toHandOver(
  tx: Tx,
  id: string,
  version: number,
): Promise<{ kept: versions.KeptVersion; parties: Party[] }> {
  const kept = await found(versions.find(tx, id, version));
  const newest = await versions.newestHanded(tx, id);
  if (newest !== undefined && newest.version > version) throw new Refusal('later_version_handed_over');
  return { kept, parties: await submissions.parties(tx, id) };
}

export interface Dates {
  partnerRelease: Day | null;
  publicRelease: Day | null;
  note: string | null;
}

/** Keeps the intended dates. They are in no version, no digest and no log entry; nobody else reads them unless shown (I20). */
export function setDates(system: System, actor: Actor, id: string, dates: Dates): Promise<versions.KeptDates> {
  permission.requireRole(actor, 'release_manager', 'security_lead');
  return system.database.transaction(actor, async (tx) => {
    const { submission } = await party(tx, actor, id, { allowed: ['developer'], isLocked: true });
    const at = system.now();
    await versions.setDates(tx, submission, dates, { by: actor.id, at });
    await entries.append(tx, { did: 'submission_dates_kept', object: id, by: actor, at });
    return found(versions.dates(tx, id));
  });
}

/** Shows the intended dates to these parties and to no others; a person's named act (I6, I20). */
export function showDates(
  system: System,
  actor: Actor,
  id: string,
  to: readonly string[],
): Promise<versions.KeptDates> {
  permission.requirePerson(actor);
  permission.requireRole(actor, 'release_manager', 'security_lead');
  return system.database.transaction(actor, async (tx) => {
    const { submission } = await party(tx, actor, id, { allowed: ['developer'], isLocked: true });
    await found(versions.dates(tx, id));
    const parties = await submissions.parties(tx, id);
    const others = parties.filter(({ capacity }) => capacity !== 'developer').map(({ organisation }) => organisation);
    const shown = others.filter((organisation) => to.includes(organisation));
    if (shown.length !== to.length) throw new Refusal('invalid_request');
    await versions.showDates(tx, id, shown);
    const body = { shownTo: shown };
    const audience = [submission.organisation, ...shown];
    await entries.append(tx, {
      did: 'submission_dates_shown',
      object: id,
      by: actor,
      audience,
      body,
      at: system.now(),
    });
    return found(versions.dates(tx, id));
  });
}

/** The whole file as one document: every version that the actor may read, with its digest, and what changed. */
export function exportFile(system: System, actor: Actor, id: string) {
  return reading(system, actor, id, 'submission_exported', async (tx, { submission, capacity }) => {
    const kept = await versions.all(tx, id);
    const { organisation: developer, model, createdAt } = submission;
    const answer = {
      format: 'assay-submission',
      formatVersion: 1,
      submission: id,
      developer,
      model,
      createdAt,
      exportedAt: system.now(),
      parties: await submissions.parties(tx, id),
      ...(capacity === 'developer' && { dates: (await versions.dates(tx, id)) ?? null }),
      versions: kept.map(({ content, savedByName: _, ...version }, at) => ({
        ...version,
        content,
        changes: rule.changes(kept[at - 1]?.content, content),
      })),
    };
    return { answer, body: { versions: kept.length } };
  });
}

/** Reads as a party of the file, and puts the read on record for the developer in the same transaction. */
function reading<Answer>(
  system: System,
  actor: Actor,
  id: string,
  did: string,
  read: (tx: Tx, side: Side) => Promise<{ answer: Answer; body?: Record<string, unknown> }>,
): Promise<Answer> {
  permission.requireSignedIn(actor);
  return system.database.transaction(actor, async (tx) => {
    const side = await party(tx, actor, id);
    const { answer, body = {} } = await read(tx, side);
    const audience = [side.submission.organisation];
    await entries.append(tx, { type: 'access', did, object: id, by: actor, audience, body, at: system.now() });
    return answer;
  });
}

async function found<T>(looked: Promise<T | undefined>): Promise<T> {
  const value = await looked;
  if (value === undefined) throw new Refusal('not_found');
  return value;
}
