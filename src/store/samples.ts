import { sql } from 'kysely';
import type { PersonId, Role } from '../domain/directory/actor.ts';
import * as aliasGroups from './advisory/alias-groups.ts';
import * as packs from './advisory/packs.ts';
import type { Database, Tx } from './database.ts';

/** The people of the sample workspace, in the order in which they were made. */
export function people(tx: Tx): Promise<{ id: PersonId; name: string; organisation: string; roles: Role[] }[]> {
  return tx
    .selectFrom('people')
    .innerJoin('organisations', 'organisations.id', 'people.organisation_id')
    .select(['people.id', 'people.name', 'organisations.name as organisation', 'people.roles'])
    .where('organisations.is_sample', '=', true)
    .where('people.left_at', 'is', null)
    .orderBy('people.created_at')
    .orderBy('people.id')
    .execute();
}

/** Organisations of the sample. */
const sampleOrganisations = sql`(select id from organisations where is_sample)`;
/** Files of models in which a sample organisation takes part: without it nothing of them would make sense. */
const sampleSubmissions = sql`(
  select id from submissions where organisation_id in ${sampleOrganisations}
  union select submission_id from submission_parties where organisation_id in ${sampleOrganisations}
  union select submission_id from partners
    where organisation_id in ${sampleOrganisations} or authority_id in ${sampleOrganisations}
)`;

/** What people put into the sample organisations beyond what the sample itself holds, each in words. */
export async function additions(
  database: Database,
  own: {
    emails: string[];
    inventories: string[];
    submissions: string[];
    runs: string[];
    rules: string[];
    findings: string[];
  },
): Promise<string[]> {
  const { rows } = await sql<{ what: string }>`
    select 'person ' || p.name || ' at ' || o.name as what
      from people p join organisations o on o.id = p.organisation_id
      where o.is_sample and p.left_at is null and (p.email is null or not p.email = any(${own.emails}::text[]))
    union all
    select 'inventory ' || i.name || ' of ' || o.name
      from inventories i join organisations o on o.id = i.organisation_id
      where o.is_sample and not i.name = any(${own.inventories}::text[])
    union all
    select 'file of ' || s.model_name || ' ' || s.model_version || ' by ' || o.name
      from submissions s join organisations o on o.id = s.organisation_id
      where s.id in ${sampleSubmissions}
        and not (o.is_sample and s.model_name || ' ' || s.model_version = any(${own.submissions}::text[]))
    union all
    select 'evaluation log ' || r.file_name || ' of ' || o.name
      from runs r join organisations o on o.id = r.organisation_id
      where o.is_sample and not r.file_name = any(${own.runs}::text[])
    union all
    select 'task pack ' || p.name || ' ' || p.version || ' of ' || o.name
      from task_packs p join organisations o on o.id = p.organisation_id where o.is_sample
    union all
    select 'registered rule ' || r.title || ' of ' || o.name
      from registrations r join organisations o on o.id = r.organisation_id
      where o.is_sample and not r.title = any(${own.rules}::text[])
    union all
    select 'finding ' || f.title || ' of ' || coalesce(o.name, 'nobody')
      from findings f left join organisations o on o.id = f.organisation_id
      where (o.is_sample or f.organisation_id is null) and not f.title = any(${own.findings}::text[])
    order by 1`.execute(database.owner);
  return rows.map(({ what }) => what);
}

/** Whether the sample was taken away here: then it is not wanted back. */
export async function wasRemoved(tx: Tx): Promise<boolean> {
  return (
    (await tx.selectFrom('log_openings').select('did').where('did', '=', 'sample_removed').limit(1).execute()).length >
    0
  );
}

/** Advisories of the sample name it as their source. */
const sampleSource = 'sample snapshot, %';

/**
 * Takes the sample workspace away: its organisations with everything of theirs, and those advisories that no feed or import has
 * renewed since. Facts go when no advisory is left to speak of. What the log says stays said. `note` runs in the same transaction.
 * Gives the number of organisations and of advisories removed.
 */
export async function remove(
  database: Database,
  note: (tx: Tx, removed: { organisations: number; advisories: number }) => Promise<void>,
): Promise<{ organisations: number; advisories: number }> {
  return database.owner.transaction().execute(async (tx) => {
    await sql`set local statement_timeout = 0`.execute(tx);
    const organisations = sampleOrganisations;
    const people = sql`(select id from people where organisation_id in ${organisations})`;
    for (const table of ['sessions', 'sign_in_links', 'passkeys', 'passkey_challenges', 'agents']) {
      await sql`delete from ${sql.table(table)} where person_id in ${people}`.execute(tx);
    }
    await sql`delete from inventories where organisation_id in ${organisations}`.execute(tx);
    await sql`create temporary table doomed on commit drop as
      select id from determinations where submission_id in ${sampleSubmissions}
        or developer_id in ${organisations} or authority_id in ${organisations}`.execute(tx);
    await sql`delete from determination_references where determination_id in (select id from doomed)`.execute(tx);
    await sql`delete from determinations where id in (select id from doomed)`.execute(tx);
    for (const table of [
      'letter_copies',
      'letters',
      'results',
      'registrations',
      'task_packs',
      'runs',
      'desk_items',
      'desk_sign_offs',
    ]) {
      await sql`delete from ${sql.table(table)} where organisation_id in ${organisations}`.execute(tx);
    }
    await sql`update task_packs set submission_id = null, audience_id = own_audience_id
      where submission_id in ${sampleSubmissions}`.execute(tx);
    await sql`update registrations set submission_id = null, audience_id = own_audience_id
      where submission_id in ${sampleSubmissions}`.execute(tx);
    await sql`delete from letter_copies where submission_id in ${sampleSubmissions}`.execute(tx);
    await sql`delete from submissions where id in ${sampleSubmissions}`.execute(tx);
    await removeIntake(tx);
    await sql`delete from audience_members where organisation_id in ${organisations} or person_id in ${people}`.execute(
      tx,
    );
    await sql`delete from people where organisation_id in ${organisations}`.execute(tx);
    const gone = await sql`delete from organisations where is_sample`.execute(tx);

    const { rows } = await sql<{ id: string }>`
      delete from advisories where source like ${sampleSource} returning id`.execute(tx);
    await sql`delete from advisory_changes where import in (select id from imports where source like ${sampleSource})`.execute(
      tx,
    );
    await sql`delete from imports where source like ${sampleSource}`.execute(tx);
    const left = await tx.selectFrom('advisories').select('id').limit(1).executeTakeFirst();
    if (left === undefined) {
      for (const table of ['facts', 'fact_changes', 'advisory_names', 'pack_tasks', 'packs']) {
        await sql`delete from ${sql.table(table)}`.execute(tx);
      }
    } else {
      await aliasGroups.regroup(
        tx,
        rows.map((row) => row.id),
      );
      await packs.touch(
        tx,
        (await packs.list(tx)).map((pack) => pack.ecosystem),
      );
    }
    const removed = { organisations: Number(gone.numAffectedRows ?? 0), advisories: rows.length };
    await note(tx, removed);
    return removed;
  });
}

/**
 * Takes away what the sample's organisations, and people without an account, handed in. The desk goes whole, since its coordinators are
 * of the sample: findings of others stay and are looked through anew.
 */
async function removeIntake(tx: Tx): Promise<void> {
  const findings = sql`(
    select id from findings where organisation_id is null or organisation_id in ${sampleOrganisations}
  )`;
  for (const table of ['validation_evidence', 'validation_outcomes', 'validations']) {
    await sql`delete from ${sql.table(table)}`.execute(tx);
  }
  await sql`delete from validator_keys where organisation_id in ${sampleOrganisations}`.execute(tx);
  const ofDesk = [
    'queue_entries',
    'case_links',
    'case_members',
    'case_acts',
    'cases',
    'hint_opinions',
    'hint_marks',
    'hints',
  ];
  for (const table of [...ofDesk, 'finding_keys', 'finding_features', 'finding_releases', 'finding_marks']) {
    await sql`delete from ${sql.table(table)}`.execute(tx);
  }
  for (const table of ['finding_states', 'finding_messages', 'anonymous_reports']) {
    await sql`delete from ${sql.table(table)} where finding in ${findings}`.execute(tx);
  }
  await sql`delete from findings where id in ${findings}`.execute(tx);
  await sql`update findings set screened_at = null, is_held = false`.execute(tx);
  const batches = sql`(select number from batches where organisation_id in ${sampleOrganisations})`;
  for (const table of ['batch_parts', 'batch_refusals']) {
    await sql`delete from ${sql.table(table)} where batch in ${batches}`.execute(tx);
  }
  for (const table of ['batches', 'csv_mappings', 'intake_hours', 'intake_sources']) {
    await sql`delete from ${sql.table(table)} where organisation_id in ${sampleOrganisations}`.execute(tx);
  }
}
