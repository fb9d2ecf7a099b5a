/** What maintainers ask of those who scan their packages. Public, while nobody took it back. */
import { sql } from 'kysely';
import type { OrganisationId, PersonId } from '../../domain/directory/actor.ts';
import type { Instant } from '../../domain/instant.ts';
import type { IntakePolicy, PolicyStanding, Proof } from '../../domain/intake/intake-policy.ts';
import type { Tx } from '../database.ts';

export interface KeptIntakePolicy {
  number: number;
  id: string;
  organisation: OrganisationId;
  organisationName: string;
  person: PersonId;
  personName: string;
  purl: string;
  policy: IntakePolicy;
  proof: Proof;
  standing: PolicyStanding;
  statedAt: Instant;
  decidedAt: Instant | null;
}

const rows = (tx: Tx) =>
  tx
    .selectFrom('intake_policies')
    .select([
      'number',
      'id',
      'organisation_id as organisation',
      'organisation_name as organisationName',
      'person_id as person',
      'person_name as personName',
      'purl',
      'policy',
      'proof',
      'standing',
      'stated_at as statedAt',
      'decided_at as decidedAt',
    ]);

/** The statement, if it is public or this transaction's actor's own, until the transaction ends changed by nobody else. */
export function lock(tx: Tx, id: string): Promise<KeptIntakePolicy | undefined> {
  return rows(tx).where('id', '=', id).forUpdate().executeTakeFirst();
}

export function find(tx: Tx, id: string): Promise<KeptIntakePolicy | undefined> {
  return rows(tx).where('id', '=', id).executeTakeFirst();
}

export interface Page {
  /** Only those that share a name with these. */
  keys?: readonly string[] | undefined;
  organisation?: OrganisationId | undefined;
  standings: readonly PolicyStanding[];
  before?: number | undefined;
  limit: number;
}

/** Statements, the newest first. */
export function list(
  tx: Tx,
  { keys, organisation, standings, before = Number.MAX_SAFE_INTEGER, limit }: Page,
): Promise<KeptIntakePolicy[]> {
  return rows(tx)
    .where('number', '<', before)
    .where('standing', 'in', standings)
    .$if(keys !== undefined, (query) => query.where(sql<boolean>`keys && ${[...(keys ?? [])]}::text[]`))
    .$if(organisation !== undefined, (query) => query.where('organisation_id', '=', organisation as OrganisationId))
    .orderBy('number', 'desc')
    .limit(limit)
    .execute();
}

/** Whether maintainers whose proof was confirmed ask not to be scanned unasked. Not what the asker's own organisation says. */
export async function isOptedOut(tx: Tx, keys: readonly string[], organisation: OrganisationId): Promise<boolean> {
  const row = await tx
    .selectFrom('intake_policies')
    .select('number')
    .where(sql<boolean>`keys && ${[...keys]}::text[]`)
    .where('standing', '=', 'confirmed')
    .where('organisation_id', '<>', organisation)
    .where(sql<boolean>`(policy ->> 'isOptOut')::boolean`)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** How many statements of an organisation stand. */
export async function count(tx: Tx, organisation: OrganisationId): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from intake_policies
    where organisation_id = ${organisation} and standing in ('stated', 'confirmed')`.execute(tx);
  return rows[0]?.count ?? 0;
}

/** The ids of what an organisation states for a package and nobody took back. */
export async function standing(tx: Tx, organisation: OrganisationId, purl: string): Promise<string[]> {
  const found = await tx
    .selectFrom('intake_policies')
    .select('id')
    .where('organisation_id', '=', organisation)
    .where('purl', '=', purl)
    .where('standing', 'in', ['stated', 'confirmed'])
    .orderBy('number')
    .execute();
  return found.map(({ id }) => id);
}

export type NewIntakePolicy = Omit<KeptIntakePolicy, 'number' | 'standing' | 'decidedAt'> & { keys: string[] };

export async function insert(tx: Tx, made: NewIntakePolicy): Promise<void> {
  await tx
    .insertInto('intake_policies')
    .values({
      id: made.id,
      organisation_id: made.organisation,
      organisation_name: made.organisationName,
      person_id: made.person,
      person_name: made.personName,
      purl: made.purl,
      keys: made.keys,
      policy: made.policy,
      proof: made.proof,
      standing: 'stated',
      stated_at: made.statedAt,
      decided_by: null,
      decided_at: null,
    })
    .execute();
}

export async function settle(
  tx: Tx,
  id: string,
  { standing, by, at }: { standing: PolicyStanding; by: string; at: Instant },
): Promise<void> {
  await tx
    .updateTable('intake_policies')
    .set({ standing, decided_by: by, decided_at: at })
    .where('id', '=', id)
    .execute();
}
