/** From facts to confidence, by frozen weights (weights.json says what they were made of; `npm run bench -- duplicates --train` makes them again). */
import { facts as all, type Fact, type Facts } from './facts.ts';
import frozen from './weights.json' with { type: 'json' };

interface Table {
  bias: number;
  facts: Record<Fact, Record<string, number>>;
}
/** Log-odds and the measured share of pairs there that are one flaw, both rising. */
type Calibration = { odds: number; share: number }[];

const { among, calibration } = frozen;
const between: Table = frozen.between;
const within: Table = frozen.within;

/** How far one fact speaks for the same flaw, in log-odds. */
export const weightOf = (fact: Fact, step: string): number => between.facts[fact][step] ?? 0;

/** Log-odds that two reports which share a key tell of one flaw. */
export const oddsOf = (facts: Facts): number => sumOf(between, facts);

/**
 * The same for two reports of one authority with nearly the same words: there the package parts what likeness cannot, since an authority
 * seldom tells of one flaw in one package twice, and often in one text of two.
 */
export const oddsWithin = (facts: Facts): number => sumOf(within, facts);

function sumOf(table: Table, facts: Facts): number {
  let odds = table.bias;
  for (const fact of all) odds += table.facts[fact][facts[fact]] ?? 0;
  return odds;
}

/**
 * Log-odds once the rivals are known: `margin` is how far the pair's log-odds lie above those of the next best partner that either
 * report has in the other's source.
 */
export const oddsAmong = (odds: number, margin: number): number =>
  among.bias + among.odds * odds + among.margin * Math.min(among.marginMax, margin);

/** Structure and text speak for the same flaw both: one component, a fixed version in common, and no telling word on both sides alone. */
export const isAgreed = (facts: Facts): boolean =>
  (facts.package === 'same' || facts.package === 'core' || facts.package === 'part') &&
  (facts.fixed === 'all' || facts.fixed === 'told') &&
  facts.affected !== 'apart' &&
  facts.numbers !== 'some' &&
  facts.numbers !== 'none' &&
  facts.substance >= 's5';

/** Measured share of pairs at these log-odds that are one flaw: of the pair alone, or among its rivals. */
export function confidenceOf(odds: number, facts: Facts, knows: 'pair' | 'rivals'): number {
  return shareOf(odds, isAgreed(facts), knows);
}

/** The same where it is known whether the facts agree, and the facts are not at hand. */
export function shareOf(odds: number, isAgreement: boolean, knows: 'pair' | 'rivals'): number {
  return shareAt(calibration[knows][isAgreement ? 'agreed' : 'others'], odds);
}

/** Between two marks of the table the share lies on the line that joins them. */
function shareAt(table: Calibration, odds: number): number {
  let before = table[0]!;
  if (odds <= before.odds) return before.share;
  for (const mark of table) {
    if (odds < mark.odds) {
      return before.share + ((mark.share - before.share) * (odds - before.odds)) / (mark.odds - before.odds);
    }
    before = mark;
  }
  return before.share;
}
