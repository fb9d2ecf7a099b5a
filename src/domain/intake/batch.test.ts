import { expect, test } from 'vitest';
import { whyNot } from '../refusal.ts';
import { batchStates, change, fieldOf, isFinal } from './batch.ts';

test('a batch that is done, refused or cancelled stays so', () => {
  for (const state of batchStates.filter(isFinal)) {
    for (const to of ['paused', 'resumed', 'cancelled'] as const) {
      expect(whyNot(() => change({ state, hasFile: true }, to))?.code).toBe('batch_not_now');
    }
  }
});

test('resumed, a batch goes on as it came: by its file, or by rows that are sent', () => {
  for (const state of ['paused', 'slowed'] as const) {
    expect(change({ state, hasFile: true }, 'resumed')).toBe('reading');
    expect(change({ state, hasFile: false }, 'resumed')).toBe('receiving');
  }
});

test('whatever is not final can be paused and cancelled', () => {
  for (const state of batchStates.filter((one) => !isFinal(one))) {
    expect(change({ state, hasFile: false }, 'paused')).toBe('paused');
    expect(change({ state, hasFile: true }, 'cancelled')).toBe('cancelled');
  }
});

test('a problem names its row once, and any other place whole', () => {
  expect(fieldOf(50, 'row 50: title')).toBe('title');
  expect(fieldOf(50, 'row 50')).toBe('');
  expect(fieldOf(50, 'row 5: title')).toBe('row 5: title');
  expect(fieldOf(50, 'component.purl')).toBe('component.purl');
});
