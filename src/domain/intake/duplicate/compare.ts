/** Two reports side by side: how they stand to each other, how sure that is, and why. */
import { commonOrder, type Facts, factsOf } from './facts.ts';
import type { Features } from './features.ts';
import type { Judgement, Reason, Relation } from './hint.ts';
import { confidenceOf, oddsOf } from './odds.ts';
import { reasonsOf } from './reasons.ts';
import { isAffected, overlapOf } from './versions.ts';

/**
 * From this confidence on a hint is a proposal that one key accepts; below it is a hint to look at. Nothing merges by
 * itself. The measured precision at this mark is in docs/methods.md.
 */
export const proposalMin = 0.995;

/**
 * How two reports stand to each other. Symmetric: exchanging the two exchanges the sides of what is shared and nothing else.
 * `confidence` is that of the pair by itself; where the rivals of both are known, `group` knows better.
 */
export function compare(a: Features, b: Features): Judgement {
  const exact = exactly(a, b);
  const facts = factsOf(a, b);
  const confidence = exact.length > 0 ? exactConfidence : confidenceOf(oddsOf(facts), facts, 'pair');
  let reasons: Reason[] | undefined;
  return {
    relation: relationOf(a, b, facts, confidence),
    confidence,
    // Of many pairs few are shown: their sentences are made when somebody reads them.
    get reasons() {
      reasons ??= [...exact, ...reasonsOf(a, b, facts)];
      return reasons;
    },
  };
}

/** What is exactly equal is one flaw unless the reporters err; aliases are sometimes wrong at the source. */
export const exactConfidence = 0.999;
const exactWeight = 6.9;

/** Reasons of the exact layer: a name of the flaw that both give, or the same words about the same component. */
export function exactly(a: Features, b: Features): Reason[] {
  const reasons: Reason[] = [];
  const alias = a.aliases.find((one) => b.aliases.includes(one));
  if (alias !== undefined) {
    reasons.push({
      layer: 'exact',
      fact: 'alias',
      text: `Both name ${alias}.`,
      shared: [{ field: 'aliases', a: alias, b: alias }],
      weight: exactWeight,
    });
  }
  if (isCopy(a, b)) {
    reasons.push({
      layer: 'exact',
      fact: 'copy',
      text: 'Title and description are the same, word for word, and so are component, versions and places.',
      shared: [{ field: 'component', a: a.name, b: b.name }],
      weight: exactWeight,
    });
  }
  return reasons;
}

/** Fewer words than these are a heading: two flaws may go under it. */
const copyWordsMin = 8;

function isCopy(a: Features, b: Features): boolean {
  return (
    a.digest === b.digest &&
    a.size >= copyWordsMin &&
    a.name === b.name &&
    a.packages.join() === b.packages.join() &&
    a.fixed.join() === b.fixed.join() &&
    a.paths.join() === b.paths.join() &&
    a.symbols.join() === b.symbols.join()
  );
}

/**
 * The relation by stated rules, the first that holds:
 * `regression`: one component and weakness or place, the fix of one lies among the versions that the other, later one affects, and
 * either no version is affected in both or the confidence is below 0.5; or one names the other and says that its fix was not enough;
 * one flaw (confidence 0.5 or more): `subsumed` when in one package the affected versions or the paths of one are a true part of the
 * other's, otherwise `duplicate`;
 * `chain`: one names the other, or one component where what one gives (access) is what the other needs;
 * `variant`: one component, the same kind of weakness, another place; otherwise `distinct`.
 */
function relationOf(a: Features, b: Features, facts: Facts, confidence: number): Relation {
  const isOneComponent = facts.package === 'same' || facts.package === 'core';
  const isNamed = names(a, b) || names(b, a);
  const isOneWeakness = facts.weakness === 'shared' || facts.weakness === 'related';
  const isOnePlace = facts.path === 'shared' || facts.symbol === 'shared' || facts.stack === 'same';
  const isRegression =
    (isNamed && (a.isFollowUp || b.isFollowUp)) ||
    (isOneComponent && (isOneWeakness || isOnePlace) && isBack(a, b, facts));
  // Versions that do not meet, of one place: the same flaw come back, however alike it is.
  if (isRegression && (confidence < 0.5 || facts.affected === 'apart')) return 'regression';
  if (confidence >= 0.5) return isPart(a, b, facts) || isPart(b, a, facts) ? 'subsumed' : 'duplicate';
  if (isNamed || (isOneComponent && (opens(a, b) || opens(b, a)))) return 'chain';
  return isOneComponent && (isOneWeakness || (facts.weakness === 'unknown' && facts.words >= 's5'))
    ? 'variant'
    : 'distinct';
}

function isPart(a: Features, b: Features, facts: Facts): boolean {
  if (facts.package !== 'same') return false;
  if (facts.affected === 'nested' && overlapOf(a.affected, b.affected, commonOrder(a, b)) === 'within') return true;
  return facts.path === 'shared' && a.paths.length < b.paths.length && a.paths.every((path) => b.paths.includes(path));
}

const names = (a: Features, b: Features): boolean => a.mentions.some((name) => b.aliases.includes(name));

/** The earlier one's fix is among the versions that the later one affects, in one place or by the later one's own word. */
function isBack(a: Features, b: Features, facts: Facts): boolean {
  const order = commonOrder(a, b);
  const isFixAffected = (earlier: Features, later: Features) =>
    (earlier.day === undefined || later.day === undefined || earlier.day <= later.day) &&
    earlier.fixed.length > 0 &&
    later.affected.length > 0 &&
    earlier.fixed.every((version) => isAffected(later.affected, version, order)) &&
    (later.isFollowUp || facts.path === 'shared' || facts.symbol === 'shared' || facts.stack === 'same');
  return isFixAffected(a, b) || isFixAffected(b, a);
}

/** Weaknesses that let somebody in: missing or wrong authentication, known passwords, stolen sessions, forged requests. */
const entrances = new Set([287, 288, 290, 294, 306, 384, 521, 522, 798, 1390, 1391]);

/** Needs no privileges and lets somebody in, where the other needs privileges. */
function opens(a: Features, b: Features): boolean {
  return (
    a.weaknesses.some((one) => entrances.has(one)) &&
    a.vector[2] === 'N' &&
    (b.vector[2] === 'L' || b.vector[2] === 'H')
  );
}
