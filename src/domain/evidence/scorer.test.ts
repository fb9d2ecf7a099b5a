import { describe, expect, test } from 'vitest';
import { read, type Scorer, score } from './scorer.ts';

const value = (scorer: Scorer, answer: string, ...targets: string[]) => score(scorer, answer, targets).value;

describe('match', () => {
  test('the target stands at the end, whatever case and punctuation', () => {
    expect(value({ kind: 'match' }, 'The capital is Paris.', 'paris')).toBe(1);
    expect(value({ kind: 'match' }, 'Paris is the capital.', 'paris')).toBe(0);
    expect(value({ kind: 'match', location: 'begin' }, 'Paris is the capital.', 'paris')).toBe(1);
    expect(value({ kind: 'match', location: 'exact' }, ' "Paris" ', 'paris')).toBe(1);
    expect(value({ kind: 'match', location: 'any' }, 'It is Paris, I think', 'paris')).toBe(1);
    expect(value({ kind: 'match', ignoreCase: false }, 'paris', 'Paris')).toBe(0);
  });

  test('any target will do', () => {
    expect(value({ kind: 'match' }, 'flag{two}', 'flag{one}', 'flag{two}')).toBe(1);
  });

  test('numbers are compared as numbers: 25 does not end in 5', () => {
    const numeric: Scorer = { kind: 'match', numeric: true };

    expect(value(numeric, 'It comes to 25.', '5')).toBe(0);
    expect(value(numeric, 'It comes to $1,250.50!', '1250.5')).toBe(1);
    expect(value(numeric, 'x = -3', '-3')).toBe(1);
    expect(value(numeric, '60%', '60')).toBe(0);
    expect(value(numeric, '12 and then 13', '12')).toBe(0);
    expect(value({ ...numeric, location: 'any' }, '12 and then 13', '12')).toBe(1);
    expect(value({ ...numeric, location: 'begin' }, '12 and then 13', '12')).toBe(1);
    expect(value({ ...numeric, location: 'exact' }, '12 and then 13', '12')).toBe(0);
  });

  test('an empty answer matches nothing', () => {
    expect(score({ kind: 'match' }, ' \n', ['x'])).toEqual({ value: 0, answer: undefined });
  });
});

test('includes: the target stands anywhere', () => {
  expect(value({ kind: 'includes' }, 'I found FLAG{x} there', 'flag{x}')).toBe(1);
  expect(value({ kind: 'includes', ignoreCase: false }, 'I found FLAG{x} there', 'flag{x}')).toBe(0);
});

describe('pattern', () => {
  test('a group of the first match is the answer', () => {
    const scorer: Scorer = { kind: 'pattern', pattern: 'result:\\s*(\\w+)' };

    expect(score(scorer, 'Result: Yes', ['yes'])).toEqual({ value: 1, answer: 'Yes' });
    expect(score(scorer, 'Result: No', ['yes'])).toEqual({ value: 0, answer: 'No' });
    expect(score(scorer, 'I do not know', ['yes'])).toEqual({ value: 0, answer: undefined });
  });

  test('the empty text in a target is no match of everything', () => {
    expect(value({ kind: 'pattern', pattern: 'a(b)?' }, 'a', 'b')).toBe(0);
  });
});

describe('choice', () => {
  const choice: Scorer = { kind: 'choice' };

  test.each([
    ['ANSWER: B', 'B', 1],
    ['I think.\n\n**Answer:** (b)', 'B', 1],
    ['Answer: A\nNo, wait.\nANSWER: C', 'C', 1],
    ['ANSWER: A, C', 'AC', 1],
    ['ANSWER: A and C', 'A,C', 1],
    ['ANSWER: A', 'AC', 0],
    ['ANSWER: A, B', 'A', 0],
    ['The answer is B', 'B', 0],
    ['ANSWER: Because of this', 'B', 0],
    ['', 'B', 0],
  ])('%j against %s gives %d', (answer, target, expected) => {
    expect(value(choice, answer, target)).toBe(expected);
  });
});

test('a scorer that cannot be used is refused with the place and the reason', () => {
  expect(read({ kind: 'model_graded' }, 'scorer')).toEqual({
    problems: [{ path: 'scorer.kind', message: 'Choose one of match, includes, pattern, choice.' }],
  });
  expect(read({ kind: 'pattern', pattern: '(a+)+$' }, 'scorer')).toHaveProperty('problems[0].path', 'scorer.pattern');
  expect(read({ kind: 'match', location: 'middle' }, 'scorer')).toHaveProperty('problems');
  expect(read({ kind: 'match', locations: 'end' }, 'scorer')).toHaveProperty('problems');
  expect(read(null, 'scorer')).toHaveProperty('problems');
});
