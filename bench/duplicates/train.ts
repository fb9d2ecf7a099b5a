/**
 * `npm run bench -- duplicates --train`: makes the two frozen tables of the duplicate engine (words.json, weights.json) out of the tuning
 * half. Everything that is fitted on top of other fits is fitted on odds from the other folds, so that no pair is judged by itself.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Facts, factsOf } from '../../src/domain/intake/duplicate/facts.ts';
import { type Features, featuresOf } from '../../src/domain/intake/duplicate/features.ts';
import { type Link, linksOf } from '../../src/domain/intake/duplicate/group.ts';
import { KeyIndex } from '../../src/domain/intake/duplicate/key-index.ts';
import { keysOf } from '../../src/domain/intake/duplicate/keys.ts';
import { likeness } from '../../src/domain/intake/duplicate/minhash.ts';
import { isAgreed } from '../../src/domain/intake/duplicate/odds.ts';
import { wordsOf } from '../../src/domain/intake/duplicate/text.ts';
import { oddsOf, type Row, regress, solve } from './model.ts';
import { type Entry, isAmbiguous, isSame } from './records.ts';

const folder = join('src', 'domain', 'intake', 'duplicate');
const folds = 5;
const marginMax = 6;

/** How rarely each word stands in the advisories of the tuning half, malware left out: ln(N/df) to a quarter. */
export function trainWords(entries: readonly Entry[]): void {
  const counts = new Map<string, number>();
  const own = entries.filter(({ half, isMalware }) => half === 'tuning' && !isMalware);
  for (const { report } of own) {
    for (const word of new Set(wordsOf(`${report.title}\n${report.description ?? ''}`))) {
      counts.set(word, (counts.get(word) ?? 0) + 1);
    }
  }
  const buckets = new Map<number, string[]>();
  for (const [word, count] of counts) {
    if (count < 6) continue;
    const weight = Math.round(4 * Math.log(own.length / count)) / 4;
    const held = buckets.get(weight);
    if (held === undefined) buckets.set(weight, [word]);
    else held.push(word);
  }
  const rarest = Math.round(4 * Math.log(own.length / 3)) / 4;
  const lines = [...buckets]
    .sort(([a], [b]) => a - b)
    .map(([weight, words]) => `    { "weight": ${weight}, "words": ${JSON.stringify(words.sort().join(' '))} }`);
  writeFileSync(
    join(folder, 'words.json'),
    `{\n  "note": "Made by npm run bench -- duplicates --train-words from ${own.length} public advisories (bench/testdata/SOURCE.md).",\n  "rarest": ${rarest},\n  "buckets": [\n${lines.join(',\n')}\n  ]\n}\n`,
  );
}

interface Pair extends Row {
  a: number;
  b: number;
}

export function trainWeights(entries: readonly Entry[]): void {
  const pool = entries.filter(({ half, isMalware }) => half === 'tuning' && !isMalware);
  const features = pool.map(({ report, source, others }) => featuresOf(report, source, others));
  const pairs = pairsOf(pool, features);
  const between = pairs.filter(({ a, b }) => pool[a]!.source !== pool[b]!.source);
  const within = pairs.filter(
    ({ a, b }) => pool[a]!.source === pool[b]!.source && likeness(features[a]!.sketch, features[b]!.sketch) >= 0.5,
  );
  const tables = { between: regress(between), within: regress(within, true) };
  console.log(`${between.length} pairs of two sources, ${within.length} of one`);

  const oddsBetween = crossed(between, false);
  const oddsInside = crossed(within, true);
  const key = (a: number, b: number) => a * pool.length + b;
  const known = new Map<number, number>();
  for (const [index, { a, b }] of between.entries()) known.set(key(a, b), oddsBetween[index]!);
  for (const [index, { a, b }] of within.entries()) known.set(key(a, b), oddsInside[index]!);
  const links = linksOf(features, {
    between: (facts, a, b) => known.get(key(a, b)) ?? oddsOf(tables.between, facts),
    within: (facts, a, b) => known.get(key(a, b)) ?? oddsOf(tables.within, facts),
    among: (odds) => odds,
  }).links.filter(({ a, b, isExact }) => !isExact && !isAmbiguous(pool[a]!, pool[b]!));
  const among = fitAmong(links, pool);
  const amongOdds = (link: Link) =>
    among.bias + among.odds * link.pairOdds + among.margin * Math.min(marginMax, link.margin);
  const calibration = {
    pair: calibrations(
      between.map((pair, index) => ({ odds: oddsBetween[index]!, facts: pair.facts, isSame: pair.isSame })),
    ),
    rivals: calibrations(
      links.map((link) => ({ odds: amongOdds(link), facts: link.facts, isSame: isSame(pool[link.a]!, pool[link.b]!) })),
    ),
  };
  const note = `Made by npm run bench -- duplicates --train from ${pool.length} public advisories, ${between.filter((pair) => pair.isSame).length} pairs of which are one flaw (bench/testdata/SOURCE.md).`;
  writeFileSync(join(folder, 'weights.json'), `${JSON.stringify({ note, ...tables, among, calibration }, null, 2)}\n`);
}

/** Every pair that shares a key, but those joined only through a third record. */
export function pairsOf(pool: readonly Entry[], features: readonly Features[]): Pair[] {
  const index = new KeyIndex(features.length);
  const pairs: Pair[] = [];
  for (const [b, own] of features.entries()) {
    for (const a of index.add(b, keysOf(own))) {
      const [one, other] = [pool[a]!, pool[b]!];
      if (isAmbiguous(one, other)) continue;
      pairs.push({ a, b, facts: factsOf(features[a]!, own), isSame: isSame(one, other), fold: one.truth % folds });
    }
  }
  return pairs;
}

/** Odds of every pair by a fit on the other folds. */
function crossed(pairs: readonly Pair[], isOneSource: boolean): number[] {
  const odds = new Array<number>(pairs.length).fill(0);
  for (let fold = 0; fold < folds; fold++) {
    const table = regress(
      pairs.filter((pair) => pair.fold !== fold),
      isOneSource,
    );
    for (const [index, pair] of pairs.entries()) if (pair.fold === fold) odds[index] = oddsOf(table, pair.facts);
  }
  return odds;
}

/** Logistic regression on the pair's odds and its margin. */
function fitAmong(
  links: readonly Link[],
  pool: readonly Entry[],
): { bias: number; odds: number; margin: number; marginMax: number } {
  let weights = new Float64Array(3);
  for (let round = 0; round < 40; round++) {
    const gradient = new Float64Array(3);
    const hessian = [0, 1, 2].map(() => new Float64Array(3));
    for (const link of links) {
      const row = [1, link.pairOdds, Math.min(marginMax, link.margin)];
      const odds = row.reduce((sum, value, index) => sum + value * weights[index]!, 0);
      const p = 1 / (1 + Math.exp(-odds));
      const slack = (isSame(pool[link.a]!, pool[link.b]!) ? 1 : 0) - p;
      for (let i = 0; i < 3; i++) {
        gradient[i]! += slack * row[i]!;
        for (let j = 0; j < 3; j++) hessian[i]![j]! += p * (1 - p) * row[i]! * row[j]!;
      }
    }
    for (let i = 0; i < 3; i++) hessian[i]![i]! += 1e-3;
    weights = weights.map((weight, index) => weight + solve(hessian, gradient)[index]!);
  }
  const [bias, odds, margin] = [...weights].map((weight) => Math.round(weight * 1000) / 1000);
  return { bias: bias!, odds: odds!, margin: margin!, marginMax };
}

interface Judged {
  odds: number;
  facts: Facts;
  isSame: boolean;
}

const calibrations = (judged: readonly Judged[]) => ({
  agreed: calibrationOf(judged.filter(({ facts }) => isAgreed(facts))),
  others: calibrationOf(judged.filter(({ facts }) => !isAgreed(facts))),
});

/**
 * Measured share by odds: bins of equal count, pooled until the shares rise (pool adjacent violators). The share of a bin is that of
 * Laplace with half a case each way, so that no bin claims what its size cannot.
 */
function calibrationOf(judged: readonly Judged[]): { odds: number; share: number }[] {
  const sorted = [...judged].sort((a, b) => a.odds - b.odds).slice(-4000);
  const size = Math.max(40, Math.ceil(sorted.length / 30));
  const bins: { odds: number; same: number; total: number }[] = [];
  for (let start = 0; start < sorted.length; start += size) {
    // A last bin that is small joins the one before it.
    const end = sorted.length - start < 2 * size ? sorted.length : start + size;
    const own = sorted.slice(start, end);
    bins.push({
      odds: own.reduce((sum, one) => sum + one.odds, 0) / own.length,
      same: own.filter((one) => one.isSame).length,
      total: own.length,
    });
    for (
      let last = bins.at(-1)!, before = bins.at(-2);
      before !== undefined && before.same / before.total >= last.same / last.total;
      before = bins.at(-2)
    ) {
      bins.splice(-2, 2, {
        odds: (before.odds * before.total + last.odds * last.total) / (before.total + last.total),
        same: before.same + last.same,
        total: before.total + last.total,
      });
      last = bins.at(-1)!;
    }
    if (end === sorted.length) break;
  }
  return bins.map(({ odds, same, total }) => ({
    odds: Math.round(odds * 100) / 100,
    share: Math.round(((same + 0.5) / (total + 1)) * 10000) / 10000,
  }));
}
