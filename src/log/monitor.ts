/** Following a log from outside (C2SP tlog-tiles): every entry, every hash, and never back. */
import * as base64 from './base64.ts';
import * as checkpoint from './checkpoint.ts';
import type { Report, Trust } from './export.ts';
import { LogFormatError } from './format-error.ts';
import * as leaf from './leaf.ts';
import type { VerifierKey } from './note.ts';
import { isSameHash } from './proof.ts';
import * as tile from './tile.ts';
import { append, emptyFrontier, type Frontier, hashLength, leafHash, root } from './tree.ts';

/** What a monitor remembers between visits: the last head it saw, and enough of the tree to go on from there. */
export interface Memory {
  origin: string;
  /** The last signed checkpoint. */
  checkpoint: string;
  /** Complete subtrees of the tree so far, base64, the largest first. */
  frontier: string[];
}

/** Where a log is read from. Each gives the body, or throws a LogFormatError that says what went wrong. */
export interface Source {
  checkpoint(): Promise<string>;
  tile(path: string): Promise<Uint8Array>;
}

/**
 * Reads everything that is new since `memory` and checks that the log only grew: its old root is still the root of its
 * beginning, and its new root is that of all its entries. Gives a new memory only when nothing is wrong.
 */
export async function follow(
  source: Source,
  origin: string,
  trust: Trust & { key: VerifierKey },
  memory: Memory | undefined,
): Promise<{ report: Report; memory?: Memory }> {
  const { hash, verifySignature, key } = trust;
  const report: Report = { valid: false, problems: [], origin, size: 0, opened: 0, keyFrom: 'given' };
  try {
    const signed = await source.checkpoint();
    const head = await checkpoint.open(signed, origin, key, verifySignature);
    report.size = head.size;
    const earlier = await Promise.all(
      [memory?.checkpoint, trust.from]
        .filter((one) => one !== undefined)
        .map((one) => checkpoint.open(one, origin, key, verifySignature)),
    );
    if (earlier.some((one) => one.size > head.size)) {
      throw new LogFormatError('The log went back: an earlier checkpoint has more entries.');
    }
    const frontier = memory === undefined ? emptyFrontier() : recall(memory, earlier[0]?.size ?? 0);
    // An earlier checkpoint below what is remembered can only be compared by starting from the first entry again.
    const start = earlier.some((one) => one.size < frontier.size) ? emptyFrontier() : frontier;
    const compare = () => {
      for (const one of earlier) {
        if (one.size === start.size && !isSameHash(root(hash, start), one.root)) {
          throw new LogFormatError(
            `The log was rewritten: its first ${one.size} entries are not those of the earlier checkpoint.`,
          );
        }
      }
    };
    compare();
    while (start.size < head.size) {
      const index = Math.floor(start.size / tile.tileWidth);
      const width = tile.widthAt(0, index, head.size);
      const [bundle, hashes] = await Promise.all([
        source.tile(tile.path({ level: 'entries', index, width })),
        source.tile(tile.path({ level: 0, index, width })),
      ]);
      for (const [at, entry] of tile.parseBundle(bundle, width).entries()) {
        if (index * tile.tileWidth + at < start.size) continue;
        leaf.parse(entry);
        const one = leafHash(hash, entry);
        if (!isSameHash(one, hashes.subarray(at * hashLength, (at + 1) * hashLength))) {
          throw new LogFormatError(`Entry ${start.size} does not have the hash that the log serves for it.`);
        }
        append(hash, start, one);
        compare();
      }
    }
    if (!isSameHash(root(hash, start), head.root)) {
      throw new LogFormatError('The entries are not those the checkpoint was signed over.');
    }
    report.valid = true;
    return { report, memory: { origin, checkpoint: signed, frontier: start.hashes.map(base64.encode) } };
  } catch (error) {
    if (!(error instanceof LogFormatError)) throw error;
    report.problems.push(error.message);
    return { report };
  }
}

function recall(memory: Memory, size: number): Frontier {
  const hashes = memory.frontier.map(base64.decode);
  const subtrees = size.toString(2).replaceAll('0', '').length;
  if (hashes.length !== subtrees || hashes.some((one) => one.length !== hashLength)) {
    throw new LogFormatError('What was remembered of this log is damaged; remove the state file to start over.');
  }
  return { size, hashes };
}
