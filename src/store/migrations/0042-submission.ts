import { type Kysely, sql } from 'kysely';

/**
 * What a model's file says, version by version; who reads which version; dates that stay with the developer; and the end of a
 * party's reading.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const own = sql`nullif(current_setting('app.organisation', true), '')`;

  // The end of reading belongs to the audience itself, not to one table: from that moment everything that the audience guards,
  // also in tables that are made later, is as if it did not exist. Rows stay, because what somebody has read stays read.
  await sql`alter table audience_members add column ended_at timestamptz, add column ended_by text collate "C"`.execute(
    db,
  );
  await sql`
    create or replace function assay_audiences() returns setof text stable parallel safe security definer
    set search_path = pg_catalog, public language sql as $$
      select id from audiences where kind = 'public' or assay_is_system()
      union
      select audience_id from audience_members
      where organisation_id = nullif(current_setting('app.organisation', true), '') and ended_at is null
      union
      select audience_id from audience_members
      where person_id = nullif(current_setting('app.person', true), '') and ended_at is null
    $$
  `.execute(db);
  // Whoever is still in an audience keeps the names of those who were.
  await sql`
    create or replace function assay_fellows() returns setof text stable parallel safe security definer
    set search_path = pg_catalog, public language sql as $$
      select organisation_id from audience_members
      where organisation_id is not null and audience_id in (
        select audience_id from audience_members
        where ended_at is null and (
          organisation_id = nullif(current_setting('app.organisation', true), '')
          or person_id = nullif(current_setting('app.person', true), '')
        )
      )
    $$
  `.execute(db);
  // Only the developer ends or resumes the reading of others, and never its own.
  await sql`grant update (ended_at, ended_by, added_at, added_by) on audience_members to assay_app`.execute(db);
  await sql`
    create policy ended on audience_members for update to assay_app
    using (organisation_id <> ${own} and audience_id in (select audience_id from submissions where organisation_id = ${own}))
    with check (organisation_id <> ${own} and audience_id in (select audience_id from submissions where organisation_id = ${own}))
  `.execute(db);

  await sql`alter table submission_parties
    add column from_version integer not null default 0 check (from_version >= 0),
    add column ended_at timestamptz,
    add column ended_by text collate "C"`.execute(db);
  const isDevelopers = sql`submission_id in (select id from submissions where organisation_id = ${own})`;
  await sql`drop policy audience on submission_parties`.execute(db);
  await sql`create policy seen on submission_parties for select to assay_app
    using (audience_id in (select assay_audiences()))`.execute(db);
  await sql`create policy kept on submission_parties to assay_app
    using (${isDevelopers}) with check (${isDevelopers})`.execute(db);

  await sql`create table submission_versions (
    submission_id text collate "C" not null references submissions on delete cascade,
    version integer not null check (version >= 1),
    audience_id text collate "C" not null references audiences,
    organisation_id text collate "C" not null references organisations,
    content jsonb not null,
    digest text collate "C" not null check (digest ~ '^sha256:[0-9a-f]{64}$'),
    note text check (length(note) between 1 and 500),
    saved_by text collate "C" not null,
    saved_at timestamptz not null,
    handed_by text collate "C",
    handed_at timestamptz,
    is_interim boolean,
    primary key (submission_id, version),
    check (num_nonnulls(handed_by, handed_at, is_interim) in (0, 3))
  )`.execute(db);
  await sql`call assay_guard('submission_versions')`.execute(db);
  await sql`drop policy audience on submission_versions`.execute(db);
  await sql`create policy kept on submission_versions to assay_app
    using (organisation_id = ${own} or (select assay_is_system()))
    with check (organisation_id = ${own} and ${isDevelopers})`.execute(db);
  // Others read what was handed over since they were let in, and never a draft.
  await sql`create policy handed on submission_versions for select to assay_app using (
    handed_at is not null and audience_id in (select assay_audiences()) and version >= (
      select from_version from submission_parties p
      where p.submission_id = submission_versions.submission_id and p.organisation_id = ${own} and p.ended_at is null
    )
  )`.execute(db);

  // Apart from the versions and their digests: a day is guessed in a few thousand tries, so no digest may cover one (I20).
  await sql`create table submission_dates (
    submission_id text collate "C" primary key references submissions on delete cascade,
    audience_id text collate "C" not null references audiences,
    organisation_id text collate "C" not null references organisations,
    partner_release date,
    public_release date,
    note text check (length(note) between 1 and 2000),
    shown_to text[] not null default '{}',
    saved_by text collate "C" not null,
    saved_at timestamptz not null
  )`.execute(db);
  await sql`call assay_guard('submission_dates')`.execute(db);
  await sql`drop policy audience on submission_dates`.execute(db);
  await sql`create policy kept on submission_dates to assay_app
    using (organisation_id = ${own} or (select assay_is_system()))
    with check (organisation_id = ${own} and ${isDevelopers})`.execute(db);
  await sql`create policy shown on submission_dates for select to assay_app
    using (${own} = any (shown_to) and audience_id in (select assay_audiences()))`.execute(db);
}
