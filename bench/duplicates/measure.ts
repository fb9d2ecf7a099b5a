/** What the duplicate engine finds of flaws whose names are hidden, on the half that was never looked at while tuning. */
import { compare, exactly, proposalMin } from '../../src/domain/intake/duplicate/compare.ts';
import { factsOf, layerOf } from '../../src/domain/intake/duplicate/facts.ts';
import { type Features, featuresOf } from '../../src/domain/intake/duplicate/features.ts';
import { type Group, groupKnown, linksOf } from '../../src/domain/intake/duplicate/group.ts';
import type { Layer } from '../../src/domain/intake/duplicate/hint.ts';
import { KeyIndex } from '../../src/domain/intake/duplicate/key-index.ts';
import { keysMax, keysOf } from '../../src/domain/intake/duplicate/keys.ts';
import { sketchOf } from '../../src/domain/intake/duplicate/minhash.ts';
import { oddsOf, oddsWithin, weightOf } from '../../src/domain/intake/duplicate/odds.ts';
import { wordsOf } from '../../src/domain/intake/duplicate/text.ts';
import { mutual, shinglesOf, signatureOf, similar } from './peer.ts';
import { type Entry, isAmbiguous, isSame } from './records.ts';

interface Pool {
  entries: Entry[];
  features: Features[];
  /** Pairs of entries of two sources that are one flaw. */
  truth: number[];
}
interface Scored {
  a: number;
  b: number;
  score: number;
}

export function measure(all: readonly Entry[], half: Entry['half']): void {
  const real = poolOf(all.filter(({ isMalware }) => !isMalware));
  // While tuning nothing of the other half is even a distractor.
  const pool = half === 'tuning' ? part(real, 'tuning') : real;
  const { entries, features } = pool;
  const truth = new Set(pool.truth.filter((pair) => entries[Math.floor(pair / entries.length)]!.half === half));
  heading(
    `Records with CVE and GHSA names, aliases, references and id-like words hidden; the ${half} half of the flaws`,
  );
  line('records', `${entries.length} of ${new Set(entries.map(({ source }) => source)).size} sources, all in one pot`);
  line('pairs of two sources that are one flaw', `${truth.size} with both in the ${half} half`);

  const candidates = candidatesOf(features);
  const crossed = candidates.filter(([a, b]) => entries[a]!.source !== entries[b]!.source);
  const met = new Set(crossed.map(([a, b]) => a * entries.length + b));
  const keyed = [...truth].filter((pair) => met.has(pair)).length;
  const alike = [...truth].filter((pair) =>
    isOneComponent(pool, Math.floor(pair / entries.length), pair % entries.length),
  );
  const keyedAlike = alike.filter((pair) => met.has(pair)).length;
  const keyTotal = features.reduce((sum, one) => sum + keysOf(one).length, 0);
  line(
    'true pairs that share a key',
    `${percent(keyed / truth.size)} (${(keyTotal / features.length).toFixed(1)} keys a report, at most ${keysMax})`,
  );
  line(
    'of the pairs that name one component',
    `${percent(keyedAlike / alike.length)} of ${alike.length}; the others share a CVE name over two products`,
  );
  line(
    'pairs to compare',
    `${candidates.length}, ${(candidates.length / entries.length).toFixed(1)} a report, ${crossed.length} of two sources`,
  );

  const started = process.cpuUsage();
  const groups = groupKnown(entries.map(({ id }, index) => ({ id, features: features[index]! })));
  const groupSeconds = seconds(started);
  const found = pairsOf(groups, pool);
  const known = entries.map(({ id }, index) => ({ id, features: features[index]! }));
  const weak = pairsOf(groupKnown(known, undefined, 0.5), pool);
  const judge = (pairs: readonly Scored[]) => judged(pool, truth, half, pairs);

  heading('Pairs of two sources: precision and recall');
  const say = (name: string, pairs: readonly Scored[]) => {
    const { precision, recall, f1, count } = judge(pairs);
    line(name, `precision ${rate(precision)}  recall ${rate(recall)}  F1 ${rate(f1)}  (${count} pairs)`);
  };
  const shingled = similar(entries, 0.4);
  say(
    'peer: MinHash, likeness 0.8, two sources',
    shingled.filter(({ a, b, score }) => score >= 0.8 && entries[a]!.source !== entries[b]!.source),
  );
  say(
    'peer: MinHash, likeness 0.6, mutual best',
    mutual(
      shingled.filter(({ score }) => score >= 0.6),
      entries,
    ),
  );
  const tuning = half === 'tuning' ? pool : part(real, 'tuning');
  say(
    'layer exact: a copy',
    crossed.filter(([a, b]) => exactly(features[a]!, features[b]!).length > 0).map(([a, b]) => ({ a, b, score: 1 })),
  );
  for (const layer of ['structure', 'text'] as const) {
    const mark = markOf(layer, tuning);
    say(
      `layer ${layer} alone, mutual best`,
      layerPairs(layer, pool).filter(({ score }) => score >= mark),
    );
  }
  say('all layers, every link of 0.5 or more', weak);
  say('all layers: what group gives (0.9 or more)', found);
  say(
    `of these proposals, confidence ${proposalMin} or more`,
    found.filter(({ score }) => score >= proposalMin),
  );

  heading('By pair of sources');
  const bySources = new Map<string, { found: Scored[]; truth: Set<number> }>();
  const at = (a: number, b: number) => {
    const key = [entries[a]!.source, entries[b]!.source].sort().join(' - ');
    const held = bySources.get(key) ?? { found: [], truth: new Set() };
    bySources.set(key, held);
    return held;
  };
  for (const pair of truth) at(Math.floor(pair / entries.length), pair % entries.length).truth.add(pair);
  for (const pair of found) at(pair.a, pair.b).found.push(pair);
  for (const [sources, own] of [...bySources].sort((x, y) => y[1].truth.size - x[1].truth.size)) {
    const { precision, recall, count } = judged(pool, own.truth, half, own.found);
    if (own.truth.size + count === 0) continue;
    line(sources, `precision ${rate(precision)}  recall ${rate(recall)}  (${count} found, ${own.truth.size} true)`);
  }

  heading('Confidence against what is true');
  for (const [from, to] of [
    [0.5, 0.7],
    [0.7, 0.9],
    [0.9, 0.95],
    [0.95, 0.98],
    [0.98, 0.99],
    [0.99, proposalMin],
    [proposalMin, 1.01],
  ] as const) {
    const own = weak.filter(({ score }) => score >= from && score < to);
    const { precision, count } = judge(own);
    if (count > 0) line(`${from} to ${Math.min(1, to)}`, `${count} pairs, ${percent(precision)} are one flaw`);
  }

  hints(pool, crossed, half);
  untold(pool, truth, met, found);
  malware(all);
  speed(pool, candidates, groupSeconds);
}

/** The records name one component, or names that share a core. */
function isOneComponent({ features }: Pool, a: number, b: number): boolean {
  const { package: names } = factsOf(features[a]!, features[b]!);
  return names !== 'other' && names !== 'named';
}

function poolOf(entries: Entry[]): Pool {
  const features = entries.map(({ report, source, others }) => featuresOf(report, source, others));
  return { entries, features, truth: truthOf(entries) };
}

function part({ entries, features }: Pool, half: Entry['half']): Pool {
  const own = entries.flatMap((entry, index) => (entry.half === half ? [index] : []));
  const kept = own.map((index) => entries[index]!);
  return { entries: kept, features: own.map((index) => features[index]!), truth: truthOf(kept) };
}

function truthOf(entries: readonly Entry[]): number[] {
  const byName = new Map<string, number[]>();
  for (const [index, { names }] of entries.entries()) {
    for (const name of names) byName.set(name, [...(byName.get(name) ?? []), index]);
  }
  const truth = new Set<number>();
  for (const own of byName.values()) {
    for (const a of own)
      for (const b of own) if (a < b && entries[a]!.source !== entries[b]!.source) truth.add(a * entries.length + b);
  }
  return [...truth];
}

function candidatesOf(features: readonly Features[]): [number, number][] {
  const index = new KeyIndex(features.length);
  return features.flatMap((own, b) => index.add(b, keysOf(own)).map((a): [number, number] => [a, b]));
}

function pairsOf(groups: readonly Group[], { entries }: Pool): Scored[] {
  const indexOf = new Map(entries.map(({ id }, index) => [id, index]));
  return groups.flatMap(({ ids, confidence }) => {
    const own = ids.map((id) => indexOf.get(id)!).sort((a, b) => a - b);
    return own.flatMap((a, at) => own.slice(at + 1).map((b) => ({ a, b, score: confidence })));
  });
}

/** A pair counts when either report is of the half; pairs of one source and those joined only through a third record do not. */
function judged({ entries }: Pool, truth: ReadonlySet<number>, half: Entry['half'], pairs: readonly Scored[]) {
  let [right, count] = [0, 0];
  for (const { a, b } of pairs) {
    const [one, other] = [entries[a]!, entries[b]!];
    if (one.source === other.source || isAmbiguous(one, other) || (one.half !== half && other.half !== half)) continue;
    count++;
    if (truth.has(a * entries.length + b)) right++;
  }
  const [precision, recall] = [right / count, right / truth.size];
  return { precision, recall, f1: (2 * precision * recall) / (precision + recall), count };
}

/** Mutual best partners by the facts of one layer. */
function layerPairs(layer: Layer, { features }: Pool): Scored[] {
  const odds = (facts: ReturnType<typeof factsOf>) =>
    (Object.keys(facts) as (keyof typeof facts)[]).reduce(
      (sum, fact) => sum + (layerOf(fact) === layer ? weightOf(fact, facts[fact]) : 0),
      0,
    );
  const { links } = linksOf(features, { between: odds, within: oddsWithin, among: (own) => own });
  return links
    .filter(({ isExact }) => !isExact)
    .map(({ a, b, odds: score, margin }) => ({ a, b, score: score + Math.min(3, margin) / 2 }));
}

/** The mark that gives the best F1 on the tuning half. */
function markOf(layer: Layer, pool: Pool): number {
  const pairs = layerPairs(layer, pool)
    .filter(
      ({ a, b }) =>
        pool.entries[a]!.source !== pool.entries[b]!.source && !isAmbiguous(pool.entries[a]!, pool.entries[b]!),
    )
    .sort((x, y) => y.score - x.score);
  const truth = new Set(pool.truth);
  let [right, best, mark] = [0, 0, 0];
  for (const [index, { a, b, score }] of pairs.entries()) {
    if (truth.has(a * pool.entries.length + b)) right++;
    const f1 = (2 * right) / (index + 1 + truth.size);
    if (f1 > best) [best, mark] = [f1, score];
  }
  return mark;
}

function hints(pool: Pool, crossed: readonly [number, number][], half: Entry['half']): void {
  const { entries, features } = pool;
  heading('Hints: is a true partner among the first ones?');
  const lists = new Map<number, { other: number; odds: number }[]>();
  for (const [a, b] of crossed) {
    const odds = oddsOf(factsOf(features[a]!, features[b]!));
    for (const [own, other] of [
      [a, b],
      [b, a],
    ] as const) {
      const list = lists.get(own);
      if (list === undefined) lists.set(own, [{ other, odds }]);
      else list.push({ other, odds });
    }
  }
  const byName = new Map<string, Set<string>>();
  for (const { names, source } of entries)
    for (const name of names) byName.set(name, (byName.get(name) ?? new Set()).add(source));
  const own = entries.flatMap(({ names, half: its, source }, index) =>
    its === half && names.some((name) => [...byName.get(name)!].some((other) => other !== source)) ? [index] : [],
  );
  for (const top of [1, 3, 10]) {
    const hit = own.filter((index) =>
      (lists.get(index) ?? [])
        .sort((x, y) => y.odds - x.odds)
        .slice(0, top)
        .some(({ other }) => isSame(entries[index]!, entries[other]!)),
    ).length;
    line(`among the first ${top}`, `${percent(hit / own.length)} of ${own.length} records that have a partner`);
  }
  const partners = new Map<number, number[]>();
  for (const pair of pool.truth) {
    const [a, b] = [Math.floor(pair / entries.length), pair % entries.length];
    if (!isOneComponent(pool, a, b)) continue;
    for (const one of [a, b]) partners.set(one, [...(partners.get(one) ?? []), a + b - one]);
  }
  const named = own.filter((index) => partners.has(index));
  const hit = named.filter((index) =>
    (lists.get(index) ?? []).slice(0, 3).some(({ other }) => isSame(entries[index]!, entries[other]!)),
  ).length;
  line(
    'where a partner names the same component',
    `${percent(hit / named.length)} of ${named.length} among the first 3`,
  );
}

/** Why true pairs are not found. */
function untold(
  { entries, features }: Pool,
  truth: ReadonlySet<number>,
  met: ReadonlySet<number>,
  found: readonly Scored[],
): void {
  heading('True pairs that are not grouped, and what the data says of them');
  const has = new Set(found.map(({ a, b }) => a * entries.length + b));
  const why = { keys: 0, product: 0, sibling: 0, weak: 0 };
  for (const pair of truth) {
    if (has.has(pair)) continue;
    const [a, b] = [Math.floor(pair / entries.length), pair % entries.length];
    const facts = factsOf(features[a]!, features[b]!);
    if (facts.package === 'other' || facts.package === 'named') why.product++;
    else if (!met.has(pair)) why.keys++;
    else if (oddsOf(facts) > 0) why.sibling++;
    else why.weak++;
  }
  line('one name, two products', `${why.product} pairs: the records name different components`);
  line(
    'another partner is as good',
    `${why.sibling} pairs: likely one flaw each by itself, but a sibling of the same source is as near or nearer`,
  );
  line('too little in common', `${why.weak} pairs`);
  line('no key in common', `${why.keys} pairs`);
}

/** Reports of malware have hardly any text of their own: name and version are all there is to go by. */
function malware(all: readonly Entry[]): void {
  heading('Malware apart: what several sources said of one package, taken apart');
  const pool = poolOf(all.filter(({ isMalware }) => isMalware));
  const truth = new Set(pool.truth);
  const groups = groupKnown(pool.entries.map(({ id }, index) => ({ id, features: pool.features[index]! })));
  const at = new Map(pool.entries.map((entry) => [entry.id, entry]));
  const pairs = groups.flatMap(({ ids }) =>
    ids.flatMap((a, index) => ids.slice(index + 1).map((b) => [at.get(a)!, at.get(b)!] as const)),
  );
  const cross = pairs.filter(([a, b]) => a.source !== b.source);
  const right = cross.filter(([a, b]) => isSame(a, b)).length;
  line('records', `${pool.entries.length}, ${truth.size} pairs of two sources that are one package`);
  line(
    'what group gives',
    `precision ${rate(right / cross.length)}  recall ${rate(right / truth.size)}  (${cross.length} pairs)`,
  );
  line('pairs of one source joined as copies', `${pairs.length - cross.length}`);
}

function speed({ entries, features }: Pool, candidates: readonly [number, number][], groupSeconds: number): void {
  heading('Speed, per second of CPU time on one core');
  const sample = entries.slice(0, 6000);
  const timed = (count: number, work: () => void) => {
    const started = process.cpuUsage();
    work();
    return count / seconds(started);
  };
  const made = timed(sample.length, () => {
    for (const { report, source, others } of sample) keysOf(featuresOf(report, source, others));
  });
  line('featuresOf and keysOf', `${thousand(made)} reports`);
  const pairs = candidates.slice(0, 150_000);
  const compared = timed(pairs.length, () => {
    for (const [a, b] of pairs) compare(features[a]!, features[b]!);
  });
  line('compare', `${thousand(compared)} pairs`);
  line(
    'group',
    `${thousand(entries.length / groupSeconds)} reports (${groupSeconds.toFixed(1)} s for ${entries.length})`,
  );
  const words = sample.map(({ report }) =>
    wordsOf(`${report.title}\n${report.description ?? ''}`)
      .join(' ')
      .split(' '),
  );
  const shingles = sample.map(shinglesOf);
  const plain = timed(1500, () => {
    for (const own of shingles.slice(0, 1500)) signatureOf(own);
  });
  const ours = timed(sample.length * 5, () => {
    for (let round = 0; round < 5; round++) for (const own of words) sketchOf(own);
  });
  line('sketch of words: one permutation, 64 places', `${thousand(ours)} texts`);
  line(
    'peer: MinHash with 128 permutations, written plainly',
    `${thousand(plain)} texts; ours is ${(ours / plain).toFixed(0)} times as fast`,
  );
}

const seconds = (started: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(started);
  return (user + system) / 1e6;
};
const rate = (value: number) => (Number.isNaN(value) ? '-    ' : value.toFixed(3));
const percent = (value: number) => `${(100 * value).toFixed(1)}%`;
const thousand = (value: number) => (value >= 10_000 ? `${Math.round(value / 1000)} k` : value.toFixed(0));
const heading = (text: string) => console.log(`\n${text}`);
const line = (name: string, text: string) => console.log(`  ${name.padEnd(46)} ${text}`);
