import { type Kysely, sql } from 'kysely';

/**
 * The window of early access: its events, from which everything it says follows. An event is never changed or removed by
 * the app. `windows.ends_at` only finds the windows that end soon; nobody is told it.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table windows (
    submission_id text collate "C" primary key references submissions on delete cascade,
    audience_id text collate "C" not null references audiences,
    ends_at timestamptz,
    told_of timestamptz
  )`.execute(db);
  await sql`create index windows_ends on windows (ends_at) where ends_at is not null`.execute(db);
  await sql`create table window_events (
    submission_id text collate "C" not null references submissions on delete cascade,
    audience_id text collate "C" not null references audiences,
    number integer not null check (number between 1 and 10000),
    event jsonb not null,
    by text collate "C" not null,
    organisation_id text collate "C" not null references organisations,
    primary key (submission_id, number)
  )`.execute(db);
  await sql`call assay_guard('windows')`.execute(db);
  await sql`call assay_guard('window_events')`.execute(db);
  await sql`revoke update, delete on window_events from assay_app`.execute(db);
}
