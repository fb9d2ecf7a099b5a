import type { Actor } from '../../domain/directory/actor.ts';
import { Refusal } from '../../domain/refusal.ts';
import * as exportFile from '../../log/export.ts';
import * as proof from '../../log/proof.ts';
import * as tile from '../../log/tile.ts';
import * as tlogProof from '../../log/tlog-proof.ts';
import type { Tx } from '../../store/database.ts';
import * as checkpoints from '../../store/log/checkpoints.ts';
import * as entries from '../../store/log/entries.ts';
import * as leaves from '../../store/log/leaves.ts';
import { sha256 } from '../../store/log/sha256.ts';
import * as tiles from '../../store/log/tiles.ts';
import type { System } from '../system.ts';

/** Leaves in one piece of an export: bounds the memory and the time of one transaction. */
const exportPieceSize = 2048;

/** The newest head; until the first turn of the sequencer there is none. */
async function headOf(tx: Tx): Promise<checkpoints.StoredCheckpoint> {
  const head = await checkpoints.latest(tx);
  if (head === undefined) throw new Refusal('unavailable');
  return head;
}

/** The newest signed checkpoint: public. */
export function checkpoint(system: System, actor: Actor): Promise<string> {
  return system.database.transaction(actor, async (tx) => (await headOf(tx)).note);
}

/** The bytes of a tile or an entry bundle of the current tree: public. Refuses what the tree does not have yet. */
export function readTile(system: System, actor: Actor, wanted: tile.Tile): Promise<Uint8Array> {
  return system.database.transaction(actor, async (tx) => {
    const { size } = await headOf(tx);
    if (wanted.width > tile.widthAt(wanted.level, wanted.index, size)) throw new Refusal('not_found');
    if (wanted.level === 'entries') {
      const first = wanted.index * tile.tileWidth;
      return tile.formatBundle(await leaves.range(tx, first, first + wanted.width));
    }
    const hashes = await tiles.load(tx, wanted.level, wanted.index, wanted.width);
    if (hashes === undefined) throw new Refusal('not_found');
    return hashes;
  });
}

/** The entries that the actor may read, newest first; entries whose place is still to be given are not yet among them. */
export function list(system: System, actor: Actor, page: entries.Page): Promise<entries.Entry[]> {
  return system.database.transaction(actor, (tx) => entries.list(tx, page));
}

export interface EntryProof {
  index: number;
  size: number;
  leaf: Uint8Array;
  path: Uint8Array[];
  checkpoint: string;
  /** The same in the text form of C2SP tlog-proof. */
  text: string;
}

/** Proof that a leaf is in the tree of the newest checkpoint: public, and says nothing of what the leaf commits to. */
export function prove(system: System, actor: Actor, index: number): Promise<EntryProof> {
  return system.database.transaction(actor, async (tx) => {
    const head = await headOf(tx);
    const [leaf] = index < head.size ? await leaves.range(tx, index, index + 1) : [];
    if (leaf === undefined) throw new Refusal('not_found');
    const read = await tiles.nodeReader(tx, proof.inclusionNodes(index, head.size), head.size);
    const path = proof.inclusion(sha256, index, head.size, read);
    const text = tlogProof.format({ index, path, checkpoint: head.note });
    return { index, size: head.size, leaf, path, checkpoint: head.note, text };
  });
}

/** The whole log as lines of one file, with the openings that the actor may read; that they were read is recorded. */
export async function* exportLog(system: System, actor: Actor): AsyncGenerator<string> {
  const head = await system.database.transaction(actor, async (tx) => {
    if (actor.kind !== 'anonymous') {
      await entries.append(tx, { type: 'access', did: 'log_exported', object: 'log', by: actor, at: system.now() });
    }
    return headOf(tx);
  });
  const { key } = system.signer;
  yield exportFile.formatHeader({ origin: key.name, key, checkpoint: head.note });
  for (let first = 0; first < head.size; first += exportPieceSize) {
    const end = Math.min(first + exportPieceSize, head.size);
    const [piece, openings] = await system.database.transaction(actor, async (tx) => [
      await leaves.range(tx, first, end),
      await entries.openings(tx, first, end),
    ]);
    yield piece.map((leaf, at) => exportFile.formatLeaf(leaf, openings.get(first + at))).join('');
  }
}
