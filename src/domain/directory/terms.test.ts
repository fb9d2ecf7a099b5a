import { expect, test } from 'vitest';
import { currentTerms, digestOf, isAsked } from './terms.ts';

test('an acceptance holds for the very words that were accepted', () => {
  const accepted = { version: currentTerms.version, digest: digestOf(currentTerms) };
  const changed = { ...currentTerms, summary: `${currentTerms.summary} And more.` };

  expect(isAsked([accepted])).toBe(false);
  expect(isAsked([accepted], changed)).toBe(true);
  expect(isAsked([])).toBe(true);
});

test('a new version asks again', () => {
  const accepted = { version: currentTerms.version, digest: digestOf(currentTerms) };

  expect(isAsked([accepted], { ...currentTerms, version: '2' })).toBe(true);
});

test('the terms say which version they are, from when, and what happens on leaving', () => {
  expect(currentTerms.version).toMatch(/^\d+$/);
  expect(currentTerms.date).toMatch(/^\d{4}-\d{2}-\d{2}$/);
  expect(currentTerms.sections.map(({ id }) => id)).toEqual(['duties', 'data', 'retention', 'leaving']);
});
