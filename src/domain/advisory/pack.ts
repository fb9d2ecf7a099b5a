import type { Day, Instant } from '../instant.ts';
import type { Advisory, Severity } from './advisory.ts';
import type { AliasGroup } from './alias-group.ts';
import { score } from './cvss/score.ts';
import type { CvssFact, Facts } from './fact.ts';
import { build, PackedIndex } from './match/packed-index.ts';
import { Reader, Refused, type Texts, Writer } from './match/sections.ts';
import { pointsOf, textMax } from './ssvc/points.ts';

/**
 * A pack: one ecosystem's match index and, of each of its advisories, what a patch list needs to show and to decide. With
 * the packs of its ecosystems a browser or a command line makes a patch list without asking anybody anything.
 */
export interface Pack {
  /** OSV ecosystem without release. */
  ecosystem: string;
  index: PackedIndex;
  advisoryCount: number;
  /** Newest `modified` among its advisories up to the day it was built: how old its knowledge is. Empty when it holds none. */
  newest: Instant;
  /** Whether a KEV catalog was at hand when it was written: only then does its silence mean that none is listed. */
  isKevLoaded: boolean;
  /** The digest of the advisory with this number in `index.ids`. */
  at(number: number): PackedAdvisory;
  /** `at(number).modified`, without the rest. */
  modifiedOf(number: number): Instant;
}

/** What is kept of an advisory. */
export interface PackedAdvisory {
  id: string;
  /** The name that stands for the vulnerability: see `AliasGroup`. */
  group: string;
  /** Every name of the vulnerability, `id` and `group` among them. */
  names: string[];
  /** Other vulnerabilities that the advisory bundles. */
  covers: string[];
  /** At most 300 characters, on one line. */
  summary: string;
  published?: Instant;
  modified: Instant;
  severity: Severity[];
  facts: Facts;
}

export interface PackContent {
  ecosystem: string;
  /** Those without packages of the ecosystem, and withdrawn ones, are passed over. */
  advisories: Iterable<Advisory>;
  /** The alias group of an advisory id; without one the advisory stands for itself. */
  groupOf(id: string): AliasGroup | undefined;
  /**
   * What is known of a group, folded. Added here: CVSS vectors of the advisories themselves, and SSVC points that nobody
   * recorded, derived from the advisories' texts, references and weaknesses.
   */
  factsOf(group: AliasGroup): Facts;
  isKevLoaded: boolean;
  /** The day of building, UTC. A few records bear a date that has yet to come; it says nothing about the age of the rest. */
  builtOn: Day;
}

/**
 * What `write` looks at of an advisory: hold these instead of the advisories, and the pack is the same. The text of a record of
 * malware says what the malware did, which is no evidence about a flaw; it is by far the most text of all.
 */
export function relevant(advisory: Advisory): Advisory {
  const { details, credits: _, database_specific: specific, ...rest } = advisory;
  const weaknesses = specific?.['cwe_ids'];
  const isNeeded = details !== undefined && !(advisory.id.startsWith('MAL-') && rest.summary !== undefined);
  return {
    ...rest,
    ...(isNeeded ? { details: details.slice(0, textMax) } : {}),
    ...(weaknesses === undefined ? {} : { database_specific: { cwe_ids: weaknesses } }),
  };
}

const kind = 'ASSAYPK1';
const summaryMax = 300;

/** The pack as one file, for `open`. The same content gives the same bytes. */
export function write(content: PackContent): Uint8Array {
  const { ecosystem, groupOf, factsOf, isKevLoaded, builtOn } = content;
  const held = new Map<string, Advisory>();
  for (const advisory of content.advisories) held.set(advisory.id, relevant(advisory));
  const sorted = [...held.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  const index = build(ecosystem, sorted);

  const texts = new TextTable();
  const count = index.ids.length;
  const group = new Int32Array(count);
  const summary = new Int32Array(count);
  const published = new Int32Array(count);
  const modified = new Int32Array(count);
  const severity = new Int32Array(count);
  const groups = new Map<string, { group: AliasGroup; advisories: Advisory[]; number: number }>();
  let newest = '';
  for (const [number, id] of index.ids.entries()) {
    const advisory = held.get(id)!;
    const own = groupOf(id) ?? { id, members: [id], covers: [] };
    let known = groups.get(own.id);
    if (known === undefined) {
      known = { group: own, advisories: [], number: groups.size };
      groups.set(own.id, known);
    }
    known.advisories.push(advisory);
    group[number] = known.number;
    summary[number] = texts.add(summaryOf(advisory));
    published[number] = texts.add(advisory.published ?? '');
    modified[number] = texts.add(advisory.modified);
    severity[number] = texts.add(JSON.stringify(severitiesOf(advisory)));
    if (advisory.modified > newest && advisory.modified.slice(0, 10) <= builtOn) newest = advisory.modified;
  }
  const groupId = new Int32Array(groups.size);
  const groupNames = new Int32Array(groups.size);
  const groupCovers = new Int32Array(groups.size);
  const groupFacts = new Int32Array(groups.size);
  for (const { group: own, advisories, number } of groups.values()) {
    groupId[number] = texts.add(own.id);
    groupNames[number] = texts.add(JSON.stringify([...own.members].sort()));
    groupCovers[number] = texts.add(JSON.stringify([...own.covers].sort()));
    groupFacts[number] = texts.add(JSON.stringify(withDerived(factsOf(own), advisories)));
  }

  const writer = new Writer();
  const meta = index.writeTo(writer);
  writer.add('advisory.group', group);
  writer.add('advisory.summary', summary);
  writer.add('advisory.published', published);
  writer.add('advisory.modified', modified);
  writer.add('advisory.severity', severity);
  writer.add('group.id', groupId);
  writer.add('group.names', groupNames);
  writer.add('group.covers', groupCovers);
  writer.add('group.facts', groupFacts);
  writer.addTexts('texts', texts.all);
  return writer.write(kind, { index: meta, newest, isKevLoaded });
}

/** Opens a pack. It may come from anywhere: what `write` could not have written is refused with the reason. */
export function open(bytes: Uint8Array): { pack: Pack } | { problem: string } {
  try {
    const reader = new Reader(bytes, kind);
    const meta = (typeof reader.meta === 'object' && reader.meta !== null ? reader.meta : {}) as Record<
      string,
      unknown
    >;
    const index = PackedIndex.readFrom(reader, meta['index']);
    return { pack: new OpenPack(index, reader, meta) };
  } catch (error) {
    if (error instanceof Refused) return { problem: error.message };
    throw error;
  }
}

/** Digests are put together when asked for: a patch list touches few of them. */
class OpenPack implements Pack {
  readonly ecosystem: string;
  readonly index: PackedIndex;
  readonly advisoryCount: number;
  readonly newest: Instant;
  readonly isKevLoaded: boolean;
  private readonly texts: Texts;
  private readonly advisory: {
    group: Int32Array;
    summary: Int32Array;
    published: Int32Array;
    modified: Int32Array;
    severity: Int32Array;
  };
  private readonly group: { id: Int32Array; names: Int32Array; covers: Int32Array; facts: Int32Array };
  private readonly digests = new Map<number, PackedAdvisory>();
  private readonly factsOfGroup = new Map<number, Facts>();

  constructor(index: PackedIndex, reader: Reader, meta: Record<string, unknown>) {
    const { newest, isKevLoaded } = meta;
    if (typeof newest !== 'string' || typeof isKevLoaded !== 'boolean') throw new Refused('The pack is not described.');
    this.index = index;
    this.ecosystem = index.family;
    this.advisoryCount = index.ids.length;
    this.newest = newest;
    this.isKevLoaded = isKevLoaded;
    const texts = reader.texts('texts');
    this.texts = texts;
    const groupId = reader.i32('group.id', 0, texts.length);
    const groups = groupId.length;
    const text = (name: string, length: number) => reader.i32(name, 0, texts.length, length);
    this.group = {
      id: groupId,
      names: text('group.names', groups),
      covers: text('group.covers', groups),
      facts: text('group.facts', groups),
    };
    const count = this.advisoryCount;
    this.advisory = {
      group: reader.i32('advisory.group', 0, groups, count),
      summary: text('advisory.summary', count),
      published: text('advisory.published', count),
      modified: text('advisory.modified', count),
      severity: text('advisory.severity', count),
    };
  }

  at(number: number): PackedAdvisory {
    let digest = this.digests.get(number);
    if (digest === undefined) {
      digest = this.digestOf(number);
      this.digests.set(number, digest);
    }
    return digest;
  }

  modifiedOf(number: number): Instant {
    return this.texts.at(this.advisory.modified[number]!);
  }

  private digestOf(number: number): PackedAdvisory {
    const id = this.index.ids[number];
    if (id === undefined) throw new RangeError(`The pack has no advisory ${number}.`);
    const group = this.advisory.group[number]!;
    const published = this.texts.at(this.advisory.published[number]!);
    return {
      id,
      group: this.texts.at(this.group.id[group]!),
      names: texts(this.texts.at(this.group.names[group]!)),
      covers: texts(this.texts.at(this.group.covers[group]!)),
      summary: this.texts.at(this.advisory.summary[number]!),
      ...(published === '' ? {} : { published }),
      modified: this.modifiedOf(number),
      severity: severities(this.texts.at(this.advisory.severity[number]!)),
      facts: this.factsOf(group),
    };
  }

  private factsOf(group: number): Facts {
    let facts = this.factsOfGroup.get(group);
    if (facts === undefined) {
      facts = readFacts(this.texts.at(this.group.facts[group]!));
      this.factsOfGroup.set(group, facts);
    }
    return facts;
  }
}

/** Strings, each held once. */
class TextTable {
  readonly all: string[] = [];
  private readonly numbers = new Map<string, number>();

  add(text: string): number {
    let number = this.numbers.get(text);
    if (number === undefined) {
      number = this.all.push(text) - 1;
      this.numbers.set(text, number);
    }
    return number;
  }
}

function summaryOf(advisory: Advisory): string {
  const text = (advisory.summary ?? advisory.details ?? '').replace(/\s+/g, ' ').trim();
  return text.length <= summaryMax ? text : `${text.slice(0, summaryMax - 1)}…`;
}

/** The advisory's own vectors, else those of its entries, each once. */
function severitiesOf(advisory: Advisory): Severity[] {
  const all = advisory.severity?.length
    ? advisory.severity
    : (advisory.affected ?? []).flatMap((one) => one.severity ?? []);
  const unique = new Map(all.map(({ type, score: vector }) => [`${type} ${vector}`, { type, score: vector }]));
  return [...unique.values()];
}

/** Adds the CVSS vectors that the advisories carry themselves, dated with the advisory, and SSVC points nobody recorded. */
function withDerived(facts: Facts, advisories: Advisory[]): Facts {
  const cvss: CvssFact[] = [...facts.cvss];
  for (const advisory of advisories) {
    for (const { score: vector } of severitiesOf(advisory)) {
      const scores = score(vector);
      if (!('score' in scores) || cvss.some((fact) => fact.vector === vector)) continue;
      cvss.push({
        kind: 'cvss',
        vector,
        version: scores.version,
        score: scores.score,
        source: advisory.id,
        date: advisory.modified,
      });
    }
  }
  const { kev, epss, ssvc } = facts;
  const points = pointsOf(
    advisories,
    [kev, epss, ssvc, ...cvss].filter((fact) => fact !== undefined),
  );
  return { ...facts, ...(points === undefined ? {} : { ssvc: points }), cvss };
}

function texts(json: string): string[] {
  const value = parsed(json);
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

function severities(json: string): Severity[] {
  const value = parsed(json);
  if (!Array.isArray(value)) return [];
  return value.filter((one) => typeof one?.type === 'string' && typeof one?.score === 'string');
}

function readFacts(json: string): Facts {
  const value = parsed(json) as Facts | undefined;
  return typeof value === 'object' && value !== null && Array.isArray(value.cvss) ? value : { cvss: [] };
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
