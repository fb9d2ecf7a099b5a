import { type Kysely, sql } from 'kysely';

/**
 * Requests to reproduce a finding, the evidence that came back, and the public keys it is signed with. A request has an audience of its
 * own: the organisation that runs this instance and the one that is asked. What it asks, and what came back, is sealed: a copy of the
 * database alone shows no reproducer (I12, I18).
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table validations (
    number bigint generated always as identity unique,
    id text collate "C" primary key check (id ~ '^validation_[a-z0-9_]{1,60}$'),
    audience_id text collate "C" not null references audiences,
    finding_id text collate "C" not null references findings,
    finding_digest text collate "C" not null check (finding_digest ~ '^sha256:[0-9a-f]{64}$'),
    -- Who is asked.
    organisation_id text collate "C" not null references organisations,
    title text not null check (length(title) between 1 and 300),
    kit bytea not null,
    kit_digest text collate "C" not null check (kit_digest ~ '^sha256:[0-9a-f]{64}$'),
    needs_network boolean not null,
    asked_by text collate "C" not null,
    asked_at timestamptz not null,
    ends_at timestamptz not null,
    withdrawn_at timestamptz
  )`.execute(db);
  await sql`create index validations_finding on validations (finding_id, number)`.execute(db);
  await sql`create index validations_organisation on validations (organisation_id, number)`.execute(db);
  await sql`call assay_guard('validations')`.execute(db);

  await sql`create table validator_keys (
    id text collate "C" primary key check (id ~ '^key_[a-z0-9_]{1,60}$'),
    organisation_id text collate "C" not null references organisations,
    person_id text collate "C" not null references people,
    public_key bytea not null check (length(public_key) = 32),
    fingerprint text collate "C" not null,
    label text not null check (length(label) between 1 and 100),
    created_at timestamptz not null,
    revoked_at timestamptz,
    -- Not over all people: "taken" would tell one that a key is known to another (I5).
    unique (person_id, public_key)
  )`.execute(db);

  await sql`create table validation_evidence (
    number bigint generated always as identity unique,
    id text collate "C" primary key check (id ~ '^evidence_[a-z0-9_]{1,60}$'),
    validation_id text collate "C" not null references validations,
    audience_id text collate "C" not null references audiences,
    organisation_id text collate "C" not null references organisations,
    person_id text collate "C" not null references people,
    person_name text not null,
    key_id text collate "C" not null references validator_keys,
    digest text collate "C" not null check (digest ~ '^sha256:[0-9a-f]{64}$'),
    envelope bytea not null,
    -- What the rule said of it under the policy of that day, and what the record of accesses said (I22).
    verdict text collate "C" not null check (verdict in ('reproduced', 'not_reproduced', 'inconclusive')),
    is_independent boolean not null,
    summary jsonb not null,
    received_at timestamptz not null,
    unique (validation_id, digest)
  )`.execute(db);
  await sql`call assay_guard('validation_evidence')`.execute(db);
  await sql`call assay_own('validation_evidence')`.execute(db);

  // What a coordinator recorded, for everybody who may read the finding: its reporter, too.
  await sql`create table validation_outcomes (
    number bigint generated always as identity primary key,
    finding_id text collate "C" not null references findings,
    audience_id text collate "C" not null references audiences,
    state text collate "C" not null check (state in ('validated', 'not_reproduced')),
    text text check (length(text) between 1 and 4000),
    at timestamptz not null
  )`.execute(db);
  await sql`create index validation_outcomes_finding on validation_outcomes (finding_id, number)`.execute(db);
  await sql`call assay_guard('validation_outcomes')`.execute(db);

  const own = sql`nullif(current_setting('app.organisation', true), '')`;
  const self = sql`nullif(current_setting('app.person', true), '')`;
  const isSystem = sql`current_setting('app.roles', true) = 'system'`;

  // The keys of one's own organisation; and whoever may know of evidence knows the key that signed it.
  await sql`grant select, insert, update on validator_keys to assay_app`.execute(db);
  await sql`alter table validator_keys enable row level security`.execute(db);
  await sql`alter table validator_keys force row level security`.execute(db);
  await sql`create policy seen on validator_keys for select to assay_app
    using (organisation_id = ${own} or ${isSystem} or id in (select key_id from validation_evidence))`.execute(db);
  await sql`create policy kept on validator_keys to assay_app
    using (person_id = ${self} or ${isSystem}) with check (person_id = ${self} or ${isSystem})`.execute(db);
  await sql`
    do $$ begin
      execute format('create policy owner on validator_keys to %I using (true) with check (true)', current_user);
    end $$
  `.execute(db);

  // The organisation that asked ends the reading of whom it asked, and nobody ends its own.
  const isAskedByUs = sql`organisation_id <> ${own} and audience_id in (select audience_id from validations)
    and exists (select from organisations where id = ${own} and is_host)`;
  await sql`create policy ended_validation on audience_members for update to assay_app
    using (${isAskedByUs}) with check (${isAskedByUs})`.execute(db);
}
