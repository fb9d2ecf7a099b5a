import type { ColumnType } from 'kysely';
import type { OrganisationId } from '../../domain/directory/actor.ts';
import type { EvaluationPlan } from '../../domain/evidence/evaluation-plan.ts';
import type { Letter, LetterEdits, LetterFacts } from '../../domain/evidence/letter.ts';
import type { Result, Zone } from '../../domain/evidence/result.ts';
import type { Remark, ResultInputs } from '../../domain/evidence/result-export.ts';
import type { Instant } from '../../domain/instant.ts';

/** Read as it is, written as JSON text. */
type Json<T> = ColumnType<T, string, string>;

export interface RegistrationsTable {
  id: string;
  organisation_id: OrganisationId;
  /** Who may know of it now: its own organisation, or all parties of the submission it was shown to. */
  audience_id: string;
  own_audience_id: string;
  submission_id: string | null;
  title: string;
  plan: Json<EvaluationPlan>;
  digest: string;
  registered_by: string;
  registered_at: Instant;
  withdrawn_by: string | null;
  withdrawn_at: Instant | null;
}

export interface ResultsTable {
  id: string;
  organisation_id: OrganisationId;
  audience_id: string;
  registration_id: string;
  model: string;
  zone: Zone;
  inputs: Json<ResultInputs>;
  /** Of the inputs. */
  digest: string;
  result: Json<Result>;
  remarks: Json<Remark[]>;
  computed_by: string;
  computed_at: Instant;
}

export interface LettersTable {
  id: string;
  organisation_id: OrganisationId;
  audience_id: string;
  result_id: string;
  facts: Json<LetterFacts>;
  edits: Json<LetterEdits>;
  letter: Json<Letter>;
  /** Of the letter. */
  digest: string;
  written_by: string;
  written_at: Instant;
  changed_by: string;
  changed_at: Instant;
}

export interface LetterSignaturesTable {
  letter_id: string;
  audience_id: string;
  person: string;
  digest: string;
  signed_at: Instant;
}

/** What others were given of a letter. */
export interface LetterCopiesTable {
  /** Of the letter. */
  id: string;
  organisation_id: OrganisationId;
  audience_id: string;
  own_audience_id: string;
  submission_id: string;
  letter: Json<Letter>;
  digest: string;
  released_by: string;
  released_at: Instant;
}

export interface ResultTables {
  registrations: RegistrationsTable;
  results: ResultsTable;
  letters: LettersTable;
  letter_signatures: LetterSignaturesTable;
  letter_copies: LetterCopiesTable;
}
