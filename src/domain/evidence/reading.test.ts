import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { PersonId } from '../directory/actor.ts';
import { Refusal, whyNot } from '../refusal.ts';
import * as reading from './reading.ts';

const at = '2026-03-01T09:30:00.000Z';
const people: PersonId[] = ['person_ash', 'person_birch', 'person_cedar', 'person_dill'];
const observed = (cheating: reading.CheatingKind, isScoreRight = true): reading.Observation => ({
  cheating,
  isScoreRight,
  leftItsBounds: false,
  note: '',
  anchors: [],
});

type Act =
  | { do: 'take'; who: PersonId }
  | { do: 'hand_in'; who: PersonId; cheating: reading.CheatingKind }
  | { do: 'return'; who: PersonId }
  | { do: 'settle'; who: PersonId; cheating: reading.CheatingKind };

/** One act by the rules; what the rules refuse changes nothing. */
function step(item: reading.DeskItem, act: Act): reading.DeskItem {
  const { who } = act;
  const own = item.readings.find(({ reader, returned }) => reader === who && returned === undefined);
  const withOwn = (change: Partial<reading.Reading>) => ({
    ...item,
    readings: item.readings.map((one) => (one === own ? { ...one, ...change } : one)),
  });
  switch (act.do) {
    case 'take':
      if (whyNot(() => reading.requireCanRead(who, item))) return item;
      return { ...item, readings: [...item.readings, { id: `reading_${who}`, reader: who, assignedAt: at }] };
    case 'hand_in':
      if (own === undefined || own.handedIn !== undefined) return item;
      return withOwn({ handedIn: { at, observation: observed(act.cheating) } });
    case 'return':
      if (own === undefined || own.handedIn !== undefined) return item;
      return withOwn({ returned: { at, reason: 'no_time' } });
    case 'settle':
      if (whyNot(() => reading.requireCanSettle(who, item))) return item;
      return { ...item, settled: { by: who, at, observation: observed(act.cheating) } };
  }
}

const acts = fc.array(
  fc.record({
    do: fc.constantFrom('take' as const, 'hand_in' as const, 'return' as const, 'settle' as const),
    who: fc.constantFrom(...people),
    cheating: fc.constantFrom(...reading.cheatingKinds),
  }),
  { maxLength: 30 },
);
const empty: reading.DeskItem = { id: 'desk_1', readings: [] };

test('a second reading is blind: nobody sees what another noted before both have handed in', () => {
  fc.assert(
    fc.property(acts, fc.constantFrom(...people), (done, person) => {
      const item = done.reduce(step, empty);
      const complete = item.readings.filter(({ handedIn }) => handedIn !== undefined).length;
      const others = reading.visibleTo(person, item).filter(({ reader }) => reader !== person);
      if (complete < 2) expect(others.every((one) => one.handedIn === undefined)).toBe(true);
      expect(others.map(({ reader }) => reader)).toEqual(
        item.readings.filter(({ reader }) => reader !== person).map(({ reader }) => reader),
      );
    }),
  );
});

test('an outcome rests on two people who observed the same, or on a third who read neither', () => {
  fc.assert(
    fc.property(acts, (done) => {
      const item = done.reduce(step, empty);
      const readers = new Set(item.readings.filter(({ handedIn }) => handedIn).map(({ reader }) => reader));
      if (reading.outcomeOf(item) !== undefined) expect(readers.size).toBe(2);
      if (item.settled !== undefined) expect(item.readings.map(({ reader }) => reader)).not.toContain(item.settled.by);
    }),
  );
});

test('a reader who gave an attempt back, for a conflict of interest say, does not get it again', () => {
  const [ash] = people as [PersonId];
  const item = [{ do: 'take', who: ash } as const, { do: 'return', who: ash } as const].reduce<reading.DeskItem>(
    step,
    empty,
  );

  expect(reading.stateOf(item)).toBe('wanting');
  expect(whyNot(() => reading.requireCanRead(ash, item))?.code).toBe('reader_has_it');
});

test('four eyes: a sign-off wants two people over the same outcomes, and falls when an outcome changes', () => {
  const [ash, birch] = people as [PersonId, PersonId];
  const both: reading.DeskItem = {
    id: 'desk_1',
    readings: [ash, birch].map((reader) => ({
      id: reader,
      reader,
      assignedAt: at,
      handedIn: { at, observation: observed('none') },
    })),
  };
  const outcomes = reading.outcomesText([both]);
  const first = { by: ash, at, outcomes };

  expect(whyNot(() => reading.requireCanSignOff(ash, [both, { ...empty, id: 'desk_2' }], [], outcomes))).toEqual(
    new Refusal('readings_open', { open: 1 }),
  );
  expect(reading.signOffState([first], outcomes)).toBe('one');
  expect(whyNot(() => reading.requireCanSignOff(ash, [both], [first], outcomes))?.code).toBe('second_person_wanted');
  expect(whyNot(() => reading.requireCanSignOff(birch, [both], [first], outcomes))).toBeUndefined();
  expect(reading.signOffState([first, { ...first, by: birch }], outcomes)).toBe('both');
  expect(reading.signOffState([first, { ...first, by: birch }], `${outcomes}\ndesk_2 none true false`)).toBe('none');
});
