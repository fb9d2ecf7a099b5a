import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { builtIn, builtInPolicies } from './built-in.ts';
import { compareWork, type Decision, decide, type Inputs, type Policy, valuesOf, type Work } from './policy.ts';
import { read } from './policy-document.ts';

const bod = builtIn('bod-26-04')!;
const deployer = builtIn('ssvc-deployer')!;
const cvss4Epss = builtIn('cvss4-epss')!;

type Answer = 'yes' | 'no' | 'unknown';
const inputs = (
  inKev: Answer,
  exposed: Answer,
  automatable: Answer,
  technicalImpact: 'partial' | 'total' | 'unknown',
): Inputs => ({
  inKev,
  exposed,
  automatable,
  technicalImpact,
});

describe('CISA BOD 26-04: KEV, exposed, automatable, impact', () => {
  const rows: [Answer, Answer, Answer, 'partial' | 'total', string, string | undefined, boolean][] = [
    ['yes', 'yes', 'yes', 'total', '3 days & forensic investigation', '2026-12-31', true],
    ['yes', 'yes', 'no', 'total', '3 days & forensic investigation', '2026-12-31', true],
    ['yes', 'no', 'yes', 'total', '3 days & forensic investigation', '2026-12-31', true],
    ['yes', 'yes', 'yes', 'partial', '3 days', '2026-12-31', false],
    ['no', 'yes', 'yes', 'total', '3 days', '2026-12-31', false],
    ['yes', 'no', 'no', 'partial', '14 days', '2027-01-11', false],
    ['yes', 'yes', 'no', 'partial', '14 days', '2027-01-11', false],
    ['yes', 'no', 'yes', 'partial', '14 days', '2027-01-11', false],
    ['no', 'yes', 'yes', 'partial', '14 days', '2027-01-11', false],
    ['yes', 'no', 'no', 'total', '14 days', '2027-01-11', false],
    ['no', 'yes', 'no', 'total', '14 days', '2027-01-11', false],
    ['no', 'yes', 'no', 'partial', '60 days', '2027-02-26', false],
    ['no', 'no', 'yes', 'partial', '60 days', '2027-02-26', false],
    ['no', 'no', 'yes', 'total', '60 days', '2027-02-26', false],
    ['no', 'no', 'no', 'partial', 'fix on system upgrade', undefined, false],
    ['no', 'no', 'no', 'total', 'fix on system upgrade', undefined, false],
  ];
  for (const [inKev, exposed, automatable, impact, outcome, due, isForensicCheckDue] of rows) {
    test(`${inKev} ${exposed} ${automatable} ${impact}: ${outcome}, due ${due ?? 'never'} as of 2026-12-28`, () => {
      const decision = decide(bod, inputs(inKev, exposed, automatable, impact), '2026-12-28');

      expect(decision.decision).toBe(outcome);
      expect(decision.due).toBe(due);
      expect(decision.isForensicCheckDue).toBe(isForensicCheckDue);
      expect(decision.unknowns).toEqual([]);
    });
  }

  test('due dates are UTC calendar days, over the end of a month and a leap day', () => {
    expect(decide(bod, inputs('yes', 'yes', 'yes', 'total'), '2028-02-27').due).toBe('2028-03-01');
  });
});

describe('what is unknown is shown as unknown and handled by the policy', () => {
  test('BOD 26-04 takes unknown exposure as yes and says so with its reason', () => {
    const decision = decide(bod, inputs('no', 'unknown', 'yes', 'total'), '2026-11-23');

    expect(decision.decision).toBe('3 days');
    expect(decision.unknowns).toEqual(['Publicly exposed']);
    expect(decision.reasons.join(' ')).toContain(
      'Publicly exposed is unknown; the policy takes the worst, yes: the directive gives no rule',
    );
  });

  test('an unknown that cannot change the decision is said to make no difference', () => {
    const decision = decide(bod, inputs('no', 'no', 'no', 'unknown'), '2026-11-23');

    expect(decision.decision).toBe('fix on system upgrade');
    expect(decision.reasons).toContain('Technical impact is unknown, which makes no difference to this decision.');
  });

  test('nothing known at all still gives a decision that names all four unknowns', () => {
    expect(decide(bod, {}, '2026-11-23').unknowns).toEqual([
      'In KEV',
      'Publicly exposed',
      'Automatable',
      'Technical impact',
    ]);
  });

  test('a policy may ask: no due date, the range of outcomes, and the rank of the most urgent of them', () => {
    const asking = structuredClone(bod) as Policy;
    asking.inputs[1]!.whenUnknown = { rule: 'ask', because: 'only you know.' };

    const decision = decide(asking, inputs('no', 'unknown', 'yes', 'total'), '2026-11-23');

    expect(decision).toMatchObject({ decision: 'needs an answer', rank: 1, isForensicCheckDue: false });
    expect(decision.due).toBeUndefined();
    expect(decision.reasons[0]).toContain('"3 days" to "60 days"');
    expect(decide(asking, inputs('no', 'unknown', 'no', 'total'), '2026-11-23').decision).toBe('needs an answer');
  });

  test('another input may tell enough: public exposure is open system exposure, KEV is active exploitation', () => {
    const decision = decide(
      deployer,
      { inKev: 'yes', exposed: 'yes', automatable: 'yes', humanImpact: 'high' },
      '2026-11-23',
    );

    expect(decision.decision).toBe('immediate');
    expect(decision.unknowns).toEqual([]);
    expect(decision.reasons.join(' ')).toContain('System exposure is taken as open since publicly exposed is yes');
  });
});

test('CVSS with EPSS: bands hold their lower bound', () => {
  const at = (cvss: number, epss: number) => decide(cvss4Epss, { inKev: 'no', cvss, epss }, '2026-11-23').decision;

  expect([at(9, 0), at(8.9, 0), at(8.9, 0.1), at(8.9, 0.0999), at(4, 0), at(3.9, 0), at(0, 0.9)]).toEqual([
    '15 days',
    '30 days',
    '15 days',
    '30 days',
    '90 days',
    'next upgrade',
    'next upgrade',
  ]);
});

test('a value that the vocabulary does not have is a fault, never a decision', () => {
  expect(() =>
    decide(bod, { ...inputs('no', 'no', 'no', 'total'), technicalImpact: 'huge' as 'total' }, '2026-11-23'),
  ).toThrow(RangeError);
  expect(() => decide(cvss4Epss, { cvss: 11 }, '2026-11-23')).toThrow(RangeError);
  expect(() => decide(cvss4Epss, { epss: Number.NaN }, '2026-11-23')).toThrow(RangeError);
});

describe('rules that always hold', () => {
  const answer = fc.constantFrom<Answer>('no', 'yes', 'unknown');
  const anyInputs: fc.Arbitrary<Inputs> = fc.record({
    inKev: answer,
    exposed: answer,
    automatable: answer,
    technicalImpact: fc.constantFrom('partial', 'total', 'unknown'),
    exploitation: fc.constantFrom('none', 'poc', 'active', 'unknown'),
    systemExposure: fc.constantFrom('small', 'controlled', 'open', 'unknown'),
    humanImpact: fc.constantFrom('low', 'medium', 'high', 'very high', 'unknown'),
    cvss: fc.oneof(
      fc.constant('unknown' as const),
      fc.integer({ min: 0, max: 100 }).map((tenths) => tenths / 10),
    ),
    epss: fc.oneof(fc.constant('unknown' as const), fc.double({ min: 0, max: 1, noNaN: true })),
  });
  const anyDay = fc
    .integer({ min: 0, max: 40_000 })
    .map((day) => new Date(day * 86_400_000).toISOString().slice(0, 10));
  const anyPolicy = fc.constantFrom(...builtInPolicies);

  test('I11: same policy, inputs and day give the same decision', () => {
    fc.assert(
      fc.property(anyPolicy, anyInputs, anyDay, (policy, given, day) => {
        const again = read(JSON.parse(JSON.stringify(policy))) as { policy: Policy };

        expect(decide(again.policy, structuredClone(given), day)).toEqual(decide(policy, given, day));
      }),
    );
  });

  for (const policy of builtInPolicies) {
    test(`${policy.name}: a worse value of one input never gives a less urgent decision or a later due date`, () => {
      fc.assert(
        fc.property(anyInputs, fc.nat(), fc.nat(), anyDay, (given, which, step, day) => {
          const input = policy.inputs[which % policy.inputs.length]!;
          const values = input.bands ? input.bands.map((band) => band.from) : valuesOf(input);
          const lower = step % (values.length - 1);

          const before = decide(policy, { ...given, [input.name]: values[lower] }, day);
          const after = decide(policy, { ...given, [input.name]: values[lower + 1] }, day);

          expect(after.rank).toBeLessThanOrEqual(before.rank);
          expect((after.due ?? '9999') <= (before.due ?? '9999')).toBe(true);
        }),
        { numRuns: 500 },
      );
    });
  }

  test('BOD 26-04: not knowing never gives a later date than knowing, save for KEV membership, which it states', () => {
    fc.assert(
      fc.property(
        anyInputs,
        fc.constantFrom('exposed', 'automatable', 'technicalImpact'),
        anyDay,
        (given, name, day) => {
          const known = decide(bod, given, day);
          const unknown = decide(bod, { ...given, [name]: 'unknown' }, day);

          expect((unknown.due ?? '9999') <= (known.due ?? '9999')).toBe(true);
        },
      ),
    );
  });

  test('every decision gives its rule with source and date (I22), and names policy and version', () => {
    fc.assert(
      fc.property(anyPolicy, anyInputs, anyDay, (policy, given, day) => {
        const decision = decide(policy, given, day);

        expect(decision.reasons[0]).toMatch(/rule \d+: .*\d{4}-\d{2}-\d{2}\)\.$/);
        expect(decision.policy).toEqual({ name: policy.name, version: policy.version });
      }),
    );
  });
});

describe('order of work', () => {
  const decision = (rank: number, due?: string): Decision => ({
    decision: 'x',
    rank,
    ...(due === undefined ? {} : { due }),
    isForensicCheckDue: false,
    reasons: [],
    unknowns: [],
    policy: { name: 'p', version: '1.0.0' },
  });

  test('decision first, then due date, KEV, EPSS, CVSS and id', () => {
    const ordered: Work[] = [
      { id: 'h', decision: decision(0, '2026-12-02') },
      { id: 'g', decision: decision(1, '2026-12-01') },
      { id: 'f', decision: decision(1, '2026-12-02'), isInKev: true },
      { id: 'e', decision: decision(1, '2026-12-02'), epss: 0.5, cvss: 3 },
      { id: 'd', decision: decision(1, '2026-12-02'), epss: 0.1, cvss: 9 },
      { id: 'b', decision: decision(1, '2026-12-02'), epss: 0.1, cvss: 8 },
      { id: 'c', decision: decision(1, '2026-12-02'), epss: 0.1, cvss: 8 },
      { id: 'a', decision: decision(1) },
    ];

    expect(
      ordered
        .toReversed()
        .sort(compareWork)
        .map(({ id }) => id),
    ).toEqual(ordered.map(({ id }) => id));
  });

  test('it is a total order: sorting does not depend on the order of arrival', () => {
    const anyWork = fc.record(
      {
        id: fc.string(),
        decision: fc
          .tuple(fc.nat(3), fc.constantFrom('2026-12-01', '2026-12-05', undefined))
          .map(([rank, due]) => decision(rank, due)),
        isInKev: fc.boolean(),
        epss: fc.constantFrom(0.1, 0.2),
        cvss: fc.constantFrom(1, 2),
      },
      { requiredKeys: ['id', 'decision'] },
    );
    fc.assert(
      fc.property(fc.uniqueArray(anyWork, { selector: ({ id }) => id }), (list) => {
        expect(list.toReversed().sort(compareWork)).toEqual([...list].sort(compareWork));
      }),
    );
  });
});
