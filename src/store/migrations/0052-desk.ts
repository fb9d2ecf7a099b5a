import { type Kysely, sql } from 'kysely';

/**
 * The reviewer's desk of an organisation: attempts of a run that two people read, what each observed, who settled between them, and who
 * signed. Nobody outside that organisation sees any of it, whoever owns the run.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table desk_items (
    id text collate "C" primary key check (id ~ '^desk_[a-z0-9_]{1,60}$'),
    organisation_id text collate "C" not null references organisations,
    run_id text collate "C" not null references runs on delete cascade,
    sample integer not null,
    reason text not null check (length(reason) <= 500),
    state text collate "C" not null check (state in ('wanting', 'reading', 'differing', 'agreed', 'settled')),
    put_by text collate "C" not null,
    put_at timestamptz not null,
    settled jsonb,
    settled_by text collate "C",
    settled_at timestamptz,
    unique (organisation_id, run_id, sample),
    check (num_nonnulls(settled, settled_by, settled_at) in (0, 3))
  )`.execute(db);
  await sql`create index desk_items_queue on desk_items (organisation_id, put_at, id)`.execute(db);
  await sql`create index desk_items_run on desk_items (run_id, organisation_id, id)`.execute(db);

  await sql`create table desk_readings (
    id text collate "C" primary key check (id ~ '^reading_[a-z0-9_]{1,60}$'),
    item_id text collate "C" not null references desk_items on delete cascade,
    organisation_id text collate "C" not null,
    reader text collate "C" not null,
    assigned_by text collate "C" not null,
    assigned_at timestamptz not null,
    observation jsonb,
    handed_in_at timestamptz,
    return_reason text collate "C",
    returned_at timestamptz,
    unique (item_id, reader),
    check ((observation is null) = (handed_in_at is null)),
    check ((return_reason is null) = (returned_at is null)),
    check (handed_in_at is null or returned_at is null)
  )`.execute(db);
  await sql`create index desk_readings_reader on desk_readings (reader)
    where handed_in_at is null and returned_at is null`.execute(db);

  await sql`create table desk_sign_offs (
    organisation_id text collate "C" not null references organisations,
    run_id text collate "C" not null references runs on delete cascade,
    person text collate "C" not null,
    outcomes text collate "C" not null check (outcomes ~ '^[0-9a-f]{64}$'),
    signed_at timestamptz not null,
    primary key (organisation_id, run_id, person, outcomes)
  )`.execute(db);

  const own = sql`organisation_id = nullif(current_setting('app.organisation', true), '') or (select assay_is_system())`;
  for (const name of ['desk_items', 'desk_readings', 'desk_sign_offs']) {
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
