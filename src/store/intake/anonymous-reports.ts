import type { Tx } from '../database.ts';
import { deskAudience } from './sources.ts';

/** Keeps the digest of the token with which a report without an account is followed, and the sealed address for answers. */
export async function insert(
  tx: Tx,
  { finding, token, contact }: { finding: string; token: Buffer; contact: Buffer | null },
): Promise<void> {
  await tx.insertInto('anonymous_reports').values({ finding, audience_id: deskAudience, token, contact }).execute();
}

/** The id of the finding that a token's digest belongs to. */
export async function findingOf(tx: Tx, token: Buffer): Promise<string | undefined> {
  const row = await tx.selectFrom('anonymous_reports').select('finding').where('token', '=', token).executeTakeFirst();
  return row?.finding;
}

/** The sealed address of who reported without an account, where they left one. */
export async function contactOf(tx: Tx, finding: string): Promise<Buffer | undefined> {
  const row = await tx
    .selectFrom('anonymous_reports')
    .select('contact')
    .where('finding', '=', finding)
    .executeTakeFirst();
  return row?.contact ?? undefined;
}
