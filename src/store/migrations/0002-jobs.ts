import { type Kysely, sql } from 'kysely';

/**
 * The outbox: a job is added in the transaction of the act that wants it, so both hold or neither does. The job tables
 * belong to graphile-worker (schema `graphile_worker`, made before these migrations); the app may add jobs and no more.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function assay_add_job(task text, payload json, job_key text, run_at timestamptz) returns void
    security definer set search_path = pg_catalog, public language sql as $$
      select graphile_worker.add_job(task, payload, run_at => run_at, job_key => job_key, job_key_mode => 'replace')
    $$
  `.execute(db);
  await sql`revoke all on function assay_add_job(text, json, text, timestamptz) from public`.execute(db);
  await sql`grant execute on function assay_add_job(text, json, text, timestamptz) to assay_app`.execute(db);
}
