import { sha256 } from '@noble/hashes/sha2.js';
import * as checkpoint from '../../log/checkpoint.ts';
import * as note from '../../log/note.ts';
import { isSameHash } from '../../log/proof.ts';
import * as tile from '../../log/tile.ts';
import * as tree from '../../log/tree.ts';

/** What the check has done so far, in the order in which it did it. */
export interface Step {
  text: string;
  outcome: 'holds' | 'fails' | 'not checked';
}

export interface VerifyProgress {
  entriesRead: number;
  entries: number;
}

export const hash: tree.Hash = (bytes) => sha256(bytes);

/** Ed25519 by the browser itself; older browsers do not have it, and then the signature is reported as not checked. */
export async function verifySignature(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  const key = await crypto.subtle.importKey('raw', new Uint8Array(publicKey), 'Ed25519', false, ['verify']);
  return crypto.subtle.verify('Ed25519', key, new Uint8Array(signature), new Uint8Array(message));
}

/**
 * Fetches every entry and tile of this instance's log and computes its root anew. `read` gives the bytes at an address
 * below `/log/`; `key` is the log's verifier key as text, when it is known.
 */
export async function verifyLog(
  read: (path: string) => Promise<Uint8Array>,
  key: string | undefined,
  onProgress: (progress: VerifyProgress) => void,
): Promise<{ steps: Step[]; size: number; bytes: number }> {
  const steps: Step[] = [];
  let bytes = 0;
  const fetchBytes = async (path: string) => {
    const content = await read(path);
    bytes += content.length;
    return content;
  };

  const signed = new TextDecoder().decode(await fetchBytes('checkpoint'));
  const head = checkpoint.parse(note.parse(signed).text);
  steps.push({ text: `Read the checkpoint of ${head.origin}: it says ${head.size} entries.`, outcome: 'holds' });
  steps.push(await checkSignature(signed, head, key));

  const frontier = tree.emptyFrontier();
  let tilesDiffer = 0;
  for (let index = 0; index * tile.tileWidth < head.size; index++) {
    const width = tile.widthAt('entries', index, head.size);
    const [bundle, hashes] = await Promise.all([
      fetchBytes(tile.path({ level: 'entries', index, width })),
      fetchBytes(tile.path({ level: 0, index, width })),
    ]);
    tile.parseBundle(bundle, width).forEach((entry, at) => {
      const leaf = tree.leafHash(hash, entry);
      const served = hashes.subarray(at * tree.hashLength, (at + 1) * tree.hashLength);
      if (!isSameHash(leaf, served)) tilesDiffer += 1;
      tree.append(hash, frontier, leaf);
    });
    onProgress({ entriesRead: frontier.size, entries: head.size });
  }
  steps.push({
    text: `Hashed ${frontier.size} entries and compared each with the log's own tiles${tilesDiffer ? `: ${tilesDiffer} differ` : ''}.`,
    outcome: tilesDiffer === 0 ? 'holds' : 'fails',
  });
  const isRoot = isSameHash(tree.root(hash, frontier), head.root);
  steps.push({
    text: isRoot
      ? 'Computed the root hash from these entries: it is the one in the checkpoint.'
      : 'Computed the root hash from these entries: it is not the one in the checkpoint.',
    outcome: isRoot ? 'holds' : 'fails',
  });
  return { steps, size: head.size, bytes };
}

async function checkSignature(signed: string, head: checkpoint.Checkpoint, key: string | undefined): Promise<Step> {
  if (key === undefined) {
    return {
      text: 'This instance publishes no verifier key, so the signature was not checked.',
      outcome: 'not checked',
    };
  }
  try {
    await checkpoint.open(signed, head.origin, note.parseKey(hash, key), verifySignature);
    return { text: `The signature is by the key ${key.slice(0, key.lastIndexOf('+'))}.`, outcome: 'holds' };
  } catch (error) {
    if (error instanceof DOMException) {
      return { text: 'This browser cannot check Ed25519 signatures.', outcome: 'not checked' };
    }
    return { text: `The signature does not hold: ${(error as Error).message}`, outcome: 'fails' };
  }
}
