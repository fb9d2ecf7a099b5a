import { type Kysely, sql } from 'kysely';

/**
 * What is fixed before results are seen, sealed task packs (their statement, never their items) and registered rules, and what comes of
 * it: results, and letters that say them. Each has an audience of its own organisation, or that of the submission it was shown to.
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
    title text not null check (length(title) between 1 and 500),
    plan json not null,
    digest text collate "C" not null check (digest ~ '^sha256:[0-9a-f]{64}$'),
    registered_by text collate "C" not null,
    registered_at timestamptz not null,
    withdrawn_by text collate "C",
    withdrawn_at timestamptz,
    unique (organisation_id, digest),
    check ((withdrawn_by is null) = (withdrawn_at is null))
  )`.execute(db);
  await sql`create index registrations_registered on registrations (registered_at desc, id desc)`.execute(db);

  // Everything a result was computed from is kept with it, so that it can be computed again when runs are gone.
  await sql`create table results (
    id text collate "C" primary key check (id ~ '^result_[a-z0-9_]{1,60}$'),
    organisation_id text collate "C" not null references organisations,
    audience_id text collate "C" not null references audiences,
    registration_id text collate "C" not null references registrations,
    model text not null,
    zone text collate "C" not null check (zone in ('meets', 'does_not_meet', 'undecided')),
    inputs json not null,
    digest text collate "C" not null check (digest ~ '^sha256:[0-9a-f]{64}$'),
    result json not null,
    remarks json not null,
    computed_by text collate "C" not null,
    computed_at timestamptz not null
  )`.execute(db);
  await sql`create index results_computed on results (computed_at desc, id desc)`.execute(db);
  await sql`create index results_registration on results (registration_id)`.execute(db);

  // A letter is its own organisation's; what others are given is a copy of it, with an audience of its own.
  await sql`create table letters (
    id text collate "C" primary key check (id ~ '^letter_[a-z0-9_]{1,60}$'),
    organisation_id text collate "C" not null references organisations,
    audience_id text collate "C" not null references audiences,
    result_id text collate "C" not null references results,
    facts json not null,
    edits json not null,
    letter json not null,
    digest text collate "C" not null check (digest ~ '^sha256:[0-9a-f]{64}$'),
    written_by text collate "C" not null,
    written_at timestamptz not null,
    changed_by text collate "C" not null,
    changed_at timestamptz not null
  )`.execute(db);
  await sql`create index letters_written on letters (written_at desc, id desc)`.execute(db);
  await sql`create index letters_result on letters (result_id)`.execute(db);
  await sql`create table letter_signatures (
    letter_id text collate "C" not null references letters on delete cascade,
    audience_id text collate "C" not null references audiences,
    person text collate "C" not null,
    digest text collate "C" not null check (digest ~ '^sha256:[0-9a-f]{64}$'),
    signed_at timestamptz not null,
    primary key (letter_id, person, digest)
  )`.execute(db);
  await sql`create table letter_copies (
    id text collate "C" primary key references letters on delete cascade,
    organisation_id text collate "C" not null references organisations,
    audience_id text collate "C" not null references audiences,
    own_audience_id text collate "C" not null references audiences,
    submission_id text collate "C" not null references submissions,
    letter json not null,
    digest text collate "C" not null check (digest ~ '^sha256:[0-9a-f]{64}$'),
    released_by text collate "C" not null,
    released_at timestamptz not null
  )`.execute(db);
  await sql`create index letter_copies_released on letter_copies (released_at desc, id desc)`.execute(db);

  for (const name of [
    'task_packs',
    'task_pack_uses',
    'task_pack_openings',
    'registrations',
    'results',
    'letters',
    'letter_signatures',
    'letter_copies',
  ]) {
    await sql`call assay_guard(${sql.lit(name)})`.execute(db);
  }
  // Whoever showed something can take it back, even after they are no party any more.
  for (const name of ['registrations', 'letter_copies']) {
    await sql`create policy own on ${sql.table(name)} to assay_app
      using (own_audience_id in (select assay_audiences()))`.execute(db);
  }
}
