/** From facts to log-odds, by frozen weights (weights.json says what they were made of; `npm run bench -- duplicates --train` makes them again). */
import { facts as all, type Fact, type Facts } from './facts.ts';
import frozen from './weights.json' with { type: 'json' };

interface Table {
  bias: number;
  facts: Record<Fact, Record<string, number>>;
}

/** Two authorities tell of one flaw in other words; one authority tells of two flaws in nearly the same words. So each has its table. */
const tables = { between: frozen.between as Table, within: frozen.within as Table };

/** How far one fact speaks for the same flaw, in log-odds. */
export function weightOf(fact: Fact, step: string, isOneSource: boolean): number {
  return (isOneSource ? tables.within : tables.between).facts[fact][step] ?? 0;
}

/** Log-odds that two reports which share a key tell of one flaw. */
export function oddsOf(facts: Facts, isOneSource: boolean): number {
  const table = isOneSource ? tables.within : tables.between;
  let odds = table.bias;
  for (const fact of all) odds += table.facts[fact][facts[fact]] ?? 0;
  return odds;
}

export const probabilityOf = (odds: number): number => 1 / (1 + Math.exp(-odds));

/**
 * Log-odds once the rivals are known: `margin` is how far the pair's log-odds lie above those of the next best partner that either
 * report has in the other's source, negative where it is not the best. Without a rival the margin is without bound.
 */
export function oddsAmong(odds: number, margin: number): number {
  const { bias, odds: slope, margin: marginSlope, marginMax } = frozen.among;
  return bias + slope * odds + marginSlope * Math.max(-marginMax, Math.min(marginMax, margin));
}
