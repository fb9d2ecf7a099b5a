import { sql } from 'kysely';
import type { OrganisationId } from '../../domain/directory/actor.ts';
import type { Day, Instant } from '../../domain/instant.ts';
import type { FileContent } from '../../domain/review/submission.ts';
import type { Tx } from '../database.ts';
import type { KeptSubmission } from './submissions.ts';

/** One version of a file, without what it says. */
export interface VersionRow {
  version: number;
  /** `sha256:` and 64 hex digits. */
  digest: string;
  note: string | null;
  savedBy: string;
  /** The name of who saved it, where the actor may know it. */
  savedByName: string | null;
  savedAt: Instant;
  /** When it was handed over to the other parties; null for a draft, which only the developer sees. */
  handedAt: Instant | null;
  handedBy: string | null;
  isInterim: boolean | null;
}
export interface KeptVersion extends VersionRow {
  content: FileContent;
}

const rows = (tx: Tx, id: string) =>
  tx
    .selectFrom('submission_versions')
    .leftJoin('people', (join) => join.on(sql<boolean>`people.id = submission_versions.saved_by`))
    .select([
      'version',
      'digest',
      'note',
      'saved_by as savedBy',
      'people.name as savedByName',
      'saved_at as savedAt',
      'handed_at as handedAt',
      'handed_by as handedBy',
      'is_interim as isInterim',
    ])
    .where('submission_id', '=', id);

/** The versions that this transaction's actor may read, newest first. */
export function list(tx: Tx, id: string, limit: number): Promise<VersionRow[]> {
  return rows(tx, id).orderBy('version', 'desc').limit(limit).execute();
}

/** A version, if the actor may read it; the newest that they may, when no number is said. */
export function find(tx: Tx, id: string, version?: number): Promise<KeptVersion | undefined> {
  let query = rows(tx, id).select('content');
  if (version !== undefined) query = query.where('version', '=', version);
  return query.orderBy('version', 'desc').limit(1).executeTakeFirst();
}

/** The newest version that was handed over. */
export function newestHanded(tx: Tx, id: string): Promise<KeptVersion | undefined> {
  return rows(tx, id)
    .select('content')
    .where('handed_at', 'is not', null)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst();
}

/** All versions that the actor may read with what they say, oldest first. */
export function all(tx: Tx, id: string): Promise<KeptVersion[]> {
  return rows(tx, id).select('content').orderBy('version').execute();
}

export async function insert(
  tx: Tx,
  { id, audience, organisation }: KeptSubmission,
  made: { version: number; content: FileContent; digest: string; note: string | null; by: string; at: Instant },
): Promise<void> {
  await tx
    .insertInto('submission_versions')
    .values({
      submission_id: id,
      version: made.version,
      audience_id: audience,
      organisation_id: organisation,
      content: JSON.stringify(made.content),
      digest: made.digest,
      note: made.note,
      saved_by: made.by,
      saved_at: made.at,
    })
    .execute();
}

/** Marks a version as handed over to the other parties. */
export async function handOver(
  tx: Tx,
  id: string,
  version: number,
  { isInterim, by, at }: { isInterim: boolean; by: string; at: Instant },
): Promise<void> {
  await tx
    .updateTable('submission_versions')
    .set({ handed_by: by, handed_at: at, is_interim: isInterim })
    .where('submission_id', '=', id)
    .where('version', '=', version)
    .execute();
}

/** Intended dates. They stay with the developer and with whom the developer shows them to. */
export interface KeptDates {
  partnerRelease: Day | null;
  publicRelease: Day | null;
  note: string | null;
  shownTo: OrganisationId[];
  savedAt: Instant;
}

/** The dates, if the actor may read them. */
export function dates(tx: Tx, id: string): Promise<KeptDates | undefined> {
  return tx
    .selectFrom('submission_dates')
    .select([
      'partner_release as partnerRelease',
      'public_release as publicRelease',
      'note',
      'shown_to as shownTo',
      'saved_at as savedAt',
    ])
    .where('submission_id', '=', id)
    .executeTakeFirst();
}

export async function setDates(
  tx: Tx,
  { id, audience, organisation }: KeptSubmission,
  { partnerRelease, publicRelease, note }: Pick<KeptDates, 'partnerRelease' | 'publicRelease' | 'note'>,
  { by, at }: { by: string; at: Instant },
): Promise<void> {
  const said = { partner_release: partnerRelease, public_release: publicRelease, note, saved_by: by, saved_at: at };
  await tx
    .insertInto('submission_dates')
    .values({ submission_id: id, audience_id: audience, organisation_id: organisation, shown_to: [], ...said })
    .onConflict((conflict) => conflict.column('submission_id').doUpdateSet(said))
    .execute();
}

/** Says who beside the developer reads the dates. */
export async function showDates(tx: Tx, id: string, to: readonly OrganisationId[]): Promise<void> {
  await tx
    .updateTable('submission_dates')
    .set({ shown_to: [...to] })
    .where('submission_id', '=', id)
    .execute();
}

/** Takes one organisation from those who read the dates. */
export async function hideDates(tx: Tx, id: string, from: OrganisationId): Promise<void> {
  await tx
    .updateTable('submission_dates')
    .set({ shown_to: sql`array_remove(shown_to, ${from})` })
    .where('submission_id', '=', id)
    .execute();
}
