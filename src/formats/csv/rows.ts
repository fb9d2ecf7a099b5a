import { Refused } from '../listing.ts';

/** Longest row that is read, in characters. */
const rowSizeMax = 1024 * 1024;

/** One row: its cells, and the line it begins in, from 1. */
export interface Row {
  line: number;
  cells: string[];
}

/**
 * The rows of a CSV text (RFC 4180: quotes doubled, line breaks within quotes) as it comes in pieces of UTF-8. Rows of nothing are left
 * out; the mark at the start, and the apostrophe before what a spreadsheet would take for a formula, are taken off. Throws `Refused`
 * with the line.
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

  write(text: string): Row[] {
    this.done = [];
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
      else if (character === ',') this.endCell();
      else if (character === '\n') this.endRow();
      else if (character !== '\r') {
        this.cell += character;
        this.state = 'bare';
      }
    }
    return this.done;
  }

  end(): Row[] {
    this.done = [];
    if (this.state === 'quoted') {
      throw new Refused(
        `line ${this.start}`,
        `A quote that is opened in the row at line ${this.start} is never closed.`,
      );
    }
    this.endRow();
    return this.done;
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
