import { type Kysely, sql } from 'kysely';

/**
 * The end of a party's reading reaches the narrower audiences within a submission's own: those of its incidents and of the uses of
 * access to its model. As there, the developer alone ends or resumes it, and never its own.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const own = sql`nullif(current_setting('app.organisation', true), '')`;
  const isNarrower = sql`organisation_id <> ${own} and audience_id in (
    select i.audience_id from incidents i join submissions s on s.id = i.submission_id where s.organisation_id = ${own}
    union select g.use_audience_id from access_grants g join submissions s on s.id = g.submission_id
      where s.organisation_id = ${own}
  )`;
  await sql`create policy ended_within on audience_members for update to assay_app
    using (${isNarrower}) with check (${isNarrower})`.execute(db);
}
