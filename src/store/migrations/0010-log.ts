import { type Kysely, sql } from 'kysely';

/** The record: what was done, and the transparency log over it. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create sequence log_opening_ids`.execute(db);
  await sql`create table log_openings (
    id bigint primary key,
    type text not null check (type in ('act', 'access', 'denied')),
    nonce bytea not null check (length(nonce) = 32),
    body text not null check (length(body) <= 65536),
    did text not null,
    object text not null,
    actor text not null,
    at text collate "C" not null
  )`.execute(db);
  await sql`create index log_openings_object on log_openings (object, id)`.execute(db);
  // Who reads which: ids of audiences, organisations and people. Read from its end for each of one's own ids, so that a page of
  // entries takes the same time however many entries of others there are.
  await sql`create table log_readers (
    reader text collate "C" not null,
    opening bigint not null references log_openings,
    primary key (reader, opening)
  )`.execute(db);

  await sql`create table log_pending (opening bigint primary key, leaf bytea not null)`.execute(db);
  await sql`create table log_leaves (
    index bigint primary key,
    opening bigint not null unique,
    leaf bytea not null
  )`.execute(db);
  await sql`create table log_tiles (
    level integer not null,
    index bigint not null,
    hashes bytea not null check (length(hashes) % 32 = 0 and length(hashes) between 32 and 8192),
    primary key (level, index)
  )`.execute(db);
  await sql`create table log_checkpoints (
    size bigint primary key,
    note text not null,
    at text collate "C" not null
  )`.execute(db);
  await sql`create table log_denials (
    actor text not null,
    minute text collate "C" not null,
    audience text[] not null,
    objects text[] not null,
    tries integer not null,
    primary key (minute, actor)
  )`.execute(db);

  // An opening is read by those it is addressed to, the instance's own jobs not among them; everybody may write one, nobody
  // may change or remove one (I5, I7).
  await sql`alter table log_openings enable row level security`.execute(db);
  await sql`alter table log_openings force row level security`.execute(db);
  await sql`create policy written on log_openings for insert to assay_app with check (true)`.execute(db);
  await sql`
    create function assay_log_readers() returns setof text stable parallel safe
    set search_path = pg_catalog, public language sql as $$
      select assay_audiences()
      union select nullif(current_setting('app.organisation', true), '')
      union select nullif(current_setting('app.person', true), '')
    $$
  `.execute(db);
  await sql`create policy addressed on log_openings for select to assay_app using (
    exists (
      select from log_readers
      where opening = log_openings.id and reader = any ((select array_agg(r) from assay_log_readers() r)::text[])
    )
  )`.execute(db);
  await sql`
    do $$ begin
      execute format('create policy owner on log_openings to %I using (true) with check (true)', current_user);
      execute format('create policy owner on log_readers to %I using (true) with check (true)', current_user);
    end $$
  `.execute(db);
  await sql`alter table log_readers enable row level security`.execute(db);
  await sql`alter table log_readers force row level security`.execute(db);
  await sql`create policy written on log_readers for insert to assay_app with check (true)`.execute(db);
  await sql`create policy addressed on log_readers for select to assay_app
    using (reader = any ((select array_agg(r) from assay_log_readers() r)::text[]))`.execute(db);

  await sql`grant usage on sequence log_opening_ids to assay_app`.execute(db);
  await sql`grant select, insert on log_openings, log_readers to assay_app`.execute(db);
  await sql`grant insert on log_pending to assay_app`.execute(db);
  await sql`grant select on log_leaves, log_tiles, log_checkpoints to assay_app`.execute(db);
  await sql`grant select, insert, update, delete on log_denials to assay_app`.execute(db);
}
