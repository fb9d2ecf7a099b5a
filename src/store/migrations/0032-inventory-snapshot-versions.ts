import { type Kysely, sql } from 'kysely';

/** A day with several uploads keeps how the list stood with each: what changed by an upload can be told. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table inventory_snapshots
      drop constraint inventory_snapshots_pkey,
      add primary key (inventory_id, policy, day, version)
  `.execute(db);
}
