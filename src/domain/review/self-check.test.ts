import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Answers, findingsOf, questions, summaryText, unknowns } from './self-check.ts';
import { readPart } from './submission.ts';

const anyAnswers = fc.record(
  Object.fromEntries(
    questions.map(({ key, answers }) => [
      key,
      fc.oneof(fc.subarray(answers.map((one) => one.key)), fc.array(fc.string(), { maxLength: 3 })),
    ]),
  ),
  { requiredKeys: [] },
) as fc.Arbitrary<Answers>;

test('there are ten questions, with keys of their own', () => {
  expect(questions).toHaveLength(10);
  expect(new Set(questions.map(({ key }) => key)).size).toBe(10);
});

test('I4: whatever is answered, no finding says or suggests that the model is covered or not', () => {
  fc.assert(
    fc.property(anyAnswers, (answers) => {
      const { thoughts, quick, longer } = findingsOf(answers);
      const text = [...thoughts, ...[...quick, ...longer].map(({ name }) => name)].join(' ');

      expect(text).not.toMatch(
        /\b(un)?likely\b|\bprobabl|\b(is|not|be) covered\b|threshold|your score|\d+ ?%|out of ten/i,
      );
    }),
  );
});

test('I3, I10: whatever is answered, the summary says what the check cannot say', () => {
  fc.assert(
    fc.property(anyAnswers, (answers) => {
      const text = summaryText(findingsOf(answers));

      for (const unknown of unknowns) expect(text).toContain(unknown);
    }),
  );
});

test('a part is either quick or takes longer, never both, and the same answers give the same findings', () => {
  fc.assert(
    fc.property(anyAnswers, (answers) => {
      const first = findingsOf(answers);

      const both = first.quick.filter((one) => first.longer.some(({ number }) => number === one.number));
      expect(both).toEqual([]);
      expect(findingsOf(structuredClone(answers))).toEqual(first);
    }),
  );
});

test('what a file would begin with is read by the file as it is', () => {
  fc.assert(
    fc.property(anyAnswers, (answers) => {
      for (const [number, part] of Object.entries(findingsOf(answers).parts)) {
        expect(readPart(Number(number) as 3, part)).toEqual({ part });
      }
    }),
  );
});

test('answers to several wishes become the question of the file', () => {
  const { parts } = findingsOf({ wish: ['partners', 'covered'], access: ['endpoint'] });

  expect(parts).toEqual({
    3: { state: 'given', content: { asks: ['covered', 'partners'] } },
    9: { state: 'given', content: { methods: ['endpoint'] } },
  });
});

test('I1: who wants nothing is told that nothing needs to be done', () => {
  expect(findingsOf({ wish: ['nothing'] }).thoughts.join(' ')).toContain('nothing needs to be done');
});
