import { type RawBuilder, sql } from 'kysely';
import type { Instant } from '../../domain/instant.ts';
import type { Tx } from '../database.ts';

/** What is asked of the list of advisories; everything given must hold. */
export interface Search {
  /** An id or alias, or words of the text; the last word may be unfinished. */
  text?: string;
  /** With its release (`Debian:12`), or without: then every release counts. */
  ecosystem?: string;
  package?: string;
  /** Only those that CISA lists as exploited. */
  isKev?: boolean;
  /** Lowest CVSS score that the advisory states. */
  scoreMin?: number;
  modifiedSince?: Instant;
  /** The key of the last row of the page before. */
  after?: Key;
  limit: number;
}

/** Lists run from the latest modified to the earliest, then by id. */
export interface Key {
  modified: Instant;
  id: string;
}

/** One row of the list. */
export interface Found extends Key {
  published: Instant | null;
  withdrawn: Instant | null;
  summary: string | null;
  score: number | null;
  source: string;
  group: string | null;
  aliases: string[];
  packages: { ecosystem: string; name: string }[];
  isKev: boolean;
  epss: number | null;
}

const shownPackagesMax = 5;

/** One page of advisories. */
export async function search(tx: Tx, asked: Search): Promise<Found[]> {
  const conditions: RawBuilder<unknown>[] = [];
  const text = asked.text?.trim() ?? '';
  if (text !== '') conditions.push(await textCondition(tx, text));
  if (asked.package !== undefined || asked.ecosystem !== undefined) {
    const parts: RawBuilder<unknown>[] = [sql`p.advisory = a.id`];
    if (asked.package !== undefined) parts.push(sql`p.name = ${asked.package}`);
    if (asked.ecosystem !== undefined) {
      // "Debian:" to "Debian;" holds every release and nothing else, and an index can walk it.
      parts.push(sql`(p.ecosystem = ${asked.ecosystem}
        or (p.ecosystem >= ${`${asked.ecosystem}:`} and p.ecosystem < ${`${asked.ecosystem};`}))`);
    }
    conditions.push(sql`exists (select from advisory_packages p where ${sql.join(parts, sql` and `)})`);
  }
  if (asked.isKev === true) {
    conditions.push(sql`a.id in (
      select n.name from facts f join advisory_names m on m.name = f.name
        join advisory_names n on n."group" = m."group" where f.kind = 'kev'
      union select t.advisory from facts f join advisory_mentions t on t.name = f.name where f.kind = 'kev')`);
  }
  if (asked.scoreMin !== undefined) conditions.push(sql`a.score >= ${asked.scoreMin}`);
  if (asked.modifiedSince !== undefined) conditions.push(sql`a.modified >= ${asked.modifiedSince}`);
  if (asked.after !== undefined)
    conditions.push(sql`(a.modified, a.id) < (${asked.after.modified}, ${asked.after.id})`);

  const where = conditions.length === 0 ? sql`` : sql`where ${sql.join(conditions, sql` and `)}`;
  const { rows } = await sql<Found>`
    with page as (
      select a.id, a.modified, a.published, a.withdrawn, a.summary, a.score, a.source, n."group"
      from advisories a left join advisory_names n on n.name = a.id
      ${where} order by a.modified desc, a.id desc limit ${asked.limit}
    )
    select page.*,
      coalesce((select array_agg(m.name order by m.name) from advisory_names m
        where m."group" = page."group" and m.name <> page.id), '{}') as aliases,
      coalesce((select json_agg(json_build_object('ecosystem', ecosystem, 'name', name)) from (
        select ecosystem, name from advisory_packages where advisory = page.id
        order by ecosystem, name limit ${shownPackagesMax}) shown), '[]') as packages,
      exists (select from facts f where f.kind = 'kev' and f.name = any(about.names)) as "isKev",
      (select max((f.body::jsonb ->> 'score')::float8) from facts f
        where f.kind = 'epss' and f.name = any(about.names)) as epss
    from page cross join lateral (
      select array(select name from advisory_names m where m."group" = page."group"
        union select name from advisory_mentions t where t.advisory = page.id) as names) about order by page.modified desc, page.id desc`.execute(
    tx,
  );
  return rows;
}

/** A text that is a known id or alias asks for its group; any other asks for advisories that hold its words. */
async function textCondition(tx: Tx, text: string): Promise<RawBuilder<unknown>> {
  const spellings = [
    ...new Set([
      text,
      text.toUpperCase(),
      text.replace(/^ghsa-/i, 'GHSA-').replace(/^GHSA-.*/i, (id) => `GHSA-${id.slice(5).toLowerCase()}`),
    ]),
  ];
  const named = await tx
    .selectFrom('advisory_names')
    .select('group')
    .where('name', '=', sql<string>`any(${spellings})`)
    .executeTakeFirst();
  if (named !== undefined) return sql`n."group" = ${named.group}`;
  const words = text.match(/[\p{L}\p{N}]+/gu)?.slice(0, 12) ?? [];
  if (words.length === 0) return sql`false`;
  // Names are indexed as they are, prose by its stems; a word may be either, and the last may still be typed.
  const each = words.map((word, i) =>
    i === words.length - 1
      ? sql`(to_tsquery('simple', ${`${word}:*`}) || plainto_tsquery('english', ${word}))`
      : sql`(plainto_tsquery('simple', ${word}) || plainto_tsquery('english', ${word}))`,
  );
  return sql`a.search @@ (${sql.join(each, sql` && `)})`;
}
