/** Versions of a report, as far as two reports of different ecosystems can be compared by them. */

import * as vers from '../../advisory/vers.ts';
import { type Order, orderOf, orders } from '../../advisory/version/order.ts';

/** Affected versions from `from` (empty: from the first) up to `to` (empty: without end), which belongs to it or not. */
export interface Interval {
  from: string;
  to: string;
  isClosed: boolean;
}

const intervalsMax = 24;
const versionLengthMax = 60;

/** A version without the signs that only some write: `v1.20.0`, `1.20` and `=1.20.0` are one text. */
export function plainVersion(version: string): string {
  return version
    .slice(0, versionLengthMax)
    .trim()
    .toLowerCase()
    .replace(/^[=~^ ]*(?:v(?=\d))?/, '')
    .replace(/(?:\.0)+$/, '');
}

/** Intervals of ranges: vers (`vers:npm/>=1.0|<1.4`), or signs and versions as people write them (`>= 1.0, < 1.4`). Unreadable ones give none. */
export function intervalsOf(ranges: readonly string[], ecosystem: string): Interval[] {
  const order = orderOf(ecosystem) ?? orders.semver;
  const found: Interval[] = [];
  for (const range of ranges) {
    for (const interval of range.startsWith('vers:') ? ofVers(range) : ofSigns(range)) {
      if (found.length < intervalsMax) found.push(interval);
    }
  }
  return found.sort((a, b) => compareBounds(order, a.from, b.from) || compareBounds(order, a.to, b.to));
}

type Constraint = Pick<vers.Constraint, 'comparator' | 'version'>;

function ofVers(text: string): Interval[] {
  try {
    return ofConstraints(vers.read(text).constraints);
  } catch (error) {
    if (error instanceof vers.VersError) return [];
    throw error;
  }
}

function ofSigns(text: string): Interval[] {
  return text
    .slice(0, 4_000)
    .split('||')
    .flatMap((part) => {
      const constraints = [...part.matchAll(/(>=|<=|<|>|=)\s{0,4}([\w.+-]{1,60})/g)].map(
        ([, comparator, version]): Constraint => ({
          comparator: comparator as Constraint['comparator'],
          version: version!,
        }),
      );
      return constraints.length === 0 ? [] : ofConstraints(constraints);
    });
}

function ofConstraints(constraints: readonly Constraint[]): Interval[] {
  const found: Interval[] = [];
  let from: string | undefined = '';
  let isOpen = false;
  for (const { comparator, version } of constraints) {
    const plain = plainVersion(version);
    switch (comparator) {
      case '*':
        return [{ from: '', to: '', isClosed: false }];
      case '=':
        found.push({ from: plain, to: plain, isClosed: true });
        break;
      case '>':
      case '>=':
        from = plain === '0' ? '' : plain;
        isOpen = true;
        break;
      case '<':
      case '<=':
        if (from !== undefined) found.push({ from, to: plain, isClosed: comparator === '<=' });
        from = undefined;
        isOpen = false;
        break;
      case '!=':
        break;
    }
  }
  if (isOpen && from !== undefined) found.push({ from, to: '', isClosed: false });
  return found;
}

/** How the affected versions of two reports lie to each other. */
export type Overlap = 'unknown' | 'equal' | 'within' | 'around' | 'overlapping' | 'apart';

/** `within`: all of `a` is affected in `b` too, and more. Reports of one ecosystem are compared in its order, others as dotted numbers. */
export function overlapOf(a: readonly Interval[], b: readonly Interval[], order: Order): Overlap {
  if (a.length === 0 || b.length === 0) return 'unknown';
  const isAIn = a.every((one) => b.some((other) => holds(order, other, one)));
  const isBIn = b.every((one) => a.some((other) => holds(order, other, one)));
  if (isAIn && isBIn) return 'equal';
  if (isAIn) return 'within';
  if (isBIn) return 'around';
  return a.some((one) => b.some((other) => meets(order, one, other))) ? 'overlapping' : 'apart';
}

/** Whether a version lies in one of the intervals. */
export function isAffected(intervals: readonly Interval[], version: string, order: Order): boolean {
  return intervals.some(
    ({ from, to, isClosed }) =>
      (from === '' || order.compare(from, version) <= 0) &&
      (to === '' || order.compare(version, to) < (isClosed ? 1 : 0)),
  );
}

function holds(order: Order, outer: Interval, inner: Interval): boolean {
  if (outer.from !== '' && (inner.from === '' || order.compare(outer.from, inner.from) > 0)) return false;
  if (outer.to === '') return true;
  if (inner.to === '') return false;
  const difference = order.compare(inner.to, outer.to);
  return difference < 0 || (difference === 0 && (outer.isClosed || !inner.isClosed));
}

function meets(order: Order, a: Interval, b: Interval): boolean {
  return !isBefore(order, a, b) && !isBefore(order, b, a);
}

function isBefore(order: Order, a: Interval, b: Interval): boolean {
  if (a.to === '' || b.from === '') return false;
  const difference = order.compare(a.to, b.from);
  return difference < 0 || (difference === 0 && !a.isClosed);
}

function compareBounds(order: Order, a: string, b: string): number {
  return a === b ? 0 : a === '' ? -1 : b === '' ? 1 : order.compare(a, b);
}
