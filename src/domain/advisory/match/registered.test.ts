import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Advisory } from '../advisory.ts';
import { Matcher } from './matcher.ts';
import { build } from './packed-index.ts';
import { Registered } from './registered.ts';

const one: Advisory = {
  id: 'TEST-1',
  modified: '2026-01-01T00:00:00.000Z',
  affected: [
    {
      package: { ecosystem: 'npm', name: 'a' },
      ranges: [{ type: 'SEMVER', events: [{ introduced: '1.0.0' }, { fixed: '2.0.0' }] }],
    },
    { package: { ecosystem: 'PyPI', name: 'b' }, versions: ['1.0'] },
  ],
};

test('the owners of affected versions are found, each once and in order', () => {
  const registered = new Registered();
  registered.add(7, 'pkg:npm/a@1.5.0');
  registered.add(7, 'pkg:pypi/B@1.0.0');
  registered.add(3, 'pkg:npm/a@1.0.0');
  registered.add(4, 'pkg:npm/a@2.0.0');

  const { versions, owners } = registered.affectedBy(one);

  expect([...owners]).toEqual([3, 7]);
  expect(versions.map(({ name, version }) => `${name} ${version}`).sort()).toEqual(['a 1.0.0', 'a 1.5.0', 'b 1.0.0']);
});

test('asking the other way round gives what matching every owner anew would give', () => {
  const purl = fc
    .tuple(fc.constantFrom('npm/a', 'pypi/b', 'npm/c'), fc.constantFrom('0.9.0', '1.0.0', '1.9.9', '2.0.0', '1.0'))
    .map(([name, version]) => `pkg:${name}@${version}`);
  const matcher = new Matcher([build('npm', [one]), build('PyPI', [one])]);
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(5), purl), { maxLength: 30 }), (components) => {
      const registered = new Registered();
      for (const [owner, text] of components) registered.add(owner, text);
      const expected = components
        .filter(([, text]) => matcher.match({ purl: text }).length > 0)
        .map(([owner]) => owner);

      expect([...registered.affectedBy(one).owners]).toEqual([...new Set(expected)].sort());
    }),
  );
});
