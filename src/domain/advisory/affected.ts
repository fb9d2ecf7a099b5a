import type { Advisory, Affected, Range } from './advisory.ts';
import { identityOf, nameIn, type PackageIdentity } from './package.ts';
import { type Order, orderOf, orders } from './version/order.ts';

/**
 * Why an advisory speaks of a version of a package. `affected` is the answer of the OSV rules; `undetermined` says that
 * they give none, since the order of the versions or the version itself is not known: a person has to look.
 */
export interface Reason {
  certainty: 'affected' | 'undetermined';
  /** Which entry of `affected`, from 0. */
  entry: number;
  by:
    | { kind: 'range'; range: number; type: string; introduced: string; end?: RangeEnd }
    | { kind: 'list'; listed: string }
    | { kind: 'unknown'; why: 'order_unknown' | 'version_unknown'; range?: number };
  /**
   * The entry contradicts itself: the version is in a range but not in the list of versions, or the other way round.
   * OSV takes the union, and so do we; the reader should know.
   */
  conflict?: 'not_listed' | 'not_in_range';
}

/** The event that ends a range: `fixed` and `limit` exclude their version, `last_affected` includes it. */
export interface RangeEnd {
  kind: 'fixed' | 'last_affected' | 'limit';
  version: string;
}

/**
 * The rules of OSV schema 1.7, "Evaluation", written to be obviously right: a package at a version is affected when any
 * entry for the package lists the version or holds a range around it. A withdrawn advisory affects nothing. This is
 * what the packed index is tested against. `name` and `ecosystem` are in the form that `identityOf` gives.
 *
 * A version equals a listed one when the texts are equal or the ecosystem's order says so. Commits are matched by name
 * only (an event or a list that names the very commit): no commit graph is held.
 */
export function affects(advisory: Advisory, of: PackageIdentity, version: string): Reason | undefined {
  if (advisory.withdrawn !== undefined) return undefined;
  let undetermined: Reason | undefined;
  for (const [entry, affected] of (advisory.affected ?? []).entries()) {
    const reason = of.ecosystem === 'GIT' ? affectsCommit(affected, entry, of.name, version) : undefined;
    if (reason !== undefined) return reason;
    if (affected.package === undefined) continue;
    const identity = identityOf(affected.package);
    if (identity.ecosystem !== of.ecosystem || identity.name !== of.name) continue;
    const found = entryAffects(affected, entry, of.ecosystem, version);
    if (found?.certainty === 'affected') return found;
    undetermined ??= found;
  }
  return undetermined;
}

function entryAffects(affected: Affected, entry: number, ecosystem: string, version: string): Reason | undefined {
  const own = orderOf(ecosystem);
  const listed = listedAs(affected.versions ?? [], own, version);
  let undetermined: Reason | undefined;
  for (const [index, range] of (affected.ranges ?? []).entries()) {
    if (range.type === 'GIT') continue;
    const order = range.type === 'SEMVER' ? orders.semver : own;
    const held = rangeHolds(range, order, version);
    if (held === 'unknown') {
      const why = hasNumber(version) ? 'order_unknown' : 'version_unknown';
      undetermined ??= { certainty: 'undetermined', entry, by: { kind: 'unknown', why, range: index } };
    } else if (held !== undefined) {
      const isUnlisted = hasNumber(version) && (affected.versions?.length ?? 0) > 0 && listed === undefined;
      return {
        certainty: 'affected',
        entry,
        by: { kind: 'range', range: index, type: range.type, ...held },
        ...(isUnlisted ? { conflict: 'not_listed' } : {}),
      };
    }
  }
  if (listed !== undefined) {
    const isOutside =
      undetermined === undefined && hasNumber(version) && (affected.ranges ?? []).some((range) => range.type !== 'GIT');
    return {
      certainty: 'affected',
      entry,
      by: { kind: 'list', listed },
      ...(isOutside ? { conflict: 'not_in_range' } : {}),
    };
  }
  if (undetermined === undefined && !hasNumber(version) && (affected.versions?.length ?? 0) > 0) {
    return { certainty: 'undetermined', entry, by: { kind: 'unknown', why: 'version_unknown' } };
  }
  return undetermined;
}

/** A version without any digit (`latest`, `unknown`, nothing) has no place in an order of versions. */
export function hasNumber(version: string): boolean {
  return /\d/.test(version);
}

function listedAs(versions: string[], order: Order | undefined, version: string): string | undefined {
  if (versions.includes(version)) return version;
  if (order === undefined || !hasNumber(version)) return undefined;
  return versions.find((listed) => hasNumber(listed) && order.compare(listed, version) === 0);
}

/**
 * The events in order of version, applied one after the other (OSV schema 1.7, "Evaluation": `IncludedInRanges`). At
 * one version events apply as written, except that `last_affected` takes effect after the version, not at it.
 */
function rangeHolds(
  range: Range,
  order: Order | undefined,
  version: string,
): { introduced: string; end?: RangeEnd } | undefined | 'unknown' {
  const { events } = range;
  const limits = events.flatMap((event) => (event.limit === undefined ? [] : [event.limit]));
  const isUnlimited = limits.length === 0 || limits.includes('*');
  const hasEnd = events.some((event) => event.introduced === undefined && event.limit === undefined);
  const isWhole = isUnlimited && !hasEnd && events.some((event) => event.introduced === '0');
  if (isWhole) return { introduced: '0' };
  if (!events.some((event) => event.introduced !== undefined)) return undefined;
  if (order === undefined || !hasNumber(version)) return 'unknown';

  if (!isUnlimited && !limits.some((limit) => order.compare(version, limit) < 0)) return undefined;

  const ordered = events
    .filter((event) => event.limit === undefined)
    .map((event) => ({ ...event, at: event.introduced ?? event.fixed ?? event.last_affected ?? '' }))
    .sort(
      (a, b) =>
        Number(b.introduced === '0') - Number(a.introduced === '0') ||
        order.compare(a.at, b.at) ||
        Number(a.last_affected !== undefined) - Number(b.last_affected !== undefined),
    );
  let introduced: string | undefined;
  let end: RangeEnd | undefined;
  for (const event of ordered) {
    if (introduced !== undefined && end === undefined && event.introduced === undefined) {
      end =
        event.fixed === undefined ? { kind: 'last_affected', version: event.at } : { kind: 'fixed', version: event.at };
    }
    if (event.introduced === '0' || (event.introduced !== undefined && order.compare(version, event.at) >= 0)) {
      introduced ??= event.introduced;
      continue;
    }
    if (event.introduced !== undefined) continue;
    const isPast = order.compare(version, event.at) >= (event.fixed === undefined ? 1 : 0);
    if (!isPast) continue;
    introduced = undefined;
    end = undefined;
  }
  if (introduced === undefined) return undefined;
  if (!isUnlimited) {
    const last = limits.reduce((a, b) => (order.compare(a, b) >= 0 ? a : b));
    const difference = end === undefined ? -1 : order.compare(last, end.version);
    if (difference < 0 || (difference === 0 && end?.kind === 'last_affected')) end = { kind: 'limit', version: last };
  }
  return end === undefined ? { introduced } : { introduced, end };
}

/** `name` is the repository, or empty for a commit of which only the hash is known. */
function affectsCommit(affected: Affected, entry: number, name: string, commit: string): Reason | undefined {
  const ranges = affected.ranges ?? [];
  const isHere = (range: Range) =>
    range.type === 'GIT' && (name === '' ? /^[0-9a-f]{40}$/.test(commit) : nameIn('GIT', range.repo ?? '') === name);
  for (const [index, range] of ranges.entries()) {
    if (!isHere(range)) continue;
    for (const event of range.events) {
      const named = event.introduced ?? event.last_affected;
      if (named !== commit || commit === '0') continue;
      const end = event.last_affected === undefined ? undefined : { kind: 'last_affected' as const, version: named };
      return {
        certainty: 'affected',
        entry,
        by: { kind: 'range', range: index, type: 'GIT', introduced: named, ...(end === undefined ? {} : { end }) },
      };
    }
  }
  if (affected.package === undefined && ranges.some(isHere) && (affected.versions ?? []).includes(commit)) {
    return { certainty: 'affected', entry, by: { kind: 'list', listed: commit } };
  }
  return undefined;
}
