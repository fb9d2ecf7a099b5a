import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as probe from './probe.ts';

const reading = (texts: string[], change: Partial<probe.Reading> = {}): probe.Reading => ({
  models: ['tern-2'],
  fingerprints: ['fp_1'],
  answers: texts.map((text) => ({ digest: text, sketch: probe.sketchOf(text) })),
  latenciesMs: [400, 500, 600],
  ...change,
});
const poem =
  'It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of foolishness.';

/** The exact share of 5-grams in common, which the sketch estimates. */
function jaccard(a: string, b: string): number {
  const grams = (text: string) => {
    const plain = text.toLowerCase().replace(/\s+/g, ' ').trim();
    return new Set(Array.from({ length: Math.max(0, plain.length - 4) }, (_, at) => plain.slice(at, at + 5)));
  };
  const [x, y] = [grams(a), grams(b)];
  const both = [...x].filter((gram) => y.has(gram)).length;
  return both / (x.size + y.size - both);
}

test('the same answers from the same model show no drift', () => {
  expect(probe.compare(reading([poem, 'one, two']), reading([poem, 'one, two']))).toEqual({
    drift: 'none',
    reasons: [],
    similarity: 1,
  });
});

test('another model, another fingerprint, other answers and longer waits are each told', () => {
  const later = reading(['Something that has nothing to do with the earlier answer at all.'], {
    models: ['tern-3'],
    fingerprints: ['fp_2'],
    latenciesMs: [2000, 2500, 9000],
  });

  const { drift, reasons } = probe.compare(reading([poem]), later);

  expect(drift).toBe('changed');
  expect(reasons.map((one) => ('measure' in one ? one.measure : one.kind))).toEqual([
    'model',
    'fingerprint',
    'answers',
    'median',
    'p95',
  ]);
  expect(reasons[3]).toEqual({ kind: 'latency', measure: 'median', wasMs: 500, isMs: 2500 });
});

test('a fingerprint that one of them does not tell is not compared; small waits that double are no drift', () => {
  const quick = reading([poem], { fingerprints: [], latenciesMs: [10, 20, 30] });

  expect(probe.compare(reading([poem]), quick).drift).toBe('none');
  expect(probe.compare(quick, reading([poem], { fingerprints: [], latenciesMs: [100, 200, 300] })).drift).toBe('none');
});

test('a slightly different wording is no drift', () => {
  const other = poem.replace('foolishness', 'folly');

  expect(probe.compare(reading([poem]), reading([other]))).toMatchObject({ drift: 'none' });
});

test('a sketch estimates the Jaccard similarity of the 5-grams (Broder 1997): within four standard errors of 1/16', () => {
  const words = poem.split(' ');
  for (let kept = 0; kept <= words.length; kept += 3) {
    const other = [...words.slice(0, kept), ...words.slice(kept).map((word) => [...word].reverse().join(''))].join(' ');
    const estimate = probe.similarityOf(probe.sketchOf(poem), probe.sketchOf(other));
    expect(Math.abs(estimate - jaccard(poem, other))).toBeLessThan(4 / 16);
  }
});

test('texts are as similar to themselves as can be, whatever they hold; small letters and white space do not count', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), (text) => {
      const sketch = probe.sketchOf(text);
      expect(sketch).toHaveLength(64);
      expect(probe.similarityOf(sketch, probe.sketchOf(` ${text} `))).toBe(1);
      expect(sketch.every((value) => Number.isInteger(value) && value >= 0 && value <= 0xffffffff)).toBe(true);
    }),
  );
  expect(probe.sketchOf('A  B\nC')).toEqual(probe.sketchOf('a b c'));
});

test('percentiles by nearest rank', () => {
  expect(probe.percentile([5, 1, 3], 0.5)).toBe(3);
  expect(probe.percentile([5, 1, 3], 0.95)).toBe(5);
  expect(probe.percentile([4, 1, 3, 2], 0.5)).toBe(2);
  expect(probe.percentile([], 0.5)).toBe(0);
});
