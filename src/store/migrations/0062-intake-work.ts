import { type Kysely, sql } from 'kysely';

/** What happens around findings: their states and questions, what screening marked, files of batches, saved mappings, room used. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table finding_states (
    number bigint generated always as identity primary key,
    finding text collate "C" not null references findings (id),
    audience_id text collate "C" not null references audiences,
    state text collate "C" not null,
    at timestamptz not null
  )`.execute(db);
  await sql`create index finding_states_finding on finding_states (finding, number)`.execute(db);
  await sql`call assay_guard('finding_states')`.execute(db);

  await sql`create table finding_messages (
    number bigint generated always as identity unique,
    id text collate "C" primary key check (id ~ '^message_[a-z0-9_]{1,60}$'),
    finding text collate "C" not null references findings (id),
    audience_id text collate "C" not null references audiences,
    kind text collate "C" not null check (kind in ('question', 'answer', 'decision')),
    by text collate "C" not null,
    -- Sealed.
    text bytea not null,
    at timestamptz not null
  )`.execute(db);
  await sql`create index finding_messages_finding on finding_messages (finding, number)`.execute(db);
  await sql`call assay_guard('finding_messages')`.execute(db);

  // For coordinators only: a source that knew what is marked would write around it.
  await sql`create table finding_marks (
    number bigint generated always as identity primary key,
    finding text collate "C" not null references findings (id),
    audience_id text collate "C" not null references audiences,
    kind text collate "C" not null check (kind in ('injection', 'secret', 'personal_data')),
    rule text collate "C" not null,
    field text collate "C" not null,
    start integer not null,
    "end" integer not null,
    why text not null
  )`.execute(db);
  await sql`create index finding_marks_finding on finding_marks (finding, number)`.execute(db);
  await sql`call assay_guard('finding_marks')`.execute(db);

  await sql`create table finding_releases (
    number bigint generated always as identity primary key,
    finding text collate "C" not null references findings (id),
    audience_id text collate "C" not null references audiences,
    kind text collate "C" not null check (kind in ('released', 'kept')),
    reason text not null,
    by text collate "C" not null,
    at timestamptz not null
  )`.execute(db);
  await sql`create index finding_releases_finding on finding_releases (finding, number)`.execute(db);
  await sql`call assay_guard('finding_releases')`.execute(db);

  // Reports without an account. The token is kept as its digest; the address is sealed.
  await sql`create table anonymous_reports (
    finding text collate "C" primary key references findings (id),
    audience_id text collate "C" not null references audiences,
    token bytea not null unique check (length(token) = 32),
    contact bytea
  )`.execute(db);
  await sql`call assay_guard('anonymous_reports')`.execute(db);

  // The file of a batch in order, sealed, until its last row is dealt with: any worker reads it from here. Of uploads at the same time
  // each has its own parts, until the first one that ends leaves the others none.
  await sql`create table batch_parts (
    batch bigint not null references batches (number),
    part integer not null,
    upload text collate "C" not null,
    audience_id text collate "C" not null references audiences,
    bytes bytea not null,
    primary key (batch, part, upload)
  )`.execute(db);
  await sql`call assay_guard('batch_parts')`.execute(db);

  await sql`create table batch_refusals (
    batch bigint not null references batches (number),
    row bigint not null,
    audience_id text collate "C" not null references audiences,
    problems json not null,
    primary key (batch, row)
  )`.execute(db);
  await sql`call assay_guard('batch_refusals')`.execute(db);

  await sql`create table csv_mappings (
    organisation_id text collate "C" not null references organisations,
    name text collate "C" not null check (length(name) between 1 and 100),
    audience_id text collate "C" not null references audiences,
    fields json not null,
    by text collate "C" not null,
    updated_at timestamptz not null,
    primary key (organisation_id, name)
  )`.execute(db);
  await sql`call assay_guard('csv_mappings')`.execute(db);
  await sql`call assay_own('csv_mappings')`.execute(db);

  // How many findings a source handed in, by the hour.
  await sql`create table intake_hours (
    organisation_id text collate "C" not null references organisations,
    hour timestamptz not null,
    audience_id text collate "C" not null references audiences,
    findings integer not null,
    primary key (organisation_id, hour)
  )`.execute(db);
  await sql`call assay_guard('intake_hours')`.execute(db);
  await sql`call assay_own('intake_hours')`.execute(db);
}
