import { type Kysely, sql } from 'kysely';

/**
 * Inventories that an organisation keeps here, every version of each, what it decided about its patch list, and how that list looked
 * on earlier days. All of it is seen by that organisation only, and by nobody else's query (I5).
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table inventories (
    id text collate "C" primary key check (id ~ '^inventory_[a-z0-9_]{1,60}$'),
    organisation_id text collate "C" not null references organisations,
    name text not null check (length(name) between 1 and 200),
    version integer not null,
    asset jsonb not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
  )`.execute(db);
  await sql`create index inventories_updated on inventories (organisation_id, updated_at desc, id desc)`.execute(db);

  await sql`create table inventory_versions (
    inventory_id text collate "C" not null references inventories on delete cascade,
    organisation_id text collate "C" not null,
    version integer not null,
    format text not null,
    file_name text not null,
    components integer not null,
    problems jsonb not null,
    digest bytea not null check (length(digest) = 32),
    document bytea not null,
    kept_by text collate "C" not null,
    kept_at timestamptz not null,
    primary key (inventory_id, version)
  )`.execute(db);
  // The document is gzip already.
  await sql`alter table inventory_versions alter column document set storage external`.execute(db);

  await sql`create table inventory_marks (
    inventory_id text collate "C" not null references inventories on delete cascade,
    organisation_id text collate "C" not null,
    key text collate "C" not null check (length(key) between 1 and 1000),
    state text collate "C" not null check (state in ('planned', 'done', 'not_affected')),
    reason text not null check (length(reason) <= 2000),
    justification text collate "C",
    vulnerabilities text[] not null,
    marked_by text collate "C" not null,
    marked_at timestamptz not null,
    primary key (inventory_id, key),
    check ((state = 'not_affected') = (justification is not null))
  )`.execute(db);

  await sql`create table inventory_snapshots (
    inventory_id text collate "C" not null references inventories on delete cascade,
    organisation_id text collate "C" not null,
    policy text collate "C" not null,
    day date not null,
    version integer not null,
    outcomes jsonb not null,
    taken_at timestamptz not null,
    primary key (inventory_id, policy, day)
  )`.execute(db);

  const own = sql`organisation_id = nullif(current_setting('app.organisation', true), '') or (select assay_is_system())`;
  for (const name of ['inventories', 'inventory_versions', 'inventory_marks', 'inventory_snapshots']) {
    const table = sql.table(name);
    await sql`call assay_open(${sql.lit(name)})`.execute(db);
    await sql`alter table ${table} enable row level security`.execute(db);
    await sql`alter table ${table} force row level security`.execute(db);
    await sql`create policy own on ${table} to assay_app using (${own}) with check (${own})`.execute(db);
    await sql`
      do $$ begin
        execute format('create policy owner on %I to %I using (true) with check (true)', ${sql.lit(name)}, current_user);
      end $$
    `.execute(db);
  }
}
