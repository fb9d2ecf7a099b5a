/** Two reports side by side: how they stand to each other, how sure that is, and why. */
import { commonOrder, type Facts, factsOf, layerOf } from './facts.ts';
import type { Features } from './features.ts';
import type { Judgement, Reason, Relation } from './hint.ts';
import { isAffected } from './versions.ts';
import frozen from './weights.json' with { type: 'json' };

const weights = frozen.facts as { [K in keyof Facts]: Record<Facts[K], number> };

/**
 * From this confidence on a hint is a proposal that one key accepts; below it is a hint to look at. Nothing merges by
 * itself. The measured precision at this mark is in docs/methods.md.
 */
export const proposalMin = 0.995;

/** Symmetric: `compare(a, b)` and `compare(b, a)` give the same relation and confidence, with the sides exchanged. */
export function compare(a: Features, b: Features): Judgement {
  const exact = exactly(a, b);
  if (exact !== undefined) return exact;
  const facts = factsOf(a, b);
  const confidence = 1 / (1 + Math.exp(-oddsOf(facts)));
  return { relation: relationOf(a, b, facts, confidence), confidence, reasons: reasonsOf(a, b, facts) };
}

/** Log-odds that the two are one flaw. */
export function oddsOf(facts: Facts): number {
  let odds = frozen.bias;
  for (const fact of Object.keys(weights) as (keyof Facts)[]) {
    odds += (weights[fact] as Record<string, number>)[facts[fact]] ?? 0;
  }
  return odds;
}

function exactly(a: Features, b: Features): Judgement | undefined {
  const alias = a.aliases.find((one) => b.aliases.includes(one));
  const reasons: Reason[] = [];
  if (alias !== undefined) {
    reasons.push({
      layer: 'exact',
      fact: 'alias',
      text: `Both name ${alias}.`,
      shared: [{ field: 'aliases', a: alias, b: alias }],
      weight: 7,
    });
  }
  if (
    a.digest === b.digest &&
    a.size > 3 &&
    a.packages.join() === b.packages.join() &&
    a.cores.join() === b.cores.join()
  ) {
    reasons.push({
      layer: 'exact',
      fact: 'text',
      text: 'Title and description are the same, word for word, and so is the component.',
      weight: 7,
    });
  }
  return reasons.length === 0 ? undefined : { relation: 'duplicate', confidence: 0.999, reasons };
}

function relationOf(a: Features, b: Features, facts: Facts, confidence: number): Relation {
  const isOneComponent = facts.package === 'same' || facts.package === 'core';
  if (confidence >= 0.5) return facts.affected === 'within' || facts.affected === 'around' ? 'subsumed' : 'duplicate';
  if (a.mentions.some((one) => b.aliases.includes(one)) || b.mentions.some((one) => a.aliases.includes(one)))
    return 'chain';
  if (!isOneComponent || facts.weakness !== 'shared') return 'distinct';
  const order = commonOrder(a, b);
  const isBack = (one: Features, other: Features) =>
    one.fixed.some((version) => isAffected(other.affected, version, order));
  if ((facts.path === 'shared' || facts.symbol === 'shared') && (isBack(a, b) || isBack(b, a))) return 'regression';
  return 'variant';
}

function reasonsOf(_a: Features, _b: Features, facts: Facts): Reason[] {
  return (Object.keys(weights) as (keyof Facts)[])
    .map(
      (fact): Reason => ({
        layer: layerOf[fact],
        fact,
        text: `${fact}: ${facts[fact]}`,
        weight: (weights[fact] as Record<string, number>)[facts[fact]] ?? 0,
      }),
    )
    .filter(({ weight }) => weight !== 0)
    .sort((x, y) => Math.abs(y.weight) - Math.abs(x.weight));
}
