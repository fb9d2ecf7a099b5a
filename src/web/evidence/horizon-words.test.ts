import { expect, test } from 'vitest';
import { usualChoices } from '../../domain/evidence/model-horizon.ts';
import { commandOf, intervalWords, lengthWords } from './horizon-words.ts';

test.each([
  [0, '0'],
  [0.5, '30 s'],
  [1.5, '1.5 min'],
  [45.2, '45 min'],
  [186.3, '3.1 h'],
  [5760, '96 h'],
  [6e9, '1.0e+8 h'],
])('%s minutes are written %s', (minutes, words) => {
  expect(lengthWords(minutes)).toBe(words);
});

test('an end that the data do not name is open', () => {
  expect(intervalWords(12, null)).toBe('12 min to open');
});

test.each([
  ['runs.jsonl.gz', 'runs.jsonl.gz'],
  ['my runs.jsonl', "'my runs.jsonl'"],
  ["it's.jsonl", "'it'\\''s.jsonl'"],
  ['-x.jsonl', './-x.jsonl'],
  ['$(rm).jsonl', "'$(rm).jsonl'"],
])('the command names the file %s so that a shell takes it for one name', (name, quoted) => {
  expect(commandOf(name, usualChoices)).toBe(
    `assay horizon ${quoted} --weights invsqrt_task_weight --lambda 0.00001 --bootstrap 1000 --seed 42 --format json`,
  );
});
