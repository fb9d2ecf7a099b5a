import { Refused } from '../listing.ts';

/** Longest row that is read, in characters. */
const rowSizeMax = 1024 * 1024;

/** One row: its cells, and the line it begins in, from 1. */
export interface Row {
  line: number;
  cells: string[];
}

/** What parts the cells of a table; spreadsheets write semicolons where the comma is the decimal sign. */
const separators = [',', ';', '\t'] as const;

/**
 * The rows of a CSV text (RFC 4180: quotes doubled, line breaks within quotes) as it comes in pieces of UTF-8. Cells are parted by the
 * comma, semicolon or tab that gives the first row most columns, the comma where two give as many. Rows of nothing are left out; the
 * mark at the start, and the apostrophe before what a spreadsheet would take for a formula, are taken off. Throws `Refused` with the line.
 */
export async function* rows(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Row[]> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const reader = new RowReader();
  for await (const chunk of chunks) yield reader.write(decode(decoder, chunk, reader));
  yield reader.write(decode(decoder, undefined, reader));
  yield reader.end();
}

function decode(decoder: TextDecoder, chunk: Uint8Array | undefined, reader: RowReader): string {
  try {
    return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
  } catch {
    throw new Refused(
      `line ${reader.line}`,
      `The file is not text in UTF-8, near line ${reader.line}. Save it as UTF-8.`,
    );
  }
}

class RowReader {
  line = 1;
  private start = 1;
  private cells: string[] = [];
  private cell = '';
  private size = 0;
  private state: 'start' | 'bare' | 'quoted' | 'quote' = 'start';
  private done: Row[] = [];
  /** Of the first row, until it has ended and tells the separator. */
  private head = '';
  private readonly header = new Header();
  private separator: string | undefined;

  write(text: string): Row[] {
    this.done = [];
    if (this.separator !== undefined) this.take(text);
    else {
      this.head += text;
      if (this.header.write(text)) this.begin();
    }
    return this.done;
  }

  end(): Row[] {
    this.done = [];
    if (this.separator === undefined) this.begin();
    if (this.state === 'quoted') {
      throw new Refused(
        `line ${this.start}`,
        `A quote that is opened in the row at line ${this.start} is never closed.`,
      );
    }
    this.endRow();
    return this.done;
  }

  private begin(): void {
    this.separator = this.header.separator;
    this.take(this.head);
    this.head = '';
  }

  private take(text: string): void {
    for (let at = 0; at < text.length; at++) {
      const character = text[at] as string;
      if (++this.size > rowSizeMax) {
        throw new Refused(
          `line ${this.start}`,
          `The row that begins in line ${this.start} is longer than ${rowSizeMax} characters. Is a quote not closed?`,
        );
      }
      if (character === '\n') this.line++;
      if (this.state === 'quoted') {
        if (character === '"') this.state = 'quote';
        else this.cell += character;
      } else if (character === '"' && this.state === 'quote') {
        this.cell += '"';
        this.state = 'quoted';
      } else if (character === '"' && this.state === 'start') this.state = 'quoted';
      else if (character === this.separator) this.endCell();
      else if (character === '\n') this.endRow();
      else if (character !== '\r') {
        this.cell += character;
        this.state = 'bare';
      }
    }
  }

  private endCell(): void {
    this.cells.push(/^'\s*[=+\-@\t\r\n]/.test(this.cell) ? this.cell.slice(1) : this.cell);
    this.cell = '';
    this.state = 'start';
  }

  private endRow(): void {
    this.endCell();
    if (this.cells.length > 1 || this.cells[0] !== '') this.done.push({ line: this.start, cells: this.cells });
    this.cells = [];
    this.size = 0;
    this.start = this.line;
  }
}

/** Counts what may part the cells of the first row that is not empty, outside of quotes. */
class Header {
  private readonly counts = new Map<string, number>(separators.map((separator) => [separator, 0]));
  private isQuoted = false;
  private isAny = false;
  private before = '\n';
  private size = 0;

  get separator(): string {
    const [comma, ...others] = separators;
    const countOf = (separator: string) => this.counts.get(separator) ?? 0;
    return others.reduce<string>((most, each) => (countOf(each) > countOf(most) ? each : most), comma);
  }

  /** Whether the row has ended, or is longer than any that is read. */
  write(text: string): boolean {
    for (const character of text) {
      if (++this.size > rowSizeMax) return true;
      // A quote opens at the beginning of a cell alone; one after another is a doubled one.
      if (character === '"') this.isQuoted = !this.isQuoted && /[",;\t\r\n]/.test(this.before);
      else if (!this.isQuoted) {
        if (character === '\n' && this.isAny) return true;
        const count = this.counts.get(character);
        if (count !== undefined) this.counts.set(character, count + 1);
      }
      if (character !== '\r' && character !== '\n') this.isAny = true;
      this.before = character;
    }
    return false;
  }
}
