/** C2SP tlog-tiles: a log as static files that anyone can fetch, cache and check. */
import { LogFormatError } from './format-error.ts';
import { readWhole } from './number.ts';
import { type Hash, hashLength, type Node, nodeHash, type ReadNode } from './tree.ts';

/** Hashes in a full tile, and entries in a full bundle: a subtree of height 8. */
export const tileWidth = 256;
const tileHeight = 8;
/** An entry's length is written in 16 bits. */
export const entrySizeMax = 0xffff;

/** A tile of hashes (level 0 to 63) or a bundle of entries. `width` is 256 for a full one. */
export interface Tile {
  level: number | 'entries';
  index: number;
  width: number;
}

/** `tile/<L>/<N>[.p/<W>]`, relative to the log's prefix. */
export function path(tile: Tile): string {
  let rest = Math.floor(tile.index / 1000);
  let number = String(tile.index % 1000).padStart(3, '0');
  while (rest > 0) {
    number = `x${String(rest % 1000).padStart(3, '0')}/${number}`;
    rest = Math.floor(rest / 1000);
  }
  return `tile/${tile.level}/${number}${tile.width === tileWidth ? '' : `.p/${tile.width}`}`;
}

/** Reads a tile's path; the exact opposite of `path`, so every tile has one address. */
export function parsePath(text: string): Tile {
  const match = /^tile\/(entries|[0-9]{1,2})\/((?:x[0-9]{3}\/){0,5}[0-9]{3})(?:\.p\/([0-9]{1,3}))?$/.exec(text);
  if (match === null) throw new LogFormatError('This is not the address of a tile.');
  const [, level = '', number = '', width] = match;
  const tile: Tile = {
    level: level === 'entries' ? level : readWhole(level),
    index: Number(number.replace(/[x/]/g, '')),
    width: width === undefined ? tileWidth : readWhole(width),
  };
  const isInRange =
    (tile.level === 'entries' || tile.level <= 63) && tile.width >= 1 && Number.isSafeInteger(tile.index);
  if (!isInRange || path(tile) !== text) throw new LogFormatError('This is not the address of a tile.');
  return tile;
}

/** The width a tile or bundle has in a tree of `size` leaves; 0 when it does not exist there. */
export function widthAt(level: number | 'entries', index: number, size: number): number {
  const hashes = Math.floor(size / tileWidth ** (level === 'entries' ? 0 : level));
  return Math.max(0, Math.min(tileWidth, hashes - index * tileWidth));
}

/** The tile of a tree of `size` leaves in which, or from whose hashes, a complete subtree's hash is found. */
export function tileOf(node: Node, size: number): Tile & { level: number } {
  const level = Math.floor(node.level / tileHeight);
  const index = Math.floor((node.index * 2 ** (node.level % tileHeight)) / tileWidth);
  return { level, index, width: widthAt(level, index, size) };
}

/** All tiles needed for these nodes, each once. */
export function tilesOf(nodes: Node[], size: number): (Tile & { level: number })[] {
  const tiles = new Map(nodes.map((node) => tileOf(node, size)).map((tile) => [`${tile.level}/${tile.index}`, tile]));
  return [...tiles.values()];
}

/** Reads nodes out of tiles: `hashesOf` gives a tile's concatenated hashes, at least as many as the tree's size needs. */
export function reader(hash: Hash, hashesOf: (level: number, index: number) => Uint8Array): ReadNode {
  return (level, index) => {
    const tileLevel = Math.floor(level / tileHeight);
    const width = 2 ** (level % tileHeight);
    const first = index * width;
    const tile = hashesOf(tileLevel, Math.floor(first / tileWidth));
    const start = first % tileWidth;
    const at = (position: number) => tile.subarray(position * hashLength, (position + 1) * hashLength);
    let row = Array.from({ length: width }, (_, offset) => at(start + offset));
    if (row.some((one) => one.length !== hashLength))
      throw new LogFormatError('A tile is shorter than the tree needs.');
    while (row.length > 1) {
      row = Array.from({ length: row.length / 2 }, (_, pair) =>
        nodeHash(hash, row[2 * pair] as Uint8Array, row[2 * pair + 1] as Uint8Array),
      );
    }
    return row[0] as Uint8Array;
  };
}

/** Entries as a bundle: each with its length before it, in two bytes, big end first. */
export function formatBundle(entries: Uint8Array[]): Uint8Array {
  const bundle = new Uint8Array(entries.reduce((length, entry) => length + 2 + entry.length, 0));
  let at = 0;
  for (const entry of entries) {
    if (entry.length > entrySizeMax) throw new LogFormatError(`An entry has at most ${entrySizeMax} bytes.`);
    bundle[at] = entry.length >> 8;
    bundle[at + 1] = entry.length & 0xff;
    bundle.set(entry, at + 2);
    at += 2 + entry.length;
  }
  return bundle;
}

/** The entries of a bundle, which must hold exactly `width` of them and nothing else. */
export function parseBundle(bundle: Uint8Array, width: number): Uint8Array[] {
  const entries: Uint8Array[] = [];
  let at = 0;
  while (at < bundle.length) {
    const length = ((bundle[at] as number) << 8) | (bundle[at + 1] ?? 0);
    const end = at + 2 + length;
    if (end > bundle.length || entries.length === width)
      throw new LogFormatError('The bundle does not end where it should.');
    entries.push(bundle.subarray(at + 2, end));
    at = end;
  }
  if (entries.length !== width) throw new LogFormatError('The bundle holds fewer entries than its address says.');
  return entries;
}
