import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson } from '../canonical-json.ts';
import {
  changes,
  conflicts,
  type FileContent,
  gaps,
  isDay,
  limits,
  type Part,
  readPart,
  suggestedFirst,
  tally,
} from './submission.ts';
import { type Field, type PartNumber, partNumbers, partRule, partRules } from './submission-parts.ts';

const line = fc.string({ maxLength: 60 }).map((text) => text.replace(/[\r\n]/g, ' '));

function answerOf(field: Field): fc.Arbitrary<unknown> {
  switch (field.kind) {
    case 'line':
      return line;
    case 'text':
      return fc.string({ maxLength: 200 });
    case 'day':
      return fc.constantFrom('', '2026-02-28', '2028-02-29');
    case 'count':
      return fc.integer({ min: 0, max: field.max });
    case 'choice':
      return fc.constantFrom('', ...field.options.map(({ key }) => key));
    case 'choices':
      return fc.shuffledSubarray(field.options.map(({ key }) => key));
    case 'rows':
      return fc.array(
        fc.record(
          Object.fromEntries(
            field.columns.map((column) => [
              column.key,
              column.kind === 'choice' ? fc.constantFrom('', ...column.options.map(({ key }) => key)) : line,
            ]),
          ),
          { requiredKeys: [] },
        ),
        { maxLength: 4 },
      );
  }
}

const anyPart = (number: PartNumber): fc.Arbitrary<Part> => {
  const content = fc.record(Object.fromEntries(partRule(number).fields.map((field) => [field.key, answerOf(field)])), {
    requiredKeys: [],
  });
  const reason = fc.string({ minLength: 1, maxLength: 80 });
  return fc
    .oneof(
      content.map((content) => ({ state: 'given', content })),
      reason.map((reason) => ({ state: 'withheld', reason })),
      reason.map((reason) => ({ state: 'not_applicable', reason })),
    )
    .map((said) => readPart(number, said))
    .filter((read): read is { part: Part } => 'part' in read)
    .map(({ part }) => part);
};

const anyFile: fc.Arbitrary<FileContent> = fc.record({
  model: fc.record({
    name: fc.constantFrom('Tern', 'Plover'),
    version: fc.constantFrom('1', '2'),
    digest: fc.constantFrom(null, `sha256:${'ab'.repeat(32)}`),
  }),
  parts: fc.record(Object.fromEntries(partNumbers.map((number) => [number, anyPart(number)])), { requiredKeys: [] }),
}) as fc.Arbitrary<FileContent>;

test('there are sixteen parts, and 1, 3, 9 and 10 are suggested first', () => {
  expect(partRules.map(({ number }) => number)).toEqual([...partNumbers]);
  expect(suggestedFirst).toEqual([1, 3, 9, 10]);
  for (const { fields } of partRules) expect(new Set(fields.map(({ key }) => key)).size).toBe(fields.length);
});

test('what was read is read again as the same', () => {
  fc.assert(
    fc.property(anyFile, ({ parts }) => {
      for (const [number, part] of Object.entries(parts)) expect(readPart(Number(number) as 1, part)).toEqual({ part });
    }),
  );
});

test('anything at all is read or refused with a reason and a place, never thrown at', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...partNumbers),
      fc.oneof(
        fc.anything(),
        fc.record({
          state: fc.constantFrom('given', 'withheld', 'open'),
          content: fc.anything(),
          reason: fc.anything(),
        }),
        fc
          .constantFrom(...partNumbers.flatMap((number) => partRule(number).fields.map(({ key }) => key)))
          .chain((key) => fc.record({ state: fc.constant('given'), content: fc.record({ [key]: fc.anything() }) })),
      ),
      (number, said) => {
        const read = readPart(number, said);

        if ('problems' in read) {
          expect(read.problems.length).toBeGreaterThan(0);
          for (const { path, message } of read.problems) expect(path.startsWith('parts.') && message !== '').toBe(true);
        } else {
          expect(canonicalJson(readPart(number, read.part))).toBe(canonicalJson(read));
        }
      },
    ),
  );
});

test('withheld and not applicable need a reason; given needs something that is given, but for the model itself', () => {
  for (const state of ['withheld', 'not_applicable']) {
    expect(readPart(8, { state, reason: '  ' })).toHaveProperty('problems');
    expect(readPart(8, { state, reason: ' Not now. ' })).toEqual({ part: { state, reason: 'Not now.' } });
  }
  expect(readPart(8, { state: 'given', content: { goal: ' ' } })).toHaveProperty('problems');
  expect(readPart(1, { state: 'given', content: {} })).toEqual({ part: { state: 'given', content: {} } });
});

test('every answer has its limit', () => {
  const long = 'x'.repeat(limits.textLengthMax + 1);
  expect(readPart(2, { state: 'given', content: { training: long } })).toHaveProperty('problems');
  expect(readPart(9, { state: 'given', content: { hours: 'x'.repeat(limits.lineLengthMax + 1) } })).toHaveProperty(
    'problems',
  );
  expect(readPart(9, { state: 'given', content: { hours: 'two\nlines' } })).toHaveProperty('problems');
  expect(readPart(9, { state: 'given', content: { rate: -1 } })).toHaveProperty('problems');
  expect(readPart(9, { state: 'given', content: { rate: 1.5 } })).toHaveProperty('problems');
  expect(readPart(9, { state: 'given', content: { methods: ['weights'] } })).toHaveProperty('problems');
  expect(readPart(9, { state: 'given', content: { weights: 'here' } })).toHaveProperty('problems');
  const rows = Array.from({ length: limits.rowsMax + 1 }, () => ({ name: 'a' }));
  expect(readPart(15, { state: 'given', content: { proposals: rows } })).toHaveProperty('problems');
});

test.each(['2026-02-29', '2026-13-01', '2026-1-1', '', 'soon', 20260101])('%j is no day', (text) => {
  expect(isDay(text)).toBe(false);
});

test('I1: the list of gaps names what is not said, and an answer of any kind closes a gap of a whole part', () => {
  fc.assert(
    fc.property(anyFile, (file) => {
      const found = gaps(file);

      for (const number of partNumbers) {
        const part = file.parts[number];
        const gap = found.find((one) => one.number === number);
        if (part === undefined) expect(gap?.fields).toEqual([]);
        else if (part.state !== 'given') expect(gap).toBeUndefined();
        else if (gap !== undefined) expect(gap.fields.length).toBeGreaterThan(0);
      }
      const order = found.map((one) => (one.isSuggestedFirst ? 0 : 100) + one.number);
      expect(order).toEqual([...order].sort((a, b) => a - b));
    }),
  );
});

test('no change is told of a version and itself, and of two that differ at least one', () => {
  fc.assert(
    fc.property(anyFile, anyFile, (before, after) => {
      expect(changes(before, before)).toEqual([]);
      expect(changes(before, after).length > 0).toBe(canonicalJson(before) !== canonicalJson(after));
    }),
  );
});

test('a save disturbs another one only in a part that both changed', () => {
  fc.assert(
    fc.property(anyFile, anyFile, fc.subarray([...partNumbers]), (base, current, edited) => {
      const differing = partNumbers.filter(
        (number) => canonicalJson(base.parts[number] ?? null) !== canonicalJson(current.parts[number] ?? null),
      );

      expect(conflicts(base, current, edited)).toEqual(edited.filter((number) => differing.includes(number)));
    }),
  );
});

test('changes are said in plain words', () => {
  const model = { name: 'Tern', version: '2', digest: null };
  const before: FileContent = {
    model,
    parts: { 3: { state: 'given', content: { asks: ['covered'] } }, 9: { state: 'given', content: { rate: 10 } } },
  };
  const after: FileContent = {
    model: { ...model, digest: `sha256:${'ab'.repeat(32)}` },
    parts: {
      3: { state: 'withheld', reason: 'Not asked any more.' },
      9: { state: 'given', content: { rate: 20, hours: 'always' } },
    },
  };

  expect(changes(before, after).map(({ number, name, says }) => `${number} ${name}: ${says}`)).toEqual([
    '0 Model: Digest: added',
    '3 Question: now withheld: Not asked any more.',
    '9 Access offer: Rate: changed',
    '9 Access offer: Hours: added',
  ]);
  expect(tally(after.parts)).toEqual({ given: 1, withheld: 1, not_applicable: 0, open: 14 });
});
