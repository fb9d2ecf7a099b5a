import fc from 'fast-check';
import { expect, test } from 'vitest';
import { firstHourAt, hourOf, leftOf } from './room.ts';

const now = '2026-03-02T10:25:00.000Z';
const hour = (ago: number) => new Date(Date.parse(hourOf(now)) - ago * 3_600_000).toISOString();
const room = { perDay: 100, perHour: 60 };

test('what came in the current hour and in the 23 before it is taken from the room', () => {
  const hours = [
    { hour: hour(0), findings: 10 },
    { hour: hour(23), findings: 20 },
    { hour: hour(24), findings: 70 },
  ];

  expect(leftOf(room, hours, now)).toEqual({ left: 50, usedThisHour: 10, usedToday: 30 });
  expect(firstHourAt(now)).toBe(hour(23));
});

test('a full hour has room again with the next one, a full day when its oldest hours have gone', () => {
  expect(leftOf(room, [{ hour: hour(0), findings: 60 }], now).resumesAt).toBe('2026-03-02T11:00:00.000Z');
  const day = [
    { hour: hour(20), findings: 50 },
    { hour: hour(5), findings: 50 },
  ];
  expect(leftOf(room, day, now)).toMatchObject({ left: 0, resumesAt: '2026-03-02T14:00:00.000Z' });
});

test('a moment is named exactly when nothing is left, and at that moment there is room', () => {
  const hours = fc.array(
    fc.record({ ago: fc.integer({ min: 0, max: 30 }), findings: fc.integer({ min: 0, max: 80 }) }),
    {
      maxLength: 30,
    },
  );
  fc.assert(
    fc.property(hours, (given) => {
      const counts = given.map(({ ago, findings }) => ({ hour: hour(ago), findings }));
      const { left, resumesAt } = leftOf(room, counts, now);

      expect(resumesAt === undefined).toBe(left > 0);
      if (resumesAt !== undefined) {
        expect(resumesAt > now).toBe(true);
        expect(leftOf(room, counts, resumesAt).left).toBeGreaterThan(0);
      }
    }),
  );
});
