import fc from 'fast-check';
import { expect, test } from 'vitest';
import { acts, type State, states, type WindowEvent, type WindowView, windowAt } from './window.ts';
import { builtInPolicies, refOf } from './window-policy.ts';
import * as words from './window-words.ts';

const policy = builtInPolicies[0]!;
const at = (day: number) => `2026-03-${String(day).padStart(2, '0')}T09:00:00.000Z`;
const offered: WindowEvent = {
  act: 'offer',
  policy: refOf(policy),
  terms: 'Sample terms 1.0',
  party: 'developer',
  at: at(1),
};
const agreed: WindowEvent[] = [offered, { act: 'accept_terms', party: 'authority', at: at(2) }];
const running: WindowEvent[] = [
  ...agreed,
  { act: 'verify_access', party: 'developer', at: at(3) },
  { act: 'verify_access', party: 'authority', at: at(3) },
];
const view = (events: WindowEvent[], day = 20) => windowAt(events, policy, at(day));

/** One window in each state. */
const inEach: Record<State, WindowView> = {
  planned: view([]),
  offered: view([offered]),
  terms_agreed: view(agreed),
  running: view(running),
  paused: view([...running, { act: 'pause', reason: 'outage', party: 'authority', at: at(4) }]),
  concluded_early: view([...running, { act: 'conclude', party: 'authority', at: at(5) }]),
  expired: windowAt(running, policy, '2026-06-01T00:00:00.000Z'),
  withdrawn: view([...running, { act: 'withdraw', party: 'developer', at: at(6) }]),
  released: view([...running, { act: 'release', party: 'developer', at: at(7) }]),
};

test.each(states)('%s is told in a sentence, with what comes next and by whom', (state) => {
  expect(inEach[state].state).toBe(state);
  expect(words.standing(inEach[state])).toMatch(/\.$/);
  expect(words.next(inEach[state]).length).toBeGreaterThan(0);
});

test('an expiry is told as no statement, never as an outcome (I3)', () => {
  expect(words.standing(inEach.expired)).toBe(
    'Time ran out on 2026-04-02 09:00 UTC. It ended with no statement, which says nothing about the model.',
  );
});

test('no word of a window reads as leave to release, or as a judgement (I1)', () => {
  const all = states.flatMap((state) => [
    words.stateNames[state],
    words.standing(inEach[state]),
    ...words.next(inEach[state]),
    ...acts.map((act) => words.actNames[act]),
  ]);

  for (const text of all) expect(text).not.toMatch(/approv|clear|certif|safe|pass|permi|allow|may release|grant/i);
});

test('days are told to a tenth, rounded down, so that no meter shows a day that was not used', () => {
  expect(words.days(86_400_000 * 12.39)).toBe('12.3');
  expect(words.days(86_400_000 * 30 - 1)).toBe('29.9');
  expect(words.days(86_400_000 * 30)).toBe('30');
});

test('the days shown as used and as left add up to the limit', () => {
  const whole = fc.integer({ min: 1, max: 400 });
  fc.assert(
    fc.property(whole, fc.double({ min: 0, max: 1, noNaN: true }), (limit, share) => {
      const limitMs = limit * 86_400_000;
      const usedMs = Math.floor(limitMs * share);
      const used = Number(words.days(usedMs));
      const left = Number(words.daysLeft({ usedMs, limitMs }));
      expect(Math.round((used + left) * 10)).toBe(limit * 10);
    }),
  );
});
