import fc from 'fast-check';
import { expect, test } from 'vitest';
import { claimPolicy } from './claim-policy.ts';
import { board, type Counted, weekAt } from './coverage.ts';
import { keysOf } from './scope.ts';

const policy = claimPolicy.coverage;
const all = board([], policy).rows;
const claim = (organisation: string, purl: string): Counted => ({
  organisation,
  keys: keysOf({ target: { kind: 'package', purl } }),
});
const purlAt = (at: number) => all[at]?.purl ?? '';

test('the board stands from Monday to Monday and counts nothing younger than a week', () => {
  expect(weekAt('2026-03-01T23:59:59.999Z', policy)).toEqual({
    week: '2026-02-23T00:00:00.000Z',
    from: '2026-01-17T00:00:00.000Z',
    to: '2026-02-16T00:00:00.000Z',
  });
  expect(weekAt('2026-03-02T00:00:00.000Z', policy).week).toBe('2026-03-02T00:00:00.000Z');
});

test('I19: while few organisations or few packages stand behind it, the board says nothing of any package', () => {
  const five = [0, 40, 80, 120, 160].map((at) => purlAt(at));
  const ofTwo = five.map((purl, at) => claim(at % 2 === 0 ? 'a' : 'b', purl));
  const ofThree = [...ofTwo, claim('c', purlAt(0))];

  expect(board(ofTwo, policy)).toEqual(board([], policy));
  expect(board([claim('a', purlAt(0)), claim('b', purlAt(0)), claim('c', purlAt(0))], policy)).toEqual(
    board([], policy),
  );
  expect(board(ofThree, policy).isShown).toBe(true);
});

test('a row says that no counted claim ran, and never that one did, how many or whose', () => {
  const claims = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.integer({ min: 0, max: all.length - 1 })), {
    maxLength: 60,
  });
  fc.assert(
    fc.property(claims, (list) => {
      const counted = list.map(([organisation, at]) => claim(organisation, purlAt(at)));
      const { isShown, rows } = board(counted, policy);

      expect(rows.map(({ purl }) => purl)).toEqual(all.map(({ purl }) => purl));
      for (const { isUnclaimed } of rows) expect(isUnclaimed === null || (isShown && isUnclaimed)).toBe(true);
      // Whoever claims a package twice, or with others, changes nothing more.
      const [first] = counted;
      if (first !== undefined && isShown) expect(board([...counted, first], policy).rows).toEqual(rows);
    }),
    { numRuns: 50 },
  );
});

test('the list names real packages with where it is from, the most frequent first', () => {
  expect(all.length).toBeGreaterThan(400);
  expect(all.every(({ documents }, at) => at === 0 || documents <= (all[at - 1]?.documents ?? 0))).toBe(true);
  expect(new Set(all.map(({ ecosystem }) => ecosystem))).toContain('Debian');
});
