import { sql } from 'kysely';
import type { OrganisationId } from '../../domain/directory/actor.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Partner } from '../../domain/review/partner.ts';
import type { Tx } from '../database.ts';
import type { PartnerEventsTable } from './decision-tables.ts';

export interface KeptPartner {
  id: string;
  audience: string;
  submission: string;
  developer: OrganisationId;
  authority: OrganisationId | null;
  /** The organisation here; null until it is invited. */
  organisation: OrganisationId | null;
  name: string;
  sector: string;
  model: { name: string; version: string };
  policyVersion: string;
  current: Partner;
  acceptedAt: Instant | null;
  createdAt: Instant;
  updatedAt: Instant;
}

export interface KeptEvent {
  id: string;
  /** Who reads it: the partner's file's audience when it happened. */
  audience: string;
  at: Instant;
  side: PartnerEventsTable['side'];
  by: { id: string; name: string };
  did: PartnerEventsTable['did'];
  detail: { text?: string; terms?: string; reason?: string; stance?: string };
  sealedAt: Instant | null;
}

const rows = (tx: Tx) =>
  tx
    .selectFrom('partners')
    .select([
      'id',
      'audience_id as audience',
      'submission_id as submission',
      'developer_id as developer',
      'authority_id as authority',
      'organisation_id as organisation',
      'name',
      'sector',
      'model_name as modelName',
      'model_version as modelVersion',
      'policy_version as policyVersion',
      'current',
      'accepted_at as acceptedAt',
      'created_at as createdAt',
      'updated_at as updatedAt',
    ]);

type Row = Omit<KeptPartner, 'model'> & { modelName: string; modelVersion: string };

const kept = ({ modelName, modelVersion, ...rest }: Row): KeptPartner => ({
  ...rest,
  model: { name: modelName, version: modelVersion },
});

/** The partner's file, if this transaction's actor may know of it. */
export async function find(tx: Tx, id: string): Promise<KeptPartner | undefined> {
  const row = await rows(tx).where('id', '=', id).executeTakeFirst();
  return row && kept(row);
}

/** As `find`, and nobody else changes it until the transaction ends. */
export async function lock(tx: Tx, id: string): Promise<KeptPartner | undefined> {
  const row = await rows(tx).where('id', '=', id).forUpdate().executeTakeFirst();
  return row && kept(row);
}

/** Those of a submission that this transaction's actor may know of, oldest first. */
export async function list(
  tx: Tx,
  submission: string,
  { limit, after }: { limit: number; after?: { createdAt: Instant; id: string } },
): Promise<KeptPartner[]> {
  let query = rows(tx).where('submission_id', '=', submission).orderBy('created_at').orderBy('id').limit(limit);
  if (after !== undefined) {
    query = query.where(({ eb, refTuple, tuple }) =>
      eb(refTuple('created_at', 'id'), '>', tuple(after.createdAt, after.id)),
    );
  }
  return (await query.execute()).map(kept);
}

/** The invitations of an organisation, the one changed last first. */
export async function invitations(
  tx: Tx,
  organisation: OrganisationId,
  { limit, after }: { limit: number; after?: { updatedAt: Instant; id: string } },
): Promise<KeptPartner[]> {
  let query = rows(tx)
    .where('organisation_id', '=', organisation)
    .orderBy('updated_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit);
  if (after !== undefined) {
    query = query.where(({ eb, refTuple, tuple }) =>
      eb(refTuple('updated_at', 'id'), '<', tuple(after.updatedAt, after.id)),
    );
  }
  return (await query.execute()).map(kept);
}

/** How many partners' files of a submission this transaction's actor may know of. */
export async function count(tx: Tx, submission: string): Promise<number> {
  const { n } = await tx
    .selectFrom('partners')
    .select(({ fn }) => fn.countAll<number>().as('n'))
    .where('submission_id', '=', submission)
    .executeTakeFirstOrThrow();
  return n;
}

export async function insert(tx: Tx, made: KeptPartner): Promise<void> {
  await tx
    .insertInto('partners')
    .values({
      id: made.id,
      audience_id: made.audience,
      submission_id: made.submission,
      developer_id: made.developer,
      authority_id: made.authority,
      organisation_id: made.organisation,
      name: made.name,
      sector: made.sector,
      model_name: made.model.name,
      model_version: made.model.version,
      policy_version: made.policyVersion,
      current: JSON.stringify(made.current),
      accepted_at: made.acceptedAt,
      created_at: made.createdAt,
      updated_at: made.updatedAt,
    })
    .execute();
}

/** Saves all that acts change. */
export async function save(tx: Tx, next: KeptPartner): Promise<void> {
  await tx
    .updateTable('partners')
    .set({
      audience_id: next.audience,
      authority_id: next.authority,
      organisation_id: next.organisation,
      name: next.name,
      current: JSON.stringify(next.current),
      accepted_at: next.acceptedAt,
      updated_at: next.updatedAt,
    })
    .where('id', '=', next.id)
    .execute();
}

/** Adds an event. Its position counts all events of the partner's file, also those that the actor may not read. */
export async function addEvent(
  tx: Tx,
  partner: { id: string; audience: string; position: number },
  { id, at, side, by, did, detail }: Omit<KeptEvent, 'sealedAt' | 'audience'>,
): Promise<void> {
  await tx
    .insertInto('partner_events')
    .values({
      id,
      partner_id: partner.id,
      audience_id: partner.audience,
      position: partner.position,
      at,
      side,
      by_id: by.id,
      by_name: by.name,
      did,
      detail: JSON.stringify(detail),
      sealed_at: null,
    })
    .execute();
}

const eventRows = (tx: Tx) =>
  tx
    .selectFrom('partner_events')
    .select([
      'id',
      'partner_id as partner',
      'audience_id as audience',
      'at',
      'side',
      'by_id as byId',
      'by_name as byName',
      'did',
      'detail',
      'sealed_at as sealedAt',
    ]);

/** The events of partners' files in their order, by partner, as far as this transaction's actor may read them. */
export async function events(tx: Tx, partners: readonly string[]): Promise<Map<string, KeptEvent[]>> {
  const found = new Map<string, KeptEvent[]>(partners.map((id) => [id, []]));
  if (partners.length === 0) return found;
  const all = await eventRows(tx).where('partner_id', 'in', partners).orderBy('position').execute();
  for (const { partner, byId, byName, ...rest } of all) {
    found.get(partner)?.push({ ...rest, by: { id: byId, name: byName } });
  }
  return found;
}

/** The position of the last event: the newest is always one that every side may read. */
export async function lastPosition(tx: Tx, partner: string): Promise<number> {
  const row = await tx
    .selectFrom('partner_events')
    .select('position')
    .where('partner_id', '=', partner)
    .orderBy('position', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.position ?? 0;
}

/** Takes the words of one event away and notes when. */
export async function sealEvent(tx: Tx, id: string, detail: KeptEvent['detail'], at: Instant): Promise<void> {
  await tx
    .updateTable('partner_events')
    .set({ detail: JSON.stringify(detail), sealed_at: at })
    .where('id', '=', id)
    .execute();
}

/** Puts a text where the app cannot read it again. */
export async function seal(
  tx: Tx,
  { object, text, by, at }: { object: string; text: string; by: string; at: Instant },
): Promise<void> {
  await tx.insertInto('sealed_texts').values({ object, text, sealed_by: by, sealed_at: at }).execute();
}

/** For each sector: partners that had accepted terms by a moment and had not left, and the developers behind them. */
export async function bySector(
  tx: Tx,
  before: Instant,
): Promise<{ sector: string; partners: number; developers: number }[]> {
  const { rows } = await sql<{ sector: string; partners: number; developers: number }>`
    select sector, count(distinct partners.organisation_id)::int as partners,
           count(distinct partners.developer_id)::int as developers
    from partners join organisations on organisations.id = partners.organisation_id and not organisations.is_sample
    where accepted_at < ${before}
      and (current->>'state' in ('terms_accepted', 'provisioned', 'ready') or updated_at >= ${before})
    group by sector`.execute(tx);
  return rows;
}
