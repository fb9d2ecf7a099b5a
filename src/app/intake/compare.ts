/**
 * Compares new findings with all others and keeps the best few partners of each. Every step is one statement for a whole batch. The
 * outcome is the same in whatever order and batches the findings come, as long as no key is shared by more than `bucketMax`.
 */
import { compare, exactly } from '../../domain/intake/duplicate/compare.ts';
import { factsOf } from '../../domain/intake/duplicate/facts.ts';
import { type Features, featuresOf } from '../../domain/intake/duplicate/features.ts';
import { bucketMax, keysOf } from '../../domain/intake/duplicate/keys.ts';
import { isAgreed, oddsOf, shareOf } from '../../domain/intake/duplicate/odds.ts';
import { best, exactOdds, hintMin, isHint, type Partner } from '../../domain/intake/fold.ts';
import { traitsOf } from '../../domain/intake/queue.ts';
import type { Report } from '../../domain/intake/report.ts';
import type { Database, Tx } from '../../store/database.ts';
import * as hints from '../../store/intake/hints.ts';
import type { System } from '../system.ts';
import { refreshEntries } from './queue-entries.ts';

export interface NewFinding {
  number: number;
  id: string;
  /** The organisation that handed it in; the finding's own id where it came without an account. */
  source: string;
  /** With its reproduction, where it has one. */
  report: Report;
}

/** Others that one finding is compared with: those that share the most and the rarest keys. */
const candidatesMax = 48;

/**
 * Run as the instance itself, in the transaction that marks the findings as screened. Findings that were compared before are passed
 * over, so that a job may run twice. Takes a lock that holds other comparing, and for the last step one that holds coordinators' acts.
 */
export async function compareNew(system: System, tx: Tx, findings: NewFinding[]): Promise<void> {
  if (findings.length === 0) return;
  await hints.lockComparing(tx);
  const known = await hints.compared(
    tx,
    findings.map(({ number }) => number),
  );
  const fresh = findings
    .filter(({ number }) => !known.has(number))
    .map(({ number, source, report }) => {
      const features = featuresOf(report, source);
      return { number, report, features, keys: keysOf(features) };
    });
  if (fresh.length === 0) return;

  const pairs = await candidates(system, tx, fresh);
  const featuresFor = await load(system, tx, new Map(fresh.map(({ number, features }) => [number, features])), pairs);
  await hints.insert(
    tx,
    fresh.map(({ number, report, features, keys }) => ({
      finding: number,
      source: features.source,
      traits: traitsOf(report, features),
      keys,
      features: seal(system, number, features),
    })),
  );
  const found = judge(pairs, featuresFor);
  const kept = await hints.partners(
    tx,
    [...found.keys()].filter((finding) => !fresh.some((one) => one.number === finding)),
  );
  const changed = new Map<number, Partner[]>();
  for (const [finding, added] of found) {
    const before = kept.get(finding) ?? [];
    const next = best(before, added);
    if (next.some((partner) => added.includes(partner))) changed.set(finding, next);
  }
  await hints.replacePartners(tx, changed);
  await refreshEntries(system, tx, [...new Set([...changed.keys(), ...fresh.map(({ number }) => number)])]);
}

/** For each new finding the numbers of others to compare with; a pair of two new ones stands once, with the later. */
async function candidates(
  system: System,
  tx: Tx,
  fresh: { number: number; keys: bigint[] }[],
): Promise<Map<number, number[]>> {
  const mates = new Map<bigint, number[]>();
  for (const { number, keys } of fresh) {
    for (const key of keys) {
      const others = mates.get(key);
      if (others === undefined) mates.set(key, [number]);
      else others.push(number);
    }
  }
  const asked = [...mates.keys()];
  const found = await hints.buckets(tx, asked, bucketMax);
  // The newest of those that are kept and of those that come now.
  const bucketOf = new Map(
    asked.map((key, index) => {
      const all = [...(mates.get(key) ?? []), ...(found[index] ?? [])];
      return [key, all.length <= bucketMax ? all : all.sort((a, b) => b - a).slice(0, bucketMax)];
    }),
  );
  const capped = [...bucketOf.values()].filter((bucket) => bucket.length === bucketMax).length;
  if (capped > 0) {
    system.logger.debug({ keys: asked.length, capped }, 'keys that too many findings share: the newest are compared');
  }
  const pairs = new Map<number, number[]>();
  const chosen = new Map<number, Set<number>>();
  for (const { number, keys } of fresh) {
    const weights = new Map<number, number>();
    for (const key of keys) {
      const bucket = bucketOf.get(key) ?? [];
      for (const other of bucket) {
        if (other !== number) weights.set(other, (weights.get(other) ?? 0) + 1 / bucket.length);
      }
    }
    const others = [...weights]
      .sort(([a, weightA], [b, weightB]) => weightB - weightA || a - b)
      .slice(0, candidatesMax)
      .map(([other]) => other);
    const own = others.filter((other) => !chosen.get(other)?.has(number));
    chosen.set(number, new Set(own));
    pairs.set(number, own);
  }
  return pairs;
}

/** Judges every pair; gives for each finding what is worth keeping, on both sides. */
function judge(
  pairs: ReadonlyMap<number, number[]>,
  featuresFor: ReadonlyMap<number, Features>,
): Map<number, Partner[]> {
  const found = new Map<number, Partner[]>();
  const add = (finding: number, partner: Partner) => {
    const list = found.get(finding);
    if (list === undefined) found.set(finding, [partner]);
    else list.push(partner);
  };
  for (const [number, others] of pairs) {
    for (const other of others) {
      const [low, high] = number < other ? [number, other] : [other, number];
      const [a, b] = [featuresFor.get(low), featuresFor.get(high)];
      if (a === undefined || b === undefined) continue;
      const judged = judgeOf(a, b);
      if (judged === undefined) continue;
      add(low, { finding: high, source: b.source, ...judged });
      add(high, { finding: low, source: a.source, ...judged });
    }
  }
  return found;
}

/** What is worth keeping of a pair; nothing, where they have little in common. Reasons are told when somebody looks. */
function judgeOf(a: Features, b: Features): Omit<Partner, 'finding' | 'source'> | undefined {
  const isExact = exactly(a, b).length > 0;
  const facts = factsOf(a, b);
  const odds = isExact ? exactOdds : oddsOf(facts);
  const isNear = facts.package === 'same' || facts.package === 'core' || a.mentions.length > 0 || b.mentions.length > 0;
  const isAgreement = isAgreed(facts);
  if (!isExact && !isNear && shareOf(odds, isAgreement, 'pair') < hintMin) return undefined;
  const { relation, confidence } = compare(a, b);
  const judged = { relation, confidence, odds, isAgreed: isAgreement };
  return isHint(judged) ? judged : undefined;
}

const place = (finding: number) => `finding_features/${finding}`;
const seal = (system: System, finding: number, features: Features) =>
  system.secrets.seal(JSON.stringify(features), place(finding));

/** Features of a finding that were opened lately, by database: a campaign meets the same others again and again. */
const opened = new WeakMap<Database, Map<number, Features>>();
const openedMax = 4000;

/** The features of all findings of these pairs; those of `fresh` are at hand. */
async function load(
  system: System,
  tx: Tx,
  fresh: Map<number, Features>,
  pairs: ReadonlyMap<number, number[]>,
): Promise<Map<number, Features>> {
  const found = await loadFeatures(
    system,
    tx,
    [...new Set([...pairs.values()].flat())].filter((other) => !fresh.has(other)),
  );
  for (const [number, features] of fresh) found.set(number, features);
  return found;
}

/** What is kept of these findings for comparing. */
export async function loadFeatures(system: System, tx: Tx, findings: number[]): Promise<Map<number, Features>> {
  const cache = opened.get(system.database) ?? new Map<number, Features>();
  opened.set(system.database, cache);
  const found = new Map<number, Features>();
  const missing: number[] = [];
  for (const finding of findings) {
    const features = cache.get(finding);
    if (features === undefined) missing.push(finding);
    else found.set(finding, features);
  }
  if (missing.length === 0) return found;
  if (cache.size > openedMax) cache.clear();
  for (const row of await hints.features(tx, missing)) {
    const text = system.secrets.open(row.features, place(row.finding));
    if (text === undefined) continue;
    const features: Features = JSON.parse(text);
    cache.set(row.finding, features);
    found.set(row.finding, features);
  }
  return found;
}
