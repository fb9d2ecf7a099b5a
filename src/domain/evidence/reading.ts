/**
 * Reading transcripts at the reviewer's desk. Each attempt that is put on the desk is read by two people, neither of whom sees what the
 * other noted before both have handed in; where they differ a third settles it. What they observed marks attempts as cheated, which
 * the statistics take in three ways (method b11).
 */
import type { PersonId } from '../directory/actor.ts';
import type { Instant } from '../instant.ts';
import { Refusal } from '../refusal.ts';

/**
 * What a reader may see of cheating. `contamination`: the answer was found, not worked out (on the web, in the files, by heart);
 * `grader_gaming`: the scorer was satisfied without the task being done.
 */
export const cheatingKinds = ['none', 'contamination', 'grader_gaming', 'other'] as const;
export type CheatingKind = (typeof cheatingKinds)[number];

/** A place in a transcript: an event by its index, and some words of it, so that a later reader finds it again. */
export interface Anchor {
  event: number;
  quote: string;
}

/** What one reader noted of one attempt. */
export interface Observation {
  cheating: CheatingKind;
  /** Whether the score is what the transcript shows. */
  isScoreRight: boolean;
  /** Whether the model reached for something outside of what it was given. */
  leftItsBounds: boolean;
  note: string;
  anchors: Anchor[];
}

export const limits = {
  noteLengthMax: 4000,
  anchorsMax: 50,
  quoteLengthMax: 500,
  itemsMax: 2000,
  readersMax: 2,
} as const;

/** Why a reader gave a reading back. */
export const returnReasons = ['conflict_of_interest', 'not_able', 'no_time'] as const;
export type ReturnReason = (typeof returnReasons)[number];

export interface Reading {
  id: string;
  reader: PersonId;
  assignedAt: Instant;
  /** Absent while it is being read. */
  handedIn?: { at: Instant; observation: Observation };
  returned?: { at: Instant; reason: ReturnReason };
}

/** An attempt on the desk, with all that was read of it. */
export interface DeskItem {
  id: string;
  readings: Reading[];
  settled?: { by: PersonId; at: Instant; observation: Observation };
}

/**
 * `wanting`: fewer than two readers hold it; `reading`: two do and have not both handed in; `agreed`: they observed the same;
 * `differing`: they did not; `settled`: a third person decided between them.
 */
export const deskStates = ['wanting', 'reading', 'differing', 'agreed', 'settled'] as const;
export type DeskState = (typeof deskStates)[number];

const held = ({ readings }: DeskItem) => readings.filter(({ returned }) => returned === undefined);
const handedIn = (item: DeskItem) => held(item).filter((reading) => reading.handedIn !== undefined);

/** Whether two readers observed the same; their notes and anchors may differ. */
export const isSame = (a: Observation, b: Observation): boolean =>
  a.cheating === b.cheating && a.isScoreRight === b.isScoreRight && a.leftItsBounds === b.leftItsBounds;

export function stateOf(item: DeskItem): DeskState {
  if (item.settled !== undefined) return 'settled';
  const [first, second] = handedIn(item);
  if (first?.handedIn !== undefined && second?.handedIn !== undefined) {
    return isSame(first.handedIn.observation, second.handedIn.observation) ? 'agreed' : 'differing';
  }
  return held(item).length < limits.readersMax ? 'wanting' : 'reading';
}

/** What stands for an item: the third person's word, or what both readers observed; undefined until there is either. */
export function outcomeOf(item: DeskItem): Observation | undefined {
  if (item.settled !== undefined) return item.settled.observation;
  return stateOf(item) === 'agreed' ? handedIn(item)[0]?.handedIn?.observation : undefined;
}

/** True once both readers have handed in: from then on everybody at the desk sees everything of it. */
export const isOpen = (item: DeskItem): boolean => ['agreed', 'differing', 'settled'].includes(stateOf(item));

/**
 * The readings a person may see: until both readers have handed in, nobody sees what another noted, whoever they are. Who reads is no
 * secret, what they observed is.
 */
export function visibleTo(person: PersonId, item: DeskItem): Reading[] {
  return item.readings.map((reading) => {
    if (isOpen(item) || reading.reader === person) return reading;
    const { handedIn: _, ...blind } = reading;
    return blind;
  });
}

/** Refuses a reader whom the item has already, one who gave it back, and a third where two read. */
export function requireCanRead(person: PersonId, item: DeskItem): void {
  if (item.readings.some(({ reader }) => reader === person)) throw new Refusal('reader_has_it');
  if (stateOf(item) !== 'wanting') throw new Refusal('two_readers_have_it');
}

/** Refuses everybody but a third person, and every item on which the readers do not differ. */
export function requireCanSettle(person: PersonId, item: DeskItem): void {
  if (stateOf(item) !== 'differing') throw new Refusal('nothing_to_settle');
  if (item.readings.some(({ reader }) => reader === person)) throw new Refusal('third_person_wanted');
}

export interface SignOff {
  by: PersonId;
  at: Instant;
  /** Digest of all outcomes of the run's items as they were signed. */
  outcomes: string;
}

/**
 * How the sign-off of a run's readings stands: two different people, over the same outcomes (four eyes). One that was made over
 * outcomes which have changed since does not count.
 */
export function signOffState(signOffs: readonly SignOff[], outcomes: string): 'none' | 'one' | 'both' {
  const people = new Set(signOffs.filter((one) => one.outcomes === outcomes).map(({ by }) => by));
  return people.size === 0 ? 'none' : people.size === 1 ? 'one' : 'both';
}

/** Refuses a sign-off while an item waits, and a second one by the same person. */
export function requireCanSignOff(
  person: PersonId,
  items: readonly DeskItem[],
  signOffs: readonly SignOff[],
  outcomes: string,
): void {
  const open = items.filter((item) => outcomeOf(item) === undefined).length;
  if (items.length === 0 || open > 0) throw new Refusal('readings_open', { open });
  if (signOffs.some((one) => one.by === person && one.outcomes === outcomes)) throw new Refusal('second_person_wanted');
}

/** What is signed: one line for each item in the order of their ids, with what stands for it. */
export const outcomesText = (items: readonly DeskItem[]): string =>
  [...items]
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map((item) => {
      const outcome = outcomeOf(item);
      return outcome === undefined
        ? `${item.id} open`
        : `${item.id} ${outcome.cheating} ${outcome.isScoreRight} ${outcome.leftItsBounds}`;
    })
    .join('\n');
