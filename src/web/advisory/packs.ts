import type { z } from 'zod';
import type { Packs } from '../../api/contract/advisories.ts';
import * as packs from '../../domain/advisory/pack.ts';

export type OfferedPack = z.infer<typeof Packs>['packs'][number];

/** The packs that this instance offers. Asking for them tells nothing about any inventory. */
export async function offered(): Promise<OfferedPack[]> {
  const response = await fetch('/api/v1/packs', { redirect: 'error', headers: { accept: 'application/json' } });
  if (!response.ok) throw new Error(`This instance offers no advisory packs (it answered ${response.status}).`);
  return ((await response.json()) as z.infer<typeof Packs>).packs;
}

const opened = new Map<string, Promise<packs.Pack>>();

/** A pack, fetched once and kept open for the next list. The file's name changes with its content. */
export function open(pack: OfferedPack): Promise<packs.Pack> {
  let opening = opened.get(pack.file);
  if (opening === undefined) {
    opening = fetchPack(pack);
    opened.set(pack.file, opening);
    // A failed try is forgotten, so that the next one fetches anew.
    opening.catch(() => opened.delete(pack.file));
  }
  return opening;
}

async function fetchPack({ ecosystem, file }: OfferedPack): Promise<packs.Pack> {
  const response = await fetch(`/api/v1/packs/${encodeURIComponent(file)}`, { redirect: 'error' });
  if (!response.ok) throw new Error(`The advisory pack of ${ecosystem} could not be fetched (${response.status}).`);
  const result = packs.open(new Uint8Array(await response.arrayBuffer()));
  if ('problem' in result) throw new Error(`The advisory pack of ${ecosystem} cannot be read: ${result.problem}`);
  return result.pack;
}
