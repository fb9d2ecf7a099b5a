import { type SqlBool, sql } from 'kysely';
import {
  type Act,
  type Board,
  type CaseId,
  type Change,
  type LinkRelation,
  linkKey,
} from '../../domain/coordination/case.ts';
import type { OrganisationId } from '../../domain/directory/actor.ts';
import type { Instant } from '../../domain/instant.ts';
import type { FindingState } from '../../domain/intake/report.ts';
import type { Tx } from '../database.ts';

export interface CaseRow {
  number: number;
  id: CaseId;
  title: string;
  state: 'pending';
  package: string | null;
  findings: number;
  sources: number;
  openedAt: Instant;
  changedAt: Instant;
}

const rows = (tx: Tx) =>
  tx
    .selectFrom('cases')
    .innerJoinLateral(
      (of) =>
        of
          .selectFrom('case_members')
          .innerJoin('findings', 'findings.number', 'case_members.finding')
          .whereRef('case_members.case_id', '=', 'cases.id')
          .where('case_members.until', 'is', null)
          .select([
            sql<number>`count(*)`.as('findings'),
            sql<number>`count(distinct coalesce(findings.organisation_id, findings.id))`.as('sources'),
            sql<
              string | null
            >`(array_agg(findings.package order by findings.number) filter (where findings.package is not null))[1]`.as(
              'package',
            ),
          ])
          .as('held'),
      (join) => join.onTrue(),
    )
    .select([
      'cases.number',
      'cases.id',
      sql<string>`cases.title`.as('title'),
      'cases.state',
      'held.package',
      'held.findings',
      'held.sources',
      'opened_at as openedAt',
      'changed_at as changedAt',
    ])
    .where('cases.title', 'is not', null);

/** The case, if this transaction's actor may know of it; one that was unmade is none. */
export function find(tx: Tx, id: string): Promise<CaseRow | undefined> {
  return rows(tx)
    .where('cases.id', '=', id as CaseId)
    .executeTakeFirst();
}

/** Cases that hold findings, the newest first. */
export function list(
  tx: Tx,
  { text, before, limit }: { text?: string | undefined; before?: number | undefined; limit: number },
): Promise<CaseRow[]> {
  return rows(tx)
    .where('held.findings', '>', 0)
    .$if(text !== undefined, (query) =>
      query.where('cases.title', 'ilike', `%${(text as string).replace(/[\\%_]/g, '\\$&')}%`),
    )
    .$if(before !== undefined, (query) => query.where('cases.number', '<', before as number))
    .orderBy('cases.number', 'desc')
    .limit(limit)
    .execute();
}

export interface CaseMember {
  number: number;
  finding: string;
  title: string;
  organisation: OrganisationId | null;
  state: FindingState;
  isHeld: boolean;
  receivedAt: Instant;
  joinedAt: Instant;
}

/** The findings of a case, the first received first. */
export function members(tx: Tx, id: string): Promise<CaseMember[]> {
  return tx
    .selectFrom('case_members')
    .innerJoin('findings', 'findings.number', 'case_members.finding')
    .select([
      'findings.number',
      'findings.id as finding',
      'findings.title',
      'findings.organisation_id as organisation',
      'findings.state',
      'is_held as isHeld',
      'received_at as receivedAt',
      'since as joinedAt',
    ])
    .where('case_id', '=', id as CaseId)
    .where('until', 'is', null)
    .orderBy('received_at')
    .orderBy('findings.number')
    .execute();
}

export interface KeptAct extends Act {
  by: string;
  at: Instant;
}

/** Acts that touched one of these cases or findings, the newest first. */
async function acts(
  tx: Tx,
  { cases, findings, limit }: { cases: string[]; findings: number[]; limit: number },
): Promise<KeptAct[]> {
  const found = await tx
    .selectFrom('case_acts')
    .select(['number', 'kind', 'change', 'undoes', 'by', 'at'])
    .where(sql<SqlBool>`(cases && ${cases}::text[] or findings && ${findings}::bigint[])`)
    .orderBy('number', 'desc')
    .limit(limit)
    .execute();
  return found.map(({ change, ...act }) => ({ ...act, ...change }));
}

/** Acts that one reckoning looks at; what is older can no longer be undone. */
const actsMax = 5000;

/**
 * What stands around these cases and findings: the cases they are in and those they are linked to, and every act that has to do with any
 * of them. Enough for each rule of `domain/coordination/case.ts` on them.
 */
export async function board(
  tx: Tx,
  { cases, findings }: { cases: readonly string[]; findings: readonly number[] },
): Promise<Omit<Board, 'acts'> & { acts: KeptAct[] }> {
  const { rows: held } = await sql<{ finding: number; case: CaseId }>`
    select finding, case_id as "case" from case_members where until is null and (
      finding = any(${[...findings]}::bigint[]) or case_id = any(${[...cases]}::text[])
      or case_id in (select case_id from case_members where until is null and finding = any(${[...findings]}::bigint[])))`.execute(
    tx,
  );
  const known = [...new Set([...cases, ...held.map((row) => row.case)])];
  const links = await tx
    .selectFrom('case_links')
    .select(['case_id as id', 'other_id as other', 'relation'])
    .where(sql<SqlBool>`(case_id = any(${known}::text[]) or other_id = any(${known}::text[]))`)
    .execute();
  const linked = links.flatMap(({ id, other }) => [id, other]);
  const titles = await tx
    .selectFrom('cases')
    .select(['id', 'title'])
    .where('id', '=', sql<CaseId>`any(${[...new Set([...known, ...linked])]}::text[])`)
    .execute();
  const touched = [...new Set([...findings, ...held.map((row) => row.finding)])];
  return {
    titles: new Map(titles.flatMap(({ id, title }) => (title === null ? [] : [[id, title] as const]))),
    caseOf: new Map(held.map((row) => [row.finding, row.case])),
    links: new Map(links.map(({ id, other, relation }) => [linkKey(id, other), relation])),
    acts: (await acts(tx, { cases: known, findings: touched, limit: actsMax })).reverse(),
  };
}

/** An act by its number. */
export async function act(tx: Tx, number: number): Promise<{ cases: string[]; findings: number[] } | undefined> {
  return tx.selectFrom('case_acts').select(['cases', 'findings']).where('number', '=', number).executeTakeFirst();
}

/** Does an act: keeps it and what it changes. Gives its number. */
export async function record(
  tx: Tx,
  change: Change,
  { by, at, audience }: { by: string; at: Instant; audience: string },
): Promise<number> {
  const { kind, moves, titles, links, undoes } = change;
  const touched = [
    ...moves.flatMap(({ from, to }) => [from, to]),
    ...titles.map((one) => one.case),
    ...links.flatMap((one) => [one.case, one.other]),
  ].filter((id) => id !== null);
  const cases = [...new Set(touched)];
  for (const { case: id, from, to } of titles) {
    if (from === null) {
      await tx
        .insertInto('cases')
        .values({ id, audience_id: audience, title: to, opened_by: by, opened_at: at, changed_at: at })
        .onConflict((conflict) => conflict.column('id').doUpdateSet({ title: to, changed_at: at }))
        .execute();
    } else {
      await tx.updateTable('cases').set({ title: to }).where('id', '=', id).execute();
    }
  }
  const { number } = await tx
    .insertInto('case_acts')
    .values({
      audience_id: audience,
      kind,
      change: JSON.stringify({ moves, titles, links }),
      cases,
      findings: moves.map(({ finding }) => finding),
      undoes,
      by,
      at,
    })
    .returning('number')
    .executeTakeFirstOrThrow();
  const moved = moves.map(({ finding }) => finding);
  if (moved.length > 0) {
    await sql`
      update case_members set until = ${at}, until_act = ${number}
      where until is null and finding = any(${moved}::bigint[])`.execute(tx);
    // Undoing gives back the membership that the undone act ended, with its time, and makes none.
    if (undoes !== null) {
      await sql`
        update case_members m set until = null, until_act = null
        from unnest(${moves.map(({ to }) => to)}::text[], ${moved}::bigint[]) as given (case_id, finding)
        where m.finding = given.finding and m.case_id = given.case_id and m.until_act = ${undoes}`.execute(tx);
    } else {
      await sql`
        insert into case_members (case_id, finding, audience_id, since, since_act)
        select case_id, finding, ${audience}, ${at}, ${number}
        from unnest(${moves.map(({ to }) => to)}::text[], ${moved}::bigint[]) as given (case_id, finding)`.execute(tx);
    }
  }
  for (const { case: id, other, to } of links) await setLink(tx, audience, id, other, to);
  await tx.updateTable('cases').set({ changed_at: at }).where('id', '=', sql<CaseId>`any(${cases}::text[])`).execute();
  return number;
}

async function setLink(
  tx: Tx,
  audience: string,
  id: CaseId,
  other: CaseId,
  relation: LinkRelation | null,
): Promise<void> {
  if (relation === null) {
    await tx.deleteFrom('case_links').where('case_id', '=', id).where('other_id', '=', other).execute();
    return;
  }
  await tx
    .insertInto('case_links')
    .values({ case_id: id, other_id: other, audience_id: audience, relation })
    .onConflict((conflict) => conflict.columns(['case_id', 'other_id']).doUpdateSet({ relation }))
    .execute();
}

/** Where findings that left this case went last: the case into which it was merged, where it has none left. */
export async function joinedInto(tx: Tx, id: string): Promise<{ id: CaseId; title: string } | undefined> {
  const { rows: found } = await sql<{ id: CaseId; title: string }>`
    select c.id, c.title from case_members left_it
    join case_members now on now.finding = left_it.finding and now.until is null
    join cases c on c.id = now.case_id
    where left_it.case_id = ${id} and left_it.until is not null and c.id <> ${id}
    order by left_it.until_act desc limit 1`.execute(tx);
  return found[0];
}
