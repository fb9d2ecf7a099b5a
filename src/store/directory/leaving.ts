/** What an organisation owns, page by page, for its export; and what ends when it leaves. */
import { type RawBuilder, sql } from 'kysely';
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
  /** The table of the things that its rows are about, where that names the owner; the id of the thing stands in the row as `as`. */
  of?: { table: string; key: string; column: string; as: string };
  /** A further condition on its rows, `t`. */
  only?: RawBuilder<unknown>;
  /** Rows read at a time, where they are large. */
  rows?: number;
}

const ofFinding = (column: string): NonNullable<Part['of']> => ({
  table: 'findings',
  key: 'id',
  column,
  as: 'finding',
});

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
  inventory_clocks: {
    table: 'inventory_clocks',
    key: ['inventory_id', 'package', 'vulnerability'],
    columns: ['inventory_id', 'package', 'vulnerability', 'listed', 'decided'],
  },
  inventory_snapshots: {
    table: 'inventory_snapshots',
    key: ['inventory_id', 'policy', 'day'],
    columns: ['inventory_id', 'policy', 'day', 'version', 'outcomes', 'taken_at'],
    rows: 20,
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
  incident_messages: {
    table: 'incident_messages',
    key: ['id'],
    columns: ['incident_id', 'by', 'text', 'at'],
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
  desk_items: {
    table: 'desk_items',
    key: ['id'],
    columns: ['id', 'run_id', 'sample', 'reason', 'state', 'put_by', 'put_at', 'settled', 'settled_by', 'settled_at'],
  },
  desk_readings: {
    table: 'desk_readings',
    key: ['id'],
    columns: [
      'id',
      'item_id',
      'reader',
      'assigned_by',
      'assigned_at',
      'observation',
      'handed_in_at',
      'return_reason',
      'returned_at',
    ],
    // What two readers note stays apart until both have handed in.
    only: sql`t.item_id not in (select i.id from desk_items i where i.state in ('wanting', 'reading'))`,
  },
  desk_sign_offs: {
    table: 'desk_sign_offs',
    key: ['run_id', 'person', 'outcomes'],
    columns: ['run_id', 'person', 'outcomes', 'signed_at'],
  },
  intake_source: {
    table: 'intake_sources',
    key: ['organisation_id'],
    columns: ['received', 'confirmed', 'refuted', 'set_aside', 'created_at'],
  },
  csv_mappings: { table: 'csv_mappings', key: ['name'], columns: ['name', 'fields', 'by', 'updated_at'] },
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
  batch_refusals: {
    table: 'batch_refusals',
    of: { table: 'batches', key: 'number', column: 'batch', as: 'batch' },
    key: ['batch', 'row'],
    columns: ['row', 'problems'],
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
  finding_states: {
    table: 'finding_states',
    of: ofFinding('finding'),
    key: ['number'],
    columns: ['state', 'at'],
  },
  // Who of the coordinators asked stays with them.
  finding_messages: {
    table: 'finding_messages',
    of: ofFinding('finding'),
    key: ['number'],
    columns: ['id', 'kind', 'text', 'at'],
  },
  validation_outcomes: {
    table: 'validation_outcomes',
    of: ofFinding('finding_id'),
    key: ['number'],
    columns: ['state', 'text', 'at'],
  },
  // What it was asked to reproduce, without title and kit: they tell of the finding of another.
  validations: {
    table: 'validations',
    key: ['number'],
    columns: ['id', 'finding_id', 'finding_digest', 'kit_digest', 'asked_at', 'ends_at'],
    // For whom it asked, a request that was withdrawn does not exist.
    only: sql`t.withdrawn_at is null`,
  },
  validation_evidence: {
    table: 'validation_evidence',
    key: ['number'],
    columns: [
      'id',
      'validation_id',
      'person_id',
      'person_name',
      'key_id',
      'digest',
      'envelope',
      'verdict',
      'received_at',
    ],
    rows: 20,
  },
  validator_keys: {
    table: 'validator_keys',
    key: ['id'],
    columns: ['id', 'person_id', 'public_key', 'fingerprint', 'label', 'created_at', 'revoked_at'],
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
  claim_events: { table: 'claim_events', key: ['number'], columns: ['claim_id', 'act', 'at', 'until'] },
  claim_messages: { table: 'claim_messages', key: ['number'], columns: ['claim_id', 'text', 'written_by', 'at'] },
  claim_introduction_wishes: {
    table: 'claim_introduction_wishes',
    key: ['claim_id'],
    columns: ['claim_id', 'contact', 'asked_at'],
  },
  claim_introductions: {
    table: 'claim_introduction_sides',
    key: ['introduction_id', 'claim_id'],
    columns: [
      'introduction_id',
      'claim_id',
      'contact',
      'declined_at',
      'met_organisation',
      'met_contact',
      'met_at',
      'changed_at',
    ],
  },
  intake_policies: {
    table: 'intake_policies',
    key: ['number'],
    columns: ['id', 'person_name', 'purl', 'policy', 'proof', 'standing', 'stated_at', 'decided_at'],
  },
} satisfies Record<string, Part>;

export type PartName = keyof typeof parts;
export const partNames = Object.keys(parts) as PartName[];
export const tablesExported: ReadonlySet<string> = new Set(Object.values(parts).map(({ table }) => table));

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
  const { table, key, columns, owner = 'organisation_id', of, only, rows: limit = rowsMax }: Part = parts[name];
  const column = (name: string) => sql.ref(`t.${name}`);
  const keys = sql.join(key.map(column));
  const about =
    of === undefined ? sql`` : sql`join ${sql.table(of.table)} a on ${sql.ref(`a.${of.key}`)} = ${column(of.column)}`;
  const chosen = [
    ...(of === undefined ? [] : [sql`a.id as ${sql.ref(of.as)}`]),
    ...columns.map(column),
    sql`array[${sql.join(key.map((name) => sql`${column(name)}::text`))}] as __key`,
  ];
  const { rows } = await sql<{ item: Record<string, unknown>; key: string[] }>`
    select to_jsonb(chosen) - '__key' as item, __key as key from (
      select ${sql.join(chosen)}
      from ${sql.table(table)} t ${about}
      where ${sql.ref(`${of === undefined ? 't' : 'a'}.${owner}`)} = ${organisation}
        ${only === undefined ? sql`` : sql`and ${only}`}
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
