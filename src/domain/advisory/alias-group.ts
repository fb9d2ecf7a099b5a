import type { Advisory } from './advisory.ts';

/** What an advisory says about its names. */
export type Named = Pick<Advisory, 'id' | 'aliases' | 'withdrawn'>;

/** All names of one vulnerability. */
export interface AliasGroup {
  /** The name that stands for the group: its first CVE id, else its first GHSA id, else its first id. */
  id: string;
  /** Every id of the group, held or only mentioned, in code unit order. */
  members: string[];
  /**
   * Ids that members name as aliases but that are other vulnerabilities, in code unit order (see `groupsOf`).
   * Facts about them speak of the group's advisories too; statements such as VEX do not.
   */
  covers: string[];
}

/**
 * The alias groups of advisories: two ids are in one group when a chain of `aliases` joins them. OSV 1.7, `aliases`:
 * the relation is symmetric and transitive. Takes the records in any order; gives the groups in order of id.
 *
 * Three things join nothing:
 * - `upstream` and `related`: a distribution's advisory may bundle many upstream flaws, and similar is not the same.
 *   Joining them would let a statement about one flaw silence another.
 * - a withdrawn record, whose claim nobody stands by. When the record that joined two groups is withdrawn, they part.
 * - the aliases of a record that names two or more CVE ids (its own id counted). CVE numbers one id per flaw, so such
 *   a record bundles several flaws. It keeps them as `covers`.
 */
export function groupsOf(records: Iterable<Named>): AliasGroup[] {
  const parent = new Map<string, string>();
  const covered = new Map<string, string[]>();
  const rootOf = (id: string): string => {
    let root = id;
    for (let next = parent.get(root); next !== undefined && next !== root; next = parent.get(root)) root = next;
    // Path compression keeps long chains from costing their length again.
    for (let step = id; step !== root; ) {
      const next = parent.get(step) ?? root;
      parent.set(step, root);
      step = next;
    }
    return root;
  };
  const add = (id: string): void => {
    if (!parent.has(id)) parent.set(id, id);
  };

  for (const record of records) {
    add(record.id);
    for (const alias of joinedBy(record)) {
      add(alias);
      parent.set(rootOf(alias), rootOf(record.id));
    }
    const covers = coveredBy(record);
    if (covers.length > 0) covered.set(record.id, [...(covered.get(record.id) ?? []), ...covers]);
  }

  const membersOf = new Map<string, string[]>();
  for (const id of parent.keys()) {
    const root = rootOf(id);
    const members = membersOf.get(root);
    if (members === undefined) membersOf.set(root, [id]);
    else members.push(id);
  }
  const groups: AliasGroup[] = [];
  for (const members of membersOf.values()) {
    members.sort(byCodeUnit);
    const own = new Set(members);
    const covers = new Set(members.flatMap((id) => covered.get(id) ?? []).filter((id) => !own.has(id)));
    groups.push({ id: representativeOf(members), members, covers: [...covers].sort(byCodeUnit) });
  }
  return groups.sort((a, b) => byCodeUnit(a.id, b.id));
}

/** The ids that a record joins to its own: its aliases, or none for the reasons given at `groupsOf`. */
export function joinedBy(record: Named): string[] {
  return record.withdrawn === undefined && !isBundle(record) ? (record.aliases ?? []) : [];
}

/** The ids of other vulnerabilities that a bundling record speaks of. */
export function coveredBy(record: Named): string[] {
  return record.withdrawn === undefined && isBundle(record) ? (record.aliases ?? []) : [];
}

function isBundle(record: Named): boolean {
  const cves = new Set([record.id, ...(record.aliases ?? [])].filter(isCve));
  return cves.size > 1;
}

function isCve(id: string): boolean {
  return /^CVE-\d{4}-\d{4,}$/.test(id);
}

/** Takes members in code unit order. */
function representativeOf(members: string[]): string {
  return members.find(isCve) ?? members.find((id) => id.startsWith('GHSA-')) ?? (members[0] as string);
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
