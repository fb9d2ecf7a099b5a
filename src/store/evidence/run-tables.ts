import type { ColumnType, Generated } from 'kysely';
import type { OrganisationId } from '../../domain/directory/actor.ts';
import type { EvalLog, SampleSummary } from '../../domain/evidence/eval-log.ts';
import type { LogReport } from '../../domain/evidence/log-check.ts';
import type { Manifest } from '../../domain/evidence/manifest.ts';
import type { RunState } from '../../domain/evidence/run.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Problem } from '../../domain/problem.ts';

/** Written as JSON text, read as its value. */
type Json<T> = ColumnType<T, string, string>;

export interface RunsTable {
  /** Stands for the run in the tables of samples and events; never shown. */
  number: Generated<number>;
  id: string;
  audience_id: string;
  /** The organisation that imported it. */
  organisation_id: OrganisationId;
  /** SHA-256 of the file. */
  digest: string;
  file_name: string;
  size_bytes: number;
  state: RunState;
  /** Why it was refused, or what is doubtful. */
  problems: Json<Problem[]>;
  /** How many have been read so far; once ready, all of them. */
  samples: number;
  events: number;
  format: string | null;
  task: string | null;
  model: string | null;
  status: string | null;
  header: Json<EvalLog> | null;
  /** What the samples say beside what the header says. */
  report: Json<LogReport> | null;
  manifest: Json<Manifest> | null;
  manifest_digest: string | null;
  imported_by: string;
  created_at: Instant;
  updated_at: Instant;
}

export interface RunSamplesTable {
  run: number;
  /** Place in the run, from 1. */
  number: number;
  id: string;
  epoch: number;
  /** Scorer, or `scorer.part`, to number; null is unscored. */
  scores: Json<Record<string, number | null>>;
  /** Metadata by which items may be grouped. */
  clusters: Json<Record<string, string>>;
  has_error: boolean;
  has_limit: boolean;
  is_unscored: boolean;
  is_edited: boolean;
  is_retried: boolean;
  is_fallback: boolean;
  is_invalidated: boolean;
  tokens: number | null;
  events: number;
  /** Kind of event to how many. */
  kinds: Json<Record<string, number>>;
  /** First and last index of what each span holds, in order. */
  spans: Json<[number, number][]>;
  summary: Json<SampleSummary>;
}

export interface RunEventsTable {
  run: number;
  sample: number;
  index: number;
  kind: string;
  at: Instant | null;
  depth: number;
  text: string;
  payload: Json<Record<string, unknown>>;
}

export interface RunSharesTable {
  run: number;
  submission_id: string;
  shared_by: string;
  shared_at: Instant;
}

export interface RunTables {
  runs: RunsTable;
  run_samples: RunSamplesTable;
  run_events: RunEventsTable;
  run_shares: RunSharesTable;
}
