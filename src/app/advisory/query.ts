import { setImmediate } from 'node:timers/promises';
import type { Advisory } from '../../domain/advisory/advisory.ts';
import { affects } from '../../domain/advisory/affected.ts';
import { identityOf, type PackageVersion, packagesOfPurl } from '../../domain/advisory/package.ts';
import * as purl from '../../domain/advisory/purl.ts';
import type { Actor } from '../../domain/directory/actor.ts';
import { Refusal } from '../../domain/refusal.ts';
import * as advisories from '../../store/advisory/advisories.ts';
import type { System } from '../system.ts';

/** A question in the form of api.osv.dev: a commit, or a package with or without a version. */
export interface Query {
  commit?: string | undefined;
  version?: string | undefined;
  package?: { ecosystem?: string | undefined; name?: string | undefined; purl?: string | undefined } | undefined;
}

/** Versions held against advisories for one request: a comparison takes up to a tenth of a millisecond. */
const comparisonsMax = 50_000;
const comparisonsBetweenRests = 100;
const tooMuch = `These queries ask for more than ${comparisonsMax} comparisons. Send fewer of them at a time.`;

/** The advisories that answer each query, in its order. A faulty query is a problem in its place, never an exception. */
export async function answer(
  system: System,
  actor: Actor,
  queries: Query[],
): Promise<(Advisory[] | { problem: string })[]> {
  const asked = queries.map(understood);
  const packages = asked.flatMap((one) => ('packages' in one ? one.packages : []));
  const commits = asked.flatMap((one) => ('commit' in one ? [one.commit] : []));
  const { byPackage, byCommit } = await system.database.transaction(actor, async (tx) => ({
    byPackage: grouped(packages.length === 0 ? [] : await advisories.ofPackages(tx, packages), (row) => row.name),
    byCommit: grouped(commits.length === 0 ? [] : await advisories.ofCommits(tx, commits), (row) => row.commit),
  }));
  let comparisons = 0;
  for (const { name, version } of packages) if (version !== '') comparisons += byPackage.get(name)?.length ?? 0;
  if (comparisons > comparisonsMax) return asked.map(() => ({ problem: tooMuch }));

  const answers: (Advisory[] | { problem: string })[] = [];
  let sinceRest = 0;
  for (const one of asked) {
    if ('problem' in one) {
      answers.push(one);
      continue;
    }
    const found = new Map<string, Advisory>();
    if ('commit' in one) {
      for (const { advisory } of byCommit.get(one.commit) ?? []) found.set(advisory.id, advisory);
    } else {
      for (const asked of one.packages) {
        for (const { ecosystem, name, advisory } of byPackage.get(asked.name) ?? []) {
          // An ecosystem without release asks for all its releases.
          if (ecosystem !== asked.ecosystem && !ecosystem.startsWith(`${asked.ecosystem}:`)) continue;
          if (asked.version === '' || affects(advisory, { ecosystem, name }, asked.version)?.certainty === 'affected') {
            found.set(advisory.id, advisory);
          }
          // Anybody may ask this: others are served in between.
          if (++sinceRest % comparisonsBetweenRests === 0) await setImmediate();
        }
      }
    }
    answers.push([...found.values()].sort((a, b) => (a.id < b.id ? -1 : 1)));
  }
  return answers;
}

/** The advisory of exactly this id. */
export async function load(system: System, actor: Actor, id: string): Promise<Advisory> {
  const held = await system.database.transaction(actor, (tx) => advisories.load(tx, id));
  if (held === undefined) throw new Refusal('not_found');
  return held.advisory;
}

type Understood = { packages: PackageVersion[] } | { commit: string } | { problem: string };

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

function grouped<Row>(rows: Row[], keyOf: (row: Row) => string): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const group = groups.get(keyOf(row));
    if (group === undefined) groups.set(keyOf(row), [row]);
    else group.push(row);
  }
  return groups;
}
