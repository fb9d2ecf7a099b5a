import { expect, test } from 'vitest';
import { foldFacts } from './alias-facts.ts';
import type { CvssFact, EpssFact, KevFact, SsvcFact } from './fact.ts';

const kev = (dueDate: string): KevFact => ({
  kind: 'kev',
  source: 'CISA KEV',
  date: '2026-01-01',
  dateAdded: '2026-01-01',
  dueDate,
  isRansomwareUse: false,
});
const epss = (score: number): EpssFact => ({ kind: 'epss', source: 'FIRST EPSS', date: '2026-01-01', score });
const ssvc = (fields: Partial<SsvcFact>): SsvcFact => ({ kind: 'ssvc', source: 'CISA', date: '2026-01-01', ...fields });
const cvss = (score: number): CvssFact => ({
  kind: 'cvss',
  source: 'NVD',
  date: '2026-01-01',
  vector: '',
  version: '3.1',
  score,
});

test('without facts there is nothing but an empty list of scores', () => {
  expect(foldFacts([])).toEqual({ cvss: [] });
});

test('of several names of one vulnerability the most urgent fact of each kind stands, in whatever order they come', () => {
  const facts = [
    kev('2026-03-01'),
    kev('2026-02-01'),
    epss(0.1),
    epss(0.9),
    ssvc({ exploitation: 'poc', automatable: 'yes', technicalImpact: 'total' }),
    ssvc({ exploitation: 'active' }),
    cvss(5),
    cvss(9.8),
  ];

  for (const order of [facts, [...facts].reverse()]) {
    expect(foldFacts(order)).toEqual({
      kev: kev('2026-02-01'),
      epss: epss(0.9),
      ssvc: ssvc({ exploitation: 'active' }),
      cvss: [cvss(9.8), cvss(5)],
    });
  }
});

test('of equally urgent points the newest stands', () => {
  const older = ssvc({ exploitation: 'none', date: '2025-01-01' });
  const newer = ssvc({ exploitation: 'none', date: '2026-01-01' });

  expect(foldFacts([newer, older]).ssvc).toEqual(newer);
  expect(foldFacts([older, newer]).ssvc).toEqual(newer);
});
