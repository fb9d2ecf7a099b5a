import { sql } from 'kysely';
import type { OrganisationId } from '../../domain/directory/actor.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Grant } from '../../domain/review/grant.ts';
import type { Tx } from '../database.ts';

export interface KeptGrant extends Grant {
  id: string;
  submission: string;
  audience: string;
  /** Who sees the uses: the developer and the organisation that is given access. */
  useAudience: string;
  /** Questions of its own for the probe; only the organisation that is given access reads them. */
  canaries: string[];
  offeredBy: string;
  acceptedBy: string | null;
  revokedBy: string | null;
  /** When the address and key of the model were given; they themselves are in no answer. */
  endpointSetAt: Instant | null;
}

const rows = (tx: Tx) =>
  tx
    .selectFrom('access_grants')
    .select([
      'id',
      'submission_id as submission',
      'audience_id as audience',
      'use_audience_id as useAudience',
      'organisation_id as to',
      'method',
      'variant',
      'model',
      'purposes',
      'rate_per_minute as ratePerMinute',
      'hours',
      'logging',
      'retention_days as retentionDays',
      'notes',
      'people',
      'canaries',
      'starts_at as startsAt',
      'expires_at as expiresAt',
      'offered_at as offeredAt',
      'offered_by as offeredBy',
      'accepted_at as acceptedAt',
      'accepted_by as acceptedBy',
      'verified_by_developer_at as verifiedByDeveloperAt',
      'verified_by_authority_at as verifiedByAuthorityAt',
      'revoked_at as revokedAt',
      'revoked_by as revokedBy',
      'endpoint_set_at as endpointSetAt',
    ]);

/** The grant, if this transaction's actor may know of it. */
export function find(tx: Tx, id: string): Promise<KeptGrant | undefined> {
  return rows(tx).where('id', '=', id).executeTakeFirst();
}

/** As `find`, and nobody else changes it until the transaction ends. */
export function lock(tx: Tx, id: string): Promise<KeptGrant | undefined> {
  return rows(tx).where('id', '=', id).forUpdate().executeTakeFirst();
}

/** The grants of a submission, the oldest first. */
export function list(tx: Tx, submission: string): Promise<KeptGrant[]> {
  return rows(tx).where('submission_id', '=', submission).orderBy('offered_at').orderBy('id').execute();
}

export async function count(tx: Tx, submission: string): Promise<number> {
  const { count } = await tx
    .selectFrom('access_grants')
    .select((one) => one.fn.countAll<number>().as('count'))
    .where('submission_id', '=', submission)
    .executeTakeFirstOrThrow();
  return count;
}

export async function insert(tx: Tx, grant: KeptGrant): Promise<void> {
  await tx
    .insertInto('access_grants')
    .values({
      id: grant.id,
      submission_id: grant.submission,
      audience_id: grant.audience,
      use_audience_id: grant.useAudience,
      organisation_id: grant.to,
      method: grant.method,
      variant: grant.variant,
      model: grant.model,
      purposes: grant.purposes,
      rate_per_minute: grant.ratePerMinute,
      hours: JSON.stringify(grant.hours),
      logging: grant.logging,
      retention_days: grant.retentionDays,
      notes: grant.notes,
      people: JSON.stringify(grant.people),
      canaries: JSON.stringify(grant.canaries),
      starts_at: grant.startsAt,
      expires_at: grant.expiresAt,
      offered_at: grant.offeredAt,
      offered_by: grant.offeredBy,
      accepted_at: null,
      accepted_by: null,
      verified_by_developer_at: null,
      verified_by_authority_at: null,
      revoked_at: null,
      revoked_by: null,
      endpoint: null,
      endpoint_set_at: null,
    })
    .execute();
}

/** Keeps what an act has changed of a grant: who may use it, and the moments of its life. */
export async function save(tx: Tx, grant: KeptGrant): Promise<void> {
  await tx
    .updateTable('access_grants')
    .set({
      people: JSON.stringify(grant.people),
      canaries: JSON.stringify(grant.canaries),
      accepted_at: grant.acceptedAt,
      accepted_by: grant.acceptedBy,
      verified_by_developer_at: grant.verifiedByDeveloperAt,
      verified_by_authority_at: grant.verifiedByAuthorityAt,
      revoked_at: grant.revokedAt,
      revoked_by: grant.revokedBy,
    })
    .where('id', '=', grant.id)
    .execute();
}

/** Revokes every grant of a submission, or those to one organisation, that has not ended, whatever its state; gives their ids. Waits for uses that are just being let in. */
export async function revokeAll(
  tx: Tx,
  submission: string,
  { by, at, to }: { by: string; at: Instant; to?: OrganisationId },
): Promise<string[]> {
  const living = tx
    .updateTable('access_grants')
    .set({ revoked_at: at, revoked_by: by })
    .where('submission_id', '=', submission)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', at);
  const revoked = await (to === undefined ? living : living.where('organisation_id', '=', to))
    .returning('id')
    .execute();
  return revoked.map(({ id }) => id).sort();
}

/** Sets the sealed address and key of the model. */
export async function setEndpoint(tx: Tx, id: string, sealed: Uint8Array, at: Instant): Promise<void> {
  await sql`update access_grants set endpoint = ${Buffer.from(sealed)}, endpoint_set_at = ${at} where id = ${id}`.execute(
    tx,
  );
}

/** The sealed address and key of the model; undefined when there is none. */
export async function endpoint(tx: Tx, id: string): Promise<Uint8Array | undefined> {
  const row = await tx.selectFrom('access_grants').select('endpoint').where('id', '=', id).executeTakeFirst();
  return row?.endpoint ?? undefined;
}
