import type { OrganisationId, PersonId } from '../../domain/directory/actor.ts';
import {
  type DeskItem,
  type DeskState,
  type Observation,
  type Reading,
  type ReturnReason,
  type SignOff,
  stateOf,
} from '../../domain/evidence/reading.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Tx } from '../database.ts';

/** An attempt on the desk with where it comes from. */
export interface KeptItem extends DeskItem {
  run: string;
  /** The attempt's place in the run, the item's name there, and which attempt at it. */
  sample: number;
  name: string;
  epoch: number;
  /** Why it was put there. */
  reason: string;
  putBy: string;
  putAt: Instant;
}

const rows = (tx: Tx) =>
  tx
    .selectFrom('desk_items')
    .innerJoin('runs', 'runs.id', 'desk_items.run_id')
    .innerJoin('run_samples', (join) =>
      join.onRef('run_samples.run', '=', 'runs.number').onRef('run_samples.number', '=', 'desk_items.sample'),
    )
    .select([
      'desk_items.id',
      'desk_items.run_id as run',
      'desk_items.sample',
      'run_samples.id as name',
      'run_samples.epoch',
      'desk_items.reason',
      'desk_items.put_by as putBy',
      'desk_items.put_at as putAt',
      'desk_items.settled',
      'desk_items.settled_by as settledBy',
      'desk_items.settled_at as settledAt',
    ]);

type Row = Awaited<ReturnType<ReturnType<typeof rows>['execute']>>[number];

async function withReadings(tx: Tx, items: Row[]): Promise<KeptItem[]> {
  const ids = items.map(({ id }) => id);
  const readings =
    ids.length === 0
      ? []
      : await tx
          .selectFrom('desk_readings')
          .selectAll()
          .where('item_id', 'in', ids)
          .orderBy('assigned_at')
          .orderBy('id')
          .execute();
  const byItem = new Map<string, typeof readings>(ids.map((id) => [id, []]));
  for (const reading of readings) byItem.get(reading.item_id)?.push(reading);
  return items.map(({ settled, settledBy, settledAt, ...item }) => ({
    ...item,
    readings: (byItem.get(item.id) ?? []).map(
      (one): Reading => ({
        id: one.id,
        reader: one.reader,
        assignedAt: one.assigned_at,
        ...(one.observation !== null &&
          one.handed_in_at !== null && { handedIn: { at: one.handed_in_at, observation: one.observation } }),
        ...(one.return_reason !== null &&
          one.returned_at !== null && { returned: { at: one.returned_at, reason: one.return_reason } }),
      }),
    ),
    ...(settled !== null &&
      settledBy !== null &&
      settledAt !== null && { settled: { by: settledBy, at: settledAt, observation: settled } }),
  }));
}

/** The item, if it is on the desk of the actor's organisation; nobody else changes it until the transaction ends. */
export async function lock(tx: Tx, id: string): Promise<KeptItem | undefined> {
  return (await withReadings(tx, await rows(tx).where('desk_items.id', '=', id).forUpdate('desk_items').execute()))[0];
}

export async function find(tx: Tx, id: string): Promise<KeptItem | undefined> {
  return (await withReadings(tx, await rows(tx).where('desk_items.id', '=', id).execute()))[0];
}

/** The item that a reading is of, locked. */
export async function lockByReading(tx: Tx, reading: string): Promise<KeptItem | undefined> {
  const row = await tx.selectFrom('desk_readings').select('item_id').where('id', '=', reading).executeTakeFirst();
  return row && lock(tx, row.item_id);
}

export interface QueuePage {
  run?: string | undefined;
  state?: DeskState | undefined;
  /** Only what this person has in hand. */
  reader?: PersonId | undefined;
  limit: number;
  after?: { putAt: Instant; id: string } | undefined;
}

/** What is on the desk, what was put there first at the head. */
export async function list(tx: Tx, { run, state, reader, limit, after }: QueuePage): Promise<KeptItem[]> {
  let query = rows(tx).orderBy('desk_items.put_at').orderBy('desk_items.id').limit(limit);
  if (run !== undefined) query = query.where('desk_items.run_id', '=', run);
  if (state !== undefined) query = query.where('desk_items.state', '=', state);
  if (reader !== undefined) {
    query = query.where('desk_items.id', 'in', (eb) =>
      eb
        .selectFrom('desk_readings')
        .select('item_id')
        .where('reader', '=', reader)
        .where('handed_in_at', 'is', null)
        .where('returned_at', 'is', null),
    );
  }
  if (after !== undefined) {
    query = query.where(({ eb, refTuple, tuple }) =>
      eb(refTuple('desk_items.put_at', 'desk_items.id'), '>', tuple(after.putAt, after.id)),
    );
  }
  return withReadings(tx, await query.execute());
}

/** Everything of one run, in the order of ids. The desk holds a bounded number of a run's attempts. */
export async function ofRun(tx: Tx, run: string): Promise<KeptItem[]> {
  return withReadings(tx, await rows(tx).where('desk_items.run_id', '=', run).orderBy('desk_items.id').execute());
}

/** Puts attempts on the desk; those that lie there already stay as they are. Gives how many are new. */
export async function put(
  tx: Tx,
  organisation: OrganisationId,
  run: string,
  items: { id: string; sample: number }[],
  { reason, by, at }: { reason: string; by: string; at: Instant },
): Promise<number> {
  const made = await tx
    .insertInto('desk_items')
    .values(
      items.map(({ id, sample }) => ({
        id,
        organisation_id: organisation,
        run_id: run,
        sample,
        reason,
        state: 'wanting' as const,
        put_by: by,
        put_at: at,
        settled: null,
        settled_by: null,
        settled_at: null,
      })),
    )
    .onConflict((conflict) => conflict.columns(['organisation_id', 'run_id', 'sample']).doNothing())
    .returning('id')
    .execute();
  return made.length;
}

export async function assign(
  tx: Tx,
  { item, organisation }: { item: string; organisation: OrganisationId },
  { id, reader, by, at }: { id: string; reader: PersonId; by: string; at: Instant },
): Promise<void> {
  await tx
    .insertInto('desk_readings')
    .values({
      id,
      item_id: item,
      organisation_id: organisation,
      reader,
      assigned_by: by,
      assigned_at: at,
      observation: null,
      handed_in_at: null,
      return_reason: null,
      returned_at: null,
    })
    .execute();
}

export async function handIn(tx: Tx, id: string, observation: Observation, at: Instant): Promise<void> {
  await tx
    .updateTable('desk_readings')
    .set({ observation: JSON.stringify(observation), handed_in_at: at })
    .where('id', '=', id)
    .execute();
}

export async function giveBack(tx: Tx, id: string, reason: ReturnReason, at: Instant): Promise<void> {
  await tx.updateTable('desk_readings').set({ return_reason: reason, returned_at: at }).where('id', '=', id).execute();
}

export async function settle(
  tx: Tx,
  item: string,
  { observation, by, at }: { observation: Observation; by: PersonId; at: Instant },
): Promise<void> {
  await tx
    .updateTable('desk_items')
    .set({ settled: JSON.stringify(observation), settled_by: by, settled_at: at })
    .where('id', '=', item)
    .execute();
}

/** Reads an item anew after a change and keeps its state beside it, for lists. */
export async function refresh(tx: Tx, id: string): Promise<KeptItem> {
  const item = (await find(tx, id)) as KeptItem;
  await tx
    .updateTable('desk_items')
    .set({ state: stateOf(item) })
    .where('id', '=', id)
    .execute();
  return item;
}

/** How many items of a run there are in each state. */
export async function counts(tx: Tx, run: string): Promise<Partial<Record<DeskState, number>>> {
  const found = await tx
    .selectFrom('desk_items')
    .select(({ fn }) => ['state', fn.countAll<number>().as('count')])
    .where('run_id', '=', run)
    .groupBy('state')
    .execute();
  return Object.fromEntries(found.map(({ state, count }) => [state, Number(count)]));
}

export function signOffs(tx: Tx, run: string): Promise<SignOff[]> {
  return tx
    .selectFrom('desk_sign_offs')
    .select(['person as by', 'signed_at as at', 'outcomes'])
    .where('run_id', '=', run)
    .orderBy('signed_at')
    .execute();
}

export async function signOff(
  tx: Tx,
  organisation: OrganisationId,
  run: string,
  { by, at, outcomes }: SignOff,
): Promise<void> {
  await tx
    .insertInto('desk_sign_offs')
    .values({ organisation_id: organisation, run_id: run, person: by, outcomes, signed_at: at })
    // Two tabs at one moment: the person signed once.
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}
