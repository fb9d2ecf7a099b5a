import { type Kysely, sql } from 'kysely';

/** Public advisories and facts about them. Nothing here has an audience: it is what everyone may know. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table advisories (
    id text collate "C" primary key,
    modified text collate "C" not null,
    published text collate "C",
    withdrawn text collate "C",
    digest bytea not null check (length(digest) = 32),
    summary text,
    score real,
    aliases text[] not null,
    source text not null,
    body text not null,
    search tsvector not null
  )`.execute(db);
  await sql`create index advisories_modified on advisories (modified desc, id desc)`.execute(db);
  await sql`create index advisories_search on advisories using gin (search) with (fastupdate = on)`.execute(db);

  await sql`create table advisory_packages (
    advisory text collate "C" not null references advisories on delete cascade,
    ecosystem text collate "C" not null,
    name text collate "C" not null,
    primary key (ecosystem, name, advisory)
  )`.execute(db);
  await sql`create index advisory_packages_advisory on advisory_packages (advisory)`.execute(db);
  await sql`create index advisory_packages_name on advisory_packages (name)`.execute(db);

  await sql`create table advisory_commits (
    advisory text collate "C" not null references advisories on delete cascade,
    commit text collate "C" not null,
    primary key (commit, advisory)
  )`.execute(db);
  await sql`create index advisory_commits_advisory on advisory_commits (advisory)`.execute(db);

  await sql`create table advisory_mentions (
    advisory text collate "C" not null references advisories on delete cascade,
    name text collate "C" not null,
    primary key (name, advisory)
  )`.execute(db);
  await sql`create index advisory_mentions_advisory on advisory_mentions (advisory)`.execute(db);

  await sql`create table advisory_names (
    name text collate "C" primary key,
    "group" text collate "C" not null
  )`.execute(db);
  await sql`create index advisory_names_group on advisory_names ("group")`.execute(db);

  await sql`create table imports (
    id text collate "C" primary key,
    key text collate "C" not null unique,
    source text not null,
    state text not null check (state in ('running', 'finished', 'failed')),
    by text not null,
    started_at text collate "C" not null,
    updated_at text collate "C" not null,
    finished_at text collate "C",
    position bigint not null default 0,
    bytes bigint not null default 0,
    batches integer not null default 0,
    added integer not null default 0,
    changed integer not null default 0,
    withdrawn integer not null default 0,
    unchanged integer not null default 0,
    facts integer not null default 0,
    refused integer not null default 0,
    problems jsonb not null default '[]'
  )`.execute(db);
  await sql`create index imports_started on imports (started_at desc, id desc)`.execute(db);

  await sql`create table advisory_changes (
    number bigint generated always as identity primary key,
    advisory text collate "C" not null,
    kind text not null check (kind in ('added', 'changed', 'withdrawn')),
    digest bytea not null,
    modified text collate "C" not null,
    at text collate "C" not null,
    import text collate "C" not null references imports,
    batch integer not null,
    unique (advisory, digest)
  )`.execute(db);

  await sql`create table facts (
    name text collate "C" not null,
    kind text collate "C" not null,
    source text collate "C" not null,
    date text collate "C" not null,
    body text not null,
    primary key (name, kind, source)
  )`.execute(db);
  await sql`create table fact_changes (
    number bigint generated always as identity primary key,
    name text collate "C" not null,
    kind text collate "C" not null,
    source text collate "C" not null,
    date text collate "C" not null,
    body text not null,
    at text collate "C" not null
  )`.execute(db);
  await sql`create index fact_changes_name on fact_changes (name)`.execute(db);

  await sql`create table feeds (
    name text collate "C" primary key,
    url text not null,
    etag text,
    last_modified text,
    state jsonb not null default '{}',
    checked_at text collate "C",
    changed_at text collate "C",
    problem text
  )`.execute(db);

  await sql`create table packs (
    ecosystem text collate "C" primary key,
    file text collate "C" not null unique,
    bytes bigint not null,
    stored bigint not null,
    advisories integer not null,
    updated_at text collate "C" not null
  )`.execute(db);
  await sql`create table pack_chunks (
    file text collate "C" not null,
    number integer not null,
    bytes bytea not null,
    at text collate "C" not null,
    primary key (file, number)
  )`.execute(db);
  // The chunks are gzip already.
  await sql`alter table pack_chunks alter column bytes set storage external`.execute(db);
  await sql`create sequence pack_touches`.execute(db);
  await sql`create table pack_tasks (
    ecosystem text collate "C" primary key,
    touched bigint not null
  )`.execute(db);

  await sql`grant select, insert, update on advisories, advisory_names, imports, facts, feeds, packs, pack_tasks to assay_app`.execute(
    db,
  );
  await sql`grant select, insert, delete on advisory_packages, advisory_commits, advisory_mentions, pack_chunks to assay_app`.execute(
    db,
  );
  await sql`grant delete on advisory_names, packs, pack_tasks to assay_app`.execute(db);
  await sql`grant select, insert on advisory_changes, fact_changes to assay_app`.execute(db);
  await sql`grant usage on sequence pack_touches to assay_app`.execute(db);
}
