import { sql } from 'kysely';
import type { Advisory } from '../../domain/advisory/advisory.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Database, Tx } from '../database.ts';
import * as copy from './copy.ts';

/** An advisory made ready to keep. */
export interface NewAdvisory {
  advisory: Advisory;
  /** The advisory as JSON, as it is kept and served. */
  body: string;
  /** SHA-256 of `body`. */
  digest: Uint8Array;
  score: number | undefined;
  packages: { ecosystem: string; name: string }[];
  commits: string[];
  /** Other vulnerabilities it speaks of: facts about them count for it. */
  mentions: string[];
}

/** A version of an advisory that was accepted. */
export interface Change {
  id: string;
  kind: 'added' | 'changed' | 'withdrawn';
  digest: Buffer;
  /** Ids that the record named before and names now, itself included. */
  names: string[];
}

/** What is indexed of the details: the rest of a long text rarely holds the word that is sought. */
const searchedDetailsMax = 4_000;

/**
 * Keeps a batch and gives what is new in it, each once. An advisory is accepted when it is unknown, or its `modified` is
 * later than the kept one's, or equal while its content was never seen: sources do correct records without touching the
 * date. So a version that was once replaced never comes back, in whatever order and however often files are read.
 */
export async function keep(
  database: Database,
  tx: Tx,
  batch: NewAdvisory[],
  from: { source: string; import: string; batch: number; at: Instant },
): Promise<Change[]> {
  if (batch.length === 0) return [];
  await sql`create temp table advisory_staging (
    id text collate "C", modified text collate "C", published text, withdrawn text, digest bytea, summary text,
    score real, body text, names text, details text) on commit drop`.execute(tx);
  await sql`create temp table package_staging (
    advisory text collate "C", ecosystem text collate "C", name text collate "C") on commit drop`.execute(tx);
  await sql`create temp table commit_staging (
    advisory text collate "C", commit text collate "C") on commit drop`.execute(tx);
  await sql`create temp table mention_staging (
    advisory text collate "C", name text collate "C") on commit drop`.execute(tx);
  const cells = <T>(of: (row: NewAdvisory) => T[], write: (item: T) => copy.Cell[]): copy.Cell[][] =>
    batch.flatMap((row) => of(row).map((item) => [row.advisory.id, ...write(item)]));
  await database.copyIn(tx, 'copy advisory_staging from stdin', copy.rows(batch.map(stagingRow)));
  for (const [table, rows] of [
    [
      'package_staging',
      cells(
        (row) => row.packages,
        ({ ecosystem, name }) => [ecosystem, name],
      ),
    ],
    [
      'commit_staging',
      cells(
        (row) => row.commits,
        (commit) => [commit],
      ),
    ],
    [
      'mention_staging',
      cells(
        (row) => row.mentions,
        (name) => [name],
      ),
    ],
  ] as const) {
    if (rows.length > 0) await database.copyIn(tx, `copy ${table} from stdin`, copy.rows(rows));
  }

  await sql`
    create temp table accepted on commit drop as
    select s.*, a.body as before, a.withdrawn as withdrawn_before
    from advisory_staging s left join advisories a on a.id = s.id
    where a.id is null or s.modified > a.modified or (
      s.modified = a.modified and s.digest <> a.digest and not exists (
        select from advisory_changes c where c.advisory = s.id and c.digest = s.digest))`.execute(tx);
  const { rows } = await sql<{ id: string; kind: Change['kind']; digest: Buffer; before: string | null }>`
    select id, digest, before, case
      when before is null then 'added'
      when withdrawn is not null and withdrawn_before is null then 'withdrawn'
      else 'changed' end as kind
    from accepted order by id`.execute(tx);
  if (rows.length === 0) return [];

  await sql`
    insert into advisories (id, modified, published, withdrawn, digest, summary, score, source, body, search)
    select id, modified, published, withdrawn, digest, summary, score, ${from.source}, body,
      setweight(to_tsvector('simple', names), 'A') || setweight(to_tsvector('english', coalesce(summary, '')), 'B')
        || to_tsvector('english', coalesce(details, ''))
    from accepted
    on conflict (id) do update set modified = excluded.modified, published = excluded.published,
      withdrawn = excluded.withdrawn, digest = excluded.digest, summary = excluded.summary, score = excluded.score,
      source = excluded.source, body = excluded.body, search = excluded.search`.execute(tx);
  for (const [table, staging, columns] of [
    ['advisory_packages', 'package_staging', 'advisory, ecosystem, name'],
    ['advisory_commits', 'commit_staging', 'advisory, commit'],
    ['advisory_mentions', 'mention_staging', 'advisory, name'],
  ] as const) {
    await sql`
      delete from ${sql.table(table)} where advisory in (select id from accepted where before is not null)`.execute(tx);
    await sql`
      insert into ${sql.table(table)} (${sql.raw(columns)}) select ${sql.raw(columns)} from ${sql.table(staging)}
      where advisory in (select id from accepted) on conflict do nothing`.execute(tx);
  }
  await sql`
    insert into advisory_changes (advisory, kind, digest, modified, at, import, batch)
    select id, case
        when before is null then 'added'
        when withdrawn is not null and withdrawn_before is null then 'withdrawn'
        else 'changed' end,
      digest, modified, ${from.at}, ${from.import}, ${from.batch}
    from accepted order by id`.execute(tx);

  const given = new Map(batch.map((row) => [row.advisory.id, row.advisory]));
  return rows.map(({ before, ...row }) => {
    const old = before === null ? undefined : (JSON.parse(before) as Advisory);
    return { ...row, names: [row.id, ...(given.get(row.id)?.aliases ?? []), ...(old?.aliases ?? [])] };
  });
}

function stagingRow({ advisory, body, digest, score, packages }: NewAdvisory): copy.Cell[] {
  const names = new Set([advisory.id, ...(advisory.aliases ?? []), ...packages.map((named) => named.name)]);
  return [
    advisory.id,
    advisory.modified,
    advisory.published ?? null,
    advisory.withdrawn ?? null,
    digest,
    advisory.summary ?? null,
    score ?? null,
    body,
    // A parser of natural language would take `org.apache.commons:text` for the name of a host.
    [...names]
      .map((name) => `${name} ${name.replace(/[^\p{L}\p{N}]+/gu, ' ')}`)
      .join(' ')
      .slice(0, 20_000),
    advisory.details?.slice(0, searchedDetailsMax) ?? null,
  ];
}

/** The advisory of exactly this id, with the source it came from. */
export async function load(tx: Tx, id: string): Promise<{ advisory: Advisory; source: string } | undefined> {
  const row = await tx.selectFrom('advisories').select(['body', 'source']).where('id', '=', id).executeTakeFirst();
  return row && { advisory: JSON.parse(row.body), source: row.source };
}

/** Every held advisory among these ids, in order of id. */
export async function loadAll(tx: Tx, ids: string[]): Promise<Advisory[]> {
  if (ids.length === 0) return [];
  const rows = await tx
    .selectFrom('advisories')
    .select('body')
    .where('id', '=', sql<string>`any(${ids})`)
    .orderBy('id')
    .execute();
  return rows.map((row) => JSON.parse(row.body));
}

/** Advisories that name this package, withdrawn ones left out. `ecosystems` are looked for exactly as written. */
export async function ofPackages(
  tx: Tx,
  packages: { ecosystem: string; name: string }[],
): Promise<{ ecosystem: string; name: string; advisory: Advisory }[]> {
  const { rows } = await sql<{ ecosystem: string; name: string; body: string }>`
    select p.ecosystem, p.name, a.body
    from (select distinct * from unnest(${packages.map((named) => named.ecosystem)}::text[],
      ${packages.map((named) => named.name)}::text[]) as q(ecosystem, name)) q
    join advisory_packages p on p.name = q.name collate "C" and (
      p.ecosystem = q.ecosystem collate "C" or split_part(p.ecosystem, ':', 1) = q.ecosystem collate "C")
    join advisories a on a.id = p.advisory
    where a.withdrawn is null
    order by a.id`.execute(tx);
  return rows.map(({ body, ...row }) => ({ ...row, advisory: JSON.parse(body) }));
}

/** Advisories that name one of these commits as affected, withdrawn ones left out. */
export async function ofCommits(tx: Tx, commits: string[]): Promise<{ commit: string; advisory: Advisory }[]> {
  const rows = await tx
    .selectFrom('advisory_commits')
    .innerJoin('advisories', 'advisories.id', 'advisory_commits.advisory')
    .select(['commit', 'body'])
    .where('commit', '=', sql<string>`any(${commits})`)
    .where('withdrawn', 'is', null)
    .orderBy('advisories.id')
    .execute();
  return rows.map((row) => ({ commit: row.commit, advisory: JSON.parse(row.body) }));
}

/** Every advisory of an ecosystem and its releases that is not withdrawn, in order of id, a thousand at a time. */
export async function* ofEcosystem(tx: Tx, family: string): AsyncGenerator<Advisory[]> {
  // "Debian:" to "Debian;" holds every release and nothing else.
  const { rows: ids } = await sql<{ id: string }>`
    select distinct advisory as id from advisory_packages
    where ecosystem = ${family} or (ecosystem >= ${`${family}:`} and ecosystem < ${`${family};`})
    order by advisory`.execute(tx);
  for (let at = 0; at < ids.length; at += 1000) {
    const page = ids.slice(at, at + 1000).map((row) => row.id);
    yield (await loadAll(tx, page)).filter((advisory) => advisory.withdrawn === undefined);
  }
}

/** When what of an advisory changed, newest first. */
export async function changesOf(
  tx: Tx,
  id: string,
): Promise<{ kind: Change['kind']; at: Instant; modified: Instant; entry: string }[]> {
  const rows = await tx
    .selectFrom('advisory_changes')
    .select(['kind', 'at', 'modified', 'import', 'batch'])
    .where('advisory', '=', id)
    .orderBy('number', 'desc')
    .limit(100)
    .execute();
  return rows.map(({ import: theImport, batch, ...row }) => ({ ...row, entry: `${theImport}.${batch}` }));
}
