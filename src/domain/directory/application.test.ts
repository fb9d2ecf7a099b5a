import fc from 'fast-check';
import { expect, test } from 'vitest';
import { whyNot } from '../refusal.ts';
import type { PersonId } from './actor.ts';
import * as application from './application.ts';

const at = '2026-03-01T09:30:00.000Z';
const received: application.Application = { state: 'received', exchanges: [] };
const people: PersonId[] = ['person_ada', 'person_corin', 'person_mira'];
const anyone = fc.constantFrom(...people);

/** Everything that anybody can do to an application, at any point. */
const anyMove: fc.Arbitrary<(current: application.Application, able: PersonId[]) => application.Application> = fc.oneof(
  fc.constant((current: application.Application) => application.prove(current)),
  anyone.map((by) => (current: application.Application) => application.ask(current, 'Why?', by, at)),
  fc.constant((current: application.Application) => application.answer(current, 'So.', at)),
  anyone.map((by) => (current: application.Application) => application.propose(current, 'Known.', by, at)),
  fc.constant((current: application.Application) => application.sendBack(current)),
  anyone.map(
    (by) => (current: application.Application, able: PersonId[]) => application.confirm(current, by, able, at),
  ),
  anyone.map((by) => (current: application.Application) => application.refuse(current, 'No.', by, at)),
  fc.constant((current: application.Application) => application.withdraw(current, at)),
);

/** The states that a run of moves passes through; what is refused changes nothing. */
function walk(
  start: application.Application,
  moves: ((one: application.Application, able: PersonId[]) => application.Application)[],
  able: PersonId[],
) {
  const passed = [start];
  for (const move of moves) {
    const current = passed.at(-1) as application.Application;
    if (whyNot(() => move(current, able)) === undefined) passed.push(move(current, able));
  }
  return passed;
}

const anyAble = fc.uniqueArray(anyone, { minLength: 1 });
const sent: application.Application = { state: 'sent', exchanges: [] };

test('nobody is let in by one person while another could confirm', () => {
  fc.assert(
    fc.property(fc.array(anyMove, { maxLength: 30 }), anyAble, (moves, able) => {
      for (const one of walk(sent, moves, able)) {
        if (one.state !== 'admitted') continue;
        expect(able).toContain(one.confirmedBy);
        if (one.proposedBy === one.confirmedBy) expect(able).toEqual([one.confirmedBy]);
        expect(one.byOne).toBe(one.proposedBy === one.confirmedBy);
      }
    }),
  );
});

test('nobody decides before the address is proved', () => {
  fc.assert(
    fc.property(fc.array(anyMove, { maxLength: 30 }), anyAble, (moves, able) => {
      const withoutProof = moves.filter((move) => whyNot(() => move(sent, able)) !== undefined);

      expect(walk(sent, withoutProof, able)).toEqual([sent]);
    }),
  );
  expect(whyNot(() => application.propose(sent, 'Known.', 'person_ada', at))?.code).toBe('application_not_now');
});

test('what was decided stays decided', () => {
  const ends: application.Application[] = [
    {
      state: 'admitted',
      exchanges: [],
      reason: 'Known.',
      proposedBy: 'person_ada',
      confirmedBy: 'person_corin',
      byOne: false,
      at,
    },
    { state: 'refused', exchanges: [], words: 'No.', by: 'person_ada', at },
  ];
  fc.assert(
    fc.property(fc.constantFrom(...ends), fc.array(anyMove, { maxLength: 10 }), anyAble, (end, moves, able) => {
      expect(walk(end, moves, able).every((one) => one.state === end.state)).toBe(true);
    }),
  );
});

test('an applicant takes an application back at any point before the end, without a reason (I9)', () => {
  fc.assert(
    fc.property(fc.array(anyMove, { maxLength: 20 }), anyAble, (moves, able) => {
      for (const one of walk(sent, moves, able)) {
        const refusal = whyNot(() => application.withdraw(one, at));
        expect(refusal === undefined).toBe(one.state !== 'admitted' && one.state !== 'refused');
      }
    }),
  );
});

test('an applicant does not see that somebody proposed, nor who', () => {
  const proposed = application.propose(received, 'Known to us.', 'person_ada', at);

  expect(application.standingOf(proposed)).toEqual(application.standingOf(received));
});

test('a question keeps its answer, and the application waits again', () => {
  const asked = application.ask(received, 'Which products?', 'person_ada', at);
  const answered = application.answer(asked, 'Two libraries.', at);

  expect(application.standingOf(asked)).toEqual({ state: 'more_asked', question: 'Which products?' });
  expect(answered).toEqual({
    state: 'received',
    exchanges: [{ question: 'Which products?', by: 'person_ada', at, answer: { text: 'Two libraries.', at } }],
  });
});

test('whoever may not confirm is told so, and not that they are the same person', () => {
  const proposed = application.propose(received, 'Known.', 'person_ada', at);

  expect(whyNot(() => application.confirm(proposed, 'person_mira', ['person_ada', 'person_corin'], at))?.code).toBe(
    'not_permitted',
  );
  expect(whyNot(() => application.confirm(proposed, 'person_ada', ['person_ada', 'person_corin'], at))?.code).toBe(
    'second_confirmer_wanted',
  );
});
