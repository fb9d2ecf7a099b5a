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

/** What people put into the sample organisations beyond what the sample itself holds, each in words. */
export async function additions(
  database: Database,
  own: { emails: string[]; inventories: string[] },
): Promise<string[]> {
  const { rows } = await sql<{ what: string }>`
    select 'person ' || p.name || ' at ' || o.name as what
      from people p join organisations o on o.id = p.organisation_id
      where o.is_sample and p.left_at is null and (p.email is null or not p.email = any(${own.emails}::text[]))
    union all
    select 'inventory ' || i.name || ' of ' || o.name
      from inventories i join organisations o on o.id = i.organisation_id
      where o.is_sample and not i.name = any(${own.inventories}::text[])
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
    const organisations = sql`(select id from organisations where is_sample)`;
    const people = sql`(select id from people where organisation_id in ${organisations})`;
    for (const table of ['sessions', 'sign_in_links', 'passkeys', 'passkey_challenges', 'agents']) {
      await sql`delete from ${sql.table(table)} where person_id in ${people}`.execute(tx);
    }
    await sql`delete from inventories where organisation_id in ${organisations}`.execute(tx);
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
