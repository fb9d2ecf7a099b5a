import type { ColumnType } from 'kysely';
import type { Instant } from '../../domain/instant.ts';
import type { Relation } from '../../domain/intake/duplicate/hint.ts';
import type { EntryFacts, EntryState, Traits } from '../../domain/intake/queue.ts';

export interface FindingFeaturesTable {
  finding: number;
  audience_id: string;
  source: string;
  entry: number;
  traits: ColumnType<Traits, string, string>;
  features: Buffer;
}

export interface FindingKeysTable {
  key: string;
  finding: number;
}

export interface HintsTable {
  finding: number;
  partner: number;
  audience_id: string;
  relation: Relation;
  confidence: number;
  odds: number;
  is_agreed: boolean;
}

/** Of a pair, the lower number is `a`. */
export interface HintMarksTable {
  a: number;
  b: number;
  audience_id: string;
  by: string;
  at: Instant;
}

export interface HintOpinionsTable {
  a: number;
  b: number;
  audience_id: string;
  relation: Relation;
  text: Buffer;
  model: string;
  prompt_digest: string;
  asked_by: string;
  asked_at: Instant;
}

export interface QueueEntriesTable {
  lead: number;
  audience_id: string;
  state: EntryState;
  rank: number;
  package: string | null;
  case_id: string | null;
  findings: number;
  sources: number;
  proposals: number;
  is_held: boolean;
  has_hint: boolean;
  facts: ColumnType<EntryFacts, string, string>;
  taken_by: string | null;
  taken_until: Instant | null;
}

export interface HintTables {
  finding_features: FindingFeaturesTable;
  finding_keys: FindingKeysTable;
  hints: HintsTable;
  hint_marks: HintMarksTable;
  hint_opinions: HintOpinionsTable;
  queue_entries: QueueEntriesTable;
}
