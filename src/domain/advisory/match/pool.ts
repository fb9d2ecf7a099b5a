/** A column that grows: whole numbers that are appended and read, in one typed array. */
export class Ints {
  data: Int32Array = new Int32Array(16);
  length = 0;

  /** Takes a column as it is, filled. */
  static of(data: Int32Array): Ints {
    const ints = new Ints();
    ints.data = data;
    ints.length = data.length;
    return ints;
  }

  push(value: number): void {
    if (this.length === this.data.length) this.grow(this.length + 1);
    this.data[this.length++] = value;
  }

  /** Makes room for `count` more zeros and gives the place of the first. */
  extend(count: number): number {
    const at = this.length;
    if (at + count > this.data.length) this.grow(at + count);
    this.data.fill(0, at, at + count);
    this.length = at + count;
    return at;
  }

  view(): Int32Array {
    return this.data.subarray(0, this.length);
  }

  private grow(needed: number): void {
    const larger = new Int32Array(Math.max(needed, this.data.length * 2, 16));
    larger.set(this.view());
    this.data = larger;
  }
}

/** As `Ints`, of exact doubles. */
export class Doubles {
  data: Float64Array = new Float64Array(16);
  length = 0;

  static of(data: Float64Array): Doubles {
    const doubles = new Doubles();
    doubles.data = data;
    doubles.length = data.length;
    return doubles;
  }

  push(value: number): void {
    if (this.length === this.data.length) {
      const larger = new Float64Array(Math.max(this.length * 2, 16));
      larger.set(this.data);
      this.data = larger;
    }
    this.data[this.length++] = value;
  }

  view(): Float64Array {
    return this.data.subarray(0, this.length);
  }
}
