import { type Kysely, sql } from 'kysely';

/**
 * What coordinators alone know: how findings compare, the entries of their queue, and cases. All of it has the desk's audience;
 * nothing of it is a column of `findings`, which reporters read (I5). Keys are read by the instance itself only.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table finding_features (
    finding bigint primary key references findings (number),
    audience_id text collate "C" not null references audiences,
    -- Whose it is for comparing: the organisation, or the finding's own id where it came without an account.
    source text collate "C" not null,
    -- The entry of the queue it stands under, by the number of that entry's first finding.
    entry bigint not null,
    -- What an entry's rank is computed from.
    traits json not null,
    -- Sealed: they hold words of the report.
    features bytea not null
  )`.execute(db);
  await sql`create index finding_features_entry on finding_features (entry)`.execute(db);
  await sql`create index finding_features_source on finding_features (source, entry)`.execute(db);
  await sql`alter table finding_features alter features set storage external`.execute(db);
  await sql`call assay_guard('finding_features')`.execute(db);

  // Two whole numbers a row, tens of millions of rows: no audience beside each, so only the instance itself may read them.
  await sql`create table finding_keys (key bigint not null, finding bigint not null)`.execute(db);
  await sql`create index finding_keys_key on finding_keys (key, finding)`.execute(db);
  await sql`grant select, insert, delete on finding_keys to assay_app`.execute(db);
  await sql`alter table finding_keys enable row level security`.execute(db);
  await sql`alter table finding_keys force row level security`.execute(db);
  await sql`create policy itself on finding_keys to assay_app using ((select assay_is_system()))`.execute(db);
  await sql`
    do $$ begin execute format('create policy owner on finding_keys to %I using (true) with check (true)', current_user); end $$
  `.execute(db);

  // The best few partners of each finding, never all pairs. Reasons are computed from the features when somebody looks.
  await sql`create table hints (
    finding bigint not null,
    partner bigint not null,
    audience_id text collate "C" not null references audiences,
    relation text collate "C" not null,
    confidence float8 not null,
    odds float8 not null,
    is_agreed boolean not null,
    primary key (finding, partner)
  )`.execute(db);
  await sql`call assay_guard('hints')`.execute(db);

  // A coordinator has said that two findings are different flaws; the lower number first.
  await sql`create table hint_marks (
    a bigint not null references findings (number),
    b bigint not null references findings (number),
    audience_id text collate "C" not null references audiences,
    by text collate "C" not null,
    at timestamptz not null,
    primary key (a, b),
    check (a < b)
  )`.execute(db);
  await sql`create index hint_marks_b on hint_marks (b)`.execute(db);
  await sql`call assay_guard('hint_marks')`.execute(db);

  // What a model said of a pair, the last time it was asked.
  await sql`create table hint_opinions (
    a bigint not null references findings (number),
    b bigint not null references findings (number),
    audience_id text collate "C" not null references audiences,
    relation text collate "C" not null,
    text bytea not null,
    model text not null,
    prompt_digest text collate "C" not null,
    asked_by text collate "C" not null,
    asked_at timestamptz not null,
    primary key (a, b),
    check (a < b)
  )`.execute(db);
  await sql`create index hint_opinions_b on hint_opinions (b)`.execute(db);
  await sql`call assay_guard('hint_opinions')`.execute(db);

  await sql`create table cases (
    number bigint generated always as identity unique,
    id text collate "C" primary key check (id ~ '^case_[a-z0-9_]{1,60}$'),
    audience_id text collate "C" not null references audiences,
    -- Null once the act that opened it was undone.
    title text check (length(title) between 1 and 300),
    state text collate "C" not null default 'pending' check (state = 'pending'),
    opened_by text collate "C" not null,
    opened_at timestamptz not null,
    changed_at timestamptz not null
  )`.execute(db);
  await sql`call assay_guard('cases')`.execute(db);

  await sql`create table case_acts (
    number bigint generated always as identity primary key,
    audience_id text collate "C" not null references audiences,
    kind text collate "C" not null,
    -- Its moves, titles and links, each with what was before: domain/coordination/case.ts.
    change json not null,
    -- What it touched, for finding the acts that build on each other.
    cases text[] collate "C" not null,
    findings bigint[] not null,
    undoes bigint references case_acts (number),
    by text collate "C" not null,
    at timestamptz not null
  )`.execute(db);
  await sql`create index case_acts_cases on case_acts using gin (cases)`.execute(db);
  await sql`create index case_acts_findings on case_acts using gin (findings)`.execute(db);
  await sql`call assay_guard('case_acts')`.execute(db);

  await sql`create table case_members (
    case_id text collate "C" not null references cases,
    finding bigint not null references findings (number),
    audience_id text collate "C" not null references audiences,
    since timestamptz not null,
    since_act bigint not null references case_acts (number),
    until timestamptz,
    until_act bigint references case_acts (number),
    primary key (finding, since_act)
  )`.execute(db);
  await sql`create unique index case_members_now on case_members (finding) where until is null`.execute(db);
  await sql`create index case_members_case on case_members (case_id) where until is null`.execute(db);
  await sql`call assay_guard('case_members')`.execute(db);

  await sql`create table case_links (
    case_id text collate "C" not null references cases,
    other_id text collate "C" not null references cases,
    audience_id text collate "C" not null references audiences,
    relation text collate "C" not null,
    primary key (case_id, other_id)
  )`.execute(db);
  await sql`create index case_links_other on case_links (other_id)`.execute(db);
  await sql`call assay_guard('case_links')`.execute(db);

  // One row for each flaw that a coordinator sees as one: a case, or findings that fold under the first of them.
  await sql`create table queue_entries (
    lead bigint primary key references findings (number),
    audience_id text collate "C" not null references audiences,
    state text collate "C" not null,
    rank integer not null,
    package text,
    case_id text collate "C" references cases,
    findings integer not null,
    sources integer not null,
    proposals integer not null,
    is_held boolean not null,
    has_hint boolean not null,
    -- What the rank was computed from.
    facts json not null,
    taken_by text collate "C",
    taken_until timestamptz
  )`.execute(db);
  await sql`create index queue_entries_order on queue_entries (state, rank desc, lead)`.execute(db);
  await sql`create index queue_entries_open on queue_entries (rank desc, lead) where state in ('undecided', 'joining')`.execute(
    db,
  );
  await sql`create index queue_entries_package on queue_entries (package, rank desc, lead)`.execute(db);
  await sql`create index queue_entries_case on queue_entries (case_id) where case_id is not null`.execute(db);
  await sql`call assay_guard('queue_entries')`.execute(db);

  // The few flaws that are listed as exploited, among hundreds of thousands of facts.
  await sql`create index facts_kev on facts (name) where kind = 'kev'`.execute(db);
}
