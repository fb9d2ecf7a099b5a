import { expect, test } from 'vitest';
import { canonicalBytes, confidencePerLook, defaults, type Registration, read } from './registration.ts';

const registration: Registration = {
  ...defaults,
  title: 'Does the model solve more than half of the tasks? (sample)',
  threshold: 0.5,
};

const pathsOf = (value: unknown) => {
  const answer = read(value);
  return 'problems' in answer ? answer.problems.map(({ path }) => path) : [];
};

test('what an author gives with the defaults is a registration: no interim look, strict on cheating, 95% one-sided', () => {
  expect(read(registration)).toEqual({ registration });
  expect(registration).toMatchObject({
    confidence: 0.95,
    stopping: { kind: 'no_interim_look' },
    cheating: 'strict',
    estimand: 'generalized',
  });
});

test('two files that say the same have the same bytes, whatever the order of their members', () => {
  const reversed = Object.fromEntries(Object.entries(registration).reverse()) as unknown as Registration;

  expect(canonicalBytes(reversed)).toEqual(canonicalBytes(registration));
  expect(canonicalBytes({ ...registration, threshold: 0.51 })).not.toEqual(canonicalBytes(registration));
});

test('each fault is named by its path, all at once', () => {
  expect(pathsOf({ ...registration, threshold: 1, confidence: 95, minimumClusters: 1 })).toEqual([
    'threshold',
    'confidence',
    'minimumClusters',
  ]);
  expect(pathsOf({ ...registration, covered: true })).toEqual(['covered']);
  expect(pathsOf({ ...registration, metric: { kind: 'pass_at_k', k: 3 } })).toEqual(['metric.k']);
  expect(pathsOf({ ...registration, attempts: 3, metric: { kind: 'pass_at_k', k: 3 } })).toEqual([]);
  expect(pathsOf({ ...registration, stopping: { kind: 'fixed_looks', looks: 1 } })).toEqual(['stopping.looks']);
  expect(pathsOf('x')).toEqual(['']);
  expect(pathsOf({})).toHaveLength(13);
});

test('planned looks share the error, so that together they err no more often than one', () => {
  expect(confidencePerLook(registration)).toBe(0.95);
  expect(confidencePerLook({ ...registration, stopping: { kind: 'fixed_looks', looks: 5 } })).toBeCloseTo(0.99, 12);
});
