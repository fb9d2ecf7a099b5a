import { type Kysely, sql } from 'kysely';

/**
 * Scan claims, questions about them, introductions, and what maintainers ask of those who scan. What an organisation claims and asks is
 * seen by that organisation and the instance itself, not even by the people of the organisation that runs it (I5): the broker reads
 * overlaps through an act of its own. Wishes of maintainers are public.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const isSystem = sql`current_setting('app.roles', true) = 'system'`;
  const isOwn = sql`organisation_id = nullif(current_setting('app.organisation', true), '') or ${isSystem}`;
  const guard = async (name: string, seen: typeof isOwn, kept = seen) => {
    const table = sql.table(name);
    await sql`call assay_open(${sql.lit(name)})`.execute(db);
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

  await sql`create table claims (
    number bigint generated always as identity unique,
    id text collate "C" primary key check (id ~ '^claim_[a-z0-9_]{1,60}$'),
    organisation_id text collate "C" not null references organisations on delete cascade,
    -- A record of domain/intake/scope.ts, and the names under which scopes that may overlap meet.
    scope jsonb not null,
    keys text[] not null check (cardinality(keys) between 1 and 150),
    authority jsonb not null,
    disclosure text collate "C" not null check (disclosure in ('answer', 'broker_only')),
    is_counted boolean not null,
    note text check (length(note) <= 500),
    policy text collate "C" not null,
    person_id text collate "C",
    person_name text,
    agent_name text,
    registered_at timestamptz not null,
    -- When it ends or ended by what is recorded so far: open at any moment before.
    ends_at timestamptz not null
  )`.execute(db);
  await sql`create index claims_organisation on claims (organisation_id, number)`.execute(db);
  await sql`create index claims_keys on claims using gin (keys)`.execute(db);
  await sql`create index claims_ends on claims (ends_at)`.execute(db);
  await guard('claims', isOwn);

  await sql`create table claim_events (
    number bigint generated always as identity primary key,
    claim_id text collate "C" not null references claims on delete cascade,
    organisation_id text collate "C" not null,
    act text collate "C" not null check (act in ('register', 'renew', 'finish', 'cancel')),
    at timestamptz not null,
    until timestamptz,
    check ((act in ('register', 'renew')) = (until is not null))
  )`.execute(db);
  await sql`create index claim_events_claim on claim_events (claim_id, number)`.execute(db);
  await sql`create index claim_events_at on claim_events (organisation_id, at)`.execute(db);
  await guard('claim_events', isOwn);

  await sql`create table claim_queries (
    number bigint generated always as identity primary key,
    claim_id text collate "C" not null references claims on delete cascade,
    organisation_id text collate "C" not null,
    target text collate "C" not null,
    scope jsonb not null,
    -- Of the scope in its one spelling: the same question is the same text.
    asked text collate "C" not null,
    answer text collate "C" not null check (answer in ('clear', 'conflict', 'ask_broker')),
    asked_by text collate "C" not null,
    at timestamptz not null
  )`.execute(db);
  await sql`create index claim_queries_at on claim_queries (organisation_id, at)`.execute(db);
  await sql`create index claim_queries_claim on claim_queries (claim_id, number)`.execute(db);
  await guard('claim_queries', isOwn);

  // Which two claims may meet is known to the instance alone; each side sees its own row.
  await sql`create table claim_introductions (
    id text collate "C" primary key check (id ~ '^introduction_[a-z0-9_]{1,60}$'),
    first_claim text collate "C" not null references claims on delete cascade,
    second_claim text collate "C" not null references claims on delete cascade,
    created_at timestamptz not null,
    unique (first_claim, second_claim),
    check (first_claim < second_claim)
  )`.execute(db);
  await sql`create index claim_introductions_second on claim_introductions (second_claim)`.execute(db);
  await guard('claim_introductions', isSystem);

  await sql`create table claim_introduction_sides (
    introduction_id text collate "C" not null references claim_introductions on delete cascade,
    claim_id text collate "C" not null references claims on delete cascade,
    organisation_id text collate "C" not null,
    -- What this side lets the other write to; set while it consents.
    contact text check (length(contact) <= 300),
    declined_at timestamptz,
    -- Whom it met, once both consented. Nothing takes that back.
    met_organisation text,
    met_contact text,
    met_at timestamptz,
    changed_at timestamptz not null,
    primary key (introduction_id, claim_id)
  )`.execute(db);
  await sql`create index claim_introduction_sides_claim on claim_introduction_sides (claim_id)`.execute(db);
  await guard('claim_introduction_sides', isOwn);

  // That an organisation asks to be introduced, whether or not anybody is left who could be asked.
  await sql`create table claim_introduction_wishes (
    claim_id text collate "C" primary key references claims on delete cascade,
    organisation_id text collate "C" not null,
    contact text not null check (length(contact) between 1 and 300),
    asked_at timestamptz not null
  )`.execute(db);
  await guard('claim_introduction_wishes', isOwn);

  await sql`create table claim_messages (
    number bigint generated always as identity primary key,
    claim_id text collate "C" not null references claims on delete cascade,
    organisation_id text collate "C" not null,
    text text not null check (length(text) between 1 and 2000),
    written_by text collate "C" not null,
    at timestamptz not null
  )`.execute(db);
  await sql`create index claim_messages_claim on claim_messages (claim_id, number)`.execute(db);
  await guard('claim_messages', isOwn);

  await sql`create table intake_policies (
    number bigint generated always as identity unique,
    id text collate "C" primary key check (id ~ '^intake_policy_[a-z0-9_]{1,60}$'),
    organisation_id text collate "C" not null references organisations on delete cascade,
    organisation_name text not null,
    person_id text collate "C" not null,
    person_name text not null,
    purl text collate "C" not null,
    keys text[] not null check (cardinality(keys) between 1 and 150),
    policy jsonb not null,
    proof jsonb not null,
    standing text collate "C" not null check (standing in ('stated', 'confirmed', 'removed', 'withdrawn')),
    stated_at timestamptz not null,
    decided_by text collate "C",
    decided_at timestamptz
  )`.execute(db);
  await sql`create index intake_policies_keys on intake_policies using gin (keys)`.execute(db);
  await sql`create index intake_policies_organisation on intake_policies (organisation_id, number)`.execute(db);
  await guard('intake_policies', sql`standing in ('stated', 'confirmed') or ${isOwn}`, isOwn);
}
