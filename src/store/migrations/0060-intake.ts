import { type Kysely, sql } from 'kysely';

/**
 * Findings that were handed in, and the batches they came in. A finding belongs to its source: an organisation, or nobody where
 * it came without an account. Its audience is that source and the coordinating organisation, no other source. What a report says is sealed
 * with the instance's key. What lists sort and filter by is not: title, package, stated severity, tool, key, names of batches and files. A
 * copy of the database alone tells where there are flaws, in the reporters' own titles, and not how to use them (decision 0123).
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  // The organisation that runs the instance is in the audience of every source: an audience alone would let it write in another's name.
  await sql`
    create procedure assay_own(name text) language plpgsql as $$ begin
      execute format(
        'create policy own_name on %I as restrictive for insert to assay_app with check (
          organisation_id = nullif(current_setting(''app.organisation'', true), '''') or (select assay_is_system()))', name);
    end $$
  `.execute(db);
  await sql`revoke all on procedure assay_own(text) from public`.execute(db);

  // Who may know of what a source hands in. One for each source, made with its first report.
  await sql`create table intake_sources (
    organisation_id text collate "C" primary key references organisations,
    audience_id text collate "C" not null references audiences,
    -- What became of its findings so far: its room follows from it.
    received bigint not null default 0,
    confirmed bigint not null default 0,
    refuted bigint not null default 0,
    set_aside bigint not null default 0,
    created_at timestamptz not null
  )`.execute(db);
  await sql`call assay_guard('intake_sources')`.execute(db);
  await sql`call assay_own('intake_sources')`.execute(db);

  await sql`create table batches (
    number bigint generated always as identity unique,
    id text collate "C" primary key check (id ~ '^batch_[a-z0-9_]{1,60}$'),
    audience_id text collate "C" not null references audiences,
    organisation_id text collate "C" not null references organisations,
    name text not null check (length(name) between 1 and 300),
    format text collate "C" not null,
    file_name text,
    -- The fields of the saved mapping as it was when the batch began.
    mapping json,
    -- The component that was examined, for rows that name none.
    component json,
    state text collate "C" not null check (state in ('receiving', 'reading', 'paused', 'slowed', 'done', 'refused', 'cancelled')),
    -- Rows of the source that were dealt with so far, whether taken or refused: where it goes on.
    rows_read bigint not null default 0,
    rows_total bigint,
    accepted bigint not null default 0,
    repeated bigint not null default 0,
    refused bigint not null default 0,
    screened bigint not null default 0,
    size_bytes bigint not null default 0,
    digest text collate "C" check (digest ~ '^sha256:[0-9a-f]{64}$'),
    resumes_at timestamptz,
    reason text,
    problems json not null default '[]',
    created_by text collate "C" not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
  )`.execute(db);
  await sql`create index batches_organisation on batches (organisation_id, number)`.execute(db);
  await sql`call assay_guard('batches')`.execute(db);
  await sql`call assay_own('batches')`.execute(db);

  await sql`create table findings (
    number bigint generated always as identity unique,
    id text collate "C" primary key check (id ~ '^finding_[a-z0-9_]{1,60}$'),
    audience_id text collate "C" not null references audiences,
    -- Nobody, where it came without an account.
    organisation_id text collate "C" references organisations,
    submitted_by text collate "C" not null,
    batch bigint references batches (number),
    row bigint,
    -- The reporter's own name of it, or the digest of the report: the same again is the same finding.
    key text collate "C" not null check (length(key) between 1 and 200),
    digest text collate "C" not null check (digest ~ '^sha256:[0-9a-f]{64}$'),
    state text collate "C" not null default 'received',
    is_held boolean not null default false,
    -- A question waits for the reporter's answer.
    is_asked boolean not null default false,
    title text not null check (length(title) between 1 and 300),
    purl text,
    ecosystem text,
    package text,
    severity text collate "C",
    tool text,
    -- The report as JSON without its reproduction, the reproduction, and what it was read from where that is another format: each sealed.
    report bytea not null,
    reproduction bytea,
    original bytea,
    received_at timestamptz not null,
    screened_at timestamptz,
    -- A report that screening cannot finish is tried a few times and then left for an operator: it keeps no other waiting.
    screen_failures smallint not null default 0
  )`.execute(db);
  await sql`create unique index findings_key on findings (organisation_id, key) where organisation_id is not null`.execute(
    db,
  );
  await sql`create index findings_source on findings (organisation_id, number)`.execute(db);
  await sql`create index findings_batch on findings (batch, row) where batch is not null`.execute(db);
  await sql`create index findings_unscreened on findings (screen_failures, (batch is not null), number)
    where screened_at is null and screen_failures < 3`.execute(db);
  await sql`create index findings_held on findings (number) where is_held`.execute(db);
  await sql`create index findings_anonymous on findings (received_at) where organisation_id is null`.execute(db);
  await sql`call assay_guard('findings')`.execute(db);
  await sql`call assay_own('findings')`.execute(db);
}
