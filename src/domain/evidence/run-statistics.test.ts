import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareRuns, type ScoredAttempt, sharedItems, successOf } from './run-statistics.ts';

const rows = (items: Record<string, (number | null)[]>, clusters: Record<string, string> = {}): ScoredAttempt[] =>
  Object.entries(items).flatMap(([item, scores]) =>
    scores.map((score, at) => ({ number: at + 1, item, score, cluster: clusters[item] ?? null })),
  );
const binary = (text: string) =>
  rows(Object.fromEntries([...text].map((score, at) => [`item ${at}`, [Number(score)]])));

test('b1 (NIST AI 800-3): five items of four attempts, generalized standard error', () => {
  const said = Object.fromEntries(
    ['1111', '1011', '0010', '0000', '1101'].map((row, at) => [`${at}`, [...row].map(Number)]),
  );

  const success = successOf(rows(said));

  expect(success).toMatchObject({ items: 5, scored: 20, unscored: 0, clusters: 5 });
  expect(success.mean).toBeCloseTo(0.55, 12);
  expect(success.standardError).toBeCloseTo(0.1837117307, 9);
});

test('b2: 19 of 20 single attempts have the interval of Wilson 1927', () => {
  const { interval } = successOf(binary(`${'1'.repeat(19)}0`));

  expect(interval?.low).toBeCloseTo(0.7639, 4);
  expect(interval?.high).toBeCloseTo(0.9911, 4);
});

test('b3 (Korn and Graubard): thirteen items in five groups', () => {
  const groups = [[1, 1, 0], [0, 0], [1, 1, 1, 1], [0, 1, 0], [1]];
  const attempts = groups.flatMap((scores, group) =>
    scores.map((score, at) => ({ number: 1, item: `${group}-${at}`, score, cluster: `${group}` })),
  );

  const success = successOf(attempts);

  expect(success.clusters).toBe(5);
  expect(success.standardError).toBeCloseTo(0.1878173994, 9);
  expect(success.interval?.low).toBeCloseTo(0.2175656, 6);
  expect(success.interval?.high).toBeCloseTo(0.9020239, 6);
});

test('b4: the worked pair of ten items', () => {
  const { paired, outcomes, interval } = compareRuns(binary('1101101101'), binary('1001001100'));

  expect(paired?.difference).toBeCloseTo(0.3, 12);
  expect(paired?.standardError).toBeCloseTo(0.1527525232, 9);
  expect(paired?.p).toBeCloseTo(0.0811261888, 9);
  expect(outcomes).toMatchObject({ both: 4, onlyA: 3, onlyB: 0, neither: 3 });
  expect(outcomes?.mcNemar).toBeCloseTo(0.25, 12);
  expect(interval?.low).toBeCloseTo(0.3 - 2.262157163 * 0.1527525232, 6);
});

test('unscored is not zero: attempts without a score change no mean, and an item of nothing else is not shared', () => {
  const a = rows({ one: [1, null], two: [0], three: [null] });
  const b = rows({ one: [1], two: [1], three: [1] });

  const made = compareRuns(a, b);

  expect(successOf(a)).toMatchObject({ items: 2, scored: 2, unscored: 2, mean: 0.5 });
  expect(sharedItems(a, b).map(({ item }) => item)).toEqual(['one', 'two']);
  expect(made).toMatchObject({ onlyA: 0, onlyB: 1 });
});

test('an item solved in some attempts only has no one outcome, so nothing is counted by outcome', () => {
  expect(compareRuns(rows({ one: [1, 0], two: [1] }), rows({ one: [1], two: [0] })).outcomes).toBeNull();
});

test('nothing shared, one item or one group alone give no difference and no number that is not one', () => {
  expect(compareRuns([], binary('11'))).toMatchObject({ items: 0, paired: null, interval: null, outcomes: null });
  expect(compareRuns(binary('1'), binary('0')).paired).toBeNull();
  const grouped = rows({ one: [1], two: [0] }, { one: 'g', two: 'g' });
  expect(compareRuns(grouped, grouped).paired).toBeNull();
  expect(successOf(grouped)).toMatchObject({ clusters: 1, standardError: null });
});

const anyRun = fc
  .array(fc.tuple(fc.nat(12), fc.option(fc.constantFrom(0, 0.5, 1))), { maxLength: 40 })
  .map((list) =>
    list.map(([item, score], at): ScoredAttempt => ({ number: at + 1, item: `${item}`, score, cluster: null })),
  );

test('the two sides of a comparison exchanged give the same with the sign exchanged', () => {
  fc.assert(
    fc.property(anyRun, anyRun, (a, b) => {
      const one = compareRuns(a, b);
      const other = compareRuns(b, a);
      expect(other.items).toBe(one.items);
      expect(other.a.items).toBe(one.b.items);
      if (one.paired !== null) expect(other.paired?.difference).toBeCloseTo(-one.paired.difference, 10);
      expect(one.outcomes === null).toBe(other.outcomes === null);
    }),
  );
});

test('an interval holds its mean and stays within 0 and 1', () => {
  fc.assert(
    fc.property(anyRun, (run) => {
      const { mean, interval } = successOf(run);
      if (mean === null || interval === null) return;
      expect(interval.low).toBeGreaterThanOrEqual(0);
      expect(interval.high).toBeLessThanOrEqual(1);
      expect(interval.low).toBeLessThanOrEqual(mean + 1e-12);
      expect(interval.high).toBeGreaterThanOrEqual(mean - 1e-12);
    }),
  );
});
