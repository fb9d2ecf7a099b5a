import { sql } from 'kysely';
import type { Fact } from '../../domain/advisory/fact.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Database, Tx } from '../database.ts';
import * as copy from './copy.ts';

/** A fact about the vulnerability of one name, mostly a CVE id. */
export interface NamedFact {
  name: string;
  fact: Fact;
}

/**
 * Keeps facts and gives the names whose facts changed. A fact replaces one of the same kind and source when its content
 * differs and its date is not earlier; a later date alone only moves the date. Every value is kept in `fact_changes`.
 */
export async function keep(database: Database, tx: Tx, batch: NamedFact[], at: Instant): Promise<string[]> {
  if (batch.length === 0) return [];
  await sql`create temp table fact_staging (
    name text collate "C", kind text collate "C", source text collate "C", date text collate "C", body text, content text)
    on commit drop`.execute(tx);
  // The last of several about the same thing in one batch stands.
  const newest = new Map<string, NamedFact>();
  for (const one of batch) {
    const key = `${one.name}\n${one.fact.kind}\n${one.fact.source}`;
    const other = newest.get(key);
    if (other === undefined || one.fact.date >= other.fact.date) newest.set(key, one);
  }
  await database.copyIn(
    tx,
    'copy fact_staging from stdin',
    copy.rows(
      [...newest.values()].map(({ name, fact }) => {
        // The date alone moves every day; it is no change of what is known.
        const { date: _, ...content } = fact;
        return [name, fact.kind, fact.source, fact.date, JSON.stringify(fact), JSON.stringify(content)];
      }),
    ),
  );
  const { rows } = await sql<{ name: string }>`
    with newer as (
      select s.*, f.name is null or s.content::jsonb <> (f.body::jsonb - 'date') as is_change
      from fact_staging s left join facts f using (name, kind, source)
      where f.name is null or s.date > f.date or (s.date = f.date and s.content::jsonb <> (f.body::jsonb - 'date'))
    ), changed as (
      select * from newer where is_change
    ), kept as (
      insert into facts (name, kind, source, date, body)
      select name, kind, source, date, body from newer
      on conflict (name, kind, source) do update set date = excluded.date, body = excluded.body
    ), recorded as (
      insert into fact_changes (name, kind, source, date, body, at)
      select name, kind, source, date, body, ${at} from changed
    )
    select name from changed`.execute(tx);
  return [...new Set(rows.map((row) => row.name))];
}

/** The facts held about any of these names. */
export async function of(tx: Tx, names: string[]): Promise<NamedFact[]> {
  if (names.length === 0) return [];
  const rows = await tx
    .selectFrom('facts')
    .select(['name', 'body'])
    .where('name', '=', sql<string>`any(${names})`)
    .orderBy('name')
    .orderBy('kind')
    .orderBy('source')
    .execute();
  return rows.map((row) => ({ name: row.name, fact: JSON.parse(row.body) }));
}

/** Whether any fact of this kind is held: only then does the absence of one say anything. */
export async function isHeld(tx: Tx, kind: Fact['kind']): Promise<boolean> {
  const { rows } = await sql`select from facts where kind = ${kind} limit 1`.execute(tx);
  return rows.length > 0;
}
