/** Requests to reproduce a finding, what came back, and what was recorded of it. */
import { type SqlBool, sql } from 'kysely';
import type { OrganisationId, PersonId } from '../../domain/directory/actor.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Assessment, Environment, Independence, Verdict } from '../../domain/intake/validation.ts';
import type { Tx } from '../database.ts';

export interface KeptValidation {
  id: string;
  audience: string;
  finding: string;
  findingDigest: string;
  organisation: OrganisationId;
  /** As far as the actor may know it. */
  organisationName: string | null;
  title: string;
  kitDigest: string;
  needsNetwork: boolean;
  askedAt: Instant;
  endsAt: Instant;
  withdrawnAt: Instant | null;
}

/** What is kept of evidence beside its envelope: the answers of the rules on the day it came. */
export interface EvidenceSummary {
  assessment: Assessment;
  independence: Independence;
  environment: Environment;
  environmentDigest: string;
  /** Where the runs were not those of the kit, in words. */
  differences: string[];
}

export interface KeptEvidence {
  id: string;
  validation: string;
  receivedAt: Instant;
  digest: string;
  person: { id: string; name: string };
  organisation: OrganisationId;
  verdict: Verdict;
  isIndependent: boolean;
  summary: EvidenceSummary;
  key: { publicKey: Buffer; fingerprint: string; label: string; revokedAt: Instant | null };
}

const rows = (tx: Tx) =>
  tx
    .selectFrom('validations')
    .leftJoin('organisations', 'organisations.id', 'validations.organisation_id')
    .select([
      'validations.id',
      'validations.audience_id as audience',
      'finding_id as finding',
      'finding_digest as findingDigest',
      'validations.organisation_id as organisation',
      'organisations.name as organisationName',
      'title',
      'kit_digest as kitDigest',
      'needs_network as needsNetwork',
      'asked_at as askedAt',
      'ends_at as endsAt',
      'withdrawn_at as withdrawnAt',
    ]);

/** The request, if this transaction's actor may know of it. */
export function find(tx: Tx, id: string): Promise<KeptValidation | undefined> {
  return rows(tx).where('validations.id', '=', id).executeTakeFirst();
}

export interface Filter {
  /** Those on one finding. */
  finding?: string | undefined;
  /** Those that one organisation was asked in and that have not ended by now. */
  openTo?: { organisation: OrganisationId; now: Instant } | undefined;
  /** The id of the last one of the page before. */
  after?: string | undefined;
  limit: number;
}

/** Requests that the actor may know of, the newest first. */
export function list(tx: Tx, { finding, openTo, after, limit }: Filter): Promise<KeptValidation[]> {
  return rows(tx)
    .$if(finding !== undefined, (query) => query.where('finding_id', '=', finding as string))
    .$if(openTo !== undefined, (query) =>
      query
        .where('validations.organisation_id', '=', openTo?.organisation as OrganisationId)
        .where('ends_at', '>', openTo?.now as Instant)
        .where('withdrawn_at', 'is', null),
    )
    .$if(after !== undefined, (query) =>
      query.where(sql<SqlBool>`validations.number < (select v.number from validations v where v.id = ${after})`),
    )
    .orderBy('validations.number', 'desc')
    .limit(limit)
    .execute();
}

export async function insert(
  tx: Tx,
  validation: Omit<KeptValidation, 'organisationName' | 'withdrawnAt'> & { kit: Buffer; askedBy: string },
): Promise<void> {
  await tx
    .insertInto('validations')
    .values({
      id: validation.id,
      audience_id: validation.audience,
      finding_id: validation.finding,
      finding_digest: validation.findingDigest,
      organisation_id: validation.organisation,
      title: validation.title,
      kit: validation.kit,
      kit_digest: validation.kitDigest,
      needs_network: validation.needsNetwork,
      asked_by: validation.askedBy,
      asked_at: validation.askedAt,
      ends_at: validation.endsAt,
    })
    .execute();
}

/** The kit of a request, sealed. */
export async function kit(tx: Tx, id: string): Promise<Buffer | undefined> {
  const row = await tx.selectFrom('validations').select('kit').where('id', '=', id).executeTakeFirst();
  return row?.kit;
}

export async function withdraw(tx: Tx, id: string, at: Instant): Promise<void> {
  await tx.updateTable('validations').set({ withdrawn_at: at }).where('id', '=', id).execute();
}

/** How many requests on a finding there are. */
export async function count(tx: Tx, finding: string): Promise<number> {
  const { count } = await tx
    .selectFrom('validations')
    .select((of) => of.fn.countAll<number>().as('count'))
    .where('finding_id', '=', finding)
    .executeTakeFirstOrThrow();
  return count;
}

const evidenceRows = (tx: Tx) =>
  tx
    .selectFrom('validation_evidence')
    .innerJoin('validator_keys', 'validator_keys.id', 'validation_evidence.key_id')
    .select([
      'validation_evidence.id',
      'validation_id as validation',
      'received_at as receivedAt',
      'digest',
      'validation_evidence.person_id as personId',
      'person_name as personName',
      'validation_evidence.organisation_id as organisation',
      'verdict',
      'is_independent as isIndependent',
      'summary',
      'public_key as publicKey',
      'fingerprint',
      'label',
      'revoked_at as revokedAt',
    ]);

/** The evidence on these requests that the actor may know of, oldest first. */
export async function evidence(tx: Tx, validations: string[]): Promise<KeptEvidence[]> {
  if (validations.length === 0) return [];
  const found = await evidenceRows(tx)
    .where('validation_id', 'in', validations)
    .orderBy('validation_evidence.number')
    .execute();
  return found.map(({ personId, personName, publicKey, fingerprint, label, revokedAt, ...one }) => ({
    ...one,
    person: { id: personId, name: personName },
    key: { publicKey, fingerprint, label, revokedAt },
  }));
}

export async function addEvidence(
  tx: Tx,
  evidence: Omit<KeptEvidence, 'key' | 'person'> & {
    audience: string;
    person: { id: PersonId; name: string };
    key: string;
    envelope: Buffer;
  },
): Promise<void> {
  await tx
    .insertInto('validation_evidence')
    .values({
      id: evidence.id,
      validation_id: evidence.validation,
      audience_id: evidence.audience,
      organisation_id: evidence.organisation,
      person_id: evidence.person.id,
      person_name: evidence.person.name,
      key_id: evidence.key,
      digest: evidence.digest,
      envelope: evidence.envelope,
      verdict: evidence.verdict,
      is_independent: evidence.isIndependent,
      summary: JSON.stringify(evidence.summary),
      received_at: evidence.receivedAt,
    })
    .execute();
}

/** The envelope of a piece of evidence on a request, sealed. */
export async function envelope(tx: Tx, validation: string, id: string): Promise<Buffer | undefined> {
  const row = await tx
    .selectFrom('validation_evidence')
    .select('envelope')
    .where('id', '=', id)
    .where('validation_id', '=', validation)
    .executeTakeFirst();
  return row?.envelope;
}

/** How often a person, or an agent of theirs, read a thing, by the record. Asked by that person: one's own reads are always one's own to see. */
export async function readsBy(tx: Tx, person: PersonId, object: string): Promise<number> {
  const { rows: found } = await sql<{ count: number }>`
    select count(*)::int as count from log_openings
    where object = ${object} and type = 'access' and (actor = ${person} or body::jsonb ->> 'principal' = ${person})`.execute(
    tx,
  );
  return found[0]?.count ?? 0;
}

/** Who reported a finding, or another one that is in its case now. For coordinators: nobody else knows what is in a case. */
export async function findersOf(tx: Tx, finding: number): Promise<Set<OrganisationId>> {
  const { rows: found } = await sql<{ id: OrganisationId }>`
    select distinct f.organisation_id as id from findings f where f.organisation_id is not null and f.number in (
      select ${finding}::bigint
      union
      select other.finding from case_members own
      join case_members other on other.case_id = own.case_id and other.until is null
      where own.finding = ${finding} and own.until is null
    )`.execute(tx);
  return new Set(found.map(({ id }) => id));
}

export interface Outcome {
  finding: string;
  state: 'validated' | 'not_reproduced';
  text: string | null;
  recordedAt: Instant;
}

/** What was recorded of a finding last. */
export function outcome(tx: Tx, finding: string): Promise<Outcome | undefined> {
  return tx
    .selectFrom('validation_outcomes')
    .select(['finding_id as finding', 'state', 'text', 'at as recordedAt'])
    .where('finding_id', '=', finding)
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst();
}

export async function addOutcome(
  tx: Tx,
  audience: string,
  { finding, state, text, recordedAt }: Outcome,
): Promise<void> {
  await tx
    .insertInto('validation_outcomes')
    .values({ finding_id: finding, audience_id: audience, state, text, at: recordedAt })
    .execute();
}
