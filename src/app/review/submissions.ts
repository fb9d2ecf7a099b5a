/** The file of a model that its developer offers early. Only those whom the developer has named know that it exists (I5, I6). */
import type { Actor, OrganisationId } from '../../domain/directory/actor.ts';
import * as permission from '../../domain/directory/permission.ts';
import type { Instant } from '../../domain/instant.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { Capacity, Party } from '../../domain/review/party.ts';
import { type Model, tally } from '../../domain/review/submission.ts';
import type { Tx } from '../../store/database.ts';
import * as audiences from '../../store/directory/audiences.ts';
import * as organisations from '../../store/directory/organisations.ts';
import * as entries from '../../store/log/entries.ts';
import * as versions from '../../store/review/submission-versions.ts';
import * as submissions from '../../store/review/submissions.ts';
import type { System } from '../system.ts';
import { addVersion, readParts } from './submission-version.ts';

export interface Side {
  submission: submissions.KeptSubmission;
  /** In which capacity the actor's organisation knows of it. */
  capacity: Capacity;
}

export interface Details extends Side {
  /** Every organisation that may know of it, the developer first. */
  parties: Party[];
  /** How far the file is, as far as the actor may read it; undefined while nothing was handed over to another party. */
  file: FileStanding | undefined;
}

export interface FileStanding {
  version: number;
  savedAt: Instant;
  /** The newest version handed over. */
  handedVersion: number | undefined;
  counts: ReturnType<typeof tally>;
}

async function standingOf(tx: Tx, id: string): Promise<FileStanding | undefined> {
  const newest = await versions.find(tx, id);
  if (newest === undefined) return undefined;
  const handed = newest.handedAt === null ? await versions.newestHanded(tx, id) : newest;
  const { version, savedAt, content } = newest;
  return { version, savedAt, handedVersion: handed?.version, counts: tally(content.parts) };
}

/**
 * The submission and the actor's side of it: what every act on a file asks first. Who may not know of it is told that there is nothing;
 * a party in another capacity than `allowed` is told that it may not. With `isLocked` nobody else changes the file meanwhile.
 */
export async function party(
  tx: Tx,
  actor: Actor,
  id: string,
  { allowed, isLocked = false }: { allowed?: readonly Capacity[]; isLocked?: boolean } = {},
): Promise<Side> {
  const submission = await (isLocked ? submissions.lock(tx, id) : submissions.find(tx, id));
  if (submission === undefined || actor.organisation === undefined) throw new Refusal('not_found');
  const capacity = await submissions.capacityOf(tx, id, actor.organisation);
  if (capacity === undefined) throw new Refusal('not_found');
  if (allowed !== undefined && !allowed.includes(capacity)) throw new Refusal('not_permitted');
  return { submission, capacity };
}

/**
 * Opens the file of one model version, with what is said of its parts already. Nobody outside the developer's organisation knows of it
 * until the developer says so. Refuses parts that cannot be read, with every problem.
 */
export async function open(
  system: System,
  actor: Actor,
  model: Model,
  said: Record<string, unknown> = {},
): Promise<Details> {
  permission.requireRole(actor, 'release_manager', 'security_lead');
  const organisation = actor.organisation as OrganisationId;
  // Which model it is was said already: the first part is begun.
  const parts = readParts({ 1: { state: 'given', content: {} }, ...said });
  const fresh = () => Buffer.from(system.randomBytes(16)).toString('hex');
  const at = system.now();
  const id = `submission_${fresh()}`;
  const audience = `audience_${fresh()}`;
  return system.database.transaction(actor, async (tx) => {
    await audiences.create(tx, { id: audience, members: [{ organisation }], by: actor.id, at });
    await submissions.insert(tx, { id, audience, organisation, model, createdAt: at });
    await submissions.addParty(tx, { id, audience }, { organisation, capacity: 'developer', by: actor.id, at });
    const submission = { id, audience, organisation, model, createdAt: at, updatedAt: at };
    await addVersion(tx, actor, submission, { version: 1, content: { model, parts }, note: null, at });
    await entries.append(tx, { did: 'submission_opened', object: id, by: actor, audience: [audience], at });
    return {
      submission,
      capacity: 'developer',
      parties: await submissions.parties(tx, id),
      file: await standingOf(tx, id),
    };
  });
}

/**
 * Lets another organisation know of a submission: the named act that widens its audience (I6). A person's act, never an agent's (I16).
 * With `handedVersion` (of the preview; null for none) it is refused when another version has been handed over since. Gives all who
 * may know of it then.
 */
export function admit(
  system: System,
  actor: Actor,
  id: string,
  organisation: string,
  { handedVersion }: { handedVersion?: number | null | undefined } = {},
): Promise<Party[]> {
  permission.requirePerson(actor);
  permission.requireRole(actor, 'release_manager', 'security_lead');
  return system.database.transaction(actor, async (tx) => {
    const { submission } = await party(tx, actor, id, { allowed: ['developer'], isLocked: true });
    const named = await nameable(tx, organisation);
    const handed = await versions.newestHanded(tx, id);
    if (handedVersion !== undefined && handedVersion !== (handed?.version ?? null))
      throw new Refusal('preview_outdated');
    if ((await submissions.capacityOf(tx, id, named.id)) !== undefined) return submissions.parties(tx, id);
    const at = system.now();
    await audiences.add(tx, submission.audience, [{ organisation: named.id }], { by: actor.id, at });
    await audiences.resume(tx, submission.audience, named.id, { by: actor.id, at });
    const fromVersion = handed?.version ?? 0;
    await submissions.addParty(tx, submission, {
      organisation: named.id,
      capacity: 'authority',
      fromVersion,
      by: actor.id,
      at,
    });
    await submissions.touch(tx, id, at);
    const body = { admitted: named.id, ...(handed && { version: handed.version }) };
    const audience = [submission.audience];
    await entries.append(tx, { did: 'submission_shown', object: id, by: actor, audience, body, at });
    return submissions.parties(tx, id);
  });
}

/** An organisation that the actor may name; one that is hidden and one that is missing are refused alike (I5). */
export async function nameable(tx: Tx, organisation: string): Promise<{ id: OrganisationId; name: string }> {
  const named = await organisations.find(tx, organisation);
  if (named === undefined) throw new Refusal('invalid_request');
  return named;
}

/** One submission with its parties; that it was read is on record with the reader, for all parties (I7). */
export function load(system: System, actor: Actor, id: string): Promise<Details> {
  permission.requireSignedIn(actor);
  return system.database.transaction(actor, async (tx) => {
    const side = await party(tx, actor, id);
    const { organisation } = side.submission;
    await entries.append(tx, {
      type: 'access',
      did: 'submission_read',
      object: id,
      by: actor,
      audience: [organisation],
      at: system.now(),
    });
    return { ...side, parties: await submissions.parties(tx, id), file: await standingOf(tx, id) };
  });
}
