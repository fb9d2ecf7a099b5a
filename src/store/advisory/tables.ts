import type { ColumnType, Generated } from 'kysely';
import type { Fact } from '../../domain/advisory/fact.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Problem } from '../../domain/problem.ts';

/** One public advisory, as last accepted. */
export interface AdvisoriesTable {
  id: string;
  modified: Instant;
  published: Instant | null;
  withdrawn: Instant | null;
  /** SHA-256 of `body`. */
  digest: Buffer;
  summary: string | null;
  /** Highest CVSS score that the advisory itself states, 0-10. */
  score: number | null;
  aliases: string[];
  /** Where it came from: a feed's name, or the name of a file. */
  source: string;
  /** The advisory as JSON in the OSV schema. */
  body: string;
  search: ColumnType<string, never, never>;
}

/** The packages an advisory speaks of, each once; names normalised as their ecosystem does. */
export interface AdvisoryPackagesTable {
  advisory: string;
  ecosystem: string;
  name: string;
}

/** Commits that an advisory names as affected: introduced, or last affected. */
export interface AdvisoryCommitsTable {
  advisory: string;
  commit: string;
}

/** Other vulnerabilities that an advisory speaks of: its upstream ones, and those that it bundles. */
export interface AdvisoryMentionsTable {
  advisory: string;
  name: string;
}

/** Which alias group each id belongs to, held or only mentioned. */
export interface AdvisoryNamesTable {
  name: string;
  group: string;
}

/** What an accepted version of an advisory was, once for each version. */
export interface AdvisoryChangesTable {
  number: Generated<number>;
  advisory: string;
  kind: 'added' | 'changed' | 'withdrawn';
  digest: Buffer;
  modified: Instant;
  at: Instant;
  import: string;
  batch: number;
}

/** The newest fact of each kind and source about one CVE or other id. */
export interface FactsTable {
  name: string;
  kind: Fact['kind'];
  source: string;
  date: string;
  body: string;
}

/** Every value a fact has had. */
export interface FactChangesTable extends FactsTable {
  number: Generated<number>;
  at: Instant;
}

export interface ImportsTable {
  id: string;
  /** Chosen by the sender, the same for every part of one import. */
  key: string;
  source: string;
  state: 'running' | 'finished' | 'failed';
  by: string;
  started_at: Instant;
  updated_at: Instant;
  finished_at: Instant | null;
  /** Items of the source that are done: where the import goes on after a break. */
  position: number;
  bytes: number;
  batches: number;
  added: number;
  changed: number;
  withdrawn: number;
  unchanged: number;
  facts: number;
  refused: number;
  /** The first refused items, each with its number and reason. */
  problems: ColumnType<(Problem & { number: number })[], string, string>;
}

/** What a feed said when it was last read, so that the next read asks only for what is newer. */
export interface FeedsTable {
  name: string;
  url: string;
  etag: string | null;
  last_modified: string | null;
  /** What the feed's own layout needs to go on, such as the newest `modified` read. */
  state: ColumnType<Record<string, unknown>, string, string>;
  checked_at: Instant | null;
  changed_at: Instant | null;
  problem: string | null;
}

/** The current pack of an ecosystem. */
export interface PacksTable {
  ecosystem: string;
  file: string;
  /** Size of the pack, and of its stored gzip form. */
  bytes: number;
  stored: number;
  advisories: number;
  updated_at: Instant;
}

/** The gzip form of a pack in pieces of at most a megabyte. Kept a while after it was replaced, for readers under way. */
export interface PackChunksTable {
  file: string;
  number: number;
  bytes: Buffer;
  at: Instant;
}

/** Ecosystems whose pack is older than their advisories. */
export interface PackTasksTable {
  ecosystem: string;
  touched: number;
}

export interface AdvisoryTables {
  advisories: AdvisoriesTable;
  advisory_packages: AdvisoryPackagesTable;
  advisory_commits: AdvisoryCommitsTable;
  advisory_mentions: AdvisoryMentionsTable;
  advisory_names: AdvisoryNamesTable;
  advisory_changes: AdvisoryChangesTable;
  facts: FactsTable;
  fact_changes: FactChangesTable;
  imports: ImportsTable;
  feeds: FeedsTable;
  packs: PacksTable;
  pack_chunks: PackChunksTable;
  pack_tasks: PackTasksTable;
}
