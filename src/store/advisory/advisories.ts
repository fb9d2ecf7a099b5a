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
  /** SHA-256 of its text. */
  digest: Uint8Array;
  /** Its id and aliases. */
  names: string[];
  /** Ecosystems, with releases, of the packages that the version before it named. */
  formerEcosystems: string[];
}

/** What is indexed of the details: the rest of a long text rarely holds the word that is sought. */
const searchedDetailsMax = 2_000;

/** One writer of advisories at a time over all processes; the number only has to be the same everywhere. */
const lockKey = 0x61647673;

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
  // Two imports may hold the same advisory: the second decides after the first has written.
  await sql`select pg_advisory_xact_lock(${lockKey})`.execute(tx);
  const changes = await accepted(tx, batch);
  if (changes.length === 0) return [];
  const kinds = new Map(changes.map((change) => [change.id, change.kind]));
  const rows = batch.filter(({ advisory }) => kinds.has(advisory.id));
  await sql`create temp table advisory_staging (
    id text collate "C", modified text, published text, withdrawn text, digest bytea, summary text,
    score real, aliases text[], body text, names text, details text) on commit drop`.execute(tx);
  await database.copyIn(tx, 'copy advisory_staging from stdin', copy.rows(rows.map(stagingRow)));
  await sql`
    insert into advisories (id, modified, published, withdrawn, digest, summary, score, aliases, source, body, search)
    select id, modified, published, withdrawn, digest, summary, score, aliases, ${from.source}, body,
      setweight(to_tsvector('simple', names), 'A') || setweight(to_tsvector('english', left(coalesce(summary, ''), 2000)), 'B')
        || to_tsvector('english', coalesce(details, ''))
    from advisory_staging
    on conflict (id) do update set modified = excluded.modified, published = excluded.published,
      withdrawn = excluded.withdrawn, digest = excluded.digest, summary = excluded.summary, score = excluded.score,
      aliases = excluded.aliases, source = excluded.source, body = excluded.body, search = excluded.search`.execute(tx);

  const replaced = changes.filter((change) => change.kind !== 'added').map((change) => change.id);
  if (replaced.length > 0) {
    const { rows: left } = await sql<{ advisory: string; ecosystem: string }>`
      delete from advisory_packages where advisory = any(${replaced}) returning advisory, ecosystem`.execute(tx);
    const changeOf = new Map(changes.map((change) => [change.id, change]));
    for (const { advisory, ecosystem } of left) changeOf.get(advisory)?.formerEcosystems.push(ecosystem);
    await sql`delete from advisory_commits where advisory = any(${replaced})`.execute(tx);
    await sql`delete from advisory_mentions where advisory = any(${replaced})`.execute(tx);
  }
  const packages = rows.flatMap(({ advisory, packages }) => packages.map((named) => ({ id: advisory.id, ...named })));
  const commits = rows.flatMap(({ advisory, commits }) => commits.map((commit) => [advisory.id, commit] as const));
  const mentions = rows.flatMap(({ advisory, mentions }) => mentions.map((name) => [advisory.id, name] as const));
  await sql`
    insert into advisory_packages (advisory, ecosystem, name) select * from unnest(
      ${packages.map((row) => row.id)}::text[], ${packages.map((row) => row.ecosystem)}::text[],
      ${packages.map((row) => row.name)}::text[])`.execute(tx);
  await sql`
    insert into advisory_commits (advisory, commit) select * from unnest(
      ${commits.map((row) => row[0])}::text[], ${commits.map((row) => row[1])}::text[])`.execute(tx);
  await sql`
    insert into advisory_mentions (advisory, name) select * from unnest(
      ${mentions.map((row) => row[0])}::text[], ${mentions.map((row) => row[1])}::text[])`.execute(tx);
  await sql`
    insert into advisory_changes (advisory, kind, digest, modified, at, import, batch)
    select c.id, c.kind, a.digest, a.modified, ${from.at}, ${from.import}, ${from.batch}
    from unnest(${changes.map((change) => change.id)}::text[], ${changes.map((change) => change.kind)}::text[])
      with ordinality as c(id, kind, place)
    join advisories a on a.id = c.id collate "C" order by c.place`.execute(tx);
  return changes;
}

/** Which of these are to be kept, and what each is to the one that is held; in order of id. */
async function accepted(tx: Tx, batch: NewAdvisory[]): Promise<Change[]> {
  const { rows } = await sql<{ id: string; kind: Change['kind'] }>`
    select s.id, case
      when a.id is null then 'added'
      when s.is_withdrawn and a.withdrawn is null then 'withdrawn'
      else 'changed' end as kind
    from unnest(
      ${batch.map((row) => row.advisory.id)}::text[], ${batch.map((row) => row.advisory.modified)}::text[],
      ${batch.map((row) => Buffer.from(row.digest))}::bytea[],
      ${batch.map((row) => row.advisory.withdrawn !== undefined)}::boolean[]
    ) as s(id, modified, digest, is_withdrawn)
    left join advisories a on a.id = s.id collate "C"
    where a.id is null or s.modified collate "C" > a.modified or (
      s.modified collate "C" = a.modified and s.digest <> a.digest and not exists (
        select from advisory_changes c where c.advisory = s.id collate "C" and c.digest = s.digest))
    order by s.id collate "C"`.execute(tx);
  const given = new Map(batch.map((row) => [row.advisory.id, row]));
  return rows.map(({ id, kind }) => {
    const { advisory, digest } = given.get(id) as NewAdvisory;
    return { id, kind, digest, names: [id, ...(advisory.aliases ?? [])], formerEcosystems: [] };
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
    copy.array(advisory.aliases ?? []),
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

/** What stands for an advisory in a list. */
export interface Listed {
  id: string;
  modified: Instant;
}

/**
 * Advisories that name these packages, withdrawn ones left out, in order of id. An ecosystem without release asks for
 * all its releases; otherwise it is looked for exactly as written.
 */
export async function ofPackages(
  tx: Tx,
  packages: { ecosystem: string; name: string }[],
  limit: number,
): Promise<({ ecosystem: string; name: string } & Listed)[]> {
  if (packages.length === 0) return [];
  const { rows } = await sql<{ ecosystem: string; name: string } & Listed>`
    select distinct a.id, a.modified, p.ecosystem, p.name
    from (select distinct * from unnest(${packages.map((named) => named.ecosystem)}::text[],
      ${packages.map((named) => named.name)}::text[]) as q(ecosystem, name)) q
    join advisory_packages p on p.name = q.name collate "C" and (
      p.ecosystem = q.ecosystem collate "C" or split_part(p.ecosystem, ':', 1) = q.ecosystem collate "C")
    join advisories a on a.id = p.advisory
    where a.withdrawn is null
    order by a.id
    limit ${limit}`.execute(tx);
  return rows;
}

/** Advisories that name one of these commits as affected, withdrawn ones left out, in order of id. */
export async function ofCommits(tx: Tx, commits: string[], limit: number): Promise<({ commit: string } & Listed)[]> {
  if (commits.length === 0) return [];
  return tx
    .selectFrom('advisory_commits')
    .innerJoin('advisories', 'advisories.id', 'advisory_commits.advisory')
    .select(['commit', 'advisories.id', 'modified'])
    .where('commit', '=', sql<string>`any(${commits})`)
    .where('withdrawn', 'is', null)
    .orderBy('advisories.id')
    .limit(limit)
    .execute();
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
