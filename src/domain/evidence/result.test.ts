import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CardAnswer, type CardField, type ElicitationCard, questions } from './elicitation.ts';
import { defaults, type Registration } from './registration.ts';
import { decide, sideOf, sideOfProbability, work } from './result.ts';
import type { Attempt } from './statistics/attempt.ts';

const registration: Registration = {
  ...defaults,
  title: 'Over one half? (sample)',
  threshold: 0.5,
  minimumClusters: 2,
};

const card = Object.fromEntries(
  (Object.keys(questions) as CardField[]).map((field): [CardField, CardAnswer] => [
    field,
    { state: 'given', text: 'Said (sample).' },
  ]),
) as ElicitationCard;

/** One attempt at each of n items, the first k of them successes, far below the budget. */
const run = (k: number, n: number, extra: (item: number) => Partial<Attempt> = () => ({})): Attempt[] =>
  Array.from({ length: n }, (_, item) => ({
    item: `item-${item}`,
    attempt: 1,
    score: item < k ? 1 : 0,
    tokens: 1000,
    ...extra(item),
  }));

const budgeted: Registration = { ...registration, budgetTokens: 1_000_000 };

describe('b9: three zones', () => {
  test.each([
    [26, 40, 'meets'],
    [25, 40, 'undecided'],
    [15, 40, 'undecided'],
    [14, 40, 'does_not_meet'],
  ])('%d of 40 beside one half: %s', (k, n, zone) => {
    expect(work(budgeted, run(k, n), card).zone).toBe(zone);
  });

  test('the posterior probability stands beside it (Jeffreys, 45 of 70)', () => {
    expect(work(registration, run(45, 70), card).headline?.probabilityAbove).toBeCloseTo(0.991897, 6);
  });

  test('"does not meet" needs the elicitation card complete and the budget curve flat; "meets" does not', () => {
    expect(work(budgeted, run(5, 40), {})).toMatchObject({ zone: 'undecided', reasons: ['elicitation_incomplete'] });
    expect(work(budgeted, run(35, 40), {})).toMatchObject({ zone: 'meets', reasons: [] });

    const rising = run(5, 40, () => ({ tokens: 900_000 }));
    expect(work(budgeted, rising, card)).toMatchObject({ zone: 'undecided', reasons: ['budget_curve_rising'] });

    const silent = run(5, 40).map(({ tokens, ...rest }) => rest);
    expect(work(budgeted, silent, card)).toMatchObject({ zone: 'undecided', reasons: ['budget_curve_unknown'] });
  });

  test('where the rule is met below the threshold, it is "meets" that needs the proof', () => {
    const below: Registration = { ...budgeted, direction: 'below' };

    expect(work(below, run(5, 40), card).zone).toBe('meets');
    expect(work(below, run(5, 40), {}).zone).toBe('undecided');
    expect(work(below, run(35, 40), {}).zone).toBe('does_not_meet');
  });

  test('fewer clusters than registered stay undecided, and few are shown with their number', () => {
    const inFamilies = run(38, 40, (item) => ({ cluster: `family-${item % 4}` }));

    const result = work({ ...registration, minimumClusters: 5 }, inFamilies, card);

    expect(result).toMatchObject({ zone: 'undecided', reasons: ['too_few_clusters'] });
    expect(result.warnings.find(({ code }) => code === 'few_clusters')?.message).toContain('4 clusters');
  });

  test('nothing scored is undecided, not zero', () => {
    const result = work(registration, [{ item: 'a', attempt: 1, score: null }], card);

    expect(result).toMatchObject({ zone: 'undecided', reasons: ['no_scores'], headline: null, moreItems: null });
  });

  /** Worked case: is the 50% time horizon over 60 expert-minutes? Probabilities from the published bootstrap of Lyptus v2. */
  test.each([
    ['o3', 0.016, 'below'],
    ['Opus 4', 0.056, 'between'],
    ['GPT-5.1 Codex Max', 0.216, 'between'],
    ['GLM-5', 0.348, 'between'],
    ['GPT-5.2 Codex', 0.405, 'between'],
    ['GPT-5.5', 0.994, 'above'],
    ['Sonnet 4.6', 0.995, 'above'],
    ['GPT-5.3 Codex', 0.997, 'above'],
    ['Opus 4.6', 0.999, 'above'],
  ])('the worked horizon case: %s with P = %d lies %s', (_model, probability, side) => {
    expect(sideOfProbability(probability, 0.95)).toBe(side);
  });
});

describe('b11: cheating', () => {
  test('the table always has three columns', () => {
    const { cheating, cheated } = work(
      registration,
      run(30, 40, (item) => ({ cheated: item < 4 })),
      card,
    );

    expect(cheated).toBe(4);
    expect(cheating.map(({ policy, estimate }) => [policy, estimate?.items, estimate?.mean])).toEqual([
      ['strict', 40, 26 / 40],
      ['dropped', 36, 26 / 36],
      ['counted', 40, 30 / 40],
    ]);
  });

  test('columns on different sides of the threshold leave it undecided: validity', () => {
    const honest = run(16, 40);
    const dishonest = run(38, 40, (item) => ({ cheated: item >= 16 && item < 38 }));

    expect(work(budgeted, honest, card).zone).toBe('undecided');
    expect(work(budgeted, dishonest, card).reasons).toContain('validity');
    expect(work({ ...budgeted, cheating: 'counted' }, dishonest, card)).toMatchObject({
      zone: 'undecided',
      reasons: ['validity'],
    });
  });

  test('METR on GPT-5.6 Sol: 11.3 h (5-40) if cheating fails, over 270 h if it counts; beside 24 h that is no answer', () => {
    const strict = { mean: 11.3, side: sideOf({ low: 5, high: 40 }, 24), clusters: 30 };
    const counted = { mean: 270, side: sideOf({ low: 100, high: Number.POSITIVE_INFINITY }, 24), clusters: 30 };
    const columns = [
      { policy: 'strict', estimate: strict },
      { policy: 'dropped', estimate: { mean: 71, side: sideOf({ low: 13, high: 11_400 }, 24), clusters: 30 } },
      { policy: 'counted', estimate: counted },
    ] as const;
    const rule = { cheating: 'strict', direction: 'above', threshold: 24, minimumClusters: 2 } as const;

    const outcome = decide({ registration: rule, columns, isCardComplete: true, isFlat: true });

    expect(outcome).toEqual({ zone: 'undecided', reasons: ['validity', 'interval_contains_threshold'] });
  });
});

describe('how many more runs', () => {
  test('with that many more at the same rate the interval decides, and with one less it does not', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 20, max: 60 }), (k, n) => {
        fc.pre(k <= n);
        const { moreItems, headline } = work(registration, run(k, n), card);
        if (headline!.side !== 'between') expect(moreItems).toBe(0);
        else if (headline!.mean === 0.5) expect(moreItems).toBeNull();
        else {
          const wanted = n + moreItems!;
          expect(wanted * (headline!.mean - 0.5) ** 2).toBeGreaterThan(1.6448536 ** 2 / 4);
          expect((wanted - 1) * (headline!.mean - 0.5) ** 2).toBeLessThanOrEqual((1.6448537 ** 2 / 4) * (1 + 1e-6));
        }
      }),
    );
  });
});

describe('warnings', () => {
  const codes = (attempts: readonly Attempt[], rule = registration) =>
    work(rule, attempts, card).warnings.map(({ code }) => code);

  test('more than one model that answered is said', () => {
    expect(codes(run(20, 40, (item) => ({ model: item < 5 ? 'other' : 'asked' })))).toContain('mixed_models');
  });

  test('under a few hundred items no normal interval is used', () => {
    expect(codes(run(20, 40))).toContain('few_items');
    expect(codes(run(200, 400))).not.toContain('few_items');
  });

  test('attempts beyond the plan are left out by number, not by score', () => {
    const twice = [...run(0, 40), ...run(40, 40).map((attempt) => ({ ...attempt, attempt: 2 }))];

    const result = work(registration, twice, card);

    expect(result.headline).toMatchObject({ attempts: 40, mean: 0 });
    expect(result.warnings.map(({ code }) => code)).toContain('attempts_beyond_plan');
  });
});

describe('estimates', () => {
  const rows = ['1111', '1011', '0010', '0000', '1101'].flatMap((row, item) =>
    [...row].map((score, at): Attempt => ({ item: `i${item}`, attempt: at + 1, score: Number(score) })),
  );

  test('b1: the registered estimand chooses the standard error', () => {
    const four = { ...registration, attempts: 4 };

    expect(work(four, rows, card).headline?.standardError).toBeCloseTo(0.1837117307, 9);
    expect(work({ ...four, estimand: 'benchmark' }, rows, card).headline?.standardError).toBeCloseTo(0.0866025404, 9);
  });

  test('b6: pass@k and pass^k are means over items', () => {
    const four = { ...registration, attempts: 4 };

    expect(work({ ...four, metric: { kind: 'pass_at_k', k: 2 } }, rows, card).headline?.mean).toBeCloseTo(
      (1 + 1 + 0.5 + 0 + 1) / 5,
      12,
    );
    expect(work({ ...four, metric: { kind: 'pass_hat_k', k: 2 } }, rows, card).headline?.mean).toBeCloseTo(
      (1 + 0.5 + 0 + 0 + 0.5) / 5,
      12,
    );
  });

  test('more attempts at the same items are worth less than as many items', () => {
    const tenfold = run(20, 40).flatMap((row) => Array.from({ length: 10 }, (_, at) => ({ ...row, attempt: at + 1 })));

    const estimate = work({ ...registration, attempts: 10 }, tenfold, card).headline!;

    expect(estimate.attempts).toBe(400);
    expect(estimate.effectiveTrials).toBeLessThan(41);
  });
});

const anyRows = fc
  .array(
    fc.record({
      item: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'),
      score: fc.constantFrom(0, 0.5, 1, 1, null),
      cluster: fc.constantFrom('x', 'y', undefined),
      cheated: fc.boolean(),
    }),
    { minLength: 1, maxLength: 40 },
  )
  .map((rows) =>
    rows.map(
      ({ cluster, ...row }, at): Attempt => ({ ...row, attempt: at + 1, ...(cluster !== undefined && { cluster }) }),
    ),
  );

describe('for any rows', () => {
  test('intervals hold the mean and lie in 0 to 1; the strict column is never above the counted one', () => {
    fc.assert(
      fc.property(anyRows, fc.constantFrom('generalized', 'benchmark'), (rows, estimand) => {
        const { cheating } = work({ ...registration, attempts: 40, estimand }, rows, card);
        for (const { estimate } of cheating) {
          if (estimate === null) continue;
          for (const { low, high } of [estimate.interval, { low: estimate.lower, high: estimate.upper }]) {
            expect(low).toBeLessThanOrEqual(estimate.mean + 1e-12);
            expect(high).toBeGreaterThanOrEqual(estimate.mean - 1e-12);
            expect(low).toBeGreaterThanOrEqual(0);
            expect(high).toBeLessThanOrEqual(1);
          }
        }
        const [strict, , counted] = cheating.map(({ estimate }) => estimate?.mean);
        if (strict !== undefined && counted !== undefined) expect(strict).toBeLessThanOrEqual(counted + 1e-12);
      }),
    );
  });

  test('the same input gives the same result, in whatever order the rows come', () => {
    fc.assert(
      fc.property(anyRows, (rows) => {
        expect(work({ ...registration, attempts: 40 }, [...rows].reverse(), card)).toEqual(
          work({ ...registration, attempts: 40 }, rows, card),
        );
      }),
      { numRuns: 30 },
    );
  });

  test('a rule and its opposite are never both met, and never both unmet', () => {
    fc.assert(
      fc.property(anyRows, fc.double({ min: 0.05, max: 0.95, noNaN: true }), (rows, threshold) => {
        const zoneOf = (direction: 'above' | 'below') =>
          work({ ...registration, attempts: 40, threshold, direction }, rows, card).zone;
        const zones = [zoneOf('above'), zoneOf('below')];
        expect(zones[0] === 'undecided').toBe(zones[1] === 'undecided');
        if (zones[0] !== 'undecided') expect(new Set(zones).size).toBe(2);
      }),
      { numRuns: 50 },
    );
  });
});

test('one success more never takes "meets" away, nor brings "does not meet"', () => {
  const rank = { does_not_meet: 0, undecided: 1, meets: 2 };
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 79 }), fc.double({ min: 0.05, max: 0.95, noNaN: true }), (k, threshold) => {
      const zoneOf = (successes: number) => work({ ...budgeted, threshold }, run(successes, 80), card).zone;
      expect(rank[zoneOf(k + 1)]).toBeGreaterThanOrEqual(rank[zoneOf(k)]);
    }),
    { numRuns: 60 },
  );
});

test('more data of the same kind never turns a decision', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 2, max: 5 }), (k, times) => {
      const first = work(budgeted, run(k, 30), card).zone;
      const rows = Array.from({ length: times }, (_, copy) =>
        run(k, 30).map((row) => ({ ...row, item: `${copy}-${row.item}` })),
      ).flat();
      if (first !== 'undecided') expect(work(budgeted, rows, card).zone).toBe(first);
    }),
    { numRuns: 60 },
  );
});
