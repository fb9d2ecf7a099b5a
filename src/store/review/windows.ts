import type { OrganisationId } from '../../domain/directory/actor.ts';
import type { Instant } from '../../domain/instant.ts';
import type { WindowEvent } from '../../domain/review/window.ts';
import type { Tx } from '../database.ts';
import type { Entry } from '../log/entries.ts';

/** One recorded event, with who did it. */
export type KeptEvent = WindowEvent & { number: number; by: string; organisation: OrganisationId };

/** What happened in the window of a submission, in order. */
export async function events(tx: Tx, submission: string): Promise<KeptEvent[]> {
  const rows = await tx
    .selectFrom('window_events')
    .select(['number', 'event', 'by', 'organisation_id as organisation'])
    .where('submission_id', '=', submission)
    .orderBy('number')
    .execute();
  return rows.map(({ number, event, by, organisation }) => ({ ...(event as WindowEvent), number, by, organisation }));
}

/** Adds the next event; the submission is locked. `endsAt` is when the window then ends if nobody acts. */
export async function add(
  tx: Tx,
  { id, audience }: { id: string; audience: string },
  { number, by, organisation, ...event }: KeptEvent,
  endsAt: Instant | undefined,
): Promise<void> {
  await tx
    .insertInto('window_events')
    .values({
      submission_id: id,
      audience_id: audience,
      number,
      event: JSON.stringify(event),
      by,
      organisation_id: organisation,
    })
    .execute();
  const ends = { ends_at: endsAt ?? null };
  await tx
    .insertInto('windows')
    .values({ submission_id: id, audience_id: audience, told_of: null, ...ends })
    .onConflict((conflict) => conflict.column('submission_id').doUpdateSet(ends))
    .execute();
}

/** Submissions whose window ends before `before` and of whose end nobody was told, or has ended; asked as the instance. */
export async function ending(tx: Tx, now: Instant, before: Instant): Promise<{ id: string; endsAt: Instant }[]> {
  const rows = await tx
    .selectFrom('windows')
    .select(['submission_id as id', 'ends_at as endsAt'])
    .where('ends_at', '<=', before)
    .where((where) =>
      where.or([
        where('ends_at', '<=', now),
        where('told_of', 'is', null),
        where('told_of', '<>', where.ref('ends_at')),
      ]),
    )
    .orderBy('ends_at')
    .limit(1000)
    .execute();
  return rows.map(({ id, endsAt }) => ({ id, endsAt: endsAt as Instant }));
}

/** Notes that the parties were told that it ends then. */
export async function noteTold(tx: Tx, id: string, endsAt: Instant): Promise<void> {
  await tx.updateTable('windows').set({ told_of: endsAt }).where('submission_id', '=', id).execute();
}

/** Notes that what follows from its end was done. */
export async function noteEnded(tx: Tx, id: string): Promise<void> {
  await tx.updateTable('windows').set({ ends_at: null }).where('submission_id', '=', id).execute();
}

/** The entry of one event in the log, with its leaf. */
export type EventEntry = Omit<Entry, 'opening'> & { leaf: Uint8Array };

/** The entries of a window's events by the number of the event, as far as they have their places. */
export async function entriesOf(tx: Tx, submission: string): Promise<Map<number, EventEntry>> {
  const rows = await tx
    .selectFrom('log_openings')
    .innerJoin('log_leaves', 'log_leaves.opening', 'log_openings.id')
    .select(['log_leaves.index', 'log_leaves.leaf', 'type', 'did', 'object', 'at', 'nonce', 'body'])
    .where('object', '=', submission)
    .where('did', 'like', 'window\\_%')
    .where('type', '=', 'act')
    .execute();
  return new Map(rows.map((row) => [(JSON.parse(row.body) as { number: number }).number, row]));
}
