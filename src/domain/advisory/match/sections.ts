/**
 * The file form of indexes and packs: named columns, ready to use where they lie.
 *
 * | bytes | hold |
 * |---|---|
 * | 0-7 | the kind of file, 8 ASCII characters |
 * | 8-11 | CRC-32 (IEEE 802.3) of all bytes from 12 on |
 * | 12-15 | length of the header |
 * | 16- | header: JSON, `{ sections: [[name, type, offset, length]], meta }`; then the sections, each at a multiple of 8 |
 *
 * All numbers are little-endian. Text columns are one UTF-8 text and the UTF-16 offset at which each string ends.
 */
export type Column = Uint8Array | Uint16Array | Int32Array | Float64Array;

/** Files beyond this are refused: no ecosystem's pack comes near it. */
export const sizeMax = 1024 * 1024 * 1024;
const headerMax = 1024 * 1024;
const sectionsMax = 200;
const start = 16;

const types = { u8: Uint8Array, u16: Uint16Array, i32: Int32Array, f64: Float64Array } as const;
type TypeName = keyof typeof types;

function typeOf(column: Column): TypeName {
  if (column instanceof Uint8Array) return 'u8';
  if (column instanceof Uint16Array) return 'u16';
  return column instanceof Int32Array ? 'i32' : 'f64';
}

/** Collects columns and writes them as one file. */
export class Writer {
  private readonly sections: [string, Column][] = [];

  add(name: string, column: Column): void {
    this.sections.push([name, column]);
  }

  addTexts(name: string, texts: readonly string[]): void {
    const ends = new Int32Array(texts.length);
    let end = 0;
    for (const [index, text] of texts.entries()) {
      end += text.length;
      ends[index] = end;
    }
    this.add(`${name}.ends`, ends);
    this.add(`${name}.text`, new TextEncoder().encode(texts.join('')));
  }

  /** `kind` is 8 ASCII characters; `meta` must be JSON. */
  write(kind: string, meta: unknown): Uint8Array {
    const sections: [string, TypeName, number, number][] = [];
    let offset = 0;
    for (const [name, column] of this.sections) {
      sections.push([name, typeOf(column), offset, column.length]);
      offset += Math.ceil(column.byteLength / 8) * 8;
    }
    const header = new TextEncoder().encode(JSON.stringify({ sections, meta }));
    const body = Math.ceil((start + header.length) / 8) * 8;
    const bytes = new Uint8Array(body + offset);
    for (let index = 0; index < 8; index++) bytes[index] = kind.charCodeAt(index);
    const view = new DataView(bytes.buffer);
    view.setUint32(12, header.length, true);
    bytes.set(header, start);
    for (const [index, [, column]] of this.sections.entries()) {
      bytes.set(new Uint8Array(column.buffer, column.byteOffset, column.byteLength), body + sections[index]![2]);
    }
    view.setUint32(8, crc32(bytes, 12), true);
    return bytes;
  }
}

/** The reason a file was refused. Only thrown inside this folder; `load` and `open` give it as a value. */
export class Refused extends Error {}

/** The columns of a file. Throws `Refused` with a plain sentence for anything that `Writer` could not have written. */
export class Reader {
  readonly meta: unknown;
  private readonly columns = new Map<string, Column>();

  constructor(bytes: Uint8Array, kind: string) {
    if (bytes.length > sizeMax) throw new Refused(`The file is larger than ${sizeMax} bytes.`);
    if (bytes.length < start) throw new Refused('The file is too short.');
    for (let index = 0; index < 8; index++) {
      if (bytes[index] !== kind.charCodeAt(index)) {
        throw new Refused('This is no file of this kind and version; build it anew.');
      }
    }
    // Columns are views, so they must lie at a multiple of 8.
    const aligned = bytes.byteOffset % 8 === 0 ? bytes : bytes.slice();
    const view = new DataView(aligned.buffer, aligned.byteOffset, aligned.byteLength);
    if (view.getUint32(8, true) !== crc32(aligned, 12)) throw new Refused('The file is damaged: its checksum differs.');
    const headerLength = view.getUint32(12, true);
    if (headerLength > headerMax || start + headerLength > aligned.length) throw new Refused('The header is too long.');
    const header = readHeader(aligned.subarray(start, start + headerLength));
    this.meta = header.meta;
    const body = Math.ceil((start + headerLength) / 8) * 8;
    if (header.sections.length > sectionsMax) throw new Refused('The file has too many sections.');
    for (const section of header.sections) {
      if (!Array.isArray(section)) throw new Refused('A section is not described.');
      const [name, type, offset, length] = section as unknown[];
      if (typeof name !== 'string' || typeof type !== 'string' || !Object.hasOwn(types, type)) {
        throw new Refused('A section has no known type.');
      }
      const array = types[type as TypeName];
      if (
        !isCount(offset) ||
        !isCount(length) ||
        offset % 8 !== 0 ||
        body + offset + length * array.BYTES_PER_ELEMENT > aligned.length
      ) {
        throw new Refused(`Section ${name.slice(0, 40)} lies outside the file.`);
      }
      this.columns.set(name, new array(aligned.buffer as ArrayBuffer, aligned.byteOffset + body + offset, length));
    }
  }

  u8(name: string, length?: number): Uint8Array {
    return this.column(name, Uint8Array, length);
  }

  u16(name: string, length?: number): Uint16Array {
    return this.column(name, Uint16Array, length);
  }

  f64(name: string, length?: number): Float64Array {
    return this.column(name, Float64Array, length);
  }

  /** A column of whole numbers, each at least `from` and below `to`. */
  i32(name: string, from: number, to: number, length?: number): Int32Array {
    const column = this.column(name, Int32Array, length);
    for (let index = 0; index < column.length; index++) {
      const value = column[index]!;
      if (value < from || value >= to) throw new Refused(`Section ${name} points outside the file.`);
    }
    return column;
  }

  /** `count + 1` offsets that begin at 0, never fall and end at `total`. */
  offsets(name: string, count: number, total: number): Int32Array {
    const column = this.i32(name, 0, total + 1, count + 1);
    for (let index = 0; index < count; index++) {
      if (column[index]! > column[index + 1]!) throw new Refused(`Section ${name} is out of order.`);
    }
    if (column[0] !== 0 || column[count] !== total) throw new Refused(`Section ${name} does not cover its items.`);
    return column;
  }

  texts(name: string, length?: number): Texts {
    const whole = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true }).decode(this.u8(`${name}.text`));
    const ends = this.i32(`${name}.ends`, 0, whole.length + 1, length);
    for (let index = 1; index < ends.length; index++) {
      if (ends[index - 1]! > ends[index]!) throw new Refused(`Section ${name} is out of order.`);
    }
    if (ends.length > 0 && ends[ends.length - 1] !== whole.length) throw new Refused(`Section ${name} is cut short.`);
    return new Texts(whole, ends);
  }

  private column<T extends Column>(name: string, type: new (length: number) => T, length: number | undefined): T {
    const column = this.columns.get(name);
    if (!(column instanceof type)) throw new Refused(`Section ${name} is missing.`);
    if (length !== undefined && column.length !== length) throw new Refused(`Section ${name} has the wrong length.`);
    return column;
  }
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function readHeader(bytes: Uint8Array): { sections: unknown[]; meta: unknown } {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new Refused('The header cannot be read.');
  }
  const { sections, meta } = (typeof header === 'object' && header !== null ? header : {}) as Record<string, unknown>;
  if (!Array.isArray(sections)) throw new Refused('The header names no sections.');
  return { sections, meta };
}

/** Many strings in one; each is cut out when asked for. */
export class Texts {
  private readonly whole: string;
  private readonly ends: Int32Array;

  constructor(whole: string, ends: Int32Array) {
    this.whole = whole;
    this.ends = ends;
  }

  get length(): number {
    return this.ends.length;
  }

  at(index: number): string {
    return this.whole.slice(index === 0 ? 0 : this.ends[index - 1], this.ends[index]);
  }

  all(): string[] {
    return Array.from({ length: this.length }, (_, index) => this.at(index));
  }
}

let crcTables: Int32Array[] | undefined;

/** CRC-32 of IEEE 802.3 (reflected polynomial EDB88320), eight bytes a step. */
export function crc32(bytes: Uint8Array, from = 0): number {
  crcTables ??= makeCrcTables();
  const [t0, t1, t2, t3, t4, t5, t6, t7] = crcTables as [
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
  ];
  let crc = -1;
  let index = from;
  for (const end = bytes.length - 7; index < end; index += 8) {
    const low =
      crc ^ (bytes[index]! | (bytes[index + 1]! << 8) | (bytes[index + 2]! << 16) | (bytes[index + 3]! << 24));
    crc =
      t7[low & 255]! ^
      t6[(low >>> 8) & 255]! ^
      t5[(low >>> 16) & 255]! ^
      t4[low >>> 24]! ^
      t3[bytes[index + 4]!]! ^
      t2[bytes[index + 5]!]! ^
      t1[bytes[index + 6]!]! ^
      t0[bytes[index + 7]!]!;
  }
  for (; index < bytes.length; index++) crc = t0[(crc ^ bytes[index]!) & 255]! ^ (crc >>> 8);
  return ~crc >>> 0;
}

function makeCrcTables(): Int32Array[] {
  const tables = Array.from({ length: 8 }, () => new Int32Array(256));
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    tables[0]![byte] = crc;
  }
  for (let byte = 0; byte < 256; byte++) {
    for (let table = 1; table < 8; table++) {
      const crc = tables[table - 1]![byte]!;
      tables[table]![byte] = tables[0]![crc & 255]! ^ (crc >>> 8);
    }
  }
  return tables;
}
