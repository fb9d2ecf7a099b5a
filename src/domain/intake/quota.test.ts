import fc from 'fast-check';
import { expect, test } from 'vitest';
import { roomOf } from './quota.ts';
import { quotaPolicy } from './quota-policy.ts';

const counts = fc.oneof(fc.nat({ max: 30 }), fc.nat({ max: 1_000_000 }));

test('a source without decided findings has the stated start', () => {
  expect(roomOf({ confirmed: 0, refuted: 0, undecided: 0 })).toEqual({
    perDay: 20_000,
    perHour: 10_000,
    reasons: [
      'None of your findings is decided yet: room for 20,000 a day.',
      'At most 10,000 of them within one hour.',
      'This is the start that every source has until 3 of its findings are refuted. A record of confirmed findings gives more.',
    ],
    policy: '1.0.0',
  });
});

test('the reasons name what was counted and what it gives', () => {
  expect(roomOf({ confirmed: 12, refuted: 3, undecided: 40 }).reasons).toEqual([
    '12 of 15 decided findings were confirmed: room for 2,100 a day.',
    'At most 1,050 of them within one hour.',
    'With 95% confidence at least 54% of your findings are confirmed; from 90% on there is room for 100,000 a day, and never less than 50.',
  ]);
});

test('a source that floods keeps the floor, one whose findings hold has the ceiling', () => {
  expect(roomOf({ confirmed: 0, refuted: 5_000, undecided: 0 }).perDay).toBe(quotaPolicy.floorPerDay);
  expect(roomOf({ confirmed: 990, refuted: 10, undecided: 0 }).perDay).toBe(quotaPolicy.ceilingPerDay);
});

test('a source without a record waits with more while what it handed in is undecided', () => {
  expect(roomOf({ confirmed: 0, refuted: 0, undecided: quotaPolicy.startWaitingBelow })).toMatchObject({ perDay: 50 });
});

test('more confirmed findings never give less room, more refuted ones never more', () => {
  fc.assert(
    fc.property(counts, counts, counts, fc.nat({ max: 50 }), (confirmed, refuted, undecided, more) => {
      const room = roomOf({ confirmed, refuted, undecided });

      expect(roomOf({ confirmed: confirmed + more, refuted, undecided }).perDay).toBeGreaterThanOrEqual(room.perDay);
      expect(roomOf({ confirmed, refuted: refuted + more, undecided }).perDay).toBeLessThanOrEqual(room.perDay);
    }),
  );
});

test('no history gives less than the floor or more than the ceiling, and an hour has part of the day', () => {
  fc.assert(
    fc.property(counts, counts, counts, (confirmed, refuted, undecided) => {
      const room = roomOf({ confirmed, refuted, undecided });

      expect(room.perDay).toBeGreaterThanOrEqual(quotaPolicy.floorPerDay);
      expect(room.perDay).toBeLessThanOrEqual(quotaPolicy.ceilingPerDay);
      expect(room.perHour).toBeGreaterThan(0);
      expect(room.perHour).toBeLessThanOrEqual(room.perDay);
    }),
  );
});

test('two sources with the same history have the same room', () => {
  fc.assert(
    fc.property(counts, counts, counts, (confirmed, refuted, undecided) => {
      expect(roomOf({ confirmed, refuted, undecided })).toEqual(roomOf({ undecided, refuted, confirmed }));
    }),
  );
});
