import fc from 'fast-check';
import { expect, test } from 'vitest';
import { whyNot } from '../refusal.ts';
import type { PersonId } from './actor.ts';
import * as participation from './participation.ts';
import { later } from './session.ts';

const start = '2026-03-01T09:30:00.000Z';
const hourMs = 3_600_000;
const able: PersonId[] = ['person_ada', 'person_corin'];

type Move = (current: participation.Participation, at: string) => participation.Participation;

const movesOf = (who: PersonId): fc.Arbitrary<Move> =>
  fc.constantFrom<Move>(
    (current, at) => participation.suspend(current, 'A check', who, able, at),
    (current, at) => participation.confirmSuspension(current, who, able, at),
  );
const anyGap = fc.integer({ min: 0, max: 100 });

test('one person alone never keeps an organisation suspended for longer than the policy says', () => {
  const plan = fc.array(fc.tuple(anyGap, movesOf('person_ada')), { maxLength: 40 });
  fc.assert(
    fc.property(plan, (steps) => {
      let current: participation.Participation = { state: 'admitted' };
      let at = start;
      let suspendedHours = 0;
      for (const [gap, move] of steps) {
        for (let hour = 0; hour < gap; hour++) {
          if (participation.standingAt(current, at).state === 'suspended') suspendedHours++;
          at = later(at, hourMs);
        }
        if (whyNot(() => move(current, at)) === undefined) current = move(current, at);
      }

      expect(suspendedHours * hourMs).toBeLessThanOrEqual(participation.confirmWithinMs);
    }),
  );
});

test('a second person confirms, and the suspension holds until somebody ends it', () => {
  const suspended = participation.suspend({ state: 'admitted' }, 'A check', 'person_ada', able, start);
  const confirmed = participation.confirmSuspension(suspended, 'person_corin', able, later(start, hourMs));
  const muchLater = later(start, 10_000 * hourMs);

  expect(participation.standingAt(confirmed, muchLater)).toEqual(confirmed);
  expect(participation.endSuspension(confirmed, muchLater)).toEqual({ state: 'admitted' });
});

test('a suspension that nobody confirms ends by itself, at its hour', () => {
  const suspended = participation.suspend({ state: 'admitted' }, 'A check', 'person_ada', able, start);
  const end = later(start, participation.confirmWithinMs);

  expect(participation.standingAt(suspended, later(end, -1)).state).toBe('suspended');
  expect(participation.standingAt(suspended, end).state).toBe('admitted');
  expect(whyNot(() => participation.confirmSuspension(suspended, 'person_corin', able, end))?.code).toBe(
    'participation_not_now',
  );
});

test('the only one who could confirm does it alone, and that is said', () => {
  const alone: PersonId[] = ['person_ada'];
  const suspended = participation.suspend({ state: 'admitted' }, 'A check', 'person_ada', alone, start);

  expect(participation.confirmSuspension(suspended, 'person_ada', alone, start)).toMatchObject({ byOne: true });
});

test('leaving works from every state, without a reason (I9)', () => {
  const suspended = participation.suspend({ state: 'admitted' }, 'A check', 'person_ada', able, start);
  for (const current of [{ state: 'admitted' } as const, suspended])
    expect(participation.leave(current, start)).toEqual({ state: 'left', at: start });
});
