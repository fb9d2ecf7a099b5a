import fc from 'fast-check';
import { expect, test } from 'vitest';
import { InputCutter, SpanFinder } from './run.ts';

const span = (depths: [kind: 'span_begin' | 'span_end' | 'model', depth: number][]) => {
  const finder = new SpanFinder();
  for (const [index, [kind, depth]] of depths.entries()) finder.take({ index, kind, depth });
  return finder.end();
};

test('a span holds what follows its beginning more deeply nested', () => {
  const spans = span([
    ['span_begin', 0],
    ['model', 1],
    ['span_begin', 1],
    ['model', 2],
    ['model', 1],
    ['model', 0],
  ]);

  expect(spans).toEqual([
    [0, 4],
    [2, 3],
  ]);
});

test('the event that ends a span belongs to it, and what comes after does not', () => {
  const spans = span([
    ['span_begin', 0],
    ['span_begin', 1],
    ['model', 2],
    ['span_end', 1],
    ['span_end', 0],
    ['model', 0],
  ]);

  expect(spans).toEqual([
    [0, 4],
    [1, 3],
  ]);
});

test('a span that never ended runs to the end of the transcript; one without content is no span', () => {
  expect(
    span([
      ['span_begin', 0],
      ['span_begin', 1],
      ['span_begin', 1],
      ['model', 2],
    ]),
  ).toEqual([
    [0, 3],
    [2, 3],
  ]);
});

test('spans lie within one another or apart, whatever depths a log claims', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom('span_begin' as const, 'span_end' as const, 'model' as const), fc.nat(6)), {
        maxLength: 60,
      }),
      (events) => {
        const spans = span(events);
        for (const [a, b] of spans) {
          expect(b).toBeGreaterThan(a);
          for (const [c, d] of spans) if (c > a && c <= b) expect(d).toBeLessThanOrEqual(b);
        }
      },
    ),
  );
});

const model = (...input: string[]) => ({ kind: 'model', payload: { event: 'model', input } });

test('a conversation that goes on is kept once, with how much went before; another one is kept whole', () => {
  const cutter = new InputCutter();

  expect(cutter.cut(model('system', 'one')).input).toEqual(['system', 'one']);
  expect(cutter.cut(model('system', 'one', 'two', 'three'))).toMatchObject({
    input: ['two', 'three'],
    input_left_out: 2,
  });
  expect(cutter.cut(model('other', 'one')).input).toEqual(['other', 'one']);
  expect(cutter.cut(model('system', 'one', 'two', 'three', 'four')).input).toEqual(['four']);
  expect(cutter.cut(model('system', 'changed', 'two', 'changed too', 'four', 'five')).input).toHaveLength(6);
});

test('the raw request of a call is shortened in the same way', () => {
  const cutter = new InputCutter();
  const call = (messages: string[]) => ({ kind: 'model', payload: { call: { request: { model: 'm', messages } } } });

  cutter.cut(call(['a', 'b']));

  expect(cutter.cut(call(['a', 'b', 'c'])).call).toEqual({
    request: { model: 'm', messages: ['c'], messages_left_out: 2 },
  });
});

test('what is kept of a transcript, put together, is every message once', () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: 1, maxLength: 20 }), fc.array(fc.nat(5)), (messages, steps) => {
      const cutter = new InputCutter();
      const kept: unknown[] = [];
      let length = 1;
      for (const step of [0, ...steps]) {
        length = Math.min(messages.length, length + step);
        kept.push(...(cutter.cut(model(...messages.slice(0, length))).input as unknown[]));
      }
      expect(kept).toEqual(messages.slice(0, length));
    }),
  );
});
