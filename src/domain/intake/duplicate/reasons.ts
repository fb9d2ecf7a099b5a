/** The facts of a judgement in sentences that a person can check, with the evidence that stands in both reports. */
import { facts as all, type Fact, type Facts, layerOf } from './facts.ts';
import type { Features } from './features.ts';
import type { Reason } from './hint.ts';
import { weightOf } from './odds.ts';
import { weightOf as tellingOf } from './text.ts';

type Shared = NonNullable<Reason['shared']>;

/** Reasons of a weight that counts, the heaviest first. */
export function reasonsOf(a: Features, b: Features, facts: Facts): Reason[] {
  const reasons: Reason[] = [];
  for (const fact of all) {
    const weight = weightOf(fact, facts[fact]);
    if (Math.abs(weight) < 0.05) continue;
    const said = sayings[fact](a, b, facts);
    if (said === undefined) continue;
    reasons.push({
      layer: layerOf(fact),
      fact,
      text: said.text,
      ...(said.shared !== undefined && said.shared.length > 0 && { shared: said.shared }),
      weight: Math.round(weight * 100) / 100,
    });
  }
  return reasons.sort(
    (one, other) => Math.abs(other.weight) - Math.abs(one.weight) || (one.fact < other.fact ? -1 : 1),
  );
}

interface Saying {
  text: string;
  shared?: Shared;
}
type Say = (a: Features, b: Features, facts: Facts) => Saying | undefined;

const listed = (items: readonly (string | number)[], max = 5): string =>
  items.length <= max ? items.join(', ') : `${items.slice(0, max).join(', ')} and ${items.length - max} more`;
const common = <T>(a: readonly T[], b: readonly T[]): T[] => a.filter((one) => b.includes(one));
const both = (field: string, items: readonly string[], max = 5): Shared =>
  items.slice(0, max).map((item) => ({ field, a: item, b: item }));
const plainName = (identity: string): string => identity.replace('\t', ' ');

const sayings: Record<Fact, Say> = {
  package: (a, b, facts) => {
    const names: Shared = [{ field: 'component', a: a.name, b: b.name }];
    switch (facts.package) {
      case 'same':
        return { text: `Both are about ${plainName(common(a.packages, b.packages)[0] ?? a.name)}.`, shared: names };
      case 'core':
        return { text: `${a.name} and ${b.name} are names of one product in two places.`, shared: names };
      case 'part':
        return {
          text: `The names ${a.name} and ${b.name} share "${common(a.cores, b.cores)[0] ?? ''}".`,
          shared: names,
        };
      case 'named':
        return { text: `They are about different components, of which one names the other: ${a.name} and ${b.name}.` };
      case 'other':
        return { text: `They name different components: ${a.name} and ${b.name}.` };
      case 'unknown':
        return { text: 'One of them names no component.' };
    }
  },
  fixed: (a, b, facts) => {
    const shared = common(a.fixed, b.fixed);
    switch (facts.fixed) {
      case 'all':
      case 'some':
        return { text: `Both were fixed in ${listed(shared)}.`, shared: both('component.fixed', shared) };
      case 'told': {
        const told = [...common(a.fixed, b.numbers), ...common(b.fixed, a.numbers)];
        return { text: `The text of one names the fixed version of the other: ${listed(told)}.` };
      }
      case 'none':
        return { text: `Fixed in different versions: ${listed(a.fixed)} and ${listed(b.fixed)}.` };
      case 'unknown':
        return undefined;
    }
  },
  affected: (_a, _b, facts) => {
    switch (facts.affected) {
      case 'equal':
        return { text: 'The same versions are affected.' };
      case 'nested':
        return { text: 'The versions affected in one are among those affected in the other.' };
      case 'overlapping':
        return { text: 'Some versions are affected in both.' };
      case 'apart':
        return { text: 'No version is affected in both.' };
      case 'unknown':
        return undefined;
    }
  },
  path: (a, b, facts) => placed('path', 'places.path', a.paths, b.paths, facts.path),
  symbol: (a, b, facts) =>
    facts.symbol === 'told'
      ? { text: `One names ${listed([...a.symbols, ...b.symbols], 2)} as the place, the other in its text or stack.` }
      : placed('function', 'places.symbol', a.symbols, b.symbols, facts.symbol),
  stack: (a, b, facts) => {
    const shared = common(a.stack?.frames ?? [], b.stack?.frames ?? []);
    switch (facts.stack) {
      case 'same':
        return { text: `The crash ends in the same functions: ${listed(shared, 3)}.`, shared: both('stack', shared) };
      case 'shared':
        return { text: `Both stacks hold ${listed(shared, 3)}.`, shared: both('stack', shared) };
      case 'other':
        return { text: 'The stacks share no function.' };
      case 'unknown':
        return undefined;
    }
  },
  reference: (_a, _b, facts) =>
    facts.reference === 'shared' ? { text: 'Both refer to the same commit, issue or request.' } : undefined,
  weakness: (a, b, facts) => {
    const [left, right] = [a.weaknesses.map((one) => `CWE-${one}`), b.weaknesses.map((one) => `CWE-${one}`)];
    switch (facts.weakness) {
      case 'shared': {
        const shared = common(left, right);
        return { text: `Both are ${listed(shared)}.`, shared: both('weaknesses', shared) };
      }
      case 'related':
        return { text: `${listed(left)} and ${listed(right)} are kinds of one weakness.` };
      case 'other':
        return { text: `Different weaknesses: ${listed(left)} and ${listed(right)}.` };
      case 'unknown':
        return undefined;
    }
  },
  vector: (_a, _b, facts) => {
    switch (facts.vector) {
      case 'same':
        return { text: 'The CVSS base metrics agree.' };
      case 'close':
        return { text: 'The CVSS base metrics differ in one or two places.' };
      case 'other':
        return { text: 'The CVSS base metrics differ in three places or more.' };
      case 'unknown':
        return undefined;
    }
  },
  time: (a, b, facts) =>
    facts.time === 'unknown' || a.day === undefined || b.day === undefined
      ? undefined
      : { text: `Found or published ${Math.abs(a.day - b.day)} days apart.` },
  words: (a, b, facts) => {
    const shared = tellingWords(a, b);
    const places = {
      s0: 'hardly any',
      s1: 'few',
      s2: 'some',
      s3: 'some',
      s4: 'many',
      s5: 'many',
      s6: 'most',
      s7: 'nearly all',
    };
    return {
      text: `The texts share ${places[facts.words]} of their telling words${shared.length === 0 ? '' : `: ${listed(shared, 6)}`}.`,
      shared: both('text', shared, 8),
    };
  },
  contained: (_a, _b, { contained }) => {
    if (contained >= 's4') return { text: 'Most of what the shorter text says stands in the longer one.' };
    if (contained >= 's3') return { text: 'Part of what the shorter text says stands in the longer one.' };
    return { text: 'The shorter text says things that the longer one does not.' };
  },
  substance: (_a, _b, { substance }) => {
    if (substance >= 's4') return { text: 'What they share is much, and not said of many flaws.' };
    if (substance >= 's3') return { text: 'They share something that is not said of many flaws.' };
    return { text: 'What they share is little, or is said of many flaws.' };
  },
  title: (a, b, facts) => {
    const shared = common(a.title, b.title).filter((word) => tellingOf(word) >= 2);
    if (shared.length > 0) return { text: `The titles share ${listed(shared)}.`, shared: both('title', shared) };
    return {
      text: facts.title === 's0' ? 'The titles share nothing.' : 'The titles share words that many titles hold.',
    };
  },
  apart: (a, b, { apart }) => {
    const [left, right] = [onlyIn(a, b), onlyIn(b, a)].map((terms) => listed(terms, 4) || 'nothing of weight');
    const sides = `only one says ${left}; only the other ${right}`;
    if (apart <= 's1') return { text: 'Neither says anything of weight that the other does not.' };
    if (apart <= 's3') return { text: `Little of weight stands in one alone: ${sides}.` };
    if (apart <= 's6') return { text: `They differ no more than two reports of one flaw do: ${sides}.` };
    return { text: `They differ in much of weight: ${sides}.` };
  },
  marks: (a, b, facts) => {
    const shared = common(a.marks, b.marks);
    switch (facts.marks) {
      case 'all':
        return { text: `Both name ${listed(shared)}.`, shared: both('text', shared) };
      case 'most':
      case 'some':
        return {
          text: `Both name ${listed(shared, 3)}, and each names what the other does not.`,
          shared: both('text', shared),
        };
      case 'none':
        return { text: `They name different things in code: ${listed(a.marks, 3)}; ${listed(b.marks, 3)}.` };
      case 'unknown':
        return undefined;
    }
  },
  numbers: (a, b, facts) => {
    const shared = common(a.numbers, b.numbers);
    switch (facts.numbers) {
      case 'all':
        return { text: `Both texts name the versions ${listed(shared)}.`, shared: both('text', shared) };
      case 'some':
        return {
          text: `Both texts name the versions ${listed(shared, 3)}, and each names others.`,
          shared: both('text', shared),
        };
      case 'none':
        return { text: `The texts name different versions: ${listed(a.numbers, 3)}; ${listed(b.numbers, 3)}.` };
      case 'unknown':
        return undefined;
    }
  },
};

function placed(
  word: string,
  field: string,
  a: readonly string[],
  b: readonly string[],
  step: Facts['path'],
): Saying | undefined {
  if (step === 'unknown') return undefined;
  const shared = common(a, b);
  return step === 'shared'
    ? { text: `Both are in the ${word} ${listed(shared, 3)}.`, shared: both(field, shared) }
    : { text: `In different places: ${listed(a, 3)} and ${listed(b, 3)}.` };
}

/** Words that both hold, the rarest first. */
function tellingWords(a: Features, b: Features): string[] {
  const inB = new Set(b.terms);
  return byRarity(a.terms.filter((term) => inB.has(term))).slice(0, 8);
}

function onlyIn(a: Features, b: Features): string[] {
  const inB = new Set(b.terms);
  return byRarity(a.terms.filter((term) => !inB.has(term))).slice(0, 4);
}

const byRarity = (terms: string[]): string[] =>
  terms
    .map((term) => ({ term, weight: tellingOf(term) }))
    .sort((one, other) => other.weight - one.weight || (one.term < other.term ? -1 : 1))
    .map(({ term }) => term);
