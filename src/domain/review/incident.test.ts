import { expect, test } from 'vitest';
import { whyNot } from '../refusal.ts';
import * as incident from './incident.ts';

const raised: incident.Incident = { raisedAt: '2026-12-30T10:00:00.000Z', containedAt: null, resolvedAt: null };
const at = (time: string) => `2026-12-30T${time}:00.000Z`;

test('raised, then contained, then resolved, each once and in this order', () => {
  expect(whyNot(() => incident.resolve(raised, at('11:00')))?.code).toBe('incident_not_now');
  const contained = incident.contain(raised, at('11:00'));
  expect(whyNot(() => incident.contain(contained, at('12:00')))?.code).toBe('incident_not_now');
  const resolved = incident.resolve(contained, at('15:30'));
  expect(whyNot(() => incident.contain(resolved, at('16:00')))?.code).toBe('incident_not_now');

  expect(['10:30', '11:00', '15:30'].map((time) => incident.stateAt(resolved, at(time)))).toEqual([
    'raised',
    'contained',
    'resolved',
  ]);
});

test('the clock runs until each is said, and stands still after', () => {
  const minute = 60_000;
  const resolved = { ...raised, containedAt: at('11:00'), resolvedAt: at('15:30') };

  expect(incident.clockAt(resolved, at('10:30'))).toEqual({ toContainMs: 30 * minute, toResolveMs: 30 * minute });
  expect(incident.clockAt(resolved, at('12:00'))).toEqual({ toContainMs: 60 * minute, toResolveMs: 120 * minute });
  expect(incident.clockAt(resolved, at('23:00'))).toEqual({ toContainMs: 60 * minute, toResolveMs: 330 * minute });
});

test('reminders are of what holds on the day, the earliest first; one that is not law says so', () => {
  expect(incident.remindersOf(raised).map(({ hours, endsAt }) => [hours, endsAt])).toEqual([
    [48, '2027-01-01T10:00:00.000Z'],
    [360, '2027-01-14T10:00:00.000Z'],
  ]);
  expect(incident.remindersOf({ raisedAt: '2027-01-01T00:00:00.000Z' }).map(({ hours }) => hours)).toEqual([
    48, 72, 360,
  ]);
  expect(incident.reminders.find(({ hours }) => hours === 48)?.isLaw).toBe(false);
});
