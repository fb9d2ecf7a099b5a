import { type SqlBool, sql } from 'kysely';
import type { OrganisationId } from '../../domain/directory/actor.ts';
import type { Letter, LetterEdits, LetterFacts } from '../../domain/evidence/letter.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Tx } from '../database.ts';

export interface KeptLetter {
  id: string;
  organisation: OrganisationId;
  audience: string;
  result: string;
  facts: LetterFacts;
  edits: LetterEdits;
  letter: Letter;
  /** Of the letter. */
  digest: string;
  writtenBy: string;
  writtenAt: Instant;
  changedBy: string;
  changedAt: Instant;
}

/** What others were given of a letter. */
export interface KeptCopy {
  /** Of the letter. */
  id: string;
  organisation: OrganisationId;
  audience: string;
  ownAudience: string;
  submission: string;
  letter: Letter;
  digest: string;
  releasedBy: string;
  releasedAt: Instant;
}

export interface Signature {
  person: string;
  digest: string;
  signedAt: Instant;
}

const rows = (tx: Tx) =>
  tx
    .selectFrom('letters')
    .select([
      'id',
      'organisation_id as organisation',
      'audience_id as audience',
      'result_id as result',
      'facts',
      'edits',
      'letter',
      'digest',
      'written_by as writtenBy',
      'written_at as writtenAt',
      'changed_by as changedBy',
      'changed_at as changedAt',
    ]);

/** The letter itself, if this transaction's actor may know of it. */
export function find(tx: Tx, id: string): Promise<KeptLetter | undefined> {
  return rows(tx).where('id', '=', id).executeTakeFirst();
}

/** As `find`, and nobody else changes it until the transaction ends. */
export function lock(tx: Tx, id: string): Promise<KeptLetter | undefined> {
  return rows(tx).where('id', '=', id).forUpdate().executeTakeFirst();
}

/** The copy of a letter that was released, if this transaction's actor may know of it. */
export function copy(tx: Tx, id: string): Promise<KeptCopy | undefined> {
  return tx
    .selectFrom('letter_copies')
    .select([
      'id',
      'organisation_id as organisation',
      'audience_id as audience',
      'own_audience_id as ownAudience',
      'submission_id as submission',
      'letter',
      'digest',
      'released_by as releasedBy',
      'released_at as releasedAt',
    ])
    .where('id', '=', id)
    .executeTakeFirst();
}

export interface LetterRow {
  id: string;
  organisation: OrganisationId;
  /** Of the letter, for its own organisation; of the copy, for others. */
  letter: Letter;
  submission: string | null;
  at: Instant;
}

export interface ListPage {
  limit: number;
  after?: { at: Instant; id: string };
  /** Only letters on this result, which only its own organisation knows. */
  result?: string;
  /** Only those of which a copy was released to the parties of this submission. */
  submission?: string;
}

/** Letters of one's own organisation and copies that others released to it, newest first. */
export async function list(tx: Tx, { limit, after, result, submission }: ListPage): Promise<LetterRow[]> {
  let query = tx
    .selectFrom('letters')
    .fullJoin('letter_copies', 'letter_copies.id', 'letters.id')
    .select(({ fn }) => [
      fn.coalesce('letters.id', 'letter_copies.id').as('id'),
      fn.coalesce('letters.organisation_id', 'letter_copies.organisation_id').as('organisation'),
      fn.coalesce('letters.letter', 'letter_copies.letter').as('letter'),
      'letter_copies.submission_id as submission',
      fn.coalesce('letters.written_at', 'letter_copies.released_at').as('at'),
    ])
    .orderBy('at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit);
  if (result !== undefined) query = query.where('letters.result_id', '=', result);
  if (submission !== undefined) query = query.where('letter_copies.submission_id', '=', submission);
  if (after !== undefined) {
    query = query.where(
      sql<SqlBool>`(coalesce(letters.written_at, letter_copies.released_at), coalesce(letters.id, letter_copies.id)) < (${after.at}, ${after.id})`,
    );
  }
  return (await query.execute()) as LetterRow[];
}

export async function insert(tx: Tx, letter: KeptLetter): Promise<void> {
  await tx
    .insertInto('letters')
    .values({
      id: letter.id,
      organisation_id: letter.organisation,
      audience_id: letter.audience,
      result_id: letter.result,
      facts: JSON.stringify(letter.facts),
      edits: JSON.stringify(letter.edits),
      letter: JSON.stringify(letter.letter),
      digest: letter.digest,
      written_by: letter.writtenBy,
      written_at: letter.writtenAt,
      changed_by: letter.changedBy,
      changed_at: letter.changedAt,
    })
    .execute();
}

export async function change(
  tx: Tx,
  id: string,
  { edits, letter, digest, changedBy, changedAt }: Omit<KeptLetter, 'id'>,
): Promise<void> {
  await tx
    .updateTable('letters')
    .set({
      edits: JSON.stringify(edits),
      letter: JSON.stringify(letter),
      digest,
      changed_by: changedBy,
      changed_at: changedAt,
    })
    .where('id', '=', id)
    .execute();
}

/** Every signature under any state of the letter, oldest first. */
export function signatures(tx: Tx, id: string): Promise<Signature[]> {
  return tx
    .selectFrom('letter_signatures')
    .select(['person', 'digest', 'signed_at as signedAt'])
    .where('letter_id', '=', id)
    .orderBy('signed_at')
    .orderBy('person')
    .execute();
}

export async function sign(tx: Tx, letter: KeptLetter, { person, digest, signedAt }: Signature): Promise<void> {
  await tx
    .insertInto('letter_signatures')
    .values({ letter_id: letter.id, audience_id: letter.audience, person, digest, signed_at: signedAt })
    .execute();
}

export async function release(tx: Tx, copy: KeptCopy): Promise<void> {
  await tx
    .insertInto('letter_copies')
    .values({
      id: copy.id,
      organisation_id: copy.organisation,
      audience_id: copy.audience,
      own_audience_id: copy.ownAudience,
      submission_id: copy.submission,
      letter: JSON.stringify(copy.letter),
      digest: copy.digest,
      released_by: copy.releasedBy,
      released_at: copy.releasedAt,
    })
    .execute();
}

/** From now on nobody else knows of the copy. */
export async function takeBack(tx: Tx, id: string): Promise<void> {
  await tx.deleteFrom('letter_copies').where('id', '=', id).execute();
}
