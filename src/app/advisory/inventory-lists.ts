/** Patch lists of kept inventories, and how they change from week to week. */
import type { Inventory } from '../../domain/advisory/inventory.ts';
import { covers } from '../../domain/advisory/mark.ts';
import { type Changes, compare, type Outcome } from '../../domain/advisory/outcome.ts';
import type { Pack } from '../../domain/advisory/pack.ts';
import { familyOf, packagesOf } from '../../domain/advisory/package.ts';
import * as patchList from '../../domain/advisory/patch-list.ts';
import { builtIn, builtInPolicies } from '../../domain/advisory/priority/built-in.ts';
import { type Clock, news } from '../../domain/advisory/priority/clock.ts';
import type { Policy } from '../../domain/advisory/priority/policy.ts';
import { type Actor, system as itself } from '../../domain/directory/actor.ts';
import * as permission from '../../domain/directory/permission.ts';
import { addDays, type Day, type Instant } from '../../domain/instant.ts';
import { Refusal } from '../../domain/refusal.ts';
import * as inventories from '../../store/advisory/inventories.ts';
import type { Tx } from '../../store/database.ts';
import * as entries from '../../store/log/entries.ts';
import type { System } from '../system.ts';
import * as openPacks from './open-packs.ts';
import * as packs from './packs.ts';

/** Snapshots older than this many days are forgotten. */
const snapshotDaysMax = 400;
/** How far back what changed is told, unless a day is asked for. Of days so long ago only the last upload's list is kept. */
const comparedDays = 7;
/** Vulnerabilities times packages of one list: as many as are made and sent within seconds. */
const matchesMax = 50_000;
export interface KeptList {
  list: patchList.PatchList;
  /** By item key. `isCurrent` is false where vulnerabilities came after the mark: the line is open again. */
  marks: Record<string, inventories.KeptMark & { isCurrent: boolean }>;
}

export function policies(): readonly Policy[] {
  return builtInPolicies;
}

export function policyNamed(name: string | undefined): Policy {
  const policy = name === undefined ? builtInPolicies[0] : builtIn(name);
  if (policy === undefined) throw new Refusal('policy_not_found');
  return policy;
}

/**
 * The ordered patch list of a kept inventory as of a day (today, when left out), with its marks. Marks decide what is shown as
 * settled, not what is on the list: a settled line keeps its place and its reasons.
 */
export async function listOf(
  system: System,
  actor: Actor,
  id: string,
  options: { policy?: string | undefined; asOf?: Day | undefined },
): Promise<KeptList> {
  permission.requireSignedIn(actor);
  const policy = policyNamed(options.policy);
  const asOf = options.asOf ?? system.now().slice(0, 10);
  const kept = await system.database.transaction(actor, (tx) => keptOf(system, tx, actor, id));
  const made = await make(system, kept, policy, asOf);
  if (asOf === system.now().slice(0, 10)) await keepClocks(system, kept, made.list);
  return made;
}

/** What changed since an earlier list, and which one that was; without one, an empty comparison that says so in `note`. */
export type Changed =
  | { since: Instant; day: Day; version: number; changes: Changes }
  | { note: string; changes: Changes };

/**
 * What is new, gone and decided otherwise since a day (a week ago, when left out). Compared with the newest list kept by that day,
 * or else with the oldest that there is; never with today's of the same upload (decision page 52).
 */
export async function changes(
  system: System,
  actor: Actor,
  id: string,
  options: { policy?: string | undefined; since?: Day | undefined },
): Promise<Changed> {
  permission.requireSignedIn(actor);
  const policy = policyNamed(options.policy);
  const today = system.now().slice(0, 10);
  const { kept, before } = await system.database.transaction(actor, async (tx) => {
    const kept = await keptOf(system, tx, actor, id);
    const day = options.since ?? addDays(today, -comparedDays);
    const now = { day: today, version: kept.row.version };
    return { kept, before: await inventories.snapshotBefore(tx, id, policy.name, day, now) };
  });
  if (before === undefined) {
    return { note: 'There is nothing earlier to compare with.', changes: compare([], []) };
  }
  const { list } = await make(system, kept, policy, today);
  await keepClocks(system, kept, list);
  const { day, version, takenAt: since } = before;
  return { since, day, version, changes: compare(before.outcomes, outcomesOf(list)) };
}

/** Keeps how the list of every inventory stands today by every policy; done each day, and again after an upload. */
export async function keepSnapshots(system: System, signal?: AbortSignal): Promise<void> {
  const today = system.now().slice(0, 10);
  const before = { all: addDays(today, -snapshotDaysMax), superseded: addDays(today, -comparedDays) };
  await system.database.transaction(itself, (tx) => inventories.forgetSnapshots(tx, before));
  let after: { updatedAt: Instant; id: string } | undefined;
  do {
    const page = await system.database.transaction(itself, (tx) => inventories.list(tx, { after, limit: 100 }));
    for (const { id } of page) {
      signal?.throwIfAborted();
      await keepSnapshot(system, id);
    }
    const last = page.at(-1);
    after = last && { updatedAt: last.updatedAt, id: last.id };
  } while (after !== undefined);
}

/** The same for one inventory; nothing when it has gone meanwhile. */
export async function keepSnapshot(system: System, id: string): Promise<void> {
  const day = system.now().slice(0, 10);
  const kept = await system.database.transaction(itself, (tx) => tryKept(tx, id));
  if (kept === undefined) return;
  for (const policy of builtInPolicies) {
    const list = await make(system, kept, policy, day).then(
      (made) => made.list,
      (error: unknown) => {
        // Its owner is told whenever they ask for the list; the inventories of others go on.
        if (error instanceof Refusal) return undefined;
        throw error;
      },
    );
    if (list === undefined) return;
    await keepClocks(system, kept, list);
    const snapshot = { day, version: kept.row.version, takenAt: system.now(), outcomes: outcomesOf(list) };
    await system.database.transaction(itself, async (tx) => {
      if ((await inventories.find(tx, id)) !== undefined)
        await inventories.keepSnapshot(tx, kept.row, policy.name, snapshot);
    });
  }
}

interface Kept {
  row: inventories.KeptInventory;
  document: Inventory;
  marks: inventories.KeptMark[];
  clocks: Clock[];
}

/** Days that this list is the first to know of are kept, so that no later list counts them anew. */
async function keepClocks(system: System, { row, clocks }: Kept, list: patchList.PatchList): Promise<void> {
  const later = news(clocks, list.clocks);
  if (later.length === 0) return;
  await system.database.transaction(itself, async (tx) => {
    // Gone meanwhile: nothing is kept of it.
    if ((await inventories.lock(tx, row.id)) !== undefined) await inventories.keepClocks(tx, row, later);
  });
}

async function tryKept(tx: Tx, id: string): Promise<Kept | undefined> {
  const row = await inventories.find(tx, id);
  if (row === undefined) return undefined;
  return {
    row,
    document: await inventories.loadDocument(tx, id, row.version),
    marks: await inventories.marks(tx, id),
    clocks: await inventories.clocks(tx, id),
  };
}

/** What is read here is on record with its reader (I7). */
async function keptOf(system: System, tx: Tx, actor: Actor, id: string): Promise<Kept> {
  const kept = await tryKept(tx, id);
  if (kept === undefined) throw new Refusal('not_found');
  await entries.append(tx, { type: 'access', did: 'inventory_read', object: id, by: actor, at: system.now() });
  return kept;
}

async function make(
  system: System,
  { row, document, marks, clocks }: Kept,
  policy: Policy,
  asOf: Day,
): Promise<KeptList> {
  const list = buildWithin({
    inventory: document,
    packs: await packsFor(system, document),
    policy,
    asOf,
    asset: row.asset,
    clocks,
    matchesMax,
  });
  const items = new Map(list.items.map((item) => [item.purl, item]));
  const shown = marks.map((mark) => {
    const vulnerabilities = (items.get(mark.key)?.advisories ?? []).map((each) => [
      each.id,
      ...each.records,
      ...each.aliases,
    ]);
    return [mark.key, { ...mark, isCurrent: covers(mark.vulnerabilities, vulnerabilities) }] as const;
  });
  return { list, marks: Object.fromEntries(shown) };
}

function buildWithin(input: patchList.PatchListInput): patchList.PatchList {
  try {
    return patchList.build(input);
  } catch (error) {
    if (error instanceof patchList.TooManyMatches) throw new Refusal('inventory_too_large', { matchesMax });
    throw error;
  }
}

export function outcomesOf(list: patchList.PatchList): Outcome[] {
  return list.items.map((item) => ({
    key: item.purl,
    title:
      item.upgradeTo === undefined
        ? `${item.name} ${item.version}`
        : `${item.name} ${item.version} to ${item.upgradeTo}`,
    advisories: item.advisories.map(({ id }) => id),
    decision: item.decision,
    ...(item.due === undefined ? {} : { due: item.due }),
  }));
}

/** The packs of the ecosystems that an inventory has packages of. */
async function packsFor(system: System, inventory: Inventory): Promise<Pack[]> {
  const families = new Set<string>();
  for (const component of inventory.components) {
    for (const { ecosystem } of packagesOf(component)) families.add(familyOf(ecosystem));
  }
  const found: Pack[] = [];
  for (const offered of await packs.list(system, itself)) {
    if (families.has(offered.ecosystem)) found.push(await openPacks.of(system, offered));
  }
  return found;
}
