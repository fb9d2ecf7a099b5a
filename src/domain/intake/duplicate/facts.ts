/**
 * What two reports have in common, fact by fact. Each fact falls into one of a few named steps; how far a step speaks for
 * the same flaw is measured (weights.json), so that a judgement is a sum that a person can follow.
 */
import { orderOf, orders } from '../../advisory/version/order.ts';
import type { Features } from './features.ts';
import type { Layer } from './hint.ts';
import { weightOf } from './text.ts';
import { overlapOf } from './versions.ts';
import * as weaknesses from './weaknesses.ts';

/** The steps of each fact. `unknown`: one of the two reports does not say. */
export const steps = {
  package: ['same', 'core', 'part', 'named', 'other', 'unknown'],
  fixed: ['all', 'some', 'told', 'none', 'unknown'],
  affected: ['equal', 'nested', 'overlapping', 'apart', 'unknown'],
  path: ['shared', 'other', 'unknown'],
  symbol: ['shared', 'told', 'other', 'unknown'],
  stack: ['same', 'shared', 'other', 'unknown'],
  reference: ['shared', 'other', 'unknown'],
  weakness: ['shared', 'related', 'other', 'unknown'],
  vector: ['same', 'close', 'other', 'unknown'],
  time: ['days', 'weeks', 'months', 'years', 'unknown'],
  words: ['s0', 's1', 's2', 's3', 's4', 's5', 's6', 's7'],
  contained: ['s0', 's1', 's2', 's3', 's4', 's5', 's6', 's7'],
  substance: ['s0', 's1', 's2', 's3', 's4', 's5', 's6', 's7'],
  title: ['s0', 's1', 's2', 's3', 's4', 's5', 's6', 's7'],
  apart: ['s0', 's1', 's2', 's3', 's4', 's5', 's6', 's7'],
  marks: ['all', 'most', 'some', 'none', 'unknown'],
  numbers: ['all', 'some', 'none', 'unknown'],
} as const;

export type Fact = keyof typeof steps;
export type Facts = { [F in Fact]: (typeof steps)[F][number] };
type Level = Facts['words'];

export const facts = Object.keys(steps) as Fact[];

const text: ReadonlySet<Fact> = new Set<Fact>([
  'words',
  'contained',
  'substance',
  'title',
  'apart',
  'marks',
  'numbers',
]);
export const layerOf = (fact: Fact): Layer => (text.has(fact) ? 'text' : 'structure');

export function factsOf(a: Features, b: Features): Facts {
  const overlap = overlapOf(a.affected, b.affected, commonOrder(a, b));
  const { cosine, inclusion, shared, apart } = likenessOf(a, b);
  return {
    package: packageOf(a, b),
    fixed: fixedOf(a, b),
    affected: overlap === 'within' || overlap === 'around' ? 'nested' : overlap,
    path: meeting(a.paths, b.paths),
    symbol: symbolOf(a, b),
    stack: stackOf(a, b),
    reference: meeting(a.references, b.references),
    weakness: weaknesses.meetingOf(a.weaknesses, b.weaknesses),
    vector: vectorOf(a.vector, b.vector),
    time: timeOf(a.day, b.day),
    words: levelOf(cosine, bounds.words),
    contained: levelOf(inclusion, bounds.contained),
    substance: levelOf(shared, bounds.substance),
    title: levelOf(titleOf(a.title, b.title), bounds.title),
    apart: levelOf(apart, bounds.apart),
    marks: marksOf(a.marks, b.marks),
    numbers: share(a.numbers, b.numbers),
  };
}

/** The order in which versions of both are compared. */
export function commonOrder(a: Features, b: Features) {
  const [left, right] = [ecosystemOf(a), ecosystemOf(b)];
  return (left === right ? orderOf(left) : undefined) ?? orders.semver;
}
const ecosystemOf = ({ packages }: Features): string => packages[0]?.slice(0, packages[0].indexOf('\t')) ?? '';

/** Where the levels of each likeness begin. Weights of words are in eighths of a natural logarithm. */
const bounds = {
  words: [0.15, 0.3, 0.45, 0.6, 0.75, 0.88, 0.96],
  contained: [0.3, 0.45, 0.6, 0.75, 0.87, 0.94, 0.985],
  substance: [60, 120, 220, 350, 550, 850, 1300],
  title: [0.08, 0.18, 0.3, 0.45, 0.6, 0.78, 0.93],
  apart: [4, 16, 32, 56, 96, 170, 300],
};
function levelOf(value: number, own: readonly number[]): Level {
  let index = 0;
  while (index < own.length && value >= own[index]!) index++;
  return steps.words[index]!;
}

function packageOf(a: Features, b: Features): Facts['package'] {
  if (a.packages.some((one) => b.packages.includes(one))) return 'same';
  if (a.cores.length === 0 || b.cores.length === 0) return 'unknown';
  if (isFirst(a, b) || isFirst(b, a)) return 'core';
  if (a.cores.some((one) => b.cores.includes(one))) return 'part';
  if (a.cores.some((one) => includes(b.terms, one)) || b.cores.some((one) => includes(a.terms, one))) return 'named';
  return 'other';
}

const isFirst = (a: Features, b: Features): boolean => a.cores[0] === b.cores[0] || a.cores[0] === b.cores[1];

function fixedOf(a: Features, b: Features): Facts['fixed'] {
  if (a.fixed.length > 0 && b.fixed.length > 0) return share(a.fixed, b.fixed);
  const isTold = a.fixed.some((one) => b.numbers.includes(one)) || b.fixed.some((one) => a.numbers.includes(one));
  return isTold ? 'told' : 'unknown';
}

function share(a: readonly string[], b: readonly string[]): 'all' | 'some' | 'none' | 'unknown' {
  if (a.length === 0 || b.length === 0) return 'unknown';
  const shared = a.filter((one) => b.includes(one)).length;
  return shared === 0 ? 'none' : shared === Math.min(a.length, b.length) ? 'all' : 'some';
}

function meeting<T>(a: readonly T[], b: readonly T[]): 'shared' | 'other' | 'unknown' {
  if (a.length === 0 || b.length === 0) return 'unknown';
  return a.some((one) => b.includes(one)) ? 'shared' : 'other';
}

/** A function that one names as the place counts in the other's stack and text too. */
function symbolOf(a: Features, b: Features): Facts['symbol'] {
  const met = meeting(a.symbols, b.symbols);
  if (met === 'shared') return met;
  const isIn = (symbol: string, other: Features) =>
    other.stack?.frames.includes(symbol) === true || includes(other.marks, symbol.toLowerCase());
  return a.symbols.some((symbol) => isIn(symbol, b)) || b.symbols.some((symbol) => isIn(symbol, a)) ? 'told' : met;
}

function stackOf({ stack: a }: Features, { stack: b }: Features): Facts['stack'] {
  if (a === undefined || b === undefined || a.frames.length === 0 || b.frames.length === 0) return 'unknown';
  const top = Math.min(3, a.frames.length, b.frames.length);
  if (a.frames.slice(0, top).join('\n') === b.frames.slice(0, top).join('\n')) return 'same';
  return a.frames.some((frame) => b.frames.includes(frame)) ? 'shared' : 'other';
}

function vectorOf(a: string, b: string): Facts['vector'] {
  if (a === '' || b === '') return 'unknown';
  let different = 0;
  for (let index = 0; index < a.length; index++) {
    if (a[index] !== b[index] && a[index] !== '-' && b[index] !== '-') different++;
  }
  return different === 0 ? 'same' : different <= 2 ? 'close' : 'other';
}

function timeOf(a: number | undefined, b: number | undefined): Facts['time'] {
  if (a === undefined || b === undefined) return 'unknown';
  const days = Math.abs(a - b);
  return days <= 3 ? 'days' : days <= 30 ? 'weeks' : days <= 365 ? 'months' : 'years';
}

/** Cosine of the weighed words; the share of the shorter text's weight that the longer one has; how much each has that the other lacks. */
function likenessOf(a: Features, b: Features): { cosine: number; inclusion: number; shared: number; apart: number } {
  let [left, right] = [0, 0];
  let [dot, squaresA, squaresB, sharedA, sharedB, allA, allB] = [0, 0, 0, 0, 0, 0, 0];
  while (left < a.terms.length || right < b.terms.length) {
    const [one, other] = [a.terms[left], b.terms[right]];
    const isA = other === undefined || (one !== undefined && one <= other);
    const isB = one === undefined || (other !== undefined && other <= one);
    const weightA = isA ? a.weights[left++]! : 0;
    const weightB = isB ? b.weights[right++]! : 0;
    squaresA += weightA * weightA;
    squaresB += weightB * weightB;
    allA += weightA;
    allB += weightB;
    if (isA && isB) {
      dot += weightA * weightB;
      sharedA += weightA;
      sharedB += weightB;
    }
  }
  if (allA === 0 || allB === 0) return { cosine: 0, inclusion: 0, shared: 0, apart: 0 };
  return {
    cosine: dot / Math.sqrt(squaresA * squaresB),
    inclusion: Math.max(sharedA / allA, sharedB / allB),
    shared: Math.min(sharedA, sharedB),
    apart: Math.min(allA - sharedA, allB - sharedB),
  };
}

function titleOf(a: readonly string[], b: readonly string[]): number {
  let shared = 0;
  let all = 0;
  for (const word of a) {
    const weight = weightOf(word);
    all += weight;
    if (b.includes(word)) shared += weight;
  }
  for (const word of b) if (!a.includes(word)) all += weightOf(word);
  return all === 0 ? 0 : shared / all;
}

function marksOf(a: readonly string[], b: readonly string[]): Facts['marks'] {
  if (a.length === 0 || b.length === 0) return 'unknown';
  const shared = a.filter((one) => includes(b, one)).length / Math.min(a.length, b.length);
  return shared === 1 ? 'all' : shared >= 0.5 ? 'most' : shared > 0 ? 'some' : 'none';
}

/** Whether a list in the order of the alphabet holds a word. */
function includes(sorted: readonly string[], word: string): boolean {
  let [low, high] = [0, sorted.length - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const at = sorted[middle]!;
    if (at === word) return true;
    if (at < word) low = middle + 1;
    else high = middle - 1;
  }
  return false;
}
