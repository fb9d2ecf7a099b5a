import { expect, test } from 'vitest';
import type { Outcome } from '../../domain/advisory/outcome.ts';
import { openCount } from './Filters.tsx';
import type { KeptMark } from './local-store.ts';

const outcome = (key: string, advisories: string[]): Outcome => ({ key, title: key, advisories, decision: 'soon' });
const mark = (state: KeptMark['state'], vulnerabilities: string[]): KeptMark => ({
  state,
  vulnerabilities,
  reason: '',
  by: 'this browser',
  at: '2026-11-16T08:00:00.000Z',
});

test('what is done or not affected is no longer to do, until an advisory comes that the mark did not know', () => {
  const outcomes = [outcome('a', ['CVE-2026-0001']), outcome('b', ['CVE-2026-0002', 'CVE-2026-0003'])];

  expect(openCount(outcomes, {})).toBe(2);
  expect(openCount(outcomes, { a: mark('planned', ['CVE-2026-0001']) })).toBe(2);
  expect(openCount(outcomes, { a: mark('done', ['CVE-2026-0001']) })).toBe(1);
  expect(openCount(outcomes, { b: mark('not_affected', ['CVE-2026-0002']) })).toBe(2);
});
