import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import type { Actor } from '../../domain/directory/actor.ts';
import type { Instant } from '../../domain/instant.ts';
import { Refusal } from '../../domain/refusal.ts';
import * as leaf from '../../log/leaf.ts';
import type { Tx } from '../database.ts';
import { sha256 } from './sha256.ts';

/** Whose eyes an entry is for: ids of audiences (`audience_public` is everybody), of organisations, of people. */
export type Audience = string[];

export interface NewEntry {
  /** What happened, in the past tense: `inventory_kept`. */
  did: string;
  /** The id of what it happened to. */
  object: string;
  by: Actor;
  /** Who may read it, beside the actor; the actor's own organisation when left out. */
  audience?: Audience;
  /** What else the entry says. Kept for ever: no secret, no exploit detail (I12). */
  body?: Record<string, unknown>;
  /** An act, unless it is said to be a read of something secret or a refused try. */
  type?: leaf.LeafType;
  /** When; now, when left out. */
  at?: Instant;
}

/** What is known of one entry by someone in its audience. */
export interface Entry {
  /** Where it stands among all openings: for paging, not for people. */
  opening: number;
  index: number;
  type: leaf.LeafType;
  did: string;
  object: string;
  at: Instant;
  body: string;
  nonce: Uint8Array;
}

const bodyLengthMax = 65_536;

/** The ids whose entries an actor may read. */
function selfOf(actor: Actor): string[] {
  return [actor.organisation, actor.kind === 'agent' ? actor.principal : actor.id].filter((id) => id !== undefined);
}

/** Writes the entry of an act in the act's own transaction: both hold, or neither does. */
export async function append(tx: Tx, entry: NewEntry): Promise<void> {
  const { did, object, by, type = 'act' } = entry;
  const at = entry.at ?? new Date().toISOString();
  const audience = [...new Set([...(entry.audience ?? []), ...selfOf(by)])];
  const body = JSON.stringify({
    ...entry.body,
    did,
    object,
    by: by.id,
    ...(by.principal !== undefined && { principal: by.principal }),
    ...(by.organisation !== undefined && { organisation: by.organisation }),
    at,
  });
  // What one act may put on record for ever.
  if (body.length > bodyLengthMax) throw new Refusal('body_too_large');
  const nonce = randomBytes(32);
  const record = leaf.format({ type, hour: at.slice(0, 13), commitment: leaf.commit(sha256, { nonce, body }) });
  // The id is drawn first: a returning clause would need the row to be readable, and an actor may write what others read.
  await sql`
    with fresh as (select nextval('log_opening_ids') as id),
    opening as (
      insert into log_openings (id, type, nonce, body, did, object, actor, at)
      select id, ${type}, ${nonce}, ${body}, ${did}, ${object}, ${by.id}, ${at} from fresh
    ),
    readers as (insert into log_readers (reader, opening) select reader, id from fresh, unnest(${audience}::text[]) as reader)
    insert into log_pending (opening, leaf) select id, ${Buffer.from(record)} from fresh`.execute(tx);
}

/**
 * Lets an organisation keep the entries that it may read as a member of an audience until now, when its membership ends: history
 * stays with those who were in it.
 */
export async function keepHistory(tx: Tx, audience: string, organisation: string): Promise<void> {
  await sql`
    insert into log_readers (reader, opening)
    select ${organisation}, opening from log_readers where reader = ${audience}
    on conflict do nothing`.execute(tx);
}

export interface Page {
  object?: string;
  /** Only entries before this opening: lists run from the newest to the oldest. */
  before?: number;
  limit: number;
}

/** The entries this actor may read, newest first. Row security leaves out all others. */
export async function list(tx: Tx, { object, before = Number.MAX_SAFE_INTEGER, limit }: Page): Promise<Entry[]> {
  if (object !== undefined) {
    return opened(tx)
      .where('object', '=', object)
      .where('log_openings.id', '<', before)
      .orderBy('log_openings.id', 'desc')
      .limit(limit)
      .execute();
  }
  // The newest of each of one's own ids, then the newest of those: no entry of others is looked at.
  const { rows } = await sql<{ opening: number }>`
    select distinct newest.opening from assay_log_readers() as mine
    cross join lateral (
      select r.opening from log_readers r join log_leaves l on l.opening = r.opening
      where r.reader = mine and r.opening < ${before} order by r.opening desc limit ${limit}
    ) as newest
    order by newest.opening desc limit ${limit}`.execute(tx);
  if (rows.length === 0) return [];
  const ids = rows.map((row) => row.opening);
  return opened(tx).where('log_openings.id', 'in', ids).orderBy('log_openings.id', 'desc').execute();
}

/** Openings that have their place. */
const opened = (tx: Tx) =>
  tx
    .selectFrom('log_openings')
    .innerJoin('log_leaves', 'log_leaves.opening', 'log_openings.id')
    .select(['log_openings.id as opening', 'log_leaves.index', 'type', 'did', 'object', 'at', 'body', 'nonce']);

/** The openings this actor may read among the leaves from `first` up to, not with, `end`, by index. */
export async function openings(tx: Tx, first: number, end: number): Promise<Map<number, Entry>> {
  const rows = await opened(tx).where('log_leaves.index', '>=', first).where('log_leaves.index', '<', end).execute();
  return new Map(rows.map((row) => [row.index, row]));
}
