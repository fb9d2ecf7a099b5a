import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Advisory } from '../../domain/advisory/advisory.ts';
import { foldFacts } from '../../domain/advisory/alias-facts.ts';
import { type AliasGroup, coveredBy } from '../../domain/advisory/alias-group.ts';
import type { Fact } from '../../domain/advisory/fact.ts';
import { relevant, write } from '../../domain/advisory/pack.ts';
import { type Actor, system as itself } from '../../domain/directory/actor.ts';
import { Refusal } from '../../domain/refusal.ts';
import * as advisories from '../../store/advisory/advisories.ts';
import * as aliasGroups from '../../store/advisory/alias-groups.ts';
import * as facts from '../../store/advisory/facts.ts';
import * as packs from '../../store/advisory/packs.ts';
import type { Tx } from '../../store/database.ts';
import type { System } from '../system.ts';

const gzipped = promisify(gzip);

/** Builds the pack of every ecosystem whose advisories changed since its last one, one after another. */
export async function buildTouched(system: System, signal?: AbortSignal): Promise<void> {
  const tasks = await system.database.transaction(itself, (tx) => packs.tasks(tx));
  for (const { ecosystem, touched } of tasks) {
    signal?.throwIfAborted();
    await build(system, ecosystem, touched);
  }
}

/**
 * Builds one pack from what is held now and swaps it in whole. When the ecosystem is touched meanwhile, its task stays
 * and the next run builds it again: a pack is never newer than it says, and never stays older.
 */
async function build(system: System, ecosystem: string, touched: number): Promise<void> {
  const { bytes, count } = await system.database.transaction(itself, async (tx) => {
    const held: Advisory[] = [];
    for await (const page of advisories.ofEcosystem(tx, ecosystem)) held.push(...page.map(relevant));
    const { groupOf, factsOf } = await knowledgeOf(tx, held);
    const isKevLoaded = await facts.isHeld(tx, 'kev');
    const builtOn = system.now().slice(0, 10);
    const bytes = write({ ecosystem, advisories: held, groupOf, factsOf, isKevLoaded, builtOn });
    return { bytes, count: held.length };
  });
  const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 24);
  const pack: packs.Pack = {
    ecosystem,
    file: `${ecosystem.replace(/[^A-Za-z0-9.]+/g, '_')}-${digest}.pack`,
    bytes: bytes.length,
    advisories: count,
    updatedAt: system.now(),
  };
  const stored = await gzipped(bytes);
  await system.database.transaction(itself, (tx) => packs.replace(tx, pack, stored, touched));
}

/** The alias groups of these advisories, and the facts about each: of its names, what it bundles, what lies upstream. */
async function knowledgeOf(tx: Tx, held: Advisory[]) {
  const groups = new Map<string, AliasGroup>();
  const groupIdOf = new Map<string, string>();
  for (const ids of inSlices(held.map((advisory) => advisory.id))) {
    for (const { group, name } of await aliasGroups.membersOf(tx, ids)) {
      groupIdOf.set(name, group);
      const known = groups.get(group);
      if (known === undefined) groups.set(group, { id: group, members: [name], covers: [] });
      else if (!known.members.includes(name)) known.members.push(name);
    }
  }
  const namesOf = new Map<string, Set<string>>();
  for (const advisory of held) {
    const group = groups.get(groupIdOf.get(advisory.id) ?? '');
    if (group === undefined) continue;
    for (const name of coveredBy(advisory)) if (!group.covers.includes(name)) group.covers.push(name);
    const names = namesOf.get(group.id) ?? new Set(group.members);
    for (const name of [...group.covers, ...(advisory.upstream ?? [])]) names.add(name);
    namesOf.set(group.id, names);
  }
  const factsOfName = new Map<string, Fact[]>();
  for (const names of inSlices([...new Set([...namesOf.values()].flatMap((set) => [...set]))])) {
    for (const { name, fact } of await facts.of(tx, names)) {
      const known = factsOfName.get(name);
      if (known === undefined) factsOfName.set(name, [fact]);
      else known.push(fact);
    }
  }
  return {
    groupOf: (id: string) => groups.get(groupIdOf.get(id) ?? ''),
    factsOf: (group: AliasGroup) =>
      foldFacts([...(namesOf.get(group.id) ?? [])].flatMap((name) => factsOfName.get(name) ?? [])),
  };
}

function* inSlices<T>(items: T[], size = 5_000): Generator<T[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}

/** The packs on offer; anybody may fetch them, and nobody learns what they are used for. */
export function list(system: System, actor: Actor): Promise<packs.Pack[]> {
  return system.database.transaction(actor, (tx) => packs.list(tx));
}

/** The gzip form of a pack, piece by piece. A name that is not offered, or no longer, is refused before the first piece. */
export async function open(system: System, actor: Actor, file: string): Promise<AsyncIterable<Uint8Array>> {
  const chunk = (number: number) => system.database.transaction(actor, (tx) => packs.chunk(tx, file, number));
  const first = await chunk(0);
  if (first === undefined) throw new Refusal('not_found');
  return (async function* () {
    yield first;
    for (let number = 1; ; number++) {
      const next = await chunk(number);
      if (next === undefined) return;
      yield next;
    }
  })();
}
