/** Inventories that an organisation keeps here. Nobody else can tell one of them from one that does not exist (I5). */
import type { Component, Inventory } from '../../domain/advisory/inventory.ts';
import type { Justification, MarkState } from '../../domain/advisory/mark.ts';
import type { Clock } from '../../domain/advisory/priority/clock.ts';
import type { Asset } from '../../domain/advisory/priority/inputs.ts';
import type { Actor, OrganisationId } from '../../domain/directory/actor.ts';
import * as permission from '../../domain/directory/permission.ts';
import { Refusal } from '../../domain/refusal.ts';
import { readStream } from '../../formats/inventory-stream.ts';
import * as inventories from '../../store/advisory/inventories.ts';
import type { Tx } from '../../store/database.ts';
import * as entries from '../../store/log/entries.ts';
import * as jobs from '../jobs.ts';
import type { System } from '../system.ts';
import { turns } from './inventory-turns.ts';

/** What is kept here at most. Larger ones are for the browser and the command line, which keep nothing. */
export const limits = {
  bytesMax: 128 * 1024 * 1024,
  componentsMax: 200_000,
  clocksMax: 200_000,
  versionsShown: 100,
  uploadsAtOnce: 2,
  uploadsWaiting: 20,
} as const;

/** An upload is held in memory until it is stored: few at once, and one of an organisation. Bodies that wait are not read. */
const inTurn = turns({ atOnce: limits.uploadsAtOnce, waitingMax: limits.uploadsWaiting });

export interface Upload {
  fileName: string;
  bytes: AsyncIterable<Uint8Array>;
}

export interface Details {
  inventory: inventories.KeptInventory;
  versions: inventories.Version[];
  marks: inventories.KeptMark[];
}

/** Reads a file and keeps it as a new inventory of the actor's organisation. Refuses what cannot be read, with every problem. */
export async function keep(
  system: System,
  actor: Actor,
  { name, asset }: { name: string; asset: Asset },
  upload: Upload,
): Promise<inventories.KeptInventory> {
  const organisation = requireKeeper(actor);
  return inTurn(organisation, async () => {
    const inventory = await readUpload(upload);
    const id = `inventory_${Buffer.from(system.randomBytes(16)).toString('hex')}`;
    return system.database.transaction(actor, async (tx) => {
      await inventories.insert(tx, { id, organisation, name, asset, createdAt: system.now() });
      return addVersion(system, actor, tx, { id, organisation }, inventory, upload.fileName, 'inventory_kept');
    });
  });
}

/** Keeps a newer document of the same inventory; marks and snapshots stay. */
export async function renew(
  system: System,
  actor: Actor,
  id: string,
  upload: Upload,
): Promise<inventories.KeptInventory> {
  const organisation = requireKeeper(actor);
  // Before the file is read: an outsider learns nothing from how long the answer takes.
  await load(system, actor, id);
  return inTurn(organisation, async () => {
    const inventory = await readUpload(upload);
    return system.database.transaction(actor, async (tx) => {
      const current = await found(inventories.lock(tx, id));
      return addVersion(system, actor, tx, current, inventory, upload.fileName, 'inventory_renewed');
    });
  });
}

async function addVersion(
  system: System,
  actor: Actor,
  tx: Tx,
  owner: { id: string; organisation: OrganisationId },
  inventory: Inventory,
  fileName: string,
  did: string,
): Promise<inventories.KeptInventory> {
  const at = system.now();
  const { version, digest } = await inventories.addVersion(tx, owner, { inventory, fileName, by: actor.id, at });
  const body = {
    version,
    format: inventory.format,
    components: inventory.components.length,
    sha256: Buffer.from(digest).toString('hex'),
  };
  await entries.append(tx, { did, object: owner.id, by: actor, body, at });
  await jobs.add(tx, 'keep_snapshot', { inventory: owner.id });
  return found(inventories.find(tx, owner.id));
}

async function readUpload({ fileName, bytes }: Upload): Promise<Inventory> {
  const components: Component[] = [];
  const answer = await readStream(bounded(bytes), fileName, (component) => {
    if (components.length === limits.componentsMax) {
      throw new Refusal('inventory_too_large', { componentsMax: limits.componentsMax });
    }
    components.push(component);
  });
  if ('problems' in answer) throw new Refusal('inventory_not_read', { problems: answer.problems });
  return { ...answer.inventory, components };
}

async function* bounded(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const chunk of bytes) {
    size += chunk.length;
    if (size > limits.bytesMax) throw new Refusal('inventory_too_large', { bytesMax: limits.bytesMax });
    yield chunk;
  }
}

/** The inventories of the actor's organisation, the one changed last first. */
export function list(
  system: System,
  actor: Actor,
  page: Parameters<typeof inventories.list>[1],
): Promise<inventories.KeptInventory[]> {
  permission.requireSignedIn(actor);
  return system.database.transaction(actor, (tx) => inventories.list(tx, page));
}

/** One inventory with its uploads and marks; that they were read is on record with the reader (I7). */
export function load(system: System, actor: Actor, id: string): Promise<Details> {
  permission.requireSignedIn(actor);
  return system.database.transaction(actor, async (tx) => {
    const inventory = await found(inventories.find(tx, id));
    await entries.append(tx, { type: 'access', did: 'inventory_read', object: id, by: actor, at: system.now() });
    const versions = await inventories.versions(tx, id, limits.versionsShown);
    return { inventory, versions, marks: await inventories.marks(tx, id) };
  });
}

/** Changes the name of an inventory, and what its operator says of the system. */
export function describe(
  system: System,
  actor: Actor,
  id: string,
  change: { name?: string | undefined; asset?: Asset | undefined },
): Promise<inventories.KeptInventory> {
  requireKeeper(actor);
  return system.database.transaction(actor, async (tx) => {
    const current = await found(inventories.lock(tx, id));
    const next = { name: change.name ?? current.name, asset: change.asset ?? current.asset };
    await inventories.describe(tx, id, next);
    await entries.append(tx, {
      did: 'inventory_described',
      object: id,
      by: actor,
      body: { asset: next.asset },
      at: system.now(),
    });
    return found(inventories.find(tx, id));
  });
}

/** Forgets an inventory with all that belongs to it. What the log says of it stays. */
export function remove(system: System, actor: Actor, id: string): Promise<void> {
  requireKeeper(actor);
  return system.database.transaction(actor, async (tx) => {
    await found(inventories.lock(tx, id));
    await inventories.remove(tx, id);
    await entries.append(tx, { did: 'inventory_removed', object: id, by: actor, at: system.now() });
  });
}

export interface NewMark {
  state: MarkState;
  reason: string;
  justification?: Justification | undefined;
  /** Names of the vulnerabilities that the person saw and decided about; later ones are open again. */
  vulnerabilities: string[];
}

/** Marks one line of the patch list, by its key: the purl of the item. */
export function mark(
  system: System,
  actor: Actor,
  id: string,
  key: string,
  { justification, ...rest }: NewMark,
): Promise<inventories.KeptMark> {
  requireKeeper(actor);
  const at = system.now();
  const made: inventories.KeptMark = { ...rest, key, by: actor.id, at, ...(justification && { justification }) };
  return system.database.transaction(actor, async (tx) => {
    const owner = await found(inventories.lock(tx, id));
    await inventories.setMark(tx, owner, made);
    const { by: _, at: __, ...body } = made;
    await entries.append(tx, { did: 'inventory_marked', object: id, by: actor, body, at });
    return made;
  });
}

/** Carries over from when days count elsewhere, such as in the browser that made earlier lists. They only make dates earlier. */
export function keepClocks(system: System, actor: Actor, id: string, clocks: readonly Clock[]): Promise<void> {
  requireKeeper(actor);
  return system.database.transaction(actor, async (tx) => {
    const owner = await found(inventories.lock(tx, id));
    const { clocksMax } = limits;
    const held = await inventories.clocks(tx, id);
    if (held.length + clocks.length > clocksMax) throw new Refusal('inventory_too_large', { clocksMax });
    await inventories.keepClocks(tx, owner, clocks);
    const body = { clocks: clocks.length };
    await entries.append(tx, { did: 'inventory_clocks_kept', object: id, by: actor, body, at: system.now() });
  });
}

/** Takes a mark away: the line is open again. */
export function unmark(system: System, actor: Actor, id: string, key: string): Promise<void> {
  requireKeeper(actor);
  return system.database.transaction(actor, async (tx) => {
    await found(inventories.lock(tx, id));
    if (!(await inventories.removeMark(tx, id, key))) throw new Refusal('not_found');
    await entries.append(tx, { did: 'inventory_unmarked', object: id, by: actor, body: { key }, at: system.now() });
  });
}

/** Operators keep inventories and work through their lists (domain/directory/actor.ts, `roleNames`). Gives their organisation. */
function requireKeeper(actor: Actor): OrganisationId {
  permission.requireRole(actor, 'operator');
  if (actor.organisation === undefined) throw new Refusal('not_permitted');
  return actor.organisation;
}

async function found<T>(looked: Promise<T | undefined>): Promise<T> {
  const value = await looked;
  if (value === undefined) throw new Refusal('not_found');
  return value;
}
