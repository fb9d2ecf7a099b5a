/** CSAF providers (CSAF 2.0 section 7): provider-metadata.json leads to ROLIE feeds or to directories. */
import { createHash } from 'node:crypto';
import type { Outbound } from '../outbound.ts';
import { FeedError, fetchText } from './download.ts';

/** A document that a provider offers. */
export interface Offered {
  url: string;
  /** When the provider last changed it; absent where only a list of names is given. */
  updated?: string;
  /** Where its hashes are said to be; for a directory they may be absent. */
  hashes: string[];
  mustHaveHash: boolean;
}

/** The limits of what a provider may offer, and of one document. */
const documentsMax = 200_000;
const listBytesMax = 100_000_000;
const documentBytesMax = 20_000_000;

/** Everything that a provider offers to everybody. Throws a FeedError when its metadata or a list cannot be read. */
export async function offered(outbound: Outbound, metadataUrl: string, signal?: AbortSignal): Promise<Offered[]> {
  const metadata = await json(outbound, metadataUrl, signal);
  const found = new Map<string, Offered>();
  for (const distribution of list(metadata['distributions'])) {
    const { directory_url: directory, rolie } = object(distribution);
    if (typeof directory === 'string')
      for (const one of await inDirectory(outbound, directory, signal)) found.set(one.url, one);
    for (const feed of list(object(rolie)['feeds'])) {
      const { url, tlp_label: tlp } = object(feed);
      // Other labels want credentials that we do not hold.
      if (typeof url !== 'string' || !/^(WHITE|CLEAR|UNLABELED)$/.test(String(tlp ?? 'WHITE'))) continue;
      for (const one of await inFeed(outbound, url, signal)) found.set(one.url, one);
    }
    if (found.size > documentsMax) throw new FeedError(`${metadataUrl} offers more than ${documentsMax} documents.`);
  }
  return [...found.values()];
}

/** ROLIE (RFC 8322) feed, CSAF 2.0 section 7.1.15. */
async function inFeed(outbound: Outbound, url: string, signal?: AbortSignal): Promise<Offered[]> {
  const { feed } = await json(outbound, url, signal);
  return list(object(feed)['entry']).flatMap((entry) => {
    const { link, updated, content } = object(entry);
    const links = list(link).map(object);
    const self = links.find((one) => one['rel'] === 'self')?.['href'] ?? object(content)['src'];
    if (typeof self !== 'string') return [];
    const hashes = links.filter((one) => one['rel'] === 'hash').map((one) => one['href']);
    return [
      {
        url: new URL(self, url).href,
        ...(typeof updated === 'string' ? { updated } : {}),
        hashes: preferred(hashes.filter((hash) => typeof hash === 'string')),
        mustHaveHash: hashes.length > 0,
      },
    ];
  });
}

/** Directory, CSAF 2.0 sections 7.1.11 to 7.1.13: `changes.csv`, or `index.txt` where that is missing. */
async function inDirectory(outbound: Outbound, directory: string, signal?: AbortSignal): Promise<Offered[]> {
  const base = directory.endsWith('/') ? directory : `${directory}/`;
  const offer = (path: string, updated?: string): Offered[] => {
    const url = new URL(path, base);
    if (!url.href.startsWith(base) || !path.endsWith('.json')) return [];
    const hashes = [`${url.href}.sha512`, `${url.href}.sha256`];
    return [{ url: url.href, ...(updated === undefined ? {} : { updated }), hashes, mustHaveHash: false }];
  };
  const changes = await optional(outbound, `${base}changes.csv`, signal);
  if (changes !== undefined) {
    return lines(changes).flatMap((line) => {
      const [, path, updated] = /^"?([^",]+)"?,"?([^",]+)"?$/.exec(line) ?? [];
      return path === undefined ? [] : offer(path, updated);
    });
  }
  const index = await optional(outbound, `${base}index.txt`, signal);
  if (index === undefined) throw new FeedError(`${base} has neither changes.csv nor index.txt.`);
  return lines(index).flatMap((path) => offer(path));
}

/**
 * The text of a document, held against its hash file (CSAF 2.0 section 7.1.18). Throws a FeedError when the hash differs or
 * a hash that was promised is missing.
 */
export async function document(
  outbound: Outbound,
  { url, hashes, mustHaveHash }: Offered,
  signal?: AbortSignal,
): Promise<string> {
  const { text } = (await fetchText(outbound, { url, bytesMax: documentBytesMax, signal })) ?? { text: '' };
  for (const hashUrl of hashes) {
    const said = await optional(outbound, hashUrl, signal);
    if (said === undefined) continue;
    const expected = /^[0-9a-f]+/i.exec(said.trim())?.[0]?.toLowerCase();
    const algorithm = hashUrl.endsWith('.sha256') ? 'sha256' : 'sha512';
    if (createHash(algorithm).update(text).digest('hex') !== expected) {
      throw new FeedError(`${url} does not have the hash that ${hashUrl} says. It was not taken.`);
    }
    return text;
  }
  if (mustHaveHash) throw new FeedError(`${url} comes without the hash that its feed promises. It was not taken.`);
  return text;
}

/** The stronger hash first. */
const preferred = (hashes: string[]) =>
  hashes.toSorted((a, b) => Number(b.endsWith('.sha512')) - Number(a.endsWith('.sha512')));

async function json(outbound: Outbound, url: string, signal?: AbortSignal): Promise<Record<string, unknown>> {
  const found = await fetchText(outbound, { url, bytesMax: listBytesMax, signal });
  try {
    return object(JSON.parse(found?.text ?? ''));
  } catch {
    throw new FeedError(`${url} is not JSON.`);
  }
}

/** The text at an address, or nothing when there is none. */
async function optional(outbound: Outbound, url: string, signal?: AbortSignal): Promise<string | undefined> {
  try {
    return (await fetchText(outbound, { url, bytesMax: listBytesMax, signal }))?.text;
  } catch (error) {
    if (error instanceof FeedError && /status (403|404|410)\.$/.test(error.message)) return undefined;
    throw error;
  }
}

const lines = (text: string) =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const object = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
