/** Two holders of overlapping claims and whether they want to know of each other. Each side has a row of its own. */
import type { OrganisationId } from '../../domain/directory/actor.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Tx } from '../database.ts';

export interface Side {
  introduction: string;
  claim: string;
  organisation: OrganisationId;
  /** What the other may write to, while this side consents. */
  contact: string | null;
  declinedAt: Instant | null;
  metOrganisation: string | null;
  metContact: string | null;
  metAt: Instant | null;
}

const rows = (tx: Tx) =>
  tx
    .selectFrom('claim_introduction_sides as side')
    .select([
      'side.introduction_id as introduction',
      'side.claim_id as claim',
      'side.organisation_id as organisation',
      'side.contact',
      'side.declined_at as declinedAt',
      'side.met_organisation as metOrganisation',
      'side.met_contact as metContact',
      'side.met_at as metAt',
    ]);

export interface Wish {
  contact: string;
  at: Instant;
}

/** That the holder of a claim asks to be introduced, while they do. */
export function wish(tx: Tx, claim: string): Promise<Wish | undefined> {
  return tx
    .selectFrom('claim_introduction_wishes')
    .select(['contact', 'asked_at as at'])
    .where('claim_id', '=', claim)
    .executeTakeFirst();
}

export async function setWish(
  tx: Tx,
  claim: { id: string; organisation: OrganisationId },
  { contact, at }: Wish,
): Promise<void> {
  await tx
    .insertInto('claim_introduction_wishes')
    .values({ claim_id: claim.id, organisation_id: claim.organisation, contact, asked_at: at })
    .onConflict((conflict) => conflict.column('claim_id').doUpdateSet({ contact, asked_at: at }))
    .execute();
}

export async function removeWish(tx: Tx, claim: string): Promise<void> {
  await tx.deleteFrom('claim_introduction_wishes').where('claim_id', '=', claim).execute();
}

/** The pair of these two claims, made where there is none, with both sides locked. Run as the instance itself. */
export async function pair(
  tx: Tx,
  id: string,
  [one, other]: [{ id: string; organisation: OrganisationId }, { id: string; organisation: OrganisationId }],
  at: Instant,
): Promise<Side[]> {
  const [first, second] = one.id < other.id ? [one, other] : [other, one];
  const made = await tx
    .insertInto('claim_introductions')
    .values({ id, first_claim: first.id, second_claim: second.id, created_at: at })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  if (made.numInsertedOrUpdatedRows === 1n) {
    await tx
      .insertInto('claim_introduction_sides')
      .values(
        [first, second].map((claim) => ({
          introduction_id: id,
          claim_id: claim.id,
          organisation_id: claim.organisation,
          contact: null,
          declined_at: null,
          met_organisation: null,
          met_contact: null,
          met_at: null,
          changed_at: at,
        })),
      )
      .execute();
  }
  const standing = await tx
    .selectFrom('claim_introductions')
    .select('id')
    .where('first_claim', '=', first.id)
    .where('second_claim', '=', second.id)
    .executeTakeFirstOrThrow();
  return sides(tx, standing.id);
}

/** Both sides of a pair, locked. Run as the instance itself. */
export async function sides(tx: Tx, introduction: string): Promise<Side[]> {
  return rows(tx).where('side.introduction_id', '=', introduction).orderBy('side.claim_id').forUpdate().execute();
}

/** This side of every pair that the claim is in. */
export const ofClaim = (tx: Tx, claim: string): Promise<Side[]> => ofClaimQuery(tx, claim).execute();

/** As `ofClaim`, and nobody else changes them until the transaction ends. */
export const lockOfClaim = (tx: Tx, claim: string): Promise<Side[]> => ofClaimQuery(tx, claim).forUpdate().execute();

const ofClaimQuery = (tx: Tx, claim: string) =>
  rows(tx).where('side.claim_id', '=', claim).orderBy('side.introduction_id');

/** Pairs of this claim in which the other side asks, with an open claim, and this one has said nothing. Run as the instance itself. */
export function waiting(tx: Tx, claim: string, at: Instant): Promise<{ id: string; at: Instant }[]> {
  return tx
    .selectFrom('claim_introduction_sides as side')
    .innerJoin('claim_introduction_sides as other', (join) =>
      join.onRef('other.introduction_id', '=', 'side.introduction_id').onRef('other.claim_id', '<>', 'side.claim_id'),
    )
    .innerJoin('claims', 'claims.id', 'other.claim_id')
    .select(['side.introduction_id as id', 'other.changed_at as at'])
    .where('side.claim_id', '=', claim)
    .where('side.contact', 'is', null)
    .where('side.declined_at', 'is', null)
    .where('other.contact', 'is not', null)
    .where('claims.ends_at', '>', at)
    .orderBy('other.changed_at')
    .orderBy('side.introduction_id')
    .execute();
}

/** The claim whose pair this is, of an organisation; undefined for any other and for none. Run as the instance itself. */
export async function claimOf(tx: Tx, introduction: string, organisation: OrganisationId): Promise<string | undefined> {
  const row = await tx
    .selectFrom('claim_introduction_sides')
    .select('claim_id')
    .where('introduction_id', '=', introduction)
    .where('organisation_id', '=', organisation)
    .executeTakeFirst();
  return row?.claim_id;
}

/** Keeps what one side says and whom it met. */
export async function save(tx: Tx, side: Side, at: Instant): Promise<void> {
  await tx
    .updateTable('claim_introduction_sides')
    .set({
      contact: side.contact,
      declined_at: side.declinedAt,
      met_organisation: side.metOrganisation,
      met_contact: side.metContact,
      met_at: side.metAt,
      changed_at: at,
    })
    .where('introduction_id', '=', side.introduction)
    .where('claim_id', '=', side.claim)
    .execute();
}
