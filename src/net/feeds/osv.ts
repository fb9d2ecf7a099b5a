/** The public bucket of OSV: `ecosystems.txt`, and for each ecosystem `all.zip`, `modified_id.csv` and `ID.json`. */
import type { Outbound } from '../outbound.ts';
import { FeedError, fetchText, type Validators } from './download.ts';

/** Above this many changes the whole archive is the smaller thing to fetch. */
export const changesMax = 2_000;
const listBytesMax = 200_000_000;
const advisoryBytesMax = 20_000_000;
const atOnce = 6;

/** A record that changed, as `modified_id.csv` lists it. */
export interface Change {
  id: string;
  modified: string;
}

export const archiveUrl = (base: string, ecosystem: string): string =>
  `${base}/${encodeURIComponent(ecosystem)}/all.zip`;

/** The names of all ecosystems that the bucket holds. */
export async function ecosystems(outbound: Outbound, base: string, signal?: AbortSignal): Promise<string[]> {
  const found = await fetchText(outbound, { url: `${base}/ecosystems.txt`, bytesMax: 1_000_000, signal });
  return (found?.text ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .slice(0, 1_000);
}

/**
 * The records of an ecosystem that were modified at or after a time, newest first; nothing when the list has not changed.
 * The list itself runs from the newest to the oldest.
 */
export async function changesSince(
  outbound: Outbound,
  base: string,
  ecosystem: string,
  since: string,
  wanted: Validators & { signal?: AbortSignal | undefined },
): Promise<({ changes: Change[] } & Validators) | undefined> {
  const url = `${base}/${encodeURIComponent(ecosystem)}/modified_id.csv`;
  const found = await fetchText(outbound, { url, bytesMax: listBytesMax, ...wanted });
  if (found === undefined) return undefined;
  const from = Date.parse(since);
  const changes: Change[] = [];
  for (const line of found.text.split('\n')) {
    const [modified = '', id = ''] = line.trim().split(',');
    if (modified === '' || Number.isNaN(Date.parse(modified))) continue;
    if (Date.parse(modified) < from) break;
    changes.push({ id, modified });
  }
  return { changes, etag: found.etag, lastModified: found.lastModified };
}

/** The documents of these records, each on one line, fetched a few at a time, in their order. */
export async function* documents(
  outbound: Outbound,
  base: string,
  ecosystem: string,
  changes: Change[],
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < changes.length; at += atOnce) {
    const texts = await Promise.all(
      changes.slice(at, at + atOnce).map(async ({ id }) => {
        if (!/^[A-Za-z0-9][A-Za-z0-9._:-]{0,199}$/.test(id))
          throw new FeedError(`The list of changes of ${ecosystem} holds an id that is none.`);
        const url = `${base}/${encodeURIComponent(ecosystem)}/${encodeURIComponent(id)}.json`;
        const found = await fetchText(outbound, { url, bytesMax: advisoryBytesMax, signal });
        return found?.text ?? '';
      }),
    );
    for (const text of texts) yield Buffer.from(`${text.replace(/[\r\n]+/g, ' ')}\n`);
  }
}
