import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addDays } from '../instant.ts';
import { whyNot } from '../refusal.ts';
import * as legalBasis from './legal-basis.ts';

const anyDay = fc.integer({ min: 0, max: 5_000 }).map((days) => addDays('2020-01-01', days));
const noon = (day: string) => `${day}T12:00:00.000Z`;

test('a basis is in force from its first day to its last, both with it', () => {
  fc.assert(
    fc.property(anyDay, anyDay, anyDay, (a, b, day) => {
      const [validFrom, validTo] = [a, b].sort() as [string, string];
      const state = legalBasis.stateAt({ validFrom, validTo }, noon(day));

      expect(state === 'in_force').toBe(validFrom <= day && day <= validTo);
      expect(state === 'lapsed').toBe(day > validTo);
    }),
  );
});

test('it lapses at midnight after its last day (scenario 9)', () => {
  const basis = { validFrom: null, validTo: '2026-12-11' };

  expect(legalBasis.stateAt(basis, '2026-12-11T23:59:59.999Z')).toBe('in_force');
  expect(legalBasis.stateAt(basis, '2026-12-12T00:00:00.000Z')).toBe('lapsed');
});

test('what is not known is no end and no beginning', () => {
  expect(legalBasis.stateAt({ validFrom: null, validTo: null }, '2026-12-12T00:00:00.000Z')).toBe('in_force');
});

test('every basis has a source with a date, and none makes intake wait unless the policy says so (I22)', () => {
  for (const basis of legalBasis.legalBases) {
    expect(basis.source.title).not.toBe('');
    expect(basis.source.date).toMatch(/^\d{4}-\d{2}(-\d{2})?$/);
    expect(basis.intakePausesOnLapse).toBe(false);
  }
  expect(whyNot(() => legalBasis.requireIntake('2099-01-01T00:00:00.000Z'))).toBeUndefined();
});

test('where the policy says so, new findings wait while the basis is not in force, and no longer', () => {
  const [basis] = legalBasis.legalBases.filter(({ validTo }) => validTo !== null);
  const strict = [{ ...(basis as legalBasis.LegalBasis), intakePausesOnLapse: true }];

  expect(whyNot(() => legalBasis.requireIntake(noon(basis?.validTo as string), strict))).toBeUndefined();
  const refusal = whyNot(() => legalBasis.requireIntake(noon(addDays(basis?.validTo as string, 1)), strict));
  expect(refusal?.code).toBe('intake_paused');
  expect(refusal?.details).toEqual({ bases: [basis?.id] });
});
