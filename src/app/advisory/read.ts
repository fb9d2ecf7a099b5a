import type { Advisory } from '../../domain/advisory/advisory.ts';
import { foldFacts } from '../../domain/advisory/alias-facts.ts';
import type { Facts } from '../../domain/advisory/fact.ts';
import type { Actor } from '../../domain/directory/actor.ts';
import { Refusal } from '../../domain/refusal.ts';
import * as advisories from '../../store/advisory/advisories.ts';
import * as aliasGroups from '../../store/advisory/alias-groups.ts';
import * as facts from '../../store/advisory/facts.ts';
import { type Found, type Search, search } from '../../store/advisory/search.ts';
import type { Tx } from '../../store/database.ts';
import * as entries from '../../store/log/entries.ts';
import type { System } from '../system.ts';

/** Everything held about one advisory. */
export interface Detail {
  advisory: Advisory;
  source: string;
  group: { id: string; members: { id: string; isHeld: boolean }[] };
  facts: Facts;
  changes: Awaited<ReturnType<typeof advisories.changesOf>>;
  /** Log entries of the imports that changed it, newest first. */
  entries: entries.Entry[];
}

/** One page of the public advisories; anybody may ask. */
export function list(system: System, actor: Actor, asked: Search): Promise<Found[]> {
  return system.database.transaction(actor, (tx) => search(tx, asked));
}

/** What is held about an advisory. A name that is only another's alias, such as a CVE, gives the first held one of its group. */
export function load(system: System, actor: Actor, asked: string): Promise<Detail> {
  return system.database.transaction(actor, async (tx) => {
    const members = await aliasGroups.membersOf(tx, [asked]);
    const ids = members.map((member) => member.name);
    const heldIds = new Set((await advisories.loadAll(tx, ids)).map((one) => one.id));
    const id = heldIds.has(asked) ? asked : (ids.find((name) => heldIds.has(name)) ?? asked);
    const held = await advisories.load(tx, id);
    if (held === undefined) throw new Refusal('not_found');
    const { advisory, source } = held;
    const changes = await advisories.changesOf(tx, id);
    const recorded = await Promise.all(
      changes.slice(0, 10).map((change) => entries.list(tx, { object: change.entry, limit: 1 })),
    );
    return {
      advisory,
      source,
      group: {
        id: members[0]?.group ?? id,
        members: ids.map((name) => ({ id: name, isHeld: heldIds.has(name) })),
      },
      facts: await factsAbout(tx, advisory),
      changes,
      entries: recorded.flat(),
    };
  });
}

/** Facts about the advisory's own group, what it bundles, and what lies upstream of it. */
export async function factsAbout(tx: Tx, advisory: Advisory): Promise<Facts> {
  const own = await aliasGroups.membersOf(tx, [advisory.id]);
  const names = [advisory.id, ...own.map((member) => member.name), ...(advisory.aliases ?? [])];
  const held = await facts.of(tx, [...new Set([...names, ...(advisory.upstream ?? [])])]);
  return foldFacts(held.map(({ fact }) => fact));
}
