import { expect, test } from 'vitest';
import { type CardAnswer, type CardField, type ElicitationCard, gaps, questions } from './elicitation.ts';

const full = Object.fromEntries(
  (Object.keys(questions) as CardField[]).map((field): [CardField, CardAnswer] => [
    field,
    { state: 'given', text: 'Said (sample).' },
  ]),
) as ElicitationCard;

test('EU Code of Practice, Appendix 3.2: a card with every answer is complete, an empty one lacks all', () => {
  expect(gaps(full)).toEqual([]);
  expect(gaps({})).toHaveLength(Object.keys(questions).length);
});

test('what is withheld is a gap, what does not apply is none if it says why', () => {
  expect(gaps({ ...full, fineTuning: { state: 'withheld', reason: 'Not released.' } })).toEqual([
    { field: 'fineTuning', label: 'Fine-tuning', reason: 'withheld' },
  ]);
  expect(gaps({ ...full, fineTuning: { state: 'not_applicable', reason: 'Weights are closed.' } })).toEqual([]);
  expect(gaps({ ...full, fineTuning: { state: 'not_applicable', reason: ' ' } })).toHaveLength(1);
});
