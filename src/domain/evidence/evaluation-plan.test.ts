import { expect, test } from 'vitest';
import { canonicalPlan, type EvaluationPlan, readPlan } from './evaluation-plan.ts';
import { defaults } from './registration.ts';

const plan: EvaluationPlan = {
  format: 'assay-evaluation-plan/1',
  rule: { ...defaults, title: 'More than half of the harbour tasks?', threshold: 0.5 },
  task: 'harbour',
  scorer: 'flag',
  clusterBy: 'family',
  items: 40,
  packRoot: null,
};

test('a plan with faults is refused with each field and its remedy, those of the rule too', () => {
  expect(readPlan({ ...plan, scorer: '', items: 0, rule: { ...plan.rule, threshold: 1 }, seen: true })).toMatchObject({
    problems: [{ path: 'seen' }, { path: 'scorer' }, { path: 'items' }, { path: 'rule.threshold' }],
  });
  expect(readPlan([])).toMatchObject({ problems: [{ path: '' }] });
  expect(readPlan(plan)).toEqual({ plan });
});

test('two spellings of the same plan are hashed alike (RFC 8785)', () => {
  const other = Object.fromEntries(Object.entries(plan).reverse()) as unknown as EvaluationPlan;

  expect(canonicalPlan(other)).toBe(canonicalPlan(plan));
  expect(canonicalPlan({ ...plan, items: 41 })).not.toBe(canonicalPlan(plan));
});
