import { createReadStream, rmSync } from 'node:fs';
import { join } from 'node:path';
import yauzl from 'yauzl';
import { type Actor, system as itself } from '../../domain/directory/actor.ts';
import { Refusal } from '../../domain/refusal.ts';
import * as zip from '../../formats/archive/zip.ts';
import * as csaf from '../../net/feeds/csaf.ts';
import { digestOf, download, FeedError } from '../../net/feeds/download.ts';
import * as osv from '../../net/feeds/osv.ts';
import { OutboundError } from '../../net/outbound.ts';
import * as feeds from '../../store/advisory/feeds.ts';
import * as jobs from '../jobs.ts';
import type { System } from '../system.ts';
import * as imports from './import.ts';

/** The largest public archive, npm's, is about 200 MB. */
const archiveBytesMax = 4_000_000_000;
const factsBytesMax = 200_000_000;

/** A feed that this instance is configured for, and how it is read: gives what to remember, or nothing when nothing is new. */
interface Source {
  name: string;
  url: string;
  read(feed: feeds.Feed, signal: AbortSignal | undefined): Promise<Partial<feeds.Feed> | undefined>;
}

/** Asks for a reading of the feeds; gives their names and when it was asked. */
export async function request(system: System, actor: Actor): Promise<{ startedAt: string; names: string[] }> {
  imports.requireRight(actor);
  const startedAt = system.now();
  await system.database.transaction(actor, (tx) => jobs.add(tx, 'sync_feeds', {}, { key: 'sync_feeds' }));
  return { startedAt, names: sourcesOf(system, system.config.feeds.ecosystems).map((source) => source.name) };
}

/** What each feed said when it was last read. */
export function list(system: System, actor: Actor): Promise<feeds.Feed[]> {
  imports.requireRight(actor);
  return system.database.transaction(actor, (tx) => feeds.list(tx));
}

/**
 * Reads what is new at each configured feed, one after another. A feed that fails says why and keeps what it had; the
 * others are read all the same. What was read before a break is not read again.
 */
export async function run(system: System, signal?: AbortSignal): Promise<void> {
  for (const source of sourcesOf(system, system.config.feeds.ecosystems)) {
    signal?.throwIfAborted();
    const known = await system.database.transaction(itself, (tx) => feeds.load(tx, source.name, source.url));
    const checkedAt = system.now();
    let next: feeds.Feed;
    try {
      const changed = await source.read(known, signal);
      next = {
        ...known,
        checkedAt,
        problem: null,
        ...(changed === undefined ? {} : { changedAt: checkedAt, ...changed }),
      };
    } catch (error) {
      const problem = faultOf(error);
      if (signal?.aborted || problem === undefined) throw error;
      system.logger.warn({ feed: source.name, problem }, 'a feed could not be read');
      next = { ...known, checkedAt, problem };
    }
    await system.database.transaction(itself, (tx) => feeds.save(tx, next));
  }
}

/** What the operator reads about a fault of the other side; nothing for a fault of ours. */
function faultOf(error: unknown): string | undefined {
  if (error instanceof FeedError || error instanceof OutboundError) return error.message;
  return error instanceof Refusal && error.code === 'import_broken' ? String(error.details?.['reason']) : undefined;
}

/** Nothing is fetched by itself: without ecosystems only the CSAF providers that were named are read. */
function sourcesOf(system: System, ecosystems: string[]): Source[] {
  const { feeds: configured } = system.config;
  const sources: Source[] = ecosystems.map((ecosystem) => ({
    name: `OSV ${ecosystem}`,
    url: configured.osv,
    read: (feed, signal) => readOsv(system, ecosystem, feed, signal),
  }));
  if (ecosystems.length > 0) {
    sources.push(
      { name: 'CISA KEV', url: configured.kev, read: (feed, signal) => readFacts(system, feed, signal) },
      { name: 'FIRST EPSS', url: configured.epss, read: (feed, signal) => readFacts(system, feed, signal) },
    );
  }
  for (const url of configured.csaf) {
    sources.push({ name: `CSAF ${url}`, url, read: (feed, signal) => readCsaf(system, feed, signal) });
  }
  return sources;
}

const fileOf = (system: System, name: string) =>
  join(system.config.data, 'feeds', name.replace(/[^A-Za-z0-9.]+/g, '_').slice(-100));

/** One file of facts, whole. */
async function readFacts(
  system: System,
  feed: feeds.Feed,
  signal?: AbortSignal,
): Promise<Partial<feeds.Feed> | undefined> {
  const file = fileOf(system, feed.name);
  const found = await download(system.outbound, {
    url: feed.url,
    file,
    bytesMax: factsBytesMax,
    signal,
    ...validatorsOf(feed),
  });
  if (found === undefined) return undefined;
  const source = { key: `sync ${feed.name} ${await digestOf(file)}`, name: feed.name };
  await imports.run(system, itself, source, createReadStream(file), signal === undefined ? {} : { signal });
  rmSync(file, { force: true });
  return { etag: found.etag ?? null, lastModified: found.lastModified ?? null };
}

/** The whole archive at first and after long silence, then only what was modified. */
async function readOsv(
  system: System,
  ecosystem: string,
  feed: feeds.Feed,
  signal?: AbortSignal,
): Promise<Partial<feeds.Feed> | undefined> {
  const { outbound } = system;
  const newest = typeof feed.state['newest'] === 'string' ? feed.state['newest'] : undefined;
  if (newest === undefined) {
    const known = await osv.ecosystems(outbound, feed.url, signal);
    if (!known.includes(ecosystem)) {
      throw new FeedError(`${feed.url} has no ecosystem "${ecosystem}". It has: ${known.slice(0, 100).join(', ')}.`);
    }
  }
  const found = await osv.changesSince(outbound, feed.url, ecosystem, newest ?? '', { signal, ...validatorsOf(feed) });
  if (found === undefined) return undefined;
  const latest = found.changes[0]?.modified ?? newest;
  const name = feed.name;
  const options = signal === undefined ? {} : { signal };
  if (newest === undefined || found.changes.length > osv.changesMax) {
    const file = fileOf(system, feed.name);
    await download(outbound, { url: osv.archiveUrl(feed.url, ecosystem), file, bytesMax: archiveBytesMax, signal });
    await imports.run(system, itself, { key: `sync ${name} ${await digestOf(file)}`, name }, zipLines(file), options);
    rmSync(file, { force: true });
  } else if (found.changes.length > 0) {
    const source = { key: `sync ${name} ${newest} ${latest} ${found.changes.length}`, name };
    await imports.run(
      system,
      itself,
      source,
      osv.documents(outbound, feed.url, ecosystem, found.changes, signal),
      options,
    );
  }
  return {
    etag: found.etag ?? null,
    lastModified: found.lastModified ?? null,
    state: latest === undefined ? {} : { newest: latest },
  };
}

/** What a provider changed since the last reading; every document is held against its hash. */
async function readCsaf(
  system: System,
  feed: feeds.Feed,
  signal?: AbortSignal,
): Promise<Partial<feeds.Feed> | undefined> {
  const { outbound } = system;
  const newest = typeof feed.state['newest'] === 'string' ? feed.state['newest'] : '';
  const wanted = (await csaf.offered(outbound, feed.url, signal))
    .filter((one) => one.updated === undefined || Date.parse(one.updated) > Date.parse(newest || '1970-01-01'))
    .sort((a, b) => ((a.updated ?? '') < (b.updated ?? '') ? -1 : 1));
  if (wanted.length === 0) return undefined;
  const refused: string[] = [];
  const documents = async function* () {
    for (const one of wanted) {
      try {
        yield Buffer.from(`${(await csaf.document(outbound, one, signal)).replace(/[\r\n]+/g, ' ')}\n`);
      } catch (error) {
        const fault = faultOf(error);
        if (fault === undefined) throw error;
        refused.push(fault);
      }
    }
  };
  const done = await imports.run(
    system,
    itself,
    { key: `sync ${feed.name} ${system.now()}`, name: publisherOf(feed.url) },
    documents(),
    signal === undefined ? {} : { signal },
  );
  const isChanged = done.added + done.changed + done.withdrawn > 0;
  const problem = refused.length === 0 ? null : `${refused.length} documents were not taken. ${refused[0]}`;
  // After a refusal the same documents are asked for again.
  const latest = refused.length === 0 ? (wanted.at(-1)?.updated ?? newest) : newest;
  if (!isChanged && problem === null) return undefined;
  return { problem, state: { newest: latest } };
}

const publisherOf = (url: string) => `CSAF ${new URL(url).host}`;

const validatorsOf = ({ etag, lastModified }: feeds.Feed) => ({
  etag: etag ?? undefined,
  lastModified: lastModified ?? undefined,
});

/** The JSON files of a zip, each on one line. */
async function* zipLines(file: string): AsyncGenerator<Uint8Array> {
  for await (const { content } of zip.entriesOf(yauzl.openPromise(file, zip.options), ['.json'])) {
    yield Buffer.from(
      `${Buffer.from(content)
        .toString('utf8')
        .replace(/[\r\n]+/g, ' ')}\n`,
    );
  }
}
