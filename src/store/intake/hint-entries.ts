/** The entries of the coordinators' queue: which findings stand under which, and what each is ranked by. */
import { sql } from 'kysely';
import type { EntryFacts, EntryState, Traits } from '../../domain/intake/queue.ts';
import type { FindingState } from '../../domain/intake/report.ts';
import type { Tx } from '../database.ts';
import { deskAudience } from './sources.ts';

/** Until the transaction ends nobody else changes entries or cases. Taken late and held briefly. */
export async function lock(tx: Tx): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('queue entries'))`.execute(tx);
}

/** All that decides where a finding stands, but its hints. */
export interface Member {
  finding: number;
  source: string;
  entry: number;
  traits: Traits;
  state: FindingState;
  isHeld: boolean;
  package: string | null;
  case: string | null;
}

/** The findings that share an entry or a case with one of these, those themselves included. */
export async function around(tx: Tx, findings: number[]): Promise<Member[]> {
  // `lateral` with a limit or an offset goes by key, whatever the statistics say: see `hints.partners`.
  const { rows } = await sql<Member>`
    with together as (
      select f.finding
      from (
        select distinct n.entry from (select unnest(${findings}::bigint[]) as finding) given,
          lateral (select entry from finding_features where finding = given.finding limit 1) n
      ) named, lateral (select finding from finding_features where entry = named.entry offset 0) f
      union
      select other.finding
      from (select unnest(${findings}::bigint[]) as finding) given,
        lateral (select case_id from case_members where finding = given.finding and until is null limit 1) m,
        lateral (select finding from case_members where case_id = m.case_id and until is null offset 0) other
    )
    select f.finding, f.source, f.entry, f.traits, d.state, d.is_held as "isHeld", d.package, m.case_id as "case"
    from together t,
      lateral (select * from finding_features where finding = t.finding limit 1) f,
      lateral (select * from findings where number = t.finding limit 1) d
      left join lateral (select case_id from case_members where finding = t.finding and until is null limit 1) m on true
    order by f.finding`.execute(tx);
  return rows;
}

export interface Entry {
  lead: number;
  state: EntryState;
  rank: number;
  package: string | null;
  case: string | null;
  findings: number;
  sources: number;
  proposals: number;
  isHeld: boolean;
  hasHint: boolean;
  facts: EntryFacts;
}

/** Keeps these entries, removes those that stand no more, and puts findings under other entries. Who took one keeps it. */
export async function save(
  tx: Tx,
  { entries, removed, moves }: { entries: Entry[]; removed: number[]; moves: { finding: number; entry: number }[] },
): Promise<void> {
  const column = <Key extends keyof Entry>(key: Key) => entries.map((entry) => entry[key]);
  await sql`
    with gone as (
      delete from queue_entries where lead = any(${removed}::bigint[])
    ), moved as (
      update finding_features f set entry = given.entry
      from unnest(${moves.map(({ finding }) => finding)}::bigint[], ${moves.map(({ entry }) => entry)}::bigint[])
        as given (finding, entry)
      where f.finding = given.finding
    )
    insert into queue_entries (lead, audience_id, state, rank, package, case_id, findings, sources, proposals, is_held,
      has_hint, facts)
    select lead, ${deskAudience}, state, rank, package, case_id, findings, sources, proposals, is_held, has_hint, facts
    from unnest(${column('lead')}::bigint[], ${column('state')}::text[], ${column('rank')}::int[],
      ${column('package')}::text[], ${column('case')}::text[], ${column('findings')}::int[], ${column('sources')}::int[],
      ${column('proposals')}::int[], ${column('isHeld')}::boolean[], ${column('hasHint')}::boolean[],
      ${column('facts').map((facts) => JSON.stringify(facts))}::json[])
      as given (lead, state, rank, package, case_id, findings, sources, proposals, is_held, has_hint, facts)
    on conflict (lead) do update set state = excluded.state, rank = excluded.rank, package = excluded.package,
      case_id = excluded.case_id, findings = excluded.findings, sources = excluded.sources, proposals = excluded.proposals,
      is_held = excluded.is_held, has_hint = excluded.has_hint, facts = excluded.facts`.execute(tx);
}

/** Entries after one of them, in the order of their numbers, with what each of their findings gives to the rank. */
export async function traitsAfter(
  tx: Tx,
  after: number,
  limit: number,
): Promise<{ lead: number; facts: EntryFacts; members: Traits[] }[]> {
  const { rows } = await sql<{ lead: number; facts: EntryFacts; members: Traits[] }>`
    select e.lead, e.facts, (select json_agg(f.traits) from finding_features f where f.entry = e.lead) as members
    from queue_entries e where e.lead > ${after} order by e.lead limit ${limit}`.execute(tx);
  return rows.map((row) => ({ ...row, members: row.members ?? [] }));
}

/**
 * Pairs among these findings that a coordinator marked as different flaws, and a stamp that differs when what is listed as exploited
 * may have changed.
 */
export async function surroundings(
  tx: Tx,
  findings: number[],
): Promise<{ stamp: string; distinct: { a: number; b: number }[] }> {
  const { rows } = await sql<{ stamp: string; distinct: { a: number; b: number }[] | null }>`
    select coalesce((select max(number) from fact_changes), 0) || ' ' || coalesce((select max(number) from advisory_changes), 0)
        as stamp,
      (select json_agg(json_build_object('a', a, 'b', b) order by a, b) from hint_marks
        where a = any(${findings}::bigint[]) and b = any(${findings}::bigint[])) as distinct`.execute(tx);
  return { stamp: rows[0]?.stamp ?? '', distinct: rows[0]?.distinct ?? [] };
}

/** Every name of a flaw that is listed as exploited, with the name it is listed under. */
export async function exploitedNames(tx: Tx): Promise<Map<string, string>> {
  const { rows } = await sql<{ name: string; listed: string }>`
    select f.name as name, f.name as listed from facts f where f.kind = 'kev'
    union
    select other.name, f.name from facts f join advisory_names n on n.name = f.name
      join advisory_names other on other."group" = n."group" where f.kind = 'kev'
    order by 1, 2`.execute(tx);
  return new Map(rows.map(({ name, listed }) => [name.toUpperCase(), listed]));
}

/** Packages, as `Features.packages` names them, of which a flaw is listed as exploited. */
export async function exploitedPackages(tx: Tx): Promise<Set<string>> {
  const { rows } = await sql<{ package: string }>`
    select distinct p.ecosystem || chr(9) || p.name as package
    from facts f join advisory_names n on n.name = f.name join advisory_names other on other."group" = n."group"
    join advisory_packages p on p.advisory = other.name where f.kind = 'kev'`.execute(tx);
  return new Set(rows.map((row) => row.package));
}
