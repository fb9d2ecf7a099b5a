import type { OrganisationId } from '../../domain/directory/actor.ts';
import type { Result, Zone } from '../../domain/evidence/result.ts';
import type { Remark, ResultInputs } from '../../domain/evidence/result-export.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Tx } from '../database.ts';

export interface ResultRow {
  id: string;
  organisation: OrganisationId;
  audience: string;
  registration: string;
  /** What was asked. */
  title: string;
  model: string;
  zone: Zone;
  remarks: Remark[];
  computedBy: string;
  computedAt: Instant;
}

export interface KeptResult extends ResultRow {
  inputs: ResultInputs;
  /** Of the inputs. */
  digest: string;
  result: Result;
}

const rows = (tx: Tx) =>
  tx
    .selectFrom('results')
    .innerJoin('registrations', 'registrations.id', 'results.registration_id')
    .select([
      'results.id',
      'results.organisation_id as organisation',
      'results.audience_id as audience',
      'results.registration_id as registration',
      'registrations.title',
      'model',
      'zone',
      'remarks',
      'computed_by as computedBy',
      'computed_at as computedAt',
    ]);

/** The result with everything it was computed from, if this transaction's actor may know of it. */
export function find(tx: Tx, id: string): Promise<KeptResult | undefined> {
  return rows(tx).select(['inputs', 'results.digest', 'result']).where('results.id', '=', id).executeTakeFirst();
}

export interface ListPage {
  limit: number;
  after?: { at: Instant; id: string };
  /** Only those by this registration. */
  registration?: string;
}

/** Results without what they were computed from, newest first. */
export function list(tx: Tx, { limit, after, registration }: ListPage): Promise<ResultRow[]> {
  let query = rows(tx).orderBy('computed_at', 'desc').orderBy('results.id', 'desc').limit(limit);
  if (registration !== undefined) query = query.where('registration_id', '=', registration);
  if (after !== undefined) {
    query = query.where(({ eb, refTuple, tuple }) =>
      eb(refTuple('computed_at', 'results.id'), '<', tuple(after.at, after.id)),
    );
  }
  return query.execute();
}

export async function insert(tx: Tx, kept: Omit<KeptResult, 'title'>): Promise<void> {
  await tx
    .insertInto('results')
    .values({
      id: kept.id,
      organisation_id: kept.organisation,
      audience_id: kept.audience,
      registration_id: kept.registration,
      model: kept.model,
      zone: kept.zone,
      inputs: JSON.stringify(kept.inputs),
      digest: kept.digest,
      result: JSON.stringify(kept.result),
      remarks: JSON.stringify(kept.remarks),
      computed_by: kept.computedBy,
      computed_at: kept.computedAt,
    })
    .execute();
}
