import { expect, test } from 'vitest';
import { agreement, halves, recordLines } from '../../../test/vulnrichment.ts';

const { tuning, held } = halves(recordLines(new URL('testdata/vulnrichment.jsonl.gz', import.meta.url)));
const both = [...tuning, ...held].filter((row) => row.baseline !== undefined);
const share = (rows: typeof both, point: 'automatable' | 'technicalImpact', by: 'derived' | 'baseline') =>
  agreement(
    rows.filter((row) => row.baseline !== undefined),
    point,
    by,
  ).share;

test('the halves are of one size, and the vector alone gives 95.9% and 91.7%', () => {
  expect([tuning.length, held.length, both.length]).toEqual([1100, 1100, 1619]);
  expect(share(both, 'automatable', 'baseline')).toBeCloseTo(0.9586, 4);
  expect(share(both, 'technicalImpact', 'baseline')).toBeCloseTo(0.9166, 4);
});

test('technical impact agrees with CISA more often than the vector alone, on either half', () => {
  for (const rows of [tuning, held]) {
    expect(share(rows, 'technicalImpact', 'derived')).toBeGreaterThan(
      share(rows, 'technicalImpact', 'baseline') + 0.025,
    );
  }
});

test('automatable agrees more often over all records, and no less often on the held-out half', () => {
  expect(share(both, 'automatable', 'derived')).toBeGreaterThan(share(both, 'automatable', 'baseline') + 0.004);
  expect(share(held, 'automatable', 'derived')).toBeGreaterThanOrEqual(share(held, 'automatable', 'baseline'));
});

test('where no vector is stated, two thirds of the records still get an answer, right more than 97 times in 100', () => {
  const rows = [...tuning, ...held].filter((row) => row.baseline === undefined);

  for (const point of ['automatable', 'technicalImpact'] as const) {
    const { share: agreed, answered } = agreement(rows, point, 'derived');
    expect([point, agreed > 0.97, answered / rows.length > 0.55]).toEqual([point, true, true]);
  }
});

test('every derived point comes with a sentence', () => {
  for (const { derived } of both) {
    const points = [derived?.exploitation, derived?.automatable, derived?.technicalImpact].filter(
      (point) => point !== undefined,
    );
    expect(derived?.derivation).toHaveLength(points.length);
  }
});
