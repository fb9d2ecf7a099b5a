import fc from 'fast-check';
import { expect, test } from 'vitest';
import { whyNot } from '../refusal.ts';
import {
  type Answer,
  type Authority,
  answerOf,
  apply,
  authorityProblems,
  type ClaimCommand,
  type ClaimEvent,
  claimAt,
  disclosures,
  leaseEnd,
} from './claim.ts';
import { claimPolicy } from './claim-policy.ts';

const start = '2026-03-01T09:30:00.000Z';
const after = (days: number, from = start) => new Date(Date.parse(from) + days * 86_400_000).toISOString();
const licence: Authority = { kind: 'licence', from: 'MIT' };
const registered: ClaimEvent[] = [{ act: 'register', at: start, until: after(7) }];

test('a claim is open until its lease ends, and has lapsed from that moment on', () => {
  expect(claimAt(registered, start).state).toBe('claimed');
  expect(claimAt(registered, after(6.99)).state).toBe('claimed');
  expect(claimAt(registered, after(7))).toMatchObject({ state: 'lapsed', endedAt: after(7) });
});

test('a renewal lasts thirty days at most from its own moment, is counted and never shortens', () => {
  const at = after(5);
  const renewed = apply(registered, { act: 'renew', days: 30 }, licence, claimPolicy, at);

  expect(renewed).toEqual({ act: 'renew', at, until: after(35) });
  expect(claimAt([...registered, renewed], at)).toMatchObject({ renewals: 1, until: after(35) });
  expect(whyNot(() => apply(registered, { act: 'renew', days: 31 }, licence, claimPolicy, at))?.code).toBe(
    'claim_days',
  );
  expect(whyNot(() => apply(registered, { act: 'renew', days: 1 }, licence, claimPolicy, at))?.code).toBe(
    'claim_not_longer',
  );
});

test('a lease ends no later than the authority it stands on', () => {
  const permission: Authority = { kind: 'written_permission', from: 'Birch', reference: 'letter 3', until: after(3) };

  expect(leaseEnd(7, permission, claimPolicy, start)).toBe(after(3));
  expect(whyNot(() => leaseEnd(7, permission, claimPolicy, after(3)))?.code).toBe('claim_authority_ended');
});

test('I15: what is missing in an authority is named', () => {
  const target = { kind: 'package', purl: 'pkg:npm/sample' } as const;
  const host = { kind: 'host', host: 'app.birch.example' } as const;
  const faults = (authority: Authority, of: typeof target | typeof host = target) =>
    authorityProblems(authority, of, start).map(({ path }) => path);

  expect(faults(licence)).toEqual([]);
  expect(faults({ kind: 'own_software', from: ' ' })).toEqual(['authority.from']);
  expect(faults({ kind: 'written_permission', from: 'Birch' })).toEqual(['authority.reference']);
  expect(faults({ kind: 'published_policy', from: 'Birch' })).toEqual(['authority.url']);
  expect(faults({ kind: 'published_policy', from: 'Birch', url: 'javascript:1' })).toEqual(['authority.url']);
  expect(faults({ ...licence, until: start })).toEqual(['authority.until']);
  expect(faults({ kind: 'own_software', from: 'Birch' }, host)).toEqual(['authority.kind']);
  expect(faults({ kind: 'written_permission', from: 'Birch', reference: 'letter 3' }, host)).toEqual([]);
});

const command: fc.Arbitrary<ClaimCommand> = fc.oneof(
  fc.record({ act: fc.constant('renew' as const), days: fc.integer({ min: -1, max: 40 }) }),
  fc.record({ act: fc.constantFrom('finish' as const, 'cancel' as const) }),
);
const steps = fc.array(fc.record({ command, wait: fc.double({ min: 0, max: 12, noNaN: true }) }), { maxLength: 12 });

test('nothing brings an ended claim back, and no claim is ever open more than thirty days from the last act', () => {
  fc.assert(
    fc.property(steps, fc.double({ min: 0, max: 60, noNaN: true }), (acts, later) => {
      const events = [...registered];
      let at = start;
      for (const { command: one, wait } of acts) {
        at = after(wait, at);
        const before = claimAt(events, at);
        let event: ClaimEvent | undefined;
        const refusal = whyNot(() => {
          event = apply(events, one, licence, claimPolicy, at);
        });
        if (before.state !== 'claimed') expect(refusal?.code).toBe('claim_ended');
        if (event !== undefined) events.push(event);
        const now = claimAt(events, at);
        if (before.state !== 'claimed') expect(now).toEqual(before);
        if (now.state === 'claimed') {
          expect(now.until > at).toBe(true);
          expect(Date.parse(now.until) - Date.parse(events.at(-1)?.at ?? '')).toBeLessThanOrEqual(30 * 86_400_000);
        } else expect(now.endedAt !== undefined && now.endedAt <= at).toBe(true);
      }
      const last = claimAt(events, at);
      const then = claimAt(events, after(later, at));
      if (last.state !== 'claimed') expect(then).toEqual(last);
      expect(['claimed', last.state === 'claimed' ? 'lapsed' : last.state]).toContain(then.state);
    }),
    { numRuns: 500 },
  );
});

test('what was the case at a moment stays so, whatever is recorded later', () => {
  fc.assert(
    fc.property(steps, (acts) => {
      const events = [...registered];
      const seen = new Map<string, string>();
      let at = start;
      for (const { command: one, wait } of acts) {
        at = after(wait + 0.001, at);
        const refusal = whyNot(() => events.push(apply(events, one, licence, claimPolicy, at)));
        if (refusal === undefined || seen.size === 0) seen.set(at, JSON.stringify(claimAt(events, at)));
      }
      for (const [moment, standing] of seen) expect(JSON.stringify(claimAt(events, moment))).toBe(standing);
    }),
  );
});

const other = fc.record({
  overlap: fc.constantFrom('yes' as const, 'no' as const, 'cannot_be_told' as const),
  disclosure: fc.constantFrom(...disclosures),
});

test('an answer is a conflict only on account of an owner who answers, and clear only where nothing overlaps', () => {
  fc.assert(
    fc.property(fc.array(other), fc.boolean(), (others, isOptedOut) => {
      const answer: Answer = answerOf(others, isOptedOut);
      const answers = others.some((one) => one.overlap === 'yes' && one.disclosure === 'answer');
      const nothing = others.every((one) => one.overlap === 'no') && !isOptedOut;

      expect(answer).toBe(answers ? 'conflict' : nothing ? 'clear' : 'ask_broker');
      expect(answerOf([...others].reverse(), isOptedOut)).toBe(answer);
    }),
  );
});
