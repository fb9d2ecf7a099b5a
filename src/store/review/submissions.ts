import { sql } from 'kysely';
import type { OrganisationId } from '../../domain/directory/actor.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Capacity, Party } from '../../domain/review/party.ts';
import type { Tx } from '../database.ts';

export interface KeptSubmission {
  id: string;
  audience: string;
  /** The developer. */
  organisation: OrganisationId;
  model: { name: string; version: string; digest: string | null };
  createdAt: Instant;
  updatedAt: Instant;
}

const rows = (tx: Tx) =>
  tx
    .selectFrom('submissions')
    .select([
      'submissions.id',
      'submissions.audience_id as audience',
      'submissions.organisation_id as organisation',
      'model_name as name',
      'model_version as version',
      'model_digest as digest',
      'submissions.created_at as createdAt',
      'submissions.updated_at as updatedAt',
    ]);

type Row = Omit<KeptSubmission, 'model'> & KeptSubmission['model'];

const kept = ({ name, version, digest, ...rest }: Row): KeptSubmission => ({
  ...rest,
  model: { name, version, digest },
});

/** The submission, if this transaction's actor may know of it. */
export async function find(tx: Tx, id: string): Promise<KeptSubmission | undefined> {
  const row = await rows(tx).where('submissions.id', '=', id).executeTakeFirst();
  return row && kept(row);
}

/** As `find`, and nobody else changes it or what hangs on it until the transaction ends. */
export async function lock(tx: Tx, id: string): Promise<KeptSubmission | undefined> {
  const row = await rows(tx).where('submissions.id', '=', id).forUpdate().executeTakeFirst();
  return row && kept(row);
}

/** A submission as one of its parties sees it in a list. */
export interface ListedSubmission {
  id: string;
  model: KeptSubmission['model'];
  /** Of the organisation that asks. */
  capacity: Capacity;
  developer: { id: OrganisationId; name: string };
  createdAt: Instant;
  updatedAt: Instant;
}

/** The submissions that an organisation may know of, the one changed last first. */
export async function list(
  tx: Tx,
  organisation: OrganisationId,
  { limit, after }: { limit: number; after?: { updatedAt: Instant; id: string } },
): Promise<ListedSubmission[]> {
  let query = rows(tx)
    .innerJoin('submission_parties as own', (join) =>
      join
        .onRef('own.submission_id', '=', 'submissions.id')
        .on('own.organisation_id', '=', organisation)
        .on('own.ended_at', 'is', null),
    )
    .innerJoin('organisations as developer', 'developer.id', 'submissions.organisation_id')
    .select(['own.capacity', 'developer.name as developerName'])
    .orderBy('submissions.updated_at', 'desc')
    .orderBy('submissions.id', 'desc')
    .limit(limit);
  if (after !== undefined) {
    query = query.where(({ eb, refTuple, tuple }) =>
      eb(refTuple('submissions.updated_at', 'submissions.id'), '<', tuple(after.updatedAt, after.id)),
    );
  }
  return (await query.execute()).map((row) => ({
    id: row.id,
    model: { name: row.name, version: row.version, digest: row.digest },
    capacity: row.capacity,
    developer: { id: row.organisation, name: row.developerName },
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  }));
}

export async function insert(
  tx: Tx,
  { id, audience, organisation, model, createdAt }: Omit<KeptSubmission, 'updatedAt'>,
): Promise<void> {
  await tx
    .insertInto('submissions')
    .values({
      id,
      audience_id: audience,
      organisation_id: organisation,
      model_name: model.name,
      model_version: model.version,
      model_digest: model.digest,
      created_at: createdAt,
      updated_at: createdAt,
    })
    .execute();
}

/** Notes that something of a submission has changed. */
export async function touch(tx: Tx, id: string, at: Instant): Promise<void> {
  await tx.updateTable('submissions').set({ updated_at: at }).where('id', '=', id).execute();
}

/** The organisations that may know of a submission, the developer first. */
export function parties(tx: Tx, id: string): Promise<Party[]> {
  return tx
    .selectFrom('submission_parties')
    .innerJoin('organisations', 'organisations.id', 'submission_parties.organisation_id')
    .select(['organisations.id as organisation', 'organisations.name', 'capacity', 'added_at as addedAt'])
    .where('submission_id', '=', id)
    .where('ended_at', 'is', null)
    .orderBy('capacity', 'desc')
    .orderBy('added_at')
    .orderBy('organisations.id')
    .execute();
}

/** In which capacity an organisation knows of a submission; undefined when it does not. */
export async function capacityOf(tx: Tx, id: string, organisation: OrganisationId): Promise<Capacity | undefined> {
  const row = await tx
    .selectFrom('submission_parties')
    .select('capacity')
    .where('submission_id', '=', id)
    .where('organisation_id', '=', organisation)
    .where('ended_at', 'is', null)
    .executeTakeFirst();
  return row?.capacity;
}

/** Adds a party, or lets one in again whose reading was ended; one that is in stays as it is. */
export async function addParty(
  tx: Tx,
  { id, audience }: { id: string; audience: string },
  {
    organisation,
    capacity,
    fromVersion = 0,
    by,
    at,
  }: { organisation: OrganisationId; capacity: Capacity; fromVersion?: number; by: string; at: Instant },
): Promise<void> {
  await tx
    .insertInto('submission_parties')
    .values({
      submission_id: id,
      audience_id: audience,
      organisation_id: organisation,
      capacity,
      from_version: fromVersion,
      added_by: by,
      added_at: at,
    })
    .onConflict((conflict) =>
      conflict
        .columns(['submission_id', 'organisation_id'])
        .doUpdateSet({ from_version: fromVersion, added_by: by, added_at: at, ended_at: null, ended_by: null })
        .where('submission_parties.ended_at', 'is not', null),
    )
    .execute();
}

/** Ends what a party reads; gives whether it was one until now. */
export async function endParty(
  tx: Tx,
  id: string,
  organisation: OrganisationId,
  { by, at }: { by: string; at: Instant },
): Promise<boolean> {
  const [done] = await tx
    .updateTable('submission_parties')
    .set({ ended_at: at, ended_by: by })
    .where('submission_id', '=', id)
    .where('organisation_id', '=', organisation)
    .where('ended_at', 'is', null)
    .execute();
  return done !== undefined && done.numUpdatedRows > 0n;
}

/** Audiences within a submission's own: of its incidents, and of the uses of access to its model. */
export async function narrowerAudiences(tx: Tx, id: string): Promise<string[]> {
  const { rows } = await sql<{ audience: string }>`
    select audience_id as audience from incidents where submission_id = ${id}
    union select use_audience_id from access_grants where submission_id = ${id}`.execute(tx);
  return rows.map(({ audience }) => audience);
}

export interface Reader extends Party {
  /** The first version that it may read. */
  fromVersion: number;
  endedAt: Instant | null;
}

/** Everybody who may or could read a submission, those whose reading was ended too. */
export function readers(tx: Tx, id: string): Promise<Reader[]> {
  return tx
    .selectFrom('submission_parties')
    .innerJoin('organisations', 'organisations.id', 'submission_parties.organisation_id')
    .select([
      'organisations.id as organisation',
      'organisations.name',
      'capacity',
      'added_at as addedAt',
      'from_version as fromVersion',
      'ended_at as endedAt',
    ])
    .where('submission_id', '=', id)
    .orderBy('capacity', 'desc')
    .orderBy('added_at')
    .orderBy('organisations.id')
    .execute();
}

/** Says which weights the file is about from now on. */
export async function setModel(tx: Tx, id: string, model: KeptSubmission['model']): Promise<void> {
  await tx
    .updateTable('submissions')
    .set({ model_name: model.name, model_version: model.version, model_digest: model.digest })
    .where('id', '=', id)
    .execute();
}
