import { type Kysely, sql } from 'kysely';

/** Access to a model: grants, their uses and probes, and containment incidents. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table access_grants (
    id text collate "C" primary key check (id ~ '^grant_[a-z0-9_]{1,60}$'),
    submission_id text collate "C" not null references submissions on delete cascade,
    audience_id text collate "C" not null references audiences,
    use_audience_id text collate "C" not null references audiences,
    organisation_id text collate "C" not null references organisations,
    -- No method hands weights over, and none may be added without a migration (I18).
    method text collate "C" not null check (method in ('openai_compatible', 'vendor_api', 'enclave', 'on_site')),
    variant text collate "C" not null check (variant in ('shipping', 'reduced_safeguard', 'base')),
    model text not null check (length(model) between 1 and 200),
    purposes text[] not null check (cardinality(purposes) between 1 and 20 and not purposes && array['training']),
    rate_per_minute integer check (rate_per_minute between 1 and 100000),
    hours jsonb,
    logging text collate "C" not null check (logging in ('counts_only', 'content_by_permission')),
    retention_days integer not null check (retention_days between 0 and 3650),
    notes text not null check (length(notes) <= 4000),
    people jsonb not null,
    canaries jsonb not null,
    starts_at timestamptz not null,
    expires_at timestamptz not null check (expires_at > starts_at),
    offered_at timestamptz not null,
    offered_by text collate "C" not null,
    accepted_at timestamptz,
    accepted_by text collate "C",
    verified_by_developer_at timestamptz,
    verified_by_authority_at timestamptz,
    revoked_at timestamptz,
    revoked_by text collate "C",
    endpoint bytea,
    endpoint_set_at timestamptz
  )`.execute(db);
  await sql`create index access_grants_submission on access_grants (submission_id, offered_at, id)`.execute(db);
  await sql`call assay_guard('access_grants')`.execute(db);

  // What was asked and answered is nowhere here: the developer may not read it, and nobody else needs it (I12).
  await sql`create table access_uses (
    id text collate "C" primary key check (id ~ '^use_[a-z0-9_]{1,60}$'),
    grant_id text collate "C" not null references access_grants on delete cascade,
    submission_id text collate "C" not null references submissions on delete cascade,
    audience_id text collate "C" not null references audiences,
    actor text collate "C" not null,
    person_id text collate "C" not null,
    organisation_id text collate "C" not null,
    purpose text not null check (length(purpose) <= 200),
    model text check (length(model) <= 200),
    answered_by text check (length(answered_by) <= 200),
    started_at timestamptz not null,
    ended_at timestamptz,
    prompt_tokens bigint,
    completion_tokens bigint,
    result text collate "C" not null
      check (result in ('running', 'done', 'refused', 'failed', 'cut', 'left', 'lost', 'reported')),
    reason text check (length(reason) <= 100),
    flags text[] not null,
    tries integer not null,
    note text check (length(note) <= 2000)
  )`.execute(db);
  await sql`create index access_uses_grant on access_uses (grant_id, started_at)`.execute(db);
  await sql`create index access_uses_submission on access_uses (submission_id, started_at)`.execute(db);
  // Tries that are refused for one reason are one row a minute, so that nobody can flood the ledger.
  await sql`create unique index access_uses_refused on access_uses (grant_id, actor, reason, date_trunc('minute', started_at at time zone 'UTC'))
    where result = 'refused'`.execute(db);
  await sql`create index access_uses_running on access_uses (started_at) where result = 'running'`.execute(db);
  await sql`call assay_guard('access_uses')`.execute(db);

  // Refused tries are few; the ledger looks for its own among them.
  await sql`create index log_openings_denied on log_openings (id) where type = 'denied'`.execute(db);

  await sql`create table access_probes (
    id text collate "C" primary key check (id ~ '^probe_[a-z0-9_]{1,60}$'),
    grant_id text collate "C" not null references access_grants on delete cascade,
    audience_id text collate "C" not null references audiences,
    by text collate "C" not null,
    at timestamptz not null,
    -- Null when the endpoint gave no answer; why is then in "failure".
    reading jsonb,
    failure text check (length(failure) <= 100),
    is_baseline boolean not null,
    comparison jsonb
  )`.execute(db);
  await sql`create index access_probes_grant on access_probes (grant_id, at)`.execute(db);
  await sql`create unique index access_probes_baseline on access_probes (grant_id) where is_baseline`.execute(db);
  await sql`call assay_guard('access_probes')`.execute(db);

  await sql`create table incidents (
    id text collate "C" primary key check (id ~ '^incident_[a-z0-9_]{1,60}$'),
    submission_id text collate "C" not null references submissions on delete cascade,
    audience_id text collate "C" not null references audiences,
    what text not null check (length(what) between 1 and 4000),
    raised_by text collate "C" not null,
    raised_by_organisation text collate "C" not null references organisations,
    raised_at timestamptz not null,
    grants_cut integer not null,
    contained_at timestamptz,
    contained_by text collate "C",
    contained_facts text check (length(contained_facts) between 1 and 4000),
    resolved_at timestamptz,
    resolved_by text collate "C",
    resolved_facts text check (length(resolved_facts) between 1 and 4000)
  )`.execute(db);
  await sql`create index incidents_submission on incidents (submission_id, raised_at, id)`.execute(db);
  await sql`call assay_guard('incidents')`.execute(db);
  await sql`create table incident_messages (
    id bigint generated always as identity primary key,
    incident_id text collate "C" not null references incidents on delete cascade,
    audience_id text collate "C" not null references audiences,
    by text collate "C" not null,
    organisation_id text collate "C" not null references organisations,
    text text not null check (length(text) between 1 and 10000),
    at timestamptz not null
  )`.execute(db);
  await sql`create index incident_messages_incident on incident_messages (incident_id, id)`.execute(db);
  await sql`grant usage on sequence incident_messages_id_seq to assay_app`.execute(db);
  await sql`call assay_guard('incident_messages')`.execute(db);
}
