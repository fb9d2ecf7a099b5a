import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { builtIn, builtInPolicies, read, refOf } from './window-policy.ts';

const first = builtInPolicies[0]!;
const problemsOf = (value: unknown) => {
  const result = read(value);
  return 'problems' in result ? result.problems.map(({ path }) => path) : [];
};
// biome-ignore lint/suspicious/noExplicitAny: faults are what types would not let through.
const changed = (change: (policy: any) => void) => {
  const copy = structuredClone(first);
  change(copy);
  return copy;
};

test('30 days by default, 14 and 90 as presets, from access seen by both, before release to other partners', () => {
  expect(builtInPolicies.map(({ rules }) => rules['window.max_days'].value)).toEqual([30, 14, 90]);
  for (const { rules } of builtInPolicies) {
    expect(rules['window.anchor'].value).toBe('release_to_other_partners');
    expect(rules['window.start_event'].value).toBe('access_verified');
    expect(rules['window.pause_counts'].value).toBe(false);
    expect(rules['retention.submission_days'].value).toBe(30);
    expect(rules['retention.findings_days'].value).toBe(365);
  }
});

describe('I22: a released policy is never edited; change the version instead', () => {
  const digests: Record<string, string> = {
    'window-30 1.0.0': 'ed144ffe63faf8c5fdd48dce03330bd65e3ca51e3aa2596e897edd1fa785eda6',
    'window-14 1.0.0': '1d18917cf2950be26f4310a2049f8b358cf07d2485fc27976a235370b98f8810',
    'window-90 1.0.0': 'a1fa82b12cbdf3308c8e0fcc3325623fc8cd8d9fa88aaa406a6f53201e40d8e5',
  };
  test.each(builtInPolicies.map((policy) => [`${policy.name} ${policy.version}`, policy] as const))(
    '%s',
    (name, policy) => {
      expect(refOf(policy).digest).toBe(digests[name]);
    },
  );
});

test('the digest is of the content: order and spacing of the file do not matter, everything else does', () => {
  const turned = Object.fromEntries(Object.entries(first).reverse()) as unknown as typeof first;

  expect(refOf(turned)).toEqual(refOf(first));
  expect(refOf(changed((policy) => (policy.rules['return.days'].value = 29))).digest).not.toBe(refOf(first).digest);
});

test('a policy is found by name and version', () => {
  expect(builtIn('window-90')?.rules['window.max_days'].value).toBe(90);
  expect(builtIn('window-30', '1.0.0')).toBe(first);
  expect(builtIn('window-30', '9.9.9')).toBeUndefined();
});

test('all faults are named at once, each with its place', () => {
  expect(problemsOf(first)).toEqual([]);
  expect(
    problemsOf(
      changed((policy) => {
        policy.format = 'other';
        policy.rules['window.max_days'].value = 0;
        policy.rules['window.anchor'].value = 'some day';
        policy.rules['return.days'].source = 'nobody';
        policy.rules['window.pause_counts'].date = '2026-13';
        policy.rules['more'] = {};
        delete policy.rules['window.start_event'];
      }),
    ).sort(),
  ).toEqual(
    [
      'format',
      'rules.more',
      'rules.window.max_days.value',
      'rules.window.anchor.value',
      'rules.window.start_event',
      'rules.window.pause_counts.date',
      'rules.return.days.source',
    ].sort(),
  );
});

test('anything at all gives a policy or problems, never an exception', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(problemsOf(value).length).toBeGreaterThan(0);
    }),
  );
});
