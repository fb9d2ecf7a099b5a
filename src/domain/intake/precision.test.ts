import fc from 'fast-check';
import { expect, test } from 'vitest';
import { historyOf, precisionRow } from './precision.ts';
import { roomOf } from './quota.ts';
import { quotaPolicy } from './quota-policy.ts';
import { findingStates } from './report.ts';

const states = {
  received: 30,
  triaged: 6,
  info_needed: 4,
  validated: 12,
  not_reproduced: 3,
  out_of_scope: 7,
  withdrawn: 2,
};
const source = { states, medianSecondsToDecision: 86_400, duplicates: 16 };

test('a coordinator sees the counts by outcome, precision with its interval, the time to a decision, duplicates and the room', () => {
  const row = precisionRow(source, 'coordinator');

  expect(row).toMatchObject({
    counts: { confirmed: 12, refuted: 3, undecided: 40, set_aside: 9 },
    total: 64,
    precision: { value: 0.8 },
    medianSecondsToDecision: 86_400,
    duplicateShare: 0.25,
    room: roomOf({ confirmed: 12, refuted: 3, undecided: 40 }),
  });
  // Wilson 1927 for 12 of 15 at 95 %.
  expect(row.precision?.low).toBeCloseTo(0.5481, 4);
  expect(row.precision?.high).toBeCloseTo(0.9295, 4);
});

test('a source sees its own row, but for what would tell that others reported the same (I5)', () => {
  const row = precisionRow(source, 'source');

  expect(row.counts.confirmed).toBe(12);
  expect(row.room).toBeDefined();
  expect('duplicateShare' in row).toBe(false);
  expect(row).toEqual(precisionRow({ ...source, duplicates: 0 }, 'source'));
});

test('others see no count below the smallest cell and no exact one, and neither room nor duplicates (I19)', () => {
  const anyCounts = fc.record(Object.fromEntries(findingStates.map((state) => [state, fc.nat({ max: 60 })])));
  fc.assert(
    fc.property(anyCounts, (counts) => {
      const row = precisionRow({ states: counts, duplicates: 1, medianSecondsToDecision: 60 }, 'others');

      for (const count of [...Object.values(row.counts), row.total]) {
        if (count !== null) {
          expect(count).toBeGreaterThanOrEqual(quotaPolicy.cellMin);
          expect(count % quotaPolicy.cellMin).toBe(0);
        }
      }
      const { confirmed, refuted } = row.counts;
      if (confirmed === null || refuted === null) expect(row.precision).toBeNull();
      else expect(row.precision?.value).toBe(confirmed / (confirmed + refuted));
      expect(Object.keys(row)).not.toContain('duplicateShare');
      expect(Object.keys(row)).not.toContain('room');
    }),
  );
});

test('what is withdrawn or out of scope speaks neither for nor against a source', () => {
  expect(historyOf({ validated: 2, withdrawn: 90, out_of_scope: 9 })).toEqual({
    confirmed: 2,
    refuted: 0,
    undecided: 0,
  });
});

test('a source of which nothing is decided has no precision, and one that sent nothing has no shares', () => {
  expect(precisionRow({ states: { received: 4 }, duplicates: 0 }, 'coordinator').precision).toBeNull();
  expect(precisionRow({ states: {}, duplicates: 0 }, 'coordinator')).toMatchObject({ total: 0, duplicateShare: null });
});
