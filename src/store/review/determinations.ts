import type { OrganisationId } from '../../domain/directory/actor.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Determination } from '../../domain/review/determination.ts';
import type { Tx } from '../database.ts';

export interface KeptDetermination {
  id: string;
  audience: string;
  submission: string;
  developer: OrganisationId;
  authority: OrganisationId;
  model: { name: string; version: string; digest: string | null };
  isRequested: boolean;
  policyVersion: string;
  current: Determination;
  createdAt: Instant;
}

const rows = (tx: Tx) =>
  tx
    .selectFrom('determinations')
    .select([
      'id',
      'audience_id as audience',
      'submission_id as submission',
      'developer_id as developer',
      'authority_id as authority',
      'model_name as name',
      'model_version as version',
      'model_digest as digest',
      'is_requested as isRequested',
      'policy_version as policyVersion',
      'current',
      'created_at as createdAt',
    ]);

type Row = Omit<KeptDetermination, 'model'> & KeptDetermination['model'];

const kept = ({ name, version, digest, ...rest }: Row): KeptDetermination => ({
  ...rest,
  model: { name, version, digest },
});

/** The determination, if this transaction's actor may know of it. */
export async function find(tx: Tx, id: string): Promise<KeptDetermination | undefined> {
  const row = await rows(tx).where('id', '=', id).executeTakeFirst();
  return row && kept(row);
}

/** As `find`, and nobody else changes it until the transaction ends. */
export async function lock(tx: Tx, id: string): Promise<KeptDetermination | undefined> {
  const row = await rows(tx).where('id', '=', id).forUpdate().executeTakeFirst();
  return row && kept(row);
}

/** Those of a submission that this transaction's actor may know of, newest first. */
export async function list(
  tx: Tx,
  submission: string,
  { limit, after }: { limit: number; after?: { createdAt: Instant; id: string } },
): Promise<KeptDetermination[]> {
  let query = rows(tx)
    .where('submission_id', '=', submission)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit);
  if (after !== undefined) {
    query = query.where(({ eb, refTuple, tuple }) =>
      eb(refTuple('created_at', 'id'), '<', tuple(after.createdAt, after.id)),
    );
  }
  return (await query.execute()).map(kept);
}

export async function insert(tx: Tx, made: KeptDetermination): Promise<void> {
  await tx
    .insertInto('determinations')
    .values({
      id: made.id,
      audience_id: made.audience,
      submission_id: made.submission,
      developer_id: made.developer,
      authority_id: made.authority,
      model_name: made.model.name,
      model_version: made.model.version,
      model_digest: made.model.digest,
      is_requested: made.isRequested,
      policy_version: made.policyVersion,
      current: JSON.stringify(made.current),
      created_at: made.createdAt,
    })
    .execute();
}

/** Saves state, audience and the model version that it is bound to. */
export async function save(
  tx: Tx,
  { id, audience, model, current }: Pick<KeptDetermination, 'id' | 'audience' | 'model' | 'current'>,
): Promise<void> {
  await tx
    .updateTable('determinations')
    .set({
      audience_id: audience,
      model_name: model.name,
      model_version: model.version,
      model_digest: model.digest,
      current: JSON.stringify(current),
    })
    .where('id', '=', id)
    .execute();
}

/** Keeps the authority's own reference under an audience of its own. */
export async function keepReference(tx: Tx, id: string, audience: string, reference: string): Promise<void> {
  await tx
    .insertInto('determination_references')
    .values({ determination_id: id, audience_id: audience, reference })
    .execute();
}

/** The references of determinations, by id, as far as this transaction's actor may read them. */
export async function references(tx: Tx, ids: readonly string[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map();
  const found = await tx
    .selectFrom('determination_references')
    .select(['determination_id as id', 'reference'])
    .where('determination_id', 'in', ids)
    .execute();
  return new Map(found.map(({ id, reference }) => [id, reference]));
}
