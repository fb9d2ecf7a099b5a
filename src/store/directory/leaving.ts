/** What an organisation owns, page by page, for its export; and what ends when it leaves. */
import { sql } from 'kysely';
import type { OrganisationId } from '../../domain/directory/actor.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Tx } from '../database.ts';

/** Rows of one table that belong to an organisation. Only the named columns leave: what a table gains later does not by itself. */
interface Part {
  table: string;
  /** Unique within an organisation; the order of the export. With an index where there may be many. */
  key: string[];
  columns: string[];
  /** Column that names the owner. */
  owner?: string;
  /** Rows read at a time, where they are large. */
  rows?: number;
}

/** In the order of an export. */
const parts = {
  organisation: {
    table: 'organisations',
    key: ['id'],
    owner: 'id',
    columns: ['id', 'name', 'is_shared', 'created_at'],
  },
  participation: {
    table: 'participations',
    key: ['organisation_id'],
    columns: ['kind', 'country', 'domain', 'security_txt', 'standing', 'updated_at'],
  },
  terms_accepted: {
    table: 'terms_acceptances',
    key: ['version', 'digest'],
    columns: ['version', 'digest', 'person_id', 'at'],
  },
  people: { table: 'people', key: ['id'], columns: ['id', 'name', 'email', 'roles', 'created_at', 'left_at'] },
  agents: {
    table: 'agents',
    key: ['id'],
    columns: [
      'id',
      'person_id',
      'name',
      'scopes',
      'findings_per_day',
      'questions_per_day',
      'created_at',
      'expires_at',
      'revoked_at',
    ],
  },
  inventories: {
    table: 'inventories',
    key: ['id'],
    columns: ['id', 'name', 'version', 'asset', 'created_at', 'updated_at'],
  },
  inventory_versions: {
    table: 'inventory_versions',
    key: ['inventory_id', 'version'],
    columns: ['inventory_id', 'version', 'format', 'file_name', 'problems', 'document', 'kept_by', 'kept_at'],
    rows: 1,
  },
  inventory_marks: {
    table: 'inventory_marks',
    key: ['inventory_id', 'key'],
    columns: ['inventory_id', 'key', 'state', 'reason', 'justification', 'vulnerabilities', 'marked_by', 'marked_at'],
  },
  submissions: {
    table: 'submissions',
    key: ['id'],
    columns: ['id', 'model_name', 'model_version', 'model_digest', 'created_at', 'updated_at'],
  },
  submission_versions: {
    table: 'submission_versions',
    key: ['submission_id', 'version'],
    columns: [
      'submission_id',
      'version',
      'content',
      'digest',
      'note',
      'saved_by',
      'saved_at',
      'handed_by',
      'handed_at',
    ],
    rows: 20,
  },
  submission_dates: {
    table: 'submission_dates',
    key: ['submission_id'],
    columns: ['submission_id', 'partner_release', 'public_release', 'note', 'saved_by', 'saved_at'],
  },
  window_events: {
    table: 'window_events',
    key: ['submission_id', 'number'],
    columns: ['submission_id', 'number', 'event', 'by'],
  },
  runs: {
    table: 'runs',
    key: ['id'],
    columns: [
      'id',
      'digest',
      'file_name',
      'size_bytes',
      'state',
      'problems',
      'samples',
      'events',
      'format',
      'task',
      'model',
      'status',
      'manifest',
      'imported_by',
      'created_at',
    ],
    rows: 20,
  },
  task_packs: {
    table: 'task_packs',
    key: ['id'],
    columns: ['id', 'name', 'version', 'size', 'root', 'is_opaque', 'runs_max', 'published_by', 'published_at'],
  },
  registrations: {
    table: 'registrations',
    key: ['id'],
    columns: ['id', 'title', 'plan', 'digest', 'registered_by', 'registered_at', 'withdrawn_by', 'withdrawn_at'],
  },
  results: {
    table: 'results',
    key: ['id'],
    columns: [
      'id',
      'registration_id',
      'model',
      'zone',
      'inputs',
      'digest',
      'result',
      'remarks',
      'computed_by',
      'computed_at',
    ],
    rows: 5,
  },
  letters: {
    table: 'letters',
    key: ['id'],
    columns: ['id', 'result_id', 'letter', 'digest', 'written_by', 'written_at', 'changed_by', 'changed_at'],
    rows: 20,
  },
  batches: {
    table: 'batches',
    key: ['number'],
    columns: [
      'id',
      'name',
      'format',
      'rows_total',
      'accepted',
      'repeated',
      'refused',
      'digest',
      'created_by',
      'created_at',
    ],
  },
  findings: {
    table: 'findings',
    key: ['number'],
    columns: [
      'id',
      'key',
      'digest',
      'submitted_by',
      'state',
      'title',
      'report',
      'reproduction',
      'original',
      'received_at',
    ],
    rows: 50,
  },
  claims: {
    table: 'claims',
    key: ['number'],
    columns: [
      'id',
      'scope',
      'authority',
      'disclosure',
      'note',
      'person_name',
      'agent_name',
      'registered_at',
      'ends_at',
    ],
  },
  claim_queries: {
    table: 'claim_queries',
    key: ['number'],
    columns: ['claim_id', 'target', 'scope', 'answer', 'asked_by', 'at'],
  },
} satisfies Record<string, Part>;

export type PartName = keyof typeof parts;
export const partNames = Object.keys(parts) as PartName[];

/** Rows read at a time: bounds the memory and the time of one transaction. */
const rowsMax = 500;

/**
 * The next rows of one part after a key, as JSON values (bytes as `\x` and hexadecimal), and the key to go on after; without a key it is
 * the last page.
 */
export async function page(
  tx: Tx,
  name: PartName,
  organisation: OrganisationId,
  after?: string[],
): Promise<{ items: Record<string, unknown>[]; next?: string[] }> {
  const { table, key, columns, owner = 'organisation_id', rows: limit = rowsMax }: Part = parts[name];
  const keys = sql.join(key.map((column) => sql.ref(column)));
  const { rows } = await sql<{ item: Record<string, unknown>; key: string[] }>`
    select to_jsonb(chosen) - '__key' as item, __key as key from (
      select ${sql.join(columns.map((column) => sql.ref(column)))},
        array[${sql.join(key.map((column) => sql`${sql.ref(column)}::text`))}] as __key
      from ${sql.table(table)}
      where ${sql.ref(owner)} = ${organisation}
        ${after === undefined ? sql`` : sql`and (${keys}) > (${sql.join(after)})`}
      order by ${keys} limit ${limit}
    ) as chosen`.execute(tx);
  const last = rows.length === limit ? rows.at(-1) : undefined;
  return { items: rows.map(({ item }) => item), ...(last && { next: last.key }) };
}

/** What an organisation has or takes part in at this moment, counted for the preview of its leaving. Asked as the instance. */
export async function counts(tx: Tx, organisation: OrganisationId, now: Instant): Promise<Record<string, number>> {
  const { rows } = await sql<Record<string, number>>`
    select
      (select count(*) from people where organisation_id = ${organisation} and left_at is null) as people,
      (select count(*) from sessions s join people p on p.id = s.person_id
        where p.organisation_id = ${organisation} and s.ends_at > ${now}) as sessions,
      (select count(*) from agents where organisation_id = ${organisation} and revoked_at is null and expires_at > ${now})
        as agents,
      (select count(*) from claims where organisation_id = ${organisation} and ends_at > ${now}) as claims,
      (select count(*) from submission_parties where organisation_id = ${organisation} and ended_at is null
        and capacity <> 'developer') as files,
      (select count(*) from access_grants where organisation_id = ${organisation} and revoked_at is null
        and expires_at > ${now}) as access,
      (select count(*) from submissions where organisation_id = ${organisation}) as models,
      (select count(*) from findings where organisation_id = ${organisation}) as findings,
      (select count(distinct s.id) from submissions s join submission_parties p on p.submission_id = s.id
        where s.organisation_id = ${organisation} and p.capacity <> 'developer' and p.ended_at is null) as shared`.execute(
    tx,
  );
  return rows[0] ?? {};
}

/** The files of models of an organisation, by id. */
export async function models(tx: Tx, organisation: OrganisationId): Promise<string[]> {
  const rows = await tx
    .selectFrom('submissions')
    .select('id')
    .where('organisation_id', '=', organisation)
    .orderBy('id')
    .execute();
  return rows.map(({ id }) => id);
}

/**
 * Ends everything through which an organisation would learn or do something from now on: people with their sessions, links, passkeys and
 * agents, reading of others' files, access to models, and every audience. What it could read of the log until now it keeps. Asked as the
 * instance.
 */
export async function endAll(
  tx: Tx,
  organisation: OrganisationId,
  { by, at }: { by: string; at: Instant },
): Promise<void> {
  await sql`
    insert into log_readers (reader, opening)
    select ${organisation}, r.opening from log_readers r join audience_members m on m.audience_id = r.reader
    where m.organisation_id = ${organisation} and m.ended_at is null
    on conflict do nothing`.execute(tx);
  await sql`update audience_members set ended_at = ${at}, ended_by = ${by}
    where organisation_id = ${organisation} and ended_at is null`.execute(tx);
  await sql`update submission_parties set ended_at = ${at}, ended_by = ${by}
    where organisation_id = ${organisation} and ended_at is null and capacity <> 'developer'`.execute(tx);
  await sql`update access_grants set revoked_at = ${at}, revoked_by = ${by}
    where organisation_id = ${organisation} and revoked_at is null and expires_at > ${at}`.execute(tx);
  const people = sql`(select id from people where organisation_id = ${organisation})`;
  for (const table of ['sessions', 'sign_in_links', 'passkeys', 'passkey_challenges'])
    await sql`delete from ${sql.table(table)} where person_id in ${people}`.execute(tx);
  await sql`update agents set revoked_at = ${at} where organisation_id = ${organisation} and revoked_at is null`.execute(
    tx,
  );
  await sql`update people set left_at = ${at}, email = null
    where organisation_id = ${organisation} and left_at is null`.execute(tx);
  await sql`update organisations set is_shared = false where id = ${organisation}`.execute(tx);
}

/** Deletes what nobody but an organisation that left could read, once its export can no longer be fetched. */
export async function forget(tx: Tx, now: Instant): Promise<void> {
  await sql`
    with gone as (
      update participations set export_hash = null, export_until = null
      where state = 'left' and export_until <= ${now} returning organisation_id
    )
    delete from inventories where organisation_id in (select organisation_id from gone)`.execute(tx);
}
