import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cost, costMax, type Price, read } from './price.ts';

const price: Price = {
  model: 'tidewater-large',
  batchShare: 0.5,
  bands: [
    { fromPromptTokens: 0, input: 2, cachedInput: 0.5, output: 10 },
    { fromPromptTokens: 200_000, input: 4, cachedInput: 1, output: 15 },
  ],
};

describe('what a request costs', () => {
  test('input, cached input and output each at their price for a million', () => {
    const used = { promptTokens: 100_000, cachedTokens: 60_000, completionTokens: 10_000 };

    expect(cost(price, used, 'standard')).toBeCloseTo(0.04 * 2 + 0.06 * 0.5 + 0.01 * 10, 12);
    expect(cost(price, used, 'batch')).toBeCloseTo((0.04 * 2 + 0.06 * 0.5 + 0.01 * 10) / 2, 12);
  });

  test('a long prompt is charged whole at the band it falls into', () => {
    expect(cost(price, { promptTokens: 199_999, cachedTokens: 0, completionTokens: 0 }, 'standard')).toBeCloseTo(
      0.399998,
      12,
    );
    expect(cost(price, { promptTokens: 200_000, cachedTokens: 0, completionTokens: 0 }, 'standard')).toBeCloseTo(
      0.8,
      12,
    );
  });

  test('is never more than what was set aside for it', () => {
    const amount = fc.double({ min: 0, max: 100, noNaN: true });
    const anyPrice = fc
      .array(
        fc.record({ step: fc.integer({ min: 1, max: 500 }), input: amount, cachedInput: amount, output: amount }),
        {
          minLength: 1,
          maxLength: 4,
        },
      )
      .map((bands): Price => {
        let from = 0;
        return {
          model: 'm',
          bands: bands.map(({ step, ...rest }, index) => {
            if (index > 0) from += step;
            return { fromPromptTokens: from, ...rest };
          }),
        };
      });

    fc.assert(
      fc.property(
        anyPrice,
        fc.nat(2_000),
        fc.nat(2_000),
        fc.nat(2_000),
        fc.nat(2_000),
        (any, promptMax, a, b, generatedMax) => {
          const promptTokens = Math.min(promptMax, a);
          const used = {
            promptTokens,
            cachedTokens: Math.min(promptTokens, b),
            completionTokens: Math.min(generatedMax, b),
          };

          expect(cost(any, used, 'standard')).toBeLessThanOrEqual(
            costMax(any, promptMax, generatedMax, 'standard') + 1e-12,
          );
        },
      ),
    );
  });
});

describe('a price book', () => {
  const book = {
    format: 'assay-price-book/1',
    currency: 'USD',
    asOf: '2026-06-01',
    source: 'https://tidewater.example',
    prices: [price],
  };

  test('is read with its source and day', () => {
    expect(read(book)).toEqual({ book });
  });

  test.each<[string, object, string]>([
    ['no source', { source: '' }, 'source'],
    ['a day that is none', { asOf: 'June' }, 'asOf'],
    ['no prices', { prices: [] }, 'prices'],
    ['a model twice', { prices: [price, price] }, 'prices[1].model'],
    [
      'bands that do not begin at 0',
      { prices: [{ ...price, bands: price.bands.slice(1) }] },
      'prices[0].bands[0].fromPromptTokens',
    ],
    [
      'bands that do not rise',
      { prices: [{ ...price, bands: [...price.bands, price.bands[0]] }] },
      'prices[0].bands[2].fromPromptTokens',
    ],
    [
      'a price below nothing',
      { prices: [{ model: 'm', bands: [{ ...price.bands[0], output: -1 }] }] },
      'prices[0].bands[0].output',
    ],
    ['more than the whole price', { prices: [{ ...price, batchShare: 2 }] }, 'prices[0].batchShare'],
  ])('with %s is refused at its place', (_what, change, path) => {
    expect(read({ ...book, ...change })).toHaveProperty('problems[0].path', path);
  });

  test('no JSON makes the reader fall', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => 'problems' in read(value)));
  });
});
