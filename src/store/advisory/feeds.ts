import type { Instant } from '../../domain/instant.ts';
import type { Tx } from '../database.ts';

/** What a feed said when it was last read. */
export interface Feed {
  name: string;
  url: string;
  etag: string | null;
  lastModified: string | null;
  state: Record<string, unknown>;
  checkedAt: Instant | null;
  changedAt: Instant | null;
  /** Why the last read failed, in one sentence; null when it did not. */
  problem: string | null;
}

export async function load(tx: Tx, name: string, url: string): Promise<Feed> {
  const row = await tx.selectFrom('feeds').selectAll().where('name', '=', name).executeTakeFirst();
  // What another address said is no help at this one.
  if (row === undefined || row.url !== url) {
    return { name, url, etag: null, lastModified: null, state: {}, checkedAt: null, changedAt: null, problem: null };
  }
  return toFeed(row);
}

export async function save(tx: Tx, feed: Feed): Promise<void> {
  const row = {
    url: feed.url,
    etag: feed.etag,
    last_modified: feed.lastModified,
    state: JSON.stringify(feed.state),
    checked_at: feed.checkedAt,
    changed_at: feed.changedAt,
    problem: feed.problem,
  };
  await tx
    .insertInto('feeds')
    .values({ name: feed.name, ...row })
    .onConflict((conflict) => conflict.column('name').doUpdateSet(row))
    .execute();
}

export async function list(tx: Tx): Promise<Feed[]> {
  const rows = await tx.selectFrom('feeds').selectAll().orderBy('name').execute();
  return rows.map(toFeed);
}

function toFeed(row: {
  name: string;
  url: string;
  etag: string | null;
  last_modified: string | null;
  state: Record<string, unknown>;
  checked_at: Instant | null;
  changed_at: Instant | null;
  problem: string | null;
}): Feed {
  const { name, url, etag, state, problem } = row;
  const times = { lastModified: row.last_modified, checkedAt: row.checked_at, changedAt: row.changed_at };
  return { name, url, etag, state, problem, ...times };
}
