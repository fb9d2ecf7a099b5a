import { sql } from 'kysely';
import type { Instant } from '../../domain/instant.ts';
import type { Problem } from '../../domain/problem.ts';
import type { Tx } from '../database.ts';

/** How far an import is, and what it did. */
export interface Import {
  id: string;
  key: string;
  source: string;
  state: 'running' | 'finished' | 'failed';
  by: string;
  startedAt: Instant;
  updatedAt: Instant;
  finishedAt: Instant | null;
  /** Items of the source that are done; the import goes on with the next one. */
  position: number;
  bytes: number;
  batches: number;
  added: number;
  changed: number;
  withdrawn: number;
  unchanged: number;
  facts: number;
  refused: number;
  /** The first refused items, each with its number and reason. */
  problems: RefusedItem[];
}

export interface RefusedItem extends Problem {
  number: number;
}

/** What one batch adds to an import. */
export interface Progress {
  position: number;
  bytes: number;
  added: number;
  changed: number;
  withdrawn: number;
  unchanged: number;
  facts: number;
  refused: RefusedItem[];
}

const problemsMax = 100;

/** The import with this key, begun now if there is none yet. */
export async function begin(
  tx: Tx,
  given: { id: string; key: string; source: string; by: string; at: Instant },
): Promise<Import> {
  await tx
    .insertInto('imports')
    .values({
      id: given.id,
      key: given.key,
      source: given.source,
      by: given.by,
      state: 'running',
      started_at: given.at,
      updated_at: given.at,
      finished_at: null,
      position: 0,
      bytes: 0,
      batches: 0,
      added: 0,
      changed: 0,
      withdrawn: 0,
      unchanged: 0,
      facts: 0,
      refused: 0,
      problems: '[]',
    })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .execute();
  const row = await tx.selectFrom('imports').selectAll().where('key', '=', given.key).executeTakeFirstOrThrow();
  return toImport(row);
}

/** Takes the row lock: two senders of one import are served one after the other. */
export async function lock(tx: Tx, id: string): Promise<Import> {
  const row = await tx.selectFrom('imports').selectAll().where('id', '=', id).forUpdate().executeTakeFirstOrThrow();
  return toImport(row);
}

export async function advance(tx: Tx, id: string, progress: Progress, at: Instant): Promise<void> {
  const problems = JSON.stringify(progress.refused.slice(0, problemsMax));
  await sql`
    update imports set state = 'running', finished_at = null, updated_at = ${at}, position = ${progress.position},
      bytes = bytes + ${progress.bytes}, batches = batches + 1, added = added + ${progress.added},
      changed = changed + ${progress.changed}, withdrawn = withdrawn + ${progress.withdrawn},
      unchanged = unchanged + ${progress.unchanged}, facts = facts + ${progress.facts},
      refused = refused + ${progress.refused.length},
      problems = case when jsonb_array_length(problems) < ${problemsMax} then problems || ${problems}::jsonb else problems end
    where id = ${id}`.execute(tx);
}

export async function end(tx: Tx, id: string, state: 'finished' | 'failed', at: Instant): Promise<void> {
  await tx.updateTable('imports').set({ state, updated_at: at, finished_at: at }).where('id', '=', id).execute();
}

export async function load(tx: Tx, id: string): Promise<Import | undefined> {
  const row = await tx.selectFrom('imports').selectAll().where('id', '=', id).executeTakeFirst();
  return row && toImport(row);
}

/** Newest first. */
export async function list(
  tx: Tx,
  page: { after?: { startedAt: Instant; id: string }; limit: number },
): Promise<Import[]> {
  const rows = await tx
    .selectFrom('imports')
    .selectAll()
    .$if(page.after !== undefined, (query) =>
      query.where(sql<boolean>`(started_at, id) < (${page.after?.startedAt ?? ''}, ${page.after?.id ?? ''})`),
    )
    .orderBy('started_at', 'desc')
    .orderBy('id', 'desc')
    .limit(page.limit)
    .execute();
  return rows.map(toImport);
}

function toImport(
  row: {
    started_at: Instant;
    updated_at: Instant;
    finished_at: Instant | null;
  } & Omit<Import, 'startedAt' | 'updatedAt' | 'finishedAt'>,
): Import {
  const { started_at, updated_at, finished_at, ...rest } = row;
  return { ...rest, startedAt: started_at, updatedAt: updated_at, finishedAt: finished_at };
}
