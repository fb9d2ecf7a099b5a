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
}
