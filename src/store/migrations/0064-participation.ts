import { type Kysely, sql } from 'kysely';

/**
 * How an organisation comes to take part and how it leaves: applications, the standing of each organisation, who accepted which terms,
 * what was told of a legal basis; and what an agent may spend in a day.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const own = sql`nullif(current_setting('app.organisation', true), '')`;
  const isSystem = sql`current_setting('app.roles', true) = 'system'`;
  const isDesk = sql`'audience_desk' in (select assay_audiences())`;
  const guard = async (name: string, seen: typeof own, kept: typeof own) => {
    const table = sql.table(name);
    await sql`grant select, insert, update, delete on ${table} to assay_app`.execute(db);
    await sql`alter table ${table} enable row level security`.execute(db);
    await sql`alter table ${table} force row level security`.execute(db);
    await sql`create policy seen on ${table} for select to assay_app using (${seen})`.execute(db);
    await sql`create policy kept on ${table} to assay_app using (${kept}) with check (${kept})`.execute(db);
    await sql`
      do $$ begin
        execute format('create policy owner on %I to %I using (true) with check (true)', ${sql.lit(name)}, current_user);
      end $$
    `.execute(db);
  };

  // Agents that were made before have the same room as those that are made now without a word on it.
  await sql`alter table agents
    add column findings_per_day integer not null default 10000 check (findings_per_day between 0 and 1000000),
    add column questions_per_day integer not null default 1000 check (questions_per_day between 0 and 1000000)`.execute(
    db,
  );
  await sql`create table agent_spending (
    agent_id text collate "C" not null references agents on delete cascade,
    organisation_id text collate "C" not null references organisations on delete cascade,
    day date not null,
    what text collate "C" not null check (what in ('findings', 'questions')),
    amount bigint not null check (amount >= 0),
    primary key (agent_id, day, what)
  )`.execute(db);
  const isOwn = sql`organisation_id = ${own} or ${isSystem}`;
  await guard('agent_spending', isOwn, isOwn);

  // Read by the organisation that runs the instance; whoever applied reads theirs with the secret of the receipt.
  await sql`create table applications (
    number bigint generated always as identity unique,
    id text collate "C" primary key check (id ~ '^application_[a-z0-9_]{1,60}$'),
    audience_id text collate "C" not null references audiences,
    -- The secret of the receipt: its digest to find it by, and sealed, for the mail that names it again.
    receipt_hash bytea unique check (length(receipt_hash) = 32),
    receipt bytea,
    proof_hash bytea unique check (length(proof_hash) = 32),
    proof_expires_at timestamptz,
    -- What the applicant wrote: a record of domain/directory/application.ts.
    said jsonb not null,
    email text collate "C" not null check (email = lower(email) and length(email) <= 254),
    standing jsonb not null,
    state text collate "C" not null generated always as (standing->>'state') stored,
    organisation_id text collate "C" references organisations on delete set null,
    received_at timestamptz not null,
    updated_at timestamptz not null
  )`.execute(db);
  await sql`create index applications_open on applications (number) where state in ('received', 'asked', 'proposed')`.execute(
    db,
  );
  await sql`create index applications_state on applications (state, updated_at)`.execute(db);
  await sql`create index applications_email on applications (email)`.execute(db);
  await sql`call assay_guard('applications')`.execute(db);

  // Absent for an organisation that was here before: it takes part.
  await sql`create table participations (
    organisation_id text collate "C" primary key references organisations on delete cascade,
    kind text collate "C",
    country text,
    domain text,
    security_txt text,
    standing jsonb not null,
    state text collate "C" not null generated always as (standing->>'state') stored,
    export_hash bytea unique check (length(export_hash) = 32),
    export_until timestamptz,
    updated_at timestamptz not null
  )`.execute(db);
  await sql`create index participations_state on participations (state, organisation_id)`.execute(db);
  await guard('participations', sql`organisation_id = ${own} or ${isDesk} or ${isSystem}`, isSystem);

  await sql`create table terms_acceptances (
    organisation_id text collate "C" not null references organisations on delete cascade,
    version text collate "C" not null,
    digest text collate "C" not null check (digest ~ '^sha256:[0-9a-f]{64}$'),
    person_id text collate "C" not null references people on delete cascade,
    at timestamptz not null,
    primary key (organisation_id, version, digest)
  )`.execute(db);
  await guard('terms_acceptances', sql`organisation_id = ${own} or ${isDesk} or ${isSystem}`, isOwn);

  // The organisation that runs the instance reads applications from the first one on.
  await sql`insert into audiences (id, kind) select 'audience_desk', 'named' from organisations where is_host on conflict do nothing`.execute(
    db,
  );
  await sql`insert into audience_members (audience_id, organisation_id, added_by)
    select 'audience_desk', id, 'system' from organisations where is_host on conflict do nothing`.execute(db);

  // What was last told of each basis, so that a change of it is told once.
  await sql`create table legal_basis_notices (
    basis text collate "C" primary key,
    state text collate "C" not null,
    at timestamptz not null
  )`.execute(db);
  await guard('legal_basis_notices', isSystem, isSystem);

  // An organisation that leaves ends what it would learn of every audience it is in; the instance does it in that act.
  await sql`create policy ended_by_leaving on audience_members for update to assay_app
    using (${isSystem}) with check (${isSystem})`.execute(db);
  await sql`create policy ended_by_leaving on submission_parties for update to assay_app
    using (${isSystem}) with check (${isSystem})`.execute(db);
}
