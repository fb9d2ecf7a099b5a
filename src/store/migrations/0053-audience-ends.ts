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

  // A log may be shared with the parties of several submissions, who know nothing of each other: that they read the same log tells
  // none what another is called (I5, I20). Whom one meets in a submission one knows from there.
  await sql`
    create or replace function assay_fellows() returns setof text stable parallel safe security definer
    set search_path = pg_catalog, public language sql as $$
      select organisation_id from audience_members
      where organisation_id is not null and audience_id in (
        select audience_id from audience_members
        where ended_at is null and (
          organisation_id = nullif(current_setting('app.organisation', true), '')
          or person_id = nullif(current_setting('app.person', true), '')
        )
        except select audience_id from runs
      )
    $$
  `.execute(db);
}
