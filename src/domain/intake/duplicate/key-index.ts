/** Which reports hold a key: lists in typed arrays, so that a hundred thousand reports of forty keys take tens of megabytes. */
import { bucketMax, keysMax } from './keys.ts';

export class KeyIndex {
  /** Keys by open addressing; 53 bits of each, so that they are exact numbers. */
  private readonly slots: Float64Array;
  private readonly heads: Int32Array;
  private readonly owners: Int32Array;
  private readonly next: Int32Array;
  /** Report by report, the last one that met it: a candidate is given once however many keys are shared. */
  private readonly met: Int32Array;
  private used = 0;

  constructor(reportsMax: number) {
    const entries = Math.max(1, reportsMax * keysMax);
    const size = 2 ** Math.ceil(Math.log2(entries * 1.5));
    this.slots = new Float64Array(size).fill(Number.NaN);
    this.heads = new Int32Array(size).fill(-1);
    this.owners = new Int32Array(entries);
    this.next = new Int32Array(entries);
    this.met = new Int32Array(reportsMax).fill(-1);
  }

  /** Adds a report by its keys; gives those added before that share one, of each key the newest `bucketMax`. */
  add(report: number, keys: readonly bigint[]): number[] {
    const candidates: number[] = [];
    for (const key of keys) {
      const slot = this.slotOf(Number(BigInt.asUintN(64, key) >> 11n));
      let entry = this.heads[slot]!;
      for (let count = 0; entry >= 0 && count < bucketMax; count++) {
        const owner = this.owners[entry]!;
        if (this.met[owner] !== report) {
          this.met[owner] = report;
          candidates.push(owner);
        }
        entry = this.next[entry]!;
      }
      this.owners[this.used] = report;
      this.next[this.used] = this.heads[slot]!;
      this.heads[slot] = this.used++;
    }
    return candidates;
  }

  private slotOf(key: number): number {
    const mask = this.slots.length - 1;
    // Keys are hashes already: their low bits are as good as any.
    let slot = (key % 2 ** 31) & mask;
    while (!Number.isNaN(this.slots[slot]!) && this.slots[slot] !== key) slot = (slot + 1) & mask;
    this.slots[slot] = key;
    return slot;
  }
}
