import type { Instant } from '../../domain/instant.ts';
import type { LeafType } from '../../log/leaf.ts';

/** What was recorded, for those in its audience. Never changed, never deleted. */
export interface LogOpeningsTable {
  id: number;
  type: LeafType;
  nonce: Buffer;
  body: string;
  did: string;
  object: string;
  actor: string;
  at: Instant;
}

/** Who may read an opening: the id of an audience, an organisation or a person. */
export interface LogReadersTable {
  reader: string;
  opening: number;
}

/** Written in the act's transaction; the sequencer gives each its place. */
export interface LogPendingTable {
  opening: number;
  leaf: Buffer;
}

export interface LogLeavesTable {
  index: number;
  opening: number;
  leaf: Buffer;
}

export interface LogTilesTable {
  level: number;
  index: number;
  hashes: Buffer;
}

export interface LogCheckpointsTable {
  size: number;
  note: string;
  at: Instant;
}

/** Refused tries of one actor in one minute, until the minute is over and they are recorded. */
export interface LogDenialsTable {
  actor: string;
  minute: Instant;
  audience: string[];
  objects: string[];
  tries: number;
}

export interface LogTables {
  log_openings: LogOpeningsTable;
  log_readers: LogReadersTable;
  log_pending: LogPendingTable;
  log_leaves: LogLeavesTable;
  log_tiles: LogTilesTable;
  log_checkpoints: LogCheckpointsTable;
  log_denials: LogDenialsTable;
}
