import { type Kysely, sql } from 'kysely';

/**
 * Imported evaluation logs: a run with its header, one row for each attempt at an item, one for each step of a transcript. A run belongs
 * to the organisation that imported it; its own act alone lets the parties of a submission see it (I6). Samples and events have no
 * audience of their own: who may see the run sees them, so that sharing and taking back change one row.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table runs (
    number bigint generated always as identity unique,
    id text collate "C" primary key check (id ~ '^run_[a-z0-9_]{1,60}$'),
    audience_id text collate "C" not null references audiences,
    organisation_id text collate "C" not null references organisations,
    digest text collate "C" not null check (digest ~ '^sha256:[0-9a-f]{64}$'),
    file_name text not null check (length(file_name) between 1 and 300),
    size_bytes bigint not null,
    state text collate "C" not null check (state in ('importing', 'ready', 'refused')),
    problems json not null,
    samples integer not null,
    events bigint not null,
    format text collate "C",
    task text,
    model text,
    status text collate "C",
    header json,
    report json,
    manifest json,
    manifest_digest text collate "C" check (manifest_digest ~ '^sha256:[0-9a-f]{64}$'),
    imported_by text collate "C" not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    unique (organisation_id, digest),
    check (state <> 'ready' or (header is not null and report is not null and manifest is not null))
  )`.execute(db);
  await sql`create index runs_created on runs (created_at desc, id desc)`.execute(db);

  // JSON text is kept as it was written: jsonb refuses characters that logs do hold (U+0000, half of a surrogate pair).
  await sql`create table run_samples (
    run bigint not null references runs (number) on delete cascade,
    number integer not null check (number > 0),
    id text not null,
    epoch integer not null,
    scores jsonb not null,
    clusters jsonb not null,
    has_error boolean not null,
    has_limit boolean not null,
    is_unscored boolean not null,
    is_edited boolean not null,
    is_retried boolean not null,
    is_fallback boolean not null,
    is_invalidated boolean not null,
    tokens bigint,
    events integer not null,
    kinds jsonb not null,
    spans json not null,
    summary json not null,
    primary key (run, number)
  )`.execute(db);

  await sql`create table run_events (
    run bigint not null references runs (number) on delete cascade,
    sample integer not null,
    index integer not null,
    kind text collate "C" not null,
    at timestamptz,
    depth smallint not null,
    text text not null,
    payload json not null,
    primary key (run, sample, index)
  )`.execute(db);
  await sql`create index run_events_kind on run_events (run, sample, kind, index)`.execute(db);

  await sql`create table run_shares (
    run bigint not null references runs (number) on delete cascade,
    submission_id text collate "C" not null references submissions on delete cascade,
    shared_by text collate "C" not null,
    shared_at timestamptz not null,
    primary key (run, submission_id)
  )`.execute(db);
  await sql`create index run_shares_submission on run_shares (submission_id)`.execute(db);

  await sql`call assay_guard('runs')`.execute(db);
  // Only the owner of a run ends what others see of it, and never its own.
  const own = sql`nullif(current_setting('app.organisation', true), '')`;
  const isOthers = sql`organisation_id <> ${own} and audience_id in (select audience_id from runs where organisation_id = ${own})`;
  await sql`create policy run_sharing on audience_members for update to assay_app
    using (${isOthers}) with check (${isOthers})`.execute(db);

  const ofSeenRun = sql`run in (select number from runs)`;
  const seen = {
    run_samples: ofSeenRun,
    run_events: ofSeenRun,
    // Another party of the run learns nothing of a submission that is not theirs.
    run_shares: sql`${ofSeenRun} and submission_id in (select id from submissions)`,
  };
  for (const [name, condition] of Object.entries(seen)) {
    const table = sql.table(name);
    await sql`call assay_open(${sql.lit(name)})`.execute(db);
    await sql`alter table ${table} enable row level security`.execute(db);
    await sql`alter table ${table} force row level security`.execute(db);
    await sql`create policy audience on ${table} to assay_app using (${condition})`.execute(db);
    await sql`
      do $$ begin
        execute format('create policy owner on %I to %I using (true) with check (true)', ${sql.lit(name)}, current_user);
      end $$
    `.execute(db);
  }
}
