import { expect, test } from 'vitest';
import type { Grant } from './grant.ts';
import { flagsOf, isSameModel } from './ledger.ts';

const grant = {
  purposes: ['capability_evaluation'],
  model: 'tern-2',
  hours: { from: '08:00', to: '18:00', days: [1, 2, 3, 4, 5] },
} as unknown as Grant;
const monday = '2026-03-02T09:00:00.000Z';
const night = '2026-03-02T03:00:00.000Z';
const purpose = 'capability_evaluation';

test('a use as agreed has nothing to point out', () => {
  expect(flagsOf(grant, { at: monday, purpose, answeredBy: 'tern-2' })).toEqual([]);
});

test.each([
  [{ at: monday, purpose: 'training' }, ['outside_purpose']],
  [{ at: monday, purpose: 'training', refusal: 'outside_purpose' as const }, ['outside_purpose']],
  [{ at: night, purpose }, ['outside_hours']],
  [{ at: monday, purpose, answeredBy: 'tern-1' }, ['other_model_answered']],
  [{ at: monday, purpose, refusal: 'other_model' as const }, ['other_model_asked']],
  [{ at: monday, purpose, refusal: 'over_rate' as const }, ['over_rate']],
  [
    { at: night, purpose: '', refusal: 'window_not_running' as const },
    ['outside_purpose', 'outside_hours', 'after_end'],
  ],
])('%j: %j', (seen, flags) => {
  expect(flagsOf(grant, seen)).toEqual(flags);
});

test('the dated build of a model is that model, and nothing else is', () => {
  expect(isSameModel('tern-2', 'tern-2-2026-03-01')).toBe(true);
  expect(isSameModel('tern-2', 'tern-2-20260301')).toBe(true);
  expect(isSameModel('tern-2', 'tern-2-mini')).toBe(false);
  expect(isSameModel('tern-2', 'tern-22')).toBe(false);
  expect(isSameModel('tern-2', 'tern')).toBe(false);
});
