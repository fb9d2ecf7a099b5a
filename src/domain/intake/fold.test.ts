import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  amongRivals,
  best,
  edgesOf,
  exactOdds,
  type Foldable,
  fold,
  isHint,
  type Partner,
  partnersMax,
} from './fold.ts';

const partner = (finding: number, source: string, confidence: number): Partner => ({
  finding,
  source,
  confidence,
  relation: confidence >= 0.5 ? 'duplicate' : 'distinct',
  // As sure as a pair may be whose parts agree: what folds is then decided by the rivals.
  odds: confidence === 1 ? exactOdds : (confidence - 0.5) * 20,
  isAgreed: false,
});

const sources = ['heron', 'plover', 'dunlin'];
const anyPartner = fc.record({
  finding: fc.integer({ min: 1, max: 40 }),
  source: fc.constantFrom(...sources),
  confidence: fc.integer({ min: 0, max: 100 }).map((percent) => percent / 100),
});
const somePartners = fc
  .uniqueArray(anyPartner, { selector: ({ finding }) => finding, maxLength: 20 })
  .map((list) => list.map(({ finding, source, confidence }) => partner(finding, source, confidence)));

test('of any partners the five best are kept, two of one source at most', () => {
  const kept = best(
    [],
    [1, 2, 3, 4, 5]
      .map((finding) => partner(finding, 'heron', 0.9 - finding / 100))
      .concat([6, 7, 8, 9, 10].map((finding) => partner(finding, `source ${finding}`, 0.5 - finding / 100))),
  );

  expect(kept.map(({ finding }) => finding)).toEqual([1, 2, 6, 7, 8]);
});

test('which partners are kept does not depend on the order and the groups in which they came', () => {
  fc.assert(
    fc.property(
      somePartners,
      fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 20, maxLength: 20 }),
      (all, sizes) => {
        let kept: Partner[] = [];
        for (let at = 0, turn = 0; at < all.length; turn++) {
          const size = sizes[turn] as number;
          kept = best(kept, all.slice(at, at + size));
          at += size;
        }
        expect(kept).toEqual(best([], all));
        expect(kept.length).toBeLessThanOrEqual(partnersMax);
      },
    ),
  );
});

test('a relation other than duplicate is a hint however unsure, a distinct pair only when it is near', () => {
  expect(isHint({ relation: 'variant', confidence: 0.01 })).toBe(true);
  expect(isHint({ relation: 'distinct', confidence: 0.01 })).toBe(false);
  expect(isHint({ relation: 'distinct', confidence: 0.2 })).toBe(true);
});

/** Findings with the partners that pairs of them give, as they are kept. */
function world(
  given: { finding: number; source: string; case?: string; isSettled?: boolean }[],
  pairs: [number, number, number][],
): Map<number, Foldable> {
  const sourceOf = new Map(given.map(({ finding, source }) => [finding, source]));
  return new Map(
    given.map(({ finding, source, case: id = null, isSettled = false }) => {
      const partners = pairs.flatMap(([a, b, confidence]) =>
        a === finding || b === finding
          ? [partner(a === finding ? b : a, sourceOf.get(a === finding ? b : a) as string, confidence)]
          : [],
      );
      return [finding, { finding, source, case: id, isSettled, partners: best([], partners) }];
    }),
  );
}

const folded = (findings: Map<number, Foldable>, distinct: { a: number; b: number }[] = []) =>
  fold(findings, edgesOf(findings), distinct).sort((x, y) => (x[0] as number) - (y[0] as number));

test('two fold when each is the best that the other has from its source', () => {
  const findings = world(
    [
      { finding: 1, source: 'heron' },
      { finding: 2, source: 'plover' },
      { finding: 3, source: 'plover' },
    ],
    [
      [1, 2, 0.7],
      [1, 3, 0.9],
    ],
  );

  expect(folded(findings)).toEqual([[1, 3], [2]]);
});

test('two of one source never fold by likeness; nor a pair that facts speak against', () => {
  const findings = world(
    [
      { finding: 1, source: 'heron' },
      { finding: 2, source: 'heron' },
      { finding: 3, source: 'plover' },
    ],
    [
      [1, 2, 0.99],
      [2, 3, 0.2],
    ],
  );

  expect(folded(findings)).toEqual([[1], [2], [3]]);
});

test('a return of an earlier flaw does not fold with it, however alike the two are', () => {
  const back = { ...partner(2, 'plover', 0.9), relation: 'regression' as const };
  const findings = new Map<number, Foldable>([
    [1, { finding: 1, source: 'heron', case: null, isSettled: false, partners: [back] }],
    [
      2,
      {
        finding: 2,
        source: 'plover',
        case: null,
        isSettled: false,
        partners: [{ ...back, finding: 1, source: 'heron' }],
      },
    ],
  ]);

  expect(folded(findings)).toEqual([[1], [2]]);
});

test('what is exactly equal folds, also of one source and however many there are', () => {
  const copies = [1, 2, 3, 4, 5, 6, 7].map((finding) => ({ finding, source: 'heron' }));
  const findings = world(
    [...copies, { finding: 8, source: 'plover' }, { finding: 9, source: 'plover' }],
    [
      ...copies.flatMap(({ finding: a }) =>
        copies.flatMap(({ finding: b }): [number, number, number][] => (a < b ? [[a, b, 1]] : [])),
      ),
      [1, 8, 0.9],
      [2, 8, 0.9],
      [1, 9, 0.6],
    ],
  );

  // The copies are no rivals of each other; the second record of plover is a flaw of its own.
  expect(folded(findings)).toEqual([[1, 2, 3, 4, 5, 6, 7, 8], [9]]);
});

test('without a rival a pair is surer than with one that is nearly as good; a tie chooses nobody', () => {
  const listed = (finding: number, source: string, partners: Partner[]) => ({ finding, source, partners });
  const pair = partner(2, 'plover', 0.8);
  const other = listed(2, 'plover', [partner(1, 'heron', 0.8)]);
  const alone = amongRivals(listed(1, 'heron', [pair]), pair, other);
  const rivalled = amongRivals(listed(1, 'heron', [pair, partner(3, 'plover', 0.79)]), pair, other);
  const tied = amongRivals(listed(1, 'heron', [pair, partner(3, 'plover', 0.8)]), pair, other);

  expect(alone.isChosen).toBe(true);
  expect(rivalled.isChosen).toBe(true);
  expect(alone.confidence).toBeGreaterThan(rivalled.confidence);
  expect(tied).toEqual({ confidence: 0.8, relation: 'duplicate', isChosen: false });
});

test('what was refused or withdrawn folds with nothing: what comes later is looked at anew', () => {
  const findings = world(
    [
      { finding: 1, source: 'heron', isSettled: true },
      { finding: 2, source: 'plover' },
    ],
    [[1, 2, 0.99]],
  );

  expect(folded(findings)).toEqual([[1], [2]]);
});

test('findings of one case stand together without any hint, two cases never do, and a newcomer joins the nearer', () => {
  const findings = world(
    [
      { finding: 1, source: 'heron', case: 'case_a' },
      { finding: 2, source: 'heron', case: 'case_a' },
      { finding: 3, source: 'plover', case: 'case_b' },
      { finding: 4, source: 'dunlin' },
    ],
    [
      [1, 3, 0.99],
      [1, 4, 0.8],
      [3, 4, 0.9],
    ],
  );

  expect(folded(findings)).toEqual([
    [1, 2],
    [3, 4],
  ]);
});

test('two that a coordinator marked as distinct stand apart, also where a third one is like both', () => {
  const findings = world(
    [
      { finding: 1, source: 'heron' },
      { finding: 2, source: 'plover' },
      { finding: 3, source: 'dunlin' },
    ],
    [
      [1, 2, 0.9],
      [1, 3, 0.8],
      [2, 3, 0.7],
    ],
  );

  expect(folded(findings)).toEqual([[1, 2, 3]]);
  expect(folded(findings, [{ a: 2, b: 3 }])).toEqual([[1, 2], [3]]);
});

test('every finding stands under one entry, and the order in which they are given does not matter', () => {
  const anyWorld = fc
    .tuple(
      fc.array(fc.constantFrom(...sources), { minLength: 12, maxLength: 12 }),
      fc.uniqueArray(
        fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 }), fc.integer({ min: 30, max: 100 })),
        { selector: ([a, b]) => `${Math.min(a, b)} ${Math.max(a, b)}`, maxLength: 40 },
      ),
    )
    .map(([of, pairs]) =>
      world(
        of.map((source, index) => ({ finding: index + 1, source })),
        pairs.filter(([a, b]) => a !== b).map(([a, b, percent]) => [a, b, percent / 100]),
      ),
    );
  fc.assert(
    fc.property(
      anyWorld,
      fc.shuffledSubarray([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], { minLength: 12 }),
      (all, order) => {
        const groups = folded(all);
        expect(groups.flat().sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
        for (const group of groups) {
          const from = group.map((finding) => all.get(finding)?.source);
          const isExact = group.some((finding) => all.get(finding)?.partners.some(({ odds }) => odds >= exactOdds));
          if (!isExact) expect(new Set(from).size).toBe(from.length);
        }
        expect(folded(new Map(order.map((finding) => [finding, all.get(finding) as Foldable])))).toEqual(groups);
      },
    ),
  );
});
