/** Brings the entries of the coordinators' queue up to date after anything that they depend on has changed. */

import { system as itself } from '../../domain/directory/actor.ts';
import { canFold, edgesOf, exactOdds, type Foldable, fold, type Partner } from '../../domain/intake/fold.ts';
import {
  type EntryFacts,
  evidenceKinds,
  highest,
  isSettled,
  rankOf,
  type SeverityLevel,
  stateOf,
} from '../../domain/intake/queue.ts';
import type { Database, Tx } from '../../store/database.ts';
import * as entries from '../../store/intake/hint-entries.ts';
import * as hints from '../../store/intake/hints.ts';
import type { System } from '../system.ts';

/** An entry never draws more findings than this into one reckoning; beyond it, entries further off stay as they are. */
const reachMax = 5000;

/**
 * Reckons anew the entries of these findings and of all that could fold with them. Run by the instance itself or a coordinator, as the
 * last step of a transaction: it waits for others that change entries, and they wait for it.
 */
export async function refreshEntries(system: System, tx: Tx, findings: number[]): Promise<void> {
  if (findings.length === 0) return;
  await entries.lock(tx);
  const { members, partners } = await reach(tx, findings);
  const foldable = new Map<number, Foldable>();
  for (const { finding, source, case: id, state } of members.values()) {
    const own = partners.get(finding) ?? [];
    foldable.set(finding, { finding, source, case: id, isSettled: isSettled(state), partners: own });
  }
  const { stamp, distinct } = await entries.surroundings(tx, [...members.keys()]);
  const isApart = new Set(distinct.map(({ a, b }) => `${a} ${b}`));
  const groups = fold(foldable, edgesOf(foldable), distinct);
  const exploited = await exploitedNow(system, tx, stamp);

  const moves: { finding: number; entry: number }[] = [];
  const leads = new Set<number>();
  const next = groups.map((group): entries.Entry => {
    const lead = group[0] as number;
    leads.add(lead);
    const all = group.map((finding) => members.get(finding) as entries.Member);
    for (const { finding, entry } of all) if (entry !== lead) moves.push({ finding, entry: lead });
    const open = all.filter(({ state }) => !isSettled(state));
    const facts = factsOf(open.length > 0 ? open : all, exploited);
    const inCase = all.find((one) => one.case !== null);
    return {
      lead,
      state: stateOf(all.map((one) => ({ state: one.state, isInCase: one.case !== null }))),
      rank: rankOf(facts),
      package: all.find((one) => one.package !== null)?.package ?? null,
      case: inCase?.case ?? null,
      findings: all.length,
      sources: new Set(all.map(({ source }) => source)).size,
      // Without a case yet, all but the first would join it.
      proposals: Math.max(0, open.filter((one) => one.case === null).length - (inCase === undefined ? 1 : 0)),
      isHeld: facts.isHeld,
      hasHint: group.some((finding) =>
        (partners.get(finding) ?? []).some(
          (partner) =>
            !group.includes(partner.finding) &&
            !isApart.has(`${Math.min(finding, partner.finding)} ${Math.max(finding, partner.finding)}`),
        ),
      ),
      facts,
    };
  });
  const before = new Set([...members.values()].map(({ entry }) => entry));
  const removed = [...before].filter((lead) => !leads.has(lead));
  await entries.save(tx, { entries: next, removed, moves });
}

/** The job: brings the entries of these findings up to date. */
export function refresh(system: System, findings: number[]): Promise<void> {
  return system.database.transaction(itself, async (tx) =>
    refreshEntries(system, tx, [...(await hints.compared(tx, findings))]),
  );
}

/** Entries of one transaction of the job below. */
const turnMax = 200;

/** The job: entries whose names or packages were listed as exploited since they were ranked, or are so no more. */
export async function refreshExploited(system: System, signal?: AbortSignal): Promise<void> {
  const now = await system.database.transaction(itself, async (tx) =>
    exploitedNow(system, tx, (await entries.surroundings(tx, [])).stamp),
  );
  const before = refreshedWith.get(system.database);
  if (before !== undefined && isEqual(before.names, now.names) && isEqual(before.packages, now.packages)) return;
  let after = 0;
  for (;;) {
    signal?.throwIfAborted();
    const last = await system.database.transaction(itself, async (tx) => {
      const { names, packages } = now;
      const page = await entries.traitsAfter(tx, after, turnMax);
      const stale = page.filter(({ members, facts }) => {
        const listed = members.some(({ aliases }) => aliases.some((alias) => names.has(alias)));
        const isPackage = members.some((one) => one.packages.some((name) => packages.has(name)));
        return listed !== facts.exploited.length > 0 || isPackage !== facts.isPackageExploited;
      });
      await refreshEntries(
        system,
        tx,
        stale.map(({ lead }) => lead),
      );
      return page.length < turnMax ? undefined : page.at(-1)?.lead;
    });
    if (last === undefined) break;
    after = last;
  }
  refreshedWith.set(system.database, now);
}

/** The lists with which this process went through all entries last. */
const refreshedWith = new WeakMap<Database, Exploited>();

const isEqual = (one: Map<string, string> | Set<string>, other: Map<string, string> | Set<string>) =>
  one.size === other.size && [...one.keys()].every((key) => other.has(key));

/** The findings whose folding can depend on these, with the partners of each. */
async function reach(
  tx: Tx,
  findings: number[],
): Promise<{ members: Map<number, entries.Member>; partners: Map<number, Partner[]> }> {
  const members = new Map<number, entries.Member>();
  const partners = new Map<number, Partner[]>();
  let wanted = findings;
  while (wanted.length > 0 && members.size < reachMax) {
    const added = (await entries.around(tx, wanted)).filter(({ finding }) => !members.has(finding));
    for (const member of added) members.set(member.finding, member);
    const numbers = added.map(({ finding }) => finding);
    const lists = await hints.partners(tx, numbers, { isWide: true });
    const outside = new Set<number>();
    for (const finding of numbers) {
      const own = lists.get(finding) ?? [];
      partners.set(finding, own);
      for (const partner of own) {
        // Only a partner that has it too can fold with it, and only that one's list says so.
        const isMutual =
          partner.odds >= exactOdds || lists.get(partner.finding)?.some((one) => members.has(one.finding)) === true;
        if (canFold(partner) && isMutual && !members.has(partner.finding)) outside.add(partner.finding);
      }
    }
    wanted = [...outside];
  }
  return { members, partners };
}

interface Exploited {
  stamp: string;
  names: Map<string, string>;
  packages: Set<string>;
}
const exploitedOf = new WeakMap<Database, Exploited>();

/** What is listed as exploited; read anew only when the stamp differs from that of the last time. */
async function exploitedNow(system: System, tx: Tx, stamp: string): Promise<Exploited> {
  const known = exploitedOf.get(system.database);
  if (known?.stamp === stamp) return known;
  const fresh = {
    stamp,
    names: await entries.exploitedNames(tx),
    packages: await entries.exploitedPackages(tx),
  };
  exploitedOf.set(system.database, fresh);
  return fresh;
}

function factsOf(members: entries.Member[], { names, packages }: Exploited): EntryFacts {
  const evidence = new Set(members.flatMap(({ traits }) => traits.evidence));
  const listed = members.flatMap(({ traits }) => traits.aliases.flatMap((alias) => names.get(alias) ?? []));
  return {
    severity: highest(
      members.flatMap(({ traits }): SeverityLevel[] => (traits.severity === null ? [] : [traits.severity])),
    ),
    evidence: evidenceKinds.filter((kind) => evidence.has(kind)),
    exploited: [...new Set(listed)].sort(),
    isPackageExploited: members.some(({ traits }) => traits.packages.some((one) => packages.has(one))),
    sources: new Set(members.map(({ source }) => source)).size,
    isValidated: members.some(({ state }) => state === 'validated'),
    isHeld: members.some(({ isHeld }) => isHeld),
  };
}
