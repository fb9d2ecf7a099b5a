import { setImmediate } from 'node:timers/promises';
import type { Advisory } from '../../domain/advisory/advisory.ts';
import { hasNumber } from '../../domain/advisory/affected.ts';
import { PackedIndex } from '../../domain/advisory/match/packed-index.ts';
import {
  familyOf,
  identityOf,
  type PackageIdentity,
  type PackageVersion,
  packagesOfPurl,
} from '../../domain/advisory/package.ts';
import * as purl from '../../domain/advisory/purl.ts';
import type { Actor } from '../../domain/directory/actor.ts';
import type { Instant } from '../../domain/instant.ts';
import { Refusal } from '../../domain/refusal.ts';
import * as advisories from '../../store/advisory/advisories.ts';
import * as packs from '../../store/advisory/packs.ts';
import type { System } from '../system.ts';
import * as openPacks from './open-packs.ts';

/** A question in the form of api.osv.dev: a commit, or a package with or without a version. */
export interface Query {
  commit?: string | undefined;
  version?: string | undefined;
  package?: { ecosystem?: string | undefined; name?: string | undefined; purl?: string | undefined } | undefined;
}

export interface Problem {
  problem: string;
}

/** Advisories looked at for one request: a tenth of a second at most, and ten megabytes of answers. */
const rowsMax = 100_000;
const rowsBetweenRests = 5_000;
/** Advisories of which the text is read for one request. */
const bodiesMax = 10_000;
const bodiesAtOnce = 500;
const tooMuch: Problem = {
  problem: `These queries find more than ${rowsMax} advisories. Send fewer of them at a time.`,
};
const tooMuchWhileBuilding: Problem = {
  problem: `These queries ask about packages of more than ${bodiesMax} advisories, while their index is being rebuilt after an import. Send fewer of them at a time, or ask again later.`,
};
const tooLong: Problem = {
  problem: `More than ${bodiesMax} advisories answer this query. Ask /v1/querybatch for their ids, or name a version.`,
};

/**
 * The advisories that answer each query, in its order, by id. A faulty query is a problem in its place, never an exception;
 * queries that ask for too much together are a problem in every place.
 *
 * Packages at a version are looked up in the packs. Where the pack of an ecosystem is older than its advisories, an index
 * of the packages in question is made on the spot: what was imported is answered from then on.
 */
export async function answer(
  system: System,
  actor: Actor,
  queries: Query[],
): Promise<(advisories.Listed[] | Problem)[]> {
  const asked = queries.map(understood);
  const packages = asked.flatMap((one) => ('packages' in one ? one.packages : []));
  const commits = asked.flatMap((one) => ('commit' in one ? [one.commit] : []));
  const families = new Set(packages.filter(isAtVersion).map(({ ecosystem }) => familyOf(ecosystem)));
  const { fresh, unpacked, byName, byCommit } = await system.database.transaction(actor, async (tx) => {
    const fresh = families.size === 0 ? [] : await packs.fresh(tx, [...families]);
    for (const { ecosystem } of fresh) families.delete(ecosystem);
    const isUnpacked = (one: PackageVersion) => isAtVersion(one) && families.has(familyOf(one.ecosystem));
    const isWithoutVersion = (one: PackageVersion) => !isAtVersion(one);
    return {
      fresh,
      unpacked: await advisories.ofPackages(tx, packages.filter(isUnpacked), rowsMax + 1),
      byName: await advisories.ofPackages(tx, packages.filter(isWithoutVersion), rowsMax + 1),
      byCommit: await advisories.ofCommits(tx, commits, rowsMax + 1),
    };
  });
  if (byName.length > rowsMax || byCommit.length > rowsMax) return asked.map(() => tooMuch);
  const sources = new Map<string, Source>();
  for (const offered of fresh) sources.set(offered.ecosystem, sourceOf(await openPacks.of(system, offered)));
  const ids = [...new Set(unpacked.map(({ id }) => id))];
  if (ids.length > bodiesMax || unpacked.length > rowsMax) return asked.map(() => tooMuchWhileBuilding);
  for (const source of await indexed(unpacked, await bodies(system, actor, ids))) {
    sources.set(source.index.family, source);
  }

  const ofName = grouped(byName, (row) => row.name);
  const ofCommit = grouped(byCommit, (row) => row.commit);
  const answers: (advisories.Listed[] | Problem)[] = [];
  const rows: number[] = [];
  let looked = 0;
  let rested = 0;
  for (const one of asked) {
    if ('problem' in one) {
      answers.push(one);
      continue;
    }
    const found = new Map<string, advisories.Listed>();
    if ('commit' in one) {
      const all = ofCommit.get(one.commit) ?? [];
      for (const { id, modified } of all) found.set(id, { id, modified });
      looked += all.length;
    } else {
      for (const named of one.packages) {
        if (isAtVersion(named)) {
          looked += find(sources.get(familyOf(named.ecosystem)), named, rows, found);
        } else {
          const all = ofName.get(named.name) ?? [];
          for (const { ecosystem, id, modified } of all) {
            if (ecosystem === named.ecosystem || familyOf(ecosystem) === named.ecosystem)
              found.set(id, { id, modified });
          }
          looked += all.length;
        }
      }
    }
    if (looked > rowsMax) return asked.map(() => tooMuch);
    // Anybody may ask this: others are served in between.
    if (looked - rested > rowsBetweenRests) {
      rested = looked;
      await setImmediate();
    }
    answers.push([...found.values()].sort((a, b) => (a.id < b.id ? -1 : 1)));
  }
  return answers;
}

/** The advisories that answer one query, whole. */
export async function advisoriesFor(system: System, actor: Actor, query: Query): Promise<Advisory[] | Problem> {
  const [found = []] = await answer(system, actor, [query]);
  if ('problem' in found) return found;
  if (found.length > bodiesMax) return tooLong;
  const whole = await bodies(
    system,
    actor,
    found.map(({ id }) => id),
  );
  // One may have been withdrawn in between.
  return whole.filter((advisory) => advisory.withdrawn === undefined);
}

/** The advisory of exactly this id. */
export async function load(system: System, actor: Actor, id: string): Promise<Advisory> {
  const held = await system.database.transaction(actor, (tx) => advisories.load(tx, id));
  if (held === undefined) throw new Refusal('not_found');
  return held.advisory;
}

type Understood = { packages: PackageVersion[] } | { commit: string } | Problem;

function understood(query: Query): Understood {
  const { commit, version = '', package: named } = query;
  if (commit !== undefined && commit !== '') {
    if (version !== '') return { problem: 'Ask for a commit or for a version, not both.' };
    return { commit: commit.toLowerCase() };
  }
  if (named?.purl !== undefined && named.purl !== '') {
    if (named.name || named.ecosystem)
      return { problem: 'Name the package by purl, or by name and ecosystem, not both.' };
    let parsed: purl.Purl;
    try {
      parsed = purl.parse(named.purl);
    } catch (error) {
      return { problem: `The purl cannot be read: ${(error as Error).message}` };
    }
    if (parsed.version !== undefined && version !== '') {
      return { problem: 'The version stands in the purl and beside it. Give it once.' };
    }
    return { packages: packagesOfPurl(parsed, version) };
  }
  if (named?.name && named.ecosystem) {
    return { packages: [{ ...identityOf({ ecosystem: named.ecosystem, name: named.name }), version }] };
  }
  return { problem: 'Name a commit, a purl, or a package with its ecosystem.' };
}

function isAtVersion({ version }: PackageVersion): boolean {
  return version !== '';
}

/** Where the packages of one family are looked up. */
interface Source {
  index: PackedIndex;
  /** The ecosystems that the index holds: the family and its releases. */
  ecosystems: string[];
  modifiedOf(number: number): Instant;
}

function sourceOf(held: { index: PackedIndex; modifiedOf(number: number): Instant }): Source {
  return { index: held.index, ecosystems: held.index.ecosystems(), modifiedOf: (number) => held.modifiedOf(number) };
}

/** Indexes of these packages alone, one of each family. */
async function indexed(
  named: ({ ecosystem: string; name: string } & advisories.Listed)[],
  held: Advisory[],
): Promise<Source[]> {
  const byId = new Map(held.map((advisory) => [advisory.id, advisory]));
  const indexes = new Map<string, PackedIndex>();
  for (const rows of grouped(named, ({ ecosystem, name }) => `${ecosystem}\n${name}`).values()) {
    const { ecosystem, name }: PackageIdentity = rows[0]!;
    const family = familyOf(ecosystem);
    const index = indexes.get(family) ?? new PackedIndex(family);
    indexes.set(family, index);
    index.update(
      { ecosystem, name },
      rows.flatMap(({ id }) => byId.get(id) ?? []),
    );
    await setImmediate();
  }
  return [...indexes.values()].map((index) =>
    sourceOf({ index, modifiedOf: (number) => byId.get(index.ids[number]!)!.modified }),
  );
}

/** Adds the advisories that affect the package to `found`; gives how many were looked at. `rows` is room to work in. */
function find(
  source: Source | undefined,
  { ecosystem, name, version }: PackageVersion,
  rows: number[],
  found: Map<string, advisories.Listed>,
): number {
  if (source === undefined) return 0;
  const { index, ecosystems, modifiedOf } = source;
  let looked = 0;
  // An ecosystem without release asks for all its releases.
  for (const one of ecosystem === index.family ? ecosystems : [ecosystem]) {
    const end = index.find(one, name, version, rows);
    looked += hasNumber(version) ? end : index.rowsOf(one, name);
    for (let at = 0; at < end; at++) {
      const row = rows[at]!;
      if (!index.isAffected(row, version)) continue;
      const number = index.advisoryOf(row);
      const id = index.ids[number]!;
      found.set(id, { id, modified: modifiedOf(number) });
    }
  }
  return looked;
}

/** These advisories as they are held now, in order of id. */
async function bodies(system: System, actor: Actor, ids: string[]): Promise<Advisory[]> {
  const held: Advisory[] = [];
  for (let at = 0; at < ids.length; at += bodiesAtOnce) {
    const page = ids.slice(at, at + bodiesAtOnce);
    held.push(...(await system.database.transaction(actor, (tx) => advisories.loadAll(tx, page))));
  }
  return held;
}

function grouped<Row>(rows: Row[], keyOf: (row: Row) => string): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const group = groups.get(keyOf(row));
    if (group === undefined) groups.set(keyOf(row), [row]);
    else group.push(row);
  }
  return groups;
}
