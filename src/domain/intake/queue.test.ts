import fc from 'fast-check';
import { expect, test } from 'vitest';
import { featuresOf } from './duplicate/features.ts';
import {
  type EntryFacts,
  evidenceKinds,
  isSettled,
  queuePolicy,
  rankOf,
  reasonsOf,
  severityLevels,
  stateOf,
  traitsOf,
} from './queue.ts';
import { findingStates, type Report } from './report.ts';

const plain: EntryFacts = {
  severity: null,
  evidence: [],
  exploited: [],
  isPackageExploited: false,
  sources: 1,
  isValidated: false,
  isHeld: false,
};

/** Entries by name, one for each thing that the policy knows and some that hold several. */
const entries: Record<string, EntryFacts> = {
  'nothing known': plain,
  'severity none': { ...plain, severity: 'none' },
  'severity low': { ...plain, severity: 'low' },
  'severity medium': { ...plain, severity: 'medium' },
  'severity high': { ...plain, severity: 'high' },
  'severity critical': { ...plain, severity: 'critical' },
  'high, with a reproduction': { ...plain, severity: 'high', evidence: ['reproduction'] },
  'high, with all evidence': { ...plain, severity: 'high', evidence: [...evidenceKinds] },
  'high, two sources': { ...plain, severity: 'high', sources: 2 },
  'high, five sources': { ...plain, severity: 'high', sources: 5 },
  'high, fifty sources': { ...plain, severity: 'high', sources: 50 },
  'high, reproduced by another': { ...plain, severity: 'high', isValidated: true },
  'high, held': { ...plain, severity: 'high', isHeld: true },
  'high, package exploited': { ...plain, severity: 'high', isPackageExploited: true },
  'low, exploited': { ...plain, severity: 'low', exploited: ['CVE-2026-1'] },
  'critical, exploited, five sources, all evidence': {
    severity: 'critical',
    evidence: [...evidenceKinds],
    exploited: ['CVE-2026-1', 'CVE-2026-2'],
    isPackageExploited: true,
    sources: 5,
    isValidated: true,
    isHeld: false,
  },
};

test('I11: the same facts give the same order for ever: the order of policy 1', async () => {
  const lines = Object.entries(entries)
    .map(([name, facts]) => ({ name, rank: rankOf(facts) }))
    .sort((a, b) => b.rank - a.rank || (a.name < b.name ? -1 : 1))
    .map(({ name, rank }) => `${String(rank).padStart(5)}  ${name}`);

  expect(queuePolicy.version).toBe('1');
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('testdata/queue-order-1.txt');
});

const anyFacts: fc.Arbitrary<EntryFacts> = fc.record({
  severity: fc.option(fc.constantFrom(...severityLevels)),
  evidence: fc.subarray([...evidenceKinds]),
  exploited: fc.array(fc.constantFrom('CVE-2026-1', 'CVE-2026-2'), { maxLength: 2 }),
  isPackageExploited: fc.boolean(),
  sources: fc.integer({ min: 1, max: 100 }),
  isValidated: fc.boolean(),
  isHeld: fc.boolean(),
});

test('the points of the reasons are the rank, the weightiest first, and each reason is a sentence', () => {
  fc.assert(
    fc.property(anyFacts, (facts) => {
      const reasons = reasonsOf(facts);
      expect(reasons.reduce((sum, { points }) => sum + points, 0)).toBe(rankOf(facts));
      expect(reasons.map(({ points }) => points)).toEqual(
        reasons.map(({ points }) => points).toSorted((a, b) => b - a),
      );
      for (const { text } of reasons) expect(text).toMatch(/^[A-Z0-9].*\.$/);
    }),
  );
});

test('what is listed as exploited comes before everything that is not', () => {
  fc.assert(
    fc.property(anyFacts, anyFacts, (one, other) => {
      expect(rankOf({ ...one, exploited: ['CVE-2026-1'] })).toBeGreaterThan(rankOf({ ...other, exploited: [] }));
    }),
  );
});

test('more evidence or another source never moves an entry back', () => {
  fc.assert(
    fc.property(anyFacts, fc.constantFrom(...evidenceKinds), (facts, kind) => {
      expect(rankOf({ ...facts, evidence: [...new Set([...facts.evidence, kind])] })).toBeGreaterThanOrEqual(
        rankOf(facts),
      );
      expect(rankOf({ ...facts, sources: facts.sources + 1 })).toBeGreaterThanOrEqual(rankOf(facts));
      expect(rankOf({ ...facts, isValidated: true })).toBeGreaterThanOrEqual(rankOf(facts));
    }),
  );
});

test('an entry is joining while something of it is not in its case, and closed when all of it was refused or withdrawn', () => {
  const stand = (state: (typeof findingStates)[number], isInCase = false) => ({ state, isInCase });

  expect(stateOf([stand('received')])).toBe('undecided');
  expect(stateOf([stand('received'), stand('info_needed')])).toBe('undecided');
  expect(stateOf([stand('info_needed')])).toBe('waiting');
  expect(stateOf([stand('triaged', true)])).toBe('in_case');
  expect(stateOf([stand('triaged', true), stand('received')])).toBe('joining');
  expect(stateOf([stand('triaged', true), stand('withdrawn')])).toBe('in_case');
  expect(stateOf([stand('withdrawn'), stand('out_of_scope')])).toBe('closed');
  expect(findingStates.filter(isSettled)).toEqual(['not_reproduced', 'out_of_scope', 'withdrawn']);
});

test('traits are what a report states: the highest severity of vector and word, and the evidence it carries', () => {
  const report: Report = {
    title: 'Overflow',
    component: { ecosystem: 'npm', name: 'ferry' },
    aliases: ['cve-2026-1'],
    severity: ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H', 'not a vector'],
    severityLevel: 'low',
    places: [{ startLine: 3 }],
    stack: '#0 main',
    reproduction: '  ',
  };

  expect(traitsOf(report, featuresOf(report, 'heron'))).toEqual({
    severity: 'critical',
    evidence: ['stack'],
    aliases: ['CVE-2026-1'],
    packages: ['npm\tferry'],
  });
});
