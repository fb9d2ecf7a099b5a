import { type Kysely, sql } from 'kysely';

/** From which day the days of each vulnerability of a kept inventory count. Seen by its organisation only (I5). */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table inventory_clocks (
    inventory_id text collate "C" not null references inventories on delete cascade,
    organisation_id text collate "C" not null,
    package text collate "C" not null,
    vulnerability text collate "C" not null,
    listed date not null,
    decided jsonb not null,
    primary key (inventory_id, package, vulnerability)
  )`.execute(db);
  await sql`call assay_open('inventory_clocks')`.execute(db);
  await sql`alter table inventory_clocks enable row level security`.execute(db);
  await sql`alter table inventory_clocks force row level security`.execute(db);
  const own = sql`organisation_id = nullif(current_setting('app.organisation', true), '') or (select assay_is_system())`;
  await sql`create policy own on inventory_clocks to assay_app using (${own}) with check (${own})`.execute(db);
  await sql`
    do $$ begin
      execute format('create policy owner on inventory_clocks to %I using (true) with check (true)', current_user);
    end $$
  `.execute(db);
}
