import { type Kysely, sql } from 'kysely';

/** Organisations, people, agents, and the credentials with which they come. Secrets are kept as SHA-256 digests only. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table organisations (
    id text collate "C" primary key check (id ~ '^organisation_[a-z0-9_]{1,60}$'),
    name text not null check (length(name) between 1 and 200),
    is_host boolean not null default false,
    is_shared boolean not null default false,
    is_sample boolean not null default false,
    created_at timestamptz not null
  )`.execute(db);
  await sql`create unique index organisations_host on organisations (is_host) where is_host`.execute(db);
  await sql`create table people (
    id text collate "C" primary key check (id ~ '^person_[a-z0-9_]{1,60}$'),
    organisation_id text collate "C" not null references organisations,
    name text not null check (length(name) between 1 and 200),
    email text collate "C" check (email = lower(email) and length(email) <= 254),
    roles text[] not null,
    is_shared boolean not null default false,
    created_at timestamptz not null,
    left_at timestamptz,
    -- Not over all organisations: "taken" would tell one that an address is known to another (I5).
    unique (organisation_id, email)
  )`.execute(db);
  await sql`create index people_organisation on people (organisation_id, id)`.execute(db);
  await sql`create index people_email on people (email)`.execute(db);
  await sql`create table agents (
    id text collate "C" primary key check (id ~ '^agent_[a-z0-9_]{1,60}$'),
    organisation_id text collate "C" not null references organisations,
    person_id text collate "C" not null references people,
    name text not null check (length(name) between 1 and 200),
    scopes text[] not null,
    token_hash bytea not null unique check (length(token_hash) = 32),
    created_at timestamptz not null,
    expires_at timestamptz not null,
    revoked_at timestamptz
  )`.execute(db);
  await sql`create index agents_organisation on agents (organisation_id, id)`.execute(db);
  await sql`create table sessions (
    id_hash bytea primary key check (length(id_hash) = 32),
    person_id text collate "C" not null references people,
    created_at timestamptz not null,
    seen_at timestamptz not null,
    ends_at timestamptz not null,
    verified_at timestamptz
  )`.execute(db);
  await sql`create index sessions_person on sessions (person_id)`.execute(db);
  await sql`create table sign_in_links (
    token_hash bytea primary key check (length(token_hash) = 32),
    person_id text collate "C" not null references people,
    expires_at timestamptz not null,
    used_at timestamptz
  )`.execute(db);
  await sql`create index sign_in_links_person on sign_in_links (person_id, expires_at)`.execute(db);
  await sql`create table passkeys (
    id text collate "C" primary key check (length(id) <= 1400),
    person_id text collate "C" not null references people,
    name text not null check (length(name) between 1 and 100),
    public_key bytea not null,
    counter bigint not null,
    transports text[] not null,
    is_backed_up boolean not null,
    created_at timestamptz not null,
    used_at timestamptz
  )`.execute(db);
  await sql`create index passkeys_person on passkeys (person_id)`.execute(db);
  await sql`create table passkey_challenges (
    challenge text collate "C" primary key,
    person_id text collate "C" references people,
    expires_at timestamptz not null
  )`.execute(db);

  // An organisation sees itself, its own people and agents, and what others chose to show (I5, I10).
  const own = sql`nullif(current_setting('app.organisation', true), '')`;
  // Compared in place: a function would be called only where there is a row to ask about, and that takes time (I5).
  const isSystem = sql`current_setting('app.roles', true) = 'system'`;
  const self = sql`nullif(current_setting('app.person', true), '')`;
  const rules = {
    organisations: { seen: sql`id = ${own} or is_shared`, kept: sql`id = ${own}` },
    people: { seen: sql`organisation_id = ${own} or is_shared`, kept: sql`organisation_id = ${own}` },
    agents: { seen: sql`organisation_id = ${own}`, kept: sql`organisation_id = ${own}` },
    passkeys: { seen: sql`person_id = ${self}`, kept: sql`person_id = ${self}` },
    // Only the instance itself looks these up, before it knows who asks.
    sessions: { seen: sql`false`, kept: sql`false` },
    sign_in_links: { seen: sql`false`, kept: sql`false` },
    passkey_challenges: { seen: sql`false`, kept: sql`false` },
  };
  for (const [name, { seen, kept }] of Object.entries(rules)) {
    const table = sql.table(name);
    await sql`grant select, insert, update, delete on ${table} to assay_app`.execute(db);
    await sql`alter table ${table} enable row level security`.execute(db);
    await sql`alter table ${table} force row level security`.execute(db);
    await sql`create policy seen on ${table} for select to assay_app
      using (${seen} or ${isSystem})`.execute(db);
    await sql`create policy kept on ${table} to assay_app
      using (${kept} or ${isSystem}) with check (${kept} or ${isSystem})`.execute(db);
    await sql`
      do $$ begin
        execute format('create policy owner on %I to %I using (true) with check (true)', ${sql.lit(name)}, current_user);
      end $$
    `.execute(db);
  }
}
