import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addDays, type Day } from '../../instant.ts';
import { builtIn, builtInPolicies } from './built-in.ts';
import { advance, type Clock, Clocks, dueOf, news, type Past } from './clock.ts';
import { decide, type Inputs } from './policy.ts';

const start: Day = '2026-11-23';
const bod = builtIn('bod-26-04')!;
const anyPolicy = fc.constantFrom(...builtInPolicies);
const known = fc.constantFrom('yes' as const, 'no' as const, 'unknown' as const);
const anyInputs: fc.Arbitrary<Inputs> = fc.record({
  inKev: known,
  exposed: known,
  automatable: known,
  technicalImpact: fc.constantFrom('partial' as const, 'total' as const, 'unknown' as const),
  exploitation: fc.constantFrom('none' as const, 'poc' as const, 'active' as const, 'unknown' as const),
});

/** Lists on several days, each of which knows what the ones before decided. */
function follow(policy: (typeof builtInPolicies)[number], days: { after: number; inputs: Inputs }[]) {
  let past: Past | undefined;
  return [...days]
    .sort((a, b) => a.after - b.after)
    .map(({ after, inputs }) => {
      const asOf = addDays(start, after);
      const decision = decide(policy, inputs, asOf, past);
      past = advance(policy, past, decision.rank, asOf);
      return { asOf, decision, past };
    });
}

const anyDays = fc.array(fc.record({ after: fc.nat(200), inputs: anyInputs }), { minLength: 1, maxLength: 12 });

describe('the clock of a vulnerability (decision page 62)', () => {
  test('a due date never moves later while the decision is as urgent as before, or becomes more urgent', () => {
    fc.assert(
      fc.property(anyPolicy, anyDays, (policy, days) => {
        const lists = follow(policy, days);
        for (const [index, { decision }] of lists.entries()) {
          const before = lists[index - 1]?.decision;
          if (before?.due === undefined || decision.rank > before.rank || decision.due === undefined) continue;
          expect(decision.due <= before.due).toBe(true);
        }
      }),
    );
  });

  test('a date is never earlier than the first listing plus the days of the decision, nor later than today plus them', () => {
    fc.assert(
      fc.property(anyPolicy, anyDays, (policy, days) => {
        for (const { asOf, decision, past } of follow(policy, days)) {
          const allowed = policy.outcomes[decision.rank]!.days;
          if (decision.due === undefined || allowed === undefined) continue;
          expect(decision.due >= addDays(past.listed, allowed)).toBe(true);
          expect(decision.due <= addDays(asOf, allowed)).toBe(true);
        }
      }),
    );
  });

  test('answers that go back and forth gain no day: the same answer has the same date, however often others were given', () => {
    fc.assert(
      fc.property(anyPolicy, anyDays, anyInputs, (policy, days, inputs) => {
        const [first, ...rest] = follow(policy, [
          { after: 0, inputs },
          ...days.map(({ after, ...other }) => ({ after: after + 1, ...other })),
          { after: 300, inputs },
        ]);
        expect(rest.at(-1)?.decision.due).toBe(first?.decision.due);
      }),
    );
  });

  test('without a past, or with one that begins today, days count from the day of the list', () => {
    fc.assert(
      fc.property(anyPolicy, anyInputs, (policy, inputs) => {
        const decision = decide(policy, inputs, start);
        expect(decide(policy, inputs, start, advance(policy, undefined, decision.rank, start))).toEqual(decision);
        expect(dueOf(policy, advance(policy, undefined, decision.rank, start), decision.rank)?.since ?? start).toBe(
          start,
        );
      }),
    );
  });
});

const urgent: Inputs = { inKev: 'yes', exposed: 'yes', automatable: 'yes', technicalImpact: 'total' };
const soon: Inputs = { inKev: 'yes', exposed: 'no', automatable: 'no', technicalImpact: 'total' };
const calm: Inputs = { inKev: 'no', exposed: 'no', automatable: 'no', technicalImpact: 'partial' };
const daysOf = (inputs: Inputs) => bod.outcomes[decide(bod, inputs, start).rank]!.days;

describe('BOD 26-04', () => {
  test('the three cases below are due in 3 days, in 14 days and at the next upgrade', () => {
    expect([urgent, soon, calm].map(daysOf)).toEqual([3, 14, undefined]);
  });

  test('a KEV listing on day 40 gives 3 days from day 40', () => {
    const decision = follow(bod, [
      { after: 0, inputs: calm },
      { after: 40, inputs: urgent },
      { after: 41, inputs: urgent },
    ]).at(-1)?.decision;

    expect(decision?.due).toBe(addDays(start, 43));
    expect(decision?.reasons).toContain(
      'Due 3 calendar days (UTC) after 2027-01-02, when this or a more urgent decision was first made here.',
    );
  });

  test('the answer "not exposed" counts its 14 days from the first listing', () => {
    const decision = follow(bod, [
      { after: 0, inputs: urgent },
      { after: 10, inputs: soon },
    ]).at(-1)?.decision;

    expect(decision?.due).toBe(addDays(start, 14));
  });

  test('what is overdue stays overdue when it becomes more urgent', () => {
    const decision = follow(bod, [
      { after: 0, inputs: soon },
      { after: 20, inputs: urgent },
    ]).at(-1)?.decision;

    expect(decision?.due).toBe(addDays(start, 14));
    expect(decision?.reasons).toContain('Overdue since 2026-12-07.');
    expect(decision?.reasons.join(' ')).toContain('a more urgent decision moves no date back');
  });

  test('the day after the due date is the first overdue one', () => {
    const at = (after: number) =>
      follow(bod, [
        { after: 0, inputs: urgent },
        { after, inputs: urgent },
      ]).at(-1)?.decision;

    expect(at(3)?.reasons.some((reason) => reason.startsWith('Overdue'))).toBe(false);
    expect(at(4)?.reasons).toContain('Overdue since 2026-11-26.');
    expect(at(4)?.reasons).toContain('First listed here on 2026-11-23.');
  });

  test('a policy without a past here counts from the first listing: changing the policy gains no time', () => {
    expect(decide(bod, urgent, addDays(start, 9), { listed: start, decided: {} }).due).toBe(addDays(start, 3));
    expect(decide(bod, urgent, addDays(start, 9), { listed: start, decided: { 'old name': start } }).due).toBe(
      addDays(start, 3),
    );
  });

  test('a list of an earlier day knows nothing of later ones', () => {
    const past = { listed: addDays(start, 5), decided: { [bod.outcomes[0]!.name]: addDays(start, 5) } };

    expect(decide(bod, urgent, start, past)).toEqual(decide(bod, urgent, start));
  });
});

const anyClock: fc.Arbitrary<Clock> = fc.record({
  package: fc.constantFrom('npm/a', 'npm/b'),
  vulnerability: fc.constantFrom('CVE-1', 'GHSA-1', '__proto__'),
  listed: fc.constantFrom('2026-01-01', '2026-01-02'),
  decided: fc.dictionary(
    fc.constantFrom('p', '__proto__'),
    fc.dictionary(fc.constantFrom('act', '__proto__'), fc.constantFrom('2026-01-01', '2026-01-02'), {
      noNullPrototype: true,
    }),
    { noNullPrototype: true },
  ),
});

test('clocks that are put together keep the earliest of each day, in any order', () => {
  fc.assert(
    fc.property(fc.array(anyClock), (clocks) => {
      const all = new Clocks(clocks).all();

      expect(new Clocks([...clocks].reverse()).all()).toEqual(all);
      expect(new Clocks([...all, ...clocks]).all()).toEqual(all);
      expect(news(all, clocks)).toEqual([]);
      for (const one of clocks) {
        const kept = all.find((other) => other.package === one.package && other.vulnerability === one.vulnerability);
        expect(kept && kept.listed <= one.listed).toBe(true);
      }
    }),
  );
  expect(Object.keys({})).toEqual([]);
});
