import { type Kysely, sql } from 'kysely';

/**
 * What is fixed before results are seen: sealed task packs (their statement, never their items) and registered rules. Each has an
 * audience of its own organisation, or that of the submission it was shown to.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table task_packs (
    id text collate "C" primary key check (id ~ '^pack_[a-z0-9_]{1,60}$'),
    organisation_id text collate "C" not null references organisations,
    audience_id text collate "C" not null references audiences,
    own_audience_id text collate "C" not null references audiences,
    submission_id text collate "C" references submissions,
    name text not null check (length(name) between 1 and 200),
    version text not null check (length(version) between 1 and 200),
    size integer not null check (size > 0),
    root text collate "C" not null check (root ~ '^[0-9a-f]{64}$'),
    is_opaque boolean not null,
    runs_max integer not null check (runs_max between 1 and 1000000),
    published_by text collate "C" not null,
    published_at timestamptz not null,
    unique (organisation_id, root)
  )`.execute(db);
  await sql`create index task_packs_published on task_packs (published_at desc, id desc)`.execute(db);

  await sql`create table task_pack_uses (
    pack_id text collate "C" not null references task_packs on delete cascade,
    audience_id text collate "C" not null references audiences,
    run_id text collate "C" not null references runs on delete cascade,
    noted_by text collate "C" not null,
    noted_at timestamptz not null,
    primary key (pack_id, run_id)
  )`.execute(db);
  await sql`create table task_pack_openings (
    pack_id text collate "C" not null references task_packs on delete cascade,
    audience_id text collate "C" not null references audiences,
    place integer not null,
    item text not null,
    noted_by text collate "C" not null,
    noted_at timestamptz not null,
    primary key (pack_id, place)
  )`.execute(db);

  await sql`create table registrations (
    id text collate "C" primary key check (id ~ '^registration_[a-z0-9_]{1,60}$'),
    organisation_id text collate "C" not null references organisations,
    audience_id text collate "C" not null references audiences,
    own_audience_id text collate "C" not null references audiences,
    submission_id text collate "C" references submissions,
    pack_id text collate "C" references task_packs,
    title text not null check (length(title) between 1 and 200),
    rule jsonb not null,
    digest text collate "C" not null check (digest ~ '^sha256:[0-9a-f]{64}$'),
    registered_by text collate "C" not null,
    registered_at timestamptz not null,
    unique (organisation_id, digest)
  )`.execute(db);
  await sql`create index registrations_registered on registrations (registered_at desc, id desc)`.execute(db);

  for (const name of ['task_packs', 'task_pack_uses', 'task_pack_openings', 'registrations']) {
    await sql`call assay_guard(${sql.lit(name)})`.execute(db);
  }
}
