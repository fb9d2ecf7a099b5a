import type { Selectable } from 'kysely';
import type { OrganisationId } from '../../domain/directory/actor.ts';
import type { EvaluationPlan } from '../../domain/evidence/evaluation-plan.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Tx } from '../database.ts';
import type { RegistrationsTable } from './result-tables.ts';

export interface KeptRegistration {
  id: string;
  organisation: OrganisationId;
  audience: string;
  ownAudience: string;
  /** The submission to whose parties it is shown; null while only its own organisation knows of it. */
  submission: string | null;
  plan: EvaluationPlan;
  digest: string;
  registeredBy: string;
  registeredAt: Instant;
  withdrawnBy: string | null;
  withdrawnAt: Instant | null;
}

const kept = (row: Selectable<RegistrationsTable>): KeptRegistration => ({
  id: row.id,
  organisation: row.organisation_id,
  audience: row.audience_id,
  ownAudience: row.own_audience_id,
  submission: row.submission_id,
  plan: row.plan,
  digest: row.digest,
  registeredBy: row.registered_by,
  registeredAt: row.registered_at,
  withdrawnBy: row.withdrawn_by,
  withdrawnAt: row.withdrawn_at,
});

/** The registration, if this transaction's actor may know of it. */
export async function find(tx: Tx, id: string): Promise<KeptRegistration | undefined> {
  const row = await tx.selectFrom('registrations').selectAll().where('id', '=', id).executeTakeFirst();
  return row && kept(row);
}

/** As `find`, and nobody else changes it until the transaction ends. */
export async function lock(tx: Tx, id: string): Promise<KeptRegistration | undefined> {
  const row = await tx.selectFrom('registrations').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
  return row && kept(row);
}

/** What an organisation registered under this digest. */
export async function ofDigest(
  tx: Tx,
  organisation: OrganisationId,
  digest: string,
): Promise<KeptRegistration | undefined> {
  const row = await tx
    .selectFrom('registrations')
    .selectAll()
    .where('organisation_id', '=', organisation)
    .where('digest', '=', digest)
    .executeTakeFirst();
  return row && kept(row);
}

export interface ListPage {
  limit: number;
  after?: { at: Instant; id: string };
  /** Only those shown to the parties of this submission. */
  submission?: string;
}

/** Those this transaction's actor may know of, newest first. */
export async function list(tx: Tx, { limit, after, submission }: ListPage): Promise<KeptRegistration[]> {
  let query = tx
    .selectFrom('registrations')
    .selectAll()
    .orderBy('registered_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit);
  if (submission !== undefined) query = query.where('submission_id', '=', submission);
  if (after !== undefined) {
    query = query.where(({ eb, refTuple, tuple }) =>
      eb(refTuple('registered_at', 'id'), '<', tuple(after.at, after.id)),
    );
  }
  return (await query.execute()).map(kept);
}

/** Keeps a registration. False where the organisation has one of this digest already: another request was quicker. */
export async function insert(tx: Tx, registration: KeptRegistration): Promise<boolean> {
  const { numInsertedOrUpdatedRows = 0n } = await tx
    .insertInto('registrations')
    .values({
      id: registration.id,
      organisation_id: registration.organisation,
      audience_id: registration.audience,
      own_audience_id: registration.ownAudience,
      submission_id: registration.submission,
      title: registration.plan.rule.title,
      plan: JSON.stringify(registration.plan),
      digest: registration.digest,
      registered_by: registration.registeredBy,
      registered_at: registration.registeredAt,
      withdrawn_by: registration.withdrawnBy,
      withdrawn_at: registration.withdrawnAt,
    })
    .onConflict((conflict) => conflict.columns(['organisation_id', 'digest']).doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows > 0n;
}

/** Shows a registration to other people, or no longer. */
export async function show(tx: Tx, id: string, to: { audience: string; submission: string | null }): Promise<void> {
  await tx
    .updateTable('registrations')
    .set({ audience_id: to.audience, submission_id: to.submission })
    .where('id', '=', id)
    .execute();
}

export async function withdraw(tx: Tx, id: string, by: string, at: Instant): Promise<void> {
  await tx
    .updateTable('registrations')
    .set({ withdrawn_by: by, withdrawn_at: at })
    .where('id', '=', id)
    .where('withdrawn_at', 'is', null)
    .execute();
}
