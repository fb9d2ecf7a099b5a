/**
 * What tokens cost. Prices are data with a source and a day, in units of one currency for a million tokens; a request is
 * charged whole at the band that its prompt falls into, as vendors of long contexts do.
 */
import type { Day } from '../instant.ts';
import type { Problem } from '../problem.ts';

export interface Band {
  /** The band holds for prompts of at least this many tokens; the first one starts at 0. */
  fromPromptTokens: number;
  /** For a million tokens of input that were not cached. */
  input: number;
  /** For a million tokens of input read from a cache. */
  cachedInput: number;
  /** For a million generated tokens, reasoning included. */
  output: number;
}

export interface Price {
  model: string;
  bands: Band[];
  /** The share of the price that is charged for requests without hurry (batch), such as 0.5. */
  batchShare?: number;
}

export interface PriceBook {
  format: 'assay-price-book/1';
  /** ISO 4217, such as USD. */
  currency: string;
  asOf: Day;
  /** Where the prices were read. */
  source: string;
  prices: Price[];
}

/** Requests that are answered at once, or when the vendor has time. */
export type Tier = 'standard' | 'batch';

export interface Tokens {
  /** All input, cached tokens included. */
  promptTokens: number;
  cachedTokens: number;
  /** All that was generated, reasoning included. */
  completionTokens: number;
}

type Fields = Record<string, unknown>;
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isAmount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 && value <= 1e9;

/** Reads a price book from parsed JSON. */
export function read(value: unknown): { book: PriceBook } | { problems: Problem[] } {
  const problems: Problem[] = [];
  const refuse = (path: string, message: string) => {
    if (problems.length < 20) problems.push({ path, message });
  };
  if (!isFields(value)) return { problems: [{ path: '', message: 'A price book is a JSON object.' }] };
  if (value['format'] !== 'assay-price-book/1') refuse('format', 'Write "format": "assay-price-book/1".');
  if (typeof value['currency'] !== 'string' || !/^[A-Z]{3}$/.test(value['currency'])) {
    refuse('currency', 'Give a currency code of three letters, such as USD.');
  }
  if (typeof value['asOf'] !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(value['asOf'])) {
    refuse('asOf', 'Give the day of the prices, such as 2026-06-10.');
  }
  if (typeof value['source'] !== 'string' || value['source'] === '')
    refuse('source', 'Say where the prices were read.');
  const prices = value['prices'];
  if (!Array.isArray(prices) || prices.length === 0 || prices.length > 1_000) {
    refuse('prices', 'Give a list of 1 to 1000 prices.');
    return { problems };
  }
  const models = new Set<unknown>();
  prices.forEach((price: unknown, index) => {
    const path = `prices[${index}]`;
    if (!isFields(price) || typeof price['model'] !== 'string' || price['model'] === '') {
      refuse(`${path}.model`, 'Name the model.');
      return;
    }
    if (models.has(price['model'])) refuse(`${path}.model`, 'This model stands twice.');
    models.add(price['model']);
    const share = price['batchShare'];
    if (share !== undefined && !(isAmount(share) && share <= 1))
      refuse(`${path}.batchShare`, 'Give a share of 0 to 1.');
    readBands(price['bands'], `${path}.bands`, refuse);
  });
  return problems.length > 0 ? { problems } : { book: value as unknown as PriceBook };
}

function readBands(bands: unknown, path: string, refuse: (path: string, message: string) => void): void {
  if (!Array.isArray(bands) || bands.length === 0 || bands.length > 20) {
    refuse(path, 'Give a list of 1 to 20 bands.');
    return;
  }
  let before = -1;
  bands.forEach((band: unknown, index) => {
    const at = `${path}[${index}]`;
    if (!isFields(band)) {
      refuse(at, 'A band is an object with fromPromptTokens, input, cachedInput and output.');
      return;
    }
    const from = band['fromPromptTokens'];
    const isRising = Number.isSafeInteger(from) && (index === 0 ? from === 0 : (from as number) > before);
    if (!isRising) refuse(`${at}.fromPromptTokens`, 'Bands rise from 0.');
    before = from as number;
    for (const name of ['input', 'cachedInput', 'output']) {
      if (!isAmount(band[name])) refuse(`${at}.${name}`, 'Give an amount for a million tokens.');
    }
  });
}

/** The price of a model; undefined when the book has none. */
export const priceOf = (book: PriceBook, model: string): Price | undefined =>
  book.prices.find((price) => price.model === model);

const shareOf = (price: Price, tier: Tier) => (tier === 'batch' ? (price.batchShare ?? 1) : 1);

/** What a request cost, in units of the currency. */
export function cost(price: Price, { promptTokens, cachedTokens, completionTokens }: Tokens, tier: Tier): number {
  const band = price.bands.findLast(({ fromPromptTokens }) => fromPromptTokens <= promptTokens) as Band;
  const amount =
    (promptTokens - cachedTokens) * band.input + cachedTokens * band.cachedInput + completionTokens * band.output;
  return (amount * shareOf(price, tier)) / 1e6;
}

/** The most that a request can cost with at most so many tokens: nothing cached, in the dearest band it can reach. */
export function costMax(price: Price, promptTokensMax: number, completionTokensMax: number, tier: Tier): number {
  const amounts = price.bands
    .filter(({ fromPromptTokens }) => fromPromptTokens <= promptTokensMax)
    .map((band) => promptTokensMax * Math.max(band.input, band.cachedInput) + completionTokensMax * band.output);
  return (Math.max(...amounts) * shareOf(price, tier)) / 1e6;
}
