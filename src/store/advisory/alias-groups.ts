import { sql } from 'kysely';
import { groupsOf } from '../../domain/advisory/alias-group.ts';
import type { Tx } from '../database.ts';

/**
 * Groups again what a change of these names touches: the groups that hold one of them, and no other. A group is closed
 * under its members' aliases, so its held members are all that can join or part.
 */
export async function regroup(tx: Tx, names: string[]): Promise<void> {
  if (names.length === 0) return;
  const { rows: touched } = await sql<{ name: string }>`
    delete from advisory_names where "group" in (
      select "group" from advisory_names where name = any(${names}))
    returning name`.execute(tx);
  const ids = [...new Set([...names, ...touched.map((row) => row.name)])];
  const { rows } = await sql<{ id: string; withdrawn: string | null; aliases: string[] }>`
    select id, withdrawn, aliases from advisories where id = any(${ids})`.execute(tx);
  const records = rows.map(({ id, withdrawn, aliases }) => ({
    id,
    aliases,
    ...(withdrawn === null ? {} : { withdrawn }),
  }));
  const members = groupsOf(records).flatMap((group) => group.members.map((name) => ({ name, group: group.id })));
  if (members.length === 0) return;
  await sql`
    insert into advisory_names (name, "group")
    select * from unnest(${members.map((member) => member.name)}::text[], ${members.map((member) => member.group)}::text[])`.execute(
    tx,
  );
}

/** The members of each group that holds one of these names; a name that nobody mentions is alone in none. */
export async function membersOf(tx: Tx, names: string[]): Promise<{ group: string; name: string }[]> {
  if (names.length === 0) return [];
  return tx
    .selectFrom('advisory_names')
    .select(['group', 'name'])
    .where('group', 'in', (query) =>
      query.selectFrom('advisory_names').select('group').where('name', '=', sql<string>`any(${names})`),
    )
    .orderBy('group')
    .orderBy('name')
    .execute();
}
