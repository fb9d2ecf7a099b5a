import { type Kysely, sql } from 'kysely';

/**
 * The file of a model that its developer offers early: who may know of it, and in which capacity. Its window, access, determination
 * and evidence hang on it. Only the developer's own act lets another organisation into its audience (I6).
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  // Whoever shares an audience with an organisation may know what it is called: they read each other's acts.
  await sql`
    create function assay_fellows() returns setof text stable parallel safe security definer
    set search_path = pg_catalog, public language sql as $$
      select organisation_id from audience_members
      where organisation_id is not null and audience_id in (
        select audience_id from audience_members
        where organisation_id = nullif(current_setting('app.organisation', true), '')
           or person_id = nullif(current_setting('app.person', true), '')
      )
    $$
  `.execute(db);
  await sql`create policy fellows on organisations for select to assay_app
    using (id in (select assay_fellows()))`.execute(db);

  await sql`create table submissions (
    id text collate "C" primary key check (id ~ '^submission_[a-z0-9_]{1,60}$'),
    audience_id text collate "C" not null references audiences,
    organisation_id text collate "C" not null references organisations,
    model_name text not null check (length(model_name) between 1 and 200),
    model_version text not null check (length(model_version) between 1 and 100),
    model_digest text collate "C" check (model_digest ~ '^sha256:[0-9a-f]{64}$'),
    created_at timestamptz not null,
    updated_at timestamptz not null
  )`.execute(db);
  await sql`create index submissions_updated on submissions (updated_at desc, id desc)`.execute(db);
  await sql`create index submissions_organisation on submissions (organisation_id)`.execute(db);
  await sql`create table submission_parties (
    submission_id text collate "C" not null references submissions on delete cascade,
    audience_id text collate "C" not null references audiences,
    organisation_id text collate "C" not null references organisations,
    capacity text collate "C" not null check (capacity in ('developer', 'authority')),
    added_by text collate "C" not null,
    added_at timestamptz not null,
    primary key (submission_id, organisation_id)
  )`.execute(db);
  await sql`call assay_guard('submissions')`.execute(db);
  await sql`call assay_guard('submission_parties')`.execute(db);
}
