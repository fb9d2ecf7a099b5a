import { type Kysely, sql } from 'kysely';

/** Answers kept by `Idempotency-Key`, written in the transaction of the act they answer for. Forgotten after a day. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table idempotency (
      actor_id text collate "C" not null,
      key text collate "C" not null check (length(key) between 1 and 200),
      request_hash bytea not null,
      status integer not null,
      headers jsonb not null,
      body text not null,
      created_at timestamptz not null default now(),
      primary key (actor_id, key)
    )
  `.execute(db);
  await sql`create index on idempotency (created_at)`.execute(db);
  await sql`call assay_open('idempotency')`.execute(db);
  await sql`alter table idempotency enable row level security`.execute(db);
  await sql`alter table idempotency force row level security`.execute(db);
  await sql`
    create policy own on idempotency to assay_app
    using (actor_id = current_setting('app.actor', true) or assay_is_system())
  `.execute(db);
}
