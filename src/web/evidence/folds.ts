/** First and last index of what is hidden, ends included. */
export type Range = readonly [number, number];

/**
 * The rows of a long list of which some ranges are hidden: from a row to the index of the event and back, in the time of a binary
 * search, however long the list is.
 */
export class Folds {
  readonly rows: number;
  /** Hidden ranges, in order, apart from one another. `before` is how many indexes are hidden before each. */
  private readonly hidden: { first: number; last: number; before: number }[] = [];

  /** `spans` may lie within one another. */
  constructor(total: number, spans: Iterable<Range>) {
    let before = 0;
    for (const [first, last] of [...spans].sort(([a], [b]) => a - b)) {
      const top = this.hidden.at(-1);
      if (top !== undefined && first <= top.last + 1) {
        before += Math.max(0, last - top.last);
        top.last = Math.max(top.last, last);
      } else {
        this.hidden.push({ first, last, before });
        before += last - first + 1;
      }
    }
    this.rows = total - before;
  }

  /** The index of the event that a row shows. */
  indexOf(row: number): number {
    const { hidden } = this;
    let low = 0;
    let high = hidden.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const range = hidden[middle] as (typeof hidden)[number];
      if (range.first - range.before <= row) low = middle + 1;
      else high = middle;
    }
    const range = hidden[low - 1];
    return range === undefined ? row : row + range.before + (range.last - range.first + 1);
  }

  /** The row of an event; of a hidden one the row of what hides it. */
  rowOf(index: number): number {
    const { hidden } = this;
    let low = 0;
    let high = hidden.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((hidden[middle] as (typeof hidden)[number]).first <= index) low = middle + 1;
      else high = middle;
    }
    const range = hidden[low - 1];
    if (range === undefined) return index;
    if (index <= range.last) return Math.max(0, range.first - 1 - range.before);
    return index - range.before - (range.last - range.first + 1);
  }
}
