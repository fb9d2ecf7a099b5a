import { sql } from 'kysely';
import type { OrganisationId, PersonId } from '../../domain/directory/actor.ts';
import { type Application, deciderRoles, openStates, type Said } from '../../domain/directory/application.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Tx } from '../database.ts';

export interface KeptApplication {
  number: number;
  id: string;
  said: Said;
  standing: Application;
  /** The sealed secret of the receipt; absent where somebody here proposed it without an application. */
  receipt: Uint8Array | null;
  receivedAt: Instant;
  updatedAt: Instant;
}

const rows = (tx: Tx) =>
  tx
    .selectFrom('applications')
    .select(['number', 'id', 'said', 'standing', 'receipt', 'received_at as receivedAt', 'updated_at as updatedAt']);

export async function insert(
  tx: Tx,
  {
    id,
    audience,
    said,
    standing,
    receipt,
    at,
  }: {
    id: string;
    audience: string;
    said: Said;
    standing: Application;
    receipt?: { hash: Uint8Array; sealed: Uint8Array };
    at: Instant;
  },
): Promise<void> {
  await tx
    .insertInto('applications')
    .values({
      id,
      audience_id: audience,
      receipt_hash: receipt?.hash ?? null,
      receipt: receipt?.sealed ?? null,
      proof_hash: null,
      proof_expires_at: null,
      said: JSON.stringify(said),
      email: said.contact.email,
      standing: JSON.stringify(standing),
      organisation_id: null,
      received_at: at,
      updated_at: at,
    })
    .execute();
}

/** How many wait for the proof of their address, and how many for a person. */
export async function counts(tx: Tx): Promise<{ sent: number; open: number }> {
  const { rows: found } = await sql<{ sent: number; open: number }>`
    select count(*) filter (where state = 'sent') as sent, count(*) filter (where state <> 'sent') as open
    from applications where state in ('sent', 'received', 'asked', 'proposed')`.execute(tx);
  return found[0] ?? { sent: 0, open: 0 };
}

/** Proofs that were sent to an address and have not expired: nobody is mailed more than a few. */
export async function countProofs(tx: Tx, email: string, now: Instant): Promise<number> {
  const row = await tx
    .selectFrom('applications')
    .select((count) => count.fn.countAll<number>().as('count'))
    .where('email', '=', email)
    .where('proof_expires_at', '>', now)
    .executeTakeFirstOrThrow();
  return row.count;
}

export async function setProof(tx: Tx, id: string, hash: Uint8Array, expiresAt: Instant): Promise<void> {
  await tx
    .updateTable('applications')
    .set({ proof_hash: hash, proof_expires_at: expiresAt })
    .where('id', '=', id)
    .execute();
}

/** The application whose address this proof proves; used up in `save`. Locked, as are all below. */
export async function lockByProof(tx: Tx, hash: Uint8Array, now: Instant): Promise<KeptApplication | undefined> {
  return rows(tx).where('proof_hash', '=', hash).where('proof_expires_at', '>', now).forUpdate().executeTakeFirst();
}

export function lockByReceipt(tx: Tx, hash: Uint8Array): Promise<KeptApplication | undefined> {
  return rows(tx).where('receipt_hash', '=', hash).forUpdate().executeTakeFirst();
}

export function lock(tx: Tx, id: string): Promise<KeptApplication | undefined> {
  return rows(tx).where('id', '=', id).forUpdate().executeTakeFirst();
}

/** One whose address was proved, in whatever state it is by now. */
export function find(tx: Tx, id: string): Promise<KeptApplication | undefined> {
  return rows(tx).where('id', '=', id).where('state', '<>', 'sent').executeTakeFirst();
}

/** Those that wait for somebody, the oldest first. */
export function listOpen(tx: Tx, after: number, limit: number): Promise<KeptApplication[]> {
  return rows(tx).where('state', 'in', openStates).where('number', '>', after).orderBy('number').limit(limit).execute();
}

/** Keeps where an application stands now. A proof works until the address is proved. */
export async function save(
  tx: Tx,
  id: string,
  standing: Application,
  at: Instant,
  organisation?: OrganisationId,
): Promise<void> {
  await tx
    .updateTable('applications')
    .set({
      standing: JSON.stringify(standing),
      updated_at: at,
      ...(standing.state !== 'sent' && { proof_hash: null }),
      ...(organisation !== undefined && { organisation_id: organisation }),
    })
    .where('id', '=', id)
    .execute();
}

/** Forgets those whose address nobody proved in time, and those that came to an end before `closedBefore`. */
export async function forget(
  tx: Tx,
  now: Instant,
  { sentBefore, closedBefore }: { sentBefore: Instant; closedBefore: Instant },
): Promise<void> {
  await tx
    .deleteFrom('applications')
    .where('state', '=', 'sent')
    .where('received_at', '<', sentBefore)
    .where((where) => where.or([where('proof_expires_at', 'is', null), where('proof_expires_at', '<', now)]))
    .execute();
  await tx
    .deleteFrom('applications')
    .where('state', 'in', ['admitted', 'refused', 'withdrawn'])
    .where('updated_at', '<', closedBefore)
    .execute();
}

/** What is known here of the same name, domain or address, in words for whoever decides. Asked as the instance. */
export async function alike(tx: Tx, { id, said }: { id: string; said: Said }): Promise<string[]> {
  const { rows: found } = await sql<{ what: string }>`
    select 'An organisation of this name takes part here.' as what
      where exists (select from organisations o left join participations p on p.organisation_id = o.id
        where lower(o.name) = lower(${said.name}) and coalesce(p.state, 'admitted') <> 'left')
    union all
    select 'Another application names the same organisation.'
      where exists (select from applications where id <> ${id} and state in ('received', 'asked', 'proposed')
        and lower(said->>'name') = lower(${said.name}))
    union all
    select 'Another application came from the same mail address.'
      where exists (select from applications where id <> ${id} and state in ('received', 'asked', 'proposed')
        and email = ${said.contact.email})
    union all
    select 'Another application, or an organisation here, names the same domain.'
      where exists (select from applications where id <> ${id} and state in ('received', 'asked', 'proposed')
          and lower(said->>'domain') = lower(${said.domain ?? null}))
        or exists (select from participations where lower(domain) = lower(${said.domain ?? null}) and state <> 'left')`.execute(
    tx,
  );
  return found.map(({ what }) => what);
}

/** People of the organisation that runs the instance who may be one of two: its administrators and coordinators, never an agent. */
export async function deciders(tx: Tx): Promise<{ id: PersonId; name: string }[]> {
  const { rows: found } = await sql<{ id: PersonId; name: string }>`
    select p.id, p.name from people p join organisations o on o.id = p.organisation_id
    where o.is_host and p.left_at is null and p.roles && ${[...deciderRoles]}::text[]
    order by p.name, p.id limit 200`.execute(tx);
  return found;
}
