import { createHash } from 'node:crypto';
import type { Advisory } from '../../domain/advisory/advisory.ts';
import { coveredBy } from '../../domain/advisory/alias-group.ts';
import { score } from '../../domain/advisory/cvss/score.ts';
import { familyOf, identityOf, type PackageIdentity } from '../../domain/advisory/package.ts';
import type { Actor } from '../../domain/directory/actor.ts';
import * as permission from '../../domain/directory/permission.ts';
import { Refusal } from '../../domain/refusal.ts';
import { type NamedFact, reader } from '../../formats/advisory-file.ts';
import { type Item, itemsOf } from '../../formats/advisory-stream.ts';
import { ArchiveError, gunzipIfPacked } from '../../formats/archive/gzip.ts';
import { write } from '../../formats/osv/document.ts';
import * as advisories from '../../store/advisory/advisories.ts';
import * as aliasGroups from '../../store/advisory/alias-groups.ts';
import * as facts from '../../store/advisory/facts.ts';
import * as imports from '../../store/advisory/imports.ts';
import * as packs from '../../store/advisory/packs.ts';
import * as entries from '../../store/log/entries.ts';
import * as jobs from '../jobs.ts';
import type { System } from '../system.ts';

/** Rows and bytes of one transaction: large enough that a commit is a small part of it, small enough to hold. */
const batchItemsMax = 500;
const batchBytesMax = 8 * 1024 * 1024;
/** Facts are a hundred bytes each. */
const batchFactsMax = 5_000;
/** An index row of PostgreSQL holds 2,700 bytes. A longer name is kept in its advisory, and no package is found by it. */
const keyBytesMax = 1_500;
const isCommit = /^[0-9a-f]{40}([0-9a-f]{24})?$/i;
/** A log entry may be 64 kB; beyond this it names the digest of the list instead of the list. */
const entryListMax = 50_000;

/** What is to be imported. */
export interface Source {
  /** The same for every part of one import, and for its repetition after a break. */
  key: string;
  /** Shown as where the advisories came from. */
  name: string;
}

export interface Options {
  /** Items of the source before these bytes; those that are done already are passed over. */
  from?: number;
  /** False while more parts follow. */
  isLast?: boolean;
  onProgress?: (progress: imports.Import) => void;
  signal?: AbortSignal;
}

/** Begins an import, or finds the one with this key and how far it came. */
export function begin(system: System, actor: Actor, source: Source): Promise<imports.Import> {
  requireRight(actor);
  const given = { id: `import_${Buffer.from(system.randomBytes(10)).toString('hex')}`, by: actor.id, at: system.now() };
  return system.database.transaction(actor, (tx) =>
    imports.begin(tx, { ...given, key: source.key, source: source.name }),
  );
}

/**
 * Imports a stream of OSV, CVE, KEV, EPSS or CSAF documents, in batches: rows, resume point and log entry of a batch
 * hold together, so a break at any moment loses nothing that was acknowledged and repeats nothing. Sending the same again
 * changes nothing. Holds one batch at a time. A broken archive ends it; what came before the break is kept.
 */
export async function run(
  system: System,
  actor: Actor,
  source: Source,
  chunks: AsyncIterable<Uint8Array>,
  { from = 0, isLast = true, onProgress, signal }: Options = {},
): Promise<imports.Import> {
  let current = await begin(system, actor, source);
  if (from > current.position) throw new Refusal('import_gap', { position: current.position });
  const keep = async (batch: Batch): Promise<void> => {
    if (batch.position <= current.position) return;
    current = await keepBatch(system, actor, current.id, batch);
    onProgress?.(current);
  };

  try {
    const read = reader();
    let batch = emptyBatch(current.position);
    let bytesBefore = 0;
    for await (const item of itemsOf(gunzipIfPacked(chunks))) {
      signal?.throwIfAborted();
      const number = from + item.number;
      // The first lines of a CSV file say what the others mean, so they are read even when they were done before.
      const contents = number > current.position || item.number <= 2 ? readItem(read, item) : undefined;
      if (number > current.position && contents !== undefined) {
        batch.items += 1;
        batch.position = number;
        batch.bytes += item.end - bytesBefore;
        if (contents.advisories.length === 0 && contents.facts.length === 0 && contents.problems[0] !== undefined) {
          batch.refused.push({ ...contents.problems[0], number });
        }
        for (const advisory of contents.advisories) batch.advisories.push(advisory);
        for (const fact of contents.facts) if (isKeepable(fact)) batch.facts.push(fact);
      }
      bytesBefore = item.end;
      if (
        batch.advisories.length >= batchItemsMax ||
        batch.facts.length >= batchFactsMax ||
        batch.items >= batchFactsMax ||
        batch.bytes >= batchBytesMax
      ) {
        await keep(batch);
        batch = emptyBatch(current.position);
      }
    }
    if (batch.items > 0) await keep(batch);
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error;
    await system.database.transaction(actor, (tx) => imports.end(tx, current.id, 'failed', system.now()));
    throw new Refusal('import_broken', { reason: error.message, position: current.position });
  }
  if (isLast) {
    await system.database.transaction(actor, (tx) => imports.end(tx, current.id, 'finished', system.now()));
  }
  return load(system, actor, current.id);
}

export async function load(system: System, actor: Actor, id: string): Promise<imports.Import> {
  requireRight(actor);
  const found = await system.database.transaction(actor, (tx) => imports.load(tx, id));
  if (found === undefined) throw new Refusal('not_found');
  return found;
}

export function list(
  system: System,
  actor: Actor,
  page: Parameters<typeof imports.list>[1],
): Promise<imports.Import[]> {
  requireRight(actor);
  return system.database.transaction(actor, (tx) => imports.list(tx, page));
}

/** Public facts change for everybody at once, so only those who keep the instance bring them in. */
export function requireRight(actor: Actor): void {
  permission.requireHostRole(actor, 'administrator', 'coordinator');
}

interface Batch {
  items: number;
  bytes: number;
  position: number;
  advisories: Advisory[];
  facts: NamedFact[];
  refused: imports.RefusedItem[];
}

function emptyBatch(position: number): Batch {
  return { items: 0, bytes: 0, position, advisories: [], facts: [], refused: [] };
}

function readItem(read: ReturnType<typeof reader>, item: Item): ReturnType<ReturnType<typeof reader>['read']> {
  if (item.text === undefined) {
    return { advisories: [], facts: [], problems: item.problem === undefined ? [] : [item.problem] };
  }
  return read.read(item.text);
}

const isKeepable = ({ name, fact }: NamedFact) => Buffer.byteLength(`${name}${fact.source}`) <= keyBytesMax;

async function keepBatch(system: System, actor: Actor, id: string, batch: Batch): Promise<imports.Import> {
  const at = system.now();
  const ready = readied(batch.advisories);
  return system.database.transaction(actor, async (tx) => {
    const current = await imports.lock(tx, id);
    // Another sender of the same import was quicker.
    if (current.position >= batch.position) return current;
    const from = { source: current.source, import: id, batch: current.batches + 1, at };
    const changes = await advisories.keep(system.database, tx, ready, from);
    await aliasGroups.regroup(tx, [...new Set(changes.flatMap((change) => change.names))]);
    const factNames = await facts.keep(system.database, tx, batch.facts, at);

    const changed = new Set(changes.map((change) => change.id));
    const touched = new Set(
      await packs.ecosystemsOfNames(tx, [...factNames, ...changes.flatMap((change) => change.names)]),
    );
    for (const one of ready) {
      if (changed.has(one.advisory.id)) for (const { ecosystem } of one.packages) touched.add(familyOf(ecosystem));
    }
    for (const { formerEcosystems } of changes) for (const one of formerEcosystems) touched.add(familyOf(one));
    await packs.touch(tx, [...touched]);
    if (touched.size > 0) await jobs.add(tx, 'build_packs', {}, { key: 'build_packs' });

    const count = (kind: advisories.Change['kind']) => changes.filter((change) => change.kind === kind).length;
    const progress = {
      position: batch.position,
      bytes: batch.bytes,
      added: count('added'),
      changed: count('changed'),
      withdrawn: count('withdrawn'),
      unchanged: ready.length - changes.length,
      facts: factNames.length,
      refused: batch.refused,
    };
    await imports.advance(tx, id, progress, at);
    if (changes.length > 0 || factNames.length > 0) {
      const { added, changed, withdrawn, facts } = progress;
      await entries.append(tx, {
        did: 'advisories_imported',
        object: `${id}.${from.batch}`,
        by: actor,
        at,
        audience: ['audience_public'],
        body: { source: current.source, added, changed, withdrawn, facts, ...listed(changes) },
      });
    }
    const refused = current.refused + batch.refused.length;
    return { ...current, ...progress, batches: from.batch, bytes: current.bytes + batch.bytes, refused, problems: [] };
  });
}

/** The accepted versions, each with the SHA-256 of its text; or one digest over the lines `id digest` when too many. */
function listed(changes: advisories.Change[]): Record<string, unknown> {
  const lines = changes.map(({ id, digest }) => [id, Buffer.from(digest).toString('base64url')] as const);
  const advisories = Object.fromEntries(lines);
  if (JSON.stringify(advisories).length <= entryListMax) return { advisories };
  const hash = createHash('sha256');
  for (const [id, digest] of lines) hash.update(`${id} ${digest}\n`);
  return { advisoriesDigest: hash.digest('base64url') };
}

/** The advisories of a batch as they are kept; of several versions of one, the latest. */
function readied(batch: Advisory[]): advisories.NewAdvisory[] {
  const latest = new Map<string, Advisory>();
  for (const advisory of batch) {
    const other = latest.get(advisory.id);
    if (other === undefined || advisory.modified >= other.modified) latest.set(advisory.id, advisory);
  }
  return [...latest.values()].map((advisory) => {
    const body = write(advisory);
    return {
      advisory,
      body,
      digest: createHash('sha256').update(body).digest(),
      score: highestScore(advisory),
      packages: packagesOf(advisory),
      commits: commitsOf(advisory),
      mentions: [...new Set([...(advisory.upstream ?? []), ...coveredBy(advisory)])],
    };
  });
}

/** The highest CVSS score among the vectors that the advisory states. */
export function highestScore(advisory: Advisory): number | undefined {
  const vectors = [...(advisory.severity ?? []), ...(advisory.affected ?? []).flatMap((entry) => entry.severity ?? [])];
  const scores = vectors.flatMap((vector) => {
    if (!vector.type.startsWith('CVSS_')) return [];
    const scored = score(vector.score);
    return 'error' in scored ? [] : [scored.score];
  });
  return scores.length === 0 ? undefined : Math.max(...scores);
}

function packagesOf(advisory: Advisory): PackageIdentity[] {
  const named = new Map<string, PackageIdentity>();
  for (const { package: thePackage, ranges } of advisory.affected ?? []) {
    const identities = thePackage === undefined ? [] : [identityOf(thePackage)];
    for (const { type, repo } of ranges ?? []) {
      if (type === 'GIT' && repo !== undefined) identities.push(identityOf({ ecosystem: 'GIT', name: repo }));
    }
    for (const identity of identities) {
      const key = `${identity.ecosystem}\n${identity.name}`;
      if (Buffer.byteLength(key) <= keyBytesMax) named.set(key, identity);
    }
  }
  return [...named.values()];
}

/** Commits that the advisory itself names as affected. */
function commitsOf(advisory: Advisory): string[] {
  const commits = new Set<string>();
  for (const { ranges } of advisory.affected ?? []) {
    for (const { type, events } of ranges ?? []) {
      if (type !== 'GIT') continue;
      for (const { introduced, last_affected: last } of events) {
        for (const commit of [introduced, last]) {
          if (commit !== undefined && isCommit.test(commit)) commits.add(commit.toLowerCase());
        }
      }
    }
  }
  return [...commits];
}
