import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { whyNot } from '../refusal.ts';
import * as grant from './grant.ts';

const base = Date.parse('2026-03-02T00:00:00.000Z');
const hour = (hours: number) => new Date(base + hours * 3_600_000).toISOString();

const offered: grant.Grant = {
  method: 'openai_compatible',
  variant: 'shipping',
  model: 'tern-2',
  purposes: ['capability_evaluation'],
  ratePerMinute: 10,
  hours: null,
  logging: 'counts_only',
  retentionDays: 30,
  notes: '',
  startsAt: hour(10),
  expiresAt: hour(100),
  to: 'organisation_office',
  people: [],
  offeredAt: hour(0),
  acceptedAt: null,
  verifiedByDeveloperAt: null,
  verifiedByAuthorityAt: null,
  revokedAt: null,
};
const active: grant.Grant = {
  ...offered,
  acceptedAt: hour(1),
  verifiedByDeveloperAt: hour(2),
  verifiedByAuthorityAt: hour(3),
};
const running: grant.WindowNow = { isRunning: true, hardStop: hour(80) };
const tried: grant.Try = {
  person: 'person_a',
  organisation: 'organisation_office',
  purpose: 'capability_evaluation',
  model: 'tern-2',
  usesInLastMinute: 0,
};

describe('since when nobody has access', () => {
  test('is the last end of a grant that was active; nothing while one is, or where none ever was', () => {
    const revoked = grant.revoke(active, hour(20));
    expect(grant.noneSince([revoked, grant.revoke(offered, hour(30))], hour(40))).toBe(hour(20));
    expect(grant.noneSince([revoked, { ...active, expiresAt: hour(35) }], hour(40))).toBe(hour(35));
    expect(grant.noneSince([revoked, offered], hour(40))).toBe(hour(20));
    expect(grant.noneSince([revoked, active], hour(40))).toBeUndefined();
    expect(grant.noneSince([offered, grant.revoke(active, hour(5))], hour(40))).toBeUndefined();
    expect(grant.noneSince([], hour(40))).toBeUndefined();
  });
});

describe('the state follows from what happened and the instant', () => {
  test.each([
    [0, 'offered'],
    [1, 'accepted'],
    [2.5, 'accepted'],
    [3, 'verified'],
    [10, 'active'],
    [99.9, 'active'],
    [100, 'expired'],
  ] as const)('at hour %d: %s', (at, state) => {
    expect(grant.stateAt(active, hour(at))).toBe(state);
  });

  test('a revocation counts from its instant on, in every state but one that has expired', () => {
    for (const at of [0, 1, 3, 10, 99]) {
      const revoked = grant.revoke(active, hour(at));
      expect(grant.stateAt(revoked, hour(at))).toBe('revoked');
      expect(grant.stateAt(revoked, hour(at - 0.1))).toBe(grant.stateAt(active, hour(at - 0.1)));
    }
  });
});

describe('acts', () => {
  test('access is accepted once, then seen to work by each side, in any order', () => {
    const accepted = grant.accept(offered, [{ person: 'person_a', shownAs: 'A' }], hour(1));
    expect(accepted).toMatchObject({ acceptedAt: hour(1), people: [{ person: 'person_a' }] });
    expect(whyNot(() => grant.accept(accepted, [], hour(2)))?.code).toBe('grant_already_accepted');
    expect(whyNot(() => grant.verify(offered, 'developer', hour(1)))?.code).toBe('grant_not_accepted');

    const one = grant.verify(accepted, 'authority', hour(2));
    expect(grant.stateAt(one, hour(20))).toBe('accepted');
    expect(grant.stateAt(grant.verify(one, 'developer', hour(20)), hour(20))).toBe('active');
    expect(grant.verify(one, 'authority', hour(9)).verifiedByAuthorityAt).toBe(hour(2));
  });

  test('terms that end before they begin, or have ended, are not offered', () => {
    expect(whyNot(() => grant.requireTerms({ ...offered, expiresAt: hour(10) }, hour(0)))?.code).toBe(
      'grant_ends_too_early',
    );
    expect(whyNot(() => grant.requireTerms(offered, hour(100)))?.code).toBe('grant_ends_too_early');
    expect(whyNot(() => grant.requireTerms(offered, hour(99)))).toBeUndefined();
  });

  test('I9: nothing brings back a grant that has ended', () => {
    const act = fc.constantFrom(
      (one: grant.Grant, at: string) => grant.accept(one, [], at),
      (one: grant.Grant, at: string) => grant.verify(one, 'developer', at),
      (one: grant.Grant, at: string) => grant.verify(one, 'authority', at),
      (one: grant.Grant, at: string) => grant.revoke(one, at),
    );
    const steps = fc.array(fc.tuple(act, fc.nat({ max: 30 })), { maxLength: 12 });
    fc.assert(
      fc.property(steps, (list) => {
        let current = offered;
        let at = 0;
        let hasEnded = false;
        for (const [one, pause] of list) {
          at += pause;
          hasEnded ||= grant.isOver(grant.stateAt(current, hour(at)));
          try {
            current = one(current, hour(at));
          } catch {}
          hasEnded ||= grant.isOver(grant.stateAt(current, hour(at)));
          if (hasEnded) {
            expect(grant.isOver(grant.stateAt(current, hour(at)))).toBe(true);
            expect(grant.whyRefused(current, { isRunning: true, hardStop: null }, tried, hour(at))).toBe(
              'grant_not_active',
            );
          }
        }
      }),
    );
  });
});

describe('a use is judged by what holds at its moment', () => {
  test('what was agreed is let through', () => {
    expect(grant.whyRefused(active, running, tried, hour(20))).toBeUndefined();
  });

  test('I2: never while the window does not run, nor at its hard stop or after, whatever its state is said to be', () => {
    expect(grant.whyRefused(active, { ...running, isRunning: false }, tried, hour(20))).toBe('window_not_running');
    fc.assert(
      fc.property(fc.integer({ min: 10, max: 99 }), fc.integer({ min: 0, max: 120 }), (at, stop) => {
        const refused = grant.whyRefused(active, { isRunning: true, hardStop: hour(stop) }, tried, hour(at));
        expect(refused).toBe(at >= stop ? 'window_not_running' : undefined);
      }),
    );
  });

  test('I8: a purpose that was not agreed is refused, however it is written', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.constantFrom('training', 'reproduction', undefined)), (purpose) => {
        fc.pre(purpose !== 'capability_evaluation');
        expect(grant.whyRefused(active, running, { ...tried, purpose }, hour(20))).toBe('outside_purpose');
      }),
    );
  });

  test('I8, I18: no purpose is training, and no method hands weights over', () => {
    expect(grant.purposes.filter((purpose) => /train|distil|tun/.test(purpose))).toEqual([]);
    expect(grant.methods).toEqual(['openai_compatible', 'vendor_api', 'enclave', 'on_site']);
  });

  test.each([
    [{ organisation: 'organisation_other' as const }, 'not_named'],
    [{ model: 'tern-3' }, 'other_model'],
    [{ model: undefined }, 'other_model'],
    [{ usesInLastMinute: 10 }, 'over_rate'],
    [{ usesInLastMinute: 9 }, undefined],
  ])('%j: %s', (change, refused) => {
    expect(grant.whyRefused(active, running, { ...tried, ...change }, hour(20))).toBe(refused);
  });

  test('where people are named, only they', () => {
    const named = { ...active, people: [{ person: 'person_b' as const, shownAs: 'B' }] };
    expect(grant.whyRefused(named, running, tried, hour(20))).toBe('not_named');
    expect(grant.whyRefused(named, running, { ...tried, person: 'person_b' }, hour(20))).toBeUndefined();
  });
});

describe('agreed hours', () => {
  // 2 March 2026 is a Monday.
  const at = (day: number, time: string) => `2026-03-0${day}T${time}:00.000Z`;
  const office = { from: '08:00', to: '18:00', days: [1, 2, 3, 4, 5] };
  const night = { from: '22:00', to: '06:00', days: [1] };

  test.each([
    [office, at(2, '08:00'), true],
    [office, at(2, '07:59'), false],
    [office, at(2, '18:00'), false],
    [office, at(7, '12:00'), false],
    [{ ...office, days: [7] }, at(8, '12:00'), true],
    [night, at(2, '22:00'), true],
    [night, at(3, '05:59'), true],
    [night, at(3, '06:00'), false],
    [night, at(2, '05:00'), false],
    [null, at(7, '03:00'), true],
  ])('%j at %s: %s', (hours, moment, isIn) => {
    expect(grant.isWithin(hours, moment)).toBe(isIn);
  });
});
