/** The reviewer's desk: who reads which attempt, what they observed, and what two people signed. Each organisation has its own. */
import { createHash } from 'node:crypto';
import type { Actor, OrganisationId, PersonId } from '../../domain/directory/actor.ts';
import * as permission from '../../domain/directory/permission.ts';
import * as rule from '../../domain/evidence/reading.ts';
import { krippendorffAlpha } from '../../domain/evidence/statistics/agreement.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { Tx } from '../../store/database.ts';
import * as people from '../../store/directory/people.ts';
import * as readings from '../../store/evidence/readings.ts';
import * as runs from '../../store/evidence/runs.ts';
import * as entries from '../../store/log/entries.ts';
import type { System } from '../system.ts';

/** Those who may read transcripts at the desk; the work is a person's, never an agent's. */
const readers = ['evaluator', 'security_lead', 'release_manager'] as const;

/** Whether what the desk of the actor's organisation found is theirs to see. */
export const isReader = (actor: Actor): boolean =>
  actor.kind === 'person' && readers.some((role) => actor.roles.includes(role));

function requireReader(actor: Actor): PersonId {
  permission.requireRole(actor, ...readers);
  return permission.requirePerson(actor);
}

/** An item as one person may see it. Why it lies there is a hint: a reader learns it when both have handed in. */
export type SeenItem = Omit<readings.KeptItem, 'reason'> & { state: rule.DeskState; reason: string | null };

const seenBy = (person: PersonId, item: readings.KeptItem): SeenItem => ({
  ...item,
  readings: rule.visibleTo(person, item),
  state: rule.stateOf(item),
  reason: rule.isOpen(item) || item.putBy === person ? item.reason : null,
});

async function found<T>(wanted: Promise<T | undefined>): Promise<T> {
  const value = await wanted;
  if (value === undefined) throw new Refusal('not_found');
  return value;
}

const newId = (system: System) => Buffer.from(system.randomBytes(16)).toString('hex');

/** The attempts whose number, hashed with the seed, comes first: whoever knows the seed draws the same ones. */
export function drawn(seed: string, total: number, count: number): number[] {
  const rank = (number: number) => createHash('sha256').update(`${seed} ${number}`).digest('hex');
  return Array.from({ length: total }, (_, at) => at + 1)
    .map((number) => ({ number, rank: rank(number) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .slice(0, count)
    .map(({ number }) => number)
    .sort((a, b) => a - b);
}

/** Attempts named by their places in the run, or a number of them drawn by lot. */
export type Chosen = { samples: number[] } | { random: number };

/**
 * Puts attempts of a run on the desk; what lies there already stays. A draw by lot goes on record with its seed. Gives how many are new.
 */
export async function put(
  system: System,
  actor: Actor,
  run: string,
  { chosen, reason }: { chosen: Chosen; reason: string },
): Promise<{ added: number }> {
  requireReader(actor);
  const at = system.now();
  const seed = newId(system);
  return system.database.transaction(actor, async (tx) => {
    const { samples: total, state } = await found(runs.find(tx, run));
    if (state !== 'ready') throw new Refusal('run_not_ready', { state });
    const samples =
      'random' in chosen ? drawn(seed, total, chosen.random) : [...new Set(chosen.samples)].sort((a, b) => a - b);
    if (samples.some((sample) => sample < 1 || sample > total)) throw new Refusal('not_found');
    const items = samples.map((sample) => ({ id: `desk_${newId(system)}`, sample }));
    const held = Object.values(await readings.counts(tx, run)).reduce((sum, count) => sum + count, 0);
    const { itemsMax } = rule.limits;
    if (held + items.length > itemsMax) throw new Refusal('desk_full', { itemsMax, held });
    const organisation = actor.organisation as OrganisationId;
    const added =
      items.length === 0 ? 0 : await readings.put(tx, organisation, run, items, { reason, by: actor.id, at });
    const body = { added, reason, ...('random' in chosen ? { random: chosen.random, seed } : { samples }) };
    await entries.append(tx, { did: 'attempts_put_on_desk', object: run, by: actor, body, at });
    return { added };
  });
}

/** What is on the desk of the actor's organisation, as this person may see it. */
export function list(system: System, actor: Actor, page: readings.QueuePage): Promise<SeenItem[]> {
  const person = requireReader(actor);
  return system.database.transaction(actor, async (tx) =>
    (await readings.list(tx, page)).map((item) => seenBy(person, item)),
  );
}

export function load(system: System, actor: Actor, id: string): Promise<SeenItem> {
  const person = requireReader(actor);
  return system.database.transaction(actor, async (tx) => seenBy(person, await found(readings.find(tx, id))));
}

/** What an act on an item has in common: the item locked, the row changed, its state kept, the entry written. What was observed is no part of it. */
async function change(
  system: System,
  actor: Actor,
  item: (tx: Tx) => Promise<readings.KeptItem | undefined>,
  act: (tx: Tx, item: readings.KeptItem, at: string) => Promise<{ did: string; body?: Record<string, unknown> }>,
): Promise<SeenItem> {
  const person = requireReader(actor);
  const at = system.now();
  return system.database.transaction(actor, async (tx) => {
    const current = await found(item(tx));
    const { did, body } = await act(tx, current, at);
    const next = await readings.refresh(tx, current.id);
    const of = { run: current.run, sample: current.sample };
    await entries.append(tx, { did, object: current.id, by: actor, body: { ...of, ...body }, at });
    return seenBy(person, next);
  });
}

/** Gives an item to a reader of the same organisation: oneself, when none is named. */
export function assign(system: System, actor: Actor, item: string, reader?: string): Promise<SeenItem> {
  const self = requireReader(actor);
  return change(
    system,
    actor,
    (tx) => readings.lock(tx, item),
    async (tx, current, at) => {
      const person = await people.find(tx, reader ?? self);
      const isReader =
        person !== undefined &&
        person.organisation === actor.organisation &&
        person.roles.some((role) => (readers as readonly string[]).includes(role));
      if (!isReader) throw new Refusal('not_a_reader');
      rule.requireCanRead(person.id, current);
      const owner = { item: current.id, organisation: person.organisation };
      await readings.assign(tx, owner, { id: `reading_${newId(system)}`, reader: person.id, by: actor.id, at });
      return { did: 'reading_assigned', body: { reader: person.id } };
    },
  );
}

/** The reader's own reading, while it is in hand. */
function ownReading(actor: Actor, item: readings.KeptItem, id: string): rule.Reading {
  const own = item.readings.find((reading) => reading.id === id);
  if (own === undefined || own.reader !== actor.id) throw new Refusal('not_permitted');
  if (own.handedIn !== undefined || own.returned !== undefined) throw new Refusal('reading_ended');
  return own;
}

/** Hands in what one observed. It is not changed afterwards, and nobody sees it before the other reader has handed in too. */
export function handIn(system: System, actor: Actor, id: string, observation: rule.Observation): Promise<SeenItem> {
  return change(
    system,
    actor,
    (tx) => readings.lockByReading(tx, id),
    async (tx, item, at) => {
      ownReading(actor, item, id);
      await readings.handIn(tx, id, observation, at);
      return { did: 'reading_handed_in' };
    },
  );
}

/** Gives a reading back, for a conflict of interest say; the item is then free for somebody else. */
export function giveBack(system: System, actor: Actor, id: string, reason: rule.ReturnReason): Promise<SeenItem> {
  return change(
    system,
    actor,
    (tx) => readings.lockByReading(tx, id),
    async (tx, item, at) => {
      ownReading(actor, item, id);
      await readings.giveBack(tx, id, reason, at);
      return { did: 'reading_given_back', body: { reason } };
    },
  );
}

/** Settles between two readers who differ; a third person's act. */
export function settle(system: System, actor: Actor, item: string, observation: rule.Observation): Promise<SeenItem> {
  const person = requireReader(actor);
  return change(
    system,
    actor,
    (tx) => readings.lock(tx, item),
    async (tx, current, at) => {
      rule.requireCanSettle(person, current);
      await readings.settle(tx, current.id, { observation, by: person, at });
      return { did: 'reading_settled' };
    },
  );
}

/** What is signed, as a digest. */
export const digestOf = (items: readings.KeptItem[]) =>
  createHash('sha256').update(rule.outcomesText(items)).digest('hex');

export interface Summary {
  counts: Partial<Record<rule.DeskState, number>>;
  signOffs: rule.SignOff[];
  signed: ReturnType<typeof rule.signOffState>;
  /** How far two readers agreed on cheating before anybody settled. Alpha is null where it has no value: all saw the same. */
  agreement: { pairs: number; same: number; alpha: number | null };
  /** Attempts found to be cheated, by their place in the run. */
  cheated: number[];
}

/** How the reading of a run stands. */
export function summary(system: System, actor: Actor, run: string): Promise<Summary> {
  requireReader(actor);
  return system.database.transaction(actor, async (tx) => {
    await found(runs.find(tx, run));
    const items = await readings.ofRun(tx, run);
    const signOffs = await readings.signOffs(tx, run);
    return {
      counts: await readings.counts(tx, run),
      signOffs,
      signed: rule.signOffState(signOffs, digestOf(items)),
      agreement: agreementOf(items),
      cheated: cheatedOf(items),
    };
  });
}

function agreementOf(items: readings.KeptItem[]): Summary['agreement'] {
  const pairs = items
    .map((item) => item.readings.flatMap(({ handedIn }) => handedIn?.observation.cheating ?? []))
    .filter((kinds) => kinds.length === rule.limits.readersMax)
    .map((kinds) => kinds.map((kind) => rule.cheatingKinds.indexOf(kind)));
  const same = pairs.filter(([first, second]) => first === second).length;
  return { pairs: pairs.length, same, alpha: krippendorffAlpha(pairs, 'nominal') ?? null };
}

/** Places in the run of the attempts whose outcome is that they were cheated. */
export const cheatedOf = (items: readings.KeptItem[]): number[] =>
  items
    .filter((item) => (rule.outcomeOf(item)?.cheating ?? 'none') !== 'none')
    .map(({ sample }) => sample)
    .sort((a, b) => a - b);

/** Signs for the outcomes of a run's readings as they stand. The second signature is another person's. */
export function signOff(system: System, actor: Actor, run: string): Promise<void> {
  const person = requireReader(actor);
  const at = system.now();
  return system.database.transaction(actor, async (tx) => {
    await found(runs.find(tx, run));
    const items = await readings.ofRun(tx, run);
    const outcomes = digestOf(items);
    rule.requireCanSignOff(person, items, await readings.signOffs(tx, run), outcomes);
    await readings.signOff(tx, actor.organisation as OrganisationId, run, { by: person, at, outcomes });
    await entries.append(tx, { did: 'readings_signed', object: run, by: actor, body: { outcomes }, at });
  });
}
