/** A value in a COPY row. */
export type Cell = string | number | Uint8Array | null;

/** Rows in PostgreSQL's COPY text format (documentation of COPY, "Text Format"), joined into pieces of about 64 kB. */
export async function* rows(items: Iterable<Cell[]>): AsyncGenerator<string> {
  let piece = '';
  for (const cells of items) {
    piece += `${cells.map(write).join('\t')}\n`;
    if (piece.length > 65_536) {
      yield piece;
      piece = '';
    }
  }
  if (piece !== '') yield piece;
}

function write(cell: Cell): string {
  if (cell === null) return '\\N';
  if (typeof cell === 'number') return String(cell);
  if (typeof cell === 'string') return /[\\\t\n\r]/.test(cell) ? cell.replace(/[\\\t\n\r]/g, escaped) : cell;
  return `\\\\x${Buffer.from(cell.buffer, cell.byteOffset, cell.byteLength).toString('hex')}`;
}

function escaped(character: string): string {
  return character === '\\' ? '\\\\' : character === '\t' ? '\\t' : character === '\n' ? '\\n' : '\\r';
}

/** A list as PostgreSQL writes an array of text (documentation of arrays, "Array Input and Output Syntax"). */
export function array(items: string[]): string {
  return `{${items.map((item) => `"${item.replace(/["\\]/g, '\\$&')}"`).join(',')}}`;
}
