import { expect, test } from 'vitest';
import type { Affected, RangeEvent } from './advisory.ts';
import { affects } from './affected.ts';

const npm = { ecosystem: 'npm', name: 'x' };

function advisory(...affected: Affected[]) {
  return { id: 'TEST-1', modified: '2026-01-01T00:00:00.000Z', affected };
}

function ranged(events: RangeEvent[], more: Partial<Affected> = {}, type = 'SEMVER') {
  return advisory({ package: { ecosystem: 'npm', name: 'x' }, ranges: [{ type, events }], ...more });
}

const isAffected = (of: ReturnType<typeof advisory>, version: string) =>
  affects(of, npm, version)?.certainty === 'affected';

test('introduced is inside, fixed is outside', () => {
  const one = ranged([{ introduced: '1.0.0' }, { fixed: '1.2.0' }]);

  expect(['0.9.9', '1.0.0', '1.1.9', '1.2.0-rc.1', '1.2.0'].map((version) => isAffected(one, version))).toEqual([
    false,
    true,
    true,
    true,
    false,
  ]);
});

test('last_affected is inside, what follows is not', () => {
  const one = ranged([{ introduced: '0' }, { last_affected: '1.2.0' }]);

  expect(['0.0.0-alpha', '1.2.0', '1.2.1-rc.1'].map((version) => isAffected(one, version))).toEqual([
    true,
    true,
    false,
  ]);
});

test('introduced "0" is before every version; a range without an end never ends', () => {
  expect(isAffected(ranged([{ introduced: '0' }]), '0.0.0-0')).toBe(true);
  expect(isAffected(ranged([{ introduced: '1.0.0' }]), '99999.0.0')).toBe(true);
});

test('events may come in any order and hold several pairs', () => {
  const one = ranged([{ fixed: '3.1.0' }, { introduced: '0' }, { fixed: '1.5.0' }, { introduced: '3.0.0' }]);

  expect(['1.4.0', '1.5.0', '2.9.9', '3.0.0', '3.1.0'].map((version) => isAffected(one, version))).toEqual([
    true,
    false,
    false,
    true,
    false,
  ]);
});

test('a version fixed and introduced again at once is affected', () => {
  const one = ranged([{ introduced: '1.0.0' }, { fixed: '2.0.0' }, { introduced: '2.0.0' }, { fixed: '3.0.0' }]);

  expect(isAffected(one, '2.0.0')).toBe(true);
});

test('a limit cuts the range off; the furthest of several counts, and "*" is none', () => {
  const cut = ranged([{ introduced: '1.0.0' }, { limit: '2.0.0' }, { limit: '1.5.0' }]);
  const uncut = ranged([{ introduced: '1.0.0' }, { limit: '*' }]);

  expect(['1.9.0', '2.0.0'].map((version) => isAffected(cut, version))).toEqual([true, false]);
  expect(isAffected(uncut, '9.0.0')).toBe(true);
  expect(affects(cut, npm, '1.9.0')?.by).toMatchObject({ end: { kind: 'limit', version: '2.0.0' } });
});

test('the list and the ranges are united, and a contradiction between them is told', () => {
  const one = ranged([{ introduced: '1.0.0' }, { fixed: '2.0.0' }], { versions: ['1.1.0', '2.5.0'] });

  expect(affects(one, npm, '1.1.0')?.conflict).toBeUndefined();
  expect(affects(one, npm, '1.2.0')).toMatchObject({ by: { kind: 'range' }, conflict: 'not_listed' });
  expect(affects(one, npm, '2.5.0')).toMatchObject({ by: { kind: 'list', listed: '2.5.0' }, conflict: 'not_in_range' });
  expect(affects(one, npm, '2.6.0')).toBeUndefined();
});

test('a listed version is met in any spelling that the ecosystem takes for the same', () => {
  const one = advisory({ package: { ecosystem: 'PyPI', name: 'x' }, versions: ['1.0'] });

  expect(affects(one, { ecosystem: 'PyPI', name: 'x' }, '1.0.0')?.by).toEqual({ kind: 'list', listed: '1.0' });
});

test('every entry for the package counts, and none for another', () => {
  const one = advisory(
    { package: { ecosystem: 'npm', name: 'other' }, ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }] }] },
    { package: { ecosystem: 'npm', name: 'x' }, versions: ['1.0.0'] },
    { package: { ecosystem: 'npm', name: 'x' }, versions: ['3.0.0'] },
  );

  expect(affects(one, npm, '3.0.0')?.entry).toBe(2);
  expect(affects(one, npm, '2.0.0')).toBeUndefined();
});

test('a withdrawn advisory affects nothing', () => {
  expect(
    affects({ ...ranged([{ introduced: '0' }]), withdrawn: '2026-02-01T00:00:00.000Z' }, npm, '1.0.0'),
  ).toBeUndefined();
});

test('a range without introduced holds nothing', () => {
  expect(affects(ranged([{ fixed: '2.0.0' }]), npm, '1.0.0')).toBeUndefined();
});

test('what the rules cannot tell is undetermined, never dropped and never certain', () => {
  const unknownOrder = advisory({
    package: { ecosystem: 'Somewhere New', name: 'x' },
    ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '2' }] }],
  });
  const whole = advisory({
    package: { ecosystem: 'Somewhere New', name: 'x' },
    ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }] }],
  });
  const of = { ecosystem: 'Somewhere New', name: 'x' };

  expect(affects(unknownOrder, of, '1')).toMatchObject({ certainty: 'undetermined', by: { why: 'order_unknown' } });
  expect(affects(ranged([{ introduced: '1.0.0' }]), npm, 'latest')).toMatchObject({
    certainty: 'undetermined',
    by: { why: 'version_unknown' },
  });
  expect(affects(whole, of, 'anything')?.certainty).toBe('affected');
});

test('a GIT range names commits: those of its events, and no others without a commit graph', () => {
  const introduced = 'a'.repeat(40);
  const one = advisory({
    ranges: [
      { type: 'GIT', repo: 'https://github.com/Example/Repo.git', events: [{ introduced }, { fixed: 'b'.repeat(40) }] },
    ],
    versions: ['v1.0'],
  });
  const repository = { ecosystem: 'GIT', name: 'github.com/example/repo' };

  expect(affects(one, repository, introduced)?.by).toMatchObject({ kind: 'range', type: 'GIT', introduced });
  expect(affects(one, { ecosystem: 'GIT', name: '' }, introduced)?.certainty).toBe('affected');
  expect(affects(one, repository, 'v1.0')?.by).toEqual({ kind: 'list', listed: 'v1.0' });
  expect(affects(one, repository, 'b'.repeat(40))).toBeUndefined();
});
