import type { Advisory, Affected, Range } from '../advisory.ts';
import { hasNumber, type RangeEnd, type Reason } from '../affected.ts';
import { familyOf, identityOf, nameIn, type PackageIdentity } from '../package.ts';
import { type Order, orderOf, orders } from '../version/order.ts';
import { Doubles, Ints } from './pool.ts';
import { Reader, Refused, type Texts, Writer } from './sections.ts';

/**
 * The packed match index of one ecosystem (all its releases).
 *
 * A **lane** is a package under one order of versions; nearly every package has one. A **row** is one advisory in one
 * lane. Its affected versions are **intervals** between the lane's **bounds**: the distinct versions, in order, at
 * which anything begins or ends. A lookup packs the version into a number, finds its place among the lane's bounds by
 * binary search, and reads the rows of that **segment**. Segments are laid out when a lane is first asked for, from
 * the intervals, which are what is saved.
 *
 * Where a list of rows for every segment would grow as rows times segments (a Linux kernel), the rows hang in a segment
 * tree instead: each interval at O(log n) nodes, and a lookup walks from leaf to root.
 *
 * Everything lies in typed arrays that all packages share; there is no object per package, row, interval or event.
 */
const kinds = { open: 0, fixed: 1, last_affected: 2, limit: 3, listed: 4, exact: 5, commit: 6, unknown: 7 } as const;
const kindMask = 7;
/** The entry also lists versions. */
const hasListFlag = 8;
/** The entry's ranges leave this listed version out. */
const outsideFlag = 16;
/** The range is of type SEMVER. */
const semverFlag = 32;

const afterFlag = 1;
const exactFlag = 2;

const kind = 'ASSAYIX1';
const none = -1;
const notLaidOut = -1;

/** Limits of what `load` takes: more than ten times the largest ecosystem. */
const countMax = 100_000_000;

const orderNames = Object.keys(orders) as (keyof typeof orders)[];

interface Entry {
  advisory: number;
  entry: number;
  affected: Affected;
}

/** An ecosystem's advisories, ready to be asked which of them speak of a package at a version. */
export class PackedIndex {
  /** The ecosystem without release, such as `PyPI` or `Debian`. */
  readonly family: string;
  /** Advisory ids by number. */
  readonly ids: string[] = [];

  private numberOf: Map<string, number> | undefined = new Map();
  private readonly lanes = new Map<string, Map<string, number>>();
  private readonly packageOfLane: PackageIdentity[] = [];
  private readonly orderOfLane: (Order | undefined)[] = [];
  private readonly nextLane = new Ints();
  private readonly rowStart = new Ints();
  private readonly rowCount = new Ints();
  private readonly boundStart = new Ints();
  private readonly boundCount = new Ints();
  private readonly knownStart = new Ints();
  private readonly knownCount = new Ints();

  private rowAdvisory = new Ints();
  private rowLane = new Ints();
  private rowIntervals = new Ints();

  /** Local number of a bound, counted from 1; 0 is before all (`low`) or after all (`high`). A text for exact kinds. */
  private low = new Ints();
  private high = new Ints();
  private kindAndFlags = new Ints();
  private entry = new Ints();
  private range = new Ints();

  private boundVersion = new Ints();
  private boundFlags = new Ints();
  private boundCode = new Doubles();
  private readonly boundKey: string[] = [];

  /** The versions that any advisory lists of the lane's package. */
  private known = new Ints();
  /** Listed by others, inside this interval, and not listed by its own entry. In order of interval. */
  private gapInterval = new Ints();
  private gapVersion = new Ints();

  /** Versions and other texts by number: those of the file that was read, then those added since. */
  private readTexts: Texts | undefined;
  private readonly addedTexts: string[] = [];
  private textNumber: Map<string, number> | undefined = new Map();

  private readonly laidOut = new Ints();
  private readonly isTree: boolean[] = [];
  private readonly listStart = new Ints();
  private readonly items = new Ints();
  private readonly exactRows: (Map<string, number[]> | undefined)[] = [];

  constructor(family: string) {
    this.family = family;
  }

  get packageCount(): number {
    let count = 0;
    for (const names of this.lanes.values()) count += names.size;
    return count;
  }

  get rowTotal(): number {
    return this.rowAdvisory.length;
  }

  get intervalTotal(): number {
    return this.low.length;
  }

  /** Bytes held in typed arrays, without the texts. */
  get byteSize(): number {
    let size = this.boundCode.data.byteLength;
    for (const column of Object.values(this)) if (column instanceof Ints) size += column.data.byteLength;
    return size;
  }

  /** The ecosystems held, with their releases, in code unit order. */
  ecosystems(): string[] {
    return [...this.lanes.keys()].sort();
  }

  /** Every package held, in no particular order. */
  *packages(): Generator<PackageIdentity> {
    for (const [ecosystem, names] of this.lanes) for (const name of names.keys()) yield { ecosystem, name };
  }

  /** The names of one ecosystem and the lane that each leads to; for callers that look names up their own way. */
  lanesOf(ecosystem: string): ReadonlyMap<string, number> {
    return this.lanes.get(ecosystem) ?? new Map();
  }

  laneOf(ecosystem: string, name: string): number {
    return this.lanes.get(ecosystem)?.get(name) ?? none;
  }

  /**
   * Writes the rows that speak of the version into `out` from `at` on, and gives the place after the last. `ecosystem`
   * and `name` are as `identityOf` gives them. Rows may be certain or undetermined: `explain` tells.
   */
  find(ecosystem: string, name: string, version: string, out: number[], at = 0): number {
    const lane = this.lanes.get(ecosystem)?.get(name);
    return lane === undefined ? at : this.findInLane(lane, version, out, at);
  }

  findInLane(lane: number, version: string, out: number[], at = 0): number {
    let end = this.findHere(lane, version, out, at);
    for (let next = this.nextLane.data[lane]!; next !== none; next = this.nextLane.data[next]!) {
      const before = end;
      end = this.findHere(next, version, out, before);
      end = this.dropRepeated(out, at, before, end);
    }
    return end;
  }

  /**
   * Whether a row that `find` gave for this version affects it, rather than leaving it undetermined: the certainty that
   * `explain` gives, at less cost.
   */
  isAffected(row: number, version: string): boolean {
    if (this.orderOf(row) !== undefined && hasNumber(version)) return true;
    const lane = this.rowLane.data[row]!;
    const { ecosystem, name } = this.packageOf(row);
    if (this.laneOf(ecosystem, name) !== lane || this.nextLane.data[lane] !== none) {
      return this.explain(row, version)?.certainty === 'affected';
    }
    // Without a place in an order, a version is affected where all are, and where its very text is named.
    for (let interval = this.rowIntervals.data[row]!; interval < this.rowIntervals.data[row + 1]!; interval++) {
      const isOpen = (this.kindAndFlags.data[interval]! & kindMask) === kinds.open;
      if (isOpen && this.low.data[interval] === 0) return true;
    }
    return this.exactRows[lane]?.get(version)?.includes(row) ?? false;
  }

  /** How many rows the package has: what `find` looks at for a version without any digit. */
  rowsOf(ecosystem: string, name: string): number {
    let count = 0;
    for (let lane = this.laneOf(ecosystem, name); lane !== none; lane = this.nextLane.data[lane]!) {
      count += this.rowCount.data[lane]!;
    }
    return count;
  }

  /** The number of the advisory that a row is about. */
  advisoryOf(row: number): number {
    return this.rowAdvisory.data[row]!;
  }

  packageOf(row: number): PackageIdentity {
    return this.packageOfLane[this.rowLane.data[row]!]!;
  }

  private findHere(lane: number, version: string, out: number[], at: number): number {
    let list = this.laidOut.data[lane]!;
    if (list === notLaidOut) list = this.layOut(lane);
    const order = this.orderOfLane[lane];
    let end = at;
    const first = version.charCodeAt(0);
    if (!(first >= 48 && first <= 57) && !hasNumber(version)) {
      const start = this.rowStart.data[lane]!;
      for (let row = start; row < start + this.rowCount.data[lane]!; row++) {
        if (this.explain(row, version) !== undefined) out[end++] = row;
      }
      return end;
    }
    if (order === undefined) {
      // No order: what holds of every version, what cannot be told, and what is named by its very text.
      end = this.copy(list, out, end);
      const exact = this.exactRows[lane]?.get(version);
      if (exact === undefined) return end;
      for (const row of exact) out[end++] = row;
      return this.dropRepeated(out, at, end - exact.length, end);
    }
    const { code, isExact } = order.pack(version);
    const segment = this.segmentOf(lane, order, version, code, isExact);
    if (!this.isTree[lane]) return this.copy(list + segment, out, end);
    const leaves = this.boundCount.data[lane]! + 1;
    for (let node = segment + leaves; node >= 1; node >>= 1) end = this.copy(list + node, out, end);
    return end;
  }

  private copy(list: number, out: number[], at: number): number {
    const items = this.items.data;
    const to = this.listStart.data[list + 1]!;
    let end = at;
    for (let index = this.listStart.data[list]!; index < to; index++) out[end++] = items[index]!;
    return end;
  }

  /** How many bounds of the lane lie at or before the version. */
  private segmentOf(lane: number, order: Order, version: string, code: number, isExact: boolean): number {
    const codes = this.boundCode.data;
    const first = this.boundStart.data[lane]!;
    const last = first + this.boundCount.data[lane]!;
    let low = first;
    let high = last;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (codes[middle]! < code) low = middle + 1;
      else high = middle;
    }
    if (low === last || codes[low]! !== code) return low - first;
    // Equal heads: equal versions when both heads are whole, otherwise the keys decide.
    let key: string | undefined;
    while (low < last && codes[low]! === code) {
      const flags = this.boundFlags.data[low]!;
      if (isExact && flags & exactFlag) {
        if (flags & afterFlag) break;
      } else {
        key ??= order.key(version);
        const bound = this.keyOfBound(low, order);
        if (bound > key || (bound === key && flags & afterFlag)) break;
      }
      low++;
    }
    return low - first;
  }

  private keyOfBound(bound: number, order: Order): string {
    let key = this.boundKey[bound];
    if (key === undefined) {
      key = order.key(this.textAt(this.boundVersion.data[bound]!));
      this.boundKey[bound] = key;
    }
    return key;
  }

  /** Removes from `out[from..to)` the rows whose advisory `out[at..from)` already holds. */
  private dropRepeated(out: number[], at: number, from: number, to: number): number {
    let end = from;
    for (let index = from; index < to; index++) {
      const advisory = this.rowAdvisory.data[out[index]!]!;
      let isRepeated = false;
      for (let earlier = at; earlier < from && !isRepeated; earlier++) {
        isRepeated = this.rowAdvisory.data[out[earlier]!]! === advisory;
      }
      if (!isRepeated) out[end++] = out[index]!;
    }
    return end;
  }

  /** Lays a lane's segments out from its intervals. */
  private layOut(lane: number): number {
    const segments = this.orderOfLane[lane] === undefined ? 1 : this.boundCount.data[lane]! + 1;
    const firstRow = this.rowStart.data[lane]!;
    const rows = this.rowCount.data[lane]!;
    const spans: number[] = [];
    let total = 0;
    for (let row = firstRow; row < firstRow + rows; row++) {
      const from = spans.length;
      this.addSpans(lane, row, segments, spans);
      for (let span = from; span < spans.length; span += 3) total += spans[span + 2]! - spans[span + 1]!;
    }
    const isTree = total > 1024 + 64 * (rows + segments);
    const lists = isTree ? 2 * segments : segments;
    const counts = new Int32Array(lists + 1);
    const visit = (act: (list: number, row: number) => void) => {
      for (let span = 0; span < spans.length; span += 3) {
        let low = spans[span + 1]!;
        let high = spans[span + 2]!;
        if (!isTree) for (; low < high; low++) act(low, spans[span]!);
        else {
          for (low += segments, high += segments; low < high; low >>= 1, high >>= 1) {
            if (low & 1) act(low++, spans[span]!);
            if (high & 1) act(--high, spans[span]!);
          }
        }
      }
    };
    visit((list) => {
      counts[list]!++;
    });
    const start = this.listStart.extend(lists + 1);
    let sum = 0;
    for (let list = 0; list <= lists; list++) {
      this.listStart.data[start + list] = this.items.length + sum;
      sum += counts[list]!;
    }
    const place = this.listStart.data.slice(start, start + lists);
    this.items.extend(sum);
    visit((list, row) => {
      this.items.data[place[list]!++] = row;
    });
    this.isTree[lane] = isTree;
    this.laidOut.data[lane] = start;
    return start;
  }

  /** Appends (row, from segment, to segment) for the row, without overlaps. */
  private addSpans(lane: number, row: number, segments: number, spans: number[]): void {
    const pieces: [number, number][] = [];
    const to = this.rowIntervals.data[row + 1]!;
    for (let interval = this.rowIntervals.data[row]!; interval < to; interval++) {
      const kind = this.kindAndFlags.data[interval]! & kindMask;
      if (kind === kinds.exact || kind === kinds.commit) {
        this.exactRows[lane] ??= new Map();
        const text = this.textAt(this.low.data[interval]!);
        const rows = this.exactRows[lane].get(text);
        if (rows === undefined) this.exactRows[lane].set(text, [row]);
        else if (rows.at(-1) !== row) rows.push(row);
        continue;
      }
      const high = this.high.data[interval]!;
      pieces.push([this.low.data[interval]!, high === 0 ? segments : high]);
    }
    if (pieces.length > 1) pieces.sort((a, b) => a[0] - b[0]);
    let from = -1;
    let end = -1;
    for (const [low, high] of pieces) {
      if (low >= high) continue;
      if (low > end) {
        if (from >= 0) spans.push(row, from, end);
        from = low;
        end = high;
      } else if (high > end) end = high;
    }
    if (from >= 0) spans.push(row, from, end);
  }

  /** Why a row that `find` gave speaks of the version. */
  explain(row: number, version: string): Reason | undefined {
    const advisory = this.rowAdvisory.data[row]!;
    const { ecosystem, name } = this.packageOfLane[this.rowLane.data[row]!]!;
    let best: Reason | undefined;
    for (let lane = this.laneOf(ecosystem, name); lane !== none; lane = this.nextLane.data[lane]!) {
      const one = this.rowOf(lane, advisory);
      if (one === none) continue;
      for (let interval = this.rowIntervals.data[one]!; interval < this.rowIntervals.data[one + 1]!; interval++) {
        const reason = this.reasonOf(lane, interval, version);
        if (reason !== undefined && (best === undefined || precedes(reason, best))) best = reason;
      }
    }
    return best;
  }

  /** Rows of a lane are in order of advisory number. */
  private rowOf(lane: number, advisory: number): number {
    let low = this.rowStart.data[lane]!;
    let high = low + this.rowCount.data[lane]!;
    const end = high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.rowAdvisory.data[middle]! < advisory) low = middle + 1;
      else high = middle;
    }
    return low < end && this.rowAdvisory.data[low] === advisory ? low : none;
  }

  private reasonOf(lane: number, interval: number, version: string): Reason | undefined {
    const flags = this.kindAndFlags.data[interval]!;
    const kind = flags & kindMask;
    const entry = this.entry.data[interval]!;
    const range = this.range.data[interval]!;
    const low = this.low.data[interval]!;
    const high = this.high.data[interval]!;
    if (kind === kinds.exact || kind === kinds.commit) {
      const text = this.textAt(low);
      if (text !== version) {
        if (kind === kinds.commit || hasNumber(version) || this.packageOfLane[lane]!.ecosystem === 'GIT')
          return undefined;
        return { certainty: 'undetermined', entry, by: { kind: 'unknown', why: 'version_unknown' } };
      }
      if (kind === kinds.exact) {
        const outside = flags & outsideFlag ? ({ conflict: 'not_in_range' } as const) : {};
        return { certainty: 'affected', entry, by: { kind: 'list', listed: text }, ...outside };
      }
      const end = high === 0 ? {} : { end: { kind: 'last_affected', version: text } as const };
      return { certainty: 'affected', entry, by: { kind: 'range', range, type: 'GIT', introduced: text, ...end } };
    }
    if (kind === kinds.unknown) {
      const why = hasNumber(version) ? 'order_unknown' : 'version_unknown';
      return { certainty: 'undetermined', entry, by: { kind: 'unknown', why, range } };
    }
    const order = this.orderOfLane[lane];
    const isWhole = kind === kinds.open && low === 0;
    if (!isWhole && (order === undefined || !hasNumber(version))) {
      const at = kind === kinds.listed ? {} : { range };
      return { certainty: 'undetermined', entry, by: { kind: 'unknown', why: 'version_unknown', ...at } };
    }
    if (!isWhole && order !== undefined) {
      const { code, isExact } = order.pack(version);
      const segment = this.segmentOf(lane, order, version, code, isExact);
      if (segment < low || (high !== 0 && segment >= high)) return undefined;
    }
    const first = this.boundStart.data[lane]! - 1;
    const versionAt = (bound: number) => this.textAt(this.boundVersion.data[first + bound]!);
    if (kind === kinds.listed) {
      const outside = flags & outsideFlag ? ({ conflict: 'not_in_range' } as const) : {};
      return { certainty: 'affected', entry, by: { kind: 'list', listed: versionAt(low) }, ...outside };
    }
    const end: { end?: RangeEnd } =
      kind === kinds.open ? {} : { end: { kind: endKinds[kind as 1 | 2 | 3], version: versionAt(high) } };
    const type = flags & semverFlag ? 'SEMVER' : 'ECOSYSTEM';
    const conflict = flags & hasListFlag && hasNumber(version) && this.isUnlisted(lane, interval, version, order);
    return {
      certainty: 'affected',
      entry,
      by: { kind: 'range', range, type, introduced: low === 0 ? '0' : versionAt(low), ...end },
      ...(conflict ? { conflict: 'not_listed' } : {}),
    };
  }

  private isUnlisted(lane: number, interval: number, version: string, order: Order | undefined): boolean {
    const same = (text: string) =>
      text === version || (order !== undefined && hasNumber(text) && order.compare(text, version) === 0);
    const start = this.knownStart.data[lane]!;
    let isKnown = false;
    for (let index = start; index < start + this.knownCount.data[lane]! && !isKnown; index++) {
      isKnown = same(this.textAt(this.known.data[index]!));
    }
    if (!isKnown) return true;
    for (let gap = lowerBound(this.gapInterval, interval); this.gapInterval.data[gap] === interval; gap++) {
      if (gap >= this.gapInterval.length) break;
      if (same(this.textAt(this.gapVersion.data[gap]!))) return true;
    }
    return false;
  }

  /**
   * Versions of the package at which any of its advisories ends as fixed, later than `version`, in order. Empty where no
   * order is known. They are candidates for an upgrade: what still speaks of one is for `find` to say.
   */
  fixesAfter(ecosystem: string, name: string, version: string): string[] {
    const found = new Map<string, string>();
    if (!hasNumber(version)) return [];
    for (let lane = this.laneOf(ecosystem, name); lane !== none; lane = this.nextLane.data[lane]!) {
      const order = this.orderOfLane[lane];
      if (order === undefined) continue;
      const now = order.key(version);
      const start = this.rowIntervals.data[this.rowStart.data[lane]!]!;
      const end = this.rowIntervals.data[this.rowStart.data[lane]! + this.rowCount.data[lane]!]!;
      for (let interval = start; interval < end; interval++) {
        const high = this.high.data[interval]!;
        if ((this.kindAndFlags.data[interval]! & kindMask) !== kinds.fixed || high === 0) continue;
        const bound = this.boundStart.data[lane]! - 1 + high;
        const key = this.keyOfBound(bound, order);
        if (key > now) found.set(key, this.textAt(this.boundVersion.data[bound]!));
      }
    }
    return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, fixed]) => fixed);
  }

  /** Whether the row's advisory speaks of the version, for certain or not. */
  holds(row: number, version: string): boolean {
    return this.explain(row, version) !== undefined;
  }

  /** The order of the versions of a row's package. */
  orderOf(row: number): Order | undefined {
    return this.orderOfLane[this.rowLane.data[row]!];
  }

  /**
   * Puts these advisories in the place of all that was held about the package; only this package is built anew. Those
   * of them that do not speak of it, or are withdrawn, count as none.
   */
  update(of: PackageIdentity, advisories: Iterable<Advisory>): void {
    const entries: Entry[] = [];
    for (const advisory of advisories) {
      if (advisory.withdrawn !== undefined) continue;
      for (const [entry, affected] of (advisory.affected ?? []).entries()) {
        for (const identity of identitiesOf(affected)) {
          if (identity.ecosystem !== of.ecosystem || identity.name !== of.name) continue;
          entries.push({ advisory: this.numberFor(advisory.id), entry, affected });
        }
      }
    }
    this.put(of, entries);
  }

  /** Adds the advisories' packages of this family. Called once, on an empty index. */
  fill(advisories: Iterable<Advisory>): void {
    const packages = new Map<string, Map<string, Entry[]>>();
    for (const advisory of advisories) {
      if (advisory.withdrawn !== undefined) continue;
      for (const [entry, affected] of (advisory.affected ?? []).entries()) {
        for (const { ecosystem, name } of identitiesOf(affected)) {
          if (familyOf(ecosystem) !== this.family) continue;
          let names = packages.get(ecosystem);
          if (names === undefined) {
            names = new Map();
            packages.set(ecosystem, names);
          }
          const one = { advisory: this.numberFor(advisory.id), entry, affected };
          const entries = names.get(name);
          if (entries === undefined) names.set(name, [one]);
          else entries.push(one);
        }
      }
    }
    for (const [ecosystem, names] of packages) {
      for (const [name, entries] of names) this.put({ ecosystem, name }, entries);
    }
  }

  private numberFor(id: string): number {
    this.numberOf ??= new Map(this.ids.map((one, number) => [one, number]));
    let number = this.numberOf.get(id);
    if (number === undefined) {
      number = this.ids.push(id) - 1;
      this.numberOf.set(id, number);
    }
    return number;
  }

  /** Rows of the package that were there before lie idle until the index is saved and loaded. */
  private put(of: PackageIdentity, entries: Entry[]): void {
    let names = this.lanes.get(of.ecosystem);
    if (names === undefined) {
      names = new Map();
      this.lanes.set(of.ecosystem, names);
    }
    if (entries.length === 0) {
      names.delete(of.name);
      if (names.size === 0) this.lanes.delete(of.ecosystem);
      return;
    }
    entries.sort((a, b) => a.advisory - b.advisory || a.entry - b.entry);
    const own = of.ecosystem === 'GIT' ? undefined : orderOf(of.ecosystem);
    const isSemver = (range: Range) => range.type === 'SEMVER' && own !== orders.semver;
    const first = this.compile(of, own, entries, (range) => !isSemver(range), true);
    names.set(of.name, first);
    if (entries.some(({ affected }) => affected.ranges?.some(isSemver))) {
      this.nextLane.data[first] = this.compile(of, orders.semver, entries, isSemver, false);
    }
  }

  private textFor(text: string): number {
    this.textNumber ??= new Map((this.readTexts?.all() ?? []).map((one, number) => [one, number]));
    let number = this.textNumber.get(text);
    if (number === undefined) {
      number = (this.readTexts?.length ?? 0) + this.addedTexts.push(text) - 1;
      this.textNumber.set(text, number);
    }
    return number;
  }

  private textAt(number: number): string {
    const read = this.readTexts?.length ?? 0;
    return number < read ? this.readTexts!.at(number) : this.addedTexts[number - read]!;
  }

  private compile(
    of: PackageIdentity,
    order: Order | undefined,
    entries: Entry[],
    isMine: (range: Range) => boolean,
    takesLists: boolean,
  ): number {
    const lane = this.packageOfLane.push(of) - 1;
    this.orderOfLane.push(order);
    this.nextLane.push(none);
    this.laidOut.push(notLaidOut);
    this.rowStart.push(this.rowAdvisory.length);
    const plan = order === undefined ? undefined : new Plan(order, entries, isMine, takesLists);
    const texts = takesLists ? new Set(entries.flatMap(({ affected }) => affected.versions ?? [])) : new Set<string>();
    const listed =
      plan === undefined ? [...texts] : [...plan.listed(), ...[...texts].filter((text) => !hasNumber(text))];

    // Rows first, in terms of the plan's positions; then the bounds that they use, and the positions become bounds.
    const firstInterval = this.low.length;
    let advisory = none;
    for (const { advisory: number, entry, affected } of entries) {
      if (number !== advisory) {
        advisory = number;
        this.rowAdvisory.push(number);
        this.rowLane.push(lane);
        this.rowIntervals.push(this.low.length);
      }
      if (of.ecosystem === 'GIT') this.addCommits(of.name, affected, entry);
      else if (plan === undefined) this.addUnordered(affected, entry, isMine, takesLists, listed);
      else this.addOrdered(plan, affected, entry, isMine, takesLists);
    }
    this.rowCount.push(this.rowAdvisory.length - this.rowStart.data[lane]!);
    this.boundStart.push(this.boundVersion.length);
    if (plan === undefined) this.boundCount.push(0);
    else this.addBounds(plan, firstInterval);
    this.knownStart.push(this.known.length);
    for (const version of listed) this.known.push(this.textFor(version));
    this.knownCount.push(this.known.length - this.knownStart.data[lane]!);
    this.closeRows();
    return lane;
  }

  /** `rowIntervals` always holds one more place than there are rows: where the last row ends. */
  private closeRows(): void {
    const end = this.low.length;
    this.rowIntervals.push(end);
    this.rowIntervals.length--;
  }

  private addInterval(kindAndFlags: number, entry: number, range: number, low: number, high: number): void {
    this.kindAndFlags.push(kindAndFlags);
    this.entry.push(entry);
    this.range.push(range);
    this.low.push(low);
    this.high.push(high);
  }

  private addOrdered(
    plan: Plan,
    affected: Affected,
    entry: number,
    isMine: (range: Range) => boolean,
    takesLists: boolean,
  ): void {
    const versions = takesLists ? (affected.versions ?? []) : [];
    const listFlag = versions.length > 0 ? hasListFlag : 0;
    const from = this.low.length;
    for (const [index, range] of (affected.ranges ?? []).entries()) {
      if (range.type === 'GIT' || !isMine(range)) continue;
      const flags = listFlag | (range.type === 'SEMVER' ? semverFlag : 0);
      plan.intervalsOf(range, (low, high, kind) => this.addInterval(kinds[kind] | flags, entry, index, low, high));
    }
    const to = this.low.length;
    if (versions.length === 0) return;
    const flags = (affected.ranges ?? []).some((range) => range.type !== 'GIT') ? outsideFlag : 0;
    const places = new Set<number>();
    for (const version of versions) {
      if (!hasNumber(version)) {
        this.addInterval(kinds.exact, entry, none, this.textFor(version), 0);
        continue;
      }
      const place = plan.placeOf(version);
      if (places.has(place)) continue;
      places.add(place);
      if (!this.isCovered(from, to, place)) this.addInterval(kinds.listed | flags, entry, none, place, place + 1);
    }
    // The list is trusted to name what the ranges hold; where it leaves out a version that others list, say so.
    for (let interval = from; interval < to; interval++) {
      for (const place of plan.knownWithin(this.low.data[interval]!, this.high.data[interval]!)) {
        if (places.has(place)) continue;
        this.gapInterval.push(interval);
        this.gapVersion.push(this.textFor(plan.versionAt(place)));
      }
    }
  }

  /** Whether intervals `from` to `to`, still in positions, hold the position. */
  private isCovered(from: number, to: number, place: number): boolean {
    for (let interval = from; interval < to; interval++) {
      const high = this.high.data[interval]!;
      if (this.low.data[interval]! <= place && (high === 0 || place < high)) return true;
    }
    return false;
  }

  private addUnordered(
    affected: Affected,
    entry: number,
    isMine: (range: Range) => boolean,
    takesLists: boolean,
    listed: string[],
  ): void {
    const own = new Set(takesLists ? affected.versions : []);
    const listFlag = own.size > 0 ? hasListFlag : 0;
    let isUndetermined = false;
    let hasRange = false;
    for (const [index, range] of (affected.ranges ?? []).entries()) {
      if (range.type === 'GIT') continue;
      hasRange = true;
      if (!isMine(range)) continue;
      const introduced = range.events.filter((event) => event.introduced !== undefined);
      if (introduced.length === 0) continue;
      const hasEnd = range.events.some((event) => event.introduced === undefined && event.limit === undefined);
      const limits = range.events.filter((event) => event.limit !== undefined);
      const isUnlimited = limits.length === 0 || limits.some((event) => event.limit === '*');
      if (isUnlimited && !hasEnd && introduced.some((event) => event.introduced === '0')) {
        for (const version of own.size > 0 ? listed : []) {
          if (own.has(version)) continue;
          this.gapInterval.push(this.low.length);
          this.gapVersion.push(this.textFor(version));
        }
        const type = range.type === 'SEMVER' ? semverFlag : 0;
        this.addInterval(kinds.open | listFlag | type, entry, index, 0, 0);
      } else {
        isUndetermined = true;
        this.addInterval(kinds.unknown, entry, index, 0, 0);
      }
    }
    const flags = hasRange && !isUndetermined ? outsideFlag : 0;
    for (const version of own) {
      this.addInterval(kinds.exact | (hasNumber(version) ? flags : 0), entry, none, this.textFor(version), 0);
    }
  }

  private addCommits(repository: string, affected: Affected, entry: number): void {
    let isHere = false;
    for (const [index, range] of (affected.ranges ?? []).entries()) {
      if (range.type !== 'GIT' || (repository !== '' && nameIn('GIT', range.repo ?? '') !== repository)) continue;
      isHere = true;
      for (const event of range.events) {
        const named = event.introduced ?? event.last_affected;
        if (named === undefined || named === '0' || (repository === '' && !isCommit(named))) continue;
        this.addInterval(kinds.commit, entry, index, this.textFor(named), event.last_affected === undefined ? 0 : 1);
      }
    }
    if (!isHere || affected.package !== undefined) return;
    for (const version of new Set(affected.versions)) {
      if (repository !== '' || isCommit(version)) {
        this.addInterval(kinds.exact, entry, none, this.textFor(version), 0);
      }
    }
  }

  /** Keeps the positions that intervals from `firstInterval` on use, as bounds in order, and renumbers the intervals. */
  private addBounds(plan: Plan, firstInterval: number): void {
    const used = new Set<number>();
    const isPlaced = (interval: number) => {
      const kind = this.kindAndFlags.data[interval]! & kindMask;
      return kind !== kinds.exact && kind !== kinds.commit;
    };
    for (let interval = firstInterval; interval < this.low.length; interval++) {
      if (!isPlaced(interval)) continue;
      used.add(this.low.data[interval]!);
      used.add(this.high.data[interval]!);
    }
    used.delete(0);
    const places = Int32Array.from(used).sort();
    const local = new Map<number, number>([[0, 0]]);
    for (const [index, place] of places.entries()) {
      local.set(place, index + 1);
      const { code, isExact } = plan.packAt(place);
      this.boundVersion.push(this.textFor(plan.versionAt(place)));
      this.boundFlags.push((place % 2 === 1 ? afterFlag : 0) | (isExact ? exactFlag : 0));
      this.boundCode.push(code);
    }
    this.boundCount.push(places.length);
    for (let interval = firstInterval; interval < this.low.length; interval++) {
      if (!isPlaced(interval)) continue;
      this.low.data[interval] = local.get(this.low.data[interval]!)!;
      this.high.data[interval] = local.get(this.high.data[interval]!)!;
    }
  }

  /** The index as one file, for `load`. Idle rows are left out. */
  save(): Uint8Array {
    const writer = new Writer();
    return writer.write(kind, this.writeTo(writer));
  }

  /** Adds the index's columns to a larger file; gives what `readIndex` needs as `meta` beside them. */
  writeTo(writer: Writer): unknown {
    const index = this.compacted();
    const ecosystems = [...index.lanes.keys()];
    const numberOfEcosystem = new Map(ecosystems.map((ecosystem, number) => [ecosystem, number]));
    const laneEcosystem = Int32Array.from(index.packageOfLane, (of) => numberOfEcosystem.get(of.ecosystem)!);
    const laneOrder = Uint8Array.from(index.orderOfLane, (order) =>
      order === undefined ? 255 : orderNames.findIndex((name) => orders[name] === order),
    );
    writer.addTexts('ids', index.ids);
    writer.addTexts('versions', [...(index.readTexts?.all() ?? []), ...index.addedTexts]);
    writer.addTexts(
      'names',
      index.packageOfLane.map((of) => of.name),
    );
    writer.add('lane.ecosystem', laneEcosystem);
    writer.add('lane.order', laneOrder);
    writer.add('lane.next', index.nextLane.view());
    writer.add('lane.rows', closed(index.rowStart, index.rowAdvisory.length));
    writer.add('lane.bounds', closed(index.boundStart, index.boundVersion.length));
    writer.add('lane.known', closed(index.knownStart, index.known.length));
    writer.add('row.advisory', index.rowAdvisory.view());
    writer.add('row.intervals', closed(index.rowIntervals, index.low.length));
    writer.add('interval.low', index.low.view());
    writer.add('interval.high', index.high.view());
    writer.add('interval.kind', new Uint8Array(index.kindAndFlags.view()));
    writer.add('interval.entry', index.entry.view());
    writer.add('interval.range', index.range.view());
    writer.add('bound.version', index.boundVersion.view());
    writer.add('bound.flags', new Uint8Array(index.boundFlags.view()));
    writer.add('bound.code', index.boundCode.view());
    writer.add('known', index.known.view());
    writer.add('gap.interval', index.gapInterval.view());
    writer.add('gap.version', index.gapVersion.view());
    return { family: index.family, ecosystems, orders: orderNames };
  }

  /** Itself when no row lies idle, else a copy of what is in use. */
  private compacted(): PackedIndex {
    let live = 0;
    for (const names of this.lanes.values()) {
      for (const first of names.values())
        for (let lane = first; lane !== none; lane = this.nextLane.data[lane]!) live++;
    }
    if (live === this.packageOfLane.length) return this;
    const copy = new PackedIndex(this.family);
    for (const id of this.ids) copy.numberFor(id);
    for (const [ecosystem, names] of this.lanes) {
      const copied = new Map<string, number>();
      copy.lanes.set(ecosystem, copied);
      for (const [name, first] of names) {
        let previous = none;
        for (let lane = first; lane !== none; lane = this.nextLane.data[lane]!) {
          const to = copy.copyLane(this, lane);
          if (previous === none) copied.set(name, to);
          else copy.nextLane.data[previous] = to;
          previous = to;
        }
      }
    }
    return copy;
  }

  private copyLane(from: PackedIndex, lane: number): number {
    const to = this.packageOfLane.push(from.packageOfLane[lane]!) - 1;
    this.orderOfLane.push(from.orderOfLane[lane]);
    this.nextLane.push(none);
    this.laidOut.push(notLaidOut);
    this.rowStart.push(this.rowAdvisory.length);
    this.rowCount.push(from.rowCount.data[lane]!);
    this.boundStart.push(this.boundVersion.length);
    this.boundCount.push(from.boundCount.data[lane]!);
    this.knownStart.push(this.known.length);
    this.knownCount.push(from.knownCount.data[lane]!);
    const text = (number: number) => this.textFor(from.textAt(number));
    const firstRow = from.rowStart.data[lane]!;
    let gap = -1;
    for (let row = firstRow; row < firstRow + from.rowCount.data[lane]!; row++) {
      this.rowAdvisory.push(from.rowAdvisory.data[row]!);
      this.rowLane.push(to);
      this.rowIntervals.push(this.low.length);
      for (let interval = from.rowIntervals.data[row]!; interval < from.rowIntervals.data[row + 1]!; interval++) {
        if (gap < 0) gap = lowerBound(from.gapInterval, interval);
        for (; gap < from.gapInterval.length && from.gapInterval.data[gap] === interval; gap++) {
          this.gapInterval.push(this.low.length);
          this.gapVersion.push(text(from.gapVersion.data[gap]!));
        }
        const kind = from.kindAndFlags.data[interval]!;
        const isText = (kind & kindMask) === kinds.exact || (kind & kindMask) === kinds.commit;
        const low = from.low.data[interval]!;
        this.addInterval(
          kind,
          from.entry.data[interval]!,
          from.range.data[interval]!,
          isText ? text(low) : low,
          from.high.data[interval]!,
        );
      }
    }
    const firstBound = from.boundStart.data[lane]!;
    for (let bound = firstBound; bound < firstBound + from.boundCount.data[lane]!; bound++) {
      this.boundVersion.push(text(from.boundVersion.data[bound]!));
      this.boundFlags.push(from.boundFlags.data[bound]!);
      this.boundCode.push(from.boundCode.data[bound]!);
    }
    const firstKnown = from.knownStart.data[lane]!;
    for (let known = firstKnown; known < firstKnown + from.knownCount.data[lane]!; known++) {
      this.known.push(text(from.known.data[known]!));
    }
    this.closeRows();
    return to;
  }

  /** Reads what `writeTo` wrote. Throws `Refused` for anything it could not have written. */
  static readFrom(reader: Reader, meta: unknown): PackedIndex {
    const { family, ecosystems, orders: names } = (isRecord(meta) ? meta : {}) as Record<string, unknown>;
    if (typeof family !== 'string' || !isTexts(ecosystems) || !isTexts(names))
      throw new Refused('The index is not described.');
    const index = new PackedIndex(family);
    const ids = reader.texts('ids');
    const versions = reader.texts('versions');
    const laneNames = reader.texts('names');
    const laneCount = laneNames.length;
    if (laneCount > countMax) throw new Refused('The index has too many packages.');
    const lane = reader.i32('lane.ecosystem', 0, ecosystems.length, laneCount);
    const laneOrder = reader.u8('lane.order', laneCount);
    const next = reader.i32('lane.next', -1, laneCount, laneCount);
    const rowAdvisory = reader.i32('row.advisory', 0, ids.length);
    const rows = rowAdvisory.length;
    const low = reader.i32('interval.low', 0, countMax);
    const intervals = low.length;
    const boundVersion = reader.i32('bound.version', 0, versions.length);
    const bounds = boundVersion.length;
    const known = reader.i32('known', 0, versions.length);
    const rowStart = reader.offsets('lane.rows', laneCount, rows);
    const boundStart = reader.offsets('lane.bounds', laneCount, bounds);
    const knownStart = reader.offsets('lane.known', laneCount, known.length);
    const rowIntervals = reader.offsets('row.intervals', rows, intervals);
    const high = reader.i32('interval.high', 0, countMax, intervals);
    const kindAndFlags = reader.u8('interval.kind', intervals);
    const boundFlags = reader.u8('bound.flags', bounds);
    const gapInterval = reader.i32('gap.interval', 0, intervals);
    index.rowAdvisory = Ints.of(rowAdvisory);
    index.rowIntervals = Ints.of(rowIntervals);
    index.rowIntervals.length = rows;
    index.low = Ints.of(low);
    index.high = Ints.of(high);
    index.kindAndFlags = Ints.of(new Int32Array(kindAndFlags));
    index.entry = Ints.of(reader.i32('interval.entry', 0, countMax, intervals));
    index.range = Ints.of(reader.i32('interval.range', -1, countMax, intervals));
    index.boundVersion = Ints.of(boundVersion);
    index.boundFlags = Ints.of(new Int32Array(boundFlags));
    index.boundCode = Doubles.of(reader.f64('bound.code', bounds));
    index.known = Ints.of(known);
    index.gapInterval = Ints.of(gapInterval);
    index.gapVersion = Ints.of(reader.i32('gap.version', 0, versions.length, gapInterval.length));
    index.rowLane = Ints.of(new Int32Array(rows));
    index.readTexts = versions;
    index.textNumber = undefined;
    for (const id of ids.all()) index.ids.push(id);
    index.numberOf = undefined;
    const isReached = new Uint8Array(laneCount);
    for (let number = 0; number < laneCount; number++) {
      const then = next[number]!;
      // Only forward, so that following never goes round.
      if (then !== none && then <= number) throw new Refused('A package leads back to itself.');
      if (then !== none) isReached[then] = 1;
    }
    for (let number = 0; number < laneCount; number++) {
      const ecosystem = ecosystems[lane[number]!]!;
      const name = laneNames.at(number);
      index.packageOfLane.push({ ecosystem, name });
      const orderName = names[laneOrder[number]!];
      if (laneOrder[number] !== 255 && (orderName === undefined || !Object.hasOwn(orders, orderName))) {
        throw new Refused('The order of versions is not known.');
      }
      index.orderOfLane.push(laneOrder[number] === 255 ? undefined : orders[orderName as keyof typeof orders]);
      index.nextLane.push(next[number]!);
      index.laidOut.push(notLaidOut);
      const bound = boundStart[number + 1]! - boundStart[number]!;
      index.rowStart.push(rowStart[number]!);
      index.rowCount.push(rowStart[number + 1]! - rowStart[number]!);
      index.boundStart.push(boundStart[number]!);
      index.boundCount.push(bound);
      index.knownStart.push(knownStart[number]!);
      index.knownCount.push(knownStart[number + 1]! - knownStart[number]!);
      for (let row = rowStart[number]!; row < rowStart[number + 1]!; row++) {
        index.rowLane.data[row] = number;
        for (let interval = rowIntervals[row]!; interval < rowIntervals[row + 1]!; interval++) {
          const what = kindAndFlags[interval]! & kindMask;
          const max = what === kinds.exact || what === kinds.commit ? versions.length - 1 : bound;
          if (low[interval]! > max || high[interval]! > Math.max(bound, 1)) {
            throw new Refused('An interval points outside its package.');
          }
        }
      }
      if (isReached[number]) continue;
      let held = index.lanes.get(ecosystem);
      if (held === undefined) {
        held = new Map();
        index.lanes.set(ecosystem, held);
      }
      if (held.has(name)) throw new Refused('A package is held twice.');
      held.set(name, number);
    }
    return index;
  }
}

const endKinds = { 1: 'fixed', 2: 'last_affected', 3: 'limit' } as const;

/** The reason that the reference evaluation would come upon first. */
function precedes(a: Reason, b: Reason): boolean {
  if (a.certainty !== b.certainty) return a.certainty === 'affected';
  if (a.entry !== b.entry) return a.entry < b.entry;
  const place = (reason: Reason) =>
    reason.by.kind === 'range' ? reason.by.range : reason.by.kind === 'list' ? 1e9 : (reason.by.range ?? 1e9);
  return place(a) < place(b);
}

function closed(starts: Ints, end: number): Int32Array {
  const column = new Int32Array(starts.length + 1);
  column.set(starts.view());
  column[starts.length] = end;
  return column;
}

function lowerBound(column: Ints, value: number): number {
  let low = 0;
  let high = column.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (column.data[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function isCommit(text: string): boolean {
  return /^[0-9a-f]{40}$/.test(text);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

/** The packages that an entry speaks of: the one it names, and the repositories of its commit ranges. */
function identitiesOf(affected: Affected): PackageIdentity[] {
  const identities = affected.package === undefined ? [] : [identityOf(affected.package)];
  const repositories = new Set<string>();
  for (const range of affected.ranges ?? []) {
    if (range.type === 'GIT') repositories.add(nameIn('GIT', range.repo ?? '')).add('');
  }
  for (const name of repositories) identities.push({ ecosystem: 'GIT', name });
  return identities;
}

/** Every family that an advisory has packages in. */
export function familiesOf(advisory: Advisory): Set<string> {
  const families = new Set<string>();
  for (const affected of advisory.affected ?? []) {
    for (const { ecosystem } of identitiesOf(affected)) families.add(familyOf(ecosystem));
  }
  return families;
}

/** The packages of one family that an advisory speaks of. */
export function packagesIn(advisory: Advisory, family: string): PackageIdentity[] {
  return (advisory.affected ?? []).flatMap(identitiesOf).filter(({ ecosystem }) => familyOf(ecosystem) === family);
}

/**
 * The versions that one lane's advisories name, each key made once. A **position** is `2 * rank + 2` at a version and one
 * more right after it; 0 stands for before all and, as an end, for after all.
 */
class Plan {
  private readonly order: Order;
  private readonly rankOf = new Map<string, number>();
  private readonly versions: string[] = [];
  private readonly listedRanks: Int32Array;

  constructor(order: Order, entries: Entry[], isMine: (range: Range) => boolean, takesLists: boolean) {
    this.order = order;
    const keyOf = new Map<string, string>();
    const add = (version: string) => {
      if (!keyOf.has(version)) keyOf.set(version, order.key(version));
    };
    const lists = new Set<string>();
    for (const { affected } of entries) {
      for (const range of affected.ranges ?? []) {
        if (range.type === 'GIT' || !isMine(range)) continue;
        for (const { introduced, fixed, last_affected, limit } of range.events) {
          const version = introduced ?? fixed ?? last_affected ?? limit;
          if (version !== undefined && introduced !== '0' && limit !== '*') add(version);
        }
      }
      if (!takesLists) continue;
      for (const version of affected.versions ?? []) {
        if (!hasNumber(version)) continue;
        add(version);
        lists.add(version);
      }
    }
    const sorted = [...keyOf].sort(([, a], [, b]) => (a < b ? -1 : a > b ? 1 : 0));
    let previous: string | undefined;
    for (const [version, key] of sorted) {
      if (key !== previous) this.versions.push(version);
      else if (!hasNumber(this.versions.at(-1)!)) this.versions[this.versions.length - 1] = version;
      previous = key;
      this.rankOf.set(version, this.versions.length - 1);
    }
    this.listedRanks = Int32Array.from(new Set(Array.from(lists, (version) => this.rankOf.get(version)!))).sort();
  }

  placeOf(version: string): number {
    return 2 * this.rankOf.get(version)! + 2;
  }

  versionAt(place: number): string {
    return this.versions[(place >> 1) - 1]!;
  }

  packAt(place: number) {
    return this.order.pack(this.versionAt(place));
  }

  /** The versions that any of the lane's entries lists. */
  listed(): string[] {
    return Array.from(this.listedRanks, (rank) => this.versions[rank]!);
  }

  /** Positions of listed versions from `low` to below `high` (0: no end). */
  *knownWithin(low: number, high: number): Generator<number> {
    for (const rank of this.listedRanks) {
      const place = 2 * rank + 2;
      if (place >= low && (high === 0 || place < high)) yield place;
    }
  }

  /**
   * The intervals of a range's events (OSV schema 1.7, "Evaluation"): events apply in order of version, as written at
   * one version. A range that opens nowhere gives none; one that closes where it opens gives an empty one.
   */
  intervalsOf(range: Range, give: (low: number, high: number, kind: 'open' | RangeEnd['kind']) => void): void {
    let limit = 0;
    let isLimited = false;
    const events: { at: number; opens: boolean; kind: 'open' | RangeEnd['kind'] }[] = [];
    for (const { introduced, fixed, last_affected, limit: bound } of range.events) {
      if (introduced !== undefined) {
        events.push({ at: introduced === '0' ? 0 : this.placeOf(introduced), opens: true, kind: 'open' });
      } else if (fixed !== undefined) events.push({ at: this.placeOf(fixed), opens: false, kind: 'fixed' });
      else if (last_affected !== undefined) {
        events.push({ at: this.placeOf(last_affected) + 1, opens: false, kind: 'last_affected' });
      } else if (bound === '*') {
        limit = 0;
        isLimited = true;
      } else if (bound !== undefined && (!isLimited || limit !== 0)) {
        limit = Math.max(limit, this.placeOf(bound));
        isLimited = true;
      }
    }
    if (events.length > 2 || (events.length === 2 && events[0]!.at > events[1]!.at)) events.sort((a, b) => a.at - b.at);
    let opened = -1;
    let isEmpty = true;
    let hasOpening = false;
    const close = (high: number, kind: 'open' | RangeEnd['kind']) => {
      const isCut = limit !== 0 && (high === 0 || limit < high);
      const end = isCut ? limit : high;
      if (end === 0 || opened < end) {
        give(opened, end, isCut ? 'limit' : kind);
        isEmpty = false;
      }
      opened = -1;
    };
    for (const { at, opens, kind } of events) {
      if (opens) {
        hasOpening = true;
        if (opened < 0) opened = at;
      } else if (opened >= 0) close(at, kind);
    }
    if (opened >= 0) close(0, 'open');
    if (hasOpening && isEmpty) {
      const at = Math.max(2, ...events.map((event) => event.at));
      give(at, at, 'fixed');
    }
  }
}

/** Builds the index of one family (an ecosystem without release) from whole advisories; others' packages are passed over. */
export function build(family: string, advisories: Iterable<Advisory>): PackedIndex {
  const index = new PackedIndex(family);
  index.fill(advisories);
  return index;
}

/** Reads a saved index. The file may come from anywhere: what `save` could not have written is refused with the reason. */
export function load(bytes: Uint8Array): { index: PackedIndex } | { problem: string } {
  try {
    const reader = new Reader(bytes, kind);
    return { index: PackedIndex.readFrom(reader, reader.meta) };
  } catch (error) {
    if (error instanceof Refused) return { problem: error.message };
    throw error;
  }
}
