import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as vers from '../advisory/vers.ts';
import { countedAs, isInside, keysOf, overlap, read, type Scope, type ScopeInput } from './scope.ts';

function scope(input: Omit<ScopeInput, 'technique'> & Partial<ScopeInput>): Scope {
  const result = read({ technique: 'fuzzing', ...input });
  if ('problems' in result) throw new Error(JSON.stringify(result.problems));
  return result.scope;
}
const npm = (versions?: string, path?: string) => scope({ purl: 'pkg:npm/sample', versions, path });

const faults = (input: Omit<ScopeInput, 'technique'>) => {
  const result = read({ technique: 'fuzzing', ...input });
  return 'problems' in result ? result.problems.map(({ path }) => path) : [];
};

test('a scope has one spelling: purl, range and path', () => {
  expect(
    scope({ purl: 'pkg:PYPI/Django_REST', versions: ' <2.0 | >=1.0', path: './src//parser/', technique: 'fuzzing' }),
  ).toEqual({
    target: { kind: 'package', purl: 'pkg:pypi/django-rest' },
    versions: 'vers:pypi/>=1.0|<2.0',
    path: 'src/parser',
    technique: 'fuzzing',
    isTechniqueBound: false,
  });
});

test('every fault is named with its field', () => {
  expect(faults({})).toEqual(['purl']);
  expect(faults({ purl: 'pkg:npm/a', host: 'a.example' })).toEqual(['purl']);
  expect(faults({ purl: 'pkg:npm/a@1.0.0' })).toEqual(['purl']);
  expect(faults({ purl: 'pkg:npm/a#lib' })).toEqual(['purl']);
  expect(faults({ purl: 'left-pad', path: '../etc' })).toEqual(['purl', 'path']);
  expect(faults({ purl: 'pkg:npm/a', versions: 'vers:pypi/1.0' })).toEqual(['versions']);
  expect(faults({ purl: 'pkg:npm/a', versions: 'vers:none/*' })).toEqual(['versions']);
  expect(faults({ purl: 'pkg:npm/a', versions: '<1.0|>=1.0|!=2' })).toEqual([]);
  expect(faults({ purl: 'pkg:generic/a', versions: '>=1.0' })).toEqual(['versions']);
  expect(faults({ purl: 'pkg:generic/a', versions: '1.0|2.0' })).toEqual([]);
  expect(faults({ host: 'https://a.example/' })).toEqual(['host']);
  expect(faults({ host: 'example' })).toEqual(['host']);
  expect(faults({ host: '192.0.2.1' })).toEqual(['host']);
  expect(faults({ host: 'a.example', versions: '1.0' })).toEqual(['versions']);
});

test('what does not identify a package is left out, and another spelling of one target begins no new count', () => {
  const counted = (purl: string) => countedAs(scope({ purl }));

  expect(scope({ purl: 'pkg:npm/sample?x=1' })).toEqual(npm());
  expect(scope({ purl: 'pkg:deb/debian/curl?arch=amd64&distro=debian-12' }).target).toEqual({
    kind: 'package',
    purl: 'pkg:deb/debian/curl?distro=debian-12',
  });
  expect(counted('pkg:deb/debian/libcurl4?upstream=curl&distro=debian-11')).toBe(counted('pkg:deb/debian/curl'));
  expect(counted('pkg:golang/github.com/sample/tool/v2')).toBe(counted('pkg:github/Sample/tool'));
  expect(counted('pkg:npm/sample')).not.toBe(counted('pkg:npm/other'));
  expect(countedAs(scope({ host: 'app.birch.example' }))).not.toBe(countedAs(scope({ host: 'birch.example' })));
});

test('paths overlap when one lies within the other, at whole names only', () => {
  expect(overlap(npm('*', 'src'), npm('*', 'src/parser'))).toBe('yes');
  expect(overlap(npm('*', 'src'), npm('*', 'srcs'))).toBe('no');
  expect(overlap(npm('*', ''), npm('*', 'docs'))).toBe('yes');
  expect(overlap(npm('*', 'src/a'), npm('*', 'src/b'))).toBe('no');
});

test('technique keeps two scopes apart only where both say that they are bound to theirs', () => {
  const bound = (technique: ScopeInput['technique'], isTechniqueBound: boolean) =>
    scope({ purl: 'pkg:npm/sample', technique, isTechniqueBound });

  expect(overlap(bound('fuzzing', true), bound('manual_review', true))).toBe('no');
  expect(overlap(bound('fuzzing', true), bound('manual_review', false))).toBe('yes');
  expect(overlap(bound('fuzzing', true), bound('fuzzing', true))).toBe('yes');
});

test('ranges that meet in no version do not overlap, to the very bound', () => {
  expect(overlap(npm('<1.0.0'), npm('>=1.0.0'))).toBe('no');
  expect(overlap(npm('<=1.0.0'), npm('>=1.0.0'))).toBe('yes');
  expect(overlap(npm('1.2.3|1.2.5'), npm('>1.2.3|<1.2.5'))).toBe('no');
  expect(overlap(npm('1.2.3|1.2.4'), npm('>1.2.3|<1.2.5'))).toBe('yes');
  expect(overlap(npm('>=1.0.0|!=1.5.0'), npm('1.5.0'))).toBe('no');
  // A first edition comes before the release: that is how the ecosystem orders them.
  expect(overlap(npm('<1.0.0'), npm('1.0.0-alpha'))).toBe('yes');
  const deb = (versions: string) => scope({ purl: 'pkg:deb/debian/curl', versions });
  expect(overlap(deb('<1:1.0'), deb('9.0'))).toBe('yes');
});

test('what cannot be told is said to be so', () => {
  const of = (purl: string, versions?: string) => scope({ purl, versions });

  expect(overlap(of('pkg:deb/debian/curl?distro=debian-11'), of('pkg:deb/debian/curl?distro=debian-12'))).toBe(
    'cannot_be_told',
  );
  expect(overlap(of('pkg:deb/debian/curl?distro=debian-11'), of('pkg:deb/debian/curl'))).toBe('yes');
  expect(overlap(of('pkg:golang/github.com/sample/tool/v2'), of('pkg:github/Sample/Tool'))).toBe('cannot_be_told');
  expect(overlap(of('pkg:generic/sample', '1.0|2.0'), of('pkg:generic/sample', '2.0|3.0'))).toBe('yes');
  expect(overlap(of('pkg:generic/sample', '1.0'), of('pkg:generic/sample', '1.0.0'))).toBe('cannot_be_told');
  expect(overlap(scope({ host: 'birch.example' }), scope({ host: 'app.birch.example' }))).toBe('cannot_be_told');
  expect(overlap(scope({ host: 'www.birch.example' }), scope({ host: 'app.birch.example' }))).toBe('no');
  expect(overlap(scope({ host: 'birch.example' }), of('pkg:npm/sample'))).toBe('no');
  expect(overlap(of('pkg:npm/sample'), of('pkg:pypi/sample'))).toBe('no');
});

// A line of versions with every second one never named in a range: what lies between two bounds is then seen by counting.
const line = Array.from({ length: 25 }, (_, at) => `1.${at}.0`);
const bounds = line.filter((_, at) => at % 2 === 1);
const constraint = fc.record({
  comparator: fc.constantFrom('', '<', '<=', '>', '>=', '!='),
  version: fc.constantFrom(...bounds),
});
const range = fc
  .array(constraint, { minLength: 1, maxLength: 6 })
  .map((parts) => parts.map(({ comparator, version }) => comparator + version).join('|'))
  .filter((text) => faults({ purl: 'pkg:npm/sample', versions: text }).length === 0);
const holds = (one: Scope, version: string) => vers.contains(vers.read(one.versions), version);

test('two ranges overlap exactly when a version of the line is in both', () => {
  fc.assert(
    fc.property(range, range, (one, other) => {
      const [a, b] = [npm(one), npm(other)];
      const both = line.some((version) => holds(a, version) && holds(b, version));

      expect(overlap(a, b)).toBe(both ? 'yes' : 'no');
      expect(overlap(b, a)).toBe(overlap(a, b));
    }),
    { numRuns: 1000 },
  );
});

test('a range lies inside another exactly when each of its versions does', () => {
  fc.assert(
    fc.property(range, range, (one, other) => {
      const [a, b] = [npm(one), npm(other)];

      expect(isInside(a, b)).toBe(line.every((version) => !holds(a, version) || holds(b, version)));
    }),
    { numRuns: 1000 },
  );
});

const anyPurl = fc.constantFrom(
  'pkg:npm/sample',
  'pkg:npm/other',
  'pkg:pypi/sample',
  'pkg:golang/github.com/sample/tool',
  'pkg:github/sample/tool',
  'pkg:deb/debian/curl?distro=debian-11',
  'pkg:deb/debian/curl?distro=debian-12',
  'pkg:deb/debian/libcurl4?upstream=curl',
  'pkg:generic/sample',
);
const anyTarget = fc.oneof(
  fc.record({ purl: anyPurl }),
  fc.record({ host: fc.constantFrom('birch.example', 'app.birch.example', 'www.app.birch.example', 'elm.example') }),
);
const anyScope = fc
  .tuple(
    anyTarget,
    fc.constantFrom('', 'src', 'src/a', 'docs'),
    fc.constantFrom('fuzzing' as const, 'other' as const),
    fc.boolean(),
  )
  .map(([target, path, technique, isTechniqueBound]) => scope({ ...target, path, technique, isTechniqueBound }));

test('overlap is the same for both sides, a scope overlaps itself, and scopes that overlap share a name', () => {
  fc.assert(
    fc.property(anyScope, anyScope, (a, b) => {
      expect(overlap(a, b)).toBe(overlap(b, a));
      expect(overlap(a, a)).toBe('yes');
      if (overlap(a, b) !== 'no') {
        const names = new Set(keysOf(a));
        expect(keysOf(b).some((name) => names.has(name))).toBe(true);
      }
    }),
    { numRuns: 600 },
  );
});

test('a question about less never answers more: what overlaps a scope inside another overlaps that other', () => {
  fc.assert(
    fc.property(range, range, range, (whole, part, theirs) => {
      const [own, inner, other] = [npm(whole), npm(part), npm(theirs)];
      fc.pre(isInside(inner, own));

      if (overlap(inner, other) === 'yes') expect(overlap(own, other)).toBe('yes');
    }),
    { numRuns: 600 },
  );
});

test('whatever is sent gives a scope or faults, soon', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.constantFrom('pkg:npm/a', 'pkg:deb/debian/a?distro=x', 'vers:npm/>1', '>1|<0', '*', 'a.b', '..', '%'),
  );
  fc.assert(
    fc.property(fc.option(text), fc.option(text), fc.option(text), text, (purl, host, versions, path) => {
      const some = <T>(value: T | null) => value ?? undefined;
      const result = read({ purl: some(purl), host: some(host), versions: some(versions), path, technique: 'other' });

      if ('scope' in result) expect(overlap(result.scope, result.scope)).toBe('yes');
      else expect(result.problems.length).toBeGreaterThan(0);
    }),
    { numRuns: 1000 },
  );
  const many = Array.from({ length: 30 }, (_, at) => `>=1.${at * 2}.0-${'9'.repeat(20)}|<1.${at * 2 + 1}.0`);
  const start = performance.now();
  const wide = npm(many.slice(0, 15).join('|'));
  for (let at = 0; at < 100; at++) overlap(wide, npm(many.slice(15).join('|')));

  expect(performance.now() - start).toBeLessThan(5000);
});
