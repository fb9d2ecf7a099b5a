import { createReadStream } from 'node:fs';
import { open as openFile, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Advisory } from '../domain/advisory/advisory.ts';
import { foldFacts } from '../domain/advisory/alias-facts.ts';
import { type AliasGroup, groupsOf } from '../domain/advisory/alias-group.ts';
import type { Fact } from '../domain/advisory/fact.ts';
import { familiesOf } from '../domain/advisory/match/packed-index.ts';
import type { Pack } from '../domain/advisory/pack.ts';
import * as pack from '../domain/advisory/pack.ts';
import type { Day } from '../domain/instant.ts';
import { reader } from '../formats/advisory-file.ts';
import { itemsOf } from '../formats/advisory-stream.ts';
import { ArchiveError, gunzip, isGzip } from '../formats/archive/gzip.ts';
import { entriesOf, isZip, options } from '../formats/archive/zip.ts';

/** What lies in files: advisories, facts and packs that were saved before. */
export interface LocalAdvisories {
  advisories: Advisory[];
  factsOf: Map<string, Fact[]>;
  packs: Pack[];
  isKevLoaded: boolean;
  /** What could not be read, as sentences; at most 100. */
  problems: string[];
}

const endings = ['.json', '.jsonl', '.ndjson', '.csv', '.gz', '.zip', '.pack'];
const problemsMax = 100;
const packSizeMax = 1024 * 1024 * 1024;

/**
 * Reads files and whole folders: OSV, CVE, CSAF, KEV and EPSS in JSON, JSON lines or CSV, also gzipped or zipped, and
 * packs. Throws for a path that cannot be read; a faulty document is named in `problems`.
 */
export async function read(paths: readonly string[]): Promise<LocalAdvisories> {
  const local: LocalAdvisories = { advisories: [], factsOf: new Map(), packs: [], isKevLoaded: false, problems: [] };
  const latest = new Map<string, Advisory>();
  for (const path of paths) for (const file of await filesOf(path)) await readFileInto(local, latest, file);
  local.advisories = [...latest.values()];
  return local;
}

async function filesOf(path: string): Promise<string[]> {
  if ((await stat(path)).isFile()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && endings.some((ending) => entry.name.toLowerCase().endsWith(ending)))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

async function readFileInto(local: LocalAdvisories, latest: Map<string, Advisory>, file: string): Promise<void> {
  const head = await headOf(file);
  const note = (problem: string) => {
    if (local.problems.length < problemsMax) local.problems.push(`${file}: ${problem}`);
  };
  try {
    if (isPack(head)) return addPack(local, await readFile(file), note);
    if (isZip(head)) {
      const { default: yauzl } = await import('yauzl');
      for await (const { content } of entriesOf(yauzl.openPromise(file, options), ['.json'])) {
        await addDocuments(local, latest, once(content), note);
      }
      return;
    }
    const chunks = createReadStream(file, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Uint8Array>;
    if (!isGzip(head)) return await addDocuments(local, latest, chunks, note);
    const source = gunzip(chunks)[Symbol.asyncIterator]();
    const first = await source.next();
    if (first.done) return;
    const unpacked = resumed(first.value, source);
    if (!isPack(first.value)) return await addDocuments(local, latest, unpacked, note);
    addPack(local, await joined(unpacked), note);
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error;
    note(error.message);
  }
}

async function headOf(file: string): Promise<Uint8Array> {
  const handle = await openFile(file);
  try {
    const { buffer, bytesRead } = await handle.read(new Uint8Array(16), 0, 16, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

function isPack(head: Uint8Array): boolean {
  return new TextDecoder('latin1').decode(head.subarray(0, 6)) === 'ASSAYP';
}

function addPack(local: LocalAdvisories, bytes: Uint8Array, note: (problem: string) => void): void {
  const result = pack.open(bytes);
  if ('problem' in result) note(result.problem);
  else local.packs.push(result.pack);
}

async function addDocuments(
  local: LocalAdvisories,
  latest: Map<string, Advisory>,
  chunks: AsyncIterable<Uint8Array>,
  note: (problem: string) => void,
): Promise<void> {
  const documents = reader();
  for await (const { number, text, problem } of itemsOf(chunks)) {
    if (text === undefined) {
      note(`document ${number}: ${problem?.message ?? 'cannot be read.'}`);
      continue;
    }
    const { advisories, facts, problems } = documents.read(text);
    for (const advisory of advisories) {
      const held = latest.get(advisory.id);
      if (held === undefined || held.modified <= advisory.modified) latest.set(advisory.id, advisory);
    }
    for (const { name, fact } of facts) {
      if (fact.kind === 'kev') local.isKevLoaded = true;
      const held = local.factsOf.get(name);
      if (held === undefined) local.factsOf.set(name, [fact]);
      else held.push(fact);
    }
    if (advisories.length === 0 && facts.length === 0 && problems[0] !== undefined) {
      note(`document ${number}: ${problems[0].message}`);
    }
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function* resumed(first: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}

async function joined(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > packSizeMax) throw new ArchiveError('The pack is larger than 1 GB.');
    all.push(chunk);
  }
  return new Uint8Array(Buffer.concat(all));
}

/**
 * The packs of these ecosystems: the saved ones, and those made from the advisories at hand. Where both are given for one
 * ecosystem the saved pack counts, and `problems` says so. `builtOn` is today.
 */
export function packsOf(local: LocalAdvisories, families: ReadonlySet<string>, builtOn: Day): Pack[] {
  const packs = new Map<string, Pack>();
  for (const saved of local.packs) {
    const held = packs.get(saved.ecosystem);
    if (families.has(saved.ecosystem) && (held === undefined || held.newest < saved.newest))
      packs.set(saved.ecosystem, saved);
  }
  const byFamily = new Map<string, Advisory[]>();
  for (const advisory of local.advisories) {
    for (const family of familiesOf(advisory)) {
      if (!families.has(family)) continue;
      const list = byFamily.get(family);
      if (list === undefined) byFamily.set(family, [advisory]);
      else list.push(advisory);
    }
  }
  for (const family of packs.keys()) {
    if (byFamily.delete(family))
      local.problems.push(`Advisories for ${family} were left aside: a saved pack was given too.`);
  }
  for (const [ecosystem, bytes] of write(local, byFamily, builtOn)) {
    const result = pack.open(bytes);
    if ('problem' in result) throw new Error(result.problem);
    packs.set(ecosystem, result.pack);
  }
  return [...packs.values()];
}

/** One pack for each ecosystem, from its advisories. */
export function* write(
  local: LocalAdvisories,
  byFamily: ReadonlyMap<string, Advisory[]>,
  builtOn: Day,
): Generator<[ecosystem: string, bytes: Uint8Array]> {
  if (byFamily.size === 0) return;
  const groupOf = new Map<string, AliasGroup>();
  for (const group of groupsOf(local.advisories)) for (const member of group.members) groupOf.set(member, group);
  const upstreamOf = new Map(local.advisories.map(({ id, upstream }) => [id, upstream ?? []]));
  const factsOf = (group: AliasGroup) => {
    const names = new Set([
      ...group.members,
      ...group.covers,
      ...group.members.flatMap((id) => upstreamOf.get(id) ?? []),
    ]);
    return foldFacts([...names].flatMap((name) => local.factsOf.get(name) ?? []));
  };
  for (const [ecosystem, advisories] of byFamily) {
    const { isKevLoaded } = local;
    const content = { ecosystem, advisories, groupOf: (id: string) => groupOf.get(id), factsOf, isKevLoaded, builtOn };
    yield [ecosystem, pack.write(content)];
  }
}
