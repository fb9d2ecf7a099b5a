import { expect, test } from 'vitest';
import type { Report } from '../report.ts';
import { compare } from './compare.ts';
import { featuresOf } from './features.ts';
import { group } from './group.ts';
import { keysMax, keysOf } from './keys.ts';

const report: Report = {
  title: 'Path traversal in the archive reader',
  description: 'extract_all() of acme-archive before 2.4.1 follows ../ in member names and writes outside the folder.',
  component: { purl: 'pkg:pypi/acme-archive', affected: 'vers:pypi/<2.4.1', fixed: ['2.4.1'] },
  weaknesses: ['CWE-22'],
};

test('a report is a duplicate of itself', () => {
  const features = featuresOf(report, 'one.example');

  expect(compare(features, featuresOf(report, 'two.example'))).toMatchObject({ relation: 'duplicate' });
});

test('keys are at most forty signed 64-bit numbers, none twice', () => {
  const keys = keysOf(featuresOf(report, 'one.example'));

  expect(keys.length).toBeLessThanOrEqual(keysMax);
  expect(new Set(keys).size).toBe(keys.length);
  for (const key of keys) expect(BigInt.asIntN(64, key)).toBe(key);
});

test('the same flaw of two sources is one group', () => {
  const groups = group([
    { id: 'x', source: 'one.example', report },
    { id: 'y', source: 'two.example', report: { ...report, title: 'Archive reader writes outside its folder' } },
  ]);

  expect(groups.map(({ ids }) => ids)).toEqual([['x', 'y']]);
});
