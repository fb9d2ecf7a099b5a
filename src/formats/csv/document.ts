/**
 * A table as CSV (RFC 4180: comma, CRLF, quotes doubled), with a header line. Text that a spreadsheet would take for a formula
 * (it starts with = + - @, a tab or a line break) is written after an apostrophe, which spreadsheets show as text: values come
 * from documents of others (OWASP, CSV Injection). Starts with a byte order mark, without which spreadsheets misread UTF-8.
 */
export function write(header: readonly string[], rows: Iterable<readonly (string | number | undefined)[]>): string {
  const lines = [header, ...rows].map((row) => row.map(field).join(','));
  return `\uFEFF${lines.join('\r\n')}\r\n`;
}

function field(value: string | number | undefined): string {
  if (value === undefined) return '';
  if (typeof value === 'number') return String(value);
  const text = /^\s*[=+\-@\t\r\n]|^[\t\r\n]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
