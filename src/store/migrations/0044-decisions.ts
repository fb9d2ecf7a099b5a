import { type Kysely, sql } from 'kysely';

/**
 * What an authority has determined of a model, and the partners of its early access. A row's audience is replaced by a wider one when
 * an act widens it, so that who comes later reads the row as it is now and none of the log entries from before.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  // No reference to submissions: a determination that the developer does not know of may not hold up the end of its file.
  await sql`create table determinations (
    id text collate "C" primary key check (id ~ '^determination_[a-z0-9_]{1,60}$'),
    audience_id text collate "C" not null references audiences,
    submission_id text collate "C" not null,
    developer_id text collate "C" not null references organisations,
    authority_id text collate "C" not null references organisations,
    model_name text not null check (length(model_name) between 1 and 200),
    model_version text not null check (length(model_version) between 1 and 100),
    model_digest text collate "C" check (model_digest ~ '^sha256:[0-9a-f]{64}$'),
    is_requested boolean not null,
    policy_version text not null,
    current jsonb not null check (pg_column_size(current) < 16384),
    created_at timestamptz not null
  )`.execute(db);
  await sql`create index determinations_submission on determinations (submission_id, created_at desc, id desc)`.execute(
    db,
  );
  // Where the authority keeps what it rests on. Of the authority alone, whoever may read the outcome.
  await sql`create table determination_references (
    determination_id text collate "C" primary key references determinations,
    audience_id text collate "C" not null references audiences,
    reference text not null check (length(reference) between 1 and 64)
  )`.execute(db);

  await sql`create table partners (
    id text collate "C" primary key check (id ~ '^partner_[a-z0-9_]{1,60}$'),
    audience_id text collate "C" not null references audiences,
    submission_id text collate "C" not null references submissions on delete cascade,
    developer_id text collate "C" not null references organisations,
    authority_id text collate "C" references organisations,
    organisation_id text collate "C" references organisations,
    name text not null check (length(name) between 1 and 200),
    sector text not null check (length(sector) between 1 and 40),
    model_name text not null check (length(model_name) between 1 and 200),
    model_version text not null check (length(model_version) between 1 and 100),
    policy_version text not null,
    current jsonb not null check (pg_column_size(current) < 16384),
    accepted_at timestamptz,
    created_at timestamptz not null,
    updated_at timestamptz not null
  )`.execute(db);
  await sql`create index partners_submission on partners (submission_id, created_at, id)`.execute(db);
  await sql`create index partners_organisation on partners (organisation_id, updated_at desc, id desc)`.execute(db);
  await sql`create table partner_events (
    id text collate "C" primary key check (id ~ '^event_[a-z0-9_]{1,60}$'),
    partner_id text collate "C" not null references partners on delete cascade,
    audience_id text collate "C" not null references audiences,
    position integer not null check (position between 1 and 1000),
    at timestamptz not null,
    side text collate "C" not null check (side in ('developer', 'authority', 'partner')),
    by_id text collate "C" not null,
    by_name text not null,
    did text collate "C" not null,
    detail jsonb not null check (pg_column_size(detail) < 65536),
    sealed_at timestamptz,
    unique (partner_id, position)
  )`.execute(db);
  for (const table of ['determinations', 'determination_references', 'partners', 'partner_events']) {
    await sql`call assay_guard(${sql.lit(table)})`.execute(db);
  }

  // Texts that should never have been typed here. The app writes them and cannot read them; whoever holds the database decides on them.
  await sql`create table sealed_texts (
    id bigint generated always as identity primary key,
    object text collate "C" not null,
    text text not null,
    sealed_by text collate "C" not null,
    sealed_at timestamptz not null
  )`.execute(db);
  await sql`alter table sealed_texts enable row level security`.execute(db);
  await sql`alter table sealed_texts force row level security`.execute(db);
  await sql`grant insert on sealed_texts to assay_app`.execute(db);
  await sql`create policy sealed on sealed_texts for insert to assay_app with check (true)`.execute(db);
  await sql`
    do $$ begin
      execute format('create policy owner on sealed_texts to %I using (true) with check (true)', current_user);
    end $$
  `.execute(db);
}
