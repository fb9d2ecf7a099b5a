import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compare, type Outcome } from './outcome.ts';

const outcome = (key: string, over: Partial<Outcome> = {}): Outcome => ({
  key,
  title: key,
  advisories: ['CVE-2026-1'],
  decision: 'act',
  ...over,
});

test('what is new, gone, moved and the same is told apart', () => {
  const before = [outcome('a'), outcome('b'), outcome('c'), outcome('d', { due: '2026-01-01' })];
  const after = [
    outcome('b', { decision: 'track' }),
    outcome('c', { advisories: ['CVE-2026-1', 'CVE-2026-2'] }),
    outcome('d', { due: '2026-01-08' }),
    outcome('e'),
  ];

  const changes = compare(before, after);

  expect(changes.added.map(({ key }) => key)).toEqual(['e']);
  expect(changes.gone.map(({ key }) => key)).toEqual(['a']);
  expect(changes.moved.map(({ before }) => before.key)).toEqual(['b', 'c']);
  expect(changes.same).toBe(1);
});

const list = fc.uniqueArray(
  fc.record({
    key: fc.constantFrom('a', 'b', 'c', 'd'),
    title: fc.constant('x'),
    advisories: fc.subarray(['1', '2', '3']),
    decision: fc.constantFrom('act', 'track'),
  }),
  { selector: ({ key }) => key },
);

test('nothing is lost: every line of either list is in exactly one group, and looking back swaps new and gone', () => {
  fc.assert(
    fc.property(list, list, (before, after) => {
      const there = compare(before, after);
      const back = compare(after, before);

      expect(there.added.length + there.moved.length + there.same).toBe(after.length);
      expect(there.gone.length + there.moved.length + there.same).toBe(before.length);
      expect(new Set(back.added)).toEqual(new Set(there.gone));
      expect(back.same).toBe(there.same);
    }),
  );
});
