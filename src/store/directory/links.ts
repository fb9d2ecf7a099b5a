import type { PersonId } from '../../domain/directory/actor.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Tx } from '../database.ts';

export async function insert(
  tx: Tx,
  link: { tokenHash: Uint8Array; person: PersonId; expiresAt: Instant },
): Promise<void> {
  await tx
    .insertInto('sign_in_links')
    .values({ token_hash: link.tokenHash, person_id: link.person, expires_at: link.expiresAt, used_at: null })
    .execute();
}

/** Links of a person that were made lately and have not yet expired, used or not. */
export async function countLiving(tx: Tx, person: PersonId, now: Instant): Promise<number> {
  const row = await tx
    .selectFrom('sign_in_links')
    .select((count) => count.fn.countAll<number>().as('count'))
    .where('person_id', '=', person)
    .where('expires_at', '>', now)
    .executeTakeFirstOrThrow();
  return row.count;
}

/** Ends the links of a person that nobody has used. */
export async function endAll(tx: Tx, person: PersonId, now: Instant): Promise<void> {
  await tx
    .updateTable('sign_in_links')
    .set({ used_at: now })
    .where('person_id', '=', person)
    .where('used_at', 'is', null)
    .execute();
}

/** Ends what other links a person has, save those that are being used just now: to wait for those could be for ever. */
export async function endOthers(tx: Tx, person: PersonId, now: Instant): Promise<void> {
  await tx
    .updateTable('sign_in_links')
    .set({ used_at: now })
    .where('token_hash', 'in', (links) =>
      links
        .selectFrom('sign_in_links')
        .select('token_hash')
        .where('person_id', '=', person)
        .where('used_at', 'is', null)
        .forUpdate()
        .skipLocked(),
    )
    .execute();
}

/** Uses a link up and gives whose it was. Of two who come with the same link at once, one gets nothing. */
export async function use(tx: Tx, tokenHash: Uint8Array, now: Instant): Promise<PersonId | undefined> {
  const row = await tx
    .updateTable('sign_in_links')
    .set({ used_at: now })
    .where('token_hash', '=', tokenHash)
    .where('used_at', 'is', null)
    .where('expires_at', '>', now)
    .returning('person_id')
    .executeTakeFirst();
  return row?.person_id;
}
