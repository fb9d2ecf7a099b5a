import { expect, test } from 'vitest';
import type { Outcome } from '../../domain/advisory/outcome.ts';
import { changesWords } from './Changed.tsx';

const outcome = (key: string): Outcome => ({ key, title: key, advisories: [], decision: 'soon' });

test('what changed is counted by kind, and what there is none of is left out', () => {
  const [a, b, c] = [outcome('a'), outcome('b'), outcome('c')];

  expect(changesWords({ added: [a, b], gone: [c], moved: [], same: 4 })).toBe('2 new, 1 gone');
  expect(changesWords({ added: [], gone: [], moved: [{ before: a, after: a }], same: 0 })).toBe('1 changed');
  expect(changesWords({ added: [], gone: [], moved: [], same: 4 })).toBe('nothing new, nothing gone');
});
