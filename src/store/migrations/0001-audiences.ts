import { type Kysely, sql } from 'kysely';

/**
 * The role of the app, and audiences with the existence rule: whoever is not of a thing's audience cannot tell it from a
 * thing that does not exist. It holds in the database, below every query, from the first table on.
 *
 * How another table uses it:
 *
 *     audience_id text collate "C" not null references audiences
 *     ...
 *     call assay_guard('inventories')      -- row security on, forced, and the policy below
 *
 * `assay_guard` makes the policy `audience_id in (select assay_audiences())`, for reading and for writing. A table without
 * an audience (public facts) says `call assay_open('advisories')`, which grants the rights and no more.
 *
 * What a transaction claims is in the settings `app.person`, `app.organisation`, `app.roles` (store/database.ts). The role
 * `system` (jobs of the instance itself) sees everything; no request can claim it.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  // Roles belong to the whole server: another database of it may have made this one, even at this moment.
  await sql`
    do $$ begin
      if not exists (select from pg_roles where rolname = 'assay_app') then
        create role assay_app nologin nosuperuser nobypassrls nocreatedb nocreaterole;
      end if;
    exception when duplicate_object or unique_violation then null;
    end $$
  `.execute(db);
  await sql`
    do $$ begin
      if not pg_has_role(current_user, 'assay_app', 'member') then grant assay_app to current_user; end if;
    end $$
  `.execute(db);
  await sql`grant usage on schema public to assay_app`.execute(db);

  await sql`
    create table audiences (
      id text collate "C" primary key check (id ~ '^audience_[a-z0-9_]{1,60}$'),
      kind text collate "C" not null check (kind in ('public', 'named')),
      created_at timestamptz not null default now()
    )
  `.execute(db);
  await sql`
    create table audience_members (
      audience_id text collate "C" not null references audiences,
      organisation_id text collate "C",
      person_id text collate "C",
      added_at timestamptz not null default now(),
      added_by text collate "C" not null,
      check (num_nonnulls(organisation_id, person_id) = 1),
      unique nulls not distinct (audience_id, organisation_id, person_id)
    )
  `.execute(db);
  await sql`create index on audience_members (organisation_id) where organisation_id is not null`.execute(db);
  await sql`create index on audience_members (person_id) where person_id is not null`.execute(db);

  await sql`
    create function assay_is_system() returns boolean stable parallel safe language sql
    return 'system' = any (string_to_array(current_setting('app.roles', true), ' '))
  `.execute(db);
  // Runs as the owner, who is not under the policies of these two tables: a policy that asked itself would never end.
  // Written once per statement as "in (select ...)", it is evaluated once and hashed, not once per row.
  await sql`
    create function assay_audiences() returns setof text stable parallel safe security definer
    set search_path = pg_catalog, public language sql as $$
      select id from audiences where kind = 'public' or assay_is_system()
      union
      select audience_id from audience_members
      where organisation_id = nullif(current_setting('app.organisation', true), '')
      union
      select audience_id from audience_members
      where person_id = nullif(current_setting('app.person', true), '')
    $$
  `.execute(db);

  await sql`
    create function assay_has_members(audience text) returns boolean stable parallel safe security definer
    set search_path = pg_catalog, public language sql as $$
      select exists (select from audience_members where audience_id = audience)
    $$
  `.execute(db);

  await sql`
    create procedure assay_open(name text) language plpgsql as $$ begin
      execute format('grant select, insert, update, delete on %I to assay_app', name);
    end $$
  `.execute(db);
  await sql`
    create procedure assay_guard(name text) language plpgsql as $$ begin
      call assay_open(name);
      execute format('alter table %I enable row level security', name);
      execute format('alter table %I force row level security', name);
      execute format('create policy audience on %I to assay_app using (audience_id in (select assay_audiences()))', name);
      -- The owner reads for backups and keeps indexes; it never serves a request.
      execute format('create policy owner on %I to %I using (true) with check (true)', name, current_user);
    end $$
  `.execute(db);
  await sql`revoke all on procedure assay_open(text), assay_guard(text) from public`.execute(db);

  // Whoever is in an audience may know who else is. Members are added in the act that widens; nobody is taken out, because
  // what somebody has read stays read.
  for (const [table, column] of [
    ['audiences', 'id'],
    ['audience_members', 'audience_id'],
  ] as const) {
    await sql`alter table ${sql.table(table)} enable row level security`.execute(db);
    await sql`grant select, insert on ${sql.table(table)} to assay_app`.execute(db);
    await sql`
      create policy seen on ${sql.table(table)} for select to assay_app
      using (${sql.ref(column)} in (select assay_audiences()))
    `.execute(db);
  }
  await sql`create policy made on audiences for insert to assay_app with check (kind = 'named')`.execute(db);
  // The first members come with the audience itself; later ones are added by one who is in it.
  await sql`
    create policy widened on audience_members for insert to assay_app
    with check (audience_id in (select assay_audiences()) or not assay_has_members(audience_id))
  `.execute(db);
  await sql`insert into audiences (id, kind) values ('audience_public', 'public')`.execute(db);
}
