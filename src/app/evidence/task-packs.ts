/**
 * Sealed task packs: what is published is their statement (root, size, version), on record before anybody runs them. No item comes
 * here unless somebody opens it with its proof; of an opaque pack not even that.
 */
import type { Actor, OrganisationId } from '../../domain/directory/actor.ts';
import * as permission from '../../domain/directory/permission.ts';
import {
  isOf,
  readOpening,
  readStatement,
  type Standing,
  sealOf,
  shownOf,
  standingOf,
} from '../../domain/evidence/task-pack.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { Party } from '../../domain/review/party.ts';
import * as sealedList from '../../log/sealed-list.ts';
import type { Tx } from '../../store/database.ts';
import * as audiences from '../../store/directory/audiences.ts';
import * as runs from '../../store/evidence/runs.ts';
import * as packs from '../../store/evidence/task-packs.ts';
import * as entries from '../../store/log/entries.ts';
import { sha256 } from '../../store/log/sha256.ts';
import * as submissions from '../../store/review/submissions.ts';
import { party } from '../review/submissions.ts';
import type { System } from '../system.ts';
import * as showing from './showing.ts';

/** Those who measure, on either side. */
const measurers = ['evaluator', 'security_lead', 'release_manager'] as const;

function found<T>(value: T | undefined): T {
  if (value === undefined) throw new Refusal('not_found');
  return value;
}

/** The pack, held against others who change it, for somebody of its owner. */
async function owned(tx: Tx, actor: Actor, id: string): Promise<packs.KeptPack> {
  const pack = found(await packs.lock(tx, id));
  permission.requireRole(actor, ...measurers);
  if (pack.organisation !== actor.organisation) throw new Refusal('not_permitted');
  return pack;
}

/**
 * Publishes the statement of a pack for the actor's organisation, with its place in the log as its time stamp. Published once more, it
 * is the same pack.
 */
export async function publish(
  system: System,
  actor: Actor,
  { statement, isOpaque, runsMax }: { statement: unknown; isOpaque: boolean; runsMax: number },
): Promise<packs.KeptPack> {
  permission.requireRole(actor, ...measurers);
  const read = readStatement(statement);
  if ('problems' in read) throw new Refusal('pack_not_read', { problems: read.problems });
  const organisation = actor.organisation as OrganisationId;
  const at = system.now();
  const fresh = () => Buffer.from(system.randomBytes(16)).toString('hex');
  return system.database.transaction(actor, async (tx) => {
    const before = await packs.ofRoot(tx, organisation, read.statement.root);
    if (before !== undefined) return before;
    const audience = `audience_${fresh()}`;
    await audiences.create(tx, { id: audience, members: [{ organisation }], by: actor.id, at });
    const pack: packs.KeptPack = {
      id: `pack_${fresh()}`,
      organisation,
      audience,
      ownAudience: audience,
      submission: null,
      statement: read.statement,
      isOpaque,
      runsMax,
      publishedBy: actor.id,
      publishedAt: at,
    };
    await packs.insert(tx, pack);
    const body = { ...read.statement, isOpaque };
    await entries.append(tx, { did: 'task_pack_published', object: pack.id, by: actor, body, at });
    return pack;
  });
}

export function list(system: System, actor: Actor, page: Parameters<typeof packs.list>[1]): Promise<packs.KeptPack[]> {
  permission.requireSignedIn(actor);
  return system.database.transaction(actor, (tx) => packs.list(tx, page));
}

export interface Details {
  pack: packs.KeptPack;
  uses: { run: string; notedAt: string }[];
  openings: packs.Opening[];
  /** Of items that were shown to a model or to anybody; the most shown first. */
  standings: ({ item: string } & Standing)[];
}

const standingsMax = 1000;

/** A pack with what has become known of its items; that it was read is on record (I7). */
export function load(system: System, actor: Actor, id: string): Promise<Details> {
  permission.requireSignedIn(actor);
  return system.database.transaction(actor, async (tx) => {
    const pack = found(await packs.find(tx, id));
    await entries.append(tx, {
      type: 'access',
      did: 'task_pack_read',
      object: id,
      by: actor,
      audience: [pack.organisation],
      at: system.now(),
    });
    const rule = { runsMax: pack.runsMax, afterOpening: true };
    const shown = (await packs.exposures(tx, id, standingsMax)).map(({ item, ...exposure }) => ({
      item,
      ...standingOf(exposure, rule),
    }));
    return { pack, uses: await packs.uses(tx, id), openings: await packs.openings(tx, id), standings: shown };
  });
}

/** Notes that a run of the actor's organisation sent items of the pack to a model: each counts as shown once more. */
export function noteUse(system: System, actor: Actor, id: string, run: string): Promise<void> {
  permission.requireRole(actor, ...measurers);
  const at = system.now();
  return system.database.transaction(actor, async (tx) => {
    const pack = await owned(tx, actor, id);
    const used = found(await runs.find(tx, run));
    if (used.organisation !== actor.organisation) throw new Refusal('not_permitted');
    if (!(await packs.addUse(tx, pack, { run, by: actor.id, at }))) return;
    // For the owner alone: the run may be of a model of which those who were shown the pack know nothing.
    await entries.append(tx, { did: 'task_pack_used', object: id, by: actor, body: { run }, at });
  });
}

/**
 * Checks an opening against the published statement and notes that this item is known from now on. The item itself is not kept. Of an
 * opaque pack none is taken: its items do not come here (I18).
 */
export function open(system: System, actor: Actor, id: string, document: unknown): Promise<packs.Opening> {
  permission.requireSignedIn(actor);
  const at = system.now();
  return system.database.transaction(actor, async (tx) => {
    const pack = found(await packs.lock(tx, id));
    if (pack.isOpaque) throw new Refusal('pack_opaque');
    const read = readOpening(document);
    if ('problems' in read) throw new Refusal('pack_not_read', { problems: read.problems });
    const { opening } = read;
    const holds = isOf(opening, pack.statement) && sealedList.verify(sha256, sealOf(pack.statement), shownOf(opening));
    if (!holds) throw new Refusal('opening_not_of_pack');
    const { index: place, item } = opening;
    if (await packs.addOpening(tx, pack, { place, item: item.id, by: actor.id, at })) {
      const body = { place, item: item.id };
      await entries.append(tx, { did: 'task_opened', object: id, by: actor, audience: [pack.audience], body, at });
    }
    return { place, item: item.id, notedAt: at };
  });
}

/** Who would learn of a pack if it were shown to the parties of a submission. */
export function showPreview(
  system: System,
  actor: Actor,
  id: string,
  submission: string,
): Promise<{ parties: Party[] }> {
  permission.requireSignedIn(actor);
  return system.database.transaction(actor, async (tx) => {
    await owned(tx, actor, id);
    await party(tx, actor, submission);
    return { parties: await submissions.parties(tx, submission) };
  });
}

/**
 * Shows a pack's statement to the parties of a submission, now and as long as they are its parties, or with null to nobody else any
 * more. A person's named act (I6, I16).
 */
export function show(system: System, actor: Actor, id: string, submission: string | null): Promise<packs.KeptPack> {
  permission.requirePerson(actor);
  const at = system.now();
  return system.database.transaction(actor, async (tx) => {
    const pack = await owned(tx, actor, id);
    const to = await showing.audienceOf(tx, actor, pack.ownAudience, submission);
    if (to.submission === pack.submission) return pack;
    await packs.show(tx, id, to);
    await showing.record(tx, { object: id, by: actor, at, kind: 'task_pack' }, pack, to);
    return found(await packs.find(tx, id));
  });
}
